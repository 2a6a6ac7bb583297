//! The gradient of the loss at the last step with respect to each step before it: ‖∂loss/∂h‖, ‖∂loss/∂c‖, and each step's share of the
//! gradient of the recurrent weights; for a model without states ‖∂loss/∂x‖, for a transformer that of its residual stream. By default on a
//! log scale (Pascanu et al. 2013) that is the same for all models and moments.

mod bars;

use crate::columns::Columns;
use crate::dashboard::words::model::{GradientText, ModelText};
use crate::dashboard::words::prompt::PromptText;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::context::{RenderContext, draw_empty};
use super::drawing::{exact_line, fit};
use super::panel::{Panel, PanelContext, PanelKey};
use crate::dashboard::actions::{Action, Place, Topic, on};
use crate::dashboard::effect::PanelEffect;
use crate::dashboard::key::c;
use crate::dashboard::language::text;
use crate::dashboard::motion::Motion;
use crate::dashboard::role::Permission;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::learning::Answer;
use crate::model::{GradientFlow, QuantityKind, Trace, WeightGradientShares};
use crate::session::Query;

use bars::{Bars, draw_bars, visible_steps};

/// Least height at which there is more than one sentence below the bars.
const MIN_HEIGHT_WITH_SENTENCES: u16 = 6;
/// Largest width of the word in a short title.
const SHORT_WORD_WIDTH: usize = 8;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct GradientFlowPanel {
    /// The selected quantity; `None` for the first one of the layer.
    term: Option<QuantityKind>,
    /// Whether the scale fits the shown bars instead of being the same for all models.
    is_fitted: bool,
}

impl Panel for GradientFlowPanel {
    const KEYS: &'static [PanelKey<Self>] = &[
        PanelKey::Moves(Motion::NextQuantity),
        PanelKey::Own(Action::new(
            on(Place::Panel, "loss_of", &[c('o')]),
            Permission::Anyone,
            Topic::Look,
            text("loss of", "谁的损失"),
            text("the loss of the right word, or of the model's own answer", "正确的词的损失，或模型自己答案的损失"),
            |_, ctx| {
                let trace_target = ctx.run().answer.as_ref()?.trace_target;
                Some(Query::Trace(trace_target.other()).into())
            },
        )),
        PanelKey::Own(Action::new(
            on(Place::Panel, "fit_scale", &[c('y')]),
            Permission::Anyone,
            Topic::Look,
            text("fit scale", "适配刻度"),
            text("a scale that fits these bars, or the one for all models", "适配当前柱形的刻度，或所有模型共用的刻度"),
            |panel, _| panel.toggle_fit(),
        )),
        PanelKey::Moves(Motion::NextLayer),
        PanelKey::Moves(Motion::PreviousQuantity),
    ];

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, cursor: &mut TraceCursor) {
        let Some(answer) = &ctx.run().answer else { return };
        let terms: Vec<QuantityKind> = answer.trace.flows(cursor.layer(&answer.trace)).map(|flow| flow.term).collect();
        let by = match motion {
            Motion::NextQuantity => 1,
            Motion::PreviousQuantity => terms.len().saturating_sub(1),
            motion => return ctx.move_cursor(motion, cursor),
        };
        let index = self.term.and_then(|term| terms.iter().position(|other| *other == term)).unwrap_or(0);
        self.term = terms.get((index + by) % terms.len().max(1)).copied();
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self, ctx);
    }
}

impl GradientFlowPanel {
    /// Switches between a scale that fits the shown bars and the one for all models. Returns `None`.
    fn toggle_fit(&mut self) -> Option<PanelEffect> {
        self.is_fitted = !self.is_fitted;
        None
    }

    /// The norms of all runs, which share a fitted scale.
    fn all_norms(&self, ctx: RenderContext<'_>) -> Vec<f32> {
        let traces = ctx.observed.runs.iter().filter_map(|run| Some(&run.answer.as_ref()?.trace));
        let flows = traces.filter_map(|trace| self.flow(trace, ctx.view.cursor.layer(trace)));
        flows.flat_map(|flow| flow.norms.iter().copied()).collect()
    }

    /// The selected quantity of a layer, or its first one if it does not have that; `None` if it has none.
    fn flow<'a>(&self, trace: &'a Trace, layer: usize) -> Option<&'a GradientFlow> {
        trace.flows(layer).find(|flow| Some(flow.term) == self.term).or_else(|| trace.flows(layer).next())
    }
}

/// Draws a bar for each step of the prompt, for the selected layer, with sentences below; or a sentence if there is no answer.
fn draw(frame: &mut Frame<'_>, area: Rect, panel: &GradientFlowPanel, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let Some(answer) = &ctx.run().answer else {
        return draw_empty(frame, area, &words.say(GradientText::Title), &words.say(PromptText::NoPrompt), ctx);
    };
    let layer = ctx.view.cursor.layer(&answer.trace);
    let flow = panel.flow(&answer.trace, layer);
    let width = usize::from(area.width).saturating_sub(4);
    let block = ctx.run_frame(&fit(&title(answer, layer, flow, area, ctx), width));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(flow) = flow else { return };
    if inner.height < 3 || usize::from(inner.width) < bars::LABEL + 2 {
        return;
    }
    let before = ctx.run().before.as_ref().and_then(|before| {
        let same_term = before.answer.trace.flows(layer).find(|other| other.term == flow.term);
        Some((same_term.or_else(|| before.answer.trace.flows(layer).next())?, before))
    });
    let mut sentences = verdict(answer, layer, flow, ctx);
    let in_one = sentences.join(words.semicolon());
    if in_one.columns() <= inner.width.into() {
        sentences = vec![in_one];
    }
    let mut sentences: Vec<_> = sentences.into_iter().map(|sentence| (sentence, theme.strong())).collect();
    let gate = carrying_gate(&answer.trace, layer, flow.term);
    let mean = |(gate, means): &(&'static str, Vec<f32>)| {
        let mean = means.iter().sum::<f32>() / means.len() as f32;
        words.say(GradientText::MeanOfGate { gate, mean })
    };
    sentences.extend(gate.as_ref().map(|gate| (mean(gate), theme.quiet())));
    sentences.extend(
        before.map(|(_, before)| (words.say(GradientText::BarsBefore { model: before.model.clone() }), theme.quiet())),
    );
    sentences.truncate(if inner.height < MIN_HEIGHT_WITH_SENTENCES { 1 } else { usize::from(inner.height / 3) });
    let lines = u16::try_from(sentences.len()).unwrap_or(1);
    let below = Rect { y: inner.bottom() - lines, height: lines, ..inner };
    for (row, (sentence, style)) in below.rows().zip(sentences) {
        frame.render_widget(exact_line(fit(&sentence, row.width.into()), style), row);
    }
    let bars = Bars {
        norms: &flow.norms,
        before: before.map(|(flow, _)| flow.norms.as_slice()),
        words: &answer.words,
        gate,
        fitted: panel.is_fitted.then(|| panel.all_norms(ctx)),
    };
    draw_bars(frame.buffer_mut(), Rect { height: inner.height - lines, ..inner }, &bars, ctx);
}

/// The title for a panel of this area: the quantity and the loss of which word; if they fit, the layer and the visible steps.
fn title(answer: &Answer, layer: usize, flow: Option<&GradientFlow>, area: Rect, ctx: RenderContext<'_>) -> String {
    let width = usize::from(area.width).saturating_sub(4);
    let (words, layers) = (ctx.words(), answer.trace.layers());
    let word = ctx.snapshot().run.vocabulary.get(answer.trace.target as usize).map_or("?", String::as_str);
    let (steps, shown) = (answer.words.len(), visible_steps(answer.words.len(), area));
    let range =
        (shown < steps).then(|| format!("{} {}-{steps}/{steps}", words.say(ModelText::Steps), steps - shown + 1));
    let layer = (layers > 1).then(|| words.say(ModelText::Layer { layer: layer + 1, layers }));
    let long = words.say(GradientText::traced_loss(word.to_owned(), answer.traces_expected_word));
    let short = words.say(GradientText::short_traced_loss(fit(word, SHORT_WORD_WIDTH), answer.traces_expected_word));
    let symbol = flow.map_or("", |flow| flow.term.symbol());
    let forms = [
        format!("{}  {long}", words.say(GradientText::title(flow.map(|flow| flow.term)))),
        format!("‖∂loss/∂{symbol}‖  {short}"),
        format!("∂{symbol} {short}"),
    ];
    let mut title = forms.iter().find(|form| form.columns() <= width).unwrap_or(&forms[2]).clone();
    for more in [layer, range].into_iter().flatten() {
        if title.columns() + 2 + more.columns() <= width {
            title = format!("{title}  {more}");
        }
    }
    title
}

/// Sentences that interpret the bars, most important first.
fn verdict(answer: &Answer, layer: usize, flow: &GradientFlow, ctx: RenderContext<'_>) -> Vec<String> {
    let (words, trace) = (ctx.words(), &answer.trace);
    let ratio = |flow: &GradientFlow| match flow.norms.as_slice() {
        [first, .., last] => Some(f64::from(*first) / f64::from(*last)),
        _ => None,
    };
    let Some(flow_ratio) = ratio(flow) else { return vec![words.say(GradientText::OneStep)] };
    if let Some(context) = trace.context.filter(|context| flow.norms.len() > *context) {
        return vec![words.say(GradientText::BeyondContext { context })];
    }
    let sentences = match (flow.term, &flow.sum) {
        (_, Some(sum)) => GradientText::sum(sum.norm.into(), significant_steps(sum), sum.shares.len()),
        (QuantityKind::Residual, None) => GradientText::by_attention(flow_ratio, trace.loss()),
        (term, None) => {
            let cell = trace
                .flows(layer)
                .find(|flow| flow.term == QuantityKind::CellState && term == QuantityKind::HiddenState);
            GradientText::verdict(flow_ratio, cell.and_then(ratio), trace.loss())
        }
    };
    sentences.into_iter().map(|sentence| words.say(sentence)).collect()
}

/// Number of last steps whose shares make up at least 90 % of the sum, also when further steps are added.
fn significant_steps(sum: &WeightGradientShares) -> usize {
    let mut sum_of_first = 0.0;
    let is_negligible = |share: &&f32| {
        sum_of_first += **share;
        sum_of_first.abs() <= 0.1
    };
    sum.shares.len() - sum.shares.iter().take_while(is_negligible).count()
}

/// The gate that carries a state to the next step, as its symbol and its mean over all units at each step: f for c in an LSTM, z for h in a
/// GRU; `None` if there is none.
fn carrying_gate(trace: &Trace, layer: usize, term: QuantityKind) -> Option<(&'static str, Vec<f32>)> {
    let gate = match term {
        QuantityKind::CellState => QuantityKind::ForgetGate,
        QuantityKind::HiddenState => QuantityKind::UpdateGate,
        _ => return None,
    };
    let quantity = trace.quantity(gate, layer)?;
    let mean = |row: &[f32]| row.iter().sum::<f32>() / row.len() as f32;
    Some((gate.symbol(), quantity.values.chunks_exact(quantity.width.max(1)).map(mean).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn significant_steps_make_up_nearly_all_of_sum() {
        let steps = |shares: &[f32]| significant_steps(&WeightGradientShares { norm: 1.0, shares: shares.to_vec() });
        assert_eq!(steps(&[0.0, 0.0, 0.02, 0.98]), 1);
        assert_eq!(steps(&[0.05, 0.04, 0.3, 0.61]), 2);
        assert_eq!(steps(&[0.25; 4]), 4);
        assert_eq!(steps(&[0.5, -0.5, 0.0, 1.0]), 4, "cancelled shares count");
        assert_eq!(steps(&[0.0; 3]), 0, "an empty sum");
    }
}
