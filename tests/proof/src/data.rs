//! The tables of TPC-H at scale 1, made by `tpchgen-cli` from PyPI in a throw-away environment, with numbers as floats as PDS-H has them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pipewright_runner::host::TUNING;
use polars::prelude::*;

use crate::versus::{scan, write};

pub const TABLES: [&str; 8] = ["lineitem", "orders", "customer", "part", "partsupp", "supplier", "nation", "region"];

/// Where data is kept for the next time: where `PROOF_DATA` says, or among temporary files.
pub fn folder() -> Result<PathBuf, String> {
    let folder = env::var_os("PROOF_DATA").map_or_else(|| env::temp_dir().join("pipewright-proof"), PathBuf::from);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

/// The folder with a Parquet file for each table, which is made if it is not there.
pub fn tables() -> Result<PathBuf, String> {
    let folder = folder()?;
    let missing = |table: &&str| !folder.join(format!("{table}.parquet")).exists();
    if TABLES.iter().any(missing) {
        make(&folder)?;
    }
    Ok(folder)
}

fn make(folder: &Path) -> Result<(), String> {
    let python = python(&["tpchgen-cli"])?;
    let raw = folder.join("raw");
    let mut generator = Command::new(python.with_file_name("tpchgen-cli"));
    generator.args(["parquet", "--scale-factor", "1", "--output-dir"]).arg(&raw);
    called(&mut generator)?;
    for table in TABLES {
        let made = || {
            let decimals = dtype_col(&DataType::Decimal(15, 2)).as_selector().as_expr().cast(DataType::Float64);
            let small = dtype_col(&DataType::Int32).as_selector().as_expr().cast(DataType::Int64);
            let frame = scan(&raw.join(format!("{table}.parquet")))?.with_columns([decimals, small]);
            write(vec![(frame, folder.join(format!("{table}.parquet")))])
        };
        made().map_err(|error: PolarsError| error.to_string())?;
    }
    fs::remove_dir_all(&raw).map_err(|error| error.to_string())
}

/// A peer, which is measured as it is installed, without what ours asks of Polars.
pub fn untuned(program: &Path) -> Command {
    let mut command = Command::new(program);
    TUNING.iter().for_each(|(name, _)| {
        command.env_remove(name);
    });
    command
}

/// A Python with these packages of PyPI, in an environment that is kept for the next time.
pub fn python(packages: &[&str]) -> Result<PathBuf, String> {
    let name = packages.join("-").replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
    let folder = env::temp_dir().join("pipewright-proof-python").join(name);
    let python = folder.join("bin").join("python");
    let done = folder.join("done");
    if !done.exists() {
        called(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        called(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
        fs::write(done, "").map_err(|error| error.to_string())?;
    }
    Ok(python)
}

pub fn called(command: &mut Command) -> Result<(), String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{shown}: {}", said.lines().last().unwrap_or("it failed")))
}
