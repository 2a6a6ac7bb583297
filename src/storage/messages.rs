//! Sentences about the folders of runs and the files in them.

use std::path::PathBuf;

use crate::file_kind::FileKind;
use crate::model::Mismatch;

crate::messages! {
    /// Why a folder cannot be that of a run or of a duel, and the way out.
    pub(super) enum FolderMessage {
        NotEmpty { folder: PathBuf } = "{folder} is not empty", "{folder} 不是空的";
        ResumeDuel { folder: String } =
            "`--resume {folder}` goes on with the runs in it; new ones need another folder",
            "`--resume {folder}` 继续其中的运行；新的运行需要另一个文件夹";
        NeedsEmptyFolder =
            "a run needs a folder of its own: none yet, or an empty one",
            "训练需要自己的文件夹：尚不存在的，或空的";
        KeepsRunAlready { folder: PathBuf } = "{folder} keeps a run already", "{folder} 已经保存了一次训练";
        ResumeRun { folder: String } =
            "`--resume {folder}` goes on with it; a new run needs another folder",
            "`--resume {folder}` 继续它；新的训练需要另一个文件夹";
        ChooseWritable =
            "choose a folder that you can write to with `--run`",
            "请用 `--run` 选择一个可以写入的文件夹";
        InUse { folder: PathBuf } = "another process keeps its run in {folder}", "另一个进程正把训练保存在 {folder}";
        WaitOrChooseAnother =
            "wait for it to end, or choose another folder",
            "请等它结束，或选择另一个文件夹";
        KeepsNoRun { folder: PathBuf } = "{folder} keeps no run", "{folder} 没有保存训练";
        ExpectedRun =
            "expected the folder of a run: `rnn-tui CONFIG --run DIR` makes one",
            "应为保存训练的文件夹：`rnn-tui CONFIG --run DIR` 会创建一个";
        NameOneOfDuel { folder: PathBuf } =
            "it holds several runs, each in a folder of its own: name one of them, as {folder}/1-…",
            "其中保存了几个运行，各有自己的文件夹：请写明其中一个，如 {folder}/1-…";
        Gone = "the folder of the run is gone", "训练的文件夹不见了";
        TakenByAnotherRun = "another run has taken the place of this one", "另一次训练占用了这个位置";
        LinkIsFolder =
            "it is a folder with other files than a checkpoint's; without it there would be a link",
            "它是一个含有其他文件的文件夹；没有它，这里会是一个链接";
    }
}

crate::messages! {
    /// What is wrong with the list of the runs of a duel, and the way out.
    pub(super) enum DuelMessage {
        NoList = "it is not a list of runs", "它不是运行的列表";
        NoRunsBesideIt = "it names no runs beside it", "其中没有旁边的运行";
        TooManyRuns { limit: usize } = "it names more than {limit} runs", "其中的运行多于 {limit} 个";
        RunTwice = "it names a run twice", "其中一个运行出现了两次";
        ExpectedList { folder: PathBuf } =
            "expected the list of runs that `--run` wrote; each run can go on by itself: `--resume {folder}/RUN`",
            "应为 `--run` 写下的运行列表；每个运行可单独继续：`--resume {folder}/RUN`";
    }
}

crate::messages! {
    /// Why a run cannot go on, or cannot be read, and the way out.
    pub(super) enum ResumeMessage {
        NoCheckpointOfStep { folder: PathBuf, step: u64 } =
            "{folder} has no checkpoint of step {step}",
            "{folder} 没有第 {step} 步的检查点";
        CheckpointsOfSteps { steps: Vec<String> } =
            "there are checkpoints of the steps {steps}",
            "有这些步的检查点：{steps}";
        NoWholeCheckpoint { folder: PathBuf } = "{folder} has no checkpoint that is whole", "{folder} 没有完整的检查点";
        MoreAreDamaged { more: usize } = "{more} more checkpoints are damaged, too", "还有 {more} 个检查点也已损坏";
        StartAnewOrRemove =
            "start anew with `--run` and another folder, or remove this one",
            "请用 `--run` 和另一个文件夹重新开始，或删除这个文件夹";
        PutTextBack =
            "put back the text that the run has learned from, or start anew with `--run` and another folder",
            "请放回训练所学的文本，或用 `--run` 和另一个文件夹重新开始";
        Had { values: Vec<String> } = "it had {values}", "原来有 {values}";
        GoOnWithSameValues =
            "go on with the values it was trained with, or start anew with `--run` and another folder",
            "请用训练时的值继续，或用 `--run` 和另一个文件夹重新开始";
        BeganWithWeights { folder: PathBuf, weights: String } =
            "{folder} has no checkpoint yet, and began with the weights of {weights}",
            "{folder} 还没有检查点，开始时用了 {weights} 的权重";
        StartNewRun { config: PathBuf, folder: PathBuf, weights: String } =
            "`rnn-tui {config} --run {folder} --weights {weights}` begins it again",
            "`rnn-tui {config} --run {folder} --weights {weights}` 让它重新开始";
    }
}

crate::messages! {
    /// What differs from what was expected when a run goes on.
    pub(super) enum ResumeWarning {
        AnotherIsTaken = "another checkpoint is taken", "改用另一个检查点";
        MoreAreDamaged { more: usize } =
            "{more} more checkpoints are damaged; another one is taken",
            "还有 {more} 个检查点已损坏；改用另一个";
        LearningRateJumps { last: f64, step: u64, next: f64, changes: Vec<String> } =
            "the learning rate is {last:.1e} at step {step} and {next:.1e} at the next one: {changes}",
            "学习率在第 {step} 步是 {last:.1e}，下一步是 {next:.1e}：{changes}";
        NoEarlierMoments = "earlier moments of the run cannot be seen again", "无法再看到训练的较早时刻";
    }
}

crate::messages! {
    /// What is wrong with a file of a checkpoint.
    pub(super) enum FileMessage {
        NoFile = "it is not a regular file", "它不是文件";
        TooLong = "it is too long", "它太长";
        WrongLength { length: u64, expected: u64 } =
            "it has {length} bytes instead of {expected}",
            "它有 {length} 个字节，应为 {expected} 个";
        WrongHash = "its SHA-256 differs", "它的 SHA-256 不符";
        LaterVersion { file: String } = "{file} is of a later version of rnn-tui", "{file} 来自更新版本的 rnn-tui";
        FileNotNamed { name: &'static str } = "it does not name {name}", "其中没有 {name}";
        UnknownText { name: String } =
            "it lists a text {name:?}, which no run has",
            "名为 {name:?} 的文本不属于这次训练";
        TooLarge = "it is much larger than this model's", "它比这个模型的大得多";
        NoPosition = "it lacks the position of training", "它没有写明训练到了哪里";
        BadLine { number: usize, error: String } = "line {number}: {error}", "第 {number} 行：{error}";
    }
}

crate::messages! {
    /// What is wrong with a file of keyframes.
    pub(super) enum KeyframesMessage {
        TooLarge = "it is larger than `run.keyframes` allows", "它超过 `run.keyframes` 允许的大小";
        NoSteps = "it lacks its steps", "它没有写明属于哪些步";
        OtherModel = "it is of another model", "它属于另一个模型";
        WrongChecksum { step: u64 } = "the checksum of step {step} differs", "第 {step} 步的校验和不符";
    }
}

crate::messages! {
    /// What is wrong with a file of tensors, or with the weights in it.
    pub(super) enum TensorsMessage {
        NoSafetensors { file: String, kind: FileKind } =
            "{file} is not a safetensors file but {kind}",
            "{file} 不是 safetensors 文件，而是{kind}";
        TooShort = "it is too short", "它太短";
        HeaderTooLong { length: u64 } = "its header would have {length} bytes", "它的文件头有 {length} 个字节";
        WrongLength { announced: u64, length: u64 } =
            "{announced} bytes of numbers are announced, there are {length}",
            "声明有 {announced} 个字节的数，实际有 {length} 个";
        UnsupportedType { name: String, dtype: String } = "{name} is of type {dtype}", "{name} 的类型是 {dtype}";
        OtherModel { file: String, mismatch: Mismatch } =
            "{file} has weights of another model:\n{mismatch}",
            "{file} 的权重属于另一个模型：\n{mismatch}";
        NotTied { file: String, head: &'static str, embedding: &'static str } =
            "{file}: {head} is not {embedding}, but `model.tie_embeddings` says that the two are one",
            "{file}：{head} 与 {embedding} 不同，但 `model.tie_embeddings` 表示两者是同一个";
        NotFinite { name: String, number: f32 } =
            "the tensor {name} has a value that is no finite number: {number}",
            "张量 {name} 中有一个不是有限数的值：{number}";
        NoMemoryToWrite = "there is no memory to write it", "没有足够的内存写入";
        Folder { path: String } = "{path} is a folder", "{path} 是文件夹";
        ExpectedSafetensors =
            "expected a safetensors file; that of a run is DIR/latest/model.safetensors",
            "应为 safetensors 文件；训练的文件是 DIR/latest/model.safetensors";
        WrongWordCount { file: String, count: usize } =
            "{file} tells {count} words, but its tables have other numbers of rows",
            "{file} 写明 {count} 个词，但表的行数不同";
        UnknownWords { file: String, unknown: usize, count: usize, first: String } =
            "{file} does not know {unknown} of the {count} words of this text, the first is `{first}`",
            "{file} 不认识这个文本 {count} 个词中的 {unknown} 个，第一个是 `{first}`";
        UseFreshWords =
            "`--fresh-words` lets them begin anew; or learn from the text that it was trained on",
            "`--fresh-words` 让它们从头学起；或者学习它训练时的文本";
    }
}

crate::messages! {
    /// What was done to make weights fit.
    pub(super) enum WeightsNote {
        TensorLeftOut { name: String } =
            "a tensor of whole numbers is left out: `{name}`",
            "略去一个整数张量：`{name}`";
        TensorsLeftOut { count: usize, first: String } =
            "{count} tensors of whole numbers are left out, the first is `{first}`",
            "略去 {count} 个整数张量，第一个是 `{first}`";
        Converted { dtype: String } =
            "it has numbers of type {dtype}: they are taken as F32",
            "其中有 {dtype} 类型的数：按 F32 使用";
        NoWords =
            "it does not tell its words: its rows are taken in the order of this vocabulary",
            "其中没有写明词：各行按这个词表的顺序使用";
        PrefixLeftOut { prefix: String } =
            "all names begin with `{prefix}`: it is left out",
            "所有名称都以 `{prefix}` 开头：已去掉";
        Renamed =
            "`encoder` is taken for `emb`, `decoder` for `head`",
            "`encoder` 当作 `emb`，`decoder` 当作 `head`";
        FreshWords { count: usize, first: String } =
            "{count} words that it does not know begin anew, the first is `{first}`",
            "它不认识的 {count} 个词从头学起，第一个是 `{first}`";
        UnusedWords { unused: usize, count: usize } =
            "{unused} of its {count} words are not in this text",
            "它的 {count} 个词中有 {unused} 个不在这个文本里";
    }
}
