//! Traces: the quantities of a forward and backward pass over one text, in the same form for every architecture.

mod quantity;

pub use quantity::{Equation, Part, Quantity, QuantityKind, Role};

/// The gradient of the loss with respect to a quantity at each position.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientFlow {
    /// The kind of the quantity. A weight is the same at all positions: its norms are those of the contribution of each position to its gradient.
    pub term: QuantityKind,
    /// 0-based layer; `None` below the first layer.
    pub layer: Option<usize>,
    /// ‖∂loss/∂quantity‖ at each position, `[Positions]`.
    pub norms: Vec<f32>,
    /// The decomposition of a weight's gradient; `None` for other quantities and for texts of too many positions.
    pub sum: Option<WeightGradientShares>,
}

/// The gradient of a weight, decomposed into its contributions over positions.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightGradientShares {
    /// ‖∂loss/∂weight‖, the norm of the sum.
    pub norm: f32,
    /// The projection of each position's contribution on the sum, as a share of it, `[Positions]`. The shares add up to 1, and some may be
    /// negative; all are 0 if the gradient is 0.
    pub shares: Vec<f32>,
}

/// The effect of removing one attention head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadAblation {
    /// 0-based layer.
    pub layer: usize,
    /// 0-based index of the head in its layer.
    pub head: usize,
    /// The loss of the target in nats when the head's output is zero.
    pub loss: f32,
}

/// A forward pass over one text from the zero state, and a backward pass from the loss at the last position.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The word ids of the text, `[Positions]`.
    pub ids: Vec<u32>,
    /// The word whose loss −ln p at the last position is the start of the backward pass: the given word, or else the most probable.
    pub target: u32,
    /// The probability of each word of the vocabulary as the next word after the text, `[V]`.
    pub distribution: Vec<f32>,
    /// The surprisal −log₂ p in bits of each word but the first, given the words before it, `[Positions − 1]`.
    pub surprisals: Vec<f64>,
    /// ‖∂loss/∂x‖ of the embedding x at every position, `[Positions]`: the influence of each word on the loss of `target`.
    pub input_gradient_norms: Vec<f32>,
    /// The context length of the model in words; `None` if it is unlimited. Words before the context have no influence.
    pub context: Option<usize>,
    /// The quantities inside the model, in display order.
    pub quantities: Vec<Quantity>,
    /// Gradients of the loss with respect to quantities, layer by layer.
    pub gradient_flow: Vec<GradientFlow>,
    /// The "logit lens": the output layer's distribution over words from the residual stream at the last position, before each layer and after the
    /// last, `[layers + 1][V]`. Empty if the model has no residual stream.
    pub logit_lens: Vec<Vec<f32>>,
    /// The loss without each attention head, the last layer first; empty if the model has no heads, or too many to try.
    pub head_ablations: Vec<HeadAblation>,
}

impl Trace {
    /// The kinds of the quantities that panels can show, each once, in order; without sums and attention weights.
    #[must_use]
    pub fn terms(&self) -> Vec<QuantityKind> {
        let mut terms = Vec::new();
        let is_shown = |role| !matches!(role, Role::Sum | Role::Attention { .. });
        for quantity in self.quantities.iter().filter(|quantity| is_shown(quantity.role)) {
            if !terms.contains(&quantity.term) {
                terms.push(quantity.term);
            }
        }
        terms
    }

    /// The first quantity of this kind in a layer or below all layers.
    #[must_use]
    pub fn quantity(&self, term: QuantityKind, layer: usize) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.term == term && quantity.layer.is_none_or(|own| own == layer))
    }

    /// The first quantity of this role in a layer or below all layers.
    #[must_use]
    pub fn with_role(&self, role: Role, layer: usize) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.role == role && quantity.layer.is_none_or(|own| own == layer))
    }

    /// The gradients with respect to the quantities of a layer and below all layers.
    pub fn flows(&self, layer: usize) -> impl Iterator<Item = &GradientFlow> {
        self.gradient_flow.iter().filter(move |flow| flow.layer.is_none_or(|own| own == layer))
    }

    /// The loss −ln p of the target in nats; NaN if the target is outside the vocabulary.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let p = self.distribution.get(self.target as usize).copied().unwrap_or(f32::NAN);
        -f64::from(p).ln() + 0.0 // never -0
    }

    /// Number of layers.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.quantities.iter().filter_map(|quantity| quantity.layer).max().map_or(0, |last| last + 1)
    }

    /// Number of positions, one per word of the text.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.ids.len()
    }

    /// Whether all probabilities are finite; too large weights make them NaN.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.distribution.iter().all(|p| p.is_finite())
    }

    /// The entropy of the distribution in bits, from 0 (one certain word) to log₂ V (all words equally probable).
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let terms = self.distribution.iter().map(|p| f64::from(*p)).filter(|p| *p > 0.0).map(|p| p * p.log2());
        0.0 - terms.sum::<f64>() // never -0
    }

    /// Each word's share of the sum of [`input_gradient_norms`](Self::input_gradient_norms); all 0 if the sum is 0.
    #[must_use]
    pub fn importances(&self) -> Vec<f64> {
        let sum: f64 = self.input_gradient_norms.iter().map(|norm| f64::from(*norm)).sum();
        let share = |norm: &f32| if sum > 0.0 { f64::from(*norm) / sum } else { 0.0 };
        self.input_gradient_norms.iter().map(share).collect()
    }

    /// The id of the most probable next word; 0 if there is no distribution.
    #[must_use]
    pub fn most_probable(&self) -> u32 {
        self.ranking().first().map_or(0, |(word, _)| u32::try_from(*word).unwrap_or(u32::MAX))
    }

    /// Word ids with their probabilities as the next word, the most probable first; ties in the order of ids.
    #[must_use]
    pub fn ranking(&self) -> Vec<(usize, f32)> {
        let mut ranking: Vec<_> = self.distribution.iter().copied().enumerate().collect();
        ranking.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranking
    }
}

/// The L2 norm of each row of `width` numbers, summed in f64, so that small numbers do not underflow.
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
            head_ablations: vec![],
        }
    }

    #[test]
    fn entropy_half_and_two_quarters_is_one_and_a_half_bits() {
        assert_eq!(trace().entropy(), 1.5);
        let certain = Trace { distribution: vec![0.0, 1.0, 0.0], ..trace() };
        assert_eq!(format!("{:.2}", certain.entropy()), "0.00", "no -0.00");
    }

    #[test]
    fn importances_add_up_to_one_or_are_zero() {
        assert_eq!(trace().importances(), [0.25, 0.0, 0.75]);
        let nothing = Trace { input_gradient_norms: vec![0.0; 3], ..trace() };
        assert_eq!(nothing.importances(), [0.0; 3]);
    }

    #[test]
    fn norms_small_numbers_do_not_underflow() {
        assert_eq!(norms(&[3e-30, 4e-30, 0.0, 0.0], 2), [5e-30, 0.0]);
    }

    #[test]
    fn quantities_by_kind_role_and_layer_are_found_and_sums_not_listed() {
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
