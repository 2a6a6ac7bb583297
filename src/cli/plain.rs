//! Runs as plain lines on stdout.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rnn_tui::activity::wait_for_writers;
use rnn_tui::dashboard::terminal::events::{ENDING, LONGEST_FAREWELL};
use rnn_tui::report::{self, Outcome, Question};
use rnn_tui::session::Trainer;

use super::error::{Failed, exit_code_of};
use super::messages::language;

/// Prints runs as lines and answers questions; returns the exit code. The first signal ends training in order, the second one the process.
pub fn run_plain(trainers: &[(&str, &Trainer)], questions: &[Question]) -> Result<u8, Failed> {
    let signal = Arc::new(AtomicUsize::new(0));
    let is_signalled = Arc::new(AtomicBool::new(false));
    for &number in ENDING {
        signal_hook::flag::register_conditional_shutdown(
            number,
            exit_code_of(number).into(),
            Arc::clone(&is_signalled),
        )?;
        signal_hook::flag::register(number, Arc::clone(&is_signalled))?;
        signal_hook::flag::register_usize(number, Arc::clone(&signal), usize::try_from(number).unwrap_or(0))?;
    }
    let interrupted = || i32::try_from(signal.load(Ordering::Relaxed)).ok().filter(|signal| *signal > 0);
    let outcome = report::run(trainers, questions, language(), &interrupted, &mut io::stdout().lock())?;
    if let Outcome::Interrupted(signal) = outcome {
        end_in_time(signal)?;
    }
    match outcome {
        Outcome::Complete => Ok(0),
        Outcome::Failed(failure) => Err(Failed::Run(failure)),
        Outcome::Refused(refusal) => Err(Failed::Incomplete(refusal.error.into())),
        Outcome::Interrupted(signal) => Ok(exit_code_of(signal)),
    }
}

/// Ends the process after a timeout, in case a step or the disk takes too long.
fn end_in_time(signal: i32) -> io::Result<()> {
    thread::Builder::new().name("end".to_owned()).spawn(move || {
        wait_for_writers(LONGEST_FAREWELL);
        std::process::exit(exit_code_of(signal).into());
    })?;
    Ok(())
}
