//! Prefetch hints, for which safe Rust has no intrinsic.

/// f32 numbers per cache line.
pub const LINE: usize = 16;

/// Starts loading the cache line of `numbers[index]` into the cache. Does nothing if the index is out of bounds or the machine is not
/// x86-64.
#[inline(always)]
pub fn prefetch(numbers: &[f32], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(number) = numbers.get(index) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch changes nothing but caches and is valid for any address; every x86-64 machine has SSE.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(number).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (numbers, index);
}
