//! Options of the command line that override values of the file.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::messages::ConfigMessage;

/// An option of the command line that changes values of the file.
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
    /// Removes a key, or all keys of a section.
    Unset {
        path: String,
    },
    /// Adds a rival with these values.
    Rival(Vec<Assignment>),
}

/// A path and its value, as TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub path: String,
    pub toml: String,
}

impl Assignment {
    fn parse(assignment: &str) -> Result<Self, ConfigMessage> {
        let (path, value) = assignment.split_once('=').ok_or(ConfigMessage::ExpectedAssignment)?;
        Ok(Self { path: parse_path(path)?, toml: as_toml(value.trim()) })
    }

    /// The tables in which the value is at its path.
    pub fn table(&self) -> DeTable<'_> {
        let value = DeValue::parse(&self.toml).unwrap_or_else(|_| {
            Spanned::new(0..self.toml.len(), DeValue::String(Cow::Borrowed(&self.toml))) // it is TOML
        });
        nested(&self.path, value)
    }
}

/// The tables that lead to `value`, one for each part of the path.
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

fn parse_path(text: &str) -> Result<String, ConfigMessage> {
    let path = text.split('.').map(str::trim).collect::<Vec<_>>().join(".");
    if path.is_empty() || path.starts_with('#') {
        return Err(ConfigMessage::NoKey { key: path });
    }
    Ok(path)
}

/// The value as TOML: a quoted text if it is not TOML by itself.
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

    /// `--unset key.path`: removes the value of a key, or all values of a section, of the file and of earlier options.
    ///
    /// # Errors
    /// When there is no key. Whether it is known is checked when the configuration is read.
    pub fn unset(path: &str) -> Result<Self, ConfigMessage> {
        Ok(Self { option: format!("--unset {path}"), edit: Edit::Unset { path: parse_path(path)? } })
    }

    /// `--rival KEY=VALUE…`: one more run with these values, in the form of [`set`](Self::set).
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn rival(assignments: &[String]) -> Result<Self, ConfigMessage> {
        let values = assignments.iter().map(|assignment| Assignment::parse(assignment)).collect::<Result<_, _>>()?;
        Ok(Self { option: format!("--rival {}", assignments.join(" ")), edit: Edit::Rival(values) })
    }

    fn assignment(option: String, key: &str, value: impl Into<toml::Value>) -> Self {
        Self { option, edit: Edit::Set(Assignment { path: key.to_owned(), toml: value.into().to_string() }) }
    }

    /// An option for a number, such as `--seed 7`.
    #[must_use]
    pub fn option(option: &str, key: &str, value: u64) -> Self {
        let toml = value.to_string();
        Self { option: format!("{option} {value}"), edit: Edit::Set(Assignment { path: key.to_owned(), toml }) }
    }

    /// An option for a text, such as `--corpus FILE`: quotes and brackets are part of it.
    #[must_use]
    pub fn text(option: &str, key: &str, value: &str) -> Self {
        Self::assignment(format!("{option} {value}"), key, value)
    }

    /// An option without a value that makes a key true.
    #[must_use]
    pub fn flag(option: &str, key: &str) -> Self {
        Self::assignment(option.to_owned(), key, true)
    }

    /// A repeated option, for a key that is a list of texts.
    #[must_use]
    pub fn texts(option: &str, key: &str, values: &[String]) -> Self {
        let options = values.iter().map(|value| format!("{option} {value}")).collect::<Vec<_>>().join(" ");
        Self::assignment(options, key, values.to_vec())
    }

    /// The path that `--set` or an option for one key sets, such as `training.batch`; `None` for `--unset` and `--rival`.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.edit {
            Edit::Set(assignment) => Some(&assignment.path),
            Edit::Unset { .. } | Edit::Rival(_) => None,
        }
    }
}
