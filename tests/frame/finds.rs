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
fn a_panic_while_rows_are_read_is_told_with_the_node() {
    for find in ["lengths_beyond_any_memory", "more_lengths_beyond_any_memory"] {
        let shell = Shell::empty();
        fs::copy(finds().join("parquet").join(find), shell.path().join("in.parquet")).unwrap();
        shell.write("out.csv", "old\n");
        shell.pipeline(
            r#""in": (step: ReadParquet(path: "in.parquet")), "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#,
        );
        let told = shell.call(&["run", "x.pipe.ron"]);
        assert_eq!(told.code, 1, "{told:?}");
        assert!(
            told.stderr.contains("error in \"in\": The engine hit a fault of its own: capacity overflow"),
            "{told:?}"
        );
        assert!(told.stderr.contains("in stage 1, with \"in\" at work. Please report it"), "{told:?}");
        assert_eq!(shell.read("out.csv"), "old\n");
    }
}

fn finds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/finds")
}
