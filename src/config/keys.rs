//! Every key of a configuration.

use std::sync::LazyLock;

use toml::Value;

use super::configuration::Config;
use super::fields::Fields as _;
use super::kind::Kind;
use super::table::{Key, Node};

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

/// The key at a path. A path below a map such as `[keys]` has the key of the map.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    let exact = keys().find(|key| key.path == path);
    exact.or_else(|| keys().find(|key| key.row.kind == Kind::Keys && path.split('.').next() == Some(key.path)))
}

impl Key {
    /// Its default.
    #[must_use]
    pub fn default_value(&self) -> Value {
        self.value(&Config::default())
    }

    /// Whether its value differs from the default.
    pub(super) fn is_set(&self, config: &Config) -> bool {
        self.value(config) != self.default_value()
    }

    /// Sets it to its default.
    pub(super) fn reset(&self, config: &mut Config) {
        let reset = config.set(self.path, self.default_value());
        debug_assert!(reset.is_ok(), "{self:?}");
    }
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::*;

    #[test]
    fn key_default_is_accepted() {
        for key in keys().filter(|key| key.row.kind != Kind::Keys) {
            let mut config = Config::default();
            assert_eq!(key.apply(&mut config, key.path, key.default_value()), Ok(()), "{key:?}");
            assert_eq!(Table::try_from(&config), Table::try_from(Config::default()));
        }
    }

    #[test]
    fn key_paths_are_unique_and_end_with_name() {
        let mut paths: Vec<_> = keys().map(|key| key.path).collect();
        assert!(keys().all(|key| key.path.rsplit('.').next() == Some(key.name)));
        let count = paths.len();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), count);
    }
}
