//! What all panels draw with.

use crate::columns::Columns;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Borders, Clear, Paragraph, Wrap};
use unicode_segmentation::UnicodeSegmentation;

use super::name::PanelName;
use crate::dashboard::focus::Focus;
use crate::dashboard::keymap::Keymap;
use crate::dashboard::language::Language;
use crate::dashboard::theme::Theme;
use crate::dashboard::view::View;
use crate::session::{Observed, ObservedRun, Snapshot};

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Enough for borders.
    Roomy,
    /// A title line must do.
    Compact,
}

/// What is drawn: the runs as they are, as one viewer wants to see them, and how dense.
#[derive(Clone, Copy, Debug)]
pub struct RenderContext<'a> {
    /// The runs.
    pub observed: &'a Observed,
    /// Which of them is drawn, where there is room for one.
    pub at: usize,
    /// Index of the focused run, by default that of `observed`.
    pub focus: usize,
    /// What the viewer looks at, and how.
    pub view: &'a View,
    /// Which key does what.
    pub keymap: &'a Keymap,
    /// The panel that is drawn; `None` for what is no panel.
    pub panel: Option<PanelName>,
    /// The room.
    pub space: Density,
    /// Whether keys go to what is drawn.
    pub has_keys: bool,
}

impl<'a> RenderContext<'a> {
    /// All runs, and nothing of a panel yet.
    pub fn new(observed: &'a Observed, view: &'a View, keymap: &'a Keymap, space: Density) -> Self {
        let focus = observed.focus;
        Self { observed, at: focus, focus, view, keymap, panel: None, space, has_keys: false }
    }

    /// The run that is drawn where there is room for one.
    pub fn run(self) -> &'a ObservedRun {
        &self.observed.runs[self.at]
    }

    /// Whether several runs are trained side by side.
    pub fn is_duel(self) -> bool {
        self.observed.runs.len() > 1
    }

    /// The same with another run drawn and focused.
    pub fn with_focus(self, run: usize) -> Self {
        Self { at: run, focus: run, ..self }
    }

    /// The same for another of the runs.
    pub fn of_run(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// How a run is told from the others.
    pub fn style_of_run(self, at: usize) -> Style {
        let style = self.theme().other(at);
        if at == self.focus { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// The name of a run, and before it where there are no colours the sign of its curve.
    pub fn name_of_run(self, at: usize) -> String {
        let name = &self.observed.runs[at].name;
        if self.theme().is_colourless() { format!("{} {name}", Theme::other_mark(at)) } else { name.to_string() }
    }

    /// The same, without what this viewer asks.
    pub fn snapshot(self) -> &'a Snapshot {
        &self.run().snapshot
    }

    /// What things look like.
    pub fn theme(self) -> Theme {
        self.view.theme
    }

    /// The language of every word.
    pub fn words(self) -> Language {
        self.view.language
    }

    /// The same for one panel.
    pub fn of(self, panel: PanelName) -> Self {
        Self { panel: Some(panel), has_keys: self.view.panel == panel, ..self }
    }

    /// Whether letters are commands of the panel that is drawn.
    pub fn has_focus(self) -> bool {
        self.panel.is_some_and(|panel| self.view.focus() == Focus::Panel(panel))
    }

    /// The key for an action in the panel that is drawn, by the action's name.
    pub fn key(self, action: &str) -> String {
        self.panel.map(|panel| self.keymap.key(action, Focus::Panel(panel))).unwrap_or_default()
    }

    /// The same, if the viewer has the permission.
    pub fn key_for(self, action: &str) -> Option<String> {
        self.keymap.key_for(action, Focus::Panel(self.panel?), self.view.role)
    }

    /// The frame around what is drawn of one run, with its name where there are several.
    pub fn frame_of_run(self, title: &str) -> Block<'static> {
        let frame = self.frame(title);
        if !self.is_duel() {
            return frame;
        }
        frame.title_bottom(line_of(format!(" {} ", self.name_of_run(self.at)), self.style_of_run(self.at)))
    }

    /// The frame around a panel, which shows whether keys go there.
    pub fn frame(self, title: &str) -> Block<'static> {
        let theme = self.theme();
        let style = if self.has_keys { theme.focus() } else { theme.quiet() };
        let borders = match self.space {
            Density::Roomy => Borders::ALL,
            Density::Compact => Borders::TOP,
        };
        Block::new().borders(borders).border_style(style).title(line_of(format!(" {title} "), theme.strong()))
    }
}

impl Columns for Line<'_> {
    fn columns(&self) -> usize {
        self.spans.iter().map(|span| span.content.columns()).sum()
    }
}

/// A line of spans that are as wide for ratatui as they are drawn: the width of a whole text is another one where letters of neighbouring
/// cells could be joined.
#[allow(clippy::disallowed_methods)] // compared with what is drawn
pub fn exact(line: Line<'_>) -> Line<'_> {
    let Line { style, alignment, spans } = line;
    let exact = |span: Span<'_>| span.content.is_ascii() || span.width() == span.content.columns();
    let split = |span: Span<'_>| {
        let clusters = span.content.graphemes(true).map(|cluster| Span::styled(cluster.to_owned(), span.style));
        clusters.collect::<Vec<_>>()
    };
    let spans = spans.into_iter().flat_map(|span| if exact(span.clone()) { vec![span] } else { split(span) });
    Line { style, alignment, spans: spans.collect() }
}

/// A line of one style, as [`exact`] as it is drawn.
pub fn line_of(text: String, style: Style) -> Line<'static> {
    exact(Line::from(Span::styled(text, style)))
}

/// Draws a frame with a title, and in it only a sentence that says why there is nothing else.
pub fn nothing_but(frame: &mut Frame<'_>, area: Rect, title: &str, why: &str, ctx: RenderContext<'_>) {
    let block = ctx.frame_of_run(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    wrapped(frame, Span::styled(why.to_owned(), ctx.theme().quiet()), inner);
}

/// Makes room over what is drawn. A wide character that reaches into it from the left would cover its first column.
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

/// Draws lines, broken between words where they are longer than `area` is wide.
pub fn wrapped<'a>(frame: &mut Frame<'_>, text: impl Into<Text<'a>>, area: Rect) {
    let text = text.into();
    // ratatui puts a wide character into the last column, too, and its second half beyond it: that column stays free for it
    let is_wide = |line: &Line<'_>| line.styled_graphemes(Style::new()).any(|grapheme| grapheme.symbol.columns() > 1);
    let free = u16::from(text.lines.iter().any(is_wide) && area.width > 2);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), Rect { width: area.width - free, ..area });
}

/// `text` in at most `width` columns, cut with an ellipsis between two characters if it must be.
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

/// The end of `text` in at most `width` columns, after an ellipsis if that is not all of it.
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

/// `text` in lines of at most `width` columns, broken between words, and within a word that is longer than a line.
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

/// Lines of as many `items` as fit side by side, `gap` columns apart; none is broken, the last line holds what fits.
pub fn flow(items: &[(String, Style)], gap: usize, width: usize, lines: usize) -> Vec<Vec<Span<'static>>> {
    let mut rows: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for (text, style) in items.iter().filter(|(text, _)| !text.is_empty()) {
        let wide = text.columns();
        if used > 0 && used + gap + wide > width {
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
            used += wide;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{fit, fit_end, word_wrapped};

    #[test]
    fn a_text_is_broken_between_words_and_within_those_that_are_too_long() {
        assert_eq!(word_wrapped("the sun shines", 8), ["the sun", "shines"]);
        assert_eq!(word_wrapped("the sun shines", 14), ["the sun shines"]);
        assert_eq!(word_wrapped("a 我爱你吗 b", 6), ["a", "我爱你", "吗 b"]);
        assert_eq!(word_wrapped("我", 1), ["我"], "a line has at least one character");
        assert_eq!(word_wrapped("", 5), [""]);
    }

    #[test]
    fn of_a_long_text_the_end_can_be_kept() {
        assert_eq!(fit_end("我 讨厌", 7), "我 讨厌");
        assert_eq!(fit_end("我 讨厌", 6), "… 讨厌");
        assert_eq!(fit_end("我 讨厌", 4), "…厌");
        assert_eq!(fit_end("我 讨厌", 1), "…");
        assert_eq!(fit_end("我 讨厌", 0), "");
    }

    #[test]
    fn texts_are_cut_by_columns_and_never_inside_a_character() {
        assert_eq!(fit("讨厌", 4), "讨厌");
        assert_eq!(fit("讨厌挨打", 6), "讨厌…");
        assert_eq!(fit("讨厌挨打", 4), "讨…");
        assert_eq!(fit("讨厌", 1), "…");
        assert_eq!(fit("讨厌", 0), "");
        assert_eq!(fit("cafe\u{301}s", 4), "caf…");
    }
}
