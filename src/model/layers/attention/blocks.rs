//! Positions block by block: what comes after the last one of a block need not be looked at.

use std::ops::Range;

/// Positions whose scores are found at once: later ones than the last of them need not be looked at.
pub(super) const BLOCK: usize = 64;

/// The positions that are computed, block by block; a block has weights for all positions up to its last.
pub(super) struct Blocks<'a>(pub &'a Range<usize>);

/// Some positions that are computed, and where their weights begin.
pub(super) struct Block {
    pub computed: Range<usize>,
    start: usize,
}

impl Block {
    /// How many positions it can read from: those up to its last.
    pub fn readable(&self) -> usize {
        self.computed.end
    }

    pub fn numbers(&self) -> Range<usize> {
        self.start..self.start + self.computed.len() * self.readable()
    }
}

impl Blocks<'_> {
    pub fn iter(&self) -> impl Iterator<Item = Block> {
        let (first, end) = (self.0.start, self.0.end);
        (first..end).step_by(BLOCK).scan(0, move |start, position| {
            let block = Block { computed: position..end.min(position + BLOCK), start: *start };
            *start = block.numbers().end;
            Some(block)
        })
    }

    pub fn numbers(&self) -> usize {
        self.iter().last().map_or(0, |block| block.numbers().end)
    }
}

/// How many attention weights of one head are kept for a sequence of `positions`.
pub(in crate::model) fn kept_weights(positions: usize) -> usize {
    Blocks(&(0..positions)).numbers()
}
