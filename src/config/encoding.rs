//! The encoding of a text.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::kind::Expected;

/// An encoding of the [WHATWG's standard](https://encoding.spec.whatwg.org/), by any of its labels; the first is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(pub &'static encoding_rs::Encoding);

impl Encoding {
    /// Its canonical name, such as `UTF-8`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self(encoding_rs::UTF_8)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name().to_lowercase())
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Encoding {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Label)
    }
}

struct Label;

impl Visitor<'_> for Label {
    type Value = Encoding;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Expected::Encoding, f)
    }

    fn visit_str<E: de::Error>(self, label: &str) -> Result<Encoding, E> {
        // the standard's replacement decodes nothing
        let encoding = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes());
        encoding.map(Encoding).ok_or_else(|| E::invalid_value(de::Unexpected::Str(label), &self))
    }
}
