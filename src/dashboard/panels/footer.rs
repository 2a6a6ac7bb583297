//! The footer: the active keys, as many as fit; or a question or a notice.

use crate::columns::Columns;
use crate::dashboard::words::class::ClassText;
use crate::dashboard::words::keys::confirmation;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};

use super::context::RenderContext;
use super::drawing::{clear, exact_line, fit, word_wrapped};
use super::input;
use crate::dashboard::actions::{Place, Topic};
use crate::dashboard::keymap::Binding;
use crate::dashboard::view::Notice;
use crate::printable;

/// Largest number of lines of a message.
const MAX_LINES: usize = 4;

/// The pending question, the notice, or the refusal of something other than a prompt, with its style.
fn message(ctx: RenderContext<'_>) -> Option<(String, Style)> {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if let Some(asked) = &view.pending_confirmation {
        return Some((words.say(confirmation(asked, ctx.run(), view)), theme.alarm()));
    }
    if let Some(notice) = view.notice.as_ref().filter(|_| view.naming.is_none()) {
        let style = if matches!(notice, Notice::Exported(_)) { theme.running() } else { theme.alarm() };
        return Some((printable(&words.say(notice)), style));
    }
    if view.naming.is_some() {
        return None; // the name being typed takes the line
    }
    // refusals of prompts are shown in the prompt panel
    let refusal = view.refusal(ctx.observed).filter(|refusal| refusal.prompt.is_none())?;
    Some((words.refusal(&refusal.error), theme.alarm()))
}

/// Whether the message is above the keys instead of in their place.
fn is_above(ctx: RenderContext<'_>) -> bool {
    ctx.view.pending_confirmation.is_none() && matches!(ctx.view.notice, Some(Notice::ClassStatus(..)))
}

/// Draws the message at the bottom of the screen, over up to [`MAX_LINES`] lines.
pub fn render_message(frame: &mut Frame<'_>, screen: Rect, ctx: RenderContext<'_>) {
    let Some((message, style)) = message(ctx) else { return };
    let mut lines = word_wrapped(&message, usize::from(screen.width));
    if lines.len() > MAX_LINES {
        let rest = lines.split_off(MAX_LINES - 1).join(" ");
        lines.push(fit(&rest, usize::from(screen.width)));
    }
    let height = u16::try_from(lines.len()).unwrap_or(1).min(screen.height);
    let bottom = screen.bottom().saturating_sub(u16::from(is_above(ctx)));
    let area = Rect { y: bottom.saturating_sub(height), height: height.min(bottom), ..screen };
    clear(frame, area);
    frame.render_widget(lines.into_iter().map(|line| exact_line(line, style)).collect::<Text<'_>>(), area);
}

/// Draws the active keys, by rank; or the name being typed. Does nothing where a message takes the line.
pub fn render(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if message(ctx).is_some() && !is_above(ctx) {
        return;
    }
    if let Some(naming) = &view.naming {
        let before = Span::styled(words.say(ClassText::Renaming { before: naming.before.clone() }), theme.focus());
        input::draw(frame, area, &before, &naming.line, theme);
        return;
    }
    let mut spans = Vec::new();
    let mut used = 0;
    let playback = ctx.run().playback;
    let rank = |binding: &&Binding| {
        let action = &binding.action;
        match action.place {
            // while an earlier moment is shown, the keys that move in time come first
            _ if action.topic == Topic::Past && playback.shown.is_some() => (1, 0),
            // the keys of the panel
            Place::Panel => (2, binding.position_in(view.panel).unwrap_or(0)),
            _ => (action.rank, 0),
        }
    };
    let is_offered = |binding: &&Binding| binding.action.is_offered(view, ctx.run());
    let mut bindings: Vec<_> = ctx.keymap.bindings(view.focus()).filter(is_offered).collect();
    bindings.sort_by_key(rank);
    bindings.dedup_by_key(|binding| binding.action.label);
    for binding in bindings {
        let label = words.text(binding.label(view.panel, ctx.run()));
        let key = binding.key();
        let width = key.columns() + 1 + label.columns() + 2;
        if used + width > usize::from(area.width) + 2 {
            break;
        }
        used += width;
        spans.push(Span::styled(key, theme.key()));
        spans.push(Span::styled(format!(" {label}  "), theme.quiet()));
    }
    frame.render_widget(Line::from(spans), area);
}
