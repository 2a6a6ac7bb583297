//! The error of dfdx's matrix product for which `clippy.toml` forbids it.

use dfdx::prelude::*;
use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product};

/// Without its `cpu` feature, dfdx's product returns only the last term of each sum. If this test fails, dfdx has been fixed (or
/// the feature is on) and the ban in `clippy.toml` can be lifted.
#[test]
fn dfdx_product_without_cpu_feature_is_wrong() {
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
