//! The host key: created once, and readable by its owner alone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::RngCore;
use rand::rngs::OsRng;
pub use russh::keys::ssh_key::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::ssh_key::{Algorithm, HashAlg, LineEnding};

use super::option_file::{self, FileError};

/// The maximum size of a key file, in bytes.
const MAX_BYTES: u64 = 1 << 14;

/// The default path, in `XDG_STATE_HOME` or `~/.local/state`; `None` if neither variable is an absolute path.
#[must_use]
pub fn default_path() -> Option<PathBuf> {
    let set = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join("rnn-tui/host_ed25519"))
}

crate::messages! {
    /// Why a file has no usable host key.
    #[derive(Debug)]
    pub enum HostKeyError {
        File { error: FileError } = "{error}", "{error}";
        OpenToOthers =
            "others can read this key: `chmod 600` it, or take another with --host-key",
            "其他用户可读此密钥：请执行 `chmod 600`，或用 --host-key 另选";
        NoPrivateKey = "this is not an OpenSSH private key", "这不是 OpenSSH 的私钥";
        Encrypted = "this key has a passphrase, which cannot be typed here", "此密钥有口令，在此无法输入";
        Rsa =
            "RSA keys do not sign here: expected one as `ssh-keygen -t ed25519` makes it",
            "此处不用 RSA 密钥签名：应为 `ssh-keygen -t ed25519` 生成的密钥";
        OtherKind =
            "a key of this kind cannot sign here: expected one as `ssh-keygen -t ed25519` makes it",
            "此类密钥不能在此签名：应为 `ssh-keygen -t ed25519` 生成的密钥";
    }
}

impl HostKeyError {
    /// The kind of an error of the system; `None` if the file has no usable key.
    #[must_use]
    pub fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::File { error } => error.kind(),
            _ => None,
        }
    }
}

impl From<FileError> for HostKeyError {
    fn from(error: FileError) -> Self {
        Self::File { error }
    }
}

impl From<io::Error> for HostKeyError {
    fn from(error: io::Error) -> Self {
        FileError::from(error).into()
    }
}

/// The key in this file; `None` if there is no such file.
///
/// # Errors
/// If the file cannot be read, is no usable private key, or can be read by other accounts.
pub fn read(path: &Path) -> Result<Option<PrivateKey>, HostKeyError> {
    match option_file::open(path) {
        Ok(file) => key_of(file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The key in this file, which is created if it does not exist.
///
/// # Errors
/// Those of [`read`], or if the file cannot be created.
pub fn read_or_make(path: &Path) -> Result<PrivateKey, HostKeyError> {
    read(path)?.map_or_else(|| make(path), Ok)
}

/// The usable private key in an opened file.
fn key_of(file: File) -> Result<PrivateKey, HostKeyError> {
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(HostKeyError::OpenToOthers);
    }
    let text = String::from_utf8(option_file::read_opened(file, MAX_BYTES)?).unwrap_or_default();
    let key = PrivateKey::from_openssh(&text).map_err(|_| HostKeyError::NoPrivateKey)?;
    if key.is_encrypted() {
        return Err(HostKeyError::Encrypted);
    }
    match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::Ecdsa { .. } => Ok(key),
        // RUSTSEC-2023-0071: the time of a signature leaks the key
        Algorithm::Rsa { .. } => Err(HostKeyError::Rsa),
        _ => Err(HostKeyError::OtherKind),
    }
}

/// A random Ed25519 key.
#[must_use]
pub fn new_key() -> PrivateKey {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    PrivateKey::from(Ed25519Keypair::from_seed(&seed))
}

/// Creates the file with a new key. Of two programs that do so at once, both use the key of the first.
fn make(path: &Path) -> Result<PrivateKey, HostKeyError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let key = new_key();
    let text = key.to_openssh(LineEnding::LF).map_err(|error| io::Error::other(error.to_string()))?;
    let unfinished = folder.join(format!(".host_key-{:016x}", OsRng.next_u64()));
    let written = File::options().write(true).create_new(true).mode(0o600).open(&unfinished).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&unfinished, path)
    });
    let _ = fs::remove_file(&unfinished);
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => key_of(File::open(path)?),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(key),
    }
}

/// The SHA-256 fingerprint, as clients show it.
#[must_use]
pub fn fingerprint(key: &PrivateKey) -> String {
    key.public_key().fingerprint(HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_key_is_created_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/host");
        assert!(read(&path).unwrap().is_none(), "reading creates nothing");
        let made = read_or_make(&path).unwrap();
        let permissions = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((permissions(&path), permissions(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
        assert_eq!(fingerprint(&read_or_make(&path).unwrap()), fingerprint(&made));
        assert!(fingerprint(&made).starts_with("SHA256:"));
        assert_ne!(fingerprint(&read_or_make(&folder.path().join("other")).unwrap()), fingerprint(&made));
    }

    #[test]
    fn concurrent_starts_share_one_host_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| read_or_make(&path))).collect();
            threads.into_iter().map(|thread| fingerprint(&thread.join().unwrap().unwrap())).collect()
        });
        let last = fingerprint(&read_or_make(&path).unwrap());
        assert!(keys.iter().all(|key| *key == last), "{keys:?}");
    }

    #[test]
    fn read_open_or_invalid_host_key_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host");
        read_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_or_make(&path).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "no key").unwrap();
        assert!(read_or_make(&path).unwrap_err().to_string().contains("not an OpenSSH private key"));
    }
}
