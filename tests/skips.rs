//! Counts in one line which tests were skipped for want of a tool. Cargo runs it after the tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn main() {
    let mut lacking: BTreeMap<String, usize> = BTreeMap::new();
    let notes = fs::read_dir(Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped"));
    for note in notes.into_iter().flatten().flatten() {
        let tools = fs::read_to_string(note.path()).unwrap_or_default();
        *lacking.entry(tools).or_default() += 1;
        fs::remove_file(note.path()).ok();
    }
    let count: usize = lacking.values().sum();
    if count == 0 {
        return println!("\nNo test was skipped.");
    }
    let each: Vec<String> = lacking.iter().map(|(tools, count)| format!("{count} without {tools}")).collect();
    println!("\nSkipped tests: {count} ({}). On Debian, .ci/services installs what they need.", each.join(", "));
}
