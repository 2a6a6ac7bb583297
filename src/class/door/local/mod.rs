//! A way in for those who are on the same machine: a Unix socket, and the client that takes a terminal there.

mod client;
mod hellos;
mod listener;
mod place;
mod wire;

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use client::{AttachOptions, ClientTerminal, Ended, LocalClass, Told};
use hellos::{Greeted, Hellos};
use listener::Listener;
pub use place::{Place, PlaceError, PlaceHelp};
use wire::{Message, RAW_VERSION, Reply, Shown, VERSION};

use super::input::{ClientInput, spawn_input_thread};
use crate::class::{Access, Class, Credential, SessionEnd, TeacherTools, Visitor};
use crate::dashboard::Announcement;

/// How long a client may take nothing of what it is sent.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// How much of what it is sent may wait for it in the system, in bytes.
const SEND_BUFFER: usize = 16 << 10;
/// After how long the door looks whether the class is over.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Clients more than members that are served at once, as some are told only why they are not let in.
const MOST_REFUSED: usize = 32;
/// How long clients may take to be told goodbye.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);
/// Sessions of those who teach, at once.
const MOST_TEACHERS: usize = 32;

/// A socket at which a class can be joined, for as long as this lives.
#[derive(Debug)]
pub struct LocalDoor {
    listener: Arc<Listener>,
    is_closed: Arc<AtomicBool>,
    /// How many clients are served.
    served: [Arc<AtomicUsize>; 2],
    thread: Option<thread::JoinHandle<()>>,
}

impl LocalDoor {
    /// Opens it. Only the same account can come in, and teach; with `for_group` those of the socket's group can come in, too.
    ///
    /// # Errors
    /// When another class is at this place, the socket cannot be made, others could put theirs in its place, or the group could not come as
    /// far as to it.
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
    /// The file is removed when this returns, and those who leave have been told goodbye, if they listen.
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::Relaxed);
        // wakes the thread, which would look by itself a moment later
        let _ = rustix::net::shutdown(self.listener.socket(), rustix::net::Shutdown::Both);
        let _ = self.thread.take().map(thread::JoinHandle::join);
        let deadline = Instant::now() + LONGEST_GOODBYE;
        while self.served.iter().any(|served| served.load(Ordering::Relaxed) > 0) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What the clients of a door have in common.
struct Door {
    class: Arc<Class>,
    tools: Arc<TeacherTools>,
    for_group: bool,
    /// How many clients are served who want to take part, and how many who want to teach.
    students: Arc<AtomicUsize>,
    teachers: Arc<AtomicUsize>,
}

/// One more client that is served, until this is dropped.
struct Served(Arc<AtomicUsize>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn one_more(count: &Arc<AtomicUsize>, most: usize) -> Option<Served> {
    let served = Served(Arc::clone(count));
    (count.fetch_add(1, Ordering::Relaxed) < most).then_some(served)
}

impl Door {
    /// Lets clients in until the class is over, whatever goes wrong with one of them.
    fn accept_clients(&self, listener: &Listener, is_closed: &AtomicBool) {
        let mut hellos = Hellos::default();
        let most = self.class.limits().members + MOST_REFUSED;
        while !self.class.is_over() && !is_closed.load(Ordering::Relaxed) {
            for client in hellos.next(listener.socket(), |stream| self.account_of(stream), POLL_INTERVAL) {
                let (count, most) =
                    if client.hello.teaches { (&self.teachers, MOST_TEACHERS) } else { (&self.students, most) };
                let Some(served) = one_more(count, most) else {
                    let language = client.hello.terminal.language();
                    refuse(client, &language.say(SessionEnd::Full.farewell()));
                    continue;
                };
                let (class, tools) = (Arc::clone(&self.class), Arc::clone(&self.tools));
                let serve = move || {
                    let _ = serve_client(&class, tools, client); // nobody is there to be told
                    drop(served);
                };
                if thread::Builder::new().name("member".to_owned()).spawn(serve).is_err() {
                    thread::sleep(POLL_INTERVAL); // those who are there may leave meanwhile
                }
            }
        }
    }

    /// The account of a client that may come in.
    fn account_of(&self, stream: &UnixStream) -> Option<u32> {
        let own = rustix::process::getuid().as_raw();
        let account = client_account(stream).unwrap_or(own);
        (self.for_group || account == own || account == 0).then_some(account)
    }
}

/// Has a client take part.
fn serve_client(class: &Arc<Class>, tools: Arc<TeacherTools>, client: Greeted) -> io::Result<SessionEnd> {
    client.stream.set_nonblocking(false)?;
    client.stream.set_write_timeout(Some(LONGEST_SILENCE))?;
    rustix::net::sockopt::set_socket_send_buffer_size(&client.stream, SEND_BUFFER)?;
    let language = client.hello.terminal.language();
    let is_own = client.account == rustix::process::getuid().as_raw();
    let access = match client.hello.teaches {
        _ if ![VERSION, RAW_VERSION].contains(&client.hello.version) => {
            refuse(client, &language.say(LocalMessage::OtherVersion));
            return Err(io::ErrorKind::Unsupported.into());
        }
        false => Access::Student,
        true if is_own && is_closed_to_others(&client.stream) => Access::Teacher(tools),
        true => {
            refuse(client, &language.say(LocalMessage::NotTeaching));
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    };
    let Greeted { mut stream, account, hello, more, mut reader } = client;
    let visitor = Visitor::new(&hello.name, "this machine", hello.terminal, hello.size);
    // of the class's own account many may come, as at a computer that is shared, or behind OpenSSH's own server
    let visitor = visitor.admitted_by(Credential::Account(account));
    let access = access.of_name(&visitor.name);
    let mut input = stream.try_clone()?;
    let mut first = client_inputs(more);
    let next = move |patience| {
        if !first.is_empty() {
            return Ok(std::mem::take(&mut first));
        }
        input.set_read_timeout(Some(patience))?;
        Ok(client_inputs(reader.read(&mut input)?))
    };
    let events = spawn_input_thread(next, visitor.terminal.questions(), class.idle_at(&access))?;
    let line = stream.try_clone()?;
    let hang_up = move || drop(line.shutdown(Shutdown::Both));
    let session_end = if hello.version == RAW_VERSION {
        class.run_session(&visitor, &access, &events, &mut stream, hang_up)
    } else {
        class.run_session(&visitor, &access, &events, Shown(&mut stream), hang_up)
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

/// Tells a client why it is not let in; what it does not take at once is lost.
fn refuse(client: Greeted, why: &str) {
    let Greeted { mut stream, hello, .. } = client;
    let _ = stream.set_nonblocking(true);
    let told = format!("{why}\r\n");
    if hello.version == VERSION {
        let _ = Shown(&mut stream).write_all(told.as_bytes());
        let _ = Reply::Goodbye(1).write(&mut stream);
    } else {
        let _ = stream.write_all(told.as_bytes());
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// The account at the other end, if the system says so.
#[cfg(target_os = "linux")]
fn client_account(stream: &UnixStream) -> Option<u32> {
    rustix::net::sockopt::socket_peercred(stream).ok().map(|peer| peer.uid.as_raw())
}

/// The account at the other end, if the system says so.
#[cfg(not(target_os = "linux"))]
fn client_account(_: &UnixStream) -> Option<u32> {
    None
}

/// Whether who comes is of this account, though the system does not say so: nobody else can open the socket.
fn is_closed_to_others(stream: &UnixStream) -> bool {
    use std::os::unix::fs::PermissionsExt;
    if cfg!(target_os = "linux") {
        return true; // it has said so
    }
    let address = stream.local_addr().ok();
    let file = address.and_then(|address| std::fs::metadata(address.as_pathname()?).ok());
    file.is_some_and(|file| [0o600, 0o700].contains(&(file.permissions().mode() & 0o777)))
}

/// What comes from the terminal of a client.
fn client_inputs(messages: Vec<Message>) -> Vec<ClientInput> {
    let of = |message| match message {
        Message::Typed(bytes) => Some(ClientInput::Typed(bytes)),
        Message::Size(columns, rows) => Some(ClientInput::Size(columns, rows)),
        Message::Redraw => Some(ClientInput::Redraw),
        Message::Hello(_) => None, // it has said so before
    };
    messages.into_iter().filter_map(of).collect()
}
