//! The transports by which clients join a class.

mod input;
pub mod local;
#[cfg(feature = "ssh")]
pub mod ssh;
