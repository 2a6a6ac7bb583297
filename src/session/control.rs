//! Commands that change a run.

use std::sync::Arc;

use super::shared::Shared;
use crate::config::RunSettings;

/// A command to a training thread. Requests that change nothing are [`Query`](super::Query)s.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Pause training.
    Pause,
    /// Train until this number of steps is reached, then pause; pause at once if it is reached already.
    PauseAt(u64),
    /// Resume training.
    Resume,
    /// Take one step, then pause.
    StepOnce,
    /// Train until this total number of steps, then pause.
    RunTo(u64),
    /// Raise the pace by one level.
    Faster,
    /// Lower the pace by one level.
    Slower,
    /// Toggle between full speed and the previous pace.
    ToggleFullSpeed,
    /// Restart with weights from the next seed; a paused run stays paused.
    Restart,
    /// Restart with weights from the same seed; a paused run stays paused.
    Repeat,
    /// Restart with other settings of model or training; a paused run stays paused.
    Rebuild {
        /// The new settings.
        settings: Box<RunSettings>,
        /// The seed of the new weights.
        seed: u64,
    },
    /// Change the training settings and keep the weights.
    Retune(Box<RunSettings>),
    /// Multiply the learning rate of later steps by this factor.
    ScaleLearningRate(f64),
    /// Restore the configured learning rate.
    UsualLearningRate,
    /// Wait for the slowest run of the session (true), or train independently (false).
    KeepInStep(bool),
    /// Save a checkpoint.
    Save,
    /// Save a checkpoint and end the thread.
    Stop,
}

/// The right to change runs: sends each [`Control`] to all of them.
///
/// A [`Viewer`](super::Viewer) can only watch and ask; the types keep the two apart:
///
/// ```compile_fail,E0308
/// # fn of(viewer: &mut rnn_tui::session::Viewer) {
/// viewer.send(rnn_tui::session::Control::Restart); // a viewer changes nothing
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # fn of(controls: &rnn_tui::session::Controls) {
/// controls.send(rnn_tui::session::Query::Replay); // nobody's moment in time is a matter of the run
/// # }
/// ```
///
/// ```
/// # fn of(viewer: &mut rnn_tui::session::Viewer, controls: &rnn_tui::session::Controls) {
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
    pub fn of<'a>(trainers: impl IntoIterator<Item = &'a super::Trainer>) -> Self {
        Self { runs: trainers.into_iter().map(|trainer| Arc::clone(trainer.shared())).collect() }
    }

    /// Sends a control to all runs, which handle it between two steps. Has no effect on threads that have ended. Runs in lockstep
    /// pause after the same step.
    pub fn send(&self, control: Control) {
        let lane = self.runs.first().and_then(|run| run.lane.as_ref());
        let control = match (lane, control) {
            (Some(lane), Control::Pause) => lane.lockstep().stop_together().map_or(Control::Pause, Control::PauseAt),
            (_, control) => control,
        };
        self.runs.iter().for_each(|run| prepare(run, &control));
        for (run, control) in self.runs.iter().zip(std::iter::repeat_n(control, self.runs.len())) {
            run.control(control);
        }
    }

    /// Sends a control to one run, or to all if `run` is `None`.
    ///
    /// # Panics
    /// If the index is out of range.
    pub fn send_to(&self, run: Option<usize>, control: Control) {
        let Some(run) = run else { return self.send(control) };
        prepare(&self.runs[run], &control);
        self.runs[run].control(control);
    }

    /// Returns a function that stops the runs without waiting for their threads. It may outlive them.
    #[must_use = "nothing is stopped until it is called"]
    pub fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let controls = self.clone();
        move || controls.send(Control::Stop)
    }
}

/// Before a run goes on: the limit is lifted that runs which paused together had, and this one is waited for.
fn prepare(run: &Shared, control: &Control) {
    let goes_on = matches!(
        control,
        Control::Resume
            | Control::RunTo(_)
            | Control::StepOnce
            | Control::KeepInStep(_)
            | Control::Restart
            | Control::Repeat
            | Control::Rebuild { .. }
    );
    if let (true, Some(lane)) = (goes_on, &run.lane) {
        lane.lockstep().go_on();
        let begins_anew = matches!(control, Control::Restart | Control::Repeat | Control::Rebuild { .. });
        lane.expect(run.sent() + 1, begins_anew);
    }
}
