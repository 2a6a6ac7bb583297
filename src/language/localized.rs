//! Values that can be written in either language.

use std::borrow::Cow;
use std::fmt;

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

    /// Returns the text of the value in `language`.
    fn text_in(&self, language: Language) -> String
    where
        Self: Sized,
    {
        self.localized(language).to_string()
    }

    /// Returns a value that formats itself in `language`.
    fn localized(&self, language: Language) -> InLanguage<'_, Self>
    where
        Self: Sized,
    {
        InLanguage { value: self, language }
    }
}

/// Formats a value in a language, see [`Localized::localized`].
pub struct InLanguage<'v, T> {
    value: &'v T,
    language: Language,
}

impl<T: Localized> fmt::Display for InLanguage<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt_in(self.language, f)
    }
}

/// `{name:?}` in a sentence is the same in both languages, and so are `{mode:o}`, `{loss:e}` and `{code:x}`.
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

/// Items separated by `, ` in both languages: lists are mostly names of keys and values.
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
