//! The bytes of a bracketed paste: its end, and the pieces of a long one.

/// The sequence after a paste.
pub(super) const END: &[u8] = b"\x1b[201~";
/// Largest number of bytes in one piece: a longer paste becomes several events, so that no queued event is large.
pub(super) const LONGEST_PIECE: usize = 1 << 14;

/// Removes and returns the first piece of a paste that has reached [`LONGEST_PIECE`] bytes; `None` for a shorter one. What may belong
/// to the end sequence, or to an incomplete character, stays in `bytes`.
pub(super) fn take_piece(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    if bytes.len() < LONGEST_PIECE {
        return None;
    }
    let is_inside_character = |index: &usize| bytes[*index] & 0xc0 == 0x80;
    let last = LONGEST_PIECE - END.len();
    let end = (last - 3..=last).rev().find(|index| !is_inside_character(index)).unwrap_or(last);
    Some(bytes.drain(..end).collect())
}

/// Appends a byte to the last bytes of a discarded paste and returns whether they are the end sequence. `last` never grows longer than
/// that sequence.
pub(super) fn ends_with(last: &mut Vec<u8>, byte: u8) -> bool {
    last.push(byte);
    if last == END {
        return true;
    }
    last.drain(..(last.len() + 1).saturating_sub(END.len()));
    false
}
