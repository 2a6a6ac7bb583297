//! Runs side by side as a table of plain text.

use crate::columns::Columns;

use crate::language::Language;
use crate::printable;
use crate::session::{MILESTONES, Standing, common_milestone};

/// A line of titles, and one for each run; what is not known is a dash.
pub fn of(standings: &[Standing], language: Language) -> String {
    let milestone = common_milestone(standings);
    let [fell, until] =
        language.pick(["at", "after s"], ["于第", "秒数"]).map(|unit| format!("< {} {unit}", MILESTONES[milestone]));
    let titles = language.pick(
        ["", "model", "weights", "steps", "ms/step", "steps/s", "words/s"],
        ["", "模型", "权重", "步数", "毫秒/步", "步/秒", "词/秒"],
    );
    let last = language.pick(["validation", "best", "right"], ["验证", "最佳", "正确"]);
    let titles = titles.into_iter().chain([language.pick("loss", "损失"), &fell, &until]).chain(last);
    let titles: Vec<_> = titles.map(str::to_owned).collect();
    let number =
        |value: Option<f64>, digits: usize| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"));
    let row = |standing: &Standing| {
        let (step, passed) = (standing.seconds_per_step(), standing.milestones.get(milestone));
        vec![
            printable(&standing.name),
            standing.settings.model.clone(),
            standing.settings.weights.to_string(),
            standing.steps.to_string(),
            number(step.map(|seconds| 1000.0 * seconds), 3),
            number(step.map(f64::recip), 1),
            number(standing.words_per_second(), 0),
            number(standing.loss, 6),
            passed.map_or_else(|| "-".to_owned(), |passed| passed.step.to_string()),
            number(passed.and_then(|passed| passed.seconds), 2),
            number(standing.validation, 4),
            number(standing.best, 4),
            standing.right.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share)),
        ]
    };
    let rows: Vec<_> = std::iter::once(titles).chain(standings.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].columns()).max().unwrap_or(0);
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let free = " ".repeat(width(column) - cell.columns());
            if column < 2 { format!("{cell}{free}") } else { format!("{free}{cell}") } // names on the left, numbers on the right
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
    fn columns_are_as_wide_as_what_is_in_them() {
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
        let table = of(&[standing("甲", None), standing("two", Some(1.5))], Language::English);
        assert_eq!(
            table,
            "     model    weights  steps  ms/step  steps/s  words/s      loss  < 10 at  < 10 after s  validation    best   right\n\
             甲   RNN 7→2       83   1000    0.500   2000.0     4000  0.250000        -             -           -       -       -\n\
             two  RNN 7→2       83   1000    0.500   2000.0     4000  0.250000        7          0.12      1.5000  1.5000  50.0 %\n"
        );
    }
}
