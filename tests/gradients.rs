//! Every weight's gradient against central differences of the same model written plainly, in f64.
//!
//! The plain model shares no code with the crate: it is PyTorch's equations word by word, one number at a time. In f64 a
//! central difference with ε = 1e-5 is right to about 1e-10, so what is left is the f32 rounding of the pass under test:
//! some hundred operations of relative error 6e-8 on numbers below 10.

#![allow(clippy::unwrap_used, clippy::panic, clippy::many_single_char_names, clippy::needless_range_loop)] // as in the equations

use std::collections::HashMap;

use dfdx::prelude::{Const, Dim, Shape};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::tensors::{Gradients, Result, Tensor, values};
use rnn_tui::model::{Ids, LanguageModel, ParameterName, ParameterVisitor, Sizes, Targets};

const TOLERANCE: f64 = 2e-6;

type Weights = HashMap<String, Vec<f64>>;

/// Sequences of ids, each with the words to be predicted: (step, id).
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

fn plain_loss(weights: &Weights, sizes: Sizes<impl Dim, impl Dim, impl Dim>, text: &Text) -> f64 {
    let Sizes { vocabulary, embedding, hidden, layers } = sizes;
    let [vocabulary, embedding, hidden] = [vocabulary.size(), embedding.size(), hidden.size()];
    let mut losses = Vec::new();
    for (ids, targets) in text.inputs.iter().zip(&text.targets) {
        let mut h = vec![vec![0.0; hidden]; layers];
        let mut c = h.clone();
        for (step, &id) in ids.iter().enumerate() {
            let mut x = weights["emb.weight"][id as usize * embedding..][..embedding].to_vec();
            for layer in 0..layers {
                let of = |name: &str| &weights[&format!("rnn.{name}_l{layer}")];
                let before = h[layer].clone();
                let gate = |gate: usize, unit: usize| {
                    let row = gate * hidden + unit;
                    linear(of("weight_ih"), &x, row)
                        + of("bias_ih")[row]
                        + linear(of("weight_hh"), &before, row)
                        + of("bias_hh")[row]
                };
                for unit in 0..hidden {
                    let (i, f, g, o) = (gate(0, unit), gate(1, unit), gate(2, unit), gate(3, unit));
                    c[layer][unit] = sigmoid(f) * c[layer][unit] + sigmoid(i) * g.tanh();
                    h[layer][unit] = sigmoid(o) * c[layer][unit].tanh();
                }
                x.clone_from(&h[layer]);
            }
            for (_, target) in targets.iter().filter(|(at, _)| *at == step) {
                let logits: Vec<f64> = (0..vocabulary)
                    .map(|word| linear(&weights["head.weight"], &x, word) + weights["head.bias"][word])
                    .collect();
                let log_sum = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln();
                losses.push(log_sum - logits[*target as usize]);
            }
        }
    }
    losses.iter().sum::<f64>() / losses.len() as f64
}

#[derive(Default)]
struct Read(Vec<(String, Vec<f64>)>);

impl ParameterVisitor for Read {
    fn visit<S: Shape>(&mut self, name: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
        self.0.push((name.to_string(), values(parameter).into_iter().map(f64::from).collect()));
        Ok(())
    }
}

struct ReadGradients<'a>(&'a mut Gradients, HashMap<String, Vec<f64>>);

impl ParameterVisitor for ReadGradients<'_> {
    fn visit<S: Shape>(&mut self, name: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
        let gradient = self.0.get_or_alloc_mut(parameter)?.iter().map(|&g| f64::from(g)).collect();
        self.1.insert(name.to_string(), gradient);
        Ok(())
    }
}

/// Time first, shorter sequences filled up with word 0, as the crate takes it.
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

fn check<V: Dim, E: Dim, H: Dim>(vocabulary: V, embedding: E, hidden: H, layers: usize, text: &Text) {
    let sizes = Sizes { vocabulary, embedding, hidden, layers };
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut model = LanguageModel::new(sizes, &mut random).unwrap();
    let (ids, steps, positions, words) = packed(text);
    let ids = Ids::new(&ids, Steps(steps), Batch(text.inputs.len()));
    let (loss, mut gradients) = model.loss_and_gradients(ids, None, Targets::new(&positions, &words)).unwrap();

    let mut read = Read::default();
    model.visit(&mut read).unwrap();
    let weights: Weights = read.0.iter().cloned().collect();
    let expected = plain_loss(&weights, sizes, text);
    assert!((f64::from(loss) - expected).abs() < TOLERANCE, "loss {loss}, in f64 {expected}");

    let mut read_gradients = ReadGradients(&mut gradients, HashMap::new());
    model.visit(&mut read_gradients).unwrap();
    let gradients = read_gradients.1;
    let mut checked = 0;
    let mut squares = 0.0;
    for (name, numbers) in &read.0 {
        for index in 0..numbers.len() {
            let loss_at = |shift: f64| {
                let mut shifted = weights.clone();
                shifted.get_mut(name).unwrap()[index] += shift;
                plain_loss(&shifted, sizes, text)
            };
            let expected = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
            let gradient = gradients[name][index];
            assert!((gradient - expected).abs() < TOLERANCE, "{name}[{index}]: {gradient}, by differences {expected}");
            squares += expected * expected;
            checked += 1;
        }
    }
    assert_eq!(checked, sizes.weights(), "every weight is checked");
    assert!(squares > 1e-3, "the check would pass for gradients of nothing");
}

#[test]
fn the_toy_model_with_sizes_known_to_the_compiler() {
    let text = Text { inputs: vec![vec![0, 1], vec![0, 5]], targets: vec![vec![(1, 2)], vec![(1, 6)]] };
    check(Const::<7>, Const::<2>, Const::<2>, 1, &text);
}

#[test]
fn sizes_that_differ_from_each_other() {
    let text = Text { inputs: vec![vec![4, 1, 3, 3]], targets: vec![vec![(3, 0)]] };
    check(Vocab(5), Embed(3), Hidden(4), 1, &text);
}

#[test]
fn three_layers_and_every_next_word() {
    let text = Text {
        inputs: vec![vec![0, 1, 2, 1], vec![3, 4, 0, 2]],
        targets: vec![vec![(0, 1), (1, 2), (2, 1), (3, 4)], vec![(0, 4), (1, 0), (2, 2), (3, 3)]],
    };
    check(Vocab(5), Embed(3), Hidden(2), 3, &text);
}

#[test]
fn sentences_of_different_lengths_in_one_batch() {
    let text = Text {
        inputs: vec![vec![1], vec![3, 4, 0, 2], vec![2, 2]],
        targets: vec![vec![(0, 3)], vec![(3, 1)], vec![(1, 4)]],
    };
    check(Vocab(5), Embed(2), Hidden(3), 2, &text);
}
