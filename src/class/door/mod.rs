//! The ways into a class.

pub mod local;
mod wire;
