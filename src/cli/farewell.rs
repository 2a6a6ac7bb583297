//! What is said when the terminal is the shell's again: what was reached, where it is, and how to go on.

use std::path::{Path, PathBuf};

use rnn_tui::config::quoted;
use rnn_tui::language::Language;
use rnn_tui::session::{RunState, Snapshot};

use super::messages::{language, say_to_stderr};

/// What is left when runs end: how far they are, and where they are kept, if they are.
pub struct Farewell {
    lines: Vec<String>,
}

impl Farewell {
    /// That of runs that are as these snapshots say, and of the folders that pictures and tables were written to. Of runs that have not
    /// begun nothing is said.
    pub fn of(runs: &[(String, Snapshot)], folder: Option<&Path>, exported: &[PathBuf]) -> Self {
        let language = language();
        let is_one = runs.len() == 1;
        let mut lines: Vec<_> = runs
            .iter()
            .filter(|(_, snapshot)| snapshot.record.step > 0 && !matches!(snapshot.state, RunState::Replay))
            .map(|(name, snapshot)| {
                let name = if is_one { String::new() } else { format!("{name}: ") };
                format!("{name}{}", reached(language, snapshot))
            })
            .collect();
        if !lines.is_empty() {
            lines.push(match folder {
                Some(folder) => kept(language, &quoted(folder), runs.iter().all(|(_, snapshot)| is_over(snapshot))),
                None => language.pick("not kept: `--run DIR` keeps a run", "没有保存：`--run DIR` 保存训练").to_owned(),
            });
        }
        let exported = exported.iter().map(|folder| quoted(folder));
        lines.extend(exported.map(|folder| format!("{} {folder}", language.pick("exported to", "已导出到"))));
        Self { lines }
    }

    /// Says it; with something that could not be kept, that is said instead of where it is.
    pub fn say(&self) {
        if !self.lines.is_empty() {
            say_to_stderr(&self.lines.join("\n"));
        }
    }
}

fn is_over(snapshot: &Snapshot) -> bool {
    snapshot.record.step >= snapshot.run.steps
}

fn reached(language: Language, snapshot: &Snapshot) -> String {
    let (step, steps) = (snapshot.record.step, snapshot.run.steps);
    let loss = snapshot.record.loss().map(|loss| format!("{loss:.4}"));
    match (language, loss) {
        (Language::English, Some(loss)) => format!("step {step} of {steps}, loss {loss}"),
        (Language::English, None) => format!("step {step} of {steps}"),
        (Language::Chinese, Some(loss)) => format!("第 {step} 步，共 {steps} 步，损失 {loss}"),
        (Language::Chinese, None) => format!("第 {step} 步，共 {steps} 步"),
    }
}

fn kept(language: Language, folder: &str, are_over: bool) -> String {
    let further = if are_over { " --steps N" } else { "" };
    match language {
        Language::English => format!(
            "kept in {folder}: `rnn-tui --resume {folder}{further}` goes on, `rnn-tui replay {folder}` shows it again"
        ),
        Language::Chinese => {
            format!("保存在 {folder}：`rnn-tui --resume {folder}{further}` 继续，`rnn-tui replay {folder}` 重看")
        }
    }
}
