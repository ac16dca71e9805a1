//! Outputs appear all together or not at all, whenever the process dies.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

use pipewright_engine::problem::Problem;
use pipewright_runner::commit::{Outputs, Step, Written, recover};
use pipewright_runner::disk::Lock;
use pipewright_runner::files::{Spool, locate, pattern};
use tempfile::TempDir;

/// Three outputs in two folders: a file that is there, one that is not, and a folder that is.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::create_dir_all(place.path("a/parts/year=2024")).unwrap();
        fs::create_dir_all(place.path("b")).unwrap();
        fs::write(place.path("a/sum.csv"), "old").unwrap();
        fs::write(place.path("a/parts/year=2024/0.parquet"), "old").unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn state(&self) -> [Option<String>; 4] {
        let read = |name| fs::read_to_string(self.path(name)).ok();
        ["a/sum.csv", "b/new.csv", "a/parts/year=2024/0.parquet", "a/parts/year=2025/0.parquet"].map(read)
    }

    fn leftovers(&self) -> Vec<String> {
        let names = |folder| fs::read_dir(self.path(folder)).unwrap();
        let all = ["a", "b"].into_iter().flat_map(names).map(|entry| entry.unwrap().file_name().into_string().unwrap());
        all.filter(|name| name.starts_with('.')).collect()
    }
}

fn old() -> [Option<String>; 4] {
    [Some("old".to_owned()), None, Some("old".to_owned()), None]
}

fn new() -> [Option<String>; 4] {
    [Some("new".to_owned()), Some("new".to_owned()), None, Some("new".to_owned())]
}

fn stage(base: &Path) -> Outputs {
    let mut outputs = Outputs::begin();
    fs::write(outputs.file(&base.join("a/sum.csv")).unwrap(), "new").unwrap();
    fs::write(outputs.file(&base.join("b/new.csv")).unwrap(), "new").unwrap();
    let parts = outputs.folder(&base.join("a/parts")).unwrap();
    fs::create_dir(parts.join("year=2025")).unwrap();
    fs::write(parts.join("year=2025/0.parquet"), "new").unwrap();
    outputs
}

fn message<T>(result: Result<T, Problem>) -> String {
    result.err().map(|problem| problem.message).unwrap_or_default()
}

#[test]
fn a_commit_puts_every_output_in_place_and_leaves_nothing_else() {
    let place = Place::new();
    let outputs = stage(place.0.path());
    assert_eq!(place.state(), old());
    let written = outputs.commit().unwrap();
    assert_eq!(place.state(), new());
    assert_eq!(place.leftovers(), [""; 0]);
    assert_eq!(written[0], Written { path: place.path("a/sum.csv"), bytes: 3, files: 1 });
    assert_eq!(written[2], Written { path: place.path("a/parts"), bytes: 3, files: 1 });
}

#[test]
fn a_name_as_long_as_names_can_be_is_no_longer_while_staged() {
    let place = Place::new();
    let target = place.path(&format!("b/{}.csv", "x".repeat(251)));
    let mut outputs = Outputs::begin();
    fs::write(outputs.file(&target).unwrap(), "new").unwrap();
    outputs.commit().unwrap();
    assert_eq!(fs::read_to_string(target).unwrap(), "new");
}

#[test]
fn outputs_that_are_dropped_leave_everything_as_it_was() {
    let place = Place::new();
    let mut outputs = stage(place.0.path());
    outputs.file(&place.path("made/x.csv")).unwrap();
    assert!(place.path("made").is_dir());
    drop(outputs);
    assert_eq!(place.state(), old());
    assert_eq!(place.leftovers(), [""; 0]);
    assert!(!place.path("made").exists());
}

/// Not a test of its own: the process that the next test kills.
#[test]
#[ignore = "started by the test of a process that dies"]
fn the_run_that_dies() {
    let (Ok(base), Ok(count)) = (std::env::var("DIE_IN"), std::env::var("DIE_AFTER")) else { return };
    let mut outputs = stage(Path::new(&base));
    for step in outputs.steps().into_iter().take(count.parse().unwrap()) {
        outputs.take(step).unwrap();
    }
    // Leaves without any clean-up, as a killed process does.
    exit(9);
}

fn die_after(steps: usize, base: &Path) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "commit::the_run_that_dies", "--ignored"]);
    let output = child.env("DIE_IN", base).env("DIE_AFTER", steps.to_string()).output().unwrap();
    assert_eq!(output.status.code(), Some(9), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn whenever_the_process_dies_the_next_run_finds_all_old_or_makes_all_new() {
    let steps = stage(Place::new().0.path()).steps();
    let recorded = steps.iter().position(|step| *step == Step::Record).unwrap();
    // Whether the next run has to do with the folder of the record or with the other one.
    for found_by in ["a/sum.csv", "b/other.csv"] {
        for count in 0..=steps.len() {
            let place = Place::new();
            die_after(count, place.0.path());
            recover(&[place.path(found_by)]).unwrap();
            let expected = if count > recorded { new() } else { old() };
            assert_eq!(place.state(), expected, "killed after {:?}", &steps[..count]);
            recover(&[place.path("a/sum.csv"), place.path("b/new.csv")]).unwrap();
            assert_eq!(place.state(), expected);
            assert_eq!(place.leftovers(), [""; 0], "killed after {:?}", &steps[..count]);
            stage(place.0.path()).commit().unwrap();
            assert_eq!(place.state(), new());
        }
    }
}

#[test]
fn a_run_that_forgets_to_recover_still_finishes_the_one_before() {
    let place = Place::new();
    die_after(3, place.0.path());
    let mut outputs = Outputs::begin();
    fs::write(outputs.file(&place.path("a/sum.csv")).unwrap(), "newer").unwrap();
    assert_eq!(place.state(), new());
    outputs.commit().unwrap();
    assert_eq!(fs::read_to_string(place.path("a/sum.csv")).unwrap(), "newer");
}

#[test]
fn what_a_record_lists_is_kept_until_all_of_it_can_be_finished() {
    let place = Place::new();
    die_after(3, place.0.path());
    let locks: Vec<PathBuf> = place.leftovers().into_iter().map(|name| place.path("a").join(name)).collect();
    let locks = locks.iter().filter(|path| path.extension().is_some_and(|ending| ending == "lock"));
    let held: Vec<Lock> = locks.filter(|path| path.exists()).map(|path| Lock::claim(path).unwrap().unwrap()).collect();
    assert_eq!(held.len(), 2);
    recover(&[place.path("b/new.csv")]).unwrap();
    assert_eq!(place.state(), old());
    drop(held);
    recover(&[place.path("b/new.csv")]).unwrap();
    assert_eq!(place.state(), new());
}

#[test]
fn what_a_living_run_has_staged_is_neither_swept_nor_taken() {
    let place = Place::new();
    let mut living = stage(place.0.path());
    let message = message(Outputs::begin().file(&place.path("a/sum.csv")));
    assert_eq!(message, format!("Another run is writing to {}.", place.path("a/sum.csv").display()));
    for step in living.steps() {
        assert_eq!(recover(&[place.path("a/x.csv"), place.path("b/x.csv")]).unwrap(), [""; 0], "before {step:?}");
        living.take(step).unwrap();
    }
    drop(living);
    assert_eq!(place.state(), new());
    assert_eq!(place.leftovers(), [""; 0]);
}

#[test]
fn a_rename_that_fails_is_finished_once_nothing_is_in_the_way() {
    let place = Place::new();
    let mut outputs = stage(place.0.path());
    let steps = outputs.steps();
    steps.iter().take(3).for_each(|step| outputs.take(*step).unwrap());
    fs::create_dir(place.path("b/new.csv")).unwrap();
    let failed = steps[3..].iter().find_map(|step| outputs.take(*step).err()).unwrap();
    assert!(failed.message.starts_with("The outputs are complete but could not all be put in place"), "{failed}");
    drop(outputs);
    fs::remove_dir(place.path("b/new.csv")).unwrap();
    let done = recover(&[place.path("b/new.csv")]).unwrap();
    assert!(done[0].starts_with("Finished the outputs of an earlier run that was interrupted"), "{done:?}");
    assert_eq!(place.state(), new());
}

#[test]
fn outputs_that_cannot_be_are_refused_before_anything_is_written() {
    let place = Place::new();
    fs::write(place.path("a/parts/notes.txt"), "mine").unwrap();
    let mut outputs = Outputs::begin();
    let mut file = |name: &str| message(outputs.file(&place.path(name)));
    let deep = place.path("c/d/x.csv");
    assert_eq!(file("c/d/x.csv"), format!("There is no folder to write {} into.", deep.display()));
    assert!(file("a/parts").starts_with("A file is to be written, but there is a folder of this name"));
    assert_eq!(file("a/sum.csv"), "");
    assert!(file("b/../a/sum.csv").starts_with("Two nodes write to the same place"));
    let mut folder = |name: &str| message(outputs.folder(&place.path(name)));
    assert!(folder("a/sum.csv").starts_with("Two nodes write"));
    assert!(folder("a").starts_with("Two nodes write"));
    assert!(folder("a/parts").contains("but it also holds \"notes.txt\""));
    fs::remove_file(place.path("a/parts/notes.txt")).unwrap();
    fs::write(place.path("a/parts/orders.csv"), "mine").unwrap();
    assert!(folder("a/parts").contains("but it also holds \"orders.csv\""), "a file nobody numbered is no part");
    drop(outputs);
    assert_eq!(place.leftovers(), [""; 0]);
}

#[test]
fn an_output_that_is_also_an_input_is_refused() {
    let place = Place::new();
    let base = place.0.path();
    let spool = Spool::open_in(&place.path("b")).unwrap();
    let inputs = |path: &str| locate(path, base, &spool, &|| false).unwrap();
    fs::write(place.path("a/in.csv"), "").unwrap();
    fs::hard_link(place.path("a/sum.csv"), place.path("b/linked.csv")).unwrap();
    let outputs = stage(base);
    assert_eq!(message(outputs.refuse_inputs(&inputs("a/in.csv"), &[])), "");
    assert!(message(outputs.refuse_inputs(&inputs("b/linked.csv"), &[])).contains("the input \"b/linked.csv\""));
    let part = inputs("a/parts/year=2024/0.parquet");
    assert!(message(outputs.refuse_inputs(&part, &[])).contains("the input \"a/parts/year=2024/0.parquet\""));
    let finds = |path: &str| message(outputs.refuse_inputs(&[], &[pattern(path, base).unwrap()]));
    assert!(finds("b/*.csv").starts_with("The input pattern \"b/*.csv\" would find this output the next time"));
    assert!(finds("a/parts/**/*.parquet").starts_with("The input pattern"));
    assert_eq!(finds("b/*.tsv"), "");
}

#[cfg(unix)]
#[test]
fn links_are_written_through_and_permissions_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    fs::set_permissions(place.path("a/sum.csv"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../a/sum.csv", place.path("b/link.csv")).unwrap();
    let mut outputs = Outputs::begin();
    let staged = outputs.file(&place.path("b/link.csv")).unwrap();
    assert_eq!(staged.extension().unwrap(), "csv");
    fs::write(staged, "new").unwrap();
    assert!(message(outputs.file(&place.path("a/sum.csv"))).starts_with("Two nodes write to the same place"));
    outputs.commit().unwrap();
    assert!(fs::symlink_metadata(place.path("b/link.csv")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(place.path("a/sum.csv")).unwrap(), "new");
    assert_eq!(fs::metadata(place.path("a/sum.csv")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_record_that_moves_what_was_never_staged_is_not_followed() {
    let place = Place::new();
    let target = fs::canonicalize(place.path("a")).unwrap().join("sum.csv");
    fs::write(place.path("a/evil"), "evil").unwrap();
    let record = serde_json::json!({
        "run": "1",
        "outputs": [{ "target": target, "staged": "evil", "kind": "file" }],
    });
    fs::write(place.path("a/.pipewright-commit-1"), record.to_string()).unwrap();
    assert!(message(recover(&[target])).starts_with("The record of an earlier run, .pipewright-commit-1, cannot be"));
    assert_eq!(place.state(), old());
}
