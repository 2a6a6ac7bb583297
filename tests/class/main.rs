//! A class: students at `rnn-tui attach` and at ssh clients, each in a real terminal. What needs OpenSSH, root or minutes is ignored
//! unless asked for (`cargo test --test class -- --include-ignored`).

#![allow(clippy::unwrap_used)] // a test may fail

#[path = "../support/mod.rs"]
mod support;

mod attached;
#[cfg(feature = "ssh")]
mod behind_sshd;
#[cfg(feature = "ssh")]
mod door;
#[cfg(feature = "ssh")]
mod host_key;
mod means;
#[cfg(feature = "ssh")]
mod over_ssh;
#[cfg(feature = "ssh")]
mod room;
#[cfg(feature = "ssh")]
mod socket;
mod teaching;
#[cfg(feature = "ssh")]
mod under_load;
