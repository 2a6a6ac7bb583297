//! Bytes of a terminal → keys and pastes, as xterm sends them (its
//! [control sequences](https://invisible-island.net/xterm/ctlseqs/ctlseqs.html)).

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
/// Bytes of a text for programs beyond these are dropped: no answer that this program requests is longer.
const LONGEST_ANSWER: usize = 64;

/// What a terminal has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A key or a paste.
    Event(Event),
    /// Where its cursor is, counted from 1.
    Cursor { row: u32, column: u32 },
    /// The beginning of a text for programs, such as `11;rgb:ffff/ffff/ffff`.
    Text(String),
}

/// What the bytes so far are the beginning of.
#[derive(Debug, Default)]
enum State {
    /// Of nothing.
    #[default]
    Ground,
    /// Of a character of several bytes.
    Character(Vec<u8>),
    /// `ESC`: a key, or the beginning of a sequence.
    Escape,
    /// `ESC [`: parameters follow, and a letter.
    Control(Vec<u8>),
    /// `ESC O`: a letter follows.
    Shift3,
    /// `ESC [ [`: a letter follows, on a Linux console.
    Console,
    /// Bytes that belong to a report of a mouse, this many more.
    Mouse(u8),
    /// `ESC ]` and the like: a text for programs begins, with this byte.
    TextStart(u8),
    /// More of such a text, and how it begins.
    Text(Vec<u8>),
    /// `ESC` in such a text: the beginning of its end, or a key that ends it.
    TextEscape(Vec<u8>),
    /// A paste.
    Paste(Vec<u8>),
    /// What is left of a paste that was ended by Ctrl-C, and its last bytes.
    PasteRest(Vec<u8>),
}

/// Takes bytes one by one.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    /// Whether a key comes after `ESC`.
    is_escaped: bool,
}

impl Decoder {
    /// How long the next byte may let wait for itself; for ever between two keys.
    pub fn patience(&self) -> Option<Duration> {
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

    /// For how long keys may be taken for a part of what has begun, where its end is lost; `None` where only a pause can end it.
    pub fn longest_typing(&self) -> Option<Duration> {
        match self.state {
            State::Text(_) | State::TextEscape(_) | State::PasteRest(_) => Some(Duration::from_secs(1)),
            State::Paste(_) => Some(Duration::from_secs(3)),
            _ => None,
        }
    }

    /// Whether what has begun is a text for programs.
    pub fn is_in_text(&self) -> bool {
        matches!(self.state, State::Text(_))
    }

    /// Whether what has begun may be an answer.
    pub fn is_in_answer(&self) -> bool {
        match &self.state {
            State::Control(bytes) => !bytes.is_empty(),
            State::Text(_) | State::TextEscape(_) => true,
            _ => false,
        }
    }

    /// The next byte has not come in time.
    pub fn give_up(&mut self, found: &mut dyn FnMut(Received)) {
        match std::mem::take(&mut self.state) {
            State::Escape | State::TextEscape(_) => self.key(KeyCode::Esc, KeyModifiers::NONE, found),
            // keys that begin like a sequence of which nothing came
            State::Shift3 => self.escaped_key(b'O', found),
            State::TextStart(first) => self.escaped_key(first, found),
            State::Control(bytes) if bytes.is_empty() => self.escaped_key(b'[', found),
            State::Paste(bytes) => match bytes.strip_suffix(&[ESCAPE]) {
                Some(text) => {
                    paste_some(text, found);
                    self.key(KeyCode::Esc, KeyModifiers::NONE, found);
                }
                None => found(pasted(&bytes)),
            },
            _ => {}
        }
        self.is_escaped = false;
    }

    /// The next byte.
    pub fn take(&mut self, byte: u8, found: &mut dyn FnMut(Received)) {
        match (std::mem::take(&mut self.state), byte) {
            // whatever has begun, a way out that nobody can lose; what follows of a paste must not become keys
            (State::Paste(bytes), CONTROL_C) => {
                paste_some(&bytes, found);
                self.key(KeyCode::Char('c'), KeyModifiers::CONTROL, found);
                self.state = State::PasteRest(Vec::new());
            }
            (State::PasteRest(bytes), CONTROL_C) => {
                self.key(KeyCode::Char('c'), KeyModifiers::CONTROL, found);
                self.state = State::PasteRest(bytes);
            }
            (_, CONTROL_C) => self.key(KeyCode::Char('c'), KeyModifiers::CONTROL, found),
            (State::Paste(bytes), _) => self.paste(bytes, byte, found),
            (State::PasteRest(bytes), _) => self.paste_rest(bytes, byte),
            (State::Ground, _) => self.ground(byte, found),
            (State::Character(bytes), _) => self.character(bytes, byte, found),
            (State::Control(bytes), _) => self.control(bytes, byte, found),
            (State::TextStart(first), _) => self.text_start(first, byte, found),
            (State::Text(begun), _) => self.text(begun, byte, found),
            (State::TextEscape(begun), b'\\') => end_of_text(&begun, found),
            (State::Escape | State::TextEscape(_), _) => self.escape(byte, found),
            (State::Mouse(more), _) => self.state = if more > 1 { State::Mouse(more - 1) } else { State::Ground },
            (State::Shift3 | State::Console, ESCAPE) => self.state = State::Escape,
            (State::Shift3, _) => {
                let code = letter(byte).or((byte == b'M').then_some(KeyCode::Enter));
                if let Some(code) = code {
                    self.key(code, KeyModifiers::NONE, found);
                }
            }
            (State::Console, b'A'..=b'E') => self.key(KeyCode::F(byte - b'A' + 1), KeyModifiers::NONE, found),
            (State::Console, _) => {}
        }
    }

    /// A key; after `ESC` that key first. Whoever types both may have them arrive in one piece, and no key with Alt means anything here.
    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers, found: &mut dyn FnMut(Received)) {
        if std::mem::take(&mut self.is_escaped) {
            found(Received::Event(Event::Key(KeyCode::Esc.into())));
        }
        found(Received::Event(Event::Key(KeyEvent::new(code, modifiers))));
    }

    fn ground(&mut self, byte: u8, found: &mut dyn FnMut(Received)) {
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
            0x20..=0x7e => return self.typed(char::from(byte), found),
            _ => {
                self.state = State::Character(vec![byte]);
                return;
            }
        };
        self.key(code, modifiers, found);
    }

    fn typed(&mut self, c: char, found: &mut dyn FnMut(Received)) {
        let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
        self.key(KeyCode::Char(c), shift, found);
    }

    fn character(&mut self, mut bytes: Vec<u8>, byte: u8, found: &mut dyn FnMut(Received)) {
        bytes.push(byte);
        match std::str::from_utf8(&bytes) {
            Ok(text) => text.chars().filter(|c| !c.is_control()).for_each(|c| self.typed(c, found)),
            Err(error) if error.error_len().is_none() => self.state = State::Character(bytes),
            // no character: what may begin another one is looked at again
            Err(_) => {
                self.is_escaped = false;
                if !(0x80..0xc0).contains(&byte) {
                    self.ground(byte, found);
                }
            }
        }
    }

    fn escape(&mut self, byte: u8, found: &mut dyn FnMut(Received)) {
        match byte {
            ESCAPE => {
                self.key(KeyCode::Esc, KeyModifiers::NONE, found);
                self.state = State::Escape;
            }
            b'[' => self.state = State::Control(Vec::new()),
            b'O' => self.state = State::Shift3,
            b']' | b'P' | b'_' | b'^' | b'X' => self.state = State::TextStart(byte),
            _ => {
                self.is_escaped = true;
                self.ground(byte, found);
            }
        }
    }

    fn control(&mut self, mut bytes: Vec<u8>, byte: u8, found: &mut dyn FnMut(Received)) {
        match byte {
            ESCAPE => self.state = State::Escape,
            b'[' if bytes.is_empty() => self.state = State::Console,
            b'M' if bytes.is_empty() => self.state = State::Mouse(3),
            0x40..=0x7e => self.sequence(&bytes, byte, found),
            0x20..=0x3f => {
                if bytes.len() < LONGEST_SEQUENCE {
                    bytes.push(byte);
                }
                self.state = State::Control(bytes);
            }
            0x80.. => self.ground(byte, found),
            _ => {} // a control character ends what it cannot belong to
        }
    }

    /// Ends a control sequence whose last byte is `last`.
    fn sequence(&mut self, parameters: &[u8], last: u8, found: &mut dyn FnMut(Received)) {
        match sequence::parse(parameters, last) {
            Some(Sequence::Key(code, modifiers)) => self.key(code, modifiers, found),
            Some(Sequence::Cursor { row, column }) => found(Received::Cursor { row, column }),
            Some(Sequence::PasteStart) => self.state = State::Paste(Vec::new()),
            None => {}
        }
    }

    fn escaped_key(&mut self, byte: u8, found: &mut dyn FnMut(Received)) {
        self.is_escaped = true;
        self.typed(char::from(byte), found);
    }

    /// The first byte of a text for programs; where no answer of a terminal begins like that, it is a key after a key.
    fn text_start(&mut self, first: u8, byte: u8, found: &mut dyn FnMut(Received)) {
        let is_answer = match first {
            b']' => byte.is_ascii_digit() || b"Ll".contains(&byte),
            b'P' => byte.is_ascii_digit() || b">!".contains(&byte),
            b'_' => byte == b'G',
            _ => (b' '..=b'~').contains(&byte),
        };
        if is_answer || byte == ESCAPE || byte == BELL {
            self.text(Vec::new(), byte, found);
        } else {
            self.escaped_key(first, found);
            self.ground(byte, found);
        }
    }

    /// More of a text for programs, of which the beginning is kept; `ESC` and the keys that are no characters end it.
    fn text(&mut self, mut begun: Vec<u8>, byte: u8, found: &mut dyn FnMut(Received)) {
        match byte {
            BELL => end_of_text(&begun, found),
            ESCAPE => self.state = State::TextEscape(begun),
            0..b' ' | 0x7f => self.ground(byte, found),
            _ => {
                if begun.len() < LONGEST_ANSWER {
                    begun.push(byte);
                }
                self.state = State::Text(begun);
            }
        }
    }

    fn paste(&mut self, mut bytes: Vec<u8>, byte: u8, found: &mut dyn FnMut(Received)) {
        bytes.push(byte);
        if let Some(text) = bytes.strip_suffix(paste::END) {
            return found(pasted(text));
        }
        if let Some(piece) = paste::take_piece(&mut bytes) {
            found(pasted(&piece));
        }
        self.state = State::Paste(bytes);
    }

    fn paste_rest(&mut self, mut last: Vec<u8>, byte: u8) {
        if !paste::ends_with(&mut last, byte) {
            self.state = State::PasteRest(last);
        }
    }
}

fn end_of_text(begun: &[u8], found: &mut dyn FnMut(Received)) {
    found(Received::Text(String::from_utf8_lossy(begun).into_owned()));
}

/// A paste that has ended early, if there is anything in it.
fn paste_some(text: &[u8], found: &mut dyn FnMut(Received)) {
    if !text.is_empty() {
        found(pasted(text));
    }
}

fn pasted(text: &[u8]) -> Received {
    Received::Event(Event::Paste(String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests;
