//! What one pass of the model over one text can show.

use dfdx::prelude::{Dim, HasShape, NoneTape};

use super::dimensions::{Batch, Steps};
use super::tensors::{Result, values};
use super::{Ids, LanguageModel};

/// One pass over one text, from a zero state.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The hidden state of each layer, first layer first: `[Steps, H]`, every number in −1…1.
    pub hidden: Vec<Vec<f32>>,
    /// Units per layer, H.
    pub units: usize,
    /// The probability of each word of the vocabulary to come next, `[V]`.
    pub distribution: Vec<f32>,
}

impl Trace {
    /// How many steps, one per word of the text.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.hidden.first().map_or(0, |hidden| hidden.len() / self.units)
    }

    /// Word ids with their probabilities, the most probable first; equal ones in the order of the vocabulary.
    #[must_use]
    pub fn ranking(&self) -> Vec<(usize, f32)> {
        let mut ranking: Vec<_> = self.distribution.iter().copied().enumerate().collect();
        ranking.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranking
    }
}

impl<V: Dim, E: Dim, H: Dim> LanguageModel<V, E, H> {
    /// Runs the model over one text without touching its training.
    ///
    /// # Errors
    /// When there is no memory for the pass.
    ///
    /// # Panics
    /// If `ids` is empty or an id is outside the vocabulary.
    pub fn trace(&self, ids: &[u32]) -> Result<Trace> {
        assert!(!ids.is_empty(), "a text of no words has no next word");
        let steps = Steps(ids.len());
        let embedded = self.embedding.forward(Ids::new(ids, steps, Batch(1)), NoneTape)?;
        let (mut top, _) = self.first.forward(embedded, None)?;
        let mut hidden = vec![values(&top)];
        for layer in &self.rest {
            (top, _) = layer.forward(top, None)?;
            hidden.push(values(&top));
        }
        let (.., units) = *top.shape();
        let last = hidden.last().map_or(&[][..], |top| &top[(steps.0 - 1) * units.size()..]);
        Ok(Trace { units: units.size(), distribution: self.head.distribution(last), hidden })
    }
}
