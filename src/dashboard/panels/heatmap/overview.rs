//! Overview of all units and steps: each place on the screen shows the mean of a pool of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::picture::{Picture, UnitAndStep};
use crate::dashboard::numbers::signed;
use crate::dashboard::panels::RenderContext;
use crate::dashboard::words::model::ModelText;

/// Largest number of columns of a place.
const WIDEST_PLACE: usize = 8;

/// How units and steps are pooled.
struct Pools {
    /// Units per place.
    units: usize,
    /// Steps per place.
    steps: usize,
    /// Columns of all places together.
    columns: usize,
}

impl Pools {
    /// The smallest pools with which all units and steps fit into `area`.
    fn new(picture: &Picture<'_>, area: Rect) -> Self {
        let (width, height) = (usize::from(area.width.max(1)), usize::from(area.height.max(1)));
        let steps = picture.steps().max(1);
        Self {
            units: picture.width.div_ceil(height).max(1),
            steps: steps.div_ceil(width),
            columns: width.min(steps * WIDEST_PLACE),
        }
    }

    /// The first unit and step of the pool that contains a unit and a step.
    fn start(&self, UnitAndStep { unit, step }: UnitAndStep) -> UnitAndStep {
        UnitAndStep { unit: unit / self.units * self.units, step: step / self.steps * self.steps }
    }

    /// The mean of the values in the pool that begins at `start`.
    fn mean(&self, picture: &Picture<'_>, start: UnitAndStep) -> f32 {
        let last = (start.unit + self.units).min(picture.width);
        let rows = picture.values.chunks_exact(picture.width).skip(start.step).take(self.steps);
        let (sum, count) = rows
            .flat_map(|row| &row[start.unit..last])
            .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    }
}

/// The title: the quantity, the pooling, and the range of its values.
pub fn title(picture: &Picture<'_>, area: Rect, ctx: RenderContext<'_>) -> String {
    let (words, pools) = (ctx.words(), Pools::new(picture, area));
    let finite = || picture.values.iter().copied().filter(|value| value.is_finite());
    let (smallest, largest) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
    let pooled = words.say(ModelText::pooled([picture.width, picture.steps()], [pools.units, pools.steps]));
    format!("{} {pooled} {}…{}", picture.term.symbol(), signed(smallest), signed(largest))
}

/// The sentence about the place under the cursor: its units and steps, the word, and the mean.
pub fn read_out(picture: &Picture<'_>, area: Rect, ctx: RenderContext<'_>) -> String {
    let pools = Pools::new(picture, area);
    let start = pools.start(picture.cursor);
    let word = &picture.answer.words[picture.cursor.step];
    let mean = signed(pools.mean(picture, start));
    let range = |start: usize, pooled: usize, all: usize| {
        let (first, last) = (start + 1, (start + pooled).min(all));
        if first == last { format!("{first}") } else { format!("{first}-{last}") }
    };
    let units = range(start.unit, pools.units, picture.width);
    let steps = range(start.step, pools.steps, picture.steps());
    ctx.words().say(ModelText::PooledReadOut { units, steps, word: word.clone(), mean })
}

/// Draws a row for each pool of units and a column for each pool of steps; the place under the cursor is marked.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>, ctx: RenderContext<'_>) {
    if area.is_empty() || picture.values.is_empty() {
        return;
    }
    let (theme, pools) = (ctx.theme(), Pools::new(picture, area));
    let chosen = pools.start(picture.cursor);
    for row in 0..picture.width.div_ceil(pools.units) {
        let places = picture.steps().div_ceil(pools.steps);
        for column in 0..places {
            let start = UnitAndStep { unit: row * pools.units, step: column * pools.steps };
            let mean = pools.mean(picture, start);
            let mut style = picture.scale.style(mean, theme);
            let mut text = if theme.is_colourless() { picture.scale.shade(mean) } else { " " };
            if start == chosen {
                style = style.add_modifier(Modifier::BOLD);
                text = "X";
            }
            let [left, right] = [column, column + 1].map(|column| column * pools.columns / places);
            buffer.set_string(area.x + left as u16, area.y + row as u16, text.repeat(right - left), style);
        }
    }
}
