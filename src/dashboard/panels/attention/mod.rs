//! Attention weights of each head: a row for each position that reads, and a column for each that is read. Sentences give the shares of the
//! row under the cursor, next to those by the gradient.

mod map;
mod reading;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::context::{RenderContext, draw_empty};
use super::drawing::fit;
use super::name::PanelName;
use super::panel::{Panel, PanelContext, PanelKey};
use crate::config::Architecture;
use crate::dashboard::language::text;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::words::model::{AttentionText, ModelText};
use crate::dashboard::words::prompt::PromptText;
use crate::model::{Role, Trace};
use crate::session::Snapshot;

use map::{SelectedHead, Weights, draw_large, draw_small, small_maps_width};

/// Least width at which all heads are drawn beside the selected one.
const MIN_WIDTH_WITH_ALL_HEADS: u16 = 56;
/// Lines of the map per line of sentences.
const LINES_PER_SENTENCE: u16 = 2;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct AttentionPanel {
    /// Selected head, counted from 0; the number of heads (or more) stands for their mean.
    head: usize,
}

impl Panel for AttentionPanel {
    const KEYS: &'static [PanelKey<Self>] = &[
        PanelKey::Called(Motion::Towards(Direction::Down), text("next head", "下一个头")),
        PanelKey::Moves(Motion::NextLayer),
        PanelKey::Called(Motion::Towards(Direction::Up), text("head before", "上一个头")),
        PanelKey::Moves(Motion::Towards(Direction::Left)),
        PanelKey::Moves(Motion::Towards(Direction::Right)),
    ];

    fn has_place(snapshot: &Snapshot) -> bool {
        snapshot.run.architecture.architecture == Architecture::Transformer
    }

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, cursor: &mut TraceCursor) {
        let heads = ctx.run().answer.as_ref().map_or(0, |answer| heads(&answer.trace, cursor.layer(&answer.trace)));
        let head = self.head.min(heads);
        match motion {
            Motion::Towards(Direction::Down) => self.head = (head + 1).min(heads),
            Motion::Towards(Direction::Up) => self.head = head.saturating_sub(1),
            motion => ctx.move_cursor(motion, cursor),
        }
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self.head, ctx);
    }
}

/// Number of heads of a layer.
fn heads(trace: &Trace, layer: usize) -> usize {
    (0..).map_while(|head| trace.with_role(Role::Attention { head }, layer)).count()
}

/// Draws the maps and the sentences, or a sentence if there is no answer or no attention.
fn draw(frame: &mut Frame<'_>, area: Rect, head: usize, ctx: RenderContext<'_>) {
    let words = ctx.words();
    let name = words.text(PanelName::Attention.title());
    let Some(answer) = &ctx.run().answer else {
        return draw_empty(frame, area, name, &words.say(PromptText::NoPrompt), ctx);
    };
    let (trace, cursor) = (&answer.trace, ctx.view.cursor);
    let layer = cursor.layer(trace);
    let heads = heads(trace, layer);
    let selected = SelectedHead { layer, heads, head: Some(head).filter(|head| *head < heads) };
    let Some(weights) = Weights::for_head(trace, selected) else {
        return draw_empty(frame, area, name, &words.say(ModelText::NoAttention), ctx);
    };
    let title = words.say(AttentionText::title([layer, trace.layers()], [head.min(heads), heads]));
    let block = ctx.run_frame(&fit(&title, usize::from(area.width).saturating_sub(4)));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let position = cursor.position(trace);
    let sentences = reading::sentences(answer, &weights, selected, position, ctx);
    let lines = u16::try_from(sentences.len()).unwrap_or(0).min(inner.height / (1 + LINES_PER_SENTENCE));
    let maps = Rect { height: inner.height - lines, ..inner };
    let all_heads =
        if inner.width >= MIN_WIDTH_WITH_ALL_HEADS { small_maps_width(trace, heads, inner.width / 2) } else { 0 };
    draw_small(frame.buffer_mut(), Rect { width: all_heads, ..maps }, trace, selected, ctx);
    let large = Rect { x: maps.x + all_heads, width: maps.width - all_heads, ..maps };
    draw_large(frame.buffer_mut(), large, &answer.words, &weights, position, ctx);
    let below = Rect { y: maps.bottom(), height: lines, ..inner };
    for (row, sentence) in below.rows().zip(sentences) {
        frame.buffer_mut().set_string(row.x, row.y, fit(&sentence, row.width.into()), ctx.theme().strong());
    }
}
