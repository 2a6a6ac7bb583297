//! Numerical tests: what the models compute and learn, against plain equations, PyTorch and other ways to compute the same.
//! `cargo test --release --test engine -- --include-ignored` also runs those that train for minutes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp, clippy::cast_possible_truncation)] // a test may fail

#[path = "../support/mod.rs"]
mod support;

mod any_run;
#[allow(clippy::disallowed_methods)] // calls what `clippy.toml` forbids
mod dfdx;
mod dfdx_engine;
mod gradient_flow;
#[allow(clippy::many_single_char_names, clippy::needless_range_loop)] // as in the equations
mod gradients;
#[allow(unsafe_code)] // a counting allocator
mod memory;
mod nplm;
mod pytorch;
mod recall_lesson;
mod sequences;
mod threads;
mod toy_lesson;
mod training;
mod transformer;
