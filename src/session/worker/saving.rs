//! Checkpoints from the training thread.

use super::Worker;
use crate::learning::RunInfo;
use crate::session::checkpointing::CheckpointInputs;
use crate::session::published::lock;
use crate::session::{RunState, SaveReason};

/// Estimated size of a checkpoint in bytes: three numbers per weight, two of them the optimizer's.
fn checkpoint_bytes(run: &RunInfo) -> usize {
    usize::try_from(run.weights.saturating_mul(3 * size_of::<f32>() as u128)).unwrap_or(usize::MAX)
}

impl Worker {
    /// Reports to the writer how the run starts. Sends a checkpoint of a new run at once, so that there always is one. Has no effect if the
    /// run is not saved.
    pub(super) fn start_saving(&mut self, is_resumed: bool) {
        let Some(checkpoint_sender) = &mut self.checkpoint_sender else { return };
        if is_resumed {
            checkpoint_sender.resume(self.learner.as_ref(), &self.record, self.rate_factor);
        } else {
            checkpoint_sender.begin(&self.run.model, self.learner.seed());
            self.save(SaveReason::default());
        }
    }

    /// Sends a checkpoint to the writer, if the run is saved and has not failed.
    pub(super) fn save(&mut self, reason: SaveReason) {
        // a learner that has failed within a step is no longer in the state after the last one
        let has_failed = matches!(self.state, RunState::Failed(_));
        let Some(checkpoint_sender) = self.checkpoint_sender.as_mut().filter(|_| !has_failed) else { return };
        let keyframes = lock(&self.keyframes);
        let inputs = CheckpointInputs {
            learner: self.learner.as_mut(),
            record: &self.record,
            rate_factor: self.rate_factor,
            keyframes: keyframes.frames(),
            bytes: checkpoint_bytes(&self.run),
        };
        checkpoint_sender.save(inputs, reason);
    }
}
