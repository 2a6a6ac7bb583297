//! Sentences about texts and their words.

use super::text_name::TextName;
use crate::file_kind::FileKind;
use crate::language::Message;
use crate::memory::{InsufficientMemory, Size};

crate::messages! {
    /// Why bytes are not decoded: a predicate, whose subject is the name of the text.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) enum DecodingProblem {
        OtherFile { kind: FileKind } = "is not text but {kind}", "不是文本，而是{kind}";
        OtherEncoding { encoding: String } = "is a text in {encoding}", "是 {encoding} 编码的文本";
        Zeros { percent: usize } =
            "is no text: {percent} of 100 bytes are zero",
            "不是文本：每 100 个字节中有 {percent} 个为零";
        NoMemory { needed: Size } =
            "takes {needed} of memory to decode, which there are not",
            "解码需要 {needed} 内存，现有内存不足";
        Malformed { encoding: &'static str, offset: usize, line: usize, byte: u8 } =
            "is not in {encoding}: byte {offset}, in line {line}, is 0x{byte:02x}",
            "不是 {encoding} 编码：第 {line} 行的第 {offset} 个字节是 0x{byte:02x}";
    }
}

crate::messages! {
    /// What to do about bytes that are not decoded.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) enum DecodingHelp {
        ExpectedText = "expected a text", "应为文本";
        ExpectedSmallerText = "expected a smaller text, or a part of it", "应为较小的文本，或其中一部分";
        ReadAs { encoding: String } = "`--encoding {encoding}` reads it", "用 `--encoding {encoding}` 读取";
        LooksLike { encoding: String, others: Vec<&'static str> } =
            "its bytes look like {encoding}: `--encoding {encoding}` reads it (look whether the words are right; other encodings are {others})",
            "从字节看像是 {encoding}：用 `--encoding {encoding}` 读取（请看文字是否正确；其他编码有 {others}）";
    }
}

crate::messages! {
    /// What is wrong with the files of a corpus, and the way out.
    pub(super) enum FileMessage {
        StdinTwice = "standard input is read twice", "标准输入被读了两次";
        StdinOnce = "expected `-` once: it is gone when it has been read", "`-` 只能写一次：读过就没有了";
        EmptyFolder { folder: String } = "the folder {folder} has no files", "文件夹 {folder} 里没有文件";
        ExpectedTextOrFolder = "expected a text, or a folder of texts", "应为文本，或装有文本的文件夹";
        EmptyPath = "the path is empty", "路径为空";
        Unreadable { name: TextName, error: Message } = "{name} cannot be read: {error}", "无法读取 {name}：{error}";
        ExpectedTextIn { folder: Message } =
            "expected a text; the path is relative to {folder}",
            "应为文本；路径相对于{folder}";
        BuiltInTexts { names: Vec<String> } = "texts in the program are {names}", "程序内置的文本有 {names}";
        NotDecoded { name: TextName, problem: DecodingProblem } = "{name} {problem}", "{name} {problem}";
        TooLarge { name: TextName, limit: u64 } = "{name} has more than {limit} GiB", "{name} 超过 {limit} GiB";
        NoMemory { name: TextName, why: InsufficientMemory } =
            "there is no memory for {name}: {why}",
            "没有足够的内存容纳 {name}：{why}";
        NoMemoryLeft { name: TextName } = "there is no memory for {name}", "没有足够的内存容纳 {name}";
        NoMemoryOfSize { path: String, size: Size, why: InsufficientMemory } = "{path} has {size}: {why}", "{path} 有 {size}：{why}";
        ExpectedSmallerText =
            "expected a smaller text: a part of it, as `head -c 100M FILE` gives, or words in place of characters (`corpus.tokenizer`)",
            "应为较小的文本：取其中一部分（如 `head -c 100M FILE`），或以词代替字符（`corpus.tokenizer`）";
    }
}

crate::messages! {
    /// What is wrong with the words of a corpus, and the way out.
    pub(super) enum WordsMessage {
        WithoutJieba = "this program was built without jieba", "这个程序编译时没有包含 jieba";
        BuildWithJieba =
            "build it with `--features jieba`, or separate the words by spaces and use \"words\"",
            "请用 `--features jieba` 编译，或用空格分开各词并使用 \"words\"";
        OneWordSentence { place: TextName, word: String } =
            "{place} has one word, `{word}`: nothing comes before it to predict it from",
            "{place}只有一个词 `{word}`：它前面没有可用来预测它的词";
        ExpectedSentencesForLastWords =
            "expected sentences of at least two words, one a line; of a text that is no list of sentences \
             `corpus.unit = \"text\"` with `training.predict = \"every\"` learns every word; of names, one a line, \
             `corpus.tokenizer = \"characters\"` with `corpus.end_of_sentence = true` and `training.predict = \"every\"` \
             learns how they are spelled",
            "应为至少两个词的句子，每行一句；若文本不是句子的列表，用 `corpus.unit = \"text\"` 和 `training.predict = \"every\"` \
             学习每个词；若是名字，每行一个，用 `corpus.tokenizer = \"characters\"`、`corpus.end_of_sentence = true` 和 \
             `training.predict = \"every\"` 学习它们的拼写";
        ExpectedSentences =
            "expected sentences of at least two words; with `corpus.end_of_sentence = true` the end of a sentence is a word, \
             too; names are spelled with `corpus.tokenizer = \"characters\"`",
            "应为至少两个词的句子；设 `corpus.end_of_sentence = true` 时句尾也算一个词；名字请用 \
             `corpus.tokenizer = \"characters\"` 拼写";
        NoWords { name: TextName } = "{name} has no words to learn from", "{name} 没有可学习的词";
        ExpectedOneSentence =
            "expected at least one sentence of two words, one sentence a line",
            "应至少有一个含两个词的句子，每行一句";
        ExpectedTwoWords = "expected a text of at least two words", "应为至少含两个词的文本";
        NoFrequentWord { min_count: usize } =
            "no word occurs {min_count} times in the text to learn from",
            "要学习的文本中没有词出现 {min_count} 次";
        MakeItSmaller = "make it smaller", "请把它改小";
        NothingLeft = "nothing is left to learn from", "没有剩下可学习的文本";
        MakeShareSmaller = "make the share smaller", "请把比例改小";
        BatchTooLarge { limit: usize, count: usize, unit: TextUnit } =
            "expected at most {limit}, as the corpus has {count} {unit} to learn from",
            "最多为 {limit}，因为语料中可学习的有 {count} {unit}";
        SmallerBatchOfSentences =
            "a step learns from different sentences: make `training.batch` smaller or the corpus larger",
            "一步要学习不同的句子：请把 `training.batch` 改小，或增加语料";
        SmallerBatchOfStreams =
            "the text is cut into so many streams: make `training.batch` smaller or the text longer",
            "文本会被切成这么多条：请把 `training.batch` 改小，或加长文本";
        TooLittleForValidation = "too little is left to validate with", "剩下可用来验证的太少";
        MakeShareLarger = "make the share larger, or name a file", "请把比例改大，或指定一个文件";
        ExpectedKnownWords =
            "expected a text in the words of that to learn from",
            "应为用词不超出学习文本的文本";
        OneWord { place: TextName } = "{place} has one word", "{place}只有一个词";
        TooFewWords { name: TextName } = "{name} has too few words", "{name} 的词太少";
        UnknownWord { name: TextName, word: String } =
            "a word of {name} is not known to the model, `{word}`; a model learns a word for unknown ones with `corpus.min_count = 2`",
            "{name} 中有一个词是模型不认识的：`{word}`；设 `corpus.min_count = 2` 时，模型会学一个代表未知词的词";
        UnknownWords { count: usize, name: TextName, first: String } =
            "{count} words of {name} are not known to the model, the first is `{first}`; a model learns a word for unknown \
             ones with `corpus.min_count = 2`",
            "{name} 中有 {count} 个词是模型不认识的，第一个是 `{first}`；设 `corpus.min_count = 2` 时，模型会学一个代表未知词的词";
    }
}

crate::messages! {
    /// What the length of a text is counted in.
    #[derive(Clone, Copy, Debug)]
    pub(super) enum TextUnit {
        Sentence = "sentence", "个句子";
        Sentences = "sentences", "个句子";
        Character = "character", "个字符";
        Characters = "characters", "个字符";
        Word = "word", "个词";
        Words = "words", "个词";
    }
}

crate::messages! {
    /// That a word is not in the vocabulary, and what could have been meant.
    pub(super) enum UnknownWordMessage {
        WithSpaces { word: String, split: String } =
            "not in the vocabulary: `{word}`; with spaces it is: {split}",
            "词表中没有“{word}”；加上空格是：{split}";
        SomeKnown { word: String, count: usize, known: String } =
            "not in the vocabulary: `{word}`; {count} are known, such as {known}",
            "词表中没有“{word}”；已知 {count} 个，例如：{known}";
        Nearest { word: String, nearest: String } =
            "not in the vocabulary: `{word}`; nearest known: {nearest}",
            "词表中没有“{word}”；相近的词：{nearest}";
    }
}
