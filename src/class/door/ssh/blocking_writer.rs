//! A blocking writer to the terminal of a client.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::runtime::Handle;

/// The timeout for writes to a client.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The asynchronous writer of a channel.
pub(super) type Writer = Pin<Box<dyn AsyncWrite + Send>>;

/// Writes to a channel from a thread outside of the runtime, and waits until the client has room.
pub(super) struct BlockingWriter {
    pub writer: Writer,
    pub runtime: Handle,
}

impl Write for BlockingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self { writer, runtime } = self;
        let taken = || runtime.block_on(async { tokio::time::timeout(WRITE_TIMEOUT, writer.write(bytes)).await });
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
