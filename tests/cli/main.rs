//! The program without a terminal: what it prints, what it refuses, in both languages.

#![allow(clippy::unwrap_used, clippy::panic)] // a test may fail

#[path = "../support/mod.rs"]
mod support;

mod chinese_errors;
mod command_line;
mod configuration;
