//! A class in a background process.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use rnn_tui::class::Class;
use rnn_tui::language::Language;

use super::error::Failed;

rnn_tui::messages! {
    enum BackgroundMessage {
        Ready { process: u32, attach: String } =
            "process {process} holds the class; {attach} leads it, and q there ends it",
            "进程 {process} 主持课堂；{attach} 可主持，在其中按 q 即结束";
    }
}

/// Starts this program again in the background, waits until its class is open, and prints how to join it; returns its exit code if it fails.
pub fn start() -> Result<ExitCode, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1)).arg("--in-background");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut announcement = String::new();
    if let Some(mut child_stdout) = child.stdout.take() {
        child_stdout.read_to_string(&mut announcement)?;
    }
    if announcement.is_empty() {
        // it has printed the reason
        let code = child.wait()?.code().and_then(|code| u8::try_from(code).ok());
        return Ok(ExitCode::from(code.unwrap_or(1)));
    }
    io::stdout().write_all(announcement.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Starts a new session, so that the process has no controlling terminal.
pub fn leave_terminal() {
    let _ = rustix::process::setsid(); // a session leader has none already
}

/// Prints how to join for the process that waits in [`start`], and redirects stdout and stderr to `/dev/null`.
pub fn report_ready(class: &Class, language: Language, socket: Option<&Path>) -> io::Result<()> {
    let mut out = io::stdout();
    for line in class.announcements(language) {
        writeln!(out, "{line}")?;
    }
    let process = std::process::id();
    let socket = socket.map(std::path::absolute).transpose()?;
    let attach = socket.map_or_else(
        || "rnn-tui attach --teacher".to_owned(),
        |path| format!("rnn-tui attach --teacher --socket {}", path.display()),
    );
    writeln!(out, "{}", language.say(BackgroundMessage::Ready { process, attach }))?;
    out.flush()?;
    let null_device = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null_device)?;
    rustix::stdio::dup2_stderr(&null_device)?;
    Ok(())
}
