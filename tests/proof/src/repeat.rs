//! Whether the same run gives the same: every sample, and every pipeline of this folder over the tables of TPC-H, ten times each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::data::{self, called};
use crate::versus::same;

const TIMES: usize = 10;

pub fn measure() -> Result<(), String> {
    let program = crate::program()?;
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let samples = own.join("../../samples");
    for name in folders(&samples)? {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        copy(&samples.join(&name), folder.path()).map_err(|error| error.to_string())?;
        let before: Vec<PathBuf> = files(folder.path()).into_keys().collect();
        let file = folder.path().join(format!("{name}.pipe.ron"));
        told(&name, &program, &file, || {
            let mut made = files(folder.path());
            made.retain(|path, _| !before.contains(path));
            made
        })?;
    }
    let tables = match data::tables() {
        Ok(tables) => tables,
        Err(why) => {
            println!("  the pipelines over TPC-H are left out: {why}");
            return Ok(());
        }
    };
    let ours = tables.join("ours");
    fs::create_dir_all(&ours).map_err(|error| error.to_string())?;
    for entry in fs::read_dir(own.join("pipelines")).map_err(|error| error.to_string())?.flatten() {
        let file = tables.join(entry.file_name());
        fs::copy(entry.path(), &file).map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().replace(".pipe.ron", "");
        told(&name, &program, &file, || {
            let mut made = files(&ours);
            let is_of_it =
                |path: &PathBuf| path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with(&name));
            made.retain(|path, _| is_of_it(path));
            made
        })?;
    }
    Ok(())
}

/// Runs a pipeline over and over, and says in what its outputs differ.
fn told(name: &str, program: &Path, file: &Path, made: impl Fn() -> BTreeMap<PathBuf, Vec<u8>>) -> Result<(), String> {
    let mut first: Option<BTreeMap<PathBuf, Vec<u8>>> = None;
    let (mut bytes, mut digits) = (0, 0);
    for _ in 0..TIMES {
        called(Command::new(program).arg("run").arg(file)).map_err(|why| format!("{name}: {why}"))?;
        let now = made();
        let Some(first) = &first else {
            first = Some(now);
            continue;
        };
        if now.keys().ne(first.keys()) {
            return Err(format!("{name}: other files than the first time"));
        }
        for (path, content) in &now {
            if first[path] == *content {
                bytes += 1;
                continue;
            }
            let before = tempfile::tempdir().map_err(|error| error.to_string())?;
            let old = before.path().join("before.parquet");
            fs::write(&old, &first[path]).map_err(|error| error.to_string())?;
            same(path, &old, &[]).map_err(|why| format!("{name}, {}: {why}", path.display()))?;
            digits += 1;
        }
    }
    let files = first.map_or(0, |first| first.len());
    let rest = if digits == 0 { String::new() } else { format!(", {digits} with other last digits of floats") };
    println!("  {name:<14} {files} files, {} comparisons: {bytes} of the same bytes{rest}", bytes + digits);
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_file() {
            fs::copy(&path, &target)?;
        } else if path.file_name().is_some_and(|name| name != "out") {
            fs::create_dir_all(&target)?;
            copy(&path, &target)?;
        }
    }
    Ok(())
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(content) = fs::read(&path) {
            found.insert(path, content);
        }
    }
    found
}
