//! Trains recurrent language models.
#![allow(missing_docs)]
#[forbid(unsafe_code)]
pub mod config;
#[forbid(unsafe_code)]
pub mod corpus;
#[forbid(unsafe_code)]
pub mod dashboard;
pub mod model;
#[forbid(unsafe_code)]
pub mod training;
#[forbid(unsafe_code)]
pub mod report;
