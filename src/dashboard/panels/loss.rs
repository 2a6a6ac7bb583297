//! Curves over the steps of training: loss (raw and smoothed), perplexity, gradient norm and learning rate.

use crate::columns::Columns;
use crate::dashboard::words::run::{CurveText, RunName, RunText};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};

use super::context::{RenderContext, draw_empty};
use super::drawing::{exact_line, fit};
use super::panel::{Panel, PanelContext, PanelKey};
use super::stopped;
use crate::dashboard::actions::{Action, Place, Topic, on};
use crate::dashboard::curve_axis::CurveAxis;
use crate::dashboard::curve_points::{CurvePoints, series_of};
use crate::dashboard::curve_view::CurveView;
use crate::dashboard::effect::PanelEffect;
use crate::dashboard::key::{c, k};
use crate::dashboard::language::text;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::numbers::number;
use crate::dashboard::role::Permission;
use crate::dashboard::theme::Theme;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::session::{ObservedRun, RunState};

/// Horizontal dots of a braille character.
const DOTS_PER_COLUMN: usize = 2;
/// Mark of validations without colours, or among several runs.
const VALIDATION_MARK: char = 'o';
/// Mark of the replayed step.
const PAST_MARK: char = '│';
/// Mark of the best validation.
const BEST_MARK: char = '◆';
/// Mark of the failed step.
const FAILURE_MARK: char = '×';
/// Least width at which the horizontal axis has a label in its middle.
const MIN_WIDTH_WITH_MIDDLE: u16 = 30;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct LossPanel {
    /// The shown curve, its axes, zoom and cursor.
    pub curve: CurveView,
}

impl Panel for LossPanel {
    const KEYS: &'static [PanelKey<Self>] = &[
        PanelKey::Moves(Motion::NextQuantity),
        PanelKey::Moves(Motion::PreviousQuantity),
        PanelKey::Moves(Motion::Towards(Direction::Left)),
        PanelKey::Moves(Motion::Towards(Direction::Right)),
        PanelKey::Called(Motion::Towards(Direction::Up), text("closer", "放大")),
        PanelKey::Called(Motion::Towards(Direction::Down), text("wider", "缩小")),
        PanelKey::Own(Action::new(
            on(Place::Panel, "log_scale", &[c('y')]),
            Permission::Anyone,
            Topic::Look,
            text("log", "对数"),
            text("the loss on a linear or a log scale", "损失的线性或对数坐标"),
            |panel, _| panel.change_view(CurveView::toggle_log),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "axis", &[c('o')]),
            Permission::Anyone,
            Topic::Look,
            text("axis", "横轴"),
            text("the loss over steps, words read, or seconds of training", "横轴：训练步、读过的词，或训练用的秒数"),
            |panel, _| panel.change_view(CurveView::change_axis),
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "whole", &[c('0'), k(KeyCode::Home)]),
            Permission::Anyone,
            Topic::Look,
            text("whole", "全部"),
            text("the whole curve, without a cursor", "整条曲线，不带光标"),
            |panel, _| panel.change_view(CurveView::show_whole),
        )),
    ];

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, _: &mut TraceCursor) {
        self.curve.apply(motion, ctx.run().snapshot.record.step);
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        // without a cursor, the replayed step takes its place
        let cursors = Cursors { own: self.curve, shown: self.curve.with_cursor_at(ctx.run().playback.shown) };
        if let RunState::Failed(failure) = &ctx.snapshot().state {
            let [reason_area, curve_area] = stopped::split(area, ctx.space);
            stopped::render(frame, reason_area, failure, ctx);
            return draw(frame, curve_area, cursors, ctx);
        }
        draw(frame, area, cursors, ctx);
    }
}

impl LossPanel {
    /// Changes the shown curve. Returns `None`.
    fn change_view(&mut self, change: impl FnOnce(&mut CurveView)) -> Option<PanelEffect> {
        change(&mut self.curve);
        None
    }
}

/// The view of a curve, with and without the replayed step.
#[derive(Clone, Copy)]
struct Cursors {
    /// The view with the viewer's own cursor only.
    own: CurveView,
    /// The view that is drawn: without a cursor of its own, it has one at the replayed step.
    shown: CurveView,
}

/// Draws the chart, or a sentence before the first step.
fn draw(frame: &mut Frame<'_>, area: Rect, cursors: Cursors, ctx: RenderContext<'_>) {
    let (theme, words, view) = (ctx.theme(), ctx.words(), cursors.shown);
    // one bucket per dot: several in one column would hide the trend
    let Some(picture) = CurvePoints::new(ctx.observed, view, usize::from(area.width) * DOTS_PER_COLUMN) else {
        return draw_empty(frame, area, &title(area, cursors, ctx), &words.say(RunText::NoStepYet), ctx);
    };
    let mut title_width = title(area, cursors, ctx).columns() + 4;
    let mut block = ctx.frame(&title(area, cursors, ctx));
    for (name, style) in names(&picture, ctx) {
        title_width += name.columns() + 1;
        if title_width < usize::from(area.width) {
            block = block.title(exact_line(name, style));
        }
    }
    if ctx.is_duel() {
        for (name, style) in read_outs(view, usize::from(area.width).saturating_sub(2), ctx) {
            block = block.title_bottom(exact_line(name, style));
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
    let run_line = picture.colour.map_or((theme.curve(), Marker::Braille), |at| (ctx.run_style(at), other_marker(at)));
    let validations = match picture.colour {
        // marks only: a line would hide that of the loss
        Some(at) => set(&picture.validations, theme.other(at), dots, Marker::Custom(VALIDATION_MARK)),
        None => set(&picture.validations, theme.validation(), line, validation_marker),
    };
    datasets.extend([
        set(&picture.threshold, theme.alarm(), line, Marker::Braille),
        set(&picture.raw, theme.band(), dots, Marker::Braille),
        set(&picture.line, run_line.0, line, run_line.1),
        validations,
        set(&picture.best, theme.best(), dots, Marker::Custom(BEST_MARK)),
        set(&picture.failure, theme.alarm(), dots, Marker::Custom(FAILURE_MARK)),
    ]);
    let label = |value: f64| Line::from(Span::styled(number(view.off_axis(value)), theme.quiet()));
    let place = |value: f64| match view.axis() {
        CurveAxis::Seconds if value < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    };
    let step = |value: f64| Line::from(Span::styled(place(value), theme.quiet()));
    let ((from, to), (bottom, top)) = (picture.x, picture.y);
    let mut x_labels = vec![step(from), step(to)];
    if area.width >= MIN_WIDTH_WITH_MIDDLE && to - from >= 10.0 {
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

/// The names of the validation curve and of earlier attempts, in their colours; for several runs of the validations only.
fn names(picture: &CurvePoints, ctx: RenderContext<'_>) -> Vec<(String, Style)> {
    let (theme, words) = (ctx.theme(), ctx.words());
    let named =
        |mark: char, name: &str| if theme.is_colourless() { format!(" {mark} {name} ") } else { format!(" {name} ") };
    if ctx.is_duel() {
        // the runs are named at the bottom; colours distinguish runs, so that validations are named by their mark
        let validation = (format!(" {VALIDATION_MARK} {} ", words.say(CurveText::Validation)), theme.quiet());
        return Some(validation).filter(|_| !picture.validations.is_empty()).into_iter().collect();
    }
    let validation = (named(VALIDATION_MARK, &words.say(CurveText::Validation)), theme.validation());
    let others = picture.others.iter();
    let others = others.map(|other| {
        (named(Theme::other_mark(other.colour), &words.say(RunName::for_run(&other.run))), theme.other(other.colour))
    });
    Some(validation).filter(|_| !picture.validations.is_empty()).into_iter().chain(others).collect()
}

/// The names of all runs in the colours of their curves, with the values under the cursor. If they do not fit, names are cut, or left out if
/// colours distinguish the values.
fn read_outs(view: CurveView, width: usize, ctx: RenderContext<'_>) -> Vec<(String, Style)> {
    let focused = ctx.snapshot();
    let cursor = view.cursor(focused.record.curves.loss.steps());
    let coordinate = cursor.map(|step| view.axis().coordinate(focused, step as f64));
    let value = |run: &ObservedRun| {
        let snapshot = &run.snapshot;
        let step = view.axis().step_at(snapshot, coordinate?);
        Some(number(view.value(series_of(snapshot, view, false).at(step)?.mean())))
    };
    let values: Vec<Option<String>> = ctx.observed.runs.iter().map(value).collect();
    let with_names_up_to = |longest: usize| -> Vec<String> {
        let name = |at: usize| fit(&ctx.run_name(at), longest);
        let both = |(at, value): (usize, &Option<String>)| match value {
            Some(value) if longest == 0 && !ctx.theme().is_colourless() => format!(" {value} "),
            Some(value) => format!(" {} {value} ", name(at)),
            None => format!(" {} ", name(at)),
        };
        values.iter().enumerate().map(both).collect()
    };
    let fits = |texts: &Vec<String>| texts.iter().map(|text| text.columns() + 1).sum::<usize>() <= width + 1;
    let texts =
        [32, 16, 10, 7, 5, 4, 3].into_iter().map(with_names_up_to).find(fits).unwrap_or_else(|| with_names_up_to(0));
    texts.into_iter().enumerate().map(|(at, text)| (text, ctx.run_style(at))).collect()
}

/// The title: the curve; with a cursor, its step and value.
fn title(area: Rect, cursors: Cursors, ctx: RenderContext<'_>) -> String {
    let (words, curves, view) = (ctx.words(), &ctx.snapshot().record.curves, cursors.shown);
    let width = usize::from(area.width).saturating_sub(4);
    // the moment before the first step has no loss
    let is_before = ctx.run().playback.shown == Some(0) && cursors.own.cursor(curves.loss.steps()).is_none();
    let read_out = view.cursor(curves.loss.steps()).filter(|_| !is_before).and_then(|step| {
        let history = series_of(ctx.snapshot(), view, true);
        let exact = |mean: f64| number(view.value(mean));
        let smoothed = curves.smoothed.at(step).filter(|_| view.curve().is_loss_curve());
        let (value, smoothed) = (exact(history.at(step)?.mean()), smoothed.map(|bucket| exact(bucket.mean())));
        if ctx.is_duel() {
            // the values are beside the names of the runs
            return Some(format!(
                "{}, {}",
                words.say(CurveText::short(view.curve())),
                words.say(CurveText::step_on_axis(view.axis(), ctx.snapshot(), step))
            ));
        }
        let whole = words.say(CurveText::value(step, value.clone(), smoothed));
        let forms = [format!("{} {whole}", words.say(CurveText::short(view.curve()))), whole];
        Some(
            forms
                .into_iter()
                .find(|form| form.columns() <= width)
                .unwrap_or_else(|| words.say(CurveText::value(step, value, None))),
        )
    });
    fit(&read_out.unwrap_or_else(|| words.say(CurveText::title(view))), width)
}
