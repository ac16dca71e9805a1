//! The program itself: how large it is and what it loads; and how another build of it does the same work, where `PROOF_BUILD` names one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::data::{self, called};
use crate::versus::{compare, print_head};

pub fn measure() -> Result<(), String> {
    let program = crate::program()?;
    print(&program)?;
    let Some(other) = env::var_os("PROOF_BUILD").map(PathBuf::from) else { return Ok(()) };
    print(&other)?;
    let folder = data::tables()?;
    fs::create_dir_all(folder.join("ours")).map_err(|error| error.to_string())?;
    print_head("other");
    for pipeline in pipelines()? {
        let name = pipeline.file_name().unwrap_or_default();
        let here = folder.join(name);
        fs::copy(&pipeline, &here).map_err(|error| error.to_string())?;
        let run = |program: &Path| called(Command::new(program).arg("run").arg(&here));
        compare(&|| run(&program), &|| run(&other), &[])?.print(&name.to_string_lossy());
    }
    Ok(())
}

fn print(program: &Path) -> Result<(), String> {
    let bytes = fs::metadata(program).map_err(|error| format!("{}: {error}", program.display()))?.len();
    println!("  {:.1} MB: {}", bytes as f64 / 1e6, program.display());
    match Command::new("ldd").arg(program).output() {
        Ok(said) => print!("{}", String::from_utf8_lossy(&said.stdout)),
        Err(why) => println!("  what it loads is not known: ldd: {why}"),
    }
    Ok(())
}

fn pipelines() -> Result<Vec<PathBuf>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}
