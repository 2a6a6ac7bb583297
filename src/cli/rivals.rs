//! `--rival KEY=VALUE…`: one more run for each occurrence.

use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use rnn_tui::config::Override;
use rnn_tui::language::{Message, text};

use super::error::Failed;
use super::help::Translations;
use super::value_parsers::ExpectedValue;

const OPTION: &str = "rival";

/// The assignments of each rival.
#[derive(Debug, Default)]
pub struct Rivals(Vec<Vec<String>>);

impl Rivals {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[text(
            "Train one more run side by side with this one, on the same batches, with other values for these keys (repeatable)",
            "并排多训练一个运行：批次相同，这些键的值不同（可重复）",
        )],
        flattened: &[],
    };

    /// The rivals as overrides of the configuration.
    pub fn overrides(&self) -> Result<Vec<Override>, Failed> {
        let rivals = self.0.iter().map(|assignments| Override::rival(assignments));
        rivals.collect::<Result<_, _>>().map_err(|error| Failed::Mistake(Message::from(error).at("--rival")))
    }
}

/// Accepts a text that contains `=`.
fn assignment(text: &str) -> Result<String, Message> {
    if text.contains('=') {
        return Ok(text.to_owned());
    }
    Err(ExpectedValue::Assignment.into())
}

// clap's derive has no list for each time that an option is given
impl Args for Rivals {
    fn augment_args(command: Command) -> Command {
        command.arg(
            Arg::new(OPTION)
                .long(OPTION)
                .value_name("KEY=VALUE")
                .num_args(1..)
                .help_heading("Training")
                .action(ArgAction::Append)
                .value_parser(NonEmptyStringValueParser::new().try_map(|text| assignment(&text)))
                .help("Train one more run side by side with this one, on the same batches, with other values for these keys (repeatable)"),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Rivals {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let rivals = matches.get_occurrences::<String>(OPTION).into_iter().flatten();
        Ok(Self(rivals.map(|values| values.cloned().collect()).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
