//! English sentences and their Chinese ones, by what they are about.

use super::Pair;

/// All of them, with the room that says them.
pub const PAIRS: &[(&str, &[Pair])] = &[
    ("composed", COMPOSED),
    ("config", CONFIG),
    ("values", VALUES),
    ("corpus", CORPUS),
    ("memory", MEMORY),
    ("run", RUN),
    ("training", TRAINING),
    ("command line", COMMAND_LINE),
    ("keys", KEYS),
    ("toml", TOML),
    ("system", SYSTEM),
];

/// What this program does not say as it stands here: it is put together of parts, or said by crates and the system.
pub const NOT_IN_ONE_PIECE: [&str; 3] = ["composed", "toml", "system"];

/// Put together of parts.
const COMPOSED: &[Pair] = &[
    (
        "did you mean {0}? expected a TOML file, or the name of a configuration that `rnn-tui list` shows",
        "您是不是指 {0}？应为 TOML 文件，或 `rnn-tui list` 列出的配置名称",
    ),
    ("the top level has {0}", "最外层有 {0}"),
    ("did you mean {0}? the top level has {1}", "您是不是指 {0}？最外层有 {1}"),
];

const CONFIG: &[Pair] = &[
    ("{0} cannot be another one for a rival: {1}", "{0} 在对手中不能另设：{1}"),
    (
        "all runs learn the same batches in the same order, or their losses could not be compared",
        "各运行按同样的顺序学习同样的批次，否则损失无法比较",
    ),
    ("all runs take the same number of steps", "各运行的步数相同"),
    ("it is of all runs together", "它属于所有运行"),
    ("leave it out here, and set it for all runs, outside of the rivals", "请在这里去掉它，并在对手之外为所有运行设置"),
    ("`rival` is a list of tables", "`rival` 是表的列表"),
    ("expected a table for each rival, such as", "每个对手应有一个表，例如"),
    ("there can be {0} runs at once", "最多同时有 {0} 个运行"),
    ("leave some of the rivals out", "请去掉一些对手"),
    ("each rival needs a name of its own", "每个对手需要自己的名字"),
    ("leave it out to name the rival by what is other in it", "去掉它，则按不同之处命名"),
    ("this rival has no other value than the run that it would be beside", "这个对手与原运行没有任何不同的值"),
    ("the key `corpus.path` is missing", "缺少键 `corpus.path`"),
    ("expected the text to learn from, such as", "应写明要学习的文本，例如"),
    ("the configuration cannot be read: {0}", "无法读取配置：{0}"),
    ("the program has it inside: `rnn-tui {0}`", "程序内置了它：`rnn-tui {0}`"),
    (
        "expected a TOML file, or the name of a configuration that `rnn-tui list` shows",
        "应为 TOML 文件，或 `rnn-tui list` 列出的配置名称",
    ),
    ("settings for your text", "适合您的文本的设置"),
    (
        "a configuration is a file; `rnn-tui --resume {0}` goes on with a run that is kept there, `rnn-tui --corpus {1}` learns the texts in it",
        "配置是一个文件；`rnn-tui --resume {0}` 继续保存在那里的训练，`rnn-tui --corpus {1}` 学习其中的文本",
    ),
    ("it is a folder", "它是文件夹"),
    ("it has more than {0} MiB", "它超过 {0} MiB"),
    ("a text, and no weights: those are in a file of safetensors", "文本，不是权重：权重应在 safetensors 文件中"),
    (
        "a model in ONNX: save the state dict of the module as safetensors",
        "ONNX 模型：请把模块的 state dict 存为 safetensors",
    ),
    ("a model of Keras: save its weights as safetensors", "Keras 模型：请把其权重存为 safetensors"),
    (
        "they belong to a bidirectional network, which is not supported: it reads the words that it should predict",
        "它们属于双向网络，此处不支持：双向网络会读到本应预测的词",
    ),
    ("`{0}` has {1}, and {2} here: squeeze or reshape it", "`{0}` 有 {1}，而这里是 {2}：请用 squeeze 或 reshape 调整"),
    ("one axis", "一个轴"),
    ("{0} axes", "{0} 个轴"),
    ("`{0}` is transposed: save its `.T.contiguous()`", "`{0}` 转置了：请保存它的 `.T.contiguous()`"),
    ("choose a folder that you can write to with `--run`", "请用 `--run` 选择一个可以写入的文件夹"),
    ("byte {0} is not UTF-8", "第 {0} 个字节不是 UTF-8"),
    ("expected a TOML file, which is always UTF-8", "应为 TOML 文件，其编码总是 UTF-8"),
    ("to learn from this text: `rnn-tui --corpus {0}`", "要学习这个文本：`rnn-tui --corpus {0}`"),
    ("not TOML: {0} (at `{1}`)", "不是 TOML：{0}（在 `{1}`）"),
    ("not TOML: {0}", "不是 TOML：{0}"),
    (
        "expected lines such as `hidden = 2` or `path = \"text.txt\"`, texts in quotes, each key once, below a section such as `[model]`",
        "应为 `hidden = 2` 或 `path = \"text.txt\"` 这样的行：文本加引号，每个键只写一次，写在 `[model]` 这样的节下面",
    ),
    ("expected a text in quotes", "应为带引号的文本"),
    ("did you mean {0}?", "您是不是指 {0}？"),
    ("did you mean {0}? `{1}` has {2}", "您是不是指 {0}？`{1}` 有 {2}"),
    ("`{0}` has {1}", "`{0}` 有 {1}"),
    ("`{0}` is a section, not a value", "`{0}` 是一节，不是一个值"),
    ("expected `[{0}]` with the keys {1}", "应为 `[{0}]`，其中的键有 {1}"),
    ("`{0}` is a value, not a section", "`{0}` 是一个值，不是一节"),
    ("expected `{0} = …`", "应写成 `{0} = …`"),
    ("unknown key `{0}`", "未知的键 `{0}`"),
    ("`{0}` (not set, so its default): {1}", "`{0}`（未设置，用默认值）：{1}"),
    ("`model.embedding` is {0}, `model.hidden` is {1}", "`model.embedding` 是 {0}，`model.hidden` 是 {1}"),
    (
        "one table for both needs as many numbers per word as units: make the two equal",
        "两处共用一张表时，每个词的数必须与单元一样多：请让两者相等",
    ),
    ("it is for the forget gate of an LSTM, and the cell is {0}", "它用于 LSTM 的遗忘门，而单元是 {0}"),
    ("leave it out, or let {0}", "请去掉它，或者让 {0}"),
    ("let {0}", "请让 {0}"),
    ("`{0}` be {1}, or `{2}` {3}", "`{0}` 为 {1}，或 `{2}` 为 {3}"),
    ("`{0}` be {1}", "`{0}` 为 {1}"),
    ("\"{0}\" or \"{1}\"", "\"{0}\" 或 \"{1}\""),
    ("a running text has no last word", "连续文本没有最后一个词"),
    (
        "the last word of each sentence would always be `<eos>`: there is nothing to learn",
        "每个句子的最后一个词都会是 `<eos>`：没有可学的",
    ),
    ("{0} keeps means of its own", "{0} 自己保存均值"),
    ("nothing is validated, so that no plateau can be seen", "没有验证，因此看不出损失停滞"),
    ("a share of the text, such as 0.1, or a file", "文本的一个比例（例如 0.1）或一个文件"),
    ("it would do nothing", "它不起作用"),
    ("{0} heads cannot share the {1} numbers of a word evenly", "{0} 个头不能平分一个词的 {1} 个数"),
    (
        "layer normalization leaves of two units only which one is larger, and of one nothing",
        "两个单元经层归一化后只剩下哪个更大，一个单元则什么也不剩",
    ),
    ("let it be at least {0} for a transformer, such as 4", "Transformer 至少要 {0}，例如 4"),
    ("with `model.embedding = {0}` there can be {1}", "`model.embedding = {0}` 时可以是 {1}"),
    (
        "the longest sentence has {0} words, and the model would read at most {1} at once",
        "最长的句子有 {0} 个词，而模型一次最多读 {1} 个",
    ),
    (
        "a window has {0} words, and the model would read at most {1} at once",
        "一个窗口有 {0} 个词，而模型一次最多读 {1} 个",
    ),
    ("one sentence is one line: break long lines, or leave it out", "一行是一个句子：请断开长行，或去掉这个键"),
    ("leave it out, or make `training.window` smaller", "请去掉它，或减小 `training.window`"),
    (
        "its longest sentence has {0} words, and the model reads at most {1} at once",
        "最长的句子有 {0} 个词，而模型一次最多读 {1} 个",
    ),
];

const VALUES: &[Pair] = &[
    ("expected {0}", "应为{0}"),
    ("a whole number from {0} to {1}, or 0 for as many as there are cores", " {0} 到 {1} 的整数，0 表示与核心一样多"),
    ("a whole number from {0} to {1}", " {0} 到 {1} 的整数"),
    ("frames per second as a whole number from {0} to {1}", "每秒帧数， {0} 到 {1} 的整数"),
    (
        "steps per second as a whole number from 1 to {0}, 0 for as fast as it goes, or two such as [15, 400] for a pace that rises",
        "每秒步数，1 到 {0} 的整数；0 表示尽可能快；也可写两个数，如 [15, 400]，表示速度逐渐加快",
    ),
    ("a number above {0} and below {1}", "大于 {0} 且小于 {1} 的数"),
    ("{0}, or the name of a file in quotes", "{0}，或带引号的文件名"),
    ("a number from 0 to 1000", " 0 到 1000 的数"),
    ("a number above 0 and at most 1", "大于 0 且不超过 1 的数"),
    (
        "a text such as \"text.txt\" or a list such as [\"one.txt\", \"two.txt\"]",
        "文本（例如 \"text.txt\"）或列表（例如 [\"one.txt\", \"two.txt\"]）",
    ),
    ("a key such as \"q\" or a list such as [\"q\", \"F10\"]", "一个键（例如 \"q\"）或列表（例如 [\"q\", \"F10\"]）"),
    ("an encoding such as {0}", "一种编码，例如 {0}"),
    (
        "a number of steps such as 1000, or a time in quotes such as \"60s\", \"10min\" or \"1h\"; 0 for never",
        "步数（例如 1000）或带引号的时间（例如 \"60s\"、\"10min\"、\"1h\"）；0 表示从不",
    ),
];

const CORPUS: &[Pair] = &[("the folder of {0}", " {0} 所在的文件夹"), ("the current folder", "当前文件夹")];

const MEMORY: &[Pair] = &[
    ("the limit of the address space, `ulimit -v`", "地址空间的限制，`ulimit -v`"),
    ("the limit of the data, `ulimit -d`", "数据的限制，`ulimit -d`"),
    ("the limit of its control group, as containers and batch systems set it", "控制组的限制，由容器或批处理系统设定"),
    ("what the machine has left", "机器所剩的内存"),
    ("step {0} is not saved: there is no memory for a copy of the weights", "第 {0} 步未保存：没有足够的内存复制权重"),
    ("memory ran out", "内存不足"),
];

const RUN: &[Pair] = &[
    ("a run that goes on cannot have another one: {0}", "继续的训练不能改用别的值：{0}"),
    ("a run that goes on has the runs beside it that it began with", "继续的训练只有开始时就在旁边的运行"),
    ("leave the rivals out; a new run can have them", "请去掉对手；新的训练可以有对手"),
    ("leave it out; a new run can have it: `{0}`", "请去掉它；新的训练可以使用：`{0}`"),
    ("the run goes on with the text that it has learned from", "训练以它学过的文本继续"),
    ("the run goes on with the words that it knows", "训练以它认识的词继续"),
    (
        "it may have learned from what would be validated with, and validations before and after could not be compared",
        "用来验证的文本可能已经学过，前后的验证也无法比较",
    ),
    ("the weights are those of the network that it began with", "权重属于它开始时的网络"),
    ("the weights and the order of the batches began with it", "权重和批次的顺序由它开始"),
    ("it is in the weights that a run begins with, and nowhere else", "它只在训练开始时的权重中"),
    ("losses before and after would be of other words", "前后的损失会是不同的词的损失"),
    ("streams of a text cannot be cut anew", "文本的各条不能重新切分"),
    ("a run stays in its folder, which can be copied or moved", "训练留在它的文件夹中，文件夹可以复制或移动"),
    (
        "the folder has the text that it began with; `rnn-tui evaluate --corpus` tells of another one",
        "文件夹中是它开始时的文本；`rnn-tui evaluate --corpus` 可评估别的文本",
    ),
    ("there is no link to the last or best checkpoint: {0}", "没有指向最后或最佳检查点的链接：{0}"),
    ("memory ran out: {0}", "内存不足：{0}"),
];

const TRAINING: &[Pair] = &[
    ("training stopped before step {0}: {1}", "训练在第 {0} 步之前中止：{1}"),
    ("the loss is {0}", "损失为 {0}"),
    ("the norm of the gradient is {0}", "梯度范数为 {0}"),
    ("a smaller learning rate may help", "较小的学习率也许有用"),
    ("a smaller model may help", "较小的模型也许有用"),
    ("this is a fault of the program", "这是程序的错误"),
];

const COMMAND_LINE: &[Pair] = &[
    ("it has been closed", "它已关闭"),
    ("{0} is there already", "{0} 已经存在"),
    ("it is there already", "它已经存在"),
    ("{0} is not whole", "{0} 不完整"),
    ("it has reached its limit of {0} MiB", "已达到 {0} MiB 的上限"),
    ("it has more than {0}", "它超过 {0}"),
    ("expected key.path=value, such as training.batch=3", "应为 key.path=value，例如 training.batch=3"),
    (
        "there is no instruction set {0}; it has {1}, of which the first is used when {2} is not set",
        "没有指令集 {0}；有 {1}，未设置 {2} 时使用第一个",
    ),
    (
        "this machine has no {0}; it has {1}, of which the first is used when {2} is not set",
        "这台机器没有 {0}；有 {1}，未设置 {2} 时使用第一个",
    ),
];

const KEYS: &[Pair] = &[
    ("no action has this name", "没有这个名称的动作"),
    ("did you mean {0}? actions are {1}", "您是不是指 {0}？动作有 {1}"),
    ("actions are {0}", "动作有 {0}"),
    ("`{0}` is no key", "`{0}` 不是一个键"),
    ("expected a character or one of {0}, also with Ctrl- before it", "应为一个字符，或 {0} 之一，前面也可加 Ctrl-"),
    ("expected a key that is no text, such as F5 or Ctrl-T", "应为不是文字的键，例如 F5 或 Ctrl-T"),
    ("`{0}` is text while a prompt is typed", "输入提示时 `{0}` 是文字"),
    ("`{0}` is already {1} in the same place", "`{0}` 在同一处已经用于 {1}"),
    ("expected another key, or other keys for {0}", "应为另一个键，或给 {0} 换别的键"),
    ("a fixed key", "固定的键"),
];

/// Of the crate that reads TOML.
const TOML: &[Pair] = &[
    ("a boolean", " true 或 false"),
    ("key with no value, expected `=`", "键没有值，应有 `=`"),
    ("duplicate key", "键重复"),
    ("string values must be quoted, expected literal string", "文本必须加引号"),
    ("unclosed table, expected `]`", "节的名称没有结束，应有 `]`"),
    ("unclosed array, expected `]`", "列表没有结束，应有 `]`"),
    ("invalid basic string, expected `\"`", "文本没有结束，应有 `\"`"),
    ("unexpected key or value, expected newline, `#`", "多余的内容，应为换行或 `#`"),
    ("extra value, expected newline, `#`", "多余的值，应为换行或 `#`"),
    ("invalid unquoted string, expected letters, numbers, `-`, `_`", "没有引号的名称只能有字母、数字、`-`、`_`"),
];

/// Of the operating system.
const SYSTEM: &[Pair] = &[
    ("No such file or directory (os error {0})", "没有这个文件或文件夹（系统错误 {0}）"),
    ("Permission denied (os error {0})", "没有权限（系统错误 {0}）"),
    ("Is a directory (os error {0})", "它是文件夹（系统错误 {0}）"),
    ("Not a directory (os error {0})", "它不是文件夹（系统错误 {0}）"),
    ("File exists (os error {0})", "文件已存在（系统错误 {0}）"),
    ("No space left on device (os error {0})", "磁盘已满（系统错误 {0}）"),
    ("File too large (os error {0})", "文件太大（系统错误 {0}）"),
    ("Read-only file system (os error {0})", "文件系统只读（系统错误 {0}）"),
    ("File name too long (os error {0})", "文件名太长（系统错误 {0}）"),
    ("Too many levels of symbolic links (os error {0})", "符号链接层数太多（系统错误 {0}）"),
    ("failed to fill whole buffer", "文件比应有的短"),
];
