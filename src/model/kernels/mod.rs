//! What the model computes with: matrix products and loops over numbers, compiled for several instruction sets of which the
//! best that the machine has is chosen when the program runs, and shared among threads where that pays.

mod instruction_set;
mod lanes;
mod loops;
mod matrix;
#[allow(unsafe_code)] // advice to the system, which has no safe name
mod memory;
mod packed_matrix;
mod packing;
#[allow(unsafe_code)] // other threads are given a reference that the compiler cannot follow
mod pool;
#[allow(unsafe_code)] // an instruction without a safe name
mod prefetch;
mod product;
mod rows;
mod threads;
mod tile;
mod updates;

pub(super) use instruction_set::vectorized;
pub use instruction_set::{INSTRUCTION_SET, InstructionSet, InstructionSetError};
pub use lanes::{Lanes, simd_chunks};
pub(super) use loops::{
    Softmax, add_rows_by_word, add_rows_of, scale, scale_and_add, softmax, sum_of_squares, sum_rows,
};
pub use matrix::{Matrix, MatrixMut};
pub(super) use memory::resize;
pub use packed_matrix::PackedMatrix;
pub use product::product;
pub use rows::RowsMut;
pub(super) use rows::{for_columns, take};
pub use threads::Threads;
pub use tile::Accumulate;
pub(super) use updates::Update;
