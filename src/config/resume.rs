//! What another value of a key does: to a run that goes on, in the model editor, for rivals.

use super::messages::ConfigMessage;
use super::table::{Key, find};
use super::{Config, ConfigError, Granularity, Validation};
use crate::language::{Bilingual, Language, Message, text};

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

/// What another value of a key does to a run that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    decides: Decides,
    effect: Bilingual,
}

const fn change(decides: Decides, english: &'static str, chinese: &'static str) -> Change {
    Change { decides, effect: text(english, chinese) }
}

pub(super) const SHOWN: Change = change(Decides::Screen, "is seen from now on", "从现在起显示");
pub(super) const SEED: Change =
    change(Decides::Seed, "the weights and the order of the batches began with it", "权重和批次的顺序由它开始");
pub(super) const TEXT: Change =
    change(Decides::Text, "the run goes on with the text that it has learned from", "训练以它学过的文本继续");
pub(super) const WORDS: Change =
    change(Decides::Text, "the run goes on with the words that it knows", "训练以它认识的词继续");
pub(super) const VALIDATED: Change = change(
    Decides::Text,
    "it may have learned from what would be validated with, and validations before and after could not be compared",
    "用来验证的文本可能已经学过，前后的验证也无法比较",
);
pub(super) const TESTED: Change = change(
    Decides::Text,
    "the folder has the text that it began with; `rnn-tui evaluate --corpus` tells of another one",
    "文件夹中是它开始时的文本；`rnn-tui evaluate --corpus` 可评估别的文本",
);
pub(super) const NETWORK: Change =
    change(Decides::Network, "the weights are those of the network that it began with", "权重属于它开始时的网络");
pub(super) const ENGINE: Change = change(
    Decides::Pass,
    "computes the steps from the next one on; the numbers are the same",
    "从下一步起由它计算；数值相同",
);
pub(super) const DROPOUT: Change =
    change(Decides::Pass, "drops numbers from the next step on", "从下一步起按它丢弃数值");
pub(super) const BEGINNING: Change = change(
    Decides::Beginning,
    "it is in the weights that a run begins with, and nowhere else",
    "它只在训练开始时的权重中",
);
pub(super) const TASK: Change =
    change(Decides::Task, "losses before and after would be of other words", "前后的损失会是不同的词的损失");
pub(super) const BATCH: Change = change(
    Decides::Batch,
    "is learned from the next step on; of a running text it is refused: its streams cannot be cut anew",
    "从下一步起学习；连续文本则拒绝：它的各条不能重新切分",
);
pub(super) const WINDOW: Change = change(
    Decides::Window,
    "is read from the next step on; epochs count how much of the text was read",
    "从下一步起读取；轮数按读过的文本计算",
);
pub(super) const LENGTH: Change = change(
    Decides::Length,
    "the run goes on to that step; a cosine falls over all of them, and where the learning rate jumps a warning says from what to \
     what",
    "训练继续到那一步；余弦在全部步数上下降，学习率有跳变时会警告",
);
pub(super) const HOLDS: Change = change(Decides::Training, "holds from the next step on", "从下一步起有效");
pub(super) const THREADS: Change =
    change(Decides::Training, "holds from the next step on; the numbers are the same", "从下一步起有效；数值相同");
pub(super) const RULE: Change = change(
    Decides::Training,
    "changes weights from the next step on; what the rule before remembers stays where the other one keeps the same",
    "从下一步起更新权重；两种优化器都保存的量得以保留",
);
pub(super) const RATE: Change = change(
    Decides::Training,
    "decides the learning rate from the next step on; where that jumps, a warning says from what to what",
    "从下一步起决定学习率；有跳变时会警告",
);
pub(super) const PLACE: Change = change(
    Decides::Place,
    "a run stays in its folder, which can be copied or moved",
    "训练留在它的文件夹中，文件夹可以复制或移动",
);
pub(super) const KEPT: Change = change(Decides::Kept, "is kept from now on", "从现在起保存");

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

impl Change {
    /// Whether a change of the key in the model editor restarts the run with new weights; otherwise training continues. The editor changes a
    /// learner that has its workspaces, so that it can change less than a resume, which makes a new one.
    pub fn begins_anew(self) -> bool {
        !matches!(self.decides, Decides::Length | Decides::Training)
    }

    /// Why a rival cannot have another value, if it cannot.
    pub fn reason_to_share(self) -> Option<SharedReason> {
        match self.decides {
            Decides::Network | Decides::Beginning | Decides::Pass | Decides::Training => None,
            Decides::Text | Decides::Seed | Decides::Batch | Decides::Window | Decides::Task => {
                Some(SharedReason::SameBatches)
            }
            Decides::Length => Some(SharedReason::SameSteps),
            Decides::Screen | Decides::Kept | Decides::Place => Some(SharedReason::OfAllRuns),
        }
    }
}

crate::messages! {
    /// Why a rival cannot have a value of its own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SharedReason {
        SameBatches = "all runs learn the same batches in the same order, or their losses could not be compared",
            "各运行按同样的顺序学习同样的批次，否则损失无法比较";
        SameSteps = "all runs take the same number of steps", "各运行的步数相同";
        OfAllRuns = "it is of all runs together", "它属于所有运行";
    }
}

fn decides(path: &str) -> Option<Decides> {
    find(path).map(|key| key.row.change.decides)
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
            let option = self.source.options.iter().find(|option| option.contains(Self::RIVAL));
            return Err(ConfigError {
                place: option.cloned().unwrap_or_else(|| self.name().to_owned()),
                problem: ConfigMessage::KeepsRivals.into(),
                help: Some(ConfigMessage::LeaveRivalsOut.into()),
            });
        }
        let is_refused = |path: &String| match decides(path).map(Decides::on_resume) {
            Some(OnResume::Changes) => false,
            Some(OnResume::ChangesOfSentences) => before.corpus.unit == Granularity::Text,
            Some(OnResume::Refused | OnResume::RefusedWithWeights) | None => true,
        };
        let mut refused: Vec<String> = self.changed_keys(before).into_iter().filter(is_refused).collect();
        // the same letters are another file where they are relative to another folder
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

    /// What decides the batches and is other than in `other`, each key with its value. The seed does not count: a run may have been
    /// restarted with another one.
    #[must_use]
    pub fn differences_of_batches(&self, other: &Self) -> Vec<(String, String)> {
        let is_of_batches =
            |key: &str| matches!(decides(key), Some(Decides::Text | Decides::Batch | Decides::Window | Decides::Task));
        // texts are compared by content, not by path
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
    fn change_without_new_weights_is_possible_on_resume() {
        for key in keys().filter(|key| !key.row.change.begins_anew()) {
            assert_eq!(key.row.change.decides.on_resume(), OnResume::Changes, "{key:?}");
        }
    }

    #[test]
    fn resume_refused_key_of_an_option_is_named_with_the_way_out() {
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
