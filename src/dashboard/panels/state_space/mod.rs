//! The path of the hidden state through the prompt, in two dimensions, each point labelled with its word.

mod projection;

use crate::columns::Columns;
use crate::dashboard::words::model::{ModelText, state_space_title};
use crate::dashboard::words::prompt::PromptText;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::canvas::{Canvas, Line as Segment};

use super::context::{RenderContext, draw_empty};
use super::drawing::fit;
use super::name::PanelName;
use super::panel::{Panel, PanelContext, PanelKey};
use crate::config::Architecture;
use crate::dashboard::motion::Motion;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::model::Role;
use crate::session::Snapshot;

use projection::{Projection, project};

/// Largest width of the word in a label.
const WIDEST_LABEL: usize = 10;

/// State of the panel: none.
#[derive(Clone, Debug, Default)]
pub struct StateSpacePanel;

impl Panel for StateSpacePanel {
    const KEYS: &'static [PanelKey<Self>] = &[PanelKey::Moves(Motion::NextLayer)];

    fn has_place(snapshot: &Snapshot) -> bool {
        snapshot.run.architecture.architecture == Architecture::Recurrent
    }

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, cursor: &mut TraceCursor) {
        ctx.move_cursor(motion, cursor);
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, ctx);
    }
}

/// Draws the path for the selected layer, or a sentence if there is no answer or no state.
fn draw(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let words = ctx.words();
    let Some(answer) = &ctx.run().answer else {
        return draw_empty(
            frame,
            area,
            words.text(PanelName::StateSpace.title()),
            &words.say(PromptText::NoPrompt),
            ctx,
        );
    };
    let (trace, layer) = (&answer.trace, ctx.view.cursor.layer(&answer.trace));
    let Some(states) = trace.with_role(Role::State, layer) else {
        return draw_empty(
            frame,
            area,
            words.text(PanelName::StateSpace.title()),
            &words.say(ModelText::NoStates),
            ctx,
        );
    };
    let projection = project(&states.values, states.width);
    let width = usize::from(area.width).saturating_sub(4);
    let layer_label = match trace.layers() {
        1 => String::new(),
        several => format!("  {}", words.say(ModelText::Layer { layer: layer + 1, layers: several })),
    };
    let room = width.saturating_sub(layer_label.columns());
    let title = state_space_title(projection.is_exact, projection.variance, projection.points.len(), room, words)
        + &layer_label;
    let block = ctx.run_frame(&fit(&title, width));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if inner.width < 8 || inner.height < 2 {
        return;
    }
    draw_path(frame, inner, &answer.words, &projection, ctx);
}

/// The points of all runs with states, which share axes.
fn all_points(ctx: RenderContext<'_>) -> Vec<[f64; 2]> {
    let traces = ctx.observed.runs.iter().filter_map(|run| Some(&run.answer.as_ref()?.trace));
    let states = traces.filter_map(|trace| trace.with_role(Role::State, ctx.view.cursor.layer(trace)));
    states.flat_map(|states| project(&states.values, states.width).points).collect()
}

/// Smallest and largest coordinate with a margin; they contain zero and are never equal.
fn bounds(points: &[[f64; 2]], axis: usize) -> [f64; 2] {
    let finite = || points.iter().map(|point| point[axis]).filter(|x| x.is_finite());
    let (smallest, largest) = (finite().fold(0.0, f64::min), finite().fold(0.0, f64::max));
    let margin = ((largest - smallest) * 0.08).max(1e-3);
    [smallest - margin, largest + margin]
}

/// Draws axes, path and labels.
fn draw_path(frame: &mut Frame<'_>, area: Rect, words: &[String], projection: &Projection, ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    let points = &projection.points;
    let points_of_runs = all_points(ctx);
    let (x, y) = (bounds(&points_of_runs, 0), bounds(&points_of_runs, 1));
    let canvas = Canvas::default().marker(Marker::Braille).x_bounds(x).y_bounds(y).paint(|canvas| {
        let axis = theme.quiet().fg.unwrap_or_default();
        canvas.draw(&Segment { x1: x[0], y1: 0.0, x2: x[1], y2: 0.0, color: axis });
        canvas.draw(&Segment { x1: 0.0, y1: y[0], x2: 0.0, y2: y[1], color: axis });
        canvas.layer();
        let path = theme.curve().fg.unwrap_or_default();
        for pair in points.windows(2).filter(|pair| pair.iter().flatten().all(|x| x.is_finite())) {
            canvas.draw(&Segment { x1: pair[0][0], y1: pair[0][1], x2: pair[1][0], y2: pair[1][1], color: path });
        }
        canvas.layer();
        for (at, label, is_last) in labels(points, words, (x, y), area) {
            // without a colour of its own the label would take that of the line below
            let style = if is_last { theme.best_bar() } else { theme.strong().fg(Color::Reset) };
            canvas.print(at[0], at[1], Line::styled(label, style));
        }
    });
    frame.render_widget(canvas, area);
}

/// Positions and texts of the labels, and whether each is the last one. Labels stay inside the panel; one that would cover a later one is
/// dropped.
fn labels(
    points: &[[f64; 2]],
    words: &[String],
    (x, y): ([f64; 2], [f64; 2]),
    area: Rect,
) -> Vec<([f64; 2], String, bool)> {
    let per_column = (x[1] - x[0]) / f64::from(area.width.max(2) - 1);
    let per_row = (y[1] - y[0]) / f64::from(area.height.max(2) - 1);
    // the canvas maps coordinates to cells in the same way
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // inside the bounds
    let cell = |distance: f64, per_cell: f64| (distance / per_cell) as usize;
    let mut taken: Vec<[usize; 3]> = Vec::new();
    let mut labels = Vec::new();
    for (index, (point, word)) in points.iter().zip(words).enumerate().rev() {
        let label = format!("{} {}", index + 1, fit(word, WIDEST_LABEL));
        let left = point[0].min(x[1] - label.columns() as f64 * per_column).max(x[0]);
        let (row, from) = (cell(y[1] - point[1], per_row), cell(left - x[0], per_column));
        let to = from + label.columns() + 1;
        let is_free = taken.iter().all(|[r, f, t]| *r != row || from >= *t || to <= *f);
        if point.iter().all(|x| x.is_finite()) && is_free {
            taken.push([row, from, to]);
            labels.push(([left, point[1]], label, index + 1 == points.len()));
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::{bounds, labels};

    #[test]
    fn labels_do_not_overlap_and_last_is_kept() {
        let words = ["a", "b", "c"].map(str::to_owned);
        let points = [[0.0, 0.0], [0.9, 0.0], [0.91, 0.0]];
        let area = Rect::new(0, 0, 21, 5);
        let labels = labels(&points, &words, ([0.0, 1.0], [-1.0, 1.0]), area);
        let names: Vec<_> = labels.iter().map(|(_, label, is_last)| (label.as_str(), *is_last)).collect();
        assert_eq!(names, [("3 c", true), ("1 a", false)]);
        assert!(labels[0].0[0] <= 0.85, "inside the panel");
    }

    #[test]
    fn bounds_contain_zero_and_differ() {
        assert_eq!(bounds(&[[0.0, 0.0]], 0), [-1e-3, 1e-3]);
        let [smallest, largest] = bounds(&[[0.5, 0.0], [1.0, f64::NAN]], 0);
        assert!(smallest < 0.0 && largest > 1.0);
        assert_eq!(bounds(&[[0.5, f64::NAN]], 1), [-1e-3, 1e-3]);
    }
}
