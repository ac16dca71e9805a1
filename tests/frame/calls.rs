//! Calls of the real binary on real data: parameters, standard input and output, reports, logs and previews.

use std::io::Write as _;
use std::process::Stdio;

use pipewright_engine::docs::SMALL_PIPELINE;

use crate::shell::{Shell, Told};

const ORDERS: &str = "id,amount\n1,5\n2,10\n3,200\n";

fn orders() -> Shell {
    let shell = Shell::empty();
    shell.write("orders.csv", ORDERS);
    shell.write("x.pipe.ron", SMALL_PIPELINE);
    shell
}

#[test]
fn the_pipeline_of_the_reference_runs_as_it_stands() {
    let shell = orders();
    assert_eq!(shell.call(&["fmt", "--check", "x.pipe.ron"]).code, 0);
    let told = shell.call(&["run", "x.pipe.ron"]);
    assert_eq!((told.code, told.stdout.as_str()), (0, ""), "{}", told.stderr);
    assert_eq!(shell.read("large-10.csv"), "id,amount\n2,10\n3,200\n");
    assert_eq!(shell.read("rest.csv"), "id,amount\n1,5\n");
}

#[test]
fn a_parameter_comes_from_the_call_then_from_the_environment_then_from_the_file() {
    let shell = orders();
    let told = Told::of(&shell.command(&["run", "x.pipe.ron"]).env("PIPEWRIGHT_PARAM_LEAST", "100").output().unwrap());
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(shell.read("large-100.csv"), "id,amount\n3,200\n");
    let mut command = shell.command(&["run", "x.pipe.ron", "--set", "least=6"]);
    let told = Told::of(&command.env("PIPEWRIGHT_PARAM_LEAST", "100").output().unwrap());
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(shell.read("large-6.csv"), "id,amount\n2,10\n3,200\n");
    for (set, said) in [("laest=6", "Did you mean \"least\"?"), ("least=many", "\"many\"")] {
        let told = shell.call(&["run", "x.pipe.ron", "--set", set]);
        assert_eq!(told.code, 2, "{}", told.stderr);
        assert!(told.stderr.contains(said), "{}", told.stderr);
    }
}

#[test]
fn data_comes_in_by_standard_input_and_out_by_standard_output() {
    let shell = Shell::empty();
    shell.pipeline(
        r#""in": (step: ReadCsv(path: "-")),
        "sorted": (step: Sort(by: [(column: "amount", descending: true)]), from: ["in"]),
        "out": (step: WriteCsv(path: "-"), from: ["sorted"]),"#,
    );
    let mut command = shell.command(&["run", "x.pipe.ron"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(ORDERS.as_bytes()).unwrap();
    let told = Told::of(&child.wait_with_output().unwrap());
    assert_eq!((told.code, told.stdout.as_str()), (0, "id,amount\n3,200\n2,10\n1,5\n"), "{}", told.stderr);
    assert!(told.stderr.contains("  in  -  ") && told.stderr.contains("3 records"), "{}", told.stderr);
}

#[test]
fn now_is_one_instant_of_the_run_and_is_reported() {
    let shell = orders();
    shell.pipeline(
        r#""in": (step: ReadCsv(path: "orders.csv")),
        "when": (step: Formula(formulas: [(column: "at", formula: "now()::text"), (column: "again", formula: "now()::text")]), from: ["in"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["when"]),"#,
    );
    let told = shell.call(&["run", "x.pipe.ron", "--report", "report.json", "--log", "json"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let report: serde_json::Value = serde_json::from_str(&shell.read("report.json")).unwrap();
    // In a formula it is UTC without saying so.
    let now = report["now"].as_str().unwrap().trim_end_matches('Z');
    let rows = shell.read("out.csv");
    let rows: Vec<&str> = rows.lines().skip(1).collect();
    assert_eq!(rows, [format!("1,5,{now},{now}"), format!("2,10,{now},{now}"), format!("3,200,{now},{now}")]);
    let last: serde_json::Value = serde_json::from_str(told.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["now"]), (&"report".into(), &report["now"]));
}

/// Polars panics on values within values within values when asked for them the usual way.
#[test]
fn nested_json_is_shown_whole() {
    let shell = Shell::empty();
    shell.write(
        "in.json",
        r#"{"status": "ok", "data": {"items": [{"id": 1, "user": {"name": "a", "tags": ["x"]}}], "total": 1}}"#,
    );
    shell.pipeline(r#""in": (step: ReadJson(path: "in.json")),"#);
    let told = shell.call(&["preview", "x.pipe.ron", "in", "--format", "json"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let rows: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        rows[0]["data"],
        serde_json::json!({"items": [{"id": 1, "user": {"name": "a", "tags": ["x"]}}], "total": 1})
    );
}

#[test]
fn rejects_of_the_sample_are_shown_too() {
    let shell = Shell::empty();
    shell.write("in.csv", "id,n\n1,5\n2,x\n3\n");
    shell.pipeline(r#""in": (step: ReadCsv(path: "in.csv", types: {"n": Integer})),"#);
    let told = shell.call(&["preview", "x.pipe.ron", "in.rejected", "--format", "csv"]);
    let expected = "file,line,record,error_column,error_value,error_reason\r\n\
                    in.csv,3,\"2,x\",n,x,not Integer\r\n\
                    in.csv,4,3,,,1 field where 2 are expected\r\n";
    assert_eq!((told.code, told.stdout.as_str()), (0, expected), "{}", told.stderr);
    assert_eq!(told.stderr, "2 rows, from everything\n");
}

#[test]
fn text_may_be_read_as_bytes() {
    let shell = Shell::empty();
    shell.write("in.csv", "a,b\nok,1\n");
    shell.pipeline(
        r#""in": (step: ReadCsv(path: "in.csv", types: {"a": Binary})),
        "out": (step: WriteCsv(path: "-"), from: ["in"]),"#,
    );
    // Bytes are written as hexadecimal digits: o is 6f, k is 6b.
    for call in [&["run", "x.pipe.ron"][..], &["preview", "x.pipe.ron", "in", "--format", "csv"]] {
        let told = shell.call(call);
        assert_eq!((told.code, told.stdout.replace('\r', "").as_str()), (0, "a,b\n6f6b,1\n"), "{}", told.stderr);
    }
}
