//! What the dashboard looks like, as the command line, the environment and the configuration say.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use rnn_tui::class::visitor::TerminalKind;
use rnn_tui::config::{Config, ConfigError};
use rnn_tui::dashboard::terminal::Questions;
use rnn_tui::dashboard::{
    Ambiguous, Background, Colours, Glyphs, KeyError, Keymap, Preferences, Theme, adapted_settings, drawn_in_ascii,
};
use rnn_tui::language::Message;

use super::environment::locale_of_characters;
use super::messages::language;
use super::prepare::PreparedRuns;

/// What the dashboard looks like, wherever it is drawn.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looks")]
pub struct TerminalLook {
    /// Colours of the dashboard [default: those that the terminal has; none if `NO_COLOR` is set]
    #[arg(long, value_name = "DEPTH", value_parser = PossibleValuesParser::new(["truecolor", "256", "16", "none"]).map(|name| colours(&name)))]
    color: Option<Colours>,

    /// What the terminal writes on [default: what `COLORFGBG` or the terminal itself says, or dark]
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(["dark", "light"]).map(|name| background(&name)))]
    background: Option<Background>,

    /// Draw the dashboard with letters and signs of a keyboard only (words of the corpus stay as they are)
    #[arg(long)]
    ascii: bool,
}

/// What the dashboard looks like that this process draws.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looks")]
pub struct Look {
    #[command(flatten)]
    terminal: TerminalLook,

    /// How many columns arrows, quotation marks and the like take in the terminal: narrow 1, wide 2 [default: the terminal is asked]
    #[arg(long, value_name = "WIDTH", value_parser = PossibleValuesParser::new(["narrow", "wide"]).map(|name| ambiguous(&name)))]
    ambiguous: Option<Ambiguous>,
}

impl TerminalLook {
    /// The environment variables that describe this terminal to a process that draws on it, as the options change them.
    pub fn kind(&self) -> TerminalKind {
        let mut kind = TerminalKind::own();
        // LC_ALL would say both of them
        let characters = if self.ascii { "C".to_owned() } else { locale_of_characters() };
        kind.set("LC_CTYPE", &characters);
        kind.set("LC_MESSAGES", language().pick("en", "zh"));
        kind.remove("LC_ALL");
        if self.color.is_some() {
            kind.remove("COLORTERM");
            kind.remove("NO_COLOR");
        }
        match self.color {
            None => {}
            Some(Colours::None) => kind.set("NO_COLOR", "1"),
            Some(Colours::Sixteen) => kind.set("TERM", "xterm"),
            Some(Colours::Indexed) => kind.set("TERM", "xterm-256color"),
            Some(Colours::True) => kind.set("COLORTERM", "truecolor"),
        }
        match self.background {
            None => {}
            Some(Background::Dark) => kind.set("COLORFGBG", "15;0"),
            Some(Background::Light) => kind.set("COLORFGBG", "0;15"),
        }
        kind
    }
}

impl Look {
    /// The theme: detected, as the options change it.
    pub fn theme(&self) -> Theme {
        let detected = Theme::of(&|name| std::env::var(name).ok());
        let TerminalLook { color, background, ascii } = self.terminal;
        Theme {
            colours: color.unwrap_or(detected.colours),
            background: background.unwrap_or(detected.background),
            glyphs: if ascii { Glyphs::Ascii } else { detected.glyphs },
            ambiguous: self.ambiguous.unwrap_or(detected.ambiguous),
        }
    }

    /// The preferences of the dashboard; warnings are those of the terminal, the configuration and the runs.
    pub fn preferences(&self, all: &PreparedRuns) -> Result<Preferences, ConfigError> {
        let prepared = all.first();
        let (theme, language) = (self.theme(), language());
        let (keymap, frames_per_second) = (keymap_of(&prepared.config)?, prepared.config.dashboard.fps);
        let adapted = prepared.config.adapted();
        let adapted = (!adapted.is_empty()).then(|| adapted_settings(adapted));
        let warnings = all.runs.iter().flat_map(|run| run.warnings.iter().cloned());
        let reduced = theme.restricting_variable(&|name| std::env::var(name).ok()).filter(|_| !self.terminal.ascii);
        let reduced = reduced.map(|variable| drawn_in_ascii(Some(variable)));
        let warning = reduced.into_iter().chain(adapted).chain(warnings).reduce(Message::and);
        let is_waiting = prepared.config.dashboard.paused && prepared.run.resume.is_none();
        let environment = |name: &str| std::env::var(name).ok();
        let asked = theme.questions(&environment);
        let questions = Questions {
            width: asked.width && self.ambiguous.is_none(),
            background: asked.background && self.terminal.background.is_none(),
        };
        Ok(Preferences { questions, is_waiting, theme, language, keymap, frames_per_second, warning })
    }
}

/// The key bindings of a configuration.
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
