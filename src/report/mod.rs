//! A run without a terminal: lines that a person or a program reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::corpus::UNKNOWN;
use crate::learning::{Answer, GenerateRequest, ValidationPoint};
use crate::printable;
use crate::session::{Artifact, Control, Failure, Query, Refusal, RunState, Snapshot, Trainer, Viewer};

/// One line is written each time this many steps are taken …
const STEPS_PER_LINE: u64 = 1000;

/// … and when so long nothing was written, which is longer than a thousand steps of a small model take.
const SILENCE: Duration = Duration::from_secs(30);

/// How long it takes at most until an interruption is noticed.
const PATIENCE: Duration = Duration::from_millis(200);

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All steps were taken and all questions answered.
    Complete,
    /// Training stopped before its end.
    Failed(Failure),
    /// A prompt could not be answered.
    Refused(Refusal),
    /// A signal of this number asked for the end.
    Interrupted(i32),
}

/// What is asked of the trained model.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Which word comes next?
    Next(String),
    /// How does this text go on?
    Continue(GenerateRequest),
}

/// Trains to the end and then answers `questions`. Lines go to `out`, a progress bar to stderr if that is a terminal.
///
/// ```text
/// step 1000/5000  loss 0.000123  perplexity 1.000
/// 我 讨厌 -> 挨打  0.9993
/// ```
///
/// `interrupted` is asked now and then, and names a signal if the run is to end.
///
/// # Errors
/// When `out` cannot be written to.
pub fn run(
    trainer: &Trainer,
    questions: &[Question],
    interrupted: &dyn Fn() -> Option<i32>,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    run_with(SILENCE, trainer, questions, interrupted, out)
}

fn run_with(
    silence: Duration,
    trainer: &Trainer,
    questions: &[Question],
    interrupted: &dyn Fn() -> Option<i32>,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    let mut snapshot = trainer.latest();
    let steps = snapshot.run.steps;
    let bar = progress_bar(steps);
    let (mut shown, mut problems) = (None, BTreeSet::new());
    while snapshot.record.step < steps {
        let goal = (snapshot.record.step / STEPS_PER_LINE + 1) * STEPS_PER_LINE;
        let goal = goal.min(steps);
        trainer.send(Control::RunTo(goal));
        let (last, since) = (snapshot.record.step, Instant::now());
        snapshot = wait_for(trainer, snapshot, |now| {
            bar.set_position(now.record.step);
            complain(now, &mut problems);
            match now.state {
                _ if interrupted().is_some() => true,
                RunState::Failed(_) => true,
                RunState::Paused | RunState::Finished | RunState::Replay => now.record.step == goal,
                // at the goal there is still a validation to be waited for
                RunState::Running => (last + 1..goal).contains(&now.record.step) && since.elapsed() >= silence,
            }
        });
        if let Some(signal) = interrupted() {
            bar.finish_and_clear();
            return Ok(Outcome::Interrupted(signal));
        }
        if let RunState::Failed(failure) = &snapshot.state {
            bar.finish_and_clear();
            return Ok(Outcome::Failed(failure.clone()));
        }
        bar.suspend(|| {
            writeln!(out, "{}", line(&snapshot, &mut shown))?;
            out.flush()
        })?;
    }
    bar.finish_and_clear();
    if questions.is_empty() {
        return Ok(Outcome::Complete);
    }
    let mut viewer = Viewer::of([("", trainer)])?;
    for question in questions {
        viewer.send(match question {
            Question::Next(prompt) => Query::Ask(prompt.clone()),
            Question::Continue(request) => Query::Generate(request.clone()),
        });
        while viewer.is_waiting() {
            viewer.settle(PATIENCE);
        }
        let observed = viewer.observed();
        if let Some(refusal) = &observed.refusal {
            return Ok(Outcome::Refused(refusal.clone()));
        }
        let run = observed.run();
        match (question, &run.continuation) {
            (Question::Next(prompt), _) => {
                if let Some(answer) = &run.answer
                    && let Some((word, probability)) = answer.ranking().first()
                {
                    let (read, best) = (read_as(answer), &run.snapshot.run.vocabulary[*word]);
                    writeln!(out, "{}{read} -> {best}  {probability:.4}", printable(prompt))?;
                }
            }
            (Question::Continue(_), Some((_, continuation))) => {
                // line breaks are part of the text; other control characters could do anything to a terminal
                let lines: Vec<_> = continuation.text.split('\n').map(printable).collect();
                writeln!(out, "{}", lines.join("\n"))?;
            }
            (Question::Continue(_), None) => {}
        }
        out.flush()?;
    }
    Ok(Outcome::Complete)
}

/// How a prompt was read that has words that are not known: nobody should believe that they were understood.
#[must_use]
pub fn read_as(answer: &Answer) -> String {
    let has_unknown = answer.words.iter().any(|word| word == UNKNOWN);
    if has_unknown { format!(" (read as {})", answer.words.join(" ")) } else { String::new() }
}

/// Says on stderr why something is not kept on disk: once for each part, until that is written again.
fn complain(now: &Snapshot, said: &mut BTreeSet<Artifact>) {
    let nothing = BTreeMap::new();
    let problems = now.kept.as_ref().map_or(&nothing, |kept| &kept.problems);
    for (part, problem) in problems {
        if said.insert(*part) {
            let _ = writeln!(io::stderr(), "warning: {}", printable(problem)); // stderr may be gone
        }
    }
    said.retain(|part| problems.contains_key(part));
}

/// One line of the report. What does not say anything in this run is left out, a validation that was shown before as well.
fn line(snapshot: &Snapshot, shown: &mut Option<ValidationPoint>) -> String {
    let mut line = format!("step {}/{}", snapshot.record.step, snapshot.run.steps);
    if let Some(loss) = snapshot.record.loss() {
        let _ = write!(line, "  loss {loss:.6}  perplexity {}", perplexity(loss.into()));
    }
    if let (Some(clip), Some(step)) = (snapshot.run.clip, snapshot.record.last_step) {
        let (norm, share) = (step.gradient_norm, 100.0 * snapshot.record.clipped_share());
        let clip = if clip < 1e-3 { format!("{clip:e}") } else { clip.to_string() };
        let _ = write!(line, "  gradient {norm:.3}  clipped at {clip}: {share:.1} %");
    }
    let validations = &snapshot.record.validations;
    if let (Some(last), Some(best)) = (validations.last(), validations.best())
        && shown.replace(last) != Some(last)
    {
        let _ = write!(line, "  validation {:.4}  perplexity {}", last.validated.loss, perplexity(last.validated.loss));
        if let Some(bits) = last.validated.bits_per_character {
            let _ = write!(line, "  bits/character {bits:.4}");
        }
        if let Some(share) = snapshot.run.unknown_share {
            let _ = write!(line, "  unknown {:.1} %", 100.0 * share);
        }
        let _ = write!(line, "  best {:.4} at step {}", best.validated.loss, best.step);
    }
    if let Some(test) = snapshot.record.test {
        let _ = write!(line, "  test {:.4}  perplexity {}", test.validated.loss, perplexity(test.validated.loss));
    }
    if let Some(step) = snapshot.record.last_step {
        let _ = write!(line, "  epoch {:.2}  rate {:.3e}", step.epoch, step.learning_rate);
    }
    line
}

/// The perplexity of a loss in nats, in few digits however large it is.
#[must_use]
pub fn perplexity(loss: f64) -> String {
    let perplexity = loss.exp();
    if perplexity < 1e5 { format!("{perplexity:.3}") } else { format!("{perplexity:.1e}") }
}

/// The first snapshot that `is_enough`, beginning with `seen`.
fn wait_for(trainer: &Trainer, mut seen: Arc<Snapshot>, mut is_enough: impl FnMut(&Snapshot) -> bool) -> Arc<Snapshot> {
    while !is_enough(&seen) {
        seen = trainer.next(&seen, PATIENCE);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Origin, Override};
    use crate::learning::language_learner;
    use crate::session::{Mode, Pace, PreparedRun};

    /// What a slow run of ten steps writes.
    fn written(silence: Duration, changes: &[&str]) -> String {
        let changes = changes.iter().chain(&["training.steps=10"]);
        let changes: Vec<_> = changes.map(|change| Override::set(change).unwrap()).collect();
        let config = Config::read(&Origin::BuiltIn, &changes).unwrap();
        let trainer =
            Trainer::spawn(PreparedRun::new(language_learner(config).unwrap(), Pace::from(20), Mode::Paused)).unwrap();
        let mut out = Vec::new();
        run_with(silence, &trainer, &[], &|| None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The steps of the lines.
    fn lines(silence: Duration) -> Vec<String> {
        let out = written(silence, &[]);
        out.lines().filter_map(|line| line.split("  ").next().map(str::to_owned)).collect()
    }

    #[test]
    fn the_validation_after_the_last_step_is_waited_for() {
        let text = concat!("corpus.path=", env!("CARGO_MANIFEST_DIR"), "/corpora/village.txt");
        let changes = [
            text,
            "corpus.unit=text",
            "corpus.tokenizer=characters",
            "corpus.validation=0.5",
            "training.predict=every",
            "training.batch=1",
            "training.window=4",
        ];
        let out = written(Duration::ZERO, &changes);
        assert!(out.lines().last().unwrap().contains("  validation "), "{out}");
    }

    #[test]
    fn a_slow_run_is_not_silent_for_long_and_says_no_step_twice() {
        let written = lines(Duration::ZERO);
        let mut once = written.clone();
        once.dedup();
        assert_eq!(written, once);
        assert!(written.len() > 1 && written.last().unwrap() == "step 10/10", "{written:?}");
        assert_eq!(lines(Duration::from_hours(1)), ["step 10/10"]);
    }
}
