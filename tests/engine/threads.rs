//! Training is bit-identical for any number of threads, however few of them are free.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::{
    Cell, CellName, Gru, Ids, Model, Optimizer, OptimizerKind, Options, Recurrent, RecurrentSpec, RecurrentWorkspace,
    Sizes, Start, Targets, Threads, Workspace, clip_factor, gradient_norm,
};
use rnn_tui::with_cell;

/// Trains for three steps, whose numbers of threads cycle through `counts`, and returns the bits of losses, gradient norms and weights.
fn trained<C: Cell>(vocabulary: u32, options: Options, (steps, batch): (usize, usize), counts: &[usize]) -> Vec<u64> {
    // sizes that no tile, panel or number of threads divides, and large enough for all work to be divided among threads
    let embedding = if options.tied { 150 } else { 90 };
    let sizes =
        Sizes { vocabulary: Vocab(vocabulary as usize), embedding: Embed(embedding), hidden: Hidden(150), layers: 2 };
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut model = Recurrent::<C>::new(&RecurrentSpec { sizes, options }, &mut random).unwrap();
    let mut pass = RecurrentWorkspace::new(sizes, Threads::ONE).unwrap();
    let mut optimizer = Optimizer::new(OptimizerKind::Adam);
    let mut bits = Vec::new();
    for threads in counts.iter().cycle().take(3).map(|count| Threads::new(*count)) {
        pass.set_threads(threads);
        let mut words = || (0..steps * batch).map(|_| random.gen_range(0..vocabulary)).collect::<Vec<u32>>();
        let (ids, targets) = (words(), words());
        let (ids, targets) = (Ids::new(&ids, Steps(steps), Batch(batch)), Targets::everywhere(&targets));
        let loss = model.loss_and_gradients(ids, Start::Carried, targets, &mut pass, &mut random);
        let norm = gradient_norm(threads, |visitor| model.visit(visitor));
        let factor = clip_factor(norm, 0.1);
        optimizer.update(1e-2, factor, threads, |visitor| model.visit(visitor)).unwrap();
        bits.extend([u64::from(loss.to_bits()), norm.to_bits()]);
    }
    model.visit(&mut |weight| bits.extend(weight.value.iter().map(|number| u64::from(number.to_bits()))));
    bits
}

fn check<C: Cell>() {
    let dropped = Options { dropout: 0.2, ..Options::default() };
    let tied = Options { tied: true, ..Options::default() };
    // a batch has 143 words: with a smaller vocabulary, the input product is computed once per word of the vocabulary
    for (vocabulary, options) in [(70, Options::default()), (900, Options::default()), (900, dropped), (900, tied)] {
        // also a single step, for which the recurrent weights are not packed
        for size in [(11, 13), (1, 33)] {
            let single_threaded = trained::<C>(vocabulary, options, size, &[1]);
            for counts in [&[2][..], &[3], &[12], &[3, 1, 2]] {
                let threaded = trained::<C>(vocabulary, options, size, counts);
                let differing = single_threaded.iter().zip(&threaded).filter(|(a, b)| a != b).count();
                let (cell, total) = (C::default(), single_threaded.len());
                assert_eq!(
                    differing, 0,
                    "{cell:?}, {vocabulary} words, {options:?}, {size:?}, {counts:?} threads: of {total}"
                );
            }
        }
    }
}

#[test]
#[ignore = "minutes"]
fn training_any_thread_count_is_bit_identical() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check::<C>());
    }
}

#[test]
#[ignore = "minutes"]
fn training_busy_cores_and_concurrent_runs_is_bit_identical() {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..Threads::new(0).count() {
            scope.spawn(|| {
                while !is_over.load(Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let runs: Vec<_> =
            (0..3).map(|_| scope.spawn(|| trained::<Gru>(900, Options::default(), (11, 13), &[4]))).collect();
        let single_threaded = trained::<Gru>(900, Options::default(), (11, 13), &[1]);
        let is_identical = runs.into_iter().all(|run| run.join().is_ok_and(|run| run == single_threaded));
        is_over.store(true, Relaxed);
        assert!(is_identical);
    });
}

#[test]
#[ignore = "minutes"]
fn thread_tests_pass_on_every_instruction_set() {
    crate::support::instruction_sets::run_all_tests_of(module_path!(), "thread_tests_pass_on_every_instruction_set");
}
