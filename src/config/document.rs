//! A TOML document → the values of known keys, each with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::configuration::Config;
use super::error::ConfigError;
use super::kind::Kind;
use super::messages::ConfigMessage;
use super::source::{GivenValue, Place, Source, line_of};
use super::table::{Node, names};
use super::unknown_key::unknown_key;

/// A file, or the value of an option.
#[derive(Clone, Copy)]
pub(super) struct Document<'d> {
    pub source: &'d Source,
    pub text: &'d str,
    /// The index of the option, if it is one.
    pub option: Option<usize>,
}

/// Values by their paths.
pub(super) type Values = BTreeMap<String, GivenValue>;

impl Document<'_> {
    /// The line of the byte at `at`, or the option.
    pub fn place(self, at: usize) -> Place {
        self.option.map_or_else(|| Place::Line(line_of(self.text.as_bytes(), at)), Place::Option)
    }

    /// An error at the byte `at`.
    pub fn error(
        self,
        at: usize,
        problem: impl Into<crate::language::Message>,
        help: Option<ConfigMessage>,
    ) -> ConfigError {
        let place = self.source.place(self.place(at));
        ConfigError { place, problem: problem.into(), help: help.map(Into::into) }
    }

    /// Adds the values of a whole configuration to `values`, replacing earlier ones of the same keys.
    ///
    /// # Errors
    /// For a key that is not known, a section in the place of a value, or a value in the place of a section.
    pub fn collect(self, table: &DeTable<'_>, values: &mut Values) -> Result<(), ConfigError> {
        self.collect_section(table, Config::NODES, "", values)
    }

    fn collect_section(
        self,
        table: &DeTable<'_>,
        nodes: &[Node],
        section: &str,
        values: &mut Values,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let path =
                if section.is_empty() { name.get_ref().to_string() } else { format!("{section}.{}", name.get_ref()) };
            let node = nodes.iter().find(|node| node.name() == name.get_ref().as_ref());
            let error = |problem, help| Err(self.error(name.span().start, problem, Some(help)));
            match (node, value.get_ref()) {
                (None, _) => {
                    let (problem, help) = unknown_key(&path, nodes, section);
                    return error(problem, help);
                }
                (Some(Node::Section(section)), DeValue::Table(table)) => {
                    self.collect_section(table, section.nodes, &path, values)?;
                }
                (Some(Node::Section(section)), _) => {
                    let keys = names(section.nodes);
                    return error(
                        ConfigMessage::IsSection { path: path.clone() },
                        ConfigMessage::ExpectedSection { path, keys },
                    );
                }
                // a section without known names takes any
                (Some(Node::Key(key)), DeValue::Table(table)) if key.row.kind == Kind::Keys => {
                    for (name, value) in table {
                        values.insert(format!("{path}.{}", name.get_ref()), self.given(value));
                    }
                }
                (Some(Node::Key(key)), DeValue::Table(_)) if key.row.kind != Kind::Keys => {
                    return error(ConfigMessage::IsValue { path: path.clone() }, ConfigMessage::ExpectedValue { path });
                }
                (Some(Node::Key(key)), _) if key.row.kind == Kind::Keys => {
                    return error(
                        ConfigMessage::IsSection { path: path.clone() },
                        ConfigMessage::ExpectedSection { path, keys: Vec::new() },
                    );
                }
                (Some(Node::Key(_)), _) => _ = values.insert(path, self.given(value)),
            }
        }
        Ok(())
    }

    fn given(self, value: &Spanned<DeValue<'_>>) -> GivenValue {
        let Range { start, end } = value.span();
        let items = match value.get_ref() {
            DeValue::Array(list) => list.iter().map(|item| self.place(item.span().start)).collect(),
            _ => Vec::new(),
        };
        GivenValue {
            value: toml::Value::deserialize(ValueDeserializer::from(value.clone())).ok(),
            written: self.text.get(start..end).unwrap_or_default().to_owned(),
            place: self.place(start),
            items,
        }
    }
}
