//! `--record`: a recording of the dashboard.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;
use rnn_tui::dashboard::Recording;
use rnn_tui::language::{Message, text};

use super::error::{Failed, with_help_for_place};
use super::help::Translations;
use super::value_parsers::path;

rnn_tui::messages! {
    enum RecordMessage {
        Exists { file: PathBuf } = "{file} is there already", "{file} 已经存在";
        OwnFile = "a recording needs a file of its own: choose another name", "录制需要自己的文件：请换一个名字";
        OtherFolder =
            "choose a file in a folder that is there and yours", "请选择一个已存在且可写入的文件夹中的文件";
    }
}

/// Options of the recording.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looks")]
pub struct Record {
    /// Record the dashboard in this file, an asciicast that asciinema plays
    #[arg(long = "record", value_name = "FILE.cast", value_parser = path())]
    pub file: Option<PathBuf>,
}

impl Record {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[text(
            "Record the dashboard in this file, an asciicast that asciinema plays",
            "把界面录制到此文件，可用 asciinema 播放",
        )],
        flattened: &[],
    };

    /// Creates the file of the recording; `None` without `--record`.
    pub fn create(&self, title: &str) -> Result<Option<Recording>, Failed> {
        let Some(file) = &self.file else { return Ok(None) };
        match Recording::create(file, title, &std::env::var("TERM").unwrap_or_default()) {
            Ok(recording) => Ok(Some(recording)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let exists = RecordMessage::Exists { file: file.clone() };
                Err(Failed::Mistake(Message::from(exists).at("--record").with_help(RecordMessage::OwnFile)))
            }
            Err(error) => {
                let kind = error.kind();
                let message = Message::from(error).at(format!("--record {}", file.display()));
                Err(Failed::Mistake(with_help_for_place(message, kind, RecordMessage::OtherFolder)))
            }
        }
    }
}
