//! The keys for numbers and letters of sequences, in xterm's
//! [control sequences](https://invisible-island.net/xterm/ctlseqs/ctlseqs.html) and in kitty's
//! [keyboard protocol](https://sw.kovidgoyal.net/kitty/keyboard-protocol/).

use crossterm::event::KeyCode;

/// The key for a sequence that ends with this letter.
pub(super) fn letter(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

/// The key for a sequence with this number that ends with `~`.
pub(super) fn function(number: u32) -> Option<KeyCode> {
    let f = |from: u32, first: u8| u8::try_from(number - from).ok().map(|offset| KeyCode::F(first + offset));
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => f(11, 1),
        17..=21 => f(17, 6),
        23 | 24 => f(23, 11),
        _ => None,
    }
}

/// The key for a code point, in keyboard protocols that report all keys by number.
pub(super) fn character(number: u32) -> Option<KeyCode> {
    Some(match number {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        57344..=63743 => return keypad(number),
        _ => KeyCode::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    })
}

/// The key for a number of kitty's keyboard protocol, for keys of the number pad; `None` for others, such as Shift by itself.
fn keypad(number: u32) -> Option<KeyCode> {
    const DIGITS: u32 = 57399;
    Some(match number {
        57399..=57408 => KeyCode::Char(char::from_digit(number - DIGITS, 10)?),
        57409 => KeyCode::Char('.'),
        57410 => KeyCode::Char('/'),
        57411 => KeyCode::Char('*'),
        57412 => KeyCode::Char('-'),
        57413 => KeyCode::Char('+'),
        57414 => KeyCode::Enter,
        57415 => KeyCode::Char('='),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57425 => KeyCode::Insert,
        57426 => KeyCode::Delete,
        _ => return None,
    })
}
