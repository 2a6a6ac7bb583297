//! What a key decides, and so what another value of it does: to a run that is resumed, in the model editor, for rivals.

use crate::language::{Bilingual, text};

/// What a key decides, and so whether it can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decides {
    /// The texts and the vocabulary.
    Text,
    /// The initial weights and the order of the batches.
    Seed,
    /// The shapes of the weights.
    Network,
    /// Only the initial weights.
    Beginning,
    /// The computation of a pass with the same weights.
    Pass,
    /// Number of sentences or streams per step.
    Batch,
    /// Number of words of a continuous text per step.
    Window,
    /// The predicted words.
    Task,
    /// Number of training steps.
    Length,
    /// The optimizer, the learning rate, validations and threads.
    Training,
    /// The display.
    Screen,
    /// What is stored.
    Kept,
    /// The folder of the run.
    Place,
}

/// What a key decides, and a sentence about another value of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub decides: Decides,
    /// What another value does to a resumed run, or why a run cannot be resumed with it.
    pub effect: Bilingual,
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

/// What `--resume` does with another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnResume {
    /// Continues with it.
    Changes,
    /// Continues with it, unless the text is continuous.
    ChangesOfSentences,
    /// Rejects it; a new run can have it and start with the weights of this run.
    Refused,
    /// Rejects it; a new run can have it, with new weights.
    RefusedWithWeights,
}

impl Decides {
    pub fn on_resume(self) -> OnResume {
        match self {
            Self::Text | Self::Task => OnResume::Refused,
            Self::Seed | Self::Network | Self::Beginning | Self::Place => OnResume::RefusedWithWeights,
            Self::Batch => OnResume::ChangesOfSentences,
            Self::Pass | Self::Window | Self::Length | Self::Training | Self::Screen | Self::Kept => OnResume::Changes,
        }
    }
}

impl Change {
    /// Whether a change of the key in the model editor restarts the run with new weights; otherwise training continues. A resume creates a
    /// new learner and can change more: the editor changes an existing one, with its workspaces.
    pub fn needs_new_weights(self) -> bool {
        !matches!(self.decides, Decides::Length | Decides::Training)
    }

    /// Why a rival cannot have another value; `None` if it can.
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
