//! Options of the port for ssh clients.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use rnn_tui::class::door::ssh::host_key::PrivateKey;
use rnn_tui::class::door::ssh::{
    Admission, DoorOptions, FileError, HostKeyError, KeyLine, Keys, LineError, Port, SshDoor, Students, Timeouts,
    host_key, notice, option_file,
};
use rnn_tui::class::{Class, Password, TeacherTools};
use rnn_tui::dashboard::Announcement;
use rnn_tui::language::{Message, text};

use super::error::{Failed, with_help_for_place};
use super::help::Translations;
use super::messages::{Mistake, say, warn};
use super::value_parsers::{ExpectedValue, path};

/// The port, and its admission.
#[derive(Debug, Args)]
#[command(next_help_heading = "ssh")]
#[allow(clippy::struct_excessive_bools)] // each is an independent option of the command line
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

impl SshOptions {
    /// The help in Chinese.
    pub const CHINESE: Translations = Translations {
        own: &[
            text(
                "Where `ssh` finds the class; 0.0.0.0:2222 lets the network in [default: 127.0.0.1:2222]",
                "`ssh` 在哪里找到课堂；0.0.0.0:2222 允许网络进入 [默认：127.0.0.1:2222]",
            ),
            text("Open no port: the class is for `rnn-tui attach` alone", "不打开端口：课堂只供 `rnn-tui attach` 加入"),
            text(
                "Let in who has a private key of this file, which is like OpenSSH's [default: who knows the password on the teacher's screen]",
                "允许持有此文件中私钥的人进入，格式同 OpenSSH [默认：知道教师屏幕上密码的人]",
            ),
            text("Let everybody in who reaches the port", "允许任何能连到端口的人进入"),
            text(
                "Let those teach who have a private key of this file: `ssh -p 2222 teacher@ADDRESS`",
                "允许持有此文件中私钥的人授课：`ssh -p 2222 teacher@ADDRESS`",
            ),
            text(
                "The key by which clients know this machine again; made if it is not there [default: ~/.local/state/rnn-tui/host_ed25519]",
                "客户端据以认出本机的密钥；没有则新建 [默认：~/.local/state/rnn-tui/host_ed25519]",
            ),
            text(
                "Show this text to everybody before they log in, such as the rules of an IT department",
                "登录前向每个人显示此文本，例如信息部门的规定",
            ),
            text(
                "Print the fingerprint of that key, as clients show it, and stop",
                "输出该密钥的指纹（与客户端所示相同）后退出",
            ),
        ],
        flattened: &[],
    };
}

rnn_tui::messages! {
    enum SshMessage {
        Line { option: String, line: usize } = "{option}, line {line}", "{option}, 第 {line} 行";
        NoStateFolder =
            "neither XDG_STATE_HOME nor HOME is a whole path to a folder", "XDG_STATE_HOME 和 HOME 都不是文件夹的完整路径";
        NameHostKey = "name the file of the key with --host-key", "请用 --host-key 指明密钥文件";
        OpenToAll { address: String } =
            "everybody who reaches {address} can come in without a password", "能连到 {address} 的人无需密码即可进入";
        OpenToNetwork { address: String } =
            "the network reaches the class at {address}", "网络上的人可连到 {address} 的课堂";
        PortTaken = "another program has this port", "此端口已被其他程序占用";
        OtherPort =
            "choose another port with --listen, or none with --local", "请用 --listen 选择另一个端口，或用 --local 不开端口";
        HostKeyNotKept { why: Message } =
            "the host key is for this class alone (--host-key FILE keeps one): {why}",
            "主机密钥仅用于本次课堂（--host-key FILE 可保存）：{why}";
    }
}

/// The maximum size of a file of keys, in bytes; a hundred thousand keys need a tenth of it.
const MAX_KEYS_BYTES: u64 = 64 << 20;
/// The default address: this machine alone.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2222);

/// An address and a port; `localhost` is this machine.
fn address(text: &str) -> Result<SocketAddr, Message> {
    let here = text.strip_prefix("localhost:").map(|port| format!("{}:{port}", Ipv4Addr::LOCALHOST));
    here.as_deref().unwrap_or(text).parse().map_err(|_| ExpectedValue::Address.into())
}

/// The keys in the file of an option.
fn keys_of(option: &str, path: &Path) -> Result<Vec<KeyLine>, Failed> {
    let option = format!("{option} {}", path.display());
    let refuse = |error: FileError| Failed::Mistake(Message::from(error).at(option.clone()));
    let bytes = option_file::read(path, MAX_KEYS_BYTES).map_err(refuse)?;
    // comments may be in any encoding; nothing else has other letters than ASCII
    let text = String::from_utf8_lossy(&bytes);
    KeyLine::all(&text).map_err(|LineError { line, problem, help }| {
        let place = match line {
            Some(line) => SshMessage::Line { option, line }.into(),
            None => Message::new(option),
        };
        Failed::Mistake(Message::from(problem).at(place).with_help(help))
    })
}

/// The address by which other machines most likely reach this one. Nothing is sent: connecting a UDP socket only selects a route.
fn own_address() -> Option<IpAddr> {
    const REMOTE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9); // of documentation (RFC 5737)
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(REMOTE).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_unspecified() && !own.is_loopback()).then_some(own)
}

/// The host key before the port is open: no file is written for a class that does not start.
enum HostKey {
    Known(Box<PrivateKey>),
    /// To be created in this file.
    New(PathBuf),
    /// It cannot be stored, for this reason.
    NotKept(Message),
}

impl SshOptions {
    /// The mistake for a host key that cannot be read or written.
    fn refuse_host_key(path: &Path, error: HostKeyError) -> Failed {
        let kind = error.kind();
        let problem = Message::from(error).at(format!("--host-key {}", path.display()));
        Failed::Mistake(match kind {
            Some(kind) => with_help_for_place(problem, kind, Mistake::OwnFolder),
            None => problem,
        })
    }

    /// Reads the host key, without creating one. A file without a usable key is an error.
    fn host_key(&self) -> Result<HostKey, Failed> {
        let Some(path) = self.host_key.clone().or_else(host_key::default_path) else {
            return Ok(HostKey::NotKept(SshMessage::NoStateFolder.into()));
        };
        match host_key::read(&path) {
            Ok(Some(key)) => Ok(HostKey::Known(Box::new(key))),
            Ok(None) => Ok(HostKey::New(path)),
            Err(error) if self.host_key.is_none() && error.kind().is_some() => {
                Ok(HostKey::NotKept(Message::from(error).at(path)))
            }
            Err(error) => Err(Self::refuse_host_key(&path, error)),
        }
    }

    /// The key, created if necessary, and the reason if it cannot be stored.
    fn make_host_key(&self, key: HostKey) -> Result<(PrivateKey, Option<Message>), Failed> {
        match key {
            HostKey::Known(key) => Ok((*key, None)),
            HostKey::NotKept(why) => Ok((host_key::new_key(), Some(why))),
            HostKey::New(path) => match host_key::read_or_make(&path) {
                Ok(key) => Ok((key, None)),
                Err(error) if self.host_key.is_none() => Ok((host_key::new_key(), Some(Message::from(error).at(path)))),
                Err(error) => Err(Self::refuse_host_key(&path, error)),
            },
        }
    }

    /// Prints the fingerprint of the host key, which is created if it does not exist.
    pub fn print_host_key_fingerprint(&self) -> Result<ExitCode, Failed> {
        let path = self.host_key.clone().or_else(host_key::default_path).ok_or_else(|| {
            let problem = Message::from(SshMessage::NoStateFolder).at("--print-fingerprint");
            Failed::Mistake(problem.with_help(SshMessage::NameHostKey))
        })?;
        let key = host_key::read_or_make(&path).map_err(|error| Self::refuse_host_key(&path, error))?;
        say(&host_key::fingerprint(&key))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The keys or the password that admit students, and the keys of teachers. A new password is generated on each call.
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

    /// The text of `--notice`.
    fn notice(&self) -> Result<Option<String>, Failed> {
        let Some(path) = &self.notice else { return Ok(None) };
        let refuse =
            |error: FileError| Failed::Mistake(Message::from(error).at(format!("--notice {}", path.display())));
        notice::read(path).map(Some).map_err(refuse)
    }

    /// A warning if other machines, or anyone without a password, can reach the class.
    pub fn warning(&self) -> Option<Message> {
        let address = self.listen.unwrap_or(DEFAULT_ADDRESS);
        match (self.open, address.ip().is_loopback()) {
            (true, _) => Some(SshMessage::OpenToAll { address: address.to_string() }.into()),
            (false, false) => Some(SshMessage::OpenToNetwork { address: address.to_string() }.into()),
            (false, true) => None,
        }
    }

    /// Opens the port, and announces how to join; `None` with `--local`.
    pub fn open(&self, class: &Arc<Class>, tools: &Arc<TeacherTools>) -> Result<Option<SshDoor>, Failed> {
        if self.local {
            return Ok(None);
        }
        let (address, key, admission) = (self.listen.unwrap_or(DEFAULT_ADDRESS), self.host_key()?, self.admission()?);
        let notice = self.notice()?;
        let students = admission.students.clone();
        let teachers = admission.teachers.count();
        let refuse = |error: io::Error| {
            if error.kind() == io::ErrorKind::AddrInUse {
                let problem = Message::from(SshMessage::PortTaken).at(format!("--listen {address}"));
                return Failed::Mistake(problem.with_help(SshMessage::OtherPort));
            }
            Failed::at_start(&format!("--listen {address}"), error)
        };
        let port = Port::bind(address).map_err(refuse)?;
        let (key, why_not_kept) = self.make_host_key(key)?;
        let (address, fingerprint) = (port.address(), host_key::fingerprint(&key));
        let options = DoorOptions { admission, notice, timeouts: Timeouts::default() };
        let door = port.open(class, tools, key, options).map_err(refuse)?;
        let host = match address.ip() {
            address if address.is_unspecified() => {
                own_address().map_or("THIS-MACHINE".to_owned(), |own| own.to_string())
            }
            address => address.to_string(),
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
            warn(SshMessage::HostKeyNotKept { why: why.clone() });
            class.announce(Announcement::HostKeyNotKept(why));
        }
        Ok(Some(door))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_localhost_is_loopback() {
        assert_eq!(address("localhost:2299"), address("127.0.0.1:2299"));
        assert!(address("[::1]:2222").is_ok() && address("0.0.0.0:2222").is_ok());
        for text in ["2299", ":2299", "localhost", "localhost:", "localhost:65536", "host:22"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
