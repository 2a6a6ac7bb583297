//! The keys that act now, as many as fit; or what the viewer is asked.

use crate::columns::Columns;
use crate::dashboard::words::class::ClassText;
use crate::dashboard::words::keys::confirmation;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};

use super::drawing::{RenderContext, clear, fit, line_of, word_wrapped};
use super::input;
use crate::dashboard::actions::{Place, Topic};
use crate::dashboard::keymap::Binding;
use crate::dashboard::view::Notice;
use crate::printable;

/// What the viewer is asked or told in place of the keys, and how it looks.
fn said(ctx: RenderContext<'_>) -> Option<(String, Style)> {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if let Some(asked) = &view.pending_confirmation {
        return Some((words.say(confirmation(asked, ctx.run(), view)), theme.alarm()));
    }
    if let Some(notice) = view.notice.as_ref().filter(|_| view.naming.is_none()) {
        let style = if matches!(notice, Notice::Exported(_)) { theme.running() } else { theme.alarm() };
        return Some((printable(&words.say(notice)), style));
    }
    if view.naming.is_some() {
        return None; // the line is that of the name
    }
    // what is refused of a prompt stands with the prompt
    let refusal = view.refusal(ctx.observed).filter(|refusal| refusal.prompt.is_none())?;
    Some((words.refusal(&refusal.error), theme.alarm()))
}

/// Whether that stands above the keys, and not in their place.
fn is_above(ctx: RenderContext<'_>) -> bool {
    ctx.view.pending_confirmation.is_none() && matches!(ctx.view.notice, Some(Notice::OfPlace(..)))
}

/// Draws what the viewer is asked or told, in as many lines as it needs at the end of the screen, but no more than these.
pub fn render_said(frame: &mut Frame<'_>, screen: Rect, ctx: RenderContext<'_>) {
    const MAX_LINES: usize = 4;
    let Some((said, style)) = said(ctx) else { return };
    let mut lines = word_wrapped(&said, usize::from(screen.width));
    if lines.len() > MAX_LINES {
        let rest = lines.split_off(MAX_LINES - 1).join(" ");
        lines.push(fit(&rest, usize::from(screen.width)));
    }
    let height = u16::try_from(lines.len()).unwrap_or(1).min(screen.height);
    let bottom = screen.bottom().saturating_sub(u16::from(is_above(ctx)));
    let area = Rect { y: bottom.saturating_sub(height), height: height.min(bottom), ..screen };
    clear(frame, area);
    frame.render_widget(lines.into_iter().map(|line| line_of(line, style)).collect::<Text<'_>>(), area);
}

/// Draws the keys, or the name that is being typed.
pub fn render(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if said(ctx).is_some() && !is_above(ctx) {
        return; // it may need more lines, over everything else
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
            // who looks at the past wants to move in it
            _ if action.topic == Topic::Past && playback.shown.is_some() => (1, 0),
            // what only this panel has
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
