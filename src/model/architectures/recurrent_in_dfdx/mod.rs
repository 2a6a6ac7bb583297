//! The recurrent model a second time, in dfdx's own words: its tensors with named dimensions, its operations, its tape.
//!
//! To read and to compare, not to be fast. Products are a broadcast and a sum: dfdx's own product is wrong without a feature that
//! triples the build. The cell is the same pure function as in [`Recurrent`], here of whole tensors, and its gradient is the
//! tape's. The weights lie in a [`Recurrent`], so that names, checkpoints and pictures are the same; what is shown of one pass over
//! a prompt is computed by that. The optimizer is the program's: dfdx's Adam rounds 1 − β₂ in f32, and the two engines would drift
//! apart.

mod tape;

use std::cell::RefCell;

use dfdx::prelude::{
    AsArray, Axis, Backward, Cpu, Dim, GatherTo, Gradients, HasShape, PutTape, Rank0, ReshapeTo, SelectTo, Shape,
    SumTo, TensorFrom, TensorFromVec, ZerosTensor,
};
use rand::{Rng, RngCore};

use super::{Cost, LayerState, Model, Recurrent, RecurrentSpec, Start, Work, Workspace};
use crate::model::cells::{Cell, GateArray, State, gate_count};
use crate::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use crate::model::kernels::Threads;
use crate::model::labels::{Axis as Counts, TensorName, TensorRole};
use crate::model::layers::{Ids, Targets, draw_factors};
use crate::model::parameters::ParameterMut;
use crate::model::shapes::TensorShape;
use crate::model::tensors::Result;
use crate::model::trace::Trace;
use crate::model::weights::{Mismatch, Tensors};

use tape::{Of, OnTape, OneTape};

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

    /// dfdx computes on one thread.
    fn set_threads(&mut self, _: Threads) {}

    fn logits(&self) -> &[f32] {
        &self.logits
    }

    fn carry(&self) -> Vec<LayerState> {
        self.carry.clone()
    }
}

/// The weights of one layer, its gates apart: `[G, H, I]`, `[G, H, H]`, `[G, H]`, `[G, H]`.
struct LayerWeights<I: Dim> {
    weight_ih: Of<(usize, Hidden, I)>,
    weight_hh: Of<(usize, Hidden, Hidden)>,
    bias_ih: Of<(usize, Hidden)>,
    bias_hh: Of<(usize, Hidden)>,
}

impl<I: Dim> LayerWeights<I> {
    fn new(device: &Cpu, gates: usize, input: I, hidden: Hidden, mut next: impl FnMut() -> Vec<f32>) -> Self {
        Self {
            weight_ih: device.tensor_from_vec(next(), (gates, hidden, input)),
            weight_hh: device.tensor_from_vec(next(), (gates, hidden, hidden)),
            bias_ih: device.tensor_from_vec(next(), (gates, hidden)),
            bias_hh: device.tensor_from_vec(next(), (gates, hidden)),
        }
    }

    /// In the order of [`Model::visit`].
    fn gradients(&self, found: &Gradients<f32, Cpu>) -> [Vec<f32>; 4] {
        [
            found.get(&self.weight_ih).as_vec(),
            found.get(&self.weight_hh).as_vec(),
            found.get(&self.bias_ih).as_vec(),
            found.get(&self.bias_hh).as_vec(),
        ]
    }

    /// One position: `[B, I]` and the state before → the state after.
    fn step<C: Cell>(
        &self,
        tape: &OneTape,
        x: &Of<(Batch, I)>,
        [h, c]: [&Of<(Batch, Hidden)>; 2],
    ) -> [Of<(Batch, Hidden)>; 2] {
        let (device, tensors) = (Cpu::default(), RefCell::new(Vec::new()));
        let number = |tensor: Of<(Batch, Hidden)>| OnTape::new(tape, &tensors, tensor);
        let before = State { h: number(h.clone()), c: number(c.clone()) };
        let mut sums = C::GateArray::filled(before.h);
        let mut recurrent = sums;
        for gate in 0..gate_count::<C>() {
            let index = || device.tensor(gate);
            let weight = tape.record(&self.weight_ih, |all| all.select::<(Hidden, I), _>(index()));
            let bias = tape.record(&self.bias_ih, |all| all.select::<(Hidden,), _>(index()));
            sums.as_mut()[gate] = number(tape.linear(x, &weight, &bias));
            let weight = tape.record(&self.weight_hh, |all| all.select::<(Hidden, Hidden), _>(index()));
            let bias = tape.record(&self.bias_hh, |all| all.select::<(Hidden,), _>(index()));
            recurrent.as_mut()[gate] = number(tape.linear(h, &weight, &bias));
            if !C::SPLIT_RECURRENT_SUM {
                sums.as_mut()[gate] = sums.as_ref()[gate] + recurrent.as_ref()[gate];
            }
        }
        let (_, after) = C::forward(sums, recurrent, before);
        [after.h.tensor(), after.c.tensor()]
    }
}

/// All weights as tensors of dfdx.
struct Weights {
    embedding: Of<(Vocab, Embed)>,
    first: LayerWeights<Embed>,
    rest: Vec<LayerWeights<Hidden>>,
    /// Shared with the embedding if there is none.
    head: Option<Of<(Vocab, Hidden)>>,
    bias: Of<(Vocab,)>,
}

/// The loss of one pass, and with what its gradients can be found.
struct Pass {
    loss: Of<Rank0>,
    tape: OneTape,
    weights: Weights,
}

impl<C: Cell> RecurrentInDfdx<C> {
    fn tensors(&self) -> Weights {
        let (sizes, device, gates) = (self.weights.spec().sizes, Cpu::default(), gate_count::<C>());
        let mut numbers = Vec::new();
        self.weights.clone().visit(&mut |weight| numbers.push(weight.value.to_vec()));
        let mut numbers = numbers.into_iter();
        let mut next = || numbers.next().unwrap_or_default();
        Weights {
            embedding: device.tensor_from_vec(next(), (sizes.vocabulary, sizes.embedding)),
            first: LayerWeights::new(&device, gates, sizes.embedding, sizes.hidden, &mut next),
            rest: (1..sizes.layers)
                .map(|_| LayerWeights::new(&device, gates, sizes.hidden, sizes.hidden, &mut next))
                .collect(),
            head: (!self.weights.spec().options.tied)
                .then(|| device.tensor_from_vec(next(), (sizes.vocabulary, sizes.hidden))),
            bias: device.tensor_from_vec(next(), (sizes.vocabulary,)),
        }
    }

    /// Reads `ids` position by position, layer by layer. The loss is the mean of −ln p over all targets.
    fn pass(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Vec<LayerState>>,
        targets: Targets<'_>,
        workspace: &mut DfdxWorkspace,
        dropout: Option<&mut dyn RngCore>,
    ) -> Pass {
        let (spec, device, tape, weights) = (self.weights.spec(), Cpu::default(), OneTape::default(), self.tensors());
        let (batch, hidden, layers) = (ids.batch(), spec.sizes.hidden, spec.sizes.layers.max(1));
        let of_batch = |numbers: Vec<f32>| device.tensor_from_vec(numbers, (batch, hidden));
        let none = vec![LayerState::default(); layers];
        let begun = match start {
            Start::Zeros => &none,
            Start::Carried if workspace.carry.is_empty() => &none,
            Start::Carried => &workspace.carry,
            Start::From(carry) => carry,
        };
        let state = |numbers: &Vec<f32>| {
            of_batch(if numbers.is_empty() { vec![0.0; batch.0 * hidden.size()] } else { numbers.clone() })
        };
        let mut states: Vec<_> = begun.iter().map(|layer| [state(&layer.hidden), state(&layer.cell)]).collect();
        let mut dropped = Dropout::new(dropout.filter(|_| spec.options.dropout > 0.0), spec, ids);
        let head = weights.head.clone().unwrap_or_else(|| shared(&weights.embedding, hidden));

        let vocabulary = spec.sizes.vocabulary.size();
        workspace.logits = vec![0.0; targets.count().0 * vocabulary];
        workspace.shapes = self.shapes_of(ids, &weights);
        let mut loss = device.zeros();
        for t in 0..ids.steps().0 {
            let words: Vec<usize> = ids.words()[t * batch.0..][..batch.0].iter().map(|word| *word as usize).collect();
            let words = device.tensor_from_vec(words, (batch,));
            let vectors = tape.record(&weights.embedding, |table| table.gather::<(Batch, Embed), _>(words));
            let x = dropped.apply(&tape, 0, t, &vectors);
            states[0] = weights.first.step::<C>(&tape, &x, [&states[0][0], &states[0][1]]);
            let mut output = dropped.apply(&tape, 1, t, &states[0][0]);
            for (layer, weights) in (1..).zip(&weights.rest) {
                states[layer] = weights.step::<C>(&tape, &output, [&states[layer][0], &states[layer][1]]);
                output = dropped.apply(&tape, layer + 1, t, &states[layer][0]);
            }
            let here = Predicted::at(t, batch, targets);
            if here.is_empty() {
                continue;
            }
            let logits = tape.linear(&output, &head, &weights.bias);
            let rows = logits.as_vec();
            for (prediction, row) in &here.rows {
                workspace.logits[prediction * vocabulary..][..vocabulary]
                    .copy_from_slice(&rows[row * vocabulary..][..vocabulary]);
            }
            let words = device.tensor_from_vec(here.words, (batch,));
            let shares = device.tensor_from_vec(here.shares, (batch,));
            let chosen = tape.record(&logits, |logits| logits.log_softmax::<Axis<1>>().select::<(Batch,), _>(words));
            let part: Of<Rank0> = tape.record(&chosen, |chosen| (chosen * shares).sum());
            loss = tape.record(&loss, |loss| loss - part);
        }
        let cell = |c: &Of<(Batch, Hidden)>| if C::HAS_CELL_STATE { c.as_vec() } else { Vec::new() };
        workspace.carry = states.iter().map(|[h, c]| LayerState { hidden: h.as_vec(), cell: cell(c) }).collect();
        Pass { loss, tape, weights }
    }

    /// The tensors of one position, as they are here.
    fn shapes_of(&self, ids: Ids<'_>, weights: &Weights) -> Vec<TensorShape> {
        let (sizes, batch) = (self.weights.spec().sizes, ids.batch());
        let mut labels = Vec::new();
        self.weights.clone().visit(&mut |weight| labels.push(weight.tensor_shape()));
        let of_weights = labels.len() - if weights.head.is_some() { 2 } else { 1 };
        let (of_head, mut of_layers) = (labels.split_off(of_weights), labels.into_iter());
        let named = TensorName::new;
        let read = (ids.steps(), batch);
        let mut shapes = vec![TensorShape::new(named("ids"), TensorRole::Ids, [Counts::Steps, Counts::Batch], &read)];
        shapes.extend(of_layers.next());
        let vectors = (batch, sizes.embedding);
        let axes = [Counts::Batch, Counts::Embedding];
        shapes.push(TensorShape::new(named("input"), TensorRole::WordVectors, axes, &vectors));
        for layer in 0..sizes.layers.max(1) {
            shapes.extend(of_layers.by_ref().take(4));
            let (name, state) = (TensorName::of_layer("h_l", layer, ""), (batch, sizes.hidden));
            shapes.push(TensorShape::new(name, TensorRole::Hidden, [Counts::Batch, Counts::Hidden], &state));
        }
        shapes.extend(of_head);
        let logits = (batch, sizes.vocabulary);
        let axes = [Counts::Batch, Counts::Vocabulary];
        shapes.push(TensorShape::new(named("logits"), TensorRole::Logits, axes, &logits));
        shapes.push(TensorShape::new(named("loss"), TensorRole::Loss, [], &()));
        shapes
    }
}

/// What is to be predicted at one position.
struct Predicted {
    /// Which prediction it is, and of which sequence.
    rows: Vec<(usize, usize)>,
    /// Of each sequence the word, and its share of the mean: none where nothing is to be predicted.
    words: Vec<usize>,
    shares: Vec<f32>,
}

impl Predicted {
    fn at(t: usize, batch: Batch, targets: Targets<'_>) -> Self {
        let mut predicted = Self { rows: Vec::new(), words: vec![0; batch.0], shares: vec![0.0; batch.0] };
        for (prediction, word) in targets.words().iter().enumerate() {
            let position = targets.positions().map_or(prediction, |positions| positions[prediction]);
            if position / batch.0 == t {
                let row = position % batch.0;
                predicted.rows.push((prediction, row));
                predicted.words[row] = *word as usize;
                predicted.shares[row] = 1.0 / targets.count().0 as f32;
            }
        }
        predicted
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Which numbers are dropped, drawn in the order of the other engine: all word vectors, then the output of one layer after the
/// other.
struct Dropout {
    factors: Vec<Vec<f32>>,
}

impl Dropout {
    fn new(random: Option<&mut dyn RngCore>, spec: &RecurrentSpec, ids: Ids<'_>) -> Self {
        let Some(random) = random else { return Self { factors: Vec::new() } };
        let widths = [spec.sizes.embedding.size()].into_iter();
        let widths = widths.chain(std::iter::repeat_n(spec.sizes.hidden.size(), spec.sizes.layers.max(1)));
        let factors = widths.map(|width| {
            let mut factors = vec![0.0; ids.words().len() * width];
            draw_factors(&mut factors, spec.options.dropout, random);
            factors
        });
        Self { factors: factors.collect() }
    }

    fn apply<W: Dim>(&mut self, tape: &OneTape, place: usize, t: usize, output: &Of<(Batch, W)>) -> Of<(Batch, W)> {
        let Some(factors) = self.factors.get(place) else { return output.clone() };
        let shape = *output.shape();
        let count = shape.num_elements();
        let factors: Of<(Batch, W)> = Cpu::default().tensor_from_vec(factors[t * count..][..count].to_vec(), shape);
        tape.record(output, |output| output * factors)
    }
}

/// The table as the output layer's weight: as many numbers for a word as units.
fn shared(table: &Of<(Vocab, Embed)>, hidden: Hidden) -> Of<(Vocab, Hidden)> {
    let (vocabulary, _) = *table.shape();
    table.clone().reshape_like(&(vocabulary, hidden))
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

    /// A product of `[B, I]` and `[O, I]` has all of `[B, O, I]` in memory, and its gradient.
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
        let found = loss.clone().put_tape(tape.0.take()).backward();
        let mut gradients = vec![found.get(&weights.embedding).as_vec()];
        gradients.extend(weights.first.gradients(&found));
        gradients.extend(weights.rest.iter().flat_map(|layer| layer.gradients(&found)));
        gradients.extend(weights.head.iter().map(|head| found.get(head).as_vec()));
        gradients.push(found.get(&weights.bias).as_vec());
        let mut gradients = gradients.into_iter();
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
