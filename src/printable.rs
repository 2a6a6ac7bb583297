//! Texts from outside, made safe to show.

/// `text` with every control character, which could do anything to a terminal, as its escape.
#[must_use]
pub fn printable(text: &str) -> String {
    let show = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn nothing_shown_moves_a_cursor_or_changes_a_colour() {
        assert_eq!(printable("我 爱\u{1b}[31m\n\u{9b}2J"), "我 爱\\u{1b}[31m\\n\\u{9b}2J");
    }
}
