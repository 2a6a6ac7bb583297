//! dfdx's tensor as this crate uses it: f32 numbers on the CPU.

use dfdx::prelude::{Cpu, CpuError, NoneTape, Shape, TensorFromVec};
use rand::Rng;
use rand::distributions::Distribution;

/// A tensor of shape `S`, with the tape `T` that records operations for the backward pass (or records nothing).
pub type Tensor<S, T = NoneTape> = dfdx::prelude::Tensor<S, f32, Cpu, T>;

/// The gradient of a loss with respect to every tensor that was on its tape.
pub type Gradients = dfdx::prelude::Gradients<f32, Cpu>;

/// Fails when there is no memory for a tensor.
pub type Result<T> = std::result::Result<T, CpuError>;

/// The tensor's numbers in the order of its axes, copied.
pub fn values<S: Shape, T>(tensor: &Tensor<S, T>) -> Vec<f32> {
    let mut values = vec![0.0; dfdx::prelude::HasShape::shape(tensor).num_elements()];
    tensor.copy_into(&mut values);
    values
}

/// A tensor whose numbers are drawn one by one from `distribution`.
///
/// # Errors
/// When there is no memory for it.
pub fn drawn<S: Shape>(
    device: &Cpu,
    shape: S,
    distribution: impl Distribution<f32>,
    random: &mut impl Rng,
) -> Result<Tensor<S>> {
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(shape.num_elements()).map_err(|_| CpuError::OutOfMemory)?;
    numbers.extend((0..shape.num_elements()).map(|_| distribution.sample(random)));
    device.try_tensor_from_vec(numbers, shape)
}
