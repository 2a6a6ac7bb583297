//! The door for clients of any ssh program, over a network.

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

/// The maximum number of clients before their sessions; beyond it one is dropped, see [`Pending`].
const MAX_PENDING: usize = 256;
/// How long a client may take to close the connection after its session.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The send buffer of a socket, in bytes.
const SEND_BUFFER: usize = 32 << 10;
/// How long the door pauses when the system has no more files.
const BACK_OFF: Duration = Duration::from_millis(200);
/// How many clients that are not logged in are processed at once; key exchanges are most of that work.
const TURNS: usize = 2;
/// The number of threads for all connections: one is always left for clients in sessions.
const THREADS: usize = TURNS + 1;
/// The limit on open files to request from the system, as each connection is one.
const MAX_FILES: u64 = 4096;

/// The timeouts of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// To compare the host key and send a name, and again to authenticate.
    pub log_in: Duration,
    /// To start a session after log-in.
    pub begin_session: Duration,
    /// The maximum length of a session.
    pub longest_session: Duration,
    /// To send nothing after log-in before a keepalive request; after three without an answer the client is dropped.
    pub keepalive: Duration,
    /// The delay of the answer to a wrong password, multiplied by the number of wrong ones on the connection.
    pub refusal: Duration,
}

impl Default for Times {
    /// Those of OpenSSH, where it has them.
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

/// Options of a port.
#[derive(Clone, Debug)]
pub struct DoorOptions {
    /// Who may join, and how they authenticate.
    pub admission: Admission,
    /// A text that clients show before log-in.
    pub notice: Option<String>,
    /// The timeouts of clients.
    pub times: Times,
}

/// A bound port that accepts no clients yet.
#[derive(Debug)]
pub struct Port {
    listener: StdListener,
    address: SocketAddr,
}

/// A port at which clients join a class; dropping it closes the port and waits for sessions to end.
#[derive(Debug)]
pub struct SshDoor {
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

/// The state that all connections of a door share.
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
    /// The number of sessions whose goodbye has not been sent.
    sessions: AtomicUsize,
}

/// Locks a mutex, also after a panic: each change under these locks leaves a consistent value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Port {
    /// Binds an address; port 0 is any free one.
    ///
    /// # Errors
    /// If the port is in use or the address is not available.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// The address, with the number of the port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts clients in threads of its own, with `key` as the host key.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn open(
        self,
        (class, tools): (&Arc<Class>, &Arc<TeacherTools>),
        key: PrivateKey,
        options: DoorOptions,
    ) -> io::Result<SshDoor> {
        let files = raise_file_limit(MAX_FILES);
        let most_pending = usize::try_from(files / 4).unwrap_or(MAX_PENDING).clamp(1, MAX_PENDING);
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
                let _ = tokio::time::timeout(CLOSE_TIMEOUT, goodbye).await;
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

/// A runtime with the threads for all connections. Tokio panics if the system has no threads, so that is tested before.
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

/// Raises the limit on open files up to `wanted`, as far as the system allows; returns the limit.
fn raise_file_limit(wanted: u64) -> u64 {
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

/// Accepts clients until it is cancelled, and serves each in a task of its own.
async fn accept_clients(door: &Arc<Door>, listener: &TcpListener, config: &Arc<Config>) {
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // too many files: drop a client
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
        () = client.times_out() => false,
        () = client.vanishes() => false,
    };
    if !is_over {
        client.hang_up(); // which ends the session
        session.await;
    }
    client.end();
    lock(&door.pending).remove(&client);
}
