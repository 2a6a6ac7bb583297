//! What is still done when the process is ended by `abort`, as it is where an allocation fails that nobody could refuse.
#![allow(unsafe_code)] // a signal handler

use std::io;

use signal_hook::consts::SIGABRT;
use signal_hook::low_level::register;

/// Lets `work` be done before the process is ended by `abort`. It may run at any moment of any thread: it must neither allocate, nor
/// wait for a lock, nor panic, and so it is a plain function over what is in atomics and cells that were filled before.
///
/// # Errors
/// When the system takes no handler.
pub fn before_abort(work: fn()) -> io::Result<()> {
    // SAFETY: `work` does only what may be done in a signal handler, as its documentation asks; when it returns, `abort` goes on.
    unsafe { register(SIGABRT, work) }.map(|_| ())
}
