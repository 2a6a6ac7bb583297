//! The weights of a recurrent model as tensors of dfdx, and one step of a layer.

use std::cell::RefCell;

use dfdx::prelude::{Cpu, Dim, Gradients, HasShape, ReshapeTo, SelectTo, TensorFrom, TensorFromVec};

use super::tape::{OnTape, OneTape, Untaped};
use crate::model::architectures::{Model, Recurrent};
use crate::model::cells::{Cell, GateArray, State, gate_count};
use crate::model::dimensions::{Batch, Embed, Hidden, Vocab};

/// All weights as tensors of dfdx.
pub(super) struct Weights {
    pub embedding: Untaped<(Vocab, Embed)>,
    pub first: LayerWeights<Embed>,
    pub rest: Vec<LayerWeights<Hidden>>,
    /// The output layer's weight; `None` if it is tied to the embedding.
    own_head: Option<Untaped<(Vocab, Hidden)>>,
    pub bias: Untaped<(Vocab,)>,
}

impl Weights {
    /// Copies the weights of `model`.
    pub fn copied<C: Cell>(model: &Recurrent<C>) -> Self {
        let (sizes, device, gates) = (model.spec().sizes, Cpu::default(), gate_count::<C>());
        let mut numbers = Vec::new();
        model.clone().visit(&mut |weight| numbers.push(weight.value.to_vec())); // a clone, as `visit` needs `&mut`
        let mut numbers = numbers.into_iter();
        let mut next = || numbers.next().unwrap_or_default();
        Self {
            embedding: device.tensor_from_vec(next(), (sizes.vocabulary, sizes.embedding)),
            first: LayerWeights::new(&device, gates, sizes.embedding, sizes.hidden, &mut next),
            rest: (1..sizes.layers)
                .map(|_| LayerWeights::new(&device, gates, sizes.hidden, sizes.hidden, &mut next))
                .collect(),
            own_head: (!model.spec().options.tied)
                .then(|| device.tensor_from_vec(next(), (sizes.vocabulary, sizes.hidden))),
            bias: device.tensor_from_vec(next(), (sizes.vocabulary,)),
        }
    }

    /// The output layer's weight, `[V, H]`: its own, or the embedding table.
    pub fn head(&self, hidden: Hidden) -> Untaped<(Vocab, Hidden)> {
        self.own_head.clone().unwrap_or_else(|| {
            let (vocabulary, _) = *self.embedding.shape();
            self.embedding.clone().reshape_like(&(vocabulary, hidden))
        })
    }

    /// The gradient of every weight out of `all`, in the order of [`Model::visit`].
    pub fn gradients(&self, all: &Gradients<f32, Cpu>) -> Vec<Vec<f32>> {
        let mut gradients = vec![all.get(&self.embedding).as_vec()];
        gradients.extend(self.first.gradients(all));
        gradients.extend(self.rest.iter().flat_map(|layer| layer.gradients(all)));
        gradients.extend(self.own_head.iter().map(|head| all.get(head).as_vec()));
        gradients.push(all.get(&self.bias).as_vec());
        gradients
    }
}

/// The weights of one layer, gate by gate: `[G, H, I]`, `[G, H, H]`, `[G, H]`, `[G, H]`.
pub(super) struct LayerWeights<I: Dim> {
    weight_ih: Untaped<(usize, Hidden, I)>,
    weight_hh: Untaped<(usize, Hidden, Hidden)>,
    bias_ih: Untaped<(usize, Hidden)>,
    bias_hh: Untaped<(usize, Hidden)>,
}

impl<I: Dim> LayerWeights<I> {
    /// Creates the weights from four calls of `next`, in the order of [`Model::visit`].
    fn new(device: &Cpu, gates: usize, input: I, hidden: Hidden, mut next: impl FnMut() -> Vec<f32>) -> Self {
        Self {
            weight_ih: device.tensor_from_vec(next(), (gates, hidden, input)),
            weight_hh: device.tensor_from_vec(next(), (gates, hidden, hidden)),
            bias_ih: device.tensor_from_vec(next(), (gates, hidden)),
            bias_hh: device.tensor_from_vec(next(), (gates, hidden)),
        }
    }

    /// The gradients of the weights out of `all`, in the order of [`Model::visit`].
    fn gradients(&self, all: &Gradients<f32, Cpu>) -> [Vec<f32>; 4] {
        [
            all.get(&self.weight_ih).as_vec(),
            all.get(&self.weight_hh).as_vec(),
            all.get(&self.bias_ih).as_vec(),
            all.get(&self.bias_hh).as_vec(),
        ]
    }

    /// One time step: the input `[B, I]` and the states h and c before it, `[B, H]`, → h and c after it.
    pub fn step<C: Cell>(
        &self,
        tape: &OneTape,
        x: &Untaped<(Batch, I)>,
        [h, c]: [&Untaped<(Batch, Hidden)>; 2],
    ) -> [Untaped<(Batch, Hidden)>; 2] {
        let (device, tensors) = (Cpu::default(), RefCell::new(Vec::new()));
        let scalar = |tensor: Untaped<(Batch, Hidden)>| OnTape::new(tape, &tensors, tensor);
        let before = State { h: scalar(h.clone()), c: scalar(c.clone()) };
        let mut sums = C::GateArray::filled(before.h);
        let mut recurrent = sums;
        for gate in 0..gate_count::<C>() {
            let index = || device.tensor(gate);
            let weight = tape.record(&self.weight_ih, |gates| gates.select::<(Hidden, I), _>(index()));
            let bias = tape.record(&self.bias_ih, |gates| gates.select::<(Hidden,), _>(index()));
            sums.as_mut()[gate] = scalar(tape.linear(x, &weight, &bias));
            let weight = tape.record(&self.weight_hh, |gates| gates.select::<(Hidden, Hidden), _>(index()));
            let bias = tape.record(&self.bias_hh, |gates| gates.select::<(Hidden,), _>(index()));
            recurrent.as_mut()[gate] = scalar(tape.linear(h, &weight, &bias));
            if !C::SPLIT_RECURRENT_SUM {
                sums.as_mut()[gate] = sums.as_ref()[gate] + recurrent.as_ref()[gate];
            }
        }
        let (_, after) = C::forward(sums, recurrent, before);
        [after.h.tensor(), after.c.tensor()]
    }
}
