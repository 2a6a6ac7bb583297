//! Keys in which two configurations differ.

use super::change::Decides;
use super::configuration::Config;
use super::keys::find;
use super::table::Key;
use super::values::Validation;

impl Config {
    /// The values that are others in `other`, such as "`training.batch` = 4".
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        self.differing(other).into_iter().map(|(key, value)| format!("`{key}` = {value}")).collect()
    }

    /// The keys that have other values in `other`, each with its own value.
    fn differing(&self, other: &Self) -> Vec<(String, toml::Value)> {
        let [own, others] = [self, other].map(|config| toml::Table::try_from(config).unwrap_or_default());
        let mut found = Vec::new();
        differences(&own, &others, "", &mut found);
        found
    }

    /// What decides the batches and is other than in `other`, each key with its value. The seed does not count: a run may have been
    /// restarted with another one.
    #[must_use]
    pub fn differences_of_batches(&self, other: &Self) -> Vec<(String, String)> {
        let is_of_batches = |key: &Key| {
            matches!(key.row.change.decides, Decides::Text | Decides::Batch | Decides::Window | Decides::Task)
        };
        // texts are compared by content, not by path
        let is_path = |key: &str, value: &toml::Value| match key {
            "corpus.path" | "corpus.encoding" | "corpus.test" => true,
            _ => key == "corpus.validation" && value.is_str() && matches!(other.corpus.validation, Validation::File(_)),
        };
        let differing = self.differing(other).into_iter();
        let differing = differing.filter(|(key, value)| find(key).is_some_and(is_of_batches) && !is_path(key, value));
        differing.map(|(key, value)| (key, value.to_string())).collect()
    }

    /// The keys whose values are others than in `other`.
    #[must_use]
    pub fn changed_keys(&self, other: &Self) -> Vec<String> {
        self.differing(other).into_iter().map(|(key, _)| key).collect()
    }
}

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
