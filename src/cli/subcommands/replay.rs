//! `rnn-tui replay`: replays training in the dashboard.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rnn_tui::language::{Message, text};

use crate::cli::display_options::DisplayOptions;
use crate::cli::error::Failed;
use crate::cli::frontend::{DashboardOptions, Frontend};
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::Mistake;
use crate::cli::prepared_runs::PreparedRuns;
use crate::cli::record::Record;
use crate::cli::run::run;
use crate::cli::terminal::has_screen;
use crate::cli::value_parsers::path;

/// Shows training again, from the last checkpoint of a run
#[derive(Debug, Args)]
pub struct Replay {
    /// The folder of the run
    #[arg(value_parser = path())]
    directory: PathBuf,

    #[command(flatten)]
    display: DisplayOptions,

    #[command(flatten)]
    record: Record,
}

impl Replay {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "replay",
        chinese: Translations {
            own: &[
                text("Shows training again, from the last checkpoint of a run", "从训练的最后一个检查点重看训练"),
                text("The folder of the run", "训练的文件夹"),
            ],
            flattened: &[&DisplayOptions::CHINESE, &Record::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui replay runs/words",
                purpose: text("see training again; t plays it from its start", "重看训练；t 从头播放"),
            },
            Example {
                line: "rnn-tui replay runs/words --record lesson.cast",
                purpose: text("record it for asciinema", "录制下来，用 asciinema 播放"),
            },
        ],
    };

    /// Shows the runs of the folder in the dashboard, in replay mode.
    pub fn run(self) -> Result<ExitCode, Failed> {
        if !has_screen() {
            return Err(Failed::Mistake(Message::from(Mistake::NoTerminal).at("replay")));
        }
        let prepared = PreparedRuns::replayed(&self.directory)?;
        let preferences = self.display.preferences(&prepared)?;
        let recording = self.record.create(&prepared.first().config.title)?;
        let options = DashboardOptions { preferences, prompts: Vec::new(), recording, class: None };
        run(prepared, Frontend::Dashboard(Box::new(options)))
    }
}
