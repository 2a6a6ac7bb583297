//! `rnn-tui evaluate`: the loss and accuracy of a saved run on a text.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::Override;
use rnn_tui::corpus::RawText;
use rnn_tui::language::{Message, text};
use rnn_tui::learning::{Evaluation, language_learner};
use rnn_tui::report::{Measurement, perplexity};
use rnn_tui::storage::LoadedRun;
use serde_json::json;

use crate::cli::checkpoint::ChosenCheckpoint;
use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::{language, warn};
use crate::cli::overrides::overrides_of_texts;
use crate::cli::progress;
use crate::cli::value_parsers::path;

/// Tells how well the best model of a run does on its validation text, or on another text
#[derive(Debug, Args)]
pub struct Evaluate {
    /// The folder of the run
    #[arg(value_parser = path())]
    directory: PathBuf,

    /// Another text: a file, a folder of texts, `-` for standard input (repeatable, in order)
    #[arg(long, value_name = "FILE", value_parser = path())]
    corpus: Vec<PathBuf>,

    /// In which encoding that text is [default: UTF-8, or what a byte order mark says]
    #[arg(long, value_name = "NAME", requires = "corpus")]
    encoding: Option<String>,

    #[command(flatten)]
    checkpoint: ChosenCheckpoint,

    /// A JSON object
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "evaluate",
        chinese: Translations {
            own: &[
                text(
                    "Tells how well the best model of a run does on its validation text, or on another text",
                    "报告训练中最好的模型在其验证文本或另一文本上的表现",
                ),
                text("The folder of the run", "训练的文件夹"),
                text(
                    "Another text: a file, a folder of texts, `-` for standard input (repeatable, in order)",
                    "另一个文本：文件、文本文件夹，`-` 表示标准输入（可重复，按顺序）",
                ),
                text(
                    "In which encoding that text is [default: UTF-8, or what a byte order mark says]",
                    "该文本的编码 [默认：UTF-8，或按字节顺序标记]",
                ),
                text("A JSON object", "输出一个 JSON 对象"),
            ],
            flattened: &[&ChosenCheckpoint::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui evaluate runs/words",
                purpose: text("the best checkpoint on the run's validation text", "最好的检查点在验证文本上的结果"),
            },
            Example {
                line: "rnn-tui evaluate runs/words --corpus other.txt --json",
                purpose: text("on another text, as JSON", "在另一个文本上的结果，JSON 格式"),
            },
        ],
    };
}

rnn_tui::messages! {
    enum EvaluateMessage {
        ManyUnknown { percent: f64 } =
            "{percent:.0} % of its words are not known: the numbers say how well those are foreseen",
            "其中 {percent:.0} % 的词不认识：这些数表示对它们的预测有多好";
        Words { words: usize, step: u64 } = "of {words} words, after step {step}", "共 {words} 个词，第 {step} 步";
    }
}

/// A larger share of unknown words gives a warning.
const MAX_UNKNOWN: f64 = 0.5;

impl Evaluate {
    /// Evaluates a checkpoint, and prints the result.
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let LoadedRun { config, mut learner, checkpoint, warnings, .. } =
            LoadedRun::read_one(&self.directory, self.checkpoint.which(), &[], language_learner)?;
        for warning in warnings {
            warn(warning);
        }
        let overrides: Vec<Override> = overrides_of_texts(&self.corpus, self.encoding.as_deref())?;
        let text = if overrides.is_empty() { None } else { Some(RawText::read_corpus(&config.with(&overrides)?)?) };
        let failed = |error: Message| Failed::Mistake(error.at("evaluate"));
        let evaluation = learner.evaluate(text.as_ref()).map_err(failed)?;
        progress::finish();
        if evaluation.unknown > MAX_UNKNOWN {
            let percent = 100.0 * evaluation.unknown;
            warn(EvaluateMessage::ManyUnknown { percent });
        }
        let step = checkpoint.record.step;
        let line = if self.json { as_json(&evaluation, step) } else { as_text(&evaluation, step) };
        writeln!(io::stdout(), "{line}")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The result as a line in the language of the interface.
fn as_text(evaluation: &Evaluation, step: u64) -> String {
    let Evaluation { validated, words, top_1, top_5, unknown } = evaluation;
    let bits = validated.bits_per_character.map(|bits| Measurement::BitsPerCharacter { bits });
    let unknown = (*unknown > 0.0).then(|| Measurement::Unknown { percent: 100.0 * unknown });
    let loss = Measurement::Loss { loss: validated.loss, perplexity: perplexity(validated.loss) };
    let language = language();
    let known = [
        Some(language.say(loss)),
        bits.map(|bits| language.say(bits)),
        Some(format!("top-1 {:.1} %", 100.0 * top_1)),
        Some(format!("top-5 {:.1} %", 100.0 * top_5)),
        unknown.map(|unknown| language.say(unknown)),
        Some(language.say(EvaluateMessage::Words { words: *words, step })),
    ];
    known.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

/// The result as a JSON object.
fn as_json(evaluation: &Evaluation, step: u64) -> String {
    let Evaluation { validated, words, top_1, top_5, unknown } = evaluation;
    json!({
        "step": step,
        "words": words,
        "loss": validated.loss,
        "perplexity": validated.loss.exp(),
        "bits_per_character": validated.bits_per_character,
        "top_1": top_1,
        "top_5": top_5,
        "unknown_share": unknown,
    })
    .to_string()
}
