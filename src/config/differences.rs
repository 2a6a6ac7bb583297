//! Keys in which two configurations differ.

use super::change::Decides;
use super::configuration::Config;
use super::keys::find;
use super::table::Key;
use super::values::Validation;

impl Config {
    /// This configuration's values that differ from those of `other` or are missing there, such as "`training.batch` = 4". Values
    /// that only `other` has are not listed.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        self.differing_keys(other).into_iter().map(|(key, value)| format!("`{key}` = {value}")).collect()
    }

    /// The keys with other values in `other`, or without one, each with this configuration's value.
    fn differing_keys(&self, other: &Self) -> Vec<(String, toml::Value)> {
        let [own, others] = [self, other].map(|config| toml::Table::try_from(config).unwrap_or_default());
        let mut found = Vec::new();
        differences(&own, &others, "", &mut found);
        found
    }

    /// The keys that decide the batches and differ from `other`, each with this configuration's value. Paths and encoding of texts are not
    /// compared, nor is the seed: a run may have been restarted with another one.
    #[must_use]
    pub fn batch_differences(&self, other: &Self) -> Vec<(String, String)> {
        let is_of_batches = |key: &Key| {
            matches!(key.row.change.decides, Decides::Text | Decides::Batch | Decides::Window | Decides::Task)
        };
        // texts are compared by content, not by path
        let is_path = |key: &str, value: &toml::Value| match key {
            "corpus.path" | "corpus.encoding" | "corpus.test" => true,
            _ => key == "corpus.validation" && value.is_str() && matches!(other.corpus.validation, Validation::File(_)),
        };
        let differing = self.differing_keys(other).into_iter();
        let differing = differing.filter(|(key, value)| find(key).is_some_and(is_of_batches) && !is_path(key, value));
        differing.map(|(key, value)| (key, value.to_string())).collect()
    }

    /// Paths of the keys whose values differ from those of `other`.
    #[must_use]
    pub fn changed_keys(&self, other: &Self) -> Vec<String> {
        self.differing_keys(other).into_iter().map(|(key, _)| key).collect()
    }
}

/// Adds the values of `own` that differ from `others`, with their paths, which begin with `section`.
fn differences(own: &toml::Table, others: &toml::Table, section: &str, found: &mut Vec<(String, toml::Value)>) {
    for (key, value) in own {
        match (value, others.get(key)) {
            (toml::Value::Table(own), Some(toml::Value::Table(others))) => {
                differences(own, others, &format!("{section}{key}."), found);
            }
            (value, other) if other != Some(value) => found.push((format!("{section}{key}"), value.clone())),
            _ => {}
        }
    }
}
