//! The colour scale and its legend.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::dashboard::numbers::number;
use crate::dashboard::theme::Theme;

/// A colour scale.
#[derive(Clone, Copy)]
pub enum Scale {
    /// −limit…limit, zero in the middle.
    Signed { limit: f32 },
    /// 0…1, shut to open.
    Gate,
}

impl Scale {
    /// The background style of a value.
    pub fn style(self, value: f32, theme: Theme) -> Style {
        match self {
            Self::Signed { limit } => theme.heat(value / limit),
            Self::Gate => theme.gate(value),
        }
    }

    /// The labels at the ends of the legend.
    pub fn ends(self) -> [String; 2] {
        match self {
            Self::Signed { limit } => {
                let limit = number(f64::from(limit));
                let limit = limit.strip_suffix(".00").unwrap_or(&limit);
                [format!("-{limit}"), format!("+{limit}")]
            }
            Self::Gate => ["0".to_owned(), "1".to_owned()],
        }
    }

    /// The value at a position in the legend, 0 at its left end and 1 at its right.
    pub fn value_at(self, share: f32) -> f32 {
        match self {
            Self::Signed { limit } => (2.0 * share - 1.0) * limit,
            Self::Gate => share,
        }
    }

    /// The character of a value on a terminal without colours.
    pub fn shade(self, value: f32) -> &'static str {
        match (self, value) {
            (Self::Signed { limit }, value) if value >= limit / 2.0 => "#",
            (Self::Signed { limit }, value) if value <= -limit / 2.0 => "=",
            (Self::Signed { limit }, value) if value >= limit / 6.0 => ":",
            (Self::Signed { limit }, value) if value <= -limit / 6.0 => "-",
            (Self::Gate, value) if value > 0.9 => "#",
            (Self::Gate, value) if value > 0.5 => ":",
            (Self::Gate, value) if value >= 0.1 => ".",
            _ => " ",
        }
    }
}

/// Columns of a legend of `steps` colours with its labels.
pub fn legend_width(steps: u16, scale: Scale) -> u16 {
    let ends: usize = scale.ends().iter().map(String::len).sum();
    steps + 2 + u16::try_from(ends).unwrap_or(0)
}

/// Draws a legend of `steps` colours in the middle of `area`; nothing if it does not fit.
pub fn draw_legend(buffer: &mut Buffer, area: Rect, steps: u16, scale: Scale, theme: Theme) {
    let width = legend_width(steps, scale);
    if area.is_empty() || area.width < width {
        return;
    }
    let (mut x, y) = (area.x + (area.width - width) / 2, area.y);
    let [low, high] = scale.ends();
    buffer.set_string(x, y, &low, theme.quiet());
    x += u16::try_from(low.len()).unwrap_or(0) + 1;
    for step in 0..steps {
        let value = scale.value_at(f32::from(step) / f32::from(steps - 1));
        let text = match (scale, step == steps / 2, theme.is_colourless()) {
            (Scale::Signed { .. }, true, _) => "0",
            (_, _, true) => scale.shade(value),
            (_, _, false) => " ",
        };
        buffer.set_string(x + step, y, text, scale.style(value, theme));
    }
    buffer.set_string(x + steps + 1, y, high, theme.quiet());
}
