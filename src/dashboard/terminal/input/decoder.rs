//! Bytes of a terminal → keys and pastes, as xterm sends them (its
//! [control sequences](https://invisible-island.net/xterm/ctlseqs/ctlseqs.html)).

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::key_codes::{character, function, letter};

const ESCAPE: u8 = 0x1b;
const CONTROL_C: u8 = 0x03;
const BELL: u8 = 0x07;
/// What is behind a paste.
const END_OF_PASTE: &[u8] = b"\x1b[201~";
/// A sequence of more bytes is none.
const LONGEST_SEQUENCE: usize = 256;
/// Of a text for programs more is not kept: no answer that anybody here has asked for is longer.
const LONGEST_ANSWER: usize = 64;
/// A paste of more bytes comes in several: of what waits in a queue none is large.
const LONGEST_PASTE: usize = 1 << 14;

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

    /// `ESC [`, parameters, a letter.
    fn sequence(&mut self, parameters: &[u8], last: u8, found: &mut dyn FnMut(Received)) {
        // answers begin with `?`, `>`, `=` or `<`; keys have numbers only
        let Ok(parameters) = std::str::from_utf8(parameters) else { return };
        let Some(numbers) = numbers_of(parameters) else { return };
        if is_release(parameters) {
            return;
        }
        let number = |index: usize| numbers.get(index).copied().unwrap_or(1);
        let (code, modifiers) = match (last, numbers.as_slice()) {
            (b'~', [200, ..]) => {
                self.state = State::Paste(Vec::new());
                return;
            }
            (b'~', [27, modifiers, code]) => (character(*code), *modifiers),
            (b'~', _) => (function(number(0)), number(1)),
            (b'u', _) => (character(number(0)), number(1)),
            (b'Z', _) => (Some(KeyCode::BackTab), 2),
            // an answer, not F3 with row and column for modifiers
            (b'R', [row, ..]) => return found(Received::Cursor { row: *row, column: number(1) }),
            _ => (letter(last), number(1)),
        };
        let bits = modifiers.saturating_sub(1);
        let held = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
        let held =
            held.into_iter().filter(|(bit, _)| bits & bit > 0).fold(KeyModifiers::NONE, |all, (_, one)| all | one);
        if let Some(code) = code {
            self.key(code, held, found);
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
        if let Some(text) = bytes.strip_suffix(END_OF_PASTE) {
            return found(pasted(text));
        }
        if bytes.len() >= LONGEST_PASTE {
            // what may be a part of its end, or of a character, stays
            let is_inside = |at: &usize| bytes[*at] & 0xc0 == 0x80;
            let last = LONGEST_PASTE - END_OF_PASTE.len();
            let end = (last - 3..=last).rev().find(|at| !is_inside(at)).unwrap_or(last);
            found(pasted(&bytes[..end]));
            bytes.drain(..end);
        }
        self.state = State::Paste(bytes);
    }

    fn paste_rest(&mut self, mut last: Vec<u8>, byte: u8) {
        last.push(byte);
        if last != END_OF_PASTE {
            last.drain(..(last.len() + 1).saturating_sub(END_OF_PASTE.len()));
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

/// Numbers with semicolons between them; one that is left out is 1. `None` if there is something else.
fn numbers_of(parameters: &str) -> Option<Vec<u32>> {
    if parameters.is_empty() {
        return Some(Vec::new());
    }
    // what comes after a colon says more of the same key
    let number = |text: &str| {
        let text = text.split(':').next().unwrap_or_default();
        if text.is_empty() { Some(1) } else { text.parse().ok() }
    };
    parameters.split(';').map(number).collect()
}

/// Whether a sequence says that a key was let go: `:3` behind the keys that were held with it, as the
/// [keyboard protocol](https://sw.kovidgoyal.net/kitty/keyboard-protocol/) of kitty has it.
fn is_release(parameters: &str) -> bool {
    let kind = parameters.split(';').nth(1).and_then(|held| held.split(':').nth(1));
    kind == Some("3")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is found among bytes that come at once, and when nothing follows.
    fn received(bytes: &[u8]) -> Vec<Received> {
        let (mut decoder, mut received) = (Decoder::default(), Vec::new());
        bytes.iter().for_each(|byte| decoder.take(*byte, &mut |one| received.push(one)));
        decoder.give_up(&mut |one| received.push(one));
        received
    }

    /// The keys and pastes among them.
    fn events(bytes: &[u8]) -> Vec<Event> {
        let event = |received| match received {
            Received::Event(event) => Some(event),
            Received::Cursor { .. } | Received::Text(_) => None,
        };
        received(bytes).into_iter().filter_map(event).collect()
    }

    fn key(c: char) -> Received {
        Received::Event(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)))
    }

    /// Keys as `C-a`, `A-x`, `S-Up`, `中`.
    fn keys(bytes: &[u8]) -> String {
        let name = |event: Event| match event {
            Event::Key(key) => {
                let held = [("S-", KeyModifiers::SHIFT), ("A-", KeyModifiers::ALT), ("C-", KeyModifiers::CONTROL)];
                let is_upper = matches!(key.code, KeyCode::Char(c) if c.is_uppercase());
                let held = held
                    .into_iter()
                    .filter(|(name, held)| key.modifiers.contains(*held) && !(is_upper && *name == "S-"));
                held.map(|(name, _)| name).collect::<String>() + &key.code.to_string()
            }
            other => format!("{other:?}"),
        };
        events(bytes).into_iter().map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn keys_are_what_they_are_on_every_terminal() {
        assert_eq!(keys("q? 中é".as_bytes()), "q ? Space 中 é");
        assert_eq!(keys(b"\r\t\x7f\x1b"), "Enter Tab Backspace Esc");
        assert_eq!(keys(b"\x01\x1a\0\x08"), "C-a C-z C-Space C-h");
        assert_eq!(keys(b"\x1b[A\x1bOB\x1b[1;5C\x1b[1;2D"), "Up Down C-Right S-Left");
        assert_eq!(keys(b"\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[3~\x1b[Z"), "Page Up Page Down Home End Del S-Back Tab");
        assert_eq!(keys(b"\x1bOP\x1b[15~\x1b[[A\x1b[24~"), "F1 F5 F1 F12");
        assert_eq!(keys("\x1bq\x1b中\x1b\x1b[A".as_bytes()), "Esc q Esc 中 Esc Up");
        assert_eq!(
            ["\x1bP", "\x1bX", "\x1b]", "\x1b["].map(|typed| keys(typed.as_bytes())),
            ["Esc P", "Esc X", "Esc ]", "Esc ["]
        );
        assert_eq!(keys(b"\x1b[113;5u\x1b[27;5;99~\x1b[97:65;1:1u"), "C-q C-c a");
    }

    #[test]
    fn a_key_that_is_let_go_or_held_alone_is_no_key_and_the_number_pad_has_its_own() {
        assert_eq!(keys(b"\x1b[115;1:3u\x1b[32;1:3u\x1b[1;1:3A\x1b[3;5:3~\x1b[1;1:3R"), "");
        assert_eq!(keys(b"\x1b[115;1:1u\x1b[115;1:2u\x1b[115;129u\x1b[1;1:2A"), "s s s Up", "repeated, with num lock");
        assert_eq!(keys(b"\x1b[57441;2u\x1b[57358u\x1b[57359;1:1u\x1b[63743u"), "");
        assert_eq!(keys(b"\x1b[57400;129u\x1b[57414u\x1b[57419u\x1b[57413u"), "1 Enter Up +");
    }

    #[test]
    fn answers_of_a_terminal_are_no_keys_and_end_where_they_end() {
        let answers: [&[u8]; 10] = [
            b"\x1b[?2026;2$y",
            b"\x1b[?997;1n",
            b"\x1b[?1;1R",
            b"\x1b[24;80R",
            b"\x1b[>41;354;0c",
            b"\x1b]11;rgb:0000/ffff/0000\x1b\\",
            b"\x1b]11;rgb:0000/ffff/0000\x07",
            b"\x1bP>|xterm(390)\x1b\\",
            b"\x1b_Gi=1;OK\x1b\\",
            b"\x1b[<0;10;10M",
        ];
        for answer in answers {
            assert_eq!(keys(&[answer, b"q"].concat()), "q", "{}", answer.escape_ascii());
        }
        assert_eq!(keys(b"\x1b[M !!q"), "q", "where a mouse is");
    }

    #[test]
    fn an_answer_that_is_a_text_is_told() {
        let text = |text: &str| Received::Text(text.to_owned());
        assert_eq!(received(b"\x1b]11;rgb:ff/ff/ff\x07q"), [text("11;rgb:ff/ff/ff"), key('q')]);
        assert_eq!(received(b"\x1b]11;rgb:ff/ff/ff\x1b\\q"), [text("11;rgb:ff/ff/ff"), key('q')]);
    }

    #[test]
    fn where_the_cursor_is_is_told() {
        assert_eq!(received(b"\x1b[1;3Rq"), [Received::Cursor { row: 1, column: 3 }, key('q')]);
    }

    #[test]
    fn what_has_no_end_ends_after_a_pause_and_is_ended_by_control_c() {
        for beginning in ["\x1b[<", "\x1b[?20", "\x1b]11;rgb:", "\x1bP>|x", "\x1b[[", "\x1b[M", "\u{4e2d}"] {
            let bytes = beginning.as_bytes();
            let bytes = if beginning == "\u{4e2d}" { &bytes[..2] } else { bytes };
            let (mut decoder, mut found) = (Decoder::default(), Vec::new());
            bytes.iter().for_each(|byte| decoder.take(*byte, &mut |event| found.push(event)));
            assert!(decoder.patience().is_some(), "{beginning:?}");
            decoder.give_up(&mut |_| {});
            assert!(decoder.patience().is_none());
            decoder.take(b'q', &mut |event| found.push(event));
            assert_eq!(found, [key('q')], "{beginning:?}");
            assert_eq!(keys(&[bytes, b"\x03"].concat()), "C-c", "{beginning:?}");
        }
    }

    #[test]
    fn a_paste_is_one_text_whether_it_is_closed_or_not() {
        let pasted = |text: &str| Event::Paste(text.to_owned());
        assert_eq!(events("\x1b[200~我 爱\rq\x1b[201~".as_bytes()), [pasted("我 爱\rq")]);
        assert_eq!(events(b"\x1b[200~never closed"), [pasted("never closed")]);
        assert_eq!(events(b"\x1b[200~a\x1b[20b\x1b[201~"), [pasted("a\x1b[20b")]);
        assert_eq!(events(b"\x1b[200~never closed\x1b"), [pasted("never closed"), Event::Key(KeyCode::Esc.into())]);
    }

    #[test]
    fn a_long_paste_comes_in_several_pieces_and_loses_nothing_between_them() {
        let paste = |text: &str| {
            let mut pieces = events(&[b"\x1b[200~", text.as_bytes(), b"\x1b[201~q"].concat());
            assert_eq!(pieces.pop(), Some(Event::Key(KeyCode::Char('q').into())), "it has ended");
            let text = |piece: Event| match piece {
                Event::Paste(text) => text,
                other => format!("{other:?}"),
            };
            pieces.into_iter().map(text).collect::<Vec<_>>()
        };
        for length in LONGEST_PASTE - 8..LONGEST_PASTE + 8 {
            let text = "x".repeat(length);
            assert_eq!(paste(&text).concat(), text, "{length}");
        }
        let text = "爱é𝄞 ".repeat(LONGEST_PASTE / 2);
        let pieces = paste(&text);
        assert!(pieces.iter().all(|piece| piece.len() <= LONGEST_PASTE) && pieces.len() > 4);
        assert_eq!(pieces.concat(), text);
    }

    #[test]
    fn control_c_ends_a_paste_and_none_of_its_rest_becomes_keys() {
        let (c, pasted) = (
            || Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)),
            |text: &str| Event::Paste(text.to_owned()),
        );
        assert_eq!(events(b"\x1b[200~one\x03"), [pasted("one"), c()]);
        assert_eq!(events(b"\x1b[200~\x03\x03"), [c(), c()]);
        let q = Event::Key(KeyCode::Char('q').into());
        assert_eq!(events(b"\x1b[200~one\x03rest R \x1b[201~q"), [pasted("one"), c(), q]);
    }

    #[test]
    fn keys_after_what_only_looks_like_a_text_for_programs_are_keys() {
        assert_eq!(keys(b"\x1b]ab"), "Esc ] a b");
        assert_eq!(keys(b"\x1bPq"), "Esc P q");
        assert_eq!(keys(b"\x1b_q"), "Esc _ q");
        // its end is lost: Escape and the keys that are no characters end it
        for (bytes, expected) in [
            (&b"\x1b]11;rgb\x1b"[..], "Esc"),
            (b"\x1b]11;rgb\x1b[A", "Up"),
            (b"\x1b]11;rgb\rq", "Enter q"),
            (b"\x1bP>|x\tq", "Tab q"),
            (b"\x1bP1+r\x7fq", "Backspace q"),
            (b"\x1b]11;rgb\x1b\x1b", "Esc Esc"),
        ] {
            assert_eq!(keys(bytes), expected, "{}", bytes.escape_ascii());
        }
        // one that is long is one: none of it is a key
        let clipboard = [&b"\x1b]52;c;"[..], &vec![b'q'; 1 << 20], b"\x07z"].concat();
        assert_eq!(keys(&clipboard), "z");
    }

    /// Any bytes, among them many of which sequences are made.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let of_sequences =
            prop::sample::select(b"\x1b\x1b[O<?;:0123456789~uABCDHFIZMmRPQSc\x9b\xc2\xe4\xb8\xad\x07\\]_".as_slice());
        let pastes = prop::sample::select(vec![
            b"\x1b[200~".as_slice(),
            b"\x1b[201~",
            b"\x1b[M",
            b"\x1b[<0;1;1M",
            b"\x1b[27;5;65~",
        ]);
        let piece = prop_oneof![
            3 => any::<u8>().prop_map(|byte| vec![byte]),
            6 => of_sequences.prop_map(|byte| vec![byte]),
            1 => pastes.prop_map(<[u8]>::to_vec),
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn after_any_bytes_and_a_pause_the_next_key_is_that_key(bytes in bytes()) {
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            bytes.iter().for_each(|byte| decoder.take(*byte, &mut |_| {}));
            decoder.give_up(&mut |_| {});
            decoder.take(b'k', &mut |event| events.push(event));
            prop_assert_eq!(events, [key('k')]);
        }

        #[test]
        fn a_text_that_is_typed_is_its_characters(text in "[^\\x00-\\x1f\\x7f\u{80}-\u{9f}]{0,30}") {
            let typed = events(text.as_bytes()).into_iter().map(|event| match event {
                Event::Key(KeyEvent { code: KeyCode::Char(c), .. }) => c,
                _ => '\0',
            });
            prop_assert_eq!(typed.collect::<String>(), text);
        }
    }
}
