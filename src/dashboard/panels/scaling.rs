//! What a training step costs on this machine: measured time against the length of the window, on logarithmic axes, with the formula
//! that fits it; memory, threads, and how many products wait for each other.

use crate::columns::Columns;
use crate::dashboard::words::model::ScalingText;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart, Dataset, GraphType};

use super::drawing::{RenderContext, fit, nothing_but};
use super::name::PanelName;
use super::panel::{Panel, PanelKey};
use crate::config::RunSettings;
use crate::dashboard::actions::{Action, Place, Topic};
use crate::dashboard::curve_points::Points;
use crate::dashboard::effect::{Effect, PanelEffect};
use crate::dashboard::keymap::c;
use crate::dashboard::language::text;
use crate::dashboard::numbers::number;
use crate::dashboard::role::Permission;
use crate::dashboard::theme::Theme;
use crate::learning::{Scaling, StepCost};
use crate::session::{Observed, Snapshot};

/// The name of the action that measures.
const MEASURE: &str = "measure";
/// With fewer lines there is a curve only.
const ROOM_FOR_LINES: u16 = 9;
const MIB: f64 = (1 << 20) as f64;

/// The panel: what has been measured.
#[derive(Clone, Debug, Default)]
pub struct ScalingPanel {
    measured: Vec<(String, StepCost)>,
    is_measuring: bool,
}

/// A model that is to be measured.
#[derive(Clone, Debug)]
pub struct ToMeasure {
    /// In one line.
    pub model: String,
    /// What it is made of.
    pub settings: RunSettings,
    /// How many words it knows.
    pub vocabulary: usize,
}

impl ToMeasure {
    /// The models of all runs, each once.
    #[must_use]
    pub fn of(observed: &Observed) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for run in observed.runs.iter().map(|run| &run.snapshot.run) {
            if all.iter().all(|other| other.model != run.model) {
                let (model, vocabulary) = (run.model.clone(), run.vocabulary.len());
                all.push(Self { model, settings: run.settings(), vocabulary });
            }
        }
        all
    }
}

impl Panel for ScalingPanel {
    const KEYS: &'static [PanelKey<Self>] = &[PanelKey::Own(Action::new(
        (Place::Panel, MEASURE, &[c('v')]),
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
    fn begin(&mut self) -> Option<PanelEffect> {
        let is_measuring = std::mem::replace(&mut self.is_measuring, true);
        (!is_measuring).then_some(PanelEffect::Outside(Effect::Measure))
    }

    /// Takes what a step of a model cost; with nothing, all is measured.
    pub fn take(&mut self, measured: Option<(String, StepCost)>) {
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

    /// What has been measured of a model.
    fn of(&self, model: &str) -> Scaling {
        let all = || self.measured.iter().filter(|(of, _)| of == model).map(|(_, cost)| *cost);
        let mut windows: Vec<StepCost> = all().filter(|cost| cost.threads == 1).collect();
        windows.sort_by_key(|cost| cost.window);
        let most = all().map(|cost| cost.threads).max().unwrap_or(1);
        let compared = all().filter(|cost| cost.threads == most).map(|cost| cost.window).next();
        let mut threads: Vec<StepCost> = all().filter(|cost| Some(cost.window) == compared).collect();
        threads.sort_by_key(|cost| cost.threads);
        Scaling { windows, threads }
    }
}

fn draw(frame: &mut Frame<'_>, area: Rect, panel: &ScalingPanel, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let key = ctx.key_for(MEASURE);
    let runs: Vec<(usize, Scaling)> =
        ctx.observed.runs.iter().map(|run| panel.of(&run.snapshot.run.model)).enumerate().collect();
    let has_any = runs.iter().any(|(_, scaling)| !scaling.windows.is_empty());
    if !has_any {
        let why = words.say(if panel.is_measuring { ScalingText::Measuring } else { ScalingText::how_to_measure(key) });
        return nothing_but(frame, area, words.text(PanelName::Scaling.title()), &why, ctx);
    }
    let batch = ctx.snapshot().run.training.batch;
    let title = words.say(ScalingText::title(batch, panel.is_measuring));
    let block = ctx.frame(&fit(&title, usize::from(area.width).saturating_sub(4)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut said: Vec<Line<'_>> = Vec::new();
    for (at, scaling) in runs.iter().filter(|(_, scaling)| !scaling.windows.is_empty()) {
        let style = if ctx.is_duel() { ctx.style_of_run(*at) } else { theme.curve() };
        let name = if ctx.is_duel() { ctx.name_of_run(*at) } else { ctx.snapshot().run.model.clone() };
        said.extend(sentences(scaling, ctx).into_iter().enumerate().map(|(line, sentence)| {
            let name = if line == 0 { format!("{name}: ") } else { "  ".to_owned() };
            let room = usize::from(inner.width).saturating_sub(name.columns());
            Line::from(vec![Span::styled(name, style), Span::raw(fit(&sentence, room))])
        }));
    }
    for (at, scaling) in &runs {
        for (other, others) in &runs {
            if let Some(window) = scaling.overtakes(others) {
                let [slower, faster] = [ctx.name_of_run(*at), ctx.name_of_run(*other)];
                let sentence = words.say(ScalingText::Overtakes { window, slower, faster });
                said.push(Line::styled(fit(&sentence, inner.width.into()), theme.strong()));
            }
        }
    }
    let most = if inner.height < ROOM_FOR_LINES { 0 } else { inner.height / 2 };
    let lines = u16::try_from(said.len()).unwrap_or(u16::MAX).min(most);
    let chart = Rect { height: inner.height - lines, ..inner };
    draw_chart(frame, chart, &runs, ctx);
    let below = Rect { y: chart.bottom(), height: lines, ..inner };
    for (row, line) in below.rows().zip(said) {
        frame.render_widget(line, row);
    }
}

/// The formula beside the measurement, what waits for what, memory and threads.
fn sentences(scaling: &Scaling, ctx: RenderContext<'_>) -> Vec<String> {
    let words = ctx.words();
    let (linear, square) = scaling.fit();
    let Some(last) = scaling.windows.last() else { return Vec::new() };
    let power = |number: f64, power: &str| (number > 0.0).then(|| format!("{:.1e}·{power}", 1000.0 * number));
    let terms: Vec<String> = [power(linear, "T"), power(square, "T²")].into_iter().flatten().collect();
    let formula = format!("{} ms", terms.join(" + "));
    let faster = match scaling.threads.as_slice() {
        [one, .., most] => Some((most.threads, one.seconds / most.seconds)),
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

fn draw_chart(frame: &mut Frame<'_>, area: Rect, runs: &[(usize, Scaling)], ctx: RenderContext<'_>) {
    let theme = ctx.theme();
    if area.width < 12 || area.height < 3 {
        return;
    }
    let place = |window: f64, seconds: f64| (window.log2(), (1000.0 * seconds).log10());
    let mut curves: Vec<(usize, Points, Points)> = Vec::new();
    for (at, scaling) in runs.iter().filter(|(_, scaling)| !scaling.windows.is_empty()) {
        let measured: Vec<_> = scaling.windows.iter().map(|cost| place(cost.window as f64, cost.seconds)).collect();
        let (linear, square) = scaling.fit();
        let (from, to) = (measured[0].0, measured[measured.len() - 1].0);
        let formula = (0..=60).map(|share| (from + (to - from) * f64::from(share) / 60.0).exp2());
        let formula = formula.map(|window| place(window, linear * window + square * window * window));
        curves.push((*at, measured, formula.filter(|(_, y)| y.is_finite()).collect()));
    }
    let all = || curves.iter().flat_map(|(_, measured, formula)| measured.iter().chain(formula));
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let (least, greatest) =
            all().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        [least.floor(), greatest.ceil().max(least.floor() + 1.0)]
    };
    let (x, y) = (ends(|point| point.0), ends(|point| point.1));
    let style = |at: usize| if ctx.is_duel() { ctx.style_of_run(at) } else { theme.curve() };
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
