//! Which keys may change when a run is resumed.

use super::change::{Change, Decides, OnResume};
use super::configuration::Config;
use super::corpus::Granularity;
use super::error::ConfigError;
use super::keys::find;
use super::messages::ConfigMessage;
use super::table::Key;
use crate::language::{Language, Message};

/// Keys that name text files. `corpus.validation` may be a share instead.
const TEXTS: [&str; 3] = ["corpus.path", "corpus.validation", "corpus.test"];

impl Config {
    /// Checks that a run of configuration `before` can be resumed with this one. `new_run` returns the command that the error suggests: a new
    /// run with another value of the given key and, if `true`, with the weights of this run.
    ///
    /// # Errors
    /// If there are rivals, and for the first key that cannot change, first those of the command line.
    pub fn check_resume(&self, before: &Self, new_run: impl Fn(&str, bool) -> String) -> Result<(), ConfigError> {
        if !self.rivals.is_empty() {
            let option = self.source.options.iter().find(|option| option.contains(Self::RIVAL));
            return Err(ConfigError {
                place: option.cloned().unwrap_or_else(|| self.name().to_owned()),
                problem: ConfigMessage::KeepsRivals.into(),
                help: Some(ConfigMessage::LeaveRivalsOut.into()),
            });
        }
        let is_refused = |path: &String| match find(path).map(|key| key.row.change.decides.on_resume()) {
            Some(OnResume::Changes) => false,
            Some(OnResume::ChangesOfSentences) => before.corpus.unit == Granularity::Text,
            Some(OnResume::Refused | OnResume::RefusedWithWeights) | None => true,
        };
        let mut refused: Vec<String> = self.changed_keys(before).into_iter().filter(is_refused).collect();
        // the same path is another file where it is relative to another folder
        let is_given = |path: &&str| self.source.is_from_option(path);
        let is_file = |path: &&str| match *path {
            "corpus.validation" => self.validation_file().is_some(),
            "corpus.test" => self.test_file().is_some(),
            _ => true,
        };
        refused.extend(TEXTS.into_iter().filter(is_file).filter(is_given).map(str::to_owned));
        refused.sort_by_key(|path| !self.source.is_from_option(path));
        let Some(path) = refused.first() else { return Ok(()) };
        let change = find(path).map(|key| key.row.change);
        let reason: Message = match change {
            Some(Change { decides: Decides::Batch, .. }) => ConfigMessage::StreamsStay.into(),
            Some(change) => Message::new(change.effect),
            None => ConfigMessage::UnknownEffect.into(),
        };
        let takes_weights = change.is_some_and(|change| change.decides.on_resume() != OnResume::RefusedWithWeights);
        let help = match change {
            Some(Change { decides: Decides::Place, .. }) => ConfigMessage::LeaveOut,
            _ => ConfigMessage::NewRunCan { command: new_run(path, takes_weights) },
        };
        Err(self.refuse(path, ConfigMessage::CannotChange { reason }, help))
    }
}

impl Key {
    /// Whether a run can be resumed with another value. `training.batch` cannot change where the text is continuous.
    #[must_use]
    pub fn can_change_on_resume(&self) -> bool {
        matches!(self.row.change.decides.on_resume(), OnResume::Changes | OnResume::ChangesOfSentences)
    }

    /// What `--resume` does with another value, in English: `changes: …` or `refused: …`.
    pub(super) fn resume_text(&self) -> String {
        let outcome = if self.can_change_on_resume() { "changes" } else { "refused" };
        format!("{outcome}: {}", Language::English.text(self.row.change.effect))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Override, keys};
    use super::*;

    #[test]
    fn key_edited_without_new_weights_can_change_on_resume() {
        for key in keys().filter(|key| !key.row.change.needs_new_weights()) {
            assert_eq!(key.row.change.decides.on_resume(), OnResume::Changes, "{key:?}");
        }
    }

    #[test]
    fn resume_with_rejected_option_names_key_and_command() {
        let read = |changes: &[&str]| {
            let changes: Vec<_> = changes.iter().map(|change| Override::set(change).unwrap()).collect();
            Config::read(&Origin::toy(), &changes).unwrap()
        };
        let before = read(&[]);
        let refused = |changes: &[&str]| {
            let command = |key: &str, weights: bool| format!("{key} {weights}");
            read(changes).check_resume(&before, command).unwrap_err()
        };
        let error = refused(&["training.steps=9", "corpus.validation=0.5"]);
        assert_eq!(error.place, "--set corpus.validation=0.5");
        assert!(error.problem.to_string().contains("it may have learned from what would be validated with"), "{error}");
        assert!(error.help.as_ref().unwrap().to_string().ends_with("`corpus.validation true`"), "{error}");
        assert!(refused(&["rival=[{ model.cell = 'gru' }]"]).place.starts_with("--set rival="));
        // another architecture resets keys, and none of those is named
        let error = refused(&["model.architecture=nplm"]);
        assert_eq!(
            (error.place.as_str(), error.help.as_ref().unwrap().to_string().contains("false")),
            ("--set model.architecture=nplm", true)
        );
        assert!(read(&["training.steps=9", "training.batch=3"]).check_resume(&before, |_, _| String::new()).is_ok());
        let text = ["corpus.unit=text", "training.predict=every"];
        let other = read(&[&text[..], &["training.batch=3"]].concat());
        let error = other.check_resume(&read(&text), |_, _| String::new()).unwrap_err();
        assert!(error.problem.to_string().ends_with("streams of a text cannot be cut anew"), "{error}");
    }
}
