//! The macro that declares sentences.

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

#[cfg(test)]
mod tests {
    use crate::language::{Language, Localized, Message};

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
    fn number_format_follows_the_sentence() {
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
}
