//! How much memory there is for this process, so that what takes more is refused before it begins: an allocation that fails in the middle
//! of something ends the program, and of memory that the system has promised and does not have it ends a program of its own choice.

use std::fmt;
use std::fs;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Resource, getrlimit};

use crate::language::{Language, Localized, Message};

/// Why something does not fit into memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsufficientMemory {
    /// Bytes that it takes.
    pub needed: u64,
    /// Bytes that there are.
    pub available: u64,
    /// What sets the limit.
    pub limit: MemoryLimit,
}

impl InsufficientMemory {
    /// For something that takes so many bytes, of which it is known that there are not enough.
    #[must_use]
    pub fn new(needed: u64) -> Self {
        release_reserve(); // finding out how much there is, and saying so, takes memory
        let (available, limit) = least_available().unwrap_or((0, MemoryLimit::AddressSpace));
        Self { needed, available, limit }
    }
}

impl Localized for InsufficientMemory {
    fn fmt_in(&self, language: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { needed, available, limit } = *self;
        MemoryMessage::TooLittle { needed: Size(needed), available: Size(available), limit }.fmt_in(language, f)
    }
}

impl fmt::Display for InsufficientMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_in(Language::English, f)
    }
}

impl From<InsufficientMemory> for Message {
    fn from(no_room: InsufficientMemory) -> Self {
        Self::new(no_room)
    }
}

impl std::error::Error for InsufficientMemory {}

/// Bytes as they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = *self;
        match bytes {
            0..1_000 => write!(f, "{bytes} B"),
            1_000..1_000_000 => write!(f, "{} kB", bytes / 1_000),
            1_000_000..1_000_000_000 => write!(f, "{} MB", bytes / 1_000_000),
            _ => write!(f, "{:.1} GB", bytes as f64 / 1e9),
        }
    }
}

impl Localized for Size {
    fn fmt_in(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

crate::messages! {
    /// What limits the memory of this process.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum MemoryLimit {
        AddressSpace = "the limit of the address space, `ulimit -v`", "地址空间的限制，`ulimit -v`";
        Data = "the limit of the data, `ulimit -d`", "数据的限制，`ulimit -d`";
        ControlGroup =
            "the limit of its control group, as containers and batch systems set it",
            "控制组的限制，由容器或批处理系统设定";
        Machine = "what the machine has left", "机器所剩的内存";
    }
}

crate::messages! {
    enum MemoryMessage {
        TooLittle { needed: Size, available: Size, limit: MemoryLimit } =
            "it takes about {needed} of memory, and there are {available} ({limit})",
            "约需 {needed} 内存，而现有 {available}（{limit}）";
    }
}

/// Whether so many bytes can be had at once. They are asked for and given back, none is written: of a limit of the address space this
/// is sure, of the memory of the machine it is not.
#[must_use]
pub fn can_allocate(bytes: usize) -> bool {
    Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}

/// Refuses what takes more bytes than there are, as far as the system tells.
///
/// # Errors
/// When there are fewer, and what sets the limit.
pub fn check_available(needed: u64) -> Result<(), InsufficientMemory> {
    match least_available() {
        Some((available, limit)) if available < needed => Err(InsufficientMemory { needed, available, limit }),
        _ if usize::try_from(needed).is_ok_and(can_allocate) => Ok(()),
        _ => Err(InsufficientMemory::new(needed)),
    }
}

/// The bytes that can still be had, and what sets the limit; `None` where the system does not tell.
#[must_use]
pub fn least_available() -> Option<(u64, MemoryLimit)> {
    let group =
        fs::read_to_string("/proc/self/cgroup").ok().and_then(|list| of_group(&list, Path::new("/sys/fs/cgroup")));
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|info| of_machine(&info));
    let limits = [
        left_of(Resource::As, 0).map(|left| (left, MemoryLimit::AddressSpace)),
        left_of(Resource::Data, 5).map(|left| (left, MemoryLimit::Data)),
        group.map(|left| (left, MemoryLimit::ControlGroup)),
        machine.map(|left| (left, MemoryLimit::Machine)),
    ];
    limits.into_iter().flatten().min_by_key(|(left, _)| *left)
}

/// What is left of a limit of this process; `field` of `/proc/self/statm` tells the pages in use.
fn left_of(resource: Resource, field: usize) -> Option<u64> {
    let most = getrlimit(resource).current?;
    let used = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = used.split_whitespace().nth(field)?.parse().ok()?;
    Some(most.saturating_sub(pages * rustix::param::page_size() as u64))
}

/// What the machine has left: memory that is free or can be, and swap.
fn of_machine(info: &str) -> Option<u64> {
    let value = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    Some((value("MemAvailable")? + value("SwapFree").unwrap_or(0)) << 10)
}

/// What the control groups of a process leave, of all that are above it the one that leaves least. Files in memory count as used and can
/// be let go.
fn of_group(list: &str, root: &Path) -> Option<u64> {
    let least = list.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':');
        let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let (root, names) = match (number, controllers) {
            ("0", "") => (root.to_owned(), ["memory.max", "memory.current", "file", "shmem"]),
            (_, controllers) if controllers.split(',').any(|name| name == "memory") => {
                (root.join("memory"), ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache", "total_shmem"])
            }
            _ => return None,
        };
        // within a container the path may be that of the machine outside, and only the root is there
        let own = root.join(path.trim_start_matches('/'));
        let groups = own.ancestors().take_while(|group| group.starts_with(&root)).map(Path::to_owned);
        groups.filter_map(|group| left_in(&group, names)).min()
    });
    least.min()
}

fn left_in(group: &Path, [limit, usage, files, shared]: [&str; 4]) -> Option<u64> {
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
    let (most, used) = (number(limit)?, number(usage)?);
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let of = |name: &str| {
        let line = stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<u64>().ok()).unwrap_or(0)
    };
    let can_go = of(files).saturating_sub(of(shared));
    Some(most.saturating_sub(used.saturating_sub(can_go)))
}

/// What a step unwinds with that finds no memory for its numbers. Whoever trains takes it for what it is; no panic hook hears of it, for
/// saying where it was takes memory, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// Memory for those who have to end in good order where there is no other.
static RESERVE: Mutex<Option<Vec<u8>>> = Mutex::new(None);
/// Enough for a message, a frame and the end of some threads.
const RESERVED: usize = 1 << 20;

/// Puts some memory aside for the end.
pub fn fill_reserve() {
    let mut reserve = Vec::new();
    if reserve.try_reserve_exact(RESERVED).is_ok() {
        *RESERVE.lock().unwrap_or_else(PoisonError::into_inner) = Some(reserve);
    }
}

/// Gives back what was put aside.
pub fn release_reserve() {
    drop(RESERVE.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Unwinds since there is no memory for numbers that a step needs.
pub fn unwind_out_of_memory() -> ! {
    release_reserve();
    resume_unwind(Box::new(OutOfMemory)) // which has no size, and takes no memory
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_that_leaves_least_counts_in_both_versions() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("a/memory.max", "1000\n");
        write("a/memory.current", "900\n");
        write("a/memory.stat", "anon 1\nfile 500\nshmem 100\n");
        write("a/b/memory.max", "max\n");
        write("a/b/memory.current", "7\n");
        assert_eq!(
            of_group("0::/a/b\n", folder.path()),
            Some(500),
            "what is above it, with the files that can be let go"
        );
        assert_eq!(of_group("0::/a/b\n1:cpu:/\n", folder.path()), Some(500));
        write("memory/c/memory.limit_in_bytes", "300\n");
        write("memory/c/memory.usage_in_bytes", "100\n");
        assert_eq!(of_group("5:cpu,memory:/c\n0::/a\n", folder.path()), Some(200));
        assert_eq!(of_group("5:cpu:/c\n", folder.path()), None);
        assert_eq!(of_group("0::/of/another/machine\n", folder.path()), None);
    }

    #[test]
    fn what_the_machine_has_is_what_is_free_and_what_can_be() {
        let info = "MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable:   30 kB\nSwapFree: 2 kB\n";
        assert_eq!(of_machine(info), Some(32 << 10));
        assert_eq!(of_machine("MemTotal: 100 kB\n"), None);
    }

    #[test]
    fn what_no_machine_has_is_refused_with_what_it_takes_and_what_there_is() {
        assert_eq!(check_available(1 << 20), Ok(()));
        let refused = check_available(1 << 55).unwrap_err().to_string();
        assert!(refused.starts_with("it takes about 36028797.0 GB of memory, and there are "), "{refused}");
    }
}
