//! Keyframes: copies of the weights at earlier steps, for replay.

use std::sync::Arc;

use crate::learning::Thinning;
use crate::memory::can_allocate;

/// Available memory is checked again after this many bytes of keyframes.
const CHECK_INTERVAL: usize = 1 << 20;

/// Evenly spaced keyframes in bounded memory: when the memory is full, every second one is dropped and the interval is doubled.
#[derive(Clone, Debug, Default)]
pub struct Keyframes {
    /// Capacity in numbers (f32).
    capacity: usize,
    frames: Vec<Keyframe>,
    /// The interval in steps.
    thinning: Thinning,
    /// Buffers of dropped keyframes for reuse: allocating takes longer than copying.
    spare: Vec<Vec<f32>>,
}

/// A copy of the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyframe {
    /// The number of steps taken by then.
    pub step: u64,
    /// All weights, tensor after tensor. Immutable, so that the thread that saves them can share them.
    pub weights: Arc<Vec<f32>>,
}

impl Keyframes {
    /// Upper bound on the number of keyframes; finer steps are not visible.
    pub const MAX_FRAMES: usize = 4096;

    /// Creates an empty collection for at most `bytes` and [`MAX_FRAMES`](Self::MAX_FRAMES) keyframes. A model whose weights do not
    /// fit twice gets no keyframes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { capacity: bytes / size_of::<f32>(), ..Self::default() }
    }

    /// Creates a collection with this capacity in bytes that continues after `frames`, evenly spaced ones in order. Every second one is
    /// dropped until the rest fits. If not even two fit, all of them stay and no more are taken.
    #[must_use]
    pub fn resumed(bytes: usize, frames: Vec<Keyframe>) -> Self {
        let gap = frames.windows(2).map(|pair| pair[1].step.saturating_sub(pair[0].step)).next().unwrap_or(1);
        let mut keyframes = Self { frames, thinning: Thinning::at_most(gap), ..Self::new(bytes) };
        if 2 * keyframes.size() <= keyframes.capacity {
            keyframes.make_fit();
        }
        keyframes
    }

    /// The interval in steps between keyframes; `None` if no more are taken, for lack of memory.
    #[must_use]
    pub fn every(&self) -> Option<u64> {
        (self.capacity > 0).then(|| self.thinning.interval())
    }

    /// Adds a keyframe for `step`, which must be later than those before, unless `step` is no multiple of the interval; `copy` appends the
    /// weights to an empty vector. Drops every second keyframe as soon as the capacity or the memory of the machine does not suffice. No
    /// more are taken if two do not fit.
    pub fn take(&mut self, step: u64, copy: impl FnOnce(&mut Vec<f32>)) {
        if !self.every().is_some_and(|every| step.is_multiple_of(every)) {
            return;
        }
        if !self.has_memory() {
            // the number of keyframes grows no more: the next ones take the memory of dropped ones
            self.capacity = self.frames.len() * self.size();
            self.thin_out();
            if self.spare.is_empty() {
                self.capacity = 0;
            }
            if !self.every().is_some_and(|every| step.is_multiple_of(every)) {
                return;
            }
        }
        let mut weights = self.spare.pop().unwrap_or_default();
        weights.clear();
        copy(&mut weights);
        if 2 * weights.len() > self.capacity {
            self.capacity = 0;
            return;
        }
        self.frames.push(Keyframe { step, weights: Arc::new(weights) });
        self.make_fit();
    }

    /// Drops every second keyframe until the rest fits.
    fn make_fit(&mut self) {
        let max_frames = (self.capacity / self.size().max(1)).min(Self::MAX_FRAMES);
        while self.frames.len() > max_frames {
            self.thin_out();
        }
    }

    /// Numbers (f32) per keyframe; 0 if there is none.
    fn size(&self) -> usize {
        self.frames.first().map_or(0, |frame| frame.weights.len())
    }

    /// Whether there is memory for one more. Checked once per [`CHECK_INTERVAL`], since the check can take longer than a keyframe; `true`
    /// otherwise.
    fn has_memory(&self) -> bool {
        let bytes = self.size() * size_of::<f32>();
        let is_check_due =
            bytes > 0 && self.spare.is_empty() && self.frames.len().is_multiple_of((CHECK_INTERVAL / bytes).max(1));
        !is_check_due || can_allocate(bytes + 2 * CHECK_INTERVAL)
    }

    /// Doubles the interval and drops every second keyframe, whose memory becomes spare unless it is shared.
    fn thin_out(&mut self) {
        self.thinning.double();
        let dropped = self.frames.extract_if(.., |frame| !self.thinning.keeps(frame.step));
        self.spare.extend(dropped.filter_map(|frame| Arc::into_inner(frame.weights)));
    }

    /// All keyframes, the earliest first.
    #[must_use]
    pub fn frames(&self) -> &[Keyframe] {
        &self.frames
    }

    /// Index of the last keyframe at or before `step`, or of the first one if all are later; `None` if there is none.
    #[must_use]
    pub fn index_at(&self, step: u64) -> Option<usize> {
        let after = self.frames.partition_point(|frame| frame.step <= step);
        (!self.frames.is_empty()).then(|| after.saturating_sub(1))
    }

    /// Drops all keyframes and resets the interval, for a restart.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.spare.clear(); // the next model may be of another size
        self.thinning = Thinning::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keyframes_any_run_is_covered_evenly_in_bounded_memory(steps in 0u64..20_000, size in 1usize..50, bytes in 0usize..20_000) {
            let mut keyframes = Keyframes::new(bytes);
            for step in 0..=steps {
                keyframes.take(step, |weights| weights.extend(vec![step as f32; size]));
            }
            let frames = keyframes.frames();
            let capacity = (bytes / 4 / size).min(Keyframes::MAX_FRAMES);
            prop_assert!(frames.len() <= capacity);
            if capacity < 2 {
                return Ok(());
            }
            prop_assert_eq!(frames[0].step, 0);
            prop_assert!(frames.iter().all(|frame| *frame.weights == vec![frame.step as f32; size]));
            let gaps: Vec<u64> = frames.windows(2).map(|pair| pair[1].step - pair[0].step).collect();
            prop_assert!(gaps.windows(2).all(|pair| pair[0] == pair[1]));
            let last = frames[frames.len() - 1].step;
            prop_assert!(steps - last < gaps.first().copied().unwrap_or(1).max(1) * 2);
            prop_assert!(frames.len() * 2 + 2 >= capacity.min(steps as usize));
            for step in [0, steps / 3, steps] {
                let frame = &frames[keyframes.index_at(step).unwrap()];
                prop_assert!(frame.step <= step);
            }
        }
    }
}
