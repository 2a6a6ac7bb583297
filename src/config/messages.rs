//! What is wrong with a configuration, and the way out.

use super::kind::{AnyOf, Expected};
use crate::language::Message;

crate::messages! {
    /// What is said of a configuration.
    #[derive(Clone, Debug, PartialEq)]
    pub enum ConfigMessage {
        // the file
        Unreadable { why: Message } = "the configuration cannot be read: {why}", "无法读取配置：{why}";
        IsFolder = "it is a folder", "它是文件夹";
        TooLarge { mib: u64 } = "it has more than {mib} MiB", "它超过 {mib} MiB";
        FolderIsNoConfiguration { folder: String } =
            "a configuration is a file; `rnn-tui --resume {folder}` goes on with a run that is kept there, `rnn-tui --corpus {folder}` \
             learns the texts in it",
            "配置是一个文件；`rnn-tui --resume {folder}` 继续保存在那里的训练，`rnn-tui --corpus {folder}` 学习其中的文本";
        NotUtf8 { at: usize } = "byte {at} is not UTF-8", "第 {at} 个字节不是 UTF-8";
        ExpectedToml = "expected a TOML file, which is always UTF-8", "应为 TOML 文件，其编码总是 UTF-8";
        LearnText { path: String } = "to learn from this text: `rnn-tui --corpus {path}`",
            "要学习这个文本：`rnn-tui --corpus {path}`";
        BuiltIn { name: &'static str } = "the program has it inside: `rnn-tui {name}`", "程序内置了它：`rnn-tui {name}`";
        ExpectedConfiguration = "expected a TOML file, or the name of a configuration that `rnn-tui list` shows",
            "应为 TOML 文件，或 `rnn-tui list` 列出的配置名称";
        DidYouMeanConfiguration { name: &'static str } =
            "did you mean `rnn-tui {name}`? expected a TOML file, or the name of a configuration that `rnn-tui list` shows",
            "您是不是指 `rnn-tui {name}`？应为 TOML 文件，或 `rnn-tui list` 列出的配置名称";
        NotToml { why: String } = "not TOML: {why}", "不是 TOML：{why}";
        NotTomlAt { why: String, written: String } = "not TOML: {why} (at `{written}`)", "不是 TOML：{why}（在 `{written}`）";
        ExpectedLines =
            "expected lines such as `hidden = 2` or `path = \"text.txt\"`, texts in quotes, each key once, below a section such as \
             `[model]`",
            "应为 `hidden = 2` 或 `path = \"text.txt\"` 这样的行：文本加引号，每个键只写一次，写在 `[model]` 这样的节下面";

        // keys
        UnknownKey { path: String } = "unknown key `{path}`", "未知的键 `{path}`";
        TopLevelHas { keys: Vec<&'static str> } = "the top level has {keys}", "最外层有 {keys}";
        SectionHas { section: String, keys: Vec<&'static str> } = "`{section}` has {keys}", "`{section}` 有 {keys}";
        DidYouMeanKey { guess: String, keys: Message } = "did you mean `{guess}`? {keys}", "您是不是指 `{guess}`？{keys}";
        IsSection { path: String } = "`{path}` is a section, not a value", "`{path}` 是一节，不是一个值";
        ExpectedSection { path: String, keys: Vec<&'static str> } = "expected `[{path}]` with the keys {keys}",
            "应为 `[{path}]`，其中的键有 {keys}";
        IsValue { path: String } = "`{path}` is a value, not a section", "`{path}` 是一个值，不是一节";
        ExpectedValue { path: String } = "expected `{path} = …`", "应写成 `{path} = …`";
        NoCorpus = "the key `corpus.path` is missing", "缺少键 `corpus.path`";
        ExpectedCorpus = "expected the text to learn from, such as\n  [corpus]\n  path = \"sentences.txt\"",
            "应写明要学习的文本，例如\n  [corpus]\n  path = \"sentences.txt\"";

        // values
        Expected { what: Expected } = "expected {what}", "应为{what}";
        DidYouMeanValue { value: String } = "did you mean \"{value}\"?", "您是不是指 \"{value}\"？";
        NotSet { key: String, expected: Message } = "`{key}` (not set, so its default): {expected}",
            "`{key}`（未设置，用默认值）：{expected}";

        // values that do not go together
        NoEffect = "it would do nothing", "它不起作用";
        LetBe { key: &'static str, names: AnyOf } = "leave it out, or let `{key}` be {names}", "请去掉它，或者让 `{key}` 为 {names}";
        LeaveOutOrValidate = "leave it out, or let `corpus.validation` be a share of the text, such as 0.1, or a file",
            "请去掉它，或者让 `corpus.validation` 为文本的一个比例（例如 0.1）或一个文件";
        Validate = "let `corpus.validation` be a share of the text, such as 0.1, or a file",
            "请让 `corpus.validation` 为文本的一个比例（例如 0.1）或一个文件";
        TooFewUnits = "layer normalization leaves of two units only which one is larger, and of one nothing",
            "两个单元经层归一化后只剩下哪个更大，一个单元则什么也不剩";
        AtLeastForTransformer { least: usize } = "let it be at least {least} for a transformer, such as 4",
            "Transformer 至少要 {least}，例如 4";
        UnevenHeads { heads: usize, embedding: usize } = "{heads} heads cannot share the {embedding} numbers of a word evenly",
            "{heads} 个头不能平分一个词的 {embedding} 个数";
        HeadsForEmbedding { embedding: usize, heads: Vec<usize> } = "with `model.embedding = {embedding}` there can be {heads}",
            "`model.embedding = {embedding}` 时可以是 {heads}";
        UntiedSizes { embedding: usize, hidden: usize } = "`model.embedding` is {embedding}, `model.hidden` is {hidden}",
            "`model.embedding` 是 {embedding}，`model.hidden` 是 {hidden}";
        MakeSizesEqual = "one table for both needs as many numbers per word as units: make the two equal",
            "两处共用一张表时，每个词的数必须与单元一样多：请让两者相等";
        NoForgetGate { cell: String } = "it is for the forget gate of an LSTM, and the cell is \"{cell}\"",
            "它用于 LSTM 的遗忘门，而单元是 \"{cell}\"";
        NoLastWord = "a running text has no last word", "连续文本没有最后一个词";
        PredictEveryOrSentences = "let `training.predict` be \"every\", or `corpus.unit` \"sentences\"",
            "请让 `training.predict` 为 \"every\"，或 `corpus.unit` 为 \"sentences\"";
        OnlyEnds = "the last word of each sentence would always be `<eos>`: there is nothing to learn",
            "每个句子的最后一个词都会是 `<eos>`：没有可学的";
        LeaveOutOrPredictEvery = "leave it out, or let `training.predict` be \"every\"",
            "请去掉它，或者让 `training.predict` 为 \"every\"";
        OwnMeans { name: String } = "\"{name}\" keeps means of its own", "\"{name}\" 自己保存均值";
        NoPlateau = "nothing is validated, so that no plateau can be seen", "没有验证，因此看不出损失停滞";

        // options
        ExpectedAssignment = "expected key.path=value, such as training.batch=3",
            "应为 key.path=value，例如 training.batch=3";
        NoKey { key: String } = "`{key}` is not a key: expected one such as training.batch",
            "`{key}` 不是一个键：应为例如 training.batch 的键";

        // rivals
        RivalShares { key: String, reason: Message } = "`{key}` cannot be another one for a rival: {reason}",
            "`{key}` 在对手中不能另设：{reason}";
        SetForAllRuns = "leave it out here, and set it for all runs, outside of the rivals",
            "请在这里去掉它，并在对手之外为所有运行设置";
        RivalIsList = "`rival` is a list of tables", "`rival` 是表的列表";
        ExpectedRival = "expected a table for each rival, such as\n  [[rival]]\n  model.cell = \"gru\"",
            "每个对手应有一个表，例如\n  [[rival]]\n  model.cell = \"gru\"";
        MostRuns { most: usize } = "there can be {most} runs at once", "最多同时有 {most} 个运行";
        LeaveSomeRivalsOut = "leave some of the rivals out", "请去掉一些对手";
        RivalName { name: String } = "`name = {name}`: each rival needs a name of its own",
            "`name = {name}`：每个对手需要自己的名字";
        LeaveNameOut = "leave it out to name the rival by what is other in it", "去掉它，则按不同之处命名";
        NameIsText = "`name`: expected a text in quotes", "`name`：应为带引号的文本";
        RivalIsTheSame = "this rival has no other value than the run that it would be beside",
            "这个对手与原运行没有任何不同的值";

        // other values in a run that goes on
        CannotChange { reason: Message } = "a run that goes on cannot have another one: {reason}",
            "继续的训练不能改用别的值：{reason}";
        StreamsStay = "streams of a text cannot be cut anew", "文本的各条不能重新切分";
        UnknownEffect = "it is not known what it would do", "不知道它会怎样";
        LeaveOut = "leave it out", "请去掉它";
        NewRunCan { command: String } = "leave it out; a new run can have it: `{command}`",
            "请去掉它；新的训练可以使用：`{command}`";
        KeepsRivals = "a run that goes on has the runs beside it that it began with", "继续的训练只有开始时就在旁边的运行";
        LeaveRivalsOut = "leave the rivals out; a new run can have them", "请去掉对手；新的训练可以有对手";

        // names of places
        FolderOf { name: String } = "the folder of {name}", " {name} 所在的文件夹";
        CurrentFolder = "the current folder", "当前文件夹";
        OwnTextSettings = "settings for your text", "适合您的文本的设置";
    }
}

impl std::error::Error for ConfigMessage {}
