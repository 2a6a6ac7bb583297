//! Configurations and texts in the binary: what `rnn-tui NAME` trains where there is no clone.

/// A configuration in the binary.
#[derive(Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name on the command line: that of its file in `configs/`, without `.toml`.
    pub name: &'static str,
    /// What it shows, in English and in Chinese.
    pub summary: (&'static str, &'static str),
    file: &'static str,
}

/// What the path of a text in the binary begins with.
const PREFIX: &str = "built-in:";

macro_rules! configurations {
    ($($name:literal: $english:literal, $chinese:literal;)*) => {
        &[$(BuiltIn {
            name: $name,
            summary: ($english, $chinese),
            file: include_str!(concat!("../../configs/", $name, ".toml")),
        }),*]
    };
}

macro_rules! texts {
    ($($name:literal),*) => { &[$(($name, include_str!(concat!("../../corpora/", $name)))),*] };
}

const CONFIGURATIONS: &[BuiltIn] = configurations! {
    "toy": "the three sentences, with an LSTM", "三个句子，LSTM";
    "toy-en": "the same in English: i like toys", "同样的课，英文句子：i like toys";
    "toy-gru": "the same with a GRU", "同样的课，GRU";
    "toy-rnn": "the same with a plain RNN", "同样的课，普通 RNN";
    "toy-nplm": "the same with what came before: two words through a hidden layer, no recurrence (Bengio et al. 2003)",
        "同样的课，用更早的模型：两个词经过一个隐藏层，没有循环（Bengio 等 2003）";
    "toy-transformer": "the same with what came after: two heads of attention, no recurrence (Vaswani et al. 2017)",
        "同样的课，用后来的模型：两个注意力头，没有循环（Vaswani 等 2017）";
    "toy-dfdx": "the first lesson computed by the crate dfdx instead of the built-in engine: the same numbers, slower, easier to read",
        "第一课，由 dfdx 库而不是内置引擎计算：数值相同，较慢，较易读";
    "recall": "the first word decides the last one, twenty words later", "第一个词决定二十个词之后的最后一个词";
    "duel": "the same, learned by an LSTM, a GRU, an RNN and a transformer side by side",
        "同上，由 LSTM、GRU、RNN 和 Transformer 并排学习";
    "shapes": "the shapes of PyTorch's own example, `LSTM(10, 20, 2)` with an input of 5 × 3 × 10",
        "PyTorch 自己的例子的形状：`LSTM(10, 20, 2)`，输入为 5 × 3 × 10";
    "words": "a small model learns the words of `corpora/village.txt`, 224 paragraphs about a village",
        "小模型学习 `corpora/village.txt` 的词：关于一个村庄的 224 段话";
    "characters": "the same text, letter by letter", "同一篇文本，逐字母";
    "characters-transformer": "letter by letter with a transformer of nanoGPT's size for a CPU",
        "逐字母，用 nanoGPT 在 CPU 上那样大小的 Transformer";
    "chinese": "`corpora/village-zh.txt`, Chinese without spaces, cut into words by jieba",
        "`corpora/village-zh.txt`，不带空格的中文，由 jieba 分词";
};

const TEXTS: &[(&str, &str)] =
    texts!["toy.txt", "toy-en.txt", "recall.txt", "shapes.txt", "village.txt", "village-zh.txt"];

impl BuiltIn {
    /// All built-in configurations, in reading order.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        CONFIGURATIONS.iter()
    }

    /// The built-in configuration of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|built_in| built_in.name == name)
    }

    /// The file with the paths of built-in texts, and without the line that names its schema for an editor.
    #[must_use]
    pub fn text(&self) -> String {
        let file = self.file.strip_prefix("#:schema ./schema.json\n").unwrap_or(self.file);
        file.replace("\"../corpora/", &format!("\"{PREFIX}"))
    }
}

/// The built-in text at a path such as `built-in:toy.txt`.
#[must_use]
pub fn built_in_text(path: &str) -> Option<&'static str> {
    let name = path.strip_prefix(PREFIX)?;
    TEXTS.iter().find(|(of, _)| *of == name).map(|(_, text)| *text)
}

/// Paths of the built-in texts.
#[must_use]
pub fn built_in_texts() -> Vec<String> {
    TEXTS.iter().map(|(name, _)| format!("{PREFIX}{name}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::config::{Config, Origin, TextFile};

    fn files(folder: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn built_in_files_match_repository() {
        assert_eq!(
            BuiltIn::all().map(|config| format!("{}.toml", config.name)).collect::<BTreeSet<_>>(),
            files("configs").into_iter().filter(|name| name != "schema.json").collect()
        );
        assert_eq!(TEXTS.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), files("corpora"));
    }

    #[test]
    fn built_in_configuration_matches_file_except_corpus_path() {
        for built_in in BuiltIn::all() {
            let config = Config::read(&Origin::BuiltIn(built_in), &[]).unwrap();
            assert!(
                config.corpus_files().iter().all(|file| matches!(file, TextFile::BuiltIn(..))),
                "{}",
                built_in.name
            );
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("configs/{}.toml", built_in.name));
            let of_file = Config::read(&Origin::File(path), &[]).unwrap();
            let differing = config.differences(&of_file);
            assert!(differing.iter().all(|key| key.starts_with("`corpus.path`")), "{differing:?}");
        }
    }
}
