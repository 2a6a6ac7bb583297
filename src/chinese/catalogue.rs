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
    ("weights", WEIGHTS),
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
    (
        "the longest sentence has {0} words; a step of {1} such sentences would keep {2} numbers, expected at most {3}",
        "最长的句子有 {0} 个词；一步学习 {1} 个这样的句子要保存 {2} 个数，最多为 {3} 个",
    ),
    (
        "a step of {0} streams of {1} words would keep {2} numbers, expected at most {3}",
        "一步学习 {0} 条、每条 {1} 个词，要保存 {2} 个数，最多为 {3} 个",
    ),
    (
        "{0} has {1}: it takes about {2} of memory, and there are {3} ({4})",
        "{0} 有 {1}：约需 {2} 内存，而现有 {3}（{4}）",
    ),
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
    ("these are too many values for the command line", "命令行上的值太多"),
    ("write them into the configuration file", "请把它们写进配置文件"),
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
    ("expected a list such as [\"one\", \"two\"]", "应为列表，例如 [\"one\", \"two\"]"),
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
    ("a number from 0 to 3.4e38, 0 for none", " 0 到 3.4e38 的数，0 表示没有"),
    ("a number from -100 to 100", " -100 到 100 的数"),
    ("{0}, or the name of a file in quotes", "{0}，或带引号的文件名"),
    ("a number from 0 to below 1", "不小于 0 且小于 1 的数"),
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

const CORPUS: &[Pair] = &[
    ("standard input is read twice", "标准输入被读了两次"),
    ("expected `-` once: it is gone when it has been read", "`-` 只能写一次：读过就没有了"),
    ("the folder {0} has no files", "文件夹 {0} 里没有文件"),
    ("expected a text, or a folder of texts", "应为文本，或装有文本的文件夹"),
    ("the path is empty", "路径为空"),
    ("expected a text; the path is relative to {0}", "应为文本；路径相对于{0}"),
    ("expected a text", "应为文本"),
    ("the folder of {0}", " {0} 所在的文件夹"),
    ("the current folder", "当前文件夹"),
    ("texts in the program are {0}", "程序内置的文本有 {0}"),
    ("standard input", "标准输入"),
    ("{0} files, from {1} to {2},", "{0} 个文件（从 {1} 到 {2}）"),
    ("line {0} of {1}", "{1} 的第 {0} 行"),
    ("{0} has more than {1} GiB", "{0} 超过 {1} GiB"),
    ("expected a smaller text, or a part of it", "应为较小的文本，或其中一部分"),
    ("{0} cannot be read: {1}", "无法读取 {0}：{1}"),
    ("{0} is no text but {1}", "{0} 不是文本，而是{1}"),
    ("{0} is a text in {1}", "{0} 是 {1} 编码的文本"),
    ("{0} is no text: {1} of 100 bytes are zero", "{0} 不是文本：每 100 个字节中有 {1} 个为零"),
    ("{0} is not in {1}: byte {2}, in line {3}, is {4}", "{0} 不是 {1} 编码：第 {3} 行的第 {2} 个字节是 {4}"),
    ("`--encoding {0}` reads it", "用 `--encoding {0}` 读取"),
    (
        "its bytes look like {0}: `--encoding {1}` reads it (look whether the words are right; other encodings are {2})",
        "从字节看像是 {0}：用 `--encoding {1}` 读取（请看文字是否正确；其他编码有 {2}）",
    ),
    ("a file compressed by {0}: unpack it first, such as with `{1}`", "用 {0} 压缩的文件：请先解压，例如用 `{1}`"),
    (
        "a ZIP archive, as a document of Word, an e-book (EPUB) or a spreadsheet is: save its text as a text file",
        " ZIP 压缩包（Word 文档、EPUB 电子书、电子表格都是）：请把其中的文字另存为文本文件",
    ),
    ("a pointer of Git LFS: `git lfs pull` fetches the file itself", " Git LFS 指针：`git lfs pull` 取得文件本身"),
    (
        "a pointer of git-annex: `git annex get` fetches the file itself",
        " git-annex 指针：`git annex get` 取得文件本身",
    ),
    (
        "a web page (HTML): save the text or the file that it shows (to learn the page itself, let an empty line come first)",
        "网页（HTML）：请保存其中的文字或文件（若要学习网页本身，请让第一行为空行）",
    ),
    (
        "weights in GGUF, as llama.cpp reads them: save the model as safetensors",
        " GGUF 权重（llama.cpp 用）：请把模型存为 safetensors",
    ),
    (
        "weights in HDF5, as Keras writes them: save the model as safetensors",
        " HDF5 权重（Keras 用）：请把模型存为 safetensors",
    ),
    ("weights in safetensors: `--weights FILE` begins with them", " safetensors 权重：用 `--weights FILE` 从它们开始"),
    ("an array of NumPy: `{0}` writes weights", " NumPy 数组：`{0}` 写出权重"),
    ("arrays of NumPy (npz): `{0}` writes weights", " NumPy 数组（npz）：`{0}` 写出权重"),
    ("weights of torch.save: `{0}` writes those that can be read", " torch.save 的权重：`{0}` 写出可以读取的权重"),
    ("a pickle of Python: `{0}` writes weights that can be read", " Python 的 pickle：`{0}` 写出可以读取的权重"),
    (
        "the index of a model in several files, which name each other there: save it as one, with `max_shard_size` large enough",
        "分成多个文件的模型的索引：请存为一个文件（`max_shard_size` 取足够大）",
    ),
    ("a PDF: `pdftotext` makes a text of it", " PDF：`pdftotext` 可把它变成文本"),
    ("a 7-Zip archive: unpack it first", " 7-Zip 压缩包：请先解压"),
    ("a RAR archive: unpack it first", " RAR 压缩包：请先解压"),
    (
        "an old document of Word or Excel: save its text as a text file",
        "旧格式的 Word 或 Excel 文档：请把文字另存为文本文件",
    ),
    ("a document in RTF: save its text as a text file", " RTF 文档：请把文字另存为文本文件"),
    ("expected a text in the words of that to learn from", "应为用词不超出学习文本的文本"),
    ("a picture ({0})", "图片（{0}）"),
    ("a program", "程序"),
    ("a database ({0})", "数据库（{0}）"),
    ("this program was built without jieba", "这个程序编译时没有包含 jieba"),
    (
        "build it with `--features jieba`, or separate the words by spaces and use \"words\"",
        "请用 `--features jieba` 编译，或用空格分开各词并使用 \"words\"",
    ),
    (
        "{0} has one word, `{1}`: nothing comes before it to predict it from",
        "{0}只有一个词 `{1}`：它前面没有可用来预测它的词",
    ),
    (
        "expected sentences of at least two words, one a line; of a text that is no list of sentences `corpus.unit = \"text\"` with \
         `training.predict = \"every\"` learns every word; of names, one a line, `corpus.tokenizer = \"characters\"` with \
         `corpus.end_of_sentence = true` and `training.predict = \"every\"` learns how they are spelled",
        "应为至少两个词的句子，每行一句；若文本不是句子的列表，用 `corpus.unit = \"text\"` 和 `training.predict = \"every\"` 学习每个词；\
         若是名字，每行一个，用 `corpus.tokenizer = \"characters\"`、`corpus.end_of_sentence = true` 和 `training.predict = \"every\"` \
         学习它们的拼写",
    ),
    (
        "expected sentences of at least two words; with `corpus.end_of_sentence = true` the end of a sentence is a word, too; names are \
         spelled with `corpus.tokenizer = \"characters\"`",
        "应为至少两个词的句子；设 `corpus.end_of_sentence = true` 时句尾也算一个词；名字请用 `corpus.tokenizer = \"characters\"` 拼写",
    ),
    ("expected at least one sentence of two words, one sentence a line", "应至少有一个含两个词的句子，每行一句"),
    ("expected a text of at least two words", "应为至少含两个词的文本"),
    ("{0} has no words to learn from", "{0} 没有可学习的词"),
    ("no word occurs {0} times in the text to learn from", "要学习的文本中没有词出现 {0} 次"),
    ("make it smaller", "请把它改小"),
    ("nothing is left to learn from", "没有剩下可学习的文本"),
    ("make the share smaller", "请把比例改小"),
    ("expected at most {0}, as the corpus has {1} {2} to learn from", "最多为 {0}，因为语料中可学习的有 {1} {2}"),
    ("sentences", "个句子"),
    ("sentence", "个句子"),
    ("characters", "个字符"),
    ("words", "个词"),
    (
        "a step learns from different sentences: make `training.batch` smaller or the corpus larger",
        "一步要学习不同的句子：请把 `training.batch` 改小，或增加语料",
    ),
    (
        "the text is cut into so many streams: make `training.batch` smaller or the text longer",
        "文本会被切成这么多条：请把 `training.batch` 改小，或加长文本",
    ),
    ("too little is left to validate with", "剩下可用来验证的太少"),
    ("make the share larger, or name a file", "请把比例改大，或指定一个文件"),
    ("{0} has one word", "{0}只有一个词"),
    ("{0} has too few words", "{0} 的词太少"),
    (
        "a word of {0} is not known to the model, `{1}`; a model learns a word for unknown ones with `corpus.min_count = 2`",
        "{0} 中有一个词是模型不认识的：`{1}`；设 `corpus.min_count = 2` 时，模型会学一个代表未知词的词",
    ),
    (
        "{0} words of {1} are not known to the model, the first is `{2}`; a model learns a word for unknown ones with `corpus.min_count = 2`",
        "{1} 中有 {0} 个词是模型不认识的，第一个是 `{2}`；设 `corpus.min_count = 2` 时，模型会学一个代表未知词的词",
    ),
    ("not in the vocabulary: {0}; with spaces it is: {1}", "词表里没有 {0}；加上空格是：{1}"),
    ("not in the vocabulary: {0}; {1} are known, such as {2}", "词表里没有 {0}；认识 {1} 个词，例如 {2}"),
    ("not in the vocabulary: {0}; nearest known: {1}", "词表里没有 {0}；最接近的词：{1}"),
];

const MEMORY: &[Pair] = &[
    ("it takes about {0} of memory, and there are {1} ({2})", "约需 {0} 内存，而现有 {1}（{2}）"),
    ("the limit of the address space, `ulimit -v`", "地址空间的限制，`ulimit -v`"),
    ("the limit of the data, `ulimit -d`", "数据的限制，`ulimit -d`"),
    ("the limit of its control group, as containers and batch systems set it", "控制组的限制，由容器或批处理系统设定"),
    ("what the machine has left", "机器所剩的内存"),
    ("there is no memory for {0}", "没有足够的内存容纳 {0}"),
    ("takes {0} of memory to decode, which there are not", "解码需要 {0} 内存，现有内存不足"),
    ("expected a smaller text, or a part of it", "应为较小的文本，或其中一部分"),
    (
        "expected a smaller text: a part of it, as `head -c 100M FILE` gives, or words in place of characters (`corpus.tokenizer`)",
        "应为较小的文本：取其中一部分（如 `head -c 100M FILE`），或以词代替字符（`corpus.tokenizer`）",
    ),
    ("there is no memory for a text of {0} words to measure with", "没有足够的内存容纳用于测量的 {0} 个词的文本"),
    ("make it smaller, or measure shorter windows with `--longest`", "请改小，或用 `--longest` 测量较短的窗口"),
    ("step {0} is not saved: there is no memory for a copy of the weights", "第 {0} 步未保存：没有足够的内存复制权重"),
    ("there is no memory to write it", "没有足够的内存写入"),
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
    ("the learning rate is {0} at step {1} and {2} at the next one: {3}", "学习率在第 {1} 步是 {0}，下一步是 {2}：{3}"),
    ("{0} more checkpoints are damaged; another one is taken", "还有 {0} 个检查点已损坏；改用另一个"),
    ("{0} more checkpoints are damaged, too", "还有 {0} 个检查点也已损坏"),
    (
        "it is a folder with other files than a checkpoint's; without it there would be a link",
        "它是一个含有其他文件的文件夹；没有它，这里会是一个链接",
    ),
    ("there is no link to the last or best checkpoint: {0}", "没有指向最后或最佳检查点的链接：{0}"),
    ("a step cannot be measured: {0}", "无法测量一步：{0}"),
    ("there are checkpoints of the steps {0}", "有这些步的检查点：{0}"),
    ("{0} has no checkpoint of step {1}", "{0} 没有第 {1} 步的检查点"),
    ("{0} has no checkpoint that is whole", "{0} 没有完整的检查点"),
    (
        "start anew with `--run` and another folder, or remove this one",
        "请用 `--run` 和另一个文件夹重新开始，或删除这个文件夹",
    ),
    (
        "put back the text that the run has learned from, or start anew with `--run` and another folder",
        "请放回训练所学的文本，或用 `--run` 和另一个文件夹重新开始",
    ),
    (
        "go on with the values it was trained with, or start anew with `--run` and another folder",
        "请用训练时的值继续，或用 `--run` 和另一个文件夹重新开始",
    ),
    ("it had {0}", "原来有 {0}"),
    ("another checkpoint is taken", "改用另一个检查点"),
    ("earlier moments of the run cannot be seen again", "无法再看到训练的较早时刻"),
    (
        "`--resume {0}` goes on with it; a new run needs another folder",
        "`--resume {0}` 继续它；新的训练需要另一个文件夹",
    ),
    ("{0} keeps a run already", "{0} 已经保存了一次训练"),
    ("{0} is not empty", "{0} 不是空的"),
    ("a run needs a folder of its own: none yet, or an empty one", "训练需要自己的文件夹：尚不存在的，或空的"),
    ("the folder of the run is gone", "训练的文件夹不见了"),
    ("the folder of the run, {0}, is gone", "训练的文件夹 {0} 不见了"),
    ("another run has taken the place of this one", "另一次训练占用了这个位置"),
    ("wait for it to end, or choose another folder", "请等它结束，或选择另一个文件夹"),
    ("another process keeps its run in {0}", "另一个进程正把训练保存在 {0}"),
    (
        "expected the folder of a run: `rnn-tui CONFIG --run DIR` makes one",
        "应为保存训练的文件夹：`rnn-tui CONFIG --run DIR` 会创建一个",
    ),
    (
        "several runs are kept in it, each in a folder of its own: name one of them, as {0}/1-…",
        "其中保存了几个运行，各有自己的文件夹：请写明其中一个，如 {0}/1-…",
    ),
    (
        "`--resume {0}` goes on with the runs in it; new ones need another folder",
        "`--resume {0}` 继续其中的运行；新的运行需要另一个文件夹",
    ),
    (
        "expected the list of runs that `--run` wrote; each run can go on by itself: `--resume {0}/RUN`",
        "应为 `--run` 写下的运行列表；每个运行可单独继续：`--resume {0}/RUN`",
    ),
    ("it is no list of runs", "它不是运行的列表"),
    ("it names no runs beside it", "其中没有旁边的运行"),
    ("it names more than {0} runs", "其中的运行多于 {0} 个"),
    ("it names a run twice", "其中一个运行出现了两次"),
    ("{0} keeps no run", "{0} 没有保存训练"),
    ("{0} is damaged: {1}", "{0} 已损坏：{1}"),
    ("it is no file", "它不是文件"),
    ("it has {0} bytes instead of {1}", "它有 {0} 个字节，应为 {1} 个"),
    ("its SHA-256 is another one", "它的 SHA-256 不符"),
    ("{0} is of a later version of rnn-tui", "{0} 来自更新版本的 rnn-tui"),
    ("it does not name {0}", "其中没有 {0}"),
    ("a text that is called {0} is none of this run", "名为 {0} 的文本不属于这次训练"),
    ("it is much larger than this model's", "它比这个模型的大得多"),
    ("it does not tell where training was", "它没有写明训练到了哪里"),
    ("{0} has weights of another model:", "{0} 的权重属于另一个模型："),
    (
        "{0} is not {1}, but `model.tie_embeddings` says that the two are one",
        "{0} 与 {1} 不同，但 `model.tie_embeddings` 表示两者是同一个",
    ),
    ("the place reached is not in this text", "到达的位置不在这个文本里"),
    ("the weights are not those of this model:", "权重不是这个模型的："),
    ("the optimizer's state is not that of this model:", "优化器的状态不是这个模型的："),
    ("the carried states are not those of this model:", "传递的状态不是这个模型的："),
    ("the tensor {0} has a value that is no finite number: {1}", "张量 {0} 中有一个不是有限数的值：{1}"),
    ("memory ran out: {0}", "内存不足：{0}"),
    (
        "the run has no text to validate with: name one with `--corpus FILE`",
        "这次训练没有验证文本：请用 `--corpus FILE` 指定",
    ),
    (
        "its longest sentence has {0} words: one sentence is one line, break long lines",
        "其中最长的句子有 {0} 个词：一行是一句，请断开长行",
    ),
];

const WEIGHTS: &[Pair] = &[
    (
        "expected a safetensors file; that of a run is DIR/latest/model.safetensors",
        "应为 safetensors 文件；训练的文件是 DIR/latest/model.safetensors",
    ),
    ("{0} is a folder", "{0} 是文件夹"),
    ("it has numbers of type {0}: they are taken as F32", "其中有 {0} 类型的数：按 F32 使用"),
    ("a tensor of whole numbers is left out: `{0}`", "略去一个整数张量：`{0}`"),
    ("{0} tensors of whole numbers are left out, the first is `{1}`", "略去 {0} 个整数张量，第一个是 `{1}`"),
    ("it is no safetensors file but {0}", "它不是 safetensors 文件，而是{0}"),
    ("{0} is no safetensors file but {1}", "{0} 不是 safetensors 文件，而是{1}"),
    (
        "its weights are in the parts of a weight norm, a parametrization or weight drop: remove that from the module (`{0}`), and save it again",
        "其权重被权重归一化、参数化或权重丢弃拆成了几部分：请从模块中去掉它（`{0}`）再保存",
    ),
    (
        "its recurrent layers are called `{0}`: the parts are `emb`, `rnn` and `head` here, so rename the keys of the state dict",
        "它的循环层叫 `{0}`：这里各部分叫 `emb`、`rnn` 和 `head`，请改状态字典的键名",
    ),
    ("they are those of another cell: `{0}`", "它们属于另一种单元：`{0}`"),
    ("they have {0} layers: `{1}`", "它们有 {0} 层：`{1}`"),
    (
        "the module was made with `bias=False`: zeros for the missing biases are the same network",
        "该模块用 `bias=False` 建立：给缺少的偏置补零即是同一网络",
    ),
    ("they are of a network of another size: `{0}`", "它们属于另一大小的网络：`{0}`"),
    (
        "their table has {0} rows, and this text has {1} words: learn from the text that they were trained on",
        "它们的表有 {0} 行，而此文本有 {1} 个词：请用它们训练时的文本",
    ),
    (
        "it does not tell its words: its rows are taken in the order of this vocabulary",
        "其中没有写明词：各行按这个词表的顺序使用",
    ),
    ("all names begin with `{0}`: it is left out", "所有名称都以 `{0}` 开头：已去掉"),
    ("`encoder` is taken for `emb`, `decoder` for `head`", "`encoder` 当作 `emb`，`decoder` 当作 `head`"),
    ("{0} tells {1} words, but its tables have other numbers of rows", "{0} 写明 {1} 个词，但表的行数不同"),
    (
        "{0} does not know {1} of the {2} words of this text, the first is `{3}`",
        "{0} 不认识这个文本 {2} 个词中的 {1} 个，第一个是 `{3}`",
    ),
    (
        "`--fresh-words` lets them begin anew; or learn from the text that it was trained on",
        "`--fresh-words` 让它们从头学起；或者学习它训练时的文本",
    ),
    ("{0} words that it does not know begin anew, the first is `{1}`", "它不认识的 {0} 个词从头学起，第一个是 `{1}`"),
    ("{0} of its {1} words are not in this text", "它的 {1} 个词中有 {0} 个不在这个文本里"),
    ("it is not a whole safetensors file: {0}", "它不是完整的 safetensors 文件：{0}"),
    ("it is too short", "它太短"),
    ("its header would have {0} bytes", "它的文件头有 {0} 个字节"),
    ("{0} bytes of numbers are announced, there are {1}", "声明有 {0} 个字节的数，实际有 {1} 个"),
    ("{0} is of type {1}", "{0} 的类型是 {1}"),
    ("and {0} more", "还有 {0} 个"),
];

const TRAINING: &[Pair] = &[
    ("such a change needs new weights", "这样的改变需要新的权重"),
    (
        "make `model.embedding`, `model.hidden` or another size in `[model]` smaller",
        "请把 `model.embedding`、`model.hidden` 或 `[model]` 中的其他大小改小",
    ),
    ("a prompt has no words", "有一个提示没有词"),
    ("expected texts made of words of the corpus", "应为由语料中的词组成的文本"),
    ("the model would have {0} weights; expected at most {1}", "模型会有 {0} 个权重；最多为 {1} 个"),
    (
        "one sentence is one line: break long lines, or make `training.batch` or the model smaller",
        "一行是一句：请断开长行，或把 `training.batch` 或模型改小",
    ),
    (
        "make `training.window`, `training.batch` or the model smaller",
        "请把 `training.window`、`training.batch` 或模型改小",
    ),
    ("there is no memory to train {0} weights", "没有足够的内存训练 {0} 个权重"),
    ("there is no memory for it: {0}", "没有足够的内存：{0}"),
    ("training stopped before step {0}: {1}", "训练在第 {0} 步之前中止：{1}"),
    ("the loss is {0}", "损失为 {0}"),
    ("the norm of the gradient is {0}", "梯度范数为 {0}"),
    ("a smaller learning rate may help", "较小的学习率也许有用"),
    ("a smaller model may help", "较小的模型也许有用"),
    ("this is a fault of the program", "这是程序的错误"),
    ("the prompt has no words", "提示中没有词"),
    ("the prompt has {0} words; expected at most {1}", "提示有 {0} 个词；最多为 {1} 个"),
    ("no text reads as `{0}` after this prompt", "在这个提示之后没有文本会读作 `{0}`"),
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
