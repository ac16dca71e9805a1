//! libFuzzer on the target that `FUZZ_TARGET` names.

#![no_main]

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::process::abort;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pipewright_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let wanted = env::var("FUZZ_TARGET").unwrap_or_default();
    TARGETS.iter().find(|target| target.name == wanted).unwrap_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("FUZZ_TARGET is one of {}.", names.join(", "));
        abort()
    })
});

fuzz_target!(
    init: {
        // libFuzzer's own hook ends the process at every panic, those too that the program contains.
        panic::set_hook(Box::new(|info| {
            let in_a_library = info.location().is_some_and(|at| at.file().contains("/registry/src/"));
            if !(TARGET.contained && in_a_library) {
                eprintln!("{info}");
                abort();
            }
        }));
    },
    |bytes: &[u8]| {
        let _contained = panic::catch_unwind(AssertUnwindSafe(|| (TARGET.feed)(bytes)));
    }
);
