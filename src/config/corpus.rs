//! The section `[corpus]`: the texts and the vocabulary.

use std::path::PathBuf;

use super::change::{TESTED, TEXT, VALIDATED, WORDS};
use super::encoding::Encoding;
use super::kind::{Kind, size};
use super::paths::Paths;
use super::table::{row, section};
use super::values::Validation;
use crate::choice::choice;

section! {
    /// `[corpus]`
    pub struct CorpusConfig at (corpus) {
        path: Paths = Paths::default(), row(Kind::Paths, TEXT),
            "the text, or a list of texts such as `[\"one.txt\", \"two.txt\"]`, read one after the other. A folder stands for the `.txt` \
             files in it (all files if it has none), `-` for standard input, `~/` for the home folder. Relative to the configuration \
             file (given on the command line: to the working directory). The one key without a default",
            "要学习的文本，或文本的列表（如 `[\"one.txt\", \"two.txt\"]`），依次读取。文件夹代表其中的 `.txt` 文件（没有则为全部文件），\
             `-` 为标准输入，`~/` 为主目录。相对于配置文件（在命令行上给出时相对于工作目录）。唯一没有默认值的键";
        encoding: Encoding = Encoding::default(), row(Kind::Encoding, TEXT),
            "the encoding of the texts, by any label of the \
             [WHATWG encoding standard](https://encoding.spec.whatwg.org/#names-and-labels), such as `\"gb18030\"`, `\"big5\"`, \
             `\"shift_jis\"`, `\"euc-kr\"`, `\"koi8-r\"`, `\"windows-1252\"`, `\"utf-16le\"`; a byte order mark says otherwise",
            "文本的编码，用 [WHATWG 编码标准](https://encoding.spec.whatwg.org/#names-and-labels) 的任一名称，如 `\"gb18030\"`、`\"big5\"`；\
             字节顺序标记优先";
        unit: Granularity = Granularity::default(), row(Kind::Choice(Granularity::NAMES), WORDS),
            "`\"sentences\"`: each line by itself; `\"text\"`: the text as a whole",
            "`\"sentences\"`：每行各自独立；`\"text\"`：整篇文本";
        tokenizer: Tokenizer = Tokenizer::default(), row(Kind::Choice(Tokenizer::NAMES), WORDS),
            "`\"words\"` splits on white space; `\"prose\"` takes words and punctuation marks, each by itself (Unicode word boundaries), \
             and puts spaces back where they stood; `\"characters\"` takes every grapheme cluster, spaces and line breaks too; \
             `\"jieba\"` finds the words of Chinese, keeps words of other scripts whole and puts every space back",
            "`\"words\"` 按空白切分；`\"prose\"` 把词和标点分开（Unicode 词边界），并还原空格；`\"characters\"` 逐字符，包括空格和换行；\
             `\"jieba\"` 切分中文词，其他文字的词保持完整，并还原空格";
        lowercase: bool = false, row(Kind::Bool, WORDS),
            "whether letters become lowercase", "是否把字母变为小写";
        end_of_sentence: bool = false, row(Kind::Bool, WORDS),
            "whether `<eos>` follows the last word of each line, and with `unit = \"sentences\"` also comes before its first one; with \
             `predict = \"every\"`",
            "每行最后一个词之后是否有 `<eos>`（`unit = \"sentences\"` 时第一个词之前也有）；与 `predict = \"every\"` 同用";
        min_count: usize = 1, row(size(1), WORDS),
            "rarer words become `<unk>`", "出现次数更少的词变为 `<unk>`";
        max_vocabulary: usize = 0, row(size(0), WORDS),
            "how many words are kept, the most frequent ones; the others become `<unk>`; 0: all",
            "保留多少个最常见的词；其余变为 `<unk>`；0：全部";
        validation: Validation = Validation::default(), row(Kind::ShareOrFile, VALIDATED),
            "held out from training, its loss is reported: a share of the text (`0.1`: the last tenth), or a path in quotes. A share \
             joins the vocabulary unless `min_count` or `max_vocabulary` is set; a file does not",
            "不用于训练、只报告损失的部分：文本的一个比例（`0.1`：最后十分之一），或带引号的路径。除非设了 `min_count` 或 \
             `max_vocabulary`，比例部分的词也在词表中；文件的词不在";
        test: PathBuf = PathBuf::new(), row(Kind::Path, TESTED),
            "another text: its loss and perplexity are reported once, at the end of training (`--test FILE`)",
            "另一个文本：训练结束时报告一次它的损失和困惑度（`--test FILE`）";
    }
}

choice! {
    /// The unit of training.
    Granularity {
        /// Each line by itself, from a zero state, in random order.
        Sentences = "sentences",
        /// The text as a whole, in windows of `training.window` steps, the state carried from one to the next.
        Text = "text",
    }
}

choice! {
    /// How a text is split into words.
    Tokenizer {
        /// Split on white space.
        Words = "words",
        /// Unicode's extended grapheme clusters, white space among them: what a reader calls a character.
        Characters = "characters",
        /// Words and punctuation marks, each by itself (Unicode's word boundaries); spaces are put back where they stood.
        Prose = "prose",
        /// Chinese words found by jieba; words of other scripts stay whole, punctuation marks are words.
        Jieba = "jieba",
    }
}
