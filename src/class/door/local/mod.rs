//! The door for clients on the same machine: a Unix socket, and the client that connects a terminal to it.

mod client;
mod listener;
mod place;
mod place_error;
mod safe_path;
mod waiting_clients;
mod wire;

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use client::{AttachOptions, ClientEnd, ClientTerminal, LocalClass, TerminalEvent};
use listener::Listener;
pub use place::Place;
pub use place_error::{PlaceError, PlaceHelp};
use waiting_clients::{ReadyClient, WaitingClients};
use wire::{ClientMessage, RAW_VERSION, Reply, ReplyWriter, VERSION};

use super::input::{ClientInput, spawn_input_thread};
use crate::class::{Access, Class, Credential, SessionEnd, TeacherTools, Visitor};
use crate::dashboard::Announcement;

/// The timeout for writes to a client.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The send buffer of a socket, in bytes.
const SEND_BUFFER: usize = 16 << 10;
/// The interval at which the door checks whether the class is over.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// How many clients beyond the number of members are served at once, to send them the reason for the rejection.
const MAX_REJECTED: usize = 32;
/// How long the door waits for sessions to end when it closes.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The maximum number of teachers' sessions.
const MAX_TEACHERS: usize = 32;

/// A socket at which clients join a class; dropping it closes the socket and waits for sessions to end, for a second at most.
#[derive(Debug)]
pub struct LocalDoor {
    listener: Arc<Listener>,
    is_closed: Arc<AtomicBool>,
    /// The numbers of students' and teachers' clients.
    served: [Arc<AtomicUsize>; 2],
    thread: Option<thread::JoinHandle<()>>,
}

impl LocalDoor {
    /// Opens the socket in a thread of its own, and announces the command to attach. Only this account can join, and with `for_group` the
    /// socket's group as students.
    ///
    /// # Errors
    /// If another class is there, the socket cannot be created, other accounts could replace it, or the group cannot reach it.
    pub fn open(
        class: &Arc<Class>,
        tools: &Arc<TeacherTools>,
        place: &Place,
        for_group: bool,
    ) -> Result<Self, PlaceError> {
        let listener = Arc::new(Listener::bind(place, for_group)?);
        let is_closed = Arc::new(AtomicBool::new(false));
        let door = Door {
            class: Arc::clone(class),
            tools: Arc::clone(tools),
            for_group,
            students: Arc::default(),
            teachers: Arc::default(),
        };
        let served = [Arc::clone(&door.students), Arc::clone(&door.teachers)];
        let (listening, closed) = (Arc::clone(&listener), Arc::clone(&is_closed));
        let thread = thread::Builder::new()
            .name("door".to_owned())
            .spawn(move || door.accept_clients(&listening, &closed))
            .map_err(|error| PlaceError::NoThread { error })?;
        let path = std::path::absolute(place.path()).unwrap_or_else(|_| place.path().to_owned());
        class.announce(Announcement::Command(format!("rnn-tui attach --socket {}", path.display())));
        Ok(Self { listener, is_closed, served, thread: Some(thread) })
    }
}

impl Drop for LocalDoor {
    /// Removes the file of the socket.
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::Relaxed);
        // wakes the thread at once
        let _ = rustix::net::shutdown(self.listener.socket(), rustix::net::Shutdown::Both);
        let _ = self.thread.take().map(thread::JoinHandle::join);
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        while self.served.iter().any(|served| served.load(Ordering::Relaxed) > 0) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The state that the clients of a door share.
struct Door {
    class: Arc<Class>,
    tools: Arc<TeacherTools>,
    for_group: bool,
    /// The number of students' clients.
    students: Arc<AtomicUsize>,
    /// The number of teachers' clients.
    teachers: Arc<AtomicUsize>,
}

/// Counts a client while it exists.
struct ClientCount(Arc<AtomicUsize>);

impl Drop for ClientCount {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts one more client; `None` if there are `max` already.
fn count_client(count: &Arc<AtomicUsize>, max: usize) -> Option<ClientCount> {
    let counted = ClientCount(Arc::clone(count));
    (count.fetch_add(1, Ordering::Relaxed) < max).then_some(counted)
}

impl Door {
    /// Accepts clients until the class is over or the door is closed, and serves each in a thread of its own.
    fn accept_clients(&self, listener: &Listener, is_closed: &AtomicBool) {
        let mut waiting = WaitingClients::default();
        let max_students = self.class.limits().members + MAX_REJECTED;
        while !self.class.is_over() && !is_closed.load(Ordering::Relaxed) {
            for client in waiting.next(listener.socket(), |stream| self.account_of(stream), POLL_INTERVAL) {
                let (count, max) =
                    if client.hello.teaches { (&self.teachers, MAX_TEACHERS) } else { (&self.students, max_students) };
                let Some(counted) = count_client(count, max) else {
                    let language = client.hello.terminal.language();
                    reject(client, &language.say(SessionEnd::Full.farewell()));
                    continue;
                };
                let (class, tools) = (Arc::clone(&self.class), Arc::clone(&self.tools));
                let serve = move || {
                    let _ = serve_client(&class, tools, client); // the client is gone
                    drop(counted);
                };
                if thread::Builder::new().name("member".to_owned()).spawn(serve).is_err() {
                    thread::sleep(POLL_INTERVAL); // other clients may leave meanwhile
                }
            }
        }
    }

    /// The uid of a client that may join; `None` for other accounts. A system that reports none counts as this account.
    fn account_of(&self, stream: &UnixStream) -> Option<u32> {
        let own = rustix::process::getuid().as_raw();
        let account = client_account(stream).unwrap_or(own);
        (self.for_group || account == own || account == 0).then_some(account)
    }
}

/// Runs the session of a client; clients of unknown versions and teachers of other accounts are rejected.
fn serve_client(class: &Arc<Class>, tools: Arc<TeacherTools>, client: ReadyClient) -> io::Result<SessionEnd> {
    client.stream.set_nonblocking(false)?;
    client.stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    rustix::net::sockopt::set_socket_send_buffer_size(&client.stream, SEND_BUFFER)?;
    let language = client.hello.terminal.language();
    let is_own = client.account == rustix::process::getuid().as_raw();
    let access = match client.hello.teaches {
        _ if ![VERSION, RAW_VERSION].contains(&client.hello.version) => {
            reject(client, &language.say(LocalMessage::OtherVersion));
            return Err(io::ErrorKind::Unsupported.into());
        }
        false => Access::Student,
        true if is_own && is_closed_to_others(&client.stream) => Access::Teacher(tools),
        true => {
            reject(client, &language.say(LocalMessage::NotTeaching));
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    };
    let ReadyClient { mut stream, account, hello, later, mut reader } = client;
    let visitor = Visitor::new(&hello.name, "this machine", hello.terminal, hello.size);
    let visitor = visitor.admitted_by(Credential::Account(account));
    let access = access.for_name(&visitor.name);
    let mut input = stream.try_clone()?;
    let mut first = client_inputs(later);
    let next = move |patience| {
        if !first.is_empty() {
            return Ok(std::mem::take(&mut first));
        }
        input.set_read_timeout(Some(patience))?;
        Ok(client_inputs(reader.read(&mut input)?))
    };
    let events = spawn_input_thread(next, visitor.terminal.questions(), class.idle_limit(&access))?;
    let line = stream.try_clone()?;
    let hang_up = move || drop(line.shutdown(Shutdown::Both));
    let session_end = if hello.version == RAW_VERSION {
        class.run_session(&visitor, &access, &events, &mut stream, hang_up)
    } else {
        class.run_session(&visitor, &access, &events, ReplyWriter(&mut stream), hang_up)
    };
    if hello.version != RAW_VERSION && !matches!(session_end, SessionEnd::Lost(_)) {
        let _ = Reply::Goodbye(session_end.exit_code()).write(&mut stream);
    }
    let _ = stream.shutdown(Shutdown::Both);
    Ok(session_end)
}

crate::messages! {
    /// Why a client is rejected.
    enum LocalMessage {
        OtherVersion = "another version of rnn-tui holds this class", "此课堂由另一版本的 rnn-tui 主持";
        NotTeaching =
            "only the account that has opened the class teaches here: leave --teacher out to take part",
            "只有开设课堂的账户可以在此授课：去掉 --teacher 即可参加";
    }
}

/// Sends a client the reason of its rejection, without waiting, and closes the connection.
fn reject(client: ReadyClient, why: &str) {
    let ReadyClient { mut stream, hello, .. } = client;
    let _ = stream.set_nonblocking(true);
    let line = format!("{why}\r\n");
    if hello.version == VERSION {
        let _ = ReplyWriter(&mut stream).write_all(line.as_bytes());
        let _ = Reply::Goodbye(1).write(&mut stream);
    } else {
        let _ = stream.write_all(line.as_bytes());
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// The uid of the client process; `None` if the system does not report it.
#[cfg(target_os = "linux")]
fn client_account(stream: &UnixStream) -> Option<u32> {
    rustix::net::sockopt::socket_peercred(stream).ok().map(|peer| peer.uid.as_raw())
}

/// The uid of the client process; `None` if the system does not report it.
#[cfg(not(target_os = "linux"))]
fn client_account(_: &UnixStream) -> Option<u32> {
    None
}

/// Whether the client must be of this account: the system has reported it, or only this account can open the socket.
fn is_closed_to_others(stream: &UnixStream) -> bool {
    use std::os::unix::fs::PermissionsExt;
    if cfg!(target_os = "linux") {
        return true; // the system has reported it
    }
    let address = stream.local_addr().ok();
    let file = address.and_then(|address| std::fs::metadata(address.as_pathname()?).ok());
    file.is_some_and(|file| [0o600, 0o700].contains(&(file.permissions().mode() & 0o777)))
}

/// The input in the messages of a client.
fn client_inputs(messages: Vec<ClientMessage>) -> Vec<ClientInput> {
    let input = |message| match message {
        ClientMessage::Typed(bytes) => Some(ClientInput::Typed(bytes)),
        ClientMessage::Size(columns, rows) => Some(ClientInput::Size(columns, rows)),
        ClientMessage::Redraw => Some(ClientInput::Redraw),
        ClientMessage::Hello(_) => None, // read before the session
    };
    messages.into_iter().filter_map(input).collect()
}
