//! Opening a class with its archive and its doors, and closing it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use rnn_tui::class::door::local::{LocalDoor, Place};
use rnn_tui::class::{Archive, Class, Limits, Log, LogError, RecordingFolder, TeacherTools};
use rnn_tui::dashboard::terminal::events::{Event, Events};
use rnn_tui::dashboard::{Announcement, Ending};
use rnn_tui::language::Message;
use rnn_tui::session::SharedRuns;

use super::class_options::ClassOptions;
use super::error::Failed;

rnn_tui::messages! {
    enum OpenClassMessage {
        OtherFile = "choose another file", "请选择另一个文件";
    }
}

/// Timeout for sessions to end when the class closes.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The interval at which a class without a terminal checks whether it is over.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A class with its doors; dropping it closes them.
pub struct OpenClass {
    pub class: Arc<Class>,
    _local: LocalDoor,
    #[cfg(feature = "ssh")]
    _ssh: Option<rnn_tui::class::door::ssh::SshDoor>,
}

impl ClassOptions {
    /// Creates the class, and opens its doors.
    pub fn open(&self, runs: SharedRuns, tools: TeacherTools) -> Result<OpenClass, Failed> {
        let (archive, open_to_others) = self.archive()?;
        let limits = Limits { members: self.members, sessions_each: self.sessions };
        let class = Class::with_limits(runs, limits, archive);
        class.set_idle_limit(Duration::from_mins(self.idle));
        for path in open_to_others {
            class.announce(Announcement::OpenToOthers(path.display().to_string()));
        }
        let tools = Arc::new(tools);
        // the port first, as it is in use more often than the socket
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

    /// The archive, and those of its files and folders that other accounts can read.
    fn archive(&self) -> Result<(Archive, Vec<PathBuf>), Failed> {
        let refuse = |option: &str, path: &Path, error: io::Error| {
            Failed::Mistake(Message::from(error).at(format!("{option} {}", path.display())))
        };
        let open_log = |path: &Path| {
            Log::open(path, self.log_prompts).map_err(|error| match error {
                LogError::OtherColumns { .. } => {
                    let problem = Message::from(error).at(format!("--log {}", path.display()));
                    Failed::Mistake(problem.with_help(OpenClassMessage::OtherFile))
                }
                LogError::System { error } => refuse("--log", path, error),
            })
        };
        let log = self.log.as_deref().map(open_log).transpose()?;
        let open_folder = |path| RecordingFolder::open(path).map_err(|error| refuse("--record-class", path, error));
        let folder = self.record_class.as_deref().map(open_folder).transpose()?;
        let is_log_open = log.as_ref().is_some_and(|log| log.is_open_to_others);
        let exposed_log = self.log.clone().filter(|_| is_log_open);
        let is_folder_open = folder.as_ref().is_some_and(|folder| folder.is_open_to_others);
        let exposed_folder = self.record_class.clone().filter(|_| is_folder_open);
        Ok((Archive::new(log, folder), exposed_log.into_iter().chain(exposed_folder).collect()))
    }

    /// Opens the socket for `rnn-tui attach`.
    fn open_locally(&self, class: &Arc<Class>, tools: &Arc<TeacherTools>) -> Result<LocalDoor, Failed> {
        let place = Place::new(self.socket.clone());
        LocalDoor::open(class, tools, &place, self.group).map_err(|error| {
            let advice = place.advice(&error);
            let problem = Message::from(error).at(format!("--socket {}", place.path().display()));
            Failed::Mistake(match advice {
                Some(advice) => problem.with_help(advice),
                None => problem,
            })
        })
    }
}

impl OpenClass {
    /// Waits until a teacher or a signal ends the class.
    pub fn wait(&self, events: &Events) -> Ending {
        while !self.class.is_over() {
            match events.received().recv_timeout(POLL_INTERVAL) {
                Ok(Event::Signal(signal)) => return Ending::Signal(signal),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(POLL_INTERVAL),
            }
        }
        Ending::ClassOver
    }

    /// Ends all sessions.
    pub fn close(&self) {
        self.class.close(CLOSE_TIMEOUT);
    }
}
