//! Numeric kernels: matrix products and elementwise loops, compiled for several instruction sets and divided among threads when
//! they are large. The fastest instruction set that the machine supports is chosen at run time.

mod blocked_product;
mod instruction_set;
mod lanes;
mod loops;
mod matrix;
#[allow(unsafe_code)] // `madvise` has no safe wrapper
mod memory;
mod packed_matrix;
mod packing;
#[allow(unsafe_code)] // a borrowed job is passed to other threads as a raw pointer
mod pool;
#[allow(unsafe_code)] // the prefetch intrinsic has no safe wrapper
mod prefetch;
mod product;
mod rows;
mod threads;
mod tile;
mod tiling;
mod transcendental;
mod updates;

pub(super) use instruction_set::vectorized;
pub use instruction_set::{INSTRUCTION_SET, InstructionSet, InstructionSetError};
pub use lanes::{Lanes, simd_chunks};
pub(super) use loops::{Softmax, add_rows, add_rows_by_word, scale, scale_and_add, softmax, sum_of_squares, sum_rows};
pub use matrix::{Matrix, MatrixMut};
pub(super) use memory::resize;
pub use packed_matrix::PackedMatrix;
pub use product::product;
pub use rows::RowsMut;
pub(super) use rows::{for_columns, take};
pub use threads::Threads;
pub use tile::Accumulate;
pub(super) use updates::Update;
