//! Trains recurrent language models while a dashboard in the terminal shows what they learn.
//!
//! ```text
//! TOML file ─► Config ─► Corpus ─► Batch ─► LanguageModel ─► loss ─► Gradients ─► Optimizer
//!                                                │                                    │
//!                                                └────────► Snapshot (latest wins) ◄──┘
//!                                                                │
//!     keys ─► Command ─► trainer thread          dashboard ◄─────┴─────► report (no terminal)
//! ```
//!
//! Data flows one way; the only way back is [`training::Command`]. A room knows no room below it in this table:
//!
//! | room | job | uses |
//! |---|---|---|
//! | [`chinese`] | messages of all rooms in Chinese | – |
//! | [`config`] | TOML → checked [`config::Config`]; every error names file, line, key and what was expected | – |
//! | [`corpus`] | text → words → vocabulary → batches | `config` |
//! | [`model`] | ids → logits, loss, gradients, [`model::Trace`]; dimensions, cells, kernels, optimizers | – |
//! | [`training`] | the loop in its thread; commands in, snapshots out | `config`, `corpus`, `model` |
//! | [`run`] | what a run leaves on disk: checkpoints, metrics | `config`, `model`, `training` |
//! | [`dashboard`] | snapshots on a screen, keys to commands | `training`, of `model` what a trace is, of `config` the cells and the nearest name, `chinese` |
//! | [`export`] | a moment of a run as pictures and tables | `dashboard`, `training`, of `model` what a trace is, of `run` the metrics |
//! | [`report`] | the same run as plain lines | `training` |
//!
//! The binary (`main.rs`, `cli.rs`) joins them: arguments → front end → exit code.

// tests count, compare and cast on purpose
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::float_cmp, clippy::needless_for_each))]

#[forbid(unsafe_code)]
pub mod chinese;
#[forbid(unsafe_code)]
mod choice;
#[forbid(unsafe_code)]
pub mod config;
#[forbid(unsafe_code)]
pub mod corpus;
#[forbid(unsafe_code)]
pub mod dashboard;
#[forbid(unsafe_code)]
pub mod export;
#[forbid(unsafe_code)]
mod printable;
pub use printable::{printable, shortened};
pub mod model; // its one module with `unsafe` code is `model::kernels`
#[forbid(unsafe_code)]
pub mod report;
#[forbid(unsafe_code)]
pub mod run;
#[forbid(unsafe_code)]
pub mod training;
