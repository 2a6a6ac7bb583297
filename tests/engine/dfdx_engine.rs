//! The recurrent model written with dfdx against the fast engine, an independent implementation: from the same weights and batches
//! both compute the same losses, gradients and states.

use dfdx::prelude::Dim;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::{
    Cell, CellName, Ids, Marks, Model, Optimizer, OptimizerKind, Options, Recurrent, RecurrentInDfdx, RecurrentSpec,
    Sampling, Sizes, Start, Targets, Threads, Workspace, clip_factor, generate, gradient_norm,
};
use rnn_tui::with_cell;

/// The kind of text that a model is trained on.
enum Text {
    /// Windows of four words from three streams, each word predicted.
    Running,
    /// Sentences in which only some positions are predicted.
    Sentences,
}

struct Trained {
    /// The loss of each step.
    losses: Vec<f32>,
    /// All gradients of the first step.
    gradients: Vec<f32>,
    /// The state carried out of the last step.
    carried: Vec<f32>,
}

/// Trains `model` for two hundred steps of Adam on random words.
fn train<M: Model>(model: &mut M, vocabulary: usize, text: &Text) -> Trained {
    let (mut words, mut dropout) = (ChaCha8Rng::seed_from_u64(5), ChaCha8Rng::seed_from_u64(6));
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let mut optimizer = Optimizer::new(OptimizerKind::Adam);
    let (mut losses, mut gradients) = (Vec::new(), Vec::new());
    for step in 0..200 {
        let mut draw = |count| (0..count).map(|_| words.gen_range(0..vocabulary as u32)).collect::<Vec<_>>();
        let (ids, targets) = (draw(12), draw(12));
        let ids = Ids::new(&ids, Steps(4), Batch(3));
        let positions = [9, 4, 11];
        let (start, targets) = match text {
            Text::Running if step % 5 > 0 => (Start::Carried, Targets::everywhere(&targets)),
            Text::Running => (Start::Zeros, Targets::everywhere(&targets)),
            Text::Sentences => (Start::Zeros, Targets::at(&positions, &targets[..3])),
        };
        losses.push(model.loss_and_gradients(ids, start, targets, &mut workspace, &mut dropout));
        if step == 0 {
            model.visit(&mut |weight| gradients.extend_from_slice(weight.gradient));
        }
        let norm = gradient_norm(Threads::ONE, |visitor| model.visit(visitor));
        let factor = clip_factor(norm, 1.0);
        optimizer.update(0.005, factor, Threads::ONE, |visitor| model.visit(visitor)).unwrap();
    }
    let mut carried = rnn_tui::model::Tensors::default();
    M::save_carry(&workspace.carry(), &mut carried);
    let carried = carried.as_slice().iter().flat_map(|tensor| tensor.numbers.clone()).collect();
    Trained { losses, gradients, carried }
}

#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() < tolerance, "{what}[{index}]: {a} and {b}");
    }
}

fn check<C: Cell>(spec: &RecurrentSpec) {
    let vocabulary = spec.sizes.vocabulary.size();
    for text in [Text::Running, Text::Sentences] {
        let (mut fast, mut dfdx) = models::<C>(spec);
        let (ours, theirs) = (train(&mut fast, vocabulary, &text), train(&mut dfdx, vocabulary, &text));
        assert!(ours.losses[0] > 0.5 && ours.gradients.iter().any(|d| d.abs() > 1e-3), "there is something to compare");
        assert_close("loss", &ours.losses, &theirs.losses, 1e-5);
        assert_close("gradient", &ours.gradients, &theirs.gradients, 1e-4);
        assert_close("carried", &ours.carried, &theirs.carried, 1e-4);
    }
}

type Engines<C> = (Recurrent<C>, RecurrentInDfdx<C>);

/// Both engines with the same weights.
fn models<C: Cell>(spec: &RecurrentSpec) -> Engines<C> {
    let random = || ChaCha8Rng::seed_from_u64(1);
    (Recurrent::new(spec, &mut random()).unwrap(), RecurrentInDfdx::new(spec, &mut random()).unwrap())
}

#[test]
fn dfdx_engine_every_cell_matches_fast_engine() {
    let sizes =
        |embedding, layers| Sizes { vocabulary: Vocab(7), embedding: Embed(embedding), hidden: Hidden(4), layers };
    let usual = RecurrentSpec::from(sizes(3, 1));
    let deep = RecurrentSpec { options: Options { dropout: 0.3, ..Options::default() }, ..sizes(3, 2).into() };
    let tied =
        RecurrentSpec { options: Options { tied: true, forget_bias: 1.0, ..Options::default() }, ..sizes(4, 2).into() };
    for (_, cell) in CellName::ALL {
        for spec in [usual, deep, tied] {
            with_cell!(*cell, C => check::<C>(&spec));
        }
    }
}

#[test]
fn dfdx_engine_toy_sizes_match_fast_engine() {
    let sizes = Sizes { vocabulary: Vocab(7), embedding: Embed(2), hidden: Hidden(2), layers: 1 };
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check::<C>(&sizes.into()));
    }
}

#[test]
fn dfdx_engine_generated_text_matches_fast_engine() {
    let sizes = Sizes { vocabulary: Vocab(9), embedding: Embed(3), hidden: Hidden(5), layers: 2 };
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => {
            let (fast, dfdx) = models::<C>(&sizes.into());
            let (sampling, marks) = (Sampling::default(), Marks::default());
            let text = |random: &mut ChaCha8Rng| generate(&fast, &[1, 2, 3], 30, sampling, marks, random, || ()).unwrap();
            let mut random = ChaCha8Rng::seed_from_u64(4);
            let same = generate(&dfdx, &[1, 2, 3], 30, sampling, marks, &mut random, || ()).unwrap();
            assert_eq!(text(&mut ChaCha8Rng::seed_from_u64(4)), same);
        });
    }
}
