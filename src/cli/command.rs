//! The command line for clap, with examples, in the language of the interface.

use std::env::args_os;
use std::ffi::OsString;
use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};
use rnn_tui::columns::Columns;
use rnn_tui::config::{BuiltIn, nearest};
use rnn_tui::language::{Language, Message};
use unicode_segmentation::UnicodeSegmentation;

use super::Cli;
use super::help_in_chinese::{CHINESE, EXAMPLES, STRUCTURE};

rnn_tui::messages! {
    enum CommandMessage {
        NoCommand { name: String } = "`{name}` is no command", "没有 `{name}` 这个命令";
        HowToTrain =
            "`rnn-tui CONFIG` trains: a file, or a name that `rnn-tui list` shows",
            "`rnn-tui CONFIG` 开始训练：CONFIG 是一个文件，或 `rnn-tui list` 列出的名字";
        DidYouMean { name: String } = "did you mean `rnn-tui {name}`?", "您是不是指 `rnn-tui {name}`？";
        Unknown { name: String } =
            "`{name}` is no command, no file and no configuration that the program has inside",
            "`{name}` 不是命令、文件，也不是程序内置的配置";
        TwoConfigurations { second: String } =
            "there can be one configuration, and `{second}` would be another one", "只能有一个配置，而 `{second}` 是另一个";
        UseRivals =
            "to train several runs side by side give the values of each: `--rival KEY=VALUE`",
            "要并排训练多个运行，请给出各自的值：`--rival KEY=VALUE`";
    }
}

/// The maximum width of the help, in columns.
const MAX_WIDTH: u16 = 100;
/// The indent of the help of an option, in columns.
const INDENT: u16 = 10;

/// The command line with its help in `language`, for the width of the terminal.
pub fn command(language: Language) -> Command {
    let width = crossterm::terminal::size().map_or(MAX_WIDTH, |(columns, _)| columns.clamp(20, MAX_WIDTH));
    let command = with_examples(Cli::command().term_width(width.into()), language);
    if language == Language::Chinese { in_chinese(command, width.saturating_sub(INDENT).into()) } else { command }
}

/// The text of help or version in `language`, with ANSI colours if `is_coloured`.
pub fn rendered(error: &Error, language: Language, is_coloured: bool) -> String {
    let rendered: StyledStr = error.render();
    let text = if is_coloured { rendered.ansi().to_string() } else { rendered.to_string() };
    if language == Language::English {
        return text;
    }
    let headings = ["提问", "训练", "文本", "外观", "训练的保存", "课堂"]
        .map(|heading| (format!("{heading}:"), format!("{heading}：")));
    let structure = STRUCTURE.iter().fold(text, |text, (english, chinese)| text.replace(english, chinese));
    headings.iter().fold(structure, |text, (half, full)| text.replace(half, full))
}

fn with_examples(mut command: Command, language: Language) -> Command {
    let titles = language.pick("Examples:", "例子：");
    for (name, examples) in EXAMPLES {
        let lines: Vec<_> = examples
            .iter()
            .map(|(line, (english, chinese))| format!("  {line}\n      {}", language.pick(english, chinese)))
            .collect();
        let text = format!("{titles}\n{}", lines.join("\n"));
        command = if name.is_empty() {
            command.after_help(text)
        } else {
            command.mut_subcommand(name, |subcommand| subcommand.after_help(text))
        };
    }
    command
}

/// Translates the help of a command and its subcommands to Chinese, broken into lines of at most `width` columns: clap breaks at spaces only.
fn in_chinese(mut command: Command, width: usize) -> Command {
    let text = |help: &StyledStr| wrapped(chinese(&help.to_string()), width);
    if let Some(about) = command.get_about().map(text) {
        command = command.about(about);
    }
    if let Some(about) = command.get_long_about().map(text) {
        command = command.long_about(about);
    }
    let arguments: Vec<_> = command.get_arguments().map(|argument| argument.get_id().clone()).collect();
    for id in arguments {
        command = command.mut_arg(id, |argument| {
            let (help, long) = (argument.get_help().map(text), argument.get_long_help().map(text));
            let heading = argument.get_help_heading().and_then(translated);
            let argument = help.into_iter().fold(argument, clap::Arg::help);
            let argument = heading.into_iter().fold(argument, clap::Arg::help_heading);
            long.into_iter().fold(argument, clap::Arg::long_help)
        });
    }
    let subcommands: Vec<_> = command.get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect();
    for name in subcommands {
        command = command.mut_subcommand(name, |subcommand| in_chinese(subcommand, width));
    }
    command.next_line_help(true)
}

/// A sentence of the help in Chinese; English if it has no translation.
fn chinese(english: &str) -> &str {
    translated(english).unwrap_or(english)
}

fn translated(english: &str) -> Option<&'static str> {
    CHINESE.iter().find(|(of, _)| *of == english).map(|(_, chinese)| *chinese)
}

/// Breaks a text into lines of at most `width` columns, also between Chinese characters, but not before a punctuation mark.
pub fn wrapped(text: &str, width: usize) -> String {
    let (mut wrapped, mut column) = (String::new(), 0);
    for piece in text.split_word_bounds() {
        let is_mark = piece.chars().all(|c| "，。；：、）」』！？,.;:)]`".contains(c));
        if piece == "\n" {
            column = 0;
        } else if column + piece.columns() > width && !is_mark {
            wrapped.truncate(wrapped.trim_end_matches(' ').len());
            wrapped.push('\n');
            column = 0;
            if piece.trim().is_empty() {
                continue;
            }
        }
        column += piece.columns();
        wrapped.push_str(piece);
    }
    wrapped
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
    let no_command = || Message::from(CommandMessage::NoCommand { name: argument.to_owned() });
    match argument {
        "train" | "run" | "start" | "learn" => return Some(no_command().with_help(CommandMessage::HowToTrain)),
        "lessons" | "configs" => {
            return Some(no_command().with_help(CommandMessage::DidYouMean { name: "list".to_owned() }));
        }
        _ => {}
    }
    let known = names.iter().copied().chain(BuiltIn::all().map(|built_in| built_in.name));
    let near = nearest(argument, known, 1)
        .into_iter()
        .find(|name| strsim::damerau_levenshtein(argument, name) <= MAX_EDITS)?;
    let help = CommandMessage::DidYouMean { name: near.to_owned() };
    Some(Message::from(CommandMessage::Unknown { name: argument.to_owned() }).with_help(help))
}

/// A message in place of a misleading one of clap: for two configurations, of which it takes the second for a subcommand.
pub fn misread(error: &Error) -> Option<Message> {
    if error.kind() != ErrorKind::ArgumentConflict {
        return None;
    }
    // what follows a configuration is taken for a subcommand
    let Some(ContextValue::String(second)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    args_os().skip(1).find_map(|argument| mistyped(&argument.to_string_lossy())).or_else(|| {
        let two = CommandMessage::TwoConfigurations { second: second.clone() };
        Some(Message::from(two).with_help(CommandMessage::UseRivals))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every sentence of the help of a command and of those below it.
    fn sentences(command: &Command, into: &mut BTreeSet<String>) {
        let arguments = command.get_arguments().flat_map(|argument| {
            let heading = argument.get_help_heading().map(str::to_owned);
            let texts = [argument.get_help(), argument.get_long_help()].into_iter().flatten().map(ToString::to_string);
            texts.chain(heading).collect::<Vec<_>>()
        });
        let about = [command.get_about(), command.get_long_about()].into_iter().flatten().map(ToString::to_string);
        into.extend(arguments.chain(about));
        command.get_subcommands().for_each(|subcommand| sentences(subcommand, into));
    }

    #[test]
    fn help_table_has_every_sentence_and_no_other() {
        let mut said = BTreeSet::new();
        sentences(&Cli::command(), &mut said);
        let known: BTreeSet<String> = CHINESE.iter().map(|(english, _)| (*english).to_owned()).collect();
        let missing: Vec<_> = said.difference(&known).collect();
        let unused: Vec<_> = known.difference(&said).collect();
        let unused = if cfg!(feature = "ssh") { unused } else { Vec::new() };
        assert!(missing.is_empty() && unused.is_empty(), "missing: {missing:#?}\nunused: {unused:#?}");
    }

    #[test]
    fn every_command_has_two_valid_examples() {
        for subcommand in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            let (_, examples) = EXAMPLES.iter().find(|(name, _)| *name == subcommand.get_name()).unwrap();
            assert!(examples.len() >= 2, "{}", subcommand.get_name());
        }
        for (line, _) in EXAMPLES.iter().flat_map(|(_, examples)| *examples) {
            let line = line.split(['<', '>']).next().unwrap();
            let arguments = line
                .split('"')
                .enumerate()
                .flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() });
            let parsed = Cli::command().try_get_matches_from(arguments);
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }

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
    fn wrapped_chinese_breaks_anywhere_but_before_mark() {
        let wrapped = wrapped("继续保存在此文件夹中的训练，如同从未停止（可重复）", 20);
        assert!(wrapped.lines().all(|line| line.columns() <= 22 && !line.starts_with(['，', '）'])), "{wrapped}");
        assert_eq!(wrapped.replace('\n', ""), "继续保存在此文件夹中的训练，如同从未停止（可重复）");
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
