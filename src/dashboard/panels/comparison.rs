//! Runs side by side as a table, a line each: those that are trained at the same time, then the attempts of a session that a restart or
//! another model ended, and kept runs.

use crate::columns::Columns;
use crate::dashboard::words::run::RunName;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::drawing::{RenderContext, fit};
use super::{Panel, PanelKey};
use crate::dashboard::curve_points::Difference;
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::numbers::{grouped, number};
use crate::dashboard::theme::Theme;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::session::{MILESTONES, Observed, ObservedRun, Snapshot, Standing, common_milestone};

const LEAST_NAME: usize = 12;

/// The panel: which loss is asked for.
#[derive(Clone, Debug, Default)]
pub struct ComparisonPanel {
    /// The place among [`MILESTONES`]; until it is chosen, the one that says most of these runs.
    milestone: Option<usize>,
}

impl Panel for ComparisonPanel {
    const TITLE: Bilingual = text("comparison", "对比");

    const KEYS: &'static [PanelKey] = &[
        PanelKey::Called(Motion::Towards(Direction::Down), text("lower loss", "更低的损失")),
        PanelKey::Called(Motion::Towards(Direction::Up), text("higher loss", "更高的损失")),
    ];

    fn has_place(snapshot: &Snapshot) -> bool {
        snapshot.in_step.is_some()
    }

    fn moves(&mut self, motion: Motion, observed: &Observed, _: &mut TraceCursor) {
        let shown = || self.milestone.unwrap_or_else(|| common_milestone(&standings(observed)));
        match motion {
            Motion::Towards(Direction::Down) => self.milestone = Some((shown() + 1).min(MILESTONES.len() - 1)),
            Motion::Towards(Direction::Up) => self.milestone = Some(shown().saturating_sub(1)),
            _ => {}
        }
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self.milestone, ctx);
    }
}

/// How the runs stand that go on, then the attempts before them, the latest first.
fn standings(observed: &Observed) -> Vec<Standing> {
    let earlier = observed.run().snapshot.record.earlier.iter().rev();
    let over = earlier.map(|attempt| Standing::of_attempt("", attempt));
    observed.runs.iter().map(Standing::observed).chain(over).collect()
}

/// What is told of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Column {
    /// The mean loss of its last steps.
    Loss,
    /// The step at which the moving average of the loss fell below this one of [`MILESTONES`].
    FellBelow(usize),
    /// How many seconds of training that took.
    SecondsUntil(usize),
    /// The last validation.
    Validation,
    /// The best validation.
    Best,
    /// The share of the right words in the last validation.
    Right,
    /// Pinned prompts that are answered as the text goes on.
    Pinned,
    /// How long a step takes.
    StepTime,
    /// Steps a second, as they are taken.
    StepsPerSecond,
    /// Words read a second.
    WordsPerSecond,
    /// Steps taken.
    Steps,
    /// The size of the model.
    Weights,
    /// The model in one line.
    Model,
    /// The seed of its weights.
    Seed,
}

/// What matters most comes first: where there is no room the last ones are left out.
fn columns(milestone: usize, is_duel: bool) -> Vec<Column> {
    use Column::{
        Best, FellBelow, Loss, Model, Pinned, Right, SecondsUntil, Seed, StepTime, Steps, StepsPerSecond, Validation,
        Weights, WordsPerSecond,
    };
    let (fell, until) = (FellBelow(milestone), SecondsUntil(milestone));
    if is_duel {
        let first = [Loss, Right, fell, until, StepTime, Validation, Best, Pinned];
        first.into_iter().chain([Weights, StepsPerSecond, WordsPerSecond, Steps, Model, Seed]).collect()
    } else {
        vec![Loss, fell, Validation, Best, Steps, Weights, Seed]
    }
}

/// A line of the table.
struct Row<'a> {
    standing: Standing,
    style: Style,
    /// The run, if it is one that goes on.
    run: Option<&'a ObservedRun>,
}

/// How runs stand, with their names as they are called here.
fn rows(ctx: RenderContext<'_>) -> Vec<Row<'_>> {
    let (theme, words, snapshot) = (ctx.theme(), ctx.words(), ctx.snapshot());
    let going = ctx.observed.runs.iter().enumerate().map(|(at, run)| {
        let name = if ctx.is_duel() { ctx.name_of_run(at) } else { run.snapshot.run.model.clone() };
        let style = if ctx.is_duel() { ctx.style_of_run(at) } else { theme.curve() };
        (name, style, Some(run))
    });
    let over = snapshot.record.earlier.iter().rev().map(|earlier| {
        let name = words.say(RunName::attempt(&Difference::of(&earlier.settings, snapshot)));
        let colour = if ctx.is_duel() { Theme::COLOUR_OF_EARLIER } else { earlier.colour() };
        let name = if theme.is_colourless() { format!("{} {name}", Theme::other_mark(colour)) } else { name };
        (name, theme.other(colour), None)
    });
    let called = going.chain(over).zip(standings(ctx.observed));
    called.map(|((name, style, run), standing)| Row { standing: Standing { name, ..standing }, style, run }).collect()
}

impl Row<'_> {
    fn cell(&self, column: Column) -> Option<String> {
        let Self { standing, run, .. } = self;
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let per_second = || run.as_ref()?.snapshot.steps_per_second;
        match column {
            Column::Loss => standing.loss.map(number),
            Column::FellBelow(milestone) => Some(standing.milestones.get(milestone)?.step.to_string()),
            Column::SecondsUntil(milestone) => standing.milestones.get(milestone)?.seconds.map(number),
            Column::Validation => standing.validation.map(number),
            Column::Best => standing.best.map(number),
            Column::Right => standing.right.map(percent),
            Column::Pinned => {
                let (right, known) = standing.pinned;
                (known > 0).then(|| format!("{right}/{known}"))
            }
            Column::StepTime => standing.seconds_per_step().map(|seconds| format!("{} ms", number(1000.0 * seconds))),
            Column::StepsPerSecond => per_second().map(number),
            Column::WordsPerSecond => Some(number(per_second()? * standing.words_per_step?)),
            Column::Steps => Some(standing.steps.to_string()),
            Column::Weights => Some(grouped(standing.settings.weights.into())),
            Column::Model => Some(standing.settings.model.clone()),
            Column::Seed => Some(standing.settings.seed.to_string()),
        }
    }
}

/// Draws a table with as many columns as there is room for.
fn draw(frame: &mut Frame<'_>, area: Rect, milestone: Option<usize>, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let block = ctx.frame(words.text(ComparisonPanel::TITLE));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = rows(ctx);
    let milestone = milestone.unwrap_or_else(|| common_milestone(rows.iter().map(|row| &row.standing)));
    let cells = |column: Column| {
        let cells = rows.iter().map(|row| row.cell(column).unwrap_or_else(|| "-".to_owned()));
        std::iter::once(words.column(column)).chain(cells).collect::<Vec<String>>()
    };
    let names = rows.iter().map(|row| row.standing.name.columns()).max().unwrap_or(0);
    let mut room = usize::from(inner.width).saturating_sub(names.min(LEAST_NAME));
    let width_of = |cells: &Vec<String>| cells.iter().map(|cell| cell.columns()).max().unwrap_or(0) + 2;
    let fits = |cells: &Vec<String>| {
        let left = room.checked_sub(width_of(cells));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let columns: Vec<_> = columns(milestone, ctx.is_duel()).into_iter().map(cells).take_while(fits).collect();
    let name_width = (room + names.min(LEAST_NAME)).min(names);
    for (row, line) in inner.rows().enumerate() {
        let (name, style) = match row.checked_sub(1).map(|at| rows.get(at)) {
            None => ("", theme.quiet()),
            Some(Some(row)) => (row.standing.name.as_str(), row.style),
            Some(None) => break,
        };
        let buffer = frame.buffer_mut();
        buffer.set_string(line.x, line.y, fit(name, name_width), style);
        let mut x = name_width;
        for column in &columns {
            let cell = &column[row];
            x += width_of(column);
            let at = u16::try_from(x - cell.columns()).unwrap_or(0);
            let style = if row == 0 { theme.quiet() } else { Style::new() };
            buffer.set_stringn(line.x + at, line.y, cell, usize::from(line.width).saturating_sub(at.into()), style);
        }
    }
}
