//! Threads and open files for all connections.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::runtime::Runtime;

use super::lock::lock;

/// A runtime with this many threads.
///
/// # Errors
/// If the system has no more threads. Tokio panics then, so threads are started and ended before.
pub(super) fn runtime(threads: usize) -> io::Result<Runtime> {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut started = Vec::new();
    for _ in 0..threads {
        let receiver = Arc::clone(&receiver);
        started.push(thread::Builder::new().spawn(move || lock(&receiver).recv().is_ok())?); // blocks, so that all exist at once
    }
    drop(sender);
    for thread in started {
        let _ = thread.join();
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).thread_name("ssh-client").enable_all();
    catch_unwind(AssertUnwindSafe(|| builder.build())).unwrap_or_else(|_| Err(io::ErrorKind::WouldBlock.into()))
}

/// Raises the limit on open files to `wanted`, as far as the system allows; a higher limit stays. Returns the limit.
pub(super) fn raise_file_limit(wanted: u64) -> u64 {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let (Some(current), most) = (limit.current, limit.maximum.unwrap_or(u64::MAX)) else { return u64::MAX };
    let wanted = wanted.min(most);
    if wanted <= current {
        return current;
    }
    limit.current = Some(wanted);
    if setrlimit(Resource::Nofile, limit).is_ok() { wanted } else { current }
}
