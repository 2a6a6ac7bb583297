//! The command line: arguments → configuration → one of the front ends → exit code.

mod evaluate;
mod export;
mod frontend;
mod look;
mod messages;
mod predict;
mod prepare;
mod record;
mod rivals;
mod scaling;

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::builder::RangedI64ValueParser;
use clap::{Args, Parser, Subcommand};
use evaluate::Evaluate;
use export::Export;
use frontend::{Frontend, has_screen, train};
use look::{Look, keymap_of};
use messages::{complain, is_unsafe, language, say_to_stderr, warn};
use predict::Predict;
use prepare::PreparedRuns;
use record::Record;
use rivals::Rivals;
use rnn_tui::config::{Config, ConfigError, Origin, Override};
use rnn_tui::dashboard::Language;
use rnn_tui::learning::{GenerateRequest, RunInfo};
use rnn_tui::model::kernels::{INSTRUCTION_SET, InstructionSet};
use rnn_tui::model::{Sampling, Threads};
use rnn_tui::report::Question;
use rnn_tui::session::Failure;
use scaling::MeasureScaling;

/// Trains a recurrent language model while a dashboard shows what it learns.
///
/// Exit codes: 0 done, 1 training failed, 2 a mistake in the configuration or on the command line, 3 done, but not all of it
/// is kept on disk, 128 + n ended by signal n.
#[derive(Debug, Parser)]
#[allow(clippy::struct_excessive_bools)] // flags
#[command(version, long_version = long_version(), max_term_width = 100, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    action: Option<Action>,

    /// The configuration, a TOML file [default: a lesson of three sentences that is built in]
    config: Option<PathBuf>,

    /// Without a dashboard: a line every 1000 steps (always so if stdout is not a terminal)
    #[arg(long)]
    plain: bool,

    /// Let the dashboard wait for a key before the first step
    #[arg(long)]
    paused: bool,

    /// After training, print the word that follows these words; in the dashboard, ask from the start (repeatable)
    #[arg(long, value_name = "WORDS")]
    ask: Vec<String>,

    /// Without a dashboard: after training, continue the texts of --ask (or the first prompt) by this many words
    #[arg(long, value_name = "WORDS", value_parser = whole(MOST_WORDS), allow_negative_numbers = true)]
    generate: Option<u32>,

    /// How --generate chooses a word: below 1 the probable ones more often, 0 always the most probable
    #[arg(long, value_name = "T", default_value_t = 1.0, requires = "generate", value_parser = temperature, allow_negative_numbers = true)]
    temperature: f32,

    /// --generate draws only from the K most probable words [default: from all]
    #[arg(long, value_name = "K", requires = "generate", value_parser = whole(u32::MAX), allow_negative_numbers = true)]
    top_k: Option<u32>,

    /// --generate draws only from the most probable words that together have this probability [default: from all]
    #[arg(long, value_name = "P", requires = "generate", value_parser = probability, allow_negative_numbers = true)]
    top_p: Option<f32>,

    /// Keep the run in this folder: checkpoints, metrics, what it takes to go on
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,

    /// Go on with the run that is kept in this folder, as if it had never stopped
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "run", "weights", "corpus", "encoding", "test", "seed", "rival"])]
    resume: Option<PathBuf>,

    /// Show the run that is kept in this folder behind this one, as a curve and in the table of attempts (repeatable)
    #[arg(long, value_name = "DIR")]
    compare: Vec<PathBuf>,

    /// Begin with the weights of a PyTorch module, a safetensors file
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,

    /// Words that the file of --weights does not know begin anew, instead of being refused
    #[arg(long, requires = "weights")]
    fresh_words: bool,

    /// Another text than the configuration's: a file, a folder of texts, `-` for standard input (repeatable, in order)
    #[arg(long, value_name = "FILE")]
    corpus: Vec<PathBuf>,

    /// In which encoding the texts are, such as gb18030 or windows-1252 [default: UTF-8, or what a byte order mark says]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,

    /// A text that is told of once, at the end of training: its loss and perplexity
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,

    /// Another seed than the configuration's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,

    /// Another number of training steps than the configuration's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<u64>,

    /// Another value for a key of the configuration, such as model.hidden=8 (repeatable)
    #[arg(long, value_name = "KEY.PATH=VALUE", value_parser = Override::set)]
    set: Vec<Override>,

    #[command(flatten)]
    rivals: Rivals,

    #[command(flatten)]
    look: Look,

    #[command(flatten)]
    record: Record,

    /// Print the complete configuration in force and stop
    #[arg(long)]
    print_config: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    Predict(Predict),
    Evaluate(Evaluate),
    Replay(Replay),
    Export(Export),
    Scaling(MeasureScaling),
}

/// Shows training again, from the last checkpoint of a run
#[derive(Debug, Args)]
struct Replay {
    /// The folder of the run
    directory: PathBuf,

    #[command(flatten)]
    look: Look,

    #[command(flatten)]
    record: Record,
}

/// A text of more words is not read by anybody, and is written when its last word is known.
const MOST_WORDS: u32 = 1_000_000;

/// A whole number from 1 to `most`.
fn whole(most: u32) -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(most))
}

fn temperature(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number: &f32| (0.0..=1000.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1000".to_owned())
}

fn probability(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number: &f32| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| "expected a number above 0 and at most 1".to_owned())
}

/// The version, and what the speed of the kernels depends on.
fn long_version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let set = InstructionSet::in_use().map_or_else(|error| error.to_string(), |set| set.to_string());
        let available: Vec<_> = InstructionSet::available().map(InstructionSet::name).collect();
        let (version, available) = (env!("CARGO_PKG_VERSION"), available.join(", "));
        let threads = Threads::new(0).count();
        format!("{version}\ninstruction set: {set} ({INSTRUCTION_SET} can be {available})\nthreads: {threads}")
    })
}

/// Why the program ends without having done its job.
enum Failed {
    Config(ConfigError),
    Prompt(String),
    Run(Failure),
    System(io::Error),
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Cli {
    /// Reads the command line; with nothing to do, the exit code.
    pub fn read() -> Result<Self, ExitCode> {
        Self::try_parse().map_err(|error| {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // what is named in the message could do anything to a terminal
            let is_unsafe = || std::env::args_os().any(|argument| is_unsafe(&argument.to_string_lossy()));
            if error.use_stderr() && (language() == Language::Chinese || is_unsafe()) {
                say_to_stderr(&error.to_string());
            } else {
                let _ = error.print();
            }
            ExitCode::from(code)
        })
    }

    /// Does what is asked for.
    pub fn run(self) -> ExitCode {
        let (message, code) = match self.try_run() {
            Ok(code) => return code,
            // whoever read our output has read enough
            Err(Failed::System(error)) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(Failed::Config(error)) => (error.to_string(), 2),
            Err(Failed::Prompt(message)) => (message, 2),
            Err(Failed::Run(failure)) => {
                let advice = failure.cause.advice();
                (format!("training stopped before step {}: {}\n  {advice}", failure.step, failure.cause), 1)
            }
            Err(Failed::System(error)) => (error.to_string(), 1),
        };
        complain(&message);
        ExitCode::from(code)
    }

    /// What is asked of the trained model, for each text of `--ask`, or the first prompt of the run.
    fn questions(&self, run: &RunInfo) -> Vec<Question> {
        let Some(words) = self.generate.map(|words| usize::try_from(words).unwrap_or(usize::MAX)) else {
            return self.ask.iter().cloned().map(Question::Next).collect();
        };
        let sampling = Sampling {
            temperature: self.temperature,
            top_k: self.top_k.map_or(0, |k| usize::try_from(k).unwrap_or(usize::MAX)),
            top_p: self.top_p.unwrap_or(1.0),
        };
        let prompts = if self.ask.is_empty() { &run.prompts[..run.prompts.len().min(1)] } else { &self.ask };
        // the same prompt twice is two texts
        let request =
            |(prompt, sample): (&String, u32)| GenerateRequest { prompt: prompt.clone(), words, sampling, sample };
        prompts.iter().zip(0..).map(request).map(Question::Continue).collect()
    }

    fn try_run(mut self) -> Result<ExitCode, Failed> {
        InstructionSet::in_use().map_err(|error| Failed::Prompt(format!("{INSTRUCTION_SET}: {error}")))?;
        if let Some(Action::Scaling(scaling)) = self.action {
            return scaling.run();
        }
        match &self.action {
            Some(Action::Predict(predict)) => return predict.run(),
            Some(Action::Evaluate(evaluate)) => return evaluate.run(),
            Some(Action::Export(export)) => return export.run(),
            Some(Action::Replay(Replay { directory, look, record })) => {
                if !has_screen() {
                    return Err(Failed::Prompt("replay: there is no terminal to show it in".to_owned()));
                }
                let prepared = PreparedRuns::replayed(directory)?;
                let preferences = look.preferences(&prepared)?;
                let recording = record.begin(&prepared.first().config.title)?;
                return train(prepared, Frontend::Dashboard(preferences, Vec::new(), recording));
            }
            Some(Action::Scaling(_)) | None => {}
        }
        let mut overrides = std::mem::take(&mut self.set);
        overrides.extend(self.rivals.overrides()?);
        overrides.extend(overrides_of_texts(&self.corpus, self.encoding.as_deref())?);
        if let Some(path) = &self.test {
            overrides.push(Override::text("--test", "corpus.test", in_utf8("--test", path)?));
        }
        if let Some(path) = &self.run {
            overrides.push(Override::text("--run", "run.directory", in_utf8("--run", path)?));
        }
        overrides.extend(self.paused.then(|| Override::flag("--paused", "dashboard.paused")));
        overrides.extend(self.seed.map(|seed| Override::option("--seed", "seed", seed)));
        overrides.extend(self.steps.map(|steps| Override::option("--steps", "training.steps", steps)));
        let origin = self.config.take().map_or(Origin::BuiltIn, Origin::File);
        let mut prepared = if let Some(path) = &self.resume {
            PreparedRuns::resumed(path, &overrides)?
        } else {
            let config = Config::read(&origin, &overrides)?;
            keymap_of(&config)?; // before the corpus is read
            if self.print_config {
                return print(&config);
            }
            PreparedRuns::new(&config, self.weights.as_deref(), self.fresh_words)?
        };
        if self.print_config {
            return print(&prepared.first().config);
        }
        prepared.runs[0].compare(&self.compare)?;
        let learner = &prepared.first().run.learner;
        let reader = learner.reader();
        for prompt in &self.ask {
            reader.read(prompt).map_err(|error| Failed::Prompt(format!("--ask {prompt:?}: {error}")))?;
        }
        let questions = self.questions(&learner.info());
        if self.generate.is_some() && questions.is_empty() {
            return Err(Failed::Prompt("--generate: the corpus offers no beginning; give one with --ask".to_owned()));
        }
        // a dashboard has no place for long texts
        let is_plain = self.plain || self.generate.is_some() || !has_screen();
        if is_plain && self.record.file.is_some() {
            let help = "it records the dashboard: leave --plain and --generate out, and start it in a terminal";
            return Err(Failed::Prompt(format!("--record: there is no dashboard to record\n  {help}")));
        }
        let config = &prepared.first().config;
        if is_plain && !config.adapted().is_empty() {
            warn(&self.look.language().adapted(config.adapted()));
        }
        let front = if is_plain {
            Frontend::Plain(questions)
        } else {
            let preferences = self.look.preferences(&prepared)?;
            Frontend::Dashboard(preferences, self.ask, self.record.begin(&config.title)?)
        };
        train(prepared, front)
    }
}

/// The options that name other texts.
fn overrides_of_texts(corpus: &[PathBuf], encoding: Option<&str>) -> Result<Vec<Override>, Failed> {
    let paths = corpus.iter().map(|path| in_utf8("--corpus", path).map(str::to_owned));
    let paths: Vec<String> = paths.collect::<Result<_, _>>()?;
    let corpus = match paths.as_slice() {
        [] => None,
        [path] => Some(Override::text("--corpus", "corpus.path", path)),
        paths => Some(Override::texts("--corpus", "corpus.path", paths)),
    };
    let encoding = encoding.map(|name| Override::text("--encoding", "corpus.encoding", name));
    Ok(corpus.into_iter().chain(encoding).collect())
}

fn in_utf8<'p>(option: &str, path: &'p Path) -> Result<&'p str, Failed> {
    path.to_str().ok_or_else(|| Failed::Prompt(format!("{option}: the path is not UTF-8")))
}

fn print(config: &Config) -> Result<ExitCode, Failed> {
    let text = config.to_toml().map_err(io::Error::other)?;
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
