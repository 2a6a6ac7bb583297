//! One client as the door sees it: how far it has come, until when it may stay there, and how to hang up on it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use russh::server::Handle;
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

use super::network::Source;
use super::{Times, lock};

/// How far a client has come. It never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stage {
    /// It has sent nothing.
    Silent,
    /// It speaks, and has no keys for what is said.
    Greeted,
    /// It has been shown the host key, and somebody may be comparing that.
    HostKeyShown,
    /// It has said a name.
    Named,
    /// It has been asked for the password, and somebody may be typing it.
    Asked,
    /// It has offered a key that lets in, and somebody may be typing its passphrase.
    Proving,
    LoggedIn,
    InSession,
}

/// When it has come so far.
#[derive(Clone, Copy, Debug)]
struct Progress {
    stage: Stage,
    /// Among all clients, in the order in which they have come so far.
    order: u64,
    /// Until when it may stay.
    deadline: Instant,
}

/// One client.
#[derive(Debug)]
pub(super) struct Client {
    pub number: u64,
    pub address: SocketAddr,
    pub source: Source,
    times: Times,
    socket: Arc<TcpStream>,
    progress: Mutex<Progress>,
    has_new_deadline: Notify,
    /// How many bytes it has sent.
    received: AtomicU64,
    /// What lets it make the machine work, while it does.
    turn: Mutex<Option<OwnedSemaphorePermit>>,
    /// Sends to it. Set before it can log in.
    pub handle: OnceLock<Handle>,
    has_ended: AtomicBool,
}

/// The order in which clients have come where they are.
static ORDER: AtomicU64 = AtomicU64::new(0);

fn next_order() -> u64 {
    ORDER.fetch_add(1, Ordering::Relaxed)
}

impl Client {
    pub fn new(address: SocketAddr, socket: TcpStream, times: Times) -> Arc<Self> {
        let order = next_order();
        let progress = Progress { stage: Stage::Silent, order, deadline: Instant::now() + times.log_in };
        Arc::new(Self {
            number: order,
            address,
            source: Source::of(address.ip()),
            times,
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

    /// How far it has come, and when in the order of all.
    pub fn place(&self) -> (Stage, u64) {
        let progress = lock(&self.progress);
        (progress.stage, progress.order)
    }

    /// It has come so far. Comparing the host key and typing the password have their time each.
    pub fn reach(&self, stage: Stage) {
        let mut progress = lock(&self.progress);
        if progress.stage >= stage {
            return;
        }
        let before = progress.stage;
        (progress.stage, progress.order) = (stage, next_order());
        let patience = match stage {
            Stage::InSession => self.times.longest_session,
            Stage::LoggedIn => self.times.begin_session,
            _ if before < Stage::Named && stage >= Stage::Named => self.times.log_in,
            _ => return,
        };
        progress.deadline = Instant::now() + patience;
        self.has_new_deadline.notify_one();
    }

    /// Waits until it has stayed too long where it is.
    pub async fn outstays(&self) {
        loop {
            let deadline = lock(&self.progress).deadline;
            if Instant::now() >= deadline {
                return;
            }
            let _ = tokio::time::timeout_at(deadline, self.has_new_deadline.notified()).await;
        }
    }

    /// Waits until nothing has come from it for so long, though it was asked, that nobody can be there any more. It is asked only after it
    /// has logged in: before that a client may take any question for an error (RFC 4252, section 6).
    pub async fn vanishes(&self) {
        const MOST_UNANSWERED: u32 = 3;
        let mut unanswered = 0;
        loop {
            let before = self.received.load(Ordering::Relaxed);
            tokio::time::sleep(self.times.keepalive).await;
            let is_silent = self.received.load(Ordering::Relaxed) == before;
            let Some(handle) = self.handle.get().filter(|_| is_silent && self.stage() >= Stage::LoggedIn) else {
                unanswered = 0;
                continue;
            };
            if unanswered == MOST_UNANSWERED {
                return;
            }
            // to take back a forwarding that there is none of: every client answers that, and none does anything
            let question = handle.cancel_forward_tcpip(String::new(), 0);
            let answered = tokio::time::timeout(self.times.keepalive.min(Duration::from_secs(1)), question).await;
            unanswered = if answered.is_ok() { 0 } else { unanswered + 1 };
        }
    }

    pub fn has_sent(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
        self.reach(Stage::Greeted);
    }

    /// What it has sent is worked on, until [`Self::end_turn`].
    pub fn begin_turn(&self, turn: OwnedSemaphorePermit) {
        *lock(&self.turn) = Some(turn);
    }

    /// It waits for the client, or for time to pass: others may be worked for.
    pub fn end_turn(&self) {
        drop(lock(&self.turn).take());
    }

    pub fn hang_up(&self) {
        let _ = rustix::net::shutdown(&*self.socket, rustix::net::Shutdown::Both);
    }

    /// Nobody is at the other end any more.
    pub fn end(&self) {
        self.hang_up();
        self.has_ended.store(true, Ordering::Relaxed);
    }

    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }
}
