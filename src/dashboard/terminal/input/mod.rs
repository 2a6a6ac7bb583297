//! Keys and pastes from the terminal.
//!
//! A terminal sends more than keys: answers to questions that somebody else has asked it, which come late, and sequences that
//! nobody knows. They never act as keys, and none of them makes the keyboard wait for its end.

mod decoder;

use std::time::{Duration, Instant};

use super::events::Event;
use crate::dashboard::Ambiguous;
use decoder::{Decoder, Received};

/// Bytes of a terminal, wherever it is → events. A pause ends what has begun: it tells a key from a sequence that begins like it.
#[derive(Debug)]
pub struct TerminalInput {
    decoder: Decoder,
    /// When the last bytes came.
    last: Instant,
    /// Whether an answer about the width of characters is still to come.
    width_is_asked: bool,
}

impl TerminalInput {
    /// Of a terminal that was asked, or not, how wide characters of ambiguous width are.
    #[must_use]
    pub fn new(width_is_asked: bool) -> Self {
        Self { decoder: Decoder::default(), last: Instant::now(), width_is_asked }
    }

    /// How long to wait for more bytes before [`pause`](Self::pause) is called; for ever between two keys.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        self.decoder.patience().map(|patience| patience.saturating_sub(self.last.elapsed()))
    }

    /// Nothing has come for a while.
    pub fn pause(&mut self, found: &mut dyn FnMut(Event)) {
        if self.patience().is_some_and(|patience| patience.is_zero()) {
            let asked = &mut self.width_is_asked;
            self.decoder.give_up(&mut |received| tell(received, asked, found));
        }
    }

    /// These bytes have come.
    pub fn take(&mut self, bytes: &[u8], found: &mut dyn FnMut(Event)) {
        self.pause(found); // also if this thread has slept so long that more has come meanwhile
        self.last = Instant::now();
        let asked = &mut self.width_is_asked;
        for byte in bytes {
            self.decoder.take(*byte, &mut |received| tell(received, asked, found));
        }
    }
}

fn tell(received: Received, width_is_asked: &mut bool, found: &mut dyn FnMut(Event)) {
    match received {
        Received::Event(event) => found(Event::Terminal(event)),
        // any other such answer is not to a question of ours
        Received::Cursor { row, column } if std::mem::take(width_is_asked) => {
            found(Event::Width(Ambiguous::of_cursor(row, column)));
        }
        Received::Cursor { .. } => {}
    }
}
