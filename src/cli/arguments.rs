//! The arguments of the program.

use std::sync::OnceLock;

use clap::Parser;
use rnn_tui::language::text;
use rnn_tui::model::Threads;
use rnn_tui::model::kernels::{INSTRUCTION_SET, InstructionSet};

use super::help::{CommandHelp, Example, Translations};
use super::subcommands::Subcommand;
use super::train::Train;

/// Trains a recurrent language model while a dashboard shows what it learns.
///
/// Exit codes: 0 done, 1 training failed, 2 a mistake in the configuration or on the command line, 3 done, but not all of it
/// is kept on disk, 128 + n ended by signal n.
#[derive(Debug, Parser)]
#[command(version, long_version = long_version(), args_conflicts_with_subcommands = true)]
pub struct Cli {
    // parsed earlier by `messages::language`, as the errors of parsing are printed in this language
    /// The language of the interface and of this help [default: that of the locale, or English]
    #[arg(long = "lang", global = true, value_name = "LANGUAGE", value_parser = ["en", "zh"], help_heading = "Looks")]
    _lang: Option<String>,

    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    #[command(flatten)]
    pub train: Train,
}

impl Cli {
    /// The help of the program itself in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "",
        chinese: Translations {
            own: &[
                text(
                    "Trains a recurrent language model while a dashboard shows what it learns",
                    "训练循环语言模型，同时用界面显示它学到了什么",
                ),
                text(
                    "Trains a recurrent language model while a dashboard shows what it learns.\n\nExit codes: 0 done, 1 training failed, 2 a mistake in the configuration or on the command line, 3 done, but not all of it is kept on disk, 128 + n ended by signal n.",
                    "训练循环语言模型，同时用界面显示它学到了什么。\n\n退出码：0 完成，1 训练失败，2 配置或命令行有误，3 完成但没有全部保存到磁盘，128 + n 被信号 n 结束。",
                ),
                text(
                    "The language of the interface and of this help [default: that of the locale, or English]",
                    "界面和本帮助的语言 [默认：区域设置的语言，或英语]",
                ),
            ],
            flattened: &[&Train::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui --paused",
                purpose: text(
                    "the first lesson; s takes one step, space lets training run, ? shows all keys",
                    "第一课；s 走一步，空格开始训练，? 列出所有按键",
                ),
            },
            Example {
                line: "rnn-tui --corpus my-text.txt --run runs/mine",
                purpose: text("learn a text of your own, and keep the run", "学习您自己的文本，并保存这次训练"),
            },
        ],
    };
}

/// The version, and properties of the machine on which the speed of the kernels depends.
fn long_version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let set = InstructionSet::in_use().map_or_else(|error| error.to_string(), |set| set.to_string());
        let available: Vec<_> = InstructionSet::available().map(InstructionSet::name).collect();
        let (version, available) = (env!("CARGO_PKG_VERSION"), available.join(", "));
        let threads = Threads::new(0).count();
        format!("{version}\ninstruction set: {set} ({INSTRUCTION_SET} can be {available})\nthreads: {threads}")
    })
}
