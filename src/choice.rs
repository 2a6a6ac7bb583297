//! Enumerations whose values are named in a configuration.

use std::fmt;

use serde::de::{self, Visitor};

/// Defines an enumeration with a name for every value, which it is serialized as; the first one is the default.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident {
        $(#[$first_doc:meta])* $first:ident = $first_text:literal,
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])* #[default] $first,
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All values with their names.
            pub const ALL: &'static [(&'static str, Self)] = &[($first_text, Self::$first), $(($text, Self::$variant),)*];

            /// The names of all values.
            pub const NAMES: &'static [&'static str] = &[$first_text, $($text,)*];

            /// The name of the value in a configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str($crate::choice::OneOf(Self::ALL))
            }
        }
    };
}
pub(crate) use choice;

/// Deserializes the value with a name in this list; the error lists the names.
pub(crate) struct OneOf<T: 'static>(pub &'static [(&'static str, T)]);

impl<T: Copy> Visitor<'_> for OneOf<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<_> = self.0.iter().map(|(text, _)| format!("{text:?}")).collect();
        f.write_str(&quoted.join(" or "))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<T, E> {
        let found = self.0.iter().find(|(text, _)| *text == value);
        found.map(|(_, choice)| *choice).ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
    }
}
