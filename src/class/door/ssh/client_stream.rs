//! The stream of a client, read at a limited rate; only a few clients before log-in are processed at once, as key exchanges are expensive.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

use super::client::Client;
use super::stage::Stage;

/// A limit on received bytes: a burst, and a rate. A key exchange takes some 300 bytes, and a quarter of a millisecond.
#[derive(Clone, Copy, Debug)]
struct Pace {
    burst: f64,
    per_second: f64,
}

/// The limit before log-in; a log-in with twenty keys takes a quarter of the burst.
const BEFORE_LOG_IN: Pace = Pace { burst: 65_536.0, per_second: 4_096.0 };
/// The limit after log-in; typing and pasting need less.
const AFTER_LOG_IN: Pace = Pace { burst: 262_144.0, per_second: 32_768.0 };
/// How many bytes of the limit to wait for when it is used up.
const STEP: f64 = 256.0;
/// The maximum length of a message before log-in (RFC 4253, section 6.1): memory is allocated for the announced length.
const MAX_MESSAGE: usize = 35_000;
/// The message in which a server shows its host key (RFC 5656).
const KEX_ECDH_REPLY: u8 = 31;

type Turn = Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>;

/// The stream that russh reads from and writes to.
pub(super) struct ClientStream {
    client: Arc<Client>,
    socket: Arc<TcpStream>,
    /// Permits to process clients before log-in.
    turns: Arc<Semaphore>,
    /// The pending request for a permit.
    waiting: Option<Turn>,
    pace: Pace,
    /// How many bytes of the burst were left, and when.
    left: (f64, Instant),
    pause: Option<Pin<Box<Sleep>>>,
}

impl ClientStream {
    pub fn new(client: &Arc<Client>, turns: &Arc<Semaphore>) -> Self {
        Self {
            client: Arc::clone(client),
            socket: client.socket(),
            turns: Arc::clone(turns),
            waiting: None,
            pace: BEFORE_LOG_IN,
            left: (BEFORE_LOG_IN.burst, Instant::now()),
            pause: None,
        }
    }

    /// Waits until bytes may be read, and returns how many.
    fn poll_pace(&mut self, context: &mut Context<'_>, is_logged_in: bool) -> Poll<f64> {
        if is_logged_in && self.pace.burst < AFTER_LOG_IN.burst {
            (self.pace, self.left) = (AFTER_LOG_IN, (AFTER_LOG_IN.burst, Instant::now()));
        }
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            let (now, (left, last)) = (Instant::now(), self.left);
            let left = (left + now.duration_since(last).as_secs_f64() * self.pace.per_second).min(self.pace.burst);
            self.left = (left, now);
            if left >= 1.0 {
                return Poll::Ready(left);
            }
            self.pause = Some(Box::pin(tokio::time::sleep(Duration::from_secs_f64(STEP / self.pace.per_second))));
        }
    }

    /// Waits for a permit.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<io::Result<OwnedSemaphorePermit>> {
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(Arc::clone(&self.turns).acquire_owned()));
        let turn = ready!(waiting.as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(turn.map_err(io::Error::other))
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        stream.client.end_turn();
        let is_logged_in = stream.client.stage() >= Stage::LoggedIn;
        if !is_logged_in && into.remaining() > MAX_MESSAGE {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        loop {
            let allowed = ready!(stream.poll_pace(context, is_logged_in));
            ready!(stream.socket.poll_read_ready(context))?;
            // only clients with bytes to read take a permit
            let turn = if is_logged_in { None } else { Some(ready!(stream.poll_turn(context))?) };
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 1 to the burst
            let count = (allowed as usize).min(into.remaining());
            match stream.socket.try_read(into.initialize_unfilled_to(count)) {
                Ok(count) => {
                    into.advance(count);
                    stream.left.0 -= count as f64;
                    if count > 0 {
                        stream.client.add_received(count);
                    }
                    if let Some(turn) = turn {
                        stream.client.begin_turn(turn);
                    }
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.client.end_turn();
        // length, padding, kind: the last message that is not encrypted
        if self.client.stage() == Stage::KeyExchange && bytes.get(5) == Some(&KEX_ECDH_REPLY) {
            self.client.reach(Stage::HostKeyShown);
        }
        loop {
            ready!(self.socket.poll_write_ready(context))?;
            match self.socket.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.client.end_turn();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.client.end_turn();
        rustix::net::shutdown(&*self.socket, rustix::net::Shutdown::Write)?;
        Poll::Ready(Ok(()))
    }
}

impl Drop for ClientStream {
    fn drop(&mut self) {
        self.client.end_turn();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::class::door::ssh::Timeouts;

    /// The stream of a client that sends these bytes.
    async fn stream(bytes: Vec<u8>, turns: &Arc<Semaphore>) -> ClientStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let _ = std::net::TcpStream::connect(address).unwrap().write_all(&bytes); // the connection may be closed early
        });
        let (socket, address) = listener.accept().await.unwrap();
        ClientStream::new(&Client::new(address, socket, Timeouts::default()), turns)
    }

    fn block_on(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    }

    #[test]
    fn read_before_log_in_is_limited_in_rate() {
        block_on(async {
            let mut stream = stream(vec![b'x'; 1 << 20], &Arc::new(Semaphore::new(1))).await;
            let (start, mut buffer) = (Instant::now(), vec![0; 8192]);
            let more = BEFORE_LOG_IN.per_second / 2.0;
            let mut count = 0;
            while (count as f64) < BEFORE_LOG_IN.burst + more {
                count += stream.read(&mut buffer).await.unwrap();
            }
            assert!(start.elapsed() >= Duration::from_millis(450), "{:?}", start.elapsed());
        });
    }

    #[test]
    fn clients_before_log_in_are_read_one_per_permit() {
        block_on(async {
            let turns = Arc::new(Semaphore::new(1));
            let (mut one, mut other) = (stream(vec![b'x'; 9], &turns).await, stream(vec![b'x'; 9], &turns).await);
            let mut buffer = [0; 3];
            one.read_exact(&mut buffer).await.unwrap();
            let waiting = tokio::time::timeout(Duration::from_millis(50), other.read_exact(&mut buffer)).await;
            assert!(waiting.is_err(), "the first client has the permit");
            one.client.end_turn(); // as after its answer
            other.read_exact(&mut buffer).await.unwrap();
            // after log-in no permit is needed
            one.client.reach(Stage::LoggedIn);
            one.read_exact(&mut buffer).await.unwrap();
        });
    }

    #[test]
    fn read_of_long_message_before_log_in_fails() {
        block_on(async {
            let mut stream = stream(vec![b'x'; 100], &Arc::new(Semaphore::new(1))).await;
            assert!(stream.read_exact(&mut vec![0; 200_000]).await.is_err());
        });
    }
}
