//! Sentences about a run: curves, the header, failures.

use std::num::NonZeroU32;

use crate::dashboard::CurveAxis;
use crate::dashboard::curve_points::{Difference, OtherRun};
use crate::dashboard::curve_view::{Curve, CurveView};
use crate::dashboard::numbers::{Number, grouped};
use crate::language::{Language, Localized, Message};
use crate::session::{Pace, ReplaySpeed, RunState, Snapshot};

crate::messages! {
    for Curve {
        Loss = "loss in nats", "损失（奈特）";
        Perplexity = "perplexity", "困惑度";
        GradientNorm = "gradient norm", "梯度范数";
        LearningRate = "learning rate", "学习率";
    }
}

crate::messages! {
    for CurveAxis {
        Steps = "training step", "训练步";
        Words = "words read", "读过的词";
        Seconds = "seconds of training", "训练用的秒数";
    }
}

crate::messages! {
    /// Curves and what is marked on them.
    #[derive(Clone, Debug)]
    pub(crate) enum CurveText {
        BySteps { curve: Curve } = "{curve}, by step", "{curve}，按步";
        ByWords { curve: Curve } = "{curve}, by words read", "{curve}，按读过的词";
        BySeconds { curve: Curve } = "{curve}, by seconds", "{curve}，按秒";
        OnLogScale { curve: Message } = "{curve} (log)", "{curve} (对数)";
        Step { step: u64 } = "step {step}", "第 {step} 步";
        WordsAtStep { words: u64, step: u64 } = "{words} words (step {step})", "{words} 个词 (第 {step} 步)";
        SecondsAtStep { seconds: Number, step: u64 } = "{seconds} s (step {step})", "{seconds} 秒 (第 {step} 步)";
        MovingAverage = "moving average", "滑动平均";
        ClippingThreshold = "clipping threshold", "裁剪阈值";
        BestValidation = "best validation", "最佳验证";
        MomentShown = "moment shown", "所示时刻";
        Validation = "validation", "验证";
        LossShort = "loss", "损失";
        PerplexityShort = "perplexity", "困惑度";
        GradientShort = "gradient", "梯度";
        RateShort = "rate", "学习率";
        Value { step: u64, value: String } = "step {step}: {value}", "第 {step} 步：{value}";
        ValueAndMean { step: u64, value: String, mean: String } =
            "step {step}: {value} (mean {mean})", "第 {step} 步：{value}（均值 {mean}）";
    }
}

impl CurveText {
    /// The title of a curve.
    pub(crate) fn title(view: CurveView) -> Message {
        let curve = view.curve();
        let title = match view.axis() {
            CurveAxis::Steps => Self::BySteps { curve },
            CurveAxis::Words => Self::ByWords { curve },
            CurveAxis::Seconds => Self::BySeconds { curve },
        };
        Self::scaled(title.into(), view.is_log())
    }

    /// The quantity of a curve, with its unit.
    pub(crate) fn with_unit(curve: Curve, is_log: bool) -> Message {
        Self::scaled(Message::new(curve), is_log)
    }

    /// Marks a name as one on a log scale, if `is_log`.
    fn scaled(curve: Message, is_log: bool) -> Message {
        if is_log { Self::OnLogScale { curve }.into() } else { curve }
    }

    /// The quantity of a curve in one word.
    pub(crate) fn short(curve: Curve) -> Self {
        match curve {
            Curve::Loss => Self::LossShort,
            Curve::Perplexity => Self::PerplexityShort,
            Curve::GradientNorm => Self::GradientShort,
            Curve::LearningRate => Self::RateShort,
        }
    }

    /// A step, after its coordinate if the axis does not count steps.
    pub(crate) fn step_on_axis(axis: CurveAxis, snapshot: &Snapshot, step: u64) -> Self {
        let coordinate = axis.coordinate(snapshot, step as f64);
        match axis {
            CurveAxis::Steps => Self::Step { step },
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count of words
            CurveAxis::Words => Self::WordsAtStep { words: coordinate.round() as u64, step },
            CurveAxis::Seconds => Self::SecondsAtStep { seconds: Number(coordinate), step },
        }
    }

    /// The value of a curve at a step, with the moving average if there is one.
    pub(crate) fn value(step: u64, value: String, mean: Option<String>) -> Self {
        match mean {
            Some(mean) => Self::ValueAndMean { step, value, mean },
            None => Self::Value { step, value },
        }
    }
}

crate::messages! {
    /// The name of another attempt or run.
    pub(crate) enum RunName {
        Name { name: String } = "{name}", "{name}";
        Seed { seed: u64 } = "seed {seed}", "种子 {seed}";
        Attempt { number: u64 } = "attempt {number}", "第 {number} 次";
        Before = "run before", "上次";
    }
}

impl RunName {
    /// The name of the run that a curve belongs to.
    pub(crate) fn for_run(run: &OtherRun) -> Self {
        match run {
            OtherRun::Earlier(difference) => Self::attempt(difference),
            OtherRun::Beside(name) => Self::Name { name: name.to_string() },
        }
    }

    /// The name of an earlier attempt, by how it differs from the current one.
    pub(crate) fn attempt(difference: &Difference) -> Self {
        match difference {
            Difference::Saved(name) | Difference::Model(name) => Self::Name { name: name.clone() },
            Difference::Seed(seed) => Self::Seed { seed: *seed },
            Difference::Number(number) => Self::Attempt { number: *number },
            Difference::Unknown => Self::Before,
        }
    }
}

crate::messages! {
    /// The state of a run, as the header shows it.
    pub(crate) enum RunText {
        InStep { run: usize, runs: usize } = "run {run} of {runs}, in step", "第 {run}/{runs} 个运行，同步";
        InStepAlone { run: usize, runs: usize } =
            "run {run} of {runs}, in step, keys act on this one", "第 {run}/{runs} 个运行，同步，按键只作用于它";
        OwnSpeed { run: usize, runs: usize } =
            "run {run} of {runs}, each at its own speed", "第 {run}/{runs} 个运行，各自尽快";
        OwnSpeedAlone { run: usize, runs: usize } =
            "run {run} of {runs}, each at its own speed, keys act on this one",
            "第 {run}/{runs} 个运行，各自尽快，按键只作用于它";
        NoValidationYet = "no validation yet", "尚未验证";
        NoStepYet = "no step taken yet", "还没有训练步";
        Past { step: u64 } = "SHOWN AS AT STEP {step}", "显示第 {step} 步时的模型";
        PastReplay { step: u64, speed: String } =
            "SHOWN AS AT STEP {step} (replay {speed})", "显示第 {step} 步时的模型（重放 {speed}）";
        Saved { step: u64 } = "saved {step}", "已存 {step}";
        NotSavedYet = "not saved yet", "尚未保存";
        NotSaved { why: Message } = "NOT SAVED: {why}", "未能保存： {why}";
        Validating { percent: u64 } = "VALIDATING {percent} %", "验证中 {percent} %";
        Training = "TRAINING", "训练中";
        Paused = "PAUSED", "已暂停";
        Finished = "FINISHED", "已完成";
        Replay = "REPLAY", "重放";
        Stopped = "STOPPED", "已中止";
        Weights { count: String } = "{count} weights", "{count} 个权重";
        Seed { seed: u64 } = "seed {seed}", "种子 {seed}";
        Step { step: u64, steps: u64 } = "step {step}/{steps}", "步 {step}/{steps}";
        HoursLeft { hours: u64, minutes: u64 } = "{hours} h {minutes} min left", "还需 {hours} 小时 {minutes} 分钟";
        MinutesLeft { minutes: u64 } = "{minutes} min left", "还需 {minutes} 分钟";
        Speed { rate: String } = "{rate}/s", "{rate}/秒";
        Pace { steps: NonZeroU32 } = "pace {steps}/s", "速度 {steps}/秒";
        FullSpeed = "pace full speed", "速度 全速";
        MeanLossOf { loss: Number, steps: usize } = "loss {loss} (mean of {steps})", "损失 {loss}（{steps} 步平均）";
        MeanLoss { loss: Number } = "mean loss {loss}", "平均损失 {loss}";
        Perplexity { perplexity: Number } = "perplexity {perplexity}", "困惑度 {perplexity}";
        Validation { loss: Number, perplexity: Number } =
            "validation {loss} (perplexity {perplexity})", "验证 {loss}（困惑度 {perplexity}）";
        ValidationShort { loss: Number } = "validation {loss}", "验证 {loss}";
        Test { loss: Number } = "test {loss}", "测试 {loss}";
        BitsPerCharacter { bits: Number } = "{bits} bits/character", "{bits} 比特/字符";
        UnknownShare { percent: Number } = "{percent} % unknown", "{percent} % 未知词";
        Best { loss: Number, step: u64 } = "best {loss} at step {step}", "最佳 {loss}（第 {step} 步）";
        Epoch { epoch: f64 } = "epoch {epoch:.1}", "轮次 {epoch:.1}";
        Rate { rate: f64 } = "rate {rate:.1e}", "学习率 {rate:.1e}";
        RateRaised { rate: f64, factor: f64 } = "rate {rate:.1e} (×{factor})", "学习率 {rate:.1e} (×{factor})";
        RateLowered { rate: f64, divisor: f64 } = "rate {rate:.1e} (÷{divisor})", "学习率 {rate:.1e} (÷{divisor})";
        Gradient { norm: Number } = "gradient {norm}", "梯度 {norm}";
        GradientClipped { norm: Number, percent: Number } =
            "gradient {norm} (clipped {percent} %)", "梯度 {norm}（裁剪 {percent} %）";
        StoppedTitle = "training stopped", "训练已中止";
        StoppedAt { step: u64, cause: Message } = "before step {step}: {cause}", "第 {step} 步之前：{cause}";
        TeacherRestarts = "the teacher can start again with new weights", "教师可以用新权重重新开始";
        KeyRestarts { key: String } = "{key} starts again with new weights", "按 {key} 以新权重重新开始";
    }
}

impl RunText {
    /// Which of several runs is shown, how they are paced, and whether keys act on this one alone.
    pub(crate) fn side_by_side(index: usize, runs: usize, is_in_step: bool, acts_on_one: bool) -> Self {
        let run = index + 1;
        match (is_in_step, acts_on_one) {
            (true, false) => Self::InStep { run, runs },
            (true, true) => Self::InStepAlone { run, runs },
            (false, false) => Self::OwnSpeed { run, runs },
            (false, true) => Self::OwnSpeedAlone { run, runs },
        }
    }

    /// The earlier step whose weights answer, and the speed of a replay.
    pub(crate) fn past(step: u64, speed: Option<ReplaySpeed>) -> Self {
        match speed {
            Some(speed) => Self::PastReplay { step, speed: speed.to_string() },
            None => Self::Past { step },
        }
    }

    /// The last saved step; `None` before the first checkpoint.
    pub(crate) fn saved(step: Option<u64>) -> Self {
        step.map_or(Self::NotSavedYet, |step| Self::Saved { step })
    }

    /// The state of a run.
    pub(crate) fn state(snapshot: &Snapshot) -> Self {
        match snapshot.state {
            RunState::Running if let Some(parts) = snapshot.validating => Self::Validating { percent: parts.percent() },
            RunState::Running => Self::Training,
            RunState::Paused => Self::Paused,
            RunState::Finished => Self::Finished,
            RunState::Replay => Self::Replay,
            RunState::Failed(_) => Self::Stopped,
        }
    }

    /// The number of weights.
    pub(crate) fn weights(count: u128) -> Self {
        Self::Weights { count: grouped(count) }
    }

    /// The time until the last step; `None` below half a minute, or unless the pace is full speed.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // minutes, not negative
    pub(crate) fn time_left(snapshot: &Snapshot) -> Option<Self> {
        let rate = snapshot.steps_per_second.filter(|rate| *rate > 0.0 && snapshot.pace == Pace::Full)?;
        let steps = snapshot.run.steps.saturating_sub(snapshot.record.step);
        match (steps as f64 / rate / 60.0).round() as u64 {
            0 => None,
            minutes if minutes < 60 => Some(Self::MinutesLeft { minutes }),
            minutes => Some(Self::HoursLeft { hours: minutes / 60, minutes: minutes % 60 }),
        }
    }

    /// Measured steps per second; the pace if they are unknown.
    pub(crate) fn speed(steps_per_second: Option<f64>, pace: Pace) -> Self {
        match (steps_per_second, pace) {
            (Some(rate), _) if rate >= 10.0 => Self::Speed { rate: format!("{rate:.0}") },
            (Some(rate), _) => Self::Speed { rate: format!("{rate:.1}") },
            (None, Pace::PerSecond(steps)) => Self::Pace { steps },
            (None, Pace::Full) => Self::FullSpeed,
        }
    }

    /// The mean loss, with the number of averaged steps if given.
    pub(crate) fn loss(loss: f64, steps: Option<usize>) -> Self {
        let loss = Number(loss);
        steps.map_or(Self::MeanLoss { loss }, |steps| Self::MeanLossOf { loss, steps })
    }

    /// The validation loss and its perplexity.
    pub(crate) fn validation(loss: f64) -> Self {
        Self::Validation { loss: Number(loss), perplexity: Number(loss.exp()) }
    }

    /// The learning rate, with the factor set by hand unless it is 1.
    pub(crate) fn learning_rate(rate: f64, factor: f64) -> Self {
        match factor {
            factor if factor > 1.0 => Self::RateRaised { rate, factor },
            factor if factor < 1.0 => Self::RateLowered { rate, divisor: 1.0 / factor },
            _ => Self::Rate { rate },
        }
    }

    /// The gradient norm before clipping, with the share of clipped steps if given.
    pub(crate) fn gradient(norm: f64, clipped: Option<f64>) -> Self {
        let norm = Number(norm);
        clipped.map_or(Self::Gradient { norm }, |share| Self::GradientClipped { norm, percent: Number(100.0 * share) })
    }

    /// How to restart after a failure: `key` is that of a viewer with the permission.
    pub(crate) fn restart(key: Option<String>) -> Self {
        key.map_or(Self::TeacherRestarts, |key| Self::KeyRestarts { key })
    }
}

crate::messages! {
    enum BuiltInFile {
        Named { name: String } = "built-in {name}", "内置 {name}";
        OwnText = "settings for your text", "适合您的文本的设置";
    }
}

/// The displayed name of a configuration: a path, or the name of a built-in one.
pub(crate) fn file(name: &str, language: Language) -> String {
    match name.strip_prefix("built-in ") {
        Some(name) => BuiltInFile::Named { name: name.to_owned() }.text_in(language),
        None if name == "settings for your text" => BuiltInFile::OwnText.text_in(language),
        None => name.to_owned(),
    }
}
