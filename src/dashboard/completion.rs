//! Completing the word at the cursor from the vocabulary.

/// Words with the prefix being typed, and the one that takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Completion {
    before: String,
    after: String,
    candidates: Vec<String>,
    chosen: usize,
}

impl Completion {
    /// Completes the word at `cursor`, a position in characters. The part before the cursor is the prefix; the rest of the word is
    /// replaced. `None` if no word of the vocabulary has the prefix.
    pub fn new(text: &str, cursor: usize, vocabulary: &[String]) -> Option<Self> {
        let byte = text.char_indices().nth(cursor).map_or(text.len(), |(byte, _)| byte);
        let (typed, rest) = text.split_at(byte);
        let after = &rest[rest.find(char::is_whitespace).unwrap_or(rest.len())..];
        let start =
            typed.rfind(char::is_whitespace).map_or(0, |at| at + typed[at..].chars().next().map_or(0, char::len_utf8));
        let (before, stem) = typed.split_at(start);
        let candidates: Vec<_> = vocabulary.iter().filter(|word| word.starts_with(stem)).cloned().collect();
        (!candidates.is_empty()).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
            candidates,
            chosen: 0,
        })
    }

    /// Selects the next candidate; after the last one the first.
    pub fn next(mut self) -> Self {
        self.chosen = (self.chosen + 1) % self.candidates.len();
        self
    }

    /// Returns the text with the selected candidate inserted, and the cursor position after it, in characters.
    pub fn applied(&self) -> (String, usize) {
        let completed = format!("{}{}", self.before, self.candidates[self.chosen]);
        let cursor = completed.chars().count();
        (completed + &self.after, cursor)
    }

    /// Returns all candidates and the index of the selected one.
    pub fn candidates(&self) -> (&[String], usize) {
        (&self.candidates, self.chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vec<String> {
        ["我", "喜欢", "玩具", "爱", "爸爸", "讨厌", "爱好"].map(str::to_owned).into()
    }

    #[test]
    fn completion_replaces_word_at_cursor() {
        let completion = Completion::new("我 爱 玩具", 3, &vocabulary()).unwrap();
        assert_eq!(completion.applied(), ("我 爱 玩具".to_owned(), 3));
        assert_eq!(completion.clone().next().applied(), ("我 爱好 玩具".to_owned(), 4));
        assert_eq!(completion.clone().next().next(), completion);
        assert_eq!(Completion::new("喜欢 我", 1, &vocabulary()).unwrap().applied(), ("喜欢 我".to_owned(), 2));
    }

    #[test]
    fn completion_of_empty_prefix_lists_vocabulary_and_unknown_prefix_nothing() {
        assert_eq!(Completion::new("我 ", 2, &vocabulary()).unwrap().candidates().0, vocabulary());
        assert_eq!(Completion::new("x", 1, &vocabulary()), None);
        assert_eq!(Completion::new("我\u{3000}", 2, &vocabulary()).unwrap().applied().0, "我\u{3000}我");
    }
}
