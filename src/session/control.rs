//! What changes a run.

use std::sync::Arc;

use super::shared::Shared;
use crate::config::RunSettings;

/// What a run can be told. What is asked of it and changes nothing is a [`Query`](super::Query).
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Wait.
    Pause,
    /// Train until this number of steps is reached, then pause; pause at once if it is reached already.
    PauseAt(u64),
    /// Go on.
    Resume,
    /// Take one step, then wait.
    StepOnce,
    /// Go on until this many steps are taken in all, then wait.
    RunTo(u64),
    /// Go faster by one step of the pace.
    Faster,
    /// Go slower by one step of the pace.
    Slower,
    /// Full speed, or back to the pace before.
    ToggleFullSpeed,
    /// Start anew with the weights of the next seed; a paused run stays paused.
    Restart,
    /// Start anew with the weights of the same seed; a paused run stays paused.
    Repeat,
    /// Start anew with another model, or another way to learn; a paused run stays paused.
    Rebuild {
        /// What it is like.
        settings: Box<RunSettings>,
        /// Of its weights.
        seed: u64,
    },
    /// Go on with another way to learn, and the weights that there are.
    Retune(Box<RunSettings>),
    /// Multiply the learning rate of later steps by this.
    ScaleLearningRate(f64),
    /// The learning rate is that of the configuration again.
    UsualLearningRate,
    /// Wait for the slowest of the runs beside it, or take steps as fast as it can.
    KeepInStep(bool),
    /// Save a checkpoint.
    Save,
    /// End the thread, with a checkpoint.
    Stop,
}

/// What somebody holds who may change runs: each [`Control`] goes to all of them.
///
/// Whoever only watches has a [`Viewer`](super::Viewer), and neither can do what the other does:
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
    /// Of these runs.
    #[must_use]
    pub fn of<'a>(trainers: impl IntoIterator<Item = &'a super::Trainer>) -> Self {
        Self { runs: trainers.into_iter().map(|trainer| Arc::clone(trainer.shared())).collect() }
    }

    /// Tells the runs something; they listen between two steps. After their threads have ended nothing happens. Runs that are kept
    /// in step pause after the same step.
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

    /// Tells one of the runs something; all of them, if none is named.
    ///
    /// # Panics
    /// If there is no such run.
    pub fn send_to(&self, run: Option<usize>, control: Control) {
        let Some(run) = run else { return self.send(control) };
        prepare(&self.runs[run], &control);
        self.runs[run].control(control);
    }

    /// What stops the runs, for somebody who may outlive them. Does not wait for their threads.
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
