//! The line being typed, and above it what waits until the line is left.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::PromptPanel;
use crate::columns::Columns;
use crate::dashboard::actions::BACK;
use crate::dashboard::focus::Focus;
use crate::dashboard::panels::context::RenderContext;
use crate::dashboard::panels::drawing::{fit, fit_end};
use crate::dashboard::panels::input;
use crate::dashboard::view::View;
use crate::dashboard::words::class::held;
use crate::dashboard::words::prompt::PROMPT_MARK;
use crate::printable;

/// Number of lines of the line being typed: a second one if something waits until it is left.
#[must_use]
pub fn typing_height(view: &View) -> u16 {
    1 + u16::from(view.is_typing && view.held.is_any())
}

/// Draws the line being typed at the bottom of `area`; at its top, if there is a second line, what waits until the line is left.
pub fn render_typing(frame: &mut Frame<'_>, area: Rect, panel: &PromptPanel, ctx: RenderContext<'_>) {
    let (view, theme, words) = (ctx.view, ctx.theme(), ctx.words());
    if area.is_empty() {
        return;
    }
    let line = Rect { y: area.bottom() - 1, height: 1, ..area };
    input::draw(frame, line, &Span::styled(PROMPT_MARK, theme.focus()), &panel.line, theme);
    if view.held.is_any() && area.height > 1 {
        let key = ctx.keymap.key(BACK, Focus::Typing);
        let [before, prompt, after] = held(&view.held, &key, words);
        let room = usize::from(area.width).saturating_sub(before.columns() + after.columns());
        let held = format!("{before}{}{after}", fit_end(&printable(&prompt), room));
        let above = Rect { height: 1, ..area };
        frame.render_widget(Span::styled(fit(&held, area.width.into()), theme.alarm()), above);
    }
}
