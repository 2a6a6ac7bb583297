//! Errors of a subcommand, and exit codes.

use std::io::{self, ErrorKind};

use rnn_tui::config::ConfigError;
use rnn_tui::language::Message;
use rnn_tui::session::Failure;
use rnn_tui::storage::RunError;

rnn_tui::messages! {
    enum StartMessage {
        NoThreads = "the system gives no more threads or no more memory", "系统不再提供线程或内存";
        RaiseLimits =
            "end other programs, or raise the limits: `ulimit -u` and `ulimit -v` show them",
            "请结束其他程序，或提高限制：`ulimit -u` 和 `ulimit -v` 可查看";
    }
}

/// The exit code of a failure of training, of the system or of an incomplete job.
const FAILURE: u8 = 1;
/// The exit code of a mistake in the configuration or on the command line.
pub const MISTAKE: u8 = 2;
/// The exit code of runs that are complete and not completely saved.
pub const NOT_KEPT: u8 = 3;

/// The exit code of a process that a signal has ended: 128 + `signal`.
pub fn exit_code_of(signal: i32) -> u8 {
    128 + u8::try_from(signal).unwrap_or(127)
}

/// The reason why the program ends without having done its job.
pub enum Failed {
    /// A mistake in the configuration or on the command line: exit code 2.
    Mistake(Message),
    /// Training failed: exit code 1.
    Run(Failure),
    /// The system failed: exit code 1; 0 if stdout is closed.
    System(io::Error),
    /// The job could not be completed: exit code 1.
    Incomplete(Message),
}

impl Failed {
    /// The mistake of `option` for an error of the system at the start of a thread or a port. An error that says only that a resource is
    /// unavailable becomes a sentence about threads and memory, with the way out.
    pub fn at_start(option: &str, error: io::Error) -> Self {
        let problem = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::OutOfMemory => Message::from(StartMessage::NoThreads),
            _ => return Self::Mistake(Message::from(error).at(option.to_owned())),
        };
        Self::Mistake(problem.at(option.to_owned()).with_help(StartMessage::RaiseLimits))
    }

    /// The error message and the exit code; `None` if stdout is closed, as its reader needs no more.
    pub fn report(self) -> Option<(Message, u8)> {
        match self {
            Self::System(error) if error.kind() == ErrorKind::BrokenPipe => None,
            Self::Mistake(message) => Some((message, MISTAKE)),
            Self::Run(failure) => Some((failure.message().with_help(failure.cause.advice()), FAILURE)),
            Self::System(error) => Some((error.into(), FAILURE)),
            Self::Incomplete(message) => Some((message, FAILURE)),
        }
    }
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Mistake(error.into())
    }
}

impl From<RunError> for Failed {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Config(error) => error.into(),
            RunError::Mistake(..) | RunError::Io(..) => Self::Mistake(error.into()),
        }
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Adds help to an error that another path would avoid; other errors, such as a full disk, are returned unchanged.
pub fn with_help_for_place(error: Message, kind: ErrorKind, help: impl Into<Message>) -> Message {
    use ErrorKind::{NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem};

    let is_of_place = matches!(kind, NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem);
    if is_of_place { error.with_help(help) } else { error }
}
