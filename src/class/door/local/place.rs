//! The path of a socket, and whether another account could replace it.
//!
//! An account that can write to the folder of a socket, or replace that folder, can have clients type into a program of its own. Server and
//! client therefore check each folder on the path, from the root on, before they use it. A checked folder is held open, or cannot be changed
//! by other accounts.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::io::Errno;

use super::place_error::{PlaceError, PlaceHelp};
use super::safe_path::{check_folder, closed_folder, walk};
use crate::config::quoted;

/// The path of the socket of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    /// Whether it is the default.
    is_default: bool,
}

/// The maximum length of the path, in bytes: that of `sun_path` without the terminating zero.
pub(super) const MAX_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
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

    /// What to do about an error with this place; `None` without advice.
    #[must_use]
    pub fn advice(&self, error: &PlaceError) -> Option<PlaceHelp> {
        let own = rustix::process::getuid().as_raw();
        Some(match error {
            PlaceError::Folder { folder, owner, .. } if *owner == own => {
                PlaceHelp::CloseFolder { folder: quoted(folder) }
            }
            PlaceError::Folder { .. }
            | PlaceError::ReplaceableFolder { .. }
            | PlaceError::Link { .. }
            | PlaceError::OtherAccount { .. } => PlaceHelp::OwnFolder,
            PlaceError::Closed { .. } => PlaceHelp::OpenFolder,
            PlaceError::InUse => PlaceHelp::LeadClass,
            PlaceError::NoSocket | PlaceError::TooLong { .. } => PlaceHelp::OtherPlace,
            PlaceError::NoClass => PlaceHelp::OpenClass,
            PlaceError::System { .. } if self.is_default => PlaceHelp::OwnFolder,
            PlaceError::NoThread { .. } | PlaceError::System { .. } => return None,
        })
    }

    /// The name of the socket in its folder.
    pub(super) fn name(&self) -> io::Result<&OsStr> {
        self.path.file_name().ok_or_else(|| Errno::ISDIR.into())
    }

    /// The absolute path of the folder.
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
    fn missing_folders_are_created_private() {
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
    fn folder_open_to_others_is_rejected_and_default_is_private() {
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
                    let text = error.to_string();
                    assert!(
                        text.contains(&format!("mode {mode:04o}")) && text.contains("class belongs to uid"),
                        "{text}"
                    );
                    assert!(
                        place.advice(&error).unwrap().to_string().starts_with("`chmod 700 "),
                        "{:?}",
                        place.advice(&error)
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
