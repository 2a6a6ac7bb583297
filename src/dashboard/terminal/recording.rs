//! Records a session as an [asciicast, version 2](https://docs.asciinema.org/manual/asciicast/v2/): the bytes sent to the terminal, with
//! their times. asciinema plays it in a terminal, its player in a web page.

use crate::language::Message;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The first line of the file.
#[derive(Serialize)]
struct Header<'a> {
    version: u32,
    width: u16,
    height: u16,
    timestamp: u64,
    title: &'a str,
    env: Environment<'a>,
}

/// The environment in the first line.
#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Environment<'a> {
    term: &'a str,
}

/// A recording of a session, written to a file frame by frame. On drop, a file without a frame is removed.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    file: File,
    title: String,
    /// The value of TERM.
    term: String,
    /// Time of the first frame and size of the last one; `None` before the first.
    begun: Option<(Instant, (u16, u16))>,
    limit: Limit,
    failure: RecordingFailure,
}

crate::messages! {
    enum RecordingMessage {
        Incomplete { path: PathBuf, error: io::Error } = "{path} is not whole: {error}", "{path} 不完整：{error}";
        LimitReached { most: u64 } = "it has reached its limit of {most} MiB", "已达到 {most} MiB 的上限";
    }
}

/// Why a recording is incomplete; empty until it fails. All copies share the value.
pub type RecordingFailure = Arc<OnceLock<Message>>;

/// Limits on the size of a recording, and on all recordings together.
#[derive(Debug)]
struct Limit {
    /// Bytes that may still be written.
    left: u64,
    /// Largest size in bytes.
    most: u64,
    /// Bytes written by all recordings, and their limit.
    together: Option<(Arc<AtomicU64>, u64)>,
}

/// Bytes reserved for the last two events of a recording that has reached its limit.
const ROOM_FOR_END: u64 = 512;

impl Limit {
    const NONE: Self = Self { left: u64::MAX, most: u64::MAX, together: None };

    /// Reserves `bytes`; if they exceed a limit, returns that limit in MiB.
    fn reserve(&mut self, bytes: u64) -> Result<(), u64> {
        if bytes > self.left {
            return Err(self.most >> 20);
        }
        if let Some((written, most)) = &self.together
            && written.fetch_add(bytes, Ordering::Relaxed) + bytes > *most
        {
            return Err(most >> 20);
        }
        self.left -= bytes;
        Ok(())
    }
}

impl Recording {
    /// Creates the file; `term` is the value of TERM for its header.
    ///
    /// # Errors
    /// If the file exists or cannot be created.
    pub fn create(path: &Path, title: &str, term: &str) -> io::Result<Self> {
        Ok(Self::to(File::create_new(path)?, path, title, term))
    }

    /// Records to `file`, which is at `path`.
    #[must_use]
    pub fn to(file: File, path: &Path, title: &str, term: &str) -> Self {
        let (title, term) = (title.to_owned(), term.to_owned());
        let (limit, failure) = (Limit::NONE, RecordingFailure::default());
        Self { path: path.to_owned(), file, title, term, begun: None, limit, failure }
    }

    /// Limits the size to `most` bytes, and that of all recordings that share the counter in `together` to the number beside it. At a
    /// limit the recording ends with an event that says so.
    #[must_use]
    pub fn within(mut self, most: u64, together: (&Arc<AtomicU64>, u64)) -> Self {
        let left = most.saturating_sub(ROOM_FOR_END);
        let together = Some((Arc::clone(together.0), together.1));
        self.limit = Limit { left, most, together };
        self
    }

    /// Adds the bytes of a frame for a terminal of this size. Does nothing for an empty frame or after a failure.
    pub(super) fn frame(&mut self, size: (u16, u16), sent: &[u8]) {
        if self.failure.get().is_none() && !sent.is_empty() {
            let written = self.try_frame(size, &String::from_utf8_lossy(sent));
            self.note(written);
        }
    }

    /// Adds a marker, which players list. Does nothing before the first frame or after a failure.
    pub(super) fn mark(&mut self, said: &str) {
        if let (Some((start, _)), None) = (self.begun, self.failure.get()) {
            let written = event(start.elapsed().as_secs_f64(), "m", said).and_then(|line| self.write(&line));
            self.note(written);
        }
    }

    /// Stores an error as the failure of the recording.
    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            let _ = self.failure.set(RecordingMessage::Incomplete { path: self.path.clone(), error }.into());
        }
    }

    /// Writes whole lines; at a limit, writes closing events instead and returns an error.
    fn write(&mut self, lines: &str) -> io::Result<()> {
        if let Err(most) = self.limit.reserve(lines.len() as u64) {
            let message = format!("the recording ends here: it has reached its limit of {most} MiB");
            if let Some((start, _)) = self.begun {
                let time = start.elapsed().as_secs_f64();
                let shown = format!("{GIVEN_BACK}{message}\r\n");
                let end = event(time, "m", &message)? + &event(time, "o", &shown)?;
                self.file.write_all(end.as_bytes())?;
            }
            return Err(io::Error::other(Message::from(RecordingMessage::LimitReached { most })));
        }
        self.file.write_all(lines.as_bytes())
    }

    /// Writes a frame; before it the header if it is the first, or a resize event if the size has changed.
    fn try_frame(&mut self, size: (u16, u16), sent: &str) -> io::Result<()> {
        let mut lines = String::new();
        let (start, size_before) = self.begun.unwrap_or((Instant::now(), size));
        let time = start.elapsed().as_secs_f64();
        if self.begun.is_none() {
            lines += &self.header(size)?;
            lines += &event(time, "o", TAKEN)?;
        }
        if size != size_before {
            lines += &event(time, "r", &format!("{}x{}", size.0, size.1))?;
        }
        lines += &event(time, "o", sent)?;
        self.write(&lines)?;
        self.begun = Some((start, size));
        Ok(())
    }

    /// The first line, for a terminal of this size.
    fn header(&self, (width, height): (u16, u16)) -> io::Result<String> {
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let env = Environment { term: &self.term };
        let header = Header { version: 2, width, height, timestamp, title: &self.title, env };
        Ok(serde_json::to_string(&header)? + "\n")
    }

    /// Why the recording is incomplete; `None` if it is not.
    #[must_use]
    pub fn failure(&self) -> Option<Message> {
        self.failure.get().cloned()
    }

    /// A shared handle to the failure, which can be read at any time.
    #[must_use]
    pub fn failure_watch(&self) -> RecordingFailure {
        Arc::clone(&self.failure)
    }
}

/// One line: an event at `time` in seconds.
fn event(time: f64, kind: &str, data: &str) -> io::Result<String> {
    Ok(serde_json::to_string(&(time, kind, data))? + "\n")
}

/// Clears the screen and hides the cursor. Not the alternate screen, so that the last frame stays visible after playing.
const TAKEN: &str = "\x1b[2J\x1b[?25l";
/// Shows the cursor again, below the last frame.
const GIVEN_BACK: &str = "\x1b[?2026l\x1b[?25h\x1b[999;1H\r\n";

impl Drop for Recording {
    fn drop(&mut self) {
        match self.begun {
            None => _ = fs::remove_file(&self.path),
            Some((_, size)) => self.frame(size, GIVEN_BACK.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn recording_has_header_frames_and_resize_events() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lesson.cast");
        let mut recording = Recording::create(&path, "three \"sentences\"", "xterm").unwrap();
        recording.frame((80, 24), "我\x1b[1m".as_bytes());
        recording.frame((80, 24), b"");
        recording.frame((100, 30), b"later");
        assert_eq!(recording.failure(), None);
        drop(recording);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[0]["version"], &lines[0]["width"], &lines[0]["height"]),
            (&2.into(), &80.into(), &24.into())
        );
        assert_eq!(lines[0]["title"], "three \"sentences\"");
        let events: Vec<_> =
            lines[1..].iter().map(|line| (line[1].as_str().unwrap(), line[2].as_str().unwrap())).collect();
        let expected = [("o", TAKEN), ("o", "我\x1b[1m"), ("r", "100x30"), ("o", "later"), ("o", GIVEN_BACK)];
        assert_eq!(events, expected);
        let times: Vec<f64> = lines[1..].iter().map(|line| line[0].as_f64().unwrap()).collect();
        assert!(times.is_sorted() && times[0] < 0.01, "{times:?}");
    }

    #[test]
    fn recording_keeps_existing_file_and_removes_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lesson.cast");
        drop(Recording::create(&path, "", "").unwrap());
        assert!(!path.exists());
        fs::write(&path, "mine").unwrap();
        Recording::create(&path, "", "").unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn recording_on_full_disk_reports_failure() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let mut recording = Recording::to(file, Path::new("full.cast"), "", "");
        let watched = recording.failure_watch();
        recording.frame((80, 24), b"a frame");
        recording.frame((80, 24), b"another");
        let failure = recording.failure().unwrap();
        assert!(failure.to_string().starts_with("full.cast is not whole: No space left on device"), "{failure}");
        assert_eq!(watched.get(), Some(&failure), "copies share the failure");
    }

    #[test]
    fn recording_at_limit_ends_with_message() {
        let folder = tempfile::tempdir().unwrap();
        let together = Arc::default();
        let frame = "x".repeat(1 << 16);
        let recorded = |name: &str, most: u64, all: u64| {
            let path = folder.path().join(name);
            let mut recording = Recording::create(&path, "", "").unwrap().within(most, (&together, all));
            for _ in 0..100 {
                recording.frame((80, 24), frame.as_bytes());
                recording.mark("a mark");
            }
            let failure = recording.failure();
            drop(recording);
            assert!(failure.unwrap().to_string().contains("it has reached its limit of"));
            fs::read_to_string(&path).ok()
        };
        for (name, all) in [("own", u64::MAX), ("all", 3 << 19)] {
            let text = recorded(name, 1 << 20, all).unwrap();
            assert!(text.len() <= 1 << 20, "{}", text.len());
            let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert!(lines.last().unwrap()[2].as_str().unwrap().contains("it has reached its limit of"), "{name}");
            assert!(lines.len() > 5, "{name}");
        }
        assert_eq!(recorded("late", 1 << 20, 3 << 19), None, "a file without a frame is removed");
    }
}
