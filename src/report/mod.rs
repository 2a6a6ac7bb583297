//! A run without a terminal: lines that a person or a program reads.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::printable;
use crate::training::{Command, Failure, Refusal, RunState, Snapshot, Trainer};

/// One line is written each time so many steps are taken.
const STEPS_PER_LINE: u64 = 1000;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All steps were taken and all prompts answered.
    Complete,
    /// Training stopped before its end.
    Failed(Failure),
    /// A prompt could not be answered.
    Refused(Refusal),
}

/// Trains to the end and then answers `prompts`. Lines go to `out`, a progress bar to stderr if that is a terminal.
///
/// ```text
/// step 1000/5000  loss 0.000123  perplexity 1.000
/// 我 讨厌 -> 挨打  0.9993
/// ```
///
/// # Errors
/// When `out` cannot be written to.
pub fn run(trainer: &Trainer, prompts: &[String], out: &mut impl Write) -> io::Result<Outcome> {
    let mut snapshot = trainer.latest();
    let steps = snapshot.run.steps;
    let bar = progress_bar(steps);
    while snapshot.step < steps {
        let goal = (snapshot.step / STEPS_PER_LINE + 1) * STEPS_PER_LINE;
        let goal = goal.min(steps);
        trainer.send(Command::RunTo(goal));
        snapshot = wait_for(trainer, snapshot, |now| {
            bar.set_position(now.step);
            now.step == goal || matches!(now.state, RunState::Failed(_))
        });
        if let RunState::Failed(failure) = &snapshot.state {
            bar.finish_and_clear();
            return Ok(Outcome::Failed(failure.clone()));
        }
        if let (Some(loss), Some(perplexity)) = (snapshot.loss, snapshot.perplexity()) {
            bar.suspend(|| {
                writeln!(out, "step {}/{steps}  loss {loss:.6}  perplexity {perplexity:.3}", snapshot.step)?;
                out.flush()
            })?;
        }
    }
    bar.finish_and_clear();
    for prompt in prompts {
        let number = trainer.send(Command::Ask(prompt.clone()));
        snapshot = wait_for(trainer, snapshot, |now| now.obeyed >= number);
        if let Some(refusal) = &snapshot.refusal {
            return Ok(Outcome::Refused(refusal.clone()));
        }
        let best = snapshot.answer.as_ref().and_then(|answer| answer.trace.ranking().first().copied());
        if let Some((word, probability)) = best {
            writeln!(out, "{} -> {}  {probability:.4}", printable(prompt), snapshot.run.vocabulary[word])?;
            out.flush()?;
        }
    }
    Ok(Outcome::Complete)
}

/// The first snapshot that `is_enough`, beginning with `seen`.
fn wait_for(trainer: &Trainer, mut seen: Arc<Snapshot>, mut is_enough: impl FnMut(&Snapshot) -> bool) -> Arc<Snapshot> {
    while !is_enough(&seen) {
        seen = trainer.next(&seen, Duration::from_secs(1));
    }
    seen
}

/// Hidden unless stderr is a terminal.
fn progress_bar(steps: u64) -> ProgressBar {
    let bar = ProgressBar::new(steps);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {eta} left") {
        bar.set_style(style);
    }
    bar
}
