//! Colours by meaning.

use std::io::stdout;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use termprofile::{DetectorSettings, TermProfile};

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None: bold, dim and reversed only.
    None,
    /// The sixteen of a Linux console.
    Sixteen,
    /// 256 or more.
    Many,
}

/// What things look like on one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    colours: Colours,
    /// What the loss curve is drawn with.
    pub marker: Marker,
}

/// −1…1 in thirteen steps from blue over grey to orange: told apart by every kind of eye, and by lightness from zero.
const DIVERGING: [u8; 13] = [45, 39, 33, 32, 25, 24, 236, 94, 130, 136, 172, 208, 214];

/// 0…1 in thirteen steps from dark violet over green to yellow: lighter with every step, so that every kind of eye sees which is
/// more.
const SEQUENTIAL: [u8; 13] = [53, 54, 60, 25, 31, 30, 36, 35, 71, 77, 113, 149, 191];

impl Theme {
    /// For the terminal on stdout, by what its environment says (`NO_COLOR`, `COLORTERM`, `TERM` and the like).
    #[must_use]
    pub fn detect() -> Self {
        // asking tmux costs time and could tell only of more than 256 colours
        let settings = DetectorSettings::default().enable_tmux_info(false);
        let colours = match TermProfile::detect(&stdout(), settings) {
            TermProfile::NoTty | TermProfile::NoColor => Colours::None,
            TermProfile::Ansi16 => Colours::Sixteen,
            TermProfile::Ansi256 | TermProfile::TrueColor => Colours::Many,
        };
        // the Linux console's font has no braille
        let console = std::env::var_os("TERM").is_some_and(|term| term == "linux");
        Self { colours, marker: if console { Marker::Dot } else { Marker::Braille } }
    }

    /// With so many colours.
    #[must_use]
    pub fn new(colours: Colours) -> Self {
        Self { colours, marker: Marker::Braille }
    }

    fn pick(self, many: u8, sixteen: Color) -> Style {
        match self.colours {
            Colours::None => Style::new(),
            Colours::Sixteen => Style::new().fg(sixteen),
            Colours::Many => Style::new().fg(Color::Indexed(many)),
        }
    }

    /// Titles and whatever is looked for first.
    #[allow(clippy::unused_self)] // another theme may have a colour for it
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Borders, axes, hints.
    pub(super) fn quiet(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => self.pick(245, Color::DarkGray),
        }
    }

    /// The loss curve.
    pub(super) fn curve(self) -> Style {
        self.pick(39, Color::LightBlue)
    }

    /// The least and the greatest loss around the curve.
    pub(super) fn band(self) -> Style {
        self.pick(24, Color::Blue)
    }

    /// The curve of validations.
    pub(super) fn validation(self) -> Style {
        self.pick(214, Color::Yellow)
    }

    /// The best validation.
    pub(super) fn best(self) -> Style {
        self.pick(78, Color::LightGreen).add_modifier(Modifier::BOLD)
    }

    /// Bars of the distribution.
    pub(super) fn bar(self) -> Style {
        self.pick(39, Color::LightBlue)
    }

    /// The most probable word.
    pub(super) fn best_bar(self) -> Style {
        self.pick(214, Color::Yellow)
    }

    /// The border of what has the focus.
    pub(super) fn focus(self) -> Style {
        self.pick(214, Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// A key in footer and help.
    pub(super) fn key(self) -> Style {
        self.pick(214, Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// What a key would take.
    #[allow(clippy::unused_self)] // as `strong`
    pub(super) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// Something is wrong.
    pub(super) fn alarm(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::REVERSED),
            _ => self.pick(203, Color::LightRed).add_modifier(Modifier::BOLD),
        }
    }

    /// Whether training goes on.
    pub(super) fn running(self) -> Style {
        self.pick(78, Color::LightGreen).add_modifier(Modifier::BOLD)
    }

    /// A cell of the heatmap, for a value in −1…1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to the table of colours
    pub(super) fn heat(self, value: f32) -> Style {
        let value = if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 };
        match self.colours {
            Colours::None if value.abs() >= 0.5 => Style::new().add_modifier(Modifier::REVERSED),
            Colours::None => Style::new(),
            Colours::Sixteen => {
                let (background, text) = match value {
                    v if v <= -0.6 => (Color::LightBlue, Color::Black),
                    v if v <= -0.2 => (Color::Blue, Color::White),
                    v if v < 0.2 => (Color::Black, Color::White),
                    v if v < 0.6 => (Color::Yellow, Color::Black),
                    _ => (Color::LightYellow, Color::Black),
                };
                Style::new().bg(background).fg(text)
            }
            Colours::Many => {
                let level = (f32::midpoint(value, 1.0) * (DIVERGING.len() - 1) as f32).round() as usize;
                // dark text on the light ends
                let text = if (3..=9).contains(&level) { 255 } else { 16 };
                Style::new().bg(Color::Indexed(DIVERGING[level])).fg(Color::Indexed(text))
            }
        }
    }

    /// A cell of the heatmap, for a gate's value in 0…1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to the table of colours
    pub(super) fn gate(self, value: f32) -> Style {
        let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
        match self.colours {
            Colours::None if value >= 0.5 => Style::new().add_modifier(Modifier::REVERSED),
            Colours::None => Style::new(),
            Colours::Sixteen => {
                let (background, text) = match value {
                    v if v < 0.1 => (Color::Black, Color::White),
                    v if v < 0.5 => (Color::Blue, Color::White),
                    v if v <= 0.9 => (Color::Cyan, Color::Black),
                    _ => (Color::LightYellow, Color::Black),
                };
                Style::new().bg(background).fg(text)
            }
            Colours::Many => {
                let level = (value * (SEQUENTIAL.len() - 1) as f32).round() as usize;
                let text = if level <= 6 { 255 } else { 16 };
                Style::new().bg(Color::Indexed(SEQUENTIAL[level])).fg(Color::Indexed(text))
            }
        }
    }

    /// A column that is so many eighths full.
    #[allow(clippy::unused_self)] // not every font has them
    pub(super) fn rising(self, eighths: usize) -> &'static str {
        const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        EIGHTHS[eighths.min(8)]
    }

    /// Whether the heatmap must be read from its numbers.
    pub(super) fn is_colourless(self) -> bool {
        self.colours == Colours::None
    }
}
