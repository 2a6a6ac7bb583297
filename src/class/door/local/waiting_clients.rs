//! Clients that have connected and not sent their hello yet: a limited number, served by one thread.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::wire::{ClientMessage, Hello, Reader};

/// The timeout for a hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum number of clients without a hello; beyond it the oldest one of the account that has most is dropped.
const MAX_WAITING: usize = 100;
/// The maximum length of a hello, in bytes.
const MAX_HELLO: usize = 8 << 10;
/// The maximum number of clients to accept before waiting ones are read again.
const MAX_ACCEPTED: usize = 256;

/// A client that has sent its hello.
#[derive(Debug)]
pub(super) struct ReadyClient {
    pub stream: UnixStream,
    /// Its uid.
    pub account: u32,
    pub hello: Hello,
    /// Messages after the hello.
    pub later: Vec<ClientMessage>,
    pub reader: Reader,
}

/// A client without a hello.
#[derive(Debug)]
struct WaitingClient {
    stream: UnixStream,
    account: u32,
    reader: Reader,
    since: Instant,
}

/// The clients of a socket before their sessions.
#[derive(Debug, Default)]
pub(super) struct WaitingClients {
    /// Clients without a hello, oldest first.
    waiting: Vec<WaitingClient>,
    /// Clients with one.
    ready: Vec<ReadyClient>,
    /// Until when no client is accepted, because the system has no more files.
    paused_until: Option<Instant>,
}

impl WaitingClients {
    /// Waits at most `timeout`, accepts clients for which `account_of` returns a uid, and returns those that have sent their hello.
    pub fn next(
        &mut self,
        listener: &UnixListener,
        account_of: impl Fn(&UnixStream) -> Option<u32>,
        timeout: Duration,
    ) -> Vec<ReadyClient> {
        let now = Instant::now();
        self.waiting.retain(|client| now.duration_since(client.since) < HELLO_TIMEOUT);
        let is_paused = self.paused_until.is_some_and(|until| now < until);
        let flags = if is_paused { PollFlags::empty() } else { PollFlags::IN };
        let fds = self.waiting.iter().map(|client| PollFd::from_borrowed_fd(client.stream.as_fd(), PollFlags::IN));
        let mut polled: Vec<_> = [PollFd::new(listener, flags)].into_iter().chain(fds).collect();
        let timeout = Timespec::try_from(timeout).ok();
        if !matches!(poll(&mut polled, timeout.as_ref()), Ok(1..)) {
            return Vec::new();
        }
        let is_ready: Vec<bool> = polled.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(polled);
        let waiting = std::mem::take(&mut self.waiting);
        for (client, is_ready) in waiting.into_iter().zip(&is_ready[1..]) {
            let still_waiting = if *is_ready { self.read(client) } else { Some(client) };
            self.waiting.extend(still_waiting);
        }
        if is_ready[0] && !is_paused {
            self.accept(listener, account_of, now);
        }
        std::mem::take(&mut self.ready)
    }

    /// Reads from a client; returns it if its hello is incomplete. One that closes the connection or sends something else is dropped.
    fn read(&mut self, mut client: WaitingClient) -> Option<WaitingClient> {
        let mut messages = client.reader.read(&mut client.stream).ok()?;
        if messages.is_empty() {
            return Some(client).filter(|client| client.reader.buffered() <= MAX_HELLO);
        }
        if let ClientMessage::Hello(hello) = messages.remove(0) {
            let WaitingClient { stream, account, reader, .. } = client;
            self.ready.push(ReadyClient { stream, account, hello, later: messages, reader });
        }
        None
    }

    /// Accepts waiting clients.
    fn accept(&mut self, listener: &UnixListener, account_of: impl Fn(&UnixStream) -> Option<u32>, now: Instant) {
        for _ in 0..MAX_ACCEPTED {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    // too many files: drop a client, and wait for others to leave
                    self.drop_one();
                    self.paused_until = Some(now + Duration::from_millis(200));
                    return;
                }
            };
            let Some(account) = account_of(&stream) else { continue };
            if stream.set_nonblocking(true).is_err() {
                continue;
            }
            while self.waiting.len() >= MAX_WAITING {
                self.drop_one();
            }
            self.waiting.push(WaitingClient { stream, account, reader: Reader::default(), since: now });
        }
    }

    /// Drops the oldest client of the account that has most, unless its hello has arrived meanwhile.
    fn drop_one(&mut self) {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        self.waiting.iter().for_each(|client| *counts.entry(client.account).or_default() += 1);
        let count = |client: &WaitingClient| counts.get(&client.account).copied().unwrap_or_default();
        let most = self.waiting.iter().map(count).max();
        let oldest = self.waiting.iter().position(|client| Some(count(client)) == most);
        if let Some(oldest) = oldest {
            let client = self.waiting.remove(oldest);
            let _ = self.read(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::{Read, Write};

    use super::*;
    use crate::class::door::local::wire::VERSION;
    use crate::class::visitor::TerminalKind;

    fn hello(name: &str) -> Vec<u8> {
        let hello = Hello {
            version: VERSION,
            name: name.to_owned(),
            terminal: TerminalKind::default(),
            size: (80, 24),
            teaches: false,
        };
        let mut sent = Vec::new();
        ClientMessage::Hello(hello).write(&mut sent).unwrap();
        sent
    }

    #[test]
    fn silent_clients_are_limited_and_block_no_other_account() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (mut clients, account) = (WaitingClients::default(), Cell::new(1));
        let next = |clients: &mut WaitingClients| {
            let ready = clients.next(&listener, |_| Some(account.get()), Duration::ZERO);
            ready.into_iter().map(|client| (client.account, client.hello.name)).collect::<Vec<_>>()
        };
        // a slow client, and then many of another account
        let mut slow = UnixStream::connect(&path).unwrap();
        let sent = hello("anna");
        slow.write_all(&sent[..10]).unwrap();
        next(&mut clients);
        account.set(2);
        let mut crowd = Vec::new();
        for _ in 0..1000 {
            crowd.push(UnixStream::connect(&path).unwrap());
            assert_eq!(next(&mut clients), []);
        }
        assert_eq!(clients.waiting.len(), MAX_WAITING);
        slow.write_all(&sent[10..]).unwrap();
        assert_eq!(next(&mut clients), [(1, "anna".to_owned())]);
        assert_eq!(crowd[0].read(&mut [0]).unwrap(), 0, "the oldest client is dropped");
        // a client of the same account
        let mut quick = UnixStream::connect(&path).unwrap();
        quick.write_all(&hello("ben")).unwrap();
        let crowd: Vec<_> = (0..120).map(|_| UnixStream::connect(&path).unwrap()).collect();
        assert_eq!(next(&mut clients), [(2, "ben".to_owned())], "the limit drops waiting clients only");
        drop(crowd);
    }

    #[test]
    fn client_with_long_or_invalid_hello_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut clients = WaitingClients::default();
        let mut long = vec![b'H', 0xff, 0xff];
        long.extend(vec![b' '; 20_000]);
        for sent in [&b"GET / HTTP/1.1\r\n"[..], b"T\0\x01q", b"H\0\x02{}", &long] {
            let mut stream = UnixStream::connect(&path).unwrap();
            stream.write_all(sent).unwrap();
            for _ in 0..4 {
                assert!(clients.next(&listener, |_| Some(0), Duration::ZERO).is_empty());
            }
            assert_eq!(clients.waiting.len(), 0, "{}", sent.escape_ascii());
        }
    }
}
