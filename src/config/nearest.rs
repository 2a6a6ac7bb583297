//! Suggestions for an unknown word.

/// The candidates most similar to `word`, at most `most`, the most similar first, equally similar ones in their order. Candidates that have
/// nothing in common with it are left out.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let mut scored: Vec<_> = candidates
        .into_iter()
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.0)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// 1 for equal words, 0 for words without anything in common: the Damerau-Levenshtein distance relative to the length.
pub(super) fn likeness(a: &str, b: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(a, b)
}
