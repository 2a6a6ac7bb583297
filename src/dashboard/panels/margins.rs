//! A trial: how far the first answer is ahead of the second, for the prompt and as bars.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::drawing::{RenderContext, nothing_but, wrapped};
use super::{Panel, PanelKey};
use crate::dashboard::actions::{Direction, Motion};
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::trace_cursor::TraceCursor;
use crate::session::ObservedRun;

/// The panel: how many answers are compared.
#[derive(Clone, Debug, Default)]
pub struct MarginsPanel {
    more: usize,
}

impl Panel for MarginsPanel {
    const TITLE: Bilingual = text("margins", "领先");

    const KEYS: &'static [PanelKey] = &[
        PanelKey::Moves(Motion::Towards(Direction::Up)),
        PanelKey::Called(Motion::Towards(Direction::Down), text("more", "更多")),
    ];

    fn moves(&mut self, motion: Motion, _: &ObservedRun, _: &mut TraceCursor) {
        self.more = if motion == Motion::Towards(Direction::Down) { self.more + 1 } else { self.more.saturating_sub(1) };
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        let title = ctx.words().text(Self::TITLE);
        let Some(answer) = &ctx.run().answer else {
            return nothing_but(frame, area, title, ctx.words().not_answered(), ctx);
        };
        let block = ctx.frame(title);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let ranking = answer.ranking();
        let line = |pair: &[(usize, f32)]| Line::styled(format!("{:.3}", pair[0].1 - pair[1].1), ctx.theme().strong());
        let lines: Vec<Line<'_>> = ranking.windows(2).take(1 + self.more).map(line).collect();
        wrapped(frame, lines, inner);
    }
}
