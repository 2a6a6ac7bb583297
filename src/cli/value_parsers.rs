//! Parsers of the values of arguments that several commands have.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use rnn_tui::config::at_home;
use rnn_tui::language::Message;

rnn_tui::messages! {
    /// The expected form of an argument's value.
    #[derive(Debug)]
    pub enum ExpectedValue {
        WholeNumber { from: u64, to: u64 } = "expected a whole number from {from} to {to}", "应为 {from} 到 {to} 的整数";
        Members = "expected a number from 1 to 1000", "应为 1 到 1000 之间的数";
        Minutes = "expected minutes, from 1 to 1440", "应为 1 到 1440 之间的分钟数";
        Temperature = "expected a number from 0 to 1000", "应为 0 到 1000 的数";
        Probability = "expected a number above 0 and at most 1", "应为大于 0 且不超过 1 的数";
        Address =
            "expected an address and a port, such as 0.0.0.0:2222", "应为地址与端口，例如 0.0.0.0:2222";
        Assignment =
            "expected KEY=VALUE, such as model.cell=gru; the configuration comes before `--rival`",
            "应为 KEY=VALUE，例如 model.cell=gru；配置写在 `--rival` 之前";
    }
}

/// A parser of whole numbers from 1 to `max`.
pub fn whole(max: u32) -> impl Fn(&str) -> Result<u32, Message> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (1..=max).contains(number));
        number.ok_or_else(|| ExpectedValue::WholeNumber { from: 1, to: max.into() }.into())
    }
}

/// Parses a whole number from 0 to the maximum of an `i64`, the largest integer of TOML.
pub fn whole_or_zero(text: &str) -> Result<u64, Message> {
    let number = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(|| ExpectedValue::WholeNumber { from: 0, to: i64::MAX.unsigned_abs() }.into())
}

/// Parses a prompt: removes its byte order marks. Never fails.
#[allow(clippy::unnecessary_wraps)] // clap's value parsers return a Result
pub fn prompt(text: &str) -> Result<String, String> {
    Ok(without_marks(text))
}

/// A prompt without byte order marks, also within it: a text that was joined from files has several.
pub fn without_marks(prompt: &str) -> String {
    prompt.replace('\u{feff}', "")
}

/// The parser of every option and argument that is a path: `~` is the home folder, as in a configuration. A shell expands it itself, except
/// behind `=` and within quotes.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| at_home(&path))
}
