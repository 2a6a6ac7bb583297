//! What the model computes with: matrix products and loops over numbers, both compiled for several instruction sets of
//! which the best that the machine has is chosen when the program runs.

mod lanes;
mod loops;
mod packed;
#[allow(unsafe_code)] // an instruction without a safe name
mod prefetch;
#[allow(unsafe_code)] // a call of the kernel itself
mod product;

pub use lanes::{Lanes, in_lanes};
pub(super) use loops::{Softmax, add_rows_of, scale, scale_and_add, softmax, sum_of_squares, vectorized};
pub use packed::Prepared;
pub use product::{Matrix, MatrixMut, Threads, product};
