//! A listening socket in a folder of this account: of several programs that start at one place, one gets it, and none removes another's socket.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::place::{MAX_PATH, Place};
use super::place_error::PlaceError;

/// The timeout for the lock of a place.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// The backlog of connections, which the system limits.
const BACKLOG: i32 = 4096;

/// A listening socket; dropping it removes its file.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    folder: OwnedFd,
    name: OsString,
    /// The device and inode of the file.
    file: (u64, u64),
}

impl Listener {
    /// Listens at a place, in place of a socket without a listener. Only this account can connect, and with `for_group` its group.
    pub fn bind(place: &Place, for_group: bool) -> Result<Self, PlaceError> {
        let length = place.path().as_os_str().len();
        if length > MAX_PATH {
            return Err(PlaceError::TooLong { bytes: length, max_bytes: MAX_PATH });
        }
        let folder = place.own_folder(for_group)?;
        let name = place.name()?.to_owned();
        let address = SocketAddrUnix::new(place.path())?;
        let lock = PlaceLock::take(&folder, &name)?;
        remove_stale_socket(&folder, &name, &address)?;
        let socket = stream()?;
        // on some systems the file gets this mode at once
        let _ = rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR);
        rustix::net::bind(&socket, &address)?;
        let mode = Mode::from_raw_mode(if for_group { 0o660 } else { 0o600 });
        rustix::fs::chmodat(&folder, &name, mode, AtFlags::empty())?;
        rustix::net::listen(&socket, BACKLOG)?;
        let file = file_of(&rustix::fs::statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW)?);
        drop(lock);
        Ok(Self { socket: socket.into(), folder, name, file })
    }

    pub fn socket(&self) -> &UnixListener {
        &self.socket
    }
}

impl Drop for Listener {
    /// Removes the file, unless it is another socket by now.
    fn drop(&mut self) {
        let Ok(_lock) = PlaceLock::take(&self.folder, &self.name) else { return };
        let found = rustix::fs::statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW);
        if found.is_ok_and(|found| file_of(&found) == self.file) {
            let _ = rustix::fs::unlinkat(&self.folder, &self.name, AtFlags::empty());
        }
    }
}

/// The device and inode of a file.
fn file_of(stat: &Stat) -> (u64, u64) {
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)] // of other types on other systems
    (stat.st_dev as u64, stat.st_ino as u64)
}

/// A non-blocking Unix stream socket.
fn stream() -> Result<OwnedFd, Errno> {
    #[cfg(target_os = "linux")]
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    #[cfg(not(target_os = "linux"))]
    let flags = SocketFlags::empty();
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    #[cfg(not(target_os = "linux"))]
    {
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&socket, true)?;
    }
    Ok(socket)
}

/// Removes a socket that has no listener.
fn remove_stale_socket(folder: &OwnedFd, name: &OsString, address: &SocketAddrUnix) -> Result<(), PlaceError> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
        Ok(file) if FileType::from_raw_mode(file.st_mode) != FileType::Socket => return Err(PlaceError::NoSocket),
        Ok(_) => {}
    }
    match rustix::net::connect(&stream()?, address) {
        Err(Errno::CONNREFUSED) => Ok(rustix::fs::unlinkat(folder, name, AtFlags::empty())?),
        Err(Errno::NOENT) => Ok(()), // it was removed meanwhile
        // AGAIN: its backlog is full
        Ok(()) | Err(Errno::AGAIN) => Err(PlaceError::InUse),
        Err(error) => Err(error.into()),
    }
}

/// The lock of a place: no other program starts or ends there meanwhile.
#[derive(Debug)]
struct PlaceLock<'a> {
    folder: &'a OwnedFd,
    name: OsString,
    _lock: Option<OwnedFd>,
}

impl<'a> PlaceLock<'a> {
    /// Waits for the lock.
    fn take(folder: &'a OwnedFd, socket: &OsString) -> Result<Self, PlaceError> {
        let mut name = socket.clone();
        name.push(".lock");
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let deadline = Instant::now() + LOCK_TIMEOUT;
        loop {
            let lock = rustix::fs::openat(folder, &name, flags, Mode::RUSR | Mode::WUSR)?;
            match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    // the last holder may have removed the file
                    let opened = rustix::fs::fstat(&lock)?;
                    let found = rustix::fs::statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW);
                    if found.is_ok_and(|found| file_of(&found) == file_of(&opened)) {
                        return Ok(Self { folder, name, _lock: Some(lock) });
                    }
                }
                Err(Errno::AGAIN | Errno::INTR) if Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(Errno::AGAIN | Errno::INTR) => return Err(PlaceError::InUse),
                // a file system without locks
                Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK) => return Ok(Self { folder, name, _lock: None }),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for PlaceLock<'_> {
    fn drop(&mut self) {
        let _ = rustix::fs::unlinkat(self.folder, &self.name, AtFlags::empty());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;
    use std::sync::Barrier;

    use super::*;

    fn place(folder: &tempfile::TempDir) -> Place {
        Place::new(Some(folder.path().join("socket")))
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        fs::read_dir(folder.path()).unwrap().map(name).collect()
    }

    #[test]
    fn concurrent_binds_after_crash_have_one_winner() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let killed = Listener::bind(&place(&folder), false).unwrap();
            // a file without a listener, as after a killed program
            fs::hard_link(place(&folder).path(), folder.path().join("left")).unwrap();
            drop(killed);
            fs::rename(folder.path().join("left"), place(&folder).path()).unwrap();
            let start = Barrier::new(4);
            let bind = || {
                start.wait();
                Listener::bind(&place(&folder), false)
            };
            let bound: Vec<_> = thread::scope(|scope| {
                let threads = [(); 4].map(|()| scope.spawn(bind));
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let (won, lost): (Vec<_>, Vec<_>) = bound.into_iter().partition(Result::is_ok);
            assert_eq!(won.len(), 1, "round {round}: {lost:?}");
            assert!(lost.iter().all(|lost| matches!(lost, Err(PlaceError::InUse))), "round {round}: {lost:?}");
            UnixStream::connect(place(&folder).path()).unwrap();
            won[0].as_ref().unwrap().socket().accept().unwrap();
            drop(won);
            assert_eq!(names(&folder), Vec::<String>::new());
        }
    }

    #[test]
    fn drop_keeps_socket_of_other_listener() {
        let folder = tempfile::tempdir().unwrap();
        let first = Listener::bind(&place(&folder), false).unwrap();
        fs::remove_file(place(&folder).path()).unwrap();
        let second = Listener::bind(&place(&folder), false).unwrap();
        drop(first);
        UnixStream::connect(place(&folder).path()).unwrap();
        drop(second);
        assert_eq!(names(&folder), Vec::<String>::new());

        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let first = Listener::bind(&place(&folder), true).unwrap_err();
        assert!(matches!(first, PlaceError::Closed { .. }), "{first}");
        let first = Listener::bind(&place(&folder), false).unwrap();
        assert_eq!(fs::metadata(place(&folder).path()).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(place(&folder).path()).unwrap();
        fs::write(place(&folder).path(), "a text").unwrap();
        drop(first);
        assert_eq!(fs::read_to_string(place(&folder).path()).unwrap(), "a text");
        assert!(matches!(Listener::bind(&place(&folder), false), Err(PlaceError::NoSocket)));
    }

    #[test]
    fn bind_to_long_path_reports_length() {
        let folder = tempfile::tempdir().unwrap();
        let rest = MAX_PATH - folder.path().as_os_str().len() - 1;
        let path_of_length = |length: usize| -> PathBuf { folder.path().join("x".repeat(length)) };
        drop(Listener::bind(&Place::new(Some(path_of_length(rest))), false).unwrap());
        let error = Listener::bind(&Place::new(Some(path_of_length(rest + 1))), false).unwrap_err();
        assert_eq!(error.to_string(), "the path of a socket has at most 107 bytes, and this one has 108");
        assert_eq!(names(&folder), Vec::<String>::new());
    }
}
