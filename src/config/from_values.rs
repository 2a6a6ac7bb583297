//! Values with their places → [`Config`].

use super::configuration::Config;
use super::error::ConfigError;
use super::keys::{find, keys};
use super::kind::Expected;
use super::messages::ConfigMessage;
use super::model::Architecture;
use super::source::{GivenValue, Source};

impl Config {
    /// The configuration of the values of `source`, whose keys are known.
    pub(super) fn of_source(source: Source) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for (path, given) in &source.values {
            let Some(key) = find(path) else { continue };
            let applied = match given.value.clone() {
                Some(value) => key.apply(&mut config, path, value),
                None => Err(key.expected()),
            };
            applied.map_err(|expected| wrong_value(&source, path, given, expected))?;
        }
        config.source = source;
        config.reset_prompts_of_another_corpus();
        config.reset_unread_keys();
        config.fit_another_model();
        config.check_that_keys_agree()?;
        Ok(config)
    }

    /// Prompts go with the corpus of their file, not with one from the command line; so does the built-in lesson's title.
    fn reset_prompts_of_another_corpus(&mut self) {
        let from_option = |path| self.source.is_from_option(path);
        let [corpus, prompts, title] = ["corpus.path", "dashboard.prompts", "title"].map(from_option);
        if corpus && !prompts {
            self.dashboard.prompts.clear();
        }
        if corpus && !title && self.source.folder.is_none() {
            self.title.clear();
        }
    }

    /// Where a rival or the command line names another network, optimizer or schedule, values of the file that this one does not read
    /// become the default. What was set together with the name stays, and is refused.
    fn reset_unread_keys(&mut self) {
        for key in keys() {
            let (source, read_by) = (&self.source, key.row.read_by);
            let is_of_rival = read_by.selectors().any(|path| source.is_own(path));
            let is_of_option = read_by.selectors().any(|path| source.is_from_option(path));
            let stays = if is_of_rival { source.is_own(key.path) } else { source.is_from_option(key.path) };
            if (is_of_rival || is_of_option) && !stays && !key.row.read_by.is_read(self) {
                key.reset(self);
            }
        }
    }

    /// Lets what a rival has of the configuration's own model, and could not have as another network, become what it can.
    pub(super) fn fit_another_model(&mut self) {
        let Self { model, source, .. } = self;
        let is_own = |path| source.is_own(path);
        if is_own("model.architecture") && model.architecture == Architecture::Transformer {
            model.fit_transformer(is_own("model.embedding"), is_own("model.heads"));
        }
        if is_own("model.architecture") && !is_own("model.context") {
            model.context = 0;
        }
    }
}

/// The error for a value of the wrong type, or out of range.
fn wrong_value(source: &Source, path: &str, given: &GivenValue, expected: Expected) -> ConfigError {
    let written = given.written.trim_matches(|c| c == '"' || c == '\'').to_lowercase();
    let meant = match &expected {
        Expected::OneOf { names } => names.0.contains(&written.as_str()),
        _ => false,
    };
    // in a list of several lines the mistake has a line of its own
    let items = given.value.as_ref().and_then(toml::Value::as_array).filter(|_| expected == Expected::Text);
    let wrong_item = items.and_then(|items| items.iter().position(|item| !item.is_str()));
    let place = wrong_item.and_then(|item| given.items.get(item)).unwrap_or(&given.place);
    ConfigError {
        place: source.place(*place),
        problem: source.problem(path, ConfigMessage::Expected { what: expected }),
        help: meant.then(|| ConfigMessage::DidYouMeanValue { value: written }.into()),
    }
}
