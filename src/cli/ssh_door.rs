//! Options of the way in that any ssh client takes.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use rnn_tui::class::door::ssh::host_key::PrivateKey;
use rnn_tui::class::door::ssh::{
    Admission, DoorOptions, KeyLine, Keys, LineError, Port, SshDoor, Students, Times, host_key, notice, option_file,
};
use rnn_tui::class::{Class, Password, TeacherTools};
use rnn_tui::dashboard::Announcement;

use super::messages::{say, warn};
use super::open_class::refusal;
use super::paths::path;
use super::{Failed, help_for_place};

/// The port, and who may come in.
#[derive(Debug, Args)]
#[command(next_help_heading = "ssh")]
#[allow(clippy::struct_excessive_bools)] // flags
pub struct SshOptions {
    /// Where `ssh` finds the class; 0.0.0.0:2222 lets the network in [default: 127.0.0.1:2222]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    listen: Option<SocketAddr>,

    /// Open no port: the class is for `rnn-tui attach` alone
    #[arg(long, conflicts_with_all = ["listen", "authorized_keys", "open", "host_key", "teacher_keys", "notice"])]
    local: bool,

    /// Let in who has a private key of this file, which is like OpenSSH's [default: who knows the password on the teacher's screen]
    #[arg(long, value_name = "FILE", value_parser = path())]
    authorized_keys: Option<PathBuf>,

    /// Let everybody in who reaches the port
    #[arg(long, conflicts_with = "authorized_keys")]
    open: bool,

    /// Let those teach who have a private key of this file: `ssh -p 2222 teacher@ADDRESS`
    #[arg(long, value_name = "FILE", value_parser = path())]
    teacher_keys: Option<PathBuf>,

    /// The key by which clients know this machine again; made if it is not there [default: ~/.local/state/rnn-tui/host_ed25519]
    #[arg(long, value_name = "FILE", value_parser = path())]
    host_key: Option<PathBuf>,

    /// Show this text to everybody before they log in, such as the rules of an IT department
    #[arg(long, value_name = "FILE", value_parser = path())]
    notice: Option<PathBuf>,

    /// Print the fingerprint of that key, as clients show it, and stop
    #[arg(long)]
    pub print_fingerprint: bool,
}

/// A hundred thousand students need a tenth of it, in bytes.
const LARGEST_KEYS: u64 = 64 << 20;
/// Why the host key has no usual place.
const NO_STATE_FOLDER: &str = "neither XDG_STATE_HOME nor HOME is a whole path to a folder";
const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2222);

/// An address and a port; `localhost` is this machine.
fn address(text: &str) -> Result<SocketAddr, String> {
    let here = text.strip_prefix("localhost:").map(|port| format!("{}:{port}", Ipv4Addr::LOCALHOST));
    here.as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| "expected an address and a port, such as 0.0.0.0:2222".to_owned())
}

/// The lines of a file of keys that an option names.
fn keys_of(option: &str, path: &Path) -> Result<Vec<KeyLine>, Failed> {
    let option = format!("{option} {}", path.display());
    let refuse = |problem: &dyn std::fmt::Display| Failed::Prompt(format!("{option}: {problem}"));
    let bytes = option_file::read(path, LARGEST_KEYS).map_err(|error| refuse(&error))?;
    // comments may be in any encoding; nothing else has other letters than ASCII
    let text = String::from_utf8_lossy(&bytes);
    KeyLine::all(&text).map_err(|LineError { line, problem, help }| {
        let place = if line > 0 { format!(", line {line}") } else { String::new() };
        Failed::Prompt(format!("{option}{place}: {problem}\n  {help}"))
    })
}

/// The address by which this machine reaches others, and most of them reach it. Nothing is sent: connecting such a socket only chooses a way.
fn own_address() -> Option<IpAddr> {
    const SOMEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9); // of documentation (RFC 5737)
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(SOMEWHERE).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_unspecified() && !own.is_loopback()).then_some(own)
}

/// The host key, or what becomes of it when the port is open: nothing is written for a class that does not begin.
enum HostKey {
    Known(Box<PrivateKey>),
    /// To be made here.
    New(PathBuf),
    /// There is no place where it could be kept, and why.
    NotKept(String),
}

impl SshOptions {
    fn refuse_host_key(path: &Path, error: &io::Error) -> Failed {
        let help = help_for_place(error.kind(), "choose a file in a folder of yours");
        Failed::Prompt(format!("--host-key {}: {error}{help}", path.display()))
    }

    /// What can be known before the port is open. A key that is there and cannot be used is refused, wherever it is.
    fn host_key(&self) -> Result<HostKey, Failed> {
        let Some(path) = self.host_key.clone().or_else(host_key::usual_path) else {
            return Ok(HostKey::NotKept(NO_STATE_FOLDER.to_owned()));
        };
        match host_key::read(&path) {
            Ok(Some(key)) => Ok(HostKey::Known(Box::new(key))),
            Ok(None) => Ok(HostKey::New(path)),
            Err(error) if self.host_key.is_none() && error.kind() != io::ErrorKind::InvalidData => {
                Ok(HostKey::NotKept(format!("{}: {error}", path.display())))
            }
            Err(error) => Err(Self::refuse_host_key(&path, &error)),
        }
    }

    /// The key, and why it is for this class alone, if it is.
    fn make_host_key(&self, key: HostKey) -> Result<(PrivateKey, Option<String>), Failed> {
        match key {
            HostKey::Known(key) => Ok((*key, None)),
            HostKey::NotKept(why) => Ok((host_key::new_key(), Some(why))),
            HostKey::New(path) => match host_key::read_or_make(&path) {
                Ok(key) => Ok((key, None)),
                Err(error) if self.host_key.is_none() => {
                    Ok((host_key::new_key(), Some(format!("{}: {error}", path.display()))))
                }
                Err(error) => Err(Self::refuse_host_key(&path, &error)),
            },
        }
    }

    pub fn tell_fingerprint(&self) -> Result<ExitCode, Failed> {
        let path = self.host_key.clone().or_else(host_key::usual_path).ok_or_else(|| {
            Failed::Prompt(format!(
                "--print-fingerprint: {NO_STATE_FOLDER}\n  name the file of the key with --host-key"
            ))
        })?;
        let key = host_key::read_or_make(&path).map_err(|error| Self::refuse_host_key(&path, &error))?;
        say(&host_key::fingerprint(&key))?;
        Ok(ExitCode::SUCCESS)
    }

    fn admission(&self) -> Result<Admission, Failed> {
        let keys = |option, path: &PathBuf| Ok::<Keys, Failed>(keys_of(option, path)?.into_iter().collect());
        let students = match &self.authorized_keys {
            _ if self.open => Students::Open,
            Some(path) => Students::Keys(keys("--authorized-keys", path)?),
            None => Students::Password(Password::random()),
        };
        let teachers = self.teacher_keys.as_ref().map(|path| keys("--teacher-keys", path)).transpose()?;
        Ok(Admission { students, teachers: teachers.unwrap_or_default() })
    }

    fn notice(&self) -> Result<Option<String>, Failed> {
        let Some(path) = &self.notice else { return Ok(None) };
        let refuse = |error: io::Error| Failed::Prompt(format!("--notice {}: {error}", path.display()));
        notice::read(path).map(Some).map_err(refuse)
    }

    pub fn warning(&self) -> Option<String> {
        let address = self.listen.unwrap_or(USUAL);
        match (self.open, address.ip().is_loopback()) {
            (true, _) => Some(format!("everybody who reaches {address} can come in without a password")),
            (false, false) => Some(format!("the network reaches the class at {address}")),
            (false, true) => None,
        }
    }

    /// Opens the port, unless nobody wants one.
    pub fn open(&self, class: &Arc<Class>, tools: &Arc<TeacherTools>) -> Result<Option<SshDoor>, Failed> {
        if self.local {
            return Ok(None);
        }
        let (address, key, admission) = (self.listen.unwrap_or(USUAL), self.host_key()?, self.admission()?);
        let notice = self.notice()?;
        let students = admission.students.clone();
        let teachers = admission.teachers.count();
        let refuse = |error: io::Error| {
            if error.kind() == io::ErrorKind::AddrInUse {
                let help = "choose another port with --listen, or none with --local";
                return Failed::Prompt(format!("--listen {address}: another program has this port\n  {help}"));
            }
            refusal(&format!("--listen {address}"), &error)
        };
        let port = Port::bind(address).map_err(refuse)?;
        let (key, why_not_kept) = self.make_host_key(key)?;
        let (address, fingerprint) = (port.address(), host_key::fingerprint(&key));
        let options = DoorOptions { admission, notice, times: Times::default() };
        let door = port.open((class, tools), key, options).map_err(refuse)?;
        let host = match address.ip() {
            all if all.is_unspecified() => own_address().map_or("THIS-MACHINE".to_owned(), |own| own.to_string()),
            one => one.to_string(),
        };
        let port = address.port();
        class.announce(Announcement::Command(format!("ssh -p {port} NAME@{host}")));
        match students {
            Students::Password(password) => class.use_password(&password),
            Students::Keys(keys) => class.announce(Announcement::Keys(keys.count())),
            Students::Open => class.announce(Announcement::Open),
        }
        if teachers > 0 {
            class.announce(Announcement::TeachersCommand(format!("ssh -p {port} teacher@{host}"), teachers));
        }
        class.announce(Announcement::HostKey(fingerprint));
        if let Some(why) = why_not_kept {
            warn(&format!("the host key is for this class alone (--host-key FILE keeps one): {why}"));
            class.announce(Announcement::HostKeyNotKept(why));
        }
        Ok(Some(door))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name() {
        assert_eq!(address("localhost:2299"), address("127.0.0.1:2299"));
        assert!(address("[::1]:2222").is_ok() && address("0.0.0.0:2222").is_ok());
        for text in ["2299", ":2299", "localhost", "localhost:", "localhost:65536", "host:22"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
