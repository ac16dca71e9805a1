//! What files are to the operating system: who a file is, who holds a lock, and when a folder is safely on disk.
//!
//! The parts that differ between platforms are here and nowhere else.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A lock file held by this process. Dropping it removes the file and lets go; so does the death of the process,
/// except that the file then stays, free to be claimed.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _held: File,
}

impl Lock {
    /// Claims `path`, or gives nothing if a living process holds it.
    pub fn claim(path: &Path) -> io::Result<Option<Self>> {
        loop {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The last owner may have removed the file between our opening and our locking it.
            if identity(path) == file.metadata().ok().and_then(|data| identity_of(&data)) {
                return Ok(Some(Self { path: path.to_owned(), _held: file }));
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Device and number of the file behind a path, the same for every link to it; nothing where there is no such file.
pub fn identity(path: &Path) -> Option<(u64, u64)> {
    identity_of(&fs::metadata(path).ok()?)
}

/// Whether two paths lead to the same file, by whatever links.
pub fn same(a: &Path, b: &Path) -> bool {
    if let (Some(a), Some(b)) = (identity(a), identity(b)) {
        return a == b;
    }
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(unix)]
fn identity_of(data: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn identity_of(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Makes renames and new names in a folder survive a power cut.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file, and the file system looks after its names itself.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A new folder with a name of its own, for the eyes of this user only.
pub fn private_folder(within: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).disable_cleanup(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    Ok(builder.tempdir_in(within)?.path().to_owned())
}
