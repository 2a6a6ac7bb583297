//! Control sequences (`ESC [`, parameters, a last byte) → keys, cursor reports and the start of a paste.

use crossterm::event::{KeyCode, KeyModifiers};

use super::key_codes::{character, function, letter};

/// A control sequence that the decoder acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sequence {
    /// A key press, or its repetition.
    Key(KeyCode, KeyModifiers),
    /// A report of the cursor position, 1-based.
    Cursor { row: u32, column: u32 },
    /// The start of a bracketed paste.
    PasteStart,
}

/// Parses the parameters and the last byte of a control sequence. `None` if it is to be ignored: an answer with a private prefix,
/// a key release, an unknown key.
pub(super) fn parse(parameters: &[u8], last: u8) -> Option<Sequence> {
    // answers begin with `?`, `>`, `=` or `<`; keys have numbers only
    let parameters = std::str::from_utf8(parameters).ok()?;
    let numbers = parse_numbers(parameters)?;
    if is_release(parameters) {
        return None;
    }
    let number = |index: usize| numbers.get(index).copied().unwrap_or(1);
    let (code, modifiers) = match (last, numbers.as_slice()) {
        (b'~', [200, ..]) => return Some(Sequence::PasteStart),
        (b'~', [27, modifiers, code]) => (character(*code), *modifiers),
        (b'~', _) => (function(number(0)), number(1)),
        (b'u', _) => (character(number(0)), number(1)),
        (b'Z', _) => (Some(KeyCode::BackTab), 2),
        // an answer, not F3 with row and column for modifiers
        (b'R', [row, ..]) => return Some(Sequence::Cursor { row: *row, column: number(1) }),
        _ => (letter(last), number(1)),
    };
    Some(Sequence::Key(code?, parse_modifiers(modifiers)))
}

/// Decodes xterm's modifier parameter: 1 + a bit each for Shift, Alt and Control; other bits are ignored.
fn parse_modifiers(parameter: u32) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let modifiers = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    modifiers.into_iter().filter(|(bit, _)| bits & bit > 0).map(|(_, modifier)| modifier).collect()
}

/// Parses numbers separated by semicolons; an omitted number is 1, and subparameters after a colon are ignored. `None` if there is
/// anything else.
fn parse_numbers(parameters: &str) -> Option<Vec<u32>> {
    if parameters.is_empty() {
        return Some(Vec::new());
    }
    let number = |text: &str| {
        let text = text.split(':').next().unwrap_or_default();
        if text.is_empty() { Some(1) } else { text.parse().ok() }
    };
    parameters.split(';').map(number).collect()
}

/// Whether the sequence reports a key release: `:3` after the modifiers, as in kitty's
/// [keyboard protocol](https://sw.kovidgoyal.net/kitty/keyboard-protocol/).
fn is_release(parameters: &str) -> bool {
    let event_type = parameters.split(';').nth(1).and_then(|modifiers| modifiers.split(':').nth(1));
    event_type == Some("3")
}
