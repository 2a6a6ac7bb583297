//! Runs without a dashboard: lines for a person or a program to read.

mod answers;
mod bar;
mod measurements;
mod table;

pub use answers::{Question, as_text, read_as};
pub use measurements::{Measurement, join, perplexity};

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::language::{Language, Localized, Message};
use crate::learning::ValidationPoint;
use crate::printable;
use crate::session::{Artifact, Control, Controls, Failure, Refusal, RunState, Snapshot, Standing, Trainer};

use answers::write_answers;
use bar::Bar;
use measurements::{progress, validation_progress};

/// Steps between two lines, or a multiple of them if there would be more than [`MAX_LINES`] lines.
const STEPS_PER_LINE: u64 = 1000;
/// Upper bound on the number of lines per run, besides those after [`MAX_SILENCE`].
const MAX_LINES: u64 = 100;
/// Longest time between two lines if steps are taken.
const MAX_SILENCE: Duration = Duration::from_secs(30);

/// Longest wait for progress before `interrupted` is called again.
const MAX_WAIT: Duration = Duration::from_millis(200);

/// The reason why [`run`] has returned.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All steps are taken and all questions answered.
    Complete,
    /// Training has failed; of several runs the first that failed, after all others were complete.
    Failed(Failure),
    /// A question was refused; later questions were not asked.
    Refused(Refusal),
    /// `interrupted` returned this signal.
    Interrupted(i32),
}

/// Trains runs to the end and then answers `questions`. Lines go to `out`; warnings, and a progress bar if it is a terminal, to stderr.
///
/// ```text
/// step 1000/5000  loss 0.000123  perplexity 1.000
/// 我 讨厌 -> 挨打  0.9993
/// ```
///
/// With several runs each line begins with the name of its run, and a table at the end compares them.
///
/// `interrupted` is called several times a second; if it returns a signal, the function returns.
///
/// # Errors
/// If `out` cannot be written to, or no thread for answers can be created.
pub fn run(
    trainers: &[(&str, &Trainer)],
    questions: &[Question],
    language: Language,
    interrupted: &dyn Fn() -> Option<i32>,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    run_with(MAX_SILENCE, language, trainers, questions, interrupted, out)
}

/// A run with the state of its report.
struct Reported<'a> {
    trainer: &'a Trainer,
    /// The beginning of its lines: empty, or the name of the run.
    prefix: String,
    /// The latest snapshot.
    snapshot: Arc<Snapshot>,
    /// The validation in the last line that had one.
    shown: Option<ValidationPoint>,
    /// The artifacts with a problem that has been reported and persists.
    known_problems: BTreeSet<Artifact>,
    /// The step of the last line.
    written: u64,
}

impl Reported<'_> {
    /// The error that has ended training, if any.
    fn failure(&self) -> Option<&Failure> {
        if let RunState::Failed(failure) = &self.snapshot.state { Some(failure) } else { None }
    }

    /// Whether steps, or the validation after the last step, remain.
    fn is_unfinished(&self) -> bool {
        matches!(self.snapshot.state, RunState::Running | RunState::Paused)
    }

    /// Whether the run has ended, or is paused at the step `goal` or beyond.
    fn has_stopped(&self, goal: u64) -> bool {
        match self.snapshot.state {
            RunState::Failed(_) | RunState::Finished | RunState::Replay => true,
            RunState::Paused => (goal..self.snapshot.run.steps).contains(&self.snapshot.record.step),
            // at the goal a validation may be in progress
            RunState::Running => false,
        }
    }

    /// Takes the latest snapshot, and writes its new persistence problems to stderr.
    fn update(&mut self, language: Language) {
        self.snapshot = self.trainer.latest();
        warn_of_problems(&self.snapshot, &mut self.known_problems, language);
    }

    /// Writes a line with the progress of the run to `out`.
    fn write(&mut self, language: Language, out: &mut impl Write) -> io::Result<()> {
        self.written = self.snapshot.record.step;
        writeln!(out, "{}{}", self.prefix, join(&progress(&self.snapshot, &mut self.shown), language))?;
        out.flush()
    }
}

/// As [`run`], with `silence` in place of [`MAX_SILENCE`].
fn run_with<'a>(
    silence: Duration,
    language: Language,
    trainers: &[(&str, &'a Trainer)],
    questions: &[Question],
    interrupted: &dyn Fn() -> Option<i32>,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    let controls = Controls::new(trainers.iter().map(|(_, trainer)| *trainer));
    let is_one = trainers.len() == 1;
    let reported = |(name, trainer): &(&str, &'a Trainer)| {
        let (trainer, snapshot) = (*trainer, trainer.latest());
        let prefix = if is_one { String::new() } else { format!("{}: ", printable(name)) };
        let written = snapshot.record.step;
        Reported { trainer, prefix, snapshot, shown: None, known_problems: BTreeSet::new(), written }
    };
    let mut runs: Vec<Reported<'a>> = trainers.iter().map(reported).collect();
    let steps = runs.iter().map(|run| run.snapshot.run.steps).max().unwrap_or(0);
    let steps_per_line = steps.div_ceil(MAX_LINES * STEPS_PER_LINE).max(1) * STEPS_PER_LINE;
    let mut bar = Bar::new(steps, language);
    loop {
        // resumed runs may have different numbers of steps
        let unfinished = runs.iter().filter(|run| run.is_unfinished());
        let Some(slowest) = unfinished.map(|run| run.snapshot.record.step).min() else { break };
        let goal = ((slowest / steps_per_line + 1) * steps_per_line).min(steps);
        controls.send(Control::RunTo(goal));
        let mut since = Instant::now();
        loop {
            for run in &mut runs {
                run.update(language);
            }
            let validating = runs.iter().find_map(|run| run.snapshot.validating);
            bar.show(runs.iter().map(|run| run.snapshot.record.step).min().unwrap_or(0), validating);
            if let Some(signal) = interrupted() {
                bar.clear();
                return Ok(Outcome::Interrupted(signal));
            }
            let Some(behind) = runs.iter().find(|run| !run.has_stopped(goal)) else { break };
            let is_silent = since.elapsed() >= silence;
            if is_silent && (behind.written + 1..goal).contains(&behind.snapshot.record.step) {
                break;
            }
            // on a terminal the bar shows the progress of a validation
            if let (true, Some(parts)) = (is_silent && !io::stderr().is_terminal(), behind.snapshot.validating) {
                let line = join(&validation_progress(&behind.snapshot, parts), language);
                let _ = writeln!(io::stderr(), "{}{line}", behind.prefix); // stderr may be gone
                since = Instant::now();
            }
            let _ = behind.trainer.next(&behind.snapshot, MAX_WAIT);
        }
        if let (true, Some(failure)) = (is_one, runs[0].failure()) {
            bar.clear();
            return Ok(Outcome::Failed(failure.clone()));
        }
        let has_news = |run: &&mut Reported<'_>| run.snapshot.record.step > run.written && run.failure().is_none();
        bar.make_room();
        runs.iter_mut().filter(has_news).try_for_each(|run| run.write(language, out))?;
    }
    bar.clear();
    if !is_one {
        let standings = trainers.iter().map(|(name, trainer)| Standing::new(name, &trainer.latest()));
        write!(out, "{}", table::format_table(&standings.collect::<Vec<_>>(), language))?;
    }
    for ((_, trainer), run) in trainers.iter().zip(&runs).filter(|(_, run)| run.failure().is_none()) {
        if let Some(refusal) = write_answers(trainer, &run.prefix, questions, language, out)? {
            return Ok(Outcome::Refused(refusal));
        }
    }
    let failed = runs.iter().find_map(Reported::failure);
    Ok(failed.map_or(Outcome::Complete, |failure| Outcome::Failed(failure.clone())))
}

crate::messages! {
    enum Warning {
        Problem { problem: Message } = "warning: {problem}", "警告：{problem}";
    }
}

/// Writes a warning to stderr for each artifact that cannot be saved, once until it is saved again. `reported` has the artifacts with a
/// problem that persists.
fn warn_of_problems(snapshot: &Snapshot, reported: &mut BTreeSet<Artifact>, language: Language) {
    let none = BTreeMap::new();
    let problems = snapshot.save_status.as_ref().map_or(&none, |status| &status.problems);
    for (artifact, problem) in problems {
        if reported.insert(*artifact) {
            let warning = Warning::Problem { problem: problem.clone().into() }.text_in(language);
            let _ = writeln!(io::stderr(), "{}", printable(&warning)); // stderr may be gone
        }
    }
    reported.retain(|artifact| problems.contains_key(artifact));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Origin, Override};
    use crate::learning::language_learner;
    use crate::session::{Mode, Pace, PreparedRun};

    /// The output of a run of ten steps at 20 steps per second.
    fn written(silence: Duration, changes: &[&str]) -> String {
        let changes = changes.iter().chain(&["training.steps=10"]);
        let changes: Vec<_> = changes.map(|change| Override::set(change).unwrap()).collect();
        let config = Config::read(&Origin::toy(), &changes).unwrap();
        let trainer =
            Trainer::spawn(PreparedRun::new(language_learner(config).unwrap(), Pace::from(20), Mode::Paused)).unwrap();
        let mut out = Vec::new();
        run_with(silence, Language::English, &[("", &trainer)], &[], &|| None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The first measurement of each line of such a run: its step.
    fn lines(silence: Duration) -> Vec<String> {
        let out = written(silence, &[]);
        out.lines().filter_map(|line| line.split("  ").next().map(str::to_owned)).collect()
    }

    #[test]
    fn run_with_validation_after_last_step_has_it_in_last_line() {
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
    fn run_slow_writes_intermediate_lines_and_no_step_twice() {
        let written = lines(Duration::ZERO);
        let mut once = written.clone();
        once.dedup();
        assert_eq!(written, once);
        assert!(written.len() > 1 && written.last().unwrap() == "step 10/10", "{written:?}");
        assert_eq!(lines(Duration::from_hours(1)), ["step 10/10"]);
    }
}
