//! `rnn-tui export`: pictures and tables of a saved run.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rnn_tui::dashboard::Dashboard;
use rnn_tui::export::{self, ExportOptions};
use rnn_tui::language::{Message, text};
use rnn_tui::session::{Observed, Query, Trainer, Viewer};

use crate::cli::display_options::DisplayOptions;
use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::{language, say, warn};
use crate::cli::prepared_runs::{PreparedRuns, StoredRuns};
use crate::cli::progress;
use crate::cli::value_parsers::{path, prompt, whole, whole_or_zero};

rnn_tui::messages! {
    enum ExportMessage {
        OtherFolder = "choose another folder with `--to DIR`", "请用 `--to DIR` 选择另一个文件夹";
        OtherFolderOrForce =
            "choose another folder with `--to DIR`, or write over its files with `--force`",
            "请用 `--to DIR` 另选文件夹，或用 `--force` 覆盖其中的文件";
        NoMetrics = "there is no metrics.csv", "没有 metrics.csv";
        TooFewSteps { last: u64 } = "the run has taken {last} steps", "训练已完成 {last} 步";
        OnlyLastKept { last: u64 } =
            "no moment is kept but the last, step {last}", "除了最后的第 {last} 步，没有保存其他时刻";
        FirstKept { first: u64 } = "the first stored moment is step {first}", "保存的第一个时刻是第 {first} 步";
        LastKeptBefore { shown: u64 } =
            "the last moment before that is kept is step {shown}", "在那之前保存的最后时刻是第 {shown} 步";
    }
}

/// Timeout for the answer of any model.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// Writes pictures (SVG) and tables (CSV) of a run that is kept, as it was at its last checkpoint
#[derive(Debug, Args)]
pub struct Export {
    /// The folder of the run
    #[arg(value_parser = path())]
    directory: PathBuf,

    /// Where the files go [default: export/step-N in the folder of the run]
    #[arg(long, value_name = "DIR", value_parser = path())]
    to: Option<PathBuf>,

    /// Write over files that are in that folder already
    #[arg(long)]
    force: bool,

    /// Let tables begin with a byte order mark, by which Excel knows that they are in UTF-8
    #[arg(long)]
    bom: bool,

    /// What to ask for the pictures [default: the run's first prompt]
    #[arg(long, value_name = "WORDS", value_parser = prompt)]
    ask: Option<String>,

    /// The model as it was after this many steps, or at the last moment before that is kept [default: as it was last]
    #[arg(long, value_name = "N", value_parser = whole_or_zero, allow_negative_numbers = true)]
    step: Option<u64>,

    /// Columns of the screen
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = whole(1000))]
    columns: u32,

    /// Rows of the screen
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = whole(1000))]
    rows: u32,

    #[command(flatten)]
    display: DisplayOptions,
}

impl Export {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "export",
        chinese: Translations {
            own: &[
                text(
                    "Writes pictures (SVG) and tables (CSV) of a run that is kept, as it was at its last checkpoint",
                    "写出已保存训练的图片（SVG）和表格（CSV），以最后一个检查点为准",
                ),
                text("The folder of the run", "训练的文件夹"),
                text(
                    "Where the files go [default: export/step-N in the folder of the run]",
                    "文件写到哪里 [默认：训练文件夹中的 export/step-N]",
                ),
                text("Write over files that are in that folder already", "覆盖该文件夹中已有的文件"),
                text(
                    "Let tables begin with a byte order mark, by which Excel knows that they are in UTF-8",
                    "表格以字节顺序标记开头，Excel 由此得知是 UTF-8",
                ),
                text(
                    "What to ask for the pictures [default: the run's first prompt]",
                    "图片中问什么 [默认：训练的第一个提示]",
                ),
                text(
                    "The model as it was after this many steps, or at the last moment before that is kept [default: as it was last]",
                    "这么多步之后（或之前最近保存的时刻）的模型 [默认：最后的模型]",
                ),
                text("Columns of the screen", "屏幕的列数"),
                text("Rows of the screen", "屏幕的行数"),
            ],
            flattened: &[&DisplayOptions::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui export runs/words",
                purpose: text("pictures and tables of the last checkpoint", "最后一个检查点的图片和表格"),
            },
            Example {
                line: "rnn-tui export runs/words --step 300 --to slides",
                purpose: text(
                    "as it was after 300 steps, into the folder slides",
                    "第 300 步时的样子，写入文件夹 slides",
                ),
            },
        ],
    };

    /// Writes the files, and prints their paths.
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let (observed, folders) = self.observed()?;
        let folders: Vec<Option<&Path>> = folders.iter().map(Option::as_deref).collect();
        let mut dashboard = Dashboard::new(self.display.theme(), language(), &[]);
        dashboard.view.size = [self.columns, self.rows].map(|cells| u16::try_from(cells).unwrap_or(u16::MAX)).into();
        let folder =
            self.to.clone().unwrap_or_else(|| export::new_folder(&self.directory.join("export"), observed.run()));
        let options = ExportOptions { overwrites: self.force, has_byte_order_mark: self.bom };
        let written = export::export(&folder, &dashboard, &observed, &folders, options);
        progress::finish();
        let (files, warning) = written.map_err(|error| match error.kind() {
            // the command was right, and the disk is full
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Failed::System(error),
            kind => {
                let overwrites = kind == ErrorKind::AlreadyExists;
                let help = if overwrites { ExportMessage::OtherFolderOrForce } else { ExportMessage::OtherFolder };
                Failed::Mistake(Message::from(error).at("export").with_help(help))
            }
        })?;
        for file in files {
            say(&file.display().to_string())?;
        }
        if let Some(warning) = warning {
            warn(warning.and(ExportMessage::NoMetrics));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The runs at the requested step, with the answer to the prompt, and the folder of each.
    fn observed(&self) -> Result<(Arc<Observed>, Vec<Option<PathBuf>>), Failed> {
        let mut prepared = PreparedRuns::replayed(&self.directory)?;
        let prompt = self.ask.clone().or_else(|| prepared.first().run.learner.info().prompts.first().cloned());
        for prepared in &mut prepared.runs {
            prepared.run.keyframes = prepared.config.run.keyframes << 20;
        }
        let StoredRuns { runs, folders, .. } = prepared.store()?;
        let trainers = runs.into_iter().map(|(name, run)| Ok((name, Trainer::spawn(run)?)));
        let trainers: Vec<_> = trainers.collect::<Result<_, Failed>>()?;
        let mut viewer = Viewer::new(trainers.iter().map(|(name, trainer)| (name.as_str(), trainer)))?;
        viewer.settle(ANSWER_TIMEOUT);
        viewer.send(self.step.map_or(Query::Return, Query::Show));
        viewer.send(prompt.map_or(Query::Return, Query::Ask));
        viewer.settle(ANSWER_TIMEOUT);
        let observed = Arc::clone(viewer.observed());
        if let Some(refusal) = &observed.refusal {
            return Err(Failed::Mistake(Message::from(refusal.error.clone()).at("--ask")));
        }
        let Some(step) = self.step else { return Ok((observed, folders)) };
        let last = observed.run().snapshot.record.step;
        let at_step = |message: ExportMessage| Message::from(message).at(format!("--step {step}"));
        let refused = |why| Err(Failed::Mistake(at_step(why)));
        match observed.run().playback.shown {
            _ if step == last => {}
            _ if step > last => return refused(ExportMessage::TooFewSteps { last }),
            None => return refused(ExportMessage::OnlyLastKept { last }),
            Some(first) if first > step => return refused(ExportMessage::FirstKept { first }),
            Some(shown) if shown < step => {
                warn(at_step(ExportMessage::LastKeptBefore { shown }));
            }
            Some(_) => {}
        }
        Ok((observed, folders))
    }
}
