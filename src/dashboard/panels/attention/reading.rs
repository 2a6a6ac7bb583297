//! What is told of a head: what the position under the cursor reads, how undecided it is, what the answer loses without it, and
//! what gradient and layers say of the same prompt.

use super::map::Weights;
use crate::dashboard::numbers::{Number, percent};
use crate::dashboard::panels::RenderContext;
use crate::dashboard::words::model::AttentionText;
use crate::learning::Answer;

/// More words than fit into any line.
const MAX_WORDS: usize = 40;

/// The sentences, what matters most first.
pub fn sentences(
    answer: &Answer,
    weights: &Weights,
    ((layer, head), position): ((usize, Option<usize>), usize),
    ctx: RenderContext<'_>,
) -> Vec<String> {
    let (words, trace) = (ctx.words(), &answer.trace);
    let row: Vec<f64> = weights.row(position).iter().map(|weight| f64::from(*weight)).collect();
    let mut sentences =
        vec![words.say(AttentionText::Reads { word: name(answer, position), shares: shares(answer, &row) })];
    let silenced = trace.head_ablations.iter().find(|one| one.layer == layer && Some(one.head) == head);
    let target = trace.target as usize;
    let word = ctx.snapshot().run.vocabulary.get(target).map_or("?", String::as_str);
    let own = trace.distribution.get(target).copied().unwrap_or(f32::NAN);
    let without = silenced.map(|silenced| {
        let [with, without] = [own, (-silenced.loss).exp()].map(|p| percent(p).trim().to_owned());
        words.say(AttentionText::WithoutHead { word: word.to_owned(), with, without })
    });
    let most = (row.len() as f64).log2();
    let entropy = words.say(AttentionText::Entropy { bits: Number(entropy(&row)), most: Number(most) });
    sentences.push([Some(entropy), without].into_iter().flatten().collect::<Vec<_>>().join("  "));
    sentences.push(words.say(AttentionText::GradientReads { shares: shares(answer, &trace.importances()) }));
    let lens = trace.logit_lens.iter().filter_map(|distribution| distribution.get(target));
    let lens: Vec<_> = lens.map(|p| percent(*p).trim().to_owned()).collect();
    if !lens.is_empty() {
        sentences.push(words.say(AttentionText::LogitLens {
            word: word.to_owned(),
            layers: lens.len() - 1,
            probabilities: lens.join(" → "),
        }));
    }
    sentences
}

/// A word of the prompt; one that is there more than once with its position, counted from 1.
fn name(answer: &Answer, at: usize) -> String {
    let word = &answer.words[at];
    let is_alone = answer.words.iter().filter(|other| *other == word).count() == 1;
    if is_alone { word.clone() } else { format!("{word}({})", at + 1) }
}

/// Words with their shares, the largest first: `我 62 %  喜欢 38 %`.
fn shares(answer: &Answer, shares: &[f64]) -> String {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
    let share = |at: &usize| format!("{} {:.0} %", name(answer, *at), 100.0 * shares[*at]);
    order.iter().take(MAX_WORDS).map(share).collect::<Vec<_>>().join("  ")
}

/// In bits: 0 where one position is all that is read.
fn entropy(shares: &[f64]) -> f64 {
    0.0 - shares.iter().filter(|share| **share > 0.0).map(|share| share * share.log2()).sum::<f64>() // never -0
}

#[cfg(test)]
mod tests {
    use super::entropy;

    #[test]
    fn the_entropy_of_what_is_read_is_in_bits() {
        assert_eq!(entropy(&[0.25; 4]), 2.0);
        assert_eq!(format!("{:.1}", entropy(&[0.0, 1.0])), "0.0", "no -0.0");
    }
}
