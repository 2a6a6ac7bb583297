//! Options of a class: its doors, its limits, its archive.

use std::path::PathBuf;

use clap::Args;
use rnn_tui::class::{Class, Limits};
use rnn_tui::language::Message;

use super::messages::ExpectedValue;
use super::paths::path;
#[cfg(feature = "ssh")]
use super::ssh_door::SshOptions;

/// The doors, the limits and the archive of a class.
#[derive(Debug, Args)]
#[command(next_help_heading = "Class")]
#[allow(clippy::struct_excessive_bools)] // each is an independent option of the command line
pub struct ClassOptions {
    /// Where `rnn-tui attach` finds the class [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]
    #[arg(long, value_name = "PATH", value_parser = path())]
    pub socket: Option<PathBuf>,

    /// Let accounts of the socket's group attach, not this one alone
    #[arg(long)]
    pub group: bool,

    /// How many may be in the class at once
    #[arg(long, value_name = "N", default_value_t = Class::DEFAULT_MEMBERS, value_parser = members, allow_negative_numbers = true)]
    pub members: usize,

    /// The maximum number of concurrent sessions per person (per key or per name)
    #[arg(long, value_name = "N", default_value_t = Limits::SESSIONS_EACH, value_parser = members, allow_negative_numbers = true)]
    pub sessions: usize,

    /// Hold the class in the background, without this terminal: `rnn-tui attach --teacher` leads it, and `q` there ends it
    #[arg(long, conflicts_with_all = ["file", "plain", "words", "print_config"])]
    pub detach: bool,

    /// What --detach starts
    #[arg(long, hide = true)]
    pub in_background: bool,

    /// End sessions in which nobody has typed for so long; the teacher's own terminal and the projector go on
    #[arg(long, value_name = "MINUTES", default_value_t = 180, value_parser = idle_minutes, allow_negative_numbers = true)]
    pub idle: u64,

    /// Write who came, when, from where and how it ended to this file, as comma-separated values
    #[arg(long, value_name = "FILE.csv", value_parser = path())]
    pub log: Option<PathBuf>,

    /// Write what is asked to the file of --log, too; everybody is told so
    #[arg(long, requires = "log")]
    pub log_prompts: bool,

    /// Record the session of everybody who comes in this folder, as asciicasts; everybody is told so
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub record_class: Option<PathBuf>,

    #[cfg(feature = "ssh")]
    #[command(flatten)]
    pub ssh: SshOptions,
}

fn members(text: &str) -> Result<usize, Message> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| ExpectedValue::Members.into())
}

fn idle_minutes(text: &str) -> Result<u64, Message> {
    let number = text.parse().ok().filter(|number| (1..=1440).contains(number));
    number.ok_or_else(|| ExpectedValue::Minutes.into())
}

impl ClassOptions {
    /// The first notice on the teacher's screen, if other machines can reach the class.
    #[cfg_attr(not(feature = "ssh"), allow(clippy::unused_self))]
    pub fn warning(&self) -> Option<Message> {
        #[cfg(feature = "ssh")]
        return self.ssh.warning();
        #[cfg(not(feature = "ssh"))]
        None
    }
}
