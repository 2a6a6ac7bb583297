//! The socket of one client: bytes to its terminal, and hanging up.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::runtime::Handle;

/// How long a client may take nothing of what it is sent.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// What takes bytes for a client, when it has room.
pub(super) type Writer = Pin<Box<dyn AsyncWrite + Send>>;

/// What hangs up on a client.
#[derive(Clone, Debug)]
pub(super) struct ClientSocket {
    socket: Arc<OwnedFd>,
    has_ended: Arc<AtomicBool>,
}

impl ClientSocket {
    pub fn new(socket: OwnedFd) -> Self {
        Self { socket: Arc::new(socket), has_ended: Arc::default() }
    }

    /// Nobody is at the other end any more.
    pub fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    pub fn hang_up(&self) {
        let _ = rustix::net::shutdown(&*self.socket, rustix::net::Shutdown::Both);
    }
}

/// Waits until what is written has been taken.
pub(super) struct BlockingWriter {
    pub writer: Writer,
    pub runtime: Handle,
}

impl Write for BlockingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { writer, runtime } = self;
        let taken = || runtime.block_on(async { tokio::time::timeout(LONGEST_SILENCE, writer.write(bytes)).await });
        // the runtime may have ended with the class
        match catch_unwind(AssertUnwindSafe(taken)) {
            Ok(Ok(written)) => written,
            Ok(Err(_)) => Err(io::Error::new(io::ErrorKind::TimedOut, "it takes nothing any more")),
            Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
