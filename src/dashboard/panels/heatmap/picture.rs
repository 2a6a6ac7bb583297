//! The contents of a heatmap: the selected quantity, its scale, and the arithmetic under the cursor.

use super::equations::{Written, saturation, written};
use super::legend::Scale;
use crate::dashboard::panels::context::RenderContext;
use crate::dashboard::words::model::ModelText;
use crate::learning::Answer;
use crate::model::{QuantityKind, Role};

/// A unit and a step, both counted from 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnitAndStep {
    pub unit: usize,
    pub step: usize,
}

/// A layer among those of a model.
#[derive(Clone, Copy)]
pub struct LayerNumber {
    /// Counted from 1.
    pub number: usize,
    /// Number of layers.
    pub count: usize,
}

/// The contents of a heatmap.
pub struct Picture<'a> {
    pub answer: &'a Answer,
    /// Values of the quantity [steps × units].
    pub values: &'a [f32],
    /// Number of units.
    pub width: usize,
    pub scale: Scale,
    /// Unit and step under the cursor.
    pub cursor: UnitAndStep,
    /// The equations below the cells; empty in an overview.
    pub arithmetic: Vec<Written>,
    /// Sentences above the equations.
    pub notes: Vec<String>,
    pub term: QuantityKind,
    /// The layer of the quantity, if it belongs to one.
    pub layer: Option<LayerNumber>,
}

impl<'a> Picture<'a> {
    /// The picture of the quantity under the cursor; `None` if the trace has no values for it.
    pub fn new(answer: &'a Answer, is_overview: bool, ctx: RenderContext<'_>) -> Option<Self> {
        let (trace, cursor) = (&answer.trace, ctx.view.cursor);
        let quantity = cursor.quantity(trace).filter(|quantity| quantity.width > 0 && !quantity.values.is_empty())?;
        let (unit, position) = (cursor.unit(trace), cursor.position(trace));
        // runs side by side share one scale
        let others = ctx.observed.runs.iter().filter_map(|run| cursor.quantity(&run.answer.as_ref()?.trace));
        let same_role = others.filter(|other| other.role == quantity.role).chain([quantity]);
        let finite = same_role.flat_map(|quantity| &quantity.values).filter(|value| value.is_finite());
        let largest = finite.fold(1.0_f32, |largest, value| largest.max(value.abs()));
        let is_gate = quantity.role == Role::Gate;
        let saturation = || {
            let (shut, open) = saturation(&quantity.values);
            ctx.words().say(ModelText::Saturation { shut: 100.0 * shut, open: 100.0 * open })
        };
        Some(Self {
            answer,
            values: &quantity.values,
            width: quantity.width,
            scale: if is_gate { Scale::Gate } else { Scale::Signed { limit: largest } },
            cursor: UnitAndStep { unit, step: position },
            arithmetic: if is_overview { Vec::new() } else { written(trace, quantity, unit, position) },
            notes: is_gate.then(saturation).into_iter().collect(),
            term: quantity.term,
            layer: quantity.layer.map(|layer| LayerNumber { number: layer + 1, count: trace.layers() }),
        })
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.answer.words.len()
    }
}
