//! Tests of the dashboard: drawing, timing and keys, mostly in a pseudoterminal.

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
