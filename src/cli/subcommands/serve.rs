//! `rnn-tui serve`: trains with a class.

use std::process::ExitCode;

use clap::Args;
use rnn_tui::allocator::share_one_arena;
use rnn_tui::language::text;

use crate::cli::background;
use crate::cli::class_options::ClassOptions;
use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::train::Train;

/// Trains, and lets a class look, each with a dashboard of their own
///
/// Everybody in the class asks, pins and goes back in time for themselves; training and its keys are those of this terminal, and of who
/// teaches from elsewhere. When this terminal is lost, the class goes on.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    class: ClassOptions,

    #[command(flatten)]
    train: Train,
}

impl Serve {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "serve",
        chinese: Translations {
            own: &[
                text(
                    "Trains, and lets a class look, each with a dashboard of their own",
                    "训练并让全班观看，每人有自己的界面",
                ),
                text(
                    "Trains, and lets a class look, each with a dashboard of their own\n\nEverybody in the class asks, pins and goes back in time for themselves; training and its keys are those of this terminal, and of who teaches from elsewhere. When this terminal is lost, the class goes on.",
                    "训练并让全班观看，每人有自己的界面\n\n课堂中每个人各自提问、固定提示、回看过去；训练及其按键属于此终端以及在别处授课的人。此终端断开后课堂继续。",
                ),
            ],
            flattened: &[&ClassOptions::CHINESE, &Train::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui serve duel --listen 0.0.0.0:2222",
                purpose: text(
                    "a class that students join by ssh, with the password on your screen",
                    "学生用 ssh 加入的课堂，密码显示在您的屏幕上",
                ),
            },
            Example {
                line: "rnn-tui serve toy-en --local",
                purpose: text("for other terminals of this machine only", "只供本机的其他终端"),
            },
        ],
    };

    /// Trains with a class, in this process or in one in the background; with `--print-fingerprint`, prints the host key's fingerprint only.
    pub fn run(self) -> Result<ExitCode, Failed> {
        share_one_arena();
        #[cfg(feature = "ssh")]
        if self.class.ssh.print_fingerprint {
            return self.class.ssh.print_host_key_fingerprint();
        }
        if self.class.in_background {
            background::leave_terminal();
        } else if self.class.detach {
            return background::start();
        }
        self.train.run(Some(self.class))
    }
}
