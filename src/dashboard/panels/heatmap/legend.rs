//! What the colours stand for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::dashboard::numbers::number;
use crate::dashboard::theme::Theme;

/// What the colours stand for.
#[derive(Clone, Copy)]
pub enum Scale {
    /// −limit…limit, zero in the middle.
    Signed { limit: f32 },
    /// 0…1, shut to open.
    Gate,
}

impl Scale {
    pub fn style(self, value: f32, theme: Theme) -> Style {
        match self {
            Self::Signed { limit } => theme.heat(value / limit),
            Self::Gate => theme.gate(value),
        }
    }

    /// What the ends of the legend say.
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

    /// The value at this share of the legend.
    pub fn at(self, share: f32) -> f32 {
        match self {
            Self::Signed { limit } => (2.0 * share - 1.0) * limit,
            Self::Gate => share,
        }
    }

    /// A character for a value where there are no colours.
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

/// The legend's columns: its ends, and a space beside each.
pub fn legend_width(steps: u16, scale: Scale) -> u16 {
    let ends: usize = scale.ends().iter().map(String::len).sum();
    steps + 2 + u16::try_from(ends).unwrap_or(0)
}

/// The scale in this many steps, in the middle of `area`.
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
        let value = scale.at(f32::from(step) / f32::from(steps - 1));
        let text = match (scale, step == steps / 2, theme.is_colourless()) {
            (Scale::Signed { .. }, true, _) => "0",
            (_, _, true) => scale.shade(value),
            (_, _, false) => " ",
        };
        buffer.set_string(x + step, y, text, scale.style(value, theme));
    }
    buffer.set_string(x + steps + 1, y, high, theme.quiet());
}
