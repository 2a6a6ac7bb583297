//! What the class guesses, over everything else: the words to choose from; then how many chose each, beside the model's answer.

use crate::columns::Columns;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Paragraph;

use super::drawing::{Density, RenderContext, clear, fit, fit_end, word_wrapped};
use crate::dashboard::actions::{BACK, POLL};
use crate::dashboard::class_view::PollView;
use crate::dashboard::role::Role;
use crate::dashboard::theme::Theme;
use crate::dashboard::words::class::{PollKeys, PollText, poll_columns, poll_state};

/// Columns of a word.
const LONGEST_WORD: usize = 20;
/// Columns of a whole bar, where there is room for it.
const LONGEST_BAR: usize = 16;
/// Columns of a share in percent, and what is before it.
const NUMBER: usize = 6;

/// Draws it in the middle of `body`, or of all that is `free` where that has too few lines; for those who guess over all of it, so that
/// nobody sees the model's answer behind it.
pub fn render(frame: &mut Frame<'_>, (body, free): (Rect, Rect), poll: &PollView, ctx: RenderContext<'_>) {
    let ctx = RenderContext { space: Density::Roomy, has_keys: true, ..ctx };
    let (theme, words) = (ctx.theme(), ctx.words());
    let is_teacher = ctx.view.role == Role::Teacher;
    let lines = 1 + usize::from(poll.result.is_some()) + poll.options.len(); // besides the question
    let question = word_wrapped(
        &words.say(PollText::Question { prompt: poll.prompt.clone() }),
        usize::from(body.width).saturating_sub(4),
    );
    let is_low = question.len() + lines + 4 > usize::from(body.height); // without the border, and what keeps them apart
    let area = if is_low { free } else { body };
    let has_border = question.len() + lines + 2 <= usize::from(area.height);
    let border = if has_border { 2 } else { 0 };
    let question = last_lines(question, usize::from(area.height).saturating_sub(lines + border));
    let wide = poll.options.iter().map(|word| word.columns()).max().unwrap_or(0).min(LONGEST_WORD);
    let room = usize::from(area.width).saturating_sub(wide + 15 + 2 * NUMBER) / 2;
    let longest = room.min(LONGEST_BAR);
    let mut lines: Vec<_> = question.into_iter().map(|line| Line::styled(line, theme.strong())).collect();
    lines.extend((!is_low).then(Line::default));
    if poll.result.is_some() {
        let column = longest + NUMBER;
        let [class, model] = poll_columns(column, words);
        let titles = format!("{}{}  {model}", " ".repeat(wide + 7), padded(&class, column));
        lines.push(Line::styled(titles, theme.quiet()));
    }
    lines.extend((0..poll.options.len()).map(|option| option_line(poll, option, wide, longest, theme)));
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
    let fits = |size: usize, most: u16| u16::try_from(size).unwrap_or(most).min(most);
    let width = fits(lines.iter().map(Columns::columns).max().unwrap_or(0) + 2 * border, area.width);
    let height = fits(lines.len() + border, area.height);
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

/// A word to choose, in `wide` columns, and the bars, of at most `longest` columns.
fn option_line(poll: &PollView, option: usize, wide: usize, longest: usize, theme: Theme) -> Line<'static> {
    let is_own = poll.own == Some(option);
    let mut spans = vec![
        Span::styled(if is_own { "> " } else { "  " }, theme.focus()),
        Span::styled(PollView::key(option).to_string(), theme.key()),
        Span::raw("  "),
        Span::styled(padded(&poll.options[option], wide), if is_own { theme.focus() } else { theme.strong() }),
    ];
    if let Some((count, model)) = poll.result.as_ref().and_then(|result| result.get(option)) {
        let class = u32::try_from((100 * count + poll.votes / 2) / poll.votes.max(1)).unwrap_or(100);
        spans.push(Span::styled(format!("  {}", bar(class, longest)), theme.running()));
        spans.push(Span::styled(format!("  {}", bar(*model, longest)), theme.quiet()));
    }
    Line::from(spans)
}

/// At most `most` lines of a question, and at least one: the last ones.
fn last_lines(mut lines: Vec<String>, most: usize) -> Vec<String> {
    let hidden = lines.len().saturating_sub(most.max(1));
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

/// A share as a bar of at most `longest` columns and a number.
fn bar(percent: u32, longest: usize) -> String {
    let columns = (usize::try_from(percent).unwrap_or(0) * longest).div_ceil(100).min(longest);
    format!("{}{} {percent:>3} %", "█".repeat(columns), " ".repeat(longest - columns))
}
