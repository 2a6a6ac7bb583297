//! Whether a session shows the alternate screen.

/// The sequences that switch to the alternate screen, first in a session, and back, last in it.
const TAKE_SCREEN: &[u8] = b"\x1b[?1049h";
const GIVE_BACK_SCREEN: &[u8] = b"\x1b[?1049l";

/// Watches the bytes of a session for the alternate screen.
#[derive(Debug, Default)]
pub(super) struct ShownScreen {
    /// Whether the alternate screen is shown.
    pub is_taken: bool,
    /// The last bytes, which may be the start of a sequence.
    last: Vec<u8>,
}

impl ShownScreen {
    /// Updates the state by the next bytes of the session.
    pub fn see(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes);
        let last = |sequence: &[u8]| self.last.windows(sequence.len()).rposition(|found| found == sequence);
        match (last(TAKE_SCREEN), last(GIVE_BACK_SCREEN)) {
            (None, None) => {}
            (taken, given_back) => self.is_taken = taken > given_back,
        }
        let length = self.last.len().min(TAKE_SCREEN.len() - 1); // a sequence may be split
        self.last.drain(..self.last.len() - length);
    }
}
