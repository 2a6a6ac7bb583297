//! Language models: word ids → logits, loss, gradients and traces.
//!
//! A [`Model`] is any architecture, built from `layers/`, `cells/` and [`kernels`]. Conventions are PyTorch's, time first; every dimension has a name
//! ([`dimensions`]). A [`Workspace`] is the memory of a pass. Nothing here depends on configurations, training threads or terminals.

#[forbid(unsafe_code)]
mod architectures;
#[forbid(unsafe_code)]
mod cells;
#[forbid(unsafe_code)]
pub mod dimensions;
#[forbid(unsafe_code)]
mod generation;
pub mod kernels;
#[forbid(unsafe_code)]
mod labels;
#[forbid(unsafe_code)]
mod layers;
#[forbid(unsafe_code)]
mod optimizer;
#[forbid(unsafe_code)]
mod parameters;
#[forbid(unsafe_code)]
mod shapes;
#[forbid(unsafe_code)]
pub mod tensors;
#[forbid(unsafe_code)]
mod trace;
#[forbid(unsafe_code)]
mod weights;

pub use architectures::*;
pub use cells::*;
pub use generation::{Marks, Sampling, generate};
pub use kernels::Threads;
pub use labels::{Axis, TensorName, TensorRole};
pub use layers::{Embedding, Head, Ids, Targets};
pub use optimizer::{Optimizer, OptimizerKind, clip_factor, gradient_norm};
pub use parameters::{AxisSizes, Label, ParameterMut};
pub use shapes::TensorShape;
pub use trace::{
    Equation, GradientFlow, HeadAblation, Part, Quantity, QuantityKind, Role, Trace, WeightGradientShares,
};
pub use weights::{LoadError, Mismatch, NamedTensor, Tensors, described};
