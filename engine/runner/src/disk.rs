//! What files are to the operating system: who a file is, who holds a lock, and when a folder is safely on disk.
//!
//! The parts that differ between platforms are here and nowhere else.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Write as _};
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

/// The file behind a link, also one that is yet to be made; nothing where links lead round in a circle.
pub fn follow(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let Ok(to) = fs::read_link(&path) else { return Some(path) };
        path = path.parent().unwrap_or(Path::new("/")).join(to);
    }
    None
}

/// Gives a file new content, whole or not at all: one written beside it takes its name, and is on disk before it does. A link
/// stays one, and the permissions stay as they are.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = follow(path).ok_or_else(|| io::Error::other("the link leads round in a circle"))?;
    let permissions = match fs::metadata(&path) {
        Ok(data) if data.permissions().readonly() => return Err(io::ErrorKind::PermissionDenied.into()),
        Ok(data) => Some(data.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut beside = beside(&path)?;
    if let Some(permissions) = permissions {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.write_all(content)?;
    beside.as_file().sync_all()?;
    beside.persist(&path).map_err(|error| error.error)?;
    // The file is there; not every file system lets a folder be flushed.
    sync_folder(folder_of(&path)).ok();
    Ok(())
}

/// The same for what only needs to outlive this process, not the machine: many times faster.
pub fn replace_quickly(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = beside(path)?;
    beside.write_all(content)?;
    beside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Gives a file another name beside the one it has, and where that can't be, as on another disk, a copy of it.
pub fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

/// Puts a file that stays where it is in another place, too: there it appears whole, and is on disk before it does.
pub fn put(from: &Path, to: &Path) -> io::Result<()> {
    let beside = beside(to)?.into_temp_path();
    fs::remove_file(&beside)?;
    link_or_copy(from, &beside)?;
    File::open(&beside)?.sync_all()?;
    beside.persist(to).map_err(|error| error.error)
}

/// A new file in the same folder, which goes away unless it takes the other's name.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}.", name.chars().take(40).collect::<String>());
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
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
