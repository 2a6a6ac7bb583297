//! Titles of the help, and questions before destructive actions.

use std::fmt;

use crate::dashboard::actions::{Destructive, Topic};
use crate::dashboard::role::Role;
use crate::dashboard::view::{Confirmation, View};
use crate::language::{Language, Localized};
use crate::session::ObservedRun;

crate::messages! {
    /// Titles of the help.
    pub(crate) enum HelpText {
        Title = "keys", "按键";
        ScrollableTitle = "keys (↑ ↓)", "按键（↑ ↓）";
    }
}

crate::messages! {
    for Topic {
        Training = "Training", "训练";
        Past = "Back in time", "回看训练";
        Panels = "Panels", "面板";
        Look = "In a panel", "面板之内";
        Prompt = "Prompt", "提示";
        Class = "In a class", "课堂";
        Program = "Program", "程序";
    }
}

crate::messages! {
    /// Questions before destructive actions, with the keys that answer.
    pub(crate) enum ConfirmText {
        RemoveMany { name: String, others: usize, key: String } =
            "remove {name} and {others} more with the same key or account, and keep them out? again {key}: yes, any other key: no",
            "移出 {name} 和另外 {others} 个相同密钥或账户的会话，且不得再进入？再按 {key} 确认，按其他键取消";
        Remove { name: String, key: String } =
            "remove {name}, and keep them out? again {key}: yes, any other key: no",
            "移出 {name} 且不得再进入？再按 {key} 确认，按其他键取消";
        Password { key: String } =
            "another password for the class? again {key}: yes, any other key: no",
            "更换课堂密码？再按 {key} 确认，按其他键取消";
        LeaveClass { key: String } =
            "leave the class? again {key}: yes, any other key: no", "离开课堂？再按 {key} 确认，按其他键取消";
        EndClass { students: usize, key: String } =
            "end the class of {students}? again {key}: yes, any other key: no",
            "结束 {students} 人的课堂？再按 {key} 确认，按其他键取消";
        EndClassAndLose { students: usize, steps: Steps, key: String } =
            "end the class of {students} and lose {steps}? again {key}: yes, any other key: no",
            "结束 {students} 人的课堂并丢失 {steps}？再按 {key} 确认，按其他键取消";
        RestartSaved { step: u64, key: String } =
            "restart? step {step} stays in the folder; again {key}: yes, any other key: no",
            "重新开始？第 {step} 步会留在目录中：再按 {key} 确认，按其他键取消";
        Restart { steps: Steps, key: String } =
            "restart and lose {steps}? again {key}: yes, any other key: no",
            "重新开始会丢失 {steps}：再按 {key} 确认，按其他键取消";
        Quit { steps: Steps, key: String } =
            "quit and lose {steps}? again {key}: yes, any other key: no",
            "退出会丢失 {steps}：再按 {key} 确认，按其他键取消";
    }
}

/// A number of steps.
pub(crate) struct Steps(u64);

impl Localized for Steps {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (language, self.0) {
            (Language::English, 1) => f.write_str("one step"),
            (Language::English, count) => write!(f, "{count} steps"),
            (Language::Chinese, count) => write!(f, "{count} 步"),
        }
    }
}

/// The question before a destructive action.
pub(crate) fn confirmation(asked: &Confirmation, run: &ObservedRun, view: &View) -> ConfirmText {
    let key = asked.key.clone();
    let step = run.snapshot.record.step;
    let is_saved = run.snapshot.is_saved();
    match asked.loses {
        Destructive::Member => {
            let member = asked.member.as_ref();
            let (name, others) = member.map_or((String::new(), 0), |member| (member.name.clone(), member.same_person));
            if others > 0 { ConfirmText::RemoveMany { name, others, key } } else { ConfirmText::Remove { name, key } }
        }
        Destructive::Password => ConfirmText::Password { key },
        Destructive::ByQuitting | Destructive::ByInterrupt if view.role != Role::Teacher => {
            ConfirmText::LeaveClass { key }
        }
        Destructive::ByQuitting | Destructive::ByInterrupt => {
            match (view.students(), if is_saved { 0 } else { step }) {
                (0, _) => ConfirmText::Quit { steps: Steps(step), key },
                (students, 0) => ConfirmText::EndClass { students, key },
                (students, lost) => ConfirmText::EndClassAndLose { students, steps: Steps(lost), key },
            }
        }
        Destructive::ByRestart if is_saved => ConfirmText::RestartSaved { step, key },
        Destructive::ByRestart => ConfirmText::Restart { steps: Steps(step), key },
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::dashboard::keymap::Keymap;

    #[test]
    fn documented_table_of_keys_is_the_keymap() {
        let mut table = String::new();
        for (topic, rows) in Keymap::default().by_topic(Role::Teacher, true) {
            writeln!(table, "| **{}** | | |", topic.text_in(Language::English)).unwrap();
            for row in rows {
                let name = if row.action.name.is_empty() { String::new() } else { format!("`{}`", row.action.name) };
                writeln!(table, "| `{}` | {} | {name} |", row.keys(), Language::English.text(row.action.help)).unwrap();
            }
        }
        let page = include_str!("../../../docs/keys.md");
        assert!(page.contains(&table), "docs/keys.md should have:\n{table}");
    }
}
