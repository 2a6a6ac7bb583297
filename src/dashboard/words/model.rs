//! What goes on in the model: states, gates, gradients, tensors.

use unicode_width::UnicodeWidthStr;

use super::Language;
use crate::dashboard::numbers::number;
use crate::model::{Axis, ParameterName, TensorName};

impl Language {
    /// What the letter stands for that the equations have.
    pub(in crate::dashboard) fn quantity(self, symbol: &str) -> &'static str {
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
    pub(in crate::dashboard) fn saturation(self, (shut, open): (f64, f64)) -> String {
        let (shut, open) = (100.0 * shut, 100.0 * open);
        match self {
            Self::English => format!("{shut:.0} % below 0.1, {open:.0} % above 0.9"),
            Self::Chinese => format!("{shut:.0} % 低于 0.1，{open:.0} % 高于 0.9"),
        }
    }

    pub(in crate::dashboard) fn gradient_flow_title(self) -> &'static str {
        self.of("gradient flow ‖∂loss/∂h‖", "梯度流 ‖∂loss/∂h‖")
    }

    /// How much of the gradient of the last step is left at the first one.
    pub(in crate::dashboard) fn gradient_ratio(self, ratio: f64) -> String {
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
    pub(in crate::dashboard) fn pooled_read_out(
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
    pub(in crate::dashboard) fn state_space_title(
        self,
        is_exact: bool,
        variance: f64,
        points: usize,
        width: usize,
    ) -> String {
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

    pub(in crate::dashboard) fn shapes_title(self) -> &'static str {
        self.of("shapes of one step", "一步训练的张量形状")
    }

    /// What an axis counts, and its size.
    pub(in crate::dashboard) fn axis(self, axis: Axis, size: usize) -> String {
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
    pub(in crate::dashboard) fn output_and_last_states(self, has_cell: bool) -> [String; 2] {
        let states = if has_cell { "h_n, c_n" } else { "h_n" };
        match self {
            Self::English => ["output: last layer, every step".to_owned(), format!("{states}: every layer, last step")],
            Self::Chinese => ["output：最后一层，所有时间步".to_owned(), format!("{states}：所有层，最后一步")],
        }
    }

    /// What a tensor is.
    pub(in crate::dashboard) fn tensor(self, name: TensorName) -> &'static str {
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

    pub(in crate::dashboard) fn one_step_only(self) -> &'static str {
        self.of("one step: no way back in time", "只有一步：没有可回溯的时间")
    }

    pub(in crate::dashboard) fn layer(self, layer: usize, of: usize) -> String {
        format!("{} {layer}/{of}", self.of("layer", "层"))
    }

    /// How many units and steps there are, and how many of each share a place.
    pub(in crate::dashboard) fn pooled(
        self,
        (units, by_units): (usize, usize),
        (steps, by_steps): (usize, usize),
    ) -> String {
        let what = format!("{units}×{steps}, {} {by_units}×{by_steps},", self.of("means of", "均值"));
        if by_units * by_steps == 1 { format!("{units}×{steps},") } else { what }
    }

    pub(in crate::dashboard) fn units(self) -> &'static str {
        self.of("units", "单元")
    }

    pub(in crate::dashboard) fn steps(self) -> &'static str {
        self.of("steps", "步")
    }
}
