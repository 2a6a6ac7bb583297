//! The comparison of runs side by side: their losses are comparable if they learn the same batches.

use std::path::{Path, PathBuf};

use rnn_tui::language::Message;

use super::prepared_run::Prepared;

rnn_tui::messages! {
    enum BatchMessage {
        OtherBatches { number: usize, name: String, differences: Vec<String> } =
            "run {number}, {name}, learns other batches than those beside it: {differences}",
            "第 {number} 个运行 {name} 学习的批次与旁边的运行不同：{differences}";
        OtherSeed { number: usize, name: String, own: u64, others: u64 } =
            "run {number}, {name}, learns other batches than those beside it: its seed is {own}, and theirs {others}",
            "第 {number} 个运行 {name} 学习的批次与旁边的运行不同：它的种子是 {own}，其他的是 {others}";
        OtherText { number: usize, name: String } =
            "run {number}, {name}, has learned another text than those beside it",
            "第 {number} 个运行 {name} 学的文本与旁边的运行不同";
        MakeTheSame { folder: PathBuf, values: String } =
            "where they can change, `--resume {folder} {values}` makes them the same",
            "在可以改变之处，`--resume {folder} {values}` 使它们相同";
        PutBack { folder: PathBuf } =
            "put back the run that began beside them, or go on with each by itself: `--resume {folder}/RUN`",
            "请放回原来的运行，或让每个运行单独继续：`--resume {folder}/RUN`";
    }
}

/// A message about the first run that learns other batches than most others, so that their losses are not comparable; `None` if all learn the
/// same. `path` is the folder of the runs.
pub fn other_batches(runs: &[Prepared], path: &Path) -> Option<Message> {
    let learns_same = |own: &Prepared, other: &Prepared| {
        own.texts == other.texts && own.config.batch_differences(&other.config).is_empty() && own.has_seed_of(other)
    };
    let group_size = |own: &Prepared| runs.iter().filter(|other| learns_same(own, other)).count();
    // the largest group of equal runs is taken for those that started together
    let usual = runs.iter().rev().max_by_key(|run| group_size(run))?;
    let (number, differing) = runs.iter().enumerate().find(|(_, run)| !learns_same(usual, run))?;
    let (number, name) = (number + 1, differing.name.clone());
    let folder = path.to_owned();
    let others = differing.config.batch_differences(&usual.config);
    let (problem, help) = if differing.texts == usual.texts && !others.is_empty() {
        let values = usual.config.batch_differences(&differing.config).into_iter();
        let values: Vec<_> = values.map(|(key, value)| format!("--set {key}={value}")).collect();
        let others: Vec<_> = others.into_iter().map(|(key, value)| format!("`{key}` = {value}")).collect();
        let values = values.join(" ");
        (BatchMessage::OtherBatches { number, name, differences: others }, BatchMessage::MakeTheSame { folder, values })
    } else if differing.texts == usual.texts {
        let [own, others] = [differing, usual].map(|run| run.run.learner.seed());
        (BatchMessage::OtherSeed { number, name, own, others }, BatchMessage::PutBack { folder })
    } else {
        (BatchMessage::OtherText { number, name }, BatchMessage::PutBack { folder })
    };
    Some(Message::from(problem).at(path.to_owned()).with_help(help))
}
