//! `rnn-tui CONFIG`: training, on a screen or as lines.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::dashboard::adapted_settings;
use rnn_tui::language::{Message, text};
use rnn_tui::learning::RunInfo;
use rnn_tui::report::Question;

use super::changes::Changes;
use super::class_options::ClassOptions;
use super::display_options::{DisplayOptions, keymap_of};
use super::error::Failed;
use super::frontend::{DashboardOptions, Frontend};
use super::generation::Generation;
use super::help::Translations;
use super::messages::{language, warn};
use super::overrides::{in_utf8, overrides_of_texts};
use super::prepared_runs::PreparedRuns;
use super::record::Record;
use super::rivals::Rivals;
use super::run::run;
use super::terminal::has_screen;
use super::value_parsers::{path, prompt, whole_or_zero};

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
    }
}

/// Options of training and its front end.
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
    display: DisplayOptions,

    #[command(flatten)]
    record: Record,

    /// Print the complete configuration in force and stop
    #[arg(long, help_heading = "Training")]
    print_config: bool,
}

impl Train {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[
            text(
                "The configuration: a TOML file, or the name of one that `rnn-tui list` shows [default: a lesson of three sentences in the language of the interface; with --corpus, settings for the length of the text]",
                "配置：TOML 文件，或 `rnn-tui list` 列出的名称 [默认：界面语言的三个句子的课；用 --corpus 时为适合文本长度的设置]",
            ),
            text(
                "Without a dashboard: a line every 1000 steps (of long runs fewer), or every 30 seconds (always so if stdout is not a terminal)",
                "不用界面：每 1000 步输出一行（长训练则更少），较慢时每 30 秒一行（标准输出不是终端时总是如此）",
            ),
            text("Let the dashboard wait for a key before the first step", "界面在第一步之前等待按键"),
            text(
                "After training, print the word that follows these words; in the dashboard, ask from the start (repeatable)",
                "训练后输出这些词之后的词；在界面中则一开始就提问（可重复）",
            ),
            text(
                "Keep the run in this folder: checkpoints, metrics, what it takes to go on",
                "把训练保存在此文件夹：检查点、指标以及继续训练所需的一切",
            ),
            text(
                "Go on with the run that is kept in this folder, as if it had never stopped",
                "继续保存在此文件夹中的训练，如同从未停止",
            ),
            text(
                "Show the run that is kept in this folder behind this one, as a curve and in the table of attempts (repeatable)",
                "在此训练之后显示保存在此文件夹中的训练：曲线和对比表（可重复）",
            ),
            text(
                "Begin with the weights of a PyTorch module, a safetensors file",
                "从 PyTorch 模块的权重开始，一个 safetensors 文件",
            ),
            text(
                "Words that the file of --weights does not know begin anew, instead of being refused",
                "--weights 的文件不认识的词重新开始，而不是拒绝",
            ),
            text(
                "Another text than the configuration's: a file, a folder of texts, `-` for standard input (repeatable, in order)",
                "文本，代替配置中的文本：文件、文本文件夹，`-` 表示标准输入（可重复，按顺序）",
            ),
            text(
                "In which encoding the texts are, such as gb18030 or windows-1252 [default: UTF-8, or what a byte order mark says]",
                "文本的编码，例如 gb18030 或 windows-1252 [默认：UTF-8，或按字节顺序标记]",
            ),
            text(
                "A test text: its loss and perplexity are reported once, at the end of training",
                "测试文本：训练结束时报告一次其损失和困惑度",
            ),
            text("Another seed than the configuration's", "随机种子，代替配置中的值"),
            text("Another number of training steps than the configuration's", "训练步数，代替配置中的值"),
            text("Print the complete configuration in force and stop", "输出生效的完整配置后退出"),
        ],
        flattened: &[
            &Generation::CHINESE,
            &Changes::CHINESE,
            &Rivals::CHINESE,
            &DisplayOptions::CHINESE,
            &Record::CHINESE,
        ],
    };

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
            let mut preferences = self.display.preferences(&prepared)?;
            if let Some(warning) = class.as_ref().and_then(ClassOptions::warning) {
                preferences.warning = preferences.warning.into_iter().chain([warning]).reduce(Message::and);
            }
            let recording = self.record.create(&config.title)?;
            Frontend::Dashboard(Box::new(DashboardOptions { preferences, prompts: self.ask, recording, class }))
        };
        run(prepared, front)
    }
}

/// Prints a configuration as TOML.
fn print(config: &Config) -> Result<ExitCode, Failed> {
    let text = config.to_toml().map_err(io::Error::other)?;
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
