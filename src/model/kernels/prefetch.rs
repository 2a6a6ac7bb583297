//! A hint to the machine, which has no name in safe Rust.

/// Numbers in a cache line.
pub const LINE: usize = 16;

/// Fetches the line that holds `numbers[at]` from far memory, if there is such a number, while the work goes on.
#[inline(always)]
pub fn prefetch(numbers: &[f32], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(number) = numbers.get(at) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: it changes nothing but caches, whatever the address; every x86-64 machine has it.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(number).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (numbers, at);
}
