//! What the model says to a prompt.

use crate::model::Trace;

/// What the model says to a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The prompt as asked.
    pub prompt: String,
    /// Its words, one per step of the trace.
    pub words: Vec<String>,
    /// Hidden states and the distribution of the next word.
    pub trace: Trace,
    /// The id that stands for all unknown words, if there is one.
    pub unknown: Option<usize>,
}

impl Answer {
    /// Word ids with their probabilities to come next, the most probable first; what stands for unknown words, which is no answer,
    /// is never the first.
    #[must_use]
    pub fn ranking(&self) -> Vec<(usize, f32)> {
        let mut ranking = self.trace.ranking();
        if ranking.len() > 1 && Some(ranking[0].0) == self.unknown {
            ranking.swap(0, 1);
        }
        ranking
    }
}
