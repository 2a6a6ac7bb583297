//! A log of a class: who came, when, from where, how it ended. What is asked is in it only where that was wanted.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::SystemTime;

/// A table of comma-separated values: one row for each event.
#[derive(Debug)]
pub struct Log {
    file: File,
    /// Whether what is asked is written, too.
    pub has_prompts: bool,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogEntry<'a> {
    pub event: &'a str,
    pub name: &'a str,
    pub role: &'a str,
    /// The address, or the way in.
    pub from: &'a str,
    /// How it ended, or what was asked.
    pub detail: &'a str,
}

impl Log {
    /// The titles of the columns; times are in UTC.
    pub const COLUMNS: [&'static str; 6] = ["time", "event", "name", "role", "from", "detail"];

    /// Goes on with the file, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(path: &Path, has_prompts: bool) -> io::Result<Self> {
        let file = File::options().append(true).create(true).mode(0o600).open(path)?;
        let mut log = Self { file, has_prompts };
        if log.file.metadata()?.len() == 0 {
            log.row(Self::COLUMNS)?;
        }
        Ok(log)
    }

    pub(super) fn add(&mut self, entry: LogEntry<'_>) -> io::Result<()> {
        let LogEntry { event, name, role, from, detail } = entry;
        let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        self.row([&time, event, &no_formula(name), role, from, &no_formula(detail)])
    }

    /// In one write: a row is there as a whole or not at all.
    fn row(&mut self, cells: [&str; 6]) -> io::Result<()> {
        let mut row = csv::Writer::from_writer(Vec::new());
        row.write_record(cells)?;
        self.file.write_all(&row.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }
}

/// A text of a stranger that no spreadsheet takes for a formula.
fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn rows_are_added_to_those_that_are_there_and_are_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("class.csv");
        for name in ["安娜, \"A\"", "=1+1"] {
            let mut log = Log::open(&path, false).unwrap();
            log.add(LogEntry { event: "came", name, role: "student", from: "192.0.2.1:5", detail: "" }).unwrap();
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut rows = csv::Reader::from_path(&path).unwrap();
        assert_eq!(rows.headers().unwrap(), &Log::COLUMNS[..]);
        let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
        let of = |row: usize| rows[row].iter().skip(1).collect::<Vec<_>>();
        assert_eq!(of(0), ["came", "安娜, \"A\"", "student", "192.0.2.1:5", ""]);
        assert_eq!(of(1)[1], "'=1+1", "no formula in a spreadsheet");
        assert!(rows[0][0].ends_with('Z') && rows[0][0].len() == 20, "{}", &rows[0][0]);
    }
}
