//! Available memory. Work that needs more is rejected before it begins: a failed allocation ends the program, and a system that has
//! granted more memory than it has kills a program of its choice.

use std::fmt;
use std::fs;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Resource, getrlimit};

use crate::language::{Language, Localized, Message};

/// More memory is needed than is available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsufficientMemory {
    /// The needed memory in bytes.
    pub needed: u64,
    /// The available memory in bytes.
    pub available: u64,
    /// The limit that leaves the least memory.
    pub limit: MemoryLimit,
}

impl InsufficientMemory {
    /// Creates the error for `needed` bytes that are known to be too many, with the measured available memory (0 if unknown). Releases the
    /// reserve.
    #[must_use]
    pub fn new(needed: u64) -> Self {
        release_reserve(); // measuring and reporting take memory
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

/// A number of bytes, displayed in B, kB, MB or GB (powers of 1000).
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

/// Whether a single allocation of `bytes` succeeds; it is freed at once and never written to. Reliable for limits of the address space,
/// not for the memory of the machine.
#[must_use]
pub fn can_allocate(bytes: usize) -> bool {
    Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}

/// Checks that `needed` bytes are available, as far as the system reports it, and can be allocated.
///
/// # Errors
/// If they are not, with the limit that leaves the least memory.
pub fn check_available(needed: u64) -> Result<(), InsufficientMemory> {
    match least_available() {
        Some((available, limit)) if available < needed => Err(InsufficientMemory { needed, available, limit }),
        _ if usize::try_from(needed).is_ok_and(can_allocate) => Ok(()),
        _ => Err(InsufficientMemory::new(needed)),
    }
}

/// The available memory in bytes and the limit that leaves the least; `None` if the system reports nothing.
#[must_use]
pub fn least_available() -> Option<(u64, MemoryLimit)> {
    let group = fs::read_to_string("/proc/self/cgroup")
        .ok()
        .and_then(|list| left_in_groups(&list, Path::new("/sys/fs/cgroup")));
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|info| left_on_machine(&info));
    let limits = [
        left_of_resource(Resource::As, 0).map(|left| (left, MemoryLimit::AddressSpace)),
        left_of_resource(Resource::Data, 5).map(|left| (left, MemoryLimit::Data)),
        group.map(|left| (left, MemoryLimit::ControlGroup)),
        machine.map(|left| (left, MemoryLimit::Machine)),
    ];
    limits.into_iter().flatten().min_by_key(|(left, _)| *left)
}

/// The bytes that a resource limit leaves to this process; `None` without a limit. `field` is the index in `/proc/self/statm` of the
/// number of pages in use.
fn left_of_resource(resource: Resource, field: usize) -> Option<u64> {
    let limit = getrlimit(resource).current?;
    let used = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = used.split_whitespace().nth(field)?.parse().ok()?;
    Some(limit.saturating_sub(pages * rustix::param::page_size() as u64))
}

/// The bytes left on the machine, from the contents of `/proc/meminfo`: available memory and free swap.
fn left_on_machine(info: &str) -> Option<u64> {
    let value = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    Some((value("MemAvailable")? + value("SwapFree").unwrap_or(0)) << 10)
}

/// The bytes that the control groups of this process leave, the minimum over all groups and their ancestors; `None` without a limit. `list`
/// is the contents of `/proc/self/cgroup`, `root` the mount point of the groups. The file cache, except shared memory, counts as free.
fn left_in_groups(list: &str, root: &Path) -> Option<u64> {
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
        // in a container the path may be that on the host, and only the root exists
        let group = root.join(path.trim_start_matches('/'));
        let groups = group.ancestors().take_while(|group| group.starts_with(&root)).map(Path::to_owned);
        groups.filter_map(|group| left_in_group(&group, names)).min()
    });
    least.min()
}

/// The bytes left in one group; `None` without a limit. The names are those of the files with the limit and the usage, and of the entries
/// of `memory.stat` for cached files and shared memory.
fn left_in_group(group: &Path, [limit, usage, files, shared]: [&str; 4]) -> Option<u64> {
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
    let (limit, used) = (number(limit)?, number(usage)?);
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let entry = |name: &str| {
        let line = stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<u64>().ok()).unwrap_or(0)
    };
    let reclaimable = entry(files).saturating_sub(entry(shared));
    Some(limit.saturating_sub(used.saturating_sub(reclaimable)))
}

/// The payload of the panic of a step without memory. It is raised without the panic hook, since printing a location takes
/// memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// Memory that is released when there is no other, so that the program can exit in order.
static RESERVE: Mutex<Option<Vec<u8>>> = Mutex::new(None);
/// Size of the reserve in bytes; enough for a message, a frame and the end of some threads.
const RESERVE_SIZE: usize = 1 << 20;

/// Allocates the reserve of 1 MiB; does nothing if there is no memory for it.
pub fn fill_reserve() {
    let mut reserve = Vec::new();
    if reserve.try_reserve_exact(RESERVE_SIZE).is_ok() {
        *RESERVE.lock().unwrap_or_else(PoisonError::into_inner) = Some(reserve);
    }
}

/// Frees the reserve, if it is allocated.
pub fn release_reserve() {
    drop(RESERVE.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Unwinds with [`OutOfMemory`], after releasing the reserve.
pub fn unwind_out_of_memory() -> ! {
    release_reserve();
    resume_unwind(Box::new(OutOfMemory)) // a value without size takes no memory
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_in_groups_takes_minimum_of_ancestors_in_both_versions() {
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
            left_in_groups("0::/a/b\n", folder.path()),
            Some(500),
            "the ancestor, whose cached files count as free"
        );
        assert_eq!(left_in_groups("0::/a/b\n1:cpu:/\n", folder.path()), Some(500));
        write("memory/c/memory.limit_in_bytes", "300\n");
        write("memory/c/memory.usage_in_bytes", "100\n");
        assert_eq!(left_in_groups("5:cpu,memory:/c\n0::/a\n", folder.path()), Some(200));
        assert_eq!(left_in_groups("5:cpu:/c\n", folder.path()), None);
        assert_eq!(left_in_groups("0::/of/another/machine\n", folder.path()), None);
    }

    #[test]
    fn left_on_machine_adds_available_memory_and_free_swap() {
        let info = "MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable:   30 kB\nSwapFree: 2 kB\n";
        assert_eq!(left_on_machine(info), Some(32 << 10));
        assert_eq!(left_on_machine("MemTotal: 100 kB\n"), None);
    }

    #[test]
    fn check_available_too_much_reports_needed_and_available() {
        assert_eq!(check_available(1 << 20), Ok(()));
        let refused = check_available(1 << 55).unwrap_err().to_string();
        assert!(refused.starts_with("it takes about 36028797.0 GB of memory, and there are "), "{refused}");
    }
}
