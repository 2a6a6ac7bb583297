//! A class whose doors are open.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use rnn_tui::class::door::local::{LocalDoor, usual_path};
use rnn_tui::class::{Archive, Class, Log, TeacherTools};
use rnn_tui::dashboard::Ending;
use rnn_tui::dashboard::terminal::events::{Event, Events};
use rnn_tui::session::SharedRuns;

use super::Failed;
use super::class_options::ClassOptions;

/// How long those in a class may take to leave it.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);
/// After how long a class without a terminal of its own looks whether it is over.
const LOOK: Duration = Duration::from_millis(100);

/// A class whose doors are open, until this is dropped.
pub struct OpenClass {
    pub class: Arc<Class>,
    _local: LocalDoor,
    #[cfg(feature = "ssh")]
    _ssh: Option<rnn_tui::class::door::ssh::SshDoor>,
}

impl ClassOptions {
    /// Opens the class, and its doors.
    pub fn open(&self, runs: SharedRuns, tools: TeacherTools) -> Result<OpenClass, Failed> {
        let class = Class::new(runs, self.members, self.archive()?);
        class.limit_idleness(Duration::from_mins(self.idle));
        let tools = Arc::new(tools);
        // what can be refused comes before anybody can come in
        #[cfg(feature = "ssh")]
        let ssh = self.ssh.open(&class, &tools)?;
        let local = self.open_locally(&class, &tools)?;
        Ok(OpenClass {
            class,
            _local: local,
            #[cfg(feature = "ssh")]
            _ssh: ssh,
        })
    }

    fn archive(&self) -> Result<Archive, Failed> {
        let refuse = |option: &str, path: &Path, error: io::Error| {
            Failed::Prompt(format!("{option} {}: {error}", path.display()))
        };
        let open = |path| Log::open(path, self.log_prompts).map_err(|error| refuse("--log", path, error));
        let log = self.log.as_deref().map(open).transpose()?;
        if let Some(folder) = &self.record_class {
            std::fs::create_dir_all(folder).map_err(|error| refuse("--record-class", folder, error))?;
        }
        Ok(Archive::new(log, self.record_class.clone()))
    }

    fn open_locally(&self, class: &Arc<Class>, tools: &Arc<TeacherTools>) -> Result<LocalDoor, Failed> {
        let path = self.socket.clone().unwrap_or_else(usual_path);
        let refuse = |error: io::Error| {
            let closed = error.to_string();
            let (problem, help) = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    ("another class is there", "rnn-tui attach --teacher leads it; choose another place with --socket")
                }
                io::ErrorKind::AlreadyExists => ("it is there and no socket", "choose another place with --socket"),
                // the system's own refusal names no folder
                io::ErrorKind::PermissionDenied if self.group && error.raw_os_error().is_none() => {
                    (closed.as_str(), "--group: choose a folder that the group can enter with --socket (chmod g+x)")
                }
                _ => return refusal(&format!("--socket {}", path.display()), &error),
            };
            Failed::Prompt(format!("--socket {}: {problem}\n  {help}", path.display()))
        };
        LocalDoor::open(class, tools, &path, self.group).map_err(refuse)
    }
}

/// What cannot be begun. Where the system gives no thread, it says no more than that a resource is unavailable.
pub fn refusal(option: &str, error: &io::Error) -> Failed {
    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory) {
        let help = "end other programs, or raise the limits: `ulimit -u` and `ulimit -v` show them";
        return Failed::Prompt(format!("{option}: the system gives no more threads or no more memory\n  {help}"));
    }
    Failed::Prompt(format!("{option}: {error}"))
}

impl OpenClass {
    /// Waits until somebody who teaches ends the class, or a signal does.
    pub fn wait(&self, events: &Events) -> Ending {
        while !self.class.is_over() {
            match events.received().recv_timeout(LOOK) {
                Ok(Event::Signal(signal)) => return Ending::Signal(signal),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
            }
        }
        Ending::ClassOver
    }

    /// Tells everybody to leave.
    pub fn close(&self) {
        self.class.close(LONGEST_GOODBYE);
    }
}
