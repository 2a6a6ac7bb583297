//! Sentences about a head: what the position under the cursor reads, the entropy of that, the effect of ablating the head, and the shares
//! by the gradient and the logit lens.

use super::map::{SelectedHead, Weights};
use crate::dashboard::numbers::{Number, percent};
use crate::dashboard::panels::RenderContext;
use crate::dashboard::words::model::AttentionText;
use crate::learning::Answer;

/// Most words of a sentence, more than fit into any line.
const MAX_WORDS: usize = 40;

/// The sentences about the selected head, most important first.
pub fn sentences(
    answer: &Answer,
    weights: &Weights,
    selected: SelectedHead,
    position: usize,
    ctx: RenderContext<'_>,
) -> Vec<String> {
    let (words, trace) = (ctx.words(), &answer.trace);
    let row: Vec<f64> = weights.row(position).iter().map(|weight| f64::from(*weight)).collect();
    let mut sentences =
        vec![words.say(AttentionText::Reads { word: name(answer, position), shares: shares(answer, &row) })];
    let ablation =
        trace.head_ablations.iter().find(|one| one.layer == selected.layer && Some(one.head) == selected.head);
    let target = trace.target as usize;
    let word = ctx.snapshot().run.vocabulary.get(target).map_or("?", String::as_str);
    let probability = trace.distribution.get(target).copied().unwrap_or(f32::NAN);
    let without = ablation.map(|ablation| {
        let [with, without] = [probability, (-ablation.loss).exp()].map(|p| percent(p).trim().to_owned());
        words.say(AttentionText::WithoutHead { word: word.to_owned(), with, without })
    });
    let max_entropy = (row.len() as f64).log2();
    let entropy = words.say(AttentionText::Entropy { bits: Number(entropy(&row)), most: Number(max_entropy) });
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

/// A word of the prompt; one that occurs more than once has its position, counted from 1.
fn name(answer: &Answer, position: usize) -> String {
    let word = &answer.words[position];
    let is_alone = answer.words.iter().filter(|other| *other == word).count() == 1;
    if is_alone { word.clone() } else { format!("{word}({})", position + 1) }
}

/// The words of the prompt with their shares, largest first: `我 62 %  喜欢 38 %`.
fn shares(answer: &Answer, shares: &[f64]) -> String {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
    let share = |at: &usize| format!("{} {:.0} %", name(answer, *at), 100.0 * shares[*at]);
    order.iter().take(MAX_WORDS).map(share).collect::<Vec<_>>().join("  ")
}

/// Entropy in bits; 0 if all is read from one position.
fn entropy(shares: &[f64]) -> f64 {
    0.0 - shares.iter().filter(|share| **share > 0.0).map(|share| share * share.log2()).sum::<f64>() // never -0
}

#[cfg(test)]
mod tests {
    use super::entropy;

    #[test]
    fn entropy_of_shares_is_in_bits() {
        assert_eq!(entropy(&[0.25; 4]), 2.0);
        assert_eq!(format!("{:.1}", entropy(&[0.0, 1.0])), "0.0", "no -0.0");
    }
}
