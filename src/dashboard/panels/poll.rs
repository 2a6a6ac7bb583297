//! Draws a poll in an overlay: the words to choose from; after it is closed, the votes beside the model's answer.

use crate::columns::Columns;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Paragraph;

use super::context::{Density, RenderContext};
use super::drawing::{clear, fit, fit_end, word_wrapped};
use crate::dashboard::actions::{BACK, POLL};
use crate::dashboard::class_view::PollView;
use crate::dashboard::role::Role;
use crate::dashboard::theme::Theme;
use crate::dashboard::words::class::{PollKeys, PollText, poll_columns, poll_state};

/// Largest width of a word.
const WIDEST_WORD: usize = 20;
/// Largest width of a bar.
const WIDEST_BAR: usize = 16;
/// Columns of a percentage and the space before it.
const PERCENT_WIDTH: usize = 6;

/// Draws the poll in the middle of `body`, or of `free` (the screen above the footer) if `body` has too few lines. While students guess, it
/// covers the whole area, so that the model's answer behind it stays hidden.
pub fn render(frame: &mut Frame<'_>, body: Rect, free: Rect, poll: &PollView, ctx: RenderContext<'_>) {
    let ctx = RenderContext { space: Density::Roomy, has_keys: true, ..ctx };
    let (theme, words) = (ctx.theme(), ctx.words());
    let is_teacher = ctx.view.role == Role::Teacher;
    let lines = 1 + usize::from(poll.result.is_some()) + poll.options.len(); // without the question
    let question = word_wrapped(
        &words.say(PollText::Question { prompt: poll.prompt.clone() }),
        usize::from(body.width).saturating_sub(4),
    );
    let is_low = question.len() + lines + 4 > usize::from(body.height); // border and blank lines
    let area = if is_low { free } else { body };
    let has_border = question.len() + lines + 2 <= usize::from(area.height);
    let border = if has_border { 2 } else { 0 };
    let question = last_lines(question, usize::from(area.height).saturating_sub(lines + border));
    let word_width = poll.options.iter().map(|word| word.columns()).max().unwrap_or(0).min(WIDEST_WORD);
    let room = usize::from(area.width).saturating_sub(word_width + 15 + 2 * PERCENT_WIDTH) / 2;
    let bar_width = room.min(WIDEST_BAR);
    let mut lines: Vec<_> = question.into_iter().map(|line| Line::styled(line, theme.strong())).collect();
    lines.extend((!is_low).then(Line::default));
    if poll.result.is_some() {
        let column = bar_width + PERCENT_WIDTH;
        let [class, model] = poll_columns(column, words);
        let titles = format!("{}{}  {model}", " ".repeat(word_width + 7), padded(&class, column));
        lines.push(Line::styled(titles, theme.quiet()));
    }
    lines.extend((0..poll.options.len()).map(|option| option_line(poll, option, word_width, bar_width, theme)));
    let students = ctx.view.class.as_ref().map_or(0, |class| class.students);
    let key = |action| ctx.keymap.key(action, ctx.view.focus());
    let (teachers, leave) = (key(POLL), key(BACK));
    let keys = match ctx.view.role {
        Role::Teacher if ctx.view.focus().takes_text() => PollKeys::None,
        Role::Teacher => PollKeys::Teachers(&teachers),
        Role::Student if ctx.view.focus().takes_text() => PollKeys::LettersAfter(&leave),
        Role::Student => PollKeys::Letters,
        Role::Projector => PollKeys::None,
    };
    let state = poll_state(poll, students, keys, usize::from(area.width).saturating_sub(2 * border), words);
    lines.extend((!is_low).then(Line::default));
    lines.push(Line::styled(state, theme.quiet()));
    let clamp = |size: usize, limit: u16| u16::try_from(size).unwrap_or(limit).min(limit);
    let width = clamp(lines.iter().map(Columns::columns).max().unwrap_or(0) + 2 * border, area.width);
    let height = clamp(lines.len() + border, area.height);
    let middle = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let covers = is_low || ctx.view.is_typing || !(is_teacher || poll.result.is_some());
    clear(frame, if covers { area } else { middle });
    let inner = if has_border {
        let block = ctx.frame(&words.say(PollText::Title));
        let inner = block.inner(middle);
        frame.render_widget(block, middle);
        Rect { x: inner.x + u16::from(inner.width > 2), width: inner.width.saturating_sub(2), ..inner }
    } else {
        middle
    };
    frame.render_widget(Paragraph::new(Text::from(lines)), inner);
}

/// The line of an option: its key, its word in `word_width` columns, and for a closed poll bars of up to `bar_width` columns.
fn option_line(poll: &PollView, option: usize, word_width: usize, bar_width: usize, theme: Theme) -> Line<'static> {
    let is_own = poll.own == Some(option);
    let mut spans = vec![
        Span::styled(if is_own { "> " } else { "  " }, theme.focus()),
        Span::styled(PollView::key(option).to_string(), theme.key()),
        Span::raw("  "),
        Span::styled(padded(&poll.options[option], word_width), if is_own { theme.focus() } else { theme.strong() }),
    ];
    if let Some((count, model)) = poll.result.as_ref().and_then(|result| result.get(option)) {
        let class = u32::try_from((100 * count + poll.votes / 2) / poll.votes.max(1)).unwrap_or(100);
        spans.push(Span::styled(format!("  {}", bar(class, bar_width)), theme.running()));
        spans.push(Span::styled(format!("  {}", bar(*model, bar_width)), theme.quiet()));
    }
    Line::from(spans)
}

/// The last `count` lines of a question, at least one, after an ellipsis if lines are hidden.
fn last_lines(mut lines: Vec<String>, count: usize) -> Vec<String> {
    let hidden = lines.len().saturating_sub(count.max(1));
    lines.drain(..hidden);
    if let Some(first) = lines.first_mut().filter(|_| hidden > 0) {
        *first = fit_end(&format!("…{first}"), first.columns());
    }
    lines
}

/// A word, cut or padded to `columns`.
fn padded(word: &str, columns: usize) -> String {
    let word = fit(word, columns);
    format!("{word}{}", " ".repeat(columns.saturating_sub(word.columns())))
}

/// A percentage as a bar, padded to `width` columns, and as a number.
fn bar(percent: u32, width: usize) -> String {
    let columns = (usize::try_from(percent).unwrap_or(0) * width).div_ceil(100).min(width);
    format!("{}{} {percent:>3} %", "█".repeat(columns), " ".repeat(width - columns))
}
