//! Trains small language models (recurrent networks, a feedforward model, a transformer) while a dashboard in the terminal shows what they
//! learn.
//!
//! The first lesson, trained and asked without a terminal or files:
//!
//! ```
//! use rnn_tui::config::{Config, Origin, Override};
//! use rnn_tui::learning::{Progress, language_learner};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // three sentences and an LSTM of two units; any key of a configuration can be set
//! let config = Config::read(&Origin::toy(), &[Override::set("training.steps=500")?])?;
//! let mut learner = language_learner(config)?;
//! let mut losses = Vec::new();
//! while losses.len() < 500 {
//!     if let Progress::Step(report) = learner.work()? {
//!         losses.push(report.loss); // nats per predicted word
//!     }
//! }
//! assert!(losses[499] < losses[0] / 10.0);
//!
//! let answer = learner.predictor().ask("我 喜欢")?;
//! let (word, probability) = answer.ranking()[0];
//! assert_eq!((learner.vocabulary()[word].as_str(), probability > 0.9), ("玩具", true));
//! println!("{:?}, {:.2} bits of entropy", answer.trace.terms(), answer.trace.entropy());
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//! TOML file ─► Config ─► Corpus ─► Batch ─► any Model ─► loss ─► gradients ─► Optimizer
//!                                              │                                  │
//!                                              └──────► Snapshot (latest wins) ◄──┘
//!                                                              │
//!     keys ─► Control ─► training thread      a viewer ◄───────┴─────► report (no terminal)
//!         └─► Query ─► the viewer, which is answered from published weights
//! ```
//!
//! Data flows one way; the only ways back are [`session::Control`], which changes a run, and [`session::Query`], which does not.
//!
//! | room | job | uses |
//! |---|---|---|
//! | [`language`] | the two languages, and sentences as values in both | – |
//! | [`activity`], [`memory`] | progress of long work; the memory that is free | – |
//! | [`model`] | ids → logits, loss, gradients, [`model::Trace`]: architectures, layers, cells, kernels, optimizers | – |
//! | [`config`] | TOML → checked [`config::Config`]; errors name file, line, key and what was expected | `model` |
//! | [`corpus`] | text → words → vocabulary → batches | `config` |
//! | [`learning`] | training of a model on a corpus, step by step | `config`, `corpus`, `model` |
//! | [`session`] | runs in threads: controls in, snapshots out; viewers and their answers | `config`, `learning`, `model` |
//! | [`storage`] | runs on disk: checkpoints, metrics | `config`, `corpus`, `learning`, `model`, `session` |
//! | [`dashboard`] | the screen of a viewer: keys to controls and queries | `config`, `learning`, `model`, `session` |
//! | [`class`] | many viewers of the same runs: members, what all are shown, the ways in | `config`, `dashboard`, `session` |
//! | [`export`] | a moment of a run as pictures and tables | `dashboard`, `learning`, `model`, `session`, `storage` |
//! | [`report`] | a run as plain lines | `corpus`, `learning`, `session` |
//!
//! A room uses only rooms above it; a test compares the table with the imports.
//!
//! The binary (`main.rs`, `cli/`) joins them: arguments → front end → exit code.

// tests count, compare and cast on purpose
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::float_cmp, clippy::needless_for_each))]

#[forbid(unsafe_code)]
pub mod activity;
#[allow(unsafe_code)] // two calls of glibc
pub mod allocator;
#[forbid(unsafe_code)]
mod choice;
#[forbid(unsafe_code)]
pub mod class;
#[forbid(unsafe_code)]
pub mod columns;
#[forbid(unsafe_code)]
pub mod config;
#[forbid(unsafe_code)]
pub mod corpus;
#[forbid(unsafe_code)]
pub mod dashboard;
#[forbid(unsafe_code)]
pub mod export;
#[forbid(unsafe_code)]
mod file_kind;
#[forbid(unsafe_code)]
pub mod language;
#[forbid(unsafe_code)]
pub mod learning;
#[forbid(unsafe_code)]
pub mod memory;
#[forbid(unsafe_code)]
mod printable;
pub use printable::{printable, shortened};
pub mod model; // its one module with `unsafe` code is `model::kernels`
#[forbid(unsafe_code)]
pub mod report;
#[forbid(unsafe_code)]
pub mod session;
#[forbid(unsafe_code)]
pub mod storage;
