//! Names and other texts from untrusted clients.

use std::collections::BTreeSet;

use crate::columns::Columns;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::confusable_detection;
use unicode_segmentation::UnicodeSegmentation;

use crate::printable;

/// The maximum width of a name, in columns.
pub const MAX_NAME_COLUMNS: usize = 32;
/// The maximum length of a name, in bytes: it is a part of file names.
pub const MAX_NAME_BYTES: usize = 128;
/// The maximum width of a prompt that is shown, in columns.
const MAX_PROMPT_COLUMNS: usize = 200;

/// The name of a visitor without a visible one.
pub const DEFAULT_NAME: &str = "student";
/// A visitor with this name is the projector.
const PROJECTOR: &str = "projector";

/// Names of roles on the screen. A student whose name contains one gets `(student)` behind it.
const ROLES: [&str; 10] = ["teacher", "projector", "screen", "教师", "老师", "教師", "老師", "投影", "屏幕", "螢幕"];

/// Small capitals for the letters from `a` on, which UTS #39 does not treat as confusable.
const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ\u{0}ʏᴢ";
/// The first code points of alphabets in squares, circles and flags, which NFKC keeps.
const FRAMED_CAPITALS: [u32; 3] = [0x1_f150, 0x1_f170, 0x1_f1e6];

/// A name in NFKC without control and invisible characters, cut to 32 columns and 128 bytes; `None` if nothing is left.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let start: String = text.chars().take(16 * MAX_NAME_COLUMNS).collect();
    Some(shortened(&visible(&start), MAX_NAME_COLUMNS, MAX_NAME_BYTES)).filter(|name| !name.is_empty())
}

/// The visible characters of a text in NFKC, words separated by single spaces.
fn visible(text: &str) -> String {
    let characters = text.nfkc().filter(|c| is_visible(*c)).map(|c| if c == BLANK_BRAILLE { ' ' } else { c });
    let composed: String = characters.nfkc().collect(); // characters between a letter and its mark have been removed
    let is_visible = |cluster: &&str| is_harmless(cluster) && cluster.columns() > 0;
    let words = composed.split_whitespace().map(|word| word.graphemes(true).filter(is_visible).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The braille pattern without dots, which is blank.
const BLANK_BRAILLE: char = '\u{2800}';

/// Whether a character is visible or white space.
fn is_visible(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{e0000}'..='\u{e0fff}');
    let is_character = !matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Surrogate
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    );
    c.is_whitespace() || (is_character && !is_ignorable)
}

/// The start of a text, of at most `max_columns` and `max_bytes`, cut between grapheme clusters.
fn shortened(text: &str, max_columns: usize, max_bytes: usize) -> String {
    let mut short = String::new();
    let mut used = 0; // some clusters take more columns by themselves than in a text
    for cluster in text.graphemes(true) {
        used += cluster.columns();
        if used.max(short.columns() + cluster.columns()) > max_columns || short.len() + cluster.len() > max_bytes {
            break;
        }
        short += cluster;
    }
    short.trim_end().to_owned()
}

/// A key that is equal for names that look alike: the skeleton of UTS #39 in lower case, with framed letters and small capitals as plain
/// letters.
#[must_use]
pub fn skeleton(name: &str) -> String {
    let once = |text: &str| -> String { confusable_detection::skeleton(text).map(letter).collect() };
    // `I` looks like `l` and `i` does not, so the skeleton is taken before and after lowering the case
    once(&once(name).to_lowercase())
}

/// The plain letter of a framed letter or small capital; other characters are unchanged.
fn letter(c: char) -> char {
    let small = || SMALL_CAPITALS.chars().position(|small| small == c);
    let framed = || {
        let starts = FRAMED_CAPITALS.into_iter();
        starts.map(|start| u32::from(c).wrapping_sub(start) as usize).find(|at| *at < 26)
    };
    let at = if c.is_ascii() { None } else { small().or_else(framed) };
    at.and_then(|at| (b'a'..=b'z').nth(at)).map_or(c, char::from)
}

/// The letters and digits of a skeleton, which identify a person by name; the skeleton itself if it has none.
#[must_use]
pub fn letters(name: &str) -> String {
    let skeleton = skeleton(name);
    let is_letter = |c: &char| c.is_alphanumeric() && c.general_category_group() != GeneralCategoryGroup::Mark;
    let letters: String = skeleton.chars().filter(is_letter).collect();
    if letters.is_empty() { skeleton } else { letters }
}

/// Whether a name contains the name of a role, or text that looks like one.
#[must_use]
pub fn claims_role(name: &str) -> bool {
    let letters = letters(name);
    ROLES.iter().any(|role| letters.contains(&self::letters(role)))
}

/// Whether a name is the projector's, in any case.
#[must_use]
pub fn is_projector(name: &str) -> bool {
    name.eq_ignore_ascii_case(PROJECTOR)
}

/// The name of a student in the class: `(student)` is added to one that contains the name of a role.
#[must_use]
pub fn for_student(name: &str) -> String {
    if !claims_role(name) {
        return name.to_owned();
    }
    let suffix = if name.is_ascii() || skeleton(name).is_ascii() { " (student)" } else { " (学生)" };
    with_suffix(name, suffix)
}

/// A name cut so that it fits with the suffix.
fn with_suffix(name: &str, suffix: &str) -> String {
    shortened(name, MAX_NAME_COLUMNS - suffix.columns(), MAX_NAME_BYTES - suffix.len()) + suffix
}

/// The name, with the first number from 2 on behind it if its skeleton is in `taken`, the skeletons of other names.
#[must_use]
pub fn distinct(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2_u64..).map(|number| with_suffix(name, &format!(" {number}")));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(&skeleton(name))).unwrap_or_else(|| name.to_owned())
}

/// A prompt to show: without control characters, cut at its start to 200 columns.
#[must_use]
pub fn prompt(text: &str) -> String {
    let max = 16 * MAX_PROMPT_COLUMNS;
    let start = text.char_indices().rev().nth(max).map_or(0, |(at, _)| at);
    let mut last = Vec::new();
    let (mut columns, safe) = (0, safe(&text[start..]));
    for cluster in safe.graphemes(true).rev() {
        columns += cluster.columns();
        if columns > MAX_PROMPT_COLUMNS - 1 {
            last.push("…");
            break;
        }
        last.push(cluster);
    }
    last.into_iter().rev().collect()
}

/// A prompt with the same words, without control characters and overlong grapheme clusters.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.graphemes(true).filter(is_harmless).collect()
}

/// Whether a grapheme cluster has no control characters and at most eight characters.
fn is_harmless(cluster: &&str) -> bool {
    printable(cluster) == **cluster && cluster.chars().count() <= 8
}

/// A file name of at most 128 bytes: letters and digits of any script, and `_` for other characters.
#[must_use]
pub fn for_file(name: &str) -> String {
    let mut file_name: String = name.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '_' }).collect();
    while file_name.len() > MAX_NAME_BYTES {
        file_name.pop();
    }
    file_name
}

/// A text without control characters, words separated by single spaces.
fn safe(text: &str) -> String {
    let composed: String = text.nfc().collect();
    let words: Vec<String> = composed
        .split_whitespace()
        .map(|word| word.graphemes(true).filter(is_harmless).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn name_keeps_visible_characters_only() {
        for (text, expected) in [
            ("anna", Some("anna")),
            ("  Anna\t Karénina ", Some("Anna Karénina")),
            ("王小明", Some("王小明")),
            ("\x1b[31mred\x07", Some("[31mred")),
            ("\u{202e}evil\u{200b}", Some("evil")),
            ("ａｎｎａ", Some("anna")),
            ("an\u{ad}na\u{3164}\u{2800}", Some("anna")),
            ("e\u{200b}\u{301}ve", Some("éve")),
            ("\u{e000}\u{2800}\u{3000}\u{fe0f}\u{301}", None),
            ("\r\n", None),
            ("", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(name(&"长".repeat(40)).unwrap().columns(), 32);
        let marked = name(&format!("a{}", "\u{345}".repeat(7)).repeat(32)).unwrap();
        assert!(
            (1..=MAX_NAME_BYTES).contains(&marked.len()) && for_file(&marked).len() <= MAX_NAME_BYTES,
            "{marked:?}"
        );
    }

    /// Spellings of a word that look the same, or nearly.
    fn disguises(word: &str) -> Vec<String> {
        let spread = |between: &str| word.chars().flat_map(|c| [c.to_string(), between.to_owned()]).collect::<String>();
        let hidden = ["\u{200b}", "\u{ad}", "\u{202e}", "\u{2060}", "\u{feff}", "\u{fe0f}", "\u{34f}", "\u{3164}"];
        let mut all: Vec<String> = hidden.iter().map(|hidden| spread(hidden)).collect();
        all.extend([format!("{word} "), format!(" {word}"), format!("\u{2800}{word}\u{2800}"), spread(" ")]);
        all.extend([word.to_uppercase(), spread("."), spread("\u{332}"), format!("Li ({word})"), format!("_{word}_")]);
        all
    }

    #[test]
    fn student_name_with_role_gets_suffix() {
        let mut names: Vec<String> = ROLES.iter().flat_map(|role| disguises(role)).collect();
        let foreign =
            ["ｔｅａｃｈｅｒ", "tеасhеr", "ТЕАСНЕR", "Теасher", "𝐭𝐞𝐚𝐜𝐡𝐞𝐫", "ⓣⓔⓐⓒⓗⓔⓡ", "ᴛᴇᴀᴄʜᴇʀ", "тeacher", "téacher"];
        names.extend(foreign.map(str::to_owned));
        names.extend(["🅃🄴🄰🄲🄷🄴🅁", "🅣🅔🅐🅒🅗🅔🅡", "🅿🆁🅾🅹🅴🅲🆃🅾🆁", "🇹🇪🇦🇨🇭🇪🇷"].map(str::to_owned));
        names
            .extend(["ρrojector", "ｐｒｏｊｅｃｔｏｒ", "PR0JECT0R", "老 师", "敎師教師", "Screen"].map(str::to_owned));
        for text in names {
            let given = name(&text).unwrap();
            let shown = for_student(&given);
            assert!(shown.ends_with(" (student)") || shown.ends_with(" (学生)"), "{text:?} is called {shown:?}");
            assert!(shown.columns() <= MAX_NAME_COLUMNS && shown.len() <= MAX_NAME_BYTES);
        }
        for other in ["anna", "Teja", "李娜", "each", "proj", "Тимур", "Ελένη"] {
            assert_eq!(for_student(other), other);
        }
    }

    #[test]
    fn distinct_adds_number_to_similar_name() {
        let mut taken = BTreeSet::new();
        let mut called = Vec::new();
        for given in ["anna", "anna", "аnnа", "Anna", "anna 2", "Ben", "l0u", "IOu"] {
            let name = distinct(given, &taken);
            assert!(taken.insert(skeleton(&name)), "{name}");
            called.push(name);
        }
        assert_eq!(called, ["anna", "anna 2", "аnnа 3", "Anna 4", "anna 2 2", "Ben", "l0u", "IOu 2"]);
        let long = "长".repeat(16);
        let second = distinct(&long, &BTreeSet::from([skeleton(&long)]));
        assert!(second.ends_with(" 2") && second.columns() <= MAX_NAME_COLUMNS, "{second}");
    }

    #[test]
    fn long_prompt_keeps_last_words() {
        assert_eq!(prompt(" 我  爱 "), "我 爱");
        let long = prompt(&("长".repeat(5000) + " 我 爱"));
        assert!(long.starts_with("…长") && long.ends_with("长 我 爱"), "{long}");
        assert!((199..=200).contains(&long.columns()), "{}", long.columns());
        let asked = "长  ".repeat(5000);
        assert_eq!(harmless(&asked), asked, "all words are kept");
        assert_eq!(harmless("我\u{1b}[2J \u{202e}爱"), "我[2J 爱");
    }

    proptest! {
        #[test]
        fn name_and_prompt_have_no_control_characters(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|.{0,80}") {
            for shown in [name(&text).unwrap_or_default(), prompt(&text)] {
                prop_assert_eq!(printable(&shown), shown.as_str());
                prop_assert!(shown.columns() <= MAX_PROMPT_COLUMNS && !shown.chars().any(char::is_control));
            }
            prop_assert!(!harmless(&text).chars().any(char::is_control));
        }

        #[test]
        fn name_is_visible_fits_and_is_distinct(
            text in "\\PC{0,40}|.{0,40}|(a\u{345}{1,9}){1,40}|(👩\u{200d}🏫){1,20}|[tТ\u{200b}\u{ad}е ]{0,9}eacher",
        ) {
            let Some(name) = name(&text) else { return Ok(()) };
            let student = for_student(&name);
            let taken = BTreeSet::from([skeleton(&name), skeleton(&student)]);
            let second = distinct(&student, &taken);
            for shown in [&name, &student, &second] {
                prop_assert!((1..=MAX_NAME_COLUMNS).contains(&shown.columns()), "{:?}", shown);
                prop_assert!(shown.len() <= MAX_NAME_BYTES && for_file(shown).len() <= MAX_NAME_BYTES);
                prop_assert_eq!(shown.trim(), shown.as_str());
                prop_assert!(shown.chars().all(is_visible));
            }
            prop_assert!(!taken.contains(&skeleton(&second)));
            prop_assert!(!claims_role(&name) || student != name);
        }
    }
}
