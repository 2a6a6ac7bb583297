//! The ways into a class.

mod input;
pub mod local;
#[cfg(feature = "ssh")]
pub mod ssh;
