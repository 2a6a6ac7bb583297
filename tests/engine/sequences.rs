//! Consistency of recurrent models: the same text gives the same numbers in one batch or sentence by sentence, in one window or
//! several, word by word or at once.

use std::collections::HashMap;

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::{
    Cell, CellName, Ids, LayerState, Lstm, Marks, Model, Options, Quantity, QuantityKind, Recurrent, RecurrentSpec,
    RecurrentWorkspace, Role, Sampling, Sizes, Start, Targets, Threads, Trace, Workspace, gate_count, generate,
};
use rnn_tui::with_cell;

type Network<C> = Recurrent<C>;
type Gradients = HashMap<String, Vec<f64>>;

const WORDS: u32 = 9;

fn sizes(layers: usize) -> Sizes {
    Sizes { vocabulary: Vocab(WORDS as usize), embedding: Embed(4), hidden: Hidden(6), layers }
}

fn model<C: Cell>(layers: usize, options: Options) -> Network<C> {
    Network::new(&RecurrentSpec { sizes: sizes(layers), options }, &mut ChaCha8Rng::seed_from_u64(11)).unwrap()
}

fn pass<C: Cell>(layers: usize) -> RecurrentWorkspace<C> {
    RecurrentWorkspace::new(sizes(layers), Threads::ONE).unwrap()
}

fn words(count: usize, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.gen_range(0..WORDS)).collect()
}

fn gradients<C: Cell>(model: &mut Network<C>) -> Gradients {
    let mut gradients = Gradients::new();
    model.visit(&mut |parameter| {
        let numbers = parameter.gradient.iter().map(|&number| f64::from(number)).collect();
        gradients.insert(parameter.label.name.to_string(), numbers);
    });
    gradients
}

fn assert_close(what: &str, a: f64, b: f64) {
    assert!((a - b).abs() < 2e-6, "{what}: {a} and {b}");
}

/// Returns all sentences as one batch that predicts every word from those before it: time-major ids padded with word 0, the number of
/// steps, and the positions and words of targets.
fn batch_of(sentences: &[Vec<u32>]) -> (Vec<u32>, usize, Vec<usize>, Vec<u32>) {
    let (batch, steps) = (sentences.len(), sentences.iter().map(|s| s.len() - 1).max().unwrap());
    let mut ids = vec![0; batch * steps];
    let (mut positions, mut targets) = (Vec::new(), Vec::new());
    for (column, sentence) in sentences.iter().enumerate() {
        for (t, pair) in sentence.windows(2).enumerate() {
            ids[t * batch + column] = pair[0];
            positions.push(t * batch + column);
            targets.push(pair[1]);
        }
    }
    (ids, steps, positions, targets)
}

fn check_batch<C: Cell>(sentences: &[Vec<u32>]) {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut model = model::<C>(2, Options::default());
    let mut loss_and_gradients = |sentences: &[Vec<u32>]| {
        let (ids, steps, positions, targets) = batch_of(sentences);
        let ids = Ids::new(&ids, Steps(steps), Batch(sentences.len()));
        let targets = Targets::at(&positions, &targets);
        let loss = model.loss_and_gradients(ids, Start::Zeros, targets, &mut pass(2), &mut random);
        (f64::from(loss), gradients(&mut model))
    };
    let (loss, batched) = loss_and_gradients(sentences);
    let predictions: usize = sentences.iter().map(|sentence| sentence.len() - 1).sum();
    let mut sum = 0.0;
    let mut one_by_one: Gradients = batched.iter().map(|(name, g)| (name.clone(), vec![0.0; g.len()])).collect();
    for sentence in sentences {
        let share = (sentence.len() - 1) as f64 / predictions as f64;
        let (loss, gradients) = loss_and_gradients(std::slice::from_ref(sentence));
        sum += share * loss;
        for (name, gradient) in gradients {
            let sums = one_by_one.get_mut(&name).unwrap();
            sums.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += share * g);
        }
    }
    assert_close("loss", loss, sum);
    for (name, gradient) in &batched {
        gradient.iter().zip(&one_by_one[name]).for_each(|(a, b)| assert_close(name, *a, *b));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn batch_mixed_sentences_equals_one_by_one(
        sentences in prop::collection::vec(prop::collection::vec(0..WORDS, 2..9), 1..7),
    ) {
        for (_, cell) in CellName::ALL {
            with_cell!(*cell, C => check_batch::<C>(&sentences));
        }
    }
}

fn check_windows<C: Cell>(window: usize) {
    let text = words(25, 3);
    let (inputs, targets) = (&text[..24], &text[1..]);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut model = model::<C>(2, Options::default());
    let whole = Ids::new(inputs, Steps(24), Batch(1));
    let loss = model.loss_and_gradients(whole, Start::Zeros, Targets::everywhere(targets), &mut pass(2), &mut random);
    let whole = gradients(&mut model);

    let mut pass = pass(2);
    let (mut sum, mut changed) = (0.0, 0.0_f64);
    let mut states: Vec<LayerState> = Vec::new();
    for (index, (inputs, targets)) in inputs.chunks(window).zip(targets.chunks(window)).enumerate() {
        let ids = Ids::new(inputs, Steps(inputs.len()), Batch(1));
        let start = if index == 0 { Start::Zeros } else { Start::Carried };
        let loss = model.loss_and_gradients(ids, start, Targets::everywhere(targets), &mut pass, &mut random);
        sum += f64::from(loss) * inputs.len() as f64 / 24.0;
        // a carried state is a constant: no gradient flows back into the previous window
        if index > 0 {
            let carried = gradients(&mut model);
            let mut fresh = self::pass(2);
            let start = Start::From(&states);
            model.loss_and_gradients(ids, start, Targets::everywhere(targets), &mut fresh, &mut random);
            assert_eq!(carried, gradients(&mut model));
        }
        states = pass.carry();
    }
    for (name, gradient) in gradients(&mut model) {
        let difference = |(a, b): (&f64, &f64)| (a - b).abs();
        changed = changed.max(gradient.iter().zip(&whole[&name]).map(difference).fold(0.0, f64::max));
    }
    assert_close("loss", f64::from(loss), sum);
    if window >= 24 {
        assert!(changed < 1e-9, "one window is full backpropagation through time: {changed}");
    } else {
        assert!(changed > 1e-4, "the gradient is truncated between windows");
    }
}

#[test]
fn windows_carry_state_and_truncate_gradient() {
    for window in [1, 5, 8, 24, 100] {
        for (_, cell) in CellName::ALL {
            with_cell!(*cell, C => check_windows::<C>(window));
        }
    }
}

fn check_generation<C: Cell>() {
    let model = model::<C>(2, Options::default());
    let prompt = words(5, 8);
    let greedy = Sampling { temperature: 0.0, ..Sampling::default() };
    let generate_with = |sampling, marks, count, seed| {
        generate(&model, &prompt, count, sampling, marks, &mut ChaCha8Rng::seed_from_u64(seed), || ()).unwrap()
    };
    let generated = generate_with(greedy, Marks::default(), 12, 0);
    // each word again, by reading the whole text before it from the start
    let mut text = prompt.clone();
    for word in &generated {
        let (best, _) = model.trace(&text, None).unwrap().ranking()[0];
        assert_eq!(best, *word as usize);
        text.push(*word);
    }
    let draw = |unknown, seed| generate_with(Sampling::default(), Marks { unknown, state_reset: None }, 30, seed);
    let drawn = |seed| draw(None, seed);
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    let word = drawn(1)[3];
    assert!(!draw(Some(word), 1).contains(&word), "a word can be excluded");
    // the state is reset after a mark
    let marks = Marks { unknown: None, state_reset: Some(generated[3]) };
    let generated = generate_with(greedy, marks, 12, 0);
    let mut text = prompt.clone();
    for word in &generated {
        let (best, _) = model.trace(&text, None).unwrap().ranking()[0];
        assert_eq!(best, *word as usize);
        if marks.state_reset == Some(*word) {
            text.clear();
        }
        text.push(*word);
    }
    assert!(text.len() < prompt.len() + generated.len(), "the state was reset");
}

#[test]
fn generation_equals_rereading_text() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check_generation::<C>());
    }
}

/// Checks the gradient norm of each word's embedding in a trace against the gradient of the embedding table.
fn check_words<C: Cell>() {
    // each word once, so that its row of the table has only its own gradient; texts with more words than the vocabulary take another
    // path, with the same result
    let text: [u32; 7] = [3, 1, 8, 0, 5, 2, 7];
    let target = 4;
    let mut model = model::<C>(2, Options::default());
    let trace = model.trace(&text, Some(target)).unwrap();
    let ids = Ids::new(&text, Steps(text.len()), Batch(1));
    let (last, word) = ([text.len() - 1], [target]);
    let mut random = ChaCha8Rng::seed_from_u64(0);
    model.loss_and_gradients(ids, Start::Zeros, Targets::at(&last, &word), &mut pass(2), &mut random);
    let table = &gradients(&mut model)["emb.weight"];
    for (step, word) in text.iter().enumerate() {
        let row = &table[*word as usize * 4..][..4];
        let norm = row.iter().map(|d| d * d).sum::<f64>().sqrt();
        assert_close("‖∂loss/∂x‖", f64::from(trace.input_gradient_norms[step]), norm);
    }
    let long = [&text[..], &text[..]].concat();
    let twice = model.trace(&long, Some(target)).unwrap();
    let vectors = |trace: &Trace| trace.quantity(QuantityKind::Embedding, 0).unwrap().values.clone();
    assert_eq!((vectors(&twice).len(), twice.input_gradient_norms.len()), (14 * 4, 14));
    assert_eq!(vectors(&twice)[..7 * 4], vectors(&trace)[..]);
}

#[test]
fn trace_input_gradients_match_embedding_gradients() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check_words::<C>());
    }
}

/// Checks that the traced quantities of every layer satisfy the equations of the cell.
fn check_equations<C: Cell>(model: &Network<C>, trace: &Trace) {
    let found = |term, layer| trace.quantity(term, layer).unwrap();
    for layer in 0..2 {
        let gates = C::GATES;
        let gate_values = gates.as_ref().iter().map(|(term, role)| {
            let Quantity { values, role: found, width, .. } = found(*term, layer);
            assert_eq!((found, *width, values.len()), (role, 6, 7 * 6));
            values
        });
        let gate_values: Vec<&Vec<f32>> = gate_values.collect();
        let hidden = &found(QuantityKind::HiddenState, layer).values;
        assert!(gate_values.iter().zip(gates.as_ref()).all(|(values, (_, role))| match role {
            Role::Gate => values.iter().all(|gate| (0.0..=1.0).contains(gate)),
            Role::Candidate => values.iter().all(|candidate| candidate.abs() <= 1.0),
            _ => values.iter().zip(hidden).all(|(sum, h)| (sum.tanh() - h).abs() < 1e-5),
        }));
        if !C::SPLIT_RECURRENT_SUM {
            continue;
        }
        // the candidate is tanh of the input's part plus the first gate times the previous state's part
        let [input, recurrent] =
            [QuantityKind::InputSum, QuantityKind::RecurrentSum].map(|term| &found(term, layer).values);
        for (index, candidate) in gate_values[gate_count::<C>() - 1].iter().enumerate() {
            let sum = input[index] + gate_values[0][index] * recurrent[index];
            assert!((sum.tanh() - candidate).abs() < 1e-5, "tanh {sum} is not {candidate}");
        }
        // from a zero state only the bias remains
        let mut bias = Vec::new();
        model.clone().visit(&mut |weight| {
            if weight.label.name == *format!("rnn.bias_hh_l{layer}") {
                bias = weight.value[(gate_count::<C>() - 1) * 6..].to_vec();
            }
        });
        assert_eq!(recurrent[..6], bias);
    }
}

/// Checks the states, ‖∂loss/∂h‖ (by differences of a shifted state) and surprisals of a trace.
fn check_trace<C: Cell>() {
    let model = model::<C>(2, Options::default());
    let text = words(7, 5);
    let target = 4;
    let trace = model.trace(&text, Some(target)).unwrap();
    assert_eq!((trace.positions(), trace.target, trace.layers()), (7, target, 2));
    check_equations::<C>(&model, &trace);
    let hidden = &trace.quantity(QuantityKind::HiddenState, 1).unwrap().values;
    for step in 0..6 {
        let mut before = pass::<C>(2);
        let read = Ids::new(&text[..=step], Steps(step + 1), Batch(1));
        model.forward(read, Start::Zeros, &mut before, None);
        let states = before.carry();
        for (read, traced) in states[1].hidden.iter().zip(&hidden[step * 6..]) {
            assert!((read - traced).abs() < 1e-6, "step {step}: {read} and {traced}");
        }
        let rest = Ids::new(&text[step + 1..], Steps(6 - step), Batch(1));
        let loss = |states: &Vec<LayerState>| {
            let mut pass = pass::<C>(2);
            f64::from(model.loss(rest, Start::From(states), Targets::at(&[5 - step], &[target]), &mut pass))
        };
        let mut squares = 0.0;
        for unit in 0..6 {
            let shifted = |by: f32| {
                let mut states = states.clone();
                states[1].hidden[unit] += by;
                loss(&states)
            };
            squares += ((shifted(0.02) - shifted(-0.02)) / 0.04).powi(2);
        }
        let norm = f64::from(trace.flows(1).next().unwrap().norms[step]);
        assert!(
            (norm - squares.sqrt()).abs() < 1e-3 * norm + 2e-5,
            "step {step}: {norm}, by differences {}",
            squares.sqrt()
        );
    }
    assert!((trace.distribution.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    for (before, bits) in (1..).zip(&trace.surprisals) {
        let p = model.trace(&text[..before], None).unwrap().distribution[text[before] as usize];
        assert!((bits + f64::from(p).log2()).abs() < 1e-4, "{before} words before: {bits} bits, p = {p}");
    }
    assert_eq!(trace.surprisals.len(), text.len() - 1);
}

#[test]
fn trace_states_and_gradient_flow_match_differences() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check_trace::<C>());
    }
}

/// Checks that with a fixed dropout mask the slope of the loss along the gradient is the squared norm of the gradient.
fn check_dropout<C: Cell>(tied: bool) {
    let sizes = Sizes { embedding: Embed(6), ..sizes(2) };
    let options = Options { dropout: 0.4, tied, ..Options::default() };
    let mut model = Network::<C>::new(&RecurrentSpec { sizes, options }, &mut ChaCha8Rng::seed_from_u64(11)).unwrap();
    let mut pass = RecurrentWorkspace::new(sizes, Threads::ONE).unwrap();
    let text = words(8 * 3, 6);
    let mut loss = |model: &mut Network<C>| {
        let (ids, mut random) = (Ids::new(&text, Steps(8), Batch(3)), ChaCha8Rng::seed_from_u64(21));
        let loss = model.loss_and_gradients(ids, Start::Zeros, Targets::everywhere(&text), &mut pass, &mut random);
        f64::from(loss)
    };
    let first = loss(&mut model);
    assert_close("the same numbers are dropped again", first, loss(&mut model));
    let gradient = gradients(&mut model);
    let squares: f64 = gradient.values().flatten().map(|g| g * g).sum();
    let mut move_by = |model: &mut Network<C>, by: f64| {
        model.visit(&mut |parameter| {
            let direction = &gradient[&parameter.label.name.to_string()];
            parameter.value.iter_mut().zip(direction).for_each(|(weight, d)| *weight += (by * d) as f32);
        });
        loss(model)
    };
    let above = move_by(&mut model, 0.01);
    let below = move_by(&mut model, -0.02);
    let slope = (above - below) / 0.02;
    assert!((slope / squares - 1.0).abs() < 0.01, "{slope} and {squares}");
}

#[test]
fn dropout_fixed_mask_gradient_matches_loss_slope() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check_dropout::<C>(C::NAME == CellName::Lstm));
    }
}

#[test]
fn dropout_outside_training_has_no_effect() {
    let (plain, dropping) = (model::<Lstm>(2, Options::default()), Options { dropout: 0.9, ..Options::default() });
    let dropping = model::<Lstm>(2, dropping);
    let text = words(6, 2);
    assert_eq!(plain.trace(&text, None).unwrap(), dropping.trace(&text, None).unwrap());
}

#[test]
#[ignore = "minutes"]
fn sequence_tests_pass_on_every_instruction_set() {
    crate::support::instruction_sets::run_all_tests_of(module_path!(), "sequence_tests_pass_on_every_instruction_set");
}
