//! Allocation of large tensors in huge pages.

use std::collections::TryReserveError;

/// Smallest allocation in bytes for which huge pages are requested: two of them.
const MIN_HUGE_PAGE_BYTES: usize = 4 << 20;

/// Resizes `numbers` to `count` elements; new ones are zero. On Linux, large allocations request huge pages: a product accesses rows
/// that are far apart, each of which would otherwise need its own entry in the TLB.
///
/// # Errors
/// If the allocation fails; `numbers` is unchanged then.
pub fn resize(numbers: &mut Vec<f32>, count: usize) -> Result<(), TryReserveError> {
    if count > numbers.capacity() {
        numbers.try_reserve_exact(count - numbers.len())?;
        request_huge_pages(numbers);
    }
    numbers.resize(count, 0.0);
    Ok(())
}

/// Advises the system to back large allocations with huge pages; errors are ignored.
#[cfg(target_os = "linux")]
fn request_huge_pages(numbers: &Vec<f32>) {
    use rustix::mm::{Advice, madvise};
    use rustix::param::page_size;

    let bytes = numbers.capacity() * size_of::<f32>();
    if bytes < MIN_HUGE_PAGE_BYTES {
        return;
    }
    let (start, page) = (numbers.as_ptr().cast::<u8>(), page_size());
    let skipped = start.align_offset(page);
    let whole = bytes.saturating_sub(skipped) / page * page;
    // SAFETY: the advice changes neither contents nor ownership of the memory and covers only whole pages of this allocation.
    let _ = unsafe { madvise(start.wrapping_add(skipped).cast_mut().cast(), whole, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn request_huge_pages(_: &Vec<f32>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resize_any_size_preserves_numbers_and_zeroes_new_ones() {
        let mut numbers = vec![1.0, 2.0];
        for count in [3, MIN_HUGE_PAGE_BYTES, 5, MIN_HUGE_PAGE_BYTES + 7] {
            resize(&mut numbers, count).unwrap();
            assert_eq!(numbers.len(), count);
            assert_eq!(numbers[..3], [1.0, 2.0, 0.0]);
            assert!(numbers[3..].iter().all(|number| *number == 0.0));
        }
        assert!(resize(&mut numbers, isize::MAX.cast_unsigned()).is_err());
        assert_eq!(numbers.len(), MIN_HUGE_PAGE_BYTES + 7);
    }
}
