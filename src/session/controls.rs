//! The right to change runs.

use std::sync::Arc;

use super::shared::Shared;
use super::{Control, Trainer};

/// The right to change runs: sends each [`Control`] to all of them, or to one.
///
/// A [`Viewer`](super::Viewer) can only watch and ask; the types keep the two apart:
///
/// ```compile_fail,E0308
/// # fn restart(viewer: &mut rnn_tui::session::Viewer) {
/// viewer.send(rnn_tui::session::Control::Restart); // a viewer changes nothing
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # fn replay(controls: &rnn_tui::session::Controls) {
/// controls.send(rnn_tui::session::Query::Replay); // the moment that a viewer sees does not affect the run
/// # }
/// ```
///
/// ```
/// # fn replay_and_restart(viewer: &mut rnn_tui::session::Viewer, controls: &rnn_tui::session::Controls) {
/// viewer.send(rnn_tui::session::Query::Replay);
/// controls.send(rnn_tui::session::Control::Restart);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Controls {
    runs: Vec<Arc<Shared>>,
}

impl Controls {
    /// Creates the controls of the runs of these trainers.
    #[must_use]
    pub fn new<'a>(trainers: impl IntoIterator<Item = &'a Trainer>) -> Self {
        Self { runs: trainers.into_iter().map(|trainer| Arc::clone(trainer.shared())).collect() }
    }

    /// Sends a control to all runs, which handle it between two steps. Has no effect on threads that have ended. A
    /// [`Pause`](Control::Pause) of runs in lockstep becomes a [`PauseAt`](Control::PauseAt) the same step of all of them.
    pub fn send(&self, control: Control) {
        let lane = self.runs.first().and_then(|run| run.lane.as_ref());
        let control = match (lane, control) {
            (Some(lane), Control::Pause) => lane.lockstep().set_common_limit().map_or(Control::Pause, Control::PauseAt),
            (_, control) => control,
        };
        self.runs.iter().for_each(|run| prepare(run, &control));
        for (run, control) in self.runs.iter().zip(std::iter::repeat_n(control, self.runs.len())) {
            run.send(control);
        }
    }

    /// Sends a control to one run, or to all if `run` is `None`.
    ///
    /// # Panics
    /// If the index is out of range.
    pub fn send_to(&self, run: Option<usize>, control: Control) {
        let Some(run) = run else { return self.send(control) };
        prepare(&self.runs[run], &control);
        self.runs[run].send(control);
    }

    /// Returns a function that sends [`Control::Stop`] to all runs without waiting for their threads. It may outlive them.
    #[must_use = "nothing is stopped until it is called"]
    pub fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let controls = self.clone();
        move || controls.send(Control::Stop)
    }
}

/// Prepares the lockstep for a control by which this run trains on: lifts the common limit of runs that were paused together, and makes
/// the others wait until this run has handled the control. Has no effect for other controls, and for a run outside a lockstep.
fn prepare(run: &Shared, control: &Control) {
    let is_restart = matches!(control, Control::Restart | Control::Repeat | Control::Rebuild { .. });
    let may_continue =
        matches!(control, Control::Resume | Control::RunTo(_) | Control::StepOnce | Control::KeepInStep(_));
    if let (true, Some(lane)) = (is_restart || may_continue, &run.lane) {
        lane.lockstep().lift_limit();
        lane.expect_control(run.sent() + 1, is_restart);
    }
}
