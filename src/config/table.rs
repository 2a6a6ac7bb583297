//! The one table of the configuration: a row for each key, from which everything else follows.
//!
//! [`section!`] declares the struct of a section together with the rows of its keys, and knows none of them.

use std::fmt;

use toml::{Table, Value};

use super::change::Change;
use super::fields::Fields;
use super::kind::{Expected, Kind};
use super::read_by::ReadBy;
use crate::language::{Bilingual, text};

/// A key of the configuration.
pub struct Key {
    /// Its path, such as `training.batch`.
    pub path: &'static str,
    /// Its name in its section, such as `batch`.
    pub(super) name: &'static str,
    /// Its meaning, for the documentation.
    pub meaning: Bilingual,
    pub(super) row: Row,
}

/// A row of the table, without name, default and meaning.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The accepted values.
    pub kind: Kind,
    /// What another value does to a run.
    pub change: Change,
    /// The configurations in which it has an effect.
    pub read_by: ReadBy,
    /// Its row in the model editor, if there is one.
    pub editor: Option<EditorRow>,
}

/// A key in the model editor.
#[derive(Clone, Copy)]
pub(super) struct EditorRow {
    pub label: Bilingual,
    pub step: Step,
    pub offer: Offer,
}

/// Where the model editor offers a key that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Always,
    /// For an NPLM.
    Nplm,
    /// Except for a recurrent network with tied embeddings, whose size is that of the hidden layer.
    UntiedEmbedding,
    /// For a text that is read as a whole.
    ContinuousText,
    /// For a text that is read line by line.
    Sentences,
}

/// How the model editor finds the next value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next one in a list, or the next round number.
    Usual,
    /// One more, or one less.
    One,
    /// The next number of heads that divides `embedding`.
    Heads,
}

/// The row of a key that every configuration reads and that the model editor does not offer.
pub(super) const fn row(kind: Kind, change: Change) -> Row {
    Row { kind, change, read_by: ReadBy::Always, editor: None }
}

impl Row {
    pub const fn read_by(mut self, read_by: ReadBy) -> Self {
        self.read_by = read_by;
        self
    }

    /// Offers the key in the model editor, in the order of the table.
    pub const fn in_editor(mut self, english: &'static str, chinese: &'static str) -> Self {
        self.editor = Some(EditorRow { label: text(english, chinese), step: Step::Usual, offer: Offer::Always });
        self
    }

    /// Restricts where the model editor offers the key.
    pub const fn offer(mut self, offer: Offer) -> Self {
        if let Some(editor) = &mut self.editor {
            editor.offer = offer;
        }
        self
    }

    pub const fn step(mut self, step: Step) -> Self {
        if let Some(editor) = &mut self.editor {
            editor.step = step;
        }
        self
    }
}

/// A key, or a section of keys.
pub(super) enum Node {
    Key(Key),
    Section(Section),
}

/// A table of TOML with known keys.
pub(super) struct Section {
    pub name: &'static str,
    pub nodes: &'static [Node],
}

impl Node {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Key(key) => key.name,
            Self::Section(section) => section.name,
        }
    }
}

/// The names in a section, in alphabetical order.
pub(super) fn names(nodes: &[Node]) -> Vec<&'static str> {
    let mut names: Vec<_> = nodes.iter().map(Node::name).collect();
    names.sort_unstable();
    names
}

/// Declares the section at a path of the configuration: its struct, with a public field for each key, `Default`, and the rows of the
/// table in `NODES`. A key is `name: Type = default, row, "meaning", "含义";`, a section in this one `name: Type;`.
macro_rules! section {
    (
        $(#[$meta:meta])*
        pub struct $name:ident at $path:tt {
            $(
                $(#[$doc:meta])*
                $field:ident: $type:ty $(= $default:expr, $row:expr, $english:literal, $chinese:literal)?;
            )*
        }
        $(private { $($(#[$private_meta:meta])* $private:ident: $private_type:ty;)* })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub struct $name {
            $($(#[$doc])* $(#[doc = $english])? pub $field: $type,)*
            $($($(#[$private_meta])* #[serde(skip)] pub(in $crate::config) $private: $private_type,)*)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: $crate::config::table::default_value!($type $(, $default)?),)*
                    $($($private: Default::default(),)*)?
                }
            }
        }

        impl $crate::config::fields::Fields for $name {
            fn value(&self, path: &str) -> Option<toml::Value> {
                let (name, below) = path.split_once('.').unwrap_or((path, ""));
                match name {
                    $(stringify!($field) => $crate::config::table::field_value!(self.$field, below $(, $default)?),)*
                    _ => None,
                }
            }

            fn set(&mut self, path: &str, value: toml::Value) -> Result<(), toml::de::Error> {
                let (name, below) = path.split_once('.').unwrap_or((path, ""));
                match name {
                    $(stringify!($field) => $crate::config::table::set_field!(self.$field, below, value $(, $default)?),)*
                    _ => Err(serde::de::Error::custom("unknown key")),
                }
            }
        }

        // checkpoints have sections, too: their values are in the same ranges
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let mut section = Self::default();
                let read = $crate::config::table::read_section(Self::NODES, "", toml::Table::deserialize(from)?, &mut section);
                read.map_err(serde::de::Error::custom)?;
                Ok(section)
            }
        }

        impl $name {
            /// The rows of its keys.
            pub(in $crate::config) const NODES: &'static [$crate::config::table::Node] =
                &[$($crate::config::table::node!($path $field: $type $(, $row, $english, $chinese)?)),*];
        }
    };
}
pub(super) use section;

macro_rules! default_value {
    ($type:ty) => {
        <$type>::default()
    };
    ($type:ty, $default:expr) => {
        $default
    };
}
pub(super) use default_value;

macro_rules! field_value {
    ($section:expr, $below:ident) => {
        $crate::config::fields::Fields::value(&$section, $below)
    };
    ($key:expr, $below:ident, $default:expr) => {
        toml::Value::try_from(&$key).ok().filter(|_| $below.is_empty())
    };
}
pub(super) use field_value;

macro_rules! set_field {
    ($section:expr, $below:ident, $value:ident) => {
        $crate::config::fields::Fields::set(&mut $section, $below, $value)
    };
    ($key:expr, $below:ident, $value:ident, $default:expr) => {
        if $below.is_empty() {
            $key = $value.try_into()?;
            Ok(())
        } else {
            Err(serde::de::Error::custom("unknown key"))
        }
    };
}
pub(super) use set_field;

macro_rules! node {
    (($($section:ident).*) $field:ident: $type:ty) => {
        $crate::config::table::Node::Section($crate::config::table::Section {
            name: stringify!($field),
            nodes: <$type>::NODES,
        })
    };
    (($($section:ident).*) $field:ident: $type:ty, $row:expr, $english:literal, $chinese:literal) => {
        $crate::config::table::Node::Key($crate::config::table::Key {
            path: concat!($(stringify!($section), ".",)* stringify!($field)),
            name: stringify!($field),
            meaning: $crate::language::text($english, $chinese),
            row: $row,
        })
    };
}
pub(super) use node;

/// Sets a section's fields to the values of a table; unknown names are ignored. `prefix` is where `nodes` are below `section`: empty, or a
/// path that ends with a dot.
///
/// # Errors
/// What is wrong with the first value that a key rejects.
pub(super) fn read_section(
    nodes: &[Node],
    prefix: &str,
    table: Table,
    section: &mut impl Fields,
) -> Result<(), String> {
    for (name, value) in table {
        match (nodes.iter().find(|node| node.name() == name), value) {
            (Some(Node::Section(below)), Value::Table(table)) => {
                read_section(below.nodes, &format!("{prefix}{name}."), table, section)?;
            }
            (Some(Node::Section(below)), _) => return Err(format!("`{}` is a section", below.name)),
            (Some(Node::Key(key)), value) => {
                let set = key.set(section, &format!("{prefix}{name}"), value);
                set.map_err(|expected| format!("`{}`: expected {expected}", key.path))?;
            }
            (None, _) => {}
        }
    }
    Ok(())
}

impl Key {
    /// Its value in a configuration.
    pub(super) fn value(&self, config: &impl Fields) -> Value {
        // only a path that is not UTF-8 has none
        config.value(self.path).unwrap_or_else(|| String::new().into())
    }

    /// What it accepts: completes "expected …".
    #[must_use]
    pub fn expected(&self) -> Expected {
        self.row.kind.expected()
    }

    /// Sets the value at `path`, which is this key or, for a map, a name in it.
    ///
    /// # Errors
    /// The accepted values, if this one is rejected.
    pub(super) fn apply(&self, config: &mut impl Fields, path: &str, value: Value) -> Result<(), Expected> {
        let value = match path.strip_prefix(self.path).and_then(|rest| rest.strip_prefix('.')) {
            Some(name) => {
                let Value::Table(mut map) = self.value(config) else { return Err(self.expected()) };
                map.insert(name.to_owned(), value);
                Value::Table(map)
            }
            None => value,
        };
        self.set(config, self.path, value)
    }

    /// Sets the field at `path` if the key accepts the value.
    fn set(&self, fields: &mut impl Fields, path: &str, value: Value) -> Result<(), Expected> {
        match self.row.kind.refusal(&value) {
            Some(expected) => Err(expected),
            None => fields.set(path, value).map_err(|_| self.expected()),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)
    }
}
