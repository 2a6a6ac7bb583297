//! The keys that act now, as many as fit; or what the viewer is asked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{RenderContext, fit};
use crate::dashboard::action::{Action, Topic};
use crate::dashboard::keymap::{Binding, Place};
use crate::dashboard::view::Notice;
use crate::printable;

/// Draws it.
pub fn render(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if let Some(action) = view.pending_confirmation {
        let key = view.keymap.key(action, view.focus());
        let question = words.question(action, &key, ctx.run());
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
    let layers = ctx.run().answer.as_ref().map_or(0, |answer| answer.trace.layers());
    let leads_somewhere = |binding: &&Binding| match binding.action {
        Action::Back => view.help.is_some() || view.draft.is_some() || view.is_typing || view.is_zoomed,
        Action::Choose(_) => false, // one of many: the help has them
        Action::NextLayer => layers > 1,
        action => action.acts(ctx.run()),
    };
    let playback = ctx.run().playback;
    let rank = |binding: &&Binding| match (binding.action, binding.place) {
        (Action::Leave | Action::Help | Action::Back, _) => 0, // how to leave and where to find the rest
        (Action::TogglePause | Action::Prompt | Action::NextPanel, _) => 1,
        // who looks at the past wants to move in it
        (action, _) if action.topic() == Topic::Past && playback.shown.is_some() => 1,
        (_, Place::Of(_)) => 2, // what only this panel has
        _ => 3,
    };
    let mut bindings: Vec<_> = view.keymap.bindings(view.focus()).filter(leads_somewhere).collect();
    bindings.sort_by_key(rank);
    bindings.dedup_by_key(|binding| binding.action);
    for binding in bindings {
        let label = words.label(binding.action, view.panel, ctx.run());
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
