//! The transformer: different ways to read the same text give the same numbers, later words do not affect earlier ones, and a trace
//! matches what the model computes.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Inner, Positions, Steps, Vocab};
use rnn_tui::model::{
    Ids, Marks, Model, Optimizer, OptimizerKind, QuantityKind, Role, Sampling, Start, Targets, Threads, Transformer,
    TransformerSpec, generate, gradient_norm,
};

const WORDS: u32 = 9;

fn spec(context: usize, heads: usize, layers: usize) -> TransformerSpec {
    TransformerSpec {
        vocabulary: Vocab(WORDS as usize),
        embedding: Embed(3 * heads),
        context: Positions(context),
        heads,
        layers,
        inner: Inner(10),
        dropout: 0.0,
        tied: false,
    }
}

/// A model with weights large enough that attention is not uniform.
fn model(spec: &TransformerSpec) -> Transformer {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut model = Transformer::new(spec, &mut random).unwrap();
    model.visit(&mut |weight| weight.value.iter_mut().for_each(|number| *number += random.gen_range(-0.6..0.6)));
    model
}

fn words(count: usize, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.gen_range(0..WORDS)).collect()
}

fn logits(model: &Transformer, text: &[u32]) -> Vec<f32> {
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    model.next_logits(text, Start::Zeros, &mut workspace).to_vec()
}

#[track_caller]
fn assert_near(ours: &[f32], others: &[f32], what: &str) {
    assert_eq!(ours.len(), others.len(), "{what}");
    for (a, b) in ours.iter().zip(others) {
        assert!((a - b).abs() < 1e-5, "{what}: {a} and {b}");
    }
}

proptest! {
    #[test]
    fn key_value_cache_any_pieces_equals_rereading_text(
        (context, heads, layers) in (1usize..12, 1usize..4, 1usize..4),
        pieces in prop::collection::vec(1usize..5, 1..9),
        seed in any::<u64>(),
    ) {
        let model = model(&spec(context, heads, layers));
        let mut workspace = model.workspace(Threads::ONE).unwrap();
        let text = words(pieces.iter().sum(), seed);
        let mut read = 0;
        for (index, piece) in pieces.iter().enumerate() {
            let start = if index == 0 { Start::Zeros } else { Start::Carried };
            let cached = model.next_logits(&text[read..read + piece], start, &mut workspace).to_vec();
            read += piece;
            // of a text longer than the context only the last words are read
            let last = &text[read.saturating_sub(context)..read];
            assert_near(&cached, &logits(&model, last), &format!("{read} of {pieces:?}"));
        }
    }
}

#[test]
fn transformer_generation_beyond_context_equals_rereading_text() {
    for context in [1, 2, 5, 30] {
        let model = model(&spec(context, 2, 2));
        let mut text = words(3, 8);
        let greedy = Sampling { temperature: 0.0, ..Sampling::default() };
        let (marks, mut random) = (Marks::default(), ChaCha8Rng::seed_from_u64(0));
        let generated = generate(&model, &text, 20, greedy, marks, &mut random, || ()).unwrap();
        for word in generated {
            assert_eq!(model.trace(&text, None).unwrap().target, word, "context {context}");
            text.push(word);
        }
    }
}

#[test]
fn transformer_windows_are_independent_and_causal() {
    let (batch, steps) = (3, 8);
    let model = model(&spec(8, 2, 2));
    let (text, targets) = (words(batch * steps, 3), words(batch * steps, 4));
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let mut pass = |text: &[u32], start| {
        let ids = Ids::new(text, Steps(text.len() / batch), Batch(batch));
        model.loss(ids, start, Targets::everywhere(&targets[..text.len()]), &mut workspace);
        workspace.residual(2).to_vec()
    };
    let whole = pass(&text, Start::Zeros);
    assert_eq!(pass(&text, Start::Carried), whole);
    // a window shorter than the context, and the same words followed by others
    assert_near(&pass(&text[..5 * batch], Start::Carried), &whole[..5 * batch * 6], "shorter");
    let mut other = text.clone();
    other[5 * batch..].iter_mut().for_each(|word| *word = (*word + 1) % WORDS);
    assert_near(&pass(&other, Start::Zeros)[..5 * batch * 6], &whole[..5 * batch * 6], "followed by others");
}

/// Returns ∂loss/∂weight of the weight called `name`, for the loss of `target` after `text`.
fn gradient(model: &mut Transformer, text: &[u32], target: u32, name: &str) -> Vec<f32> {
    let (position, word) = ([text.len() - 1], [target]);
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let ids = Ids::new(text, Steps(text.len()), Batch(1));
    model.loss_and_gradients(ids, Start::Zeros, Targets::at(&position, &word), &mut workspace, &mut random);
    let mut found = Vec::new();
    model.visit(&mut |weight| {
        if weight.label.name == *name {
            found = weight.gradient.to_vec();
        }
    });
    found
}

#[test]
fn transformer_trace_matches_attention_and_gradients() {
    let (text, target) = ([3, 1, 8, 0, 5, 2, 7], 4); // each word once: its row of the table has only its own gradient
    let mut model = model(&spec(7, 2, 3));
    let trace = model.trace(&text, Some(target)).unwrap();
    assert_eq!((trace.positions(), trace.layers(), trace.target), (7, 3, target));
    assert_eq!(trace.terms(), [QuantityKind::Residual, QuantityKind::MlpUnit, QuantityKind::Embedding]);
    assert_eq!(trace.with_role(Role::State, 0), None);
    for (layer, head) in [(0, 0), (1, 1), (2, 0)] {
        let weights = trace.with_role(Role::Attention { head }, layer).unwrap();
        for (position, row) in weights.values.chunks(7).enumerate() {
            let (read, later) = row.split_at(position + 1);
            assert!((read.iter().sum::<f32>() - 1.0).abs() < 1e-6 && later.iter().all(|weight| *weight == 0.0));
        }
    }
    let d_table = gradient(&mut model, &text, target, "emb.weight");
    for (at, word) in text.iter().enumerate() {
        let norm = d_table[*word as usize * 6..][..6].iter().map(|d| d * d).sum::<f32>().sqrt();
        assert!((trace.input_gradient_norms[at] - norm).abs() < 1e-5, "word {at}");
    }
    for (before, bits) in (1..).zip(&trace.surprisals) {
        let p = model.trace(&text[..before], None).unwrap().distribution[text[before] as usize];
        assert!((bits + f64::from(p).log2()).abs() < 1e-4, "{before} words before: {bits} bits, p = {p}");
    }
    // the first layer's input is the sum of the word's and the position's vectors; every position of the last one's input is attended to
    assert_eq!(trace.flows(0).next().unwrap().norms, trace.input_gradient_norms);
    assert!(trace.flows(2).next().unwrap().norms.iter().all(|norm| *norm > 0.0));
}

#[test]
fn transformer_trace_text_beyond_context_covers_last_words() {
    let model = model(&spec(4, 2, 2));
    let text = words(11, 2);
    assert_eq!(model.trace(&text, Some(1)).unwrap(), model.trace(&text[7..], Some(1)).unwrap());
}

#[test]
fn logit_lens_layers_equal_smaller_models() {
    let (full, text) = (model(&spec(9, 2, 3)), words(6, 9));
    let trace = full.trace(&text, None).unwrap();
    assert_eq!(trace.logit_lens.len(), 4);
    assert_near(&trace.logit_lens[3], &trace.distribution, "after the last layer");
    for layers in 1..3 {
        // the same weights without the upper layers
        let mut smaller = Transformer::new(&spec(9, 2, layers), &mut ChaCha8Rng::seed_from_u64(0)).unwrap();
        let mut weights = Vec::new();
        full.clone().visit(&mut |weight| weights.push((weight.label.name.to_string(), weight.value.to_vec())));
        smaller.visit(&mut |weight| {
            let (_, value) = weights.iter().find(|(name, _)| weight.label.name == **name).unwrap();
            weight.value.copy_from_slice(value);
        });
        let answer = smaller.trace(&text, None).unwrap().distribution;
        assert_near(&trace.logit_lens[layers], &answer, "after some layers");
    }
}

#[test]
fn silenced_head_loss_equals_zeroed_output_weights() {
    let (model, text, target) = (model(&spec(9, 2, 3)), words(6, 9), 2);
    let trace = model.trace(&text, Some(target)).unwrap();
    assert_eq!(trace.head_ablations.len(), 6);
    for silenced in &trace.head_ablations {
        let mut without = model.clone();
        without.visit(&mut |weight| {
            if weight.label.name == *format!("transformer.layers.{}.self_attn.out_proj.weight", silenced.layer) {
                weight.value.chunks_mut(6).for_each(|row| row[silenced.head * 3..][..3].fill(0.0));
            }
        });
        let p = without.trace(&text, Some(target)).unwrap().distribution[target as usize];
        assert!((silenced.loss + p.ln()).abs() < 1e-5, "{silenced:?} and {}", -p.ln());
    }
}

/// Trains for two steps and returns the bits of all weights.
fn trained(threads: usize, dropout: f32, tied: bool) -> Vec<u32> {
    // sizes that no tile or panel divides, and large enough for all work to be divided among threads; 70 positions span several blocks
    let spec = TransformerSpec {
        vocabulary: Vocab(900),
        embedding: Embed(90),
        context: Positions(75),
        heads: 3,
        layers: 2,
        inner: Inner(150),
        dropout,
        tied,
    };
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut model = Transformer::new(&spec, &mut random).unwrap();
    let threads = Threads::new(threads);
    let mut workspace = model.workspace(threads).unwrap();
    let mut optimizer = Optimizer::new(OptimizerKind::Adam);
    let text: Vec<u32> = (0..71 * 14).map(|_| random.gen_range(0..900)).collect();
    let ids = Ids::new(&text[..70 * 14], Steps(70), Batch(14));
    for _ in 0..2 {
        let targets = Targets::everywhere(&text[14..]);
        model.loss_and_gradients(ids, Start::Carried, targets, &mut workspace, &mut random);
        let norm = gradient_norm(threads, |visitor| model.visit(visitor));
        assert!(norm.is_finite());
        optimizer.update(1e-2, 1.0, threads, |visitor| model.visit(visitor)).unwrap();
    }
    let mut bits = Vec::new();
    model.visit(&mut |weight| bits.extend(weight.value.iter().map(|number| number.to_bits())));
    bits
}

#[test]
#[ignore = "minutes"]
fn transformer_training_any_thread_count_is_bit_identical() {
    for (dropout, tied) in [(0.0, false), (0.2, true)] {
        let single_threaded = trained(1, dropout, tied);
        for threads in [2, 3, 12] {
            assert!(trained(threads, dropout, tied) == single_threaded, "{threads} threads");
        }
    }
}

#[test]
fn transformer_dropout_fixed_mask_gradients_match_differences() {
    // the same seed draws the same mask, so that differences of the loss are comparable with its gradient
    let spec = TransformerSpec { dropout: 0.3, ..spec(7, 2, 2) };
    let mut model = model(&spec);
    let (text, targets) = (words(14, 1), words(14, 2));
    let (ids, targets) = (Ids::new(&text, Steps(7), Batch(2)), Targets::everywhere(&targets));
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let mut loss = |model: &mut Transformer| {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        f64::from(model.loss_and_gradients(ids, Start::Zeros, targets, &mut workspace, &mut random))
    };
    loss(&mut model);
    let mut gradients = Vec::new();
    model.visit(&mut |weight| gradients.push((weight.label.name.to_string(), weight.gradient.to_vec())));
    for (name, gradient) in gradients {
        let at = (0..gradient.len()).max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs())).unwrap();
        let mut shifted = |by: f32| {
            let mut model = model.clone();
            model.visit(&mut |weight| {
                if weight.label.name == *name {
                    weight.value[at] += by;
                }
            });
            loss(&mut model)
        };
        let by_differences = (shifted(2e-3) - shifted(-2e-3)) / 4e-3;
        let found = f64::from(gradient[at]);
        assert!((found - by_differences).abs() < 2e-3 + 0.02 * found.abs(), "{name}: {found}, {by_differences}");
    }
}

#[test]
#[ignore = "minutes"]
fn transformer_tests_pass_on_every_instruction_set() {
    crate::support::instruction_sets::run_all_tests_of(
        module_path!(),
        "transformer_tests_pass_on_every_instruction_set",
    );
}
