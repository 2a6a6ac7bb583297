//! The handler of a client: log-in, terminal, session. All other requests of SSH are rejected.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use russh::keys::Certificate;
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};

use super::admission::Admitted;
use super::blocking_writer::{BlockingWriter, Writer};
use super::client::{Client, Stage};
use super::input_queue::InputSender;
use super::log_in::Attempts;
use super::{CLOSE_TIMEOUT, Door, lock};
use crate::class::door::input::spawn_input_thread;
use crate::class::visitor::TerminalKind;
use crate::class::{Access, Credential, Visitor};
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

/// Variables that a client may set.
const VARIABLES: [&str; 3] = ["COLORTERM", "NO_COLOR", "LANG"];

/// The handler of one client's requests.
pub(super) struct Connection {
    pub door: Arc<Door>,
    pub client: Arc<Client>,
    pub attempts: Attempts,
    pub phase: Phase,
}

/// What a connection has reached; it never goes back.
pub(super) enum Phase {
    LoggingIn,
    LoggedIn(User),
    /// The only channel is open, and no session has begun.
    ChannelOpen(User, OpenChannel),
    /// A session runs; what the client sends goes here.
    InSession(InputSender),
    /// The session has no more input, or could not begin.
    InputClosed,
}

/// A client that has logged in.
pub(super) struct User {
    pub name: String,
    pub admitted: Admitted,
    pub credential: Credential,
}

/// A channel, and the terminal that the client describes before its session begins.
pub(super) struct OpenChannel {
    id: ChannelId,
    writer: Writer,
    terminal: TerminalKind,
    /// Columns and rows; `None` until the client requests a terminal.
    size: Option<(u16, u16)>,
}

impl Connection {
    pub fn new(door: &Arc<Door>, client: &Arc<Client>) -> Self {
        Self {
            door: Arc::clone(door),
            client: Arc::clone(client),
            attempts: Attempts::default(),
            phase: Phase::LoggingIn,
        }
    }

    /// Starts the session in a thread of its own.
    ///
    /// # Errors
    /// `NotFound` if the client has requested no terminal; otherwise the system gives no thread.
    fn start_session(&mut self, handle: Handle) -> io::Result<()> {
        let Phase::ChannelOpen(_, OpenChannel { size: Some(size), .. }) = self.phase else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let Phase::ChannelOpen(user, channel) = std::mem::replace(&mut self.phase, Phase::InputClosed) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let OpenChannel { id: channel, writer, terminal, .. } = channel;
        let access = match user.admitted {
            Admitted::Student => Access::Student,
            Admitted::Teacher => Access::Teacher(Arc::clone(&self.door.tools)),
        };
        let visitor = Visitor::new(&user.name, &self.client.address.to_string(), terminal, size);
        let visitor = visitor.admitted_by(user.credential);
        let (input, received) = InputSender::new();
        let access = access.for_name(&visitor.name);
        let idle = self.door.class.idle_limit(&access);
        let events = spawn_input_thread(move |patience| received.next(patience), visitor.terminal.questions(), idle)?;
        let runtime = tokio::runtime::Handle::current();
        let (door, client) = (Arc::clone(&self.door), Arc::clone(&self.client));
        let class = Arc::clone(&door.class);
        let work = move || {
            let out = BlockingWriter { writer, runtime: runtime.clone() };
            let connection = Arc::clone(&client);
            let session_end = class.run_session(&visitor, &access, &events, out, move || connection.hang_up());
            let goodbye = async {
                let _ = handle.exit_status_request(channel, session_end.exit_code().into()).await;
                let _ = handle.eof(channel).await;
                let _ = handle.close(channel).await;
                // the client hangs up by itself when it has heard that
                while !client.has_ended() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            // the runtime may have ended with the class
            let _ = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async { tokio::time::timeout(CLOSE_TIMEOUT, goodbye).await })
            }));
            client.hang_up();
            door.sessions.fetch_sub(1, Ordering::Release);
        };
        self.door.sessions.fetch_add(1, Ordering::Release);
        if let Err(error) = thread::Builder::new().name("member".to_owned()).spawn(work) {
            self.door.sessions.fetch_sub(1, Ordering::Release);
            return Err(error);
        }
        self.phase = Phase::InSession(input);
        self.client.reach(Stage::InSession);
        lock(&self.door.pending).remove(&self.client);
        Ok(())
    }

    /// The language of the client's terminal, as far as it has been described.
    fn language(&self) -> Language {
        match &self.phase {
            Phase::ChannelOpen(_, channel) => channel.terminal.language(),
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
        self.begin_attempt(user);
        Ok(self.try_nothing(user))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        self.begin_attempt(user);
        Ok(self.try_password(user, Some(password), Credential::Password).await)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        self.begin_attempt(user);
        let Some(mut response) = response else { return Ok(self.ask_password()) };
        let (typed, more) = (response.next(), response.next());
        let password = typed.as_deref().filter(|_| more.is_none()).and_then(|typed| std::str::from_utf8(typed).ok());
        Ok(self.try_password(user, password, Credential::KeyboardInteractive).await)
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        self.begin_attempt(user);
        Ok(self.try_offer(user, offer.public_key, offer.algorithm).await)
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.try_key(user, key.public_key, key.algorithm))
    }

    async fn auth_openssh_certificate(&mut self, _: &str, _: &Certificate) -> Result<Auth, Self::Error> {
        self.client.end_turn();
        Ok(self.refuse_certificate())
    }

    async fn auth_succeeded(&mut self, _: &mut Session) -> Result<(), Self::Error> {
        self.log_refused_keys();
        self.client.reach(Stage::LoggedIn);
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
                let (_, out) = channel.split(); // what is typed comes to this handler
                let (writer, terminal) = (Box::pin(out.make_writer()), TerminalKind::default());
                reply.accept().await;
                Phase::ChannelOpen(user, OpenChannel { id, writer, terminal, size: None })
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
            open.terminal.set("TERM", term);
            open.size = Some(size_of(columns, rows));
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
            open.terminal.set(name, value);
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
        self.log_refused_keys();
    }
}
