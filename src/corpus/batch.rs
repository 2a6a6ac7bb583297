//! What one training step learns from.

use rand::Rng;
use rand::seq::index;

use super::Corpus;

/// Different sentences side by side, time first: position `t · sentences + b` holds word `t` of sentence `b`.
///
/// Shorter sentences are filled up to the longest with word 0, from where nothing is predicted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Words of the longest input.
    pub steps: usize,
    /// Sentences side by side.
    pub sentences: usize,
    /// Word ids `[steps, sentences]`: each sentence without its last word.
    pub inputs: Vec<u32>,
    /// From which position each target is to be predicted.
    pub positions: Vec<usize>,
    /// The last word of each sentence.
    pub targets: Vec<u32>,
}

impl Batch {
    /// Takes `size` different sentences of `corpus` at random in place of what it held.
    ///
    /// # Panics
    /// If the corpus has fewer sentences.
    pub fn draw(&mut self, corpus: &Corpus, size: usize, random: &mut impl Rng) {
        let chosen = index::sample(random, corpus.sentences(), size);
        self.sentences = size;
        self.steps = chosen.iter().map(|index| corpus.sentence(index).len() - 1).max().unwrap_or(0);
        self.inputs.clear();
        self.inputs.resize(self.steps * size, 0);
        self.positions.clear();
        self.targets.clear();
        for (column, index) in chosen.iter().enumerate() {
            if let Some((target, input)) = corpus.sentence(index).split_last() {
                for (t, &id) in input.iter().enumerate() {
                    self.inputs[t * size + column] = id;
                }
                self.positions.push((input.len() - 1) * size + column);
                self.targets.push(*target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    proptest! {
        #[test]
        fn a_batch_holds_different_sentences_each_with_its_last_word_as_target(
            lengths in prop::collection::vec(2usize..6, 1..8),
            seed in any::<u64>(),
        ) {
            // every word of the corpus occurs once, so that a target tells its sentence
            let mut next = 0;
            let text: Vec<String> = lengths.iter().map(|length| {
                (0..*length).map(|_| { next += 1; format!("w{next}") }).collect::<Vec<_>>().join(" ")
            }).collect();
            let corpus = Corpus::from_text(&text.join("\n")).map_err(|_| TestCaseError::fail("one word"))?;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut batch = Batch::default();
            for size in 1..=lengths.len() {
                batch.draw(&corpus, size, &mut random);
                let mut targets = batch.targets.clone();
                targets.sort_unstable();
                targets.dedup();
                prop_assert_eq!(targets.len(), size, "sentences differ");
                for (column, (&position, &target)) in batch.positions.iter().zip(&batch.targets).enumerate() {
                    let sentence = (0..corpus.sentences()).map(|i| corpus.sentence(i)).find(|s| s.ends_with(&[target])).unwrap();
                    let input: Vec<u32> = (0..sentence.len() - 1).map(|t| batch.inputs[t * size + column]).collect();
                    prop_assert_eq!(&input, &sentence[..sentence.len() - 1]);
                    prop_assert_eq!(position, (sentence.len() - 2) * size + column);
                }
            }
        }
    }

    #[test]
    fn every_pair_of_sentences_is_drawn_about_equally_often() {
        let corpus = Corpus::from_text("a b\nc d\ne f").unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut batch = Batch::default();
        let mut drawn = [0; 3]; // by the sentence left out
        for _ in 0..3000 {
            batch.draw(&corpus, 2, &mut random);
            let missing = (0..3).find(|i| !batch.targets.contains(&corpus.sentence(*i)[1])).unwrap();
            drawn[missing] += 1;
        }
        assert!(drawn.iter().all(|count| (900..1100).contains(count)), "{drawn:?}");
    }
}
