//! The recurrent model computed by dfdx: its tensors with named dimensions, its operations, its tape.
//!
//! For reading and for comparison; not fast. A matrix product is a broadcast and a sum, because dfdx's own product is wrong without a feature
//! that triples the build time. The cell is the same pure function as in [`Recurrent`], here of whole tensors; its gradient comes from the tape.
//! The weights are stored in a [`Recurrent`], so names and checkpoints are the same, and traces are computed by it. The optimizer is the
//! program's own: dfdx's Adam rounds 1 − β₂ in f32, so the two engines would diverge.

mod dropout;
mod shapes;
mod step_targets;
mod tape;
mod weights;

use dfdx::prelude::{
    AsArray, Axis, Backward, Cpu, Dim, GatherTo, PutTape, Rank0, SelectTo, SumTo, TensorFromVec, ZerosTensor,
};
use rand::{Rng, RngCore};

use super::{Cost, LayerState, Model, Recurrent, RecurrentSpec, Start, Work, Workspace};
use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Embed, Hidden, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{Ids, Targets};
use crate::model::parameters::ParameterMut;
use crate::model::shapes::TensorShape;
use crate::model::tensors::Result;
use crate::model::trace::Trace;
use crate::model::weights::{Mismatch, Tensors};

use dropout::Dropout;
use step_targets::StepTargets;
use tape::{OneTape, Untaped};
use weights::Weights;

/// A recurrent model computed by dfdx.
#[derive(Clone, Debug)]
pub struct RecurrentInDfdx<C: Cell> {
    weights: Recurrent<C>,
}

/// Logits, final states and shapes of the last pass.
#[derive(Clone, Debug, Default)]
pub struct DfdxWorkspace {
    logits: Vec<f32>,
    carry: Vec<LayerState>,
    shapes: Vec<TensorShape>,
}

impl Workspace for DfdxWorkspace {
    type Carry = Vec<LayerState>;

    /// Does nothing: dfdx computes on one thread.
    fn set_threads(&mut self, _: Threads) {}

    fn logits(&self) -> &[f32] {
        &self.logits
    }

    fn carry(&self) -> Vec<LayerState> {
        self.carry.clone()
    }
}

/// The loss of one pass, with the tape and the weights that its gradients are computed from.
struct Pass {
    loss: Untaped<Rank0>,
    tape: OneTape,
    weights: Weights,
}

impl<C: Cell> RecurrentInDfdx<C> {
    /// Runs all layers over `ids`, step by step, and computes the mean cross-entropy of `targets` in nats. Stores logits, final states and
    /// shapes in `workspace`. Applies dropout if `dropout` is given.
    fn pass(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Vec<LayerState>>,
        targets: Targets<'_>,
        workspace: &mut DfdxWorkspace,
        dropout: Option<&mut dyn RngCore>,
    ) -> Pass {
        let (spec, device, tape) = (self.weights.spec(), Cpu::default(), OneTape::default());
        let weights = Weights::copied(&self.weights);
        let (batch, hidden, layers) = (ids.batch(), spec.sizes.hidden, spec.sizes.layers.max(1));
        let zeros = vec![LayerState::default(); layers];
        let initial = match start {
            Start::Zeros => &zeros,
            Start::Carried if workspace.carry.is_empty() => &zeros,
            Start::Carried => &workspace.carry,
            Start::From(carry) => carry,
        };
        let state = |numbers: &Vec<f32>| {
            let numbers = if numbers.is_empty() { vec![0.0; batch.0 * hidden.size()] } else { numbers.clone() };
            device.tensor_from_vec(numbers, (batch, hidden))
        };
        let mut states: Vec<_> = initial.iter().map(|layer| [state(&layer.hidden), state(&layer.cell)]).collect();
        let dropout = Dropout::new(dropout.filter(|_| spec.options.dropout > 0.0), spec, ids);
        let head = weights.head(hidden);

        let vocabulary = spec.sizes.vocabulary.size();
        workspace.logits = vec![0.0; targets.count().0 * vocabulary];
        workspace.shapes = self.shapes_of(ids);
        let mut loss = device.zeros();
        for t in 0..ids.steps().0 {
            let words = device.tensor_from_vec(ids.at(t).iter().map(|word| *word as usize).collect(), (batch,));
            let vectors = tape.record(&weights.embedding, |table| table.gather::<(Batch, Embed), _>(words));
            let x = dropout.apply(&tape, 0, t, &vectors);
            states[0] = weights.first.step::<C>(&tape, &x, [&states[0][0], &states[0][1]]);
            let mut output = dropout.apply(&tape, 1, t, &states[0][0]);
            for (layer, weights) in (1..).zip(&weights.rest) {
                states[layer] = weights.step::<C>(&tape, &output, [&states[layer][0], &states[layer][1]]);
                output = dropout.apply(&tape, layer + 1, t, &states[layer][0]);
            }
            let step_targets = StepTargets::at(t, batch, targets);
            if step_targets.is_empty() {
                continue;
            }
            let logits = tape.linear(&output, &head, &weights.bias);
            let rows = logits.as_vec();
            for (target, sequence) in &step_targets.rows {
                workspace.logits[target * vocabulary..][..vocabulary]
                    .copy_from_slice(&rows[sequence * vocabulary..][..vocabulary]);
            }
            let words = device.tensor_from_vec(step_targets.words, (batch,));
            let shares = device.tensor_from_vec(step_targets.shares, (batch,));
            let chosen = tape.record(&logits, |logits| logits.log_softmax::<Axis<1>>().select::<(Batch,), _>(words));
            let log_likelihood: Untaped<Rank0> = tape.record(&chosen, |chosen| (chosen * shares).sum());
            loss = tape.record(&loss, |loss| loss - log_likelihood);
        }
        let cell = |c: &Untaped<(Batch, Hidden)>| if C::HAS_CELL_STATE { c.as_vec() } else { Vec::new() };
        workspace.carry = states.iter().map(|[h, c]| LayerState { hidden: h.as_vec(), cell: cell(c) }).collect();
        Pass { loss, tape, weights }
    }
}

impl<C: Cell> Model for RecurrentInDfdx<C> {
    type Spec = RecurrentSpec;
    type Workspace = DfdxWorkspace;
    type Carry = Vec<LayerState>;

    fn new(spec: &Self::Spec, random: &mut impl Rng) -> Result<Self> {
        Ok(Self { weights: Recurrent::new(spec, random)? })
    }

    fn spec(&self) -> &Self::Spec {
        self.weights.spec()
    }

    fn summary(spec: &Self::Spec) -> String {
        Recurrent::<C>::summary(spec)
    }

    /// As [`Recurrent::cost`], with more memory: the product of `[B, I]` and `[O, I]` stores `[B, O, I]` and its gradient.
    fn cost(spec: &Self::Spec, work: Work) -> Cost {
        let cost = Recurrent::<C>::cost(spec, work);
        let products = 2 * work.steps as u128 * work.batch as u128 * cost.weights;
        Cost { activations: cost.activations + products, ..cost }
    }

    fn workspace(&self, _: Threads) -> Result<DfdxWorkspace> {
        Ok(DfdxWorkspace::default())
    }

    fn loss(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut DfdxWorkspace,
    ) -> f32 {
        self.pass(ids, start, targets, workspace, None).loss.array()
    }

    fn loss_and_gradients(
        &mut self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut DfdxWorkspace,
        dropout: &mut dyn RngCore,
    ) -> f32 {
        let Pass { loss, tape, weights } = self.pass(ids, start, targets, workspace, Some(dropout));
        let all = loss.clone().put_tape(tape.0.take()).backward();
        let mut gradients = weights.gradients(&all).into_iter();
        self.weights.visit(&mut |weight| {
            weight.gradient.copy_from_slice(&gradients.next().unwrap_or_default());
        });
        loss.array()
    }

    fn next_logits<'w>(
        &self,
        ids: &[u32],
        start: Start<'_, Self::Carry>,
        workspace: &'w mut DfdxWorkspace,
    ) -> &'w mut [f32] {
        let (last, word) = ([ids.len() - 1], [0]);
        let text = Ids::new(ids, Steps(ids.len()), Batch(1));
        self.pass(text, start, Targets::at(&last, &word), workspace, None);
        &mut workspace.logits
    }

    fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.weights.visit(visitor);
    }

    /// Computed by [`Recurrent`].
    fn trace(&self, ids: &[u32], target: Option<u32>) -> Result<Trace> {
        self.weights.trace(ids, target)
    }

    fn shapes(&mut self, workspace: &DfdxWorkspace) -> Vec<TensorShape> {
        workspace.shapes.clone()
    }

    fn save_carry(carry: &Self::Carry, tensors: &mut Tensors) {
        Recurrent::<C>::save_carry(carry, tensors);
    }

    fn load_carry(spec: &Self::Spec, streams: usize, tensors: &Tensors) -> std::result::Result<Self::Carry, Mismatch> {
        Recurrent::<C>::load_carry(spec, streams, tensors)
    }
}
