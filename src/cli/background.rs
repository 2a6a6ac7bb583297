//! A class without a terminal: a process of its own in the background.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use rnn_tui::class::Class;
use rnn_tui::language::Language;

use super::Failed;

rnn_tui::messages! {
    enum BackgroundMessage {
        Ready { process: u32, attach: String } =
            "process {process} holds the class; {attach} leads it, and q there ends it",
            "进程 {process} 主持课堂；{attach} 可主持，在其中按 q 即结束";
    }
}

/// Starts this program again, in the background, and tells what it says first: how to come in, or why it does not begin.
pub fn start() -> Result<ExitCode, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1)).arg("--in-background");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut told = String::new();
    if let Some(mut said) = child.stdout.take() {
        said.read_to_string(&mut told)?;
    }
    if told.is_empty() {
        // it has said why
        let code = child.wait()?.code().and_then(|code| u8::try_from(code).ok());
        return Ok(ExitCode::from(code.unwrap_or(1)));
    }
    io::stdout().write_all(told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The terminal from which this process was started is none of its concern any more.
pub fn leave_terminal() {
    let _ = rustix::process::setsid(); // who leads a session already has left
}

/// Tells the process that has started this one how to come in; from now on nobody hears what is said.
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
    let nowhere = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    rustix::stdio::dup2_stderr(&nowhere)?;
    Ok(())
}
