//! Memory of training: after the first steps, a step allocates nothing that it does not free.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::learning::{Progress, language_learner};
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Inner, Positions, Steps, Vocab};
use rnn_tui::model::{
    Cell as RecurrentCell, CellName, Ids, Model, Optimizer, OptimizerKind, Options, Recurrent, RecurrentSpec, Sizes,
    Start, Targets, Threads, Transformer, TransformerSpec, Work, clip_factor, gradient_norm,
};
use rnn_tui::with_cell;

/// The system's allocator with counters per thread.
struct CountingAllocator;

thread_local! {
    /// Bytes that this thread has allocated minus those that it has freed. Other threads, such as the test runner's, have counters of
    /// their own.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    /// Largest value of [`LIVE`] since it was last set.
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Adds `bytes` to the counters; does nothing in a thread that is ending and has lost them.
fn add(bytes: isize) {
    let live = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        live.get()
    });
    let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.unwrap_or(0))));
}

// SAFETY: every call is forwarded unchanged to the system's allocator.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size().cast_signed());
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size().cast_signed());
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(-layout.size().cast_signed());
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size.cast_signed());
        add(-layout.size().cast_signed());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Growth of this thread's memory, in bytes.
#[derive(Debug)]
struct Growth {
    /// Allocated and not freed.
    retained: isize,
    /// Largest growth meanwhile.
    peak: isize,
}

/// Runs `work` and returns the growth of this thread's memory.
fn growth(work: impl FnOnce()) -> Growth {
    let before = LIVE.get();
    PEAK.set(before);
    work();
    Growth { retained: LIVE.get() - before, peak: PEAK.get() - before }
}

/// Sequences and steps of a batch.
const SIZE: (usize, usize) = (12, 16);

/// Trains for ten steps and returns the growth of memory in each.
fn growth_per_step<M: Model>(spec: &M::Spec, vocabulary: u32) -> Vec<Growth> {
    let (batch, steps) = SIZE;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut model = M::new(spec, &mut random).unwrap();
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let mut optimizer = Optimizer::new(OptimizerKind::Adam);
    let ids: Vec<u32> = (0..batch * steps).map(|_| random.gen_range(0..vocabulary)).collect();
    let mut growths = Vec::with_capacity(10);
    for step in 0..10 {
        let start = if step % 3 == 0 { Start::Zeros } else { Start::Carried };
        growths.push(growth(|| {
            let words = Ids::new(&ids, Steps(steps), Batch(batch));
            model.loss_and_gradients(words, start, Targets::everywhere(&ids), &mut workspace, &mut random);
            let norm = gradient_norm(Threads::ONE, |visitor| model.visit(visitor));
            let factor = clip_factor(norm, 1e-3);
            optimizer.update(1e-3, factor, Threads::ONE, |visitor| model.visit(visitor)).unwrap();
        }));
    }
    growths
}

/// Largest temporary allocation in bytes of a step on one thread: a list of parts with one entry, of 64 bytes. Memory for packed
/// operands is not freed between steps.
const MAX_TEMPORARY: isize = 1_000;

fn check_growths(growths: &[Growth]) {
    assert!(growths[0].retained > 600_000, "the first step allocates what all steps need");
    for growth in &growths[2..] {
        assert_eq!(growth.retained, 0);
        assert!(growth.peak < MAX_TEMPORARY, "{growth:?}");
    }
}

/// A step has 192 words: with a smaller vocabulary, the input product is computed once per word of the vocabulary.
fn check<C: RecurrentCell>() {
    for (vocabulary, dropout) in [(300, 0.0), (300, 0.3), (50, 0.0)] {
        let sizes =
            Sizes { vocabulary: Vocab(vocabulary as usize), embedding: Embed(40), hidden: Hidden(70), layers: 2 };
        let options = Options { dropout, ..Options::default() };
        let growths = growth_per_step::<Recurrent<C>>(&RecurrentSpec { sizes, options }, vocabulary);
        println!("{:?}, {vocabulary} words, dropout {dropout}: bytes per step: {growths:?}", C::default());
        check_growths(&growths);
    }
}

#[test]
fn transformer_step_after_warmup_allocates_nothing_and_matches_estimate() {
    for dropout in [0.0, 0.3] {
        let spec = TransformerSpec {
            vocabulary: Vocab(300),
            embedding: Embed(48),
            context: Positions(20),
            heads: 4,
            layers: 2,
            inner: Inner(192),
            dropout,
            tied: false,
        };
        let growths = growth_per_step::<Transformer>(&spec, 300);
        println!("dropout {dropout}: bytes per step: {growths:?}");
        check_growths(&growths);
        let (batch, steps) = SIZE;
        let cost = Transformer::cost(&spec, Work { steps, batch, predictions: batch * steps });
        // the first step also allocates the optimizer's two vectors per weight
        let estimated = 4.0 * (cost.activations + 2 * cost.weights) as f64;
        let ratio = growths[0].retained as f64 / estimated;
        assert!((0.8..1.15).contains(&ratio), "{ratio} of the estimate");
    }
}

#[test]
fn recurrent_step_after_warmup_allocates_nothing() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check::<C>());
    }
}

#[test]
fn long_run_memory_stays_constant() {
    let changes = ["training.steps=1000000", "corpus.validation=0.3", "training.batch=1", "training.validate_every=10"];
    let changes = changes.map(|change| Override::set(change).unwrap());
    let mut learner = language_learner(Config::read(&Origin::toy(), &changes).unwrap()).unwrap();
    let mut run = |steps| {
        let mut done = 0;
        while done < steps {
            done += u32::from(matches!(learner.work().unwrap(), Progress::Step(_)));
        }
    };
    run(1000);
    let growth = growth(|| run(5_000));
    assert_eq!(growth.retained, 0, "after 5,000 steps and 500 validations");
    assert!(growth.peak < 10_000, "{growth:?}");
}
