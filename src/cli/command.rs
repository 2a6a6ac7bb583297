//! The command line for clap, with examples, in the language of the interface.

use clap::builder::StyledStr;
use clap::{Command, CommandFactory, Error};
use rnn_tui::language::{Bilingual, Language};

use super::arguments::Cli;
use super::help::{CommandHelp, Example, HEADINGS, STRUCTURE, translated};
use super::subcommands::Subcommand;
use super::wrapping::wrapped;

/// The maximum width of the help, in columns.
const MAX_WIDTH: u16 = 100;
/// The indent of the help of an option, in columns.
const INDENT: u16 = 10;

/// The command line with its help in `language`, for the width of the terminal.
pub fn command(language: Language) -> Command {
    let width = crossterm::terminal::size().map_or(MAX_WIDTH, |(columns, _)| columns.clamp(20, MAX_WIDTH));
    let with_help = |command, help| with_help(command, help, language, width.saturating_sub(INDENT).into());
    let command = with_help(Cli::command().term_width(width.into()), &Cli::HELP);
    Subcommand::HELP
        .iter()
        .fold(command, |command, help| command.mut_subcommand(help.name, |subcommand| with_help(subcommand, help)))
}

/// The text of help or version in `language`, with ANSI colours if `is_coloured`.
pub fn rendered(error: &Error, language: Language, is_coloured: bool) -> String {
    let rendered: StyledStr = error.render();
    let text = if is_coloured { rendered.ansi().to_string() } else { rendered.to_string() };
    if language == Language::English {
        return text;
    }
    let in_both = |text: &Bilingual| [Language::English, Language::Chinese].map(|language| language.text(*text));
    let structure = STRUCTURE.iter().map(in_both).fold(text, |text, [english, chinese]| text.replace(english, chinese));
    let headings = HEADINGS.iter().map(|heading| Language::Chinese.text(*heading));
    headings.fold(structure, |text, heading| text.replace(&format!("{heading}:"), &format!("{heading}：")))
}

/// Adds the examples of a command, and translates its help to `language`, in lines of at most `width` columns.
fn with_help(command: Command, help: &CommandHelp, language: Language, width: usize) -> Command {
    let command = match help.examples {
        [] => command,
        examples => {
            let example = |example: &Example| format!("  {}\n      {}", example.line, language.text(example.purpose));
            let lines: Vec<_> = examples.iter().map(example).collect();
            command.after_help(format!("{}\n{}", language.pick("Examples:", "例子："), lines.join("\n")))
        }
    };
    if language == Language::Chinese { in_chinese(command, &help.chinese.sentences(), width) } else { command }
}

/// Translates the help of a command to Chinese, broken into lines of at most `width` columns, as clap breaks at spaces only. Sentences that
/// are not in `sentences` stay in English.
fn in_chinese(mut command: Command, sentences: &[Bilingual], width: usize) -> Command {
    let text = |help: &StyledStr| {
        let english = help.to_string();
        wrapped(translated(sentences, &english).unwrap_or(&english), width)
    };
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
            let heading = argument.get_help_heading().and_then(|heading| translated(HEADINGS, heading));
            let argument = help.into_iter().fold(argument, clap::Arg::help);
            let argument = heading.into_iter().fold(argument, clap::Arg::help_heading);
            long.into_iter().fold(argument, clap::Arg::long_help)
        });
    }
    command.next_line_help(true)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The program itself and its subcommands, each with its help.
    fn commands() -> Vec<(Command, &'static CommandHelp)> {
        let program = Cli::command();
        let subcommand = |help: &CommandHelp| program.find_subcommand(help.name).unwrap().clone();
        let mut commands: Vec<_> = Subcommand::HELP.iter().map(|help| (subcommand(help), help)).collect();
        assert_eq!(commands.len(), program.get_subcommands().count());
        commands.push((program, &Cli::HELP));
        commands
    }

    /// Every sentence of the help of a command.
    fn sentences(command: &Command) -> BTreeSet<String> {
        let arguments = command.get_arguments().flat_map(|argument| [argument.get_help(), argument.get_long_help()]);
        let about = [command.get_about(), command.get_long_about()];
        arguments.chain(about).flatten().map(ToString::to_string).collect()
    }

    #[test]
    fn translations_of_command_are_its_sentences_and_no_others() {
        for (command, help) in commands() {
            let sentences = sentences(&command);
            let known =
                help.chinese.sentences().into_iter().map(|sentence| Language::English.text(sentence).to_owned());
            let known: BTreeSet<String> = known.collect();
            let missing: Vec<_> = sentences.difference(&known).collect();
            let unused: Vec<_> = known.difference(&sentences).collect();
            assert!(
                missing.is_empty() && unused.is_empty(),
                "{}: missing: {missing:#?}\nunused: {unused:#?}",
                help.name
            );
        }
    }

    #[test]
    fn headings_are_those_of_options() {
        let commands = commands();
        let arguments = commands.iter().flat_map(|(command, _)| command.get_arguments());
        let used: BTreeSet<&str> =
            arguments.filter_map(clap::Arg::get_help_heading).filter(|name| *name != "ssh").collect();
        let known: BTreeSet<&str> = HEADINGS.iter().map(|heading| Language::English.text(*heading)).collect();
        assert_eq!(used, known);
    }

    #[test]
    fn command_has_two_valid_examples() {
        for (command, help) in commands() {
            assert!(help.examples.len() >= 2 || command.is_hide_set(), "{}", help.name);
            for Example { line, .. } in help.examples {
                let arguments =
                    line.split(['<', '>']).next().unwrap().split('"').enumerate().flat_map(|(at, part)| {
                        if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }
                    });
                let parsed = Cli::command().try_get_matches_from(arguments);
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
        }
    }

    #[test]
    fn path_arguments_expand_home_folder() {
        for (command, _) in commands() {
            for argument in command.get_arguments() {
                let parser = format!("{:?}", argument.get_value_parser());
                let (command, argument) = (command.get_name(), argument.get_id());
                assert!(!parser.contains("path_buf"), "{command}: {argument} needs `value_parser = path()`");
            }
        }
        let parsed = Cli::command().try_get_matches_from(["rnn-tui", "predict", "~/x"]).unwrap();
        let folder = parsed.subcommand_matches("predict").unwrap().get_one::<std::path::PathBuf>("directory").unwrap();
        assert_eq!(*folder, std::env::home_dir().unwrap().join("x"));
    }
}
