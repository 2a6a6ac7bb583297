//! The keys that act now, as many as fit.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::dashboard::keymap::{Action, Binding, Focus};
use crate::dashboard::state::View;
use crate::dashboard::{keymap, text};
use crate::training::Snapshot;

/// Draws it.
pub fn render(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, view: &View) {
    let mut spans = Vec::new();
    let mut used = 0;
    let leads_somewhere = |binding: &&Binding| match binding.action {
        Action::Back => view.help || view.focus == Focus::Prompt,
        action => action.acts(&snapshot.state),
    };
    for binding in keymap::bindings(view.focus).filter(leads_somewhere) {
        let label = text::label(binding.action, &snapshot.state);
        let width = binding.name.width() + 1 + label.width() + 2;
        if used + width > usize::from(area.width) + 2 {
            break;
        }
        used += width;
        spans.push(Span::styled(binding.name, view.theme.key()));
        spans.push(Span::styled(format!(" {label}  "), view.theme.quiet()));
    }
    frame.render_widget(Line::from(spans), area);
}
