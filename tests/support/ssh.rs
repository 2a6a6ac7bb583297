//! A class that students join with the OpenSSH client.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::TOY;
use super::lesson::Lesson;
use super::pty::Session;

/// A class that listens for ssh.
pub struct SshLesson {
    lesson: Lesson,
    pub ssh: SshClients,
}

/// Settings of the class's clients: port, and folder with client keys and known hosts.
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
    /// Starts a class with access options `more`. In them `KEYS` stands for the file with the student's public key, `TEACHERS` for the
    /// teacher's, `LOG` for a log file in the folder.
    pub fn begin(more: &[&str]) -> Self {
        Self::begin_in(tempfile::tempdir().unwrap(), "exec \"$@\"", more)
    }

    /// As [`Self::begin`], in a folder that may be reused, started by a shell script that ends in `exec "$@"`.
    pub fn begin_in(folder: tempfile::TempDir, shell: &str, more: &[&str]) -> Self {
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        if !folder.path().join("student").exists() {
            for name in ["student", "stranger", "teacher"] {
                make_key(&path(name));
            }
        }
        let files = [("KEYS", path("student.pub")), ("TEACHERS", path("teacher.pub")), ("LOG", path("log"))];
        let file = |option: &str| files.iter().find(|(name, _)| *name == option).map(|(_, file)| file.as_str());
        let more: Vec<&str> = more.iter().map(|option| file(option).unwrap_or(option)).collect();
        let (host_key, known_hosts) = (path("host_key"), path("known_hosts"));
        // all students in these tests share one key
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

    /// Reads the password from the teacher's screen.
    pub fn password(&self) -> String {
        between(&self.teacher.text(), "password ", " ")
    }

    /// Quits as the teacher, and expects exit code 0.
    pub fn end(self) {
        self.lesson.end();
    }

    /// Returns the class without client settings.
    pub fn into_lesson(self) -> Lesson {
        self.lesson
    }
}

impl SshClients {
    /// Client options with port and the key named `key`.
    pub fn options(&self, key: &str) -> Vec<String> {
        ["-p", &self.port].map(str::to_owned).into_iter().chain(self.settings(key)).collect()
    }

    /// Client options without the port, whose flag differs between ssh and sftp.
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

    /// Joins as a student from a terminal of this size.
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

    /// Joins with the key named `key` from a terminal.
    pub fn join_with(&self, key: &str, name: &str, (rows, columns): (u16, u16)) -> Session {
        let (options, host) = (self.options(key), format!("{name}@127.0.0.1"));
        let options: Vec<&str> = options.iter().map(String::as_str).chain([host.as_str()]).collect();
        Session::start(rows, columns, "ssh", &options, &[])
    }

    /// Joins as a student from a terminal that a shell script has prepared.
    pub fn join_through(&self, shell: &str, name: &str, environment: &[(&str, &str)]) -> Session {
        let (options, host) = (self.options("student"), format!("{name}@127.0.0.1"));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let arguments = [&["-c", shell, "sh", "ssh"], &options[..], &[host.as_str()]].concat();
        Session::start(24, 80, "sh", &arguments, environment)
    }

    /// Runs ssh without a terminal with this key and user name; returns its output.
    pub fn ask_as(&self, key: &str, name: &str, options: &[&str]) -> Output {
        let mut client = Command::new("ssh");
        client.args(self.options(key)).args(["-o", "BatchMode=yes"]).args(options).arg(format!("{name}@127.0.0.1"));
        client.stdin(Stdio::null()).output().unwrap()
    }

    /// Runs ssh with a command and without a terminal; returns its output.
    pub fn ask(&self, key: &str, options: &[&str], command: &[&str]) -> Output {
        let mut client = Command::new("ssh");
        client.args(options).args(self.options(key)).args(["-o", "BatchMode=yes"]).arg("anna@127.0.0.1").args(command);
        client.stdin(Stdio::null()).output().unwrap()
    }
}

/// Creates a key pair without a passphrase at `path` and `path.pub`.
pub fn make_key(path: &str) {
    let comment = path.rsplit('/').next().unwrap_or(path);
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path];
    assert!(Command::new("ssh-keygen").args(arguments).status().unwrap().success());
}

/// Trimmed text between the first `before` and the next `after`.
pub fn between(text: &str, before: &str, after: &str) -> String {
    text.split(before).nth(1).unwrap().split(after).next().unwrap().trim().to_owned()
}

/// Standard error followed by standard output.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}
