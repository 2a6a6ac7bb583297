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
use crate::language::{Language, Localized, Message};
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

    /// Why a prompt has no answer; an unknown word is shortened, so that there is room for what could have been meant.
    pub(crate) fn refusal(self, error: &AskError) -> String {
        const MAX_WORD: usize = 20;
        let AskError::Unknown(unknown) = error else { return error.text_in(self) };
        let mut word: String = unknown.word.chars().take(MAX_WORD).collect();
        if word.len() < unknown.word.len() {
            word.push('…');
        }
        UnknownWord { word, ..unknown.clone() }.text_in(self)
    }
}
