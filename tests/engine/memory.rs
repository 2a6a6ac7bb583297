//! What a training step takes from the system once the first steps are over: nothing.

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

struct Counting;

thread_local! {
    /// Bytes that this thread has taken and not given back, and the most that there were. Other threads, such as the one that runs
    /// the tests, take memory of their own.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// A thread that ends has no counters any more.
fn add(bytes: isize) {
    let live = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        live.get()
    });
    let _ = MOST.try_with(|most| most.set(most.get().max(live.unwrap_or(0))));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
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
static ALLOCATOR: Counting = Counting;

/// Runs `work` and returns by how much the memory in use grew, and by how much it did at most on the way.
fn growth(work: impl FnOnce()) -> (isize, isize) {
    let before = LIVE.get();
    MOST.set(before);
    work();
    (LIVE.get() - before, MOST.get() - before)
}

/// Sequences and steps of a batch.
const SIZE: (usize, usize) = (12, 16);

/// The growth in each of ten steps.
fn steps_of<M: Model>(spec: &M::Spec, vocabulary: u32) -> Vec<(isize, isize)> {
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

/// What a step on one thread may borrow and give back: a list of parts with one entry, of 64 bytes. Operands are put in order in
/// memory that stays.
const BORROWED: isize = 1_000;

fn check_growths(growths: &[(isize, isize)]) {
    assert!(growths[0].0 > 600_000, "the first step takes what all steps need");
    for (kept, borrowed) in &growths[2..] {
        assert_eq!(*kept, 0);
        assert!(*borrowed < BORROWED, "{borrowed}");
    }
}

/// A step has 192 words: of a smaller vocabulary each word is multiplied only once.
fn check<C: RecurrentCell>() {
    for (vocabulary, dropout) in [(300, 0.0), (300, 0.3), (50, 0.0)] {
        let sizes =
            Sizes { vocabulary: Vocab(vocabulary as usize), embedding: Embed(40), hidden: Hidden(70), layers: 2 };
        let options = Options { dropout, ..Options::default() };
        let growths = steps_of::<Recurrent<C>>(&RecurrentSpec { sizes, options }, vocabulary);
        println!(
            "{:?}, {vocabulary} words, dropout {dropout}: (kept, at most borrowed) bytes in each step: {growths:?}",
            C::default()
        );
        check_growths(&growths);
    }
}

#[test]
fn nor_does_one_of_a_transformer_and_what_it_takes_is_what_was_foreseen() {
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
        let growths = steps_of::<Transformer>(&spec, 300);
        println!("dropout {dropout}: (kept, at most borrowed) bytes in each step: {growths:?}");
        check_growths(&growths);
        let (batch, steps) = SIZE;
        let cost = Transformer::cost(&spec, Work { steps, batch, predictions: batch * steps });
        // the optimizer's two vectors of each weight are taken by the first step, too
        let foreseen = 4.0 * (cost.activations + 2 * cost.weights) as f64;
        let taken = growths[0].0 as f64 / foreseen;
        assert!((0.8..1.15).contains(&taken), "{taken} of what was foreseen");
    }
}

#[test]
fn after_the_first_steps_a_step_takes_no_memory() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check::<C>());
    }
}

#[test]
fn a_long_run_holds_its_memory() {
    let changes = ["training.steps=1000000", "corpus.validation=0.3", "training.batch=1", "training.validate_every=10"];
    let changes = changes.map(|change| Override::set(change).unwrap());
    let mut learner = language_learner(Config::read(&Origin::toy(), &changes).unwrap()).unwrap();
    let mut run = |steps| {
        let mut taken = 0;
        while taken < steps {
            taken += u32::from(matches!(learner.work().unwrap(), Progress::Step(_)));
        }
    };
    run(1000);
    let (kept, borrowed) = growth(|| run(5_000));
    assert_eq!(kept, 0, "after 5,000 steps and 500 validations");
    assert!(borrowed < 10_000, "{borrowed}");
}
