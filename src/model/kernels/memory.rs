//! Memory for many numbers.

use std::collections::TryReserveError;

/// Bytes from which on memory is asked for in large pages: two of them.
const LARGE: usize = 4 << 20;

/// Makes `numbers` `count` long; what is new is zero. Where the system can, a lot of memory is taken in large pages: rows that
/// are far from each other, as a product reads and writes them, would else each need a page of their own to be looked up.
///
/// # Errors
/// When there is no memory for them.
pub fn resize(numbers: &mut Vec<f32>, count: usize) -> Result<(), TryReserveError> {
    if count > numbers.capacity() {
        numbers.try_reserve_exact(count - numbers.len())?;
        ask_for_large_pages(numbers);
    }
    numbers.resize(count, 0.0);
    Ok(())
}

#[cfg(target_os = "linux")]
fn ask_for_large_pages(numbers: &Vec<f32>) {
    use rustix::mm::{Advice, madvise};
    use rustix::param::page_size;

    let bytes = numbers.capacity() * size_of::<f32>();
    if bytes < LARGE {
        return;
    }
    let (start, page) = (numbers.as_ptr().cast::<u8>(), page_size());
    let skipped = start.align_offset(page);
    let whole = bytes.saturating_sub(skipped) / page * page;
    // SAFETY: the advice changes neither what memory holds nor who owns it, and is about whole pages of this allocation.
    let _ = unsafe { madvise(start.wrapping_add(skipped).cast_mut().cast(), whole, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_: &Vec<f32>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays_and_what_is_new_is_zero() {
        let mut numbers = vec![1.0, 2.0];
        for count in [3, LARGE, 5, LARGE + 7] {
            resize(&mut numbers, count).unwrap();
            assert_eq!(numbers.len(), count);
            assert_eq!(numbers[..3], [1.0, 2.0, 0.0]);
            assert!(numbers[3..].iter().all(|number| *number == 0.0));
        }
        assert!(resize(&mut numbers, isize::MAX.cast_unsigned()).is_err());
        assert_eq!(numbers.len(), LARGE + 7);
    }
}
