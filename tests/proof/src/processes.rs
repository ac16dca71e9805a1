//! What a process and those that it starts take, as the system tells it. On Linux only.

use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a run went.
pub struct Went {
    pub code: i32,
    pub seconds: f64,
    /// The most that all its processes held at one time, pages of files left out.
    pub peak: u64,
    pub stderr: String,
}

/// Runs a program to its end and watches its memory.
pub fn watched(command: &mut Command) -> Result<Went, String> {
    let begun = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let mut peak = 0;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        peak = peak.max(held(&child));
        std::thread::sleep(Duration::from_millis(10));
    }
    let seconds = begun.elapsed().as_secs_f64();
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Went { code: output.status.code().unwrap_or(-1), seconds, peak, stderr })
}

/// Bytes of its own that a process and all below it hold.
fn held(child: &Child) -> u64 {
    let parents: HashMap<u32, u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((id, number(id, "PPid:")? as u32))
        })
        .collect();
    let below = |mut id: u32| loop {
        if id == child.id() {
            return true;
        }
        match parents.get(&id) {
            Some(parent) if *parent != 0 => id = *parent,
            _ => return false,
        }
    };
    let all = parents.keys().filter(|id| below(**id)).filter_map(|id| number(*id, "RssAnon:"));
    all.sum::<u64>() * 1024
}

fn number(id: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
