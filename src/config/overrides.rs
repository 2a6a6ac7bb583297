//! Values from the command line in the place of those of the file.

use toml::de::DeTable;

use super::Config;

/// A value from the command line that takes the place of the file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub(super) option: String,
    key: String,
    value: String,
}

impl Override {
    /// `--set key.path=value`. The value is TOML; what is not TOML is taken as a text, so that it needs no second quotes.
    ///
    /// # Errors
    /// When there is no `=`, or no key before it.
    pub fn set(assignment: &str) -> Result<Self, String> {
        let (key, value) = assignment.split_once('=').ok_or("expected key.path=value, such as training.batch=3")?;
        let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
        if key.is_empty() || key.starts_with('#') {
            return Err(format!("`{key}` is no key: expected one such as training.batch"));
        }
        Ok(Self { option: format!("--set {assignment}"), key, value })
    }

    /// `--rival KEY=VALUE…`: one more run beside the configuration's own, which has these values as [`set`](Self::set) takes them.
    ///
    /// # Errors
    /// As those of `set`.
    pub fn rival(assignments: &[String]) -> Result<Self, String> {
        let values: Vec<_> = assignments.iter().map(|assignment| Self::set(assignment)).collect::<Result<_, _>>()?;
        let values: Vec<_> = values.iter().map(Self::document).collect();
        let option = format!("--rival {}", assignments.join(" "));
        Ok(Self { option, key: Config::RIVAL.to_owned(), value: format!("[{{ {} }}]", values.join(", ")) })
    }

    /// An option of its own for one key, such as `--seed 7`.
    #[must_use]
    pub fn option(option: &str, key: &str, value: u64) -> Self {
        Self { option: format!("{option} {value}"), key: key.to_owned(), value: value.to_string() }
    }

    /// An option of its own for one key that is a text, such as `--corpus FILE`: quotes and brackets are part of it.
    #[must_use]
    pub fn text(option: &str, key: &str, value: &str) -> Self {
        Self { option: format!("{option} {value}"), key: key.to_owned(), value: in_one_line(value) }
    }

    /// An option by itself that makes a key true.
    #[must_use]
    pub fn flag(option: &str, key: &str) -> Self {
        Self { option: option.to_owned(), key: key.to_owned(), value: "true".to_owned() }
    }

    /// The same for a key that takes a list.
    #[must_use]
    pub fn texts(option: &str, key: &str, values: &[String]) -> Self {
        let value = format!("[{}]", values.iter().map(|value| in_one_line(value)).collect::<Vec<_>>().join(", "));
        let option = values.iter().map(|value| format!("{option} {value}")).collect::<Vec<_>>().join(" ");
        Self { option, key: key.to_owned(), value }
    }

    /// The key whose value it is, such as `training.batch`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The override as a TOML document of one line.
    pub(super) fn document(&self) -> String {
        let as_toml = format!("{} = {}", self.key, self.value);
        if self.value.contains('\n') || DeTable::parse(&as_toml).is_err() {
            format!("{} = {}", self.key, toml::Value::from(self.value.as_str()))
        } else {
            as_toml
        }
    }
}

/// A text as TOML, with its line breaks escaped: a value in several lines would not be one.
fn in_one_line(value: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", value.chars().map(escaped).collect::<String>())
}
