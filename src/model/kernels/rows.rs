//! Mutable rows whose columns are divided among threads.

use std::ops::Range;

use super::threads::Threads;

/// Mutable rows with all their columns, or with the columns of one thread.
#[derive(Debug)]
pub enum RowsMut<'a> {
    /// All columns.
    Whole {
        /// The numbers in row-major order.
        numbers: &'a mut [f32],
        /// Numbers per row.
        width: usize,
    },
    /// Some columns of each row.
    Columns(Vec<&'a mut [f32]>),
}

impl Default for RowsMut<'_> {
    fn default() -> Self {
        Self::Columns(Vec::new())
    }
}

impl<'a> RowsMut<'a> {
    /// `numbers` as rows of `width` numbers, with all columns.
    pub fn whole(numbers: &'a mut [f32], width: usize) -> Self {
        Self::Whole { numbers, width }
    }

    /// Divides rows of `width` numbers by columns, one part per range. The ranges must cover all columns in order.
    pub fn columns(numbers: &'a mut [f32], width: usize, ranges: &[Range<usize>]) -> Vec<Self> {
        if let [_] = ranges {
            return vec![Self::whole(numbers, width)];
        }
        let count = numbers.len().checked_div(width).unwrap_or(0);
        let mut parts: Vec<_> = ranges.iter().map(|_| Vec::with_capacity(count)).collect();
        for mut row in numbers.chunks_exact_mut(width.max(1)) {
            for (part, range) in parts.iter_mut().zip(ranges) {
                let (columns, rest) = row.split_at_mut(range.len());
                part.push(columns);
                row = rest;
            }
        }
        parts.into_iter().map(Self::Columns).collect()
    }

    /// Numbers per row; 0 without rows.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Whole { numbers: [], .. } => 0,
            Self::Whole { width, .. } => *width,
            Self::Columns(rows) => rows.first().map_or(0, |row| row.len()),
        }
    }

    /// The row at `index`; empty without rows.
    #[inline(always)]
    pub fn row(&mut self, index: usize) -> &mut [f32] {
        match self {
            Self::Whole { numbers: [], .. } => &mut [],
            Self::Whole { numbers, width } => &mut numbers[index * *width..][..*width],
            Self::Columns(rows) if rows.is_empty() => &mut [],
            Self::Columns(rows) => rows[index],
        }
    }

    /// The row at `index` and the next; both empty without rows.
    #[inline(always)]
    pub fn row_and_next(&mut self, index: usize) -> (&mut [f32], &mut [f32]) {
        match self {
            Self::Whole { numbers: [], .. } => (&mut [], &mut []),
            Self::Whole { numbers, width } => numbers[index * *width..][..2 * *width].split_at_mut(*width),
            Self::Columns(rows) if rows.is_empty() => (&mut [], &mut []),
            Self::Columns(rows) => {
                let (before, after) = rows.split_at_mut(index + 1);
                (before[index], after[0])
            }
        }
    }
}

/// Divides `0..count` into at most one range per thread and runs `work` on each in parallel, with the columns of all `tensors` that
/// belong to the range. Each tensor is given with its number of columns per element of `0..count`.
pub fn for_columns<const N: usize>(
    threads: Threads,
    count: usize,
    tensors: [(&mut [f32], usize); N],
    work: impl Fn(Range<usize>, [RowsMut<'_>; N]) + Sync,
) {
    if threads == Threads::ONE {
        return work(0..count, tensors.map(|(numbers, width)| RowsMut::whole(numbers, count * width)));
    }
    let ranges: Vec<_> = threads.ranges(count, 1).collect();
    let mut columns = tensors.map(|(numbers, width)| {
        let ranges: Vec<_> = ranges.iter().map(|range| range.start * width..range.end * width).collect();
        RowsMut::columns(numbers, count * width, &ranges).into_iter()
    });
    let part = |range: &Range<usize>| (range.clone(), columns.each_mut().map(|parts| parts.next().unwrap_or_default()));
    Threads::each(ranges.iter().map(part).collect(), |(range, rows)| work(range, rows));
}

/// Splits the first `count` elements off `numbers` and returns them.
///
/// # Panics
/// If there are fewer.
#[allow(clippy::mut_mut)] // the slice is replaced by its remainder
pub fn take<'a, T>(numbers: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    numbers.split_off_mut(..count).expect("enough elements")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_divided_by_columns_write_disjoint_numbers() {
        let mut numbers: Vec<f32> = (0..12_u8).map(f32::from).collect();
        for (part, rows) in RowsMut::columns(&mut numbers, 4, &[0..1, 1..4]).iter_mut().enumerate() {
            for row in 0..3 {
                rows.row(row).fill(part as f32 + 10.0 * row as f32);
            }
            let (row, next) = rows.row_and_next(1);
            next[0] = row[0] + 0.5;
        }
        assert_eq!(numbers, [0., 1., 1., 1., 10., 11., 11., 11., 10.5, 11.5, 21., 21.]);
        assert!(RowsMut::columns(&mut [], 4, &[0..2, 2..4]).iter_mut().all(|rows| rows.row(0).is_empty()));
    }
}
