//! One path or several.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Expands a leading `~` to the home folder, as a shell does. A folder named `~` is `./~`.
#[must_use]
pub fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home,
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

/// Quotes a path for a shell, if it needs quotes.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@%,:".contains(c);
    if !path.is_empty() && path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// Paths in order: written as a text, or as a list of texts if there are several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMore", into = "OneOrMore")]
pub struct Paths(Vec<PathBuf>);

impl Paths {
    /// A single path.
    #[must_use]
    pub fn one(path: impl Into<PathBuf>) -> Self {
        Self(vec![path.into()])
    }

    /// The paths, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(PathBuf::as_path)
    }
}

impl FromIterator<PathBuf> for Paths {
    fn from_iter<I: IntoIterator<Item = PathBuf>>(paths: I) -> Self {
        Self(paths.into_iter().collect())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(PathBuf),
    More(Vec<PathBuf>),
}

impl From<OneOrMore> for Paths {
    fn from(paths: OneOrMore) -> Self {
        match paths {
            OneOrMore::One(path) => Self::one(path),
            OneOrMore::More(paths) => Self(paths),
        }
    }
}

impl From<Paths> for OneOrMore {
    fn from(Paths(mut paths): Paths) -> Self {
        match paths.len() {
            0 => Self::One(PathBuf::new()),
            1 => Self::One(paths.remove(0)),
            _ => Self::More(paths),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_path_with_special_characters_has_quotes() {
        assert_eq!(quoted(Path::new("runs/words-1")), "runs/words-1");
        assert_eq!(quoted(Path::new("my runs/it's")), "'my runs/it'\\''s'");
        assert_eq!(quoted(Path::new("运行")), "运行");
        assert_eq!(quoted(Path::new("")), "''");
    }
}
