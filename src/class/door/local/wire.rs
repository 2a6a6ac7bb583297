//! What a client says to a local door: messages of a letter, a length in two bytes (big-endian) and the body. What it gets is
//! what its terminal shows, and nothing else.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::class::visitor::TerminalKind;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// First of all, who it is.
    Hello(Hello),
    /// Bytes from the terminal.
    Typed(Vec<u8>),
    /// Columns and rows of the terminal.
    Size(u16, u16),
}

/// Who comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of what is said; another one is refused.
    pub version: u32,
    /// As somebody wants to be called.
    pub name: String,
    /// What the terminal says of itself.
    pub terminal: TerminalKind,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Whether somebody wants to teach.
    #[serde(default)]
    pub teaches: bool,
}

/// What is said here.
pub const VERSION: u32 = 1;

const HELLO: u8 = b'H';
const TYPED: u8 = b'T';
const SIZE: u8 = b'S';

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl Message {
    /// Says it.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Hello(hello) => write(out, HELLO, &serde_json::to_vec(hello)?),
            Self::Typed(bytes) => bytes.chunks(usize::from(u16::MAX)).try_for_each(|bytes| write(out, TYPED, bytes)),
            Self::Size(columns, rows) => write(out, SIZE, &[columns.to_be_bytes(), rows.to_be_bytes()].concat()),
        }
    }

    fn of(letter: u8, bytes: Vec<u8>) -> io::Result<Self> {
        match (letter, bytes.as_slice()) {
            (HELLO, _) => serde_json::from_slice(&bytes).map(Self::Hello).map_err(|_| bad("it does not say who it is")),
            (TYPED, _) => Ok(Self::Typed(bytes)),
            (SIZE, &[a, b, c, d]) => Ok(Self::Size(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))),
            _ => Err(bad("it says something that nobody knows")),
        }
    }
}

fn write(out: &mut impl Write, letter: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u16::try_from(bytes.len()).map_err(|_| bad("this is too long to be said"))?;
    let message = [&[letter], &length.to_be_bytes()[..], bytes].concat();
    out.write_all(&message)
}

/// Takes messages out of a stream, in whatever pieces they come. At most one message is held.
#[derive(Debug, Default)]
pub struct Reader {
    held: Vec<u8>,
}

impl Reader {
    /// Reads once; the messages that are whole then. Nothing if there was nothing to read in time.
    ///
    /// # Errors
    /// When the stream has ended, or what it says is none of these messages.
    pub fn read(&mut self, from: &mut impl Read) -> io::Result<Vec<Message>> {
        let mut bytes = [0; 4096];
        let count = match from.read(&mut bytes) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) =>
            {
                0
            }
            Err(error) => return Err(error),
        };
        self.held.extend_from_slice(&bytes[..count]);
        let mut messages = Vec::new();
        while let [letter, high, low, rest @ ..] = self.held.as_slice() {
            if ![HELLO, TYPED, SIZE].contains(letter) {
                return Err(bad("it says something that nobody knows"));
            }
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let Some(bytes) = rest.get(..length) else { break };
            messages.push(Message::of(*letter, bytes.to_vec())?);
            self.held.drain(..3 + length);
        }
        Ok(messages)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300).prop_map(Message::Typed),
            any::<(u16, u16)>().prop_map(|(columns, rows)| Message::Size(columns, rows)),
            ".{0,20}".prop_map(|name| {
                let terminal = TerminalKind::default();
                Message::Hello(Hello { version: VERSION, name, terminal, size: (80, 24), teaches: true })
            }),
        ]
    }

    /// Gives out its bytes in pieces of at most this length.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(into.len());
            self.0.read(&mut into[..count])
        }
    }

    proptest! {
        #[test]
        fn messages_arrive_as_they_were_said_in_whatever_pieces(
            messages in prop::collection::vec(message(), 0..8),
            piece in 1usize..40,
        ) {
            let mut said = Vec::new();
            messages.iter().for_each(|message| message.write(&mut said).unwrap());
            let (mut reader, mut from, mut heard) = (Reader::default(), Trickle(&said, piece), Vec::new());
            let end = loop {
                match reader.read(&mut from) {
                    Ok(more) => heard.extend(more),
                    Err(error) => break error,
                }
            };
            prop_assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
            // an empty text is no message
            let messages: Vec<_> = messages.into_iter().filter(|message| *message != Message::Typed(Vec::new())).collect();
            prop_assert_eq!(heard, messages);
        }

        #[test]
        fn no_bytes_panic_or_are_hoarded(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let (mut reader, mut from) = (Reader::default(), bytes.as_slice());
            while reader.read(&mut from).is_ok() {
                prop_assert!(reader.held.len() <= 3 + usize::from(u16::MAX) + 4096);
            }
        }
    }
}
