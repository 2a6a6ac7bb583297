//! The program without a terminal: its output and its errors, in both languages.

#![allow(clippy::unwrap_used, clippy::panic)] // a test may fail

#[path = "../support/mod.rs"]
mod support;

mod chinese_errors;
mod command_line;
mod configuration;
