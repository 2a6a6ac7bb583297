//! What the documentation says of the program is so.

#![allow(clippy::unwrap_used)] // a test may fail

mod pages;
mod shown;
