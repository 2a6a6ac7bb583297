//! What a terminal can show by what its environment says: how many colours, on which background.

use termprofile::{DetectorSettings, EnvVarSource, IsTerminal, TermProfile, TermVars};

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None: bold, dim and reversed only.
    None,
    /// The sixteen of a Linux console.
    Sixteen,
    /// xterm's 256.
    Indexed,
    /// 16 million.
    True,
}

impl Colours {
    /// Those of a terminal, by what its environment says (`NO_COLOR`, `COLORTERM`, `TERM` and the like).
    #[must_use]
    pub fn of(environment: Environment<'_>) -> Self {
        if is_without_colours(&environment("TERM").unwrap_or_default()) {
            return Self::None;
        }
        // asking tmux costs time and could tell only of more than 256 colours
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

struct Source<'a>(Environment<'a>);

/// What describes a terminal, or overrides its description. Variables such as `CI` describe where a log is shown, and no log has a
/// dashboard.
const OF_TERMINALS: [&str; 9] = [
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
        OF_TERMINALS.contains(&key).then(|| (self.0)(key)).flatten()
    }
}

impl IsTerminal for Source<'_> {
    fn is_terminal(&self) -> bool {
        true
    }
}

/// Whether terminals of this name, or those that behave like them, have one colour (their entries in terminfo say so). Some take
/// the sequence for a colour for blinking.
pub(super) fn is_without_colours(term: &str) -> bool {
    let is_numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    term.strip_prefix("vt").is_some_and(is_numbered)
        || matches!(term, "ansi-m" | "ansi-mono" | "xterm-mono" | "screen-mono")
        || term.ends_with("-m")
        || term.ends_with("-mono")
}

/// What the terminal writes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Something dark.
    #[default]
    Dark,
    /// Something light.
    Light,
}

impl Background {
    /// What `COLORFGBG` says, which some terminals set (`15;0`: white on black); else dark, until the terminal has answered.
    #[must_use]
    pub fn of(environment: Environment<'_>) -> Self {
        environment("COLORFGBG").map_or(Self::Dark, |value| Self::of_colorfgbg(&value))
    }

    fn of_colorfgbg(value: &str) -> Self {
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
    fn a_terminal_has_the_same_colours_where_a_service_runs_it() {
        let colours = |variables: &[(&str, &str)]| {
            Colours::of(&|name| {
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
    fn the_background_is_what_the_terminal_says() {
        let of = ["15;0", "0;15", "0;default;15", "12;7", "default;default", ""].map(Background::of_colorfgbg);
        assert_eq!(
            of,
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
