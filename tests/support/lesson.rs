//! A class: a teacher at `rnn-tui serve`, students at `rnn-tui attach`, each in a real terminal. (`ssh.rs` has what a class over ssh
//! needs.)

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::pty::Session;
use super::{PROGRAM, TOY, program, wait_until};

/// A teacher, and where the class is.
pub struct Lesson {
    pub teacher: Session,
    pub folder: tempfile::TempDir,
    pub socket: PathBuf,
}

impl Lesson {
    /// A class on this machine alone.
    pub fn begin(config: &str, more: &[&str]) -> Self {
        // other accounts can come as far as to the folder of the socket
        let everybody = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(everybody).tempdir().unwrap();
        let lesson = Self::begin_in(folder, "exec \"$@\"", config, &[&["--local"], more].concat());
        lesson.teacher.wait_for("class of 0");
        lesson
    }

    /// `rnn-tui serve` with these options, started by a shell that has done something before.
    pub fn begin_in(folder: tempfile::TempDir, shell: &str, config: &str, more: &[&str]) -> Self {
        let socket = folder.path().join("class/socket");
        let serve = ["-c", shell, "sh", PROGRAM, "serve", config, "--socket", socket.to_str().unwrap()];
        let teacher = Session::start(40, 120, "sh", &[&serve[..], more].concat(), &[]);
        Self { teacher, folder, socket }
    }

    /// A path in the folder of the class.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn attach(&self, name: &str, (rows, columns): (u16, u16), environment: &[(&str, &str)]) -> Session {
        let arguments = ["attach", "--socket", self.socket.to_str().unwrap(), "--as", name];
        Session::start(rows, columns, PROGRAM, &arguments, environment)
    }

    /// Somebody attached at 80×24, in English, who sees the dashboard.
    pub fn student(&self, name: &str) -> Session {
        let student = self.attach(name, (24, 80), &[]);
        student.wait_for("q quit");
        student
    }

    /// The teacher quits, and is asked once more where work is lost.
    pub fn end(self) {
        self.end_with(0);
    }

    /// The same, and the program ends with this code. Returns what it has said at the end.
    pub fn end_with(mut self, code: u32) -> String {
        self.teacher.press("qq");
        let (status, said) = self.teacher.assert_given_back();
        assert_eq!(status.exit_code(), code, "{said}");
        assert!(!self.socket.exists(), "nobody can come any more");
        said
    }
}

/// Somebody who teaches from another terminal than that of `serve`.
pub fn teacher_at(socket: &Path, environment: &[(&str, &str)]) -> Session {
    let arguments = ["attach", "--teacher", "--socket", socket.to_str().unwrap(), "--as", "Li"];
    Session::start(40, 120, PROGRAM, &arguments, environment)
}

/// A class in the background, and where it is.
pub struct Detached {
    pub folder: tempfile::TempDir,
    /// What `serve --detach` has said.
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

    /// Returns when the program that was started has ended: nothing may hold its output open.
    pub fn start(folder: &Path, more: &[&str]) -> Output {
        let socket = folder.join("socket");
        let arguments = ["serve", TOY, "--detach", "--local", "--socket", socket.to_str().unwrap()];
        program().args(arguments).args(more).env("LC_ALL", "C").current_dir(folder).output().unwrap()
    }

    pub fn process(&self) -> String {
        let line = self.told.lines().find(|line| line.starts_with("process ")).unwrap();
        line.split(' ').nth(1).unwrap().to_owned()
    }

    pub fn is_alive(&self) -> bool {
        Command::new("kill").args(["-0", &self.process()]).output().unwrap().status.success()
    }

    /// Ends it with a signal, and waits until it has ended.
    pub fn end(self) -> tempfile::TempDir {
        assert!(Command::new("kill").arg(self.process()).status().unwrap().success());
        wait_until("the end of the class in the background", || !self.is_alive());
        self.folder
    }
}
