//! What a training step takes from the system once the first steps are over: nothing.

#![allow(clippy::unwrap_used)] // a test may fail
#![allow(unsafe_code)] // an allocator that counts

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::config::{Config, Origin, Override};
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::{
    Cell, Gru, Ids, LanguageModel, Lstm, Optimizer, Options, Pass, Rnn, Rule, Sizes, Start, Targets, Threads,
    clip_factor, gradient_norm,
};
use rnn_tui::training::{Progress, language_learner};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    MOST.fetch_max(live, Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test at a time: all threads share the counters.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs `work` and returns by how much the memory in use grew, and by how much it did at most on the way.
fn growth(work: impl FnOnce()) -> (isize, usize) {
    let before = LIVE.load(Relaxed);
    MOST.store(before, Relaxed);
    work();
    (LIVE.load(Relaxed).cast_signed() - before.cast_signed(), MOST.load(Relaxed) - before)
}

/// The growth in each of ten steps. A step has 192 words: of a smaller vocabulary each word is multiplied only once.
fn steps_of<C: Cell>(vocabulary: u32, dropout: f32) -> Vec<(isize, usize)> {
    let sizes = Sizes { vocabulary: Vocab(vocabulary as usize), embedding: Embed(40), hidden: Hidden(70), layers: 2 };
    let (batch, steps) = (12, 16);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let options = Options { dropout, ..Options::default() };
    let mut model = LanguageModel::<C, _, _, _>::new(sizes, options, &mut random).unwrap();
    let mut pass = Pass::new(sizes, Threads::ONE).unwrap();
    let mut optimizer = Optimizer::new(Rule::Adam);
    let ids: Vec<u32> = (0..batch * steps).map(|_| random.gen_range(0..vocabulary)).collect();
    let mut growths = Vec::with_capacity(10);
    for step in 0..10 {
        let start = if step % 3 == 0 { Start::Zeros } else { Start::Carried };
        growths.push(growth(|| {
            let words = Ids::new(&ids, Steps(steps), Batch(batch));
            model.loss_and_gradients(words, start, Targets::everywhere(&ids), &mut pass, &mut random);
            let norm = gradient_norm(Threads::ONE, |visitor| model.visit(visitor));
            let factor = clip_factor(norm, 1e-3);
            optimizer.update((1e-3, factor), Threads::ONE, |visitor| model.visit(visitor)).unwrap();
        }));
    }
    growths
}

/// What a step on one thread may borrow and give back: a list of parts with one entry, of 64 bytes. Operands are put in order in
/// memory that stays.
const BORROWED: usize = 1_000;

fn check<C: Cell>() {
    for (vocabulary, dropout) in [(300, 0.0), (300, 0.3), (50, 0.0)] {
        let growths = steps_of::<C>(vocabulary, dropout);
        println!(
            "{:?}, {vocabulary} words, dropout {dropout}: (kept, at most borrowed) bytes in each step: {growths:?}",
            C::default()
        );
        assert!(growths[0].0 > 600_000, "the first step takes what all steps need");
        for (kept, borrowed) in &growths[2..] {
            assert_eq!(*kept, 0);
            assert!(*borrowed < BORROWED, "{borrowed}");
        }
    }
}

#[test]
fn after_the_first_steps_a_step_takes_no_memory() {
    let _alone = ALONE.lock().unwrap();
    check::<Rnn>();
    check::<Lstm>();
    check::<Gru>();
}

#[test]
fn a_long_run_holds_its_memory() {
    let _alone = ALONE.lock().unwrap();
    let changes = ["training.steps=1000000", "corpus.validation=0.3", "training.batch=1", "training.validate_every=10"];
    let changes = changes.map(|change| Override::set(change).unwrap());
    let mut learner = language_learner(Config::read(&Origin::BuiltIn, &changes).unwrap()).unwrap();
    let mut run = |steps| {
        let mut taken = 0;
        while taken < steps {
            taken += u32::from(matches!(learner.work().unwrap(), Progress::Step(_)));
        }
    };
    run(1000);
    // the least of three: when a test ends, whoever runs the tests takes some memory to say so
    let (kept, borrowed) = (0..3).map(|_| growth(|| run(2_000))).min().unwrap();
    assert_eq!(kept, 0, "after 2,000 steps and 200 validations");
    assert!(borrowed < 10_000, "{borrowed}");
}
