//! A way in over a network, for the `ssh` that every system has.

mod admission;
mod algorithms;
mod blocking_writer;
mod client;
mod client_stream;
mod connection;
mod guesses;
pub mod host_key;
mod input_queue;
mod key_line;
mod log_in;
mod network;
pub mod notice;
pub mod option_file;
mod pending;

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use russh::keys::ssh_key::PrivateKey;
use russh::server::Config;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, Semaphore};

pub use admission::{Admission, Keys, Students};
use client::Client;
use client_stream::ClientStream;
use connection::Connection;
use guesses::Guesses;
pub use host_key::HostKeyError;
pub use key_line::{KeyHelp, KeyLine, KeyProblem, LineError};
pub use option_file::FileError;
use pending::Pending;

use crate::class::{Class, TeacherTools};

/// How many may be logging in at once, at most; one more, and one of whoever holds most of the places is hung up on.
const MOST_PENDING: usize = 256;
/// How long a client may take to hang up when its session has ended.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);
/// How much of what it is sent may wait for it in the system, in bytes.
const SEND_BUFFER: usize = 32 << 10;
/// How long the door waits when the system has no more files.
const BACK_OFF: Duration = Duration::from_millis(200);
/// How many of those who are not logged in are worked for at once; exchanges of keys are most of that work.
const TURNS: usize = 2;
/// Threads for all connections: there is always one for those who are in.
const THREADS: usize = TURNS + 1;
/// Files that the program should be allowed, if it may allow them itself: each connection is one.
const WANTED_FILES: u64 = 4096;

/// How long clients may take for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// To say a name, comparing the host key; and then to prove who they are, typing a password.
    pub log_in: Duration,
    /// To begin a session after that: who only keeps a connection open is let go.
    pub begin_session: Duration,
    /// A session, at most.
    pub longest_session: Duration,
    /// To say nothing, once they are in, until they are asked whether they are there; the third time they are not.
    pub keepalive: Duration,
    /// To hear that a password was wrong; each time on the same line, once more.
    pub refusal: Duration,
}

impl Default for Times {
    /// As OpenSSH has them, where it has them.
    fn default() -> Self {
        Self {
            log_in: Duration::from_mins(2),
            begin_session: Duration::from_mins(2),
            longest_session: Duration::from_hours(12),
            keepalive: Duration::from_secs(15),
            refusal: Duration::from_secs(1),
        }
    }
}

/// Who may come in at a port, and what they are shown first.
#[derive(Clone, Debug)]
pub struct DoorOptions {
    /// Who may come in.
    pub admission: Admission,
    /// What is shown before anybody logs in.
    pub notice: Option<String>,
    /// How long clients may take for what.
    pub times: Times,
}

/// A port that is this program's, at which nobody is let in yet.
#[derive(Debug)]
pub struct Port {
    listener: StdListener,
    address: SocketAddr,
}

/// A port at which a class can be joined, for as long as this lives.
#[derive(Debug)]
pub struct SshDoor {
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

/// What all connections of a door have in common.
#[derive(Debug)]
struct Door {
    class: Arc<Class>,
    tools: Arc<TeacherTools>,
    admission: Admission,
    notice: Option<String>,
    times: Times,
    guesses: Mutex<Guesses>,
    pending: Mutex<Pending>,
    turns: Arc<Semaphore>,
    /// How many sessions have not been told goodbye.
    sessions: AtomicUsize,
}

/// Whoever panicked while holding one of these locks left what it guards whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Port {
    /// Takes the port of this address; 0 is any that is free.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Which it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets clients in, who know this machine by `key`.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn open(
        self,
        (class, tools): (&Arc<Class>, &Arc<TeacherTools>),
        key: PrivateKey,
        options: DoorOptions,
    ) -> io::Result<SshDoor> {
        let files = allow_files(WANTED_FILES);
        let most_pending = usize::try_from(files / 4).unwrap_or(MOST_PENDING).clamp(1, MOST_PENDING);
        let door = Arc::new(Door {
            class: Arc::clone(class),
            tools: Arc::clone(tools),
            admission: options.admission,
            notice: options.notice,
            times: options.times,
            guesses: Mutex::default(),
            pending: Mutex::new(Pending::new(most_pending)),
            turns: Arc::new(Semaphore::new(TURNS)),
            sessions: AtomicUsize::new(0),
        });
        let config = Arc::new(algorithms::config(key, &door.admission));
        let runtime = runtime()?;
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let work = move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(self.listener) else { return };
                tokio::select! {
                    () = accept_clients(&door, &listener, &config) => {}
                    () = stopped.notified() => {}
                }
                let goodbye = async {
                    while door.sessions.load(Ordering::Acquire) > 0 {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                };
                let _ = tokio::time::timeout(LONGEST_GOODBYE, goodbye).await;
            });
            runtime.shutdown_timeout(Duration::from_millis(500));
        };
        let thread = thread::Builder::new().name("ssh".to_owned()).spawn(work)?;
        Ok(SshDoor { stop, thread: Some(thread) })
    }
}

impl Drop for SshDoor {
    fn drop(&mut self) {
        self.stop.notify_one();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Threads that serve all connections. Where the system gives none, tokio panics; so it is asked before.
fn runtime() -> io::Result<Runtime> {
    let (keep, kept) = std::sync::mpsc::channel::<()>();
    let kept = Arc::new(Mutex::new(kept));
    let mut threads = Vec::new();
    for _ in 0..THREADS {
        let kept = Arc::clone(&kept);
        threads.push(thread::Builder::new().spawn(move || lock(&kept).recv().is_ok())?); // all are there at once
    }
    drop(keep);
    for thread in threads {
        let _ = thread.join();
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(THREADS).thread_name("ssh-client").enable_all();
    catch_unwind(AssertUnwindSafe(|| builder.build())).unwrap_or_else(|_| Err(io::ErrorKind::WouldBlock.into()))
}

/// Lets the program have so many files, if it may have them, and returns how many it may have.
fn allow_files(wanted: u64) -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let (Some(current), most) = (limit.current, limit.maximum.unwrap_or(u64::MAX)) else { return u64::MAX };
    let wanted = wanted.min(most);
    if wanted <= current {
        return current;
    }
    limit.current = Some(wanted);
    if setrlimit(Resource::Nofile, limit).is_ok() { wanted } else { current }
}

/// Lets clients in, whatever goes wrong with one of them, and for ever.
async fn accept_clients(door: &Arc<Door>, listener: &TcpListener, config: &Arc<Config>) {
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // too many files: somebody makes room for who comes next
            lock(&door.pending).drop_one();
            tokio::time::sleep(BACK_OFF).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER);
        let client = Client::new(address, stream, door.times);
        lock(&door.pending).add(&client);
        tokio::spawn(serve_client(Arc::clone(config), Arc::clone(door), client));
    }
}

/// A connection from its beginning to its end.
async fn serve_client(config: Arc<Config>, door: Arc<Door>, client: Arc<Client>) {
    let session = async {
        let (stream, connection) = (ClientStream::new(&client, &door.turns), Connection::new(&door, &client));
        if let Ok(running) = russh::server::run_stream(config, stream, connection).await {
            let _ = client.handle.set(running.handle());
            let _ = running.await; // how it has ended is its own affair
        }
    };
    tokio::pin!(session);
    let is_over = tokio::select! {
        () = &mut session => true,
        () = client.outstays() => false,
        () = client.vanishes() => false,
    };
    if !is_over {
        client.hang_up(); // which ends the session
        session.await;
    }
    client.end();
    lock(&door.pending).remove(&client);
}
