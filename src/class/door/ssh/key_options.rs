//! The options before a key: limits on its use.

use std::net::IpAddr;
use std::time::SystemTime;

use super::key_line_error::{KeyHelp, KeyProblem, NO_KEY, Rejection};
use super::network::AddressList;

/// The limits on the use of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyLimits {
    /// Addresses that may use it.
    from: Option<AddressList>,
    /// When the key expires.
    expires: Option<SystemTime>,
}

impl KeyLimits {
    /// The limits in these options, in the syntax of OpenSSH.
    ///
    /// # Errors
    /// The first option that is invalid or not supported, or that no terminal is allowed.
    pub fn new(options: &str) -> Result<Self, Rejection> {
        let (mut limits, mut has_terminal, mut forbids_terminal) = (Self::default(), false, None);
        for option in split_options(options) {
            let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
            let name = name.to_ascii_lowercase();
            let quoted = value.and_then(|value| value.strip_prefix('"')?.strip_suffix('"'));
            match (name.as_str(), value, quoted) {
                ("from", _, Some(list)) if limits.from.is_none() => {
                    let reject = |text| (KeyProblem::InvalidAddress { text }, KeyHelp::Address);
                    limits.from = Some(AddressList::new(list).map_err(reject)?);
                }
                ("from", _, Some(_)) => {
                    return Err((KeyProblem::TwoLists, KeyHelp::OneList));
                }
                ("expiry-time", _, Some(time)) => {
                    let invalid = || (KeyProblem::InvalidTime { text: time.to_owned() }, KeyHelp::Time);
                    let time = expiry(time).ok_or_else(invalid)?;
                    // the earliest of several, as in OpenSSH
                    limits.expires = Some(limits.expires.map_or(time, |other| other.min(time)));
                }
                ("pty", None, _) => has_terminal = true,
                ("restrict" | "no-pty", None, _) => forbids_terminal = Some(option),
                // they forbid or allow what a class does not have
                (
                    "no-agent-forwarding"
                    | "no-port-forwarding"
                    | "no-x11-forwarding"
                    | "no-user-rc"
                    | "agent-forwarding"
                    | "port-forwarding"
                    | "x11-forwarding"
                    | "user-rc",
                    None,
                    _,
                )
                | ("permitopen" | "permitlisten", _, Some(_)) => {}
                _ => return Err(unknown_option(name)),
            }
        }
        match forbids_terminal {
            Some(option) if !has_terminal => {
                Err((KeyProblem::NoTerminal { option: option.to_owned() }, KeyHelp::AllowTerminal))
            }
            _ => Ok(limits),
        }
    }

    /// The log's reason why the key cannot be used from this address at this time; `None` if it can.
    pub fn problem(&self, address: IpAddr, now: SystemTime) -> Option<&'static str> {
        match self {
            Self { expires: Some(time), .. } if now >= *time => Some("the key has expired"),
            Self { from: Some(list), .. } if !list.has(address) => Some("not from an address of its from="),
            _ => None,
        }
    }
}

/// The rejection of an option that is not supported.
fn unknown_option(name: String) -> Rejection {
    let help = match name.as_str() {
        "command" => KeyHelp::Command,
        "cert-authority" | "principals" => KeyHelp::ListKeys,
        "verify-required" => KeyHelp::Pin,
        _ => KeyHelp::KnownOptions,
    };
    (KeyProblem::UnknownOption { name }, help)
}

/// The options, separated by commas outside of quotes.
fn split_options(options: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_end = move |c: char| {
        if c == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        c == ',' && !is_quoted
    };
    options.split(is_end).filter(move |_| !options.is_empty())
}

/// The time of `YYYYMMDD[HHMM[SS]]Z`, in UTC; local times are not accepted.
fn expiry(text: &str) -> Option<SystemTime> {
    let digits = text.strip_suffix(['Z', 'z'])?;
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits = format!("{digits:0<14}");
    let [year, month, day, hour, minute, second] =
        [(0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)].map(|(from, to)| &digits[from..to]);
    humantime::parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")).ok()
}

/// The byte position of the first space outside of quotes.
pub(super) fn end_of_options(line: &str) -> Result<usize, Rejection> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' if !is_escaped => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => return Ok(at),
            _ => {}
        }
        is_escaped = c == '\\' && is_quoted && !is_escaped;
    }
    if is_quoted {
        return Err((KeyProblem::OpenQuote, KeyHelp::CloseQuote));
    }
    Err(NO_KEY)
}
