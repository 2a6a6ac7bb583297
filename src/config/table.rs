//! The one table of the configuration: a row for each key, from which everything else follows.
//!
//! [`section!`] declares the struct of a section together with the rows of its keys; [`find`] and [`keys`] read them.

use std::fmt;
use std::sync::LazyLock;

use serde::Serialize;
use toml::{Table, Value};

use super::kind::{Expected, Kind};
use super::resume::Change;
use super::{Config, EditContext, ReadBy, RunSettings};
use crate::language::{Bilingual, text};

/// A key of the configuration.
pub struct Key {
    /// Its path, such as `training.batch`.
    pub path: &'static str,
    /// Its name in its section, such as `batch`.
    pub(super) name: &'static str,
    /// What it is for.
    pub meaning: Bilingual,
    pub(super) row: Row,
    pub(super) get: fn(&Config) -> Value,
    pub(super) set: fn(&mut Config, Value) -> Result<(), toml::de::Error>,
}

/// What the table says of a key besides its name and its meaning.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Which values it accepts.
    pub kind: Kind,
    /// What another value does to a run that goes on.
    pub change: Change,
    /// When it has an effect.
    pub read_by: ReadBy,
    /// How the model editor offers it, if it does.
    pub editor: Option<EditorRow>,
}

/// A key in the model editor.
#[derive(Clone, Copy)]
pub(super) struct EditorRow {
    pub label: Bilingual,
    pub step: Step,
    /// Whether it is offered where the key is read.
    pub is_offered: fn(&RunSettings, EditContext) -> bool,
}

/// Which value of a key comes next in the model editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next one in a list, or the next round number.
    Usual,
    /// One more, or one less.
    One,
    /// The next number of heads that divides the units of a word.
    Heads,
}

/// A row of a key that every configuration reads and that the model editor does not offer.
pub(super) const fn row(kind: Kind, change: Change) -> Row {
    Row { kind, change, read_by: ReadBy::Always, editor: None }
}

impl Row {
    pub const fn read_by(mut self, read_by: ReadBy) -> Self {
        self.read_by = read_by;
        self
    }

    /// Offers the key in the model editor, in the order of the table.
    pub const fn in_editor(self, english: &'static str, chinese: &'static str) -> Self {
        self.in_editor_if(english, chinese, |_, _| true)
    }

    /// The same where a condition holds besides that of [`ReadBy`].
    pub const fn in_editor_if(
        mut self,
        english: &'static str,
        chinese: &'static str,
        is_offered: fn(&RunSettings, EditContext) -> bool,
    ) -> Self {
        self.editor = Some(EditorRow { label: text(english, chinese), step: Step::Usual, is_offered });
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
            $($($(#[$private_meta])* #[serde(skip)] $private: $private_type,)*)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: $crate::config::table::default_value!($type $(, $default)?),)*
                    $($($private: Default::default(),)*)?
                }
            }
        }

        // checkpoints have sections, too: their values are in the same ranges
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let config = $crate::config::table::read_section(Self::NODES, toml::Table::deserialize(from)?);
                let config = config.map_err(serde::de::Error::custom)?;
                Ok($crate::config::table::section_of!(config $path))
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

macro_rules! section_of {
    ($config:ident ($($section:ident).*)) => {
        $config$(.$section)*
    };
}
pub(super) use section_of;

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
            get: |config| $crate::config::table::value_of(&config$(.$section)*.$field),
            set: |config, value| {
                config$(.$section)*.$field = value.try_into()?;
                Ok(())
            },
        })
    };
}
pub(super) use node;

/// The TOML value of a field.
pub(super) fn value_of(field: &impl Serialize) -> Value {
    // only a path that is not UTF-8 has none
    Value::try_from(field).unwrap_or_else(|_| String::new().into())
}

/// The configuration that has these values of a section and is default elsewhere; what the section does not know is ignored.
pub(super) fn read_section(nodes: &[Node], table: Table) -> Result<Config, String> {
    fn apply(nodes: &[Node], table: Table, config: &mut Config) -> Result<(), String> {
        for (name, value) in table {
            match (nodes.iter().find(|node| node.name() == name), value) {
                (Some(Node::Section(section)), Value::Table(table)) => apply(section.nodes, table, config)?,
                (Some(Node::Section(section)), _) => return Err(format!("`{}` is a section", section.name)),
                (Some(Node::Key(key)), value) => {
                    let applied = key.apply(config, key.path, value);
                    applied.map_err(|expected| format!("`{}`: expected {expected}", key.path))?;
                }
                (None, _) => {}
            }
        }
        Ok(())
    }
    let mut config = Config::default();
    apply(nodes, table, &mut config)?;
    Ok(config)
}

static KEYS: LazyLock<Vec<&'static Key>> = LazyLock::new(|| {
    fn collect(nodes: &'static [Node], into: &mut Vec<&'static Key>) {
        for node in nodes {
            match node {
                Node::Key(key) => into.push(key),
                Node::Section(section) => collect(section.nodes, into),
            }
        }
    }
    let mut keys = Vec::new();
    collect(Config::NODES, &mut keys);
    keys
});

/// Every key, in the order of the table.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().copied()
}

/// The key of a value's path: that of a map such as `[keys]` has the values of all names in it.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    let exact = keys().find(|key| key.path == path);
    exact.or_else(|| keys().find(|key| key.row.kind == Kind::Keys && path.split('.').next() == Some(key.path)))
}

impl Key {
    /// What the configuration has for it.
    pub(super) fn value(&self, config: &Config) -> Value {
        (self.get)(config)
    }

    /// Its value where nothing is set.
    #[must_use]
    pub fn default_value(&self) -> Value {
        self.value(&Config::default())
    }

    /// What it accepts: completes "expected …".
    #[must_use]
    pub fn expected(&self) -> Expected {
        self.row.kind.expected()
    }

    /// Gives the configuration the value of `path`, which is this key or a name in it.
    pub(super) fn apply(&self, config: &mut Config, path: &str, value: Value) -> Result<(), Expected> {
        let refused = self.row.kind.refusal(&value);
        let value = match path.strip_prefix(self.path).and_then(|rest| rest.strip_prefix('.')) {
            Some(name) => {
                let Value::Table(mut map) = self.value(config) else { return Err(self.expected()) };
                map.insert(name.to_owned(), value);
                Value::Table(map)
            }
            None => value,
        };
        match refused {
            Some(expected) => Err(expected),
            None => (self.set)(config, value).map_err(|_| self.expected()),
        }
    }

    /// Whether the configuration has another value than the default.
    pub(super) fn is_set(&self, config: &Config) -> bool {
        self.value(config) != self.default_value()
    }

    /// Gives the configuration the default.
    pub(super) fn reset(&self, config: &mut Config) {
        let is_reset = (self.set)(config, self.default_value());
        debug_assert!(is_reset.is_ok(), "{self:?}");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_of_every_key_is_accepted() {
        for key in keys().filter(|key| key.row.kind != Kind::Keys) {
            let mut config = Config::default();
            assert_eq!(key.apply(&mut config, key.path, key.default_value()), Ok(()), "{key:?}");
            assert_eq!(Table::try_from(&config), Table::try_from(Config::default()));
        }
    }

    #[test]
    fn keys_have_different_paths_and_end_with_their_names() {
        let mut paths: Vec<_> = keys().map(|key| key.path).collect();
        assert!(keys().all(|key| key.path.rsplit('.').next() == Some(key.name)));
        let count = paths.len();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), count);
    }
}
