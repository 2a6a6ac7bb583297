//! How fast each kernel of a training step is by itself: `cargo bench --bench kernels`.
//!
//! Products are those of an LSTM at ptb-medium, ptb-small and characters, in GFLOP/s, for each number of threads up to as many
//! as the machine has cores; beside them the machine's own speed at a large square product, which none can be faster than. The
//! environment variable `RNN_TUI_INSTRUCTION_SET` says for which instruction set. Least times: machines are noisy.

#![allow(missing_docs, clippy::unwrap_used)] // a benchmark may fail

use std::time::Instant;

use rnn_tui::model::Threads;
use rnn_tui::model::kernels::{Accumulate, InstructionSet, Matrix, MatrixMut, product};

/// Rows and columns of the result, and what is shared; whether the left, the right operand is transposed.
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
    // part of a name, as cargo passes it on
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (name, [rows, columns, shared], transposed) in PRODUCTS.iter().filter(|(name, ..)| name.contains(&wanted)) {
        let speeds = (1..=cores).map(|threads| speed([*rows, *columns, *shared], *transposed, Threads::new(threads)));
        let speeds: Vec<_> = speeds.map(|speed| format!("{speed:7.1}")).collect();
        println!("{name:<32}{rows:>6} ×{columns:>6} of{shared:>6} {}", speeds.join(""));
    }
}

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
    let mut least = f64::INFINITY;
    while start.elapsed().as_secs_f64() < 0.5 {
        let start = Instant::now();
        product(MatrixMut::new(&mut out, rows, columns), Accumulate::Nothing, left, right, threads);
        least = least.min(start.elapsed().as_secs_f64());
    }
    operations / least / 1e9
}
