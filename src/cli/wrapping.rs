//! Line breaks for a width in columns, in English and in Chinese.

use rnn_tui::columns::Columns;
use unicode_segmentation::UnicodeSegmentation;

/// Breaks a text into lines of at most `width` columns, also between Chinese characters, but not before a punctuation mark.
pub fn wrapped(text: &str, width: usize) -> String {
    let (mut wrapped, mut column) = (String::new(), 0);
    for piece in text.split_word_bounds() {
        let is_mark = piece.chars().all(|c| "，。；：、）」』！？,.;:)]`".contains(c));
        if piece == "\n" {
            column = 0;
        } else if column + piece.columns() > width && !is_mark {
            wrapped.truncate(wrapped.trim_end_matches(' ').len());
            wrapped.push('\n');
            column = 0;
            if piece.trim().is_empty() {
                continue;
            }
        }
        column += piece.columns();
        wrapped.push_str(piece);
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_chinese_breaks_except_before_mark() {
        let wrapped = wrapped("继续保存在此文件夹中的训练，如同从未停止（可重复）", 20);
        assert!(wrapped.lines().all(|line| line.columns() <= 22 && !line.starts_with(['，', '）'])), "{wrapped}");
        assert_eq!(wrapped.replace('\n', ""), "继续保存在此文件夹中的训练，如同从未停止（可重复）");
    }
}
