//! How a run goes: curves, the header, what has gone wrong.

use std::borrow::Cow;

use crate::dashboard::CurveAxis;
use crate::dashboard::curve_points::{Difference, OtherRun};
use crate::dashboard::curve_view::{Curve, CurveView};
use crate::dashboard::numbers::{grouped, number};
use crate::language::Language;
use crate::learning::StepError;
use crate::session::{Cause, Pace, ReplaySpeed, RunState, Snapshot};

impl Language {
    /// The title of a curve.
    pub(crate) fn curve(self, view: CurveView) -> String {
        let over = match view.axis() {
            CurveAxis::Steps => self.pick(", by step", "，按步"),
            CurveAxis::Words => self.pick(", by words read", "，按读过的词"),
            CurveAxis::Seconds => self.pick(", by seconds", "，按秒"),
        };
        let name = self.curve_and_unit(view.curve(), false) + over;
        if view.is_log() { self.on_log_scale(&name) } else { name }
    }

    /// `step 750`, and where that is on the axis if it counts something else.
    pub(crate) fn step_on_axis(self, axis: CurveAxis, snapshot: &Snapshot, step: u64) -> String {
        let place = axis.coordinate(snapshot, step as f64);
        let step = match self {
            Self::English => format!("step {step}"),
            Self::Chinese => format!("第 {step} 步"),
        };
        match axis {
            CurveAxis::Steps => step,
            CurveAxis::Words => format!("{place:.0} {} ({step})", self.pick("words", "个词")),
            CurveAxis::Seconds => format!("{} {} ({step})", number(place), self.pick("s", "秒")),
        }
    }

    /// What a curve is of, for its axis of values.
    pub(crate) fn curve_and_unit(self, curve: Curve, is_log: bool) -> String {
        let name = match curve {
            Curve::Loss => self.pick("loss in nats", "损失（奈特）"),
            Curve::Perplexity => self.pick("perplexity", "困惑度"),
            Curve::GradientNorm => self.pick("gradient norm", "梯度范数"),
            Curve::LearningRate => self.pick("learning rate", "学习率"),
        };
        if is_log { self.on_log_scale(name) } else { name.to_owned() }
    }

    fn on_log_scale(self, name: &str) -> String {
        format!("{name} ({})", self.pick("log", "对数"))
    }

    pub(crate) fn curve_axis(self, axis: CurveAxis) -> &'static str {
        match axis {
            CurveAxis::Steps => self.pick("training step", "训练步"),
            CurveAxis::Words => self.pick("words read", "读过的词"),
            CurveAxis::Seconds => self.pick("seconds of training", "训练用的秒数"),
        }
    }

    pub(crate) fn moving_average(self) -> &'static str {
        self.pick("moving average", "滑动平均")
    }

    pub(crate) fn clipping_threshold(self) -> &'static str {
        self.pick("clipping threshold", "裁剪阈值")
    }

    pub(crate) fn best_validation(self) -> &'static str {
        self.pick("best validation", "最佳验证")
    }

    pub(crate) fn moment_shown(self) -> &'static str {
        self.pick("moment shown", "所示时刻")
    }

    pub(crate) fn curve_in_short(self, curve: Curve) -> &'static str {
        match curve {
            Curve::Loss => self.pick("loss", "损失"),
            Curve::Perplexity => self.pick("perplexity", "困惑度"),
            Curve::GradientNorm => self.pick("gradient", "梯度"),
            Curve::LearningRate => self.pick("rate", "学习率"),
        }
    }

    /// What is under the cursor.
    pub(crate) fn read_out(self, step: u64, value: &str, smoothed: Option<&str>) -> String {
        match (self, smoothed) {
            (Self::English, Some(mean)) => format!("step {step}: {value} (mean {mean})"),
            (Self::English, None) => format!("step {step}: {value}"),
            (Self::Chinese, Some(mean)) => format!("第 {step} 步：{value}（均值 {mean}）"),
            (Self::Chinese, None) => format!("第 {step} 步：{value}"),
        }
    }

    /// Whose curve it is.
    pub(crate) fn other_run(self, run: &OtherRun) -> String {
        match run {
            OtherRun::Earlier(difference) => self.attempt(difference),
            OtherRun::Beside(name) => name.to_string(),
        }
    }

    /// Which of several runs is looked at, how they go, and on what the keys act that change a run.
    pub(crate) fn side_by_side(self, (run, runs): (usize, usize), is_in_step: bool, acts_on_one: bool) -> String {
        let pace = if is_in_step {
            self.pick("in step", "同步")
        } else {
            self.pick("each at its own speed", "各自尽快")
        };
        let keys = if acts_on_one { self.pick(", keys act on this one", "，按键只作用于它") } else { "" };
        match self {
            Self::English => format!("run {run} of {runs}, {pace}{keys}"),
            Self::Chinese => format!("第 {run}/{runs} 个运行，{pace}{keys}"),
        }
    }

    /// What tells an attempt from the one that goes on now.
    pub(crate) fn attempt(self, difference: &Difference) -> String {
        match difference {
            Difference::Kept(name) | Difference::Model(name) => name.clone(),
            Difference::Seed(seed) => format!("{} {seed}", self.pick("seed", "种子")),
            Difference::Number(number) => match self {
                Self::English => format!("attempt {number}"),
                Self::Chinese => format!("第 {number} 次"),
            },
            Difference::Unknown => self.pick("run before", "上次").to_owned(),
        }
    }

    pub(crate) fn validation_curve(self) -> &'static str {
        self.pick("validation", "验证")
    }

    pub(crate) fn no_validation_yet(self) -> &'static str {
        self.pick("no validation yet", "尚未验证")
    }

    pub(crate) fn no_loss_yet(self) -> &'static str {
        self.pick("no step taken yet", "还没有训练步")
    }

    /// That the model answers as it did after this many steps, and how fast that moves on if it does.
    pub(crate) fn past(self, step: u64, speed: Option<ReplaySpeed>) -> String {
        match (self, speed) {
            (Self::English, None) => format!("SHOWN AS AT STEP {step}"),
            (Self::English, Some(speed)) => format!("SHOWN AS AT STEP {step} (replay {speed})"),
            (Self::Chinese, None) => format!("显示第 {step} 步时的模型"),
            (Self::Chinese, Some(speed)) => format!("显示第 {step} 步时的模型（重放 {speed}）"),
        }
    }

    /// The last step that is on disk, if any is.
    pub(crate) fn saved(self, step: Option<u64>) -> String {
        match (self, step) {
            (Self::English, Some(step)) => format!("saved {step}"),
            (Self::English, None) => "kept, not saved yet".to_owned(),
            (Self::Chinese, Some(step)) => format!("已存 {step}"),
            (Self::Chinese, None) => "尚未保存".to_owned(),
        }
    }

    /// Why the run is not on disk.
    pub(crate) fn not_kept(self, problem: &str) -> String {
        format!("{} {}", self.pick("NOT SAVED:", "未能保存："), self.message(problem))
    }

    pub(crate) fn stopped_title(self) -> &'static str {
        self.pick("training stopped", "训练已中止")
    }

    pub(crate) fn stopped_way_out(self, key: Option<&str>) -> String {
        match (key, self) {
            (None, _) => {
                self.pick("the teacher can start again with new weights", "教师可以用新权重重新开始").to_owned()
            }
            (Some(key), Self::English) => format!("{key} starts again with new weights"),
            (Some(key), Self::Chinese) => format!("按 {key} 以新权重重新开始"),
        }
    }

    pub(crate) fn state(self, snapshot: &Snapshot) -> String {
        let state = match snapshot.state {
            RunState::Running if let Some(parts) = snapshot.validating => {
                return format!("{} {} %", self.pick("VALIDATING", "验证中"), parts.percent());
            }
            RunState::Running => self.pick("TRAINING", "训练中"),
            RunState::Paused => self.pick("PAUSED", "已暂停"),
            RunState::Finished => self.pick("FINISHED", "已完成"),
            RunState::Replay => self.pick("REPLAY", "重放"),
            RunState::Failed(_) => self.pick("STOPPED", "已中止"),
        };
        state.to_owned()
    }

    /// The configuration: a path, or one of the program's own.
    pub(crate) fn file(self, name: &str) -> Cow<'_, str> {
        match (self, name.strip_prefix("built-in ")) {
            (Self::Chinese, Some(name)) => format!("内置 {name}").into(),
            (Self::Chinese, None) if name == "settings for your text" => "适合您的文本的设置".into(),
            _ => name.into(),
        }
    }

    pub(crate) fn weights(self, count: u128) -> String {
        format!("{} {}", grouped(count), self.pick("weights", "个权重"))
    }

    pub(crate) fn seed(self, seed: u64) -> String {
        format!("{} {seed}", self.pick("seed", "种子"))
    }

    pub(crate) fn step(self, step: u64, steps: u64) -> String {
        format!("{} {step}/{steps}", self.pick("step", "步"))
    }

    /// How long training takes from here on, of a run that goes as fast as it can and still takes a minute.
    pub(crate) fn time_left(self, snapshot: &Snapshot) -> Option<String> {
        let rate = snapshot.steps_per_second.filter(|rate| *rate > 0.0 && snapshot.pace == Pace::Full)?;
        let steps = snapshot.run.steps.saturating_sub(snapshot.record.step);
        let minutes = (steps as f64 / rate / 60.0).round();
        let (hours, rest) = ((minutes / 60.0).floor(), minutes % 60.0);
        let text = match self {
            Self::English if hours > 0.0 => format!("{hours:.0} h {rest:.0} min left"),
            Self::English => format!("{minutes:.0} min left"),
            Self::Chinese if hours > 0.0 => format!("还需 {hours:.0} 小时 {rest:.0} 分钟"),
            Self::Chinese => format!("还需 {minutes:.0} 分钟"),
        };
        (minutes >= 1.0).then_some(text)
    }

    /// How fast training goes; while it does not go, how fast it would.
    pub(crate) fn speed(self, steps_per_second: Option<f64>, pace: Pace) -> String {
        let second = self.pick("s", "秒");
        match (steps_per_second, pace) {
            (Some(rate), _) if rate >= 10.0 => format!("{rate:.0}/{second}"),
            (Some(rate), _) => format!("{rate:.1}/{second}"),
            (None, Pace::PerSecond(steps)) => format!("{} {steps}/{second}", self.pick("pace", "速度")),
            (None, Pace::Full) => self.pick("pace full speed", "速度 全速").to_owned(),
        }
    }

    /// The mean loss of this many steps, if they are counted.
    pub(crate) fn loss(self, loss: f64, steps: Option<usize>) -> String {
        let loss = number(loss);
        match (self, steps) {
            (Self::English, Some(steps)) => format!("loss {loss} (mean of {steps})"),
            (Self::English, None) => format!("mean loss {loss}"),
            (Self::Chinese, Some(steps)) => format!("损失 {loss}（{steps} 步平均）"),
            (Self::Chinese, None) => format!("平均损失 {loss}"),
        }
    }

    pub(crate) fn perplexity(self, perplexity: f64) -> String {
        format!("{} {}", self.pick("perplexity", "困惑度"), number(perplexity))
    }

    /// `validation 1.58 (perplexity 4.87)`
    pub(crate) fn validation(self, loss: f64) -> String {
        let (validation, perplexity) = (self.validation_in_short(loss), number(loss.exp()));
        match self {
            Self::English => format!("{validation} (perplexity {perplexity})"),
            Self::Chinese => format!("{validation}（困惑度 {perplexity}）"),
        }
    }

    /// Of the text to test with, at the end.
    pub(crate) fn test(self, loss: f64) -> String {
        format!("{} {}", self.pick("test", "测试"), number(loss))
    }

    /// The same with less room.
    pub(crate) fn validation_in_short(self, loss: f64) -> String {
        format!("{} {}", self.validation_curve(), number(loss))
    }

    pub(crate) fn bits_per_character(self, bits: f64) -> String {
        format!("{} {}", number(bits), self.pick("bits/character", "比特/字符"))
    }

    /// Which share of the words to validate with is one unknown word to the model.
    pub(crate) fn unknown_share(self, share: f64) -> String {
        format!("{} % {}", number(100.0 * share), self.pick("unknown", "未知词"))
    }

    pub(crate) fn best(self, loss: f64, step: u64) -> String {
        match self {
            Self::English => format!("best {} at step {step}", number(loss)),
            Self::Chinese => format!("最佳 {}（第 {step} 步）", number(loss)),
        }
    }

    pub(crate) fn epoch(self, epoch: f64) -> String {
        format!("{} {epoch:.1}", self.pick("epoch", "轮次"))
    }

    /// The learning rate, and by what somebody has multiplied it.
    pub(crate) fn learning_rate(self, rate: f64, factor: f64) -> String {
        let by_hand = match factor {
            factor if factor > 1.0 => format!(" (×{factor})"),
            factor if factor < 1.0 => format!(" (÷{})", 1.0 / factor),
            _ => String::new(),
        };
        format!("{} {rate:.1e}{by_hand}", self.pick("rate", "学习率"))
    }

    /// The norm before clipping, and in which share of the steps there was something to clip.
    pub(crate) fn gradient(self, norm: f64, clipped: Option<f64>) -> String {
        let word = self.pick("clipped", "裁剪");
        let (open, close) = self.pick((" (", ")"), ("（", "）"));
        let clipped =
            clipped.map_or_else(String::new, |share| format!("{open}{word} {} %{close}", number(100.0 * share)));
        format!("{} {}{clipped}", self.pick("gradient", "梯度"), number(norm))
    }

    pub(crate) fn stopped_at(self, step: u64, cause: &Cause) -> String {
        match self {
            Self::English => format!("before step {step}: {cause}"),
            Self::Chinese => {
                let what = match cause {
                    Cause::Step(StepError::Loss(loss)) => format!("损失为 {loss}"),
                    Cause::Step(StepError::Gradient(norm)) => format!("梯度范数为 {norm}"),
                    Cause::Step(StepError::Memory(what)) => format!("内存不足：{what}"),
                    Cause::Panic(message) => message.clone(),
                };
                format!("第 {step} 步之前：{what}")
            }
        }
    }

    pub(crate) fn advice(self, cause: &Cause) -> &'static str {
        let chinese = match cause {
            Cause::Step(StepError::Loss(_) | StepError::Gradient(_)) => "较小的学习率可能有帮助",
            Cause::Step(StepError::Memory(_)) => "较小的模型可能有帮助",
            Cause::Panic(_) => "这是程序的错误",
        };
        self.pick(cause.advice(), chinese)
    }
}
