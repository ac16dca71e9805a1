//! Everything that can be wrong with what a run is given: each is named with its node and file and what to do, the exit code
//! says whose fault it is, and what was there before is as it was.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::samples::cells;
use crate::shell::{PIPEWRIGHT, Shell, Told};

const IN: &str = r#""in": (step: ReadCsv(path: "in.csv")),"#;
const OUT: &str = r#""out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#;
const OLD: &str = "what an earlier run has written\n";

#[test]
fn mistakes_in_the_file_are_named_with_what_to_write() {
    for (nodes, said) in [
        // Unknown and misspelt names.
        (
            lines(r#""in": (step: ReadCvs(path: "in.csv")),"#, OUT),
            ["\"in\" (5:14)", "\"ReadCvs\"", "Did you mean \"ReadCsv\"?"],
        ),
        (
            lines(r#""in": (step: ReadCsv(path: "in.csv", delimeter: ";")),"#, OUT),
            ["\"in\" (5:38)", "\"delimeter\"", "Did you mean \"delimiter\"?"],
        ),
        (
            lines(IN, r#""out": (step: WriteCsv(path: "out.csv"), from: ["inn"]),"#),
            ["\"out\", from[0]", "\"inn\"", "Did you mean \"in\"?"],
        ),
        (
            lines(IN, r#""out": (step: WriteCsv(path: "out.csv"), from: ["in.rejectd"]),"#),
            ["\"out\", from[0]", "\"rejectd\"", "Did you mean \"rejected\"?"],
        ),
        (
            between(r#"Filter(condition: "amuont > 5")"#),
            ["\"between\", condition (1:1)", "\"amuont\"", "Did you mean \"amount\"?"],
        ),
        (
            between(r#"Sort(by: [(column: "amuont")])"#),
            ["\"between\", by[0].column", "\"amuont\"", "Did you mean \"amount\"?"],
        ),
        (
            lines(r#""in": (step: ReadCsv(path: "in.csv", types: {"amuont": Integer})),"#, OUT),
            ["\"in\", types", "\"amuont\"", "Did you mean \"amount\"?"],
        ),
        // Wrong types.
        (
            lines(r#""in": (step: ReadCsv(path: "in.csv", header: "yes")),"#, OUT),
            ["\"in\", header (5:46)", "\"yes\"", "Write true."],
        ),
        (lines(r#""in": (step: ReadCsv(path: 5)),"#, OUT), ["\"in\", path (5:28)", "5 has none", "Write \"5\"."]),
        (between("Limit(count: -1)"), ["\"between\", count", "-1", "0 or more"]),
        (
            between(r#"Filter(condition: "name > 5")"#),
            ["\"between\", condition (1:1)", "Text and Integer", "Cast one side"],
        ),
        (
            between(r#"Filter(condition: "amount + 1")"#),
            ["\"between\", condition", "is Integer, not true or false", "Compare it"],
        ),
        // Wires.
        (lines(IN, r#""out": (step: WriteCsv(path: "out.csv")),"#), ["\"out\", from[0]", "the input \"in\"", "`from`"]),
        (
            lines(IN, r#""out": (step: WriteCsv(path: "out.csv"), from: ["in", "in"]),"#),
            ["\"out\", from", "does not exist", "takes one input"],
        ),
        (
            lines(
                r#""a": (step: Filter(condition: "true"), from: ["b"]), "b": (step: Filter(condition: "true"), from: ["a"]),"#,
                r#""out": (step: WriteCsv(path: "out.csv"), from: ["b"]),"#,
            ),
            ["\"a\", from", "in a circle: \"a\" → \"b\"", "Cut one of the wires."],
        ),
        (
            lines(IN, &lines(IN, OUT)),
            ["(6:1)", "\"in\" is there twice, in line 5 and in line 6", "Remove or rename one of them."],
        ),
        (lines(IN, ""), ["error", "No node of this pipeline writes anything", "WriteCsv"]),
    ] {
        Place::new().refuses(&nodes, 2, &said);
    }
}

#[test]
fn files_that_can_not_be_read_are_named_with_what_to_do() {
    for (path, code, said) in [
        ("im.csv", 2, ["\"in\", path", "no file \"im.csv\"", "Did you mean \"in.csv\"?"]),
        ("nowhere/in.csv", 2, ["\"in\", path", "nowhere/in.csv", "relative to the pipeline's folder"]),
        ("folder", 2, ["\"in\", path", "\"folder\" is a folder, not a file", "\"folder/*.csv\""]),
        ("folder/*.tsv", 2, ["\"in\", path", "\"folder/*.tsv\"", "Check the pattern"]),
        ("empty.csv", 2, ["\"in\"", "\"empty.csv\" is empty", "Check that it was written completely."]),
        ("book.csv", 2, ["\"in\", path", "book.csv is no text but a workbook", "ReadExcel"]),
        ("truncated.csv.gz", 2, ["\"in\", path", "\"truncated.csv.gz\" ends early", "Copy or download it again."]),
        ("broken_checksum.csv.gz", 2, ["\"in\", path", "\"broken_checksum.csv.gz\" is damaged", "download it again"]),
        ("up.tgz!good.csv", 2, ["\"in\", path", "\"../evil.csv\", a name that leads out", "is not read"]),
        ("up.zip!a/../../evil.csv", 2, ["\"in\", path", "\"up.zip\"", "a name that leads out"]),
        ("root.tar", 2, ["\"in\", path", "\"/etc/evil.csv\"", "Such an archive is not read"]),
        // How much comes out of these is seen only when all of it is read.
        ("bomb.csv.gz", 1, ["\"in\", path", "\"bomb.csv.gz\" unpacks to more than", "unpack it yourself"]),
        ("bomb.zip!a", 1, ["\"in\", path", "\"bomb.zip!a\" unpacks to more than", "unpack it yourself"]),
        ("bomb.tar.zst!a", 1, ["\"in\", path", "\"bomb.tar.zst!a\" unpacks to more than", "unpack it yourself"]),
    ] {
        let place = Place::new();
        fs::copy(data("packed").join("one.zip"), place.shell.path().join("book.csv")).unwrap();
        for (folder, names) in [
            ("bad", &["empty.csv", "truncated.csv.gz", "broken_checksum.csv.gz"][..]),
            ("packed", &["up.tgz", "up.zip", "root.tar", "bomb.csv.gz", "bomb.zip", "bomb.tar.zst"]),
        ] {
            for name in names {
                fs::copy(data(folder).join(name), place.shell.path().join(name)).unwrap();
            }
        }
        place.refuses(&lines(&format!(r#""in": (step: ReadCsv(path: "{path}")),"#), OUT), code, &said);
    }
}

#[test]
fn values_of_the_wrong_type_fail_the_run_with_their_lines() {
    let place = Place::new();
    place.shell.write("in.csv", "id,amount\n1,10\n2,x\n3,y\n");
    let nodes = lines(r#""in": (step: ReadCsv(path: "in.csv", types: {"amount": Integer})),"#, OUT);
    let said =
        ["\"in\": 2 rows were rejected", "in.csv line 3, amount \"x\": not Integer", "Wire the output \"rejected\""];
    place.refuses(&nodes, 1, &said);
    place.shell.write("short.csv", "n\n1\n");
    let nodes = lines(IN, r#""short": (step: ReadCsv(path: "short.csv")),"#)
        + r#""both": (step: AppendColumns(), from: ["in", "short"]),"#
        + r#""out": (step: WriteCsv(path: "out.csv"), from: ["both"]),"#;
    place.refuses(&nodes, 1, &["\"both\", lengths", "different numbers of rows", "Set lengths to Pad"]);
    let nodes = lines(IN, "").replace("in.csv", "zeros.csv")
        + r#""f": (step: Formula(formulas: [(column: "x", formula: "1 / n")]), from: ["in"]),"#
        + r#""out": (step: WriteCsv(path: "out.csv"), from: ["f"]),"#;
    place.shell.write("zeros.csv", "n\n1\n0\n");
    place.refuses(&nodes, 1, &["\"f\": 1 row was rejected and nothing takes it", "x", "division by zero"]);
}

#[test]
fn outputs_without_a_place_are_refused_before_anything_runs() {
    for (path, said) in [
        ("no/such/folder.csv", ["\"out\", path", "no/such/folder.csv", "Create the folder"]),
        ("folder", ["\"out\", path", "there is a folder of this name: folder", "Name a file within the folder"]),
        ("/dev/full", ["\"out\", path", "/dev/full", "Write to a file."]),
        ("in.csv", ["\"out\", path", "over the input \"in.csv\"", "Write to another file."]),
        ("./folder/../in.csv", ["\"out\", path", "over the input \"in.csv\"", "Write to another file."]),
        ("link.csv", ["\"out\", path", "over the input \"in.csv\": link.csv", "Write to another file."]),
        ("hard.csv", ["\"out\", path", "over the input \"in.csv\": hard.csv", "Write to another file."]),
    ] {
        let place = Place::new();
        std::os::unix::fs::symlink("in.csv", place.shell.path().join("link.csv")).unwrap();
        fs::hard_link(place.shell.path().join("in.csv"), place.shell.path().join("hard.csv")).unwrap();
        place.refuses(&lines(IN, &OUT.replace("out.csv", path)), 2, &said);
    }
    let nodes = lines(r#""in": (step: ReadCsv(path: "folder/*.csv")),"#, &OUT.replace("out.csv", "folder/b.csv"));
    let said = ["\"out\", path", "\"folder/*.csv\" would find this output the next time", "Write into another folder"];
    Place::new().refuses(&nodes, 2, &said);
    let two = lines(IN, &lines(OUT, &OUT.replace("\"out\"", "\"again\"").replace("out.csv", "folder/../out.csv")));
    Place::new().refuses(&two, 2, &["\"again\", path", "Two nodes write to the same place", "a file of its own"]);
}

/// The engine ends at it, and a message names the node.
#[test]
fn a_file_that_asks_for_absurd_memory_costs_a_message() {
    let shell = Shell::empty();
    shell.write("in.arrow", fs::read(data("formats/absurd.arrow")).unwrap());
    shell.pipeline(&lines(
        r#""in": (step: ReadArrow(path: "in.arrow")),"#,
        r#""out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#,
    ));
    let told = shell.call(&["run", "x.pipe.ron"]);
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stderr.contains("error in \"in\": The engine asked for more memory than there is"), "{}", told.stderr);
    assert!(!shell.path().join("out.csv").exists());
}

/// On a small disk of its own, where the system lets us make one; else with a limit on the size of files.
#[test]
fn a_full_disk_is_told_with_the_output_and_leaves_the_old_one() {
    let rows: String = (0..100_000).map(|number| format!("{number},row number {number}\n")).collect();
    for writer in ["WriteCsv(path: \"small/out.csv\")", "WriteParquet(path: \"small/out.csv\")"] {
        let shell = Shell::empty();
        shell.write("in.csv", format!("id,name\n{rows}"));
        fs::create_dir(shell.path().join("small")).unwrap();
        shell.pipeline(&lines(IN, &format!(r#""out": (step: {writer}, from: ["in"]),"#)));
        let run =
            format!("echo old > small/out.csv; '{PIPEWRIGHT}' run x.pipe.ron; echo $? $(cat small/*) $(ls -A small)");
        let own_disk = format!("mount -t tmpfs -o size=64k tmpfs small || exit 99; {run}");
        let mut told = called(&shell, "unshare", &["-rm", "sh", "-c", &own_disk]);
        if told.as_ref().is_none_or(|told| told.code != 0) {
            println!("No small disk can be made here: a limit on files stands in for it.");
            told = called(&shell, "sh", &["-c", &format!("trap '' XFSZ; ulimit -f 64; {run}")]);
        }
        let Told { stdout, stderr, .. } = told.unwrap();
        assert_eq!(stdout, "1 old out.csv\n", "{stderr}");
        for said in ["error in \"out\"", "The disk is full", "\"small/out.csv\"", "Make room"] {
            assert!(stderr.contains(said), "{said}: {stderr}");
        }
    }
}

/// Every file of the corpus through a run with its rejects wired: what comes out of both ends together is what went in. The
/// answers were worked out by hand, see `tests/answers/make_bad.py`.
#[test]
fn dirty_text_comes_out_whole_or_with_its_line() {
    let corpus = data("bad");
    for case in &cells(&fs::read_to_string(corpus.join("expected.csv")).unwrap())[1..] {
        let [name, file, told, _, records, good, rejected, lines, problem] = &case[..] else { panic!("{case:?}") };
        let shell = Shell::empty();
        let on_disk = file.split('!').next().unwrap();
        fs::copy(corpus.join(on_disk), shell.path().join(on_disk)).unwrap();
        let told = if told.is_empty() { String::new() } else { format!(", {told}") };
        shell.pipeline(&format!(
            r#""in": (step: ReadCsv(path: "{file}"{told})),
            "good": (step: WriteCsv(path: "good.csv"), from: ["in"]),
            "bad": (step: WriteCsv(path: "bad.csv"), from: ["in.rejected"]),"#
        ));
        let told = shell.call(&["run", "x.pipe.ron", "--report", "report.json"]);
        if !problem.is_empty() {
            assert!(matches!(told.code, 1 | 2) && told.stderr.contains(problem.as_str()), "{name}: {told:?}");
            assert!(!shell.path().join("good.csv").exists(), "{name}");
            continue;
        }
        assert_eq!(told.code, 0, "{name}: {}", told.stderr);
        let report: serde_json::Value = serde_json::from_str(&shell.read("report.json")).unwrap();
        let source = &report["sources"][0];
        assert_eq!(
            (source["records"].to_string(), source["rejected"].to_string()),
            (records.clone(), rejected.clone()),
            "{name}"
        );
        let ours = shell.read("good.csv");
        let rows = fs::read_to_string(corpus.join(format!("rows/{name}.csv"))).unwrap();
        assert_eq!(ours, rows, "{name}");
        assert_eq!((cells(&ours).len() - 1).to_string(), *good, "{name}");
        let bad = cells(&shell.read("bad.csv"));
        let found: Vec<&str> = bad[1..].iter().map(|reject| reject[1].as_str()).collect();
        assert_eq!(found.join(" "), *lines, "{name}");
        assert!(bad[1..].iter().all(|reject| reject[0] == *file && !reject[5].is_empty()), "{name}: {bad:?}");
    }
}

/// A folder with something to read and something that a failing run must not touch.
struct Place {
    shell: Shell,
}

impl Place {
    fn new() -> Self {
        let shell = Shell::empty();
        shell.write("in.csv", "id,amount,name\n1,10,a\n2,20,b\n");
        shell.write("out.csv", OLD);
        fs::create_dir(shell.path().join("folder")).unwrap();
        shell.write("folder/a.csv", "id\n1\n");
        Self { shell }
    }

    /// Runs these nodes, which must end with this code, these words and nothing changed.
    fn refuses(&self, nodes: &str, code: i32, said: &[&str]) {
        self.shell.pipeline(nodes);
        let before = self.shell.listing();
        let told = self.shell.call(&["run", "x.pipe.ron"]);
        assert_eq!((told.code, told.stdout.as_str()), (code, ""), "{nodes}\n{}", told.stderr);
        for words in said {
            assert!(told.stderr.contains(words), "{words:?} is not in: {}", told.stderr);
        }
        assert_eq!(self.shell.listing(), before, "{nodes}");
        assert_eq!(self.shell.read("out.csv"), OLD);
        let left: Vec<_> =
            fs::read_dir(self.shell.private()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name == "pipewright"), "temporary files are left: {left:?}");
    }
}

fn lines(first: &str, then: &str) -> String {
    format!("{first}\n{then}")
}

fn between(step: &str) -> String {
    format!("{IN}\n\"between\": (step: {step}, from: [\"in\"]),\n{}", OUT.replace("[\"in\"]", "[\"between\"]"))
}

fn called(shell: &Shell, program: &str, arguments: &[&str]) -> Option<Told> {
    Some(Told::of(&shell.at_home(Command::new(program), arguments).output().ok()?))
}

fn data(folder: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data").join(folder)
}
