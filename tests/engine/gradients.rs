//! Every weight's gradient against central differences of a reference model in f64.
//!
//! The reference model shares no code with the crate: it evaluates PyTorch's equations one number at a time. In f64 a central
//! difference with ε = 1e-5 has an error of about 1e-10, so the tolerance covers the f32 rounding of the pass under test: some
//! hundred operations of relative error 6e-8 on numbers below 10.

use std::collections::HashMap;

use dfdx::prelude::Dim;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Inner, Positions, Steps, Vocab};
use rnn_tui::model::{
    Cell, CellName, Ids, Model, Options, Recurrent, RecurrentSpec, Sizes, Start, Targets, Threads, Transformer,
    TransformerSpec, Work,
};
use rnn_tui::with_cell;

const TOLERANCE: f64 = 2e-6;

type Weights = HashMap<String, Vec<f64>>;

/// Sequences of word ids, each with its targets: pairs of step and word id.
struct Text {
    inputs: Vec<Vec<u32>>,
    targets: Vec<Vec<(usize, u32)>>,
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn linear(weight: &[f64], input: &[f64], row: usize) -> f64 {
    input.iter().enumerate().map(|(column, x)| weight[row * input.len() + column] * x).sum()
}

/// One step of one unit: returns the new (h, c) from the input and recurrent parts of its gates' sums and the old h and c.
fn plain_cell<C: Cell>(input: &[f64], recurrent: &[f64], h: f64, c: f64) -> (f64, f64) {
    let sum = |gate: usize| input[gate] + recurrent[gate];
    match C::NAME.as_str() {
        "lstm" => {
            let c = sigmoid(sum(1)) * c + sigmoid(sum(0)) * sum(2).tanh();
            (sigmoid(sum(3)) * c.tanh(), c)
        }
        "gru" => {
            let (r, z) = (sigmoid(sum(0)), sigmoid(sum(1)));
            let n = (input[2] + r * recurrent[2]).tanh();
            ((1.0 - z) * n + z * h, 0.0)
        }
        "mgu" => {
            let f = sigmoid(sum(0));
            let n = (input[1] + f * recurrent[1]).tanh();
            ((1.0 - f) * h + f * n, 0.0)
        }
        "rnn" => (sum(0).tanh(), 0.0),
        other => panic!("no reference equations for {other}"),
    }
}

fn plain_loss<C: Cell>(weights: &Weights, sizes: Sizes, text: &Text) -> f64 {
    let Sizes { vocabulary, embedding, hidden, layers } = sizes;
    let [vocabulary, embedding, hidden] = [vocabulary.size(), embedding.size(), hidden.size()];
    let head = weights.get("head.weight").unwrap_or(&weights["emb.weight"]); // absent if weights are tied
    let mut losses = Vec::new();
    for (ids, targets) in text.inputs.iter().zip(&text.targets) {
        let mut h = vec![vec![0.0; hidden]; layers];
        let mut c = h.clone();
        for (step, &id) in ids.iter().enumerate() {
            let mut x = weights["emb.weight"][id as usize * embedding..][..embedding].to_vec();
            for layer in 0..layers {
                let weight = |name: &str| &weights[&format!("rnn.{name}_l{layer}")];
                let before = h[layer].clone();
                for unit in 0..hidden {
                    let rows = (unit..weight("bias_ih").len()).step_by(hidden);
                    let input = rows.clone().map(|row| linear(weight("weight_ih"), &x, row) + weight("bias_ih")[row]);
                    let recurrent = rows.map(|row| linear(weight("weight_hh"), &before, row) + weight("bias_hh")[row]);
                    let (input, recurrent) = (input.collect::<Vec<_>>(), recurrent.collect::<Vec<_>>());
                    (h[layer][unit], c[layer][unit]) =
                        plain_cell::<C>(&input, &recurrent, before[unit], c[layer][unit]);
                }
                x.clone_from(&h[layer]);
            }
            for (_, target) in targets.iter().filter(|(at, _)| *at == step) {
                let logits: Vec<f64> =
                    (0..vocabulary).map(|word| linear(head, &x, word) + weights["head.bias"][word]).collect();
                let log_sum = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
                losses.push(log_sum - logits[*target as usize]);
            }
        }
    }
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// Returns the text as one batch: time-major ids padded with word 0, the number of steps, and the positions and words of targets.
fn packed(text: &Text) -> (Vec<u32>, usize, Vec<usize>, Vec<u32>) {
    let (batch, steps) = (text.inputs.len(), text.inputs.iter().map(Vec::len).max().unwrap());
    let ids = (0..steps).flat_map(|t| text.inputs.iter().map(move |ids| ids.get(t).copied().unwrap_or(0))).collect();
    let targets = text
        .targets
        .iter()
        .enumerate()
        .flat_map(|(b, targets)| targets.iter().map(move |(t, id)| (t * batch + b, *id)));
    let (positions, words) = targets.unzip();
    (ids, steps, positions, words)
}

fn check(vocabulary: Vocab, embedding: Embed, hidden: Hidden, layers: usize, text: &Text) {
    let sizes = Sizes { vocabulary, embedding, hidden, layers };
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check_cell::<C>(sizes, false, text));
    }
}

fn check_cell<C: Cell>(sizes: Sizes, tied: bool, text: &Text) {
    let options = Options { tied, ..Options::default() };
    check_model::<Recurrent<C>>(
        &RecurrentSpec { sizes, options },
        text,
        |_| {},
        |weights| plain_loss::<C>(weights, sizes, text),
    );
}

/// Layer normalization with scale and shift.
fn plain_norm(weights: &Weights, name: &str, x: &[f64]) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / x.len() as f64;
    let (scale, shift) = (&weights[&format!("{name}.weight")], &weights[&format!("{name}.bias")]);
    let normalized = x.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt());
    normalized.zip(scale.iter().zip(shift)).map(|(x, (scale, shift))| x * scale + shift).collect()
}

fn plain_linear(weights: &Weights, [weight, bias]: [&str; 2], x: &[f64]) -> Vec<f64> {
    let bias = &weights[bias];
    (0..bias.len()).map(|row| linear(&weights[weight], x, row) + bias[row]).collect()
}

/// x·Φ(x), by the series of the error function.
fn plain_gelu(x: f64) -> f64 {
    let z = x / std::f64::consts::SQRT_2;
    let (mut term, mut sum) = (z, z);
    for n in 1..200 {
        term *= -z * z / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    x * (0.5 + sum / std::f64::consts::PI.sqrt())
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let sum: f64 = scores.iter().map(|score| score.exp()).sum();
    scores.iter().map(|score| score.exp() / sum).collect()
}

fn plain_transformer(weights: &Weights, spec: &TransformerSpec, text: &Text) -> f64 {
    let TransformerSpec { embedding: Embed(width), heads, layers, .. } = *spec;
    let units = width / heads;
    let mut losses = Vec::new();
    for (ids, targets) in text.inputs.iter().zip(&text.targets) {
        let row = |name: &str, at: usize| &weights[name][at * width..][..width];
        let vector = |(t, id): (usize, &u32)| -> Vec<f64> {
            row("emb.weight", *id as usize).iter().zip(row("pos.weight", t)).map(|(x, p)| x + p).collect()
        };
        let mut stream: Vec<Vec<f64>> = ids.iter().enumerate().map(vector).collect();
        for layer in 0..layers {
            let name = |rest: &str| format!("transformer.layers.{layer}.{rest}");
            let apply = |[weight, bias]: [&str; 2], x: &[f64]| plain_linear(weights, [&name(weight), &name(bias)], x);
            let projections: Vec<Vec<f64>> = stream
                .iter()
                .map(|x| plain_norm(weights, &name("norm1"), x))
                .map(|x| apply(["self_attn.in_proj_weight", "self_attn.in_proj_bias"], &x))
                .collect();
            for t in 0..ids.len() {
                let mut read = Vec::new();
                for head in 0..heads {
                    let part = |t: usize, kind: usize| &projections[t][kind * width + head * units..][..units];
                    let score = |s: usize| {
                        part(t, 0).iter().zip(part(s, 1)).map(|(q, k)| q * k).sum::<f64>() / (units as f64).sqrt()
                    };
                    let shares = softmax(&(0..=t).map(score).collect::<Vec<_>>());
                    read.extend((0..units).map(|unit| (0..=t).map(|s| shares[s] * part(s, 2)[unit]).sum::<f64>()));
                }
                let branch = apply(["self_attn.out_proj.weight", "self_attn.out_proj.bias"], &read);
                stream[t].iter_mut().zip(branch).for_each(|(x, branch)| *x += branch);
                let inner = apply(["linear1.weight", "linear1.bias"], &plain_norm(weights, &name("norm2"), &stream[t]));
                let inner: Vec<f64> = inner.into_iter().map(plain_gelu).collect();
                let branch = apply(["linear2.weight", "linear2.bias"], &inner);
                stream[t].iter_mut().zip(branch).for_each(|(x, branch)| *x += branch);
            }
        }
        let head = if spec.tied { "emb.weight" } else { "head.weight" };
        for (t, target) in targets {
            let normalized = plain_norm(weights, "transformer.norm", &stream[*t]);
            losses.push(-softmax(&plain_linear(weights, [head, "head.bias"], &normalized))[*target as usize].ln());
        }
    }
    losses.iter().sum::<f64>() / losses.len() as f64
}

/// Checks the loss and every gradient of a new model, modified by `prepare`, against `plain_loss` in f64 and its central differences.
fn check_model<M: Model>(
    spec: &M::Spec,
    text: &Text,
    prepare: impl FnOnce(&mut M),
    plain_loss: impl Fn(&Weights) -> f64,
) {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut model = M::new(spec, &mut random).unwrap();
    prepare(&mut model);
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let (ids, steps, positions, words) = packed(text);
    let ids = Ids::new(&ids, Steps(steps), Batch(text.inputs.len()));
    let targets = Targets::at(&positions, &words);
    let loss = model.loss_and_gradients(ids, Start::Zeros, targets, &mut workspace, &mut random);

    let (mut weights, mut gradients) = (Weights::new(), Weights::new());
    model.visit(&mut |parameter| {
        let numbers = |numbers: &[f32]| numbers.iter().map(|&number| f64::from(number)).collect();
        weights.insert(parameter.label.name.to_string(), numbers(parameter.value));
        gradients.insert(parameter.label.name.to_string(), numbers(parameter.gradient));
    });
    let expected = plain_loss(&weights);
    assert!((f64::from(loss) - expected).abs() < TOLERANCE, "loss {loss}, in f64 {expected}");

    let mut checked = 0;
    let mut squares = 0.0;
    for (name, numbers) in &weights {
        for index in 0..numbers.len() {
            let loss_at = |shift: f64| {
                let mut shifted = weights.clone();
                shifted.get_mut(name).unwrap()[index] += shift;
                plain_loss(&shifted)
            };
            let expected = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
            let gradient = gradients[name][index];
            assert!((gradient - expected).abs() < TOLERANCE, "{name}[{index}]: {gradient}, by differences {expected}");
            squares += expected * expected;
            checked += 1;
        }
    }
    assert_eq!(checked, M::cost(spec, Work::default()).weights, "every weight is checked");
    assert!(squares > 1e-3, "the check would pass for gradients of zero");
}

#[test]
fn transformer_gradients_mixed_lengths_match_differences() {
    let text = Text {
        inputs: vec![vec![1], vec![3, 4, 0, 2, 1], vec![2, 2]],
        targets: vec![vec![(0, 3)], vec![(3, 1), (4, 0)], vec![(1, 4)]],
    };
    for tied in [false, true] {
        let spec = TransformerSpec {
            vocabulary: Vocab(5),
            embedding: Embed(6),
            context: Positions(7),
            heads: 2,
            layers: 2,
            inner: Inner(5),
            dropout: 0.0,
            tied,
        };
        let mut random = ChaCha8Rng::seed_from_u64(8);
        let perturb = |model: &mut Transformer| {
            model
                .visit(&mut |weight| weight.value.iter_mut().for_each(|number| *number += random.gen_range(-0.4..0.4)));
        };
        check_model(&spec, &text, perturb, |weights| plain_transformer(weights, &spec, &text));
    }
}

#[test]
fn cell_gradients_toy_model_match_differences() {
    let text = Text { inputs: vec![vec![0, 1], vec![0, 5]], targets: vec![vec![(1, 2)], vec![(1, 6)]] };
    check(Vocab(7), Embed(2), Hidden(2), 1, &text);
}

#[test]
fn cell_gradients_distinct_sizes_match_differences() {
    let text = Text { inputs: vec![vec![4, 1, 3, 3]], targets: vec![vec![(3, 0)]] };
    check(Vocab(5), Embed(3), Hidden(4), 1, &text);
}

#[test]
fn cell_gradients_three_layers_every_word_match_differences() {
    let text = Text {
        inputs: vec![vec![0, 1, 2, 1], vec![3, 4, 0, 2]],
        targets: vec![vec![(0, 1), (1, 2), (2, 1), (3, 4)], vec![(0, 4), (1, 0), (2, 2), (3, 3)]],
    };
    check(Vocab(5), Embed(3), Hidden(2), 3, &text);
}

#[test]
fn cell_gradients_mixed_lengths_match_differences() {
    let text = Text {
        inputs: vec![vec![1], vec![3, 4, 0, 2], vec![2, 2]],
        targets: vec![vec![(0, 3)], vec![(3, 1)], vec![(1, 4)]],
    };
    check(Vocab(5), Embed(2), Hidden(3), 2, &text);
}

#[test]
fn cell_gradients_tied_embeddings_match_differences() {
    let text = Text { inputs: vec![vec![0, 1, 2, 1], vec![3, 4]], targets: vec![vec![(0, 1), (3, 4)], vec![(1, 0)]] };
    let sizes = Sizes { vocabulary: Vocab(5), embedding: Embed(3), hidden: Hidden(3), layers: 2 };
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check_cell::<C>(sizes, true, &text));
    }
}

#[test]
#[ignore = "minutes"]
fn gradient_tests_pass_on_every_instruction_set() {
    crate::support::instruction_sets::run_all_tests_of(module_path!(), "gradient_tests_pass_on_every_instruction_set");
}
