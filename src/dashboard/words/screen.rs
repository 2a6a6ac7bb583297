//! Sentences about the whole screen: its size, its characters, reduced settings.

use std::fmt;

use crate::config::Adapted;
use crate::language::{Language, Localized, Message};

crate::messages! {
    /// Limitations of the terminal.
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

/// Why the dashboard is drawn in ASCII although that was not requested: a variable of the environment, or (`None`) the terminal itself.
#[must_use]
pub fn drawn_in_ascii(variable: Option<&str>) -> Message {
    Message::from(match variable {
        Some(name) => ScreenText::AsciiByLocale { name: name.to_owned() },
        None => ScreenText::AsciiByTerminal,
    })
}

crate::messages! {
    enum AdaptedText {
        Short { values: Clauses } = "the text is short: {values}", "文本较短：{values}";
    }
}

/// Parts of a sentence, separated by the comma of its language.
struct Clauses(Vec<String>);

impl Localized for Clauses {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(language.pick(", ", "，")))
    }
}

/// The warning that settings were reduced because the text is short.
#[must_use]
pub fn adapted_settings(adapted: &[Adapted]) -> Message {
    let values = adapted.iter().map(|Adapted { key, from, to }| format!("{key} {from} → {to}")).collect();
    AdaptedText::Short { values: Clauses(values) }.into()
}
