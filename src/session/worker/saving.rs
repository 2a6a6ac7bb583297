//! How the training thread saves the run.

use super::Worker;
use crate::learning::RunInfo;
use crate::session::checkpointing::CheckpointInputs;
use crate::session::published::lock;
use crate::session::{RunState, SaveReason};

/// Estimated size of a checkpoint in bytes: the weights and two numbers of the optimizer for each of them.
fn bytes_of_copy(run: &RunInfo) -> usize {
    usize::try_from(run.weights.saturating_mul(3 * size_of::<f32>() as u128)).unwrap_or(usize::MAX)
}

impl Worker {
    /// Reports to the writer how the run starts. A new run is saved at once, so that there always is a checkpoint.
    pub(super) fn begin_saving(&mut self, is_resumed: bool) {
        let Some(checkpoint_sender) = &mut self.checkpoint_sender else { return };
        if is_resumed {
            checkpoint_sender.resume(self.learner.as_ref(), &self.record, self.rate_factor);
        } else {
            checkpoint_sender.begin(&self.run.model, self.learner.seed());
            self.save(SaveReason::default());
        }
    }

    /// Sends a checkpoint to the writer.
    pub(super) fn save(&mut self, reason: SaveReason) {
        // a learner that has failed in the middle of a step is not in the state after the last one
        let has_failed = matches!(self.state, RunState::Failed(_));
        let Some(checkpoint_sender) = self.checkpoint_sender.as_mut().filter(|_| !has_failed) else { return };
        let keyframes = lock(&self.keyframes);
        let inputs = CheckpointInputs {
            learner: self.learner.as_mut(),
            record: &self.record,
            rate_factor: self.rate_factor,
            keyframes: keyframes.frames(),
            bytes: bytes_of_copy(&self.run),
        };
        checkpoint_sender.save(inputs, reason);
    }
}
