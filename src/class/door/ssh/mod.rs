//! The door for clients of any ssh program, over a network.

mod admission;
mod algorithms;
mod blocking_writer;
mod channel;
mod client;
mod client_stream;
mod connection;
mod door_state;
mod guesses;
pub mod host_key;
mod input_queue;
mod key_line;
mod key_line_error;
mod key_options;
mod lock;
mod log_in;
mod network;
pub mod notice;
pub mod option_file;
mod pending;
mod resources;
mod stage;
mod timeouts;

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use russh::keys::ssh_key::PrivateKey;
use russh::server::Config;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

pub use admission::{Admission, Keys, Students};
use channel::CLOSE_TIMEOUT;
use client::Client;
use client_stream::ClientStream;
use connection::Connection;
use door_state::DoorState;
pub use host_key::HostKeyError;
pub use key_line::KeyLine;
pub use key_line_error::{KeyHelp, KeyProblem, LineError};
use lock::lock;
pub use option_file::FileError;
use pending::Pending;
use resources::{raise_file_limit, runtime};
pub use timeouts::Timeouts;

use crate::class::{Class, TeacherTools};

/// The maximum number of clients before their sessions; beyond it one is dropped, see [`Pending`].
const MAX_PENDING: usize = 256;
/// How many clients that are not logged in are processed at once; key exchanges are most of that work.
const TURNS: usize = 2;
/// The number of threads for all connections: one is always free for clients in sessions.
const THREADS: usize = TURNS + 1;
/// The limit on open files to request from the system, as each connection is one.
const MAX_FILES: u64 = 4096;
/// The send buffer of a socket, in bytes.
const SEND_BUFFER: usize = 32 << 10;
/// How long the door pauses when the system has no more files.
const BACK_OFF: Duration = Duration::from_millis(200);

/// Options of a port.
#[derive(Clone, Debug)]
pub struct DoorOptions {
    /// Who may join, and how they authenticate.
    pub admission: Admission,
    /// A text that clients show before log-in.
    pub notice: Option<String>,
    /// The timeouts of clients.
    pub timeouts: Timeouts,
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
        class: &Arc<Class>,
        tools: &Arc<TeacherTools>,
        key: PrivateKey,
        options: DoorOptions,
    ) -> io::Result<SshDoor> {
        let files = raise_file_limit(MAX_FILES);
        let most_pending = usize::try_from(files / 4).unwrap_or(MAX_PENDING).clamp(1, MAX_PENDING);
        let door = Arc::new(DoorState {
            class: Arc::clone(class),
            tools: Arc::clone(tools),
            admission: options.admission,
            notice: options.notice,
            timeouts: options.timeouts,
            guesses: Mutex::default(),
            pending: Mutex::new(Pending::new(most_pending)),
            turns: Arc::new(Semaphore::new(TURNS)),
            sessions: AtomicUsize::new(0),
        });
        let config = Arc::new(algorithms::config(key, &door.admission));
        let runtime = runtime(THREADS)?;
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

/// Accepts clients until it is cancelled, and serves each in a task of its own.
async fn accept_clients(door: &Arc<DoorState>, listener: &TcpListener, config: &Arc<Config>) {
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // too many files: drop a client
            lock(&door.pending).drop_one();
            tokio::time::sleep(BACK_OFF).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER);
        let client = Client::new(address, stream, door.timeouts);
        lock(&door.pending).add(&client);
        tokio::spawn(serve_client(Arc::clone(config), Arc::clone(door), client));
    }
}

/// A connection from its beginning to its end.
async fn serve_client(config: Arc<Config>, door: Arc<DoorState>, client: Arc<Client>) {
    let session = async {
        let (stream, connection) = (ClientStream::new(&client, &door.turns), Connection::new(&door, &client));
        if let Ok(running) = russh::server::run_stream(config, stream, connection).await {
            let _ = client.handle.set(running.handle());
            let _ = running.await; // its error is of no consequence for the door
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
