//! Completing the word at the cursor from the vocabulary.

/// Words that begin like the one being typed, and which one of them is in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Completion {
    before: String,
    after: String,
    candidates: Vec<String>,
    chosen: usize,
}

impl Completion {
    /// For the word at `cursor`, which counts characters: what stands before the cursor is kept, the rest of the word is
    /// replaced. `None` if no word begins like it.
    pub fn new(text: &str, cursor: usize, vocabulary: &[String]) -> Option<Self> {
        let at = text.char_indices().nth(cursor).map_or(text.len(), |(at, _)| at);
        let (typed, rest) = text.split_at(at);
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

    /// With the next candidate, after the last one the first.
    pub fn next(mut self) -> Self {
        self.chosen = (self.chosen + 1) % self.candidates.len();
        self
    }

    /// The text with the chosen candidate in it, and the cursor behind it.
    pub fn applied(&self) -> (String, usize) {
        let completed = format!("{}{}", self.before, self.candidates[self.chosen]);
        let cursor = completed.chars().count();
        (completed + &self.after, cursor)
    }

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
    fn the_word_at_the_cursor_is_completed_and_the_rest_kept() {
        let completion = Completion::new("我 爱 玩具", 3, &vocabulary()).unwrap();
        assert_eq!(completion.applied(), ("我 爱 玩具".to_owned(), 3));
        assert_eq!(completion.clone().next().applied(), ("我 爱好 玩具".to_owned(), 4));
        assert_eq!(completion.clone().next().next(), completion);
        assert_eq!(Completion::new("喜欢 我", 1, &vocabulary()).unwrap().applied(), ("喜欢 我".to_owned(), 2));
    }

    #[test]
    fn nothing_typed_is_the_beginning_of_every_word_and_a_foreign_letter_of_none() {
        assert_eq!(Completion::new("我 ", 2, &vocabulary()).unwrap().candidates().0, vocabulary());
        assert_eq!(Completion::new("x", 1, &vocabulary()), None);
        assert_eq!(Completion::new("我\u{3000}", 2, &vocabulary()).unwrap().applied().0, "我\u{3000}我");
    }
}
