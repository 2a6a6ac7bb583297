//! What a client sends, on its way to the thread that reads it: nobody who sends waits.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use crate::class::door::input::ClientInput;

/// How many pieces of what is typed may wait; what comes then is lost, as nobody types so fast.
const WAITING: usize = 16;

/// Where what a client sends is put.
#[derive(Debug)]
pub(super) struct InputSender {
    typed: SyncSender<Vec<u8>>,
    size: Arc<Mutex<Option<(u16, u16)>>>,
}

/// Where it is taken.
#[derive(Debug)]
pub(super) struct InputReceiver {
    typed: Receiver<Vec<u8>>,
    size: Arc<Mutex<Option<(u16, u16)>>>,
}

impl InputSender {
    /// An empty queue, and its other end.
    pub fn new() -> (Self, InputReceiver) {
        let (sender, typed) = mpsc::sync_channel(WAITING);
        let size = Arc::default();
        (Self { typed: sender, size: Arc::clone(&size) }, InputReceiver { typed, size })
    }

    /// Bytes of keys.
    pub fn push_bytes(&self, bytes: &[u8]) {
        let _ = self.typed.try_send(bytes.to_vec());
    }

    /// Columns and rows: however many come, the last ones count.
    pub fn set_size(&self, size: (u16, u16)) {
        *lock(&self.size) = Some(size);
        self.push_bytes(&[]); // somebody who waits shall look; where the queue is full, nobody waits
    }
}

impl InputReceiver {
    /// What has come, after at most `patience`; maybe nothing.
    ///
    /// # Errors
    /// When there will be no more.
    pub fn next(&self, patience: Duration) -> io::Result<Vec<ClientInput>> {
        let typed = match self.typed.recv_timeout(patience) {
            Ok(bytes) => Some(bytes).filter(|bytes| !bytes.is_empty()),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let size = lock(&self.size).take().map(|(columns, rows)| ClientInput::Size(columns, rows));
        Ok(size.into_iter().chain(typed.map(ClientInput::Typed)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_sizes_that_come_at_once_the_last_one_counts() {
        let (queue, input) = InputSender::new();
        for columns in 1..=1000 {
            queue.push_bytes(b"x");
            queue.set_size((columns, 24));
        }
        let mut sent = Vec::new();
        for _ in 0..=WAITING {
            sent.extend(input.next(Duration::ZERO).unwrap());
        }
        let sizes: Vec<_> = sent.iter().filter(|sent| matches!(sent, ClientInput::Size(..))).collect();
        assert_eq!(sizes, [&ClientInput::Size(1000, 24)]);
        queue.set_size((80, 24));
        queue.push_bytes(b"q");
        assert_eq!(input.next(Duration::ZERO).unwrap(), [ClientInput::Size(80, 24)]);
        assert_eq!(input.next(Duration::ZERO).unwrap(), [ClientInput::Typed(b"q".to_vec())]);
        assert_eq!(input.next(Duration::ZERO).unwrap(), []);
        drop(queue);
        assert_eq!(input.next(Duration::ZERO).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
