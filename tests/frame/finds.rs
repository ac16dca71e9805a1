//! Bytes that once made something panic, hang or lose count.

use std::fs;
use std::path::Path;

use pipewright_fuzz::TARGETS;

#[test]
fn what_fuzzing_found_stays_mended() {
    let finds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/finds");
    for folder in fs::read_dir(finds).unwrap().map(Result::unwrap) {
        let name = folder.file_name();
        let Some(target) = TARGETS.iter().find(|target| name == target.name) else {
            panic!("no target is called {name:?}")
        };
        for find in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            (target.feed)(&fs::read(find.path()).unwrap());
        }
    }
}
