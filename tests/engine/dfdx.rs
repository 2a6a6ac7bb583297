//! What dfdx does that one would not expect, and why `clippy.toml` puts it out of reach.

use dfdx::prelude::*;
use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product};

/// Without dfdx's `cpu` feature its product keeps the last term of each sum. Should this test fail, dfdx has been mended
/// (or something turned the feature on) and the reason for the ban is gone.
#[test]
fn its_own_matrix_product_is_wrong_and_ours_is_right() {
    let device = Cpu::default();
    let left: Tensor<Rank2<3, 4>, f32, _> = device.ones();
    let right: Tensor<Rank2<4, 2>, f32, _> = device.ones();
    assert_eq!(left.matmul(right).array(), [[1.0; 2]; 3]);

    let mut out = [0.0; 6];
    product(
        MatrixMut::new(&mut out, Const::<3>, Const::<2>),
        Accumulate::Nothing,
        Matrix::new(&[1.0; 12], Const::<3>, Const::<4>),
        Matrix::new(&[1.0; 8], Const::<4>, Const::<2>),
        Threads::ONE,
    );
    assert_eq!(out, [4.0; 6]);
}
