//! `rnn-tui CONFIG`: training, on a screen or as lines.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::dashboard::adapted_settings;
use rnn_tui::language::Message;
use rnn_tui::learning::RunInfo;
use rnn_tui::report::Question;

use super::changes::Changes;
use super::class_options::ClassOptions;
use super::frontend::{DashboardOptions, Frontend, has_screen};
use super::generation::Generation;
use super::look::{Look, keymap_of};
use super::messages::{language, warn};
use super::paths::path;
use super::prepare::PreparedRuns;
use super::record::Record;
use super::rivals::Rivals;
use super::run::run;
use super::{Failed, prompt, whole_or_zero};

rnn_tui::messages! {
    enum TrainMessage {
        NoBeginning =
            "the corpus offers no beginning; give one with --ask", "语料没有可用的开头；请用 --ask 给出";
        NoTerminalForTeacher = "there is no terminal for the teacher", "没有供教师使用的终端";
        ServeInTerminal =
            "start it in a terminal, without --plain and --generate, or with --detach",
            "请在终端中启动，不带 --plain 和 --generate，或使用 --detach";
        NothingToRecord = "there is no dashboard to record", "没有可以录制的仪表盘";
        RecordInTerminal =
            "it records the dashboard: leave --plain and --generate out, and start it in a terminal",
            "它录制仪表盘：请去掉 --plain 和 --generate，并在终端中启动";
        PathNotUtf8 = "the path is not UTF-8", "路径不是 UTF-8";
    }
}

/// What is trained, and how it is seen.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each is an independent option of the command line
pub struct Train {
    /// The configuration: a TOML file, or the name of one that `rnn-tui list` shows [default: a lesson of three sentences in the
    /// language of the interface; with --corpus, settings for the length of the text]
    #[arg(value_parser = path())]
    config: Option<PathBuf>,

    /// Without a dashboard: a line every 1000 steps (of long runs fewer), or every 30 seconds (always so if stdout is not a terminal)
    #[arg(long, help_heading = "Questions")]
    plain: bool,

    /// Let the dashboard wait for a key before the first step
    #[arg(long, help_heading = "Training")]
    paused: bool,

    /// After training, print the word that follows these words; in the dashboard, ask from the start (repeatable)
    #[arg(long, value_name = "WORDS", value_parser = prompt, help_heading = "Questions")]
    ask: Vec<String>,

    #[command(flatten)]
    generation: Generation,

    /// Keep the run in this folder: checkpoints, metrics, what it takes to go on
    #[arg(long, value_name = "DIR", value_parser = path(), help_heading = "Runs")]
    run: Option<PathBuf>,

    /// Go on with the run that is kept in this folder, as if it had never stopped
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "run", "weights", "corpus", "encoding", "test", "seed", "rival"], value_parser = path(), help_heading = "Runs")]
    resume: Option<PathBuf>,

    /// Show the run that is kept in this folder behind this one, as a curve and in the table of attempts (repeatable)
    #[arg(long, value_name = "DIR", value_parser = path(), help_heading = "Runs")]
    compare: Vec<PathBuf>,

    /// Begin with the weights of a PyTorch module, a safetensors file
    #[arg(long, value_name = "FILE", value_parser = path(), help_heading = "Training")]
    weights: Option<PathBuf>,

    /// Words that the file of --weights does not know begin anew, instead of being refused
    #[arg(long, requires = "weights", conflicts_with = "resume", help_heading = "Training")]
    fresh_words: bool,

    /// Another text than the configuration's: a file, a folder of texts, `-` for standard input (repeatable, in order)
    #[arg(long, value_name = "FILE", value_parser = path(), help_heading = "Texts")]
    corpus: Vec<PathBuf>,

    /// In which encoding the texts are, such as gb18030 or windows-1252 [default: UTF-8, or what a byte order mark says]
    #[arg(long, value_name = "NAME", help_heading = "Texts")]
    encoding: Option<String>,

    /// A test text: its loss and perplexity are reported once, at the end of training
    #[arg(long, value_name = "FILE", value_parser = path(), help_heading = "Texts")]
    test: Option<PathBuf>,

    /// Another seed than the configuration's
    #[arg(long, value_name = "N", value_parser = whole_or_zero, allow_negative_numbers = true, help_heading = "Training")]
    seed: Option<u64>,

    /// Another number of training steps than the configuration's
    #[arg(long, value_name = "N", value_parser = whole_or_zero, allow_negative_numbers = true, help_heading = "Training")]
    steps: Option<u64>,

    #[command(flatten)]
    changes: Changes,

    #[command(flatten)]
    rivals: Rivals,

    #[command(flatten)]
    look: Look,

    #[command(flatten)]
    record: Record,

    /// Print the complete configuration in force and stop
    #[arg(long, help_heading = "Training")]
    print_config: bool,
}

impl Train {
    /// The questions to answer after training: each `--ask`, or with `--generate` alone the first prompt of the run.
    fn questions(&self, run: &RunInfo) -> Vec<Question> {
        match self.generation.requests(&self.ask, &run.prompts) {
            Some(requests) => requests.into_iter().map(Question::Continue).collect(),
            None => self.ask.iter().cloned().map(Question::Next).collect(),
        }
    }

    /// The configuration: the argument, settings for a text of `--corpus`, or the lesson in the language of the interface.
    fn origin(&self, overrides: &[Override]) -> Origin {
        match &self.config {
            Some(argument) => Origin::from_argument(argument),
            None if overrides.iter().any(|change| change.key() == Some("corpus.path")) => Origin::OwnText,
            None => Origin::from_argument(Path::new(language().pick("toy-en", "toy"))),
        }
    }

    /// Trains, with a class if there are options for one.
    pub fn run(mut self, class: Option<ClassOptions>) -> Result<ExitCode, Failed> {
        let mut overrides = std::mem::take(&mut self.changes.0);
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
        let origin = self.origin(&overrides);
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
            reader
                .read(prompt)
                .map_err(|error| Failed::Mistake(Message::from(error).at(format!("--ask {prompt:?}"))))?;
        }
        let questions = self.questions(&learner.info());
        if self.generation.words.is_some() && questions.is_empty() {
            return Err(Failed::Mistake(Message::from(TrainMessage::NoBeginning).at("--generate")));
        }
        // a dashboard has no place for long texts
        let needs_screen = class.as_ref().is_none_or(|class| !class.in_background);
        let is_plain = self.plain || self.generation.words.is_some() || needs_screen && !has_screen();
        if is_plain && class.is_some() {
            let problem = Message::from(TrainMessage::NoTerminalForTeacher).at("serve");
            return Err(Failed::Mistake(problem.with_help(TrainMessage::ServeInTerminal)));
        }
        if is_plain && self.record.file.is_some() {
            let problem = Message::from(TrainMessage::NothingToRecord).at("--record");
            return Err(Failed::Mistake(problem.with_help(TrainMessage::RecordInTerminal)));
        }
        let config = &prepared.first().config;
        if is_plain && !config.adapted().is_empty() {
            warn(adapted_settings(config.adapted()));
        }
        let front = if is_plain {
            Frontend::Plain(questions)
        } else {
            let mut preferences = self.look.preferences(&prepared)?;
            if let Some(warning) = class.as_ref().and_then(ClassOptions::warning) {
                preferences.warning = preferences.warning.into_iter().chain([warning]).reduce(Message::and);
            }
            let recording = self.record.begin(&config.title)?;
            Frontend::Dashboard(Box::new(DashboardOptions { preferences, prompts: self.ask, recording, class }))
        };
        run(prepared, front)
    }
}

/// The overrides of `--corpus` and `--encoding`.
pub fn overrides_of_texts(corpus: &[PathBuf], encoding: Option<&str>) -> Result<Vec<Override>, Failed> {
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

/// The path of an option as UTF-8.
fn in_utf8<'p>(option: &str, path: &'p Path) -> Result<&'p str, Failed> {
    path.to_str().ok_or_else(|| Failed::Mistake(Message::from(TrainMessage::PathNotUtf8).at(option.to_owned())))
}

fn print(config: &Config) -> Result<ExitCode, Failed> {
    let text = config.to_toml().map_err(io::Error::other)?;
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
