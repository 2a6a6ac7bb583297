//! Giving the terminal back when the process is ended by `abort`: no destructor and no panic hook runs then.

use std::io::{stderr, stdin, stdout};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::give_back_screen_of;
use crate::abort::before_abort;

/// What the terminal was like, and what makes it show what it did before.
static BEFORE: OnceLock<(Termios, Vec<u8>)> = OnceLock::new();
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Looks at the terminal before it is taken.
pub fn prepare() {
    if BEFORE.get().is_some() {
        return;
    }
    let mut farewell = Vec::new();
    if let (Ok(modes), Ok(())) = (tcgetattr(stdin()), give_back_screen_of(&mut farewell))
        && BEFORE.set((modes, farewell)).is_ok()
    {
        let _ = before_abort(give_back); // without it there is no last resort
    }
}

/// Whether there is something to give back.
pub fn set_taken(is_taken: bool) {
    IS_TAKEN.store(is_taken, SeqCst);
}

/// In a signal handler: system calls only, of what is there already.
fn give_back() {
    const SAID: &[u8] = b"error: the program had to end at once: memory ran out, or this is a fault of it\r\n";
    if let (true, Some((modes, farewell))) = (IS_TAKEN.swap(false, SeqCst), BEFORE.get()) {
        let _ = rustix::io::write(stdout(), farewell);
        let _ = tcsetattr(stdin(), OptionalActions::Now, modes);
        let _ = rustix::io::write(stderr(), SAID);
    }
}
