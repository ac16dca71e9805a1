//! Where this user's settings and the program's own files are.

use std::path::{Path, PathBuf};

/// Settings: worth keeping, and worth copying to another machine.
pub fn config() -> Option<PathBuf> {
    folder("PIPEWRIGHT_CONFIG", "XDG_CONFIG_HOME", ".config")
}

/// What only this machine needs: journals, and samples where the home folder can't be written to.
pub fn state() -> Option<PathBuf> {
    folder("PIPEWRIGHT_STATE", "XDG_STATE_HOME", ".local/state")
}

pub fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

fn folder(ours: &str, everyones: &str, usual: &str) -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named(ours).or_else(|| Some(named(everyones).or_else(|| Some(home()?.join(usual)))?.join("pipewright")))
}

/// A path as people write it: `~` for the home folder.
pub fn shown(path: &Path) -> String {
    match home().and_then(|home| Some(path.strip_prefix(home).ok()?.to_owned())) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}
