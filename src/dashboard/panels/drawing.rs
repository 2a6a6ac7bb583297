//! Drawing helpers of all panels: text that fits, and overlays.

use crate::columns::Columns;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Clear, Paragraph, Wrap};
use unicode_segmentation::UnicodeSegmentation;

impl Columns for Line<'_> {
    fn columns(&self) -> usize {
        self.spans.iter().map(|span| span.content.columns()).sum()
    }
}

/// Splits spans whose width for ratatui differs from that on the terminal into grapheme clusters, so that each is as wide as it is drawn. The
/// widths differ where letters of neighbouring cells could be joined.
#[allow(clippy::disallowed_methods)] // the width for ratatui is what is compared
pub fn exact(line: Line<'_>) -> Line<'_> {
    let Line { style, alignment, spans } = line;
    let is_exact = |span: Span<'_>| span.content.is_ascii() || span.width() == span.content.columns();
    let split = |span: Span<'_>| {
        let clusters = span.content.graphemes(true).map(|cluster| Span::styled(cluster.to_owned(), span.style));
        clusters.collect::<Vec<_>>()
    };
    let spans = spans.into_iter().flat_map(|span| if is_exact(span.clone()) { vec![span] } else { split(span) });
    Line { style, alignment, spans: spans.collect() }
}

/// A line of one style, made [`exact`].
pub fn exact_line(text: String, style: Style) -> Line<'static> {
    exact(Line::from(Span::styled(text, style)))
}

/// Clears an area for an overlay, and a wide character that reaches into it from the left.
pub fn clear(frame: &mut Frame<'_>, area: Rect) {
    frame.render_widget(Clear, area);
    let buffer = frame.buffer_mut();
    for y in area.top()..area.bottom() {
        let before = area.left().checked_sub(1).and_then(|x| buffer.cell_mut((x, y)));
        if let Some(cell) = before.filter(|cell| cell.symbol().columns() > 1) {
            cell.set_symbol(" ");
        }
    }
}

/// Draws lines, wrapped between words.
pub fn wrapped<'a>(frame: &mut Frame<'_>, text: impl Into<Text<'a>>, area: Rect) {
    let text = text.into();
    // ratatui may put the first half of a wide character into the last column: a free column leaves room for the second half
    let is_wide = |line: &Line<'_>| line.styled_graphemes(Style::new()).any(|grapheme| grapheme.symbol.columns() > 1);
    let free = u16::from(text.lines.iter().any(is_wide) && area.width > 2);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), Rect { width: area.width - free, ..area });
}

/// Truncates `text` to `width` columns, with an ellipsis, between grapheme clusters.
pub fn fit(text: &str, width: usize) -> String {
    if text.columns() <= width {
        return text.to_owned();
    }
    let mut fitted = String::new();
    for grapheme in text.graphemes(true) {
        if fitted.columns() + grapheme.columns() + 1 > width {
            break;
        }
        fitted.push_str(grapheme);
    }
    if width > 0 {
        fitted.push('…');
    }
    fitted
}

/// Truncates `text` at its start to `width` columns, with an ellipsis.
pub fn fit_end(text: &str, width: usize) -> String {
    if text.columns() <= width {
        return text.to_owned();
    }
    let mut used = 1; // the ellipsis
    let mut start = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.columns();
        if used > width {
            break;
        }
        start = at;
    }
    if width == 0 { String::new() } else { format!("…{}", &text[start..]) }
}

/// Wraps `text` into lines of at most `width` columns, between words, and within a word that is longer than a line. Each line has at least
/// one character.
pub fn word_wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.columns());
        let gap = usize::from(line > 0);
        if line > 0 && line + gap + word.columns() > width {
            lines.push(String::new());
        } else if let Some(line) = lines.last_mut().filter(|_| gap > 0) {
            line.push(' ');
        }
        for cluster in word.graphemes(true) {
            if lines.last().is_some_and(|line| !line.is_empty() && line.columns() + cluster.columns() > width) {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(cluster);
            }
        }
    }
    lines
}

/// Arranges items in at most `lines` lines of `width` columns, `gap` columns apart. Items are not broken; empty ones are skipped, and those
/// that do not fit into the last line are dropped.
pub fn flow(items: &[(String, Style)], gap: usize, width: usize, lines: usize) -> Vec<Vec<Span<'static>>> {
    let mut rows: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for (text, style) in items.iter().filter(|(text, _)| !text.is_empty()) {
        let columns = text.columns();
        if used > 0 && used + gap + columns > width {
            if rows.len() == lines {
                break;
            }
            rows.push(Vec::new());
            used = 0;
        }
        if let Some(row) = rows.last_mut() {
            if used > 0 {
                row.push(Span::raw(" ".repeat(gap)));
                used += gap;
            }
            row.push(Span::styled(fit(text, width), *style));
            used += columns;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{fit, fit_end, word_wrapped};

    #[test]
    fn word_wrapped_breaks_between_words_and_in_long_ones() {
        assert_eq!(word_wrapped("the sun shines", 8), ["the sun", "shines"]);
        assert_eq!(word_wrapped("the sun shines", 14), ["the sun shines"]);
        assert_eq!(word_wrapped("a 我爱你吗 b", 6), ["a", "我爱你", "吗 b"]);
        assert_eq!(word_wrapped("我", 1), ["我"], "a line has at least one character");
        assert_eq!(word_wrapped("", 5), [""]);
    }

    #[test]
    fn fit_end_cuts_start_with_ellipsis() {
        assert_eq!(fit_end("我 讨厌", 7), "我 讨厌");
        assert_eq!(fit_end("我 讨厌", 6), "… 讨厌");
        assert_eq!(fit_end("我 讨厌", 4), "…厌");
        assert_eq!(fit_end("我 讨厌", 1), "…");
        assert_eq!(fit_end("我 讨厌", 0), "");
    }

    #[test]
    fn fit_cuts_end_with_ellipsis_between_characters() {
        assert_eq!(fit("讨厌", 4), "讨厌");
        assert_eq!(fit("讨厌挨打", 6), "讨厌…");
        assert_eq!(fit("讨厌挨打", 4), "讨…");
        assert_eq!(fit("讨厌", 1), "…");
        assert_eq!(fit("讨厌", 0), "");
        assert_eq!(fit("cafe\u{301}s", 4), "caf…");
    }
}
