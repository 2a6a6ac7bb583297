//! What the dashboard says, in English and in Chinese: sentences as values, by what they are about. Titles of panels and texts of actions
//! stand with those. Terms of the field are those of its literature.

pub(crate) mod class;
pub(crate) mod keys;
pub(crate) mod model;
pub(crate) mod run;

use std::fmt;

use super::model_editor::Choice;
use super::view::Notice;
use crate::config::{Adapted, Setting};
use crate::language::{Language, Localized, Message};
use crate::learning::{AskError, UnknownWord};

/// Precedes a prompt that is being typed.
pub const PROMPT_MARK: &str = "> ";

crate::messages! {
    /// The prompt and its answers.
    pub(crate) enum PromptText {
        NextWord = "which word comes next?", "下一个词是什么？";
        NextCharacter = "which character comes next?", "下一个字符是什么？";
        NotFinite = "no answer: the numbers are not finite", "没有答案：数值已非有限";
        WordsBefore { count: usize } = "{count} before …", "{count} 个在前 …";
        Entropy { bits: f64 } = "entropy {bits:.2} bits", "熵 {bits:.2} 比特";
        Surprise = "surprise, bits", "自信息，比特";
        SurpriseNotLearned = "surprise, not learned", "自信息，未学习";
        Matters = "matters", "影响";
        ScreenForAll = "a screen for all", "公共屏幕";
        TypeWords { key: String } = "type words: press {key}", "按 {key} 输入词语";
        ContinueWords { prompt: String, more: String, length: usize, temperature: f32 } =
            "type words: press {prompt}; {more}: {length} words more at temperature {temperature:.1}",
            "按 {prompt} 输入词语；按 {more} 续写 {length} 个词，温度 {temperature:.1}";
        ContinueCharacters { prompt: String, more: String, length: usize, temperature: f32 } =
            "type words: press {prompt}; {more}: {length} characters more at temperature {temperature:.1}",
            "按 {prompt} 输入词语；按 {more} 续写 {length} 个字符，温度 {temperature:.1}";
        AtStep { step: u64 } = "at step {step}:", "第 {step} 步：";
        Pinned = "pinned", "固定提示";
        PinnedRight { right: usize, known: usize } = "pinned: {right} of {known} right", "固定提示：{known} 个中对 {right} 个";
        NoPrompt = "no prompt", "没有提示";
        More { count: usize } = "and {count} more", "另有 {count} 个";
    }
}

impl PromptText {
    /// The question of the panel.
    pub(crate) fn question(of_characters: bool) -> Self {
        if of_characters { Self::NextCharacter } else { Self::NextWord }
    }

    /// How unexpected each word was; a model that learned last words only was not taught what comes before.
    pub(crate) fn surprise(is_learned: bool) -> Self {
        if is_learned { Self::Surprise } else { Self::SurpriseNotLearned }
    }

    /// How many pinned prompts are answered as the corpus goes on, of those whose continuation it has.
    pub(crate) fn pinned(right: usize, known: usize) -> Self {
        if known == 0 { Self::Pinned } else { Self::PinnedRight { right, known } }
    }
}

crate::messages! {
    /// The model editor.
    pub(crate) enum EditorText {
        Title = "other settings", "换设置";
        NeedsNewWeights = "another value here: new weights", "改变此项：用新权重重新开始";
        KeepsWeights = "another value here: training goes on", "改变此项：继续训练";
        TrainingGoesOn = "Enter: training goes on with these weights", "按 Enter：用当前权重继续训练";
        Before { attempts: String } = "before: {attempts}", "之前： {attempts}";
        Train = "Enter trains it", "按 Enter 训练";
        TrainAndLose { steps: u64 } = "Enter trains it, and loses {steps} steps", "按 Enter 训练，会丢失 {steps} 步";
    }
}

impl EditorText {
    /// What another value in a row does to the run.
    pub(crate) fn effect_of_row(needs_new_weights: bool) -> Self {
        if needs_new_weights { Self::NeedsNewWeights } else { Self::KeepsWeights }
    }

    /// What Enter does after this many steps where new weights are needed.
    pub(crate) fn rebuild(steps: u64) -> Self {
        if steps == 0 { Self::Train } else { Self::TrainAndLose { steps } }
    }
}

crate::messages! {
    enum NoticeText {
        Exporting = "exporting …", "正在导出…";
        Exported { folder: String } = "exported to {folder}", "已导出到 {folder}";
        NotExported { why: Message } = "NOT EXPORTED: {why}", "未能导出： {why}";
        NoMoments = "no earlier moments are kept (run.keyframes)", "没有保存较早的时刻（run.keyframes）";
        NoEarlierMoment = "there is no earlier moment yet: s takes a step", "还没有较早的时刻：按 s 走一步";
        RateStays =
            "the learning rate stays as it was changed by hand; u: as configured",
            "学习率保持手动更改后的值；按 u 恢复配置的值";
        Waiting = "not begun: s takes one step, space begins", "尚未开始：按 s 训练一步，按空格开始";
        Over =
            "training is over: t plays it again, r restarts it from the next seed",
            "训练已结束：按 t 重放，按 r 用下一个种子重新开始";
        InThePast =
            "an earlier moment is shown: e returns to the present, where s takes a step",
            "所示为较早的时刻：按 e 回到现在，再按 s 走一步";
        OnlyShown = "this run is only shown: --resume goes on with it", "此运行仅供重放；用 --resume 继续训练";
        OfTeacher = "that is up to the teacher", "此操作由教师控制";
        Following = "the class follows the teacher until released", "全班正在跟随教师，直到教师放开";
        TeacherAsks = "the teacher's question", "教师的问题";
        MemberAsks { name: String } = "the question of {name}", "{name} 的问题";
        Renamed { name: String } = "you are called {name} here", "你在这里的名字是 {name}";
        Removed { name: String } = "{name} is removed, and is not let in again", "{name} 已被移出，不得再进入";
        TeachersAreNotRemoved = "who teaches is not removed", "不能移出教师";
        PasswordRenewed = "another password lets students in now; who is in stays", "学生进入的密码已更换；已在课堂者不受影响";
        NoPassword = "this class has no password", "此课堂没有密码";
        RestartIsOfAll =
            "other weights are of another seed, and that is of all runs: R restarts this one, a lets keys act on all",
            "新权重需要另一个种子，而种子由各运行共用：按 R 重新开始当前运行，按 a 作用于全部";
    }
}

impl Localized for Notice {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.clone() {
            Self::Exporting => NoticeText::Exporting,
            Self::Exported(folder) => NoticeText::Exported { folder },
            Self::NotExported(why) => NoticeText::NotExported { why: why.into() },
            Self::NoMoments => NoticeText::NoMoments,
            Self::NoEarlierMoment => NoticeText::NoEarlierMoment,
            Self::RateStays => NoticeText::RateStays,
            Self::Waiting => NoticeText::Waiting,
            Self::Over => NoticeText::Over,
            Self::InThePast => NoticeText::InThePast,
            Self::OnlyShown => NoticeText::OnlyShown,
            Self::OfTeacher => NoticeText::OfTeacher,
            Self::Following => NoticeText::Following,
            Self::Asked(None) => NoticeText::TeacherAsks,
            Self::Asked(Some(name)) => NoticeText::MemberAsks { name },
            Self::Renamed(name) => NoticeText::Renamed { name },
            Self::Removed(name) => NoticeText::Removed { name },
            Self::NotOfTeachers => NoticeText::TeachersAreNotRemoved,
            Self::PasswordRenewed => NoticeText::PasswordRenewed,
            Self::NoPassword => NoticeText::NoPassword,
            Self::RestartIsOfAll => NoticeText::RestartIsOfAll,
            Self::OfPlace(what, last) => {
                let last = last.map(|last| format!("{}{last}", language.semicolon())).unwrap_or_default();
                return write!(f, "{what}{last}");
            }
            Self::Warning(what) => return Message::from(what).fmt_in(language, f),
        };
        text.fmt_in(language, f)
    }
}

crate::messages! {
    /// What is said of the program's surroundings.
    pub(crate) enum ScreenText {
        TooSmall { columns: u16, rows: u16, needed_columns: u16, needed_rows: u16, quit: String } =
            "too small: {columns}×{rows}, {needed_columns}×{needed_rows} needed; {quit} quits",
            "屏幕太小：{columns}×{rows}，需要 {needed_columns}×{needed_rows}；{quit} 退出";
        AsciiByLocale { name: String } =
            "the locale is not UTF-8, so that the dashboard is drawn as with --ascii ({name}=C.UTF-8 changes that)",
            "区域设置不是 UTF-8，因此按 --ascii 绘制（设置 {name}=C.UTF-8 可改变）";
        AsciiByTerminal =
            "the terminal does not read UTF-8, so that the dashboard is drawn as with --ascii (GNU screen does with `screen -U`)",
            "终端不读 UTF-8，因此按 --ascii 绘制（GNU screen 可用 `screen -U`）";
    }
}

/// Why the dashboard is drawn in ASCII where that was not asked for: a variable of the environment, or the terminal itself.
#[must_use]
pub fn drawn_in_ascii(variable: Option<&str>) -> Message {
    Message::from(match variable {
        Some(name) => ScreenText::AsciiByLocale { name: name.to_owned() },
        None => ScreenText::AsciiByTerminal,
    })
}

crate::messages! {
    enum AdaptedText {
        Short { values: String } = "the text is short: {values}", "文本较短：{values}";
    }
}

/// Which settings are reduced because the text is short.
#[must_use]
pub fn adapted_settings(adapted: &[Adapted], language: Language) -> String {
    let values: Vec<_> = adapted.iter().map(|Adapted { key, from, to }| format!("{key} {from} → {to}")).collect();
    language.say(AdaptedText::Short { values: values.join(language.pick(", ", "，")) })
}

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
