//! Values with their places → [`Config`].

use super::configuration::Config;
use super::error::ConfigError;
use super::keys::{find, keys};
use super::kind::Expected;
use super::messages::ConfigMessage;
use super::model::Architecture;
use super::source::{GivenValue, Source};

impl Config {
    /// Sets the values of `source`, whose keys are known, and checks them one by one and together.
    pub(super) fn from_source(source: Source) -> Result<Self, ConfigError> {
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
        config.reset_texts_of_replaced_corpus();
        config.reset_unread_keys();
        config.fit_rival_model();
        config.check_keys_agree()?;
        Ok(config)
    }

    /// Clears prompts of the file, and the title of a built-in configuration, when the command line sets another corpus.
    fn reset_texts_of_replaced_corpus(&mut self) {
        let from_option = |path| self.source.is_from_option(path);
        let [corpus, prompts, title] = ["corpus.path", "dashboard.prompts", "title"].map(from_option);
        if corpus && !prompts {
            self.dashboard.prompts.clear();
        }
        if corpus && !title && self.source.folder.is_none() {
            self.title.clear();
        }
    }

    /// Where a rival or the command line sets another network, optimizer or schedule, values of the file that it does not read get their
    /// default. A value that was set together with the name stays, and is rejected by the check that follows.
    fn reset_unread_keys(&mut self) {
        for key in keys() {
            let (source, read_by) = (&self.source, key.row.read_by);
            let is_chosen_by_rival = read_by.selectors().any(|path| source.is_of_rival(path));
            let is_chosen_by_option = read_by.selectors().any(|path| source.is_from_option(path));
            let stays = if is_chosen_by_rival { source.is_of_rival(key.path) } else { source.is_from_option(key.path) };
            if (is_chosen_by_rival || is_chosen_by_option) && !stays && !key.row.read_by.is_read(self) {
                key.reset(self);
            }
        }
    }

    /// Fits sizes that a rival inherits to its own architecture: embedding and heads of a transformer, and the context.
    fn fit_rival_model(&mut self) {
        let Self { model, source, .. } = self;
        let is_of_rival = |path| source.is_of_rival(path);
        if is_of_rival("model.architecture") && model.architecture == Architecture::Transformer {
            model.fit_transformer(is_of_rival("model.embedding"), is_of_rival("model.heads"));
        }
        if is_of_rival("model.architecture") && !is_of_rival("model.context") {
            model.context = 0;
        }
    }
}

/// The error for a value of the wrong type, or out of range: in a list, at the first item that is no text.
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
