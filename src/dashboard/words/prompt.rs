//! Sentences about the prompt and its answers.

/// Precedes a prompt being typed.
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
    pub(crate) fn question(spaces_are_words: bool) -> Self {
        if spaces_are_words { Self::NextCharacter } else { Self::NextWord }
    }

    /// The label of surprisals; a model that learns only the last word of each sentence has not learned the others.
    pub(crate) fn surprise(is_learned: bool) -> Self {
        if is_learned { Self::Surprise } else { Self::SurpriseNotLearned }
    }

    /// The number of pinned prompts answered as in the corpus, out of those that the corpus contains.
    pub(crate) fn pinned(right: usize, known: usize) -> Self {
        if known == 0 { Self::Pinned } else { Self::PinnedRight { right, known } }
    }
}
