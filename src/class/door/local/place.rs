//! The path of a socket, and whether another account could replace it.
//!
//! An account that can write to the folder of a socket, or replace that folder, can have clients type into a program of its own. Server and
//! client therefore check each folder on the path, from the root on, before they use it. A checked folder is held open, or cannot be changed
//! by other accounts.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use crate::config::quoted;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// The path of the socket of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    /// Whether it is the default.
    is_default: bool,
}

crate::messages! {
    /// Why a place cannot be used.
    #[derive(Debug)]
    pub enum PlaceError {
        Folder { folder: PathBuf, owner: u32, mode: u32 } =
            "the folder {folder} belongs to uid {owner} and has mode {mode:04o}, so that others could replace the socket",
            "文件夹 {folder} 属于 uid {owner}，权限为 {mode:04o}：其他人可能替换套接字";
        /// A folder on the way to it.
        Way { folder: PathBuf, owner: u32, mode: u32 } =
            "{folder} belongs to uid {owner} and has mode {mode:04o}, so that others could replace what is in it",
            "{folder} 属于 uid {owner}，权限为 {mode:04o}：其他人可能替换其中的内容";
        Link { folder: PathBuf } = "the folder {folder} is a symbolic link", "文件夹 {folder} 是符号链接";
        Closed { folder: PathBuf } = "other accounts cannot enter {folder}", "其他账户无法进入 {folder}";
        InUse = "another class is there", "那里已有另一个课堂";
        NoSocket = "it is there and no socket", "它已存在，且不是套接字";
        TooLong { bytes: usize, max_bytes: usize } =
            "the path of a socket has at most {max_bytes} bytes, and this one has {bytes}",
            "套接字的路径最多 {max_bytes} 个字节，此路径有 {bytes} 个";
        /// The program that listens is of this account, and not of that whose folder it is.
        Stranger { uid: u32 } =
            "uid {uid} listens there, whose folder it is not", "在那里监听的是 uid {uid}，而文件夹不属于它";
        Nobody = "there is no class", "没有课堂";
        NoThread { error: io::Error } = "the system gives no thread: {error}", "系统没有可用的线程：{error}";
        System { error: io::Error } = "{error}", "{error}";
    }
}

crate::messages! {
    /// What to do about a place that cannot be used.
    #[derive(Debug)]
    pub enum PlaceHelp {
        OwnFolder =
            "choose a folder of your own with --socket or the variable XDG_RUNTIME_DIR",
            "请用 --socket 或变量 XDG_RUNTIME_DIR 选择自己的文件夹";
        CloseFolder { folder: String } =
            "`chmod 700 {folder}` closes it, or choose a folder of your own with --socket or the variable XDG_RUNTIME_DIR",
            "执行 `chmod 700 {folder}` 即可关闭，或请用 --socket 或变量 XDG_RUNTIME_DIR 选择自己的文件夹";
        OpenFolder =
            "--group: choose a folder that the group can enter with --socket (chmod g+x)",
            "--group：请用 --socket 选择该组可进入的文件夹（chmod g+x）";
        LeadClass =
            "rnn-tui attach --teacher leads it; choose another place with --socket",
            "用 rnn-tui attach --teacher 主持它；或用 --socket 选择另一个位置";
        OtherPlace = "choose another place with --socket", "请用 --socket 选择另一个位置";
        OpenClass =
            "`rnn-tui serve` opens one; --socket says where it is", "`rnn-tui serve` 可开设课堂；--socket 指明其位置";
    }
}

/// The maximum length of the path, in bytes: that of `sun_path` without the terminating zero.
pub(super) const MAX_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
/// The maximum number of symbolic links on the path.
const MAX_LINKS: usize = 40;
/// The flags to open a folder for traversal, without following a link.
const ENTER: OFlags = {
    let flags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
    #[cfg(target_os = "linux")]
    let flags = flags.union(OFlags::PATH);
    flags
};

impl std::error::Error for PlaceError {}

impl From<io::Error> for PlaceError {
    fn from(error: io::Error) -> Self {
        Self::System { error }
    }
}

impl From<Errno> for PlaceError {
    fn from(error: Errno) -> Self {
        Self::System { error: error.into() }
    }
}

impl PlaceError {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self, place: &Place) -> Option<PlaceHelp> {
        let own = rustix::process::getuid().as_raw();
        Some(match self {
            Self::Folder { folder, owner, .. } if *owner == own => PlaceHelp::CloseFolder { folder: quoted(folder) },
            Self::Folder { .. } | Self::Way { .. } | Self::Link { .. } | Self::Stranger { .. } => PlaceHelp::OwnFolder,
            Self::Closed { .. } => PlaceHelp::OpenFolder,
            Self::InUse => PlaceHelp::LeadClass,
            Self::NoSocket | Self::TooLong { .. } => PlaceHelp::OtherPlace,
            Self::Nobody => PlaceHelp::OpenClass,
            Self::System { .. } if place.is_default => PlaceHelp::OwnFolder,
            Self::NoThread { .. } | Self::System { .. } => return None,
        })
    }
}

impl Place {
    /// The chosen path, or the default: in a folder of this user alone.
    #[must_use]
    pub fn new(chosen: Option<PathBuf>) -> Self {
        chosen.map_or_else(|| Self { path: default_path(), is_default: true }, |path| Self { path, is_default: false })
    }

    /// The path of the socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the socket in its folder.
    pub(super) fn name(&self) -> io::Result<&OsStr> {
        self.path.file_name().ok_or_else(|| Errno::ISDIR.into())
    }

    fn folder(&self) -> io::Result<PathBuf> {
        let path = std::path::absolute(&self.path)?;
        path.parent().map(Path::to_owned).ok_or_else(|| Errno::ISDIR.into())
    }

    /// Opens the folder for a class of this account, or creates it. No other account may write to it, nor enter it if the path is the default and
    /// not for a group.
    pub(super) fn own_folder(&self, for_group: bool) -> Result<OwnedFd, PlaceError> {
        let own = rustix::process::getuid().as_raw();
        let path = self.folder()?;
        let made = Mode::from_raw_mode(if for_group { 0o710 } else { 0o700 });
        let (folder, stat) = walk(&path, &[own], Some(made))?;
        let closed = if self.is_default && !for_group { 0o077 } else { 0o022 };
        check_folder(&path, &stat, own, closed)?;
        if for_group && let Some(folder) = closed_folder(&path) {
            return Err(PlaceError::Closed { folder });
        }
        Ok(folder)
    }

    /// The uid whose class a client may find here, after checking the folders: this account's if `must_be_own` or if the path is the
    /// default, otherwise the owner of the folder.
    pub(super) fn owner(&self, must_be_own: bool) -> Result<u32, PlaceError> {
        let own = rustix::process::getuid().as_raw();
        let path = self.folder()?;
        let owner = if must_be_own || self.is_default { own } else { rustix::fs::stat(&path)?.st_uid };
        let (_folder, stat) = walk(&path, &[own, owner], None)?;
        check_folder(&path, &stat, owner, 0o022)?;
        Ok(owner)
    }
}

/// The default path of the socket: in `XDG_RUNTIME_DIR`, if that is absolute, otherwise in a folder of this user in the one for temporary
/// files.
fn default_path() -> PathBuf {
    let of_user = || std::env::temp_dir().join(format!("rnn-tui-{}", rustix::process::getuid().as_raw()));
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    folder.map_or_else(of_user, |folder| folder.join("rnn-tui")).join("class.sock")
}

/// Opens a folder, resolving the path as the system does, and checks that only `trusted` accounts could replace a folder on it. Missing
/// folders are created if `create` has a mode.
///
/// # Errors
/// If another account could replace a folder, or the last one is a symbolic link.
fn walk(path: &Path, trusted: &[u32], create: Option<Mode>) -> Result<(OwnedFd, Stat), PlaceError> {
    let root = || rustix::fs::open("/", ENTER, Mode::empty());
    let (mut folder, mut at, mut links) = (root()?, PathBuf::from("/"), 0);
    let mut stat = rustix::fs::fstat(&folder)?;
    let mut parts = parts_of(path);
    while let Some(part) = parts.pop_front() {
        if part == ".." {
            folder = rustix::fs::openat(&folder, "..", ENTER, Mode::empty())?;
            stat = rustix::fs::fstat(&folder)?;
            at.pop();
            continue;
        }
        let found = || rustix::fs::statat(&folder, &part, AtFlags::SYMLINK_NOFOLLOW);
        let entry = match (found(), create) {
            (Err(Errno::NOENT), Some(mode)) => {
                match rustix::fs::mkdirat(&folder, &part, mode) {
                    // regardless of the umask
                    Ok(()) => rustix::fs::chmodat(&folder, &part, mode, AtFlags::empty())?,
                    Err(Errno::EXIST) => {} // created meanwhile: it is checked like any other
                    Err(error) => return Err(error.into()),
                }
                found()?
            }
            (found, _) => found?,
        };
        if can_be_replaced(&stat, &entry, trusted) {
            return Err(PlaceError::Way { folder: at, owner: stat.st_uid, mode: stat.st_mode & 0o7777 });
        }
        if FileType::from_raw_mode(entry.st_mode) == FileType::Symlink {
            if parts.is_empty() {
                return Err(PlaceError::Link { folder: at.join(part) });
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(Errno::LOOP.into());
            }
            let target = rustix::fs::readlinkat(&folder, &part, Vec::new())?;
            let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
            if target.is_absolute() {
                (folder, at) = (root()?, PathBuf::from("/"));
                stat = rustix::fs::fstat(&folder)?;
            }
            parts_of(&target).into_iter().rev().for_each(|part| parts.push_front(part));
            continue;
        }
        folder = rustix::fs::openat(&folder, &part, ENTER, Mode::empty())?;
        stat = rustix::fs::fstat(&folder)?; // of the opened folder, not of the name
        at.push(part);
    }
    Ok((folder, stat))
}

fn parts_of(path: &Path) -> VecDeque<OsString> {
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

/// Whether an account that is not trusted can replace an entry of a folder.
fn can_be_replaced(folder: &Stat, entry: &Stat, trusted: &[u32]) -> bool {
    let is_trusted = |uid: u32| uid == 0 || trusted.contains(&uid);
    // a group with the number of its owner is private, as on many systems
    let is_own_group = folder.st_gid != 0 && folder.st_gid == folder.st_uid;
    let written = if is_own_group { 0o002 } else { 0o022 };
    let is_open = folder.st_mode & written != 0;
    let is_sticky = folder.st_mode & 0o1000 != 0;
    // the owner of a folder in a sticky one is checked when it is entered
    let is_folder = FileType::from_raw_mode(entry.st_mode) == FileType::Directory;
    !is_trusted(folder.st_uid) || (is_open && !(is_sticky && (is_folder || is_trusted(entry.st_uid))))
}

/// Whether a folder is of this owner, and closed to others for these kinds of use.
fn check_folder(path: &Path, folder: &Stat, owner: u32, closed: u32) -> Result<(), PlaceError> {
    if folder.st_uid == owner && folder.st_mode & closed == 0 {
        return Ok(());
    }
    Err(PlaceError::Folder { folder: path.to_owned(), owner: folder.st_uid, mode: folder.st_mode & 0o7777 })
}

/// A folder on the way to and including `path` that only its owner can enter.
fn closed_folder(path: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let can_enter =
        |folder: &&Path| std::fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & 0o011 != 0);
    path.ancestors().find(|folder| !can_enter(folder)).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A folder that is this account's alone.
    fn folder() -> tempfile::TempDir {
        tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir().unwrap()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn chosen(path: PathBuf) -> Place {
        Place { path, is_default: false }
    }

    #[test]
    fn folders_that_are_missing_are_made_for_this_account_alone() {
        let folder = folder();
        let socket = folder.path().join("one/two/socket");
        chosen(socket.clone()).own_folder(false).unwrap();
        assert_eq!((mode(&folder.path().join("one")), mode(&folder.path().join("one/two"))), (0o700, 0o700));
        assert!(matches!(chosen(socket).own_folder(true), Err(PlaceError::Closed { .. })));
        chosen(folder.path().join("group/socket")).own_folder(true).unwrap_err(); // the folder above is closed
        set_mode(folder.path(), 0o711);
        let socket = folder.path().join("for/group/socket");
        chosen(socket).own_folder(true).unwrap();
        assert_eq!(mode(&folder.path().join("for/group")), 0o710);
    }

    #[test]
    fn a_folder_that_others_can_write_into_is_refused_and_one_that_nobody_has_chosen_is_this_accounts_alone() {
        let folder = folder();
        let path = folder.path().join("class");
        fs::create_dir(&path).unwrap();
        for (mode, if_chosen, if_usual) in [
            (0o700, true, true),
            (0o755, true, false),
            (0o710, true, false),
            (0o770, false, false),
            (0o777, false, false),
            (0o1777, false, false),
        ] {
            set_mode(&path, mode);
            let usual = Place { path: path.join("socket"), is_default: true };
            for (place, expected) in [(chosen(path.join("socket")), if_chosen), (usual, if_usual)] {
                let found = place.own_folder(false);
                assert_eq!(found.is_ok(), expected, "{mode:o} {place:?}");
                if let Err(error) = found {
                    let told = error.to_string();
                    assert!(
                        told.contains(&format!("mode {mode:04o}")) && told.contains("class belongs to uid"),
                        "{told}"
                    );
                    assert!(
                        error.advice(&place).unwrap().to_string().starts_with("`chmod 700 "),
                        "{:?}",
                        error.advice(&place)
                    );
                }
            }
            assert_eq!(chosen(path.join("socket")).owner(true).is_ok(), if_chosen, "a client: {mode:o}");
        }
    }

    #[test]
    fn link_or_replaceable_folder_on_path_is_rejected() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("real")).unwrap();
        set_mode(&at("real"), 0o700);
        symlink(at("real"), at("link")).unwrap();
        assert!(matches!(chosen(at("link/socket")).own_folder(false), Err(PlaceError::Link { .. })));
        assert!(matches!(chosen(at("link/socket")).owner(false), Err(PlaceError::Link { .. })));
        symlink("missing", at("dangling")).unwrap();
        assert!(matches!(chosen(at("dangling/socket")).own_folder(false), Err(PlaceError::Link { .. })));
        // a link of one's own on the way is followed, in whatever way it is written
        chosen(at("link/class/socket")).own_folder(false).unwrap();
        symlink("../real/./class", at("real/up")).unwrap();
        symlink("up", at("real/again")).unwrap();
        chosen(at("real/again/../class/below/socket")).own_folder(false).unwrap();
        assert!(at("real/class/below").is_dir());
        symlink("round", at("round")).unwrap();
        assert!(chosen(at("round/class/socket")).own_folder(false).is_err());

        // with a sticky bit others cannot touch what is this account's
        fs::create_dir(at("open")).unwrap();
        for (mode, expected) in [(0o777, false), (0o1777, true), (0o755, true)] {
            set_mode(&at("open"), mode);
            let place = chosen(at("open/class/socket"));
            assert_eq!(place.own_folder(false).is_ok(), expected, "{mode:o}");
            assert_eq!(place.owner(true).is_ok(), expected && at("open/class").is_dir(), "{mode:o}");
        }
        set_mode(&at("open"), 0o777);
        let error = chosen(at("open/class/socket")).own_folder(false).unwrap_err();
        assert!(error.to_string().contains("open belongs to uid"), "{error}");
        fs::write(at("file"), "").unwrap();
        assert!(matches!(chosen(at("file/socket")).own_folder(false), Err(PlaceError::System { .. })));
        assert!(matches!(chosen(at("nowhere/socket")).owner(true), Err(PlaceError::System { .. })));
    }
}
