//! Documentation matches the program.

#![allow(clippy::unwrap_used)] // a test may fail

#[path = "../support/mod.rs"]
mod support;

#[path = "../../examples/animate.rs"]
mod animate;

mod generated;
mod moving;
mod pages;
mod rooms;
mod shown;
