//! `rnn-tui attach`: connects this terminal to a class.

use std::io::{self, Read, Write, stdout};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use clap::Args;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use rnn_tui::class::door::local::{
    AttachOptions, ClientEnd, ClientTerminal, LocalClass, Place, PlaceError, TerminalEvent,
};
use rnn_tui::dashboard::terminal::events::ENDING;
use rnn_tui::dashboard::terminal::{enter_screen, leave_screen, restore_without_blocking, terminal};
use rnn_tui::language::{Message, text};
use rustix::termios::QueueSelector;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;

use crate::cli::display_options::TerminalOptions;
use crate::cli::environment::account;
use crate::cli::error::{Failed, exit_code_of};
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::Mistake;
use crate::cli::terminal::has_screen;
use crate::cli::value_parsers::path;

/// Looks at a class that `rnn-tui serve` holds on this machine
///
/// Exit codes: 0 after leaving or when the class is over, 1 when it did not admit this viewer or has gone without a goodbye, 2 when there
/// is no class, 128 + n ended by signal n.
#[derive(Debug, Args)]
pub struct Attach {
    /// Where the class is [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]
    #[arg(long, value_name = "PATH", value_parser = path())]
    socket: Option<PathBuf>,

    /// The name that the teacher sees [default: that of this account]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,

    /// Teach: with the keys of training, and those of the class (for the account that has opened it)
    #[arg(long)]
    teacher: bool,

    #[command(flatten)]
    display: TerminalOptions,
}

impl Attach {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "attach",
        chinese: Translations {
            own: &[
                text(
                    "Looks at a class that `rnn-tui serve` holds on this machine",
                    "加入本机上由 `rnn-tui serve` 开设的课堂",
                ),
                text(
                    "Looks at a class that `rnn-tui serve` holds on this machine\n\nExit codes: 0 after leaving or when the class is over, 1 when it did not admit this viewer or has gone without a goodbye, 2 when there is no class, 128 + n ended by signal n.",
                    "加入本机上由 `rnn-tui serve` 开设的课堂\n\n退出码：0 离开或课堂结束，1 未获准进入或课堂突然消失，2 没有课堂，128 + n 被信号 n 结束。",
                ),
                text(
                    "Where the class is [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]",
                    "课堂在哪里 [默认：$XDG_RUNTIME_DIR/rnn-tui/class.sock]",
                ),
                text(
                    "The name that the teacher sees [default: that of this account]",
                    "教师看到的名字 [默认：本账户的名字]",
                ),
                text(
                    "Teach: with the keys of training, and those of the class (for the account that has opened it)",
                    "授课：可用训练和课堂的按键（限开设课堂的账户）",
                ),
            ],
            flattened: &[&TerminalOptions::CHINESE],
        },
        examples: &[
            Example {
                line: "rnn-tui attach --as anna", purpose: text("take part as anna", "以 anna 的名字参加")
            },
            Example {
                line: "rnn-tui attach --teacher",
                purpose: text("teach the class that `serve --detach` holds", "主持由 `serve --detach` 打开的课堂"),
            },
        ],
    };
}

rnn_tui::messages! {
    enum AttachMessage {
        NoClass { path: PathBuf } = "there is no class at {path}", "{path} 处没有课堂";
        Gone =
            "the class is gone without a goodbye, as its process has ended or hung up",
            "课堂未告别就断开了：其进程已结束或挂断";
        Unanswered = "the class does not answer, and may go on without you", "课堂没有回应，可能仍在继续";
    }
}

/// Timeout after which a signal ends the process, in case the client is blocked in a write to the terminal.
const SIGNAL_TIMEOUT: Duration = Duration::from_secs(2);

impl Attach {
    /// Connects this terminal to the class until one of them ends; returns the exit code.
    pub fn run(self) -> Result<ExitCode, Failed> {
        if !has_screen() {
            return Err(Failed::Mistake(Message::from(Mistake::NoTerminal).at("attach")));
        }
        let place = Place::new(self.socket);
        let name = self.name.unwrap_or_else(account);
        let options = AttachOptions { name: &name, teaches: self.teacher, terminal: self.display.kind() };
        let class = LocalClass::find(&place, self.teacher).map_err(|error| refusal(&place, error))?;
        let mut terminal = OwnTerminal::take()?;
        let attached = class.attach(&options, &mut terminal);
        let is_taken = attached.as_ref().map_or(true, |(_, is_taken)| *is_taken);
        terminal.give_back(is_taken, matches!(attached, Ok((ClientEnd::Goodbye(_), _))));
        let lost = |why: Message| Err(Failed::Incomplete(why.at(place.path().to_owned()).at("attach")));
        match attached {
            Ok((ClientEnd::Goodbye(code), _)) => Ok(ExitCode::from(code)),
            Ok((ClientEnd::Gone, _)) => lost(AttachMessage::Gone.into()),
            Ok((ClientEnd::Rejected, _)) => Ok(ExitCode::from(1)),
            Ok((ClientEnd::Unanswered, _)) => lost(AttachMessage::Unanswered.into()),
            Ok((ClientEnd::Signal(signal), _)) => Ok(ExitCode::from(exit_code_of(signal))),
            Ok((ClientEnd::TerminalLost, _)) => Ok(ExitCode::from(exit_code_of(SIGHUP))),
            Err(error) => lost(error.into()),
        }
    }
}

/// The mistake for a class that cannot be attached to, with advice.
fn refusal(place: &Place, error: PlaceError) -> Failed {
    let (path, advice) = (place.path().to_owned(), place.advice(&error));
    let problem = match error {
        PlaceError::NoClass => AttachMessage::NoClass { path }.into(),
        error => Message::from(error).at(path),
    };
    let problem = problem.at("attach");
    Failed::Mistake(match advice {
        Some(advice) => problem.with_help(advice),
        None => problem,
    })
}

/// The terminal of this process: raw mode, and signals as events.
struct OwnTerminal {
    keys: OwnedFd,
    wake: UnixStream,
    events: Receiver<TerminalEvent>,
}

impl OwnTerminal {
    /// Handles signals, and takes the terminal.
    fn take() -> io::Result<Self> {
        let (waker, wake) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        wake.set_nonblocking(true)?;
        let keys = terminal()?;
        let signals = Signals::new(ENDING.iter().chain(&[SIGTSTP, SIGCONT, SIGWINCH]))?;
        let (to, events) = mpsc::sync_channel(16);
        thread::Builder::new().name("signals".to_owned()).spawn(move || forward_signals(signals, &to, &waker))?;
        enable_raw_mode()?;
        Ok(Self { keys, wake, events })
    }

    /// Restores the terminal; unless the class has ended well, discards the keys that were typed for it.
    fn give_back(&self, is_taken: bool, has_ended_well: bool) {
        if is_taken {
            let _ = leave_screen(&mut stdout());
        }
        if !has_ended_well {
            let _ = rustix::termios::tcflush(&self.keys, QueueSelector::IFlush);
        }
        let _ = disable_raw_mode();
    }
}

/// Sends each signal as an event, and wakes the client. A signal that ends the process ends it after [`SIGNAL_TIMEOUT`] if the client has not.
fn forward_signals(mut signals: Signals, to: &SyncSender<TerminalEvent>, mut waker: &UnixStream) {
    for signal in signals.forever() {
        let event = match signal {
            SIGWINCH => TerminalEvent::Resized,
            SIGCONT => TerminalEvent::Continued,
            SIGTSTP => TerminalEvent::Stopped,
            _ => TerminalEvent::Ending(signal),
        };
        let _ = to.try_send(event);
        let _ = waker.write(&[0]);
        if let TerminalEvent::Ending(signal) = event {
            thread::sleep(SIGNAL_TIMEOUT);
            restore_without_blocking();
            std::process::exit(exit_code_of(signal).into());
        }
    }
}

impl ClientTerminal for OwnTerminal {
    fn keys(&self) -> BorrowedFd<'_> {
        self.keys.as_fd()
    }

    fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    fn events(&mut self) -> Vec<TerminalEvent> {
        let _ = self.wake.read(&mut [0; 64]);
        self.events.try_iter().collect()
    }

    fn size(&self) -> (u16, u16) {
        // the usual size for a terminal that does not know its own
        match crossterm::terminal::size() {
            Ok((columns @ 1.., rows @ 1..)) => (columns, rows),
            _ => (80, 24),
        }
    }

    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    fn suspend(&mut self, is_taken: bool) -> io::Result<()> {
        if is_taken {
            leave_screen(&mut stdout())?;
        }
        disable_raw_mode()?;
        // the whole process group, such as a script that started it
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        self.take_again(is_taken)
    }

    fn take_again(&mut self, is_taken: bool) -> io::Result<()> {
        let _ = disable_raw_mode(); // the shell may have set modes that crossterm knows nothing of
        enable_raw_mode()?;
        if is_taken { enter_screen(&mut stdout()) } else { Ok(()) }
    }
}
