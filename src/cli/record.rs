//! The recording of a session.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;
use rnn_tui::dashboard::Recording;

use super::paths::path;
use super::{Failed, help_for_place};

/// Where a session goes besides the screen.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looks")]
pub struct Record {
    /// Record the dashboard in this file, an asciicast that asciinema plays
    #[arg(long = "record", value_name = "FILE.cast", value_parser = path())]
    pub file: Option<PathBuf>,
}

impl Record {
    pub fn begin(&self, title: &str) -> Result<Option<Recording>, Failed> {
        let Some(file) = &self.file else { return Ok(None) };
        match Recording::create(file, title, &std::env::var("TERM").unwrap_or_default()) {
            Ok(recording) => Ok(Some(recording)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let help = "a recording needs a file of its own: choose another name";
                Err(Failed::Prompt(format!("--record: {} is there already\n  {help}", file.display())))
            }
            Err(error) => {
                let help = help_for_place(error.kind(), "choose a file in a folder that is there and yours");
                Err(Failed::Prompt(format!("--record {}: {error}{help}", file.display())))
            }
        }
    }
}
