//! `--set` and `--unset`: changes to the configuration, in the order of the command line.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use rnn_tui::config::Override;
use rnn_tui::language::{Message, text};

use super::help::Translations;

const SET: &str = "set";
const UNSET: &str = "unset";

/// The changes, in their order.
#[derive(Debug, Default)]
pub struct Changes(pub Vec<Override>);

impl Changes {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[
            text(
                "Another value for a key of the configuration, such as model.hidden=8 (repeatable)",
                "配置中某个键的另一个值，例如 model.hidden=8（可重复）",
            ),
            text(
                "Leave out a key of the configuration, or all keys of a section, such as training.schedule (repeatable; with --set in the order given)",
                "去掉配置中的某个键，或一节的所有键，例如 training.schedule（可重复；与 --set 按给出的顺序）",
            ),
        ],
        flattened: &[],
    };
}

// clap's derive does not keep the order of two options
impl Args for Changes {
    fn augment_args(command: Command) -> Command {
        let option = |name| Arg::new(name).long(name).action(ArgAction::Append).help_heading("Training");
        command
            .arg(
                option(SET)
                    .value_name("KEY.PATH=VALUE")
                    .value_parser(|text: &str| Override::set(text).map_err(Message::from))
                    .help("Another value for a key of the configuration, such as model.hidden=8 (repeatable)"),
            )
            .arg(option(UNSET).value_name("KEY.PATH").value_parser(|text: &str| Override::unset(text).map_err(Message::from)).help(
                "Leave out a key of the configuration, or all keys of a section, such as training.schedule (repeatable; with --set \
                 in the order given)",
            ))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Changes {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |name| {
            let values = matches.get_many::<Override>(name).into_iter().flatten();
            matches.indices_of(name).into_iter().flatten().zip(values)
        };
        let mut changes: Vec<(usize, &Override)> = given(SET).chain(given(UNSET)).collect();
        changes.sort_by_key(|(index, _)| *index);
        Ok(Self(changes.into_iter().map(|(_, change)| change.clone()).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
