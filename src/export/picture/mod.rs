//! What a viewer sees, as pictures in SVG.

mod cells;
mod chart;
mod colours;

use std::io;

use crate::dashboard::panels::PanelName;
use crate::dashboard::{Colours, View, screen};
use crate::session::Observed;

/// The whole screen of a viewer.
#[must_use]
pub fn of_screen(view: &View, observed: &Observed) -> String {
    let view = &in_colour(view);
    let (columns, rows) = view.size;
    cells::svg_of(columns, rows, view.theme.background, |frame| screen::render(frame, view, observed))
}

/// The states and gates that a viewer looks at, alone on such a screen.
#[must_use]
pub fn of_heatmap(view: &View, observed: &Observed) -> String {
    let view = &in_colour(view);
    let ((columns, rows), background) = (view.size, view.theme.background);
    cells::svg_of(columns, rows, background, |frame| screen::render_only(frame, PanelName::Heatmap, view, observed))
}

/// The curve that a viewer looks at, drawn with lines; nothing before the first step.
///
/// # Errors
/// When there is something that cannot be drawn.
pub fn of_curve(view: &View, observed: &Observed) -> io::Result<Option<String>> {
    chart::of_curve(&in_colour(view), observed)
}

/// A picture has all colours, whatever the terminal has.
fn in_colour(view: &View) -> View {
    let mut view = view.clone();
    view.theme.colours = Colours::True;
    view
}
