//! Traces: the quantities of a forward and backward pass over one text, in the same form for every architecture.

/// The kind of a quantity; its letter in equations is its [`symbol`](Self::symbol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityKind {
    /// Embedding of a word.
    Embedding,
    /// The hidden state of a recurrent layer.
    HiddenState,
    /// The cell state of an LSTM.
    CellState,
    /// An LSTM's input gate.
    InputGate,
    /// A forget gate.
    ForgetGate,
    /// An LSTM's candidate for the cell state.
    CellCandidate,
    /// An LSTM's output gate.
    OutputGate,
    /// A GRU's reset gate.
    ResetGate,
    /// A GRU's update gate.
    UpdateGate,
    /// A candidate for the hidden state.
    Candidate,
    /// Hidden layer of a feed-forward model.
    HiddenLayer,
    /// The residual stream of a transformer: what each layer reads from and adds to.
    Residual,
    /// A unit between the two linear layers of a transformer's MLP.
    MlpUnit,
    /// Attention weight.
    Attention,
    /// A layer's weights on its state before.
    RecurrentWeight,
    /// Pre-activation.
    PreActivation,
    /// Contribution of the input (and its bias) to a pre-activation.
    InputSum,
    /// Contribution of the previous state (and its bias) to a pre-activation.
    RecurrentSum,
}

impl QuantityKind {
    /// Its letter in equations.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Embedding => "x",
            Self::MlpUnit => "u",
            Self::Attention => "α",
            Self::RecurrentWeight => "U",
            Self::HiddenState | Self::HiddenLayer | Self::Residual => "h",
            Self::CellState => "c",
            Self::InputGate => "i",
            Self::ForgetGate => "f",
            Self::CellCandidate => "g",
            Self::OutputGate => "o",
            Self::ResetGate => "r",
            Self::UpdateGate => "z",
            Self::Candidate => "n",
            Self::PreActivation => "a",
            Self::InputSum => "W·x + b",
            Self::RecurrentSum => "U·h₋₁ + b′",
        }
    }
}

/// The role of a quantity, by which panels select it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A state, which is carried to the next position.
    State,
    /// A gate, from 0 (closed) to 1 (open).
    Gate,
    /// A candidate for a state.
    Candidate,
    /// An activation that is not carried to the next position.
    Activation,
    /// Embedding of a word.
    Embedding,
    /// Attention weights of a head: one unit per position, adding up to 1.
    Attention {
        /// 0-based index of the head in its layer.
        head: usize,
    },
    /// An intermediate sum that only equations show.
    Sum,
}

/// A part of an equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Literal text.
    Text(&'static str),
    /// The number of a term at the position, as a factor.
    Now(QuantityKind),
    /// The number of a term at the position before, as a factor; zero before the first one.
    Before(QuantityKind),
    /// The number of a term at the position, as the first summand.
    Sum(QuantityKind),
}

impl Part {
    /// The term whose number it is.
    #[must_use]
    pub fn term(&self) -> Option<QuantityKind> {
        match self {
            Self::Text(_) => None,
            Self::Now(term) | Self::Before(term) | Self::Sum(term) => Some(*term),
        }
    }
}

/// An equation between quantities of one unit at one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equation {
    /// `c = f·c₋₁ + i·g`
    pub letters: &'static str,
    /// The right-hand side.
    pub numbers: &'static [Part],
    /// The quantity on the left-hand side.
    pub result: QuantityKind,
}

/// A quantity: a number for each position and unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Its kind.
    pub term: QuantityKind,
    /// Its role.
    pub role: Role,
    /// 0-based layer; `None` below the first layer.
    pub layer: Option<usize>,
    /// The number of units.
    pub width: usize,
    /// `[Positions, width]`.
    pub values: Vec<f32>,
    /// The equations that define it or use it.
    pub equations: &'static [Equation],
}

impl Quantity {
    /// The value of a unit at a position; `None` if out of range.
    #[must_use]
    pub fn at(&self, unit: usize, position: usize) -> Option<f32> {
        if unit < self.width { self.values.get(position * self.width + unit).copied() } else { None }
    }
}

/// The gradient of the loss with respect to a quantity at each position.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientFlow {
    /// To which quantity; of a weight, which is the same at all positions, its gradient's share of each.
    pub term: QuantityKind,
    /// 0-based layer; `None` below the first layer.
    pub layer: Option<usize>,
    /// ‖∂loss/∂quantity‖, `[Positions]`.
    pub norms: Vec<f32>,
    /// Of a weight: what the shares of all positions add up to, where those are not too many to find out.
    pub sum: Option<WeightGradientShares>,
}

/// The gradient of a weight, decomposed into its contributions over positions.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightGradientShares {
    /// ‖∂loss/∂weight‖, the norm of the sum.
    pub norm: f32,
    /// How much of the sum each position makes, along the sum: together 1, and some may be negative. `[Positions]`
    pub shares: Vec<f32>,
}

/// What a head of attention is good for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadAblation {
    /// Its layer, counted from 0.
    pub layer: usize,
    /// The head, counted from 0.
    pub head: usize,
    /// The loss of the target in nats when the head reads nothing.
    pub loss: f32,
}

/// One pass over one text that nothing comes before, and the way back from the last position.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The ids of the text's words, one per position.
    pub ids: Vec<u32>,
    /// The word whose loss −ln p at the last position is traced back: the one given, or else the most probable.
    pub target: u32,
    /// The probability of each word of the vocabulary to come after the whole text, `[V]`.
    pub distribution: Vec<f32>,
    /// How surprising each word but the first was after those before it, `[Positions − 1]`: −log₂ p in bits.
    pub surprisals: Vec<f64>,
    /// ‖∂loss/∂x‖ of the word's vector at every position, `[Positions]`: how much each word matters to the loss of `target`.
    pub input_gradient_norms: Vec<f32>,
    /// How many of the last words the model reads, if it does not read all of them: nothing reaches those before.
    pub context: Option<usize>,
    /// What was inside the model, in the order in which it is looked at.
    pub quantities: Vec<Quantity>,
    /// How much of the loss reaches back, for each layer.
    pub gradient_flow: Vec<GradientFlow>,
    /// What the output layer makes of the residual stream at the last position before each layer and after the last (the "logit
    /// lens"): probabilities of each word, `[layers + 1][V]`. None where there is no such stream.
    pub logit_lens: Vec<Vec<f32>>,
    /// The loss without each head of attention; none where there are no heads, or too many to try.
    pub silenced: Vec<HeadAblation>,
}

impl Trace {
    /// What there is to look at, each term once.
    #[must_use]
    pub fn terms(&self) -> Vec<QuantityKind> {
        let mut terms = Vec::new();
        let is_looked_at = |role| !matches!(role, Role::Sum | Role::Attention { .. });
        for quantity in self.quantities.iter().filter(|quantity| is_looked_at(quantity.role)) {
            if !terms.contains(&quantity.term) {
                terms.push(quantity.term);
            }
        }
        terms
    }

    /// What a term is in a layer, or below all layers.
    #[must_use]
    pub fn quantity(&self, term: QuantityKind, layer: usize) -> Option<&Quantity> {
        let is_there = |quantity: &&Quantity| quantity.layer.is_none_or(|of| of == layer) && quantity.term == term;
        self.quantities.iter().find(is_there)
    }

    /// The first quantity of a layer that plays this part.
    #[must_use]
    pub fn with_role(&self, role: Role, layer: usize) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.role == role && quantity.layer.is_none_or(|of| of == layer))
    }

    /// How much of the loss reaches back to the quantities of a layer.
    pub fn flows(&self, layer: usize) -> impl Iterator<Item = &GradientFlow> {
        self.gradient_flow.iter().filter(move |flow| flow.layer.is_none_or(|of| of == layer))
    }

    /// The loss of the target, −ln p, in nats.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let p = self.distribution.get(self.target as usize).copied().unwrap_or(f32::NAN);
        -f64::from(p).ln() + 0.0 // never -0
    }

    /// How many layers there are.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.quantities.iter().filter_map(|quantity| quantity.layer).max().map_or(0, |last| last + 1)
    }

    /// How many positions, one per word of the text.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.ids.len()
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

    /// The id of the most probable word to come after the whole text.
    #[must_use]
    pub fn most_probable(&self) -> u32 {
        self.ranking().first().map_or(0, |(word, _)| u32::try_from(*word).unwrap_or(u32::MAX))
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

/// The length of each row of `width` numbers; not zero for numbers whose squares are too small for an f32.
#[allow(clippy::cast_possible_truncation)] // of f32
pub(super) fn norms(rows: &[f32], width: usize) -> Vec<f32> {
    let square = |d: &f32| f64::from(*d) * f64::from(*d);
    rows.chunks_exact(width).map(|row| row.iter().map(square).sum::<f64>().sqrt() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        Trace {
            ids: vec![0, 1, 1],
            target: 0,
            distribution: vec![0.5, 0.25, 0.25],
            surprisals: vec![2.0, 0.0],
            input_gradient_norms: vec![1.0, 0.0, 3.0],
            context: None,
            quantities: vec![],
            gradient_flow: vec![],
            logit_lens: vec![],
            silenced: vec![],
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

    #[test]
    fn a_small_gradient_is_not_none() {
        assert_eq!(norms(&[3e-30, 4e-30, 0.0, 0.0], 2), [5e-30, 0.0]);
    }

    #[test]
    fn quantities_are_found_by_term_role_and_layer_and_sums_are_not_looked_at() {
        let quantity =
            |term, role, layer| Quantity { term, role, layer, width: 2, values: vec![0.0; 6], equations: &[] };
        let all = [
            quantity(QuantityKind::HiddenState, Role::State, Some(0)),
            quantity(QuantityKind::PreActivation, Role::Sum, Some(0)),
            quantity(QuantityKind::HiddenState, Role::State, Some(1)),
            quantity(QuantityKind::Embedding, Role::Embedding, None),
        ];
        let trace = Trace { quantities: all.to_vec(), ..trace() };
        assert_eq!(trace.terms(), [QuantityKind::HiddenState, QuantityKind::Embedding]);
        assert_eq!((trace.layers(), trace.positions()), (2, 3));
        assert_eq!(trace.quantity(QuantityKind::HiddenState, 1), Some(&all[2]));
        assert_eq!(trace.quantity(QuantityKind::Embedding, 1), Some(&all[3]), "below all layers");
        assert_eq!(trace.quantity(QuantityKind::PreActivation, 1), None);
        assert_eq!(trace.with_role(Role::State, 0), Some(&all[0]));
        assert_eq!((all[0].at(1, 2), all[0].at(2, 0), all[0].at(0, 3)), (Some(0.0), None, None));
    }
}
