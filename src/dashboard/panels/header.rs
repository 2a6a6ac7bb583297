//! The header: run, progress and loss.

use crate::columns::Columns;
use crate::dashboard::numbers::Number;
use crate::dashboard::words::class::class_summary;
use crate::dashboard::words::run::{RunText, file as file_name};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};

use super::context::{Density, RenderContext};
use super::drawing::{exact, fit, fit_end, flow};
use crate::printable;
use crate::session::{RunState, SaveProblem, Snapshot};

/// Least width at which everything about a validation fits on one line. It depends on the width alone, so that changing numbers never change
/// the height of the header.
const WIDE: u16 = 140;

/// Number of lines of the header in this many columns.
#[must_use]
pub fn height(snapshot: &Snapshot, width: u16, space: Density) -> u16 {
    let notice = u16::from(problem(snapshot).is_some());
    match space {
        Density::Roomy => 2 + notice + lines_below(snapshot, width),
        Density::Compact => 3 + notice,
    }
}

/// Why the run could not be saved; `None` if it was, or is not to be.
fn problem(snapshot: &Snapshot) -> Option<&SaveProblem> {
    snapshot.save_status.as_ref()?.problem()
}

/// Path of the configuration; for a resumed or replayed run, its folder.
fn file(snapshot: &Snapshot) -> &str {
    let folder = snapshot.save_status.as_ref().map(|status| status.folder.as_str());
    folder.filter(|folder| snapshot.run.file.starts_with(folder)).unwrap_or(&snapshot.run.file)
}

/// Number of lines for validation, gradient and learning rate.
fn lines_below(snapshot: &Snapshot, width: u16) -> u16 {
    match snapshot.run.validates {
        true if width < WIDE => 2,
        true => 1,
        false => (snapshot.run.clip.is_some() || snapshot.has_changed_rate() || snapshot.record.test.is_some()).into(),
    }
}

/// Draws the header.
pub fn render(frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
    let (observed, snapshot, theme, words) = (ctx.run(), ctx.snapshot(), ctx.theme(), ctx.words());
    let run = &snapshot.run;
    let state_style = match snapshot.state {
        RunState::Running | RunState::Finished | RunState::Replay => theme.running(),
        RunState::Paused => theme.focus(),
        RunState::Failed(_) => theme.alarm(),
    };
    let plain = Style::new();
    let model = [(run.model.clone(), theme.strong()), (words.say(RunText::weights(run.weights)), plain)];
    let playback = observed.playback;
    let past = playback.shown.map(|step| words.say(RunText::past(step, playback.is_playing.then_some(playback.speed))));
    let progress = |steps: Option<usize>| {
        let training = [
            (words.say(RunText::state(snapshot)), state_style),
            (words.say(RunText::Step { step: snapshot.record.step, steps: run.steps }), plain),
            (past.clone().unwrap_or_default(), theme.alarm()),
            (observed.loss().map(|value| words.say(RunText::loss(value, steps))).unwrap_or_default(), theme.strong()),
        ];
        let perplexity = observed
            .loss()
            .map(|value| words.say(RunText::Perplexity { perplexity: Number(value.exp()) }))
            .unwrap_or_default();
        [&training[..], &class(ctx), &[(perplexity, plain)]].concat()
    };
    let saved = snapshot.save_status.as_ref().map(|status| words.say(RunText::saved(status.saved))).unwrap_or_default();
    let speed = words.say(RunText::speed(snapshot.steps_per_second, snapshot.pace));
    let speed = if snapshot.can_train() { speed } else { String::new() };
    let left = RunText::time_left(snapshot).map(|left| words.say(left)).unwrap_or_default();
    let speed = [(speed, plain), (left, plain), (saved, theme.quiet())];
    let width = usize::from(area.width);
    let mut lines = match ctx.space {
        Density::Roomy => {
            let title = [(fit(&run.title, width / 3), theme.strong())]; // leaves room for the rest
            let start = [(words.say(RunText::Seed { seed: snapshot.seed }), theme.quiet())];
            let known = [&title[..], &position_among_runs(ctx), &model, &start].concat();
            let used: usize = known.iter().map(|(text, _)| text.columns() + 2).sum();
            let file = [(fit_end(&file_name(file(snapshot), words), width.saturating_sub(used)), plain)]; // a long path loses its start
            let mut lines = flow(&[&known[..], &file].concat(), 2, width, 1);
            // the number of steps over which the loss is averaged is shown if it fits
            let whole = [&progress(observed.steps_of_loss())[..], &speed].concat();
            let shown = whole.iter().filter(|(text, _)| !text.is_empty());
            let fits = shown.map(|(text, _)| text.columns() + 2).sum::<usize>() <= width + 2;
            let line = if fits { whole } else { [&progress(None)[..], &speed].concat() };
            lines.extend(flow(&line, 2, width, 1));
            let below = lines_below(snapshot, area.width);
            if below > 0 {
                lines.extend(flow(&measurements(ctx), 2, width, below.into()));
            }
            lines
        }
        Density::Compact => {
            let file = [(fit_end(&file_name(file(snapshot), words), width / 2), plain)];
            let loss = observed.validations().map(|(last, _)| last.validated.loss);
            let validation = [(
                loss.map(|value| words.say(RunText::ValidationShort { loss: Number(value) })).unwrap_or_default(),
                theme.validation(),
            )];
            flow(
                &[&position_among_runs(ctx)[..], &progress(None), &validation, &model, &file, &speed].concat(),
                1,
                width,
                area.height.into(),
            )
        }
    };
    if let Some(problem) = problem(snapshot) {
        let notice = fit(&printable(&words.say(RunText::NotSaved { why: problem.clone().into() })), width);
        lines.truncate(usize::from(area.height.saturating_sub(1)));
        lines.push(vec![Span::styled(notice, theme.alarm())]);
    }
    frame.render_widget(lines.into_iter().map(|spans| exact(Line::from(spans))).collect::<Text<'_>>(), area);
}

/// A summary of the class; empty without one.
fn class(ctx: RenderContext<'_>) -> Vec<(String, Style)> {
    let Some(class) = &ctx.view.class else { return Vec::new() };
    let style = if class.hands > 0 { ctx.theme().focus() } else { ctx.theme().quiet() };
    class_summary(class, ctx.view.role).into_iter().map(|part| (ctx.words().say(part), style)).collect()
}

/// The name and the position of the run among several; empty for a single one.
fn position_among_runs(ctx: RenderContext<'_>) -> Vec<(String, Style)> {
    let Some(is_in_step) = ctx.snapshot().in_step else { return Vec::new() };
    let text = ctx.words().say(RunText::side_by_side(
        ctx.run_index,
        ctx.observed.runs.len(),
        is_in_step,
        ctx.view.acts_on_one,
    ));
    vec![(ctx.run_name(ctx.run_index), ctx.run_style(ctx.run_index)), (text, ctx.theme().quiet())]
}

/// Losses on validation and test data, epoch, gradient norm and learning rate, as far as there are any.
fn measurements(ctx: RenderContext<'_>) -> Vec<(String, Style)> {
    let (observed, snapshot, theme, words) = (ctx.run(), ctx.snapshot(), ctx.theme(), ctx.words());
    let plain = Style::new();
    let mut items = Vec::new();
    match observed.validations() {
        Some((last, best)) => {
            items.push((words.say(RunText::validation(last.validated.loss)), theme.validation()));
            items.push((words.say(RunText::Best { loss: Number(best.validated.loss), step: best.step }), plain));
            items.extend(
                last.validated
                    .bits_per_character
                    .map(|bits| (words.say(RunText::BitsPerCharacter { bits: Number(bits) }), plain)),
            );
            items.extend(
                snapshot
                    .run
                    .unknown_share
                    .map(|share| (words.say(RunText::UnknownShare { percent: Number(100.0 * share) }), plain)),
            );
        }
        _ if snapshot.run.validates => items.push((words.say(RunText::NoValidationYet), theme.quiet())),
        _ => {}
    }
    if let Some(test) = snapshot.record.test.filter(|_| observed.playback.shown.is_none()) {
        items.push((words.say(RunText::Test { loss: Number(test.validated.loss) }), theme.strong()));
    }
    if let Some(step) = observed.step() {
        // the share of clipped steps is known for the present only
        let is_present = observed.playback.shown.is_none();
        let clipped = snapshot.run.clip.filter(|_| is_present).map(|_| snapshot.record.clipped_share());
        items.push((words.say(RunText::Epoch { epoch: step.epoch }), plain));
        items.push((words.say(RunText::gradient(step.gradient_norm, clipped)), plain));
        items.extend(
            observed.learning_rate().map(|rate| (words.say(RunText::learning_rate(rate, snapshot.rate_factor)), plain)),
        );
    }
    items
}
