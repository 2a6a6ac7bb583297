//! How gradients change weights.

use dfdx::prelude::{Cpu, Dim, Shape, Storage};
use dfdx::tensor_ops::AdamConfig;

use super::tensors::{Gradients, Result, Tensor};
use super::{LanguageModel, ParameterName, ParameterVisitor};

type Numbers = <Cpu as Storage<f32>>::Vec;

/// Adam (Kingma & Ba 2015, algorithm 1), as PyTorch's
/// [`optim.Adam`](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html): β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
///
/// Each weight's step is the learning rate times the running mean of its gradient over the root of the running mean of the
/// gradient's square, both corrected for having started at zero. The moments live here, not in dfdx's own optimizer.
#[derive(Clone, Debug)]
pub struct Adam {
    config: AdamConfig,
    updates: i32,
    moments: Vec<Moments>,
}

/// Running means of one weight tensor's gradient and of its square.
#[derive(Clone, Debug)]
struct Moments {
    first: Numbers,
    second: Numbers,
}

impl Adam {
    /// An optimizer that has seen no gradient yet.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self { config: AdamConfig { lr: learning_rate, ..AdamConfig::default() }, updates: 0, moments: Vec::new() }
    }

    /// Changes every weight of `model` by one step against its gradient.
    ///
    /// # Errors
    /// When there is no memory for the moments, which the first update allocates.
    pub fn update<V: Dim, E: Dim, H: Dim>(
        &mut self,
        model: &mut LanguageModel<V, E, H>,
        gradients: &mut Gradients,
    ) -> Result<()> {
        self.updates = self.updates.saturating_add(1);
        model.visit(&mut Update { adam: self, gradients, next: 0 })
    }
}

struct Update<'a> {
    adam: &'a mut Adam,
    gradients: &'a mut Gradients,
    next: usize,
}

impl ParameterVisitor for Update<'_> {
    fn visit<S: Shape>(&mut self, _: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
        let gradient = self.gradients.get_or_alloc_mut(parameter)?;
        let Adam { config, updates, moments } = &mut *self.adam;
        if self.next == moments.len() {
            let zeros = || Storage::<f32>::try_alloc_len(parameter.device(), gradient.len());
            moments.push(Moments { first: zeros()?, second: zeros()? });
        }
        let Moments { first, second } = &mut moments[self.next];
        self.next += 1;
        config.try_update(*updates, parameter, first, second, gradient)
    }
}
