//! The dashboard: what is drawn, when, and what keys do, most of it in a real terminal.

#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp)] // a test may fail

#[path = "../support/mod.rs"]
mod support;

mod dashboard;
mod duel;
mod no_end;
mod random_keys;
mod screen_and_keys;
mod scripts;
mod viewers;
