//! Tables as CSV (RFC 4180).

use std::io;

use crate::learning::{Answer, Bucket, Curves, EarlierAttempt, Record, Validations};
use crate::model::Role;
use crate::printable;
use crate::session::{Cell, Column, Observed, Snapshot, Standing, common_milestone};
use crate::storage::metrics::{Event, Metric};

/// Returns a table with this title row.
fn table<const N: usize>(title: [&str; N], rows: impl Iterator<Item = [String; N]>) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(title)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// Text of a value of a comparison; empty if it is unknown.
fn value_text(cell: Option<Cell>) -> String {
    match cell {
        None => String::new(),
        Some(Cell::Text(text)) => word_cell(&text),
        Some(Cell::Count(count)) => count.to_string(),
        Some(Cell::Number(number) | Cell::Share(number)) => number.to_string(),
        Some(Cell::Ratio { part, whole }) => format!("{part}/{whole}"),
    }
}

/// Returns a table with a row for each standing, with these columns and titles.
fn comparison<const N: usize>(columns: [(&str, Column); N], standings: &[Standing]) -> io::Result<Vec<u8>> {
    let rows = standings.iter().map(|standing| columns.map(|(_, column)| value_text(standing.cell(column))));
    table(columns.map(|(title, _)| title), rows)
}

/// Text of a cell with a word: unchanged, except for an apostrophe before a word that a spreadsheet would evaluate as a formula, and escaped
/// control characters other than tabs and line breaks.
fn word_cell(word: &str) -> String {
    let is_formula = word.starts_with(['=', '+', '-', '@', '\t', '\r']) && word.chars().nth(1).is_some();
    let word: String = word.split_inclusive(['\n', '\t']).map(escape_control_characters).collect();
    if is_formula { format!("'{word}") } else { word }
}

/// Escapes control characters in a piece of text, except the tabs and line breaks at its end.
fn escape_control_characters(piece: &str) -> String {
    let text = piece.trim_end_matches(['\n', '\t']);
    let end = &piece[text.len()..];
    if text.chars().any(char::is_control) { printable(text) + end } else { piece.to_owned() }
}

/// The id of the word at a step of a prompt, and the cell with the word; id 0 beyond the prompt, and an empty cell for an unknown id.
fn word_at(answer: &Answer, step: usize, words: &[String]) -> [String; 2] {
    let id = answer.trace.ids.get(step).copied().unwrap_or_default();
    [id.to_string(), words.get(id as usize).map(|word| word_cell(word)).unwrap_or_default()]
}

/// Text of a number; empty if it is unknown.
fn number_text(number: Option<f64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// A row for each bucket of neighbouring steps.
pub fn curves(curves: &Curves) -> io::Result<Vec<u8>> {
    let histories = [&curves.loss, &curves.smoothed, &curves.gradient_norm, &curves.learning_rate];
    let rows = curves.loss.buckets().iter().enumerate().map(|(index, loss)| {
        // all histories have the same buckets
        let means = histories.map(|history| number_text(history.buckets().get(index).map(Bucket::mean)));
        let [mean, smoothed, norm, rate] = means;
        let last = loss.first + loss.steps - 1;
        [
            loss.first.to_string(),
            last.to_string(),
            mean,
            loss.min.to_string(),
            loss.max.to_string(),
            smoothed,
            norm,
            rate,
        ]
    });
    let title =
        ["first_step", "last_step", "loss", "loss_min", "loss_max", "loss_smoothed", "gradient_norm", "learning_rate"];
    table(title, rows)
}

/// A row for each attempt of a session, the current one last.
pub fn attempts(snapshot: &Snapshot) -> io::Result<Vec<u8>> {
    let earlier = snapshot.record.earlier.iter().map(|earlier| Standing::for_attempt("", earlier));
    let standings: Vec<_> = earlier.chain([Standing::new("", snapshot)]).collect();
    let columns = [
        ("attempt", Column::Attempt),
        ("model", Column::Model),
        ("weights", Column::Weights),
        ("seed", Column::Seed),
        ("steps", Column::Steps),
        ("loss", Column::Loss),
        ("validation", Column::Validation),
        ("best_validation", Column::Best),
    ];
    comparison(columns, &standings)
}

/// A row for each of several runs.
pub fn runs(observed: &Observed) -> io::Result<Vec<u8>> {
    let standings: Vec<_> = observed.runs.iter().map(Standing::observed).collect();
    let milestone = common_milestone(&standings);
    let columns = [
        ("name", Column::Name),
        ("model", Column::Model),
        ("weights", Column::Weights),
        ("seed", Column::Seed),
        ("steps", Column::Steps),
        ("seconds", Column::Seconds),
        ("words_per_second", Column::MeanWordsPerSecond),
        ("loss", Column::Loss),
        ("milestone_loss", Column::MilestoneLoss(milestone)),
        ("milestone_step", Column::MilestoneStep(milestone)),
        ("milestone_seconds", Column::MilestoneSeconds(milestone)),
        ("validation", Column::Validation),
        ("best_validation", Column::Best),
        ("validation_right", Column::Right),
        ("pinned_right", Column::PinnedRight),
        ("pinned_known", Column::PinnedKnown),
    ];
    comparison(columns, &standings)
}

/// A row for each bucket of neighbouring steps of every earlier attempt: the moving average of its loss.
pub fn earlier_curves(record: &Record) -> io::Result<Vec<u8>> {
    let rows = record.earlier.iter().flat_map(|earlier| {
        let EarlierAttempt { settings, smoothed, .. } = earlier.as_ref();
        smoothed.buckets().iter().map(|bucket| {
            [
                settings.number.to_string(),
                word_cell(&settings.model),
                settings.seed.to_string(),
                bucket.first.to_string(),
                (bucket.first + bucket.steps - 1).to_string(),
                bucket.mean().to_string(),
            ]
        })
    });
    table(["attempt", "model", "seed", "first_step", "last_step", "loss_smoothed"], rows)
}

/// A row for each validation.
pub fn validations(validations: &Validations) -> io::Result<Vec<u8>> {
    let rows = validations.points().map(|point| {
        let validated = point.validated;
        [point.step.to_string(), validated.loss.to_string(), number_text(validated.bits_per_character)]
    });
    table(["step", "loss", "bits_per_character"], rows)
}

/// A row for each unit of every quantity of every layer at every step of the prompt, without sums and attention weights.
pub fn states(answer: &Answer, words: &[String]) -> io::Result<Vec<u8>> {
    let is_shown = |role| !matches!(role, Role::Sum | Role::Attention { .. });
    let shown = answer.trace.quantities.iter().filter(|quantity| is_shown(quantity.role));
    let rows = shown.flat_map(|quantity| {
        quantity.values.iter().enumerate().map(move |(index, value)| {
            let (step, unit) = (index / quantity.width, index % quantity.width);
            let [id, word] = word_at(answer, step, words);
            [
                (step + 1).to_string(),
                id,
                word,
                layer_number(quantity.layer),
                quantity.term.symbol().to_owned(),
                (unit + 1).to_string(),
                value.to_string(),
            ]
        })
    });
    table(["step", "id", "word", "layer", "quantity", "unit", "value"], rows)
}

/// A row for each attention weight of each layer and head: the weight that a position has for itself or for an earlier one.
pub fn attention(answer: &Answer, words: &[String]) -> io::Result<Vec<u8>> {
    let attention_weights = answer.trace.quantities.iter().filter_map(|quantity| match quantity.role {
        Role::Attention { head } => Some((quantity, head)),
        _ => None,
    });
    let rows = attention_weights.flat_map(|(quantity, head)| {
        let rows = quantity.values.chunks_exact(quantity.width.max(1)).enumerate();
        rows.flat_map(move |(step, row)| {
            row[..=step].iter().enumerate().map(move |(from, share)| {
                let ([id, word], [from_id, from_word]) = (word_at(answer, step, words), word_at(answer, from, words));
                [
                    layer_number(quantity.layer),
                    (head + 1).to_string(),
                    (step + 1).to_string(),
                    id,
                    word,
                    (from + 1).to_string(),
                    from_id,
                    from_word,
                    share.to_string(),
                ]
            })
        })
    });
    table(["layer", "head", "step", "id", "word", "from_step", "from_id", "from_word", "share"], rows)
}

/// A row for the norm of the gradient of the traced loss with respect to each quantity of each layer at every step of the prompt.
pub fn gradient_flow(answer: &Answer, words: &[String]) -> io::Result<Vec<u8>> {
    let rows = answer.trace.gradient_flow.iter().flat_map(|flow| {
        flow.norms.iter().enumerate().take(answer.words.len()).map(move |(step, norm)| {
            let ([id, word], quantity) = (word_at(answer, step, words), flow.term.symbol().to_owned());
            [(step + 1).to_string(), id, word, layer_number(flow.layer), quantity, norm.to_string()]
        })
    });
    table(["step", "id", "word", "layer", "quantity", "gradient_norm"], rows)
}

/// The 1-based number of a layer; 1 for quantities of no layer.
fn layer_number(layer: Option<usize>) -> String {
    (layer.unwrap_or(0) + 1).to_string()
}

/// A row for each word with its probability to come next, the most probable first.
pub fn answer(answer: &Answer, words: &[String]) -> io::Result<Vec<u8>> {
    let rows = answer.trace.ranking().into_iter().map(|(id, p)| [id.to_string(), word_cell(&words[id]), p.to_string()]);
    table(["id", "word", "probability"], rows)
}

/// A row for each summary of steps and each validation of a saved run; unknown values are empty.
pub fn metrics(metrics: Vec<Metric>) -> io::Result<Vec<u8>> {
    let title = ["attempt", "step", "kind", "loss", "loss_min", "loss_max", "gradient_norm", "learning_rate", "epoch"];
    let rows = metrics.into_iter().filter_map(|metric| {
        let (kind, numbers) = match metric.event {
            Event::Steps { loss, loss_min, loss_max, gradient_norm, learning_rate, epoch, .. } => {
                ("steps", [loss, loss_min, loss_max, gradient_norm, learning_rate, Some(epoch)])
            }
            Event::Validation { loss, .. } => ("validation", [loss, None, None, None, None, None]),
            _ => return None,
        };
        let [loss, min, max, norm, rate, epoch] = numbers.map(number_text);
        let (attempt, step) = (metric.attempt.to_string(), metric.step.to_string());
        Some([attempt, step, kind.to_owned(), loss, min, max, norm, rate, epoch])
    });
    table(title, rows)
}

#[cfg(test)]
mod tests {
    use super::word_cell;

    #[test]
    fn word_cell_formula_is_quoted() {
        let words = ["=HYPERLINK(\"x\")", "@SUM(1)", "-", "+", "the", "-1"];
        assert_eq!(words.map(word_cell), ["'=HYPERLINK(\"x\")", "'@SUM(1)", "-", "+", "the", "'-1"]);
    }

    #[test]
    fn word_cell_control_characters_are_escaped() {
        let words = [" ", "\n", "\t", "NA", "null", "a\u{200f}", "\u{1b}[2J", "a\n\u{9b}b"];
        assert_eq!(words.map(word_cell), [" ", "\n", "\t", "NA", "null", "a\u{200f}", "\\u{1b}[2J", "a\n\\u{9b}b"]);
    }
}
