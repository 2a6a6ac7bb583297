//! The handler of a client: log-in, terminal, session. All other requests of SSH are rejected.

use std::io;
use std::sync::Arc;

use russh::keys::Certificate;
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};

use super::channel::{OpenChannel, VARIABLES};
use super::client::Client;
use super::door_state::DoorState;
use super::input_queue::InputSender;
use super::log_in::{LogIn, User};
use super::stage::Stage;
use crate::class::Credential;
use crate::language::Language;

/// Smaller packets are rejected: each part of a frame would be encrypted by itself. Clients take 16 KiB and more.
const MIN_PACKET: usize = 1024;
/// The kind of data that a client writes to its stderr (RFC 4254, 5.2).
const STDERR: u32 = 1;

crate::messages! {
    /// Why a client gets no session.
    enum ConnectionMessage {
        TerminalMissing = "there is no terminal to show the class in: use ssh -t", "没有可以显示课堂的终端：请用 ssh -t";
        MachineFull =
            "the machine has no room for one more session: come again later", "这台机器无法再容纳一个会话：请稍后再来";
        CommandRejected =
            "a class runs no commands and has no files: leave out what follows the address",
            "课堂不运行命令，也没有文件：请去掉地址后面的内容";
    }
}

/// The handler of one client's requests.
pub(super) struct Connection {
    door: Arc<DoorState>,
    client: Arc<Client>,
    log_in: LogIn,
    phase: Phase,
}

/// The phase of a connection; it only advances.
enum Phase {
    /// The client has not logged in.
    LoggingIn,
    /// The client has opened no channel.
    LoggedIn(User),
    /// The only channel is open, and no session has started.
    ChannelOpen(User, OpenChannel),
    /// A session runs, with this queue of input.
    InSession(InputSender),
    /// The session has no more input, or could not start.
    InputClosed,
}

impl Connection {
    pub fn new(door: &Arc<DoorState>, client: &Arc<Client>) -> Self {
        Self {
            door: Arc::clone(door),
            client: Arc::clone(client),
            log_in: LogIn::new(door, client),
            phase: Phase::LoggingIn,
        }
    }

    /// Starts the session. Without a terminal the phase stays, so that the client can request one; if the session cannot start, its input is
    /// closed.
    ///
    /// # Errors
    /// `NotFound` if there is no open channel with a terminal; otherwise the system has no more threads.
    fn start_session(&mut self, handle: Handle) -> io::Result<()> {
        let phase = std::mem::replace(&mut self.phase, Phase::InputClosed);
        self.phase = match phase {
            Phase::ChannelOpen(user, channel) if channel.has_terminal() => {
                Phase::InSession(channel.start_session(user, &self.door, &self.client, handle)?)
            }
            phase => {
                self.phase = phase;
                return Err(io::ErrorKind::NotFound.into());
            }
        };
        Ok(())
    }

    /// The language of the client's terminal, as far as it has been described.
    fn language(&self) -> Language {
        match &self.phase {
            Phase::ChannelOpen(_, channel) => channel.language(),
            _ => Language::English,
        }
    }

    /// Ends the input of a session, which ends the session.
    fn close_input(&mut self) {
        if let Phase::InSession(_) = self.phase {
            self.phase = Phase::InputClosed;
        }
    }
}

/// A line for a terminal.
fn line(message: ConnectionMessage, language: Language) -> Vec<u8> {
    format!("{}\r\n", language.say(message)).into_bytes()
}

/// Columns and rows; 80 × 24 for a terminal that does not know its size.
fn size_of(columns: u32, rows: u32) -> (u16, u16) {
    let or_default =
        |number: u32, default| if number == 0 { default } else { u16::try_from(number).unwrap_or(u16::MAX) };
    (or_default(columns, 80), or_default(rows, 24))
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        Ok(self.door.notice.clone())
    }

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        self.log_in.begin_attempt(user);
        Ok(self.log_in.try_without_credentials(user))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        self.log_in.begin_attempt(user);
        Ok(self.log_in.try_password(user, Some(password), Credential::Password).await)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        self.log_in.begin_attempt(user);
        let Some(mut response) = response else { return Ok(self.log_in.ask_password()) };
        let (typed, more) = (response.next(), response.next());
        let password = typed.as_deref().filter(|_| more.is_none()).and_then(|typed| std::str::from_utf8(typed).ok());
        Ok(self.log_in.try_password(user, password, Credential::KeyboardInteractive).await)
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        self.log_in.begin_attempt(user);
        Ok(self.log_in.try_offered_key(user, offer.public_key, offer.algorithm).await)
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.log_in.try_key(user, key.public_key, key.algorithm))
    }

    async fn auth_openssh_certificate(&mut self, _: &str, _: &Certificate) -> Result<Auth, Self::Error> {
        self.client.end_turn();
        Ok(self.log_in.reject_certificate())
    }

    async fn auth_succeeded(&mut self, _: &mut Session) -> Result<(), Self::Error> {
        self.log_in.log_rejected_keys();
        self.client.reach(Stage::LoggedIn);
        if let Some(user) = self.log_in.take_user() {
            self.phase = Phase::LoggedIn(user);
        }
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        let takes_little = channel.writable_packet_size().await < MIN_PACKET;
        self.phase = match std::mem::replace(&mut self.phase, Phase::InputClosed) {
            Phase::LoggedIn(user) if !takes_little => {
                let id = channel.id();
                let (_, out) = channel.split(); // input comes to this handler
                let open = OpenChannel::new(id, Box::pin(out.make_writer()));
                reply.accept().await;
                Phase::ChannelOpen(user, open)
            }
            phase => {
                reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
                phase
            }
        };
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
        if let Phase::ChannelOpen(_, open) = &mut self.phase {
            open.set_terminal(term, size_of(columns, rows));
        }
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
        if let Phase::ChannelOpen(_, open) = &mut self.phase {
            open.set_variable(name, value);
        }
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        let language = self.language();
        if let Err(error) = self.start_session(session.handle()) {
            let why = if error.kind() == io::ErrorKind::NotFound {
                ConnectionMessage::TerminalMissing
            } else {
                ConnectionMessage::MachineFull
            };
            session.data(channel, line(why, language))?;
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
        if let Phase::InSession(input) = &self.phase {
            input.set_size(size_of(columns, rows));
        }
        Ok(())
    }

    async fn data(&mut self, _: ChannelId, data: &[u8], _: &mut Session) -> Result<(), Self::Error> {
        if let Phase::InSession(input) = &self.phase {
            input.push_bytes(data);
        }
        Ok(())
    }

    async fn channel_eof(&mut self, _: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.close_input();
        Ok(())
    }

    async fn channel_close(&mut self, _: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.close_input();
        Ok(())
    }

    async fn exec_request(&mut self, channel: ChannelId, _: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        session.channel_success(channel)?;
        session.extended_data(channel, STDERR, line(ConnectionMessage::CommandRejected, self.language()))?;
        session.exit_status_request(channel, 1)?;
        session.close(channel)
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

impl Drop for Connection {
    fn drop(&mut self) {
        self.log_in.log_rejected_keys();
    }
}
