//! Batches of sentences.

use rand::Rng;
use rand::seq::SliceRandom;

use super::Text;
use crate::config::Predict;

/// Different sentences side by side, time first: position `t · sentences + b` holds word `t` of sentence `b`.
///
/// Shorter sentences are padded to the longest with word 0; nothing is predicted from the padding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The number of words in the longest input.
    pub steps: usize,
    /// The number of sentences.
    pub sentences: usize,
    /// Word ids `[steps, sentences]`: each sentence without its last word.
    pub inputs: Vec<u32>,
    /// For each target, the position in `inputs` from which it is predicted.
    pub positions: Vec<usize>,
    /// The ids of the words to predict.
    pub targets: Vec<u32>,
    /// The indices of all sentences in the random order of this epoch; `drawn` of them have been drawn.
    order: Vec<u32>,
    drawn: usize,
}

impl Batch {
    /// Replaces the contents by the next `size` sentences of a random order. If fewer are left, a new order is shuffled: no
    /// sentence comes twice in a batch or an epoch.
    ///
    /// # Panics
    /// If the text has fewer sentences.
    pub fn draw(&mut self, text: &Text, size: usize, predict: Predict, random: &mut impl Rng) {
        if self.order.len() != text.sentences() {
            self.order = text_order(text);
            self.drawn = self.order.len();
        }
        if self.drawn + size > self.order.len() {
            self.order.shuffle(random);
            self.drawn = 0;
        }
        let order = std::mem::take(&mut self.order);
        self.fill(text, order[self.drawn..self.drawn + size].iter().map(|index| *index as usize), predict);
        self.order = order;
        self.drawn += size;
    }

    /// The order of the sentences in this epoch (empty before the first one), and how many of them have been drawn.
    #[must_use]
    pub fn position(&self) -> (&[u32], usize) {
        (&self.order, self.drawn)
    }

    /// Restores a [position](Self::position). Returns `false`, and changes nothing, if it is not a position in this text.
    #[must_use]
    pub fn seek(&mut self, text: &Text, order: &[u32], drawn: usize) -> bool {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let is_position = order.is_empty() && drawn == 0 || sorted == text_order(text) && drawn <= order.len();
        if is_position {
            (self.order, self.drawn) = (order.to_vec(), drawn);
        }
        is_position
    }

    /// Replaces the contents by these sentences of `text`.
    ///
    /// # Panics
    /// If there is no such sentence.
    pub fn fill(&mut self, text: &Text, chosen: impl Iterator<Item = usize> + Clone, predict: Predict) {
        self.sentences = chosen.clone().count();
        self.steps = chosen.clone().map(|index| text.sentence(index).len() - 1).max().unwrap_or(0);
        self.inputs.clear();
        self.inputs.resize(self.steps * self.sentences, 0);
        self.positions.clear();
        self.targets.clear();
        for (column, index) in chosen.enumerate() {
            let sentence = text.sentence(index);
            let last = sentence.len() - 2;
            for (t, pair) in sentence.windows(2).enumerate() {
                let position = t * self.sentences + column;
                self.inputs[position] = pair[0];
                if predict == Predict::Every || t == last {
                    self.positions.push(position);
                    self.targets.push(pair[1]);
                }
            }
        }
    }
}

/// The indices of all sentences in the order of the text.
fn text_order(text: &Text) -> Vec<u32> {
    (0..text.sentences()).map(|index| u32::try_from(index).unwrap_or(u32::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::sentences;
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    proptest! {
        #[test]
        fn batch_drawn_has_distinct_sentences_with_their_targets(
            lengths in prop::collection::vec(2usize..6, 1..8),
            every in any::<bool>(),
            seed in any::<u64>(),
        ) {
            // every word of the corpus occurs once, so that it identifies its sentence
            let mut next = 0;
            let text: Vec<String> = lengths.iter().map(|length| {
                (0..*length).map(|_| { next += 1; format!("w{next}") }).collect::<Vec<_>>().join(" ")
            }).collect();
            let (text, _) = sentences(&text.join("\n"));
            let predict = if every { Predict::Every } else { Predict::Last };
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut batch = Batch::default();
            for size in 1..=lengths.len() {
                batch.draw(&text, size, predict, &mut random);
                let mut firsts = batch.inputs[..size].to_vec();
                firsts.sort_unstable();
                firsts.dedup();
                prop_assert_eq!(firsts.len(), size, "sentences differ");
                let mut expected = Vec::new();
                for column in 0..size {
                    let sentence = (0..text.sentences()).map(|i| text.sentence(i)).find(|s| s[0] == batch.inputs[column]).unwrap();
                    let input: Vec<u32> = (0..sentence.len() - 1).map(|t| batch.inputs[t * size + column]).collect();
                    prop_assert_eq!(&input, &sentence[..sentence.len() - 1]);
                    let first = if every { 0 } else { sentence.len() - 2 };
                    expected.extend((first..sentence.len() - 1).map(|t| (t * size + column, sentence[t + 1])));
                }
                let found: Vec<_> = batch.positions.iter().copied().zip(batch.targets.iter().copied()).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn batch_draws_pairs_of_sentences_uniformly() {
        let (text, _) = sentences("a b\nc d\ne f");
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut batch = Batch::default();
        let mut drawn = [0; 3]; // by the sentence left out
        for _ in 0..3000 {
            batch.draw(&text, 2, Predict::Last, &mut random);
            let missing = (0..3).find(|i| !batch.targets.contains(&text.sentence(*i)[1])).unwrap();
            drawn[missing] += 1;
        }
        assert!(drawn.iter().all(|count| (900..1100).contains(count)), "{drawn:?}");
    }
}
