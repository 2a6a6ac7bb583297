//! The attempts of a session side by side, a line each: the one that goes on now, and those that a restart or another model ended.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::drawing::{RenderContext, fit};
use super::{Panel, PanelKey};
use crate::dashboard::curve_points::Difference;
use crate::dashboard::language::{Bilingual, text};
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::numbers::{grouped, number};
use crate::dashboard::theme::Theme;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::learning::{AttemptSettings, DownsampledSeries, EarlierAttempt, Validations};
use crate::session::{ObservedRun, Snapshot};

/// Losses that it can be asked when an attempt fell below.
const THRESHOLDS: [f64; 9] = [5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];
const LEAST_NAME: usize = 12;

/// The panel: which loss is asked for.
#[derive(Clone, Debug)]
pub struct AttemptsPanel {
    threshold: usize,
}

impl Default for AttemptsPanel {
    fn default() -> Self {
        Self { threshold: 5 } // 0.1
    }
}

impl Panel for AttemptsPanel {
    const TITLE: Bilingual = text("attempts", "各次尝试");

    const KEYS: &'static [PanelKey] = &[
        PanelKey::Called(Motion::Towards(Direction::Down), text("lower loss", "更低的损失")),
        PanelKey::Called(Motion::Towards(Direction::Up), text("higher loss", "更高的损失")),
    ];

    fn has_place(_: &Snapshot) -> bool {
        false
    }

    fn moves(&mut self, motion: Motion, _: &ObservedRun, _: &mut TraceCursor) {
        match motion {
            Motion::Towards(Direction::Down) => self.threshold = (self.threshold + 1).min(THRESHOLDS.len() - 1),
            Motion::Towards(Direction::Up) => self.threshold = self.threshold.saturating_sub(1),
            _ => {}
        }
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, THRESHOLDS[self.threshold], ctx);
    }
}

/// What is told of an attempt.
struct Attempt<'a> {
    name: String,
    settings: AttemptSettings,
    smoothed: &'a DownsampledSeries,
    loss: Option<f32>,
    validations: &'a Validations,
    style: Style,
}

/// The attempt that goes on, then the others, the latest first.
fn attempts<'a>(snapshot: &'a Snapshot, ctx: RenderContext<'_>) -> Vec<Attempt<'a>> {
    let (record, theme, words) = (&snapshot.record, ctx.theme(), ctx.words());
    let now = Attempt {
        name: snapshot.run.model.clone(),
        settings: snapshot.settings(),
        smoothed: &record.curves.smoothed,
        loss: record.loss(),
        validations: &record.validations,
        style: theme.curve(),
    };
    let earlier = |earlier: &'a EarlierAttempt| {
        let name = words.attempt(&Difference::of(&earlier.settings, snapshot));
        let mark = Theme::other_mark(earlier.colour());
        Attempt {
            name: if theme.is_colourless() { format!("{mark} {name}") } else { name },
            settings: earlier.settings.clone(),
            smoothed: &earlier.smoothed,
            loss: earlier.loss,
            validations: &earlier.validations,
            style: theme.other(earlier.colour()),
        }
    };
    let earlier = record.earlier.iter().map(AsRef::as_ref).map(earlier);
    std::iter::once(now).chain(earlier.collect::<Vec<_>>().into_iter().rev()).collect()
}

/// The first step at which the moving average of the loss was below a threshold.
pub fn fell_below(smoothed: &DownsampledSeries, threshold: f64) -> Option<u64> {
    smoothed.buckets().iter().find(|bucket| bucket.mean() < threshold).map(|bucket| bucket.first)
}

/// Draws a table with as many columns as there is room for.
fn draw(frame: &mut Frame<'_>, area: Rect, threshold: f64, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let block = ctx.frame(words.text(AttemptsPanel::TITLE));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let attempts = attempts(ctx.snapshot(), ctx);
    let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
    let best = |attempt: &Attempt<'_>| attempt.validations.best().map(|point| point.validated.loss);
    let last = |attempt: &Attempt<'_>| attempt.validations.last().map(|point| point.validated.loss);
    let [loss, validation, best_of_all, steps, weights, seed] = words.attempt_columns();
    // what matters most first
    let columns: [(String, Vec<String>); 7] = [
        (loss.to_owned(), attempts.iter().map(|attempt| shown(attempt.loss.map(f64::from))).collect()),
        (words.loss_below(threshold), {
            let fell = |attempt: &Attempt<'_>| fell_below(attempt.smoothed, threshold);
            attempts
                .iter()
                .map(|attempt| fell(attempt).map_or_else(|| "-".to_owned(), |step| step.to_string()))
                .collect()
        }),
        (validation.to_owned(), attempts.iter().map(|attempt| shown(last(attempt))).collect()),
        (best_of_all.to_owned(), attempts.iter().map(|attempt| shown(best(attempt))).collect()),
        (steps.to_owned(), attempts.iter().map(|attempt| attempt.smoothed.steps().to_string()).collect()),
        (weights.to_owned(), attempts.iter().map(|attempt| grouped(attempt.settings.weights.into())).collect()),
        (seed.to_owned(), attempts.iter().map(|attempt| attempt.settings.seed.to_string()).collect()),
    ];
    let names = attempts.iter().map(|attempt| attempt.name.width()).max().unwrap_or(0);
    let mut room = usize::from(inner.width).saturating_sub(names.min(LEAST_NAME));
    let width_of = |(title, cells): &(String, Vec<String>)| {
        cells.iter().map(|cell| cell.width()).chain([title.width()]).max().unwrap_or(0) + 2
    };
    let fits = |column: &&(String, Vec<String>)| {
        let left = room.checked_sub(width_of(column));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let columns: Vec<_> = columns.iter().take_while(fits).collect();
    let name_width = (room + names.min(LEAST_NAME)).min(names);
    for (row, line) in inner.rows().enumerate() {
        let (name, style) = match row.checked_sub(1).map(|at| attempts.get(at)) {
            None => (String::new(), theme.quiet()),
            Some(Some(attempt)) => (attempt.name.clone(), attempt.style),
            Some(None) => break,
        };
        let buffer = frame.buffer_mut();
        buffer.set_string(line.x, line.y, fit(&name, name_width), style);
        let mut x = name_width;
        for column in &columns {
            let cell = row.checked_sub(1).map_or(&column.0, |at| &column.1[at]);
            x += width_of(column);
            let at = u16::try_from(x - cell.width()).unwrap_or(0);
            let style = if row == 0 { theme.quiet() } else { Style::new() };
            buffer.set_stringn(line.x + at, line.y, cell, usize::from(line.width).saturating_sub(at.into()), style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_below_a_loss_is_found() {
        let mut smoothed = DownsampledSeries::default();
        [3.0, 1.0, 0.4, 0.6, 0.05].into_iter().for_each(|loss| smoothed.push(loss));
        assert_eq!([2.0, 0.5, 0.1, 0.01].map(|loss| fell_below(&smoothed, loss)), [Some(2), Some(3), Some(5), None]);
    }
}
