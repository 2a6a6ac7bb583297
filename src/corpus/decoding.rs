//! Bytes → text, or why they are not decoded.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, UTF_8, UTF_16BE, UTF_16LE};

use super::messages::{DecodingHelp, DecodingProblem};
use crate::config::{Encoding, line_of};
use crate::file_kind::{FileKind, kind_of};
use crate::memory::Size;

/// Upper bound on the bytes from which the kind of a file is identified.
const MAX_PREFIX: usize = 1 << 16;
/// A file of which one in this many bytes or more is zero is not a text.
const ZERO_RATIO: usize = 10;

/// Encodings that the help names, besides the likely one.
const COMMON_ENCODINGS: [&str; 7] = ["gb18030", "big5", "shift_jis", "euc-kr", "koi8-r", "windows-1252", "utf-16le"];

/// Why bytes are not decoded, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DecodingError {
    pub problem: DecodingProblem,
    pub help: DecodingHelp,
}

impl DecodingError {
    /// The bytes are a file of another kind.
    fn other_file(kind: FileKind) -> Self {
        Self { problem: DecodingProblem::OtherFile { kind }, help: DecodingHelp::ExpectedText }
    }

    /// The bytes are a text in an encoding that is certain.
    fn other_encoding(encoding: &'static encoding_rs::Encoding) -> Self {
        let encoding = Encoding(encoding).to_string();
        Self {
            problem: DecodingProblem::OtherEncoding { encoding: encoding.clone() },
            help: DecodingHelp::ReadAs { encoding },
        }
    }

    /// Too many of the bytes are zero.
    fn zeros(percent: usize) -> Self {
        Self { problem: DecodingProblem::Zeros { percent }, help: DecodingHelp::ExpectedText }
    }

    /// There are fewer bytes of memory than decoding takes.
    fn no_memory(needed: u64) -> Self {
        Self { problem: DecodingProblem::NoMemory { needed: Size(needed) }, help: DecodingHelp::ExpectedSmallerText }
    }

    /// The byte at `offset` is not valid in the encoding `used`. The help names the encoding that the bytes are likely in.
    fn malformed(bytes: &[u8], used: &'static encoding_rs::Encoding, offset: usize) -> Self {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        let guess = utf_16(&bytes[..bytes.len().min(MAX_UTF_16_GUESS)])
            .unwrap_or_else(|| detector.guess(None, Utf8Detection::Allow));
        let encoding = Encoding(guess).to_string();
        // of these only encodings of single bytes fit any bytes above 0x7f
        let others = COMMON_ENCODINGS.into_iter().filter(|other| *other != encoding).collect();
        let problem = DecodingProblem::Malformed {
            encoding: Encoding(used).name(),
            offset,
            line: line_of(bytes, offset.min(bytes.len())),
            byte: bytes.get(offset).copied().unwrap_or_default(),
        };
        Self { problem, help: DecodingHelp::LooksLike { encoding, others } }
    }
}

/// Checks that bytes begin like a text: that they are no file of another kind, and do not have too many zeros for the encoding.
pub(super) fn check_prefix(bytes: &[u8], encoding: Encoding) -> Result<(), DecodingError> {
    if let Some(kind) = kind_of(&bytes[..bytes.len().min(MAX_PREFIX)]) {
        return Err(DecodingError::other_file(kind));
    }
    let is_wide = [UTF_16LE, UTF_16BE].contains(&encoding.0) || encoding_rs::Encoding::for_bom(bytes).is_some();
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if is_wide || (even + odd) * ZERO_RATIO < bytes.len() || even + odd == 0 {
        return Ok(());
    }
    // letters of Latin, of which one byte is zero, are seldom missing from a text in UTF-16
    match (even * ZERO_RATIO < odd, odd * ZERO_RATIO < even) {
        (true, _) => Err(DecodingError::other_encoding(UTF_16LE)),
        (_, true) => Err(DecodingError::other_encoding(UTF_16BE)),
        _ => Err(DecodingError::zeros(100 * (even + odd) / bytes.len())),
    }
}

/// Checks that the beginning of a text in UTF-8 is valid UTF-8 (its last character may be cut off), so that a device is not read
/// without end, nor a large file in vain. A text in another encoding passes.
pub(super) fn check_utf_8(beginning: &[u8], encoding: Encoding) -> Result<(), DecodingError> {
    let (used, _) = encoding_rs::Encoding::for_bom(beginning).unwrap_or((encoding.0, 0));
    if used != UTF_8 {
        return Ok(());
    }
    match std::str::from_utf8(beginning) {
        // a letter that is cut off where the beginning ends may be whole in the file
        Err(error) if error.error_len().is_some() => {
            Err(DecodingError::malformed(beginning, used, error.valid_up_to()))
        }
        _ => Ok(()),
    }
}

/// Upper bound on the bytes that are decoded to find out whether a text is in UTF-16.
const MAX_UTF_16_GUESS: usize = 1 << 20;

/// UTF-16 (little or big endian) if the bytes are a text in it: one byte of its spaces and line ends is zero, always the first or
/// always the second, which is so in no other encoding.
fn utf_16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let has_zero = |from: usize| bytes.iter().skip(from).step_by(2).any(|byte| *byte == 0);
    let encoding = match (has_zero(0), has_zero(1)) {
        (false, true) => UTF_16LE,
        (true, false) => UTF_16BE,
        _ => return None,
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let is_private = |c: char| matches!(c, '\u{e000}'..='\u{f8ff}');
    text.chars().all(|c| !is_private(c)).then_some(encoding)
}

/// Decodes `bytes` from the encoding of their byte order mark, or from `encoding` if they have none. The mark of UTF-8 stays in the
/// text.
pub(super) fn decoded(bytes: Vec<u8>, encoding: Encoding) -> Result<String, DecodingError> {
    check_prefix(&bytes, encoding)?;
    let (used, mark) = encoding_rs::Encoding::for_bom(&bytes).unwrap_or((encoding.0, 0));
    if used == UTF_8 {
        return String::from_utf8(bytes)
            .map_err(|error| DecodingError::malformed(error.as_bytes(), used, error.utf8_error().valid_up_to()));
    }
    let mut decoder = used.new_decoder_without_bom_handling();
    let rest = &bytes[mark..];
    let most = decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or_default();
    let mut text = String::new();
    if text.try_reserve_exact(most).is_err() {
        return Err(DecodingError::no_memory(most as u64));
    }
    match decoder.decode_to_string_without_replacement(rest, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (DecoderResult::Malformed(length, after), read) => {
            Err(DecodingError::malformed(&bytes, used, mark + read - usize::from(length) - usize::from(after)))
        }
        (DecoderResult::OutputFull, read) => Err(DecodingError::malformed(&bytes, used, mark + read)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoding_of(label: &str) -> Encoding {
        Encoding(encoding_rs::Encoding::for_label(label.as_bytes()).unwrap())
    }

    /// The text, or the problem and the help.
    fn read(bytes: &[u8], label: &str) -> Result<String, String> {
        decoded(bytes.to_vec(), encoding_of(label)).map_err(|error| format!("{}; {}", error.problem, error.help))
    }

    const TEXTS: [(&str, &str); 6] = [
        ("windows-1252", "la rivière était très profonde, et l’été durait\nça et là, où déjà naît la forêt\n"),
        ("shift_jis", "舟は川を下る。\n雨が降っています。春の夜の夢のごとし\n"),
        ("big5", "小舟順著河水往下走。\n春眠不覺曉，處處聞啼鳥。\n"),
        ("gbk", "小船顺着河水往下走。\n春眠不觉晓，处处闻啼鸟。\n"),
        ("euc-kr", "작은 배가 강을 따라 내려간다.\n비가 내린다.\n"),
        ("koi8-r", "Лодка плывёт по реке.\nИдёт дождь, и старый мельник спит.\n"),
    ];

    #[test]
    fn decoded_other_encoding_is_read_or_guessed_in_the_help() {
        for (label, text) in TEXTS {
            let (bytes, _, _) = encoding_of(label).0.encode(text);
            assert_eq!(read(&bytes, label).unwrap(), text);
            let refused = read(&bytes, "utf-8").unwrap_err();
            assert!(refused.contains("is not in UTF-8: byte"), "{refused}");
            // the Ukrainian alphabet has the Russian letters in the same places
            let guess = if label == "koi8-r" { "koi8-u" } else { label };
            assert!(refused.contains(&format!("`--encoding {guess}` reads it")), "{label}: {refused}");
        }
    }

    #[test]
    fn decoded_utf_16_is_recognized_with_and_without_mark() {
        let text = "the rain falls\nон спит\n";
        for (label, mark) in [("utf-16le", [0xff, 0xfe]), ("utf-16be", [0xfe, 0xff])] {
            let units = text.encode_utf16();
            let bytes: Vec<u8> = match label {
                "utf-16le" => units.flat_map(u16::to_le_bytes).collect(),
                _ => units.flat_map(u16::to_be_bytes).collect(),
            };
            assert_eq!(read(&[&mark, &bytes[..]].concat(), "utf-8").unwrap(), text);
            assert_eq!(read(&bytes, label).unwrap(), text);
            let refused = read(&bytes, "utf-8").unwrap_err();
            assert_eq!(refused, format!("is a text in {label}; `--encoding {label}` reads it"));
        }
        assert!(read(&[0; 100], "utf-8").unwrap_err().starts_with("is no text: 100 of 100 bytes are zero"));
        assert_eq!(read(b"a log with one \0 in it", "utf-8").unwrap(), "a log with one \0 in it");
    }

    #[test]
    fn decoded_chinese_utf_16_is_recognized_by_its_line_ends() {
        let text = "我喜欢玩具。\n我讨厌挨打。\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, label) in [(little, "utf-16le"), (big, "utf-16be")] {
            let refused = read(&bytes, "utf-8").unwrap_err();
            assert!(refused.contains(&format!("`--encoding {label}` reads it")), "{refused}");
        }
    }

    #[test]
    fn decoded_other_file_names_its_kind() {
        assert!(read(b"\x1f\x8b\x08\0\0\0", "utf-8").unwrap_err().contains("compressed by gzip"));
        assert!(read(b"PK\x03\x04\x14\0", "gbk").unwrap_err().contains("ZIP archive"));
        assert!(read(b"%PDF-1.7\n%\xe2\xe3", "utf-8").unwrap_err().contains("`pdftotext`"));
    }

    #[test]
    fn decoded_malformed_reports_place_of_first_byte() {
        let refused = read("ab\nc\u{e9}".as_bytes(), "shift_jis");
        assert!(refused.is_ok(), "any two bytes may be a letter of it: {refused:?}");
        let refused = read(b"ab\nc\xff\xff d", "gb18030").unwrap_err();
        assert!(refused.starts_with("is not in gb18030: byte 4, in line 2, is 0xff"), "{refused}");
    }

    proptest! {
        #[test]
        fn decoded_any_bytes_do_not_panic_and_utf_8_is_unchanged(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "\\PC{0,40}") {
            for label in ["utf-8", "utf-16le", "gb18030", "big5", "iso-2022-jp", "windows-1252"] {
                let _ = read(&bytes, label);
            }
            prop_assume!(check_prefix(text.as_bytes(), Encoding::default()).is_ok());
            prop_assert_eq!(read(text.as_bytes(), "utf-8"), Ok(text));
        }
    }
}
