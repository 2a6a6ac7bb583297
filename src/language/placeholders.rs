//! Comparison of the placeholders of two sentences, at compile time.

/// Whether two sentences have the same placeholders, in any order.
#[doc(hidden)]
#[must_use]
pub const fn have_same_placeholders(english: &str, chinese: &str) -> bool {
    has_placeholders_of(english.as_bytes(), chinese.as_bytes())
        && has_placeholders_of(chinese.as_bytes(), english.as_bytes())
}

/// Whether every placeholder of `other` stands in `text`.
const fn has_placeholders_of(text: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while let Some(start) = next_placeholder(other, at) {
        if !has_placeholder(text, other, start) {
            return false;
        }
        at = start + 1;
    }
    true
}

/// Where the first placeholder from `at` on begins.
const fn next_placeholder(text: &[u8], mut at: usize) -> Option<usize> {
    while at < text.len() {
        if text[at] == b'{' {
            // `{{` is a brace and no placeholder
            if at + 1 < text.len() && text[at + 1] == b'{' {
                at += 1;
            } else {
                return Some(at);
            }
        }
        at += 1;
    }
    None
}

/// Whether the placeholder that begins at `start` of `other` stands in `text`, in any format.
const fn has_placeholder(text: &[u8], other: &[u8], start: usize) -> bool {
    let mut at = 0;
    while let Some(place) = next_placeholder(text, at) {
        if is_same_name(text, place + 1, other, start + 1) {
            return true;
        }
        at = place + 1;
    }
    false
}

/// Whether the names that begin at these places are equal; a name ends at `}`, or at the `:` of a format.
const fn is_same_name(one: &[u8], mut at: usize, other: &[u8], mut place: usize) -> bool {
    while at < one.len() && place < other.len() {
        match (matches!(one[at], b'}' | b':'), matches!(other[place], b'}' | b':')) {
            (true, true) => return true,
            (false, false) if one[at] == other[place] => {}
            _ => return false,
        }
        at += 1;
        place += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_compared_by_name() {
        assert!(have_same_placeholders("{a} {b:.1} {{c}}", "{b} {a}"));
        assert!(!have_same_placeholders("{a}", ""));
        assert!(!have_same_placeholders("", "{a}"));
        assert!(!have_same_placeholders("{ab}", "{a}"));
        assert!(!have_same_placeholders("{a}", "{ab}"));
    }
}
