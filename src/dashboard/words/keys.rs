//! What is said of keys, and asked before work is lost.

use crate::dashboard::actions::{Destructive, Topic};
use crate::dashboard::role::Role;
use crate::dashboard::view::View;
use crate::language::Language;
use crate::session::ObservedRun;

impl Language {
    pub(crate) fn help_title(self, scrolls: bool) -> &'static str {
        if scrolls { self.pick("keys (↑ ↓)", "按键（↑ ↓）") } else { self.pick("keys", "按键") }
    }

    pub(crate) fn topic(self, topic: Topic) -> &'static str {
        match topic {
            Topic::Training => self.pick("Training", "训练"),
            Topic::Past => self.pick("Back in time", "回看训练"),
            Topic::Panels => self.pick("Panels", "面板"),
            Topic::Look => self.pick("In a panel", "面板之内"),
            Topic::Prompt => self.pick("Prompt", "提示"),
            Topic::Class => self.pick("In a class", "课堂"),
            Topic::Program => self.pick("Program", "程序"),
        }
    }

    /// What is asked before work is lost, or a run that is kept ends.
    pub(crate) fn question(self, loses: Destructive, key: &str, run: &ObservedRun, view: &View) -> String {
        let again = || match self {
            Self::English => format!("again {key}: yes, any other key: no"),
            Self::Chinese => format!("再按 {key} 确认，按其他键取消"),
        };
        let is_of_quitting = matches!(loses, Destructive::ByQuitting | Destructive::ByInterrupt);
        let (name, others) = view.panels.class.marked().map_or(("", 0), |member| (&*member.name, member.same_person));
        let asked = match (loses, self) {
            (Destructive::Member, Self::English) if others > 0 => {
                Some(format!("remove {name} and {others} more with the same key or account, and keep them out?"))
            }
            (Destructive::Member, Self::Chinese) if others > 0 => {
                Some(format!("移出 {name} 和另外 {others} 个相同密钥或账户的会话，且不得再进入？"))
            }
            (Destructive::Member, Self::English) => Some(format!("remove {name}, and keep them out?")),
            (Destructive::Member, Self::Chinese) => Some(format!("移出 {name} 且不得再进入？")),
            (Destructive::Password, _) => {
                Some(self.pick("another password for the class?", "更换课堂密码？").to_owned())
            }
            _ if is_of_quitting && view.role != Role::Teacher => {
                Some(self.pick("leave the class?", "离开课堂？").to_owned())
            }
            _ => None,
        };
        if let Some(asked) = asked {
            return format!("{asked}{}{}", self.pick(" ", ""), again());
        }
        let students = view.students();
        if is_of_quitting && students > 0 {
            let lost = if run.snapshot.is_kept() { 0 } else { run.snapshot.record.step };
            return match (self, lost) {
                (Self::English, 0) => format!("end the class of {students}? again {key}: yes, any other key: no"),
                (Self::English, _) => {
                    let steps = steps_in_english(lost);
                    format!("end the class of {students} and lose {steps}? again {key}: yes, any other key: no")
                }
                (Self::Chinese, 0) => format!("结束 {students} 人的课堂？再按 {key} 确认，按其他键取消"),
                (Self::Chinese, _) => {
                    format!("结束 {students} 人的课堂并丢失 {lost} 步？再按 {key} 确认，按其他键取消")
                }
            };
        }
        let (step, is_restart) = (run.snapshot.record.step, loses == Destructive::ByRestart);
        match (self, is_restart && run.snapshot.is_kept()) {
            (Self::English, true) => {
                format!("restart? step {step} stays in the folder; again {key}: yes, any other key: no")
            }
            (Self::Chinese, true) => format!("重新开始？第 {step} 步会留在目录中：再按 {key} 确认，按其他键取消"),
            (Self::English, false) => {
                let what = if is_restart { "restart" } else { "quit" };
                let steps = steps_in_english(step);
                format!("{what} and lose {steps}? again {key}: yes, any other key: no")
            }
            (Self::Chinese, false) => {
                let what = if is_restart { "重新开始" } else { "退出" };
                format!("{what}会丢失 {step} 步：再按 {key} 确认，按其他键取消")
            }
        }
    }
}

fn steps_in_english(count: u64) -> String {
    if count == 1 { "one step".to_owned() } else { format!("{count} steps") }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::dashboard::keymap::Keymap;

    #[test]
    fn the_table_of_keys_in_the_documentation_is_the_one_that_is_in_force() {
        let mut table = String::new();
        for (topic, rows) in Keymap::default().by_topic(Role::Teacher, true) {
            writeln!(table, "| **{}** | | |", Language::English.topic(topic)).unwrap();
            for row in rows {
                let name = if row.action.name.is_empty() { String::new() } else { format!("`{}`", row.action.name) };
                writeln!(table, "| `{}` | {} | {name} |", row.keys(), Language::English.text(row.action.help)).unwrap();
            }
        }
        let page = include_str!("../../../docs/keys.md");
        assert!(page.contains(&table), "docs/keys.md should have:\n{table}");
    }
}
