//! A class that is joined with OpenSSH's own client.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::TOY;
use super::lesson::Lesson;
use super::pty::Session;

/// A class whose port is open.
pub struct SshLesson {
    lesson: Lesson,
    pub ssh: SshClients,
}

/// What clients of a class need: its port, and a folder with keys and the host key.
#[derive(Clone)]
pub struct SshClients {
    pub port: String,
    folder: PathBuf,
}

impl Deref for SshLesson {
    type Target = Lesson;

    fn deref(&self) -> &Lesson {
        &self.lesson
    }
}

impl DerefMut for SshLesson {
    fn deref_mut(&mut self) -> &mut Lesson {
        &mut self.lesson
    }
}

impl SshLesson {
    /// Who may come in is said by `more`; with `KEYS` for a file with the student's key, `TEACHERS` for one with the teacher's, `LOG` for
    /// one in the folder.
    pub fn begin(more: &[&str]) -> Self {
        Self::begin_in(tempfile::tempdir().unwrap(), "exec \"$@\"", more)
    }

    /// The same in a folder that there may have been before, by a shell that has done something first.
    pub fn begin_in(folder: tempfile::TempDir, shell: &str, more: &[&str]) -> Self {
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        if !folder.path().join("student").exists() {
            for name in ["student", "stranger", "teacher"] {
                make_key(&at(name));
            }
        }
        let files = [("KEYS", at("student.pub")), ("TEACHERS", at("teacher.pub")), ("LOG", at("log"))];
        let file = |option: &str| files.iter().find(|(name, _)| *name == option).map(|(_, file)| file.as_str());
        let more: Vec<&str> = more.iter().map(|option| file(option).unwrap_or(option)).collect();
        let (host_key, known_hosts) = (at("host_key"), at("known_hosts"));
        // all students of these tests have one key
        let serve = ["--paused", "--sessions", "1000", "--host-key", &host_key, "--listen", "127.0.0.1:0"];
        let mut lesson = Lesson::begin_in(folder, shell, TOY, &[&serve[..], &more].concat());
        lesson.teacher.wait_for("class of 0");
        lesson.teacher.press("Cz");
        lesson.teacher.wait_for("host key SHA256:");
        let port = between(&lesson.teacher.text(), "ssh -p ", " ");
        let public = Command::new("ssh-keygen").args(["-y", "-f", &host_key]).output().unwrap();
        let known = format!("[127.0.0.1]:{port} {}", String::from_utf8(public.stdout).unwrap());
        fs::write(known_hosts, known).unwrap();
        let ssh = SshClients { port, folder: lesson.folder.path().to_owned() };
        Self { lesson, ssh }
    }

    /// The password on the teacher's screen.
    pub fn password(&self) -> String {
        between(&self.teacher.text(), "password ", " ")
    }

    pub fn end(self) {
        self.lesson.end();
    }

    /// The class, without what clients need.
    pub fn into_lesson(self) -> Lesson {
        self.lesson
    }
}

impl SshClients {
    /// The client's options, with the key of this name.
    pub fn options(&self, key: &str) -> Vec<String> {
        ["-p", &self.port].map(str::to_owned).into_iter().chain(self.settings(key)).collect()
    }

    /// The same without the port, which is another letter to each program.
    pub fn settings(&self, key: &str) -> Vec<String> {
        let (known, key) = (self.folder.join("known_hosts"), self.folder.join(key));
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
}

/// Makes a key without a passphrase, and its public half beside it.
pub fn make_key(path: &str) {
    let comment = path.rsplit('/').next().unwrap_or(path);
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path];
    assert!(Command::new("ssh-keygen").args(arguments).status().unwrap().success());
}

/// What stands in a text between two others.
pub fn between(text: &str, before: &str, after: &str) -> String {
    text.split(before).nth(1).unwrap().split(after).next().unwrap().trim().to_owned()
}

/// What a program without a terminal has said.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}
