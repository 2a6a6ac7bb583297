//! The queue of input from a client to its session; the sender never waits.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock::lock;
use crate::class::door::input::ClientInput;

/// The capacity of the queue; input beyond it is lost.
const CAPACITY: usize = 16;

/// The sending end.
#[derive(Debug)]
pub(super) struct InputSender {
    typed: SyncSender<Vec<u8>>,
    size: Arc<Mutex<Option<(u16, u16)>>>,
}

/// The receiving end.
#[derive(Debug)]
pub(super) struct InputReceiver {
    typed: Receiver<Vec<u8>>,
    size: Arc<Mutex<Option<(u16, u16)>>>,
}

impl InputSender {
    /// Both ends of an empty queue.
    pub fn new() -> (Self, InputReceiver) {
        let (sender, typed) = mpsc::sync_channel(CAPACITY);
        let size = Arc::default();
        (Self { typed: sender, size: Arc::clone(&size) }, InputReceiver { typed, size })
    }

    /// Adds bytes of keys, unless the queue is full.
    pub fn push_bytes(&self, bytes: &[u8]) {
        let _ = self.typed.try_send(bytes.to_vec());
    }

    /// Sets columns and rows; only the last ones are received.
    pub fn set_size(&self, size: (u16, u16)) {
        *lock(&self.size) = Some(size);
        self.push_bytes(&[]); // wakes a waiting receiver; if the queue is full, none waits
    }
}

impl InputReceiver {
    /// Waits at most `timeout` for input; returns none if none has come.
    ///
    /// # Errors
    /// If the sender was dropped.
    pub fn next(&self, timeout: Duration) -> io::Result<Vec<ClientInput>> {
        let typed = match self.typed.recv_timeout(timeout) {
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
    fn last_of_many_sizes_is_received() {
        let (queue, input) = InputSender::new();
        for columns in 1..=1000 {
            queue.push_bytes(b"x");
            queue.set_size((columns, 24));
        }
        let mut sent = Vec::new();
        for _ in 0..=CAPACITY {
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
