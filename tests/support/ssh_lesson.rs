//! A class on this machine that is joined with OpenSSH's own client.

#![allow(dead_code, clippy::unwrap_used)] // each test uses its part, and may fail

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::pty::Session;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_rnn-tui");
pub const TOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/toy.toml");

/// Whether there is a client.
pub fn has_ssh() -> bool {
    let has =
        |program: &str| Command::new(program).arg("-?").stderr(Stdio::null()).stdout(Stdio::null()).status().is_ok();
    let has_both = has("ssh") && has("ssh-keygen");
    if !has_both {
        eprintln!("NOT TESTED: there is no ssh and no ssh-keygen on this machine");
    }
    has_both
}

/// A teacher whose class has an open port, and what clients need.
pub struct Lesson {
    pub teacher: Session,
    pub folder: tempfile::TempDir,
    pub port: String,
}

impl Lesson {
    /// Who may come in is said by `more`; with `KEYS` for a file with the student's key, `TEACHERS` for one with the teacher's, `LOG` for
    /// one in the folder.
    pub fn begin(more: &[&str]) -> Self {
        Self::begin_in(tempfile::tempdir().unwrap(), "exec \"$@\"", more)
    }

    pub fn begin_in(folder: tempfile::TempDir, shell: &str, more: &[&str]) -> Self {
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        if !Path::new(&at("student")).exists() {
            for name in ["student", "stranger", "teacher"] {
                let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(name)]).status();
                assert!(made.unwrap().success());
            }
        }
        let files = [("KEYS", at("student.pub")), ("TEACHERS", at("teacher.pub")), ("LOG", at("log"))];
        let file = |option: &str| files.iter().find(|(name, _)| *name == option).map(|(_, file)| file.as_str());
        let more: Vec<&str> = more.iter().map(|option| file(option).unwrap_or(option)).collect();
        let (socket, host_key) = (at("socket"), at("host_key"));
        let serve =
            ["-c", shell, "sh", PROGRAM, "serve", TOY, "--paused", "--socket", &socket, "--host-key", &host_key];
        let arguments = [&serve[..], &["--listen", "127.0.0.1:0"], &more].concat();
        let mut teacher = Session::start(40, 120, "sh", &arguments, &[]);
        teacher.wait_for("class of 0");
        teacher.press("Cz");
        teacher.wait_for("host key SHA256:");
        let port = between(&teacher.text(), "ssh -p ", " ");
        let public = Command::new("ssh-keygen").args(["-y", "-f", &host_key]).output().unwrap();
        let known = format!("[127.0.0.1]:{port} {}", String::from_utf8(public.stdout).unwrap());
        fs::write(at("known_hosts"), known).unwrap();
        Self { teacher, folder, port }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The client's options, with the key of this name.
    pub fn options(&self, key: &str) -> Vec<String> {
        ["-p", &self.port].map(str::to_owned).into_iter().chain(self.settings(key)).collect()
    }

    /// The same without the port, which is another letter to each program.
    pub fn settings(&self, key: &str) -> Vec<String> {
        let (known, key) = (self.at("known_hosts"), self.at(key));
        let settings = [
            format!("UserKnownHostsFile={}", known.display()),
            "StrictHostKeyChecking=yes".to_owned(),
            format!("IdentityFile={}", key.display()),
            "IdentitiesOnly=yes".to_owned(),
            "IdentityAgent=none".to_owned(),
            "LogLevel=ERROR".to_owned(),
        ];
        let none = ["-F", "none"].map(str::to_owned);
        none.into_iter().chain(settings.into_iter().flat_map(|setting| ["-o".to_owned(), setting])).collect()
    }

    /// A student in a terminal.
    pub fn join(
        &self,
        name: &str,
        (rows, columns): (u16, u16),
        more: &[&str],
        environment: &[(&str, &str)],
    ) -> Session {
        let (options, host) = (self.options("student"), format!("{name}@127.0.0.1"));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        Session::start(rows, columns, "ssh", &[more, &options[..], &[host.as_str()]].concat(), environment)
    }

    /// Somebody with the key of this name, in a terminal.
    pub fn join_with(&self, key: &str, name: &str, (rows, columns): (u16, u16)) -> Session {
        let (options, host) = (self.options(key), format!("{name}@127.0.0.1"));
        let options: Vec<&str> = options.iter().map(String::as_str).chain([host.as_str()]).collect();
        Session::start(rows, columns, "ssh", &options, &[])
    }

    /// A student in a terminal that a shell has done something to.
    pub fn join_through(&self, shell: &str, name: &str, environment: &[(&str, &str)]) -> Session {
        let (options, host) = (self.options("student"), format!("{name}@127.0.0.1"));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let arguments = [&["-c", shell, "sh", "ssh"], &options[..], &[host.as_str()]].concat();
        Session::start(24, 80, "sh", &arguments, environment)
    }

    /// What becomes of somebody with the key of this name who calls themselves so, without a terminal.
    pub fn ask_as(&self, key: &str, name: &str, options: &[&str]) -> Output {
        let mut client = Command::new("ssh");
        client.args(self.options(key)).args(["-o", "BatchMode=yes"]).args(options).arg(format!("{name}@127.0.0.1"));
        client.stdin(Stdio::null()).output().unwrap()
    }

    /// What becomes of a client without a terminal.
    pub fn ask(&self, key: &str, options: &[&str], command: &[&str]) -> Output {
        let mut client = Command::new("ssh");
        client.args(options).args(self.options(key)).args(["-o", "BatchMode=yes"]).arg("anna@127.0.0.1").args(command);
        client.stdin(Stdio::null()).output().unwrap()
    }

    pub fn end(mut self) {
        self.teacher.press("qq");
        let (status, _) = self.teacher.assert_given_back();
        assert!(status.success());
    }
}

/// What stands in a text between two others.
pub fn between(text: &str, before: &str, after: &str) -> String {
    text.split(before).nth(1).unwrap().split(after).next().unwrap().trim().to_owned()
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}
