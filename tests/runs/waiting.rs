//! Messages and interruption while the program waits for input or validates.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::support::pty::Session;
use crate::support::{LONGEST_WAIT, PROGRAM, command, program};

/// Starts training with this corpus in a folder with a fifo `pipe`; returns the process and the lines of its standard error.
fn begin(folder: &Path, corpus: &str) -> (Child, Receiver<String>) {
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
    assert!(made.success());
    let arguments = ["--corpus", corpus, "--plain", "--steps", "3", "--set", "training.batch=1"];
    // a test started in the background may inherit an ignored SIGINT
    let mut child = command("env")
        .args(["--default-signal=INT", PROGRAM])
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, stderr_lines) = mpsc::channel();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    (child, stderr_lines)
}

/// Waits for the next line of standard error; panics after a timeout.
#[track_caller]
fn line(stderr_lines: &Receiver<String>) -> String {
    stderr_lines.recv_timeout(LONGEST_WAIT).expect("a line on stderr")
}

#[test]
fn waiting_for_pipe_is_reported_and_run_starts_on_input() {
    let folder = tempfile::tempdir().unwrap();
    let (child, stderr_lines) = begin(folder.path(), "pipe");
    let waiting = line(&stderr_lines);
    assert!(waiting.starts_with("waiting for pipe: no program writes to it yet"), "{waiting}");
    let mut pipe = fs::File::options().write(true).open(folder.path().join("pipe")).unwrap();
    let reading = line(&stderr_lines);
    assert!(reading.starts_with("reading pipe: waiting for its first bytes"), "{reading}");
    pipe.write_all("the rain falls\nthe sun shines\n".as_bytes()).unwrap();
    drop(pipe);
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success() && String::from_utf8_lossy(&ended.stdout).contains("step 3/3"));
}

#[test]
fn ctrl_c_ends_wait_for_input() {
    for corpus in ["pipe", "-"] {
        let folder = tempfile::tempdir().unwrap();
        let (mut child, stderr_lines) = begin(folder.path(), corpus);
        let waiting = line(&stderr_lines);
        assert!(waiting.contains("waiting for"), "{waiting}");
        assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
        let status = child.wait().unwrap();
        assert!(status.signal() == Some(2) || status.code() == Some(130), "{status}");
    }
}

#[test]
fn endless_device_is_rejected_from_first_bytes() {
    for (device, why) in [("/dev/urandom", "is not in UTF-8"), ("/dev/zero", "is no text")] {
        let refused = program().args(["--corpus", device, "--plain"]).env("LC_ALL", "C").output().unwrap();
        let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && stderr.contains(why), "{stderr}");
    }
}

#[test]
fn progress_bar_is_one_line_in_every_language() {
    for (language, left) in [("en", " left"), ("zh", " 剩余")] {
        let arguments = ["toy", "--plain", "--steps", "20000", "--lang", language];
        let session = Session::start(24, 80, PROGRAM, &arguments, &[]);
        session.wait_until("a bar", |_| session.wrote(left));
        let (code, text) = session.assert_refused();
        assert_eq!(code, 0);
        assert!(text.contains("20000/20000") && !text.contains(['█', '░']), "the bar is removed:\n{text}");
    }
}

#[test]
fn long_validation_reports_progress() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/village.txt")).unwrap();
    fs::write(folder.path().join("long.txt"), text.repeat(100)).unwrap();
    let corpus = folder.path().join("long.txt");
    let settings = ["corpus.validation=0.9", "model.hidden=256", "training.batch=16"];
    let arguments = ["characters", "--corpus", corpus.to_str().unwrap(), "--steps", "1", "--lang", "en"];
    let arguments = arguments.into_iter().chain(settings.iter().flat_map(|setting| ["--set", setting]));
    let begin = |way: &'static str, said: &str| {
        let arguments: Vec<_> = arguments.clone().chain([way]).collect();
        let mut session = Session::start(24, 80, PROGRAM, &arguments, &[]);
        session.wait_until("validation progress", |screen| {
            screen.rows(0, 80).any(|row| row.split_once(said).is_some_and(|(_, rest)| rest.contains(" %")))
        });
        session.press("\x03");
        session
    };
    let (code, _) = begin("--plain", "validating").assert_refused();
    assert_eq!(code, 130);
    let (status, _) = begin("--set=dashboard.pace=0", "VALIDATING").assert_given_back();
    assert_eq!(status.exit_code(), 130);
}
