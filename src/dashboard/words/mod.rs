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
use crate::config::Setting;
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
            Choice::Setting(setting) => self.setting(setting),
            Choice::Seed => self.pick("seed", "种子"),
        }
    }

    fn setting(self, setting: Setting) -> &'static str {
        match setting {
            Setting::Context => self.pick("words of context", "上下文词数"),
            Setting::Hidden => self.pick("hidden units", "隐藏单元"),
            Setting::Layers => self.pick("layers", "层数"),
            Setting::Embedding => self.pick("embedding", "词嵌入维数"),
            Setting::Heads => self.pick("heads", "注意力头"),
            Setting::Mlp => self.pick("MLP units (0: ×4)", "MLP 单元（0：×4）"),
            Setting::Dropout => self.pick("dropout", "随机失活"),
            Setting::ForgetBias => self.pick("forget bias", "遗忘门偏置"),
            Setting::Direct => self.pick("direct weights", "直接权重"),
            Setting::TieEmbeddings => self.pick("tied embeddings", "共享词嵌入"),
            Setting::Engine => self.pick("engine", "引擎"),
            Setting::Optimizer => self.pick("optimizer", "优化器"),
            Setting::LearningRate => self.pick("learning rate", "学习率"),
            Setting::Momentum => self.pick("momentum", "动量"),
            Setting::WeightDecay => self.pick("weight decay", "权重衰减"),
            Setting::Clip => self.pick("clip gradient at", "梯度裁剪"),
            Setting::Schedule => self.pick("schedule", "学习率计划"),
            Setting::FromEpoch => self.pick("full rate for epochs", "全速轮数"),
            Setting::Factor => self.pick("rate × factor", "学习率乘以"),
            Setting::Patience => self.pick("patience", "耐心"),
            Setting::Warmup => self.pick("warmup steps", "预热步数"),
            Setting::Minimum => self.pick("rate at the end", "最终比例"),
            Setting::Batch => self.pick("batch", "批大小"),
            Setting::Window => self.pick("window", "窗口"),
            Setting::Predict => self.pick("predict", "预测"),
            Setting::Steps => self.pick("steps", "步数"),
            Setting::ValidateEvery => self.pick("validate every", "验证间隔"),
            Setting::Threads => self.pick("threads (0: all)", "线程（0：全部）"),
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
