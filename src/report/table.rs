//! A table that compares runs, as plain text.

use crate::columns::Columns;
use crate::language::{Language, Localized};
use crate::printable;
use crate::session::{Cell, Column, MILESTONES, Standing, common_milestone};

crate::messages! {
    /// The title of a column.
    enum Title {
        Untitled = "", "";
        Model = "model", "模型";
        Weights = "weights", "权重";
        Steps = "steps", "步数";
        StepTime = "ms/step", "毫秒/步";
        StepsPerSecond = "steps/s", "步/秒";
        WordsPerSecond = "words/s", "词/秒";
        Loss = "loss", "损失";
        MilestoneStep { loss: f64 } = "< {loss} at", "< {loss} 于第";
        MilestoneSeconds { loss: f64 } = "< {loss} after s", "< {loss} 秒数";
        Validation = "validation", "验证";
        Best = "best", "最佳";
        Right = "right", "正确";
    }
}

/// The columns with their titles and numbers of digits after the decimal point. `milestone` is the index of a loss in [`MILESTONES`].
fn columns(milestone: usize) -> [(Column, Title, usize); 13] {
    let loss = MILESTONES[milestone];
    [
        (Column::Name, Title::Untitled, 0),
        (Column::Model, Title::Model, 0),
        (Column::Weights, Title::Weights, 0),
        (Column::Steps, Title::Steps, 0),
        (Column::StepTime, Title::StepTime, 3),
        (Column::MeanStepsPerSecond, Title::StepsPerSecond, 1),
        (Column::MeanWordsPerSecond, Title::WordsPerSecond, 0),
        (Column::Loss, Title::Loss, 6),
        (Column::MilestoneStep(milestone), Title::MilestoneStep { loss }, 0),
        (Column::MilestoneSeconds(milestone), Title::MilestoneSeconds { loss }, 2),
        (Column::Validation, Title::Validation, 4),
        (Column::Best, Title::Best, 4),
        (Column::Right, Title::Right, 1),
    ]
}

/// Formats a value, with this many digits after the decimal point if it is a number or share; `None` becomes a dash.
fn format_cell(cell: Option<Cell>, digits: usize) -> String {
    match cell {
        None => "-".to_owned(),
        Some(Cell::Text(text)) => printable(&text),
        Some(Cell::Count(count)) => count.to_string(),
        Some(Cell::Number(number)) => format!("{number:.digits$}"),
        Some(Cell::Share(share)) => format!("{:.digits$} %", 100.0 * share),
        Some(Cell::Ratio { part, whole }) => format!("{part}/{whole}"),
    }
}

/// Formats a line of titles and a line per run. Columns are as wide as their contents; name and model are aligned to the left, numbers to
/// the right.
pub fn format_table(standings: &[Standing], language: Language) -> String {
    let columns = columns(common_milestone(standings));
    let titles: Vec<_> = columns.iter().map(|(_, title, _)| title.text_in(language)).collect();
    let row = |standing: &Standing| {
        columns.iter().map(|(column, _, digits)| format_cell(standing.cell(*column), *digits)).collect::<Vec<_>>()
    };
    let rows: Vec<_> = std::iter::once(titles).chain(standings.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].columns()).max().unwrap_or(0);
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(index, cell)| {
            let padding = " ".repeat(width(index) - cell.columns());
            let is_left_aligned = matches!(columns[index].0, Column::Name | Column::Model);
            if is_left_aligned { format!("{cell}{padding}") } else { format!("{padding}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::AttemptSettings;
    use crate::session::Milestone;

    #[test]
    fn table_columns_are_as_wide_as_their_contents() {
        let standing = |name: &str, validation| Standing {
            name: name.to_owned(),
            settings: AttemptSettings { model: "RNN 7→2".to_owned(), weights: 83, ..AttemptSettings::default() },
            steps: 1000,
            seconds: 0.5,
            loss: Some(0.25),
            validation,
            best: validation,
            right: validation.map(|_| 0.5),
            words_per_step: Some(2.0),
            milestones: validation.map(|_| Milestone { step: 7, seconds: Some(0.125) }).into_iter().collect(),
            ..Standing::default()
        };
        let table = format_table(&[standing("甲", None), standing("two", Some(1.5))], Language::English);
        assert_eq!(
            table,
            "     model    weights  steps  ms/step  steps/s  words/s      loss  < 10 at  < 10 after s  validation    best   right\n\
             甲   RNN 7→2       83   1000    0.500   2000.0     4000  0.250000        -             -           -       -       -\n\
             two  RNN 7→2       83   1000    0.500   2000.0     4000  0.250000        7          0.12      1.5000  1.5000  50.0 %\n"
        );
    }

    #[test]
    fn table_in_chinese_has_chinese_titles() {
        let table = format_table(&[Standing::default()], Language::Chinese);
        let titles = "模型  权重  步数  毫秒/步  步/秒  词/秒  损失  < 10 于第  < 10 秒数  验证  最佳  正确";
        assert_eq!(table.lines().next().unwrap().trim_start(), titles);
    }
}
