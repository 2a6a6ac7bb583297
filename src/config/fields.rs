//! Values of a section by the paths of its keys.

use toml::Value;

/// A struct whose fields are keys and sections of keys; [`section!`](super::table::section) implements it.
pub(super) trait Fields {
    /// The value at a path below it, such as `optimizer.name`; `None` for an unknown path, and for a value that TOML cannot hold: a path
    /// of a file that is not UTF-8.
    fn value(&self, path: &str) -> Option<Value>;

    /// Sets the value at a path below it. Only the type is checked, not the range.
    ///
    /// # Errors
    /// For an unknown path, and for a value of the wrong type.
    fn set(&mut self, path: &str, value: Value) -> Result<(), toml::de::Error>;
}
