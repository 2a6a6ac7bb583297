//! What every step told, as a curve: the loss, raw and smoothed, and what else tells how training goes.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};
use unicode_width::UnicodeWidthStr;

use super::drawing::{RenderContext, fit, nothing_but};
use super::{Panel, PanelKey, PanelName, stopped};
use crate::dashboard::actions::{Action, Does, Place, Topic};
use crate::dashboard::curve_points::CurvePoints;
use crate::dashboard::curve_view::{Curve, CurveView};
use crate::dashboard::keymap::{c, k};
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::numbers::number;
use crate::dashboard::theme::Theme;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::view::Effect;
use crate::session::{ObservedRun, RunState};

/// A braille character is two dots wide.
const DOTS_PER_COLUMN: usize = 2;
/// What validations are drawn with where no colour tells the curves apart.
const VALIDATION_MARK: char = 'o';
/// The moment that is shown.
const PAST_MARK: char = '│';
const BEST_MARK: char = '◆';
const FAILURE_MARK: char = '×';
/// From this width on the axis of steps has a label in its middle.
const ROOM_FOR_MIDDLE: u16 = 30;

/// The panel: which curve is looked at, and how.
#[derive(Clone, Debug, Default)]
pub struct LossPanel {
    /// How one looks at the curves.
    pub curve: CurveView,
}

impl Panel for LossPanel {
    const TITLE: Bilingual = text("loss", "损失");

    const KEYS: &'static [PanelKey] = &[
        PanelKey::Moves(Motion::NextQuantity),
        PanelKey::Moves(Motion::PreviousQuantity),
        PanelKey::Moves(Motion::Towards(Direction::Left)),
        PanelKey::Moves(Motion::Towards(Direction::Right)),
        PanelKey::Called(Motion::Towards(Direction::Up), text("closer", "放大")),
        PanelKey::Called(Motion::Towards(Direction::Down), text("wider", "缩小")),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Loss), "log_scale", &[c('y')]),
            Topic::Look,
            text("log", "对数"),
            text("the loss on a linear or a log scale", "损失的线性或对数坐标"),
            Does::Run(|view, _| view.panels.loss.look(CurveView::toggle_log)),
        )),
        PanelKey::Own(Action::new(
            (Place::Panel(PanelName::Loss), "whole", &[c('0'), k(KeyCode::Home)]),
            Topic::Look,
            text("whole", "全部"),
            text("the whole curve, without a cursor", "整条曲线，不带光标"),
            Does::Run(|view, _| view.panels.loss.look(CurveView::show_whole)),
        )),
    ];

    fn moves(&mut self, motion: Motion, run: &ObservedRun, _: &mut TraceCursor) {
        self.curve.moves(motion, run.snapshot.record.step);
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        // the moment that is shown takes the place of a cursor
        let view = self.curve.at(ctx.run().playback.shown);
        if let RunState::Failed(failure) = &ctx.snapshot().state {
            // how the loss went is part of the story
            let [reason_area, curve_area] = stopped::split(area, ctx.space);
            stopped::render(frame, reason_area, failure, ctx);
            return draw(frame, curve_area, (self.curve, view), ctx);
        }
        draw(frame, area, (self.curve, view), ctx);
    }
}

impl LossPanel {
    /// Looks at the curves in another way.
    pub fn look(&mut self, change: impl FnOnce(&mut CurveView)) -> Option<Effect> {
        change(&mut self.curve);
        None
    }
}

/// Draws the curve of `view`; `own` is the same without a cursor at the moment that is shown.
fn draw(frame: &mut Frame<'_>, area: Rect, (own, view): (CurveView, CurveView), ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    // one bucket per dot: of several in one column nobody sees a trend
    let Some(picture) = CurvePoints::new(ctx.observed, view, usize::from(area.width) * DOTS_PER_COLUMN) else {
        return nothing_but(frame, area, &title(area, (own, view), ctx), words.no_loss_yet(), ctx);
    };
    let mut title_width = title(area, (own, view), ctx).width() + 4;
    let mut block = ctx.frame(&title(area, (own, view), ctx));
    let named =
        |mark: char, name: &str| if theme.is_colourless() { format!(" {mark} {name} ") } else { format!(" {name} ") };
    let validation = (named(VALIDATION_MARK, words.validation_curve()), theme.validation());
    let others = picture.others.iter();
    let others = others
        .map(|other| (named(Theme::other_mark(other.colour), &words.other_run(&other.of)), theme.other(other.colour)));
    for (name, style) in Some(validation).filter(|_| !picture.validations.is_empty()).into_iter().chain(others) {
        title_width += name.width() + 1;
        if title_width < usize::from(area.width) {
            block = block.title(Span::styled(name, style));
        }
    }
    let other_marker =
        |at: usize| if theme.is_colourless() { Marker::Custom(Theme::other_mark(at)) } else { Marker::Braille };
    let validation_marker = if theme.is_colourless() { Marker::Custom(VALIDATION_MARK) } else { Marker::Braille };
    let set =
        |data, style: Style, kind, marker| Dataset::default().data(data).style(style).graph_type(kind).marker(marker);
    let (line, dots) = (GraphType::Line, GraphType::Scatter);
    let mut datasets = vec![
        set(&picture.cursor, theme.quiet(), dots, Marker::Braille),
        set(&picture.past, theme.focus(), dots, Marker::Custom(PAST_MARK)),
    ];
    let others = picture.others.iter();
    datasets
        .extend(others.map(|other| set(&other.points, theme.other(other.colour), line, other_marker(other.colour))));
    datasets.extend([
        set(&picture.threshold, theme.alarm(), line, Marker::Braille),
        set(&picture.raw, theme.band(), dots, Marker::Braille),
        set(&picture.line, theme.curve(), line, Marker::Braille),
        set(&picture.validations, theme.validation(), line, validation_marker),
        set(&picture.best, theme.best(), dots, Marker::Custom(BEST_MARK)),
        set(&picture.failure, theme.alarm(), dots, Marker::Custom(FAILURE_MARK)),
    ]);
    let label = |value: f64| Line::from(Span::styled(number(view.off_axis(value)), theme.quiet()));
    let step = |value: f64| Line::from(Span::styled(format!("{value:.0}"), theme.quiet()));
    let ((from, to), (bottom, top)) = (picture.x, picture.y);
    let mut x_labels = vec![step(from), step(to)];
    if area.width >= ROOM_FOR_MIDDLE && to - from >= 10.0 {
        x_labels.insert(1, step(f64::midpoint(from, to).floor()));
    }
    let y_labels = [bottom, f64::midpoint(bottom, top), top].map(label).to_vec();
    let chart = Chart::new(datasets)
        .block(block)
        .legend_position(None)
        .x_axis(Axis::default().style(theme.quiet()).bounds([from, to]).labels(x_labels))
        .y_axis(Axis::default().style(theme.quiet()).bounds([bottom, top]).labels(y_labels));
    frame.render_widget(chart, area);
}

/// The name of the curve; with a cursor, the step and the number under it.
fn title(area: Rect, (own, view): (CurveView, CurveView), ctx: RenderContext<'_>) -> String {
    let (words, curves) = (ctx.words(), &ctx.snapshot().record.curves);
    let width = usize::from(area.width).saturating_sub(4);
    // before the first step there is a moment, but no loss
    let is_before = ctx.run().playback.shown == Some(0) && own.cursor(curves.loss.steps()).is_none();
    let read_out = view.cursor(curves.loss.steps()).filter(|_| !is_before).and_then(|step| {
        let history = match view.curve() {
            Curve::Loss | Curve::Perplexity => &curves.loss,
            Curve::GradientNorm => &curves.gradient_norm,
            Curve::LearningRate => &curves.learning_rate,
        };
        let exact = |mean: f64| number(view.value(mean));
        let smoothed = curves.smoothed.at(step).filter(|_| view.curve().is_of_loss());
        let (value, smoothed) = (exact(history.at(step)?.mean()), smoothed.map(|bucket| exact(bucket.mean())));
        let whole = words.read_out(step, &value, smoothed.as_deref());
        let forms = [format!("{} {whole}", words.curve_in_short(view.curve())), whole];
        Some(forms.into_iter().find(|form| form.width() <= width).unwrap_or_else(|| words.read_out(step, &value, None)))
    });
    fit(&read_out.unwrap_or_else(|| words.curve(view.curve(), view.is_log())), width)
}
