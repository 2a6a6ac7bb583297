//! `rnn-tui serve`: a class looks while a run is trained.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use rnn_tui::class::Class;
use rnn_tui::class::door::local::{LocalDoor, usual_path};
use rnn_tui::session::SharedRuns;

use super::Failed;
#[cfg(feature = "ssh")]
use super::ssh_door::SshOptions;
use super::train::Train;

/// Trains, and lets a class look, each with a dashboard of their own
///
/// Everybody in the class asks, pins and goes back in time for themselves; training and its keys are those of this terminal.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    train: Train,

    #[command(flatten)]
    class: ClassOptions,
}

/// The doors of a class, and who may come in.
#[derive(Debug, Args)]
pub struct ClassOptions {
    /// Where `rnn-tui attach` finds the class [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,

    /// Let accounts of the socket's group attach, not this one alone
    #[arg(long)]
    group: bool,

    /// How many may be in the class at once
    #[arg(long, value_name = "N", default_value_t = Class::MOST_MEMBERS, value_parser = most_members, allow_negative_numbers = true)]
    members: usize,

    #[cfg(feature = "ssh")]
    #[command(flatten)]
    ssh: SshOptions,
}

/// A class whose doors are open, until this is dropped.
pub struct OpenClass {
    pub class: Arc<Class>,
    _local: LocalDoor,
    #[cfg(feature = "ssh")]
    _ssh: Option<rnn_tui::class::door::ssh::SshDoor>,
}

fn most_members(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| "expected a number from 1 to 1000".to_owned())
}

impl Serve {
    pub fn run(self) -> Result<ExitCode, Failed> {
        #[cfg(feature = "ssh")]
        if self.class.ssh.print_fingerprint {
            return self.class.ssh.tell_fingerprint();
        }
        self.train.run(Some(self.class))
    }
}

impl ClassOptions {
    /// What the teacher should know first.
    pub fn warning(&self) -> Option<String> {
        #[cfg(feature = "ssh")]
        return self.ssh.warning();
        #[cfg(not(feature = "ssh"))]
        None
    }

    /// Opens the class, and its doors.
    pub fn open(&self, runs: SharedRuns) -> Result<OpenClass, Failed> {
        let class = Class::new(runs, self.members);
        // what can be refused comes before anybody can come in
        #[cfg(feature = "ssh")]
        let ssh = self.ssh.open(&class)?;
        let local = self.open_locally(&class)?;
        Ok(OpenClass {
            class,
            _local: local,
            #[cfg(feature = "ssh")]
            _ssh: ssh,
        })
    }

    fn open_locally(&self, class: &Arc<Class>) -> Result<LocalDoor, Failed> {
        let path = self.socket.clone().unwrap_or_else(usual_path);
        let refuse = |error: io::Error| {
            let (problem, help) = match error.kind() {
                io::ErrorKind::AddrInUse => ("another class is there", "choose another place with --socket"),
                io::ErrorKind::AlreadyExists => ("it is there and no socket", "choose another place with --socket"),
                _ => return Failed::Prompt(format!("--socket {}: {error}", path.display())),
            };
            Failed::Prompt(format!("--socket {}: {problem}\n  {help}", path.display()))
        };
        LocalDoor::open(class, &path, self.group).map_err(refuse)
    }
}
