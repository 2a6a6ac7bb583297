//! Parallel streams of a running text, read window by window.

/// A text cut into `count` streams of equal length. A window has consecutive steps of all streams; the next window continues
/// where it ends, so that states can be carried over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    count: usize,
    length: usize,
    /// The step at which the next window starts.
    next: usize,
    /// The number of steps in the last window.
    pub steps: usize,
    /// Word ids `[steps, count]` of the last window.
    pub inputs: Vec<u32>,
    /// The word after each input.
    pub targets: Vec<u32>,
}

impl Streams {
    /// Cuts a text of `words` words into `count` streams. The remainder of the division is not read.
    #[must_use]
    pub fn new(words: usize, count: usize) -> Self {
        Self { count, length: words / count.max(1), ..Self::default() }
    }

    /// The number of streams.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the next window is the first one of the text.
    #[must_use]
    pub fn at_start(&self) -> bool {
        self.next == 0
    }

    /// The step at which the next window starts.
    #[must_use]
    pub fn position(&self) -> usize {
        self.next
    }

    /// Restores a [position](Self::position). Returns `false`, and changes nothing, if it is outside the text.
    #[must_use]
    pub fn seek(&mut self, position: usize) -> bool {
        let is_position = position < self.length.saturating_sub(1);
        if is_position {
            self.next = position;
        }
        is_position
    }

    /// The number of windows of at most `window` steps in one pass over the text.
    #[must_use]
    pub fn windows(&self, window: usize) -> usize {
        self.length.saturating_sub(1).div_ceil(window)
    }

    /// Reads the next window of at most `window` steps from `words`, the text that was cut; after the last window of the text
    /// the first one follows.
    ///
    /// # Panics
    /// If `words` is shorter than that text.
    pub fn advance(&mut self, words: &[u32], window: usize) {
        let last = self.length.saturating_sub(1); // the last word has no successor
        self.steps = window.min(last - self.next);
        self.inputs.clear();
        self.targets.clear();
        for t in self.next..self.next + self.steps {
            self.inputs.extend((0..self.count).map(|stream| words[stream * self.length + t]));
            self.targets.extend((0..self.count).map(|stream| words[stream * self.length + t + 1]));
        }
        self.next = if self.next + self.steps == last { 0 } else { self.next + self.steps };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_are_consecutive_and_read_every_pair_once(
            words in 2usize..200,
            count in 1usize..8,
            window in 1usize..20,
        ) {
            prop_assume!(words >= 2 * count);
            let text: Vec<u32> = (0..words as u32).collect();
            let mut streams = Streams::new(words, count);
            for _epoch in 0..2 {
                prop_assert!(streams.at_start());
                let mut pairs = Vec::new();
                let mut before: Option<Vec<u32>> = None;
                for index in 0..streams.windows(window) {
                    streams.advance(&text, window);
                    prop_assert!(streams.steps >= 1 && streams.steps <= window);
                    prop_assert_eq!(streams.at_start(), index + 1 == streams.windows(window));
                    if let Some(before) = before {
                        prop_assert_eq!(&streams.inputs[..count], &before[..], "a window starts where the last one ended");
                    }
                    before = Some(streams.targets[streams.targets.len() - count..].to_vec());
                    pairs.extend(streams.inputs.iter().copied().zip(streams.targets.iter().copied()));
                }
                pairs.sort_unstable();
                let length = words / count;
                let expected: Vec<(u32, u32)> = (0..count * length)
                    .filter(|at| at % length != length - 1)
                    .map(|at| (at as u32, at as u32 + 1))
                    .collect();
                prop_assert_eq!(pairs, expected);
            }
        }
    }
}
