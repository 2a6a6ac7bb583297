//! Questions to a trained model, and lines with its answers.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::corpus::UNKNOWN;
use crate::language::{Language, Localized};
use crate::learning::{Answer, GenerateRequest};
use crate::printable;
use crate::session::{Query, Refusal, Trainer, Viewer};

/// Longest wait for an answer before the viewer is checked again.
const MAX_WAIT: Duration = Duration::from_millis(200);

/// A question to a trained model.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The next word after this prompt.
    Next(String),
    /// A continuation of a text.
    Continue(GenerateRequest),
}

/// Asks the questions one after another and writes a line with `prefix` and the answer of each to `out`. Returns the refusal of the first
/// question that is refused, after which none is asked; `None` if all were answered.
///
/// # Errors
/// If `out` cannot be written to, or no thread for answers can be created.
pub(super) fn write_answers(
    trainer: &Trainer,
    prefix: &str,
    questions: &[Question],
    language: Language,
    out: &mut impl Write,
) -> io::Result<Option<Refusal>> {
    if questions.is_empty() {
        return Ok(None);
    }
    let mut viewer = Viewer::new([("", trainer)])?;
    for question in questions {
        viewer.send(match question {
            Question::Next(prompt) => Query::Ask(prompt.clone()),
            Question::Continue(request) => Query::Generate(request.clone()),
        });
        while viewer.is_waiting() {
            viewer.settle(MAX_WAIT);
        }
        let observed = viewer.observed();
        if let Some(refusal) = &observed.refusal {
            return Ok(Some(refusal.clone()));
        }
        let run = observed.run();
        match (question, &run.continuation) {
            (Question::Next(prompt), _) => {
                if let Some(answer) = &run.answer
                    && let Some((word, probability)) = answer.ranking().first()
                {
                    let (read, most_probable) = (read_as(answer, language), &run.snapshot.run.vocabulary[*word]);
                    writeln!(out, "{prefix}{}{read} -> {most_probable}  {probability:.4}", printable(prompt))?;
                }
            }
            (Question::Continue(_), Some((_, continuation))) => {
                writeln!(out, "{prefix}{}", as_text(&continuation.text, io::stdout().is_terminal()))?;
            }
            (Question::Continue(_), None) => {}
        }
        out.flush()?;
    }
    Ok(None)
}

/// Escapes control characters in a text, except tabs and line ends. For a terminal carriage returns are escaped, too, since the text
/// after one would overwrite the line.
#[must_use]
pub fn as_text(text: &str, is_for_terminal: bool) -> String {
    let is_allowed = |c: char| matches!(c, '\n' | '\t') || c == '\r' && !is_for_terminal;
    let escaped = |piece: &str| {
        let inside = piece.trim_end_matches(is_allowed);
        printable(inside) + &piece[inside.len()..]
    };
    text.split_inclusive(is_allowed).map(escaped).collect()
}

crate::messages! {
    enum ReadAs {
        Words { words: String } = " (read as {words})", "（读作 {words}）";
    }
}

/// The note after a prompt with the words that the model has read, for prompts with unknown words; empty if all words are known.
#[must_use]
pub fn read_as(answer: &Answer, language: Language) -> String {
    let has_unknown = answer.words.iter().any(|word| word == UNKNOWN);
    if has_unknown { ReadAs::Words { words: answer.words.join(" ") }.text_in(language) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_tabs_and_line_breaks_and_escapes_control_characters() {
        let text = "int main()\n{\n\treturn 0;\r\n}\u{1b}[2J\t";
        assert_eq!(as_text(text, false), "int main()\n{\n\treturn 0;\r\n}\\u{1b}[2J\t");
        assert_eq!(as_text(text, true), "int main()\n{\n\treturn 0;\\r\n}\\u{1b}[2J\t");
    }
}
