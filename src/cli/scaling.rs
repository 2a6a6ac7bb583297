//! `rnn-tui scaling`: what a training step costs on this machine, measured and foreseen.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use rnn_tui::config::{Config, NamedConfig, Origin, Override};
use rnn_tui::learning::{Scaling, StepCost, WINDOWS, language_learner, memory_of_a_step};
use rnn_tui::model::Threads;
use rnn_tui::model::kernels::InstructionSet;
use unicode_width::UnicodeWidthStr;

use super::Failed;
use super::messages::say;
use super::paths::path;
use super::rivals::Rivals;

/// Measures what a training step takes on this machine: time and memory against the length of the window, time against threads,
/// each beside its formula
#[derive(Debug, Args)]
pub struct MeasureScaling {
    /// The configuration, a TOML file [default: the lesson that is built in]
    #[arg(value_parser = path())]
    config: Option<PathBuf>,

    /// Another value for a key of the configuration, such as model.hidden=8 (repeatable)
    #[arg(long, value_name = "KEY.PATH=VALUE", value_parser = Override::set)]
    set: Vec<Override>,

    /// Only windows of at most this many words
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(8..))]
    longest: u32,

    #[command(flatten)]
    rivals: Rivals,

    /// Print the bytes of a step of this run, counted from 0, with this window, and stop
    #[arg(long, hide = true, num_args = 2, value_names = ["RUN", "N"], value_parser = clap::value_parser!(u32).range(0..=LONGEST_WINDOW))]
    memory_of: Vec<u32>,
}

/// No window of a configuration is longer.
const LONGEST_WINDOW: i64 = 1 << 20;
const MIB: f64 = (1 << 20) as f64;

impl MeasureScaling {
    /// Measures and tells.
    pub fn run(self) -> Result<ExitCode, Failed> {
        let mut overrides = self.set;
        overrides.extend(self.rivals.overrides()?);
        let origin = self.config.map_or(Origin::BuiltIn, Origin::File);
        let config = Config::read(&origin, &overrides)?;
        let cores = Threads::new(0).count();
        let windows: Vec<usize> = WINDOWS.into_iter().filter(|window| *window <= self.longest as usize).collect();
        let runs = config.runs();
        let vocabulary = language_learner(config)?.vocabulary().len();
        super::waiting::end();
        if let [run, window] = self.memory_of[..] {
            let of_run = |run: &NamedConfig| memory_of_a_step(&run.config, vocabulary, (window as usize).max(1));
            let bytes = runs.get(run as usize).and_then(of_run);
            say(&bytes.map_or_else(String::new, |bytes| bytes.to_string()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut measured: Vec<(String, Scaling)> = Vec::new();
        for NamedConfig { name, config } in &runs {
            let mut told = |cost: StepCost| {
                // who waits sees that something happens; stderr may be gone
                let _ = write!(io::stderr(), "\r{name}: window {}   ", cost.window);
                true
            };
            let scaling = Scaling::measure(config, vocabulary, (&windows, cores), &mut told)?;
            let _ = write!(io::stderr(), "\r{}\r", " ".repeat(name.width() + 20));
            measured.push((name.clone(), scaling));
        }
        let set = InstructionSet::in_use().map_or_else(|error| error.to_string(), |set| set.to_string());
        say(&format!(
            "a training step of {} sequences of T words, one thread, {set}: milliseconds",
            runs[0].config.training.batch
        ))?;
        table(&windows, &measured, |_, cost| format!("{:.3}", 1000.0 * cost.seconds))?;
        say("")?;
        say("MiB that it took, and in brackets what was foreseen")?;
        table(&windows, &measured, |run, cost| {
            let took = memory_in_a_fresh_program(run, cost.window);
            let took = took.map_or_else(|| "-".to_owned(), |bytes| format!("{:.1}", bytes as f64 / MIB));
            format!("{took} ({:.1})", cost.foreseen_bytes as f64 / MIB)
        })?;
        say("")?;
        say("millions of multiplications, and in brackets how many of them a second (in thousands of millions)")?;
        table(&windows, &measured, |_, cost| {
            let count = cost.multiplications as f64;
            format!("{:.2} ({:.1})", count / 1e6, count / cost.seconds / 1e9)
        })?;
        say("")?;
        for (name, scaling) in &measured {
            let (linear, square) = scaling.fit();
            let formula = format!("{} ms · T + {} ms · T²", short(1000.0 * linear), short(1000.0 * square));
            let depth = scaling.windows.last().map_or(0, |cost| cost.depth);
            let window = scaling.windows.last().map_or(0, |cost| cost.window);
            say(&format!("{name}: {formula}; at T = {window} {depth} products wait each for the one before"))?;
        }
        say("")?;
        for (name, scaling) in &measured {
            let alone = scaling.threads.first().map_or(f64::NAN, |cost| cost.seconds);
            let faster = |cost: &StepCost| {
                format!("{} {:.3} ms (×{:.2})", cost.threads, 1000.0 * cost.seconds, alone / cost.seconds)
            };
            let window = scaling.threads.first().map_or(0, |cost| cost.window);
            let threads: Vec<_> = scaling.threads.iter().map(faster).collect();
            say(&format!("{name}, T = {window}, at most so many threads: {}", threads.join(", ")))?;
        }
        for (name, scaling) in &measured {
            for (other, others) in &measured {
                if let Some(window) = scaling.overtakes(others) {
                    say(&format!("from T ≈ {window:.0} on {name} takes longer than {other}"))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Bytes of a step, measured by this program anew: one that has measured before has memory to use again.
fn memory_in_a_fresh_program(run: usize, window: usize) -> Option<u64> {
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.args(std::env::args_os().skip(1)).arg("--memory-of").args([run, window].map(|number| number.to_string()));
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// A number in few digits, however small it is.
fn short(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { format!("{number:.2e}") }
}

/// A line for each window, a column for each model; a dash where it was not measured.
fn table(
    windows: &[usize],
    measured: &[(String, Scaling)],
    cell: impl Fn(usize, &StepCost) -> String,
) -> Result<(), Failed> {
    let column = |(run, (name, scaling)): (usize, &(String, Scaling))| {
        let cells = windows.iter().map(|window| {
            let cost = scaling.windows.iter().find(|cost| cost.window == *window);
            cost.map_or_else(|| "-".to_owned(), |cost| cell(run, cost))
        });
        std::iter::once(name.clone()).chain(cells).collect::<Vec<_>>()
    };
    let first = std::iter::once("T".to_owned()).chain(windows.iter().map(usize::to_string)).collect();
    let columns: Vec<Vec<String>> = std::iter::once(first).chain(measured.iter().enumerate().map(column)).collect();
    for row in 0..=windows.len() {
        let cells = columns.iter().map(|column| {
            let width = column.iter().map(|cell| cell.width()).max().unwrap_or(0);
            format!("{}{}", " ".repeat(width - column[row].width()), column[row])
        });
        say(&cells.collect::<Vec<_>>().join("   "))?;
    }
    Ok(())
}
