//! Values from the command line in the place of those of the file.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::messages::ConfigMessage;

/// A change of the command line to the values of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The option as typed.
    pub(super) option: String,
    pub(super) edit: Edit,
}

/// What an option changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    Set(Assignment),
    /// Leaves out a key, or all keys of a section.
    Unset {
        path: String,
    },
    /// Adds a rival with these values.
    Rival(Vec<Assignment>),
}

/// A path and the value that it is given, as TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub path: String,
    pub toml: String,
}

impl Assignment {
    fn parse(assignment: &str) -> Result<Self, ConfigMessage> {
        let (path, value) = assignment.split_once('=').ok_or(ConfigMessage::ExpectedAssignment)?;
        Ok(Self { path: path_of(path)?, toml: as_toml(value.trim()) })
    }

    /// A table with the value at its path.
    pub fn table(&self) -> DeTable<'_> {
        let value = DeValue::parse(&self.toml).unwrap_or_else(|_| {
            Spanned::new(0..self.toml.len(), DeValue::String(Cow::Borrowed(&self.toml))) // it is TOML
        });
        nested(&self.path, value)
    }
}

fn nested<'i>(path: &'i str, value: Spanned<DeValue<'i>>) -> DeTable<'i> {
    let span = value.span();
    let (name, value) = match path.split_once('.') {
        None => (path, value),
        Some((name, rest)) => (name, Spanned::new(span.clone(), DeValue::Table(nested(rest, value)))),
    };
    let mut table = DeTable::new();
    table.insert(Spanned::new(span, Cow::Borrowed(name)), value);
    table
}

fn path_of(text: &str) -> Result<String, ConfigMessage> {
    let path = text.split('.').map(str::trim).collect::<Vec<_>>().join(".");
    if path.is_empty() || path.starts_with('#') {
        return Err(ConfigMessage::NoKey { key: path });
    }
    Ok(path)
}

/// The value, as a text if it is not TOML by itself.
fn as_toml(value: &str) -> String {
    let is_toml = !value.contains('\n') && DeValue::parse(value).is_ok();
    if is_toml { value.to_owned() } else { toml::Value::from(value).to_string() }
}

impl Override {
    /// `--set key.path=value`. The value is TOML; what is not TOML is taken as a text, so that it needs no second quotes.
    ///
    /// # Errors
    /// When there is no `=`, or no key before it.
    pub fn set(assignment: &str) -> Result<Self, ConfigMessage> {
        Ok(Self { option: format!("--set {assignment}"), edit: Edit::Set(Assignment::parse(assignment)?) })
    }

    /// `--unset key.path`: the file's value, or those of a section, and those of options before this one are left out.
    ///
    /// # Errors
    /// When there is no key. Whether it is known is checked when the configuration is read.
    pub fn unset(path: &str) -> Result<Self, ConfigMessage> {
        Ok(Self { option: format!("--unset {path}"), edit: Edit::Unset { path: path_of(path)? } })
    }

    /// `--rival KEY=VALUE…`: one more run beside the configuration's own, which has these values as [`set`](Self::set) takes them.
    ///
    /// # Errors
    /// As those of `set`.
    pub fn rival(assignments: &[String]) -> Result<Self, ConfigMessage> {
        let values = assignments.iter().map(|assignment| Assignment::parse(assignment)).collect::<Result<_, _>>()?;
        Ok(Self { option: format!("--rival {}", assignments.join(" ")), edit: Edit::Rival(values) })
    }

    fn of_value(option: String, key: &str, value: impl Into<toml::Value>) -> Self {
        Self { option, edit: Edit::Set(Assignment { path: key.to_owned(), toml: value.into().to_string() }) }
    }

    /// An option of its own for one key, such as `--seed 7`.
    #[must_use]
    pub fn option(option: &str, key: &str, value: u64) -> Self {
        let toml = value.to_string();
        Self { option: format!("{option} {value}"), edit: Edit::Set(Assignment { path: key.to_owned(), toml }) }
    }

    /// An option of its own for one key that is a text, such as `--corpus FILE`: quotes and brackets are part of it.
    #[must_use]
    pub fn text(option: &str, key: &str, value: &str) -> Self {
        Self::of_value(format!("{option} {value}"), key, value)
    }

    /// An option by itself that makes a key true.
    #[must_use]
    pub fn flag(option: &str, key: &str) -> Self {
        Self::of_value(option.to_owned(), key, true)
    }

    /// An option that is given several times, for a key that takes a list of texts.
    #[must_use]
    pub fn texts(option: &str, key: &str, values: &[String]) -> Self {
        let options = values.iter().map(|value| format!("{option} {value}")).collect::<Vec<_>>().join(" ");
        Self::of_value(options, key, values.to_vec())
    }

    /// The path that is given a value, such as `training.batch`.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.edit {
            Edit::Set(assignment) => Some(&assignment.path),
            Edit::Unset { .. } | Edit::Rival(_) => None,
        }
    }
}
