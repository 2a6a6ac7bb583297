//! The protocol of the socket: messages of a letter, a length of two bytes (big-endian) and the body. Terminal output is a message, too, so that
//! a client can tell the end of a session from a lost connection.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::class::visitor::TerminalKind;

/// A message from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientMessage {
    /// The first message.
    Hello(Hello),
    /// Bytes from the terminal.
    Typed(Vec<u8>),
    /// Columns and rows of the terminal.
    Size(u16, u16),
    /// The terminal has to be redrawn completely.
    Redraw,
}

/// The first message of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of the protocol; unknown ones are rejected.
    pub version: u32,
    /// The name in the class.
    pub name: String,
    /// The variables that describe the terminal.
    pub terminal: TerminalKind,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Whether to join as a teacher.
    #[serde(default)]
    pub teaches: bool,
}

/// A message from a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Bytes for the terminal.
    Shown(Vec<u8>),
    /// The end of the session, with the exit code for the client.
    Goodbye(u8),
    /// Text of a door of another version, without messages.
    Text(Vec<u8>),
}

/// The version of this protocol.
pub const VERSION: u32 = 2;
/// The version in which a door sends terminal output without messages; its clients are accepted.
pub const RAW_VERSION: u32 = 1;

const HELLO: u8 = b'H';
const TYPED: u8 = b'T';
const SIZE: u8 = b'S';
const REDRAW: u8 = b'R';
const SHOWN: u8 = b'O';
const GOODBYE: u8 = b'G';

/// The error of an invalid message.
fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl ClientMessage {
    /// Writes the message.
    ///
    /// # Errors
    /// If the writer fails, or the message is too long.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Hello(hello) => write(out, HELLO, &serde_json::to_vec(hello)?),
            Self::Typed(bytes) => bytes.chunks(usize::from(u16::MAX)).try_for_each(|bytes| write(out, TYPED, bytes)),
            Self::Size(columns, rows) => write(out, SIZE, &[columns.to_be_bytes(), rows.to_be_bytes()].concat()),
            Self::Redraw => write(out, REDRAW, &[]),
        }
    }

    /// The message with this letter and body.
    fn from_parts(letter: u8, bytes: Vec<u8>) -> io::Result<Self> {
        match (letter, bytes.as_slice()) {
            (HELLO, _) => serde_json::from_slice(&bytes).map(Self::Hello).map_err(|_| bad("it does not say who it is")),
            (TYPED, _) => Ok(Self::Typed(bytes)),
            (SIZE, &[a, b, c, d]) => Ok(Self::Size(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))),
            (REDRAW, []) => Ok(Self::Redraw),
            _ => Err(bad("it sends an unknown message")),
        }
    }
}

impl Reply {
    /// Writes the message.
    ///
    /// # Errors
    /// If the writer fails, or the message is too long.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Shown(bytes) => bytes.chunks(usize::from(u16::MAX)).try_for_each(|bytes| write(out, SHOWN, bytes)),
            Self::Goodbye(code) => write(out, GOODBYE, &[*code]),
            Self::Text(bytes) => out.write_all(bytes),
        }
    }
}

/// Writes a message with this letter and body.
fn write(out: &mut impl Write, letter: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u16::try_from(bytes.len()).map_err(|_| bad("this is too long to be sent"))?;
    let message = [&[letter], &length.to_be_bytes()[..], bytes].concat();
    out.write_all(&message)
}

/// A writer that sends what is written as [`Reply::Shown`].
pub struct ReplyWriter<W>(pub W);

impl<W: Write> Write for ReplyWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(usize::from(u16::MAX));
        write(&mut self.0, SHOWN, &bytes[..count])?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A buffer of received bytes.
#[derive(Debug, Default)]
struct ReceiveBuffer {
    bytes: Vec<u8>,
}

impl ReceiveBuffer {
    /// Reads once; a timeout is no error.
    fn read(&mut self, from: &mut impl Read) -> io::Result<()> {
        let mut bytes = [0; 1 << 14];
        match from.read(&mut bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.bytes.extend_from_slice(&bytes[..count]);
                Ok(())
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the next complete message, whose letter must be one of these.
    fn next(&mut self, letters: &[u8]) -> io::Result<Option<(u8, Vec<u8>)>> {
        let Some(letter) = self.bytes.first().copied() else { return Ok(None) };
        if !letters.contains(&letter) {
            return Err(bad("it sends an unknown message"));
        }
        let [_, high, low, rest @ ..] = self.bytes.as_slice() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(body) = rest.get(..length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.bytes.drain(..3 + length);
        Ok(Some((letter, body)))
    }
}

/// Reads messages of a client from a stream; holds at most one incomplete message.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: ReceiveBuffer,
}

impl Reader {
    /// Reads once, and returns the messages that are complete; none after a timeout.
    ///
    /// # Errors
    /// If the stream has ended, or sends an unknown message.
    pub fn read(&mut self, from: &mut impl Read) -> io::Result<Vec<ClientMessage>> {
        self.buffer.read(from)?;
        let mut messages = Vec::new();
        while let Some((letter, body)) = self.buffer.next(&[HELLO, TYPED, SIZE, REDRAW])? {
            messages.push(ClientMessage::from_parts(letter, body)?);
        }
        Ok(messages)
    }

    /// The number of bytes of an incomplete message.
    pub fn buffered(&self) -> usize {
        self.buffer.bytes.len()
    }
}

/// Reads messages of a door from a stream.
#[derive(Debug, Default)]
pub struct ReplyReader {
    buffer: ReceiveBuffer,
    /// Whether the door sends messages or plain text; `None` before its first byte.
    has_messages: Option<bool>,
}

impl ReplyReader {
    /// Reads once, and returns the messages that are complete.
    ///
    /// # Errors
    /// If the stream has ended, or sends an unknown message.
    pub fn read(&mut self, from: &mut impl Read) -> io::Result<Vec<Reply>> {
        self.buffer.read(from)?;
        if self.has_messages.is_none() {
            self.has_messages = self.buffer.bytes.first().map(|letter| [SHOWN, GOODBYE].contains(letter));
        }
        if self.has_messages == Some(false) {
            return Ok(vec![Reply::Text(std::mem::take(&mut self.buffer.bytes))]);
        }
        let mut replies = Vec::new();
        while let Some((letter, body)) = self.buffer.next(&[SHOWN, GOODBYE])? {
            replies.push(match (letter, body.as_slice()) {
                (SHOWN, _) => Reply::Shown(body),
                (_, &[code]) => Reply::Goodbye(code),
                _ => return Err(bad("it sends an unknown message")),
            });
        }
        Ok(replies)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message() -> impl Strategy<Value = ClientMessage> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300).prop_map(ClientMessage::Typed),
            any::<(u16, u16)>().prop_map(|(columns, rows)| ClientMessage::Size(columns, rows)),
            Just(ClientMessage::Redraw),
            ".{0,20}".prop_map(|name| {
                let terminal = TerminalKind::default();
                ClientMessage::Hello(Hello { version: VERSION, name, terminal, size: (80, 24), teaches: true })
            }),
        ]
    }

    /// A reader that returns at most this many bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(into.len());
            self.0.read(&mut into[..count])
        }
    }

    /// Everything that is read until an error, and its kind.
    fn received<T>(mut read: impl FnMut() -> io::Result<Vec<T>>) -> (Vec<T>, io::ErrorKind) {
        let mut received = Vec::new();
        loop {
            match read() {
                Ok(more) => received.extend(more),
                Err(error) => return (received, error.kind()),
            }
        }
    }

    proptest! {
        #[test]
        fn client_messages_are_read_in_any_pieces(
            messages in prop::collection::vec(message(), 0..8),
            piece in 1usize..40,
        ) {
            let mut sent = Vec::new();
            messages.iter().for_each(|message| message.write(&mut sent).unwrap());
            let (mut reader, mut from) = (Reader::default(), Trickle(&sent, piece));
            let (received, end) = received(|| reader.read(&mut from));
            prop_assert_eq!(end, io::ErrorKind::UnexpectedEof);
            // an empty text is no message
            let messages: Vec<_> = messages.into_iter().filter(|message| *message != ClientMessage::Typed(Vec::new())).collect();
            prop_assert_eq!(received, messages);
        }

        #[test]
        fn replies_are_read_in_any_pieces(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..8),
            code in any::<u8>(),
            piece in 1usize..40,
        ) {
            let mut sent = Vec::new();
            frames.iter().for_each(|frame| ReplyWriter(&mut sent).write_all(frame).unwrap());
            Reply::Goodbye(code).write(&mut sent).unwrap();
            let (mut reader, mut from) = (ReplyReader::default(), Trickle(&sent, piece));
            let (mut received, end) = received(|| reader.read(&mut from));
            prop_assert_eq!((received.pop(), end), (Some(Reply::Goodbye(code)), io::ErrorKind::UnexpectedEof));
            let shown = received.into_iter().flat_map(|reply| match reply {
                Reply::Shown(bytes) => bytes,
                other => format!("{other:?}").into_bytes(),
            });
            prop_assert_eq!(shown.collect::<Vec<_>>(), frames.concat());
        }

        #[test]
        fn random_bytes_are_rejected_with_bounded_memory(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let (mut reader, mut from) = (Reader::default(), bytes.as_slice());
            while reader.read(&mut from).is_ok() {
                prop_assert!(reader.buffered() <= 3 + usize::from(u16::MAX) + (1 << 14));
            }
            let (mut reader, mut from) = (ReplyReader::default(), bytes.as_slice());
            while reader.read(&mut from).is_ok() {}
        }
    }

    #[test]
    fn long_frame_is_split_and_unversioned_reply_is_text() {
        let frame = vec![7; 200_000];
        let mut sent = Vec::new();
        ReplyWriter(&mut sent).write_all(&frame).unwrap();
        let (mut reader, mut from) = (ReplyReader::default(), sent.as_slice());
        let (received, _) = received(|| reader.read(&mut from));
        let shown = received.into_iter().map(|reply| if let Reply::Shown(bytes) = reply { bytes } else { Vec::new() });
        assert_eq!(shown.collect::<Vec<_>>().concat(), frame);

        let text = b"another version of rnn-tui holds this class\r\n";
        let (mut reader, mut from) = (ReplyReader::default(), &text[..]);
        assert_eq!(reader.read(&mut from).unwrap(), [Reply::Text(text.to_vec())]);
    }
}
