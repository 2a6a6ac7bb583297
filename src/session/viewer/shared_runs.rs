//! Runs that viewers share.

use std::io;
use std::sync::Arc;

use super::Viewer;
use crate::session::shared::Shared;
use crate::session::{Budget, Trainer};

/// Runs that any number of viewers in any threads can watch. It cannot change a run:
///
/// ```compile_fail,E0599
/// # fn restart(runs: &rnn_tui::session::SharedRuns) {
/// runs.send(rnn_tui::session::Control::Restart); // a viewer changes nothing
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SharedRuns {
    pub(super) runs: Vec<(Arc<str>, Arc<Shared>)>,
}

impl SharedRuns {
    /// Shares these runs, each with a name, and starts their responder threads if necessary.
    ///
    /// # Errors
    /// If no responder thread can be created.
    ///
    /// # Panics
    /// If `runs` is empty.
    pub fn new<'a>(trainers: impl IntoIterator<Item = (&'a str, &'a Trainer)>) -> io::Result<Self> {
        let share = |(name, trainer): (&str, &Trainer)| Ok((name.into(), Arc::clone(trainer.start_responders()?)));
        let runs: Vec<_> = trainers.into_iter().map(share).collect::<io::Result<_>>()?;
        assert!(!runs.is_empty(), "there is no run to watch");
        Ok(Self { runs })
    }

    /// Creates a viewer of these runs that asks the first prompt of the first run, and has all prompts of that run pinned.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        Viewer::with_budget(self, None)
    }

    /// Creates the same viewer, with answers limited by `budget` while a run trains.
    #[must_use]
    pub fn viewer_within(&self, budget: &Arc<Budget>) -> Viewer {
        Viewer::with_budget(self, Some(Arc::clone(budget)))
    }
}
