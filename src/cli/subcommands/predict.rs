//! `rnn-tui predict`: the predictions of a saved run for prompts, without a dashboard.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rnn_tui::language::{Message, text};
use rnn_tui::learning::{Answer, Continuation, GenerateRequest, Predictor, language_learner};
use rnn_tui::printable;
use rnn_tui::report::{as_text, read_as};
use rnn_tui::storage::LoadedRun;
use serde::Serialize;

use crate::cli::checkpoint::ChosenCheckpoint;
use crate::cli::error::Failed;
use crate::cli::generation::Generation;
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::{complain, language, say_to_stderr, warn};
use crate::cli::progress;
use crate::cli::terminal::is_for_terminal;
use crate::cli::value_parsers::{path, prompt, whole, without_marks};

/// Answers prompts from a checkpoint of a run, or continues them
#[derive(Debug, Args)]
pub struct Predict {
    /// The folder of the run
    #[arg(value_parser = path())]
    directory: PathBuf,

    /// What to ask [default: each line of stdin]
    #[arg(value_parser = prompt)]
    prompts: Vec<String>,

    /// A JSON object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    checkpoint: ChosenCheckpoint,

    #[command(flatten)]
    generation: Generation,

    /// Number of words in the answer, the most probable first [default: 1, with --json 5]
    #[arg(long, value_name = "N", value_parser = whole(u32::MAX), allow_negative_numbers = true)]
    top: Option<u32>,
}

impl Predict {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "predict",
        chinese: Translations {
            own: &[
                text("Answers prompts from a checkpoint of a run, or continues them", "用训练的检查点回答提示，或续写"),
                text("The folder of the run", "训练的文件夹"),
                text("What to ask [default: each line of stdin]", "要问什么 [默认：标准输入的每一行]"),
                text("A JSON object a line", "每行输出一个 JSON 对象"),
                text(
                    "Number of words in the answer, the most probable first [default: 1, with --json 5]",
                    "列出多少个词，最可能的在前 [默认：1，用 --json 时为 5]",
                ),
            ],
            flattened: &[&ChosenCheckpoint::CHINESE, &Generation::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui predict runs/words \"there was\"",
                purpose: text("the word that follows", "接下来的词"),
            },
            Example {
                line: "rnn-tui predict runs/words --json --top 3 < prompts.txt",
                purpose: text("the three most probable words for each line, as JSON", "每行最可能的三个词，JSON 格式"),
            },
        ],
    };
}

rnn_tui::messages! {
    enum PredictMessage {
        TypePrompts = "a prompt in each line, Ctrl-D ends", "每行一个提示，按 Ctrl-D 结束";
        NotUtf8 { line: usize } = "line {line} of standard input is not UTF-8", "标准输入的第 {line} 行不是 UTF-8";
        NoBeginning = "the run offers no beginning; give one", "训练没有可用的开头；请给出一个";
        AfterStep { step: u64 } = "after step {step}", "第 {step} 步";
    }
}

/// A line of JSON: each prompt has one.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Answer { prompt: &'a str, step: u64, words: &'a [&'a str], next: Vec<Next<'a>>, entropy_bits: f64 },
    Continued { prompt: &'a str, step: u64, text: &'a str },
    NoAnswer { prompt: &'a str, error: String },
}

#[derive(Serialize)]
struct Next<'a> {
    word: &'a str,
    probability: f32,
}

impl Predict {
    /// Answers each prompt; one without an answer is an error on stderr, and exit code 2 at the end.
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let LoadedRun { learner, checkpoint, warnings, .. } =
            LoadedRun::read_one(&self.directory, self.checkpoint.which(), &[], language_learner)?;
        let step = checkpoint.record.step;
        for warning in warnings {
            warn(warning);
        }
        progress::finish();
        // a program finds the words in vocabulary.json, a reader would not see a space
        let vocabulary = if self.json { learner.vocabulary().to_vec() } else { learner.info().vocabulary };
        let (reader, predictor) = (learner.reader(), learner.predictor());
        if let Some(requests) = self.generation.requests(&self.prompts, &learner.info().prompts) {
            return self.write_texts(&requests, predictor.as_ref(), step);
        }
        let mut out = io::stdout().lock();
        let (mut all_answered, mut is_all_text) = (true, true);
        let mut answer = |prompt: &str| -> io::Result<()> {
            match predictor.ask(prompt) {
                Ok(answer) => {
                    let read = reader.read(prompt).unwrap_or_default().into_iter();
                    let words: Vec<&str> = read.filter_map(|id| Some(vocabulary.get(id as usize)?.as_str())).collect();
                    writeln!(out, "{}", self.line(&answer, step, &words, &vocabulary))?;
                    out.flush()
                }
                Err(error) => {
                    all_answered = false;
                    complain(Message::from(error.clone()).at(format!("{prompt:?}")));
                    if self.json {
                        writeln!(out, "{}", json(&Line::NoAnswer { prompt, error: error.to_string() }))?;
                    }
                    Ok(())
                }
            }
        };
        for prompt in &self.prompts {
            answer(prompt)?;
        }
        if self.prompts.is_empty() {
            if io::stdin().is_terminal() {
                say_to_stderr(PredictMessage::TypePrompts);
            }
            for (number, line) in io::stdin().lock().split(b'\n').enumerate() {
                let line = line?;
                let Ok(prompt) = str::from_utf8(&line) else {
                    is_all_text = false;
                    let problem = PredictMessage::NotUtf8 { line: number + 1 };
                    let error = problem.to_string();
                    complain(problem);
                    if self.json {
                        let prompt = &String::from_utf8_lossy(&line);
                        writeln!(io::stdout(), "{}", json(&Line::NoAnswer { prompt, error }))?;
                    }
                    continue;
                };
                let prompt = without_marks(prompt);
                if !prompt.trim().is_empty() {
                    answer(prompt.trim_end_matches('\r'))?;
                }
            }
        }
        Ok(if all_answered && is_all_text { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    /// Continues each prompt; one that cannot be continued is an error on stderr, and exit code 2 at the end.
    fn write_texts(
        &self,
        requests: &[GenerateRequest],
        predictor: &dyn Predictor,
        step: u64,
    ) -> Result<ExitCode, Failed> {
        if requests.is_empty() {
            return Err(Failed::Mistake(Message::from(PredictMessage::NoBeginning).at("--generate")));
        }
        let mut all_continued = true;
        for request in requests {
            let prompt = &request.prompt;
            let line = match predictor.generate(request) {
                Ok(Continuation { text, .. }) if self.json => json(&Line::Continued { prompt, step, text: &text }),
                Ok(Continuation { text, .. }) => as_text(&text, is_for_terminal()),
                Err(error) => {
                    all_continued = false;
                    complain(Message::from(error.clone()).at(format!("{prompt:?}")));
                    if !self.json {
                        continue;
                    }
                    json(&Line::NoAnswer { prompt, error: error.to_string() })
                }
            };
            writeln!(io::stdout(), "{line}")?;
        }
        Ok(if all_continued { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    /// The line of an answer: its most probable words, as text or as JSON.
    fn line(&self, answer: &Answer, step: u64, words: &[&str], vocabulary: &[String]) -> String {
        let top = self.top.map_or(if self.json { 5 } else { 1 }, |top| usize::try_from(top).unwrap_or(usize::MAX));
        let ranking = answer.ranking();
        let best = ranking.iter().take(top).map(|(id, probability)| (&vocabulary[*id], *probability));
        if self.json {
            let next = best.map(|(word, probability)| Next { word, probability }).collect();
            let (prompt, entropy_bits) = (answer.prompt.as_str(), answer.trace.entropy());
            return json(&Line::Answer { prompt, step, words, next, entropy_bits });
        }
        let words: Vec<_> = best.map(|(word, p)| format!("{word}  {p:.4}")).collect();
        let (prompt, words) = (printable(&answer.prompt), words.join("  "));
        let after = language().say(PredictMessage::AfterStep { step });
        format!("{prompt}{} -> {words}  ({after})", read_as(answer, language()))
    }
}

/// A line of JSON in which characters that control a terminal are escaped.
fn json(line: &Line<'_>) -> String {
    let text = serde_json::to_string(line).unwrap_or_default(); // texts and numbers can always be written
    // JSON does not escape control characters above 0x7f and format characters, which control a terminal
    text.chars().fold(String::new(), |mut safe, c| {
        if printable(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            safe.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| _ = write!(safe, "\\u{unit:04x}"));
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_line_escapes_terminal_controls_and_round_trips() {
        let prompt = "a\u{1b}[31m\u{9b}b\u{202e}c \u{200b}我\u{e0001} é".to_owned();
        let line = Line::NoAnswer { prompt: &prompt, error: "none".to_owned() };
        let json = json(&line);
        assert!(json.starts_with(r#"{"prompt":"a\u001b[31m\u009bb\u202ec \u200b我\udb40\udc01 é""#), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["prompt"], prompt.as_str());
    }
}
