//! The prompt and the model's answer: which word comes next?

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::Input;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{RenderContext, answers, fit, fit_end, pinned, wrapped};
use crate::dashboard::action::Action;
use crate::dashboard::keymap::Focus;
use crate::dashboard::layout::Panel;
use crate::dashboard::theme::Theme;
use crate::dashboard::words::PROMPT_MARK;
use crate::learning::Answer;
use crate::printable;
use crate::session::ObservedRun;

const WIDEST_WORD: usize = 16;
const MOST_BARS: usize = 40;
/// With fewer lines the answer needs them all.
const ROOM_FOR_WORDS: u16 = 9;
/// A narrower panel has its title for question and prompt alone.
const ROOM_FOR_ENTROPY: u16 = 60;
const NARROWEST_COLUMN: usize = 6;
/// The most probable words are always there.
const LEAST_BARS: u16 = 3;

/// How many lines the panel has use for.
#[must_use]
pub fn height(run: &ObservedRun) -> u16 {
    u16::try_from(run.snapshot.run.vocabulary.len().min(MOST_BARS)).unwrap_or(u16::MAX) + 6
}

/// Draws it and puts the cursor where the next letter goes: input methods draw what is being composed there.
pub fn render(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (run, snapshot, view, theme, words) = (ctx.run(), ctx.snapshot(), ctx.view, ctx.theme(), ctx.words());
    let question = words.prompt_title(snapshot.run.spaces_are_words);
    let has_entropy = |answer: &&Answer| area.width >= ROOM_FOR_ENTROPY && answer.trace.is_finite();
    let entropy = run.answer.as_deref().filter(has_entropy);
    let entropy = entropy.map(|answer| format!(" {} ", words.entropy(answer.trace.entropy()))).unwrap_or_default();
    let title = match &run.answer {
        Some(answer) => {
            // the end of the prompt is what matters when it does not fit
            let space = usize::from(area.width).saturating_sub(question.width() + entropy.width() + 9);
            let between = if snapshot.run.spaces_are_words { "" } else { " " };
            format!("{} → {question}", fit_end(&answer.words.join(between), space))
        }
        None => question.to_owned(),
    };
    let mut block = ctx.frame(&title, view.panel == Panel::Prompt);
    if !entropy.is_empty() {
        block = block.title(Line::styled(entropy, theme.quiet()).right_aligned());
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
        let wider = theme.columns_more(&before_cursor(input, scroll));
        let typed = Paragraph::new(input.value()).scroll((0, u16::try_from(scroll).unwrap_or(u16::MAX)));
        let mark = u16::try_from(PROMPT_MARK.width()).unwrap_or(0);
        frame.render_widget(Span::styled(PROMPT_MARK, theme.focus()), input_line);
        let behind_mark = Rect { x: inner.x + mark, width: inner.width.saturating_sub(mark), ..input_line };
        frame.render_widget(typed, behind_mark);
        let column = (column + wider).min(usize::from(inner.width) - 1);
        frame.set_cursor_position(Position::new(inner.x + u16::try_from(column).unwrap_or(0), inner.y));
    } else {
        frame.render_widget(Span::styled(hint(ctx), theme.quiet()), input_line);
    }

    if let Some((candidates, chosen)) = view.line.candidates() {
        let line = take_line(&mut rest, 1);
        frame.render_widget(candidate_line(candidates, chosen, line.width.into(), theme), line);
    } else if let Some(refusal) = view.refusal(ctx.observed).filter(|refusal| refusal.prompt.is_some()) {
        let message = words.refusal(&refusal.error);
        let lines = message.width().div_ceil(usize::from(inner.width)).clamp(1, 3);
        let area = take_line(&mut rest, u16::try_from(lines).unwrap_or(1));
        wrapped(frame, Line::styled(message, theme.alarm()), area);
    }
    if rest.height >= ROOM_FOR_WORDS {
        let area = take_line(&mut rest, 3);
        draw_words(frame.buffer_mut(), area, ctx);
    }
    render_continuation(frame, &mut rest, ctx);
    let width = pinned::width(rest, ctx);
    let pins = Rect { x: rest.right() - width, width, ..rest };
    rest.width -= width;
    answers::draw(frame.buffer_mut(), rest, ctx);
    pinned::draw(frame.buffer_mut(), pins, ctx);
}

/// What the keys do here.
/// What is seen before the cursor of a line that has been moved to the left by this many columns.
fn before_cursor(input: &Input, scroll: usize) -> String {
    let mut column = 0;
    let is_seen = |c: &char| {
        column += c.width().unwrap_or(0);
        column > scroll
    };
    input.value().chars().take(input.cursor()).filter(is_seen).collect()
}

fn hint(ctx: RenderContext<'_>) -> String {
    let (view, words) = (ctx.view, ctx.words());
    let key = |action| view.keymap.key(action, Focus::Panel(Panel::Prompt));
    if view.panel != Panel::Prompt || ctx.run().answer.is_none() {
        return words.prompt_hint(&key(Action::Prompt));
    }
    let (length, temperature) = (view.continuing.words(), view.continuing.temperature());
    let of_characters = ctx.snapshot().run.spaces_are_words;
    words.continue_hint([&key(Action::Prompt), &key(Action::Continue)], length, of_characters, temperature)
}

/// The text that was continued last, if that is what was asked last.
fn render_continuation(frame: &mut Frame<'_>, rest: &mut Rect, ctx: RenderContext<'_>) {
    let (run, theme, words) = (ctx.run(), ctx.theme(), ctx.words());
    let (Some((step, continuation)), Some(answer)) = (&run.continuation, &run.answer) else { return };
    if continuation.prompt != answer.prompt || rest.height <= LEAST_BARS {
        return;
    }
    let label = words.continued_at(*step);
    let (begin, end) = match continuation.text.strip_prefix(&continuation.prompt) {
        Some(end) => (continuation.prompt.as_str(), end),
        None => ("", continuation.text.as_str()),
    };
    let in_one_line = |text: &str| printable(&text.replace('\n', "⏎ "));
    let text = Line::from(vec![
        Span::styled(format!("{label} "), theme.quiet()),
        Span::raw(in_one_line(begin)),
        Span::styled(in_one_line(end), theme.strong()),
    ]);
    let wide = text.width() + text.width() / 16; // lines end between words
    let lines = u16::try_from(wide.div_ceil(usize::from(rest.width))).unwrap_or(u16::MAX).min(rest.height - LEAST_BARS);
    let area = take_line(rest, lines);
    wrapped(frame, text, area);
}

/// The words of the prompt, how surprising each was to the model, and how much the answer depends on it; later words win where
/// not all fit.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_words(buffer: &mut Buffer, area: Rect, ctx: RenderContext<'_>) {
    let Some(answer) = &ctx.run().answer else { return };
    let (theme, words) = (ctx.theme(), ctx.words());
    let names = ["", words.surprise(ctx.snapshot().run.learns_every_word), words.importance()];
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
    let importances = answer.trace.importances();
    let greatest = importances.iter().copied().fold(0.0, f64::max);
    let mut x = area.x + label_width as u16;
    if first > 0 {
        buffer.set_stringn(area.x, area.y, words.words_before(first), label_width, theme.quiet());
    }
    for (index, word) in answer.words.iter().enumerate().skip(first) {
        let width = column(word) - 1;
        // the first word has nothing before it
        let bits = index.checked_sub(1).and_then(|later| answer.trace.surprisals.get(later));
        let surprise = bits.map_or_else(|| "-".to_owned(), |bits| format!("{bits:.1}"));
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
