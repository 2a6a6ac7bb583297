//! The table of keys in Markdown.

use std::fmt::Write as _;

use super::keys::keys;
use super::kind::Kind;
use super::table::Key;
use crate::language::{Language, Localized as _};

impl Key {
    /// Whether it has a default, so that it need not be set.
    pub(super) fn has_default(&self) -> bool {
        self.path != "corpus.path"
    }

    /// The default as written in a file; `None` for an empty text, list or table.
    #[must_use]
    pub fn default_text(&self) -> Option<String> {
        let text = match self.default_value() {
            // without the decimal point that TOML wants
            toml::Value::Float(number) => number.to_string(),
            value => value.to_string(),
        };
        Some(text).filter(|text| !matches!(text.as_str(), "\"\"" | "[]" | "{}" | "{  }"))
    }

    /// The accepted values, in a language: completes "expected …".
    #[must_use]
    pub fn expected_text(&self, language: Language) -> String {
        self.expected().text_in(language).trim_start().to_owned()
    }
}

/// All keys as a table in Markdown.
#[must_use]
pub fn reference_table() -> String {
    let mut table = "| key | default | values | what it is | with `--resume` |\n|---|---|---|---|---|\n".to_owned();
    for key in keys() {
        let default = match key.default_text() {
            Some(text) if text.starts_with('"') => format!("`{text}`"),
            Some(text) => text,
            None if key.has_default() => "none".to_owned(),
            None => "–".to_owned(),
        };
        let values = match key.row.kind {
            Kind::Choice(names) => names.iter().map(|name| format!("`{name:?}`")).collect::<Vec<_>>().join(", "),
            _ => key.expected_text(Language::English),
        };
        let meaning = Language::English.text(key.meaning);
        let _ = writeln!(table, "| `{}` | {default} | {values} | {meaning} | {} |", key.path, key.resume_text());
    }
    table
}
