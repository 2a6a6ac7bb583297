//! Lines of an `authorized_keys` file: options, a key, a comment. A line with an option that is not supported is rejected.

use std::net::IpAddr;
use std::time::SystemTime;

use russh::keys::ssh_key::public::KeyData;
use russh::keys::ssh_key::{HashAlg, PublicKey};

use super::network::AddressList;

/// The minimum length of RSA keys, as shorter ones can be factored.
const MIN_RSA_BITS: u32 = 2048;

/// A key, and the limits on its use.
#[derive(Clone, Debug)]
pub struct KeyLine {
    /// The key, with its comment.
    pub key: PublicKey,
    limits: Limits,
}

/// The limits on the use of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// Addresses that may use it.
    from: Option<AddressList>,
    /// When the key expires.
    expires: Option<SystemTime>,
}

/// Why a line is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// 1-based number of the line; `None` if no line has a key.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: KeyProblem,
    /// What would be right.
    pub help: KeyHelp,
}

crate::messages! {
    /// What is wrong with a line.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum KeyProblem {
        NoKey = "there is no public key", "没有公钥";
        Certificate = "this is a certificate", "这是一份证书";
        ShortRsa { bits: u32, min_bits: u32 } =
            "this RSA key has {bits} bits, of {min_bits} that it needs", "此 RSA 密钥只有 {bits} 位，至少需要 {min_bits} 位";
        OtherKind { algorithm: String } = "keys of the kind {algorithm} are not taken", "不接受 {algorithm} 类型的密钥";
        OpenQuote = "a quotation mark is not closed", "引号没有闭合";
        InvalidAddress { text: String } =
            "`{text}` of from= is no address and no network", "from= 中的 `{text}` 既不是地址也不是网络";
        TwoLists = "from= stands here twice", "from= 在此出现了两次";
        InvalidTime { text: String } = "`{text}` of expiry-time= is no time", "expiry-time= 的 `{text}` 不是时间";
        NoTerminal { option: String } =
            "{option} forbids a terminal, and a class is nothing else", "{option} 禁止终端，而课堂只有终端";
        UnknownOption { name: String } = "the option {name} is not obeyed here", "此处不执行选项 {name}";
    }
}

crate::messages! {
    /// What would be right in place of a line.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum KeyHelp {
        Line =
            "expected lines as in OpenSSH's authorized_keys, such as ssh-ed25519 AAAA… anna",
            "应为 OpenSSH authorized_keys 那样的行，例如 ssh-ed25519 AAAA… anna";
        KeyItself =
            "certificates are not taken here: expected the key itself", "此处不接受证书：应为密钥本身";
        Ed25519 = "expected a key as `ssh-keygen -t ed25519` makes it", "应为 `ssh-keygen -t ed25519` 生成的密钥";
        CloseQuote = "expected one at each end of a value", "值的两端都应有引号";
        Address =
            "expected such as 192.0.2.7, 192.0.2.* or 192.0.2.0/24: names of hosts are not looked up",
            "应为 192.0.2.7、192.0.2.* 或 192.0.2.0/24 这样的写法：不会查询主机名";
        OneList = "expected one list, with commas", "应为一个以逗号分隔的列表";
        Time =
            "expected a time in UTC with Z at its end, such as 20270131Z or 202701311800Z",
            "应为以 Z 结尾的 UTC 时间，例如 20270131Z 或 202701311800Z";
        AllowTerminal = "write restrict,pty, or leave the option out", "请写 restrict,pty，或去掉此选项";
        Command =
            "it would start another program than the class: take the line out, or the option",
            "它会启动课堂以外的程序：请去掉此行或此选项";
        ListKeys = "certificates are not taken here: list the keys themselves", "此处不接受证书：请列出密钥本身";
        Pin =
            "whether a PIN was typed is not checked here: take the line out, or the option",
            "此处不检查是否输入了 PIN：请去掉此行或此选项";
        KnownOptions =
            "from= and expiry-time= are, and what forbids forwarding: take the line out, or the option",
            "执行的有 from=、expiry-time= 及禁止转发的选项：请去掉此行或此选项";
    }
}

/// What is wrong, and what would be right.
type Rejection = (KeyProblem, KeyHelp);

const NO_KEY: Rejection = (KeyProblem::NoKey, KeyHelp::Line);

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
        let limits = Limits::new(options)?;
        let kind = key.split_whitespace().next().unwrap_or_default();
        if kind.contains("-cert-v01@") {
            return Err((KeyProblem::Certificate, KeyHelp::KeyItself));
        }
        let key = PublicKey::from_openssh(key).map_err(|_| NO_KEY)?;
        check_kind(&key)?;
        Ok(Self { key, limits })
    }

    /// The fingerprint and the limits.
    pub(super) fn into_parts(self) -> (String, Limits) {
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

/// The byte position of the first space outside of quotes.
fn end_of_options(line: &str) -> Result<usize, Rejection> {
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

impl Limits {
    fn new(options: &str) -> Result<Self, Rejection> {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
            ("expiry-time=\"20300101\"", "`20300101` of expiry-time= is no time"),
            ("expiry-time=\"20301301Z\"", "is no time"),
            ("expiry-time=\"2030010１Z\"", "is no time"),
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
