//! A run is the same, bit for bit, for any number of threads, however few of them are free.

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

/// What some steps of training leave, each shared among one of `counts` threads: losses, norms and weights, as bits.
fn trained<C: Cell>(vocabulary: u32, options: Options, (steps, batch): (usize, usize), counts: &[usize]) -> Vec<u64> {
    // sizes that no tile, panel or number of threads divides, and large enough for all work to be shared
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
    // 143 words are read at once: of a smaller vocabulary, each word is multiplied only once
    for (vocabulary, options) in [(70, Options::default()), (900, Options::default()), (900, dropped), (900, tied)] {
        // also a single step, before which nothing is put in order
        for size in [(11, 13), (1, 33)] {
            let alone = trained::<C>(vocabulary, options, size, &[1]);
            for counts in [&[2][..], &[3], &[12], &[3, 1, 2]] {
                let shared = trained::<C>(vocabulary, options, size, counts);
                let differing = alone.iter().zip(&shared).filter(|(a, b)| a != b).count();
                let (cell, of) = (C::default(), alone.len());
                assert_eq!(
                    differing, 0,
                    "{cell:?}, {vocabulary} words, {options:?}, {size:?}, {counts:?} threads: of {of}"
                );
            }
        }
    }
}

#[test]
#[ignore = "minutes"]
fn every_cell_learns_the_same_with_any_number_of_threads_also_if_it_changes() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check::<C>());
    }
}

#[test]
#[ignore = "minutes"]
fn it_does_so_when_every_core_is_taken_and_when_several_runs_share_the_threads() {
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
        let alone = trained::<Gru>(900, Options::default(), (11, 13), &[1]);
        let all_the_same = runs.into_iter().all(|run| run.join().is_ok_and(|run| run == alone));
        is_over.store(true, Relaxed);
        assert!(all_the_same);
    });
}

#[test]
#[ignore = "minutes"]
fn all_of_it_on_every_instruction_set() {
    crate::support::instruction_sets::run_all_tests_of(module_path!(), "all_of_it_on_every_instruction_set");
}
