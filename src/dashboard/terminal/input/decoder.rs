//! Decodes the bytes of a terminal to keys, pastes and answers, after xterm's
//! [control sequences](https://invisible-island.net/xterm/ctlseqs/ctlseqs.html).

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::key_codes::letter;
use super::paste;
use super::sequence::{self, Sequence};

const ESCAPE: u8 = 0x1b;
const CONTROL_C: u8 = 0x03;
const BELL: u8 = 0x07;
/// Parameter bytes of a sequence beyond these are dropped.
const LONGEST_SEQUENCE: usize = 256;
/// Bytes of a control string beyond these are dropped: no requested answer is longer.
const LONGEST_ANSWER: usize = 64;

/// Decoded input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A key press or a paste.
    Event(Event),
    /// A report of the cursor position, 1-based.
    Cursor { row: u32, column: u32 },
    /// The first [`LONGEST_ANSWER`] bytes of a control string, such as `11;rgb:ffff/ffff/ffff`.
    Text(String),
}

/// State of the decoder.
#[derive(Debug, Default)]
enum State {
    /// Between keys.
    #[default]
    Ground,
    /// In a character of several bytes.
    Character(Vec<u8>),
    /// After `ESC`: a key, or the start of a sequence.
    Escape,
    /// After `ESC [`, with the parameter bytes so far; a letter ends the sequence.
    Control(Vec<u8>),
    /// After `ESC O`: a letter follows.
    Shift3,
    /// After `ESC [ [`, on a Linux console: a letter follows.
    Console,
    /// In a mouse report, with the number of remaining bytes.
    Mouse(u8),
    /// After `ESC ]` or the like, with the second byte: a control string follows.
    TextStart(u8),
    /// In a control string, with its first bytes.
    Text(Vec<u8>),
    /// After `ESC` in a control string: the start of its terminator, or a key that ends it.
    TextEscape(Vec<u8>),
    /// In a paste, with its bytes.
    Paste(Vec<u8>),
    /// In the discarded rest of a paste that Ctrl-C has ended, with its last bytes.
    PasteRest(Vec<u8>),
}

/// Decodes bytes one by one.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    /// Whether the next key follows `ESC`, which is a key of its own.
    is_escaped: bool,
}

impl Decoder {
    /// Longest time until the next byte; `None` between keys.
    pub fn timeout(&self) -> Option<Duration> {
        let milliseconds = match self.state {
            State::Ground => return None,
            State::Escape | State::TextStart(_) => 30,
            State::Character(_) | State::Control(_) | State::Shift3 | State::Console | State::Mouse(_) => 100,
            State::TextEscape(_) | State::PasteRest(_) => 150,
            State::Text(_) => 500,
            State::Paste(ref bytes) if bytes.ends_with(&[ESCAPE]) => 1000,
            State::Paste(_) => 3000,
        };
        Some(Duration::from_millis(milliseconds))
    }

    /// How long slow bytes may extend an unterminated string or paste before they are taken for keys; `None` in other states, which only a
    /// pause ends.
    pub fn typing_limit(&self) -> Option<Duration> {
        match self.state {
            State::Text(_) | State::TextEscape(_) | State::PasteRest(_) => Some(Duration::from_secs(1)),
            State::Paste(_) => Some(Duration::from_secs(3)),
            _ => None,
        }
    }

    /// Whether the decoder is in a control string.
    pub fn is_in_text(&self) -> bool {
        matches!(self.state, State::Text(_))
    }

    /// Whether the decoder is in what may be an answer of the terminal.
    pub fn is_in_answer(&self) -> bool {
        match &self.state {
            State::Control(bytes) => !bytes.is_empty(),
            State::Text(_) | State::TextEscape(_) => true,
            _ => false,
        }
    }

    /// Ends the current state after a timeout: what may be keys becomes keys, a paste ends, and anything else is discarded.
    pub fn give_up(&mut self, emit: &mut dyn FnMut(Received)) {
        match std::mem::take(&mut self.state) {
            State::Escape | State::TextEscape(_) => self.key(KeyCode::Esc, KeyModifiers::NONE, emit),
            // keys that look like the start of a sequence
            State::Shift3 => self.escaped_key(b'O', emit),
            State::TextStart(first) => self.escaped_key(first, emit),
            State::Control(bytes) if bytes.is_empty() => self.escaped_key(b'[', emit),
            State::Paste(bytes) => match bytes.strip_suffix(&[ESCAPE]) {
                Some(text) => {
                    paste_some(text, emit);
                    self.key(KeyCode::Esc, KeyModifiers::NONE, emit);
                }
                None => emit(pasted(&bytes)),
            },
            _ => {}
        }
        self.is_escaped = false;
    }

    /// Decodes the next byte. Ctrl-C is a key in every state; it ends a paste, whose rest is discarded.
    pub fn push(&mut self, byte: u8, emit: &mut dyn FnMut(Received)) {
        match (std::mem::take(&mut self.state), byte) {
            // the rest of the paste must not become keys
            (State::Paste(bytes), CONTROL_C) => {
                paste_some(&bytes, emit);
                self.key(KeyCode::Char('c'), KeyModifiers::CONTROL, emit);
                self.state = State::PasteRest(Vec::new());
            }
            (State::PasteRest(bytes), CONTROL_C) => {
                self.key(KeyCode::Char('c'), KeyModifiers::CONTROL, emit);
                self.state = State::PasteRest(bytes);
            }
            (_, CONTROL_C) => self.key(KeyCode::Char('c'), KeyModifiers::CONTROL, emit),
            (State::Paste(bytes), _) => self.paste(bytes, byte, emit),
            (State::PasteRest(bytes), _) => self.paste_rest(bytes, byte),
            (State::Ground, _) => self.ground(byte, emit),
            (State::Character(bytes), _) => self.character(bytes, byte, emit),
            (State::Control(bytes), _) => self.control(bytes, byte, emit),
            (State::TextStart(first), _) => self.text_start(first, byte, emit),
            (State::Text(start), _) => self.text(start, byte, emit),
            (State::TextEscape(start), b'\\') => end_of_text(&start, emit),
            (State::Escape | State::TextEscape(_), _) => self.escape(byte, emit),
            (State::Mouse(more), _) => self.state = if more > 1 { State::Mouse(more - 1) } else { State::Ground },
            (State::Shift3 | State::Console, ESCAPE) => self.state = State::Escape,
            (State::Shift3, _) => {
                let code = letter(byte).or((byte == b'M').then_some(KeyCode::Enter));
                if let Some(code) = code {
                    self.key(code, KeyModifiers::NONE, emit);
                }
            }
            (State::Console, b'A'..=b'E') => self.key(KeyCode::F(byte - b'A' + 1), KeyModifiers::NONE, emit),
            (State::Console, _) => {}
        }
    }

    /// Emits a key, preceded by Escape if it follows `ESC`: both keys may arrive in one piece, and no key with Alt has a meaning.
    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers, emit: &mut dyn FnMut(Received)) {
        if std::mem::take(&mut self.is_escaped) {
            emit(Received::Event(Event::Key(KeyCode::Esc.into())));
        }
        emit(Received::Event(Event::Key(KeyEvent::new(code, modifiers))));
    }

    /// Decodes a byte between keys.
    fn ground(&mut self, byte: u8, emit: &mut dyn FnMut(Received)) {
        let control = |c| (KeyCode::Char(c), KeyModifiers::CONTROL);
        let (code, modifiers) = match byte {
            ESCAPE => {
                self.state = State::Escape;
                return;
            }
            b'\r' => (KeyCode::Enter, KeyModifiers::NONE),
            b'\t' => (KeyCode::Tab, KeyModifiers::NONE),
            0x7f => (KeyCode::Backspace, KeyModifiers::NONE),
            0 => control(' '),
            0x01..=0x1a => control(char::from(byte - 1 + b'a')),
            0x1c..=0x1f => control(char::from(byte - 0x1c + b'4')),
            0x20..=0x7e => return self.typed(char::from(byte), emit),
            _ => {
                self.state = State::Character(vec![byte]);
                return;
            }
        };
        self.key(code, modifiers, emit);
    }

    /// Emits a character, with Shift if it is upper case.
    fn typed(&mut self, c: char, emit: &mut dyn FnMut(Received)) {
        let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
        self.key(KeyCode::Char(c), shift, emit);
    }

    /// Continues a character of several bytes; invalid bytes are discarded.
    fn character(&mut self, mut bytes: Vec<u8>, byte: u8, emit: &mut dyn FnMut(Received)) {
        bytes.push(byte);
        match std::str::from_utf8(&bytes) {
            Ok(text) => text.chars().filter(|c| !c.is_control()).for_each(|c| self.typed(c, emit)),
            Err(error) if error.error_len().is_none() => self.state = State::Character(bytes),
            // invalid: a byte that may start another character is decoded again
            Err(_) => {
                self.is_escaped = false;
                if !(0x80..0xc0).contains(&byte) {
                    self.ground(byte, emit);
                }
            }
        }
    }

    /// Decodes a byte after `ESC`.
    fn escape(&mut self, byte: u8, emit: &mut dyn FnMut(Received)) {
        match byte {
            ESCAPE => {
                self.key(KeyCode::Esc, KeyModifiers::NONE, emit);
                self.state = State::Escape;
            }
            b'[' => self.state = State::Control(Vec::new()),
            b'O' => self.state = State::Shift3,
            b']' | b'P' | b'_' | b'^' | b'X' => self.state = State::TextStart(byte),
            _ => {
                self.is_escaped = true;
                self.ground(byte, emit);
            }
        }
    }

    /// Continues a control sequence.
    fn control(&mut self, mut bytes: Vec<u8>, byte: u8, emit: &mut dyn FnMut(Received)) {
        match byte {
            ESCAPE => self.state = State::Escape,
            b'[' if bytes.is_empty() => self.state = State::Console,
            b'M' if bytes.is_empty() => self.state = State::Mouse(3),
            0x40..=0x7e => self.sequence(&bytes, byte, emit),
            0x20..=0x3f => {
                if bytes.len() < LONGEST_SEQUENCE {
                    bytes.push(byte);
                }
                self.state = State::Control(bytes);
            }
            0x80.. => self.ground(byte, emit),
            _ => {} // a control character ends the sequence
        }
    }

    /// Ends a control sequence whose last byte is `last`.
    fn sequence(&mut self, parameters: &[u8], last: u8, emit: &mut dyn FnMut(Received)) {
        match sequence::parse(parameters, last) {
            Some(Sequence::Key(code, modifiers)) => self.key(code, modifiers, emit),
            Some(Sequence::Cursor { row, column }) => emit(Received::Cursor { row, column }),
            Some(Sequence::PasteStart) => self.state = State::Paste(Vec::new()),
            None => {}
        }
    }

    /// Emits Escape and a character.
    fn escaped_key(&mut self, byte: u8, emit: &mut dyn FnMut(Received)) {
        self.is_escaped = true;
        self.typed(char::from(byte), emit);
    }

    /// Decodes the first byte of a control string. If no answer of a terminal starts like that, the bytes are keys.
    fn text_start(&mut self, first: u8, byte: u8, emit: &mut dyn FnMut(Received)) {
        let is_answer = match first {
            b']' => byte.is_ascii_digit() || b"Ll".contains(&byte),
            b'P' => byte.is_ascii_digit() || b">!".contains(&byte),
            b'_' => byte == b'G',
            _ => (b' '..=b'~').contains(&byte),
        };
        if is_answer || byte == ESCAPE || byte == BELL {
            self.text(Vec::new(), byte, emit);
        } else {
            self.escaped_key(first, emit);
            self.ground(byte, emit);
        }
    }

    /// Continues a control string; BEL, `ESC` and control characters end it.
    fn text(&mut self, mut start: Vec<u8>, byte: u8, emit: &mut dyn FnMut(Received)) {
        match byte {
            BELL => end_of_text(&start, emit),
            ESCAPE => self.state = State::TextEscape(start),
            0..b' ' | 0x7f => self.ground(byte, emit),
            _ => {
                if start.len() < LONGEST_ANSWER {
                    start.push(byte);
                }
                self.state = State::Text(start);
            }
        }
    }

    /// Continues a paste; emits it at its end, and pieces of a long one.
    fn paste(&mut self, mut bytes: Vec<u8>, byte: u8, emit: &mut dyn FnMut(Received)) {
        bytes.push(byte);
        if let Some(text) = bytes.strip_suffix(paste::END) {
            return emit(pasted(text));
        }
        if let Some(piece) = paste::take_piece(&mut bytes) {
            emit(pasted(&piece));
        }
        self.state = State::Paste(bytes);
    }

    /// Continues the discarded rest of a paste.
    fn paste_rest(&mut self, mut last: Vec<u8>, byte: u8) {
        if !paste::ends_with(&mut last, byte) {
            self.state = State::PasteRest(last);
        }
    }
}

/// Emits a control string.
fn end_of_text(start: &[u8], emit: &mut dyn FnMut(Received)) {
    emit(Received::Text(String::from_utf8_lossy(start).into_owned()));
}

/// Emits a paste that has ended early, unless it is empty.
fn paste_some(text: &[u8], emit: &mut dyn FnMut(Received)) {
    if !text.is_empty() {
        emit(pasted(text));
    }
}

/// A paste; invalid UTF-8 is replaced.
fn pasted(text: &[u8]) -> Received {
    Received::Event(Event::Paste(String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests;
