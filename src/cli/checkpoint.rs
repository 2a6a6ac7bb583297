//! Options that select a checkpoint.

use clap::Args;
use rnn_tui::language::text;
use rnn_tui::storage::CheckpointChoice;

use super::help::Translations;
use super::value_parsers::whole_or_zero;

/// Options that select a checkpoint.
#[derive(Debug, Args)]
pub struct ChosenCheckpoint {
    /// The checkpoint after this many steps [default: the best one, without validations the last]
    #[arg(long, value_name = "N", value_parser = whole_or_zero, allow_negative_numbers = true)]
    step: Option<u64>,

    /// The checkpoint with the best validation, which is the default
    #[arg(long, conflicts_with = "step")]
    best: bool,

    /// The last checkpoint
    #[arg(long, conflicts_with_all = ["step", "best"])]
    last: bool,
}

impl ChosenCheckpoint {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[
            text(
                "The checkpoint after this many steps [default: the best one, without validations the last]",
                "这么多步之后的检查点 [默认：最好的一个，没有验证则为最后一个]",
            ),
            text("The checkpoint with the best validation, which is the default", "验证最好的检查点，即默认值"),
            text("The last checkpoint", "最后一个检查点"),
        ],
        flattened: &[],
    };

    /// The selected checkpoint; the best one by default.
    pub fn which(&self) -> CheckpointChoice {
        match self.step {
            Some(step) => CheckpointChoice::Step(step),
            None if self.last => CheckpointChoice::Last,
            None => CheckpointChoice::Best,
        }
    }
}
