//! Paths on the command line.

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use rnn_tui::config::at_home;

/// Every option and argument that is a path: `~` is the home folder, as in a configuration. A shell puts it there itself, but not behind
/// `=`, and not within quotes.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| at_home(&path))
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::super::Cli;

    fn check(command: &Command) {
        for argument in command.get_arguments() {
            let parser = format!("{:?}", argument.get_value_parser());
            let (command, argument) = (command.get_name(), argument.get_id());
            assert!(!parser.contains("path_buf"), "{command}: {argument} needs `value_parser = path()`");
        }
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn every_path_can_begin_in_the_home_folder() {
        check(&Cli::command());
        let parsed = Cli::command().try_get_matches_from(["rnn-tui", "predict", "~/x"]).unwrap();
        let folder = parsed.subcommand_matches("predict").unwrap().get_one::<std::path::PathBuf>("directory").unwrap();
        assert_eq!(*folder, std::env::home_dir().unwrap().join("x"));
    }
}
