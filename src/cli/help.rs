//! The help of commands in Chinese, beside the English in the doc comments of their arguments, and examples.

use rnn_tui::language::{Bilingual, Language, text};

/// The Chinese help of a struct of arguments.
pub struct Translations {
    /// The sentences of the struct itself, each with its English.
    pub own: &'static [Bilingual],
    /// The translations of the option groups that the struct flattens.
    pub flattened: &'static [&'static Translations],
}

/// A command line, and its purpose.
pub struct Example {
    pub line: &'static str,
    pub purpose: Bilingual,
}

/// The help of a command beside its English sentences.
pub struct CommandHelp {
    /// The subcommand; empty for the program itself.
    pub name: &'static str,
    pub chinese: Translations,
    pub examples: &'static [Example],
}

impl Translations {
    /// Every sentence, with those of the flattened groups.
    pub fn sentences(&self) -> Vec<Bilingual> {
        let flattened = self.flattened.iter().flat_map(|group| group.sentences());
        self.own.iter().copied().chain(flattened).collect()
    }
}

/// The Chinese of a sentence that is in `sentences`; `None` if it is not.
pub fn translated(sentences: &[Bilingual], english: &str) -> Option<&'static str> {
    let sentence = sentences.iter().find(|sentence| Language::English.text(**sentence) == english)?;
    Some(Language::Chinese.text(*sentence))
}

/// The headings of options that are translated.
pub const HEADINGS: &[Bilingual] = &[
    text("Questions", "提问"),
    text("Training", "训练"),
    text("Texts", "文本"),
    text("Looks", "外观"),
    text("Runs", "训练的保存"),
    text("Class", "课堂"),
];

/// The texts that clap adds to the help, in the order in which they are replaced.
pub const STRUCTURE: &[Bilingual] = &[
    text("Usage:", "用法："),
    text("用法： ", "用法："),
    text("用法：\u{1b}[0m ", "用法：\u{1b}[0m"),
    text("[OPTIONS]", "[选项]"),
    text("[CONFIG]", "[配置]"),
    text("[COMMAND]", "[命令]"),
    text("<COMMAND>", "<命令>"),
    text("Commands:", "命令："),
    text("Arguments:", "参数："),
    text("Options:", "选项："),
    text("[default: ", "[默认："),
    text("[possible values: ", "[可选值："),
    text("Possible values:", "可选值："),
    text("Print this message or the help of the given subcommand(s)", "显示本帮助或子命令的帮助"),
    text("Print help (see more with '--help')", "显示帮助（`--help` 更详细）"),
    text("Print help (see a summary with '-h')", "显示帮助（`-h` 为摘要）"),
    text("Print help", "显示帮助"),
    text("Print version", "显示版本"),
];
