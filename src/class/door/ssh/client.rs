//! A client of the port: its stage, its deadline, its connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use russh::server::Handle;
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

use super::lock::lock;
use super::network::Source;
use super::stage::Stage;
use super::timeouts::Timeouts;

/// The stage, its order and its deadline.
#[derive(Clone, Copy, Debug)]
struct Progress {
    stage: Stage,
    /// The position among all changes of stages, of all clients.
    order: u64,
    /// When the client is dropped, unless it advances.
    deadline: Instant,
}

/// A client of the port.
#[derive(Debug)]
pub(super) struct Client {
    pub number: u64,
    pub address: SocketAddr,
    pub source: Source,
    timeouts: Timeouts,
    socket: Arc<TcpStream>,
    progress: Mutex<Progress>,
    has_new_deadline: Notify,
    /// The number of bytes it has sent.
    received: AtomicU64,
    /// The permit to be processed, while it is.
    turn: Mutex<Option<OwnedSemaphorePermit>>,
    /// The handle to send to it; set before log-in.
    pub handle: OnceLock<Handle>,
    has_ended: AtomicBool,
}

/// The next position in the order of stages.
static ORDER: AtomicU64 = AtomicU64::new(0);

fn next_order() -> u64 {
    ORDER.fetch_add(1, Ordering::Relaxed)
}

impl Client {
    pub fn new(address: SocketAddr, socket: TcpStream, timeouts: Timeouts) -> Arc<Self> {
        let order = next_order();
        let progress = Progress { stage: Stage::Silent, order, deadline: Instant::now() + timeouts.log_in };
        Arc::new(Self {
            number: order,
            address,
            source: Source::from_address(address.ip()),
            timeouts,
            socket: Arc::new(socket),
            progress: Mutex::new(progress),
            has_new_deadline: Notify::new(),
            received: AtomicU64::new(0),
            turn: Mutex::new(None),
            handle: OnceLock::new(),
            has_ended: AtomicBool::new(false),
        })
    }

    pub fn socket(&self) -> Arc<TcpStream> {
        Arc::clone(&self.socket)
    }

    pub fn stage(&self) -> Stage {
        lock(&self.progress).stage
    }

    /// The stage, and its position in the order of all changes.
    pub fn stage_and_order(&self) -> (Stage, u64) {
        let progress = lock(&self.progress);
        (progress.stage, progress.order)
    }

    /// Advances to a stage, and sets its deadline; an earlier stage changes nothing. Comparing the host key and typing the password have a
    /// deadline each.
    pub fn reach(&self, stage: Stage) {
        let mut progress = lock(&self.progress);
        if progress.stage >= stage {
            return;
        }
        let before = progress.stage;
        (progress.stage, progress.order) = (stage, next_order());
        let timeout = match stage {
            Stage::InSession => self.timeouts.session,
            Stage::LoggedIn => self.timeouts.session_start,
            _ if before < Stage::Named && stage >= Stage::Named => self.timeouts.log_in,
            _ => return,
        };
        progress.deadline = Instant::now() + timeout;
        self.has_new_deadline.notify_one();
    }

    /// Waits until the deadline has passed.
    pub async fn times_out(&self) {
        loop {
            let deadline = lock(&self.progress).deadline;
            if Instant::now() >= deadline {
                return;
            }
            let _ = tokio::time::timeout_at(deadline, self.has_new_deadline.notified()).await;
        }
    }

    /// Waits until the client has not answered three keepalive requests. Requests are sent after log-in only: before, a client may take them
    /// for an error (RFC 4252, section 6).
    pub async fn vanishes(&self) {
        const MAX_UNANSWERED: u32 = 3;
        let mut unanswered = 0;
        loop {
            let before = self.received.load(Ordering::Relaxed);
            tokio::time::sleep(self.timeouts.keepalive).await;
            let is_silent = self.received.load(Ordering::Relaxed) == before;
            let Some(handle) = self.handle.get().filter(|_| is_silent && self.stage() >= Stage::LoggedIn) else {
                unanswered = 0;
                continue;
            };
            if unanswered == MAX_UNANSWERED {
                return;
            }
            // the request to cancel a forwarding that does not exist: every client answers it, and it has no effect
            let question = handle.cancel_forward_tcpip(String::new(), 0);
            let answered = tokio::time::timeout(self.timeouts.keepalive.min(Duration::from_secs(1)), question).await;
            unanswered = if answered.is_ok() { 0 } else { unanswered + 1 };
        }
    }

    /// Counts received bytes.
    pub fn add_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
        self.reach(Stage::KeyExchange);
    }

    /// Keeps a permit until [`Self::end_turn`].
    pub fn begin_turn(&self, turn: OwnedSemaphorePermit) {
        *lock(&self.turn) = Some(turn);
    }

    /// Releases the permit: the connection waits for the client or a timer.
    pub fn end_turn(&self) {
        drop(lock(&self.turn).take());
    }

    /// Closes the connection.
    pub fn hang_up(&self) {
        let _ = rustix::net::shutdown(&*self.socket, rustix::net::Shutdown::Both);
    }

    /// Closes the connection, and marks it as ended.
    pub fn end(&self) {
        self.hang_up();
        self.has_ended.store(true, Ordering::Relaxed);
    }

    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }
}
