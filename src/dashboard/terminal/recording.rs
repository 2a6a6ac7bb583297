//! A session as an [asciicast, version 2](https://docs.asciinema.org/manual/asciicast/v2/): what the terminal was sent, and when.
//! asciinema plays it in a terminal, its player in a page.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
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
    failure: Option<io::Error>,
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
        Self { path: path.to_owned(), file, title, term, begun: None, failure: None }
    }

    /// Adds what a terminal of this size was sent for a frame. After a failure nothing more is written.
    pub(super) fn frame(&mut self, size: (u16, u16), sent: &[u8]) {
        if self.failure.is_none() && !sent.is_empty() {
            self.failure = self.try_frame(size, &String::from_utf8_lossy(sent)).err();
        }
    }

    fn try_frame(&mut self, size: (u16, u16), sent: &str) -> io::Result<()> {
        let mut lines = String::new();
        let (start, size_before) = self.begun.unwrap_or((Instant::now(), size));
        let time = start.elapsed().as_secs_f64();
        let event = |kind: &str, data: &str| serde_json::to_string(&(time, kind, data)).map(|line| line + "\n");
        if self.begun.is_none() {
            lines += &self.header(size)?;
            lines += &event("o", TAKEN)?;
        }
        if size != size_before {
            lines += &event("r", &format!("{}x{}", size.0, size.1))?;
        }
        lines += &event("o", sent)?;
        self.begun = Some((start, size));
        self.file.write_all(lines.as_bytes())
    }

    fn header(&self, (width, height): (u16, u16)) -> io::Result<String> {
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let env = Environment { term: &self.term };
        let header = Header { version: 2, width, height, timestamp, title: &self.title, env };
        Ok(serde_json::to_string(&header)? + "\n")
    }

    /// Why the session is not recorded to its end.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.as_ref().map(|error| format!("{} is not whole: {error}", self.path.display()))
    }
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
        let mut recording = Recording {
            path: "full.cast".into(),
            file,
            title: String::new(),
            term: String::new(),
            begun: None,
            failure: None,
        };
        recording.frame((80, 24), b"a frame");
        recording.frame((80, 24), b"another");
        let failure = recording.failure().unwrap();
        assert!(failure.starts_with("full.cast is not whole: No space left on device"), "{failure}");
    }
}
