//! The two languages of the program, and sentences in both.

mod localized;
mod message;
mod messages_macro;
mod placeholders;

use std::fmt;

pub use localized::{InLanguage, Localized};
pub use message::Message;
pub use placeholders::have_same_placeholders;

/// A language of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 简体中文
    Chinese,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Returns the language of a locale such as `zh_CN.UTF-8`. English for other languages, and for encodings other than UTF-8, in
    /// which Chinese could not be read.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let locale = locale.to_ascii_lowercase();
        let encoding = locale.split('.').nth(1).and_then(|encoding| encoding.split('@').next());
        let is_read = encoding.is_none_or(|encoding| matches!(encoding, "utf-8" | "utf8"));
        if locale.starts_with("zh") && is_read { Self::Chinese } else { Self::English }
    }

    /// Returns the other of the two languages.
    #[must_use]
    pub fn other(self) -> Self {
        self.pick(Self::Chinese, Self::English)
    }

    /// Returns the argument that is in this language.
    #[must_use]
    pub const fn pick<T: Copy>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// Returns a sentence, or a composition of sentences, in this language.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // sentences are made where they are said
    pub fn say(self, sentence: impl Localized) -> String {
        sentence.text_in(self)
    }

    /// Separator of two sentences on one line.
    #[must_use]
    pub const fn semicolon(self) -> &'static str {
        self.pick("; ", "；")
    }

    /// Returns the version of a text in this language.
    #[must_use]
    pub const fn text(self, text: Bilingual) -> &'static str {
        self.pick(text.english, text.chinese)
    }
}

/// A text without values, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bilingual {
    english: &'static str,
    chinese: &'static str,
}

impl Localized for Bilingual {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(language.text(*self))
    }
}

/// Makes a text without values of its English and its Chinese version.
#[must_use]
pub const fn text(english: &'static str, chinese: &'static str) -> Bilingual {
    Bilingual { english, chinese }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locale_names_the_language() {
        use Language::{Chinese as Zh, English as En};

        let locales = ["zh_CN.UTF-8", "zh_TW", "ZH", "zh_CN.utf8@x", "en_US.UTF-8", "C", "", "de_DE", "zh_CN.GBK"];
        assert_eq!(locales.map(Language::from_locale), [Zh, Zh, Zh, Zh, En, En, En, En, En]);
    }
}
