//! The file of a configuration, as text.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::built_in::BuiltIn;
use super::error::ConfigError;
use super::messages::ConfigMessage;
use super::nearest::{likeness, nearest};
use super::source::{Source, line_of};
use crate::language::Message;

/// Larger files are rejected, so that reading a device cannot hang.
const LARGEST_FILE: u64 = 1 << 20;
/// From this likeness on a name may have been meant.
const LIKE: f64 = 0.6;

/// Which configuration to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A TOML file.
    File(PathBuf),
    /// One in the binary.
    BuiltIn(&'static BuiltIn),
    /// That of a text whose configuration nobody has written: a model of its characters, with settings for its length.
    OwnText,
}

impl Origin {
    /// The first lesson: three sentences in Chinese.
    #[must_use]
    pub fn toy() -> Self {
        Self::of_argument(Path::new("toy"))
    }

    /// A file, or, where there is no file of this name, the configuration in the binary that is called so.
    #[must_use]
    pub fn of_argument(argument: &Path) -> Self {
        let built_in = || BuiltIn::named(argument.to_str()?);
        let built_in = if argument.is_file() { None } else { built_in() };
        built_in.map_or_else(|| Self::File(argument.to_owned()), Self::BuiltIn)
    }

    /// Its text, and what paths in it are relative to.
    pub(super) fn source(&self) -> Result<Source, ConfigError> {
        Ok(match self {
            Self::File(path) => Source {
                name: path.display().to_string(),
                folder: Some(path.parent().unwrap_or(Path::new("")).to_owned()),
                text: read_text(path)?,
                ..Source::default()
            },
            Self::BuiltIn(built_in) => {
                Source { name: format!("built-in {}", built_in.name), text: built_in.text(), ..Source::default() }
            }
            Self::OwnText => Source {
                name: "settings for your text".to_owned(),
                text: BuiltIn::named("characters").map(BuiltIn::text).unwrap_or_default(),
                fits_text: true,
                ..Source::default()
            },
        })
    }
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let place = path.display().to_string();
    let unreadable = |why: Message, help: ConfigMessage| ConfigError {
        place: place.clone(),
        problem: ConfigMessage::Unreadable { why }.into(),
        help: Some(help.into()),
    };
    if path.is_dir() {
        let help = ConfigMessage::FolderIsNoConfiguration { folder: place.clone() };
        return Err(unreadable(ConfigMessage::IsFolder.into(), help));
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(error.into(), built_in_instead(path)))?;
    if bytes.len() as u64 > LARGEST_FILE {
        let why = ConfigMessage::TooLarge { mib: LARGEST_FILE >> 20 };
        return Err(unreadable(why.into(), built_in_instead(path)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        ConfigError {
            place: format!("{place}:{}", line_of(error.as_bytes(), at)),
            problem: ConfigMessage::NotUtf8 { at }.into(),
            help: Some(text_instead(&place).unwrap_or(ConfigMessage::ExpectedToml).into()),
        }
    })
}

/// What may be meant by a file that cannot be read.
fn built_in_instead(path: &Path) -> ConfigMessage {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if let Some(built_in) = BuiltIn::named(stem) {
        return ConfigMessage::BuiltIn { name: built_in.name };
    }
    let near = nearest(stem, BuiltIn::all().map(|built_in| built_in.name), 1);
    match near.first().filter(|name| likeness(stem, name) >= LIKE) {
        Some(name) => ConfigMessage::DidYouMeanConfiguration { name },
        None => ConfigMessage::ExpectedConfiguration,
    }
}

/// The way out for a text that is named in the place of a configuration.
fn text_instead(path: &str) -> Option<ConfigMessage> {
    let is_toml = Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    (!is_toml).then(|| ConfigMessage::LearnText { path: path.to_owned() })
}

/// The error for a file that is not TOML.
pub(super) fn not_toml(source: &Source, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or_default();
    let written = source.text.get(span.clone()).filter(|text| !text.is_empty() && !text.contains('\n'));
    let why = error.message().replace('\n', ", ");
    let problem = match written {
        Some(written) => ConfigMessage::NotTomlAt { why, written: written.to_owned() },
        None => ConfigMessage::NotToml { why },
    };
    ConfigError {
        place: format!("{}:{}", source.name, line_of(source.text.as_bytes(), span.start)),
        problem: problem.into(),
        help: Some(text_instead(&source.name).unwrap_or(ConfigMessage::ExpectedLines).into()),
    }
}
