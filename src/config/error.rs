//! What is said when a configuration cannot be used.

use std::fmt;

/// One mistake in a configuration: where it stands, what is wrong, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// `file:line`, or the command-line option that set the value.
    pub place: String,
    /// The key and what is wrong with it.
    pub problem: String,
    /// What would be right. May be empty.
    pub help: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\n  {}", self.help) }
    }
}

impl std::error::Error for ConfigError {}

/// Those of `candidates` most like `word`, the most alike first, equally alike ones in their order, at most `most`.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let mut scored: Vec<_> = candidates.into_iter().map(|candidate| (likeness(word, candidate), candidate)).collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// 1 for equal words, 0 for words without anything in common: the Damerau-Levenshtein distance relative to the length.
pub(super) fn likeness(a: &str, b: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(a, b)
}
