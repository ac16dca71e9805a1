//! Bytes that once made something panic, hang or lose count.

use std::fs;
use std::path::{Path, PathBuf};

use pipewright_fuzz::TARGETS;
use pipewright_runner::host::fault;

use crate::shell::Shell;

#[test]
fn what_fuzzing_found_stays_mended() {
    for folder in fs::read_dir(finds()).unwrap().map(Result::unwrap) {
        let name = folder.file_name();
        let Some(target) = TARGETS.iter().find(|target| name == target.name) else {
            panic!("no target is called {name:?}")
        };
        for find in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let bytes = fs::read(find.path()).unwrap();
            let fed = fault::contain(|| (target.feed)(&bytes));
            assert!(target.contained || fed.is_ok(), "{}: {}", find.path().display(), fed.unwrap_err());
        }
    }
}

#[test]
fn a_file_that_lies_about_its_lengths_is_named() {
    let lies = [
        ("lengths_beyond_any_memory", "The column \"pair\" in \"in.parquet\" can't be read: it is damaged"),
        (
            "more_lengths_beyond_any_memory",
            "\"in.parquet\" is damaged, or Parquet of a kind that can't be read here: row group 1 says",
        ),
    ];
    for (find, message) in lies {
        let shell = Shell::empty();
        fs::copy(finds().join("parquet").join(find), shell.path().join("in.parquet")).unwrap();
        shell.write("out.csv", "old\n");
        shell.pipeline(
            r#""in": (step: ReadParquet(path: "in.parquet")), "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#,
        );
        let told = shell.call(&["run", "x.pipe.ron"]);
        assert!(told.code != 0 && told.stderr.contains(&format!("error in \"in\", path: {message}")), "{told:?}");
        assert_eq!(shell.read("out.csv"), "old\n");
    }
}

fn finds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/finds")
}
