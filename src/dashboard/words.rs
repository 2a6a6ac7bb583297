//! Every word the dashboard shows, in English and in Chinese: this file knows all of them, and no other knows any. Terms of the
//! field are those of its literature.

use unicode_width::UnicodeWidthStr;

use super::action::{Action, Direction, Topic};
use super::curve_view::Curve;
use super::draft::Choice;
use super::layout::Panel;
use super::numbers::{grouped, number};
use super::view::Notice;
use crate::model::{Axis, ParameterName, TensorName};
use crate::training::{AskError, Cause, Pace, ReplaySpeed, RunState, Snapshot, StepError, UnknownWord};

/// The language of the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// 简体中文
    Chinese,
}

/// What stands before a prompt that is being typed.
pub const PROMPT_MARK: &str = "> ";

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// That of a locale such as `zh_CN.UTF-8`; English if it is neither.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }

    /// The one that is not in use.
    #[must_use]
    pub fn other(self) -> Self {
        self.of(Self::Chinese, Self::English)
    }

    /// The one of the two that is in this language.
    const fn of<T: Copy>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// The title of a curve.
    pub(super) fn curve(self, curve: Curve, is_log: bool) -> String {
        let name = self.curve_and_unit(curve, false) + self.of(", by step", "，按步");
        if is_log { self.on_log_scale(&name) } else { name }
    }

    /// What a curve is of, for its axis of values.
    pub(super) fn curve_and_unit(self, curve: Curve, is_log: bool) -> String {
        let name = match curve {
            Curve::Loss => self.of("loss in nats", "损失（奈特）"),
            Curve::Perplexity => self.of("perplexity", "困惑度"),
            Curve::GradientNorm => self.of("gradient norm", "梯度范数"),
            Curve::LearningRate => self.of("learning rate", "学习率"),
        };
        if is_log { self.on_log_scale(name) } else { name.to_owned() }
    }

    fn on_log_scale(self, name: &str) -> String {
        format!("{name} ({})", self.of("log", "对数"))
    }

    pub(super) fn axis_of_steps(self) -> &'static str {
        self.of("training step", "训练步")
    }

    pub(super) fn moving_average(self) -> &'static str {
        self.of("moving average", "滑动平均")
    }

    pub(super) fn clipping_threshold(self) -> &'static str {
        self.of("clipping threshold", "裁剪阈值")
    }

    pub(super) fn best_validation(self) -> &'static str {
        self.of("best validation", "最佳验证")
    }

    pub(super) fn moment_shown(self) -> &'static str {
        self.of("moment shown", "所示时刻")
    }

    pub(super) fn curve_in_short(self, curve: Curve) -> &'static str {
        match curve {
            Curve::Loss => self.of("loss", "损失"),
            Curve::Perplexity => self.of("perplexity", "困惑度"),
            Curve::GradientNorm => self.of("gradient", "梯度"),
            Curve::LearningRate => self.of("rate", "学习率"),
        }
    }

    /// What is under the cursor.
    pub(super) fn read_out(self, step: u64, value: &str, smoothed: Option<&str>) -> String {
        match (self, smoothed) {
            (Self::English, Some(mean)) => format!("step {step}: {value} (mean {mean})"),
            (Self::English, None) => format!("step {step}: {value}"),
            (Self::Chinese, Some(mean)) => format!("第 {step} 步：{value}（均值 {mean}）"),
            (Self::Chinese, None) => format!("第 {step} 步：{value}"),
        }
    }

    /// The curve before the last restart.
    pub(super) fn previous_curve(self) -> &'static str {
        self.of("run before", "上次")
    }

    pub(super) fn validation_curve(self) -> &'static str {
        self.of("validation", "验证")
    }

    pub(super) fn no_validation_yet(self) -> &'static str {
        self.of("no validation yet", "尚未验证")
    }

    pub(super) fn no_loss_yet(self) -> &'static str {
        self.of("no step taken yet", "还没有训练步")
    }

    /// The question, of words or of characters.
    pub(super) fn prompt_title(self, of_characters: bool) -> &'static str {
        if of_characters {
            self.of("which character comes next?", "下一个字符是什么？")
        } else {
            self.of("which word comes next?", "下一个词是什么？")
        }
    }

    pub(super) fn not_finite(self) -> &'static str {
        self.of("no answer: the numbers are not finite", "没有答案：数值已非有限")
    }

    /// That so many words of the prompt are not to be seen.
    pub(super) fn words_before(self, count: usize) -> String {
        format!("{count} {} …", self.of("before", "个在前"))
    }

    pub(super) fn entropy(self, bits: f64) -> String {
        format!("{} {}", self.of("entropy", "熵"), self.bits(bits))
    }

    /// `1.58 bits`
    pub(super) fn bits(self, bits: f64) -> String {
        format!("{bits:.2} {}", self.of("bits", "比特"))
    }

    /// How unexpected a word was; where only last words are learned nobody taught the model what to expect before.
    pub(super) fn surprise(self, is_learned: bool) -> &'static str {
        if is_learned {
            self.of("surprise, bits", "自信息，比特")
        } else {
            self.of("surprise, not learned", "自信息，未学习")
        }
    }

    /// How much the answer depends on a word.
    pub(super) fn importance(self) -> &'static str {
        self.of("matters", "影响")
    }

    pub(super) fn prompt_hint(self, key: &str) -> String {
        match self {
            Self::English => format!("type words: press {key}"),
            Self::Chinese => format!("按 {key} 输入词语"),
        }
    }

    /// What can be done with a prompt, by the keys for it.
    pub(super) fn continue_hint(
        self,
        [prompt, more]: [&str; 2],
        length: usize,
        of_characters: bool,
        temperature: f32,
    ) -> String {
        match (self, of_characters) {
            (Self::English, _) => {
                let what = if of_characters { "characters" } else { "words" };
                format!("type words: press {prompt}; {more}: {length} {what} more at temperature {temperature:.1}")
            }
            (Self::Chinese, _) => {
                let what = if of_characters { "个字符" } else { "个词" };
                format!("按 {prompt} 输入词语；按 {more} 续写 {length} {what}，温度 {temperature:.1}")
            }
        }
    }

    /// Before a text that was continued with the weights after so many steps.
    pub(super) fn continued_at(self, step: u64) -> String {
        match self {
            Self::English => format!("at step {step}:"),
            Self::Chinese => format!("第 {step} 步："),
        }
    }

    /// How many pinned prompts are answered as the corpus goes on, of those it knows.
    pub(super) fn pinned(self, right: usize, known: usize) -> String {
        match self {
            Self::English => format!("pinned: {right} of {known} right"),
            Self::Chinese => format!("固定提示：{known} 个中对 {right} 个"),
        }
    }

    pub(super) fn help_title(self, scrolls: bool) -> &'static str {
        if scrolls { self.of("keys (↑ ↓)", "按键（↑ ↓）") } else { self.of("keys", "按键") }
    }

    pub(super) fn topic(self, topic: Topic) -> &'static str {
        match topic {
            Topic::Training => self.of("Training", "训练"),
            Topic::Past => self.of("Back in time", "回看训练"),
            Topic::Panels => self.of("Panels", "面板"),
            Topic::Look => self.of("In a panel", "面板之内"),
            Topic::Prompt => self.of("Prompt", "提示"),
            Topic::Program => self.of("Program", "程序"),
        }
    }

    pub(super) fn draft_title(self) -> &'static str {
        self.of("another model", "换一个模型")
    }

    pub(super) fn choice(self, choice: Choice) -> &'static str {
        match choice {
            Choice::Cell => self.of("cell", "循环单元"),
            Choice::Hidden => self.of("hidden units", "隐藏单元"),
            Choice::Layers => self.of("layers", "层数"),
            Choice::Seed => self.of("seed", "种子"),
        }
    }

    /// What Enter does to so many steps of training.
    pub(super) fn what_rebuilding_does(self, steps: u64) -> String {
        match (self, steps) {
            (Self::English, 0) => "Enter trains it".to_owned(),
            (Self::English, _) => format!("Enter trains it, and loses {steps} steps"),
            (Self::Chinese, 0) => "按 Enter 训练".to_owned(),
            (Self::Chinese, _) => format!("按 Enter 训练，会丢失 {steps} 步"),
        }
    }

    /// That the model answers as it did after so many steps, and how fast that moves on if it does.
    pub(super) fn past(self, step: u64, speed: Option<ReplaySpeed>) -> String {
        match (self, speed) {
            (Self::English, None) => format!("SHOWN AS AT STEP {step}"),
            (Self::English, Some(speed)) => format!("SHOWN AS AT STEP {step} (replay {speed})"),
            (Self::Chinese, None) => format!("显示第 {step} 步时的模型"),
            (Self::Chinese, Some(speed)) => format!("显示第 {step} 步时的模型（重放 {speed}）"),
        }
    }

    /// The last step that is on disk, if any is.
    pub(super) fn saved(self, step: Option<u64>) -> String {
        match (self, step) {
            (Self::English, Some(step)) => format!("saved {step}"),
            (Self::English, None) => "kept, not saved yet".to_owned(),
            (Self::Chinese, Some(step)) => format!("已存 {step}"),
            (Self::Chinese, None) => "尚未保存".to_owned(),
        }
    }

    /// Why the run is not on disk.
    pub(super) fn not_kept(self, problem: &str) -> String {
        format!("{} {problem}", self.of("NOT SAVED:", "未能保存："))
    }

    pub(super) fn notice(self, notice: &Notice) -> String {
        match notice {
            Notice::Exported(folder) => format!("{} {folder}", self.of("exported to", "已导出到")),
            Notice::NotExported(why) => format!("{} {why}", self.of("NOT EXPORTED:", "未能导出：")),
            Notice::NoMoments => {
                self.of("no earlier moments are kept (run.keyframes)", "没有保存较早的时刻（run.keyframes）").to_owned()
            }
            Notice::Warning(what) => what.clone(),
        }
    }

    pub(super) fn stopped_title(self) -> &'static str {
        self.of("training stopped", "训练已中止")
    }

    pub(super) fn stopped_way_out(self, key: &str) -> String {
        match self {
            Self::English => format!("{key} starts again with new weights"),
            Self::Chinese => format!("按 {key} 以新权重重新开始"),
        }
    }

    /// What the letter stands for that the equations have.
    pub(super) fn quantity(self, symbol: &str) -> &'static str {
        match symbol {
            "h" => self.of("hidden state h", "隐藏状态 h"),
            "c" => self.of("cell state c", "细胞状态 c"),
            "i" => self.of("input gate i", "输入门 i"),
            "f" => self.of("forget gate f", "遗忘门 f"),
            "g" => self.of("candidate g", "候选值 g"),
            "o" => self.of("output gate o", "输出门 o"),
            "r" => self.of("reset gate r", "重置门 r"),
            "z" => self.of("update gate z", "更新门 z"),
            "n" => self.of("candidate n", "候选状态 n"),
            _ => self.of("embedding x", "词嵌入 x"),
        }
    }

    /// Shares of a gate's values: nearly shut, nearly open.
    pub(super) fn saturation(self, (shut, open): (f64, f64)) -> String {
        let (shut, open) = (100.0 * shut, 100.0 * open);
        match self {
            Self::English => format!("{shut:.0} % below 0.1, {open:.0} % above 0.9"),
            Self::Chinese => format!("{shut:.0} % 低于 0.1，{open:.0} % 高于 0.9"),
        }
    }

    pub(super) fn gradient_flow_title(self) -> &'static str {
        self.of("gradient flow ‖∂loss/∂h‖", "梯度流 ‖∂loss/∂h‖")
    }

    /// How much of the gradient of the last step is left at the first one.
    pub(super) fn gradient_ratio(self, ratio: f64) -> String {
        let what = match ratio {
            ratio if ratio < 0.01 => self.of("it vanishes", "消失"),
            ratio if ratio < 0.5 => self.of("it fades", "减弱"),
            ratio if ratio <= 2.0 => self.of("it survives", "保持"),
            ratio if ratio <= 100.0 => self.of("it grows", "增强"),
            ratio if ratio.is_finite() => self.of("it explodes", "爆炸"),
            _ => return self.of("no gradient at the last step", "末步没有梯度").to_owned(),
        };
        let shown = if ratio > 0.0 { number(ratio) } else { "< 1e-38".to_owned() };
        format!("{} {shown}{}{what}", self.of("first/last step", "首步/末步"), self.of(": ", "："))
    }

    /// Which units and steps, each from the first to the last, share a place of the overview, and their mean.
    pub(super) fn pooled_read_out(
        self,
        units: (usize, usize),
        steps: (usize, usize),
        word: &str,
        mean: &str,
    ) -> String {
        let range = |(first, last)| if first == last { format!("{first}") } else { format!("{first}-{last}") };
        let (unit, step) = (self.of("unit", "单元"), self.of("step", "步"));
        format!("{unit} {}, {step} {} ({word}): {} {mean}", range(units), range(steps), self.of("mean", "均值"))
    }

    /// What the two axes are, in at most `width` columns if there is a way to say it. Up to three points lie in a plane anyway.
    pub(super) fn state_space_title(self, is_exact: bool, variance: f64, points: usize, width: usize) -> String {
        if is_exact {
            return self.of("state space h₁, h₂", "状态空间 h₁、h₂").to_owned();
        }
        let share = 100.0 * variance;
        if points <= 3 {
            return match self {
                Self::English => format!("h: {points} points lie in a plane"),
                Self::Chinese => format!("h：{points} 个点必在同一平面上"),
            };
        }
        let (long, short) = match self {
            Self::English => (
                format!("state space h: 2 principal components, {share:.0} % of the variance"),
                format!("h, 2 PCs: {share:.0} % of variance"),
            ),
            Self::Chinese => {
                (format!("状态空间 h：前两个主成分，占方差 {share:.0} %"), format!("h 前两主成分：方差 {share:.0} %"))
            }
        };
        if long.width() <= width { long } else { short }
    }

    pub(super) fn shapes_title(self) -> &'static str {
        self.of("shapes of one step", "一步训练的张量形状")
    }

    /// What an axis counts, and its size.
    pub(super) fn axis(self, axis: Axis, size: usize) -> String {
        let what = match axis {
            Axis::Steps => self.of("steps", "时间步"),
            Axis::Batch => self.of("sequences", "序列"),
            Axis::Vocabulary => self.of("words known", "词表"),
            Axis::Embedding => self.of("embedding", "词嵌入"),
            Axis::Hidden | Axis::Gates(_) => self.of("units", "单元"),
            Axis::Layers => self.of("layers", "层"),
            Axis::Predictions => self.of("predictions", "预测"),
        };
        format!("{axis} = {size} {what}")
    }

    /// What is confused most, in two halves.
    pub(super) fn output_and_last_states(self, has_cell: bool) -> [String; 2] {
        let states = if has_cell { "h_n, c_n" } else { "h_n" };
        match self {
            Self::English => ["output: last layer, every step".to_owned(), format!("{states}: every layer, last step")],
            Self::Chinese => ["output：最后一层，所有时间步".to_owned(), format!("{states}：所有层，最后一步")],
        }
    }

    /// What a tensor is.
    pub(super) fn tensor(self, name: TensorName) -> &'static str {
        let weight = |name| match name {
            ParameterName::Embedding => self.of("embedding table", "词嵌入表"),
            ParameterName::WeightIh(_) => self.of("weight on the input", "输入的权重"),
            ParameterName::WeightHh(_) => self.of("weight on h before", "前一步 h 的权重"),
            ParameterName::BiasIh(_) | ParameterName::BiasHh(_) => self.of("bias beside it", "与之相加的偏置"),
            ParameterName::HeadWeight => self.of("weight from h to words", "h 到词的权重"),
            ParameterName::HeadBias => self.of("bias of the words", "词的偏置"),
        };
        match name {
            TensorName::Ids => self.of("the words that are read", "读入的词"),
            TensorName::Weight(name) => weight(name),
            TensorName::Input => self.of("their vectors", "词向量"),
            TensorName::Shares => self
                .of("emb.weight · weight_ih_l0ᵀ + bias, once per word", "emb.weight · weight_ih_l0ᵀ + 偏置，每词一次"),
            TensorName::InitialHidden => self.of("hidden states before the first step", "第一步之前的隐藏状态"),
            TensorName::InitialCell => self.of("cell states before the first step", "第一步之前的细胞状态"),
            TensorName::Gates(_) => self.of("gates at every step", "每步的门"),
            TensorName::Cell(_) => self.of("cell state after every step", "每步之后的细胞状态"),
            TensorName::Hidden(_) => self.of("hidden state after every step", "每步之后的隐藏状态"),
            TensorName::Output => self.of("h of the last layer after every step", "最后一层每步之后的 h"),
            TensorName::LastHidden => self.of("h of every layer after the last step", "每一层最后一步之后的 h"),
            TensorName::LastCell => self.of("c of every layer after the last step", "每一层最后一步之后的 c"),
            TensorName::Selected => self.of("rows of output that predict a word", "output 中用于预测的行"),
            TensorName::Logits => self.of("a score for every word", "每个词的得分"),
            TensorName::Targets => self.of("the words to be predicted", "要预测的词"),
            TensorName::Loss => self.of("mean cross-entropy", "平均交叉熵"),
        }
    }

    pub(super) fn one_step_only(self) -> &'static str {
        self.of("one step: no way back in time", "只有一步：没有可回溯的时间")
    }

    pub(super) fn not_answered(self) -> &'static str {
        self.of("no prompt", "没有提示")
    }

    pub(super) fn too_small(self, width: u16, height: u16) -> String {
        match self {
            Self::English => format!("too small: {width}×{height} needed"),
            Self::Chinese => format!("屏幕太小：需要 {width}×{height}"),
        }
    }

    pub(super) fn state(self, state: &RunState) -> &'static str {
        match state {
            RunState::Running => self.of("TRAINING", "训练中"),
            RunState::Paused => self.of("PAUSED", "已暂停"),
            RunState::Finished => self.of("FINISHED", "已完成"),
            RunState::Shown => self.of("REPLAY", "重放"),
            RunState::Failed(_) => self.of("STOPPED", "已中止"),
        }
    }

    pub(super) fn weights(self, count: u128) -> String {
        format!("{} {}", grouped(count), self.of("weights", "个权重"))
    }

    pub(super) fn seed(self, seed: u64) -> String {
        format!("{} {seed}", self.of("seed", "种子"))
    }

    pub(super) fn step(self, step: u64, steps: u64) -> String {
        format!("{} {step}/{steps}", self.of("step", "步"))
    }

    /// How fast training goes; while it does not go, how fast it would.
    pub(super) fn speed(self, steps_per_second: Option<f64>, pace: Pace) -> String {
        let unit = self.of("steps/s", "步/秒");
        match (steps_per_second, pace) {
            (Some(rate), _) if rate >= 10.0 => format!("{rate:.0} {unit}"),
            (Some(rate), _) => format!("{rate:.1} {unit}"),
            (None, Pace::PerSecond(steps)) => format!("{} {steps}/{}", self.of("pace", "速度"), self.of("s", "秒")),
            (None, Pace::Full) => self.of("pace full speed", "速度 全速").to_owned(),
        }
    }

    pub(super) fn loss(self, loss: f64) -> String {
        format!("{} {}", self.of("loss", "损失"), number(loss))
    }

    pub(super) fn perplexity(self, perplexity: f64) -> String {
        format!("{} {}", self.of("perplexity", "困惑度"), number(perplexity))
    }

    /// `validation 1.58 (perplexity 4.87)`
    pub(super) fn validation(self, loss: f64) -> String {
        let (validation, perplexity) = (self.validation_in_short(loss), number(loss.exp()));
        match self {
            Self::English => format!("{validation} (perplexity {perplexity})"),
            Self::Chinese => format!("{validation}（困惑度 {perplexity}）"),
        }
    }

    /// The same with less room.
    pub(super) fn validation_in_short(self, loss: f64) -> String {
        format!("{} {}", self.validation_curve(), number(loss))
    }

    pub(super) fn bits_per_character(self, bits: f64) -> String {
        format!("{} {}", number(bits), self.of("bits/character", "比特/字符"))
    }

    /// Which share of the words to validate with is one unknown word to the model.
    pub(super) fn unknown_share(self, share: f64) -> String {
        format!("{} % {}", number(100.0 * share), self.of("unknown", "未知词"))
    }

    pub(super) fn best(self, loss: f64, step: u64) -> String {
        match self {
            Self::English => format!("best {} at step {step}", number(loss)),
            Self::Chinese => format!("最佳 {}（第 {step} 步）", number(loss)),
        }
    }

    pub(super) fn epoch(self, epoch: f64) -> String {
        format!("{} {epoch:.1}", self.of("epoch", "轮次"))
    }

    /// The learning rate, and by what somebody has multiplied it.
    pub(super) fn learning_rate(self, rate: f64, factor: f64) -> String {
        let by_hand = match factor {
            factor if factor > 1.0 => format!(" (×{factor})"),
            factor if factor < 1.0 => format!(" (÷{})", 1.0 / factor),
            _ => String::new(),
        };
        format!("{} {rate:.1e}{by_hand}", self.of("rate", "学习率"))
    }

    /// The norm before clipping, and in which share of the steps there was something to clip.
    pub(super) fn gradient(self, norm: f64, clipped: Option<f64>) -> String {
        let word = self.of("clipped", "裁剪");
        let clipped = clipped.map_or_else(String::new, |share| format!(" ({word} {} %)", number(100.0 * share)));
        format!("{} {}{clipped}", self.of("gradient", "梯度"), number(norm))
    }

    pub(super) fn stopped_at(self, step: u64, cause: &Cause) -> String {
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

    pub(super) fn advice(self, cause: &Cause) -> &'static str {
        let chinese = match cause {
            Cause::Step(StepError::Loss(_) | StepError::Gradient(_)) => "较小的学习率可能有帮助",
            Cause::Step(StepError::Memory(_)) => "较小的模型可能有帮助",
            Cause::Panic(_) => "这是程序的错误",
        };
        self.of(cause.advice(), chinese)
    }

    pub(super) fn layer(self, layer: usize, of: usize) -> String {
        format!("{} {layer}/{of}", self.of("layer", "层"))
    }

    /// How many units and steps there are, and how many of each share a place.
    pub(super) fn pooled(self, (units, by_units): (usize, usize), (steps, by_steps): (usize, usize)) -> String {
        let what = format!("{units}×{steps}, {} {by_units}×{by_steps},", self.of("means of", "均值"));
        if by_units * by_steps == 1 { format!("{units}×{steps},") } else { what }
    }

    /// What is asked before work is lost, or a run that is kept ends.
    pub(super) fn question(self, action: Action, key: &str, snapshot: &Snapshot) -> String {
        let (step, is_restart) = (snapshot.record.step, matches!(action, Action::Restart | Action::Repeat));
        match (self, is_restart && snapshot.is_kept()) {
            (Self::English, true) => {
                format!("restart? step {step} stays in the folder; again {key}: yes, any other key: no")
            }
            (Self::Chinese, true) => format!("重新开始？第 {step} 步会留在目录中：再按 {key} 确认，按其他键取消"),
            (Self::English, false) => {
                let what = if is_restart { "restart" } else { "quit" };
                format!("{what} and lose {step} steps? again {key}: yes, any other key: no")
            }
            (Self::Chinese, false) => {
                let what = if is_restart { "重新开始" } else { "退出" };
                format!("{what}会丢失 {step} 步：再按 {key} 确认，按其他键取消")
            }
        }
    }

    pub(super) fn units(self) -> &'static str {
        self.of("units", "单元")
    }

    pub(super) fn steps(self) -> &'static str {
        self.of("steps", "步")
    }

    /// Why a prompt has no answer; a word of any length leaves room for what there is to say about it.
    pub(super) fn refusal(self, error: &AskError) -> String {
        const LONGEST: usize = 20;
        let shortened = |unknown: &UnknownWord| {
            let mut word: String = unknown.word.chars().take(LONGEST).collect();
            if word.len() < unknown.word.len() {
                word.push('…');
            }
            UnknownWord { word, ..unknown.clone() }
        };
        match (self, error) {
            (Self::English, AskError::Unknown(unknown)) => shortened(unknown).to_string(),
            (Self::English, error) => error.to_string(),
            (Self::Chinese, AskError::Unknown(unknown)) => {
                let UnknownWord { word, nearest, known, cut } = shortened(unknown);
                let way_out = match cut {
                    Some(cut) => format!("加上空格是：{cut}"),
                    None if nearest.is_empty() => format!("已知的词如：{}", known.join(" ")),
                    None => format!("相近的词：{}", nearest.join(" ")),
                };
                format!("词表中没有“{word}”；{way_out}")
            }
            (Self::Chinese, AskError::Unreadable(word)) => format!("没有文本能在此提示之后读作“{word}”"),
            (Self::Chinese, AskError::Model(why)) => format!("无法建立这个模型：{why}"),
            (Self::Chinese, AskError::TooLong { words, most }) => format!("提示有 {words} 个词，最多 {most} 个"),
            (Self::Chinese, AskError::Empty) => "提示中没有词".to_owned(),
            (Self::Chinese, AskError::Memory(what)) => format!("内存不足：{what}"),
            (Self::Chinese, AskError::Panic(what)) => format!("这个提示遇到了程序错误：{what}"),
        }
    }

    pub(super) fn more_words(self, count: usize) -> String {
        match self {
            Self::English => format!("and {count} more"),
            Self::Chinese => format!("另有 {count} 个"),
        }
    }

    pub(super) fn panel(self, panel: Panel) -> &'static str {
        match panel {
            Panel::Loss => self.of("loss", "损失"),
            Panel::Heatmap => self.of("states and gates", "状态与门"),
            Panel::GradientFlow => self.of("gradient flow", "梯度流"),
            Panel::Prompt => self.of("prompt", "提示"),
            Panel::StateSpace => self.of("state space", "状态空间"),
            Panel::Shapes => self.of("shapes", "形状"),
        }
    }

    /// In the footer, while this panel has the keys.
    pub(super) fn label(self, action: Action, panel: Panel, snapshot: &Snapshot) -> &'static str {
        match action {
            Action::Move(Direction::Up) if panel == Panel::Loss => self.of("closer", "放大"),
            Action::Move(Direction::Down) if panel == Panel::Loss => self.of("wider", "缩小"),
            Action::TogglePause if snapshot.state == RunState::Paused => self.of("resume", "继续"),
            Action::TogglePause if snapshot.can_train() => self.of("pause", "暂停"),
            Action::TogglePause | Action::Replay if snapshot.playback.is_playing => self.of("stop", "停止"),
            Action::TogglePause | Action::Replay => self.of("replay", "重放"),
            Action::StepOnce => self.of("step", "单步"),
            Action::Faster => self.of("faster", "加快"),
            Action::Slower => self.of("slower", "减慢"),
            Action::ToggleFullSpeed => self.of("full speed", "全速"),
            Action::Restart => self.of("restart", "重新开始"),
            Action::Repeat => self.of("same seed", "同种子重来"),
            Action::Save => self.of("save", "保存"),
            Action::Rewind => self.of("back in time", "回退"),
            Action::Forward => self.of("forward", "前进"),
            Action::FrameBefore => self.of("keyframe before", "上一关键帧"),
            Action::FrameAfter => self.of("keyframe after", "下一关键帧"),
            Action::Present => self.of("present", "回到现在"),
            Action::Model => self.of("model", "模型"),
            Action::Rebuild => self.of("train it", "训练它"),
            Action::LowerRate => self.of("lower rate", "降低学习率"),
            Action::RaiseRate => self.of("higher rate", "提高学习率"),
            Action::Choose(panel) => self.panel(panel),
            Action::NextPanel => self.of("panel", "面板"),
            Action::PreviousPanel => self.of("panel before", "上一面板"),
            Action::FullScreen => self.of("full screen", "全屏"),
            Action::NextQuantity => self.of("next", "下一个"),
            Action::PreviousQuantity => self.of("previous", "上一个"),
            Action::NextLayer => self.of("next layer", "下一层"),
            Action::LogScale => self.of("log", "对数"),
            Action::Whole => self.of("whole", "全部"),
            Action::Overview => self.of("overview", "概览"),
            Action::Move(Direction::Left) => self.of("before", "向前"),
            Action::Move(Direction::Right) => self.of("after", "向后"),
            Action::Move(Direction::Up) => self.of("up", "向上"),
            Action::Move(Direction::Down) => self.of("down", "向下"),
            Action::Prompt => self.of("type", "输入"),
            Action::Ask => self.of("ask", "提问"),
            Action::Complete => self.of("complete", "补全"),
            Action::DeleteWord => self.of("delete word", "删词"),
            Action::Earlier => self.of("earlier", "上一条"),
            Action::Later => self.of("later", "下一条"),
            Action::Accept => self.of("accept word", "接受此词"),
            Action::Shorten => self.of("drop word", "去掉末词"),
            Action::Continue => self.of("continue", "续写"),
            Action::Cooler => self.of("cooler", "降温"),
            Action::Warmer => self.of("warmer", "升温"),
            Action::Longer => self.of("length", "长度"),
            Action::TogglePin => self.of("pin", "固定"),
            Action::Back => self.of("back", "返回"),
            Action::Export => self.of("export", "导出"),
            Action::Language => self.of("中文", "English"),
            Action::Help => self.of("help", "帮助"),
            Action::Suspend => self.of("suspend", "挂起"),
            Action::Quit | Action::Leave => self.of("quit", "退出"),
        }
    }

    /// In the help.
    pub(super) fn description(self, action: Action) -> &'static str {
        match action {
            Action::TogglePause => self.of("pause or resume training; or a replay", "暂停或继续训练；或重放"),
            Action::StepOnce => self.of("take one step, then wait", "训练一步，然后等待"),
            Action::Faster => self.of("more steps per second; or a faster replay", "每秒更多步；或加快重放"),
            Action::Slower => self.of("fewer steps per second; or a slower replay", "每秒更少步；或减慢重放"),
            Action::ToggleFullSpeed => {
                self.of("as fast as it goes, or back to the pace before", "全速训练，或回到之前的速度")
            }
            Action::Restart => self.of("restart with new weights, from the next seed", "用下一个种子的新权重重新开始"),
            Action::Repeat => self.of("restart with the same weights, from the same seed", "用同一种子的权重重新开始"),
            Action::Rewind => self.of("the model as it was earlier in training", "训练更早时的模型"),
            Action::Forward => self.of("the model as it was later", "训练更晚时的模型"),
            Action::FrameBefore => self.of("the model one keyframe earlier", "上一关键帧的模型"),
            Action::FrameAfter => self.of("the model one keyframe later", "下一关键帧的模型"),
            Action::Replay => {
                self.of("play training from its start or this moment, or stop", "从头或从此刻重放训练，或停止")
            }
            Action::Present => self.of("the model as it is now", "现在的模型"),
            Action::Save => self.of("save a checkpoint, if the run is kept", "保存检查点（若运行有目录）"),
            Action::Model => {
                self.of("another cell, hidden size, number of layers or seed", "换循环单元、隐藏层大小、层数或种子")
            }
            Action::Rebuild => self.of("train that model", "训练该模型"),
            Action::LowerRate => self.of("half the learning rate", "学习率减半"),
            Action::RaiseRate => self.of("twice the learning rate", "学习率加倍"),
            Action::Choose(panel) => self.panel(panel),
            Action::NextPanel => self.of("the next panel", "下一个面板"),
            Action::PreviousPanel => self.of("the panel before", "上一个面板"),
            Action::FullScreen => self.of("one panel on the whole screen, or all again", "单个面板全屏，或恢复"),
            Action::NextQuantity => {
                self.of("the next curve; the next of h, c, gates, embedding", "下一条曲线；下一个量：h、c、门、词嵌入")
            }
            Action::PreviousQuantity => self.of("the one before", "上一个"),
            Action::NextLayer => self.of("the next layer of the model", "模型的下一层"),
            Action::LogScale => self.of("the loss on a linear or a log scale", "损失的线性或对数坐标"),
            Action::Whole => self.of("the whole curve, without a cursor", "整条曲线，不带光标"),
            Action::Overview => {
                self.of("all units and steps at once, or some with numbers", "所有单元与时间步，或部分带数值")
            }
            Action::Move(Direction::Left) => self.of("the cursor to an earlier step", "光标移到较早的步"),
            Action::Move(Direction::Right) => self.of("the cursor to a later step", "光标移到较晚的步"),
            Action::Move(Direction::Up) => {
                self.of("the unit, row or word above; closer to the curve", "上一个单元、行或词；放大曲线")
            }
            Action::Move(Direction::Down) => {
                self.of("the unit, row or word below; away from the curve", "下一个单元、行或词；缩小曲线")
            }
            Action::Prompt => self.of("type words and ask which comes next", "输入词语，问下一个词"),
            Action::Ask => self.of("ask", "提问"),
            Action::Complete => self.of("complete the word; again for the next match", "补全词语；再按一次换下一个"),
            Action::DeleteWord => self.of("delete the word before the cursor", "删除光标前的词"),
            Action::Earlier => self.of("an earlier prompt", "上一条提示"),
            Action::Later => self.of("a later prompt", "下一条提示"),
            Action::Accept => self.of("put the chosen word after the prompt and ask again", "把选中的词接在提示后再问"),
            Action::Shorten => self.of("take the last word off the prompt and ask again", "去掉提示的最后一个词再问"),
            Action::Continue => self.of("continue the prompt; again for another text", "续写提示；再按一次换一段"),
            Action::Cooler => self.of("lower temperature: more probable words", "降低温度：更可能的词"),
            Action::Warmer => self.of("higher temperature: bolder words", "升高温度：更大胆的词"),
            Action::Longer => self.of("continue by more words, or by few again", "续写更多词，或回到少量"),
            Action::TogglePin => {
                self.of("ask this prompt at every moment, or no longer", "固定此提示，随训练持续提问，或取消")
            }
            Action::Back => self.of("leave the prompt, this help or the full screen", "离开提示、帮助或全屏"),
            Action::Export => self.of("write what is shown as pictures and tables", "将所示内容导出为图片与表格"),
            Action::Language => self.of("switch to Chinese: 中文界面", "切换到英文：English"),
            Action::Help => self.of("show or hide this help", "显示或隐藏帮助"),
            Action::Suspend => {
                self.of("back to the shell, training waits; `fg` goes on", "回到 shell，训练等待；用 fg 继续")
            }
            Action::Quit | Action::Leave => self.of("quit", "退出"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::dashboard::keymap::Keymap;

    #[test]
    fn the_table_of_keys_in_the_readme_is_the_one_that_is_in_force() {
        let mut table = String::new();
        for (topic, rows) in Keymap::default().by_topic() {
            writeln!(table, "| **{}** | | |", Language::English.topic(topic)).unwrap();
            for row in rows {
                let name = if row.name.is_empty() { String::new() } else { format!("`{}`", row.name) };
                writeln!(table, "| `{}` | {} | {name} |", row.keys(), Language::English.description(row.action))
                    .unwrap();
            }
        }
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&table), "the README should have:\n{table}");
    }

    #[test]
    fn the_language_is_that_of_the_locale() {
        use Language::{Chinese as Zh, English as En};

        let of = ["zh_CN.UTF-8", "zh_TW", "ZH", "en_US.UTF-8", "C", "", "de_DE"].map(Language::of_locale);
        assert_eq!(of, [Zh, Zh, Zh, En, En, En, En]);
    }
}
