//! Options of the way in that any ssh client takes.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use rnn_tui::class::door::ssh::{Admission, PublicKey, SshDoor, Students, host_key};
use rnn_tui::class::{Class, TeacherTools};
use rnn_tui::dashboard::Announcement;

use super::Failed;
use super::messages::say;
use super::paths::path;

/// The port, and who may come in.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags
pub struct SshOptions {
    /// Where `ssh` finds the class; 0.0.0.0:2222 lets the network in [default: 127.0.0.1:2222]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    listen: Option<SocketAddr>,

    /// Open no port: the class is for `rnn-tui attach` alone
    #[arg(long, conflicts_with_all = ["listen", "authorized_keys", "open", "host_key", "teacher_keys"])]
    local: bool,

    /// Let in who has a private key of this file, which is like OpenSSH's [default: who knows the password on the teacher's screen]
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub authorized_keys: Option<PathBuf>,

    /// Let everybody in who reaches the port
    #[arg(long, conflicts_with = "authorized_keys")]
    open: bool,

    /// Let those teach who have a private key of this file: `ssh -p 2222 teacher@ADDRESS`
    #[arg(long, value_name = "FILE", value_parser = path())]
    teacher_keys: Option<PathBuf>,

    /// The key by which clients know this machine again; made if it is not there [default: ~/.local/state/rnn-tui/host_ed25519]
    #[arg(long, value_name = "FILE", value_parser = path())]
    host_key: Option<PathBuf>,

    /// Print the fingerprint of that key, as clients show it, and stop
    #[arg(long)]
    pub print_fingerprint: bool,
}

const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2222);

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port, such as 0.0.0.0:2222".to_owned())
}

/// The public keys of a file that an option names.
pub fn keys_of(option: &str, path: &Path) -> Result<Vec<PublicKey>, Failed> {
    let option = format!("{option} {}", path.display());
    let text = fs::read_to_string(path).map_err(|error| Failed::Prompt(format!("{option}: {error}")))?;
    Admission::keys_of(&text).map_err(|line| {
        let place = if line > 0 { format!(", line {line}") } else { String::new() };
        let help = "expected lines as in OpenSSH's authorized_keys, such as ssh-ed25519 AAAA… anna";
        Failed::Prompt(format!("{option}{place}: there is no public key\n  {help}"))
    })
}

impl SshOptions {
    fn key(&self) -> Result<host_key::PrivateKey, Failed> {
        let path = self.host_key.clone().unwrap_or_else(host_key::usual_path);
        host_key::read_or_make(&path).map_err(|error| Failed::Prompt(format!("--host-key {}: {error}", path.display())))
    }

    pub fn tell_fingerprint(&self) -> Result<ExitCode, Failed> {
        say(&host_key::fingerprint(&self.key()?))?;
        Ok(ExitCode::SUCCESS)
    }

    fn admission(&self) -> Result<Admission, Failed> {
        let students = match &self.authorized_keys {
            _ if self.open => Students::Open,
            Some(path) => Students::Keys(keys_of("--authorized-keys", path)?),
            None => Students::Password(Admission::new_password()),
        };
        let teachers = self.teacher_keys.as_ref().map(|path| keys_of("--teacher-keys", path)).transpose()?;
        Ok(Admission { students, teachers: teachers.unwrap_or_default() })
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
        let (address, key, admission) = (self.listen.unwrap_or(USUAL), self.key()?, self.admission()?);
        let fingerprint = host_key::fingerprint(&key);
        let who = match &admission.students {
            Students::Password(password) => Announcement::Password(password.clone()),
            Students::Keys(keys) => Announcement::Keys(keys.len()),
            Students::Open => Announcement::Open,
        };
        let teachers = admission.teachers.len();
        let refuse = |error: io::Error| {
            if error.kind() == io::ErrorKind::AddrInUse {
                let help = "choose another port with --listen, or none with --local";
                return Failed::Prompt(format!("--listen {address}: another program has this port\n  {help}"));
            }
            Failed::Prompt(format!("--listen {address}: {error}"))
        };
        let (door, address) = SshDoor::open((class, tools), address, key, admission).map_err(refuse)?;
        let host = if address.ip().is_unspecified() { "THIS-MACHINE".to_owned() } else { address.ip().to_string() };
        let port = address.port();
        class.announce(Announcement::Command(format!("ssh -p {port} NAME@{host}")));
        class.announce(who);
        if teachers > 0 {
            class.announce(Announcement::TeachersCommand(format!("ssh -p {port} teacher@{host}"), teachers));
        }
        class.announce(Announcement::HostKey(fingerprint));
        Ok(Some(door))
    }
}
