//! Names of the files and folders of a run.

/// The list of runs that were trained side by side, each in a folder beside it.
pub const DUEL: &str = "duel.json";
/// The folder with a folder for each checkpoint.
pub const CHECKPOINTS: &str = "checkpoints";
/// The configuration in force, of the run and of each checkpoint.
pub const CONFIG: &str = "config.toml";
/// The training text.
pub const CORPUS: &str = "corpus.txt";
/// The validation text, if it is another file.
pub const VALIDATION: &str = "validation.txt";
/// The test text, if there is one.
pub const TEST: &str = "test.txt";
/// The words by id.
pub const VOCABULARY: &str = "vocabulary.json";
/// The path of the file with whose weights the run began, if they were not drawn.
pub const GIVEN_WEIGHTS: &str = "given_weights.txt";
/// The weights at earlier moments.
pub const KEYFRAMES: &str = "keyframes.safetensors";
/// The metrics, a JSON object per line.
pub const METRICS: &str = "metrics.jsonl";
/// The log of what was written and what could not be.
pub const LOG: &str = "log.txt";
/// The folder with the metrics for `TensorBoard`.
pub const TENSORBOARD: &str = "tensorboard";
/// The file that is locked while a process has the folder open.
pub const LOCK: &str = "lock";
/// The link to the last checkpoint.
pub const LATEST: &str = "latest";
/// The link to the checkpoint with the best validation loss.
pub const BEST: &str = "best";
/// The temporary name of a checkpoint until it is complete.
pub const SAVING: &str = ".saving";
/// The temporary name of a checkpoint while it is removed.
pub const REMOVING: &str = ".removing";

/// The weights of a checkpoint.
pub const MODEL: &str = "model.safetensors";
/// The rest of the training state of a checkpoint.
pub const TRAINING: &str = "training.safetensors";
/// Sizes and hashes of the files of a checkpoint.
pub const MANIFEST: &str = "manifest.json";

/// The temporary name of a file or link until the write is complete.
pub fn unfinished(name: &str) -> String {
    format!(".new-{name}")
}

/// The name of the checkpoint with this number (1-based and increasing) after `step` steps.
pub fn checkpoint_name(number: u64, step: u64) -> String {
    format!("{number:06}-step-{step}")
}

/// Upper bound on numbers of checkpoints; larger ones are ignored, so that there always is a next number.
const MAX_NUMBER: u64 = 999_999_999_999;

/// The number in the name of a checkpoint; `None` for other names.
pub fn number_of(name: &str) -> Option<u64> {
    name.split_once("-step-")?.0.parse().ok().filter(|number| *number <= MAX_NUMBER)
}
