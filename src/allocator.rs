//! What the allocator of the system is asked for that has no safe name.

/// Gives the system back what is free. glibc keeps what its threads have freed, in up to eight places for each core, and the threads of
/// a thousand sessions, one after another, leave something in each of them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back_free_memory() {
    // SAFETY: it may be called at any time by any thread, and changes nothing that is in use (malloc_trim(3)).
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators give it back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back_free_memory() {}
