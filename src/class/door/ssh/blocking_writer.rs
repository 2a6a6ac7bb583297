//! Bytes to a client's terminal, from a thread that may wait.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::runtime::Handle;

/// How long a client may take nothing of what it is sent.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// What takes bytes for a client, when it has room.
pub(super) type Writer = Pin<Box<dyn AsyncWrite + Send>>;

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
