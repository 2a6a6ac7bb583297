//! Layers that several architectures share: embedding, linear layer, attention, layer normalization, dropout and output layer.

mod attention;
mod dropout;
mod embedding;
mod head;
mod linear;
mod norm;
mod target_rows;

pub(super) use attention::{Attention, Heads, stored_weights};
pub(super) use dropout::{Dropout, DropoutBuffer, Factors, draw_factors};
pub use embedding::{Embedding, Ids};
pub(super) use head::HeadWorkspace;
pub use head::{Head, Targets};
pub(super) use linear::Linear;
pub(super) use norm::{LayerNorm, Statistics};
pub(super) use target_rows::TargetRows;
