//! Corrections of the command line: `--lang` before a subcommand, mistyped names, and a misleading message of clap.

use std::env::args_os;
use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};
use rnn_tui::config::{BuiltIn, nearest};
use rnn_tui::language::Message;

use super::arguments::Cli;

rnn_tui::messages! {
    enum CorrectionMessage {
        NoCommand { name: String } = "`{name}` is not a command", "没有 `{name}` 这个命令";
        HowToTrain =
            "`rnn-tui CONFIG` trains: a file, or a name that `rnn-tui list` shows",
            "`rnn-tui CONFIG` 开始训练：CONFIG 是一个文件，或 `rnn-tui list` 列出的名字";
        DidYouMean { name: String } = "did you mean `rnn-tui {name}`?", "您是不是指 `rnn-tui {name}`？";
        Unknown { name: String } =
            "`{name}` is not a command, no file and no configuration that the program has inside",
            "`{name}` 不是命令、文件，也不是程序内置的配置";
        TwoConfigurations { second: String } =
            "there can be one configuration, and `{second}` would be another one", "只能有一个配置，而 `{second}` 是另一个";
        UseRivals =
            "to train several runs side by side give the values of each: `--rival KEY=VALUE`",
            "要并排训练多个运行，请给出各自的值：`--rival KEY=VALUE`";
    }
}

/// Moves `--lang` before a subcommand behind it, as clap accepts no options before subcommands here.
pub fn with_language_behind(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.get(1).map(|first| first.to_string_lossy().into_owned());
    let taken = match first.as_deref() {
        Some("--lang") => 2,
        Some(first) if first.starts_with("--lang=") => 1,
        _ => return arguments,
    };
    let is_subcommand = arguments.get(1 + taken).is_some_and(|next| {
        let command = Cli::command();
        next == "help" || command.get_subcommands().any(|subcommand| next == subcommand.get_name())
    });
    if is_subcommand {
        arguments[1..=1 + taken].rotate_left(taken);
    }
    arguments
}

/// The first argument that does not belong to `--lang`.
pub fn without_language(arguments: &[OsString]) -> Option<&OsString> {
    let mut rest = arguments.iter().skip(1);
    let first = rest.next()?;
    match first.to_str() {
        Some("--lang") => rest.nth(1),
        Some(text) if text.starts_with("--lang=") => rest.next(),
        _ => Some(first),
    }
}

/// The maximum edit distance of a mistyped word.
const MAX_EDITS: usize = 2;

/// A message about a mistyped subcommand or configuration; `None` if the argument is an option, a file, a known name, or similar to none.
pub fn mistyped(argument: &str) -> Option<Message> {
    let command = Cli::command();
    let names: Vec<_> = command.get_subcommands().map(Command::get_name).chain(["help"]).collect();
    let is_known = names.contains(&argument) || BuiltIn::named(argument).is_some() || Path::new(argument).exists();
    if is_known || argument.starts_with('-') || argument.contains(['/', '.', '=']) {
        return None;
    }
    // commands of other programs
    let no_command = || Message::from(CorrectionMessage::NoCommand { name: argument.to_owned() });
    match argument {
        "train" | "run" | "start" | "learn" => return Some(no_command().with_help(CorrectionMessage::HowToTrain)),
        "lessons" | "configs" => {
            return Some(no_command().with_help(CorrectionMessage::DidYouMean { name: "list".to_owned() }));
        }
        _ => {}
    }
    let known = names.iter().copied().chain(BuiltIn::all().map(|built_in| built_in.name));
    let near = nearest(argument, known, 1)
        .into_iter()
        .find(|name| strsim::damerau_levenshtein(argument, name) <= MAX_EDITS)?;
    let help = CorrectionMessage::DidYouMean { name: near.to_owned() };
    Some(Message::from(CorrectionMessage::Unknown { name: argument.to_owned() }).with_help(help))
}

/// A message in place of a misleading one of clap: for two configurations, of which it takes the second for a subcommand.
pub fn misread(error: &Error) -> Option<Message> {
    if error.kind() != ErrorKind::ArgumentConflict {
        return None;
    }
    // clap takes the argument after a configuration for a subcommand
    let Some(ContextValue::String(second)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    args_os().skip(1).find_map(|argument| mistyped(&argument.to_string_lossy())).or_else(|| {
        let two = CorrectionMessage::TwoConfigurations { second: second.clone() };
        Some(Message::from(two).with_help(CorrectionMessage::UseRivals))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lang_before_subcommand_is_accepted() {
        for (given, expected) in [
            ("rnn-tui --lang zh predict runs/a", "rnn-tui predict --lang zh runs/a"),
            ("rnn-tui --lang=zh list", "rnn-tui list --lang=zh"),
            ("rnn-tui --lang zh help", "rnn-tui help --lang zh"),
            ("rnn-tui --lang zh --plain", "rnn-tui --lang zh --plain"),
            ("rnn-tui --lang zh toy", "rnn-tui --lang zh toy"),
            ("rnn-tui --lang", "rnn-tui --lang"),
            ("rnn-tui list --lang zh", "rnn-tui list --lang zh"),
        ] {
            let arguments = with_language_behind(given.split(' ').map(OsString::from).collect());
            assert_eq!(arguments, expected.split(' ').map(OsString::from).collect::<Vec<_>>());
            let parsed = Cli::command().try_get_matches_from(arguments);
            let is_incomplete = given == "rnn-tui --lang" || given.ends_with("help");
            assert!(parsed.is_ok() || is_incomplete, "{given}");
        }
    }

    #[test]
    fn mistyped_suggests_similar_command_only() {
        assert!(mistyped("evalute").unwrap().to_string().contains("`rnn-tui evaluate`"));
        assert!(mistyped("repaly").unwrap().to_string().contains("`rnn-tui replay`"));
        assert!(mistyped("scalling").unwrap().to_string().contains("`rnn-tui scaling`"));
        assert!(mistyped("server").unwrap().to_string().contains("`rnn-tui serve`"));
        assert!(mistyped("train").unwrap().to_string().contains("`rnn-tui CONFIG` trains"));
        assert!(mistyped("lessons").unwrap().to_string().contains("`rnn-tui list`"));
        for argument in ["duel", "serve", "help", "my-lesson", "toy.toml", "./evalute", "--plain", "src"] {
            assert_eq!(mistyped(argument), None, "{argument}");
        }
    }
}
