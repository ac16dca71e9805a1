//! The 22 queries of TPC-H and the 99 of TPC-DS at scale 1 through the node `Sql`, beside DuckDB: the script that the tests use for small
//! tables compares the rows and takes the times.

use std::path::Path;
use std::process::Command;

use crate::data::{self, called};
use crate::program;

/// An extension fits one version of DuckDB.
const PACKAGES: [&str; 4] =
    ["duckdb==1.5.5", "duckdb-extension-tpch==1.5.5", "duckdb-extension-tpcds==1.5.5", "tpchgen-cli==4.0.0"];

pub fn measure() -> Result<(), String> {
    let python = data::python(&PACKAGES)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../queries/queries.py");
    for (benchmark, last) in [("tpch", "q22"), ("tpcds", "q99")] {
        let folder = data::folder()?.join(benchmark);
        if !folder.join(last).with_extension("answer").exists() {
            called(Command::new(&python).arg(&script).args(["make", benchmark, "1"]).arg(&folder))?;
        }
        println!("  {benchmark}");
        let mut compare = Command::new(&python);
        compare.arg(&script).arg("compare").arg(&folder).arg("--program").arg(program()?);
        compare.args(["--turns", "5", "--timeout", "120", "--memory", "16GB"]);
        compare.status().map_err(|error| error.to_string())?;
    }
    Ok(())
}
