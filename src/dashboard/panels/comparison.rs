//! A table of runs, a line each: those trained side by side, then earlier attempts of the session and saved runs.

use crate::columns::Columns;
use crate::dashboard::words::run::RunName;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::context::RenderContext;
use super::drawing::fit;
use super::name::PanelName;
use super::panel::{Panel, PanelContext, PanelKey};
use crate::dashboard::language::text;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::numbers::{grouped, number};
use crate::dashboard::other_run::Difference;
use crate::dashboard::theme::Theme;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::language::Localized;
use crate::session::{Cell, Column, MILESTONES, Observed, Snapshot, Standing, common_milestone};

/// Columns reserved for names before other columns get theirs.
const MIN_NAME_WIDTH: usize = 12;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct ComparisonPanel {
    /// Index in [`MILESTONES`] of the shown threshold; `None` for the default, [`common_milestone`].
    milestone: Option<usize>,
}

impl Panel for ComparisonPanel {
    const KEYS: &'static [PanelKey<Self>] = &[
        PanelKey::Called(Motion::Towards(Direction::Down), text("lower loss", "更低的损失")),
        PanelKey::Called(Motion::Towards(Direction::Up), text("higher loss", "更高的损失")),
    ];

    fn has_place(snapshot: &Snapshot) -> bool {
        snapshot.in_step.is_some()
    }

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, _: &mut TraceCursor) {
        let shown = || self.milestone.unwrap_or_else(|| common_milestone(&standings(ctx.observed, ctx.run_index)));
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

/// The runs, then the earlier attempts of the run at this position, the latest first.
fn standings(observed: &Observed, run: usize) -> Vec<Standing> {
    let earlier = observed.runs[run].snapshot.record.earlier.iter().rev();
    let earlier = earlier.map(|attempt| Standing::for_attempt("", attempt));
    observed.runs.iter().map(Standing::observed).chain(earlier).collect()
}

crate::messages! {
    /// The title of a column.
    #[derive(Clone, Copy)]
    enum Title {
        Loss = "loss", "损失";
        MilestoneStep { loss: f64 } = "< {loss} at", "步：< {loss}";
        MilestoneSeconds { loss: f64 } = "s until {loss}", "秒：< {loss}";
        Validation = "validation", "验证";
        Best = "best", "最佳";
        Right = "right", "正确";
        Pinned = "pinned", "固定提示";
        StepTime = "a step", "每步";
        StepsPerSecond = "steps/s", "步/秒";
        WordsPerSecond = "words/s", "词/秒";
        Steps = "steps", "步数";
        Weights = "weights", "权重";
        Model = "model", "模型";
        Seed = "seed", "种子";
    }
}

/// The columns after the name, most important first.
fn columns(milestone: usize, is_duel: bool) -> Vec<(Column, Title)> {
    let loss = MILESTONES[milestone];
    let milestone_step = (Column::MilestoneStep(milestone), Title::MilestoneStep { loss });
    if is_duel {
        vec![
            (Column::Loss, Title::Loss),
            (Column::Right, Title::Right),
            milestone_step,
            (Column::MilestoneSeconds(milestone), Title::MilestoneSeconds { loss }),
            (Column::StepTime, Title::StepTime),
            (Column::Validation, Title::Validation),
            (Column::Best, Title::Best),
            (Column::Pinned, Title::Pinned),
            (Column::Weights, Title::Weights),
            (Column::StepsPerSecond, Title::StepsPerSecond),
            (Column::WordsPerSecond, Title::WordsPerSecond),
            (Column::Steps, Title::Steps),
            (Column::Model, Title::Model),
            (Column::Seed, Title::Seed),
        ]
    } else {
        vec![
            (Column::Loss, Title::Loss),
            milestone_step,
            (Column::Validation, Title::Validation),
            (Column::Best, Title::Best),
            (Column::Steps, Title::Steps),
            (Column::Weights, Title::Weights),
            (Column::Seed, Title::Seed),
        ]
    }
}

/// A line of the table.
struct Row {
    /// The values, with the name as it is shown.
    standing: Standing,
    style: Style,
}

/// The lines of the table.
fn rows(ctx: RenderContext<'_>) -> Vec<Row> {
    let (theme, words, snapshot) = (ctx.theme(), ctx.words(), ctx.snapshot());
    let runs = ctx.observed.runs.iter().enumerate().map(|(index, run)| {
        let name = if ctx.is_duel() { ctx.run_name(index) } else { run.snapshot.run.model.clone() };
        (name, if ctx.is_duel() { ctx.run_style(index) } else { theme.curve() })
    });
    let earlier = snapshot.record.earlier.iter().rev().map(|earlier| {
        let name = words.say(RunName::attempt(&Difference::between(&earlier.settings, snapshot)));
        let colour = if ctx.is_duel() { Theme::COLOUR_OF_EARLIER } else { earlier.colour() };
        let name = if theme.is_colourless() { format!("{} {name}", Theme::other_mark(colour)) } else { name };
        (name, theme.other(colour))
    });
    let named = runs.chain(earlier).zip(standings(ctx.observed, ctx.run_index));
    named.map(|((name, style), standing)| Row { standing: Standing { name, ..standing }, style }).collect()
}

/// Formats a value in few characters; an unknown one is a dash.
fn text_of(column: Column, cell: Option<Cell>) -> String {
    match cell {
        None => "-".to_owned(),
        Some(Cell::Text(text)) => text,
        Some(Cell::Count(weights)) if column == Column::Weights => grouped(weights.into()),
        Some(Cell::Count(count)) => count.to_string(),
        Some(Cell::Number(milliseconds)) if column == Column::StepTime => format!("{} ms", number(milliseconds)),
        Some(Cell::Number(value)) => number(value),
        Some(Cell::Share(share)) => format!("{:.0} %", 100.0 * share),
        Some(Cell::Ratio { part, whole }) => format!("{part}/{whole}"),
    }
}

/// Draws the table with as many columns as fit.
fn draw(frame: &mut Frame<'_>, area: Rect, milestone: Option<usize>, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let block = ctx.frame(words.text(PanelName::Comparison.title()));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = rows(ctx);
    let milestone = milestone.unwrap_or_else(|| common_milestone(rows.iter().map(|row| &row.standing)));
    let cells = |(column, title): (Column, Title)| {
        let cells = rows.iter().map(|row| text_of(column, row.standing.cell(column)));
        std::iter::once(title.text_in(words)).chain(cells).collect::<Vec<String>>()
    };
    let names = rows.iter().map(|row| row.standing.name.columns()).max().unwrap_or(0);
    let mut room = usize::from(inner.width).saturating_sub(names.min(MIN_NAME_WIDTH));
    let width_of = |cells: &Vec<String>| cells.iter().map(|cell| cell.columns()).max().unwrap_or(0) + 2;
    let fits = |cells: &Vec<String>| {
        let left = room.checked_sub(width_of(cells));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let columns: Vec<_> = columns(milestone, ctx.is_duel()).into_iter().map(cells).take_while(fits).collect();
    let name_width = (room + names.min(MIN_NAME_WIDTH)).min(names);
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
            let start = u16::try_from(x - cell.columns()).unwrap_or(0);
            let style = if row == 0 { theme.quiet() } else { Style::new() };
            buffer.set_stringn(
                line.x + start,
                line.y,
                cell,
                usize::from(line.width).saturating_sub(start.into()),
                style,
            );
        }
    }
}
