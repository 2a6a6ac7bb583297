//! Why training has failed, and what to do.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::context::{Density, RenderContext};
use super::drawing::wrapped;
use crate::dashboard::actions::RESTART;
use crate::dashboard::words::run::RunText;
use crate::session::Failure;

/// Areas of the reason and of the loss curve below it, which is empty if it does not fit.
#[must_use]
pub fn split(area: Rect, space: Density) -> [Rect; 2] {
    let (reason, curve) = match space {
        Density::Roomy => (6, 5),
        Density::Compact => (4, 3),
    };
    let reason = if area.height >= reason + curve { reason } else { area.height };
    [Rect { height: reason, ..area }, Rect { y: area.y + reason, height: area.height - reason, ..area }]
}

/// Draws the step and the cause of the failure, advice, and the key that restarts.
pub fn render(frame: &mut Frame<'_>, area: Rect, failure: &Failure, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let key = ctx.key_for(RESTART);
    let lines = vec![
        Line::styled(
            words.say(RunText::StoppedAt { step: failure.step, cause: failure.cause.message() }),
            theme.alarm(),
        ),
        Line::from(words.say(failure.cause.advice())),
        Line::styled(words.say(RunText::restart(key)), theme.quiet()),
    ];
    let block = RenderContext { has_keys: true, ..ctx }.frame(&words.say(RunText::StoppedTitle));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    wrapped(frame, lines, inner);
}
