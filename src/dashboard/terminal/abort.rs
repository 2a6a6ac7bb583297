//! Restores the terminal when the program aborts: out of memory, or a panic inside a panic.
//!
//! An abort runs no destructor and no panic hook; it only raises a signal, whose handler may do very little. This handler makes two
//! async-signal-safe calls: it writes a byte that wakes a thread, which restores the terminal, and it writes another one to a full pipe,
//! which blocks until that thread has finished. Nothing allocates by then.

use std::io::{self, PipeReader, PipeWriter, Read, Write, stderr, stdout};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::thread;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use signal_hook::consts::SIGABRT;
use signal_hook::low_level::{emulate_default_handler, pipe};

use super::restore::{Taken, leave_screen, restore_modes};

/// The message after an abort.
const MESSAGE: &[u8] = b"error: the program had to end at once: memory ran out, or this is a fault of it\r\n";

/// Installs the handler, which restores the terminal if it is `taken` at the time of the abort. Only the first call of a process has an
/// effect.
///
/// # Errors
/// If no pipe or thread can be created.
pub(super) fn restore_on_abort(taken: &Taken) -> io::Result<()> {
    static IS_SET: OnceLock<()> = OnceLock::new();
    if IS_SET.set(()).is_err() {
        return Ok(());
    }
    let (woken, wake) = io::pipe()?;
    let (mut reader, hold, count) = full_pipe()?;
    let mut farewell = Vec::new();
    leave_screen(&mut farewell)?;
    let taken = Taken::clone(taken);
    let wait = move || {
        wait_for_byte(woken);
        if taken.swap(false, Ordering::SeqCst) {
            restore_modes();
            write_without_blocking(&farewell);
            let _ = rustix::io::write(stderr(), MESSAGE);
        }
        let mut bytes = [0; 512];
        let mut left = count;
        while left > 0
            && let Ok(count @ 1..) = reader.read(&mut bytes)
        {
            left = left.saturating_sub(count);
        }
        // the signal may also have been sent from outside: the program ends either way
        let _ = emulate_default_handler(SIGABRT);
        std::process::abort();
    };
    thread::Builder::new().name("abort".to_owned()).spawn(wait)?;
    // the handlers run in the order of their registration
    pipe::register(SIGABRT, wake)?;
    let same = hold.try_clone()?;
    pipe::register(SIGABRT, hold)?;
    // registering has made the pipe non-blocking; this write has to block
    fcntl_setfl(&same, fcntl_getfl(&same)? - OFlags::NONBLOCK)?;
    Ok(())
}

/// Creates a full pipe; returns its ends and the number of bytes in it.
fn full_pipe() -> io::Result<(PipeReader, PipeWriter, usize)> {
    let (reader, mut writer) = io::pipe()?;
    fcntl_setfl(&writer, fcntl_getfl(&writer)? | OFlags::NONBLOCK)?;
    let mut count = 0;
    for size in [4096, 1] {
        while let Ok(written) = writer.write(&[0; 4096][..size]) {
            count += written;
        }
    }
    Ok((reader, writer, count))
}

/// Waits for a byte, across interruptions by signals.
fn wait_for_byte(mut pipe: PipeReader) {
    while matches!(pipe.read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::Interrupted) {}
}

/// Writes to stdout what the terminal accepts without blocking; ignores errors.
pub(super) fn write_without_blocking(bytes: &[u8]) {
    let out = stdout();
    // the shell shares the open terminal: the flags are restored
    let Ok(flags) = fcntl_getfl(&out) else { return };
    if fcntl_setfl(&out, flags | OFlags::NONBLOCK).is_err() {
        return;
    }
    let _ = rustix::io::write(&out, bytes); // bypasses the buffer of stdout
    let _ = fcntl_setfl(&out, flags);
}
