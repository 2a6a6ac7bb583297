//! The model of Bengio et al. 2003: different ways to read the same text give the same numbers, and words before the context have no
//! effect.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::{
    Ids, Marks, Model, Nplm, NplmSpec, Optimizer, OptimizerKind, QuantityKind, Role, Sampling, Start, Targets, Threads,
    Workspace, generate, gradient_norm,
};

const WORDS: u32 = 9;

fn model(context: usize) -> Nplm {
    let (vocabulary, embedding, hidden) = (Vocab(WORDS as usize), Embed(4), Hidden(6));
    let spec = NplmSpec { vocabulary, embedding, hidden, context, direct: context.is_multiple_of(2) };
    Nplm::new(&spec, &mut ChaCha8Rng::seed_from_u64(11)).unwrap()
}

fn words(count: usize, seed: u64) -> Vec<u32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.gen_range(0..WORDS)).collect()
}

fn logits(model: &Nplm, text: &[u32]) -> Vec<f32> {
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    model.next_logits(text, Start::Zeros, &mut workspace).to_vec()
}

#[test]
fn nplm_windows_of_any_length_carry_context() {
    let (batch, steps) = (3, 24);
    let text = words(batch * (steps + 1), 3);
    let (inputs, targets) = (&text[..batch * steps], &text[batch..]);
    for context in 1..=5 {
        let model = model(context);
        let mut workspace = model.workspace(Threads::ONE).unwrap();
        let ids = Ids::new(inputs, Steps(steps), Batch(batch));
        let whole = f64::from(model.loss(ids, Start::Zeros, Targets::everywhere(targets), &mut workspace));
        for window in [1, 2, 5, 24] {
            let (mut carried, mut restored) = (0.0, 0.0);
            let mut carry = None;
            let windows = inputs.chunks(window * batch).zip(targets.chunks(window * batch));
            for (index, (inputs, targets)) in windows.enumerate() {
                let ids = Ids::new(inputs, Steps(inputs.len() / batch), Batch(batch));
                let share = inputs.len() as f64 / (batch * steps) as f64;
                let start = if index == 0 { Start::Zeros } else { Start::Carried };
                carried += share * f64::from(model.loss(ids, start, Targets::everywhere(targets), &mut workspace));
                let mut fresh = model.workspace(Threads::ONE).unwrap();
                let start = carry.as_ref().map_or(Start::Zeros, Start::From);
                restored += share * f64::from(model.loss(ids, start, Targets::everywhere(targets), &mut fresh));
                carry = Some(workspace.carry());
            }
            assert!((carried - whole).abs() < 1e-6, "context {context}, window {window}: {carried} and {whole}");
            assert!((restored - whole).abs() < 1e-6, "context {context}, window {window}: {restored} and {whole}");
        }
    }
}

#[test]
fn nplm_generation_equals_rereading_text() {
    for context in 1..=5 {
        let model = model(context);
        let prompt = words(3, 8);
        let greedy = Sampling { temperature: 0.0, ..Sampling::default() };
        let (marks, mut random) = (Marks::default(), ChaCha8Rng::seed_from_u64(0));
        let generated = generate(&model, &prompt, 12, greedy, marks, &mut random, || ()).unwrap();
        let mut text = prompt;
        for word in generated {
            assert_eq!(model.trace(&text, None).unwrap().target, word);
            text.push(word);
        }
    }
}

#[test]
fn nplm_words_outside_context_have_no_effect() {
    let model = model(3);
    let text = words(7, 5);
    let usual = logits(&model, &text);
    for position in 0..7 {
        let mut other = text.clone();
        other[position] = (other[position] + 1) % WORDS;
        assert_eq!(logits(&model, &other) == usual, position < 4, "position {position}");
    }
}

#[test]
fn nplm_trace_matches_equations_and_gradients() {
    let (text, target) = ([3, 1, 8, 0, 5, 2, 7], 4); // each word once: its row of the table has only its own gradient
    for context in [1, 2, 3, 9] {
        let mut model = model(context);
        let trace = model.trace(&text, Some(target)).unwrap();
        assert_eq!((trace.positions(), trace.layers(), trace.target), (7, 1, target));
        assert_eq!(trace.terms(), [QuantityKind::HiddenLayer, QuantityKind::Embedding]);
        assert_eq!(trace.with_role(Role::State, 0), None);
        let numbers = |term| &trace.quantity(term, 0).unwrap().values;
        for (sum, h) in numbers(QuantityKind::PreActivation).iter().zip(numbers(QuantityKind::HiddenLayer)) {
            assert!((sum.tanh() - h).abs() < 1e-6);
        }
        let ids = Ids::new(&text, Steps(7), Batch(1));
        let (position, word) = ([6], [target]);
        let mut workspace = model.workspace(Threads::ONE).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let targets = Targets::at(&position, &word);
        model.loss_and_gradients(ids, Start::Zeros, targets, &mut workspace, &mut random);
        let (mut table, mut gradient) = (Vec::new(), Vec::new());
        model.visit(&mut |weight| {
            if weight.label.name == *"emb.weight" {
                (table, gradient) = (weight.value.to_vec(), weight.gradient.to_vec());
            }
        });
        for (at, word) in text.iter().enumerate() {
            let row = |all: &[f32]| all[*word as usize * 4..][..4].to_vec();
            assert_eq!(numbers(QuantityKind::Embedding)[at * 4..][..4], row(&table));
            let norm = row(&gradient).iter().map(|d| d * d).sum::<f32>().sqrt();
            assert!((trace.input_gradient_norms[at] - norm).abs() < 1e-6, "context {context}, word {at}");
            assert_eq!(norm > 0.0, at + context >= 7, "context {context}, word {at}");
        }
        assert_eq!(trace.gradient_flow[0].norms, trace.input_gradient_norms);
        for (before, bits) in (1..).zip(&trace.surprisals) {
            let p = model.trace(&text[..before], None).unwrap().distribution[text[before] as usize];
            assert!((bits + f64::from(p).log2()).abs() < 1e-4, "{before} words before: {bits} bits, p = {p}");
        }
    }
}

#[test]
fn nplm_training_any_thread_count_is_bit_identical() {
    let trained = |threads: usize| {
        let (vocabulary, embedding, hidden) = (Vocab(900), Embed(90), Hidden(150));
        let spec = NplmSpec { vocabulary, embedding, hidden, context: 3, direct: true };
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut model = Nplm::new(&spec, &mut random).unwrap();
        let threads = Threads::new(threads);
        let mut workspace = model.workspace(threads).unwrap();
        let mut optimizer = Optimizer::new(OptimizerKind::Adam);
        let text: Vec<u32> = (0..12 * 14).map(|_| random.gen_range(0..900)).collect();
        let ids = Ids::new(&text[..11 * 14], Steps(11), Batch(14));
        for _ in 0..3 {
            let targets = Targets::everywhere(&text[14..]);
            model.loss_and_gradients(ids, Start::Carried, targets, &mut workspace, &mut random);
            let norm = gradient_norm(threads, |visitor| model.visit(visitor));
            assert!(norm.is_finite());
            optimizer.update(1e-2, 1.0, threads, |visitor| model.visit(visitor)).unwrap();
        }
        let mut bits = Vec::new();
        model.visit(&mut |weight| bits.extend(weight.value.iter().map(|number| number.to_bits())));
        bits
    };
    let single_threaded = trained(1);
    for threads in [2, 3, 12] {
        assert!(trained(threads) == single_threaded, "{threads} threads");
    }
}
