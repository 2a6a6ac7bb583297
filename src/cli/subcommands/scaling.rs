//! `rnn-tui scaling`: the cost of a training step on this machine, measured and predicted.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rnn_tui::columns::Columns;
use rnn_tui::config::{Config, NamedConfig, Origin};
use rnn_tui::language::{Message, text};
use rnn_tui::learning::{Scaling, StepCost, WINDOWS, language_learner, measure_step_memory};
use rnn_tui::model::Threads;
use rnn_tui::model::kernels::InstructionSet;
use rnn_tui::printable;

use crate::cli::changes::Changes;
use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::{language, say};
use crate::cli::progress;
use crate::cli::rivals::Rivals;
use crate::cli::value_parsers::{ExpectedValue, path};

/// Measures what a training step takes on this machine: time and memory against the length of the window, time against threads,
/// each beside its formula
#[derive(Debug, Args)]
pub struct MeasureScaling {
    /// The configuration: a TOML file, or the name of one that `rnn-tui list` shows [default: toy]
    #[arg(value_parser = path())]
    config: Option<PathBuf>,

    #[command(flatten)]
    changes: Changes,

    /// Only windows of at most this many words
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = longest_window, allow_negative_numbers = true)]
    longest: u32,

    #[command(flatten)]
    rivals: Rivals,

    /// Print the bytes of a step of this run, counted from 0, with this window, and stop
    #[arg(long, hide = true, num_args = 2, value_names = ["RUN", "N"], value_parser = clap::value_parser!(u32).range(0..=MAX_WINDOW))]
    memory_of: Vec<u32>,
}

impl MeasureScaling {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "scaling",
        chinese: Translations {
            own: &[
                text(
                    "Measures what a training step takes on this machine: time and memory against the length of the window, time against threads, each beside its formula",
                    "测量本机上一步训练的开销：时间和内存随窗口长度、时间随线程数的变化，并与公式对照",
                ),
                text(
                    "The configuration: a TOML file, or the name of one that `rnn-tui list` shows [default: toy]",
                    "配置：TOML 文件，或 `rnn-tui list` 列出的名称 [默认：toy]",
                ),
                text("Only windows of at most this many words", "只测不超过这么多词的窗口"),
                text(
                    "Print the bytes of a step of this run, counted from 0, with this window, and stop",
                    "输出这个运行（从 0 数起）以此窗口走一步所用的字节数后退出",
                ),
            ],
            flattened: &[&Changes::CHINESE, &Rivals::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui scaling duel",
                purpose: text("the cost of a step of four networks", "四个网络每步的开销"),
            },
            Example {
                line: "rnn-tui scaling characters --longest 128",
                purpose: text("windows of up to 128 characters only", "窗口最长 128 个字符"),
            },
        ],
    };
}

rnn_tui::messages! {
    enum ScalingMessage {
        Times { batch: usize, set: String } =
            "a training step of {batch} sequences of T words, one thread, {set}: milliseconds",
            "一步训练 {batch} 个各 T 个词的序列，一个线程，{set}：毫秒";
        Memory = "MiB that it took, and in brackets what was foreseen", "所用的 MiB，括号内为预计";
        Multiplications =
            "millions of multiplications, and in brackets how many of them a second (in thousands of millions)",
            "乘法次数（百万），括号内为每秒次数（十亿）";
        Fit { name: String, linear: String, square: String, window: usize, depth: u128 } =
            "{name}: {linear} ms · T + {square} ms · T²; at T = {window} {depth} products wait each for the one before",
            "{name}：{linear} 毫秒 · T + {square} 毫秒 · T²；T = {window} 时有 {depth} 次乘积依次等待前一次";
        Threads { name: String, window: usize, threads: Vec<String> } =
            "{name}, T = {window}, at most so many threads: {threads}", "{name}，T = {window}，最多这么多线程：{threads}";
        Overtakes { window: f64, name: String, other: String } =
            "from T ≈ {window:.0} on {name} takes longer than {other}", "从 T ≈ {window:.0} 起，{name} 比 {other} 慢";
    }
}

/// The maximum window of a configuration.
const MAX_WINDOW: i64 = 1 << 20;
/// Bytes in a MiB.
const MIB: f64 = (1 << 20) as f64;

/// Parses a window of at least 8 words.
fn longest_window(text: &str) -> Result<u32, Message> {
    let number = text.parse().ok().filter(|number| *number >= 8);
    number.ok_or_else(|| ExpectedValue::WholeNumber { from: 8, to: u32::MAX.into() }.into())
}

impl MeasureScaling {
    /// Measures all runs, and prints the tables.
    pub fn run(self) -> Result<ExitCode, Failed> {
        let mut overrides = self.changes.0;
        overrides.extend(self.rivals.overrides()?);
        let origin = self.config.as_deref().map_or_else(Origin::toy, Origin::from_argument);
        let config = Config::read(&origin, &overrides)?;
        let cores = Threads::new(0).count();
        let windows: Vec<usize> = WINDOWS.into_iter().filter(|window| *window <= self.longest as usize).collect();
        let runs = config.runs();
        let vocabulary = language_learner(config)?.vocabulary().len();
        progress::finish();
        if let [run, window] = self.memory_of[..] {
            let of_run = |run: &NamedConfig| measure_step_memory(&run.config, vocabulary, (window as usize).max(1));
            let bytes = runs.get(run as usize).and_then(of_run);
            say(&bytes.map_or_else(String::new, |bytes| bytes.to_string()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let language = language();
        let measured = measured(&runs, vocabulary, &windows, cores)?;
        let set = InstructionSet::in_use().map_or_else(|error| error.to_string(), |set| set.to_string());
        let batch = runs[0].config.training.batch;
        say(&language.say(ScalingMessage::Times { batch, set }))?;
        table(&windows, &measured, |_, cost| format!("{:.3}", 1000.0 * cost.seconds))?;
        say("")?;
        say(&language.say(ScalingMessage::Memory))?;
        table(&windows, &measured, |run, cost| {
            let measured = memory_in_a_new_process(run, cost.window);
            let measured = measured.map_or_else(|| "-".to_owned(), |bytes| format!("{:.1}", bytes as f64 / MIB));
            format!("{measured} ({:.1})", cost.predicted_bytes as f64 / MIB)
        })?;
        say("")?;
        say(&language.say(ScalingMessage::Multiplications))?;
        table(&windows, &measured, |_, cost| {
            let count = cost.multiplications as f64;
            format!("{:.2} ({:.1})", count / 1e6, count / cost.seconds / 1e9)
        })?;
        say("")?;
        for (name, scaling) in &measured {
            let (linear, square) = scaling.fit();
            let [linear, square] = [linear, square].map(|seconds| short(1000.0 * seconds));
            let depth = scaling.windows.last().map_or(0, |cost| cost.depth);
            let window = scaling.windows.last().map_or(0, |cost| cost.window);
            say(&language.say(ScalingMessage::Fit { name: name.clone(), linear, square, window, depth }))?;
        }
        say("")?;
        for (name, scaling) in &measured {
            let one_thread = scaling.threads.first().map_or(f64::NAN, |cost| cost.seconds);
            let unit = language.pick("ms", "毫秒");
            let faster = |cost: &StepCost| {
                format!("{} {:.3} {unit} (×{:.2})", cost.threads, 1000.0 * cost.seconds, one_thread / cost.seconds)
            };
            let window = scaling.threads.first().map_or(0, |cost| cost.window);
            let threads: Vec<_> = scaling.threads.iter().map(faster).collect();
            say(&language.say(ScalingMessage::Threads { name: name.clone(), window, threads }))?;
        }
        for (name, scaling) in &measured {
            for (other, others) in &measured {
                if let Some(window) = scaling.overtakes(others) {
                    let (name, other) = (name.clone(), other.clone());
                    say(&language.say(ScalingMessage::Overtakes { window, name, other }))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Measures the cost of a step of each run in each of `windows`, with up to `cores` threads, and shows a progress bar.
fn measured(
    runs: &[NamedConfig],
    vocabulary: usize,
    windows: &[usize],
    cores: usize,
) -> Result<Vec<(String, Scaling)>, Failed> {
    let bar = ProgressBar::new((windows.len() * runs.len()) as u64);
    let template = format!("{{wide_bar}} {{msg}}  {{eta}} {}", language().pick("left", "剩余"));
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    let measured = runs.iter().map(|NamedConfig { name, config }| {
        let mut report = |cost: StepCost| {
            bar.set_message(format!("{}: T = {}", printable(name), cost.window));
            bar.inc(1);
            true
        };
        Ok((name.clone(), Scaling::measure(config, vocabulary, windows, cores, &mut report)?))
    });
    let measured = measured.collect();
    bar.finish_and_clear();
    measured
}

/// The bytes of a step, measured in a new process: this one has freed memory to reuse. `None` if the process fails.
fn memory_in_a_new_process(run: usize, window: usize) -> Option<u64> {
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.args(std::env::args_os().skip(1)).arg("--memory-of").args([run, window].map(|number| number.to_string()));
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// A number with three digits, or 0.
fn short(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { format!("{number:.2e}") }
}

/// Prints a table: a row for each window, a column for each model, `-` where nothing was measured.
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
    let window_column = std::iter::once("T".to_owned()).chain(windows.iter().map(usize::to_string)).collect();
    let columns: Vec<Vec<String>> =
        std::iter::once(window_column).chain(measured.iter().enumerate().map(column)).collect();
    for row in 0..=windows.len() {
        let cells = columns.iter().map(|column| {
            let width = column.iter().map(|cell| cell.columns()).max().unwrap_or(0);
            format!("{}{}", " ".repeat(width - column[row].columns()), column[row])
        });
        say(&cells.collect::<Vec<_>>().join("   "))?;
    }
    Ok(())
}
