//! One client: logging in, its terminal, its session. Whatever else a client of SSH can ask for is refused.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use russh::server::{Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};

use super::admission::{Admission, Admitted};
use super::client_socket::{BlockingWriter, ClientSocket, Writer};
use super::input_queue::InputSender;
use super::{Door, LONGEST_GOODBYE, lock};
use crate::class::door::input::spawn_input_thread;
use crate::class::visitor::TerminalKind;
use crate::class::{Seat, Visitor};

/// How long somebody may look without pressing a key.
const LONGEST_IDLENESS: Duration = Duration::from_hours(3);
/// Variables that a client may set.
const VARIABLES: [&str; 3] = ["COLORTERM", "NO_COLOR", "LANG"];

/// One client.
pub(super) struct Connection {
    pub door: Arc<Door>,
    pub number: u64,
    pub address: SocketAddr,
    pub socket: ClientSocket,
    pub has_sent_name: Arc<AtomicBool>,
    pub is_logged_in: Arc<AtomicBool>,
    pub has_session: Arc<AtomicBool>,
    /// Who has logged in.
    user: Option<(String, Admitted)>,
    channel: Option<(ChannelId, Option<Writer>)>,
    terminal: TerminalKind,
    size: Option<(u16, u16)>,
    input: Option<InputSender>,
}

impl Connection {
    pub fn new(door: &Arc<Door>, number: u64, address: SocketAddr, socket: ClientSocket) -> Self {
        Self {
            door: Arc::clone(door),
            number,
            address,
            socket,
            has_sent_name: Arc::default(),
            is_logged_in: Arc::default(),
            has_session: Arc::default(),
            user: None,
            channel: None,
            terminal: TerminalKind::default(),
            size: None,
            input: None,
        }
    }

    /// Not this time. All ways to log in stay open: who mistypes tries again, and who has several keys offers the next one.
    fn refused(&self) -> Auth {
        Auth::Reject { proceed_with_methods: Some(self.door.admission.methods()), partial_success: false }
    }

    /// Lets somebody in, or counts a failure. What can be guessed is not even looked at after too many failures; a key cannot be, and the
    /// teacher gets in however many fail at the address of the class.
    fn authenticate(
        &mut self,
        user: &str,
        can_be_guessed: bool,
        admitted: impl FnOnce(&Admission) -> Option<Admitted>,
    ) -> Auth {
        self.has_sent_name.store(true, Ordering::Relaxed);
        let (address, now) = (self.address.ip(), Instant::now());
        if can_be_guessed && lock(&self.door.failures).are_too_many(address, now) {
            return self.refused();
        }
        let Some(admitted) = admitted(&self.door.admission) else {
            lock(&self.door.failures).add(address, now);
            self.door.class.log_refusal(user, &self.address.to_string());
            return self.refused();
        };
        self.user = Some((user.to_owned(), admitted));
        Auth::Accept
    }

    /// Who has logged in, and as what.
    fn visitor(&self, size: (u16, u16)) -> Option<(Visitor, Seat)> {
        let (user, admitted) = self.user.as_ref()?;
        let seat = match admitted {
            Admitted::Student => Seat::Student,
            Admitted::Projector => Seat::Projector,
            Admitted::Teacher => Seat::Teacher(Arc::clone(&self.door.tools)),
        };
        Some((Visitor::new(user, &self.address.to_string(), self.terminal.clone(), size), seat))
    }

    /// Begins the session of a client that has a terminal.
    fn start_session(&mut self, handle: Handle) -> io::Result<()> {
        let nothing = || io::Error::from(io::ErrorKind::NotFound);
        let (visitor, seat) = self.size.and_then(|size| self.visitor(size)).ok_or_else(nothing)?;
        let (channel, writer) = self.channel.as_mut().ok_or_else(nothing)?;
        let writer = writer.take().ok_or_else(nothing)?;
        let (input, received) = InputSender::new();
        let events = spawn_input_thread(move |patience| received.next(patience), LONGEST_IDLENESS)?;
        let runtime = tokio::runtime::Handle::current();
        let (door, socket, channel) = (Arc::clone(&self.door), self.socket.clone(), *channel);
        let class = Arc::clone(&door.class);
        let work = move || {
            let out = BlockingWriter { writer, runtime: runtime.clone() };
            let of_session = socket.clone();
            let departure = class.attend(&visitor, &seat, &events, out, move || of_session.hang_up());
            let goodbye = async {
                let _ = handle.exit_status_request(channel, departure.exit_code().into()).await;
                let _ = handle.eof(channel).await;
                let _ = handle.close(channel).await;
                // the client hangs up by itself when it has heard that
                while !socket.has_ended() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            // the runtime may have ended with the class
            let _ = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async { tokio::time::timeout(LONGEST_GOODBYE, goodbye).await })
            }));
            socket.hang_up();
            door.sessions.fetch_sub(1, Ordering::Release);
        };
        self.door.sessions.fetch_add(1, Ordering::Release);
        if let Err(error) = thread::Builder::new().name("member".to_owned()).spawn(work) {
            self.door.sessions.fetch_sub(1, Ordering::Release);
            return Err(error);
        }
        self.input = Some(input);
        self.has_session.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Columns and rows; of a terminal that does not know them those that terminals always had.
fn size_of(columns: u32, rows: u32) -> (u16, u16) {
    let of = |number: u32, usual| if number == 0 { usual } else { u16::try_from(number).unwrap_or(u16::MAX) };
    (of(columns, 80), of(rows, 24))
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        self.has_sent_name.store(true, Ordering::Relaxed);
        // every client asks so, which is no failure
        if self.door.admission.admit_without_credentials(user).is_none() {
            return Ok(self.refused());
        }
        Ok(self.authenticate(user, false, |admission| admission.admit_without_credentials(user)))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.authenticate(user, true, |admission| admission.admit_by_password(user, password)))
    }

    /// Nothing is decided by a key that is only offered.
    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        self.has_sent_name.store(true, Ordering::Relaxed);
        let is_known = self.door.admission.admit_by_key(user, offer.public_key).is_some();
        Ok(if is_known { Auth::Accept } else { self.refused() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.authenticate(user, false, |admission| admission.admit_by_key(user, key.public_key)))
    }

    async fn auth_succeeded(&mut self, _: &mut Session) -> Result<(), Self::Error> {
        self.is_logged_in.store(true, Ordering::Relaxed);
        self.door.remove_pending_login(self.number);
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.channel.is_some() {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        }
        let id = channel.id();
        let (_, out) = channel.split(); // what is typed comes to this handler
        self.channel = Some((id, Some(Box::pin(out.make_writer()))));
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.terminal.set("TERM", term);
        self.size = Some(size_of(columns, rows));
        session.channel_success(channel)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if !VARIABLES.contains(&name) {
            return session.channel_failure(channel);
        }
        self.terminal.set(name, value);
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        if self.start_session(session.handle()).is_err() {
            let why = "there is no terminal to show the class in: use ssh -t\r\n";
            session.data(channel, why.as_bytes().to_vec())?;
            session.exit_status_request(channel, 1)?;
            session.close(channel)?;
        }
        Ok(())
    }

    async fn window_change_request(
        &mut self,
        _: ChannelId,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if let Some(input) = &self.input {
            input.set_size(size_of(columns, rows));
        }
        Ok(())
    }

    async fn data(&mut self, _: ChannelId, data: &[u8], _: &mut Session) -> Result<(), Self::Error> {
        if let Some(input) = &self.input {
            input.push_bytes(data);
        }
        Ok(())
    }

    async fn channel_eof(&mut self, _: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.input = None;
        Ok(())
    }

    async fn channel_close(&mut self, _: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.input = None;
        Ok(())
    }

    async fn exec_request(&mut self, channel: ChannelId, _: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn agent_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<bool, Self::Error> {
        session.channel_failure(channel)?;
        Ok(false)
    }
}
