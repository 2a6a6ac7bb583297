//! The theme: styles by meaning, adapted to colours, characters and widths of a terminal.

mod ambiguous;
mod colours;
mod glyphs;
mod scale;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use super::terminal::Questions;
use crate::printable;

pub use ambiguous::Ambiguous;
pub use colours::{Background, Colours, Environment};
pub use glyphs::Glyphs;

/// The look of the dashboard on one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Colour depth.
    pub colours: Colours,
    /// Background.
    pub background: Background,
    /// Available characters.
    pub glyphs: Glyphs,
    /// Width of characters of ambiguous width.
    pub ambiguous: Ambiguous,
}

/// A colour for dark and for light backgrounds.
#[derive(Clone, Copy)]
struct Hue {
    /// Index among 256 colours, on dark and on light.
    indexed: [u8; 2],
    /// Colour among sixteen, on dark and on light.
    sixteen: [Color; 2],
}

const BLUE: Hue = Hue { indexed: [39, 25], sixteen: [Color::LightBlue, Color::Blue] };
const PALE_BLUE: Hue = Hue { indexed: [31, 61], sixteen: [Color::Blue, Color::Cyan] };
const ORANGE: Hue = Hue { indexed: [214, 130], sixteen: [Color::Yellow, Color::Magenta] };
const GREEN: Hue = Hue { indexed: [78, 28], sixteen: [Color::LightGreen, Color::Green] };
const RED: Hue = Hue { indexed: [203, 160], sixteen: [Color::LightRed, Color::Red] };
const PURPLE: Hue = Hue { indexed: [141, 91], sixteen: [Color::LightMagenta, Color::Magenta] };
const PINK: Hue = Hue { indexed: [218, 162], sixteen: [Color::Magenta, Color::LightMagenta] };
const OLIVE: Hue = Hue { indexed: [143, 58], sixteen: [Color::LightYellow, Color::Yellow] };
const TEAL: Hue = Hue { indexed: [80, 23], sixteen: [Color::Cyan, Color::Cyan] };
const GREY: Hue = Hue { indexed: [245, 243], sixteen: [Color::DarkGray, Color::DarkGray] };

impl Theme {
    /// Detects the theme from the environment of a terminal.
    #[must_use]
    pub fn detect(environment: Environment<'_>) -> Self {
        let (colours, background) = (Colours::detect(environment), Background::detect(environment));
        Self { colours, background, glyphs: Glyphs::detect(environment), ambiguous: Ambiguous::Narrow }
    }

    /// A theme of this colour depth, on a dark background, with all characters.
    #[must_use]
    pub fn new(colours: Colours) -> Self {
        let (background, glyphs, ambiguous) = (Background::Dark, Glyphs::Unicode, Ambiguous::Narrow);
        Self { colours, background, glyphs, ambiguous }
    }

    /// The queries for a terminal with this environment. ASCII and the characters of a console have a fixed width, and without colours
    /// the background does not matter; `COLORFGBG` answers the query for it.
    #[must_use]
    pub fn questions(self, environment: Environment<'_>) -> Questions {
        let width = self.glyphs == Glyphs::Unicode;
        let is_known = environment("COLORFGBG").is_some_and(|value| !value.is_empty());
        Questions { width, background: width && self.colours != Colours::None && !is_known }
    }

    /// The variable of the locale that restricts the theme to ASCII, if it is restricted and the variable is set.
    #[must_use]
    pub fn restricting_variable(self, environment: Environment<'_>) -> Option<&'static str> {
        let is_reduced = matches!(self.glyphs, Glyphs::Ascii | Glyphs::AsciiOnly);
        Glyphs::locale(environment).map(|(variable, _)| variable).filter(|_| is_reduced)
    }

    /// Adapts a drawn frame to the terminal: harmful characters, widths and missing characters.
    pub(crate) fn fit(self, buffer: &mut Buffer) {
        replace_harmful(buffer);
        self.ambiguous.adapt(buffer, self.glyphs);
        self.glyphs.substitute(buffer);
    }

    /// Number of columns that `text` takes on the terminal beyond its standard width.
    pub(crate) fn extra_columns(self, text: &str) -> usize {
        self.ambiguous.extra_columns(text, self.glyphs)
    }

    /// The style of a colour at this colour depth.
    fn pick(self, hue: Hue) -> Style {
        let background = self.background as usize;
        match self.colours {
            Colours::None => Style::new(),
            Colours::Sixteen => Style::new().fg(hue.sixteen[background]),
            Colours::Indexed | Colours::True => Style::new().fg(Color::Indexed(hue.indexed[background])),
        }
    }

    /// Titles and important values.
    #[allow(clippy::unused_self)] // another theme may have a colour for it
    pub(crate) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Borders, axes, hints.
    pub(crate) fn quiet(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => self.pick(GREY),
        }
    }

    /// The loss curve.
    pub(crate) fn curve(self) -> Style {
        self.pick(BLUE)
    }

    /// Index of the quiet colour of earlier attempts beside several runs.
    pub(crate) const COLOUR_OF_EARLIER: usize = 4;

    /// The curve of the run at index `at`: one of four colours.
    pub(crate) fn other(self, at: usize) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ if at == Self::COLOUR_OF_EARLIER => self.quiet(),
            _ => self.pick([PURPLE, OLIVE, TEAL, PINK][at % 4]),
        }
    }

    /// The mark of that curve without colours.
    pub(crate) fn other_mark(at: usize) -> char {
        [',', ';', '+', '~', '.'][at % 5]
    }

    /// The smallest and largest values around the curve.
    pub(crate) fn band(self) -> Style {
        self.pick(PALE_BLUE)
    }

    /// The curve of validations.
    pub(crate) fn validation(self) -> Style {
        self.pick(ORANGE)
    }

    /// The best validation.
    pub(crate) fn best(self) -> Style {
        self.pick(GREEN).add_modifier(Modifier::BOLD)
    }

    /// Bars of the distribution.
    pub(crate) fn bar(self) -> Style {
        self.pick(BLUE)
    }

    /// The most probable word.
    pub(crate) fn best_bar(self) -> Style {
        self.pick(ORANGE)
    }

    /// The border of what has the focus.
    pub(crate) fn focus(self) -> Style {
        self.pick(ORANGE).add_modifier(Modifier::BOLD)
    }

    /// A key in footer and help.
    pub(crate) fn key(self) -> Style {
        self.pick(ORANGE).add_modifier(Modifier::BOLD)
    }

    /// The selected item.
    #[allow(clippy::unused_self)] // as `strong`
    pub(crate) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// Errors and warnings.
    pub(crate) fn alarm(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::REVERSED),
            _ => self.pick(RED).add_modifier(Modifier::BOLD),
        }
    }

    /// Training in progress, and success.
    pub(crate) fn running(self) -> Style {
        self.pick(GREEN).add_modifier(Modifier::BOLD)
    }

    /// A cell of the heatmap, for a value in −1…1.
    pub(crate) fn heat(self, value: f32) -> Style {
        scale::diverging(value, self.colours, self.background)
    }

    /// A cell of the heatmap, for a gate's value in 0…1.
    pub(crate) fn gate(self, value: f32) -> Style {
        scale::sequential(value, self.colours)
    }

    /// Whether there are no colours.
    pub(crate) fn is_colourless(self) -> bool {
        self.colours == Colours::None
    }
}

/// Replaces cells with characters that would control the terminal, are invisible, or are not allowed in a picture.
fn replace_harmful(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if !matches!(symbol.as_bytes(), [b' '..=b'~']) && printable(symbol) != symbol {
            cell.set_char(char::REPLACEMENT_CHARACTER);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_replaces_control_and_invisible_characters() {
        let text = "a\u{ffff}b\u{202e}c\u{10fffe}d\u{9b}我\u{fdd0}";
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, text, Style::new());
        buffer[(11, 0)].set_symbol("\u{1b}");
        Theme::new(Colours::None).fit(&mut buffer);
        let shown: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(printable(&shown), shown, "{shown:?}");
        assert!(shown.contains('a') && shown.contains('我') && shown.ends_with('\u{fffd}'), "{shown:?}");
    }

    /// Least contrast of legible text by the WCAG.
    const MIN_CONTRAST: f64 = 4.5;

    #[test]
    fn colours_are_legible_on_background() {
        for (name, hue) in [
            ("blue", BLUE),
            ("pale blue", PALE_BLUE),
            ("orange", ORANGE),
            ("green", GREEN),
            ("red", RED),
            ("purple", PURPLE),
            ("pink", PINK),
            ("olive", OLIVE),
            ("teal", TEAL),
            ("grey", GREY),
        ] {
            for (index, background) in hue.indexed.into_iter().zip([[0, 0, 0], [255, 255, 255]]) {
                let contrast = scale::contrast(scale::indexed_rgb(index), background);
                assert!(contrast >= MIN_CONTRAST, "{name} on {background:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn scale_numbers_are_legible() {
        for background in [Background::Dark, Background::Light] {
            for value in (-20..=20).map(|value| value as f32 / 20.0) {
                for style in
                    [scale::diverging(value, Colours::True, background), scale::sequential(value, Colours::True)]
                {
                    let [ground, text] = [style.bg, style.fg].map(|colour| match colour {
                        Some(Color::Rgb(red, green, blue)) => [red, green, blue],
                        other => unreachable!("{other:?}"),
                    });
                    let contrast = scale::contrast(ground, text);
                    assert!(contrast >= MIN_CONTRAST, "{value}: {contrast:.2}");
                }
            }
        }
    }
}
