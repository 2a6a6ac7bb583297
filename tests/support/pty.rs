//! A program in a pseudoterminal: reads its screen and sends it keys.

use std::io::{ErrorKind, Read, Write};
use std::ops::{Deref, DerefMut};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use super::LONGEST_WAIT;

/// A program in a pseudoterminal.
pub struct Session {
    pub master: Box<dyn MasterPty + Send>,
    pub child: Killed,
    pub keyboard: Box<dyn Write + Send>,
    pub screen: Arc<Mutex<vt100::Parser>>,
    /// All bytes written by the program.
    pub written: Arc<Mutex<Vec<u8>>>,
    pub reader: thread::JoinHandle<()>,
    /// Terminal modes before the program started.
    pub modes: String,
}

/// A child process that is killed when dropped, so that it does not outlive its test.
pub struct Killed(Box<dyn Child + Send + Sync>);

impl Deref for Killed {
    type Target = dyn Child + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl DerefMut for Killed {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut *self.0
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        if let (Ok(None), Some(process)) = (self.0.try_wait(), self.0.process_id()) {
            let _ = Command::new("kill").args(["-s", "KILL", &process.to_string()]).status();
            let _ = self.0.wait();
        }
    }
}

pub fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

impl Session {
    pub fn start(rows: u16, cols: u16, program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_in(|bytes| bytes, (rows, cols), program, arguments, environment)
    }

    /// Starts a program in a terminal that transforms its output by `terminal` before the emulator reads it.
    pub fn start_in(
        mut terminal: impl FnMut(Vec<u8>) -> Vec<u8> + Send + 'static,
        (rows, cols): (u16, u16),
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let pty = native_pty_system().openpty(size(rows, cols)).unwrap();
        let modes = modes(pty.master.as_ref());
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in super::environment() {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pty.slave.spawn_command(command).unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, cols, 0)));
        let mut output = pty.master.try_clone_reader().unwrap();
        let parser = Arc::clone(&screen);
        let written = Arc::new(Mutex::new(Vec::new()));
        let bytes_written = Arc::clone(&written);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while Arc::strong_count(&parser) > 1 {
                let count = match output.read(&mut bytes) {
                    Ok(count @ 1..) => count,
                    // a signal to the test process is not the end of the output
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Ok(0) | Err(_) => break,
                };
                bytes_written.lock().unwrap().extend_from_slice(&bytes[..count]);
                parser.lock().unwrap().process(&terminal(bytes[..count].to_vec()));
            }
        });
        let keyboard = pty.master.take_writer().unwrap();
        Self { master: pty.master, child: Killed(child), keyboard, screen, written, reader, modes }
    }

    /// Text on the screen.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen contains `text`.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    /// Polls the screen until `is_so` returns true; panics after [`LONGEST_WAIT`].
    #[track_caller]
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + LONGEST_WAIT;
        while !is_so(self.screen.lock().unwrap().screen()) {
            assert!(
                Instant::now() < deadline,
                "never seen: {what}; the screen is\n{}\nafter\n{}",
                self.text(),
                self.tail()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether the program has written `text`.
    pub fn wrote(&self, text: &str) -> bool {
        self.written.lock().unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes())
    }

    /// Last 600 bytes written by the program, escaped.
    pub fn tail(&self) -> String {
        let written = self.written.lock().unwrap();
        String::from_utf8_lossy(&written[written.len().saturating_sub(600)..]).escape_debug().to_string()
    }

    /// Sends keys to the program.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Leaves the class as a student, and confirms.
    pub fn leave_class(&mut self) {
        self.press("q");
        self.wait_for("leave the class?");
        self.press("q");
    }

    /// Sends the signal `name`, without `SIG`, to the program.
    pub fn signal(&self, name: &str) {
        let process = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    #[track_caller]
    fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + LONGEST_WAIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end; the screen is\n{}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the exit of a program that has not entered the alternate screen, and checks that the terminal modes are restored. Returns
    /// exit code and screen text.
    #[track_caller]
    pub fn assert_refused(mut self) -> (u32, String) {
        let code = self.wait_for_end().exit_code();
        assert_eq!(modes(self.master.as_ref()), self.modes, "the modes of the terminal");
        self.reader.join().unwrap(); // all output has been read
        let parser = self.screen.lock().unwrap();
        assert!(!parser.screen().alternate_screen(), "it has taken the screen");
        (code, parser.screen().contents())
    }

    /// Waits for exit, and checks that modes, screen, cursor and paste mode are restored. Returns exit status and screen text.
    #[track_caller]
    pub fn assert_given_back(mut self) -> (ExitStatus, String) {
        let status = self.wait_for_end();
        assert_eq!(modes(self.master.as_ref()), self.modes, "the modes of the terminal");
        self.reader.join().unwrap(); // all output has been read
        let parser = self.screen.lock().unwrap();
        let last = String::from_utf8_lossy(&self.written.lock().unwrap()).escape_debug().to_string();
        let last: String = last.chars().skip(last.chars().count().saturating_sub(600)).collect();
        assert!(!parser.screen().alternate_screen(), "the screen is the one before; {status:?} after {last}");
        assert!(!parser.screen().hide_cursor(), "the cursor is shown");
        assert!(!parser.screen().bracketed_paste(), "pasted text comes as it is");
        let written = self.written.lock().unwrap();
        let last_update = written.windows(8).rfind(|bytes| bytes.starts_with(b"\x1b[?2026")).unwrap();
        assert_eq!(last_update.last(), Some(&b'l'), "the terminal shows what is written from now on");
        let text = parser.screen().contents();
        drop(parser);
        (status, text)
    }
}

/// Terminal modes as `stty -a` prints them, in debug format.
pub fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}
