//! What runs, how far it is and how well it does.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Text};

use super::{Room, flow};
use crate::dashboard::text;
use crate::dashboard::theme::Theme;
use crate::training::{RunState, Snapshot};

/// How many lines the header needs.
#[must_use]
pub fn height(room: Room) -> u16 {
    match room {
        Room::Ample => 2,
        Room::Scarce => 3,
    }
}

/// Draws it.
pub fn render(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme, room: Room) {
    let run = &snapshot.run;
    let state_style = match snapshot.state {
        RunState::Running | RunState::Finished => theme.running(),
        RunState::Paused => theme.focus(),
        RunState::Failed(_) => theme.alarm(),
    };
    let plain = Style::new();
    let what = [
        (run.file.clone(), plain),
        (run.model.clone(), theme.strong()),
        (text::weights(run.weights), plain),
    ];
    let now = [
        (text::state(&snapshot.state).to_owned(), state_style),
        (text::step(snapshot.step, run.steps), plain),
        (snapshot.loss.map(text::loss).unwrap_or_default(), theme.strong()),
        (snapshot.perplexity().map(text::perplexity).unwrap_or_default(), plain),
        (text::speed(snapshot.steps_per_second, snapshot.pace), plain),
    ];
    let width = area.width.into();
    let lines = match room {
        Room::Ample => {
            let titled = [&[(run.title.clone(), theme.strong())], &what[..], &[(text::seed(snapshot.seed), theme.quiet())]];
            let mut lines = flow(&titled.concat(), width, 1);
            lines.extend(flow(&now, width, 1));
            lines
        }
        Room::Scarce => flow(&[&now[..], &what[..]].concat(), width, area.height.into()),
    };
    frame.render_widget(Text::from_iter(lines.into_iter().map(Line::from)), area);
}
