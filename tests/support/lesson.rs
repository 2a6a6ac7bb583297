//! A class on this machine: a teacher at `rnn-tui serve`, others at `rnn-tui attach`, each in a real terminal.

#![allow(dead_code, clippy::unwrap_used)] // each test uses its part, and may fail

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::pty::Session;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_rnn-tui");
pub const TOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/toy.toml");
pub const DUEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/duel.toml");

pub const CHINESE: &[(&str, &str)] = &[("LC_ALL", "zh_CN.UTF-8")];

/// A teacher, and where the class is.
pub struct Lesson {
    pub teacher: Session,
    pub folder: tempfile::TempDir,
    pub socket: PathBuf,
}

impl Lesson {
    pub fn begin(config: &str, more: &[&str]) -> Self {
        // other accounts can come as far as to the folder of the socket
        let everybody = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(everybody).tempdir().unwrap();
        let socket = folder.path().join("class/socket");
        let arguments = [&["serve", config, "--local", "--socket", socket.to_str().unwrap()], more].concat();
        let teacher = Session::start(40, 120, PROGRAM, &arguments, &[]);
        teacher.wait_for("class of 0");
        Self { teacher, folder, socket }
    }

    pub fn join(&self, name: &str, (rows, columns): (u16, u16), environment: &[(&str, &str)]) -> Session {
        let arguments = ["attach", "--socket", self.socket.to_str().unwrap(), "--as", name];
        Session::start(rows, columns, PROGRAM, &arguments, environment)
    }

    pub fn student(&self, name: &str) -> Session {
        let student = self.join(name, (24, 80), &[]);
        student.wait_for("q quit");
        student
    }

    /// The teacher quits, and is asked once more where work is lost.
    pub fn end(mut self) {
        self.teacher.press("qq");
        let (status, _) = self.teacher.assert_given_back();
        assert!(status.success());
        assert!(!self.socket.exists(), "nobody can come any more");
    }
}
