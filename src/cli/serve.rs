//! `rnn-tui serve`: trains with a class.

use std::process::ExitCode;

use clap::Args;
use rnn_tui::allocator::share_one_arena;

use super::Failed;
use super::background;
use super::class_options::ClassOptions;
use super::train::Train;

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
