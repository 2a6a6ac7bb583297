//! Speed of each matrix product of a training step: `cargo bench --bench kernels`.
//!
//! Prints GFLOP/s of the products of an LSTM at ptb-medium, ptb-small and characters, for 1 thread up to the number of cores, and of a
//! large square product as the upper bound. The environment variable `RNN_TUI_INSTRUCTION_SET` selects the instruction set. Minimum
//! times are used, as machines are noisy.

#![allow(missing_docs, clippy::unwrap_used)] // a benchmark may fail

use std::time::Instant;

use rnn_tui::model::Threads;
use rnn_tui::model::kernels::{Accumulate, InstructionSet, Matrix, MatrixMut, product};

/// Name; rows, columns and inner dimension; whether the left and right operands are transposed.
const PRODUCTS: &[(&str, [usize; 3], [bool; 2])] = &[
    ("large and square", [960, 960, 768], [false, false]),
    ("ptb-medium: logits", [700, 10_000, 650], [false, true]),
    ("ptb-medium: states' gradient", [700, 650, 10_000], [false, false]),
    ("ptb-medium: head's gradient", [10_000, 650, 700], [true, false]),
    ("ptb-medium: input's share", [700, 2600, 650], [false, true]),
    ("ptb-medium: input's gradient", [700, 650, 2600], [false, false]),
    ("ptb-medium: weights' gradient", [2600, 650, 700], [true, false]),
    ("ptb-small: logits", [400, 10_000, 200], [false, true]),
    ("ptb-small: states' gradient", [400, 200, 10_000], [false, false]),
    ("ptb-small: head's gradient", [10_000, 200, 400], [true, false]),
    ("ptb-small: weights' gradient", [800, 200, 400], [true, false]),
    ("characters: logits", [2048, 65, 128], [false, true]),
    ("characters: states' gradient", [2048, 128, 65], [false, false]),
    ("characters: head's gradient", [65, 128, 2048], [true, false]),
    ("characters: weights' gradient", [512, 128, 2048], [true, false]),
];

fn main() {
    let cores = Threads::new(0).count();
    println!("{}, up to {cores} threads, GFLOP/s", InstructionSet::in_use().unwrap());
    // part of a product's name
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (name, [rows, columns, shared], transposed) in PRODUCTS.iter().filter(|(name, ..)| name.contains(&filter)) {
        let speeds = (1..=cores).map(|threads| speed([*rows, *columns, *shared], *transposed, Threads::new(threads)));
        let speeds: Vec<_> = speeds.map(|speed| format!("{speed:7.1}")).collect();
        println!("{name:<32}{rows:>6} ×{columns:>6} of{shared:>6} {}", speeds.join(""));
    }
}

/// Returns the speed of a product in GFLOP/s, by its minimum time in half a second.
fn speed([rows, columns, shared]: [usize; 3], transposed: [bool; 2], threads: Threads) -> f64 {
    let numbers = |count: usize| (0..count).map(|i| (i % 13) as f32 - 6.0).collect::<Vec<_>>();
    let (left, right, mut out) = (numbers(rows * shared), numbers(shared * columns), numbers(rows * columns));
    let left =
        if transposed[0] { Matrix::new(&left, shared, rows).transposed() } else { Matrix::new(&left, rows, shared) };
    let right = if transposed[1] {
        Matrix::new(&right, columns, shared).transposed()
    } else {
        Matrix::new(&right, shared, columns)
    };
    let operations = 2.0 * (rows * columns * shared) as f64;
    let start = Instant::now();
    let mut min_time = f64::INFINITY;
    while start.elapsed().as_secs_f64() < 0.5 {
        let start = Instant::now();
        product(MatrixMut::new(&mut out, rows, columns), Accumulate::Nothing, left, right, threads);
        min_time = min_time.min(start.elapsed().as_secs_f64());
    }
    operations / min_time / 1e9
}
