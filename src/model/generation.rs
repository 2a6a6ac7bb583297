//! Text generation.

use rand::Rng;

use super::architectures::{Model, Start};
use super::kernels::Threads;
use super::tensors::Result;

/// The sampling method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Divisor of the logits; below 1 sharpens the distribution. 0 or less: always the most probable word.
    pub temperature: f32,
    /// Top-k sampling (Fan et al. 2018); 0: all words.
    pub top_k: usize,
    /// Nucleus sampling with this probability (Holtzman et al. 2020); 1: all words.
    pub top_p: f32,
}

/// Words of the vocabulary with a special meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The unknown word, which is not generated unless the vocabulary has no other word.
    pub unknown: Option<u32>,
    /// The word after which the state is reset to zero, such as the end of a sentence; `None` if it is never reset.
    pub state_reset: Option<u32>,
}

impl Default for Sampling {
    /// The model's own distribution.
    fn default() -> Self {
        Self { temperature: 1.0, top_k: 0, top_p: 1.0 }
    }
}

impl Sampling {
    /// Samples a word id from `logits`, `[V]`. Ties are broken in favour of the smaller id.
    ///
    /// # Panics
    /// If `logits` is empty.
    pub fn choose(&self, logits: &[f32], random: &mut impl Rng) -> u32 {
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        let best = order[0];
        let id = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        if self.temperature <= 0.0 {
            return id(best);
        }
        if self.top_k > 0 {
            order.truncate(self.top_k);
        }
        let temperature = f64::from(self.temperature);
        let weight = |index: usize| (f64::from(logits[index] - logits[best]) / temperature).exp();
        let weights: Vec<f64> = order.iter().map(|&index| weight(index)).collect();
        let total: f64 = weights.iter().sum();
        // the nucleus: the fewest most probable words that reach the probability
        let mut sum = 0.0;
        let is_in_nucleus = |weight: &f64| {
            let is_in = sum < f64::from(self.top_p) * total;
            sum += weight;
            is_in
        };
        let count = weights.iter().copied().take_while(is_in_nucleus).count().max(1);
        let mut left = random.r#gen::<f64>() * weights[..count].iter().sum::<f64>();
        let drawn = weights[..count].iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        id(order[drawn.unwrap_or(count - 1)])
    }
}

/// Generates `count` words after `ids` and returns them. The state is carried from word to word, and reset after the word that `marks` names.
/// `on_word` is called after each word.
///
/// # Errors
/// If there is no memory for the forward pass.
///
/// # Panics
/// If `ids` is empty or an id is outside the vocabulary.
pub fn generate<M: Model>(
    model: &M,
    ids: &[u32],
    count: usize,
    sampling: Sampling,
    marks: Marks,
    random: &mut impl Rng,
    mut on_word: impl FnMut(),
) -> Result<Vec<u32>> {
    assert!(!ids.is_empty(), "a text of no words has no next word");
    let mut workspace = model.workspace(Threads::ONE)?;
    let mut words: Vec<u32> = Vec::new();
    for _ in 0..count {
        let (read, start) = match words.last() {
            None => (ids, Start::Zeros),
            Some(word) if marks.state_reset == Some(*word) => (std::slice::from_ref(word), Start::Zeros),
            Some(word) => (std::slice::from_ref(word), Start::Carried),
        };
        let logits = model.next_logits(read, start, &mut workspace);
        if let Some(unknown) = marks.unknown.filter(|_| logits.len() > 1) {
            logits[unknown as usize] = f32::NEG_INFINITY;
        }
        words.push(sampling.choose(logits, random));
        on_word();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const LOGITS: [f32; 5] = [0.0, 2.0, 1.0, -1.0, 2.0];

    fn counts(sampling: Sampling) -> [usize; 5] {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut counts = [0; 5];
        (0..20_000).for_each(|_| counts[sampling.choose(&LOGITS, &mut random) as usize] += 1);
        counts
    }

    #[test]
    fn choose_any_temperature_follows_the_softmax() {
        for temperature in [0.5, 1.0, 2.0_f32] {
            let weights = LOGITS.map(|logit| f64::from(logit / temperature).exp());
            let total: f64 = weights.iter().sum();
            for (count, weight) in counts(Sampling { temperature, ..Sampling::default() }).iter().zip(weights) {
                let expected = 20_000.0 * weight / total;
                assert!(
                    (*count as f64 - expected).abs() < 4.0 * expected.sqrt() + 1.0,
                    "{count} instead of {expected}"
                );
            }
        }
    }

    #[test]
    fn choose_zero_temperature_top_k_and_top_p_exclude_improbable_words() {
        assert_eq!(counts(Sampling { temperature: 0.0, ..Sampling::default() }), [0, 20_000, 0, 0, 0]);
        let nonzero = |sampling| counts(sampling).map(|count| count > 0);
        assert_eq!(nonzero(Sampling { top_k: 3, ..Sampling::default() }), [false, true, true, false, true]);
        // the two best have 0.78 of the probability together, the three best 0.93
        assert_eq!(nonzero(Sampling { top_p: 0.7, ..Sampling::default() }), [false, true, false, false, true]);
        assert_eq!(nonzero(Sampling { top_p: 0.8, ..Sampling::default() }), [false, true, true, false, true]);
        assert_eq!(nonzero(Sampling { top_p: 0.0, ..Sampling::default() }), [false, true, false, false, false]);
    }

    proptest! {
        #[test]
        fn choose_any_numbers_returns_a_word_of_the_vocabulary(
            logits in prop::collection::vec(prop::num::f32::ANY, 1..20),
            temperature in prop::num::f32::ANY,
            top_k in 0usize..30,
            top_p in prop::num::f32::ANY,
        ) {
            let mut random = ChaCha8Rng::seed_from_u64(0);
            let word = Sampling { temperature, top_k, top_p }.choose(&logits, &mut random);
            prop_assert!((word as usize) < logits.len());
        }
    }
}
