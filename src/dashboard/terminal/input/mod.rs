//! Keys and pastes from the terminal.
//!
//! A terminal sends more than keys: answers to questions that somebody else has asked it, which come late, and sequences that
//! nobody knows. They never act as keys, and none of them makes the keyboard wait for its end.

mod decoder;
mod key_codes;
mod paste;
mod sequence;

use std::time::{Duration, Instant};

use super::events::Event;
use super::question::{Answers, LONGEST_ANSWER, Questions, background_of};
use crate::dashboard::Background;
use decoder::{Decoder, Received};

/// Fewer bytes a second come from a hand; the slowest line is faster.
const TYPED: u32 = 60;

/// Keys are not pressed faster one after the other, and none has more bytes (a character, or a function key).
const FASTEST_KEY: Duration = Duration::from_millis(20);
const LONGEST_KEY: usize = 8;
/// More is typed by nobody before what has begun is given up.
const MAX_TYPED: usize = 256;

/// Bytes of a terminal, wherever it is → events. A pause ends what has begun: it tells a key from a sequence that begins like it. So does
/// a hand that types into a sequence or a paste whose end is lost.
#[derive(Debug)]
pub struct TerminalInput {
    decoder: Decoder,
    /// When the last bytes came.
    last: Instant,
    /// Since when bytes are counted that may be typed into what has begun, and how many there are.
    counted: (Instant, u32),
    asked: Asked,
    /// Bytes that have come one by one into what has begun: keys, if its end never comes.
    typed: Vec<u8>,
}

/// What a terminal was asked and has not answered.
#[derive(Debug)]
struct Asked {
    questions: Questions,
    /// When; nothing is to come any more where that is long ago.
    since: Instant,
    /// What has been answered of it.
    background: Option<Background>,
}

impl TerminalInput {
    /// Of a terminal that was asked this.
    #[must_use]
    pub fn new(questions: Questions) -> Self {
        let now = Instant::now();
        let asked = Asked { questions, since: now, background: None };
        Self { decoder: Decoder::default(), last: now, counted: (now, 0), asked, typed: Vec::new() }
    }

    /// How long to wait for more bytes before [`pause`](Self::pause) is called; for ever between two keys.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        self.patience_at(Instant::now())
    }

    fn patience_at(&self, now: Instant) -> Option<Duration> {
        // an answer that is to come may do so in pieces
        let is_due = self.decoder.is_in_answer() && self.asked.is_due(now);
        let patience = |patience: Duration| if is_due { patience.max(LONGEST_ANSWER / 2) } else { patience };
        self.decoder
            .patience()
            .map(|shortest| patience(shortest).saturating_sub(now.saturating_duration_since(self.last)))
    }

    /// Nothing has come for a while.
    pub fn pause(&mut self, found: &mut dyn FnMut(Event)) {
        self.pause_at(Instant::now(), found);
    }

    fn pause_at(&mut self, now: Instant, found: &mut dyn FnMut(Event)) {
        if self.patience_at(now).is_some_and(|patience| patience.is_zero()) {
            self.give_up(found);
        }
    }

    fn give_up(&mut self, found: &mut dyn FnMut(Event)) {
        let Self { decoder, asked, typed, .. } = self;
        let mut tell = |received| asked.tell(received, found);
        decoder.give_up(&mut tell);
        typed.drain(..).for_each(|byte| decoder.take(byte, &mut tell));
    }

    /// These bytes have come.
    pub fn take(&mut self, bytes: &[u8], found: &mut dyn FnMut(Event)) {
        self.take_at(bytes, Instant::now(), found);
    }

    fn take_at(&mut self, bytes: &[u8], now: Instant, found: &mut dyn FnMut(Event)) {
        self.pause_at(now, found); // also if this thread has slept so long that more has come meanwhile
        self.end_what_is_typed_into(now, found);
        self.remember_typed(bytes, now);
        self.last = now;
        self.counted.1 = self.counted.1.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let Self { decoder, asked, .. } = self;
        for byte in bytes {
            decoder.take(*byte, &mut |received| asked.tell(received, found));
        }
    }

    /// Keeps what comes one by one, some time after what came before, into a text whose end may be lost.
    fn remember_typed(&mut self, bytes: &[u8], now: Instant) {
        let is_typed = bytes.len() <= LONGEST_KEY && now.saturating_duration_since(self.last) >= FASTEST_KEY;
        if !self.decoder.is_in_text() || !is_typed && !self.typed.is_empty() || self.typed.len() >= MAX_TYPED {
            self.typed.clear();
        }
        if self.decoder.is_in_text() && is_typed {
            self.typed.extend_from_slice(bytes);
        }
    }

    /// Ends a sequence or a paste into which a hand has typed for too long.
    fn end_what_is_typed_into(&mut self, now: Instant, found: &mut dyn FnMut(Event)) {
        let (since, count) = self.counted;
        let time = now.saturating_duration_since(since);
        match self.decoder.longest_typing() {
            Some(longest) if time < longest => return,
            Some(_) if f64::from(count) < f64::from(TYPED) * time.as_secs_f64() => self.give_up(found),
            _ => {}
        }
        self.counted = (now, 0);
    }
}

impl Asked {
    fn is_due(&self, now: Instant) -> bool {
        self.questions.are_asked() && now.saturating_duration_since(self.since) < LONGEST_ANSWER
    }

    fn tell(&mut self, received: Received, found: &mut dyn FnMut(Event)) {
        match received {
            Received::Event(event) => found(Event::Terminal(event)),
            Received::Text(text) if self.questions.background => {
                self.background = background_of(&text).or(self.background);
            }
            // any other such answer is not to a question of ours
            Received::Cursor { row, column } if self.questions.are_asked() => {
                let questions = std::mem::take(&mut self.questions);
                found(Event::Answered(Answers {
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

    /// Which keys and pastes come of bytes, each with the time at which they come, in milliseconds.
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

    /// What is found of an answer that comes in pieces, each with the time at which it comes, in milliseconds.
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
        // nobody has asked: after a pause it is typed
        let found = answered(Questions::default(), &[(0, b"\x1b[1;"), (200, b"3R")]);
        assert_eq!(found.len(), 2, "{found:?}");
        // one answer, and no more
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
