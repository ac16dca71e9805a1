//! Tools that some tests need beside Rust. `.ci/services` installs them on Debian.

use std::fs;
use std::path::Path;
use std::thread;

/// Whether a test finds what it needs. If not it is skipped, which `tests/skips.rs` counts; with `CI=true` it fails.
pub fn are_there(tools: &str, found: bool) -> bool {
    let test = thread::current().name().unwrap_or("a test").replace("::", ".");
    let skipped = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    let note = skipped.join(test);
    if found {
        fs::remove_file(note).ok();
        return true;
    }
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "This test needs {tools}, which .ci/services installs.");
    fs::create_dir_all(&skipped).unwrap();
    fs::write(note, tools).unwrap();
    false
}
