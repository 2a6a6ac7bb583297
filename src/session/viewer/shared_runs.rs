//! Runs that viewers share.

use std::io;
use std::sync::Arc;

use super::Viewer;
use crate::session::shared::Shared;
use crate::session::{Budget, Trainer};

/// Runs that any number of viewers may watch, in whatever threads they are. Nothing of a run can be changed by it:
///
/// ```compile_fail,E0599
/// # fn of(runs: &rnn_tui::session::SharedRuns) {
/// runs.send(rnn_tui::session::Control::Restart); // who watches changes nothing
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SharedRuns {
    pub(super) runs: Vec<(Arc<str>, Arc<Shared>)>,
}

impl SharedRuns {
    /// Of these runs, each with a name.
    ///
    /// # Errors
    /// If no responder thread can be created.
    ///
    /// # Panics
    /// If `runs` is empty.
    pub fn of<'a>(trainers: impl IntoIterator<Item = (&'a str, &'a Trainer)>) -> io::Result<Self> {
        let share = |(name, trainer): (&str, &Trainer)| Ok((name.into(), Arc::clone(trainer.watched()?)));
        let runs: Vec<_> = trainers.into_iter().map(share).collect::<io::Result<_>>()?;
        assert!(!runs.is_empty(), "there is no run to watch");
        Ok(Self { runs })
    }

    /// Creates a viewer with the first run's first prompt, and all of that run's prompts pinned.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        Viewer::new(self, None)
    }

    /// The same, whose answers share what many viewers may take of the machine's time while a run is trained.
    #[must_use]
    pub fn viewer_within(&self, budget: &Arc<Budget>) -> Viewer {
        Viewer::new(self, Some(Arc::clone(budget)))
    }
}
