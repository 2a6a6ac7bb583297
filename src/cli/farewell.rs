//! The last lines on stderr: the steps and the folder of runs, and the commands that resume them.

use std::path::{Path, PathBuf};

use rnn_tui::config::quoted;
use rnn_tui::language::Message;
use rnn_tui::session::{RunState, Snapshot};

rnn_tui::messages! {
    enum FarewellMessage {
        Reached { step: u64, steps: u64 } = "step {step} of {steps}", "第 {step} 步，共 {steps} 步";
        ReachedLoss { step: u64, steps: u64, loss: f32 } =
            "step {step} of {steps}, loss {loss:.4}", "第 {step} 步，共 {steps} 步，损失 {loss:.4}";
        Kept { folder: String } =
            "kept in {folder}: `rnn-tui --resume {folder}` goes on, `rnn-tui replay {folder}` shows it again",
            "保存在 {folder}：`rnn-tui --resume {folder}` 继续，`rnn-tui replay {folder}` 重看";
        KeptComplete { folder: String } =
            "kept in {folder}: `rnn-tui --resume {folder} --steps N` goes on, `rnn-tui replay {folder}` shows it again",
            "保存在 {folder}：`rnn-tui --resume {folder} --steps N` 继续，`rnn-tui replay {folder}` 重看";
        NotKept = "not saved: `--run DIR` saves a run", "没有保存：`--run DIR` 保存训练";
        Exported { folder: String } = "exported to {folder}", "已导出到 {folder}";
    }
}

/// The lines to print when runs end: the last step and loss of each run that has been trained, the `folder` in which they are saved, and the
/// `exported` folders. `None` if no run has taken a step and nothing was exported; a replay takes none.
pub fn farewell(runs: &[(String, Snapshot)], folder: Option<&Path>, exported: &[PathBuf]) -> Option<Message> {
    let has_begun = |snapshot: &Snapshot| snapshot.record.step > 0 && !matches!(snapshot.state, RunState::Replay);
    let mut lines: Vec<Message> = Vec::new();
    for (name, snapshot) in runs.iter().filter(|(_, snapshot)| has_begun(snapshot)) {
        let reached = reached(snapshot);
        lines.push(if runs.len() == 1 { reached } else { reached.at(name.clone()) });
    }
    if !lines.is_empty() {
        let is_complete = |(_, snapshot): &(String, Snapshot)| snapshot.record.step >= snapshot.run.steps;
        let kept = match folder.map(quoted) {
            Some(folder) if runs.iter().all(is_complete) => FarewellMessage::KeptComplete { folder },
            Some(folder) => FarewellMessage::Kept { folder },
            None => FarewellMessage::NotKept,
        };
        lines.push(kept.into());
    }
    lines.extend(exported.iter().map(|folder| FarewellMessage::Exported { folder: quoted(folder) }.into()));
    lines.into_iter().reduce(Message::then)
}

fn reached(snapshot: &Snapshot) -> Message {
    let (step, steps) = (snapshot.record.step, snapshot.run.steps);
    match snapshot.record.loss() {
        Some(loss) => FarewellMessage::ReachedLoss { step, steps, loss }.into(),
        None => FarewellMessage::Reached { step, steps }.into(),
    }
}
