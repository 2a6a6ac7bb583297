//! What keys do, in the footer, in the help and in the README; and what is asked before they do it.

use super::Language;
use crate::dashboard::action::{Action, Direction, Topic};
use crate::dashboard::layout::Panel;
use crate::session::{ObservedRun, RunState};

impl Language {
    pub(crate) fn help_title(self, scrolls: bool) -> &'static str {
        if scrolls { self.of("keys (↑ ↓)", "按键（↑ ↓）") } else { self.of("keys", "按键") }
    }

    pub(crate) fn topic(self, topic: Topic) -> &'static str {
        match topic {
            Topic::Training => self.of("Training", "训练"),
            Topic::Past => self.of("Back in time", "回看训练"),
            Topic::Panels => self.of("Panels", "面板"),
            Topic::Look => self.of("In a panel", "面板之内"),
            Topic::Prompt => self.of("Prompt", "提示"),
            Topic::Program => self.of("Program", "程序"),
        }
    }

    /// What is asked before work is lost, or a run that is kept ends.
    pub(crate) fn question(self, action: Action, key: &str, run: &ObservedRun) -> String {
        let (step, is_restart) = (run.snapshot.record.step, matches!(action, Action::Restart | Action::Repeat));
        match (self, is_restart && run.snapshot.is_kept()) {
            (Self::English, true) => {
                format!("restart? step {step} stays in the folder; again {key}: yes, any other key: no")
            }
            (Self::Chinese, true) => format!("重新开始？第 {step} 步会留在目录中：再按 {key} 确认，按其他键取消"),
            (Self::English, false) => {
                let what = if is_restart { "restart" } else { "quit" };
                format!("{what} and lose {step} steps? again {key}: yes, any other key: no")
            }
            (Self::Chinese, false) => {
                let what = if is_restart { "重新开始" } else { "退出" };
                format!("{what}会丢失 {step} 步：再按 {key} 确认，按其他键取消")
            }
        }
    }

    /// In the footer, while this panel has the keys.
    pub(crate) fn label(self, action: Action, panel: Panel, run: &ObservedRun) -> &'static str {
        match action {
            Action::Move(Direction::Up) if panel == Panel::Loss => self.of("closer", "放大"),
            Action::Move(Direction::Down) if panel == Panel::Loss => self.of("wider", "缩小"),
            Action::TogglePause | Action::Replay if run.playback.is_playing => self.of("stop", "停止"),
            Action::TogglePause if run.snapshot.state == RunState::Paused => self.of("resume", "继续"),
            Action::TogglePause if run.snapshot.can_train() => self.of("pause", "暂停"),
            Action::TogglePause | Action::Replay => self.of("replay", "重放"),
            Action::StepOnce => self.of("step", "单步"),
            Action::Faster => self.of("faster", "加快"),
            Action::Slower => self.of("slower", "减慢"),
            Action::ToggleFullSpeed => self.of("full speed", "全速"),
            Action::Restart => self.of("restart", "重新开始"),
            Action::Repeat => self.of("same seed", "同种子重来"),
            Action::Save => self.of("save", "保存"),
            Action::UsualRate => self.of("usual rate", "恢复学习率"),
            Action::FirstMoment => self.of("first moment", "最早时刻"),
            Action::Page(Direction::Up) => self.of("page up", "上一页"),
            Action::Page(_) => self.of("page down", "下一页"),
            Action::ToEnd(Direction::Up) => self.of("first", "开头"),
            Action::ToEnd(_) => self.of("last", "末尾"),
            Action::Rewind => self.of("back in time", "回退"),
            Action::Forward => self.of("forward", "前进"),
            Action::FrameBefore => self.of("keyframe before", "上一关键帧"),
            Action::FrameAfter => self.of("keyframe after", "下一关键帧"),
            Action::Present => self.of("present", "回到现在"),
            Action::Model => self.of("model", "模型"),
            Action::Rebuild => self.of("train it", "训练它"),
            Action::LowerRate => self.of("lower rate", "降低学习率"),
            Action::RaiseRate => self.of("higher rate", "提高学习率"),
            Action::Choose(panel) => self.panel(panel),
            Action::NextPanel => self.of("panel", "面板"),
            Action::PreviousPanel => self.of("panel before", "上一面板"),
            Action::FullScreen => self.of("full screen", "全屏"),
            Action::NextQuantity => self.of("next", "下一个"),
            Action::PreviousQuantity => self.of("previous", "上一个"),
            Action::NextLayer => self.of("next layer", "下一层"),
            Action::LogScale => self.of("log", "对数"),
            Action::Whole => self.of("whole", "全部"),
            Action::Overview => self.of("overview", "概览"),
            Action::Move(Direction::Left) => self.of("before", "向前"),
            Action::Move(Direction::Right) => self.of("after", "向后"),
            Action::Move(Direction::Up) => self.of("up", "向上"),
            Action::Move(Direction::Down) => self.of("down", "向下"),
            Action::Prompt => self.of("type", "输入"),
            Action::Ask => self.of("ask", "提问"),
            Action::Complete => self.of("complete", "补全"),
            Action::DeleteWord => self.of("delete word", "删词"),
            Action::Earlier => self.of("earlier", "上一条"),
            Action::Later => self.of("later", "下一条"),
            Action::Accept => self.of("accept word", "接受此词"),
            Action::Shorten => self.of("drop word", "去掉末词"),
            Action::Continue => self.of("continue", "续写"),
            Action::Cooler => self.of("cooler", "降温"),
            Action::Warmer => self.of("warmer", "升温"),
            Action::Longer => self.of("length", "长度"),
            Action::TogglePin => self.of("pin", "固定"),
            Action::Back => self.of("back", "返回"),
            Action::Export => self.of("export", "导出"),
            Action::Language => self.of("中文", "English"),
            Action::Help => self.of("help", "帮助"),
            Action::Suspend => self.of("suspend", "挂起"),
            Action::Quit | Action::Leave => self.of("quit", "退出"),
        }
    }

    /// In the help.
    pub(crate) fn description(self, action: Action) -> &'static str {
        match action {
            Action::TogglePause => self.of("pause or resume training; or a replay", "暂停或继续训练；或重放"),
            Action::StepOnce => self.of("take one step, then wait", "训练一步，然后等待"),
            Action::Faster => self.of("more steps per second; or a faster replay", "每秒更多步；或加快重放"),
            Action::Slower => self.of("fewer steps per second; or a slower replay", "每秒更少步；或减慢重放"),
            Action::ToggleFullSpeed => {
                self.of("as fast as it goes, or back to the pace before", "全速训练，或回到之前的速度")
            }
            Action::Restart => self.of("restart with new weights, from the next seed", "用下一个种子的新权重重新开始"),
            Action::Repeat => self.of("restart with the same weights, from the same seed", "用同一种子的权重重新开始"),
            Action::UsualRate => self.of("the learning rate of the configuration again", "恢复配置的学习率"),
            Action::FirstMoment => self.of("the first moment of training that is kept", "所保存的最早时刻的模型"),
            Action::Page(_) => self.of("one page of the help further", "帮助翻页"),
            Action::ToEnd(_) => self.of("the first or last line of the help", "帮助的开头或末尾"),
            Action::Rewind => self.of("the model as it was earlier in training", "训练更早时的模型"),
            Action::Forward => self.of("the model as it was later", "训练更晚时的模型"),
            Action::FrameBefore => self.of("the model one keyframe earlier", "上一关键帧的模型"),
            Action::FrameAfter => self.of("the model one keyframe later", "下一关键帧的模型"),
            Action::Replay => {
                self.of("play training from its start or this moment, or stop", "从头或从此刻重放训练，或停止")
            }
            Action::Present => self.of("the model as it is now", "现在的模型"),
            Action::Save => self.of("save a checkpoint, if the run is kept", "保存检查点（若运行有目录）"),
            Action::Model => {
                self.of("another cell, hidden size, number of layers or seed", "换循环单元、隐藏层大小、层数或种子")
            }
            Action::Rebuild => self.of("train that model", "训练该模型"),
            Action::LowerRate => self.of("half the learning rate", "学习率减半"),
            Action::RaiseRate => self.of("twice the learning rate", "学习率加倍"),
            Action::Choose(panel) => self.panel(panel),
            Action::NextPanel => self.of("the next panel", "下一个面板"),
            Action::PreviousPanel => self.of("the panel before", "上一个面板"),
            Action::FullScreen => self.of("one panel on the whole screen, or all again", "单个面板全屏，或恢复"),
            Action::NextQuantity => {
                self.of("the next curve; the next of h, c, gates, embedding", "下一条曲线；下一个量：h、c、门、词嵌入")
            }
            Action::PreviousQuantity => self.of("the one before", "上一个"),
            Action::NextLayer => self.of("the next layer of the model", "模型的下一层"),
            Action::LogScale => self.of("the loss on a linear or a log scale", "损失的线性或对数坐标"),
            Action::Whole => self.of("the whole curve, without a cursor", "整条曲线，不带光标"),
            Action::Overview => {
                self.of("all units and steps at once, or some with numbers", "所有单元与时间步，或部分带数值")
            }
            Action::Move(Direction::Left) => self.of("the cursor to an earlier step", "光标移到较早的步"),
            Action::Move(Direction::Right) => self.of("the cursor to a later step", "光标移到较晚的步"),
            Action::Move(Direction::Up) => {
                self.of("the unit, row or word above; closer to the curve", "上一个单元、行或词；放大曲线")
            }
            Action::Move(Direction::Down) => {
                self.of("the unit, row or word below; away from the curve", "下一个单元、行或词；缩小曲线")
            }
            Action::Prompt => self.of("type words and ask which comes next", "输入词语，问下一个词"),
            Action::Ask => self.of("ask", "提问"),
            Action::Complete => self.of("complete the word; again for the next match", "补全词语；再按一次换下一个"),
            Action::DeleteWord => self.of("delete the word before the cursor", "删除光标前的词"),
            Action::Earlier => self.of("an earlier prompt", "上一条提示"),
            Action::Later => self.of("a later prompt", "下一条提示"),
            Action::Accept => self.of("put the chosen word after the prompt and ask again", "把选中的词接在提示后再问"),
            Action::Shorten => self.of("take the last word off the prompt and ask again", "去掉提示的最后一个词再问"),
            Action::Continue => self.of("continue the prompt; again for another text", "续写提示；再按一次换一段"),
            Action::Cooler => self.of("lower temperature: more probable words", "降低温度：更可能的词"),
            Action::Warmer => self.of("higher temperature: bolder words", "升高温度：更大胆的词"),
            Action::Longer => self.of("continue by more words, or by few again", "续写更多词，或回到少量"),
            Action::TogglePin => {
                self.of("ask this prompt at every moment, or no longer", "固定此提示，随训练持续提问，或取消")
            }
            Action::Back => self.of("leave the prompt, this help or the full screen", "离开提示、帮助或全屏"),
            Action::Export => self.of("write what is shown as pictures and tables", "将所示内容导出为图片与表格"),
            Action::Language => self.of("switch to Chinese: 中文界面", "切换到英文：English"),
            Action::Help => self.of("show or hide this help", "显示或隐藏帮助"),
            Action::Suspend => {
                self.of("back to the shell, training waits; `fg` goes on", "回到 shell，训练等待；用 fg 继续")
            }
            Action::Quit | Action::Leave => self.of("quit", "退出"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::dashboard::keymap::Keymap;

    #[test]
    fn the_table_of_keys_in_the_documentation_is_the_one_that_is_in_force() {
        let mut table = String::new();
        for (topic, rows) in Keymap::default().by_topic() {
            writeln!(table, "| **{}** | | |", Language::English.topic(topic)).unwrap();
            for row in rows {
                let name = if row.name.is_empty() { String::new() } else { format!("`{}`", row.name) };
                writeln!(table, "| `{}` | {} | {name} |", row.keys(), Language::English.description(row.action))
                    .unwrap();
            }
        }
        let page = include_str!("../../../docs/keys.md");
        assert!(page.contains(&table), "docs/keys.md should have:\n{table}");
    }
}
