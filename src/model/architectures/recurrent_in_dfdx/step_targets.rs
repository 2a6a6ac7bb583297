//! The targets of one time step.

use crate::model::dimensions::Batch;
use crate::model::layers::Targets;

/// The targets of one time step, as operands of dfdx for the whole batch.
pub(super) struct StepTargets {
    /// Pairs of an index into the targets of the pass and the index of the sequence.
    pub rows: Vec<(usize, usize)>,
    /// The target word of each sequence; 0 without a target.
    pub words: Vec<usize>,
    /// The weight of each sequence in the mean loss of the pass; 0 without a target.
    pub shares: Vec<f32>,
}

impl StepTargets {
    /// The targets at step `t` out of `targets`.
    pub fn at(t: usize, batch: Batch, targets: Targets<'_>) -> Self {
        let mut found = Self { rows: Vec::new(), words: vec![0; batch.0], shares: vec![0.0; batch.0] };
        for (index, word) in targets.words().iter().enumerate() {
            let position = targets.positions().map_or(index, |positions| positions[index]);
            if position / batch.0 == t {
                let sequence = position % batch.0;
                found.rows.push((index, sequence));
                found.words[sequence] = *word as usize;
                found.shares[sequence] = 1.0 / targets.count().0 as f32;
            }
        }
        found
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
