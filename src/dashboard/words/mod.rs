//! What the dashboard says, in English and in Chinese: sentences as values, by what they are about. Titles of panels and texts of actions
//! stand with those. Terms of the field are those of its literature.

pub(crate) mod class;
pub(crate) mod editor;
pub(crate) mod keys;
pub(crate) mod model;
mod notice;
pub(crate) mod prompt;
pub(crate) mod run;
pub(crate) mod screen;

use super::model_editor::Choice;
use crate::language::{Language, Message};
use crate::learning::{AskError, UnknownWord};

impl Language {
    /// A message that is still text.
    #[must_use]
    pub fn message(self, message: &str) -> String {
        self.say(Message::from(message))
    }

    pub(crate) fn choice(self, choice: Choice) -> &'static str {
        match choice {
            Choice::Network => self.pick("network", "网络"),
            Choice::Setting(key) => self.text(key.label()),
            Choice::Seed => self.pick("seed", "种子"),
        }
    }

    /// Why a prompt has no answer; a word of any length leaves room for what there is to say about it.
    pub(crate) fn refusal(self, error: &AskError) -> String {
        const LONGEST: usize = 20;
        let shortened = |unknown: &UnknownWord| {
            let mut word: String = unknown.word.chars().take(LONGEST).collect();
            if word.len() < unknown.word.len() {
                word.push('…');
            }
            UnknownWord { word, ..unknown.clone() }
        };
        match (self, error) {
            (Self::English, AskError::Unknown(unknown)) => shortened(unknown).to_string(),
            (Self::English, error) => error.to_string(),
            (Self::Chinese, AskError::Unknown(unknown)) => {
                let UnknownWord { word, nearest, known, count, cut } = shortened(unknown);
                let way_out = match cut {
                    Some(cut) => format!("加上空格是：{cut}"),
                    None if nearest.is_empty() => format!("已知 {count} 个，例如：{}", known.join(" ")),
                    None => format!("相近的词：{}", nearest.join(" ")),
                };
                format!("词表中没有“{word}”；{way_out}")
            }
            (Self::Chinese, AskError::Unreadable(word)) => format!("没有文本能在此提示之后读作“{word}”"),
            (Self::Chinese, AskError::Model(why)) => format!("无法建立这个模型：{}", crate::chinese::in_chinese(why)),
            (Self::Chinese, AskError::TooLong { words, most }) => format!("提示有 {words} 个词，最多 {most} 个"),
            (Self::Chinese, AskError::Empty) => "提示中没有词".to_owned(),
            (Self::Chinese, AskError::Memory(what)) => format!("内存不足：{what}"),
            (Self::Chinese, AskError::Panic(what)) => format!("这个提示遇到了程序错误：{what}"),
        }
    }
}
