//! Runs without a terminal: lines that a person or a program reads.

mod bar;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::corpus::UNKNOWN;
use crate::language::Language;
use crate::learning::{Answer, GenerateRequest, PartsDone, ValidationPoint};
use crate::printable;
use crate::session::{
    Artifact, Control, Controls, Failure, Query, Refusal, RunState, Snapshot, Standing, Trainer, Viewer,
};

use bar::Bar;

/// One line is written each time this many steps are taken, or a multiple of them where there would be more than a hundred lines …
const STEPS_PER_LINE: u64 = 1000;
const MOST_LINES: u64 = 100;

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

/// Trains runs to the end and then answers `questions`. Lines go to `out`, a progress bar to stderr if that is a terminal.
///
/// ```text
/// step 1000/5000  loss 0.000123  perplexity 1.000
/// 我 讨厌 -> 挨打  0.9993
/// ```
///
/// Of several runs each line begins with the name of one, and a table at the end compares them.
///
/// `interrupted` is asked now and then, and names a signal if the run is to end.
///
/// # Errors
/// When `out` cannot be written to.
pub fn run(
    trainers: &[(&str, &Trainer)],
    questions: &[Question],
    language: Language,
    interrupted: &dyn Fn() -> Option<i32>,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    run_with((SILENCE, language), trainers, questions, interrupted, out)
}

/// A run, and what of it has been written.
struct Reported<'a> {
    trainer: &'a Trainer,
    /// What its lines begin with.
    prefix: String,
    snapshot: Arc<Snapshot>,
    /// The validation that was written last.
    shown: Option<ValidationPoint>,
    /// What could not be kept.
    problems: BTreeSet<Artifact>,
    /// The step of the last line.
    written: u64,
}

impl Reported<'_> {
    fn failure(&self) -> Option<&Failure> {
        if let RunState::Failed(failure) = &self.snapshot.state { Some(failure) } else { None }
    }

    /// Whether it has steps to take, or a validation after the last of them to make.
    fn goes_on(&self) -> bool {
        matches!(self.snapshot.state, RunState::Running | RunState::Paused)
    }

    /// Whether it is where it is to stop or beyond, as a run is that went further than those beside it, or has failed.
    fn has_stopped(&self, goal: u64) -> bool {
        match self.snapshot.state {
            RunState::Failed(_) | RunState::Finished | RunState::Replay => true,
            RunState::Paused => (goal..self.snapshot.run.steps).contains(&self.snapshot.record.step),
            // at the goal there is still a validation to be waited for
            RunState::Running => false,
        }
    }

    /// Takes in what has happened, and says what is not kept.
    fn look(&mut self) {
        self.snapshot = self.trainer.latest();
        complain(&self.snapshot, &mut self.problems);
    }

    fn write(&mut self, language: Language, out: &mut impl Write) -> io::Result<()> {
        self.written = self.snapshot.record.step;
        writeln!(out, "{}{}", self.prefix, line(&self.snapshot, &mut self.shown, language))?;
        out.flush()
    }
}

fn run_with<'a>(
    (silence, language): (Duration, Language),
    trainers: &[(&str, &'a Trainer)],
    questions: &[Question],
    interrupted: &dyn Fn() -> Option<i32>,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    let controls = Controls::of(trainers.iter().map(|(_, trainer)| *trainer));
    let is_one = trainers.len() == 1;
    let reported = |(name, trainer): &(&str, &'a Trainer)| {
        let (trainer, snapshot) = (*trainer, trainer.latest());
        let prefix = if is_one { String::new() } else { format!("{}: ", printable(name)) };
        let written = snapshot.record.step;
        Reported { trainer, prefix, snapshot, shown: None, problems: BTreeSet::new(), written }
    };
    let mut runs: Vec<Reported<'a>> = trainers.iter().map(reported).collect();
    let steps = runs.iter().map(|run| run.snapshot.run.steps).max().unwrap_or(0);
    let steps_per_line = steps.div_ceil(MOST_LINES * STEPS_PER_LINE).max(1) * STEPS_PER_LINE;
    let mut bar = Bar::new(steps, language);
    loop {
        // runs that went on by themselves may have other numbers of steps
        let going = runs.iter().filter(|run| run.goes_on());
        let Some(slowest) = going.map(|run| run.snapshot.record.step).min() else { break };
        let goal = ((slowest / steps_per_line + 1) * steps_per_line).min(steps);
        controls.send(Control::RunTo(goal));
        let mut since = Instant::now();
        loop {
            runs.iter_mut().for_each(Reported::look);
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
            // a bar says it where there is one
            if let (true, Some(parts)) = (is_silent && !io::stderr().is_terminal(), behind.snapshot.validating) {
                let line = line_of_validation(&behind.snapshot, parts, language);
                let _ = writeln!(io::stderr(), "{}{line}", behind.prefix); // it may be gone
                since = Instant::now();
            }
            let _ = behind.trainer.next(&behind.snapshot, PATIENCE);
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
        let standings = trainers.iter().map(|(name, trainer)| Standing::of(name, &trainer.latest()));
        write!(out, "{}", table::format_table(&standings.collect::<Vec<_>>(), language))?;
    }
    for ((_, trainer), run) in trainers.iter().zip(&runs).filter(|(_, run)| run.failure().is_none()) {
        if let Some(refusal) = answer(trainer, &run.prefix, questions, out)? {
            return Ok(Outcome::Refused(refusal));
        }
    }
    let failed = runs.iter().find_map(Reported::failure);
    Ok(failed.map_or(Outcome::Complete, |failure| Outcome::Failed(failure.clone())))
}

/// Writes what a model says to questions; returns one that has no answer.
fn answer(
    trainer: &Trainer,
    prefix: &str,
    questions: &[Question],
    out: &mut impl Write,
) -> io::Result<Option<Refusal>> {
    if questions.is_empty() {
        return Ok(None);
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
            return Ok(Some(refusal.clone()));
        }
        let run = observed.run();
        match (question, &run.continuation) {
            (Question::Next(prompt), _) => {
                if let Some(answer) = &run.answer
                    && let Some((word, probability)) = answer.ranking().first()
                {
                    let (read, best) = (read_as(answer), &run.snapshot.run.vocabulary[*word]);
                    writeln!(out, "{prefix}{}{read} -> {best}  {probability:.4}", printable(prompt))?;
                }
            }
            (Question::Continue(_), Some((_, continuation))) => {
                writeln!(out, "{prefix}{}", as_text(&continuation.text, io::stdout().is_terminal()))?;
            }
            (Question::Continue(_), None) => {}
        }
        out.flush()?;
    }
    Ok(None)
}

/// A text as it is written: with its tabs and the ends of its lines. Other control characters could do anything to a terminal, as could
/// the end of a line that goes back to its beginning.
#[must_use]
pub fn as_text(text: &str, is_for_terminal: bool) -> String {
    let is_kept = |c: char| matches!(c, '\n' | '\t') || c == '\r' && !is_for_terminal;
    let piece = |piece: &str| {
        let inside = piece.trim_end_matches(is_kept);
        printable(inside) + &piece[inside.len()..]
    };
    text.split_inclusive(is_kept).map(piece).collect()
}

/// How a prompt was read that has words that are not known: nobody should believe that they were understood.
#[must_use]
pub fn read_as(answer: &Answer) -> String {
    let has_unknown = answer.words.iter().any(|word| word == UNKNOWN);
    if has_unknown { format!(" (read as {})", answer.words.join(" ")) } else { String::new() }
}

/// What the next line waits for.
fn line_of_validation(snapshot: &Snapshot, parts: PartsDone, language: Language) -> String {
    let (step, steps) = (snapshot.record.step, snapshot.run.steps);
    let (validating, name) = (language.pick("validating", "正在验证"), Words::of(language).step);
    format!("{name} {step}/{steps}  {validating}: {} %", parts.percent())
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
fn line(snapshot: &Snapshot, shown: &mut Option<ValidationPoint>, language: Language) -> String {
    let words = Words::of(language);
    let mut line = format!("{} {}/{}", words.step, snapshot.record.step, snapshot.run.steps);
    if let Some(loss) = snapshot.record.loss() {
        let _ = write!(line, "  {} {loss:.6}  {} {}", words.loss, words.perplexity, perplexity(loss.into()));
    }
    if let (Some(clip), Some(step)) = (snapshot.run.clip, snapshot.record.last_step) {
        let (norm, share) = (step.gradient_norm, 100.0 * snapshot.record.clipped_share());
        let clip = if clip < 1e-3 { format!("{clip:e}") } else { clip.to_string() };
        let _ = write!(line, "  {} {norm:.3}  {} {clip}: {share:.1} %", words.gradient, words.clipped_at);
    }
    let validations = &snapshot.record.validations;
    if let (Some(last), Some(best)) = (validations.last(), validations.best())
        && shown.replace(last) != Some(last)
    {
        let loss = last.validated.loss;
        let _ = write!(line, "  {} {loss:.4}  {} {}", words.validation, words.perplexity, perplexity(loss));
        if let Some(bits) = last.validated.bits_per_character {
            let _ = write!(line, "  {} {bits:.4}", words.bits_per_character);
        }
        if let Some(share) = snapshot.run.unknown_share {
            let _ = write!(line, "  {} {:.1} %", words.unknown, 100.0 * share);
        }
        let (best, step) = (best.validated.loss, best.step);
        let _ = match language {
            Language::English => write!(line, "  best {best:.4} at step {step}"),
            Language::Chinese => write!(line, "  最佳 {best:.4}（第 {step} 步）"),
        };
    }
    if let Some(test) = snapshot.record.test {
        let loss = test.validated.loss;
        let _ = write!(line, "  {} {loss:.4}  {} {}", words.test, words.perplexity, perplexity(loss));
    }
    if let Some(step) = snapshot.record.last_step {
        let _ = write!(line, "  {} {:.2}  {} {:.3e}", words.epoch, step.epoch, words.rate, step.learning_rate);
    }
    line
}

/// What the numbers of lines are called.
pub struct Words {
    step: &'static str,
    /// Of a loss in nats.
    pub loss: &'static str,
    /// Of a perplexity.
    pub perplexity: &'static str,
    gradient: &'static str,
    clipped_at: &'static str,
    validation: &'static str,
    /// Of bits per character.
    pub bits_per_character: &'static str,
    /// Of the share of unknown words.
    pub unknown: &'static str,
    test: &'static str,
    epoch: &'static str,
    rate: &'static str,
}

impl Words {
    /// In this language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self {
            step: language.pick("step", "步"),
            loss: language.pick("loss", "损失"),
            perplexity: language.pick("perplexity", "困惑度"),
            gradient: language.pick("gradient", "梯度"),
            clipped_at: language.pick("clipped at", "裁剪于"),
            validation: language.pick("validation", "验证"),
            bits_per_character: language.pick("bits/character", "比特/字符"),
            unknown: language.pick("unknown", "未知"),
            test: language.pick("test", "测试"),
            epoch: language.pick("epoch", "轮"),
            rate: language.pick("rate", "学习率"),
        }
    }
}

/// The perplexity of a loss in nats, in few digits however large it is.
#[must_use]
pub fn perplexity(loss: f64) -> String {
    let perplexity = loss.exp();
    if perplexity < 1e5 { format!("{perplexity:.3}") } else { format!("{perplexity:.1e}") }
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
        let config = Config::read(&Origin::toy(), &changes).unwrap();
        let trainer =
            Trainer::spawn(PreparedRun::new(language_learner(config).unwrap(), Pace::from(20), Mode::Paused)).unwrap();
        let mut out = Vec::new();
        run_with((silence, Language::English), &[("", &trainer)], &[], &|| None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The steps of the lines.
    fn lines(silence: Duration) -> Vec<String> {
        let out = written(silence, &[]);
        out.lines().filter_map(|line| line.split("  ").next().map(str::to_owned)).collect()
    }

    #[test]
    fn a_text_keeps_its_tabs_and_ends_of_lines_and_directs_no_terminal() {
        let text = "int main()\n{\n\treturn 0;\r\n}\u{1b}[2J\t";
        assert_eq!(as_text(text, false), "int main()\n{\n\treturn 0;\r\n}\\u{1b}[2J\t");
        assert_eq!(as_text(text, true), "int main()\n{\n\treturn 0;\\r\n}\\u{1b}[2J\t");
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
    fn a_validation_says_how_far_it_is() {
        let trainer = Trainer::spawn(PreparedRun::new(
            language_learner(Config::read(&Origin::toy(), &[]).unwrap()).unwrap(),
            Pace::Full,
            Mode::Paused,
        ));
        let (snapshot, parts) = (trainer.unwrap().latest(), PartsDone { done: 199, total: 1000 });
        assert_eq!(line_of_validation(&snapshot, parts, Language::English), "step 0/5000  validating: 19 %");
        assert_eq!(line_of_validation(&snapshot, parts, Language::Chinese), "步 0/5000  正在验证: 19 %");
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
