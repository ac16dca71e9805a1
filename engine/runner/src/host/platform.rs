//! What differs between systems. Elsewhere than on Linux memory is not watched.

use std::process::{Command, ExitStatus};

/// Bytes of memory a process holds of its own. Files mapped into memory don't count: the system takes those back as it likes.
#[cfg(target_os = "linux")]
pub fn memory_of(process: u32) -> Option<u64> {
    field_in_kb(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?, "RssAnon:")
}

/// Bytes of memory there are: the machine's, or less where the container or service is given less.
#[cfg(target_os = "linux")]
pub fn memory_in_all() -> Option<u64> {
    let machine = field_in_kb(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")?;
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    groups.lines().flat_map(limits).chain([machine]).min()
}

/// The limits of a control group and of those around it, from a line such as `0::/user.slice` or `4:memory:/docker/1a`.
#[cfg(target_os = "linux")]
fn limits(line: &str) -> Vec<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (root, file) = match parts.next() {
        Some("") => ("/sys/fs/cgroup", "memory.max"),
        Some("memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        _ => return Vec::new(),
    };
    let path = std::path::Path::new(parts.next().unwrap_or("/"));
    let read = |group: &std::path::Path| -> Option<u64> {
        let folder = std::path::Path::new(root).join(group.strip_prefix("/").ok()?);
        std::fs::read_to_string(folder.join(file)).ok()?.trim().parse().ok()
    };
    path.ancestors().filter_map(read).collect()
}

#[cfg(target_os = "linux")]
fn field_in_kb(text: &str, field: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(field))?;
    rest.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(not(target_os = "linux"))]
pub fn memory_of(_process: u32) -> Option<u64> {
    None
}

#[cfg(not(target_os = "linux"))]
pub fn memory_in_all() -> Option<u64> {
    None
}

/// Keeps a child out of the terminal's reach: Ctrl-C is for the one that watches it.
#[cfg(unix)]
pub fn set_apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
pub fn set_apart(_command: &mut Command) {}

/// The number and name of the signal that ended a process.
#[cfg(unix)]
pub fn signal_of(status: ExitStatus) -> Option<(i32, &'static str)> {
    use std::os::unix::process::ExitStatusExt as _;
    let number = status.signal()?;
    let name = match number {
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        25 if cfg!(target_os = "linux") => "SIGXFSZ, a file grew beyond its limit",
        _ => "a signal",
    };
    Some((number, name))
}

#[cfg(not(unix))]
pub fn signal_of(_status: ExitStatus) -> Option<(i32, &'static str)> {
    None
}

/// Whether the program was told to live on when its terminal goes, as `nohup` does.
pub fn outlives_terminal() -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return false };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The first bit is SIGHUP.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
