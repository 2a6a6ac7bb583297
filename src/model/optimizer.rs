//! Optimizers and gradient clipping.

use std::ops::Range;

use super::ParameterMut;
use super::kernels::{Threads, Update, sum_of_squares, take};
use super::tensors::{Numbers, Result, zeros};
use super::weights::{LoadError, Mismatch, Tensors, expected_tensors};

/// The kind of an optimizer with its parameters, except the learning rate, which is passed to each update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptimizerKind {
    /// Stochastic gradient descent (Robbins & Monro 1951) with momentum (Polyak 1964), as PyTorch's
    /// [`optim.SGD`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html): v = μ v + g, w −= η v.
    Sgd {
        /// μ; 0 for plain gradient descent.
        momentum: f64,
    },
    /// RMSprop (Tieleman & Hinton 2012): the gradient divided by the root of the running mean of its square, as PyTorch's
    /// [`optim.RMSprop`](https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html): α = 0.99, ε = 1e-8.
    RmsProp {
        /// Momentum of the quotients; 0 for none. PyTorch's `momentum`.
        momentum: f64,
    },
    /// Adam (Kingma & Ba 2015, algorithm 1), as PyTorch's
    /// [`optim.Adam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html): β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    Adam,
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019), as PyTorch's
    /// [`optim.AdamW`](https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html): w −= η λ w before each update.
    AdamW {
        /// λ, the weight decay.
        weight_decay: f64,
    },
}

impl OptimizerKind {
    /// PyTorch's names of the state vectors, at most two.
    fn vectors(self) -> &'static [&'static str] {
        match self {
            Self::Sgd { .. } => &["momentum_buffer"],
            Self::Adam | Self::AdamW { .. } => &["exp_avg", "exp_avg_sq"],
            Self::RmsProp { .. } => &["momentum_buffer", "square_avg"],
        }
    }

    /// The initial state of a tensor with this many weights: zeros, and an empty vector in place of an unused one.
    ///
    /// # Errors
    /// If there is no memory for it.
    fn state(self, weights: usize) -> Result<[Numbers; 2]> {
        let size = |vector| if vector < self.vectors().len() { weights } else { 0 };
        Ok([zeros(size(0))?, zeros(size(1))?])
    }

    /// The update function for the 1-based update number `updates`.
    #[allow(clippy::cast_possible_truncation)] // numbers for f32 weights
    fn update(self, learning_rate: f64, updates: i32) -> Update {
        let (rate, epsilon) = (learning_rate as f32, 1e-8);
        let with_complement = |decay: f64| [decay as f32, (1.0 - decay) as f32];
        let momentum = |momentum: f64| (momentum > 0.0).then_some(momentum as f32);
        let adam = |weight_decay: f64| {
            let decays = [0.9, 0.999_f64];
            let [first, second] = decays.map(|decay| 1.0 - decay.powi(updates));
            Update::Adam {
                rate: (learning_rate / first) as f32,
                decays: decays.map(with_complement),
                root: second.sqrt() as f32,
                epsilon,
                shrink: (1.0 - learning_rate * weight_decay) as f32,
            }
        };
        match self {
            Self::Sgd { momentum: of_gradients } => Update::Sgd { rate, momentum: momentum(of_gradients) },
            Self::RmsProp { momentum: of_quotients } => {
                Update::RmsProp { rate, decay: with_complement(0.99), epsilon, momentum: momentum(of_quotients) }
            }
            Self::Adam => adam(0.0),
            Self::AdamW { weight_decay } => adam(weight_decay),
        }
    }
}

/// An optimizer with its state.
#[derive(Clone, Debug)]
pub struct Optimizer {
    kind: OptimizerKind,
    updates: i32,
    /// The state vectors of each weight tensor, in the order of the visits; empty before the first update.
    state: Vec<[Numbers; 2]>,
}

impl Optimizer {
    /// Creates an optimizer without state.
    #[must_use]
    pub fn new(kind: OptimizerKind) -> Self {
        Self { kind, updates: 0, state: Vec::new() }
    }

    /// Updates every weight with its gradient, multiplied by `gradient_factor`: that of [`clip_factor`], or 1. `visit` calls its argument for every
    /// weight tensor, always in the same order, as [`Model::visit`](super::Model::visit).
    ///
    /// # Errors
    /// If there is no memory for the state, which the first update allocates.
    pub fn update(
        &mut self,
        learning_rate: f64,
        gradient_factor: f32,
        threads: Threads,
        visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>)),
    ) -> Result<()> {
        self.updates = self.updates.saturating_add(1);
        let (kind, update) = (self.kind, self.kind.update(learning_rate, self.updates));
        let (state, mut index) = (&mut self.state, 0);
        let mut result = Ok(());
        visit(&mut |parameter| {
            if index == state.len() && result.is_ok() {
                result = kind.state(parameter.value.len()).map(|new| state.push(new));
            }
            if let Some(state) = state.get_mut(index) {
                apply(update, parameter, state, gradient_factor, threads);
            }
            index += 1;
        });
        result
    }

    /// Changes the kind. The state is preserved if both kinds have the same state vectors, and reset otherwise.
    pub fn change_kind(&mut self, kind: OptimizerKind) {
        if kind.vectors() != self.kind.vectors() {
            *self = Self::new(kind);
        }
        self.kind = kind;
    }

    /// The number of updates so far.
    #[must_use]
    pub fn updates(&self) -> i32 {
        self.updates
    }

    /// Appends a copy of the state to `tensors` (`exp_avg.emb.weight` and so on); nothing before the first update.
    pub fn save(&self, visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>)), tensors: &mut Tensors) {
        let mut state = self.state.iter();
        visit(&mut |weight| {
            for (vector, numbers) in
                state.next().into_iter().flat_map(|vectors| self.kind.vectors().iter().zip(vectors))
            {
                tensors.push(format_args!("{vector}.{}", weight.label.name), weight.shape.as_slice(), numbers);
            }
        });
    }

    /// Restores the state after this many updates from `tensors`, as written by [`save`](Self::save); before the first update, `tensors` must be empty.
    ///
    /// # Errors
    /// If names or shapes differ, or there is no memory for the state; the optimizer is then unchanged.
    pub fn load(
        &mut self,
        updates: i32,
        mut visit: impl FnMut(&mut dyn FnMut(ParameterMut<'_>)),
        tensors: &Tensors,
    ) -> std::result::Result<(), LoadError> {
        let names = if updates > 0 { self.kind.vectors() } else { &[] };
        let prefixes: Vec<String> = names.iter().map(|name| format!("{name}.")).collect();
        let expected = expected_tensors(&mut visit, &prefixes);
        let mut found = tensors.descriptions();
        // earlier versions stored a vector that only centred RMSprop needs
        found.retain(|(name, _)| !name.starts_with("grad_avg."));
        Mismatch::check(&expected, &found)?;
        let mut state = Vec::new();
        for named in expected.chunks(names.len().max(1)) {
            let tensors: Vec<_> = named.iter().filter_map(|(name, _)| tensors.get(name)).collect();
            let mut vectors = self.kind.state(tensors.first().map_or(0, |tensor| tensor.numbers.len()))?;
            for (numbers, tensor) in vectors.iter_mut().zip(tensors) {
                numbers.copy_from_slice(&tensor.numbers);
            }
            state.push(vectors);
        }
        (self.updates, self.state) = (updates, state);
        Ok(())
    }
}

/// Updates one tensor; large tensors are divided among `threads`.
fn apply(update: Update, parameter: ParameterMut<'_>, state: &mut [Numbers; 2], factor: f32, threads: Threads) {
    let ParameterMut { value, gradient, .. } = parameter;
    let [first, second] = state;
    let threads = threads.for_numbers(value.len());
    if threads == Threads::ONE {
        return update.apply(value, [first, second], gradient, factor);
    }
    let (mut value, mut state) = (&mut value[..], [&mut first[..], &mut second[..]]);
    let part = |range: Range<usize>| {
        let state = state.each_mut().map(|vector| take(vector, range.len().min(vector.len())));
        (take(&mut value, range.len()), state, &gradient[range])
    };
    let parts = threads.ranges(gradient.len(), 16).map(part).collect();
    Threads::each(parts, |(value, state, gradient)| update.apply(value, state, gradient, factor));
}

/// The L2 norm of the gradient over all weights.
pub fn gradient_norm(threads: Threads, visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>))) -> f64 {
    let mut squares = 0.0;
    visit(&mut |parameter| squares += sum_of_squares(parameter.gradient, threads));
    squares.sqrt()
}

/// The factor that scales a gradient of this norm down to `threshold` (Pascanu et al. 2013), as PyTorch's
/// [`clip_grad_norm_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html); 1 if the norm is smaller.
#[must_use]
#[allow(clippy::cast_possible_truncation)] // at most 1
pub fn clip_factor(norm: f64, threshold: f64) -> f32 {
    // PyTorch's ε, so that a norm just above the threshold is treated as it is there
    (threshold / (norm + 1e-6)).min(1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Axis, Label, TensorName, TensorRole};

    fn label() -> Label {
        Label::new(TensorName::new("head.bias"), TensorRole::OutputBias, &[Axis::Vocabulary])
    }

    /// Compares five updates of three weights, with changing gradients and learning rates, with the formula in f64.
    fn check(kind: OptimizerKind, formula: impl Fn(i32, f64, &mut f64, &mut [f64; 2], f64)) {
        let mut optimizer = Optimizer::new(kind);
        let (mut value, mut gradient) = (zeros(3).unwrap(), zeros(3).unwrap());
        value.copy_from_slice(&[0.5, -1.0, 2.0]);
        let mut expected = [0.5, -1.0, 2.0].map(|weight: f64| (weight, [0.0; 2]));
        for step in 1..=5_i32 {
            let learning_rate = 0.1 / f64::from(step); // a schedule changes it
            for (index, (weight, memory)) in expected.iter_mut().enumerate() {
                let g = [0.3, -0.02, 1.5][index] * f64::from(step % 3 - 1) + 0.01;
                gradient[index] = g as f32;
                formula(step, learning_rate, weight, memory, g);
            }
            optimizer
                .update(learning_rate, 1.0, Threads::ONE, |visitor| {
                    let shape = [3].into_iter().collect();
                    let (value, gradient) = (&mut value, &mut gradient);
                    visitor(ParameterMut { label: &label(), shape, value, gradient });
                })
                .unwrap();
            for (ours, (theirs, _)) in value.iter().zip(&expected) {
                assert!((f64::from(*ours) - theirs).abs() < 1e-6, "{kind:?}, step {step}: {ours} and {theirs}");
            }
        }
    }

    fn adam(step: i32, rate: f64, weight: &mut f64, [m, v]: &mut [f64; 2], g: f64) {
        (*m, *v) = (0.9 * *m + 0.1 * g, 0.999 * *v + 0.001 * g * g);
        let (m, v) = (*m / (1.0 - 0.9_f64.powi(step)), *v / (1.0 - 0.999_f64.powi(step)));
        *weight -= rate * m / (v.sqrt() + 1e-8);
    }

    #[test]
    fn update_every_kind_matches_its_formula() {
        check(OptimizerKind::Sgd { momentum: 0.0 }, |_, rate, weight, _, g| *weight -= rate * g);
        check(OptimizerKind::Sgd { momentum: 0.9 }, |_, rate, weight, [v, _], g| {
            *v = 0.9 * *v + g;
            *weight -= rate * *v;
        });
        for momentum in [0.0, 0.9] {
            check(OptimizerKind::RmsProp { momentum }, |_, rate, weight, [mean, v], g| {
                *mean = 0.99 * *mean + 0.01 * g * g;
                *v = momentum * *v + g / (mean.sqrt() + 1e-8);
                *weight -= rate * *v;
            });
        }
        check(OptimizerKind::Adam, adam);
        check(OptimizerKind::AdamW { weight_decay: 0.5 }, |step, rate, weight, memory, g| {
            *weight -= rate * 0.5 * *weight;
            adam(step, rate, weight, memory, g);
        });
    }

    #[test]
    fn clip_factor_scales_down_to_threshold_and_never_up() {
        assert!((5.0 * clip_factor(5.0, 1.0) - 1.0).abs() < 1e-5);
        assert_eq!(clip_factor(5.0, 6.0).to_bits(), 1.0_f32.to_bits());
    }

    #[test]
    fn norm_and_update_any_thread_count_are_identical() {
        let numbers = |seed: usize| (0..200_003).map(move |i| ((i * 7919 + seed) % 1013) as f32 / 500.0 - 1.0);
        for kind in
            [OptimizerKind::Adam, OptimizerKind::RmsProp { momentum: 0.9 }, OptimizerKind::Sgd { momentum: 0.0 }]
        {
            let updated = |threads: Threads| {
                let (mut value, mut gradient) = (zeros(200_003).unwrap(), zeros(200_003).unwrap());
                value.iter_mut().zip(numbers(1)).for_each(|(place, number)| *place = number);
                gradient.iter_mut().zip(numbers(2)).for_each(|(place, number)| *place = number);
                let mut visit = |visitor: &mut dyn FnMut(ParameterMut<'_>)| {
                    let shape = [200_003].into_iter().collect();
                    let (value, gradient) = (&mut value, &mut gradient);
                    visitor(ParameterMut { label: &label(), shape, value, gradient });
                };
                let norm = gradient_norm(threads, &mut visit);
                let mut optimizer = Optimizer::new(kind);
                (0..2).for_each(|_| optimizer.update(0.1, 0.5, threads, &mut visit).unwrap());
                (norm.to_bits(), value.iter().map(|number| number.to_bits()).collect::<Vec<_>>())
            };
            let alone = updated(Threads::ONE);
            for threads in 2..5 {
                assert!(updated(Threads::new(threads)) == alone, "{kind:?}, {threads} threads");
            }
        }
    }
}
