//! Colours by meaning.

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

/// What things look like on one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub colours: Colours,
    /// What is written on.
    pub background: Background,
    /// Which characters there are.
    pub glyphs: Glyphs,
    /// How wide those are that are wide in some terminals.
    pub ambiguous: Ambiguous,
}

/// One colour as it looks on a dark and on a light background, among 256 and among sixteen.
#[derive(Clone, Copy)]
struct Hue {
    indexed: [u8; 2],
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
    /// For a terminal, by what its environment says.
    #[must_use]
    pub fn of(environment: Environment<'_>) -> Self {
        let (colours, background) = (Colours::of(environment), Background::of(environment));
        Self { colours, background, glyphs: Glyphs::of(environment), ambiguous: Ambiguous::Narrow }
    }

    /// With this many colours on a dark background.
    #[must_use]
    pub fn new(colours: Colours) -> Self {
        let (background, glyphs, ambiguous) = (Background::Dark, Glyphs::Unicode, Ambiguous::Narrow);
        Self { colours, background, glyphs, ambiguous }
    }

    /// What is asked of a terminal whose environment says this. Signs of a keyboard have one width, a console's font has one, and where
    /// there are no colours none depends on the background.
    #[must_use]
    pub fn questions(self, environment: Environment<'_>) -> Questions {
        let width = self.glyphs == Glyphs::Unicode;
        let is_said = environment("COLORFGBG").is_some_and(|value| !value.is_empty());
        Questions { width, background: width && self.colours != Colours::None && !is_said }
    }

    /// The variable of the environment because of which only signs of a keyboard are drawn, if it is one.
    #[must_use]
    pub fn variable_that_reduces_it(self, environment: Environment<'_>) -> Option<&'static str> {
        let is_reduced = matches!(self.glyphs, Glyphs::Ascii | Glyphs::NothingElse);
        Glyphs::locale(environment).map(|(variable, _)| variable).filter(|_| is_reduced)
    }

    /// Makes a drawn frame one that the terminal can show.
    pub(crate) fn fit(self, buffer: &mut Buffer) {
        make_harmless(buffer);
        self.ambiguous.make_room(buffer, self.glyphs);
        self.glyphs.substitute(buffer);
    }

    /// How many columns more than it seems the terminal takes for `text`.
    pub(crate) fn columns_more(self, text: &str) -> usize {
        self.ambiguous.columns_more(text, self.glyphs)
    }

    fn pick(self, hue: Hue) -> Style {
        let background = self.background as usize;
        match self.colours {
            Colours::None => Style::new(),
            Colours::Sixteen => Style::new().fg(hue.sixteen[background]),
            Colours::Indexed | Colours::True => Style::new().fg(Color::Indexed(hue.indexed[background])),
        }
    }

    /// Titles and whatever is looked for first.
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

    /// Where runs are trained side by side, attempts that are over are drawn in one quiet colour.
    pub(crate) const COLOUR_OF_EARLIER: usize = 4;

    /// The curve of another run, each of four in a colour of its own.
    pub(crate) fn other(self, at: usize) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ if at == Self::COLOUR_OF_EARLIER => self.quiet(),
            _ => self.pick([PURPLE, OLIVE, TEAL, PINK][at % 4]),
        }
    }

    /// What the same curve is drawn with where no colour tells curves apart.
    pub(crate) fn other_mark(at: usize) -> char {
        [',', ';', '+', '~', '.'][at % 5]
    }

    /// The least and the greatest loss around the curve.
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

    /// What a key would take.
    #[allow(clippy::unused_self)] // as `strong`
    pub(crate) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// Something is wrong.
    pub(crate) fn alarm(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::REVERSED),
            _ => self.pick(RED).add_modifier(Modifier::BOLD),
        }
    }

    /// Whether training goes on.
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

    /// Whether the heatmap must be read from its numbers.
    pub(crate) fn is_colourless(self) -> bool {
        self.colours == Colours::None
    }
}

/// Whatever a panel has drawn of a text, nothing acts on the terminal, is invisible, or forbidden in a picture.
fn make_harmless(buffer: &mut Buffer) {
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
    fn nothing_that_is_drawn_acts_on_a_terminal() {
        let text = "a\u{ffff}b\u{202e}c\u{10fffe}d\u{9b}我\u{fdd0}";
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, text, Style::new());
        buffer[(11, 0)].set_symbol("\u{1b}");
        Theme::new(Colours::None).fit(&mut buffer);
        let shown: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(printable(&shown), shown, "{shown:?}");
        assert!(shown.contains('a') && shown.contains('我') && shown.ends_with('\u{fffd}'), "{shown:?}");
    }

    /// The least contrast at which the WCAG call a text legible.
    const LEGIBLE: f64 = 4.5;

    #[test]
    fn every_colour_is_legible_on_black_or_on_white() {
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
            for (index, ground) in hue.indexed.into_iter().zip([[0, 0, 0], [255, 255, 255]]) {
                let contrast = scale::contrast(scale::rgb_of(index), ground);
                assert!(contrast >= LEGIBLE, "{name} on {ground:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn every_number_is_legible_on_its_colour() {
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
                    assert!(contrast >= LEGIBLE, "{value}: {contrast:.2}");
                }
            }
        }
    }
}
