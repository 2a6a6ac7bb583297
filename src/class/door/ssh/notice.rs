//! The notice that clients show before log-in (RFC 4252, section 5.4).

use std::path::Path;

use super::option_file::{self, FileError};
use crate::printable;

/// The maximum size of the file, in bytes.
const MAX_BYTES: u64 = 16 << 10;

/// The notice in a file, with CRLF after each line, and with control characters escaped.
///
/// # Errors
/// If the file cannot be read, is longer than 16 KiB, is not UTF-8, or is blank.
pub fn read(path: &Path) -> Result<String, FileError> {
    let text = String::from_utf8(option_file::read(path, MAX_BYTES)?).map_err(|_| FileError::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}').trim_end();
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    Ok(text.lines().map(|line| printable(&line.replace('\t', "    ")) + "\r\n").collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn notice(bytes: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notice");
        fs::write(&path, bytes).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn notice_keeps_lines_and_escapes_control_characters() {
        assert_eq!(
            notice("For members of the course only.\n\n仅限本课程\t学生。\n".as_bytes()).unwrap(),
            "For members of the course only.\r\n\r\n仅限本课程    学生。\r\n"
        );
        let shown = notice(b"a\x1b]0;x\x07\r\nb\x9b\r\n".as_slice());
        assert!(shown.unwrap_err().contains("not UTF-8"));
        let shown = notice("a\u{1b}]0;x\u{7}\r\nb\u{9b}\u{202e}".as_bytes()).unwrap();
        assert!(
            !shown.chars().any(|c| c.is_control() && !"\r\n".contains(c)) && !shown.contains('\u{202e}'),
            "{shown:?}"
        );
    }

    #[test]
    fn empty_long_or_binary_notice_is_rejected() {
        for (bytes, expected) in [
            (&b"\n \n"[..], "nothing"),
            ("x".repeat(20_000).as_bytes(), "it has more than 16 kB"),
            (b"\xff\xfe", "UTF-8"),
        ] {
            assert!(notice(bytes).unwrap_err().contains(expected), "{expected}");
        }
        assert!(read(Path::new("/dev/zero")).unwrap_err().to_string().contains("it has more than 16 kB"));
        assert!(read(Path::new("/")).is_err());
    }
}
