//! A way in over a network, for the `ssh` that every system has.

mod admission;
mod client_socket;
mod connection;
pub mod host_key;
mod input_queue;

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use russh::keys::ssh_key::PrivateKey;
pub use russh::keys::ssh_key::PublicKey;
use russh::server::Config;
use russh::{SshId, compression};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use admission::Failures;
pub use admission::{Admission, Students};
use client_socket::ClientSocket;
use connection::Connection;

use crate::class::{Class, TeacherTools};

/// How long a client may take to log in, and then to begin a session: who only keeps a connection open is let go.
const GRACE: Duration = Duration::from_secs(30);
/// How many may be logging in at once; one more, and the one that has said least for longest is hung up on.
const MOST_PENDING_LOGINS: usize = 100;
/// How long a connection lasts at most.
const LONGEST_LIFE: Duration = Duration::from_hours(12);
/// How long a client may take to hang up when its session has ended.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);
/// How often one client may try to log in.
const MOST_ATTEMPTS: usize = 6;
/// How long a refusal takes, whatever it is for.
const REFUSAL: Duration = Duration::from_secs(1);
/// After how long a client that says nothing is asked whether it is there; the third time it is not.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// How much a client may send before it is read, in bytes.
const WINDOW: u32 = 1 << 16;
/// How much of what it is sent may wait for it in the system, in bytes.
const SEND_BUFFER: usize = 32 << 10;
/// How long the door waits when the system has no more files.
const BACK_OFF: Duration = Duration::from_millis(200);

/// A port at which a class can be joined, for as long as this lives.
#[derive(Debug)]
pub struct SshDoor {
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

/// What all connections of a door have in common.
struct Door {
    class: Arc<Class>,
    tools: Arc<TeacherTools>,
    admission: Admission,
    failures: Mutex<Failures>,
    pending_logins: Mutex<Vec<PendingLogin>>,
    /// How many sessions have not been told goodbye.
    sessions: AtomicUsize,
}

/// A connection that is not logged in.
struct PendingLogin {
    number: u64,
    /// Whether the client has named itself.
    has_sent_name: Arc<AtomicBool>,
    socket: ClientSocket,
}

/// Whoever panicked while holding one of these locks left what it guards whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SshDoor {
    /// Opens it at `address`, and returns the address that it has: a port of 0 is any that is free.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no thread.
    pub fn open(
        (class, tools): (&Arc<Class>, &Arc<TeacherTools>),
        address: SocketAddr,
        key: PrivateKey,
        admission: Admission,
    ) -> io::Result<(Self, SocketAddr)> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let door = Arc::new(Door {
            class: Arc::clone(class),
            tools: Arc::clone(tools),
            admission,
            failures: Mutex::default(),
            pending_logins: Mutex::default(),
            sessions: AtomicUsize::new(0),
        });
        let config = Arc::new(config(key, &door.admission));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let work = move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
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
        Ok((Self { stop, thread: Some(thread) }, address))
    }
}

impl Drop for SshDoor {
    fn drop(&mut self) {
        self.stop.notify_one();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn config(key: PrivateKey, admission: &Admission) -> Config {
    let mut config = Config {
        server_id: SshId::Standard("SSH-2.0-rnn-tui".into()),
        methods: admission.methods(),
        auth_rejection_time: REFUSAL,
        // every client asks first whether it may come in without anything
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        window_size: WINDOW,
        max_auth_attempts: MOST_ATTEMPTS,
        inactivity_timeout: None, // a class looks without typing; whether a client is there is asked
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 3,
        ..Config::default()
    };
    // what is compressed before somebody has logged in takes memory
    config.preferred.compression = std::borrow::Cow::Borrowed(&[compression::NONE]);
    config
}

/// Lets clients in, whatever goes wrong with one of them, and for ever.
async fn accept_clients(door: &Arc<Door>, listener: &TcpListener, config: &Arc<Config>) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    loop {
        // too many files: those who are there may leave meanwhile
        let Ok((stream, address)) = listener.accept().await else {
            tokio::time::sleep(BACK_OFF).await;
            continue;
        };
        let Ok(socket) = stream.as_fd().try_clone_to_owned() else {
            tokio::time::sleep(BACK_OFF).await;
            continue;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let connection = Connection::new(door, number, address, ClientSocket::new(socket));
        door.add_pending_login(&connection);
        tokio::spawn(run_connection(Arc::clone(config), stream, connection));
    }
}

/// A connection from its beginning to its end.
async fn run_connection(config: Arc<Config>, stream: TcpStream, connection: Connection) {
    let (door, number, socket) = (Arc::clone(&connection.door), connection.number, connection.socket.clone());
    let (is_logged_in, has_session) = (Arc::clone(&connection.is_logged_in), Arc::clone(&connection.has_session));
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER);
    let session = async {
        if let Ok(running) = russh::server::run_stream(config, stream, connection).await {
            let _ = running.await; // how it has ended is its own affair
        }
    };
    let is_late = async {
        tokio::time::sleep(GRACE).await;
        if is_logged_in.load(Ordering::Relaxed) {
            tokio::time::sleep(GRACE).await;
        }
        if has_session.load(Ordering::Relaxed) {
            tokio::time::sleep(LONGEST_LIFE).await;
        }
        socket.hang_up(); // which ends the session
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = session => {}
        () = is_late => {}
    }
    socket.end();
    door.remove_pending_login(number);
}

impl Door {
    /// One more that is not logged in; where there are too many, the oldest one that has not named itself is hung up on.
    fn add_pending_login(&self, connection: &Connection) {
        let mut pending_logins = lock(&self.pending_logins);
        if pending_logins.len() >= MOST_PENDING_LOGINS {
            let silent = pending_logins.iter().position(|login| !login.has_sent_name.load(Ordering::Relaxed));
            pending_logins.remove(silent.unwrap_or(0)).socket.hang_up();
        }
        let (has_sent_name, socket) = (Arc::clone(&connection.has_sent_name), connection.socket.clone());
        pending_logins.push(PendingLogin { number: connection.number, has_sent_name, socket });
    }

    /// It has logged in, or is gone.
    fn remove_pending_login(&self, number: u64) {
        lock(&self.pending_logins).retain(|login| login.number != number);
    }
}
