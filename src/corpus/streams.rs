//! A running text, cut into parallel streams that are read window by window.

/// A text cut into `count` streams of equal length; each window has the next steps of all of them, so that the state of one
/// window is where the next one goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    count: usize,
    length: usize,
    /// The step at which the next window starts.
    next: usize,
    /// Steps of the last window.
    pub steps: usize,
    /// Word ids `[steps, count]` of the last window.
    pub inputs: Vec<u32>,
    /// The word after each of them.
    pub targets: Vec<u32>,
}

impl Streams {
    /// Cuts a text of this many words. What is left over when they are divided among the streams is not read.
    #[must_use]
    pub fn new(words: usize, count: usize) -> Self {
        Self { count, length: words / count.max(1), ..Self::default() }
    }

    /// How many streams there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the next window is the first one of the text: nothing comes before it.
    #[must_use]
    pub fn at_start(&self) -> bool {
        self.next == 0
    }

    /// The step at which the next window starts.
    #[must_use]
    pub fn position(&self) -> usize {
        self.next
    }

    /// Goes on from such a position. Returns whether there is one in this text.
    #[must_use]
    pub fn seek(&mut self, position: usize) -> bool {
        let is_position = position < self.length.saturating_sub(1);
        if is_position {
            self.next = position;
        }
        is_position
    }

    /// How many windows of at most `window` steps it takes to read the text once.
    #[must_use]
    pub fn windows(&self, window: usize) -> usize {
        self.length.saturating_sub(1).div_ceil(window)
    }

    /// Takes the next window of at most this many steps of `words`, the text that was cut, and begins anew after the last one.
    ///
    /// # Panics
    /// If `words` is a shorter text.
    pub fn advance(&mut self, words: &[u32], window: usize) {
        let last = self.length.saturating_sub(1); // from where nothing comes next
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
        fn windows_follow_each_other_and_every_pair_of_words_is_read_once(
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
