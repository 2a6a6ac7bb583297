//! A program that aborts gives the terminal back first: when memory has run out, or in a panic inside a panic.
//!
//! An abort runs no destructor and no panic hook; there is only its signal, and a handler of a signal may do next to nothing. This one
//! does two things that are allowed: it writes a byte, which wakes a thread that gives the terminal back, and it writes another one to a
//! pipe that is full, which waits until that thread has done so. Nothing here takes memory by then.

use std::io::{self, PipeReader, PipeWriter, Read, Write, stderr, stdout};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::thread;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use signal_hook::consts::SIGABRT;
use signal_hook::low_level::{emulate_default_handler, pipe};

use super::restore::{Taken, give_back_modes, give_back_screen_of};

/// What somebody should know who had no time to be told anything else.
const SAID: &[u8] = b"error: the program had to end at once: memory ran out, or this is a fault of it\r\n";

/// From now on an abort gives the terminal back, if it is `taken` then. Only the first screen of a program is waited for.
///
/// # Errors
/// When the system has no more files or threads.
pub(super) fn give_back_on_abort(taken: &Taken) -> io::Result<()> {
    static IS_SET: OnceLock<()> = OnceLock::new();
    if IS_SET.set(()).is_err() {
        return Ok(());
    }
    let (woken, wake) = io::pipe()?;
    let (mut reader, hold, count) = full_pipe()?;
    let mut farewell = Vec::new();
    give_back_screen_of(&mut farewell)?;
    let taken = Taken::clone(taken);
    let wait = move || {
        wait_for_byte(woken);
        if taken.swap(false, Ordering::SeqCst) {
            give_back_modes();
            write_without_waiting(&farewell);
            let _ = rustix::io::write(stderr(), SAID);
        }
        let mut bytes = [0; 512];
        let mut left = count;
        while left > 0
            && let Ok(count @ 1..) = reader.read(&mut bytes)
        {
            left = left.saturating_sub(count);
        }
        // whoever has sent the signal from outside wants the program to end, too
        let _ = emulate_default_handler(SIGABRT);
        std::process::abort();
    };
    thread::Builder::new().name("abort".to_owned()).spawn(wait)?;
    // the handler does one after the other
    pipe::register(SIGABRT, wake)?;
    let same = hold.try_clone()?;
    pipe::register(SIGABRT, hold)?;
    // which has made it one that never waits
    fcntl_setfl(&same, fcntl_getfl(&same)? - OFlags::NONBLOCK)?;
    Ok(())
}

/// A pipe into which nothing more can be written, and how many bytes it holds.
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

fn wait_for_byte(mut pipe: PipeReader) {
    while matches!(pipe.read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::Interrupted) {}
}

/// As far as the terminal takes it at once.
pub(super) fn write_without_waiting(bytes: &[u8]) {
    let out = stdout();
    // the shell has the same terminal open: what is changed for a moment is changed back
    let Ok(flags) = fcntl_getfl(&out) else { return };
    if fcntl_setfl(&out, flags | OFlags::NONBLOCK).is_err() {
        return;
    }
    let _ = rustix::io::write(&out, bytes); // past what waits in the buffer of a frame
    let _ = fcntl_setfl(&out, flags);
}
