//! Draws a line being typed, anywhere on the screen.

use crate::columns::Columns;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation;

use crate::dashboard::line::Line;
use crate::dashboard::theme::Theme;
use crate::printable;

/// Draws the line after a mark and sets the cursor to where the next character goes, which is where input methods draw. If the line does not
/// fit, the end of the part before the cursor is drawn.
pub fn draw(frame: &mut Frame<'_>, area: Rect, mark: &Span<'_>, line: &Line, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let mark_width = u16::try_from(mark.content.columns()).unwrap_or(u16::MAX).min(area.width - 1);
    frame.render_widget(mark.clone(), Rect { width: mark_width, height: 1, ..area });
    let room = Rect { x: area.x + mark_width, width: area.width - mark_width, height: 1, ..area };
    let (before, after) = shown(line);
    let before = longest_end(&before, usize::from(room.width) - 1);
    let column = before.columns() + theme.extra_columns(before);
    let column = u16::try_from(column).unwrap_or(u16::MAX).min(room.width - 1);
    frame.render_widget(Span::raw(format!("{before}{after}")), room);
    frame.set_cursor_position(Position::new(room.x + column, room.y));
}

/// The text before and after the cursor; control and invisible characters are escaped.
fn shown(line: &Line) -> (String, String) {
    let (text, cursor) = (line.input().value(), line.input().cursor());
    let byte = text.char_indices().nth(cursor).map_or(text.len(), |(at, _)| at);
    (printable(&text[..byte]), printable(&text[byte..]))
}

/// The longest end of a text that fits.
fn longest_end(text: &str, columns: usize) -> &str {
    let mut start = text.len();
    for (at, _) in text.grapheme_indices(true).rev() {
        if text[at..].columns() > columns {
            break;
        }
        start = at;
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::dashboard::Colours;

    /// The drawn line of this many columns, and the column of the cursor.
    fn drawn(text: &str, columns: u16) -> (String, u16) {
        let mut line = Line::default();
        line.put(text);
        let mut terminal = Terminal::new(TestBackend::new(columns, 1)).unwrap();
        let theme = Theme::new(Colours::None);
        terminal.draw(|frame| draw(frame, frame.area(), &Span::raw("> "), &line, theme)).unwrap();
        let shown = terminal.backend().buffer().content.iter().map(ratatui::buffer::Cell::symbol).collect();
        (shown, terminal.get_cursor_position().unwrap().x)
    }

    #[test]
    fn drawn_long_line_shows_end() {
        assert_eq!(drawn("abc", 8), ("> abc   ".to_owned(), 5));
        assert_eq!(drawn("abcdefgh", 8), ("> defgh ".to_owned(), 7));
        assert_eq!(drawn("我爱你", 7).1, 6);
        assert_eq!(drawn("", 1).1, 0);
    }

    #[test]
    fn drawn_invisible_characters_are_escaped() {
        assert_eq!(drawn("a\u{ffff}\u{202e}", 24).0.trim_end(), "> a\\u{ffff}\\u{202e}");
    }
}
