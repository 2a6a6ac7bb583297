//! The trace of a recurrent model.

use dfdx::prelude::Dim;

use super::gradient_flow::{ForwardGates, gradient_flow};
use super::{Recurrent, RecurrentWorkspace};
use crate::model::architectures::Start;
use crate::model::cells::{Cell, gate_count};
use crate::model::dimensions::{Batch, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{Ids, Targets};
use crate::model::tensors::Result;
use crate::model::trace::{Quantity, QuantityKind, Role, Trace, norms};

impl<C: Cell> Recurrent<C> {
    /// As [`Model::trace`](crate::model::Model::trace).
    pub(super) fn traced(&self, words: &[u32], target: Option<u32>) -> Result<Trace> {
        assert!(!words.is_empty(), "a text of no words has no next word");
        let mut workspace = RecurrentWorkspace::new(self.spec.sizes, Threads::ONE)?;
        let ids = Ids::new(words, Steps(words.len()), Batch(1));
        self.forward(ids, Start::Zeros, &mut workspace, None);
        // a pass with per-word input sums has no embeddings
        self.embedding.forward(ids, &mut workspace.vectors);
        self.logits_without_bias(Targets::everywhere(words), &mut workspace); // only the positions matter
        let mut trace = Trace {
            ids: words.to_vec(),
            target: 0,
            surprisals: self.head.surprisals(&words[1..], &workspace.head),
            distribution: self.head.last_distribution(&mut workspace.head).to_vec(),
            input_gradient_norms: Vec::new(),
            context: None,
            quantities: self.quantities(&mut workspace)?,
            gradient_flow: Vec::new(),
            logit_lens: Vec::new(),
            head_ablations: Vec::new(),
        };
        trace.target = target.unwrap_or_else(|| trace.most_probable());

        // the backward pass overwrites the gates
        let gates: Vec<_> = workspace.layers.iter().map(ForwardGates::copied).collect();
        let (position, word) = ([words.len() - 1], [trace.target]);
        let last = Targets::at(&position, &word);
        self.logits_without_bias(last, &mut workspace);
        self.head.logit_gradient(last, &mut workspace.head);
        self.backward_to_input(last, &mut workspace);
        workspace.d_vectors.reshape(workspace.vectors.shape());
        self.first.input_gradient(&workspace.layers[0], workspace.d_vectors.rows_mut(), Threads::ONE);
        let layers = workspace.layers.iter().zip(&gates).enumerate();
        let flow = |(layer, (workspace, gates))| gradient_flow(layer, workspace, gates);
        trace.gradient_flow = layers.flat_map(flow).collect();
        trace.input_gradient_norms = norms(workspace.d_vectors.as_slice(), self.spec.sizes.embedding.size());
        Ok(trace)
    }

    /// States and gates of every layer, the two parts of a split sum, and the embeddings, after a forward pass.
    fn quantities(&self, workspace: &mut RecurrentWorkspace<C>) -> Result<Vec<Quantity>> {
        let mut all = Vec::new();
        for layer in 0..workspace.layers.len() {
            let layer_workspace = &workspace.layers[layer];
            let quantity = |term, role, values: Vec<f32>| Quantity {
                term,
                role,
                layer: Some(layer),
                width: self.spec.sizes.hidden.size(),
                values,
                equations: C::EQUATIONS,
            };
            all.push(quantity(QuantityKind::HiddenState, Role::State, layer_workspace.hidden().to_vec()));
            if C::HAS_CELL_STATE {
                all.push(quantity(QuantityKind::CellState, Role::State, layer_workspace.cell().to_vec()));
            }
            for (gate, (term, role)) in C::GATES.as_ref().iter().enumerate() {
                all.push(quantity(*term, *role, self.gate_values(gate, layer_workspace.gates())));
            }
            if C::SPLIT_RECURRENT_SUM {
                // only the last sum has a gate between its two parts
                let (last, recurrent) = (gate_count::<C>() - 1, layer_workspace.recurrent().to_vec());
                let sums = self.input_sums(layer, workspace)?;
                all.push(quantity(QuantityKind::InputSum, Role::Sum, self.gate_values(last, &sums)));
                all.push(quantity(QuantityKind::RecurrentSum, Role::Sum, self.gate_values(last, &recurrent)));
            }
        }
        all.push(Quantity {
            term: QuantityKind::Embedding,
            role: Role::Embedding,
            layer: None,
            width: self.spec.sizes.embedding.size(),
            values: workspace.vectors.as_slice().to_vec(),
            equations: &[],
        });
        Ok(all)
    }

    /// The input sums of a layer, `[Steps, G·H]`.
    fn input_sums(&self, layer: usize, workspace: &mut RecurrentWorkspace<C>) -> Result<Vec<f32>> {
        match workspace.layers.split_at_mut(layer) {
            ([.., below], [layer_workspace, ..]) => self.rest[layer - 1].input_sums(below.output(), layer_workspace),
            (_, layers) => self.first.input_sums(workspace.vectors.rows(), &mut layers[0]),
        }
    }

    /// The values of one gate, `[Steps, H]`, out of `gates`, `[Steps, G·H]`.
    fn gate_values(&self, gate: usize, gates: &[f32]) -> Vec<f32> {
        let units = self.spec.sizes.hidden.size();
        let rows = gates.chunks_exact(gate_count::<C>() * units);
        rows.flat_map(|row| &row[gate * units..][..units]).copied().collect()
    }
}
