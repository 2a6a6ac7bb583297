//! Tests of run folders, corpora and memory limits, mostly through the program.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)] // a test may fail

#[path = "../support/mod.rs"]
mod support;

mod copies;
mod disk_faults;
mod duels;
mod exports;
mod kept_runs;
mod limits;
mod older_runs;
mod other_values;
mod other_weights;
mod resume;
mod run_folder;
mod texts;
mod waiting;
