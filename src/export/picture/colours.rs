//! Colours of a terminal as RGB.

use std::fmt;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier, Style};
use svg::node::Value;

use crate::dashboard::Background;

/// Default colours of a terminal, by its background.
pub struct Palette {
    pub front: Rgb,
    pub ground: Rgb,
}

impl Palette {
    /// The default colours on this background.
    pub fn on(background: Background) -> Self {
        match background {
            Background::Dark => Self { front: Rgb([0xd0; 3]), ground: Rgb([0x1c, 0x1c, 0x1e]) },
            Background::Light => Self { front: Rgb([0x20; 3]), ground: Rgb([0xff; 3]) },
        }
    }

    /// The colours of a cell's character and of its background; `None` for the background of the screen.
    pub fn cell_colours(&self, cell: &Cell) -> (Rgb, Option<Rgb>) {
        let (front, ground) = (Rgb::from_color(cell.fg), Rgb::from_color(cell.bg));
        if cell.modifier.contains(Modifier::REVERSED) {
            return (ground.unwrap_or(self.ground), Some(front.unwrap_or(self.front)));
        }
        (front.unwrap_or(self.front), ground)
    }

    /// The foreground colour of a style.
    pub fn front(&self, style: Style) -> Rgb {
        style.fg.and_then(Rgb::from_color).unwrap_or(self.front)
    }
}

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl From<Rgb> for Value {
    fn from(colour: Rgb) -> Self {
        colour.to_string().into()
    }
}

/// The first sixteen colours of xterm.
const SIXTEEN: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

impl Rgb {
    /// The RGB value of a terminal colour; `None` for the default colour.
    pub fn from_color(colour: Color) -> Option<Self> {
        let indexed = |index: u8| match index {
            0..16 => SIXTEEN[usize::from(index)],
            16..232 => {
                // a cube of six steps a side
                let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
                let index = index - 16;
                [level(index / 36), level(index / 6 % 6), level(index % 6)]
            }
            232.. => [8 + 10 * (index - 232); 3],
        };
        Some(Self(match colour {
            Color::Reset => return None,
            Color::Rgb(red, green, blue) => [red, green, blue],
            Color::Indexed(index) => indexed(index),
            Color::Black => indexed(0),
            Color::Red => indexed(1),
            Color::Green => indexed(2),
            Color::Yellow => indexed(3),
            Color::Blue => indexed(4),
            Color::Magenta => indexed(5),
            Color::Cyan => indexed(6),
            Color::Gray => indexed(7),
            Color::DarkGray => indexed(8),
            Color::LightRed => indexed(9),
            Color::LightGreen => indexed(10),
            Color::LightYellow => indexed(11),
            Color::LightBlue => indexed(12),
            Color::LightMagenta => indexed(13),
            Color::LightCyan => indexed(14),
            Color::White => indexed(15),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rgb_indexed_colours_are_those_of_xterm() {
        let css = |colour| Rgb::from_color(colour).map(|rgb| rgb.to_string());
        assert_eq!(css(Color::Indexed(208)).as_deref(), Some("#ff8700"));
        assert_eq!(css(Color::Indexed(245)).as_deref(), Some("#8a8a8a"));
        assert_eq!(css(Color::Reset), None);
    }
}
