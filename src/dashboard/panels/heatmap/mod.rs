//! What is inside the model at every step of the prompt: a column per step, headed by its word, a row per unit. Of the unit and
//! the step under the cursor the arithmetic is written out. What has no room scrolls, or is pooled in an overview.

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

use super::drawing::{RenderContext, fit, nothing_but};
use super::{Panel, PanelKey, PanelName, move_cursor};
use crate::dashboard::actions::{Action, Handler, Place, Topic};
use crate::dashboard::keymap::c;
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::view::Effect;
use crate::session::Observed;

use cells::Grid;
use equations::Written;
pub(super) use legend::Scale;
use legend::{draw_legend, legend_width};
use picture::Picture;

const LONG_LEGEND: u16 = 13;
const SHORT_LEGEND: u16 = 5;
/// With fewer lines the cells need them all.
const ROOM_FOR_ARITHMETIC: u16 = 7;

/// The panel: whether all units and steps are to be seen at once.
#[derive(Clone, Debug, Default)]
pub struct HeatmapPanel {
    is_overview: bool,
}

impl Panel for HeatmapPanel {
    const IS_OF_ONE_RUN: bool = true;

    const TITLE: Bilingual = text("states and gates", "状态与门");

    const KEYS: &'static [PanelKey] = &[
        PanelKey::Moves(Motion::NextQuantity),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Heatmap), "overview", &[c('o')]),
            Topic::Look,
            text("overview", "概览"),
            text("all units and steps at once, or some with numbers", "所有单元与时间步，或部分带数值"),
            Handler::Run(|view, _| view.panels.heatmap.toggle_overview()),
        )),
        PanelKey::Moves(Motion::PreviousQuantity),
        PanelKey::Moves(Motion::NextLayer),
        PanelKey::Moves(Motion::Towards(Direction::Left)),
        PanelKey::Moves(Motion::Towards(Direction::Right)),
        PanelKey::Moves(Motion::Towards(Direction::Up)),
        PanelKey::Moves(Motion::Towards(Direction::Down)),
    ];

    fn moves(&mut self, motion: Motion, observed: &Observed, cursor: &mut TraceCursor) {
        move_cursor(motion, observed.run(), cursor);
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self.is_overview, ctx);
    }
}

impl HeatmapPanel {
    /// All units and steps at once, or some with their numbers.
    pub fn toggle_overview(&mut self) -> Option<Effect> {
        self.is_overview = !self.is_overview;
        None
    }
}

/// Draws the quantity that is looked at, for the prompt that was answered.
fn draw(frame: &mut Frame<'_>, area: Rect, is_overview: bool, ctx: RenderContext<'_>) {
    let title = ctx.words().text(HeatmapPanel::TITLE);
    let Some(answer) = &ctx.run().answer else {
        return nothing_but(frame, area, title, &ctx.words().say(PromptText::NoPrompt), ctx);
    };
    let Some(mut picture) = Picture::new(answer, is_overview, ctx) else {
        return nothing_but(frame, area, title, &ctx.words().say(ModelText::NoStates), ctx);
    };
    let inner = ctx.frame_of_run("").inner(area);
    let [cells, arithmetic, legend] = split(inner, &picture, ctx.has_keys, is_overview);
    let grid = Grid::new(cells, &answer.words, (picture.cursor.0, picture.width), picture.cursor.1);
    // without a line to spare the legend goes into the title's
    let in_title = legend.is_empty();
    let for_legend = if in_title { legend_width(SHORT_LEGEND, picture.scale) + 2 } else { 0 };
    let room = usize::from(area.width.saturating_sub(4 + for_legend));
    if is_overview {
        let title = fit(&overview::title(&picture, cells, ctx), room);
        frame.render_widget(ctx.frame_of_run(&title), area);
        overview::draw(frame.buffer_mut(), cells, &picture, ctx);
        picture.notes.push(overview::read_out(&picture, cells, ctx));
    } else {
        let title = picture.title(&grid, ctx, room);
        frame.render_widget(ctx.frame_of_run(&title), area);
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

/// The cells; below them the arithmetic if somebody looks at one of them, and the legend where there is a line to spare.
fn split(inner: Rect, picture: &Picture<'_>, has_keys: bool, is_overview: bool) -> [Rect; 3] {
    let wanted = arithmetic_lines(picture, inner.width.into()).len() + usize::from(is_overview);
    let fits = has_keys && inner.height >= ROOM_FOR_ARITHMETIC;
    let arithmetic = if fits { u16::try_from(wanted).unwrap_or(0).min(inner.height - 4) } else { 0 };
    let legend = u16::from(inner.height >= 4);
    let cells = Rect { height: inner.height - legend - arithmetic, ..inner };
    let below = Rect { y: inner.y + cells.height, height: arithmetic, ..inner };
    [cells, below, Rect { y: below.y + arithmetic, height: legend, ..inner }]
}

/// An equation on one line if that is wide enough, else its letters, its numbers and, if it must be, its result one below the
/// other.
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

#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_arithmetic(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>, ctx: RenderContext<'_>) {
    let lines = arithmetic_lines(picture, area.width.into());
    for (row, line) in lines.iter().take(area.height.into()).enumerate() {
        buffer.set_string(area.x, area.y + row as u16, fit(line, area.width.into()), ctx.theme().strong());
    }
}
