//! What goes on in the model: states, gates, gradients, tensors.

use crate::columns::Columns;

use crate::dashboard::numbers::{number, power_of_ten};
use crate::language::Language;
use crate::model::{Axis, QuantityKind, TensorRole};

/// With a loss below this, in nats, a word is as good as learned: p is above 0.9.
const LEARNED: f64 = 0.1;

impl Language {
    /// A term and the letter that stands for it in the equations.
    pub(crate) fn term(self, term: QuantityKind) -> &'static str {
        match term {
            QuantityKind::HiddenState => self.pick("hidden state h", "隐藏状态 h"),
            QuantityKind::CellState => self.pick("cell state c", "细胞状态 c"),
            QuantityKind::InputGate => self.pick("input gate i", "输入门 i"),
            QuantityKind::ForgetGate => self.pick("forget gate f", "遗忘门 f"),
            QuantityKind::CellCandidate => self.pick("candidate g", "候选值 g"),
            QuantityKind::OutputGate => self.pick("output gate o", "输出门 o"),
            QuantityKind::ResetGate => self.pick("reset gate r", "重置门 r"),
            QuantityKind::UpdateGate => self.pick("update gate z", "更新门 z"),
            QuantityKind::Candidate => self.pick("candidate n", "候选状态 n"),
            QuantityKind::HiddenLayer => self.pick("hidden layer h", "隐藏层 h"),
            QuantityKind::Embedding => self.pick("embedding x", "词嵌入 x"),
            QuantityKind::Residual => self.pick("residual stream h", "残差流 h"),
            QuantityKind::MlpUnit => self.pick("MLP unit u", "MLP 单元 u"),
            QuantityKind::Attention => self.pick("attention α", "注意力 α"),
            QuantityKind::RecurrentWeight => self.pick("recurrent weights U", "循环权重 U"),
            QuantityKind::PreActivation => self.pick("sum before the activation a", "激活前的和 a"),
            QuantityKind::InputSum => self.pick("share of the input W·x + b", "输入部分 W·x + b"),
            QuantityKind::RecurrentSum => self.pick("share of the state before U·h₋₁ + b′", "前一状态部分 U·h₋₁ + b′"),
        }
    }

    /// In place of a picture of what the model does not have.
    pub(crate) fn no_states(self) -> &'static str {
        self.pick("this model has no states", "该模型没有隐藏状态")
    }

    pub(crate) fn no_attention(self) -> &'static str {
        self.pick("this model has no attention", "该模型没有注意力")
    }

    /// Which layer of how many, and which head; the one after the last is their mean.
    pub(crate) fn attention_title(self, (layer, layers): (usize, usize), (head, heads): (usize, usize)) -> String {
        let of_layers = if layers > 1 { format!("  {}", self.layer(layer, layers)) } else { String::new() };
        let of_heads = match self {
            Self::English if head > heads => format!("mean of {heads} heads"),
            Self::English => format!("head {head}/{heads}"),
            Self::Chinese if head > heads => format!("{heads} 个头的均值"),
            Self::Chinese => format!("头 {head}/{heads}"),
        };
        format!("{}{of_layers}  {of_heads}", self.pick("attention in %", "注意力，%"))
    }

    /// What a position reads.
    pub(crate) fn reads(self, word: &str, shares: &str) -> String {
        match self {
            Self::English => format!("{word} reads: {shares}"),
            Self::Chinese => format!("{word} 读取：{shares}"),
        }
    }

    pub(crate) fn attention_entropy(self, bits: &str, most: &str) -> String {
        match self {
            Self::English => format!("entropy {bits} of {most} bits"),
            Self::Chinese => format!("熵 {bits}，最多 {most} 比特"),
        }
    }

    /// The probability of the answer with and without a head.
    pub(crate) fn without_head(self, word: &str, own: &str, without: &str) -> String {
        match self {
            Self::English => format!("p({word}) {own}, without this head {without}"),
            Self::Chinese => format!("p({word}) {own}，去掉这个头 {without}"),
        }
    }

    /// What each word matters to the answer by its gradient.
    pub(crate) fn gradient_reads(self, shares: &str) -> String {
        match self {
            Self::English => format!("by the gradient the answer depends on: {shares}"),
            Self::Chinese => format!("按梯度，答案取决于：{shares}"),
        }
    }

    /// The probability of the answer if the output layer read what there is before the first layer, and after each.
    pub(crate) fn logit_lens(self, word: &str, layers: usize, probabilities: &str) -> String {
        match self {
            Self::English => format!("logit lens: p({word}) after 0 to {layers} layers {probabilities}"),
            Self::Chinese => format!("logit lens：经过 0 到 {layers} 层后的 p({word}) {probabilities}"),
        }
    }

    /// Shares of a gate's values: nearly shut, nearly open.
    pub(crate) fn saturation(self, (shut, open): (f64, f64)) -> String {
        let (shut, open) = (100.0 * shut, 100.0 * open);
        match self {
            Self::English => format!("{shut:.0} % below 0.1, {open:.0} % above 0.9"),
            Self::Chinese => format!("{shut:.0} % 低于 0.1，{open:.0} % 高于 0.9"),
        }
    }

    /// Of what the gradient is, if that is known.
    pub(crate) fn gradient_flow_title(self, to: Option<QuantityKind>) -> String {
        let norm = to.map(|term| format!(" ‖∂loss/∂{}‖", term.symbol())).unwrap_or_default();
        format!("{}{norm}", self.pick("gradient flow", "梯度流"))
    }

    /// Whose loss is traced back, long and short.
    pub(crate) fn traced_loss(self, word: &str, is_right: bool) -> [String; 2] {
        let whose = if is_right {
            [self.pick("the right word", "正确的词"), self.pick("right word", "正确的词")]
        } else {
            [self.pick("the model's own answer", "模型自己的答案"), self.pick("own answer", "自己的答案")]
        };
        let gap = self.pick(", ", "，");
        [format!("loss = −ln p({word}){gap}{}", whose[0]), format!("−ln p({word}){gap}{}", whose[1])]
    }

    /// That nothing reaches the first step, because the model reads the last words only.
    pub(crate) fn beyond_context(self, context: usize) -> String {
        match self {
            Self::English => format!("reads the last {context} words: nothing reaches those before"),
            Self::Chinese => format!("只读最后 {context} 个词：梯度不会到达更早的词"),
        }
    }

    /// What becomes of a gradient that is multiplied by this on its way from the last step to the first.
    fn becomes(self, ratio: f64) -> &'static str {
        match ratio {
            ratio if ratio < 0.01 => self.pick("vanishes", "消失"),
            ratio if ratio < 0.5 => self.pick("fades", "减弱"),
            ratio if ratio <= 2.0 => self.pick("survives", "保持"),
            ratio if ratio <= 100.0 => self.pick("grows", "增强"),
            _ => self.pick("explodes", "爆炸"),
        }
    }

    /// What becomes of a gradient that is multiplied by `ratio` on its way from the last step to the first, and of c beside it;
    /// and what that means at this loss.
    pub(crate) fn gradient_verdict(self, ratio: f64, beside: Option<f64>, loss: f64) -> Vec<String> {
        if !ratio.is_finite() {
            return vec![self.pick("no gradient at the last step", "末步没有梯度").to_owned()];
        }
        let beside_it = beside.map(|ratio| format!("{}{}", self.pick(", c ", "，c "), self.becomes(ratio)));
        let shown = if ratio > 0.0 { power_of_ten(ratio) } else { "< 10^-38".to_owned() };
        let so = match beside.unwrap_or(0.0).max(ratio) {
            _ if loss < LEARNED => self.pick("learned, little to send", "已学会，回传很少"),
            carried if carried < 0.01 => self.pick("first word not felt", "感觉不到第一个词"),
            carried if carried < 0.5 => self.pick("first word felt a little", "对第一个词略有感觉"),
            carried if carried <= 100.0 => self.pick("first word is felt", "能感觉到第一个词"),
            _ => self.pick("large steps: clip", "步子过大：应裁剪"),
        };
        let name = self.pick("first/last", "首/末");
        vec![
            format!("{name} {shown} {}{}", self.becomes(ratio), beside_it.unwrap_or_default()),
            format!("{} {}{}{so}", self.pick("loss", "损失"), number(loss), self.pick(": ", "：")),
        ]
    }

    /// What the shares of a weight's gradient add up to, and from how many of the last steps nearly all of it comes.
    pub(crate) fn gradient_sum(self, sum: f64, (last, steps): (usize, usize)) -> Vec<String> {
        let sum = power_of_ten(sum);
        match self {
            Self::English => {
                vec![format!("sum of all steps {sum}"), format!("0.9 of it from the last {last} of {steps} steps")]
            }
            Self::Chinese => vec![format!("各步之和 {sum}"), format!("其中九成来自最后 {last} 步（共 {steps} 步）")],
        }
    }

    /// How the residual stream that enters a layer of a transformer is reached.
    pub(crate) fn gradient_by_attention(self, ratio: f64, loss: f64) -> Vec<String> {
        let so = if loss < LEARNED {
            self.pick("learned, little to send", "已学会，回传很少")
        } else {
            self.pick("each word is one step away", "每个词只隔一步")
        };
        vec![
            format!(
                "{} {} {}",
                self.pick("first/last", "首/末"),
                power_of_ten(ratio),
                self.pick("by attention", "经注意力")
            ),
            format!("{} {}{}{so}", self.pick("loss", "损失"), number(loss), self.pick(": ", "：")),
        ]
    }

    /// What the pale bars are.
    pub(crate) fn bars_before(self, model: &str) -> String {
        format!("░ {}{model}", self.pick("before: ", "之前："))
    }

    /// The mean of a gate over all units and steps, which is what carries a state and its gradient on.
    pub(crate) fn mean_of_gate(self, gate: &str, mean: f32) -> String {
        match self {
            Self::English => format!("carried on by {gate}, mean {mean:.3}"),
            Self::Chinese => format!("由 {gate} 传递，均值 {mean:.3}"),
        }
    }

    /// Between two sentences on one line.
    pub(crate) fn semicolon(self) -> &'static str {
        self.pick("; ", "；")
    }

    pub(crate) fn mean_gate(self, gate: &str) -> String {
        format!("{} {gate}", self.pick("mean", "均值"))
    }

    /// Which units and steps, each from the first to the last, share a place of the overview, and their mean.
    pub(crate) fn pooled_read_out(
        self,
        units: (usize, usize),
        steps: (usize, usize),
        word: &str,
        mean: &str,
    ) -> String {
        let range = |(first, last)| if first == last { format!("{first}") } else { format!("{first}-{last}") };
        let (unit, step) = (self.pick("unit", "单元"), self.pick("step", "步"));
        format!("{unit} {}, {step} {} ({word}): {} {mean}", range(units), range(steps), self.pick("mean", "均值"))
    }

    /// What the two axes are, in at most `width` columns if there is a way to say it. Up to three points lie in a plane anyway.
    pub(crate) fn state_space_title(self, is_exact: bool, variance: f64, points: usize, width: usize) -> String {
        if is_exact {
            return self.pick("state space h₁, h₂", "状态空间 h₁、h₂").to_owned();
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
        if long.columns() <= width { long } else { short }
    }

    pub(crate) fn shapes_title(self) -> &'static str {
        self.pick("shapes of one step", "一步训练的张量形状")
    }

    /// What an axis counts, and its size.
    pub(crate) fn axis(self, axis: Axis, size: usize) -> String {
        format!("{axis} = {size} {}", self.counted(axis))
    }

    fn counted(self, axis: Axis) -> &'static str {
        match axis {
            Axis::Steps => self.pick("steps", "时间步"),
            Axis::Batch => self.pick("sequences", "序列"),
            Axis::Vocabulary => self.pick("words known", "词表"),
            Axis::Embedding => self.pick("embedding", "词嵌入"),
            Axis::Hidden => self.pick("units", "单元"),
            Axis::Layers => self.pick("layers", "层"),
            Axis::Predictions => self.pick("predictions", "预测"),
            Axis::Positions => self.pick("positions", "位置"),
            Axis::Inner => self.pick("MLP units", "MLP 单元"),
            Axis::Heads => self.pick("heads", "注意力头"),
            Axis::Times(_, axis) => self.counted(*axis),
        }
    }

    /// What is confused most, in two halves.
    pub(crate) fn output_and_last_states(self, has_cell: bool) -> [String; 2] {
        let states = if has_cell { "h_n, c_n" } else { "h_n" };
        match self {
            Self::English => ["output: last layer, every step".to_owned(), format!("{states}: every layer, last step")],
            Self::Chinese => ["output：最后一层，所有时间步".to_owned(), format!("{states}：所有层，最后一步")],
        }
    }

    /// What a tensor is.
    pub(crate) fn tensor(self, meaning: TensorRole) -> &'static str {
        match meaning {
            TensorRole::Ids => self.pick("the words that are read", "读入的词"),
            TensorRole::EmbeddingTable => self.pick("embedding table", "词嵌入表"),
            TensorRole::PositionTable => self.pick("position table", "位置嵌入表"),
            TensorRole::NormScale => self.pick("scale of the layer norm", "层归一化的缩放"),
            TensorRole::AttentionInput => self.pick("weight to queries, keys, values", "到查询、键、值的权重"),
            TensorRole::AttentionOutput => self.pick("weight from the heads to the stream", "各头到残差流的权重"),
            TensorRole::MlpInput => self.pick("weight into the MLP", "进入 MLP 的权重"),
            TensorRole::MlpOutput => self.pick("weight out of the MLP", "MLP 输出的权重"),
            TensorRole::Residual => self.pick("residual stream", "残差流"),
            TensorRole::QueriesKeysValues => self.pick("queries, keys, values", "查询、键、值"),
            TensorRole::AttentionWeights => self.pick("who reads from whom", "谁从谁那里读取"),
            TensorRole::AttentionResult => self.pick("what the heads have read", "各头读到的内容"),
            TensorRole::MlpUnits => self.pick("units of the MLP", "MLP 的单元"),
            TensorRole::WordVectors => self.pick("their vectors", "词向量"),
            TensorRole::PerWordProjection => self.pick(
                "emb.weight · weight_ih_l0ᵀ + bias, once per word",
                "emb.weight · weight_ih_l0ᵀ + 偏置，每词一次",
            ),
            TensorRole::Context => self.pick("vectors of the last words", "最近几个词的词向量"),
            TensorRole::DirectWeight => self.pick("weight from the context to words", "上下文直接到词的权重"),
            TensorRole::HiddenLayer => self.pick("hidden layer for each prediction", "每次预测的隐藏层"),
            TensorRole::InputWeight => self.pick("weight on the input", "输入的权重"),
            TensorRole::RecurrentWeight => self.pick("weight on h before", "前一步 h 的权重"),
            TensorRole::Bias => self.pick("bias beside it", "与之相加的偏置"),
            TensorRole::InitialHidden => self.pick("hidden states before the first step", "第一步之前的隐藏状态"),
            TensorRole::InitialCell => self.pick("cell states before the first step", "第一步之前的细胞状态"),
            TensorRole::Gates => self.pick("gates at every step", "每步的门"),
            TensorRole::Cell => self.pick("cell state after every step", "每步之后的细胞状态"),
            TensorRole::Hidden => self.pick("hidden state after every step", "每步之后的隐藏状态"),
            TensorRole::Output => self.pick("h of the last layer after every step", "最后一层每步之后的 h"),
            TensorRole::LastHidden => self.pick("h of every layer after the last step", "每一层最后一步之后的 h"),
            TensorRole::LastCell => self.pick("c of every layer after the last step", "每一层最后一步之后的 c"),
            TensorRole::Selected => self.pick("rows of output that predict a word", "output 中用于预测的行"),
            TensorRole::OutputWeight => self.pick("weight from h to words", "h 到词的权重"),
            TensorRole::OutputBias => self.pick("bias of the words", "词的偏置"),
            TensorRole::Logits => self.pick("a score for every word", "每个词的得分"),
            TensorRole::Targets => self.pick("the words to be predicted", "要预测的词"),
            TensorRole::Loss => self.pick("mean cross-entropy", "平均交叉熵"),
        }
    }

    pub(crate) fn one_step_only(self) -> &'static str {
        self.pick("one step: no way back in time", "只有一步：没有可回溯的时间")
    }

    pub(crate) fn layer(self, layer: usize, of: usize) -> String {
        format!("{} {layer}/{of}", self.pick("layer", "层"))
    }

    /// How many units and steps there are, and how many of each share a place.
    pub(crate) fn pooled(self, (units, by_units): (usize, usize), (steps, by_steps): (usize, usize)) -> String {
        let what = format!("{units}×{steps}, {} {by_units}×{by_steps},", self.pick("means of", "均值"));
        if by_units * by_steps == 1 { format!("{units}×{steps},") } else { what }
    }

    pub(crate) fn units(self) -> &'static str {
        self.pick("units", "单元")
    }

    pub(crate) fn steps(self) -> &'static str {
        self.pick("steps", "步")
    }

    pub(crate) fn scaling_title(self, batch: usize, is_measuring: bool) -> String {
        let measuring = if is_measuring { self.pick(", measuring …", "，测量中…") } else { "" };
        match self {
            Self::English => format!("ms of a step, {batch} × T words, one thread{measuring}"),
            Self::Chinese => format!("一步的毫秒数，{batch} × T 个词，单线程{measuring}"),
        }
    }

    pub(crate) fn measuring(self) -> &'static str {
        self.pick("measuring …", "测量中…")
    }

    pub(crate) fn how_to_measure(self, key: Option<&str>) -> String {
        match (key, self) {
            (None, _) => self.pick("the teacher can measure it", "教师可以测量").to_owned(),
            (Some(key), Self::English) => format!("{key} measures it on this machine (pause training first)"),
            (Some(key), Self::Chinese) => format!("按 {key} 在本机测量（请先暂停训练）"),
        }
    }

    /// How many products wait for each other.
    pub(crate) fn depth(self, depth: u128, window: usize) -> String {
        match self {
            Self::English => format!("at T={window} {depth} products one after the other"),
            Self::Chinese => format!("T={window} 时有 {depth} 次乘积须依次进行"),
        }
    }

    /// Mebibytes of a step, and the speed-up with several threads.
    pub(crate) fn memory_and_threads(self, memory: f64, window: usize, faster: Option<(usize, f64)>) -> String {
        let memory = number(memory);
        let threads = faster.map(|(threads, times)| match self {
            Self::English => format!(", {threads} threads: ×{times:.2}"),
            Self::Chinese => format!("，{threads} 个线程：×{times:.2}"),
        });
        let threads = threads.unwrap_or_default();
        match self {
            Self::English => format!("{memory} MiB foreseen at T={window}{threads}"),
            Self::Chinese => format!("T={window} 时预计 {memory} MiB{threads}"),
        }
    }

    /// From which window on one model is slower than another.
    pub(crate) fn overtakes(self, window: f64, [slower, faster]: &[String; 2]) -> String {
        match self {
            Self::English => format!("from T≈{window:.0} on {slower} takes longer than {faster}"),
            Self::Chinese => format!("从 T≈{window:.0} 起 {slower} 比 {faster} 慢"),
        }
    }
}
