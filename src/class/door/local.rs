//! A way in for those who are on the same machine: a Unix socket, and the client that takes a terminal there.

use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::input::{Sent, listen};
use super::wire::{Hello, Message, Reader, VERSION};
use crate::class::visitor::{TerminalKind, Visitor};
use crate::class::{Class, Departure, Seat, TeacherTools};
use crate::dashboard::Announcement;

/// How long a client may take to say who it is.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what it is sent.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// How much of what it is sent may wait for it in the system, in bytes.
const SEND_BUFFER: usize = 16 << 10;
/// Who is on the same machine may look for as long as the class goes on.
const LONGEST_IDLENESS: Duration = Duration::from_hours(24);
/// After how long the door looks whether the class is over.
const LOOK: Duration = Duration::from_millis(200);

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
        thread::Builder::new().name("door".to_owned()).spawn(move || admit(&class_of_door, &tools, &listener))?;
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
fn admit(class: &Arc<Class>, tools: &Arc<TeacherTools>, listener: &UnixListener) {
    let patience = Timespec::try_from(LOOK).ok();
    while !class.is_over() {
        let mut ready = [PollFd::new(listener, PollFlags::IN)];
        if !matches!(poll(&mut ready, patience.as_ref()), Ok(1..)) {
            continue;
        }
        let (class, tools) = (Arc::clone(class), Arc::clone(tools));
        let admitted = listener.accept().and_then(|(stream, _)| {
            thread::Builder::new().name("member".to_owned()).spawn(move || {
                let _ = receive(&class, tools, stream); // nobody is there to be told
            })
        });
        if admitted.is_err() {
            thread::sleep(LOOK); // too many files or threads: those who are there may leave meanwhile
        }
    }
}

/// Has a client take part.
fn receive(class: &Arc<Class>, tools: Arc<TeacherTools>, mut stream: UnixStream) -> io::Result<Departure> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(LONGEST_SILENCE))?;
    rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER)?;
    let mut reader = Reader::default();
    let (hello, more) = greeted(&mut reader, &mut stream)?;
    let language = hello.terminal.language();
    let seat = match hello.teaches {
        _ if hello.version != VERSION => {
            let why = language.pick("another version of rnn-tui holds this class", "此课堂由另一版本的 rnn-tui 主持");
            return refuse(&mut stream, why);
        }
        false => Seat::Student,
        true if is_of_this_user(&stream) => Seat::Teacher(tools),
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
    let mut first = sent(more);
    let next = move |patience| {
        if !first.is_empty() {
            return Ok(std::mem::take(&mut first));
        }
        input.set_read_timeout(Some(patience))?;
        Ok(sent(reader.read(&mut input)?))
    };
    let events = listen(next, LONGEST_IDLENESS)?;
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
fn is_of_this_user(stream: &UnixStream) -> bool {
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == rustix::process::getuid())
}

/// Whether the client is a process of the user who has opened the class: where the system does not say so, nobody is.
#[cfg(not(target_os = "linux"))]
fn is_of_this_user(_: &UnixStream) -> bool {
    false
}

/// What comes from the terminal of a client.
fn sent(messages: Vec<Message>) -> Vec<Sent> {
    let of = |message| match message {
        Message::Typed(bytes) => Some(Sent::Typed(bytes)),
        Message::Size(columns, rows) => Some(Sent::Size(columns, rows)),
        Message::Hello(_) => None, // it has said so before
    };
    messages.into_iter().filter_map(of).collect()
}

/// Waits until a client has said who it is.
fn greeted(reader: &mut Reader, stream: &mut UnixStream) -> io::Result<(Hello, Vec<Message>)> {
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

/// Who attaches.
#[derive(Clone, Debug)]
pub struct AttachOptions<'a> {
    /// As somebody wants to be called.
    pub name: &'a str,
    /// Whether somebody wants to teach.
    pub teaches: bool,
}

/// Takes part in a class with the terminal of this process, whose keys come from `keys` and which shows what is written to `out`, until the
/// class or its client ends it. `size` is asked each time after `resized` has had something to read.
///
/// # Errors
/// When there is no class at `path`, or the line to it is lost.
pub fn attach(
    path: &Path,
    who: &AttachOptions<'_>,
    (keys, resized): (&impl rustix::fd::AsFd, &impl rustix::fd::AsFd),
    size: impl Fn() -> (u16, u16),
    out: &mut impl Write,
) -> io::Result<()> {
    let mut stream = UnixStream::connect(path)?;
    let (name, terminal) = (who.name.to_owned(), TerminalKind::own());
    let hello = Hello { version: VERSION, name, terminal, size: size(), teaches: who.teaches };
    Message::Hello(hello).write(&mut stream)?;
    let mut bytes = vec![0; 1 << 14];
    loop {
        let mut ready = [
            PollFd::new(&stream, PollFlags::IN),
            PollFd::new(keys, PollFlags::IN),
            PollFd::new(resized, PollFlags::IN),
        ];
        match poll(&mut ready, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let [shown, typed, resize] = ready.map(|fd| !fd.revents().is_empty());
        if shown {
            match stream.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    out.write_all(&bytes[..count])?;
                    out.flush()?;
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if resize {
            while matches!(rustix::io::read(resized, &mut bytes), Ok(count) if count == bytes.len()) {}
            let (columns, rows) = size();
            say(&Message::Size(columns, rows), &mut stream)?;
        }
        if typed {
            match rustix::io::read(keys, &mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => say(&Message::Typed(bytes[..count].to_vec()), &mut stream)?,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What a class that has just ended is told does not matter; what it has shown last is still to be read.
fn say(message: &Message, stream: &mut UnixStream) -> io::Result<()> {
    match message.write(stream) {
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => Ok(()),
        written => written,
    }
}
