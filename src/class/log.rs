//! The log of a class: arrivals, ends of sessions, failed log-ins, actions of teachers, and prompts if that is enabled.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::allowance::Allowance;
use super::log_entry::{LogEntry, LogEvent};

/// A CSV file with a row for each event.
#[derive(Debug)]
pub struct Log {
    file: File,
    /// Whether prompts are logged.
    pub has_prompts: bool,
    /// Whether other accounts can read the file.
    pub is_open_to_others: bool,
    refusals: Allowance,
    sessions: Allowance,
    /// The number of rows that failed since the last successful one.
    lost: u64,
}

crate::messages! {
    /// Why a file cannot be the log.
    #[derive(Debug)]
    pub enum LogError {
        System { error: io::Error } = "{error}", "{error}";
        OtherColumns { columns: String } = "it has other columns than {columns}", "它的列与 {columns} 不同";
    }
}

impl From<io::Error> for LogError {
    fn from(error: io::Error) -> Self {
        Self::System { error }
    }
}

impl Log {
    /// The titles of the columns; times are in UTC.
    pub const COLUMNS: [&'static str; 8] = ["time", "event", "name", "role", "from", "detail", "method", "key"];

    /// Opens a log to append rows, or creates it, readable by its owner alone.
    ///
    /// # Errors
    /// If it cannot be written, or is not a log with these columns.
    pub fn open(path: &Path, has_prompts: bool) -> Result<Self, LogError> {
        let is_new = !path.exists();
        let file = File::options().read(true).append(true).create(true).mode(0o600).open(path);
        // a file that is write-only, such as a pipe, is not read
        let mut file = match file {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::options().append(true).open(path)?,
            file => file?,
        };
        if is_new {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?; // whatever the umask takes away
        }
        let metadata = file.metadata()?;
        let needs_titles = metadata.len() == 0;
        let needs_break = metadata.is_file() && !needs_titles && !ends_with_line_break(&mut file)?;
        let mut log = Self {
            file,
            has_prompts,
            is_open_to_others: metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 && !is_new,
            refusals: Allowance::new(200, Duration::from_secs(1)),
            sessions: Allowance::new(2000, Duration::from_millis(100)),
            lost: 0,
        };
        if needs_break {
            log.file.write_all(b"\n")?; // after an incomplete row
        }
        if needs_titles {
            log.row(Self::COLUMNS)?;
        }
        Ok(log)
    }

    /// Adds a row. Beyond a rate limit rows are only counted, and the count is logged later.
    pub(super) fn add(&mut self, entry: LogEntry<'_>) -> io::Result<()> {
        let allowance = match entry.event {
            LogEvent::Refused => Some(&mut self.refusals),
            LogEvent::Came | LogEvent::Left => Some(&mut self.sessions),
            _ => None, // teachers' actions; prompts have a limit of their own
        };
        let omitted = match allowance.map(|allowance| allowance.take(Instant::now())) {
            Some(None) => return Ok(()),
            Some(Some(omitted)) => omitted,
            None => 0,
        };
        if omitted > 0 {
            self.add_omitted(entry.event.name(), omitted)?;
        }
        let LogEntry { event, name, role, from, method, key, detail } = entry;
        self.row([
            &timestamp(),
            event.name(),
            &without_formula(name),
            role,
            from,
            &without_formula(detail),
            method,
            key,
        ])
    }

    /// Adds a row with the number of omitted rows.
    pub(super) fn add_omitted(&mut self, event: &str, count: u64) -> io::Result<()> {
        self.row([&timestamp(), "omitted", "", "", "", &format!("{count} times {event}: too many at once"), "", ""])
    }

    /// Writes a row completely or not at all: a part that was written before an error is truncated, and the next row reports how many are
    /// missing.
    fn row(&mut self, cells: [&str; 8]) -> io::Result<()> {
        let mut rows = csv::Writer::from_writer(Vec::new());
        if self.lost > 0 {
            let lost = format!("{} rows could not be written", self.lost);
            rows.write_record([&timestamp(), "omitted", "", "", "", &lost, "", ""])?;
        }
        rows.write_record(cells)?;
        let rows = rows.into_inner().map_err(csv::IntoInnerError::into_error)?;
        let metadata = self.file.metadata()?;
        let written = self.file.write_all(&rows);
        if written.is_err() && metadata.is_file() {
            self.file.set_len(metadata.len())?;
        }
        self.lost = if written.is_ok() { 0 } else { self.lost + 1 };
        written
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        for (event, count) in [("refused", self.refusals.omitted()), ("came or left", self.sessions.omitted())] {
            if count > 0 {
                let _ = self.add_omitted(event, count);
            }
        }
    }
}

/// The current time in UTC, to the second.
fn timestamp() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// Whether the last row of a log ends with a line break.
///
/// # Errors
/// If it is no log with these columns.
fn ends_with_line_break(file: &mut File) -> Result<bool, LogError> {
    const MAX_TITLES: u64 = 1024;
    let mut titles = String::new();
    let read = BufReader::new((&*file).take(MAX_TITLES)).read_line(&mut titles);
    if read.is_err() || titles.trim_end() != Log::COLUMNS.join(",") {
        return Err(LogError::OtherColumns { columns: Log::COLUMNS.join(",") });
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

/// A text with `'` before it if a spreadsheet would take it for a formula.
fn without_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn rows(path: &Path) -> Vec<Vec<String>> {
        let mut rows = csv::Reader::from_path(path).unwrap();
        assert_eq!(rows.headers().unwrap(), &Log::COLUMNS[..]);
        rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn open_existing_log_appends_and_stays_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.csv");
        for name in ["安娜, \"A\"", "=1+1"] {
            let mut log = Log::open(&path, false).unwrap();
            let came = LogEntry { name, role: "student", from: "192.0.2.1:5", ..LogEntry::new(LogEvent::Came) };
            log.add(LogEntry { method: "publickey", key: "SHA256:x", ..came }).unwrap();
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let rows = rows(&path);
        assert_eq!(
            rows[0][1..],
            ["came", "安娜, \"A\"", "student", "192.0.2.1:5", "", "publickey", "SHA256:x"].map(str::to_owned)
        );
        assert_eq!(rows[1][2], "'=1+1", "no formula in a spreadsheet");
        assert!(rows[0][0].ends_with('Z') && rows[0][0].len() == 20, "{}", &rows[0][0]);
    }

    #[test]
    fn open_file_with_other_columns_fails_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.csv");
        for text in ["time,event,name,role,from,detail\n", "my thesis", "\u{feff}", "\n\n"] {
            fs::write(&path, text).unwrap();
            let error = Log::open(&path, false).unwrap_err();
            assert!(error.to_string().starts_with("it has other columns than time,event,name"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::write(&path, [0xff; 4000]).unwrap();
        assert!(Log::open(&path, false).is_err());
    }

    #[test]
    fn open_log_with_incomplete_row_starts_new_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.csv");
        fs::write(&path, format!("{}\n2026-01-01T00:00:00Z,came,an", Log::COLUMNS.join(","))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mut log = Log::open(&path, false).unwrap();
        assert!(log.is_open_to_others);
        log.add(LogEntry { name: "ben", ..LogEntry::new(LogEvent::Left) }).unwrap();
        drop(log);
        assert!(fs::read_to_string(&path).unwrap().lines().nth(2).unwrap().contains(",left,ben,"));
    }

    #[test]
    fn rows_lost_on_full_disk_are_counted_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.csv");
        let mut log = Log::open(&path, false).unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let file = std::mem::replace(&mut log.file, full);
        for _ in 0..3 {
            log.add(LogEntry { name: "anna", ..LogEntry::new(LogEvent::Came) }).unwrap_err();
        }
        log.file = file;
        log.add(LogEntry { name: "ben", ..LogEntry::new(LogEvent::Left) }).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert!(lines[0].ends_with("Z,omitted,,,,3 rows could not be written,,"), "{text}");
        assert!(lines[1].contains(",left,ben,") && lines.len() == 2, "{text}");
    }

    #[test]
    fn flood_of_rows_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.csv");
        let mut log = Log::open(&path, false).unwrap();
        for _ in 0..5000 {
            log.add(LogEntry::new(LogEvent::Refused)).unwrap();
            log.add(LogEntry::new(LogEvent::Renamed)).unwrap();
        }
        log.add(LogEntry { name: "anna", ..LogEntry::new(LogEvent::Came) }).unwrap();
        drop(log);
        let rows = rows(&path);
        let count = |event: &str| rows.iter().filter(|row| row[1] == event).count();
        assert!((200..1000).contains(&count("refused")), "{}", count("refused"));
        assert_eq!((count("came"), count("renamed")), (1, 5000), "a flood omits no other event");
        let omitted_count = |row: &Vec<String>| row[5].split(' ').next().and_then(|count| count.parse::<usize>().ok());
        let omitted: usize = rows.iter().filter(|row| row[1] == "omitted").filter_map(omitted_count).sum();
        assert_eq!(count("refused") + omitted, 5000, "each row is written or counted");
    }
}
