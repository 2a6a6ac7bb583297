//! Turns the bytes of a terminal into events.
//!
//! A terminal sends more than keys: late answers to queries of other programs, and unknown sequences. They never act as keys, and an
//! unterminated one does not block the keyboard.

mod decoder;
mod key_codes;
mod paste;
mod sequence;

use std::time::{Duration, Instant};

use super::events::Event;
use super::question::{Answers, LONGEST_ANSWER, Questions, parse_background};
use crate::dashboard::Background;
use decoder::{Decoder, Received};

/// Fastest typing in bytes per second; the slowest line is faster.
const MAX_TYPING_RATE: u32 = 60;

/// Shortest time between two typed keys.
const FASTEST_KEY: Duration = Duration::from_millis(20);
/// Largest number of bytes of a key (a character, or a function key).
const LONGEST_KEY: usize = 8;
/// Largest number of bytes that are remembered as typed into an unterminated control string.
const MAX_TYPED: usize = 256;

/// Turns the bytes of a terminal into events. A pause ends an unterminated sequence, which distinguishes a key from a sequence that starts
/// like it. So does slow typing into a string or a paste whose end has been lost.
#[derive(Debug)]
pub struct TerminalInput {
    decoder: Decoder,
    /// When the last bytes arrived.
    last: Instant,
    /// Start of the interval over which the typing rate is measured, and the number of bytes since.
    counted: (Instant, u32),
    asked: Asked,
    /// Bytes that have arrived slowly in a control string: keys, if its end never arrives.
    typed: Vec<u8>,
}

/// Queries that the terminal has not answered.
#[derive(Debug)]
struct Asked {
    questions: Questions,
    /// When they were sent; answers are due for [`LONGEST_ANSWER`].
    since: Instant,
    /// The background, if it has been answered.
    background: Option<Background>,
}

impl TerminalInput {
    /// Input of a terminal that has just been sent `questions`.
    #[must_use]
    pub fn new(questions: Questions) -> Self {
        let now = Instant::now();
        let asked = Asked { questions, since: now, background: None };
        Self { decoder: Decoder::default(), last: now, counted: (now, 0), asked, typed: Vec::new() }
    }

    /// How long to wait for more bytes before calling [`pause`](Self::pause); `None` between keys.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout_at(Instant::now())
    }

    /// [`timeout`](Self::timeout) at the time `now`.
    fn timeout_at(&self, now: Instant) -> Option<Duration> {
        // a due answer may arrive in pieces
        let is_due = self.decoder.is_in_answer() && self.asked.is_due(now);
        let timeout = |timeout: Duration| if is_due { timeout.max(LONGEST_ANSWER / 2) } else { timeout };
        self.decoder
            .timeout()
            .map(|shortest| timeout(shortest).saturating_sub(now.saturating_duration_since(self.last)))
    }

    /// Ends an unterminated sequence if its timeout has passed.
    pub fn pause(&mut self, emit: &mut dyn FnMut(Event)) {
        self.pause_at(Instant::now(), emit);
    }

    /// [`pause`](Self::pause) at the time `now`.
    fn pause_at(&mut self, now: Instant, emit: &mut dyn FnMut(Event)) {
        if self.timeout_at(now).is_some_and(|timeout| timeout.is_zero()) {
            self.give_up(emit);
        }
    }

    /// Ends an unterminated sequence, and decodes the bytes remembered as typed into it again, as keys.
    fn give_up(&mut self, emit: &mut dyn FnMut(Event)) {
        let Self { decoder, asked, typed, .. } = self;
        let mut handle = |received| asked.handle(received, emit);
        decoder.give_up(&mut handle);
        typed.drain(..).for_each(|byte| decoder.push(byte, &mut handle));
    }

    /// Decodes bytes that have just arrived and passes the events to `emit`.
    pub fn take(&mut self, bytes: &[u8], emit: &mut dyn FnMut(Event)) {
        self.take_at(bytes, Instant::now(), emit);
    }

    /// [`take`](Self::take) at the time `now`.
    fn take_at(&mut self, bytes: &[u8], now: Instant, emit: &mut dyn FnMut(Event)) {
        self.pause_at(now, emit); // this thread may have been delayed past the timeout
        self.end_typed_sequence(now, emit);
        self.remember_typed(bytes, now);
        self.last = now;
        self.counted.1 = self.counted.1.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let Self { decoder, asked, .. } = self;
        for byte in bytes {
            decoder.push(*byte, &mut |received| asked.handle(received, emit));
        }
    }

    /// Remembers bytes that arrive slowly, like typed keys, in a control string whose end may have been lost.
    fn remember_typed(&mut self, bytes: &[u8], now: Instant) {
        let is_typed = bytes.len() <= LONGEST_KEY && now.saturating_duration_since(self.last) >= FASTEST_KEY;
        if !self.decoder.is_in_text() || !is_typed && !self.typed.is_empty() || self.typed.len() >= MAX_TYPED {
            self.typed.clear();
        }
        if self.decoder.is_in_text() && is_typed {
            self.typed.extend_from_slice(bytes);
        }
    }

    /// Ends a control string or a paste that has been extended for too long at the rate of typing.
    fn end_typed_sequence(&mut self, now: Instant, emit: &mut dyn FnMut(Event)) {
        let (since, count) = self.counted;
        let time = now.saturating_duration_since(since);
        match self.decoder.typing_limit() {
            Some(longest) if time < longest => return,
            Some(_) if f64::from(count) < f64::from(MAX_TYPING_RATE) * time.as_secs_f64() => self.give_up(emit),
            _ => {}
        }
        self.counted = (now, 0);
    }
}

impl Asked {
    /// Whether an answer may still arrive.
    fn is_due(&self, now: Instant) -> bool {
        self.questions.are_asked() && now.saturating_duration_since(self.since) < LONGEST_ANSWER
    }

    /// Passes keys to `emit`; collects answers, and emits them together once the cursor position, the last one, has arrived. Other answers
    /// are discarded.
    fn handle(&mut self, received: Received, emit: &mut dyn FnMut(Event)) {
        match received {
            Received::Event(event) => emit(Event::Terminal(event)),
            Received::Text(text) if self.questions.background => {
                self.background = parse_background(&text).or(self.background);
            }
            Received::Cursor { row, column } if self.questions.are_asked() => {
                let questions = std::mem::take(&mut self.questions);
                emit(Event::Answered(Answers {
                    background: self.background,
                    ..questions.answers_at_cursor(row, column)
                }));
            }
            Received::Text(_) | Received::Cursor { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event as Input, KeyCode};

    use super::*;

    /// The keys and pastes decoded from bytes that arrive at these times, in milliseconds.
    fn found(sent: &[(u64, &[u8])]) -> Vec<Input> {
        let (mut input, mut found) = (TerminalInput::new(Questions::default()), Vec::new());
        let start = Instant::now();
        let mut take = |event| match event {
            Event::Terminal(event) => found.push(event),
            other => found.push(Input::Paste(format!("{other:?}"))),
        };
        for (at, bytes) in sent {
            input.take_at(bytes, start + Duration::from_millis(*at), &mut take);
        }
        found
    }

    fn key(c: char) -> Input {
        Input::Key(KeyCode::Char(c).into())
    }

    #[test]
    fn input_typing_into_unterminated_sequence_becomes_keys() {
        for beginning in [&b"\x1b]11;rgb:"[..], b"\x1bP>|xterm", b"\x1b_Gi=1", b"\x1b^x", b"\x1bXx"] {
            let keys = (1..=20).map(|number| (150 * number, &b"k"[..]));
            let sent: Vec<_> = [(0, beginning)].into_iter().chain(keys).collect();
            let found = found(&sent);
            assert!(found.len() == 20 && found.iter().all(|found| *found == key('k')), "none is lost: {found:?}");
        }
        let keys = (1..=40).map(|number| (150 * number, &b"k"[..]));
        let sent: Vec<_> = [(0, &b"\x1b[200~"[..])].into_iter().chain(keys).collect();
        let found = found(&sent);
        let pasted = Input::Paste("k".repeat(19));
        assert_eq!((&found[0], found.last(), found.len()), (&pasted, Some(&key('k')), 22));
    }

    /// The events decoded from pieces that arrive at these times, in milliseconds.
    fn answered(questions: Questions, sent: &[(u64, &[u8])]) -> Vec<Event> {
        let (mut input, mut found, start) = (TerminalInput::new(questions), Vec::new(), Instant::now());
        for (at, bytes) in sent {
            input.take_at(bytes, start + Duration::from_millis(*at), &mut |event| found.push(event));
        }
        found
    }

    #[test]
    fn input_due_answer_may_come_in_pieces() {
        let asked = Questions { width: true, background: true };
        let pieces: [(u64, &[u8]); 4] =
            [(0, b"\x1b]11;rgb:ff"), (700, b"ff/ffff/ffff\x1b\\"), (800, b"\x1b[1;"), (1200, b"5R")];
        let found = answered(asked, &pieces);
        let answers = Answers {
            width: Some(crate::dashboard::Ambiguous::Narrow),
            background: Some(Background::Light),
            is_not_utf_8: false,
        };
        assert!(matches!(found[..], [Event::Answered(found)] if found == answers), "{found:?}");
        // without a query, the pause makes the rest keys
        let found = answered(Questions::default(), &[(0, b"\x1b[1;"), (200, b"3R")]);
        assert_eq!(found.len(), 2, "{found:?}");
        // further answers are discarded
        assert_eq!(answered(asked, &[(0, b"\x1b[1;5R\x1b[1;6R")]).len(), 1);
    }

    #[test]
    fn input_fast_bytes_are_not_taken_for_typing() {
        let piece = [b'q'; 100];
        let pieces = (1..=50).map(|number| (200 * number, &piece[..]));
        let sent: Vec<_> =
            [(0, &b"\x1b]52;c;"[..])].into_iter().chain(pieces).chain([(10_001, &b"\x07z"[..])]).collect();
        assert_eq!(found(&sent), [key('z')]);
        let pieces = (1..=50).map(|number| (200 * number, &piece[..]));
        let end = (10_001, &b"\x1b[201~z"[..]);
        let sent: Vec<_> = [(0, &b"\x1b[200~"[..])].into_iter().chain(pieces).chain([end]).collect();
        assert_eq!(found(&sent), [Input::Paste("q".repeat(5000)), key('z')]);
    }
}
