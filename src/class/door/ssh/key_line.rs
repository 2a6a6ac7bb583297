//! Lines of an `authorized_keys` file: options, a key, a comment. A line with an option that is not supported is rejected.

use russh::keys::ssh_key::public::KeyData;
use russh::keys::ssh_key::{HashAlg, PublicKey};

use super::key_line_error::{KeyHelp, KeyProblem, LineError, NO_KEY, Rejection};
use super::key_options::{KeyLimits, end_of_options};

/// The minimum length of RSA keys, as shorter ones can be factored.
const MIN_RSA_BITS: u32 = 2048;

/// A key, and the limits on its use.
#[derive(Clone, Debug)]
pub struct KeyLine {
    /// The key, with its comment.
    pub key: PublicKey,
    limits: KeyLimits,
}

impl KeyLine {
    /// The keys of a file; empty lines and comments are skipped.
    ///
    /// # Errors
    /// The first invalid line, or that there is no key.
    pub fn all(text: &str) -> Result<Vec<Self>, LineError> {
        let lines =
            text.trim_start_matches('\u{feff}').lines().zip(1_usize..).map(|(line, number)| (line.trim(), number));
        let meant = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        let error = |(problem, help): Rejection, line| LineError { line, problem, help };
        let key = |(line, number)| Self::new(line).map_err(|rejection| error(rejection, Some(number)));
        let keys: Vec<_> = meant.map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(error(NO_KEY, None)) } else { Ok(keys) }
    }

    fn new(line: &str) -> Result<Self, Rejection> {
        let (options, key) = if is_kind(line) { ("", line) } else { line.split_at(end_of_options(line)?) };
        let key = key.trim_start();
        if !is_kind(key) {
            return Err(NO_KEY);
        }
        let limits = KeyLimits::new(options)?;
        let kind = key.split_whitespace().next().unwrap_or_default();
        if kind.contains("-cert-v01@") {
            return Err((KeyProblem::Certificate, KeyHelp::KeyItself));
        }
        let key = PublicKey::from_openssh(key).map_err(|_| NO_KEY)?;
        check_kind(&key)?;
        Ok(Self { key, limits })
    }

    /// The fingerprint and the limits.
    pub(super) fn into_parts(self) -> (String, KeyLimits) {
        (fingerprint(&self.key), self.limits)
    }
}

/// The SHA-256 fingerprint, as clients and the log show it.
pub(super) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Whether a text starts with the name of a kind of key.
fn is_kind(text: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| text.starts_with(kind))
}

/// Checks that signatures of this kind of key can be verified.
fn check_kind(key: &PublicKey) -> Result<(), Rejection> {
    match key.key_data() {
        KeyData::Ed25519(_) | KeyData::Ecdsa(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => Ok(()),
        KeyData::Rsa(rsa) => {
            let bits = rsa.key_size();
            let short = KeyProblem::ShortRsa { bits, min_bits: MIN_RSA_BITS };
            if bits < MIN_RSA_BITS { Err((short, KeyHelp::Ed25519)) } else { Ok(()) }
        }
        _ => Err((KeyProblem::OtherKind { algorithm: key.algorithm().to_string() }, KeyHelp::Ed25519)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqFPZEKhVciJifd0wIO0eGbQO/P+Q39UZzexAVm28pN";
    /// Of 1024 bits.
    const SHORT_RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC5OS9rPMY/b3uHJo8oSw7ycVxSmB6nTQs2sZEHJVuROC+pwIT8M/dGHcfr8qFpELG0rr/zj713kFvh8nfPYYNr1o0ni/4nDQvQ5il0xa4N699lH2/qy/XNYDgP56pVuV0EeWH3SxKncV+odiv/rbC8peCL+DE4f/X1Kev18BMdkQ==";

    fn problem(line: &str) -> String {
        let error = KeyLine::all(&format!("# the class\n{line}\n")).unwrap_err();
        assert_eq!(error.line, Some(2), "{line}: {error:?}");
        error.problem.to_string()
    }

    fn may(options: &str, address: &str, seconds: u64) -> bool {
        let line = KeyLine::all(&format!("{options} {KEY}")).unwrap().remove(0);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        line.limits.problem(address.parse().unwrap(), now).is_none()
    }

    #[test]
    fn key_lines_of_openssh_are_read() {
        let text = format!("# the class\n\n{KEY} anna@home\n  restrict,PTY,permitopen=\"a,b c:1\" {KEY} ben\r\n");
        let keys = KeyLine::all(&text).unwrap();
        assert_eq!(keys.iter().map(|line| line.key.comment().as_str_lossy()).collect::<Vec<_>>(), ["anna@home", "ben"]);
        assert_eq!(KeyLine::all("# nobody\n").unwrap_err().line, None);
    }

    #[test]
    fn from_and_expiry_time_limit_key() {
        assert!(may("from=\"192.0.2.0/24,!192.0.2.1\"", "192.0.2.7", 0));
        assert!(!may("from=\"192.0.2.0/24,!192.0.2.1\"", "192.0.2.1", 0));
        assert!(!may("FROM=\"192.0.2.0/24\"", "198.51.100.1", 0));
        // 1 January 1970 has 86,400 seconds
        assert!(may("expiry-time=\"19700102Z\"", "192.0.2.7", 86_399));
        assert!(!may("expiry-time=\"19700102Z\"", "192.0.2.7", 86_400));
        assert!(!may("expiry-time=\"20300101Z\",expiry-time=\"197001020000Z\"", "192.0.2.7", 86_400));
        assert!(!may("no-port-forwarding,from=\"192.0.2.1\",expiry-time=\"19700102000001Z\"", "192.0.2.1", 86_401));
    }

    #[test]
    fn line_with_unsupported_option_is_rejected() {
        for (options, expected) in [
            ("command=\"x y\"", "command"),
            ("restrict,pty,Command=\"/bin/false\"", "command"),
            ("cert-authority", "cert-authority"),
            ("principals=\"anna\"", "principals"),
            ("verify-required", "verify-required"),
            ("no-touch-required", "no-touch-required"),
            ("environment=\"A=b\"", "environment"),
            ("tunnel=\"0\"", "tunnel"),
            ("something-new", "something-new"),
            ("from=192.0.2.1", "from"),
            ("from", "from"),
            ("expiry-time", "expiry-time"),
            ("pty=\"x\"", "pty"),
            ("no-x11-forwarding,,pty", "option  "),
            ("restrict", "restrict forbids a terminal"),
            ("no-pty", "no-pty forbids a terminal"),
            ("from=\"board.example\"", "`board.example` of from= is no address"),
            ("from=\"192.0.2.1\",from=\"192.0.2.2\"", "twice"),
            ("expiry-time=\"20300101\"", "`20300101` of expiry-time= is not a time"),
            ("expiry-time=\"20301301Z\"", "is not a time"),
            ("expiry-time=\"2030010１Z\"", "is not a time"),
            ("from=\"192.0.2.1", "not closed"),
            ("from=\"192.0.2.1\\\"", "not closed"),
        ] {
            let found = problem(&format!("{options} {KEY}"));
            assert!(found.contains(expected), "{options}: {found}");
        }
    }

    #[test]
    fn line_with_unusable_key_is_rejected_with_its_number() {
        assert!(problem("ssh-ed25519 AAAA").contains("no public key"));
        assert!(problem("anna").contains("no public key"));
        assert!(problem(&format!("{KEY}x")).contains("no public key"));
        assert!(problem("ssh-ed25519-cert-v01@openssh.com AAAA").contains("certificate"));
        assert!(problem(SHORT_RSA).contains("1024 bits"));
    }

    proptest! {
        #[test]
        fn text_before_key_is_never_ignored(options in "[a-z=\"\\\\, *!./0-9-]{1,40}") {
            let line = format!("{options} {KEY}");
            if let Ok(lines) = KeyLine::all(&line) {
                let known = ["pty", "from=", "expiry-time=", "permit", "no-", "agent", "port", "x11", "user-rc", "restrict"];
                let options = options.trim();
                prop_assert!(options.starts_with('#') || options.is_empty() || known.iter().any(|known| options.starts_with(known)), "{}", line);
                prop_assert_eq!(lines.len(), 1);
            }
        }
    }
}
