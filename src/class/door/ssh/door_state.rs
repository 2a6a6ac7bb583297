//! The state that all connections of a door share.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use super::admission::Admission;
use super::guesses::Guesses;
use super::pending::Pending;
use super::timeouts::Timeouts;
use crate::class::{Class, TeacherTools};

/// The state that all connections of a door share.
#[derive(Debug)]
pub(super) struct DoorState {
    pub class: Arc<Class>,
    pub tools: Arc<TeacherTools>,
    pub admission: Admission,
    pub notice: Option<String>,
    pub timeouts: Timeouts,
    pub guesses: Mutex<Guesses>,
    pub pending: Mutex<Pending>,
    pub turns: Arc<Semaphore>,
    /// The number of sessions whose goodbye has not been sent.
    pub sessions: AtomicUsize,
}
