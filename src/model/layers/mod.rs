//! What several architectures are made of: words as vectors, dropout, and the way from hidden units to words.

mod dropout;
mod embedding;
mod head;
mod selection;

pub(super) use dropout::{Dropped, draw_factors};
pub use embedding::{Embedding, Ids};
pub(super) use head::HeadWorkspace;
pub use head::{Head, Targets};
pub(super) use selection::Selection;
