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
const MAX_BYTES: u64 = 1 << 20;
/// Minimum likeness of a suggested name.
const MIN_LIKENESS: f64 = 0.6;

/// Which configuration to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A TOML file.
    File(PathBuf),
    /// One in the binary.
    BuiltIn(&'static BuiltIn),
    /// The one for a text without a configuration: a model of its characters, with settings for its length.
    OwnText,
}

impl Origin {
    /// The first lesson: three sentences in Chinese.
    #[must_use]
    pub fn toy() -> Self {
        Self::from_argument(Path::new("toy"))
    }

    /// The file at this path, or, if there is none, the built-in configuration of this name. Without either the result is the missing file,
    /// which [`Config::read`](super::Config::read) rejects.
    #[must_use]
    pub fn from_argument(argument: &Path) -> Self {
        let built_in = || BuiltIn::named(argument.to_str()?);
        let built_in = if argument.is_file() { None } else { built_in() };
        built_in.map_or_else(|| Self::File(argument.to_owned()), Self::BuiltIn)
    }

    /// Reads the text; the source has no values yet.
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
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(error.into(), suggest_built_in(path)))?;
    if bytes.len() as u64 > MAX_BYTES {
        let why = ConfigMessage::TooLarge { mib: MAX_BYTES >> 20 };
        return Err(unreadable(why.into(), suggest_built_in(path)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        ConfigError {
            place: format!("{place}:{}", line_of(error.as_bytes(), at)),
            problem: ConfigMessage::NotUtf8 { at }.into(),
            help: Some(suggest_corpus_option(&place).unwrap_or(ConfigMessage::ExpectedToml).into()),
        }
    })
}

/// The suggestion for a file that cannot be read.
fn suggest_built_in(path: &Path) -> ConfigMessage {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if let Some(built_in) = BuiltIn::named(stem) {
        return ConfigMessage::BuiltIn { name: built_in.name };
    }
    let near = nearest(stem, BuiltIn::all().map(|built_in| built_in.name), 1);
    match near.first().filter(|name| likeness(stem, name) >= MIN_LIKENESS) {
        Some(name) => ConfigMessage::DidYouMeanConfiguration { name },
        None => ConfigMessage::ExpectedConfiguration,
    }
}

/// The suggestion for a text that is given as a configuration; `None` for the name of a TOML file.
fn suggest_corpus_option(path: &str) -> Option<ConfigMessage> {
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
        help: Some(suggest_corpus_option(&source.name).unwrap_or(ConfigMessage::ExpectedLines).into()),
    }
}
