//! The prompt and the model's answer: which word comes next?

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::{Scene, fit, fit_end};
use crate::dashboard::layout::Panel;
use crate::dashboard::numbers::percent;
use crate::dashboard::theme::Theme;
use crate::dashboard::words::PROMPT_MARK;
use crate::training::Snapshot;

const WIDEST_WORD: usize = 16;
const MOST_BARS: usize = 40;
const PERCENT_WIDTH: usize = 8;
/// With fewer lines the answer needs them all.
const ROOM_FOR_WORDS: u16 = 9;
const NARROWEST_COLUMN: usize = 6;

/// How many lines the panel has use for.
#[must_use]
pub fn height(snapshot: &Snapshot) -> u16 {
    u16::try_from(snapshot.run.vocabulary.len().min(MOST_BARS)).unwrap_or(u16::MAX) + 6
}

/// Draws it and puts the cursor where the next letter goes: input methods draw what is being composed there.
pub fn render(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let (snapshot, view, theme, words) = (scene.snapshot, scene.view, scene.theme(), scene.words());
    let title = match &snapshot.answer {
        Some(answer) => {
            // the end of the prompt is what matters when it does not fit
            let space = usize::from(area.width).saturating_sub(words.prompt_title().width() + 8);
            let between = if snapshot.run.spaces_are_words { "" } else { " " };
            format!("{} → {}", fit_end(&answer.words.join(between), space), words.prompt_title())
        }
        None => words.prompt_title().to_owned(),
    };
    let mut block = scene.frame(&title, view.panel == Panel::Prompt);
    if let Some(answer) = &snapshot.answer {
        let entropy = format!(" {} ", words.entropy(answer.trace.entropy()));
        if title.width() + entropy.width() + 6 <= usize::from(area.width) {
            block = block.title(Line::styled(entropy, theme.quiet()).right_aligned());
        }
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if inner.is_empty() {
        return;
    }

    let input_line = Rect { height: 1, ..inner };
    let mut rest = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    if view.is_typing {
        let input = view.line.input();
        let width = usize::from(inner.width).saturating_sub(PROMPT_MARK.width() + 1);
        let scroll = input.visual_scroll(width);
        let column = input.visual_cursor().saturating_sub(scroll) + PROMPT_MARK.width();
        let typed = Paragraph::new(input.value()).scroll((0, u16::try_from(scroll).unwrap_or(u16::MAX)));
        let mark = u16::try_from(PROMPT_MARK.width()).unwrap_or(0);
        frame.render_widget(Span::styled(PROMPT_MARK, theme.focus()), input_line);
        let behind_mark = Rect { x: inner.x + mark, width: inner.width.saturating_sub(mark), ..input_line };
        frame.render_widget(typed, behind_mark);
        frame.set_cursor_position(Position::new(inner.x + u16::try_from(column).unwrap_or(0), inner.y));
    } else {
        frame.render_widget(Span::styled(words.prompt_hint(), theme.quiet()), input_line);
    }

    if let Some((candidates, chosen)) = view.line.candidates() {
        let line = take_line(&mut rest, 1);
        frame.render_widget(candidate_line(candidates, chosen, line.width.into(), theme), line);
    } else if let Some(refusal) = view.refusal(snapshot) {
        let message = words.refusal(&refusal.error);
        let lines = message.width().div_ceil(usize::from(inner.width)).clamp(1, 3);
        let area = take_line(&mut rest, u16::try_from(lines).unwrap_or(1));
        frame.render_widget(Paragraph::new(message).style(theme.alarm()).wrap(Wrap { trim: true }), area);
    }
    if rest.height >= ROOM_FOR_WORDS {
        let area = take_line(&mut rest, 3);
        draw_words(frame.buffer_mut(), area, scene);
    }
    draw_bars(frame.buffer_mut(), rest, scene);
}

/// The words of the prompt, how surprising each was to the model, and how much the answer depends on it; later words win where
/// not all fit.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_words(buffer: &mut Buffer, area: Rect, scene: Scene<'_>) {
    let Some(answer) = &scene.snapshot.answer else { return };
    let (theme, words) = (scene.theme(), scene.words());
    let names = ["", words.surprise(), words.importance()];
    let label_width = names.iter().map(|name| name.width()).max().unwrap_or(0) + 1;
    for (row, name) in names.into_iter().enumerate() {
        buffer.set_stringn(area.x, area.y + row as u16, name, area.width.into(), theme.quiet());
    }
    let column = |word: &String| word.width().clamp(NARROWEST_COLUMN, WIDEST_WORD) + 1;
    let mut room = usize::from(area.width).saturating_sub(label_width);
    let fits = |word: &&String| {
        let fits = column(word) <= room;
        room = room.saturating_sub(column(word));
        fits
    };
    let first = answer.words.len() - answer.words.iter().rev().take_while(fits).count();
    let (surprisals, importances) = (answer.trace.surprisals(), answer.trace.importances());
    let greatest = importances.iter().copied().fold(0.0, f64::max);
    let mut x = area.x + label_width as u16;
    for (index, word) in answer.words.iter().enumerate().skip(first) {
        let width = column(word) - 1;
        let surprise = surprisals[index].map_or_else(|| "-".to_owned(), |bits| format!("{bits:.1}"));
        let matters = format!("{:.0} %", 100.0 * importances[index]);
        let most = if importances[index] >= greatest { theme.best_bar() } else { Style::new() };
        let rows = [(fit(word, width), theme.strong()), (surprise, Style::new()), (matters, most)];
        for (row, (text, style)) in rows.into_iter().enumerate() {
            buffer.set_stringn(x, area.y + row as u16, text, width, style);
        }
        x += width as u16 + 1;
    }
}

/// The first lines of `area`, which loses them.
fn take_line(area: &mut Rect, lines: u16) -> Rect {
    let taken = Rect { height: lines.min(area.height), ..*area };
    area.y += taken.height;
    area.height -= taken.height;
    taken
}

/// The candidates around the chosen one.
fn candidate_line(candidates: &[String], chosen: usize, width: usize, theme: Theme) -> Line<'_> {
    let mut first = chosen;
    let mut used = candidates[chosen].width();
    while first > 0 && used + candidates[first - 1].width() + 2 <= width / 2 {
        first -= 1;
        used += candidates[first].width() + 2;
    }
    let spans = candidates[first..].iter().enumerate().flat_map(|(index, word)| {
        let style = if first + index == chosen { theme.key() } else { theme.quiet() };
        [Span::styled(word.as_str(), style), Span::raw("  ")]
    });
    // no line is as wide as to hold more
    spans.take(2 * width).collect()
}

#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_bars(buffer: &mut Buffer, area: Rect, scene: Scene<'_>) {
    let theme = scene.theme();
    let Some(answer) = &scene.snapshot.answer else { return };
    let ranking = answer.trace.ranking();
    let words = &scene.snapshot.run.vocabulary;
    let rows = usize::from(area.height);
    // the last line, if there are some, says how many words have none
    let bars = if ranking.len() > rows && rows > 3 { rows - 1 } else { ranking.len().min(rows) };
    let label_width = ranking[..bars].iter().map(|(id, _)| words[*id].width()).max().unwrap_or(0).min(WIDEST_WORD);
    let bar_width = usize::from(area.width).saturating_sub(label_width + PERCENT_WIDTH + 2);
    for (row, (id, probability)) in ranking[..bars].iter().enumerate() {
        let y = area.y + row as u16;
        let style = if row == 0 { theme.best_bar() } else { theme.bar() };
        let label = if row == 0 { theme.strong() } else { Style::new() };
        buffer.set_stringn(area.x, y, fit(&words[*id], label_width), area.width.into(), label);
        let right = area.right().saturating_sub(PERCENT_WIDTH as u16);
        buffer.set_string(area.x + label_width as u16 + 1, y, bar(*probability, bar_width), style);
        buffer.set_stringn(right.max(area.x), y, percent(*probability), area.width.into(), label);
    }
    if bars < ranking.len().min(rows) {
        let more = scene.words().more_words(ranking.len() - bars);
        buffer.set_stringn(area.x, area.y + bars as u16, more, area.width.into(), theme.quiet());
    }
}

/// A bar in steps of an eighth of a column.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped: not negative, at most `width`
fn bar(probability: f32, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (probability.clamp(0.0, 1.0) * (width * 8) as f32).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_by_eighths_and_never_beyond_their_room() {
        assert_eq!(bar(0.0, 4), "");
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(0.53, 4), "██▏");
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(f32::NAN, 4), "");
        assert_eq!(bar(1.0, 0), "");
    }
}
