//! The channel of a client: the terminal that it describes, and its session.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use russh::ChannelId;
use russh::server::Handle;

use super::admission::Admitted;
use super::blocking_writer::{BlockingWriter, Writer};
use super::client::Client;
use super::door_state::DoorState;
use super::input_queue::InputSender;
use super::lock::lock;
use super::log_in::User;
use super::stage::Stage;
use crate::class::door::input::spawn_input_thread;
use crate::class::visitor::TerminalKind;
use crate::class::{Access, Visitor};
use crate::language::Language;

/// How long a client may take to close the connection after its session.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Variables that a client may set.
pub(super) const VARIABLES: [&str; 3] = ["COLORTERM", "NO_COLOR", "LANG"];

/// A channel, and the terminal that the client describes before its session begins.
pub(super) struct OpenChannel {
    id: ChannelId,
    writer: Writer,
    terminal: TerminalKind,
    /// Columns and rows; `None` until the client requests a terminal.
    size: Option<(u16, u16)>,
}

impl OpenChannel {
    /// A channel whose terminal is not described yet; frames are written to `writer`.
    pub fn new(id: ChannelId, writer: Writer) -> Self {
        Self { id, writer, terminal: TerminalKind::default(), size: None }
    }

    /// Handles the request for a terminal of this kind and size.
    pub fn set_terminal(&mut self, term: &str, size: (u16, u16)) {
        self.terminal.set("TERM", term);
        self.size = Some(size);
    }

    /// Sets a variable of [`VARIABLES`].
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.terminal.set(name, value);
    }

    /// Whether the client has requested a terminal.
    pub fn has_terminal(&self) -> bool {
        self.size.is_some()
    }

    /// The language of the terminal, as far as it has been described.
    pub fn language(&self) -> Language {
        self.terminal.language()
    }

    /// Starts the session of a user in a thread of its own, which closes the connection at its end. Returns where the input of the client goes.
    ///
    /// # Errors
    /// `NotFound` if the client has requested no terminal; otherwise the system has no more threads.
    pub fn start_session(
        self,
        user: User,
        door: &Arc<DoorState>,
        client: &Arc<Client>,
        handle: Handle,
    ) -> io::Result<InputSender> {
        let Self { id: channel, writer, terminal, size: Some(size) } = self else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let access = match user.admitted {
            Admitted::Student => Access::Student,
            Admitted::Teacher => Access::Teacher(Arc::clone(&door.tools)),
        };
        let visitor = Visitor::new(&user.name, &client.address.to_string(), terminal, size);
        let visitor = visitor.admitted_by(user.credential);
        let (input, received) = InputSender::new();
        let access = access.for_name(&visitor.name);
        let idle = door.class.idle_limit(&access);
        let events = spawn_input_thread(move |patience| received.next(patience), visitor.terminal.questions(), idle)?;
        let runtime = tokio::runtime::Handle::current();
        let (shared, connected) = (Arc::clone(door), Arc::clone(client));
        let class = Arc::clone(&door.class);
        let work = move || {
            let out = BlockingWriter { writer, runtime: runtime.clone() };
            let connection = Arc::clone(&connected);
            let session_end = class.run_session(&visitor, &access, &events, out, move || connection.hang_up());
            let goodbye = async {
                let _ = handle.exit_status_request(channel, session_end.exit_code().into()).await;
                let _ = handle.eof(channel).await;
                let _ = handle.close(channel).await;
                // the client closes the connection after these messages
                while !connected.has_ended() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            // the runtime may have ended with the class
            let _ = catch_unwind(AssertUnwindSafe(|| {
                runtime.block_on(async { tokio::time::timeout(CLOSE_TIMEOUT, goodbye).await })
            }));
            connected.hang_up();
            shared.sessions.fetch_sub(1, Ordering::Release);
        };
        door.sessions.fetch_add(1, Ordering::Release);
        if let Err(error) = thread::Builder::new().name("member".to_owned()).spawn(work) {
            door.sessions.fetch_sub(1, Ordering::Release);
            return Err(error);
        }
        client.reach(Stage::InSession);
        lock(&door.pending).remove(client);
        Ok(input)
    }
}
