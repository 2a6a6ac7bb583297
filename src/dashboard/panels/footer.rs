//! The keys that act now, as many as fit; or what the viewer is asked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::drawing::{RenderContext, fit};
use crate::dashboard::actions::{Place, Topic};
use crate::dashboard::keymap::Binding;
use crate::dashboard::view::Notice;
use crate::printable;

/// Draws it.
pub fn render(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if let Some(action) = &view.pending_confirmation
        && let Some(loses) = action.loses
    {
        let key = view.keymap.key(action.name, view.focus());
        let question = words.question(loses, &key, ctx.run(), view.students());
        frame.render_widget(Line::styled(fit(&question, area.width.into()), theme.alarm()), area);
        return;
    }
    if let Some(notice) = &view.notice {
        let style = if matches!(notice, Notice::Exported(_)) { theme.running() } else { theme.alarm() };
        let said = printable(&words.notice(notice));
        frame.render_widget(Line::styled(fit(&said, area.width.into()), style), area);
        return;
    }
    // what is refused of a prompt stands with the prompt
    if let Some(refusal) = view.refusal(ctx.observed).filter(|refusal| refusal.prompt.is_none()) {
        let why = fit(&words.refusal(&refusal.error), area.width.into());
        frame.render_widget(Line::styled(why, theme.alarm()), area);
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
            Place::Panel(_) | Place::Moving => (2, view.panel.position_of(action).unwrap_or(0)),
            _ => (action.rank, 0),
        }
    };
    let is_offered = |binding: &&Binding| binding.action.is_offered(view, ctx.run());
    let mut bindings: Vec<_> = view.keymap.bindings(view.focus()).filter(is_offered).collect();
    bindings.sort_by_key(rank);
    bindings.dedup_by_key(|binding| binding.action.label);
    for binding in bindings {
        let label = words.text(binding.action.label(view.panel, ctx.run()));
        let key = binding.key();
        let width = key.width() + 1 + label.width() + 2;
        if used + width > usize::from(area.width) + 2 {
            break;
        }
        used += width;
        spans.push(Span::styled(key, theme.key()));
        spans.push(Span::styled(format!(" {label}  "), theme.quiet()));
    }
    frame.render_widget(Line::from(spans), area);
}
