//! What becomes of a run when a key has another value: the one list for runs that go on, the model editor and rivals.

use std::fmt::Write as _;

use super::{Config, ConfigError, Granularity, Validation};

/// What a key decides, and so whether it can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decides {
    /// What is learned from and validated with, and its words.
    Text,
    /// The weights at the beginning, and the order of the batches.
    Seed,
    /// Which weights there are.
    Network,
    /// The weights at the beginning, and nothing later.
    Beginning,
    /// How a pass goes through the same weights.
    Pass,
    /// How many sentences or streams a step learns from.
    Batch,
    /// How much of a running text a step reads.
    Window,
    /// Which words are predicted.
    Task,
    /// How long training takes.
    Length,
    /// How gradients change weights, and what is measured on the way.
    Training,
    /// What is seen.
    Screen,
    /// What is kept.
    Kept,
    /// Where it is kept.
    Place,
}

/// A key, or a section whose keys can be any, and what another value does to a run that goes on.
struct KeyRule {
    key: &'static str,
    decides: Decides,
    effect: &'static str,
}

const fn rule(key: &'static str, decides: Decides, effect: &'static str) -> KeyRule {
    KeyRule { key, decides, effect }
}

const SHOWN: &str = "is seen from now on";
const TEXT: &str = "the run goes on with the text that it has learned from";
const WORDS: &str = "the run goes on with the words that it knows";
const VALIDATED: &str =
    "it may have learned from what would be validated with, and validations before and after could not be compared";
const NETWORK: &str = "the weights are those of the network that it began with";
const RATE: &str =
    "decides the learning rate from the next step on; where that jumps, a warning says from what to what";
const LENGTH: &str = "the run goes on to that step; a cosine falls over all of them, and where the learning rate jumps a warning says \
                      from what to what";

/// Every key, in the order of the reference.
static RULES: &[KeyRule] = &[
    rule("title", Decides::Screen, SHOWN),
    rule("seed", Decides::Seed, "the weights and the order of the batches began with it"),
    rule("corpus.path", Decides::Text, TEXT),
    rule("corpus.encoding", Decides::Text, TEXT),
    rule("corpus.unit", Decides::Text, WORDS),
    rule("corpus.tokenizer", Decides::Text, WORDS),
    rule("corpus.lowercase", Decides::Text, WORDS),
    rule("corpus.end_of_sentence", Decides::Text, WORDS),
    rule("corpus.min_count", Decides::Text, WORDS),
    rule("corpus.max_vocabulary", Decides::Text, WORDS),
    rule("corpus.validation", Decides::Text, VALIDATED),
    rule(
        "corpus.test",
        Decides::Text,
        "the folder has the text that it began with; `rnn-tui evaluate --corpus` tells of another one",
    ),
    rule("model.architecture", Decides::Network, NETWORK),
    rule("model.engine", Decides::Pass, "computes the steps from the next one on; the numbers are the same"),
    rule("model.cell", Decides::Network, NETWORK),
    rule("model.context", Decides::Network, NETWORK),
    rule("model.direct", Decides::Network, NETWORK),
    rule("model.embedding", Decides::Network, NETWORK),
    rule("model.hidden", Decides::Network, NETWORK),
    rule("model.layers", Decides::Network, NETWORK),
    rule("model.heads", Decides::Network, NETWORK),
    rule("model.mlp", Decides::Network, NETWORK),
    rule("model.dropout", Decides::Pass, "drops numbers from the next step on"),
    rule("model.forget_bias", Decides::Beginning, "it is in the weights that a run begins with, and nowhere else"),
    rule("model.tie_embeddings", Decides::Network, NETWORK),
    rule("training.predict", Decides::Task, "losses before and after would be of other words"),
    rule(
        "training.batch",
        Decides::Batch,
        "is learned from the next step on; of a running text it is refused: its streams cannot be cut anew",
    ),
    rule(
        "training.window",
        Decides::Window,
        "is read from the next step on; epochs count how much of the text was read",
    ),
    rule("training.steps", Decides::Length, LENGTH),
    rule("training.clip", Decides::Training, "holds from the next step on"),
    rule("training.validate_every", Decides::Training, "holds from the next step on"),
    rule("training.threads", Decides::Training, "holds from the next step on; the numbers are the same"),
    rule(
        "training.optimizer.name",
        Decides::Training,
        "changes weights from the next step on; what the rule before remembers stays where the other one keeps the same",
    ),
    rule("training.optimizer.learning_rate", Decides::Training, RATE),
    rule("training.optimizer.momentum", Decides::Training, "holds from the next step on"),
    rule("training.optimizer.weight_decay", Decides::Training, "holds from the next step on"),
    rule("training.schedule.name", Decides::Training, RATE),
    rule("training.schedule.from_epoch", Decides::Training, RATE),
    rule("training.schedule.factor", Decides::Training, RATE),
    rule("training.schedule.patience", Decides::Training, RATE),
    rule("training.schedule.warmup", Decides::Training, RATE),
    rule("training.schedule.minimum", Decides::Training, RATE),
    rule("dashboard.pace", Decides::Screen, SHOWN),
    rule("dashboard.paused", Decides::Screen, SHOWN),
    rule("dashboard.fps", Decides::Screen, SHOWN),
    rule("dashboard.prompts", Decides::Screen, SHOWN),
    rule("run.directory", Decides::Place, "a run stays in its folder, which can be copied or moved"),
    rule("run.checkpoint_every", Decides::Kept, "is kept from now on"),
    rule("run.keep", Decides::Kept, "is kept from now on"),
    rule("run.metrics_every", Decides::Kept, "is kept from now on"),
    rule("run.tensorboard", Decides::Kept, "is kept from now on"),
    rule("run.keyframes", Decides::Kept, "is kept from now on"),
    rule("keys", Decides::Screen, SHOWN),
];

/// The rule of a key; one without a rule may not change.
fn rule_of(key: &str) -> Option<&'static KeyRule> {
    let section = key.split('.').next();
    RULES.iter().find(|rule| rule.key == key).or_else(|| RULES.iter().find(|rule| Some(rule.key) == section))
}

/// What a run that goes on does with another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnResume {
    /// It goes on with it.
    Changes,
    /// It goes on with it, but for a running text.
    ChangesOfSentences,
    /// It has none; a new run may have it, and the weights of this one.
    Refused,
    /// It has none; a new run may have it, and begins with new weights.
    RefusedWithWeights,
}

impl Decides {
    fn on_resume(self) -> OnResume {
        match self {
            Self::Text | Self::Task => OnResume::Refused,
            Self::Seed | Self::Network | Self::Beginning | Self::Place => OnResume::RefusedWithWeights,
            Self::Batch => OnResume::ChangesOfSentences,
            Self::Pass | Self::Window | Self::Length | Self::Training | Self::Screen | Self::Kept => OnResume::Changes,
        }
    }
}

/// Whether a run whose key is changed in the model editor begins anew; else it goes on with its weights. The editor changes a learner
/// that has its workspaces, so that it can change less than a resume, which makes a new one.
pub(super) fn begins_anew(key: &str) -> bool {
    rule_of(key).is_none_or(|rule| !matches!(rule.decides, Decides::Length | Decides::Training))
}

/// Why a rival cannot have another value, if it cannot.
pub(super) fn reason_to_share(key: &str) -> Option<&'static str> {
    const SAME_BATCHES: &str =
        "all runs learn the same batches in the same order, or their losses could not be compared";
    const WHOLE: &str = "it is of all runs together";
    match rule_of(key).map(|rule| rule.decides) {
        Some(Decides::Network | Decides::Beginning | Decides::Pass | Decides::Training) => None,
        Some(Decides::Text | Decides::Seed | Decides::Batch | Decides::Window | Decides::Task) => Some(SAME_BATCHES),
        Some(Decides::Length) => Some("all runs take the same number of steps"),
        Some(Decides::Screen | Decides::Kept | Decides::Place) | None => Some(WHOLE),
    }
}

/// Keys that name files of text; the validation's may be a share, too.
const TEXTS: [&str; 3] = ["corpus.path", "corpus.validation", "corpus.test"];

impl Config {
    /// Refuses what a run that has learned with `before` cannot go on with. `new_run` is a command that begins one, with the
    /// weights of this one if that is said.
    ///
    /// # Errors
    /// For the first such key, of those of the command line if there are any.
    pub fn check_resume(&self, before: &Self, new_run: impl Fn(&str, bool) -> String) -> Result<(), ConfigError> {
        if !self.rivals.is_empty() {
            let option =
                self.source.options.iter().map(|(option, _)| option).find(|option| option.contains(Self::RIVAL));
            return Err(ConfigError {
                place: option.cloned().unwrap_or_else(|| self.name().to_owned()),
                problem: "a run that goes on has the runs beside it that it began with".into(),
                help: Some("leave the rivals out; a new run can have them".into()),
            });
        }
        let is_refused = |key: &String| match rule_of(key).map(|rule| rule.decides.on_resume()) {
            Some(OnResume::Changes) => false,
            Some(OnResume::ChangesOfSentences) => before.corpus.unit == Granularity::Text,
            Some(OnResume::Refused | OnResume::RefusedWithWeights) | None => true,
        };
        let mut refused: Vec<String> = self.changed_keys(before).into_iter().filter(is_refused).collect();
        // the same letters are another file where they are relative to another folder
        let is_given = |key: &&str| self.source.is_from_option(key);
        let is_file = |key: &&str| match *key {
            "corpus.validation" => self.validation_file().is_some(),
            "corpus.test" => self.test_file().is_some(),
            _ => true,
        };
        refused.extend(TEXTS.into_iter().filter(is_file).filter(is_given).map(str::to_owned));
        refused.sort_by_key(|key| !self.source.is_from_option(key));
        let Some(key) = refused.first() else { return Ok(()) };
        let rule = rule_of(key);
        let reason = match rule.map(|rule| rule.decides) {
            Some(Decides::Batch) => "streams of a text cannot be cut anew",
            _ => rule.map_or("it is not known what it would do", |rule| rule.effect),
        };
        let takes_weights = rule.is_some_and(|rule| rule.decides.on_resume() != OnResume::RefusedWithWeights);
        let help = match rule.map(|rule| rule.decides) {
            Some(Decides::Place) => "leave it out".to_owned(),
            _ => format!("leave it out; a new run can have it: `{}`", new_run(key, takes_weights)),
        };
        Err(self.refuse(key, format!("a run that goes on cannot have another one: {reason}"), help))
    }

    /// What decides the batches and is other than in `other`, each key with its value. The seed does not count: a run may have been
    /// restarted with another one.
    #[must_use]
    pub fn differences_of_batches(&self, other: &Self) -> Vec<(String, String)> {
        let decides = |key: &str| rule_of(key).map(|rule| rule.decides);
        let is_of_batches =
            |key: &str| matches!(decides(key), Some(Decides::Text | Decides::Batch | Decides::Window | Decides::Task));
        // texts are told apart by what is in them, wherever they are
        let is_path = |key: &str, value: &toml::Value| match key {
            "corpus.path" | "corpus.encoding" | "corpus.test" => true,
            _ => key == "corpus.validation" && value.is_str() && matches!(other.corpus.validation, Validation::File(_)),
        };
        let differing = self.differing(other).into_iter();
        let differing = differing.filter(|(key, value)| is_of_batches(key) && !is_path(key, value));
        differing.map(|(key, value)| (key, value.to_string())).collect()
    }

    /// The keys whose values are others than in `other`.
    #[must_use]
    pub fn changed_keys(&self, other: &Self) -> Vec<String> {
        self.differing(other).into_iter().map(|(key, _)| key).collect()
    }
}

/// What `--resume` may change, as a table of Markdown: keys that do the same have one row.
#[must_use]
pub fn resume_table() -> String {
    let mut rows: Vec<(Vec<&str>, bool, &str)> = Vec::new();
    for KeyRule { key, decides, effect } in RULES {
        let may_change = matches!(decides.on_resume(), OnResume::Changes | OnResume::ChangesOfSentences);
        match rows.iter_mut().find(|(_, may, said)| (*may, *said) == (may_change, *effect)) {
            Some((keys, ..)) => keys.push(key),
            None => rows.push((vec![key], may_change, effect)),
        }
    }
    let mut table = "| key | with `--resume` | another value |\n|---|---|---|\n".to_owned();
    for (keys, may_change, effect) in rows {
        let keys: Vec<_> = keys.into_iter().map(|key| format!("`{key}`")).collect();
        let outcome = if may_change { "changes" } else { "refused" };
        let _ = writeln!(table, "| {} | {outcome} | {effect} |", keys.join(", "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::{EditContext, Origin, Override, Setting};
    use super::*;

    /// Every key that a configuration has; of a section without keys of its own its name.
    fn all_keys() -> Vec<String> {
        fn leaves(table: &toml::Table, section: &str, into: &mut Vec<String>) {
            for (key, value) in table {
                let path = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
                match value {
                    toml::Value::Table(keys) if !keys.is_empty() => leaves(keys, &path, into),
                    _ => into.push(path),
                }
            }
        }
        let mut keys = Vec::new();
        leaves(&toml::Table::try_from(Config::default()).unwrap(), "", &mut keys);
        keys
    }

    #[test]
    fn every_key_has_one_rule_and_every_rule_a_key() {
        let mut keys = all_keys();
        let mut rules: Vec<_> = RULES.iter().map(|rule| rule.key.to_owned()).collect();
        keys.sort();
        rules.sort();
        assert_eq!(rules, keys, "what does a run that goes on do with it?");
    }

    #[test]
    fn what_goes_on_in_the_editor_can_be_changed_by_a_resume() {
        for rule in RULES.iter().filter(|rule| !begins_anew(rule.key)) {
            assert_eq!(rule.decides.on_resume(), OnResume::Changes, "{}", rule.key);
        }
        // all that the editor offers has a rule by its name
        let settings = Config::read(&Origin::toy(), &[]).unwrap().settings();
        let all = EditContext { is_running_text: true, validates: true, is_of_duel: false };
        assert!(
            settings
                .offered(all)
                .all(|setting: Setting| rule_of(setting.key()).is_some_and(|rule| rule.key == setting.key()))
        );
    }

    #[test]
    fn a_key_that_is_set_on_the_command_line_is_named_with_the_way_out() {
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
        // another cell has other idle keys, which nobody has set
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
