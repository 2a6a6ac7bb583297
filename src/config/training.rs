//! The sections `[training]`, `[training.optimizer]` and `[training.schedule]`: how the network learns.

use super::change::{BATCH, HOLDS, LENGTH, RATE, RULE, TASK, THREADS, WINDOW};
use super::kind::{Bound, Kind, LARGEST_WHOLE, number, number_or_none, positive, share, size, threads, whole};
use super::messages::ConfigMessage;
use super::read_by::{Condition, ReadBy};
use super::table::{Offer, row, section};
use crate::choice::choice;

const ADAMW: ReadBy = ReadBy::Chosen(&[optimizer(&[OptimizerName::AdamW.as_str()])]);
const MOMENTUM: ReadBy = ReadBy::Chosen(&[optimizer(&[OptimizerName::Sgd.as_str(), OptimizerName::RmsProp.as_str()])
    .problem(|name| ConfigMessage::OwnMeans { name })]);
const STEP: ReadBy = ReadBy::Chosen(&[schedule(&[ScheduleName::Step.as_str()])]);
const STEP_OR_PLATEAU: ReadBy =
    ReadBy::Chosen(&[schedule(&[ScheduleName::Step.as_str(), ScheduleName::Plateau.as_str()])]);
const PLATEAU: ReadBy = ReadBy::Chosen(&[schedule(&[ScheduleName::Plateau.as_str()])]);
const COSINE: ReadBy = ReadBy::Chosen(&[schedule(&[ScheduleName::Cosine.as_str()])]);

const fn optimizer(names: &'static [&'static str]) -> Condition {
    Condition::new("training.optimizer.name", names)
}

const fn schedule(names: &'static [&'static str]) -> Condition {
    Condition::new("training.schedule.name", names)
}

section! {
    /// `[training]`
    pub struct TrainingConfig at (training) {
        /// How gradients change weights.
        optimizer: OptimizerConfig;
        clip: f64 = 0.0, row(number_or_none(), HOLDS).in_editor("clip gradient at", "梯度裁剪"),
            "the norm to which larger gradients are scaled down (Pascanu et al. 2013); 0: they are not",
            "较大的梯度缩小到的范数（Pascanu 等 2013）；0：不裁剪";
        /// How the learning rate changes.
        schedule: ScheduleConfig;
        batch: usize = 2, row(size(1), BATCH).in_editor("batch", "批大小"),
            "different sentences, or streams of a running text, per step", "每步不同的句子数，或连续文本的条数";
        window: usize = 32, row(size(1), WINDOW).in_editor("window", "窗口").offer(Offer::ContinuousText),
            "steps of a running text that the gradient goes back", "连续文本中梯度回溯的步数";
        predict: Predict = Predict::default(),
            row(Kind::Choice(Predict::NAMES), TASK).in_editor("predict", "预测").offer(Offer::Sentences),
            "`\"last\"`: the last word of each sentence, from all before it; `\"every\"`: every word but the first",
            "`\"last\"`：每个句子的最后一个词，由它之前的词预测；`\"every\"`：除第一个以外的每个词";
        steps: u64 = 5000, row(whole(1, LARGEST_WHOLE), LENGTH).in_editor("steps", "步数"), "training steps", "训练步数";
        validate_every: u64 = 0,
            row(whole(0, LARGEST_WHOLE), HOLDS).read_by(ReadBy::Validation).in_editor("validate every", "验证间隔"),
            "steps between two validations; 0: one after each epoch", "两次验证之间的步数；0：每轮之后一次";
        threads: usize = 0, row(threads(256), THREADS).in_editor("threads (0: all)", "线程（0：全部）"),
            "upper limit of threads per step (0: all cores). The program measures, and uses fewer where that is faster. The run is the \
             same for any number",
            "每步线程数的上限（0：全部核心）。程序会测量，较少更快时就用较少。任何数目下训练都相同";
    }
}

section! {
    /// `[training.optimizer]`
    pub struct OptimizerConfig at (training.optimizer) {
        name: OptimizerName = OptimizerName::default(),
            row(Kind::Choice(OptimizerName::NAMES), RULE).in_editor("optimizer", "优化器"),
            "`\"adam\"` (Kingma & Ba 2015), `\"adamw\"` (Loshchilov & Hutter 2019), `\"sgd\"`, `\"rmsprop\"` (Tieleman & Hinton 2012), \
             each with PyTorch's defaults. Where `--set` names another one, keys of the file that it does not have are left out",
            "`\"adam\"`（Kingma & Ba 2015）、`\"adamw\"`（Loshchilov & Hutter 2019）、`\"sgd\"`、`\"rmsprop\"`（Tieleman & Hinton 2012），\
             均用 PyTorch 的默认值。用 `--set` 另选时，文件中它没有的键会去掉";
        learning_rate: f64 = 0.01, row(positive(), RATE).in_editor("learning rate", "学习率"),
            "by how much a step changes the weights", "一步改变权重的幅度";
        momentum: f64 = 0.0, row(share(), HOLDS).read_by(MOMENTUM).in_editor("momentum", "动量"),
            "momentum of SGD and RMSprop (Polyak 1964)", "SGD 和 RMSprop 的动量（Polyak 1964）";
        weight_decay: f64 = 0.01,
            row(number_or_none(), HOLDS)
                .read_by(ADAMW)
                .in_editor("weight decay", "权重衰减"),
            "weight decay of AdamW", "AdamW 的权重衰减";
    }
}

section! {
    /// `[training.schedule]`
    pub struct ScheduleConfig at (training.schedule) {
        name: ScheduleName = ScheduleName::default(),
            row(Kind::Choice(ScheduleName::NAMES), RATE).in_editor("schedule", "学习率计划"),
            "how the learning rate changes: `\"step\"` multiplies it by `factor` for each epoch after the first `from_epoch` ones \
             (Zaremba et al. 2014); `\"plateau\"` does so when more than `patience` validations in a row were no better; `\"cosine\"` \
             rises for `warmup` steps, then falls to the share `minimum` (Loshchilov & Hutter 2017). Where `--set` names another one, \
             keys of the file that it does not have are left out",
            "学习率如何变化：`\"step\"` 在前 `from_epoch` 轮之后每轮乘以 `factor`（Zaremba 等 2014）；`\"plateau\"` 在连续超过 `patience` \
             次验证没有变好时乘以它；`\"cosine\"` 先上升 `warmup` 步，再下降到比例 `minimum`（Loshchilov & Hutter 2017）。用 `--set` \
             另选时，文件中它没有的键会去掉";
        from_epoch: u64 = 4,
            row(whole(0, LARGEST_WHOLE), RATE)
                .read_by(STEP)
                .in_editor("full rate for epochs", "全速轮数"),
            "of `step`: how many epochs keep the full learning rate", "`step`：多少轮保持完整的学习率";
        factor: f64 = 0.5,
            row(number(Bound::Open(0.0), Bound::Open(1.0)), RATE)
                .read_by(STEP_OR_PLATEAU)
                .in_editor("rate × factor", "学习率乘以"),
            "of `step` and `plateau`: what the learning rate is multiplied by", "`step` 和 `plateau`：学习率乘以的数";
        patience: u64 = 0,
            row(whole(0, LARGEST_WHOLE), RATE)
                .read_by(PLATEAU)
                .in_editor("patience", "耐心"),
            "of `plateau`: how many validations in a row may bring no better loss", "`plateau`：可连续多少次验证没有变好";
        warmup: u64 = 0,
            row(whole(0, LARGEST_WHOLE), RATE)
                .read_by(COSINE)
                .in_editor("warmup steps", "预热步数"),
            "of `cosine`: steps in which the learning rate rises to its full height", "`cosine`：学习率上升到全高的步数";
        minimum: f64 = 0.0,
            row(share(), RATE)
                .read_by(COSINE)
                .in_editor("rate at the end", "最终比例"),
            "of `cosine`: the share of the learning rate that is left at the end", "`cosine`：最后剩下的学习率比例";
    }
}

choice! {
    /// The words to predict.
    Predict {
        /// The last word of each sentence, from all words before it.
        Last = "last",
        /// Every word but the first, each from all words before it.
        Every = "every",
    }
}

choice! {
    /// The optimizer.
    OptimizerName {
        /// Kingma & Ba 2015.
        Adam = "adam",
        /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
        AdamW = "adamw",
        /// Stochastic gradient descent, with momentum (Polyak 1964).
        Sgd = "sgd",
        /// Tieleman & Hinton 2012.
        RmsProp = "rmsprop",
    }
}

choice! {
    /// The schedule of the learning rate.
    ScheduleName {
        /// The learning rate does not change.
        Constant = "constant",
        /// After some epochs it is multiplied by a factor once per epoch (Zaremba et al. 2014).
        Step = "step",
        /// It is multiplied by a factor whenever the validation loss stops falling, as PyTorch's `ReduceLROnPlateau` does.
        Plateau = "plateau",
        /// It rises in a line (Goyal et al. 2017), then falls along half a cosine until the last step (Loshchilov & Hutter
        /// 2017).
        Cosine = "cosine",
    }
}
