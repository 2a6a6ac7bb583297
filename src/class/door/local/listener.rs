//! A socket in a folder of this account: of several programs that want the same place at once one gets it, and none removes another's.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::place::{LONGEST_PATH, Place, PlaceError};

/// How long a program may take to begin or to end there while others wait.
const LONGEST_TURN: Duration = Duration::from_secs(5);
/// Clients that may wait in the system until they are let in: as many as it allows.
const BACKLOG: i32 = 4096;

/// A socket that clients find, until this is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UnixListener,
    folder: OwnedFd,
    name: OsString,
    /// Device and number of the file.
    file: (u64, u64),
}

impl Listener {
    /// Listens there. Only this account can connect; with `for_group` those of the socket's group can, too.
    pub fn bind(place: &Place, for_group: bool) -> Result<Self, PlaceError> {
        let length = place.path().as_os_str().len();
        if length > LONGEST_PATH {
            return Err(PlaceError::TooLong { bytes: length, max_bytes: LONGEST_PATH });
        }
        let folder = place.own_folder(for_group)?;
        let name = place.name()?.to_owned();
        let address = SocketAddrUnix::new(place.path())?;
        let turn = Turn::take(&folder, &name)?;
        remove_what_nobody_listens_to(&folder, &name, &address)?;
        let socket = stream()?;
        // on some systems this is what the file gets, so that nobody is quicker than the mode
        let _ = rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR);
        rustix::net::bind(&socket, &address)?;
        let mode = Mode::from_raw_mode(if for_group { 0o660 } else { 0o600 });
        rustix::fs::chmodat(&folder, &name, mode, AtFlags::empty())?;
        rustix::net::listen(&socket, BACKLOG)?;
        let file = file_of(&rustix::fs::statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW)?);
        drop(turn);
        Ok(Self { socket: socket.into(), folder, name, file })
    }

    pub fn socket(&self) -> &UnixListener {
        &self.socket
    }
}

impl Drop for Listener {
    /// The socket that is there may be another program's, if somebody has removed this one.
    fn drop(&mut self) {
        let Ok(_turn) = Turn::take(&self.folder, &self.name) else { return };
        let found = rustix::fs::statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW);
        if found.is_ok_and(|found| file_of(&found) == self.file) {
            let _ = rustix::fs::unlinkat(&self.folder, &self.name, AtFlags::empty());
        }
    }
}

fn file_of(stat: &Stat) -> (u64, u64) {
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)] // of other types on other systems
    (stat.st_dev as u64, stat.st_ino as u64)
}

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

/// A socket that a program has left which did not end in order.
fn remove_what_nobody_listens_to(
    folder: &OwnedFd,
    name: &OsString,
    address: &SocketAddrUnix,
) -> Result<(), PlaceError> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
        Ok(file) if FileType::from_raw_mode(file.st_mode) != FileType::Socket => return Err(PlaceError::NoSocket),
        Ok(_) => {}
    }
    match rustix::net::connect(&stream()?, address) {
        Err(Errno::CONNREFUSED) => Ok(rustix::fs::unlinkat(folder, name, AtFlags::empty())?),
        Err(Errno::NOENT) => Ok(()), // a program without turns was faster
        // one that is busy lets clients wait
        Ok(()) | Err(Errno::AGAIN) => Err(PlaceError::InUse),
        Err(error) => Err(error.into()),
    }
}

/// A turn at a place: nobody else begins or ends there meanwhile.
#[derive(Debug)]
struct Turn<'a> {
    folder: &'a OwnedFd,
    name: OsString,
    _lock: Option<OwnedFd>,
}

impl<'a> Turn<'a> {
    /// Waits for it.
    fn take(folder: &'a OwnedFd, socket: &OsString) -> Result<Self, PlaceError> {
        let mut name = socket.clone();
        name.push(".lock");
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let deadline = Instant::now() + LONGEST_TURN;
        loop {
            let lock = rustix::fs::openat(folder, &name, flags, Mode::RUSR | Mode::WUSR)?;
            match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    // whoever had the turn before has removed the file
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

impl Drop for Turn<'_> {
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
        Place::of(Some(folder.path().join("socket")))
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        fs::read_dir(folder.path()).unwrap().map(name).collect()
    }

    #[test]
    fn of_several_that_begin_at_once_where_one_was_killed_one_wins_and_is_reached() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let killed = Listener::bind(&place(&folder), false).unwrap();
            // a file that nobody listens to, as a program leaves it that is killed
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
    fn who_ends_does_not_remove_the_socket_of_another() {
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
    fn a_path_that_no_socket_can_have_is_refused_by_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let rest = LONGEST_PATH - folder.path().as_os_str().len() - 1;
        let of = |length: usize| -> PathBuf { folder.path().join("x".repeat(length)) };
        drop(Listener::bind(&Place::of(Some(of(rest))), false).unwrap());
        let error = Listener::bind(&Place::of(Some(of(rest + 1))), false).unwrap_err();
        assert_eq!(error.to_string(), "the path of a socket has at most 107 bytes, and this one has 108");
        assert_eq!(names(&folder), Vec::<String>::new());
    }
}
