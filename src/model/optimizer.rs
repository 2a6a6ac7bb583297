//! How gradients change weights: dfdx's update functions, with the state kept here.

use dfdx::prelude::{Cpu, CpuError, Device, Momentum, Storage, WeightDecay};
use dfdx::tensor_ops::{AdamConfig, RMSpropConfig, SgdConfig};

use super::ParameterMut;
use super::kernels::{scale, sum_of_squares};
use super::tensors::{Numbers, Result, zeros};
use super::weights::{LoadError, Mismatch, Tensors, described_by};

/// The rule by which a gradient changes a weight. The learning rate comes with each update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent (Robbins & Monro 1951) with momentum (Polyak 1964), as PyTorch's
    /// [`optim.SGD`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html): v = μ v + g, w −= η v.
    Sgd {
        /// μ; 0 is plain gradient descent.
        momentum: f64,
    },
    /// The gradient over the root of the running mean of its square (Tieleman & Hinton 2012), as PyTorch's
    /// [`optim.RMSprop`](https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html): α = 0.99. Its ε = 1e-8 is
    /// added to the root, dfdx's is under the root: 1e-16 here, so that the roots differ by at most 1e-8.
    RmsProp {
        /// Of the quotients; 0 is none.
        momentum: f64,
    },
    /// Kingma & Ba 2015, algorithm 1, as PyTorch's
    /// [`optim.Adam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html): β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    Adam,
    /// Adam with weight decay that is no part of the gradient (Loshchilov & Hutter 2019), as PyTorch's
    /// [`optim.AdamW`](https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html): w −= η λ w besides.
    AdamW {
        /// λ
        weight_decay: f64,
    },
}

impl Rule {
    /// PyTorch's names of the vectors that the rule remembers of each weight. Of `RMSprop` dfdx's function wants that of the
    /// centred variant, too.
    fn vectors(self) -> &'static [&'static str] {
        match self {
            Self::Sgd { .. } => &["momentum_buffer"],
            Self::Adam | Self::AdamW { .. } => &["exp_avg", "exp_avg_sq"],
            Self::RmsProp { .. } => &["momentum_buffer", "square_avg", "grad_avg"],
        }
    }

    /// What is remembered of a tensor of so many weights before the first update.
    fn memory(self, weights: usize) -> Result<[Numbers; 3]> {
        let size = |vector| if vector < self.vectors().len() { weights } else { 0 };
        Ok([zeros(size(0))?, zeros(size(1))?, zeros(size(2))?])
    }
}

/// A rule and what it remembers of earlier gradients.
#[derive(Clone, Debug)]
pub struct Optimizer {
    rule: Rule,
    updates: i32,
    /// For each weight tensor, in the order in which they are shown, as many vectors of its size as the rule needs.
    memory: Vec<[Numbers; 3]>,
    device: Cpu,
}

impl Optimizer {
    /// An optimizer that has seen no gradient yet.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        Self { rule, updates: 0, memory: Vec::new(), device: Cpu::default() }
    }

    /// Changes every weight by one step against its gradient. `visit` shows all weights to the function it is given, each
    /// time in the same order: [`LanguageModel::visit`](super::LanguageModel::visit).
    ///
    /// # Errors
    /// When there is no memory for what the rule remembers, which the first update takes.
    pub fn update(&mut self, learning_rate: f64, visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>))) -> Result<()> {
        self.updates = self.updates.saturating_add(1);
        let mut next = 0;
        let mut result = Ok(());
        visit(&mut |parameter| {
            if result.is_ok() {
                result = self.update_one(next, learning_rate, parameter);
                next += 1;
            }
        });
        result
    }

    /// How many updates there have been.
    #[must_use]
    pub fn updates(&self) -> i32 {
        self.updates
    }

    /// Adds a copy of what the rule remembers of each weight to `tensors`: `exp_avg.emb.weight` and so on. Before the first
    /// update there is nothing.
    pub fn save(&self, visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>)), tensors: &mut Tensors) {
        let mut memory = self.memory.iter();
        visit(&mut |weight| {
            for (vector, numbers) in memory.next().into_iter().flat_map(|of_one| self.rule.vectors().iter().zip(of_one))
            {
                tensors.push(format_args!("{vector}.{}", weight.name), weight.shape.sizes(), numbers);
            }
        });
    }

    /// Goes on as after so many updates with what is in `tensors`, as [`save`](Self::save) has put it there.
    ///
    /// # Errors
    /// When other tensors would belong there, or there is no memory for them.
    pub fn load(
        &mut self,
        updates: i32,
        mut visit: impl FnMut(&mut dyn FnMut(ParameterMut<'_>)),
        tensors: &Tensors,
    ) -> std::result::Result<(), LoadError> {
        let vectors = if updates > 0 { self.rule.vectors() } else { &[] };
        let prefixes: Vec<String> = vectors.iter().map(|vector| format!("{vector}.")).collect();
        let expected = described_by(&mut visit, &prefixes);
        Mismatch::check(&expected, &tensors.descriptions())?;
        let mut memory = Vec::new();
        for named in expected.chunks(vectors.len().max(1)) {
            let tensors: Vec<_> = named.iter().filter_map(|(name, _)| tensors.get(name)).collect();
            let mut of_one = self.rule.memory(tensors.first().map_or(0, |tensor| tensor.numbers.len()))?;
            for (numbers, tensor) in of_one.iter_mut().zip(tensors) {
                numbers.copy_from_slice(&tensor.numbers);
            }
            memory.push(of_one);
        }
        (self.updates, self.memory) = (updates, memory);
        Ok(())
    }

    fn update_one(&mut self, index: usize, learning_rate: f64, parameter: ParameterMut<'_>) -> Result<()> {
        if index == self.memory.len() {
            self.memory.push(self.rule.memory(parameter.value.len())?);
        }
        let memory = &mut self.memory[index];
        let ParameterMut { value, gradient, .. } = parameter;
        let mut update = |update| update_by(&self.device, &update, value, memory, gradient);
        match self.rule {
            Rule::Sgd { momentum } => {
                let momentum = (momentum > 0.0).then_some(Momentum::Classic(momentum));
                let config = SgdConfig { lr: learning_rate, momentum, weight_decay: None };
                update(Update::Sgd(config))
            }
            Rule::RmsProp { momentum } => {
                let momentum = (momentum > 0.0).then_some(momentum);
                let config =
                    RMSpropConfig { lr: learning_rate, alpha: 0.99, eps: 1e-16, momentum, ..RMSpropConfig::default() };
                update(Update::RmsProp(config))
            }
            Rule::Adam => {
                let config = AdamConfig { lr: learning_rate, ..AdamConfig::default() };
                update(Update::Adam(self.updates, config))
            }
            Rule::AdamW { weight_decay } => {
                let weight_decay = Some(WeightDecay::Decoupled(weight_decay));
                let config = AdamConfig { lr: learning_rate, weight_decay, ..AdamConfig::default() };
                update(Update::Adam(self.updates, config))
            }
        }
    }
}

enum Update {
    Sgd(SgdConfig),
    RmsProp(RMSpropConfig),
    Adam(i32, AdamConfig),
}

type Memory<D> = <D as Storage<f32>>::Vec;

/// dfdx's update of one tensor's numbers. The functions belong to traits that have no name outside dfdx; every `Device` has
/// them, so generic code may call them.
fn update_by<D: Device<f32, Err = CpuError>>(
    device: &D,
    update: &Update,
    value: &mut Memory<D>,
    [first, second, third]: &mut [Memory<D>; 3],
    gradient: &Memory<D>,
) -> Result<()> {
    match update {
        Update::Sgd(config) => device.sgd_kernel(config, value, first, gradient),
        Update::RmsProp(config) => device.rmsprop_kernel(config, value, first, second, third, gradient),
        Update::Adam(updates, config) => device.adam_kernel(*updates, config, value, first, second, gradient),
    }
}

/// The L2 norm of the gradients of all weights taken together.
pub fn gradient_norm(visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>))) -> f64 {
    let mut squares = 0.0;
    visit(&mut |parameter| squares += sum_of_squares(parameter.gradient));
    squares.sqrt()
}

/// Scales all gradients down to the norm `threshold` if theirs, `norm`, is larger (Pascanu et al. 2013), as PyTorch's
/// [`clip_grad_norm_`](https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html). Returns whether
/// it did.
pub fn clip_gradients(norm: f64, threshold: f64, visit: impl FnOnce(&mut dyn FnMut(ParameterMut<'_>))) -> bool {
    // PyTorch's ε, so that a norm just above the threshold is treated as it is there
    let factor = threshold / (norm + 1e-6);
    if factor < 1.0 {
        #[allow(clippy::cast_possible_truncation)] // a factor below 1
        visit(&mut |parameter| scale(parameter.gradient, factor as f32));
    }
    factor < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ParameterName;

    /// Five updates of three weights with gradients that change: ours, and by the formula in f64.
    fn check(rule: Rule, formula: impl Fn(i32, f64, &mut f64, &mut [f64; 2], f64)) {
        let mut optimizer = Optimizer::new(rule);
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
                .update(learning_rate, |visitor| {
                    let shape = [3].into_iter().collect();
                    let (value, gradient) = (&mut value, &mut gradient);
                    visitor(ParameterMut { name: ParameterName::HeadBias, shape, value, gradient });
                })
                .unwrap();
            for (ours, (theirs, _)) in value.iter().zip(&expected) {
                assert!((f64::from(*ours) - theirs).abs() < 5e-6, "{rule:?}, step {step}: {ours} and {theirs}");
            }
        }
    }

    fn adam(step: i32, rate: f64, weight: &mut f64, [m, v]: &mut [f64; 2], g: f64) {
        (*m, *v) = (0.9 * *m + 0.1 * g, 0.999 * *v + 0.001 * g * g);
        let (m, v) = (*m / (1.0 - 0.9_f64.powi(step)), *v / (1.0 - 0.999_f64.powi(step)));
        *weight -= rate * m / (v.sqrt() + 1e-8);
    }

    #[test]
    fn every_rule_is_its_formula() {
        check(Rule::Sgd { momentum: 0.0 }, |_, rate, weight, _, g| *weight -= rate * g);
        check(Rule::Sgd { momentum: 0.9 }, |_, rate, weight, [v, _], g| {
            *v = 0.9 * *v + g;
            *weight -= rate * *v;
        });
        for momentum in [0.0, 0.9] {
            check(Rule::RmsProp { momentum }, |_, rate, weight, [mean, v], g| {
                *mean = 0.99 * *mean + 0.01 * g * g;
                *v = momentum * *v + g / (*mean + 1e-16).sqrt();
                *weight -= rate * *v;
            });
        }
        check(Rule::Adam, adam);
        check(Rule::AdamW { weight_decay: 0.5 }, |step, rate, weight, memory, g| {
            *weight -= rate * 0.5 * *weight;
            adam(step, rate, weight, memory, g);
        });
    }

    #[test]
    fn gradients_are_scaled_down_to_the_threshold_and_never_up() {
        let (mut value, mut gradient) = (zeros(2).unwrap(), zeros(2).unwrap());
        let mut clip = |threshold: f64| {
            gradient.copy_from_slice(&[3.0, 4.0]);
            let mut visit = |visitor: &mut dyn FnMut(ParameterMut<'_>)| {
                let shape = [2].into_iter().collect();
                let (value, gradient) = (&mut value, &mut gradient);
                visitor(ParameterMut { name: ParameterName::HeadBias, shape, value, gradient });
            };
            let norm = gradient_norm(&mut visit);
            assert!((norm - 5.0).abs() < 1e-6);
            let clipped = clip_gradients(norm, threshold, &mut visit);
            (clipped, gradient_norm(&mut visit))
        };
        let (clipped, norm) = clip(1.0);
        assert!(clipped && (norm - 1.0).abs() < 1e-5);
        let (clipped, norm) = clip(6.0);
        assert!(!clipped && (norm - 5.0).abs() < 1e-6);
    }
}
