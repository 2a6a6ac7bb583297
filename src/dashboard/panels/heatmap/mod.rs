//! The states and gates of the model at every step of the prompt: a column per step, headed by its word, and a row per unit. The
//! arithmetic of the unit and the step under the cursor is written out. What does not fit scrolls, or is pooled in an overview.

mod cells;
mod equations;
mod legend;
mod overview;
mod picture;

use crate::columns::Columns;
use crate::dashboard::words::model::ModelText;
use crate::dashboard::words::prompt::PromptText;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::context::{RenderContext, draw_empty};
use super::drawing::fit;
use super::name::PanelName;
use super::panel::{Panel, PanelContext, PanelKey};
use crate::dashboard::actions::{Action, Place, Topic, on};
use crate::dashboard::effect::PanelEffect;
use crate::dashboard::key::c;
use crate::dashboard::language::text;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::role::Permission;
use crate::dashboard::trace_cursor::TraceCursor;

use cells::Grid;
use equations::Written;
pub(super) use legend::Scale;
use legend::{draw_legend, legend_width};
use picture::Picture;

/// Colours of the legend below the cells.
const LONG_LEGEND: u16 = 13;
/// Colours of the legend in the title.
const SHORT_LEGEND: u16 = 5;
/// Least number of lines at which the arithmetic is drawn.
const MIN_HEIGHT_WITH_ARITHMETIC: u16 = 7;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct HeatmapPanel {
    /// Whether all units and steps are shown at once, without numbers.
    is_overview: bool,
}

impl Panel for HeatmapPanel {
    const KEYS: &'static [PanelKey<Self>] = &[
        PanelKey::Moves(Motion::NextQuantity),
        PanelKey::Own(Action::new(
            on(Place::Panel, "overview", &[c('o')]),
            Permission::Anyone,
            Topic::Look,
            text("overview", "概览"),
            text("all units and steps at once, or some with numbers", "所有单元与时间步，或部分带数值"),
            |panel, _| panel.toggle_overview(),
        )),
        PanelKey::Moves(Motion::PreviousQuantity),
        PanelKey::Moves(Motion::NextLayer),
        PanelKey::Moves(Motion::Towards(Direction::Left)),
        PanelKey::Moves(Motion::Towards(Direction::Right)),
        PanelKey::Moves(Motion::Towards(Direction::Up)),
        PanelKey::Moves(Motion::Towards(Direction::Down)),
    ];

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, cursor: &mut TraceCursor) {
        ctx.move_cursor(motion, cursor);
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self.is_overview, ctx);
    }
}

impl HeatmapPanel {
    /// Switches between the overview and cells with numbers. Returns `None`.
    fn toggle_overview(&mut self) -> Option<PanelEffect> {
        self.is_overview = !self.is_overview;
        None
    }
}

/// Draws the selected quantity of the last answer, or a sentence if there is none.
fn draw(frame: &mut Frame<'_>, area: Rect, is_overview: bool, ctx: RenderContext<'_>) {
    let title = ctx.words().text(PanelName::Heatmap.title());
    let Some(answer) = &ctx.run().answer else {
        return draw_empty(frame, area, title, &ctx.words().say(PromptText::NoPrompt), ctx);
    };
    let Some(mut picture) = Picture::new(answer, is_overview, ctx) else {
        return draw_empty(frame, area, title, &ctx.words().say(ModelText::NoStates), ctx);
    };
    let inner = ctx.run_frame("").inner(area);
    let [cells, arithmetic, legend] = split(inner, &picture, ctx.has_keys, is_overview);
    let grid = Grid::new(cells, &picture);
    // without a line of its own the legend is in the title
    let in_title = legend.is_empty();
    let title_legend = if in_title { legend_width(SHORT_LEGEND, picture.scale) + 2 } else { 0 };
    let room = usize::from(area.width.saturating_sub(4 + title_legend));
    if is_overview {
        let title = fit(&overview::title(&picture, cells, ctx), room);
        frame.render_widget(ctx.run_frame(&title), area);
        overview::draw(frame.buffer_mut(), cells, &picture, ctx);
        picture.notes.push(overview::read_out(&picture, cells, ctx));
    } else {
        let title = cells::title(&picture, &grid, ctx, room);
        frame.render_widget(ctx.run_frame(&title), area);
        cells::draw(frame.buffer_mut(), cells, &picture, &grid, ctx);
    }
    draw_arithmetic(frame.buffer_mut(), arithmetic, &picture, ctx);
    if in_title {
        let width = (legend_width(SHORT_LEGEND, picture.scale) + 1).min(area.width);
        let right = Rect { x: area.right() - width, y: area.y, width, height: 1.min(area.height) };
        draw_legend(frame.buffer_mut(), right, SHORT_LEGEND, picture.scale, ctx.theme());
    } else {
        draw_legend(frame.buffer_mut(), legend, LONG_LEGEND, picture.scale, ctx.theme());
    }
}

/// Areas of the cells, of the arithmetic below (empty without the focus or the room), and of the legend (empty below four lines).
fn split(inner: Rect, picture: &Picture<'_>, has_keys: bool, is_overview: bool) -> [Rect; 3] {
    let wanted = arithmetic_lines(picture, inner.width.into()).len() + usize::from(is_overview);
    let fits = has_keys && inner.height >= MIN_HEIGHT_WITH_ARITHMETIC;
    let arithmetic = if fits { u16::try_from(wanted).unwrap_or(0).min(inner.height - 4) } else { 0 };
    let legend = u16::from(inner.height >= 4);
    let cells = Rect { height: inner.height - legend - arithmetic, ..inner };
    let below = Rect { y: inner.y + cells.height, height: arithmetic, ..inner };
    [cells, below, Rect { y: below.y + arithmetic, height: legend, ..inner }]
}

/// The notes, then the equations: each on one line if it fits into `width` columns, else with symbols, numbers and, if necessary, the
/// result on separate lines.
fn arithmetic_lines(picture: &Picture<'_>, width: usize) -> Vec<String> {
    let equation = |equation: &Written| {
        let Written { letters, numbers } = equation;
        let (line, below) = (format!("{letters} = {numbers}"), format!("  = {numbers}"));
        match numbers.rsplit_once(" ≈ ") {
            _ if line.columns() <= width => vec![line],
            Some((numbers, result)) if below.columns() > width => {
                vec![letters.to_string(), format!("  = {numbers}"), format!("  ≈ {result}")]
            }
            _ => vec![letters.to_string(), below],
        }
    };
    picture.notes.iter().cloned().chain(picture.arithmetic.iter().flat_map(equation)).collect()
}

/// Draws notes and equations, as many lines as fit.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_arithmetic(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>, ctx: RenderContext<'_>) {
    let lines = arithmetic_lines(picture, area.width.into());
    for (row, line) in lines.iter().take(area.height.into()).enumerate() {
        buffer.set_string(area.x, area.y + row as u16, fit(line, area.width.into()), ctx.theme().strong());
    }
}
