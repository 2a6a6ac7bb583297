//! What a heatmap shows of an answer: the quantity that is looked at, its scale, and the arithmetic under the cursor.

use super::cells::Grid;
use super::equations::{Written, saturation, written};
use super::legend::Scale;
use crate::columns::Columns;
use crate::dashboard::panels::drawing::{RenderContext, fit};
use crate::dashboard::words::model::ModelText;
use crate::learning::Answer;
use crate::model::{QuantityKind, Role};

/// What is looked at.
pub struct Picture<'a> {
    pub answer: &'a Answer,
    pub values: &'a [f32],
    /// Numbers per step.
    pub width: usize,
    pub scale: Scale,
    /// Unit and step under the cursor.
    pub cursor: (usize, usize),
    /// What is written below the cells: letters and numbers.
    pub arithmetic: Vec<Written>,
    /// What is said besides.
    pub notes: Vec<String>,
    pub term: QuantityKind,
    /// Which one of how many, if it belongs to one.
    pub layer: Option<(usize, usize)>,
}

impl<'a> Picture<'a> {
    /// `None` if the trace has nothing to look at.
    pub fn new(answer: &'a Answer, is_overview: bool, ctx: RenderContext<'_>) -> Option<Self> {
        let (trace, cursor) = (&answer.trace, ctx.view.cursor);
        let quantity = cursor.quantity(trace).filter(|quantity| quantity.width > 0 && !quantity.values.is_empty())?;
        let (unit, position) = (cursor.unit(trace), cursor.position(trace));
        // the same colour is the same number in all runs
        let all = ctx.observed.runs.iter().filter_map(|run| cursor.quantity(&run.answer.as_ref()?.trace));
        let alike = all.filter(|other| other.role == quantity.role).chain([quantity]);
        let finite = alike.flat_map(|quantity| &quantity.values).filter(|value| value.is_finite());
        let largest = finite.fold(1.0_f32, |most, value| most.max(value.abs()));
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
            cursor: (unit, position),
            arithmetic: if is_overview { Vec::new() } else { written(trace, quantity, unit, position) },
            notes: is_gate.then(saturation).into_iter().collect(),
            term: quantity.term,
            layer: quantity.layer.map(|layer| (layer + 1, trace.layers())),
        })
    }

    pub fn steps(&self) -> usize {
        self.answer.words.len()
    }

    /// What is looked at, and which layer, units and steps are to be seen; in short where there are not `width` columns for
    /// all of it.
    pub fn title(&self, grid: &Grid, ctx: RenderContext<'_>, width: usize) -> String {
        let words = ctx.words();
        let windows = [(ModelText::Units, grid.units), (ModelText::Steps, grid.steps)];
        let windows = windows.map(|(name, window)| window.label().map(|label| format!("{} {label}", words.say(&name))));
        let joined = |name: &str, layer: Option<String>, gap: &str| {
            let parts = [Some(name.to_owned()), layer].into_iter().chain(windows.clone()).flatten();
            parts.collect::<Vec<_>>().join(gap)
        };
        let of_layers = self.layer.filter(|(_, of)| *of > 1);
        let long = joined(
            &words.say(self.term),
            of_layers.map(|(layer, of)| words.say(ModelText::Layer { layer, layers: of })),
            "  ",
        );
        let short = || joined(self.term.symbol(), of_layers.map(|(layer, of)| format!("{layer}/{of}")), " ");
        if long.columns() <= width { long } else { fit(&short(), width) }
    }
}
