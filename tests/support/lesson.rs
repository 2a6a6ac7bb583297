//! A class with a teacher running `rnn-tui serve` and students running `rnn-tui attach`, each in a pseudoterminal. `ssh.rs` has
//! the helpers for a class over ssh.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::pty::Session;
use super::{PROGRAM, TOY, program, wait_until};

/// A running class: the teacher's terminal, its folder and its socket.
pub struct Lesson {
    pub teacher: Session,
    pub folder: tempfile::TempDir,
    pub socket: PathBuf,
}

impl Lesson {
    /// Starts a class that accepts local connections only.
    pub fn begin(config: &str, more: &[&str]) -> Self {
        // other accounts can reach the folder of the socket
        let permissions = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(permissions).tempdir().unwrap();
        let lesson = Self::begin_in(folder, "exec \"$@\"", config, &[&["--local"], more].concat());
        lesson.teacher.wait_for("class of 0");
        lesson
    }

    /// Starts `rnn-tui serve` with options `more` from a shell script; the script must end in `exec "$@"`.
    pub fn begin_in(folder: tempfile::TempDir, shell: &str, config: &str, more: &[&str]) -> Self {
        let socket = folder.path().join("class/socket");
        let serve = ["-c", shell, "sh", PROGRAM, "serve", config, "--socket", socket.to_str().unwrap()];
        let teacher = Session::start(40, 120, "sh", &[&serve[..], more].concat(), &[]);
        Self { teacher, folder, socket }
    }

    /// Path of `name` in the folder of the class.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Attaches a student to the socket in a terminal of this size.
    pub fn attach(&self, name: &str, (rows, columns): (u16, u16), environment: &[(&str, &str)]) -> Session {
        let arguments = ["attach", "--socket", self.socket.to_str().unwrap(), "--as", name];
        Session::start(rows, columns, PROGRAM, &arguments, environment)
    }

    /// Attaches a student at 80×24, and waits for the dashboard.
    pub fn student(&self, name: &str) -> Session {
        let student = self.attach(name, (24, 80), &[]);
        student.wait_for("q quit");
        student
    }

    /// Quits as the teacher, confirming the loss of unsaved work, and expects exit code 0.
    pub fn end(self) {
        self.end_with(0);
    }

    /// Quits as the teacher, and expects this exit code. Returns the terminal's text after exit.
    pub fn end_with(mut self, code: u32) -> String {
        self.teacher.press("qq");
        let (status, said) = self.teacher.assert_given_back();
        assert_eq!(status.exit_code(), code, "{said}");
        assert!(!self.socket.exists(), "new viewers cannot connect");
        said
    }
}

/// Attaches a teacher from another terminal than that of `serve`.
pub fn teacher_at(socket: &Path, environment: &[(&str, &str)]) -> Session {
    let arguments = ["attach", "--teacher", "--socket", socket.to_str().unwrap(), "--as", "Li"];
    Session::start(40, 120, PROGRAM, &arguments, environment)
}

/// A class running in the background, and its folder.
pub struct Detached {
    pub folder: tempfile::TempDir,
    /// Standard output of `serve --detach`.
    pub told: String,
}

impl Detached {
    pub fn begin(more: &[&str]) -> Self {
        Self::begin_in(tempfile::tempdir().unwrap(), more)
    }

    pub fn begin_in(folder: tempfile::TempDir, more: &[&str]) -> Self {
        let output = Self::start(folder.path(), more);
        assert!(output.status.success(), "{output:?}");
        Self { told: String::from_utf8(output.stdout).unwrap(), folder }
    }

    /// Runs `serve --detach` and waits for it; the background process must not hold its output open.
    pub fn start(folder: &Path, more: &[&str]) -> Output {
        let socket = folder.join("socket");
        let arguments = ["serve", TOY, "--detach", "--local", "--socket", socket.to_str().unwrap()];
        program().args(arguments).args(more).env("LC_ALL", "C").current_dir(folder).output().unwrap()
    }

    /// Process id of the class, as text.
    pub fn process(&self) -> String {
        let line = self.told.lines().find(|line| line.starts_with("process ")).unwrap();
        line.split(' ').nth(1).unwrap().to_owned()
    }

    pub fn is_alive(&self) -> bool {
        Command::new("kill").args(["-0", &self.process()]).output().unwrap().status.success()
    }

    /// Terminates the class with SIGTERM, and waits for its exit.
    pub fn end(self) -> tempfile::TempDir {
        assert!(Command::new("kill").arg(self.process()).status().unwrap().success());
        wait_until("the end of the class in the background", || !self.is_alive());
        self.folder
    }
}
