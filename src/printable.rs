//! Texts from outside, made safe to show.

/// `text` with every control character, which could do anything to a terminal, as its escape.
#[must_use]
pub fn printable(text: &str) -> String {
    let show = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(show).collect()
}

/// A word as it is named in a message: of an endless one the beginning.
#[must_use]
pub fn shortened(word: &str) -> String {
    const MOST: usize = 40;
    match word.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{printable, shortened};

    #[test]
    fn an_endless_word_leaves_room_for_the_rest_of_the_message() {
        assert_eq!(shortened("讨厌"), "讨厌");
        assert_eq!(shortened(&"厌".repeat(1000)), "厌".repeat(40) + "…");
    }

    #[test]
    fn nothing_shown_moves_a_cursor_or_changes_a_colour() {
        assert_eq!(printable("我 爱\u{1b}[31m\n\u{9b}2J"), "我 爱\\u{1b}[31m\\n\\u{9b}2J");
    }
}
