//! The client of a local door: a terminal takes part in a class.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};

use super::wire::{Hello, Message, VERSION};
use crate::class::visitor::TerminalKind;

/// Who attaches.
#[derive(Clone, Debug)]
pub struct AttachOptions<'a> {
    /// As somebody wants to be called.
    pub name: &'a str,
    /// Whether somebody wants to teach.
    pub teaches: bool,
}

/// Takes part in a class with the terminal of this process, whose keys come from `keys` and which shows what is written to `out`, until the
/// class or its client ends it. `size` is asked each time after `resized` has had something to read.
///
/// # Errors
/// When there is no class at `path`, or the line to it is lost.
pub fn attach(
    path: &Path,
    who: &AttachOptions<'_>,
    (keys, resized): (&impl rustix::fd::AsFd, &impl rustix::fd::AsFd),
    size: impl Fn() -> (u16, u16),
    out: &mut impl Write,
) -> io::Result<()> {
    let mut stream = UnixStream::connect(path)?;
    let (name, terminal) = (who.name.to_owned(), TerminalKind::own());
    let hello = Hello { version: VERSION, name, terminal, size: size(), teaches: who.teaches };
    Message::Hello(hello).write(&mut stream)?;
    let mut bytes = vec![0; 1 << 14];
    loop {
        let mut ready = [
            PollFd::new(&stream, PollFlags::IN),
            PollFd::new(keys, PollFlags::IN),
            PollFd::new(resized, PollFlags::IN),
        ];
        match poll(&mut ready, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let [shown, typed, resize] = ready.map(|fd| !fd.revents().is_empty());
        if shown {
            match stream.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    out.write_all(&bytes[..count])?;
                    out.flush()?;
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if resize {
            while matches!(rustix::io::read(resized, &mut bytes), Ok(count) if count == bytes.len()) {}
            let (columns, rows) = size();
            send(&Message::Size(columns, rows), &mut stream)?;
        }
        if typed {
            match rustix::io::read(keys, &mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => send(&Message::Typed(bytes[..count].to_vec()), &mut stream)?,
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What a class that has just ended is told does not matter; what it has shown last is still to be read.
fn send(message: &Message, stream: &mut UnixStream) -> io::Result<()> {
    match message.write(stream) {
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => Ok(()),
        written => written,
    }
}
