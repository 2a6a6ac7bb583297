//! Time of a training step at four sizes for each cell, and at two for a transformer: `cargo bench --bench training_step`.
//!
//! A step is forward, backward through time, gradient norm, clipping and Adam, with one thread or the number of threads in the
//! environment variable `BENCH_THREADS`. Compare the *fastest* column, as machines are noisy. `benches/against_pytorch.py` alternates
//! this with PyTorch.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation)] // a benchmark may fail

use std::cell::RefCell;
use std::time::Instant;

use divan::Bencher;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Inner, Positions, Steps, Vocab};
use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, product};
use rnn_tui::model::{
    Cell, Gru, Ids, Lstm, Model, Optimizer, OptimizerKind, Recurrent, Rnn, Sizes, Start, Targets, Threads, Transformer,
    TransformerSpec, clip_factor, gradient_norm,
};

fn main() {
    divan::main();
    if std::env::args().all(|argument| argument.starts_with("--bench") || !argument.starts_with('-')) {
        print_share_of_peak();
        print_growth();
    }
}

/// Model sizes, batch size and window of a step.
struct Size {
    sizes: Sizes,
    batch: usize,
    steps: usize,
}

const fn size([v, e, h]: [usize; 3], layers: usize, [batch, steps]: [usize; 2]) -> Size {
    Size { sizes: Sizes { vocabulary: Vocab(v), embedding: Embed(e), hidden: Hidden(h), layers }, batch, steps }
}

const TOY: Size = size([7, 2, 2], 1, [2, 2]);
const CHARACTERS: Size = size([65, 64, 128], 1, [32, 64]);
const PTB_SMALL: Size = size([10_000, 200, 200], 2, [20, 20]);
const PTB_MEDIUM: Size = size([10_000, 650, 650], 2, [20, 35]);

fn threads() -> Threads {
    Threads::new(std::env::var("BENCH_THREADS").map_or(1, |number| number.parse().unwrap()))
}

/// Returns a closure that takes one training step of a new model on fixed random words.
fn training_step<M: Model>(spec: &M::Spec, vocabulary: usize, [batch, steps]: [usize; 2]) -> impl FnMut() + use<M> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut model = M::new(spec, &mut random).unwrap();
    let mut workspace = model.workspace(threads()).unwrap();
    let mut optimizer = Optimizer::new(OptimizerKind::Adam);
    let mut words = || (0..batch * steps).map(|_| random.gen_range(0..vocabulary as u32)).collect::<Vec<u32>>();
    let (inputs, targets) = (words(), words());
    move || {
        let (ids, targets) = (Ids::new(&inputs, Steps(steps), Batch(batch)), Targets::everywhere(&targets));
        model.loss_and_gradients(ids, Start::Zeros, targets, &mut workspace, &mut random);
        let norm = gradient_norm(threads(), |visitor| model.visit(visitor));
        let factor = clip_factor(norm, 5.0);
        optimizer.update(1e-3, factor, threads(), |visitor| model.visit(visitor)).unwrap();
    }
}

/// Returns a closure that takes one training step of a new recurrent model.
fn recurrent_training_step<C: Cell>(size: &Size) -> impl FnMut() + use<C> {
    let Size { sizes, batch, steps } = *size;
    training_step::<Recurrent<C>>(&sizes.into(), sizes.vocabulary.0, [batch, steps])
}

fn bench(bencher: Bencher<'_, '_>, step: impl FnMut()) {
    let step = RefCell::new(step);
    (0..2).for_each(|_| step.borrow_mut()()); // the first steps allocate memory
    bencher.bench_local(|| step.borrow_mut()());
}

#[divan::bench(types = [Rnn, Lstm, Gru], sample_count = 2000, sample_size = 100)]
fn toy<C: Cell>(bencher: Bencher<'_, '_>) {
    bench(bencher, recurrent_training_step::<C>(&TOY));
}

#[divan::bench(types = [Rnn, Lstm, Gru], sample_count = 300, sample_size = 1)]
fn characters<C: Cell>(bencher: Bencher<'_, '_>) {
    bench(bencher, recurrent_training_step::<C>(&CHARACTERS));
}

#[divan::bench(types = [Rnn, Lstm, Gru], sample_count = 50, sample_size = 1)]
fn ptb_small<C: Cell>(bencher: Bencher<'_, '_>) {
    bench(bencher, recurrent_training_step::<C>(&PTB_SMALL));
}

#[divan::bench(types = [Rnn, Lstm, Gru], sample_count = 15, sample_size = 1)]
fn ptb_medium<C: Cell>(bencher: Bencher<'_, '_>) {
    bench(bencher, recurrent_training_step::<C>(&PTB_MEDIUM));
}

/// Times a transformer over 65 characters with `[embedding, heads, layers]`, and MLPs four times as wide as the embedding, at
/// `[batch, context]`.
fn transformer(bencher: Bencher<'_, '_>, [embedding, heads, layers]: [usize; 3], [batch, context]: [usize; 2]) {
    let spec = TransformerSpec {
        vocabulary: Vocab(65),
        embedding: Embed(embedding),
        context: Positions(context),
        heads,
        layers,
        inner: Inner(4 * embedding),
        dropout: 0.0,
        tied: false,
    };
    bench(bencher, training_step::<Transformer>(&spec, 65, [batch, context]));
}

#[divan::bench(sample_count = 300, sample_size = 1)]
fn transformer_small(bencher: Bencher<'_, '_>) {
    transformer(bencher, [128, 4, 4], [12, 64]);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn transformer_medium(bencher: Bencher<'_, '_>) {
    transformer(bencher, [384, 6, 6], [16, 256]);
}

/// Minimum time of an LSTM step over `times` steps, in seconds.
fn min_step_time(size: &Size, times: usize) -> f64 {
    let mut step = recurrent_training_step::<Lstm>(size);
    min_time(times, &mut step)
}

/// Minimum time of `work` over `times` calls, in seconds.
fn min_time(times: usize, work: &mut dyn FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..times).map(time).fold(f64::INFINITY, f64::min)
}

/// Prints the growth of a step's time with window, batch size and layers.
fn print_growth() {
    let base = size([1000, 128, 128], 1, [32, 32]);
    let time = |factor: [usize; 3]| {
        let [steps, batch, layers] = factor;
        let sizes = Sizes { layers, ..base.sizes };
        min_step_time(&Size { sizes, batch: batch * base.batch, steps: steps * base.steps }, 60) * 1e3
    };
    println!("LSTM 1000→128→128→1000, 32 streams of 32 steps, and 2, 4, 8 times as many; ms per step");
    for (name, which) in [("window", 0), ("batch", 1), ("layers", 2)] {
        let times = [1, 2, 4, 8].map(|factor| {
            let mut factors = [1; 3];
            factors[which] = factor;
            format!("{:.2}", time(factors))
        });
        println!("{name:>8}  {}", times.join("  "));
    }
}

/// Prints the speed of a ptb-medium step relative to the machine's speed at a large matrix product.
fn print_share_of_peak() {
    let (rows, shared, columns) = (960, 768, 960);
    let (left, right, mut out) = (vec![0.5; rows * shared], vec![0.5; shared * columns], vec![0.0; rows * columns]);
    let mut multiply = || {
        let (left, right) = (Matrix::new(&left, rows, shared), Matrix::new(&right, shared, columns));
        product(MatrixMut::new(&mut out, rows, columns), Accumulate::Nothing, left, right, threads());
    };
    let peak = 2.0 * (rows * shared * columns) as f64 / min_time(50, &mut multiply);

    let Size { sizes, batch, steps } = PTB_MEDIUM;
    let (v, e, h) = (sizes.vocabulary.0, sizes.embedding.0, sizes.hidden.0);
    let weights_multiplied = 4 * h * (e + h) + (sizes.layers - 1) * 4 * h * 2 * h + v * h;
    // one product forward, two backward; the products saved at the first time step are ignored
    let operations = 3.0 * 2.0 * (weights_multiplied * batch * steps) as f64;
    let reached = operations / min_step_time(&PTB_MEDIUM, 10);
    println!(
        "ptb-medium, LSTM: {:.0} of {:.0} GFLOP/s, {:.0} % of a product of {rows}×{shared} and {shared}×{columns}",
        reached / 1e9,
        peak / 1e9,
        100.0 * reached / peak
    );
}
