//! `rnn-tui attach`: a terminal takes part in a class.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use rnn_tui::class::door::local::{AttachOptions, attach, usual_path};
use rnn_tui::dashboard::terminal::{give_back_screen_of, terminal};
use signal_hook::consts::SIGWINCH;

use super::Failed;
use super::environment::account;
use super::frontend::has_screen;
use super::paths::path;

/// Looks at a class that `rnn-tui serve` holds on this machine
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
}

impl Attach {
    pub fn run(self) -> Result<ExitCode, Failed> {
        if !has_screen() {
            return Err(Failed::Prompt("attach: there is no terminal to show it in".to_owned()));
        }
        let path = self.socket.unwrap_or_else(usual_path);
        let name = self.name.unwrap_or_else(account);
        let who = AttachOptions { name: &name, teaches: self.teacher };
        let (resized, told) = UnixStream::pair()?;
        signal_hook::low_level::pipe::register(SIGWINCH, told)?;
        let keys = terminal()?;
        let size = || crossterm::terminal::size().unwrap_or((80, 24));
        enable_raw_mode()?;
        let attached = attach(&path, &who, (&keys, &resized), size, &mut io::stdout());
        if attached.is_err() {
            let _ = give_back_screen_of(&mut io::stdout());
        }
        let _ = disable_raw_mode();
        match attached {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                let help = "`rnn-tui serve` opens one; --socket says where it is";
                Err(Failed::Prompt(format!("attach: there is no class at {}\n  {help}", path.display())))
            }
            Err(error) => Err(Failed::Prompt(format!("attach: {}: {error}", path.display()))),
        }
    }
}
