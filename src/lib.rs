//! Trains recurrent language models.
#![allow(missing_docs)]
pub mod model;
