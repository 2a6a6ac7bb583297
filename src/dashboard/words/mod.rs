//! What the dashboard says, in English and in Chinese. Only titles and keys of panels and actions stand with those. Terms of the field
//! are those of its literature.

pub(crate) mod class;
mod keys;
mod model;
mod run;

use super::model_editor::Choice;
use super::view::Notice;
use crate::chinese::in_chinese;
use crate::config::Adapted;
use crate::config::Setting;
use crate::language::Language;
use crate::learning::{AskError, UnknownWord};

/// What stands before a prompt that is being typed.
pub const PROMPT_MARK: &str = "> ";

impl Language {
    /// What a configuration, a text, a command line is refused or warned for.
    #[must_use]
    pub fn message(self, message: &str) -> String {
        match self {
            Self::English => message.to_owned(),
            Self::Chinese => in_chinese(message),
        }
    }

    /// The question, of words or of characters.
    pub(crate) fn prompt_title(self, of_characters: bool) -> &'static str {
        if of_characters {
            self.pick("which character comes next?", "下一个字符是什么？")
        } else {
            self.pick("which word comes next?", "下一个词是什么？")
        }
    }

    pub(crate) fn not_finite(self) -> &'static str {
        self.pick("no answer: the numbers are not finite", "没有答案：数值已非有限")
    }

    /// That this many words of the prompt are not to be seen.
    pub(crate) fn words_before(self, count: usize) -> String {
        format!("{count} {} …", self.pick("before", "个在前"))
    }

    pub(crate) fn entropy(self, bits: f64) -> String {
        format!("{} {}", self.pick("entropy", "熵"), self.bits(bits))
    }

    /// `1.58 bits`
    pub(crate) fn bits(self, bits: f64) -> String {
        format!("{bits:.2} {}", self.pick("bits", "比特"))
    }

    /// How unexpected a word was; where only last words are learned nobody taught the model what to expect before.
    pub(crate) fn surprise(self, is_learned: bool) -> &'static str {
        if is_learned {
            self.pick("surprise, bits", "自信息，比特")
        } else {
            self.pick("surprise, not learned", "自信息，未学习")
        }
    }

    /// How much the answer depends on a word.
    pub(crate) fn importance(self) -> &'static str {
        self.pick("matters", "影响")
    }

    /// In place of what could be typed, where nothing can.
    pub(crate) fn screen_for_all(self) -> &'static str {
        self.pick("a screen for all", "公共屏幕")
    }

    pub(crate) fn prompt_hint(self, key: &str) -> String {
        match self {
            Self::English => format!("type words: press {key}"),
            Self::Chinese => format!("按 {key} 输入词语"),
        }
    }

    /// What can be done with a prompt, by the keys for it.
    pub(crate) fn continue_hint(
        self,
        [prompt, more]: [&str; 2],
        length: usize,
        of_characters: bool,
        temperature: f32,
    ) -> String {
        match (self, of_characters) {
            (Self::English, _) => {
                let what = if of_characters { "characters" } else { "words" };
                format!("type words: press {prompt}; {more}: {length} {what} more at temperature {temperature:.1}")
            }
            (Self::Chinese, _) => {
                let what = if of_characters { "个字符" } else { "个词" };
                format!("按 {prompt} 输入词语；按 {more} 续写 {length} {what}，温度 {temperature:.1}")
            }
        }
    }

    /// Before a text that was continued with the weights after this many steps.
    pub(crate) fn continued_at(self, step: u64) -> String {
        match self {
            Self::English => format!("at step {step}:"),
            Self::Chinese => format!("第 {step} 步："),
        }
    }

    /// How many pinned prompts are answered as the corpus goes on, of those it knows.
    pub(crate) fn pinned(self, right: usize, known: usize) -> String {
        match self {
            _ if known == 0 => self.pick("pinned", "固定提示").to_owned(),
            Self::English => format!("pinned: {right} of {known} right"),
            Self::Chinese => format!("固定提示：{known} 个中对 {right} 个"),
        }
    }

    pub(crate) fn draft_title(self) -> &'static str {
        self.pick("other settings", "换设置")
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

    /// What another value in a row means for the run.
    pub(crate) fn what_a_change_means(self, begins_anew: bool) -> &'static str {
        if begins_anew {
            self.pick("another value here: new weights", "改变此项：用新权重重新开始")
        } else {
            self.pick("another value here: training goes on", "改变此项：继续训练")
        }
    }

    /// What Enter does where no new weights are needed.
    pub(crate) fn goes_on(self) -> &'static str {
        self.pick("Enter: training goes on with these weights", "按 Enter：用当前权重继续训练")
    }

    /// Before values of earlier attempts, each with its loss.
    pub(crate) fn tried(self) -> &'static str {
        self.pick("before:", "之前：")
    }

    /// What Enter does to this many steps of training.
    pub(crate) fn what_rebuilding_does(self, steps: u64) -> String {
        match (self, steps) {
            (Self::English, 0) => "Enter trains it".to_owned(),
            (Self::English, _) => format!("Enter trains it, and loses {steps} steps"),
            (Self::Chinese, 0) => "按 Enter 训练".to_owned(),
            (Self::Chinese, _) => format!("按 Enter 训练，会丢失 {steps} 步"),
        }
    }

    pub(crate) fn notice(self, notice: &Notice) -> String {
        match notice {
            Notice::Exporting => self.pick("exporting …", "正在导出…").to_owned(),
            Notice::Exported(folder) => format!("{} {folder}", self.pick("exported to", "已导出到")),
            Notice::NotExported(why) => format!("{} {why}", self.pick("NOT EXPORTED:", "未能导出：")),
            Notice::NoMoments => self
                .pick("no earlier moments are kept (run.keyframes)", "没有保存较早的时刻（run.keyframes）")
                .to_owned(),
            Notice::NoEarlierMoment => {
                self.pick("there is no earlier moment yet: s takes a step", "还没有较早的时刻：按 s 走一步").to_owned()
            }
            Notice::RateStays => self
                .pick(
                    "the learning rate stays as it was changed by hand; u: as configured",
                    "学习率保持手动更改后的值；按 u 恢复配置的值",
                )
                .to_owned(),
            Notice::Waiting => {
                self.pick("not begun: s takes one step, space begins", "尚未开始：按 s 训练一步，按空格开始").to_owned()
            }
            Notice::Over => self
                .pick(
                    "training is over: t plays it again, r restarts it from the next seed",
                    "训练已结束：按 t 重放，按 r 用下一个种子重新开始",
                )
                .to_owned(),
            Notice::InThePast => self
                .pick(
                    "an earlier moment is shown: e returns to the present, where s takes a step",
                    "所示为较早的时刻：按 e 回到现在，再按 s 走一步",
                )
                .to_owned(),
            Notice::OnlyShown => self
                .pick("this run is only shown: --resume goes on with it", "此运行仅供重放；用 --resume 继续训练")
                .to_owned(),
            Notice::OfTeacher => self.pick("that is up to the teacher", "此操作由教师控制").to_owned(),
            Notice::Following => {
                self.pick("the class follows the teacher until released", "全班正在跟随教师，直到教师放开").to_owned()
            }
            Notice::Asked(None) => self.pick("the teacher's question", "教师的问题").to_owned(),
            Notice::Asked(Some(name)) => match self {
                Self::English => format!("the question of {name}"),
                Self::Chinese => format!("{name} 的问题"),
            },
            Notice::Renamed(name) => match self {
                Self::English => format!("you are called {name} here"),
                Self::Chinese => format!("你在这里的名字是 {name}"),
            },
            Notice::Removed(name) => match self {
                Self::English => format!("{name} is removed, and is not let in again"),
                Self::Chinese => format!("{name} 已被移出，不得再进入"),
            },
            Notice::NotOfTeachers => self.pick("who teaches is not removed", "不能移出教师").to_owned(),
            Notice::PasswordRenewed => self
                .pick("another password lets students in now; who is in stays", "学生进入的密码已更换；已在课堂者不受影响")
                .to_owned(),
            Notice::NoPassword => self.pick("this class has no password", "此课堂没有密码").to_owned(),
            Notice::RestartIsOfAll => self
                .pick(
                    "other weights are of another seed, and that is of all runs: R restarts this one, a lets keys act on all",
                    "新权重需要另一个种子，而种子由各运行共用：按 R 重新开始当前运行，按 a 作用于全部",
                )
                .to_owned(),
            Notice::OfPlace(what, Some(last)) => [what.as_str(), last].join(self.pick("; ", "；")),
            Notice::Warning(what) | Notice::OfPlace(what, None) => what.clone(),
        }
    }

    /// That the text is too short for some settings, and what they are now.
    #[must_use]
    pub fn adapted(self, adapted: &[Adapted]) -> String {
        let values: Vec<_> = adapted.iter().map(|Adapted { key, from, to }| format!("{key} {from} → {to}")).collect();
        format!("{}{}", self.pick("the text is short: ", "文本较短："), values.join(self.pick(", ", "，")))
    }

    pub(crate) fn not_answered(self) -> &'static str {
        self.pick("no prompt", "没有提示")
    }

    /// That a screen has no room for the dashboard, and which key leaves.
    pub(crate) fn too_small(
        self,
        (columns, rows): (u16, u16),
        (least_columns, least_rows): (u16, u16),
        quit: &str,
    ) -> String {
        match self {
            Self::English => format!("too small: {columns}×{rows}, {least_columns}×{least_rows} needed; {quit} quits"),
            Self::Chinese => format!("屏幕太小：{columns}×{rows}，需要 {least_columns}×{least_rows}；{quit} 退出"),
        }
    }

    /// Why nothing but signs of a keyboard is drawn where nobody has asked for that: because of a variable of the environment, or because
    /// of the terminal itself.
    #[must_use]
    pub fn drawn_in_ascii(self, variable: Option<&str>) -> String {
        match (variable, self) {
            (Some(name), Self::English) => format!(
                "the locale is not UTF-8, so that the dashboard is drawn as with --ascii ({name}=C.UTF-8 changes that)"
            ),
            (Some(name), Self::Chinese) => {
                format!("区域设置不是 UTF-8，因此按 --ascii 绘制（设置 {name}=C.UTF-8 可改变）")
            }
            (None, _) => self
                .pick(
                    "the terminal does not read UTF-8, so that the dashboard is drawn as with --ascii (GNU screen does with `screen -U`)",
                    "终端不读 UTF-8，因此按 --ascii 绘制（GNU screen 可用 `screen -U`）",
                )
                .to_owned(),
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
            (Self::Chinese, AskError::Model(why)) => format!("无法建立这个模型：{}", in_chinese(why)),
            (Self::Chinese, AskError::TooLong { words, most }) => format!("提示有 {words} 个词，最多 {most} 个"),
            (Self::Chinese, AskError::Empty) => "提示中没有词".to_owned(),
            (Self::Chinese, AskError::Memory(what)) => format!("内存不足：{what}"),
            (Self::Chinese, AskError::Panic(what)) => format!("这个提示遇到了程序错误：{what}"),
        }
    }

    pub(crate) fn more_words(self, count: usize) -> String {
        match self {
            Self::English => format!("and {count} more"),
            Self::Chinese => format!("另有 {count} 个"),
        }
    }
}
