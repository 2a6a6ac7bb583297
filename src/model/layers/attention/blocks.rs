//! Positions in blocks: scores are computed for a block of positions at once, without the keys after its last position.

use std::ops::Range;

/// Positions per block.
pub(super) const BLOCK: usize = 64;

/// The positions of a pass, block by block. A block of n positions up to position p has `[n, p + 1]` attention weights.
pub(super) struct Blocks<'a>(pub &'a Range<usize>);

/// The positions of one block, and the range of its attention weights.
pub(super) struct Block {
    /// The positions to compute.
    pub computed: Range<usize>,
    /// Index of the first attention weight.
    start: usize,
}

impl Block {
    /// Number of positions that the block attends to: those up to its last.
    pub fn attended(&self) -> usize {
        self.computed.end
    }

    /// The indices of its attention weights in those of a head.
    pub fn weight_range(&self) -> Range<usize> {
        self.start..self.start + self.computed.len() * self.attended()
    }
}

impl Blocks<'_> {
    /// The blocks in order; the last may be shorter.
    pub fn iter(&self) -> impl Iterator<Item = Block> {
        let (first, end) = (self.0.start, self.0.end);
        (first..end).step_by(BLOCK).scan(0, move |start, position| {
            let block = Block { computed: position..end.min(position + BLOCK), start: *start };
            *start = block.weight_range().end;
            Some(block)
        })
    }

    /// Number of attention weights of one head for all blocks.
    pub fn weight_count(&self) -> usize {
        self.iter().last().map_or(0, |block| block.weight_range().end)
    }
}

/// Number of attention weights that are stored per head for a sequence of `positions`.
pub(in crate::model) fn stored_weights(positions: usize) -> usize {
    Blocks(&(0..positions)).weight_count()
}
