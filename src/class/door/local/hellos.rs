//! Clients that have connected and not yet said who they are: one thread waits for all of them, and a limited number of them is kept.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::wire::{ClientMessage, Hello, Reader};

/// How long a client may take to say who it is.
const GRACE: Duration = Duration::from_secs(10);
/// How many may be kept; one more, and of the account that has most the one that came first is hung up on.
const MOST_WAITING: usize = 100;
/// A hello of more bytes is none.
const LONGEST_HELLO: usize = 8 << 10;
/// How many are let in before the others are looked at again.
const MOST_AT_ONCE: usize = 256;

/// A client that has said who it is.
#[derive(Debug)]
pub(super) struct Greeted {
    pub stream: UnixStream,
    /// The number of its account.
    pub account: u32,
    pub hello: Hello,
    /// What it has said since.
    pub more: Vec<ClientMessage>,
    pub reader: Reader,
}

/// One that has not.
#[derive(Debug)]
struct Silent {
    stream: UnixStream,
    account: u32,
    reader: Reader,
    since: Instant,
}

/// Those who have not said who they are, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Hellos {
    silent: Vec<Silent>,
    /// Those who have said who they are.
    greeted: Vec<Greeted>,
    /// Until when nobody is let in, as the system has no more files.
    is_deaf_until: Option<Instant>,
}

impl Hellos {
    /// Waits for at most `patience`, lets in who comes, if `account_of` says of which account it is, and returns who has said who they are.
    pub fn next(
        &mut self,
        listener: &UnixListener,
        account_of: impl Fn(&UnixStream) -> Option<u32>,
        patience: Duration,
    ) -> Vec<Greeted> {
        let now = Instant::now();
        self.silent.retain(|silent| now.duration_since(silent.since) < GRACE);
        let is_deaf = self.is_deaf_until.is_some_and(|until| now < until);
        let none = if is_deaf { PollFlags::empty() } else { PollFlags::IN };
        let fds = self.silent.iter().map(|silent| PollFd::from_borrowed_fd(silent.stream.as_fd(), PollFlags::IN));
        let mut ready: Vec<_> = [PollFd::new(listener, none)].into_iter().chain(fds).collect();
        let patience = Timespec::try_from(patience).ok();
        if !matches!(poll(&mut ready, patience.as_ref()), Ok(1..)) {
            return Vec::new();
        }
        let is_ready: Vec<bool> = ready.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(ready);
        let silent = std::mem::take(&mut self.silent);
        for (silent, is_ready) in silent.into_iter().zip(&is_ready[1..]) {
            let still_silent = if *is_ready { self.hear(silent) } else { Some(silent) };
            self.silent.extend(still_silent);
        }
        if is_ready[0] && !is_deaf {
            self.let_in(listener, account_of, now);
        }
        std::mem::take(&mut self.greeted)
    }

    /// Reads what somebody has said, and returns them if that was not all. Who leaves or says something else is forgotten.
    fn hear(&mut self, mut silent: Silent) -> Option<Silent> {
        let mut messages = silent.reader.read(&mut silent.stream).ok()?;
        if messages.is_empty() {
            return Some(silent).filter(|silent| silent.reader.held() <= LONGEST_HELLO);
        }
        if let ClientMessage::Hello(hello) = messages.remove(0) {
            let Silent { stream, account, reader, .. } = silent;
            self.greeted.push(Greeted { stream, account, hello, more: messages, reader });
        }
        None
    }

    fn let_in(&mut self, listener: &UnixListener, account_of: impl Fn(&UnixStream) -> Option<u32>, now: Instant) {
        for _ in 0..MOST_AT_ONCE {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    // too many files: those who say nothing make room, or those who are there leave meanwhile
                    self.drop_one();
                    self.is_deaf_until = Some(now + Duration::from_millis(200));
                    return;
                }
            };
            let Some(account) = account_of(&stream) else { continue };
            if stream.set_nonblocking(true).is_err() {
                continue;
            }
            while self.silent.len() >= MOST_WAITING {
                self.drop_one();
            }
            self.silent.push(Silent { stream, account, reader: Reader::default(), since: now });
        }
    }

    /// Hangs up on the first one of the account that has most, if they have said nothing by now: nobody keeps others out.
    fn drop_one(&mut self) {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        self.silent.iter().for_each(|silent| *counts.entry(silent.account).or_default() += 1);
        let count = |silent: &Silent| counts.get(&silent.account).copied().unwrap_or_default();
        let most = self.silent.iter().map(count).max();
        let first = self.silent.iter().position(|silent| Some(count(silent)) == most);
        if let Some(first) = first {
            let first = self.silent.remove(first);
            let _ = self.hear(first);
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
        let mut said = Vec::new();
        ClientMessage::Hello(hello).write(&mut said).unwrap();
        said
    }

    #[test]
    fn few_of_many_silent_ones_are_kept_and_those_of_other_accounts_keep_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (mut hellos, account) = (Hellos::default(), Cell::new(1));
        let next = |hellos: &mut Hellos| {
            let greeted = hellos.next(&listener, |_| Some(account.get()), Duration::ZERO);
            greeted.into_iter().map(|greeted| (greeted.account, greeted.hello.name)).collect::<Vec<_>>()
        };
        // one who is slow, and then a crowd of another account
        let mut slow = UnixStream::connect(&path).unwrap();
        let said = hello("anna");
        slow.write_all(&said[..10]).unwrap();
        next(&mut hellos);
        account.set(2);
        let mut crowd = Vec::new();
        for _ in 0..1000 {
            crowd.push(UnixStream::connect(&path).unwrap());
            assert_eq!(next(&mut hellos), []);
        }
        assert_eq!(hellos.silent.len(), MOST_WAITING);
        slow.write_all(&said[10..]).unwrap();
        assert_eq!(next(&mut hellos), [(1, "anna".to_owned())]);
        assert_eq!(crowd[0].read(&mut [0]).unwrap(), 0, "who came first is hung up on");
        // and one of the crowd's own account
        let mut quick = UnixStream::connect(&path).unwrap();
        quick.write_all(&hello("ben")).unwrap();
        let crowd: Vec<_> = (0..120).map(|_| UnixStream::connect(&path).unwrap()).collect();
        assert_eq!(next(&mut hellos), [(2, "ben".to_owned())], "however many come with them");
        drop(crowd);
    }

    #[test]
    fn who_says_too_much_before_the_hello_or_something_else_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut hellos = Hellos::default();
        let mut long = vec![b'H', 0xff, 0xff];
        long.extend(vec![b' '; 20_000]);
        for said in [&b"GET / HTTP/1.1\r\n"[..], b"T\0\x01q", b"H\0\x02{}", &long] {
            let mut stream = UnixStream::connect(&path).unwrap();
            stream.write_all(said).unwrap();
            for _ in 0..4 {
                assert!(hellos.next(&listener, |_| Some(0), Duration::ZERO).is_empty());
            }
            assert_eq!(hellos.silent.len(), 0, "{}", said.escape_ascii());
        }
    }
}
