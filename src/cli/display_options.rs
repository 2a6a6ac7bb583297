//! Options of the display: colours, characters, widths.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use rnn_tui::class::visitor::TerminalKind;
use rnn_tui::config::{Config, ConfigError};
use rnn_tui::dashboard::terminal::Questions;
use rnn_tui::dashboard::{
    Ambiguous, Background, Colours, Glyphs, KeyError, Keymap, Preferences, Theme, adapted_settings, drawn_in_ascii,
};
use rnn_tui::language::{Message, text};

use super::environment::locale_of_characters;
use super::help::Translations;
use super::messages::language;
use super::prepared_runs::PreparedRuns;

/// Options of the terminal that shows a dashboard, also one that another process draws.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looks")]
pub struct TerminalOptions {
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

impl TerminalOptions {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[
            text(
                "Colours of the dashboard [default: those that the terminal has; none if `NO_COLOR` is set]",
                "界面的颜色 [默认：终端所有的颜色；设置了 `NO_COLOR` 则无颜色]",
            ),
            text(
                "What the terminal writes on [default: what `COLORFGBG` or the terminal itself says, or dark]",
                "终端的背景 [默认：按 `COLORFGBG` 或终端自己的回答，否则为 dark]",
            ),
            text(
                "Draw the dashboard with letters and signs of a keyboard only (words of the corpus stay as they are)",
                "只用键盘上的字符绘制界面（语料中的词不变）",
            ),
        ],
        flattened: &[],
    };

    /// The environment variables that describe this terminal to the process that draws on it, changed by the options.
    pub fn kind(&self) -> TerminalKind {
        let mut kind = TerminalKind::own();
        // LC_ALL would override both
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

/// Options of a dashboard that this process draws.
#[derive(Debug, Args)]
#[command(next_help_heading = "Looks")]
pub struct DisplayOptions {
    #[command(flatten)]
    terminal: TerminalOptions,

    /// How many columns arrows, quotation marks and the like take in the terminal: narrow 1, wide 2 [default: the terminal is asked]
    #[arg(long, value_name = "WIDTH", value_parser = PossibleValuesParser::new(["narrow", "wide"]).map(|name| ambiguous(&name)))]
    ambiguous: Option<Ambiguous>,
}

impl DisplayOptions {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[text(
            "How many columns arrows, quotation marks and the like take in the terminal: narrow 1, wide 2 [default: the terminal is asked]",
            "箭头、引号等在终端中占几列：narrow 为 1，wide 为 2 [默认：询问终端]",
        )],
        flattened: &[&TerminalOptions::CHINESE],
    };

    /// The theme detected from the environment, changed by the options.
    pub fn theme(&self) -> Theme {
        let detected = Theme::detect(&|name| std::env::var(name).ok());
        let TerminalOptions { color, background, ascii } = self.terminal;
        Theme {
            colours: color.unwrap_or(detected.colours),
            background: background.unwrap_or(detected.background),
            glyphs: if ascii { Glyphs::Ascii } else { detected.glyphs },
            ambiguous: self.ambiguous.unwrap_or(detected.ambiguous),
        }
    }

    /// The preferences of the dashboard. Its warning joins those of the terminal, the configuration and the runs; invalid keys of the configuration
    /// are an error.
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

/// The key bindings of a configuration; invalid ones are an error.
pub fn keymap_of(config: &Config) -> Result<Keymap, ConfigError> {
    Keymap::new(config.keys.iter().map(|(action, keys)| (action.as_str(), keys.0.as_slice())))
        .map_err(|KeyError { action, problem, help }| config.refuse(&format!("keys.{action}"), problem, help))
}

/// The colours of a value of `--color`.
fn colours(name: &str) -> Colours {
    match name {
        "truecolor" => Colours::True,
        "256" => Colours::Indexed,
        "16" => Colours::Sixteen,
        _ => Colours::None,
    }
}

/// The background of a value of `--background`.
fn background(name: &str) -> Background {
    if name == "light" { Background::Light } else { Background::Dark }
}

/// The width of a value of `--ambiguous`.
fn ambiguous(name: &str) -> Ambiguous {
    if name == "wide" { Ambiguous::Wide } else { Ambiguous::Narrow }
}
