//! From starting a run to its end, where there is next to nothing to do: one row into one file, beside the same as a script for Polars.

use std::process::Command;

use crate::data::{self, called, python};
use crate::versus::{self, compare};

const PIPELINE: &str = r#"(version: 1, nodes: {
    "one": (step: Table(columns: [(name: "a", kind: Integer)], rows: [["1"]])),
    "out": (step: WriteParquet(path: "ours.parquet"), from: ["one"]),
})"#;

const SCRIPT: &str = "import polars as pl\npl.LazyFrame({'a': [1]}).sink_parquet('theirs.parquet')\n";

pub fn measure() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let place = |name: &str| folder.path().join(name);
    std::fs::write(place("x.pipe.ron"), PIPELINE).map_err(|error| error.to_string())?;
    std::fs::write(place("x.py"), SCRIPT).map_err(|error| error.to_string())?;
    let (program, python) = (crate::program()?, python(&["polars"])?);
    let ours = || called(Command::new(&program).args(["run", "x.pipe.ron"]).current_dir(folder.path()));
    let theirs = || called(data::untuned(&python).arg("x.py").current_dir(folder.path()));
    versus::print_head("a script");
    let outputs = [(place("ours.parquet"), place("theirs.parquet"))];
    compare(&ours, &theirs, &outputs)?.print("one row into one file, from start to exit");
    Ok(())
}
