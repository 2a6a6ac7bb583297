//! Two functions of glibc's allocator that have no safe interface. It creates up to eight arenas per core, over which the memory that
//! sessions of a class free is scattered, and it does not return free memory below a block in use. Of 256 sessions, 32 at a time,
//! 24 MiB remained after the first 32; with one arena 11 MiB; with one arena that is trimmed when sessions end, none.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    /// Lets all threads that start from now on share one arena.
    pub fn share_one_arena() {
        // SAFETY: it may be called at any time, and changes nothing that is in use (mallopt(3)).
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    }

    /// Returns free memory to the system; does nothing with other allocators than glibc's.
    pub fn return_free_memory() {
        // SAFETY: it may be called at any time by any thread, and changes nothing that is in use (malloc_trim(3)).
        unsafe { libc::malloc_trim(0) };
    }
}

/// Does nothing: other allocators have no arenas to share, and return memory by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod glibc {
    pub fn share_one_arena() {}
    pub fn return_free_memory() {}
}

pub use glibc::{return_free_memory, share_one_arena};
