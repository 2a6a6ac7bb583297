//! A session as an [asciicast, version 2](https://docs.asciinema.org/manual/asciicast/v2/): what the terminal was sent, and when.
//! asciinema plays it in a terminal, its player in a page.

use crate::language::Message;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// What stands in the first line.
#[derive(Serialize)]
struct Header<'a> {
    version: u32,
    width: u16,
    height: u16,
    timestamp: u64,
    title: &'a str,
    env: Environment<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Environment<'a> {
    term: &'a str,
}

/// A file that a session is written to, frame by frame. One that never had a frame is removed again.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    file: File,
    title: String,
    /// The kind of terminal, as TERM has it.
    term: String,
    /// When the first frame was drawn, and the size of the last one.
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

/// Why a session is not recorded to its end, from then on. Whoever has a copy sees it at once.
pub type RecordingFailure = Arc<OnceLock<Message>>;

/// How large a recording may be, and all of them together.
#[derive(Debug)]
struct Limit {
    left: u64,
    most: u64,
    /// The bytes of all recordings so far, and how many there may be.
    together: Option<(Arc<AtomicU64>, u64)>,
}

/// Room for the last two events of a recording that has reached its limit.
const ROOM_FOR_END: u64 = 512;

impl Limit {
    const NONE: Self = Self { left: u64::MAX, most: u64::MAX, together: None };

    /// Takes room for so many bytes, or says how many MiB there may be.
    fn take(&mut self, bytes: u64) -> Result<(), u64> {
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
    /// Makes the file, for a terminal of the kind that TERM names.
    ///
    /// # Errors
    /// When there is one already, or it cannot be written.
    pub fn create(path: &Path, title: &str, term: &str) -> io::Result<Self> {
        Ok(Self::to(File::create_new(path)?, path, title, term))
    }

    /// Writes to a new file, which is at `path`.
    #[must_use]
    pub fn to(file: File, path: &Path, title: &str, term: &str) -> Self {
        let (title, term) = (title.to_owned(), term.to_owned());
        let (limit, failure) = (Limit::NONE, RecordingFailure::default());
        Self { path: path.to_owned(), file, title, term, begun: None, limit, failure }
    }

    /// Has it end, with an event that says so, after so many bytes, or when all that count theirs in `together` have as many as there may
    /// be.
    #[must_use]
    pub fn within(mut self, most: u64, together: (&Arc<AtomicU64>, u64)) -> Self {
        let left = most.saturating_sub(ROOM_FOR_END);
        let together = Some((Arc::clone(together.0), together.1));
        self.limit = Limit { left, most, together };
        self
    }

    /// Adds what a terminal of this size was sent for a frame. After a failure nothing more is written.
    pub(super) fn frame(&mut self, size: (u16, u16), sent: &[u8]) {
        if self.failure.get().is_none() && !sent.is_empty() {
            let written = self.try_frame(size, &String::from_utf8_lossy(sent));
            self.note(written);
        }
    }

    /// Adds a mark with a sentence, which players list.
    pub(super) fn mark(&mut self, said: &str) {
        if let (Some((start, _)), None) = (self.begun, self.failure.get()) {
            let written = event(start.elapsed().as_secs_f64(), "m", said).and_then(|line| self.write(&line));
            self.note(written);
        }
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            let _ = self.failure.set(RecordingMessage::Incomplete { path: self.path.clone(), error }.into());
        }
    }

    /// Writes whole lines, or, where there is no more room, that it ends here.
    fn write(&mut self, lines: &str) -> io::Result<()> {
        if let Err(most) = self.limit.take(lines.len() as u64) {
            let said = format!("the recording ends here: it has reached its limit of {most} MiB");
            if let Some((start, _)) = self.begun {
                let time = start.elapsed().as_secs_f64();
                let shown = format!("{GIVEN_BACK}{said}\r\n");
                let end = event(time, "m", &said)? + &event(time, "o", &shown)?;
                self.file.write_all(end.as_bytes())?;
            }
            return Err(io::Error::other(Message::from(RecordingMessage::LimitReached { most })));
        }
        self.file.write_all(lines.as_bytes())
    }

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

    fn header(&self, (width, height): (u16, u16)) -> io::Result<String> {
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let env = Environment { term: &self.term };
        let header = Header { version: 2, width, height, timestamp, title: &self.title, env };
        Ok(serde_json::to_string(&header)? + "\n")
    }

    /// Why the session is not recorded to its end.
    #[must_use]
    pub fn failure(&self) -> Option<Message> {
        self.failure.get().cloned()
    }

    /// The same, for somebody who wants to know as soon as it is so.
    #[must_use]
    pub fn failure_watch(&self) -> RecordingFailure {
        Arc::clone(&self.failure)
    }
}

fn event(time: f64, kind: &str, data: &str) -> io::Result<String> {
    Ok(serde_json::to_string(&(time, kind, data))? + "\n")
}

/// An empty screen without a cursor, as the dashboard has it. Not the alternate one: the last picture stays when it was played.
const TAKEN: &str = "\x1b[2J\x1b[?25l";
/// The cursor below the picture, to be seen again.
const GIVEN_BACK: &str = "\x1b[?2026l\x1b[?25h\x1b[999;1H\r\n";

impl Drop for Recording {
    fn drop(&mut self) {
        match self.begun {
            None => _ = fs::remove_file(&self.path), // a file without a frame would only be in the way
            Some((_, size)) => self.frame(size, GIVEN_BACK.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn frames_are_lines_after_a_header_and_a_new_size_is_told() {
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
    fn a_file_that_is_there_is_not_written_over_and_one_without_a_frame_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lesson.cast");
        drop(Recording::create(&path, "", "").unwrap());
        assert!(!path.exists());
        fs::write(&path, "mine").unwrap();
        Recording::create(&path, "", "").unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn when_the_disk_is_full_it_says_so_and_the_session_goes_on() {
        let file = File::options().write(true).open("/dev/full").unwrap();
        let mut recording = Recording::to(file, Path::new("full.cast"), "", "");
        let told = recording.failure_watch();
        recording.frame((80, 24), b"a frame");
        recording.frame((80, 24), b"another");
        let failure = recording.failure().unwrap();
        assert!(failure.to_string().starts_with("full.cast is not whole: No space left on device"), "{failure}");
        assert_eq!(told.get(), Some(&failure), "whoever watches it knows");
    }

    #[test]
    fn a_recording_at_its_limit_ends_with_a_word_and_takes_no_more() {
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
        assert_eq!(recorded("late", 1 << 20, 3 << 19), None, "a file without a frame would only be in the way");
    }
}
