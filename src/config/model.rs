//! The section `[model]`: the network.

use super::change::{BEGINNING, DROPOUT, ENGINE, NETWORK};
use super::kind::{Bound, Kind, number, share, size, whole};
use super::messages::ConfigMessage;
use super::read_by::{Condition, ReadBy};
use super::table::{Offer, Step, row, section};
use crate::choice::choice;
use crate::model::CellName;

const RECURRENT: ReadBy = ReadBy::Chosen(&[architecture(&[Architecture::Recurrent.as_str()])]);
const NPLM: ReadBy = ReadBy::Chosen(&[architecture(&[Architecture::Nplm.as_str()])]);
const TRANSFORMER: ReadBy = ReadBy::Chosen(&[architecture(&[Architecture::Transformer.as_str()])]);
const NPLM_OR_TRANSFORMER: ReadBy =
    ReadBy::Chosen(&[architecture(&[Architecture::Nplm.as_str(), Architecture::Transformer.as_str()])]);
const RECURRENT_OR_NPLM: ReadBy =
    ReadBy::Chosen(&[architecture(&[Architecture::Recurrent.as_str(), Architecture::Nplm.as_str()])]);
const RECURRENT_OR_TRANSFORMER: ReadBy =
    ReadBy::Chosen(&[architecture(&[Architecture::Recurrent.as_str(), Architecture::Transformer.as_str()])]);
/// The names of all cells with a forget gate.
const WITH_FORGET_GATE: &[&str] = &[CellName::Lstm.as_str()];
const FORGET_GATE: ReadBy = ReadBy::Chosen(&[
    architecture(&[Architecture::Recurrent.as_str()]),
    Condition::new("model.cell", WITH_FORGET_GATE).problem(|cell| ConfigMessage::NoForgetGate { cell }),
]);

const fn architecture(names: &'static [&'static str]) -> Condition {
    Condition::new("model.architecture", names)
}

section! {
    /// `[model]`
    pub struct ModelConfig at (model) {
        architecture: Architecture = Architecture::default(), row(Kind::Choice(Architecture::NAMES), NETWORK),
            "`\"recurrent\"`; `\"nplm\"` (Bengio et al. 2003): the last words, one beside the other, through a hidden layer. It has \
             `context`, `direct`, `embedding` and `hidden`, and none of the other keys; `\"transformer\"` (Vaswani et al. 2017): layers of \
             causal attention, normalized before each as GPT-2 (Radford et al. 2019), with learned positions and the exact GELU. It has \
             `context`, `embedding`, `heads`, `layers`, `mlp`, `dropout` and `tie_embeddings`. A running text is read window by window, \
             each by itself. Where `--set` names another kind of network, keys of the file that it does not have are left out",
            "`\"recurrent\"`；`\"nplm\"`（Bengio 等 2003）：最后几个词并排经过一个隐藏层，只有 `context`、`direct`、`embedding`、`hidden`；\
             `\"transformer\"`（Vaswani 等 2017）：因果注意力层，如 GPT-2（Radford 等 2019）在每层之前归一化，位置可学习，用精确的 GELU，\
             有 `context`、`embedding`、`heads`、`layers`、`mlp`、`dropout`、`tie_embeddings`。连续文本按窗口各自读取。用 `--set` \
             另选网络时，文件中它没有的键会去掉";
        cell: CellName = CellName::default(), row(Kind::Choice(CellName::NAMES), NETWORK).read_by(RECURRENT),
            "`\"lstm\"` (Hochreiter & Schmidhuber 1997), `\"gru\"` (Cho et al. 2014), `\"rnn\"` (Elman 1990), `\"mgu\"` (the minimal gated \
             unit, Zhou et al. 2016)",
            "`\"lstm\"`（Hochreiter & Schmidhuber 1997）、`\"gru\"`（Cho 等 2014）、`\"rnn\"`（Elman 1990）、`\"mgu\"`（最小门控单元，Zhou 等 \
             2016）";
        context: usize = 0,
            row(size(0), NETWORK).read_by(NPLM_OR_TRANSFORMER).in_editor("words of context", "上下文词数").offer(Offer::Nplm),
            "words that an NPLM or a transformer reads at once; of a longer text the last ones. 0: four for an NPLM, for a transformer as \
             many as the longest sentence or window has",
            "NPLM 或 Transformer 一次读的词数；文本更长时取最后的词。0：NPLM 为四个，Transformer 与最长的句子或窗口一样多";
        hidden: usize = 32, row(size(1), NETWORK).read_by(RECURRENT_OR_NPLM).in_editor("hidden units", "隐藏单元"),
            "units of a layer", "每层的单元数";
        layers: usize = 1,
            row(whole(1, 64), NETWORK).read_by(RECURRENT_OR_TRANSFORMER).in_editor("layers", "层数").step(Step::One),
            "layers, one above the other", "上下相叠的层数";
        embedding: usize = 16,
            row(size(1), NETWORK).in_editor("embedding", "词嵌入维数").offer(Offer::UntiedEmbedding),
            "numbers that stand for one word; of a transformer, where they are also the units of the residual stream, at least 3: of two \
             units layer normalization leaves only which one is larger",
            "代表一个词的数的个数；在 Transformer 中也是残差流的单元数，至少为 3：两个单元经层归一化后只剩下哪个更大";
        heads: usize = 4,
            row(size(1), NETWORK).read_by(TRANSFORMER).in_editor("heads", "注意力头").step(Step::Heads),
            "heads of attention in each layer of a transformer; they share `embedding` evenly",
            "Transformer 每层的注意力头数；它们平分 `embedding`";
        mlp: usize = 0,
            row(size(0), NETWORK).read_by(TRANSFORMER).in_editor("MLP units (0: ×4)", "MLP 单元（0：×4）"),
            "units between the two linear layers of a transformer's MLP; 0: four times `embedding`",
            "Transformer 的 MLP 两个线性层之间的单元数；0：`embedding` 的四倍";
        dropout: f64 = 0.0,
            row(share(), DROPOUT).read_by(RECURRENT_OR_TRANSFORMER).in_editor("dropout", "随机失活"),
            "the probability with which a number is dropped on its way up, from the embedding to the head (Zaremba et al. 2014); of a \
             transformer where GPT-2 does: the vectors of the words, the weights of attention, and what attention and MLP add",
            "数值自词嵌入向上到输出头时被丢弃的概率（Zaremba 等 2014）；Transformer 与 GPT-2 相同：词向量、注意力权重、注意力和 MLP 的输出";
        forget_bias: f64 = 0.0,
            row(number(Bound::Closed(-100.0), Bound::Closed(100.0)), BEGINNING)
                .read_by(FORGET_GATE)
                .in_editor("forget bias", "遗忘门偏置"),
            "added to the initial bias of an LSTM's forget gate (Jozefowicz et al. 2015 recommend 1)",
            "加到 LSTM 遗忘门初始偏置上的数（Jozefowicz 等 2015 建议 1）";
        direct: bool = false, row(Kind::Bool, NETWORK).read_by(NPLM).in_editor("direct weights", "直接权重"),
            "whether there is a weight from an NPLM's context directly to the words", "NPLM 的上下文是否有直接到词的权重";
        tie_embeddings: bool = false,
            row(Kind::Bool, NETWORK).read_by(RECURRENT_OR_TRANSFORMER).in_editor("tied embeddings", "共享词嵌入"),
            "one table for embedding and output layer (Press & Wolf 2017); with a recurrent network needs `embedding` = `hidden`",
            "词嵌入和输出层共用一张表（Press & Wolf 2017）；循环网络需要 `embedding` = `hidden`";
        engine: Engine = Engine::default(),
            row(Kind::Choice(Engine::NAMES), ENGINE).read_by(RECURRENT).in_editor("engine", "引擎"),
            "what computes a recurrent network: `\"fast\"`, the kernels of this program; `\"dfdx\"`, the same model as a dfdx user would \
             write it, to read and to compare: the numbers are the same, the speed is not",
            "由什么计算循环网络：`\"fast\"`，本程序的内核；`\"dfdx\"`，同一模型的 dfdx 写法，供阅读和比较：数值相同，速度不同";
    }
}

choice! {
    /// The kind of network.
    Architecture {
        /// Layers of a recurrent cell.
        Recurrent = "recurrent",
        /// The neural probabilistic language model (Bengio et al. 2003).
        Nplm = "nplm",
        /// Layers of causal attention (Vaswani et al. 2017), as in GPT-2.
        Transformer = "transformer",
    }
}

choice! {
    /// The implementation of a recurrent network; results are equal.
    Engine {
        /// The kernels of this program.
        Fast = "fast",
        /// dfdx's tensors, operations and tape.
        Dfdx = "dfdx",
    }
}

/// Smallest number of units of a transformer's residual stream: of two, layer normalization leaves only which one is larger.
pub(super) const MIN_STREAM: usize = 3;
/// A smaller embedding grows to this size when the network becomes a transformer, so that it can learn the first lesson.
const DEFAULT_MIN_STREAM: usize = 4;
/// Words that an NPLM reads if `context` is 0.
const DEFAULT_NPLM_CONTEXT: usize = 4;

impl ModelConfig {
    /// All networks: a recurrent one for each cell, then those without a cell.
    pub fn networks() -> impl Iterator<Item = (Architecture, CellName)> {
        let recurrent = CellName::ALL.iter().map(|(_, cell)| (Architecture::Recurrent, *cell));
        let others = Architecture::ALL.iter().map(|(_, kind)| (*kind, CellName::default()));
        recurrent.chain(others.filter(|(kind, _)| *kind != Architecture::Recurrent))
    }

    /// The name of the cell of a recurrent network, or of another architecture, as in a configuration.
    #[must_use]
    pub fn network(&self) -> &'static str {
        match self.architecture {
            Architecture::Recurrent => self.cell.as_str(),
            other => other.as_str(),
        }
    }

    /// The name for display: `LSTM`, `NPLM`, `transformer`.
    #[must_use]
    pub fn network_name(&self) -> String {
        let name = self.network();
        if self.architecture == Architecture::Transformer { name.to_owned() } else { name.to_uppercase() }
    }

    /// Changes to the next of all networks, or the previous one. Another architecture gets its default context, a transformer also sizes that
    /// fit; other keys stay until the settings are normalized.
    pub fn change_network(&mut self, forward: bool) {
        let all: Vec<_> = Self::networks().collect();
        let is_this = |(kind, cell): &(Architecture, CellName)| {
            *kind == self.architecture && (*kind != Architecture::Recurrent || *cell == self.cell)
        };
        let index = all.iter().position(is_this).unwrap_or(0);
        let before = self.architecture;
        (self.architecture, self.cell) = all[(index + if forward { 1 } else { all.len() - 1 }) % all.len()];
        if self.architecture != before {
            // the context of one architecture does not fit another
            self.context = if self.architecture == Architecture::Nplm { DEFAULT_NPLM_CONTEXT } else { 0 };
        }
        if self.architecture == Architecture::Transformer {
            self.embedding = self.embedding.max(DEFAULT_MIN_STREAM);
            self.fit_heads();
        }
    }

    /// Changes to the next larger or smaller number of heads that divides `embedding`; without one, nothing changes.
    pub fn change_heads(&mut self, more: bool) {
        let mut divisors = (1..=self.embedding).filter(|heads| self.embedding.is_multiple_of(*heads));
        let next = if more {
            divisors.find(|heads| *heads > self.heads)
        } else {
            divisors.take_while(|heads| *heads < self.heads).last()
        };
        self.heads = next.unwrap_or(self.heads);
    }

    /// Fits embedding and heads of a transformer, except those that were set.
    pub(super) fn fit_transformer(&mut self, embedding_is_chosen: bool, heads_are_chosen: bool) {
        if !embedding_is_chosen {
            self.embedding = self.embedding.max(DEFAULT_MIN_STREAM);
        }
        if !heads_are_chosen {
            self.fit_heads();
        }
    }

    /// Reduces `heads` to the next number that divides `embedding`, if it does not.
    fn fit_heads(&mut self) {
        if !self.embedding.is_multiple_of(self.heads.max(1)) {
            self.heads = self.heads.min(self.embedding + 1);
            self.change_heads(false);
        }
    }

    /// Number of words that an NPLM reads.
    #[must_use]
    pub fn nplm_context(&self) -> usize {
        if self.context == 0 { DEFAULT_NPLM_CONTEXT } else { self.context }
    }

    /// Number of units between the two linear layers of a transformer's MLP.
    #[must_use]
    pub fn mlp_units(&self) -> usize {
        if self.mlp == 0 { 4 * self.embedding } else { self.mlp }
    }

    /// Fits sizes that depend on other keys: the embedding of tied ones, embedding and heads of a transformer.
    pub(super) fn fit_dependent_keys(&mut self) {
        if self.tie_embeddings && self.architecture == Architecture::Recurrent {
            self.embedding = self.hidden;
        }
        if self.architecture == Architecture::Transformer {
            self.embedding = self.embedding.max(MIN_STREAM);
            self.fit_heads();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cell as _;
    use crate::with_cell;

    #[test]
    fn forget_bias_readers_are_cells_with_forget_gate() {
        let has_gate = |cell: CellName| with_cell!(cell, C => C::FORGET_GATE.is_some());
        let cells = CellName::ALL.iter().filter(|(_, cell)| has_gate(*cell)).map(|(name, _)| *name);
        assert_eq!(cells.collect::<Vec<_>>(), WITH_FORGET_GATE);
    }
}
