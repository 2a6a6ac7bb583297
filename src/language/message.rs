//! Sentences as values: what is said is decided where it happens, in which language where it is read.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::Language;

/// A value that can be written in either language.
///
/// Enumerations of sentences are declared with [`messages!`](crate::messages). Numbers, texts and errors of other libraries are written
/// the same in both languages.
pub trait Localized {
    /// Writes the value in `language`.
    ///
    /// # Errors
    /// If the formatter fails.
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The text of the value in `language`.
    fn text_in(&self, language: Language) -> String
    where
        Self: Sized,
    {
        self.localized(language).to_string()
    }

    /// The value as something to format in `language`.
    fn localized(&self, language: Language) -> InLanguage<'_, Self>
    where
        Self: Sized,
    {
        InLanguage { value: self, language }
    }
}

/// A value with the language to write it in.
pub struct InLanguage<'v, T> {
    value: &'v T,
    language: Language,
}

impl<T: Localized> fmt::Display for InLanguage<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt_in(self.language, f)
    }
}

/// `{name:?}` in a sentence: in quotes, the same in both languages.
impl<T: fmt::Debug> fmt::Debug for InLanguage<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::Octal> fmt::Octal for InLanguage<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::LowerExp> fmt::LowerExp for InLanguage<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::LowerHex> fmt::LowerHex for InLanguage<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Implements [`Localized`] for types that are written the same in both languages.
macro_rules! same_in_both {
    ($($type:ty),*) => {
        $(impl Localized for $type {
            fn fmt_in(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        })*
    };
}
same_in_both!(str, String, char, bool, u8, u16, u32, u64, usize, i32, i64, f32, f64, fmt::Arguments<'_>);
same_in_both!(
    std::num::NonZeroU32,
    u128,
    std::path::Display<'_>,
    Cow<'_, str>,
    std::num::ParseIntError,
    std::str::Utf8Error
);

/// What the system says is English; an error that was made of a [`Message`] is written as that.
impl Localized for std::io::Error {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get_ref().and_then(|inner| inner.downcast_ref::<Message>()) {
            Some(message) => message.fmt_in(language, f),
            None => fmt::Display::fmt(self, f),
        }
    }
}

impl Localized for std::path::Path {
    fn fmt_in(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.display(), f)
    }
}

impl Localized for std::path::PathBuf {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().fmt_in(language, f)
    }
}

impl<T: Localized + ?Sized> Localized for &T {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt_in(language, f)
    }
}

impl<T: Localized + ?Sized> Localized for Box<T> {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt_in(language, f)
    }
}

/// Items with commas between them; in Chinese a list of names of this program has the same comma.
impl<T: Localized> Localized for Vec<T> {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            item.fmt_in(language, f)?;
        }
        Ok(())
    }
}

/// Any sentence or composition of sentences.
///
/// As a `Display` it is English: that is what logs, tests and `{:?}` show.
#[derive(Clone)]
pub struct Message(Arc<dyn Localized + Send + Sync>);

impl Message {
    /// A message of any localized value.
    pub fn new(value: impl Localized + Send + Sync + 'static) -> Self {
        Self(Arc::new(value))
    }

    /// This message with the place that it is about before it: `place: message`.
    #[must_use]
    pub fn at(self, place: impl Localized + Send + Sync + 'static) -> Self {
        Self::new(Composed { first: Self::new(place), separator: Separator::Colon, second: self })
    }

    /// This message with a second one behind it: `message; second`.
    #[must_use]
    pub fn and(self, second: impl Into<Self>) -> Self {
        Self::new(Composed { first: self, separator: Separator::Semicolon, second: second.into() })
    }

    /// This message with the way out in a line of its own.
    #[must_use]
    pub fn with_help(self, help: impl Into<Self>) -> Self {
        Self::new(Composed { first: self, separator: Separator::IndentedLine, second: help.into() })
    }

    /// This message with another one in the next line.
    #[must_use]
    pub fn then(self, next: impl Into<Self>) -> Self {
        Self::new(Composed { first: self, separator: Separator::Line, second: next.into() })
    }
}

impl Localized for Message {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_in(language, f)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_in(Language::English, f)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl std::error::Error for Message {}

/// Messages are equal if they say the same in every language.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        Language::ALL.iter().all(|language| self.text_in(*language) == other.text_in(*language))
    }
}

impl Eq for Message {}

impl From<std::io::Error> for Message {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

/// What stands between two messages.
#[derive(Clone, Copy)]
enum Separator {
    Colon,
    Semicolon,
    Line,
    IndentedLine,
}

struct Composed {
    first: Message,
    separator: Separator,
    second: Message,
}

impl Localized for Composed {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt_in(language, f)?;
        f.write_str(match self.separator {
            Separator::Colon => language.pick(": ", "："),
            Separator::Semicolon => language.pick("; ", "；"),
            Separator::Line => "\n",
            Separator::IndentedLine => "\n  ",
        })?;
        self.second.fmt_in(language, f)
    }
}

/// Declares an enumeration of sentences, each in English and in Chinese.
///
/// A placeholder such as `{key}` is a field of the variant and is itself written in the language of the sentence; both sentences must have
/// the same placeholders, which the compiler checks. Fields stand in braces, or in parentheses for a variant without field names.
/// `Display` is English.
///
/// ```
/// use rnn_tui::language::{Language, Localized};
///
/// rnn_tui::messages! {
///     /// What can be wrong with a key.
///     pub enum KeyMessage {
///         Missing = "the key is missing", "缺少键";
///         Unknown { key: String } = "unknown key `{key}`", "未知的键 `{key}`";
///     }
/// }
///
/// let message = KeyMessage::Unknown { key: "batsh".to_owned() };
/// assert_eq!(message.to_string(), "unknown key `batsh`");
/// assert_eq!(message.text_in(Language::Chinese), "未知的键 `batsh`");
/// ```
///
/// Names for the values of an enumeration that is declared elsewhere:
///
/// ```
/// use rnn_tui::language::{Language, Localized};
///
/// enum Cell { Lstm, Gru }
///
/// rnn_tui::messages! {
///     for Cell {
///         Lstm = "long short-term memory", "长短期记忆";
///         Gru = "gated recurrent unit", "门控循环单元";
///     }
/// }
///
/// assert_eq!(Cell::Gru.text_in(Language::Chinese), "门控循环单元");
/// ```
///
/// A sentence that one language lacks does not compile, nor does one that lacks a placeholder:
///
/// ```compile_fail
/// rnn_tui::messages! {
///     enum KeyMessage {
///         Unknown { key: String } = "unknown key `{key}`", "未知的键";
///     }
/// }
/// ```
#[macro_export]
macro_rules! messages {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident $(<$lifetime:lifetime>)? {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident $({ $($field:ident: $type:ty),* $(,)? })? $(( $($item:ident: $item_type:ty),* ))? =
                    $english:literal, $chinese:literal;
            )*
        }
    ) => {
        $(#[$meta])*
        #[allow(missing_docs)] // a variant is documented by its sentence
        $visibility enum $name $(<$lifetime>)? {
            $($(#[$variant_meta])* $variant $({ $($field: $type),* })? $(( $($item_type),* ))?,)*
        }

        const _: () = { $(assert!($crate::language::have_same_placeholders($english, $chinese));)* };

        impl $(<$lifetime>)? $crate::language::Localized for $name $(<$lifetime>)? {
            fn fmt_in(
                &self,
                language: $crate::language::Language,
                f: &mut std::fmt::Formatter<'_>,
            ) -> std::fmt::Result {
                match self {
                    $(Self::$variant $({ $($field),* })? $(( $($item),* ))? => {
                        $($(let $field = $crate::language::Localized::localized($field, language);)*)?
                        $($(let $item = $crate::language::Localized::localized($item, language);)*)?
                        match language {
                            $crate::language::Language::English => write!(f, $english),
                            $crate::language::Language::Chinese => write!(f, $chinese),
                        }
                    })*
                }
            }
        }

        impl $(<$lifetime>)? std::fmt::Display for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::language::Localized::fmt_in(self, $crate::language::Language::English, f)
            }
        }

        $crate::messages!(@into_message $name $(<$lifetime>)?);
    };
    (for $name:ty { $($variant:ident = $english:literal, $chinese:literal;)* }) => {
        impl $crate::language::Localized for $name {
            fn fmt_in(
                &self,
                language: $crate::language::Language,
                f: &mut std::fmt::Formatter<'_>,
            ) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => language.pick($english, $chinese),)*
                })
            }
        }
    };
    (@into_message $name:ident) => {
        impl From<$name> for $crate::language::Message {
            fn from(message: $name) -> Self {
                Self::new(message)
            }
        }
    };
    (@into_message $name:ident <$lifetime:lifetime>) => {};
}

/// Whether two sentences have the same placeholders, in any order.
#[doc(hidden)]
#[must_use]
pub const fn have_same_placeholders(english: &str, chinese: &str) -> bool {
    has_placeholders_of(english.as_bytes(), chinese.as_bytes())
        && has_placeholders_of(chinese.as_bytes(), english.as_bytes())
}

/// Whether every placeholder of `other` stands in `text`.
const fn has_placeholders_of(text: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while let Some(start) = next_placeholder(other, at) {
        if !has_placeholder(text, other, start) {
            return false;
        }
        at = start + 1;
    }
    true
}

/// Where the first placeholder from `at` on begins.
const fn next_placeholder(text: &[u8], mut at: usize) -> Option<usize> {
    while at < text.len() {
        if text[at] == b'{' {
            // `{{` is a brace and no placeholder
            if at + 1 < text.len() && text[at + 1] == b'{' {
                at += 1;
            } else {
                return Some(at);
            }
        }
        at += 1;
    }
    None
}

/// Whether the placeholder that begins at `start` of `other` stands in `text`, in any format.
const fn has_placeholder(text: &[u8], other: &[u8], start: usize) -> bool {
    let mut at = 0;
    while let Some(place) = next_placeholder(text, at) {
        if is_same_name(text, place + 1, other, start + 1) {
            return true;
        }
        at = place + 1;
    }
    false
}

/// Whether the names that begin at these places are equal; a name ends at `}`, or at the `:` of a format.
const fn is_same_name(one: &[u8], mut at: usize, other: &[u8], mut place: usize) -> bool {
    while at < one.len() && place < other.len() {
        match (matches!(one[at], b'}' | b':'), matches!(other[place], b'}' | b':')) {
            (true, true) => return true,
            (false, false) if one[at] == other[place] => {}
            _ => return false,
        }
        at += 1;
        place += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::messages! {
        #[derive(Debug)]
        enum TestMessage {
            Missing = "the key is missing", "缺少键";
            Inside { key: String, section: Message } = "`{key}` is in {section}", "{section}中有 `{key}`";
            Share { share: f64 } = "{share:.1} of 100", "百分之 {share:.0}";
            Both(first: u8, second: u8) = "{first} and {second}", "{second}和{first}";
        }
    }

    #[test]
    fn message_nested_is_written_in_one_language() {
        let section = TestMessage::Missing.into();
        let message = TestMessage::Inside { key: "a".to_owned(), section };
        assert_eq!(message.to_string(), "`a` is in the key is missing");
        assert_eq!(message.text_in(Language::Chinese), "缺少键中有 `a`");
    }

    #[test]
    fn number_format_of_the_sentence_is_kept() {
        let message = TestMessage::Share { share: 12.34 };
        assert_eq!(
            (message.to_string(), message.text_in(Language::Chinese)),
            ("12.3 of 100".to_owned(), "百分之 12".to_owned())
        );
    }

    #[test]
    fn variant_with_fields_in_parentheses_is_written() {
        let message = TestMessage::Both(1, 2);
        assert_eq!((message.to_string(), message.text_in(Language::Chinese)), ("1 and 2".into(), "2和1".into()));
    }

    #[test]
    fn io_error_of_a_message_is_written_in_the_language() {
        let error = std::io::Error::other(Message::from(TestMessage::Missing));
        assert_eq!(
            (error.to_string(), error.text_in(Language::Chinese)),
            ("the key is missing".into(), "缺少键".into())
        );
    }

    #[test]
    fn message_composed_has_the_punctuation_of_the_language() {
        let message = Message::from(TestMessage::Missing).at("a.toml:3").with_help(TestMessage::Missing);
        assert_eq!(message.to_string(), "a.toml:3: the key is missing\n  the key is missing");
        assert_eq!(message.text_in(Language::Chinese), "a.toml:3：缺少键\n  缺少键");
    }

    #[test]
    fn placeholders_are_compared_by_name() {
        assert!(have_same_placeholders("{a} {b:.1} {{c}}", "{b} {a}"));
        assert!(!have_same_placeholders("{a}", ""));
        assert!(!have_same_placeholders("", "{a}"));
        assert!(!have_same_placeholders("{ab}", "{a}"));
        assert!(!have_same_placeholders("{a}", "{ab}"));
    }
}
