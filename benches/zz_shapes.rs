#![allow(missing_docs, clippy::unwrap_used)]
use rnn_tui::model::kernels::{AddTo, Matrix, MatrixMut, Threads, product};
use std::time::Instant;
fn main() {
    let only = std::env::args().nth(1).and_then(|a| a.parse::<usize>().ok());
    let list: &[(&str, usize, usize, usize, bool, bool)] = &[
        // name, m, k, n, left transposed, right transposed
        ("qkv", 768, 128, 384, false, true),
        ("out", 768, 128, 128, false, true),
        ("fc1", 768, 128, 512, false, true),
        ("fc2", 768, 512, 128, false, true),
        ("d_units", 768, 128, 512, false, false),
        ("d_norm2", 768, 512, 128, false, false),
        ("d_ctx", 768, 128, 128, false, false),
        ("d_norm1", 768, 384, 128, false, false),
        ("dW2", 128, 768, 512, true, false),
        ("dW1", 512, 768, 128, true, false),
        ("dWo", 128, 768, 128, true, false),
        ("dWqkv", 384, 768, 128, true, false),
        ("score", 64, 32, 64, false, true),
        ("read", 64, 64, 32, false, false),
        ("dV", 64, 64, 32, true, false),
        ("Lqkv", 4096, 384, 1152, false, true),
        ("Lfc1", 4096, 384, 1536, false, true),
        ("Lfc2", 4096, 1536, 384, false, true),
        ("LdW2", 384, 4096, 1536, true, false),
        ("LdW1", 1536, 4096, 384, true, false),
        ("Lscore", 64, 64, 256, false, true),
        ("Lread", 64, 256, 64, false, false),
        ("LdV", 256, 64, 64, true, false),
    ];
    let (mut sum, mut flops) = (0.0, 0.0);
    for (i, &(name, m, k, n, lt, rt)) in list.iter().enumerate() {
        if only.is_some_and(|o| o != i) { continue; }
        let (l, r) = (vec![0.5; m * k], vec![0.5; k * n]);
        let mut out = vec![0.0; m * n];
        let left = if lt { Matrix::new(&l, k, m).transposed() } else { Matrix::new(&l, m, k) };
        let right = if rt { Matrix::new(&r, n, k).transposed() } else { Matrix::new(&r, k, n) };
        let mut best = f64::INFINITY;
        let start = Instant::now();
        while start.elapsed().as_secs_f64() < if only.is_some() { 3.0 } else { 0.4 } {
            let s = Instant::now();
            let reps = if m * k * n < 1_000_000 { 50 } else { 1 };
            for _ in 0..reps {
                product(MatrixMut::new(&mut out, m, n), AddTo::Nothing, left, right, Threads::ONE);
            }
            best = best.min(s.elapsed().as_secs_f64() / reps as f64);
        }
        let f = 2.0 * (m * k * n) as f64;
        if i < 12 { sum += best; flops += f; }
        println!("{name:<8} {m}x{k}x{n}  {:.1} us  {:.1} GFLOP/s", best * 1e6, f / best / 1e9);
    }
    println!("layer {:.2} ms, {:.1} GFLOP/s", sum * 1e3, flops / sum / 1e9);
}
