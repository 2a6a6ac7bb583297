//! Options of `--generate`.

use clap::Args;
use rnn_tui::language::{Message, text};
use rnn_tui::learning::GenerateRequest;
use rnn_tui::model::Sampling;

use super::help::Translations;
use super::value_parsers::{ExpectedValue, whole};

/// Options of generated texts.
#[derive(Debug, Args)]
pub struct Generation {
    /// Continue the prompts (or the first prompt of the run) by this many words, and show no dashboard
    #[arg(long = "generate", value_name = "WORDS", value_parser = whole(MAX_WORDS), allow_negative_numbers = true, help_heading = "Questions")]
    pub words: Option<u32>,

    /// How --generate chooses a word: below 1 the probable ones more often, 0 always the most probable
    #[arg(long, value_name = "T", default_value_t = 1.0, requires = "words", value_parser = temperature, allow_negative_numbers = true, help_heading = "Questions")]
    temperature: f32,

    /// --generate draws only from the K most probable words [default: from all]
    #[arg(long, value_name = "K", requires = "words", value_parser = whole(u32::MAX), allow_negative_numbers = true, help_heading = "Questions")]
    top_k: Option<u32>,

    /// --generate draws only from the most probable words that together have this probability [default: from all]
    #[arg(long, value_name = "P", requires = "words", value_parser = probability, allow_negative_numbers = true, help_heading = "Questions")]
    top_p: Option<f32>,
}

impl Generation {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[
            text(
                "Continue the prompts (or the first prompt of the run) by this many words, and show no dashboard",
                "不用界面：把提示（或训练的第一个提示）续写这么多词",
            ),
            text(
                "How --generate chooses a word: below 1 the probable ones more often, 0 always the most probable",
                "--generate 如何选词：小于 1 更常选可能的词，0 总选最可能的词",
            ),
            text(
                "--generate draws only from the K most probable words [default: from all]",
                "--generate 只从最可能的 K 个词中抽取 [默认：全部]",
            ),
            text(
                "--generate draws only from the most probable words that together have this probability [default: from all]",
                "--generate 只从合计达到此概率的最可能的词中抽取 [默认：全部]",
            ),
        ],
        flattened: &[],
    };
}

/// Maximum number of words to generate, as a text is in memory until its last word.
const MAX_WORDS: u32 = 1_000_000;

/// Parses a temperature, from 0 to 1000.
fn temperature(text: &str) -> Result<f32, Message> {
    let number = text.parse().ok().filter(|number: &f32| (0.0..=1000.0).contains(number));
    number.ok_or_else(|| ExpectedValue::Temperature.into())
}

/// Parses a probability above 0 and at most 1.
fn probability(text: &str) -> Result<f32, Message> {
    let number = text.parse().ok().filter(|number: &f32| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| ExpectedValue::Probability.into())
}

impl Generation {
    /// The generation requests of the command line, if it has `--generate`: one for each of `prompts`, or if there are none
    /// one for the first of `run_prompts`.
    pub fn requests(&self, prompts: &[String], run_prompts: &[String]) -> Option<Vec<GenerateRequest>> {
        let words = usize::try_from(self.words?).unwrap_or(usize::MAX);
        let sampling = Sampling {
            temperature: self.temperature,
            top_k: self.top_k.map_or(0, |k| usize::try_from(k).unwrap_or(usize::MAX)),
            top_p: self.top_p.unwrap_or(1.0),
        };
        let prompts = if prompts.is_empty() { &run_prompts[..run_prompts.len().min(1)] } else { prompts };
        // the same prompt twice is two texts
        let request =
            |(prompt, sample): (&String, u32)| GenerateRequest { prompt: prompt.clone(), words, sampling, sample };
        Some(prompts.iter().zip(0..).map(request).collect())
    }
}
