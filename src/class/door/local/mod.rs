//! A way in for those who are on the same machine: a Unix socket, and the client that takes a terminal there.

mod client;
mod wire;

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

pub use client::{AttachOptions, attach};
use wire::{Hello, Message, Reader, VERSION};

use super::input::{ClientInput, spawn_input_thread};
use crate::class::visitor::Visitor;
use crate::class::{Class, Departure, Seat, TeacherTools};
use crate::dashboard::Announcement;

/// How long a client may take to say who it is.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what it is sent.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// How much of what it is sent may wait for it in the system, in bytes.
const SEND_BUFFER: usize = 16 << 10;
/// After how long the door looks whether the class is over.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// A socket at which a class can be joined, for as long as the class goes on.
#[derive(Debug)]
pub struct LocalDoor {
    path: PathBuf,
}

/// Where the socket of a class is if nothing else is said: in a folder of the user's alone.
#[must_use]
pub fn usual_path() -> PathBuf {
    let of_user = || std::env::temp_dir().join(format!("rnn-tui-{}", rustix::process::getuid().as_raw()));
    let folder = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    folder.map_or_else(of_user, |folder| Path::new(&folder).join("rnn-tui")).join("class.sock")
}

impl LocalDoor {
    /// Opens it. Only the same user can come in, and teach; with `for_group` those of the socket's group can come in, too.
    ///
    /// # Errors
    /// When another class is at this place, the socket cannot be made, or the group could not come as far as to it.
    pub fn open(class: &Arc<Class>, tools: &Arc<TeacherTools>, path: &Path, for_group: bool) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::DirBuilder::new().recursive(true).mode(if for_group { 0o710 } else { 0o700 }).create(folder)?;
        }
        if let Some(folder) = closed_folder(path).filter(|_| for_group) {
            let problem = format!("other accounts cannot enter {}", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
        }
        remove_what_nobody_listens_to(path)?;
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, Permissions::from_mode(if for_group { 0o660 } else { 0o600 }))?;
        listener.set_nonblocking(true)?;
        let door = Self { path: path.to_owned() };
        let (class_of_door, tools) = (Arc::clone(class), Arc::clone(tools));
        thread::Builder::new()
            .name("door".to_owned())
            .spawn(move || accept_clients(&class_of_door, &tools, &listener))?;
        class.announce(Announcement::Command(format!("rnn-tui attach --socket {}", path.display())));
        Ok(door)
    }
}

impl Drop for LocalDoor {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A folder on the way to `path` that only its owner can enter.
fn closed_folder(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let can_enter = |folder: &&Path| fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & 0o011 != 0);
    path.ancestors().skip(1).find(|folder| !can_enter(folder)).map(Path::to_owned)
}

/// A socket that a program has left which did not end in order.
fn remove_what_nobody_listens_to(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(file) if !file.file_type().is_socket() => Err(io::ErrorKind::AlreadyExists.into()),
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
            Err(error) => Err(error),
        },
    }
}

/// Lets clients in until the class is over, whatever goes wrong with one of them.
fn accept_clients(class: &Arc<Class>, tools: &Arc<TeacherTools>, listener: &UnixListener) {
    let patience = Timespec::try_from(POLL_INTERVAL).ok();
    while !class.is_over() {
        let mut ready = [PollFd::new(listener, PollFlags::IN)];
        if !matches!(poll(&mut ready, patience.as_ref()), Ok(1..)) {
            continue;
        }
        let (class, tools) = (Arc::clone(class), Arc::clone(tools));
        let admitted = listener.accept().and_then(|(stream, _)| {
            thread::Builder::new().name("member".to_owned()).spawn(move || {
                let _ = serve_client(&class, tools, stream); // nobody is there to be told
            })
        });
        if admitted.is_err() {
            thread::sleep(POLL_INTERVAL); // too many files or threads: those who are there may leave meanwhile
        }
    }
}

/// Has a client take part.
fn serve_client(class: &Arc<Class>, tools: Arc<TeacherTools>, mut stream: UnixStream) -> io::Result<Departure> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(LONGEST_SILENCE))?;
    rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER)?;
    let mut reader = Reader::default();
    let (hello, more) = read_hello(&mut reader, &mut stream)?;
    let language = hello.terminal.language();
    let seat = match hello.teaches {
        _ if hello.version != VERSION => {
            let why = language.pick("another version of rnn-tui holds this class", "此课堂由另一版本的 rnn-tui 主持");
            return refuse(&mut stream, why);
        }
        false => Seat::Student,
        true if is_same_user(&stream) => Seat::Teacher(tools),
        true => {
            let why = language.pick(
                "only the account that has opened the class teaches here: leave --teacher out to take part",
                "只有开设课堂的账户可以在此授课：去掉 --teacher 即可参加",
            );
            return refuse(&mut stream, why);
        }
    };
    let visitor = Visitor::new(&hello.name, "this machine", hello.terminal, hello.size);
    let mut input = stream.try_clone()?;
    let mut first = client_inputs(more);
    let next = move |patience| {
        if !first.is_empty() {
            return Ok(std::mem::take(&mut first));
        }
        input.set_read_timeout(Some(patience))?;
        Ok(client_inputs(reader.read(&mut input)?))
    };
    let events = spawn_input_thread(next, Some(class.idle()))?;
    let line = stream.try_clone()?;
    let hang_up = move || drop(line.shutdown(Shutdown::Both));
    let departure = class.attend(&visitor, &seat, &events, &mut stream, hang_up);
    let _ = stream.shutdown(Shutdown::Both);
    Ok(departure)
}

/// Tells a client why it is not let in.
fn refuse(stream: &mut UnixStream, why: &str) -> io::Result<Departure> {
    write!(stream, "{why}\r\n")?;
    Err(io::ErrorKind::PermissionDenied.into())
}

/// Whether the client is a process of the user who has opened the class.
#[cfg(target_os = "linux")]
fn is_same_user(stream: &UnixStream) -> bool {
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == rustix::process::getuid())
}

/// Whether the client is a process of the user who has opened the class, as nobody else can open the socket.
#[cfg(not(target_os = "linux"))]
fn is_same_user(stream: &UnixStream) -> bool {
    let address = stream.local_addr().ok();
    let file = address.and_then(|address| fs::metadata(address.as_pathname()?).ok());
    file.is_some_and(|file| file.permissions().mode() & 0o077 == 0)
}

/// What comes from the terminal of a client.
fn client_inputs(messages: Vec<Message>) -> Vec<ClientInput> {
    let of = |message| match message {
        Message::Typed(bytes) => Some(ClientInput::Typed(bytes)),
        Message::Size(columns, rows) => Some(ClientInput::Size(columns, rows)),
        Message::Hello(_) => None, // it has said so before
    };
    messages.into_iter().filter_map(of).collect()
}

/// Waits until a client has said who it is.
fn read_hello(reader: &mut Reader, stream: &mut UnixStream) -> io::Result<(Hello, Vec<Message>)> {
    let deadline = Instant::now() + GRACE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let mut messages = reader.read(stream)?;
        if messages.is_empty() {
            continue;
        }
        return match messages.remove(0) {
            Message::Hello(hello) => Ok((hello, messages)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        };
    }
}
