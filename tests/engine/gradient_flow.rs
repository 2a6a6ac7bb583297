//! The gradient flow that a trace reports for a recurrent layer: ∂loss/∂c at every step, and each step's part of the gradient of the
//! recurrent weights.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rnn_tui::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use rnn_tui::model::{
    Cell, CellName, GradientFlow, Ids, LayerState, Lstm, Model, QuantityKind, Recurrent, Sizes, Start, Targets,
    Threads, Trace, Workspace,
};
use rnn_tui::with_cell;

const TEXT: [u32; 6] = [3, 1, 4, 0, 2, 1];
const TARGET: u32 = 4;
const UNITS: usize = 4;

type Network<C> = Recurrent<C>;

/// A model with weights large enough that gates are far from 0.5.
fn model<C: Cell>(layers: usize) -> Network<C> {
    let sizes = Sizes { vocabulary: Vocab(5), embedding: Embed(3), hidden: Hidden(UNITS), layers };
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let mut model = Network::<C>::new(&sizes.into(), &mut random).unwrap();
    model.visit(&mut |weight| weight.value.iter_mut().for_each(|number| *number += random.gen_range(-0.8..0.8)));
    model
}

fn flow(trace: &Trace, term: QuantityKind, layer: usize) -> &GradientFlow {
    trace.flows(layer).find(|flow| flow.term == term).unwrap()
}

/// Returns the loss of [`TARGET`] at the end of `text`, read from `state` on.
fn loss_from(model: &Network<Lstm>, text: &[u32], state: LayerState) -> f64 {
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let (position, word, state) = ([text.len() - 1], [TARGET], [state].to_vec());
    let ids = Ids::new(text, Steps(text.len()), Batch(1));
    f64::from(model.loss(ids, Start::From(&state), Targets::at(&position, &word), &mut workspace))
}

#[test]
fn cell_state_gradient_norms_match_differences() {
    let model = model::<Lstm>(1);
    let trace = model.trace(&TEXT, Some(TARGET)).unwrap();
    let output_gates = &trace.quantity(QuantityKind::OutputGate, 0).unwrap().values;
    let norms = &flow(&trace, QuantityKind::CellState, 0).norms;
    for read in 1..TEXT.len() {
        let mut workspace = model.workspace(Threads::ONE).unwrap();
        model.next_logits(&TEXT[..read], Start::Zeros, &mut workspace);
        let state = workspace.carry().remove(0);
        let mut square = 0.0;
        for unit in 0..UNITS {
            let shifted = |by: f32| {
                let mut state = state.clone();
                state.cell[unit] += by;
                state.hidden[unit] = output_gates[(read - 1) * UNITS + unit] * state.cell[unit].tanh();
                loss_from(&model, &TEXT[read..], state)
            };
            square += ((shifted(1e-2) - shifted(-1e-2)) / 2e-2).powi(2);
        }
        let (ours, expected) = (f64::from(norms[read - 1]), square.sqrt());
        assert!(
            (ours - expected).abs() < 2e-4 + 0.01 * expected,
            "after {read} words: {ours}, by differences {expected}"
        );
    }
}

fn check_sum<C: Cell>() {
    let mut model = model::<C>(2);
    let trace = model.trace(&TEXT, Some(TARGET)).unwrap();
    let mut workspace = model.workspace(Threads::ONE).unwrap();
    let (position, word) = ([TEXT.len() - 1], [TARGET]);
    let ids = Ids::new(&TEXT, Steps(TEXT.len()), Batch(1));
    let mut random = ChaCha8Rng::seed_from_u64(0);
    model.loss_and_gradients(ids, Start::Zeros, Targets::at(&position, &word), &mut workspace, &mut random);
    for layer in 0..2 {
        let flow = flow(&trace, QuantityKind::RecurrentWeight, layer);
        let sum = flow.sum.as_ref().unwrap();
        let mut norm = 0.0;
        model.visit(&mut |weight| {
            if weight.label.name == *format!("rnn.weight_hh_l{layer}") {
                norm = weight.gradient.iter().map(|d| d * d).sum::<f32>().sqrt();
            }
        });
        let cell = C::default();
        assert!((sum.norm - norm).abs() < 1e-5 * norm.max(1.0), "{cell:?}: {} and {norm}", sum.norm);
        assert!((sum.shares.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{cell:?}: {:?}", sum.shares);
        assert!(flow.norms[0] < 1e-30, "before the first word the state is zero");
        // a step's projection on the sum is at most as long as its own gradient
        for (share, step_norm) in sum.shares.iter().zip(&flow.norms) {
            assert!(share.abs() * sum.norm <= step_norm * 1.001 + 1e-6, "{cell:?}");
        }
    }
}

#[test]
fn recurrent_weight_gradient_equals_sum_over_steps() {
    for (_, cell) in CellName::ALL {
        with_cell!(*cell, C => check_sum::<C>());
    }
}
