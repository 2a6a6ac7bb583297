//! `rnn-tui completions`: scripts that complete the command line in a shell.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::{Shell, generate};
use rnn_tui::language::text;

use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Example, Translations};

/// Prints a script by which a shell completes the command line of rnn-tui
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "completions",
        chinese: Translations {
            own: &[
                text(
                    "Prints a script by which a shell completes the command line of rnn-tui",
                    "输出 shell 补全 rnn-tui 命令行的脚本",
                ),
                text("The shell", "shell 的名称"),
            ],
            flattened: &[],
        },
        examples: &[
            Example {
                line: "rnn-tui completions bash > ~/.local/share/bash-completion/completions/rnn-tui",
                purpose: text("for bash", "用于 bash"),
            },
            Example {
                line: "rnn-tui completions fish > ~/.config/fish/completions/rnn-tui.fish",
                purpose: text("for fish", "用于 fish"),
            },
        ],
    };

    /// Prints the script for `command`.
    pub fn run(&self, mut command: Command) -> Result<ExitCode, Failed> {
        let mut script = Vec::new();
        generate(self.shell, &mut command, "rnn-tui", &mut script);
        io::stdout().write_all(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
