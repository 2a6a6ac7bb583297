//! The cost of a training step on this machine: measured time against the length of the window, on logarithmic axes, with a fitted formula;
//! memory, speed-up by threads, and the number of products that have to be computed one after the other.

use crate::columns::Columns;
use crate::dashboard::words::scaling::ScalingText;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};

use super::context::{RenderContext, draw_empty};
use super::drawing::fit;
use super::name::PanelName;
use super::panel::{Panel, PanelKey};
use crate::config::RunSettings;
use crate::dashboard::actions::{Action, Place, Topic, on};
use crate::dashboard::curve_points::Points;
use crate::dashboard::effect::{Effect, PanelEffect};
use crate::dashboard::key::c;
use crate::dashboard::language::text;
use crate::dashboard::numbers::number;
use crate::dashboard::role::Permission;
use crate::dashboard::theme::Theme;
use crate::learning::{Scaling, StepCost};
use crate::session::{Observed, Snapshot};

/// Name of the action that starts measuring.
const MEASURE: &str = "measure";
/// Least height at which there are sentences below the chart.
const MIN_HEIGHT_WITH_SENTENCES: u16 = 9;
/// Bytes of a mebibyte.
const MIB: f64 = (1 << 20) as f64;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct ScalingPanel {
    /// Measured costs, with the summary of the model.
    measured: Vec<(String, StepCost)>,
    is_measuring: bool,
}

/// A model to be measured.
#[derive(Clone, Debug)]
pub struct ModelToMeasure {
    /// Summary of the model.
    pub model: String,
    /// Settings of the model and of training.
    pub settings: RunSettings,
    /// Size of the vocabulary.
    pub vocabulary: usize,
}

impl ModelToMeasure {
    /// The models of all runs, each once.
    #[must_use]
    pub fn all(observed: &Observed) -> Vec<Self> {
        let mut models: Vec<Self> = Vec::new();
        for run in observed.runs.iter().map(|run| &run.snapshot.run) {
            if models.iter().all(|other| other.model != run.model) {
                let (model, vocabulary) = (run.model.clone(), run.vocabulary.len());
                models.push(Self { model, settings: run.settings(), vocabulary });
            }
        }
        models
    }
}

impl Panel for ScalingPanel {
    const KEYS: &'static [PanelKey<Self>] = &[PanelKey::Own(Action::new(
        on(Place::Panel, MEASURE, &[c('v')]),
        Permission::Teacher,
        Topic::Look,
        text("measure", "测量"),
        text("measure what a step of each model costs here", "在本机测量各模型一步的代价"),
        |panel, _| panel.begin(),
    ))];

    fn has_place(_: &Snapshot) -> bool {
        false
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self, ctx);
    }
}

impl ScalingPanel {
    /// Starts measuring; `None` if a measurement is running.
    fn begin(&mut self) -> Option<PanelEffect> {
        let is_measuring = std::mem::replace(&mut self.is_measuring, true);
        (!is_measuring).then_some(PanelEffect::Outside(Effect::Measure))
    }

    /// Stores a measured cost in place of an earlier one for the same model, window and number of threads; `None` ends the measurement.
    pub fn store(&mut self, measured: Option<(String, StepCost)>) {
        match measured {
            Some((model, cost)) => {
                let is_same = |other: &(String, StepCost)| {
                    (other.0.as_str(), other.1.window, other.1.threads) == (model.as_str(), cost.window, cost.threads)
                };
                self.measured.retain(|other| !is_same(other));
                self.measured.push((model, cost));
            }
            None => self.is_measuring = false,
        }
    }

    /// The measurements of a model: with one thread by window, and by number of threads for one window.
    fn scaling_of(&self, model: &str) -> Scaling {
        let costs = || self.measured.iter().filter(|(name, _)| name == model).map(|(_, cost)| *cost);
        let mut windows: Vec<StepCost> = costs().filter(|cost| cost.threads == 1).collect();
        windows.sort_by_key(|cost| cost.window);
        let max_threads = costs().map(|cost| cost.threads).max().unwrap_or(1);
        let compared = costs().filter(|cost| cost.threads == max_threads).map(|cost| cost.window).next();
        let mut threads: Vec<StepCost> = costs().filter(|cost| Some(cost.window) == compared).collect();
        threads.sort_by_key(|cost| cost.threads);
        Scaling { windows, threads }
    }
}

/// Draws the chart with sentences below, or a sentence before the first measurement.
fn draw(frame: &mut Frame<'_>, area: Rect, panel: &ScalingPanel, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let key = ctx.key_for(MEASURE);
    let runs: Vec<(usize, Scaling)> =
        ctx.observed.runs.iter().map(|run| panel.scaling_of(&run.snapshot.run.model)).enumerate().collect();
    let has_any = runs.iter().any(|(_, scaling)| !scaling.windows.is_empty());
    if !has_any {
        let why = words.say(if panel.is_measuring { ScalingText::Measuring } else { ScalingText::how_to_measure(key) });
        return draw_empty(frame, area, words.text(PanelName::Scaling.title()), &why, ctx);
    }
    let batch = ctx.snapshot().run.training.batch;
    let title = words.say(ScalingText::title(batch, panel.is_measuring));
    let block = ctx.frame(&fit(&title, usize::from(area.width).saturating_sub(4)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut sentence_lines: Vec<Line<'_>> = Vec::new();
    for (at, scaling) in runs.iter().filter(|(_, scaling)| !scaling.windows.is_empty()) {
        let style = if ctx.is_duel() { ctx.run_style(*at) } else { theme.curve() };
        let name = if ctx.is_duel() { ctx.run_name(*at) } else { ctx.snapshot().run.model.clone() };
        sentence_lines.extend(sentences(scaling, ctx).into_iter().enumerate().map(|(line, sentence)| {
            let name = if line == 0 { format!("{name}: ") } else { "  ".to_owned() };
            let room = usize::from(inner.width).saturating_sub(name.columns());
            Line::from(vec![Span::styled(name, style), Span::raw(fit(&sentence, room))])
        }));
    }
    for (at, scaling) in &runs {
        for (other, others) in &runs {
            if let Some(window) = scaling.overtakes(others) {
                let [slower, faster] = [ctx.run_name(*at), ctx.run_name(*other)];
                let sentence = words.say(ScalingText::Overtakes { window, slower, faster });
                sentence_lines.push(Line::styled(fit(&sentence, inner.width.into()), theme.strong()));
            }
        }
    }
    let max_lines = if inner.height < MIN_HEIGHT_WITH_SENTENCES { 0 } else { inner.height / 2 };
    let lines = u16::try_from(sentence_lines.len()).unwrap_or(u16::MAX).min(max_lines);
    let chart = Rect { height: inner.height - lines, ..inner };
    draw_chart(frame, chart, &runs, ctx);
    let below = Rect { y: chart.bottom(), height: lines, ..inner };
    for (row, line) in below.rows().zip(sentence_lines) {
        frame.render_widget(line, row);
    }
}

/// The fitted formula with the number of sequential products; memory and speed-up by threads. Empty before the first measurement.
fn sentences(scaling: &Scaling, ctx: RenderContext<'_>) -> Vec<String> {
    let words = ctx.words();
    let (linear, square) = scaling.fit();
    let Some(last) = scaling.windows.last() else { return Vec::new() };
    let power = |number: f64, power: &str| (number > 0.0).then(|| format!("{:.1e}·{power}", 1000.0 * number));
    let terms: Vec<String> = [power(linear, "T"), power(square, "T²")].into_iter().flatten().collect();
    let formula = format!("{} ms", terms.join(" + "));
    let faster = match scaling.threads.as_slice() {
        [one, .., all] => Some((all.threads, one.seconds / all.seconds)),
        _ => None,
    };
    let memory = last.predicted_bytes as f64 / MIB;
    vec![
        format!(
            "{formula}{}{}",
            words.semicolon(),
            words.say(ScalingText::Depth { depth: last.depth, window: last.window })
        ),
        words.say(ScalingText::memory(memory, last.window, faster)),
    ]
}

/// Draws measured times as marks and the fitted formulas as lines; nothing if the area is too small.
fn draw_chart(frame: &mut Frame<'_>, area: Rect, runs: &[(usize, Scaling)], ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    if area.width < 12 || area.height < 3 {
        return;
    }
    let point = |window: f64, seconds: f64| (window.log2(), (1000.0 * seconds).log10());
    let mut curves: Vec<(usize, Points, Points)> = Vec::new();
    for (at, scaling) in runs.iter().filter(|(_, scaling)| !scaling.windows.is_empty()) {
        let measured: Vec<_> = scaling.windows.iter().map(|cost| point(cost.window as f64, cost.seconds)).collect();
        let (linear, square) = scaling.fit();
        let (from, to) = (measured[0].0, measured[measured.len() - 1].0);
        let formula = (0..=60).map(|share| (from + (to - from) * f64::from(share) / 60.0).exp2());
        let formula = formula.map(|window| point(window, linear * window + square * window * window));
        curves.push((*at, measured, formula.filter(|(_, y)| y.is_finite()).collect()));
    }
    let all_points = || curves.iter().flat_map(|(_, measured, formula)| measured.iter().chain(formula));
    let bounds = |coordinate: fn(&(f64, f64)) -> f64| {
        let (smallest, largest) =
            all_points().map(coordinate).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        [smallest.floor(), largest.ceil().max(smallest.floor() + 1.0)]
    };
    let (x, y) = (bounds(|point| point.0), bounds(|point| point.1));
    let style = |at: usize| if ctx.is_duel() { ctx.run_style(at) } else { theme.curve() };
    let mut datasets = Vec::new();
    for (at, measured, formula) in &curves {
        datasets.push(
            Dataset::default().data(formula).style(style(*at)).graph_type(GraphType::Line).marker(Marker::Braille),
        );
        let mark = if theme.is_colourless() { Theme::other_mark(*at) } else { 'o' };
        datasets.push(
            Dataset::default()
                .data(measured)
                .style(style(*at))
                .graph_type(GraphType::Scatter)
                .marker(Marker::Custom(mark)),
        );
    }
    let label = |text: String| Line::from(Span::styled(text, theme.quiet()));
    let windows = [x[0], f64::midpoint(x[0], x[1]).round(), x[1]].map(|power| label(format!("T={:.0}", power.exp2())));
    let times = [y[0], y[1]].map(|power| label(format!("{} ms", number(10_f64.powf(power)))));
    let chart = Chart::new(datasets)
        .legend_position(None)
        .x_axis(Axis::default().style(theme.quiet()).bounds(x).labels(windows.to_vec()))
        .y_axis(Axis::default().style(theme.quiet()).bounds(y).labels(times.to_vec()));
    frame.render_widget(chart, area);
}
