//! The weights at moments of the run, so that it can be seen again.

use std::sync::Arc;

use crate::memory::can_take;

/// After keyframes of so many bytes it is asked whether there is memory for more.
const ASKED: usize = 1 << 20;

/// The weights after some of the steps, evenly spread over the run, in bounded memory: when there is no room for more, every other
/// one is let go, and from then on only half as many are taken.
#[derive(Clone, Debug, Default)]
pub struct Keyframes {
    /// Numbers that there is room for.
    room: usize,
    frames: Vec<Keyframe>,
    /// One of this many steps is taken, as a power of two.
    thinning: u32,
    /// Memory of those that were let go: fresh memory takes longer than the copy.
    spare: Vec<Vec<f32>>,
}

/// The weights at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyframe {
    /// Steps taken.
    pub step: u64,
    /// All weights, one tensor after the other. Never changed, and so shared with whoever writes them.
    pub weights: Arc<Vec<f32>>,
}

impl Keyframes {
    /// More are not told apart by anybody.
    pub const MOST: usize = 4096;

    /// No keyframes yet, and room for this many bytes; of a model that does not fit in there twice there will be none.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { room: bytes / size_of::<f32>(), ..Self::default() }
    }

    /// Goes on from those that were taken before, of which every second one is let go until there is room for the rest. Where there is
    /// none for two, they stay and no more are taken.
    #[must_use]
    pub fn going_on(bytes: usize, frames: Vec<Keyframe>) -> Self {
        let gap = frames.windows(2).map(|pair| pair[1].step.saturating_sub(pair[0].step)).next().unwrap_or(1);
        let mut keyframes = Self { frames, thinning: gap.max(1).ilog2(), ..Self::new(bytes) };
        if 2 * keyframes.size() <= keyframes.room {
            keyframes.make_fit();
        }
        keyframes
    }

    /// The weights are taken each time after this many steps; never, if there is no room.
    #[must_use]
    pub fn every(&self) -> Option<u64> {
        (self.room > 0).then_some(1 << self.thinning)
    }

    /// Takes the weights after this many steps, which `copy` writes into an empty vector; later steps than those before.
    pub fn take(&mut self, step: u64, copy: impl FnOnce(&mut Vec<f32>)) {
        if !self.every().is_some_and(|every| step.is_multiple_of(every)) {
            return;
        }
        if !self.has_memory() {
            // no more than there are now: the next ones take the place of some of these
            self.room = self.frames.len() * self.size();
            self.thin_out();
            if self.spare.is_empty() {
                self.room = 0;
            }
            if !self.every().is_some_and(|every| step.is_multiple_of(every)) {
                return;
            }
        }
        let mut weights = self.spare.pop().unwrap_or_default();
        weights.clear();
        copy(&mut weights);
        if 2 * weights.len() > self.room {
            self.room = 0;
            return;
        }
        self.frames.push(Keyframe { step, weights: Arc::new(weights) });
        self.make_fit();
    }

    fn make_fit(&mut self) {
        let most = (self.room / self.size().max(1)).min(Self::MOST);
        while self.frames.len() > most {
            self.thin_out();
        }
    }

    /// Numbers of one keyframe.
    fn size(&self) -> usize {
        self.frames.first().map_or(0, |frame| frame.weights.len())
    }

    /// Whether there is memory for one more. It is asked now and then: a keyframe of a small model is taken faster.
    fn has_memory(&self) -> bool {
        let bytes = self.size() * size_of::<f32>();
        let is_asked = bytes > 0 && self.spare.is_empty() && self.frames.len().is_multiple_of((ASKED / bytes).max(1));
        !is_asked || can_take(bytes + 2 * ASKED)
    }

    /// Lets go of every second one.
    fn thin_out(&mut self) {
        self.thinning += 1;
        let every = 1 << self.thinning;
        let gone = self.frames.extract_if(.., |frame| !frame.step.is_multiple_of(every));
        self.spare.extend(gone.filter_map(|frame| Arc::into_inner(frame.weights)));
    }

    /// All of them, the earliest first.
    #[must_use]
    pub fn frames(&self) -> &[Keyframe] {
        &self.frames
    }

    /// The place of the last one that is not after this many steps; of the first one, if all are.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<usize> {
        let after = self.frames.partition_point(|frame| frame.step <= step);
        (!self.frames.is_empty()).then(|| after.saturating_sub(1))
    }

    /// Forgets them, for a run that begins anew.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.spare.clear(); // the next model may be of another size
        self.thinning = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_whole_run_is_covered_evenly_in_bounded_memory(steps in 0u64..20_000, size in 1usize..50, bytes in 0usize..20_000) {
            let mut keyframes = Keyframes::new(bytes);
            for step in 0..=steps {
                keyframes.take(step, |weights| weights.extend(vec![step as f32; size]));
            }
            let frames = keyframes.frames();
            let most = (bytes / 4 / size).min(Keyframes::MOST);
            prop_assert!(frames.len() <= most);
            if most < 2 {
                return Ok(());
            }
            prop_assert_eq!(frames[0].step, 0);
            prop_assert!(frames.iter().all(|frame| *frame.weights == vec![frame.step as f32; size]));
            let gaps: Vec<u64> = frames.windows(2).map(|pair| pair[1].step - pair[0].step).collect();
            prop_assert!(gaps.windows(2).all(|pair| pair[0] == pair[1]));
            let last = frames[frames.len() - 1].step;
            prop_assert!(steps - last < gaps.first().copied().unwrap_or(1).max(1) * 2);
            prop_assert!(frames.len() * 2 + 2 >= most.min(steps as usize));
            for step in [0, steps / 3, steps] {
                let frame = &frames[keyframes.at(step).unwrap()];
                prop_assert!(frame.step <= step);
            }
        }
    }
}
