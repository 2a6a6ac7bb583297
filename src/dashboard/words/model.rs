//! Sentences about the inside of a model: states, gates, gradients, tensors.

use std::fmt;

use crate::columns::Columns;
use crate::dashboard::numbers::{Number, power_of_ten};
use crate::language::{Language, Localized, Message};
use crate::model::{Axis, QuantityKind, TensorRole};

/// Loss in nats below which a word counts as learned: p is above 0.9.
const LEARNED: f64 = 0.1;

crate::messages! {
    for QuantityKind {
        HiddenState = "hidden state h", "隐藏状态 h";
        CellState = "cell state c", "细胞状态 c";
        InputGate = "input gate i", "输入门 i";
        ForgetGate = "forget gate f", "遗忘门 f";
        CellCandidate = "candidate g", "候选值 g";
        OutputGate = "output gate o", "输出门 o";
        ResetGate = "reset gate r", "重置门 r";
        UpdateGate = "update gate z", "更新门 z";
        Candidate = "candidate n", "候选状态 n";
        HiddenLayer = "hidden layer h", "隐藏层 h";
        Embedding = "embedding x", "词嵌入 x";
        Residual = "residual stream h", "残差流 h";
        MlpUnit = "MLP unit u", "MLP 单元 u";
        Attention = "attention α", "注意力 α";
        RecurrentWeight = "recurrent weights U", "循环权重 U";
        PreActivation = "sum before the activation a", "激活前的和 a";
        InputSum = "share of the input W·x + b", "输入部分 W·x + b";
        RecurrentSum = "share of the state before U·h₋₁ + b′", "前一状态部分 U·h₋₁ + b′";
    }
}

crate::messages! {
    for TensorRole {
        Ids = "the words that are read", "读入的词";
        EmbeddingTable = "embedding table", "词嵌入表";
        PositionTable = "position table", "位置嵌入表";
        NormScale = "scale of the layer norm", "层归一化的缩放";
        AttentionInput = "weight to queries, keys, values", "到查询、键、值的权重";
        AttentionOutput = "weight from the heads to the stream", "各头到残差流的权重";
        MlpInput = "weight into the MLP", "进入 MLP 的权重";
        MlpOutput = "weight out of the MLP", "MLP 输出的权重";
        Residual = "residual stream", "残差流";
        QueriesKeysValues = "queries, keys, values", "查询、键、值";
        AttentionWeights = "who reads from whom", "谁从谁那里读取";
        AttentionResult = "what the heads have read", "各头读到的内容";
        MlpUnits = "units of the MLP", "MLP 的单元";
        WordVectors = "their vectors", "词向量";
        PerWordProjection = "emb.weight · weight_ih_l0ᵀ + bias, once per word", "emb.weight · weight_ih_l0ᵀ + 偏置，每词一次";
        Context = "vectors of the last words", "最近几个词的词向量";
        DirectWeight = "weight from the context to words", "上下文直接到词的权重";
        HiddenLayer = "hidden layer for each prediction", "每次预测的隐藏层";
        InputWeight = "weight on the input", "输入的权重";
        RecurrentWeight = "weight on h before", "前一步 h 的权重";
        Bias = "bias beside it", "与之相加的偏置";
        InitialHidden = "hidden states before the first step", "第一步之前的隐藏状态";
        InitialCell = "cell states before the first step", "第一步之前的细胞状态";
        Gates = "gates at every step", "每步的门";
        Cell = "cell state after every step", "每步之后的细胞状态";
        Hidden = "hidden state after every step", "每步之后的隐藏状态";
        Output = "h of the last layer after every step", "最后一层每步之后的 h";
        LastHidden = "h of every layer after the last step", "每一层最后一步之后的 h";
        LastCell = "c of every layer after the last step", "每一层最后一步之后的 c";
        Selected = "rows of output that predict a word", "output 中用于预测的行";
        OutputWeight = "weight from h to words", "h 到词的权重";
        OutputBias = "bias of the words", "词的偏置";
        Logits = "a score for every word", "每个词的得分";
        Targets = "the words to be predicted", "要预测的词";
        Loss = "mean cross-entropy", "平均交叉熵";
    }
}

impl Localized for Axis {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => language.pick("steps", "时间步"),
            Self::Batch => language.pick("sequences", "序列"),
            Self::Vocabulary => language.pick("words known", "词表"),
            Self::Embedding => language.pick("embedding", "词嵌入"),
            Self::Hidden => language.pick("units", "单元"),
            Self::Layers => language.pick("layers", "层"),
            Self::Predictions => language.pick("predictions", "预测"),
            Self::Positions => language.pick("positions", "位置"),
            Self::Inner => language.pick("MLP units", "MLP 单元"),
            Self::Heads => language.pick("heads", "注意力头"),
            Self::Times(_, axis) => return axis.fmt_in(language, f),
        })
    }
}

crate::messages! {
    /// The panels of states, gates and attention.
    #[derive(Clone, Debug)]
    pub(crate) enum ModelText {
        NoStates = "this model has no states", "该模型没有隐藏状态";
        NoAttention = "this model has no attention", "该模型没有注意力";
        Layer { layer: usize, layers: usize } = "layer {layer}/{layers}", "层 {layer}/{layers}";
        Units = "units", "单元";
        Steps = "steps", "步";
        Saturation { shut: f64, open: f64 } =
            "{shut:.0} % below 0.1, {open:.0} % above 0.9", "{shut:.0} % 低于 0.1，{open:.0} % 高于 0.9";
        MeanGate { gate: &'static str } = "mean {gate}", "均值 {gate}";
        PooledReadOut { units: String, steps: String, word: String, mean: String } =
            "unit {units}, step {steps} ({word}): mean {mean}", "单元 {units}, 步 {steps} ({word}): 均值 {mean}";
        Pooled { units: usize, steps: usize, by_units: usize, by_steps: usize } =
            "{units}×{steps}, means of {by_units}×{by_steps},", "{units}×{steps}, 均值 {by_units}×{by_steps},";
        NotPooled { units: usize, steps: usize } = "{units}×{steps},", "{units}×{steps},";
    }
}

impl ModelText {
    /// The number of units and steps, and how many of each are pooled.
    pub(crate) fn pooled([units, steps]: [usize; 2], [by_units, by_steps]: [usize; 2]) -> Self {
        if by_units * by_steps == 1 {
            Self::NotPooled { units, steps }
        } else {
            Self::Pooled { units, steps, by_units, by_steps }
        }
    }
}

crate::messages! {
    /// The attention panel.
    pub(crate) enum AttentionText {
        Title { heads: Message } = "attention in %  {heads}", "注意力，%  {heads}";
        TitleOfLayer { layer: ModelText, heads: Message } = "attention in %  {layer}  {heads}", "注意力，%  {layer}  {heads}";
        Head { head: usize, heads: usize } = "head {head}/{heads}", "头 {head}/{heads}";
        MeanOfHeads { heads: usize } = "mean of {heads} heads", "{heads} 个头的均值";
        Reads { word: String, shares: String } = "{word} reads: {shares}", "{word} 读取：{shares}";
        Entropy { bits: Number, most: Number } = "entropy {bits} of {most} bits", "熵 {bits}，最多 {most} 比特";
        WithoutHead { word: String, with: String, without: String } =
            "p({word}) {with}, without this head {without}", "p({word}) {with}，去掉这个头 {without}";
        GradientReads { shares: String } =
            "by the gradient the answer depends on: {shares}", "按梯度，答案取决于：{shares}";
        LogitLens { word: String, layers: usize, probabilities: String } =
            "logit lens: p({word}) after 0 to {layers} layers {probabilities}",
            "logit lens：经过 0 到 {layers} 层后的 p({word}) {probabilities}";
    }
}

impl AttentionText {
    /// Layer `layer` of `layers` and head `head` of `heads`, both counted from 0; the head after the last is their mean.
    pub(crate) fn title([layer, layers]: [usize; 2], [head, heads]: [usize; 2]) -> Self {
        let heads = Message::from(match head {
            head if head >= heads => Self::MeanOfHeads { heads },
            head => Self::Head { head: head + 1, heads },
        });
        match layers {
            0 | 1 => Self::Title { heads },
            layers => Self::TitleOfLayer { layer: ModelText::Layer { layer: layer + 1, layers }, heads },
        }
    }
}

crate::messages! {
    /// The gradient flow panel.
    #[derive(Clone, Debug)]
    pub(crate) enum GradientText {
        Title = "gradient flow", "梯度流";
        TitleOf { symbol: &'static str } = "gradient flow ‖∂loss/∂{symbol}‖", "梯度流 ‖∂loss/∂{symbol}‖";
        LossOfRightWord { word: String } = "loss = −ln p({word}), the right word", "loss = −ln p({word})，正确的词";
        LossOfOwnAnswer { word: String } =
            "loss = −ln p({word}), the model's own answer", "loss = −ln p({word})，模型自己的答案";
        ShortLossOfRightWord { word: String } = "−ln p({word}), right word", "−ln p({word})，正确的词";
        ShortLossOfOwnAnswer { word: String } = "−ln p({word}), own answer", "−ln p({word})，自己的答案";
        BeyondContext { context: usize } =
            "reads the last {context} words: nothing reaches those before", "只读最后 {context} 个词：梯度不会到达更早的词";
        NoGradient = "no gradient at the last step", "末步没有梯度";
        OneStep = "one step: no way back in time", "只有一步：没有可回溯的时间";
        Vanishes = "vanishes", "消失";
        Fades = "fades", "减弱";
        Survives = "survives", "保持";
        Grows = "grows", "增强";
        Explodes = "explodes", "爆炸";
        Ratio { ratio: String, becomes: Message } = "first/last {ratio} {becomes}", "首/末 {ratio} {becomes}";
        RatioBesideCell { ratio: String, becomes: Message, cell: Message } =
            "first/last {ratio} {becomes}, c {cell}", "首/末 {ratio} {becomes}，c {cell}";
        RatioByAttention { ratio: String } = "first/last {ratio} by attention", "首/末 {ratio} 经注意力";
        AtLoss { loss: Number, so: Message } = "loss {loss}: {so}", "损失 {loss}：{so}";
        Learned = "learned, little to send", "已学会，回传很少";
        FirstWordNotFelt = "first word not felt", "感觉不到第一个词";
        FirstWordFeltALittle = "first word felt a little", "对第一个词略有感觉";
        FirstWordFelt = "first word is felt", "能感觉到第一个词";
        ClipLargeSteps = "large steps: clip", "步子过大：应裁剪";
        OneStepAway = "each word is one step away", "每个词只隔一步";
        Sum { sum: String } = "sum of all steps {sum}", "各步之和 {sum}";
        MostOfSum { last: usize, steps: usize } =
            "0.9 of it from the last {last} of {steps} steps", "其中九成来自最后 {last} 步（共 {steps} 步）";
        BarsBefore { model: String } = "░ before: {model}", "░ 之前：{model}";
        MeanOfGate { gate: &'static str, mean: f32 } = "carried on by {gate}, mean {mean:.3}", "由 {gate} 传递，均值 {mean:.3}";
    }
}

impl GradientText {
    /// The title for the gradient with respect to a quantity.
    pub(crate) fn title(kind: Option<QuantityKind>) -> Self {
        kind.map_or(Self::Title, |kind| Self::TitleOf { symbol: kind.symbol() })
    }

    /// The loss whose gradient is shown.
    pub(crate) fn traced_loss(word: String, is_right: bool) -> Self {
        if is_right { Self::LossOfRightWord { word } } else { Self::LossOfOwnAnswer { word } }
    }

    /// The loss whose gradient is shown, in fewer columns.
    pub(crate) fn short_traced_loss(word: String, is_right: bool) -> Self {
        if is_right { Self::ShortLossOfRightWord { word } } else { Self::ShortLossOfOwnAnswer { word } }
    }

    /// Verdict on a gradient whose norm at the first step is `ratio` times that at the last one.
    fn becomes(ratio: f64) -> Message {
        Message::from(match ratio {
            ratio if ratio < 0.01 => Self::Vanishes,
            ratio if ratio < 0.5 => Self::Fades,
            ratio if ratio <= 2.0 => Self::Survives,
            ratio if ratio <= 100.0 => Self::Grows,
            _ => Self::Explodes,
        })
    }

    /// Verdict on a gradient whose norm at the first step is `ratio` times that at the last one, with the ratio `cell` of the cell state; and
    /// its meaning at this loss.
    pub(crate) fn verdict(ratio: f64, cell: Option<f64>, loss: f64) -> Vec<Self> {
        if !ratio.is_finite() {
            return vec![Self::NoGradient];
        }
        let shown = if ratio > 0.0 { power_of_ten(ratio) } else { "< 10^-38".to_owned() };
        let becomes = Self::becomes(ratio);
        let so = match cell.unwrap_or(0.0).max(ratio) {
            _ if loss < LEARNED => Self::Learned,
            carried if carried < 0.01 => Self::FirstWordNotFelt,
            carried if carried < 0.5 => Self::FirstWordFeltALittle,
            carried if carried <= 100.0 => Self::FirstWordFelt,
            _ => Self::ClipLargeSteps,
        };
        let ratio = match cell {
            Some(cell) => Self::RatioBesideCell { ratio: shown, becomes, cell: Self::becomes(cell) },
            None => Self::Ratio { ratio: shown, becomes },
        };
        vec![ratio, Self::AtLoss { loss: Number(loss), so: so.into() }]
    }

    /// The norm of a weight's gradient, and the number of last steps that make up nearly all of it.
    pub(crate) fn sum(sum: f64, last: usize, steps: usize) -> Vec<Self> {
        vec![Self::Sum { sum: power_of_ten(sum) }, Self::MostOfSum { last, steps }]
    }

    /// Verdict on the gradient of a transformer's residual stream, and its meaning at this loss.
    pub(crate) fn by_attention(ratio: f64, loss: f64) -> Vec<Self> {
        let so = if loss < LEARNED { Self::Learned } else { Self::OneStepAway };
        let ratio = Self::RatioByAttention { ratio: power_of_ten(ratio) };
        vec![ratio, Self::AtLoss { loss: Number(loss), so: so.into() }]
    }
}

crate::messages! {
    /// The state space panel.
    enum StateSpaceText {
        Exact = "state space h₁, h₂", "状态空间 h₁、h₂";
        FewPoints { points: usize } = "h: {points} points lie in a plane", "h：{points} 个点必在同一平面上";
        Components { percent: f64 } =
            "state space h: 2 principal components, {percent:.0} % of the variance",
            "状态空间 h：前两个主成分，占方差 {percent:.0} %";
        ShortComponents { percent: f64 } = "h, 2 PCs: {percent:.0} % of variance", "h 前两主成分：方差 {percent:.0} %";
    }
}

/// The title with the meaning of the axes, in its short form if the long one takes more than `width` columns. Up to three points always lie
/// in a plane.
pub(crate) fn state_space_title(
    is_exact: bool,
    variance: f64,
    points: usize,
    width: usize,
    language: Language,
) -> String {
    let percent = 100.0 * variance;
    if is_exact {
        return language.say(StateSpaceText::Exact);
    }
    if points <= 3 {
        return language.say(StateSpaceText::FewPoints { points });
    }
    let long = language.say(StateSpaceText::Components { percent });
    if long.columns() <= width { long } else { language.say(StateSpaceText::ShortComponents { percent }) }
}

crate::messages! {
    /// The shapes panel.
    pub(crate) enum ShapesText {
        Title = "shapes of one step", "一步训练的张量形状";
        Axis { axis: String, size: usize, counts: Axis } = "{axis} = {size} {counts}", "{axis} = {size} {counts}";
        Output = "output: last layer, every step", "output：最后一层，所有时间步";
        LastState = "h_n: every layer, last step", "h_n：所有层，最后一步";
        LastStates = "h_n, c_n: every layer, last step", "h_n, c_n：所有层，最后一步";
    }
}
