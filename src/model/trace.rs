//! What one pass of the model over one text can show.

use dfdx::prelude::Dim;

use super::cells::Cell;
use super::dimensions::{Batch, Steps};
use super::tensors::Result;
use super::{Ids, LanguageModel, LayerPass, Pass, Start, Targets, Threads};

/// What a trace has a number of for every step and unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quantity {
    /// The hidden state h.
    #[default]
    Hidden,
    /// The cell state c.
    Cell,
    /// The gate with this index in the order of the cell's equations.
    Gate(usize),
    /// The word's vector x.
    Embedding,
}

/// One pass over one text, from a zero state, and the way back from the last step.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The ids of the text's words.
    pub words: Vec<u32>,
    /// The vector x of each word, `[Steps, E]`: what the first layer reads.
    pub embedded: Vec<f32>,
    /// ‖∂loss/∂x‖ at every step, `[Steps]`: how much each word matters to the loss of `target`.
    pub input_gradient_norms: Vec<f32>,
    /// What each layer did, first layer first.
    pub layers: Vec<LayerTrace>,
    /// Units per layer, H.
    pub units: usize,
    /// The probability of each word of the vocabulary to come after the whole text, `[V]`.
    pub distribution: Vec<f32>,
    /// How surprising each word but the first was after those before it, `[Steps − 1]`: −log₂ p in bits.
    pub surprisals: Vec<f64>,
    /// The word whose loss −ln p at the last step is traced back: the one given, or else the most probable.
    pub target: u32,
}

/// What one layer did with a text of one sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerTrace {
    /// The hidden state h after every step, `[Steps, H]`, each number in −1…1.
    pub hidden: Vec<f32>,
    /// The cell state c after every step, `[Steps, H]`; empty if the cell has none.
    pub cell: Vec<f32>,
    /// The sum of which a cell without gates takes tanh, `[Steps, H]`; empty if there are gates.
    pub pre_activation: Vec<f32>,
    /// What the reset gate of a GRU is multiplied with, `W_hn h₋₁ + b_hn` `[Steps, H]`; empty in other cells.
    pub reset: Vec<f32>,
    /// The gates of the equations in their order, each with its name and its values at every step, `[Steps, H]`.
    pub gates: Vec<(&'static str, Vec<f32>)>,
    /// ‖∂loss/∂h‖ at every step, `[Steps]`: how much of the last step's loss reaches back so far.
    pub gradient_norms: Vec<f32>,
}

impl Trace {
    /// What there is to look at.
    #[must_use]
    pub fn quantities(&self) -> Vec<Quantity> {
        let (cells, gates) = self.layers.first().map_or((0, 0), |layer| (layer.cell.len(), layer.gates.len()));
        let states = [Some(Quantity::Hidden), (cells > 0).then_some(Quantity::Cell)];
        states.into_iter().flatten().chain((0..gates).map(Quantity::Gate)).chain([Quantity::Embedding]).collect()
    }

    /// A quantity of a layer, counted from 0, at every step: `[Steps, H]`, or `[Steps, E]` of the embedding, which is below all
    /// layers. Empty if there is no such thing.
    #[must_use]
    pub fn values(&self, quantity: Quantity, layer: usize) -> &[f32] {
        let Some(layer) = self.layers.get(layer) else { return &[] };
        match quantity {
            Quantity::Hidden => &layer.hidden,
            Quantity::Cell => &layer.cell,
            Quantity::Gate(gate) => layer.gates.get(gate).map_or(&[], |(_, values)| values),
            Quantity::Embedding => &self.embedded,
        }
    }

    /// The letter that stands for a quantity in the equations.
    #[must_use]
    pub fn symbol(&self, quantity: Quantity) -> &'static str {
        match quantity {
            Quantity::Hidden => "h",
            Quantity::Cell => "c",
            Quantity::Gate(gate) => {
                self.layers.first().and_then(|layer| layer.gates.get(gate)).map_or("", |(name, _)| name)
            }
            Quantity::Embedding => "x",
        }
    }

    /// How many steps, one per word of the text.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.hidden.len() / self.units)
    }

    /// Whether the model's answer consists of numbers; weights that are too large make it none.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.distribution.iter().all(|p| p.is_finite())
    }

    /// The entropy of the distribution in bits: 0 where the model is certain, log₂ V where it knows nothing.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let terms = self.distribution.iter().map(|p| f64::from(*p)).filter(|p| *p > 0.0).map(|p| p * p.log2());
        0.0 - terms.sum::<f64>() // never -0
    }

    /// Each word's share of [`input_gradient_norms`](Self::input_gradient_norms): which of them the answer depends on most.
    #[must_use]
    pub fn importances(&self) -> Vec<f64> {
        let sum: f64 = self.input_gradient_norms.iter().map(|norm| f64::from(*norm)).sum();
        let share = |norm: &f32| if sum > 0.0 { f64::from(*norm) / sum } else { 0.0 };
        self.input_gradient_norms.iter().map(share).collect()
    }

    /// Word ids with their probabilities to come after the whole text, the most probable first; equal ones in the order of
    /// the vocabulary.
    #[must_use]
    pub fn ranking(&self) -> Vec<(usize, f32)> {
        let mut ranking: Vec<_> = self.distribution.iter().copied().enumerate().collect();
        ranking.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranking
    }
}

impl LayerTrace {
    fn of<C: Cell, H: Dim>(pass: &LayerPass<C, H>, units: usize) -> Self {
        let of_gate = |gate: usize| {
            let rows = pass.gates().chunks_exact(C::GATES.len() * units);
            rows.flat_map(|row| &row[gate * units..][..units]).copied().collect()
        };
        let gates = C::GATES.iter().enumerate().map(|(gate, name)| (*name, of_gate(gate))).collect();
        let pre_activation = if C::GATES.is_empty() { pass.gates().to_vec() } else { Vec::new() };
        let reset = pass.recurrent().chunks_exact(C::GATES.len().max(1) * units);
        let reset = reset.flat_map(|row| &row[row.len() - units..]).copied().collect();
        let (hidden, cell) = (pass.hidden().to_vec(), pass.cell().to_vec());
        Self { hidden, cell, pre_activation, reset, gates, gradient_norms: Vec::new() }
    }
}

impl<C: Cell, V: Dim, E: Dim, H: Dim> LanguageModel<C, V, E, H> {
    /// Runs the model over one text without touching its training, and back from the loss of `target` at the last step (of
    /// the most probable word if there is no target).
    ///
    /// # Errors
    /// When there is no memory for the pass.
    ///
    /// # Panics
    /// If `words` is empty or an id is outside the vocabulary.
    pub fn trace(&self, words: &[u32], target: Option<u32>) -> Result<Trace> {
        assert!(!words.is_empty(), "a text of no words has no next word");
        let units = self.sizes.hidden.size();
        let mut pass = Pass::new(self.sizes, Threads::ONE)?;
        let ids = Ids::new(words, Steps(words.len()), Batch(1));
        self.forward(ids, Start::Zeros, &mut pass, None);
        self.multiply_out(Targets::everywhere(words), &mut pass); // at every step, whatever the target
        let surprisals = self.head.surprisals(&words[1..], &pass.head);
        let mut trace = Trace {
            words: words.to_vec(),
            embedded: Vec::new(),
            input_gradient_norms: Vec::new(),
            layers: pass.layers.iter().map(|layer| LayerTrace::of(layer, units)).collect(),
            units,
            distribution: self.head.last_distribution(&mut pass.head).to_vec(),
            surprisals,
            target: 0,
        };
        let most_probable = trace.ranking().first().map_or(0, |(word, _)| u32::try_from(*word).unwrap_or(u32::MAX));
        trace.target = target.unwrap_or(most_probable);

        let (position, word) = ([words.len() - 1], [trace.target]);
        let last = Targets::at(&position, &word);
        self.multiply_out(last, &mut pass);
        self.head.logit_gradient(last, &mut pass.head);
        self.back_to_input(last, &mut pass);
        let norms = |rows: &[f32], width| -> Vec<f32> {
            rows.chunks_exact(width).map(|row| row.iter().map(|d| d * d).sum::<f32>().sqrt()).collect()
        };
        for (layer, pass) in trace.layers.iter_mut().zip(&pass.layers) {
            layer.gradient_norms = norms(pass.d_hidden(), units);
        }
        // a pass that looks its input up word by word has no vectors
        self.embedding.forward(ids, &mut pass.vectors);
        pass.d_vectors.reshape(pass.vectors.shape());
        self.first.input_gradient(&pass.layers[0], pass.d_vectors.rows_mut(), Threads::ONE);
        trace.embedded = pass.vectors.numbers().to_vec();
        trace.input_gradient_norms = norms(pass.d_vectors.numbers(), self.sizes.embedding.size());
        Ok(trace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        let layer = LayerTrace {
            hidden: vec![0.0; 3],
            cell: vec![],
            pre_activation: vec![],
            reset: vec![],
            gates: vec![],
            gradient_norms: vec![],
        };
        Trace {
            words: vec![0, 1, 1],
            embedded: vec![0.0; 3],
            input_gradient_norms: vec![1.0, 0.0, 3.0],
            layers: vec![layer],
            units: 1,
            distribution: vec![0.5, 0.25, 0.25],
            surprisals: vec![2.0, 0.0],
            target: 0,
        }
    }

    #[test]
    fn entropy_is_in_bits() {
        assert_eq!(trace().entropy(), 1.5);
        let certain = Trace { distribution: vec![0.0, 1.0, 0.0], ..trace() };
        assert_eq!(format!("{:.2}", certain.entropy()), "0.00", "no -0.00");
    }

    #[test]
    fn importances_are_shares() {
        assert_eq!(trace().importances(), [0.25, 0.0, 0.75]);
        let nothing = Trace { input_gradient_norms: vec![0.0; 3], ..trace() };
        assert_eq!(nothing.importances(), [0.0; 3]);
    }
}
