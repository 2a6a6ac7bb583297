//! Saves and restores the state of a language learner.

use rand_chacha::ChaCha8Rng;

use super::super::{LearnerState, Position, RestoreError, StateLayout};
use super::LanguageLearner;
use crate::model::{Model, Tensors, Workspace as _};

impl<M: Model> LanguageLearner<M> {
    /// As [`Learner::save`](super::super::Learner::save).
    pub(super) fn save_state(&mut self, state: &mut LearnerState) {
        let Self { config, workspace, run, .. } = self;
        state.config.clone_from(config);
        state.config.seed = run.seed;
        state.words = self.corpus.vocabulary().shared_words();
        run.model.save(&mut state.weights);
        state.per_word = run.model.per_word();
        state.optimizer.clear();
        run.optimizer.save(|visitor| run.model.visit(visitor), &mut state.optimizer);
        state.carried.clear();
        if run.batches.carries() {
            let carry = run.carried.clone().unwrap_or_else(|| workspace.carry());
            M::save_carry(&carry, &mut state.carried);
        }
        state.position = Position {
            steps: run.steps,
            validating: run.validating,
            updates: run.optimizer.updates(),
            order_drawn: words_drawn(&run.order),
            dropout_drawn: words_drawn(&run.dropout),
            read: run.batches.position(&mut state.order),
            learned: Some(run.learned),
            plateau: run.schedule.plateau,
        };
    }

    /// As [`Learner::layout`](super::super::Learner::layout).
    pub(super) fn state_layout(&mut self) -> StateLayout {
        let mut config = self.config.clone();
        config.seed = self.run.seed;
        let model = &mut self.run.model;
        StateLayout {
            config,
            words: self.corpus.vocabulary().shared_words(),
            weights: model.weight_shapes(),
            per_word: model.per_word(),
        }
    }

    /// As [`Learner::restore`](super::super::Learner::restore).
    pub(super) fn restore_state(&mut self, state: &LearnerState) -> Result<(), RestoreError> {
        let Position { steps, validating, updates, order_drawn, dropout_drawn, read, learned, plateau } =
            state.position;
        self.replace_weights(&state.weights)?;
        let run = &mut self.run;
        run.optimizer.load(updates, |visitor| run.model.visit(visitor), &state.optimizer)?;
        if !run.batches.seek(self.corpus.training(), &state.order, read) {
            return Err(RestoreError::Position);
        }
        run.carried = if run.batches.carries() {
            Some(
                M::load_carry(run.model.spec(), run.batches.streams(), &state.carried)
                    .map_err(RestoreError::Carried)?,
            )
        } else {
            None
        };
        run.order.set_word_pos(order_drawn.into());
        run.dropout.set_word_pos(dropout_drawn.into());
        run.schedule.plateau = plateau;
        (run.steps, run.validating) = (steps, validating);
        run.learned = learned.unwrap_or_else(|| run.batches.read_in(steps, &self.config, self.corpus.training()));
        Ok(())
    }

    /// As [`Learner::load_weights`](super::super::Learner::load_weights).
    pub(super) fn replace_weights(&mut self, weights: &Tensors) -> Result<(), RestoreError> {
        if let Some((name, number)) = weights.not_finite() {
            return Err(RestoreError::NotFinite(name.to_owned(), number));
        }
        self.run.model.load(weights).map_err(RestoreError::Weights)
    }
}

/// The number of 32-bit words drawn from a stream.
fn words_drawn(stream: &ChaCha8Rng) -> u64 {
    u64::try_from(stream.get_word_pos()).unwrap_or(u64::MAX)
}
