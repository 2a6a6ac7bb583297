//! What the model computes with: matrix products and loops over numbers, both compiled for several instruction sets of
//! which the best that the machine has is chosen when the program runs.

mod functions;
mod loops;
#[allow(unsafe_code)] // a call of the kernel itself
mod product;

pub(super) use functions::{Softmax, softmax};
pub use functions::{sigmoid, tanh};
pub(super) use loops::{add_rows_of, scale, sum_of_squares, vectorized};
pub use product::{Matrix, MatrixMut, Threads, product};
