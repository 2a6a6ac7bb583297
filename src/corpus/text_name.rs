//! Names of texts in messages.

use std::path::Path;

crate::messages! {
    /// The name of a text, or of a line in it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) enum TextName {
        File(path: String) = "{path}", "{path}";
        Stdin = "standard input", "标准输入";
        Files { count: usize, first: Box<TextName>, last: Box<TextName> } =
            "{count} files, from {first} to {last},",
            "{count} 个文件（从 {first} 到 {last}）";
        NoFile = "no file", "没有文件";
        Line { number: usize, name: Box<TextName> } = "line {number} of {name}", "{name} 的第 {number} 行";
    }
}

impl TextName {
    /// The name of the text in a file.
    pub(super) fn from_path(path: &Path) -> Self {
        Self::File(path.display().to_string())
    }
}
