//! Texts that are continued, without a dashboard.

use std::io::{self, IsTerminal};

use clap::Args;
use rnn_tui::language::Message;
use rnn_tui::learning::GenerateRequest;
use rnn_tui::model::Sampling;

use super::messages::ExpectedValue;
use super::whole;

/// How a text is continued.
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

/// Maximum number of words to generate: a text is written only when its last word is known.
const MAX_WORDS: u32 = 1_000_000;

fn temperature(text: &str) -> Result<f32, Message> {
    let number = text.parse().ok().filter(|number: &f32| (0.0..=1000.0).contains(number));
    number.ok_or_else(|| ExpectedValue::Temperature.into())
}

fn probability(text: &str) -> Result<f32, Message> {
    let number = text.parse().ok().filter(|number: &f32| *number > 0.0 && *number <= 1.0);
    number.ok_or_else(|| ExpectedValue::Probability.into())
}

impl Generation {
    /// The generation requests of the command line, if it has `--generate`: one for each of `prompts`, or for the first default prompt of the run.
    pub fn requests(&self, prompts: &[String], of_run: &[String]) -> Option<Vec<GenerateRequest>> {
        let words = usize::try_from(self.words?).unwrap_or(usize::MAX);
        let sampling = Sampling {
            temperature: self.temperature,
            top_k: self.top_k.map_or(0, |k| usize::try_from(k).unwrap_or(usize::MAX)),
            top_p: self.top_p.unwrap_or(1.0),
        };
        let prompts = if prompts.is_empty() { &of_run[..of_run.len().min(1)] } else { prompts };
        // the same prompt twice is two texts
        let request =
            |(prompt, sample): (&String, u32)| GenerateRequest { prompt: prompt.clone(), words, sampling, sample };
        Some(prompts.iter().zip(0..).map(request).collect())
    }
}

/// Whether stdout is a terminal, for which control characters are escaped.
pub fn is_for_terminal() -> bool {
    io::stdout().is_terminal()
}
