//! What could have been meant by a word that is not known.

/// Those of `candidates` most like `word`, the most alike first, equally alike ones in their order, at most `most`; none
/// that has nothing in common with it.
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
