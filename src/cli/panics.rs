//! Panics without free memory.

use std::io::{self, Write};
use std::panic;

use rnn_tui::memory;

/// Bytes for a backtrace with names of functions, which reads much of the executable.
const BACKTRACE_MEMORY: usize = 64 << 20;

/// Sets a panic hook that prints one line if memory has run out: a backtrace takes memory, and a failed allocation within the panic hook
/// would deadlock.
pub fn shorten_without_memory() {
    let default_hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if memory::can_allocate(BACKTRACE_MEMORY) {
            return default_hook(panic);
        }
        let _ = io::stderr().write_all(b"error: memory ran out\n"); // it may be gone
    }));
}
