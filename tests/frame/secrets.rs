//! Secrets reach the nodes that use them, and nothing that is kept or shown has their values.

use std::fs;

use pipewright_runner::engine::engine;
use pipewright_runner::job::Job;
use pipewright_runner::secrets::Secrets;
use pipewright_runner::show::Ask;

use crate::session::{ask, rows};
use crate::shell::{Shell, pipeline};

const NODES: &str = r#"
        "in": (step: ReadCsv(path: "in.csv")),
        "hashed": (step: Hash(columns: ["text"], method: HmacSha256, key: "${secret:PEPPER}"), from: ["in"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["hashed"]),"#;

/// A case of RFC 4231.
const TEXT: &str = "what do ya want for nothing?";
const KEY: &str = "Jefe";
const SIGNED: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

fn shell() -> Shell {
    let shell = Shell::empty();
    shell.pipeline(NODES);
    shell.write("in.csv", format!("text\n{TEXT}\n"));
    shell
}

#[test]
fn a_secret_that_is_not_given_is_a_problem_that_says_how_to_give_it() {
    let shell = shell();
    for call in [["run", "x.pipe.ron"].as_slice(), &["check", "x.pipe.ron"], &["preview", "x.pipe.ron", "hashed"]] {
        let told = shell.call(call);
        assert_ne!(told.code, 0, "{told:?}");
        let said = told.stdout + &told.stderr;
        assert!(said.contains("\"PEPPER\" is not given"), "{said}");
        assert!(said.contains("PIPEWRIGHT_SECRET_PEPPER") && said.contains("--secrets"), "{said}");
    }
    assert!(!shell.path().join("out.csv").exists());
}

#[test]
fn a_secret_comes_from_the_environment_or_a_file_and_is_told_to_nobody() {
    let shell = shell();
    shell.write("secrets", format!("# keys\nPEPPER={KEY}\n"));
    let run = ["run", "x.pipe.ron", "--secrets", "secrets", "--report", "report.json", "--log", "json"];
    let told = shell.call(&run);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(shell.read("out.csv").contains(SIGNED));
    for kept in [&shell.read("report.json"), &shell.read("out.csv"), &shell.read("x.pipe.ron"), &told.stderr] {
        assert!(!kept.contains(KEY), "{kept}");
    }
    fs::remove_file(shell.path().join("out.csv")).unwrap();
    let output = shell.command(&["run", "x.pipe.ron"]).env("PIPEWRIGHT_SECRET_PEPPER", KEY).output().unwrap();
    assert!(output.status.success());
    assert!(shell.read("out.csv").contains(SIGNED));
    let preview = shell.call(&["preview", "x.pipe.ron", "hashed", "--secrets", "secrets"]);
    assert!(preview.stdout.contains(SIGNED), "{preview:?}");
    shell.write("secrets", "PEPPER\n");
    let told = shell.call(&run);
    assert_eq!(told.code, 2, "{told:?}");
}

#[test]
fn a_secret_is_in_no_file_that_a_run_leaves() {
    let shell = shell();
    let key = "a long secret that is nowhere else";
    shell.pipeline(&NODES.replace(
        r#""out": (step: WriteCsv(path: "out.csv"), from: ["hashed"]),"#,
        r#""kept": (step: Checkpoint(folder: "kept"), from: ["hashed"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["kept"]),"#,
    ));
    let run = ["run", "x.pipe.ron", "--report", "report.json", "--log", "json"];
    let output = shell.command(&run).env("PIPEWRIGHT_SECRET_PEPPER", key).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(shell.path().join("kept").is_dir());
    let files = shell.files().into_iter().map(|path| (path.display().to_string(), fs::read(path).unwrap()));
    for (what, kept) in files.chain([("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr)]) {
        assert!(!kept.windows(key.len()).any(|part| part == key.as_bytes()), "{what}");
    }
}

#[test]
fn what_is_kept_of_one_secret_is_not_taken_for_that_of_another() {
    let shell = shell();
    let engine = engine();
    let signed = |key: &str, exact: bool| {
        let secrets = Secrets::from([("PEPPER", key)]);
        let job = Job { file: shell.path().join("x.pipe.ron"), text: pipeline(NODES), secrets, ..Job::default() };
        let wish = if exact { Ask::Exact(job, "hashed".into()) } else { Ask::Show(job, vec!["hashed".into()]) };
        let told = ask(engine.as_ref(), &wish);
        rows(engine.as_ref(), told.output("hashed", 0)).rows[0][1].to_string()
    };
    for exact in [false, true] {
        assert_ne!(signed("another", exact), SIGNED);
        assert_eq!(signed(KEY, exact), SIGNED);
    }
}
