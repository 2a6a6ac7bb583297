//! What the dashboard looks like, as the command line, the environment and the configuration say.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use rnn_tui::config::{Config, ConfigError};
use rnn_tui::dashboard::{Ambiguous, Background, Colours, Glyphs, KeyError, Keymap, Language, Preferences, Theme};

use super::environment::locale;
use super::prepare::PreparedRuns;

/// What the dashboard looks like.
#[derive(Debug, Args)]
pub struct Look {
    /// The language of the dashboard [default: that of the locale, or English]
    #[arg(long, value_name = "LANGUAGE", value_parser = PossibleValuesParser::new(["en", "zh"]).map(|name| Language::of_locale(&name)))]
    lang: Option<Language>,

    /// Colours of the dashboard [default: those that the terminal has; none if `NO_COLOR` is set]
    #[arg(long, value_name = "DEPTH", value_parser = PossibleValuesParser::new(["truecolor", "256", "16", "none"]).map(|name| colours(&name)))]
    color: Option<Colours>,

    /// What the terminal writes on [default: what `COLORFGBG` says, or dark]
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(["dark", "light"]).map(|name| background(&name)))]
    background: Option<Background>,

    /// Draw the dashboard with letters and signs of a keyboard only (words of the corpus stay as they are)
    #[arg(long)]
    ascii: bool,

    /// How many columns arrows, quotation marks and the like take in the terminal: narrow 1, wide 2 [default: the terminal is asked]
    #[arg(long, value_name = "WIDTH", value_parser = PossibleValuesParser::new(["narrow", "wide"]).map(|name| ambiguous(&name)))]
    ambiguous: Option<Ambiguous>,
}

impl Look {
    /// What the terminal is like, where the command line does not say otherwise.
    pub fn theme(&self) -> Theme {
        let detected = Theme::of(&|name| std::env::var(name).ok());
        Theme {
            colours: self.color.unwrap_or(detected.colours),
            background: self.background.unwrap_or(detected.background),
            glyphs: if self.ascii { Glyphs::Ascii } else { detected.glyphs },
            ambiguous: self.ambiguous.unwrap_or(detected.ambiguous),
        }
    }

    pub fn language(&self) -> Language {
        self.lang.unwrap_or_else(|| Language::of_locale(&locale()))
    }

    pub fn preferences(&self, all: &PreparedRuns) -> Result<Preferences, ConfigError> {
        let prepared = all.first();
        let (theme, language) = (self.theme(), self.language());
        let (keymap, frames_per_second) = (keymap_of(&prepared.config)?, prepared.config.dashboard.fps);
        let adapted = prepared.config.adapted();
        let adapted = (!adapted.is_empty()).then(|| language.adapted(adapted));
        let warnings = all.runs.iter().flat_map(|run| &run.warnings).map(|warning| language.message(warning));
        let warnings: Vec<_> = adapted.into_iter().chain(warnings).collect();
        let warning = Some(warnings.join("; ")).filter(|warning| !warning.is_empty());
        let is_waiting = prepared.config.dashboard.paused && prepared.run.resume.is_none();
        // signs of a keyboard have one width, and a console's font has one
        let asks_width = self.ambiguous.is_none() && theme.glyphs == Glyphs::Unicode;
        Ok(Preferences { asks_width, is_waiting, theme, language, keymap, frames_per_second, warning })
    }
}

pub fn keymap_of(config: &Config) -> Result<Keymap, ConfigError> {
    Keymap::new(config.keys.iter().map(|(action, keys)| (action.as_str(), keys.0.as_slice())))
        .map_err(|KeyError { action, problem, help }| config.refuse(&format!("keys.{action}"), problem, help))
}

fn colours(name: &str) -> Colours {
    match name {
        "truecolor" => Colours::True,
        "256" => Colours::Indexed,
        "16" => Colours::Sixteen,
        _ => Colours::None,
    }
}

fn background(name: &str) -> Background {
    if name == "light" { Background::Light } else { Background::Dark }
}

fn ambiguous(name: &str) -> Ambiguous {
    if name == "wide" { Ambiguous::Wide } else { Ambiguous::Narrow }
}
