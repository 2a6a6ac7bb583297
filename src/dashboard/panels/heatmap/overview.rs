//! All units and steps at once: each place of the screen is the mean of those that share it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::picture::Picture;
use crate::dashboard::numbers::signed;
use crate::dashboard::panels::RenderContext;
use crate::dashboard::words::model::ModelText;

const WIDEST_PLACE: usize = 8;

/// How many units and steps share a place, and how many columns all places have.
struct Pools {
    units: usize,
    steps: usize,
    columns: usize,
}

impl Pools {
    fn new(picture: &Picture<'_>, area: Rect) -> Self {
        let (width, height) = (usize::from(area.width.max(1)), usize::from(area.height.max(1)));
        let steps = picture.steps().max(1);
        Self {
            units: picture.width.div_ceil(height).max(1),
            steps: steps.div_ceil(width),
            columns: width.min(steps * WIDEST_PLACE),
        }
    }
}

/// What is to be seen, how much of it shares a place, and between which numbers all of it lies.
pub fn title(picture: &Picture<'_>, area: Rect, ctx: RenderContext<'_>) -> String {
    let (words, pools) = (ctx.words(), Pools::new(picture, area));
    let finite = || picture.values.iter().copied().filter(|value| value.is_finite());
    let (least, most) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
    let pooled = words.say(ModelText::pooled([picture.width, picture.steps()], [pools.units, pools.steps]));
    format!("{} {pooled} {}…{}", picture.term.symbol(), signed(least), signed(most))
}

/// Which units and steps share the place under the cursor, and their mean.
pub fn read_out(picture: &Picture<'_>, area: Rect, ctx: RenderContext<'_>) -> String {
    let pools = Pools::new(picture, area);
    let (unit, step) = (picture.cursor.0 / pools.units * pools.units, picture.cursor.1 / pools.steps * pools.steps);
    let last = |first: usize, count: usize, of: usize| (first + 1, (first + count).min(of));
    let (units, steps) = (last(unit, pools.units, picture.width), last(step, pools.steps, picture.steps()));
    let word = &picture.answer.words[picture.cursor.1];
    let mean = signed(mean(picture, (unit, pools.units), (step, pools.steps)));
    let range = |(first, last)| if first == last { format!("{first}") } else { format!("{first}-{last}") };
    let (units, steps) = (range(units), range(steps));
    ctx.words().say(ModelText::PooledReadOut { units, steps, word: word.clone(), mean })
}

/// Draws a row for each pool of units, a column for each pool of steps; the place with the cursor is marked.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>, ctx: RenderContext<'_>) {
    if area.is_empty() || picture.values.is_empty() {
        return;
    }
    let (theme, pools) = (ctx.theme(), Pools::new(picture, area));
    let (unit, step) = picture.cursor;
    for row in 0..picture.width.div_ceil(pools.units) {
        let places = picture.steps().div_ceil(pools.steps);
        for column in 0..places {
            let mean = mean(picture, (row * pools.units, pools.units), (column * pools.steps, pools.steps));
            let mut style = picture.scale.style(mean, theme);
            let mut text = if theme.is_colourless() { picture.scale.shade(mean) } else { " " };
            if (unit / pools.units, step / pools.steps) == (row, column) {
                style = style.add_modifier(Modifier::BOLD);
                text = "X";
            }
            let [left, right] = [column, column + 1].map(|column| column * pools.columns / places);
            buffer.set_string(area.x + left as u16, area.y + row as u16, text.repeat(right - left), style);
        }
    }
}

/// The mean of this many units and steps from these on.
fn mean(picture: &Picture<'_>, (unit, units): (usize, usize), (step, steps): (usize, usize)) -> f32 {
    let last = (unit + units).min(picture.width);
    let rows = picture.values.chunks_exact(picture.width).skip(step).take(steps);
    let (sum, count) =
        rows.flat_map(|row| &row[unit..last]).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}
