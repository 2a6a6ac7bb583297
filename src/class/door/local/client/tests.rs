use std::io::Read;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixListener;
use std::thread;

use super::*;

/// A terminal whose keys and events come from sockets.
struct TestTerminal {
    keys: UnixStream,
    wake: UnixStream,
    events: Vec<TerminalEvent>,
    shown: Vec<u8>,
    calls: Vec<&'static str>,
}

impl ClientTerminal for TestTerminal {
    fn keys(&self) -> BorrowedFd<'_> {
        self.keys.as_fd()
    }
    fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
    fn events(&mut self) -> Vec<TerminalEvent> {
        let _ = self.wake.read(&mut [0; 16]);
        std::mem::take(&mut self.events)
    }
    fn size(&self) -> (u16, u16) {
        (80, 24)
    }
    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.shown.extend_from_slice(bytes);
        Ok(())
    }
    fn suspend(&mut self, is_taken: bool) -> io::Result<()> {
        self.calls.push(if is_taken { "suspend taken" } else { "suspend" });
        Ok(())
    }
    fn take_again(&mut self, is_taken: bool) -> io::Result<()> {
        self.calls.push(if is_taken { "take again taken" } else { "take again" });
        Ok(())
    }
}

/// Attaches a client to a class that runs `class`; returns its end, whether the screen is taken, and the terminal.
fn attached(
    class: impl FnOnce(UnixStream) + Send + 'static,
    events: &[TerminalEvent],
) -> (ClientEnd, bool, TestTerminal, UnixStream) {
    let (mine, other) = UnixStream::pair().unwrap();
    let ((keyboard, keys), (mut waker, wake)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
    if !events.is_empty() {
        waker.write_all(b"x").unwrap();
    }
    let mut terminal = TestTerminal { keys, wake, events: events.to_vec(), shown: Vec::new(), calls: Vec::new() };
    let class = thread::spawn(move || class(other));
    let who = AttachOptions { name: "anna", teaches: false, terminal: TerminalKind::default() };
    let (ended, is_taken) = LocalClass { stream: mine }.attach(&who, &mut terminal).unwrap();
    class.join().unwrap();
    drop(waker);
    (ended, is_taken, terminal, keyboard)
}

fn show(stream: &mut UnixStream, bytes: &[u8]) {
    Reply::Shown(bytes.to_vec()).write(stream).unwrap();
}

#[test]
fn client_distinguishes_goodbye_from_lost_class() {
    let over = |mut stream: UnixStream| {
        show(&mut stream, b"\x1b[?1049hframe");
        show(&mut stream, b"\x1b[?1049lthe class is over");
        Reply::Goodbye(0).write(&mut stream).unwrap();
    };
    let (ended, is_taken, terminal, _) = attached(over, &[]);
    assert_eq!((ended, is_taken), (ClientEnd::Goodbye(0), false));
    assert!(terminal.shown.ends_with(b"the class is over"));
    let killed = |mut stream: UnixStream| {
        show(&mut stream, b"\x1b[?10");
        show(&mut stream, b"49hhalf a fra");
        stream.write_all(b"O\0\xffme").unwrap();
    };
    let (ended, is_taken, ..) = attached(killed, &[]);
    assert_eq!((ended, is_taken), (ClientEnd::Gone, true));
    let nonsense = |mut stream: UnixStream| {
        show(&mut stream, b"\x1b[?1049h");
        stream.write_all(b"X\0\0").unwrap();
    };
    assert_eq!(attached(nonsense, &[]).0, ClientEnd::Gone);
    let older = |mut stream: UnixStream| stream.write_all(b"another version\x1b[2J\r\n").unwrap();
    let (ended, is_taken, terminal, _) = attached(older, &[]);
    assert_eq!((ended, is_taken), (ClientEnd::Rejected, false));
    let shown = String::from_utf8(terminal.shown).unwrap();
    assert!(shown.starts_with("another version") && !shown.contains('\x1b'), "{shown:?}");
}

#[test]
fn client_ends_by_signal_and_redraws_after_suspension() {
    let waits = |mut stream: UnixStream| {
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
    };
    let (ended, ..) = attached(waits, &[TerminalEvent::Resized, TerminalEvent::Ending(15)]);
    assert_eq!(ended, ClientEnd::Signal(15));
    let heard = |mut stream: UnixStream| {
        let (mut said, mut bytes) = (Vec::new(), [0; 1000]);
        while !said.ends_with(b"R\0\0") {
            let count = stream.read(&mut bytes).unwrap();
            said.extend_from_slice(&bytes[..count]);
        }
        assert!(said.ends_with(b"S\0\x04\0\x50\0\x18R\0\0"), "{}", said.escape_ascii());
    };
    let (ended, _, terminal, _) = attached(heard, &[TerminalEvent::Continued]);
    assert_eq!((ended, terminal.calls), (ClientEnd::Gone, vec!["take again"]));
}

#[test]
fn find_accepts_own_listener_and_reports_missing_class() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(Some(folder.path().join("socket")));
    assert!(matches!(LocalClass::find(&place, true), Err(PlaceError::NoClass)));
    let listener = UnixListener::bind(place.path()).unwrap();
    LocalClass::find(&place, true).unwrap();
    drop(listener);
    assert!(matches!(LocalClass::find(&place, false), Err(PlaceError::NoClass)));
    let elsewhere = Place::new(Some(folder.path().join("missing/socket")));
    assert!(matches!(LocalClass::find(&elsewhere, false), Err(PlaceError::NoClass)));
    let long = Place::new(Some(folder.path().join("x".repeat(200))));
    assert!(matches!(LocalClass::find(&long, false), Err(PlaceError::TooLong { .. })));
}
