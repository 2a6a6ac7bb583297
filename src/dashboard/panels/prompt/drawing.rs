//! Drawing of the prompt panel: title, line or hint, words of the prompt, generated text, answers and pinned prompts.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::PromptPanel;
use super::typing::{render_typing, typing_height};
use crate::columns::Columns;
use crate::dashboard::actions::{CONTINUE, TYPE};
use crate::dashboard::panels::context::RenderContext;
use crate::dashboard::panels::drawing::{exact, fit, fit_end, wrapped};
use crate::dashboard::panels::{answers, columns, pinned};
use crate::dashboard::role::Role;
use crate::dashboard::theme::Theme;
use crate::dashboard::words::prompt::PromptText;
use crate::learning::Answer;
use crate::printable;

/// Largest width of a word in the table of words.
const WIDEST_WORD: usize = 16;
/// Least width of a word in the table of words.
const NARROWEST_WORD: usize = 6;
/// Least number of free lines at which the words of the prompt are drawn.
const MIN_HEIGHT_WITH_WORDS: u16 = 9;
/// Least width of the panel at which the title has the entropy.
const MIN_WIDTH_WITH_ENTROPY: u16 = 60;
/// Lines that generated text leaves for the bars.
const MIN_BARS: u16 = 3;

/// Draws the panel into `area`. With several runs the answers are columns, one per run.
pub fn draw(frame: &mut Frame<'_>, area: Rect, panel: &PromptPanel, ctx: RenderContext<'_>) {
    let (run, snapshot, view, theme, words) = (ctx.run(), ctx.snapshot(), ctx.view, ctx.theme(), ctx.words());
    let question = words.say(PromptText::question(snapshot.run.spaces_are_words));
    let has_entropy = |answer: &&Answer| area.width >= MIN_WIDTH_WITH_ENTROPY && answer.trace.is_finite();
    let entropy = run.answer.as_deref().filter(has_entropy);
    let entropy = entropy
        .map(|answer| format!(" {} ", words.say(PromptText::Entropy { bits: answer.trace.entropy() })))
        .unwrap_or_default();
    let title = match &run.answer {
        Some(answer) => {
            // the end of the prompt is what matters when it does not fit
            let space = usize::from(area.width).saturating_sub(question.columns() + entropy.columns() + 9);
            let between = if snapshot.run.spaces_are_words { "" } else { " " };
            format!("{} → {question}", fit_end(&answer.words.join(between), space))
        }
        None => question.clone(),
    };
    let mut block = ctx.frame(&title);
    if !entropy.is_empty() {
        block = block.title(Line::styled(entropy, theme.quiet()).right_aligned());
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if inner.is_empty() {
        return;
    }

    let typing = typing_height(view).min(inner.height);
    let mut rest = Rect { y: inner.y + typing, height: inner.height - typing, ..inner };
    let input_lines = Rect { height: typing, ..inner };
    if view.is_typing {
        render_typing(frame, input_lines, panel, ctx);
    } else {
        frame.render_widget(Span::styled(hint(panel, ctx), theme.quiet()), input_lines);
    }

    if let Some((candidates, chosen)) = panel.line.candidates() {
        let line = take_lines(&mut rest, 1);
        frame.render_widget(exact(candidate_line(candidates, chosen, line.width.into(), theme)), line);
    } else if let Some(refusal) = view.refusal(ctx.observed).filter(|refusal| refusal.prompt.is_some()) {
        let message = words.refusal(&refusal.error);
        let lines = message.columns().div_ceil(usize::from(inner.width)).clamp(1, 3);
        let area = take_lines(&mut rest, u16::try_from(lines).unwrap_or(1));
        wrapped(frame, Line::styled(message, theme.alarm()), area);
    }
    if rest.height >= MIN_HEIGHT_WITH_WORDS {
        let area = take_lines(&mut rest, 3);
        draw_words(frame.buffer_mut(), area, ctx);
    }
    render_continuation(frame, &mut rest, ctx);
    if ctx.is_duel() {
        return columns::draw(frame.buffer_mut(), rest, panel.chosen, ctx);
    }
    let width = pinned::width(rest, ctx);
    let pins = Rect { x: rest.right() - width, width, ..rest };
    rest.width -= width;
    answers::draw(frame.buffer_mut(), rest, Some(panel.chosen), ctx);
    pinned::draw(frame.buffer_mut(), pins, ctx);
}

/// The sentence in place of the line while nothing is typed: which keys ask and generate, and the settings of generated text.
fn hint(panel: &PromptPanel, ctx: RenderContext<'_>) -> String {
    let (view, words) = (ctx.view, ctx.words());
    if view.role == Role::Projector {
        return words.say(PromptText::ScreenForAll);
    }
    let key = |action| ctx.key(action);
    if !ctx.has_keys || ctx.run().answer.is_none() {
        return words.say(PromptText::TypeWords { key: key(TYPE) });
    }
    let (length, temperature) = (panel.settings.words(), panel.settings.temperature());
    let (prompt, more) = (key(TYPE), key(CONTINUE));
    words.say(if ctx.snapshot().run.spaces_are_words {
        PromptText::ContinueCharacters { prompt, more, length, temperature }
    } else {
        PromptText::ContinueWords { prompt, more, length, temperature }
    })
}

/// Draws the last generated text into the first lines of `rest`, if it continues the answered prompt, and leaves at least
/// [`MIN_BARS`] lines for the bars.
fn render_continuation(frame: &mut Frame<'_>, rest: &mut Rect, ctx: RenderContext<'_>) {
    let (run, theme, words) = (ctx.run(), ctx.theme(), ctx.words());
    let (Some((step, continuation)), Some(answer)) = (&run.continuation, &run.answer) else { return };
    if continuation.prompt != answer.prompt || rest.height <= MIN_BARS {
        return;
    }
    let label = words.say(PromptText::AtStep { step: *step });
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
    let columns: usize = text.spans.iter().map(|span| span.content.columns()).sum();
    let columns = columns + columns / 16; // lines end between words
    let lines =
        u16::try_from(columns.div_ceil(usize::from(rest.width))).unwrap_or(u16::MAX).min(rest.height - MIN_BARS);
    let area = take_lines(rest, lines);
    wrapped(frame, text, area);
}

/// Draws a table with a column per word of the prompt: the word, its surprisal in bits, and its share of the input gradient. If not
/// all words fit, the last ones are drawn.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_words(buffer: &mut Buffer, area: Rect, ctx: RenderContext<'_>) {
    let Some(answer) = &ctx.run().answer else { return };
    let (theme, words) = (ctx.theme(), ctx.words());
    let names = [
        String::new(),
        words.say(PromptText::surprise(ctx.snapshot().run.predicts_every_word())),
        words.say(PromptText::Matters),
    ];
    let label_width = names.iter().map(|name| name.columns()).max().unwrap_or(0) + 1;
    for (row, name) in names.into_iter().enumerate() {
        buffer.set_stringn(area.x, area.y + row as u16, name, area.width.into(), theme.quiet());
    }
    let column = |word: &String| word.columns().clamp(NARROWEST_WORD, WIDEST_WORD) + 1;
    let mut room = usize::from(area.width).saturating_sub(label_width);
    let fits = |word: &&String| {
        let fits = column(word) <= room;
        room = room.saturating_sub(column(word));
        fits
    };
    let first = answer.words.len() - answer.words.iter().rev().take_while(fits).count();
    let importances = answer.trace.importances();
    let largest = importances.iter().copied().fold(0.0, f64::max);
    let mut x = area.x + label_width as u16;
    if first > 0 {
        buffer.set_stringn(
            area.x,
            area.y,
            words.say(PromptText::WordsBefore { count: first }),
            label_width,
            theme.quiet(),
        );
    }
    for (index, word) in answer.words.iter().enumerate().skip(first) {
        let width = column(word) - 1;
        // the first word has nothing before it
        let bits = index.checked_sub(1).and_then(|later| answer.trace.surprisals.get(later));
        let surprise = bits.map_or_else(|| "-".to_owned(), |bits| format!("{bits:.1}"));
        let matters = format!("{:.0} %", 100.0 * importances[index]);
        let matters_style = if importances[index] >= largest { theme.best_bar() } else { Style::new() };
        let rows = [(fit(word, width), theme.strong()), (surprise, Style::new()), (matters, matters_style)];
        for (row, (text, style)) in rows.into_iter().enumerate() {
            buffer.set_stringn(x, area.y + row as u16, text, width, style);
        }
        x += width as u16 + 1;
    }
}

/// Splits up to `lines` lines off the top of `area` and returns them.
fn take_lines(area: &mut Rect, lines: u16) -> Rect {
    let top = Rect { height: lines.min(area.height), ..*area };
    area.y += top.height;
    area.height -= top.height;
    top
}

/// The line of completions, scrolled so that the chosen one is visible.
fn candidate_line(candidates: &[String], chosen: usize, width: usize, theme: Theme) -> Line<'_> {
    let mut first = chosen;
    let mut used = candidates[chosen].columns();
    while first > 0 && used + candidates[first - 1].columns() + 2 <= width / 2 {
        first -= 1;
        used += candidates[first].columns() + 2;
    }
    let spans = candidates[first..].iter().enumerate().flat_map(|(index, word)| {
        let style = if first + index == chosen { theme.key() } else { theme.quiet() };
        [Span::styled(word.as_str(), style), Span::raw("  ")]
    });
    // no line is as wide as to hold more
    spans.take(2 * width).collect()
}
