//! The tensors of the last training step: name, shape and axes.

use crate::columns::Columns;
use crate::dashboard::words::model::ShapesText;
use crate::dashboard::words::run::RunText;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style, Stylize};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Paragraph;

use super::context::RenderContext;
use super::drawing::{fit, flow};
use super::panel::{Panel, PanelContext, PanelKey};
use super::window::Window;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::trace_cursor::TraceCursor;
use crate::model::{Axis, TensorRole, TensorShape};

/// Least number of lines at which the axes are explained.
const MIN_HEIGHT_WITH_AXES: u16 = 14;
/// Least number of lines at which output and last state are distinguished.
const MIN_HEIGHT_WITH_DIFFERENCE: u16 = 7;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct ShapesPanel {
    /// Selected row of the table.
    row: usize,
}

impl Panel for ShapesPanel {
    const KEYS: &'static [PanelKey<Self>] =
        &[PanelKey::Moves(Motion::Towards(Direction::Up)), PanelKey::Moves(Motion::Towards(Direction::Down))];

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, _: &mut TraceCursor) {
        self.row = match motion {
            Motion::Towards(Direction::Up) => self.row.saturating_sub(1),
            _ => (self.row + 1).min(ctx.run().snapshot.shapes.len().saturating_sub(1)),
        };
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self.row, ctx);
    }
}

/// Draws the table around the selected row; if they fit, the axes above, and below the difference between outputs and last states.
fn draw(frame: &mut Frame<'_>, area: Rect, row: usize, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let shapes = &ctx.snapshot().shapes;
    let inner = ctx.frame("").inner(area);
    let width = usize::from(inner.width);

    let line = |row: Vec<Span<'static>>| Line::from(row);
    let quiet = |text: String| (text, theme.quiet());
    let axes: Vec<_> = axes_of(shapes)
        .into_iter()
        .map(|(axis, size)| quiet(words.say(ShapesText::Axis { axis: axis.to_string(), size, counts: axis })))
        .collect();
    let axes: Vec<_> = flow(&axes, 2, width, 2).into_iter().map(line).collect();
    let difference = [
        ShapesText::Output,
        if has(shapes, TensorRole::LastCell) { ShapesText::LastStates } else { ShapesText::LastState },
    ];
    let difference: Vec<_> =
        flow(&difference.map(|text| (words.say(text), theme.strong())), 2, width, 2).into_iter().map(line).collect();
    let difference = if has(shapes, TensorRole::LastHidden) { difference } else { Vec::new() };
    let axes = if inner.height >= MIN_HEIGHT_WITH_AXES { axes } else { Vec::new() };
    let difference = if inner.height >= MIN_HEIGHT_WITH_DIFFERENCE { difference } else { Vec::new() };

    let room = usize::from(inner.height).saturating_sub(axes.len() + difference.len());
    let selected = row.min(shapes.len().saturating_sub(1));
    let Window { first, shown, .. } = Window::around(selected, shapes.len(), room);
    let shown = &shapes[first..first + shown];
    let title = if shown.len() < shapes.len() {
        format!("{} {}-{}/{}", words.say(ShapesText::Title), first + 1, first + shown.len(), shapes.len())
    } else {
        words.say(ShapesText::Title)
    };
    frame.render_widget(ctx.frame(&fit(&title, usize::from(area.width).saturating_sub(4))), area);
    if shapes.is_empty() {
        frame.render_widget(Span::styled(words.say(RunText::NoStepYet), theme.quiet()), inner);
        return;
    }
    let rows = rows(shapes, shown, width, ctx).enumerate().map(|(row, line)| {
        let is_selected = ctx.has_keys && first + row == selected;
        if is_selected { line.add_modifier(Modifier::BOLD | Modifier::UNDERLINED) } else { line }
    });
    let lines = axes.into_iter().chain(rows).chain(difference);
    frame.render_widget(Paragraph::new(lines.collect::<Text<'_>>()), inner);
}

/// The rows `shown` of the table; the widths of its columns fit all rows.
fn rows<'a>(
    all: &[TensorShape],
    shown: &'a [TensorShape],
    width: usize,
    ctx: RenderContext<'a>,
) -> impl Iterator<Item = Line<'static>> + 'a {
    let (theme, words) = (ctx.theme(), ctx.words());
    let widest =
        |column: fn(&TensorShape) -> String| all.iter().map(|shape| column(shape).columns()).max().unwrap_or(0);
    let columns = [widest(|shape| shape.name.to_string()), widest(TensorShape::sizes), widest(TensorShape::letters)];
    shown.iter().map(move |shape| {
        let style = match shape.meaning {
            TensorRole::Output | TensorRole::LastHidden | TensorRole::LastCell => theme.key(),
            weight if weight.is_weight() => theme.quiet(),
            _ => Style::new(),
        };
        let (mut spans, mut used) = (Vec::new(), 0);
        let cells = [shape.name.to_string(), shape.sizes(), shape.letters(), words.say(shape.meaning)];
        let widths = columns.into_iter().chain([usize::MAX]);
        for (index, (text, column_width)) in cells.into_iter().zip(widths).enumerate() {
            // a column is drawn completely or not at all; only the words at the end may be cut
            let room = width.saturating_sub(used);
            if index > 1 && room < column_width.min(12) {
                break;
            }
            let text = fit(&text, room);
            let padding = column_width.min(width).saturating_sub(text.columns()) + 2;
            used += text.columns() + padding;
            spans.push(Span::styled(text, if index < 2 { style } else { theme.quiet() }));
            spans.push(Span::raw(" ".repeat(padding)));
        }
        Line::from(spans)
    })
}

/// Whether there is a tensor of this role.
fn has(shapes: &[TensorShape], meaning: TensorRole) -> bool {
    shapes.iter().any(|shape| shape.meaning == meaning)
}

/// The axes with their sizes, in the order of their first use; products of axes are left out.
fn axes_of(shapes: &[TensorShape]) -> Vec<(Axis, usize)> {
    let mut axes: Vec<(Axis, usize)> = Vec::new();
    for (axis, size) in shapes.iter().flat_map(|shape| &shape.axes) {
        if !matches!(axis, Axis::Times(..)) && axes.iter().all(|(seen, _)| seen != axis) {
            axes.push((*axis, *size));
        }
    }
    axes
}
