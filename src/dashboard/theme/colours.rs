//! Colour depth and background of a terminal, detected from its environment.

use termprofile::{DetectorSettings, EnvVarSource, IsTerminal, TermProfile, TermVars};

/// Colour depth of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// No colours: bold, dim and reversed only.
    None,
    /// Sixteen colours, as on a Linux console.
    Sixteen,
    /// xterm's 256 colours.
    Indexed,
    /// 24-bit colours.
    True,
}

impl Colours {
    /// Detects the colour depth from the environment (`NO_COLOR`, `COLORTERM`, `TERM` and the like).
    #[must_use]
    pub fn detect(environment: Environment<'_>) -> Self {
        if is_without_colours(&environment("TERM").unwrap_or_default()) {
            return Self::None;
        }
        // querying tmux takes time and matters only beyond 256 colours
        let settings = DetectorSettings::default().enable_tmux_info(false);
        match TermProfile::detect_with_vars(TermVars::from_source(&Source(environment), &Source(environment), settings))
        {
            TermProfile::NoTty | TermProfile::NoColor => Self::None,
            TermProfile::Ansi16 => Self::Sixteen,
            TermProfile::Ansi256 => Self::Indexed,
            TermProfile::TrueColor => Self::True,
        }
    }
}

/// The variables of the environment of a terminal, which may be that of another process.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// An environment as a source for the detection; only [`TERMINAL_VARIABLES`] are visible.
struct Source<'a>(Environment<'a>);

/// Variables that describe a terminal or override its description. Others, such as `CI`, describe where logs are shown and do not apply to a
/// dashboard.
const TERMINAL_VARIABLES: [&str; 9] = [
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "FORCE_COLOR",
    "GOOGLE_CLOUD_SHELL",
    "NO_COLOR",
    "TERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
];

impl EnvVarSource for Source<'_> {
    fn var(&self, key: &str) -> Option<String> {
        TERMINAL_VARIABLES.contains(&key).then(|| (self.0)(key)).flatten()
    }
}

impl IsTerminal for Source<'_> {
    fn is_terminal(&self) -> bool {
        true
    }
}

/// Whether terminals with this name are monochrome by their terminfo entries. Some of them interpret colour sequences as blinking.
pub(super) fn is_without_colours(term: &str) -> bool {
    let is_numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    term.strip_prefix("vt").is_some_and(is_numbered)
        || matches!(term, "ansi-m" | "ansi-mono" | "xterm-mono" | "screen-mono")
        || term.ends_with("-m")
        || term.ends_with("-mono")
}

/// Background of a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Dark background.
    #[default]
    Dark,
    /// Light background.
    Light,
}

impl Background {
    /// Reads the background from `COLORFGBG`, which some terminals set (`15;0`: white on black); dark without it.
    #[must_use]
    pub fn detect(environment: Environment<'_>) -> Self {
        environment("COLORFGBG").map_or(Self::Dark, |value| Self::from_colorfgbg(&value))
    }

    /// Parses the last number of `COLORFGBG`; dark if it is not that of a light colour.
    fn from_colorfgbg(value: &str) -> Self {
        match value.rsplit(';').next().and_then(|colour| colour.parse::<u8>().ok()) {
            Some(7 | 9..=15) => Self::Light,
            _ => Self::Dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_ignore_variables_of_ci_services() {
        let colours = |variables: &[(&str, &str)]| {
            Colours::detect(&|name| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
            })
        };
        for service in ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "TEAMCITY_VERSION", "TRAVIS"] {
            assert_eq!(colours(&[("TERM", "xterm-256color"), (service, "true")]), Colours::Indexed, "{service}");
            assert_eq!(colours(&[("TERM", "xterm"), (service, "true")]), Colours::Sixteen, "{service}");
        }
        assert_eq!(colours(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Colours::None);
        assert_eq!(colours(&[("TERM", "xterm"), ("TERM_PROGRAM", "mintty")]), Colours::True);
    }

    #[test]
    fn background_is_parsed_from_colorfgbg() {
        let backgrounds =
            ["15;0", "0;15", "0;default;15", "12;7", "default;default", ""].map(Background::from_colorfgbg);
        assert_eq!(
            backgrounds,
            [
                Background::Dark,
                Background::Light,
                Background::Light,
                Background::Light,
                Background::Dark,
                Background::Dark
            ]
        );
    }
}
