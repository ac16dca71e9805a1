//! What makes a run fail is told the same way by previews and by a check of all rows.

use std::time::{Duration, Instant};

use crate::shell::{Shell, Told};

fn shell() -> Shell {
    let shell = Shell::empty();
    shell.write("orders.csv", "id,customer,amount\n1,a,10\n2,b,20\n3,c,30\n");
    shell.write("cities.csv", "customer,city\na,Bonn\na,Kiel\nb,Ulm\n");
    shell
}

const SOURCES: &str =
    r#""orders": (step: ReadCsv(path: "orders.csv")), "cities": (step: ReadCsv(path: "cities.csv")),"#;

/// A run of these nodes, whose last is `x`, and the looks at it without one.
fn told(shell: &Shell, nodes: &str) -> [(&'static str, Told); 4] {
    shell.pipeline(&format!("{SOURCES}{nodes}\"out\": (step: WriteCsv(path: \"out.csv\"), from: [\"x\"]),"));
    [
        ("run", shell.call(&["run", "x.pipe.ron"])),
        ("preview", shell.call(&["preview", "x.pipe.ron", "x"])),
        ("preview --exact", shell.call(&["preview", "x.pipe.ron", "x", "--exact"])),
        ("check --exact", shell.call(&["check", "x.pipe.ron", "--exact"])),
    ]
}

#[test]
fn what_fails_a_run_fails_every_look_at_all_rows_with_the_first_cases() {
    let shell = shell();
    let same_customer = "The first: customer = a, rows = 2.";
    for (nodes, said) in [
        (
            r#""x": (step: Join(on: [(left: "customer", right: "customer")], expect: ManyToOne), from: ["orders", "cities"]),"#,
            same_customer,
        ),
        (r#""x": (step: CompareTables(keys: ["customer"]), from: ["cities", "orders"]),"#, same_customer),
        (
            r#""x": (step: Expectations(rules: [(kind: Unique, columns: ["customer"], severity: Fail)]), from: ["cities"]),"#,
            "customer is unique: 2 of 3 rows break it, such as customer = a.",
        ),
        (
            r#""x": (step: Pivot(by: ["id"], on: "customer", function: Count, values: ["a", "b"]), from: ["orders"]),"#,
            "\"customer\" has values that are not listed. The first: id = 3, customer = c.",
        ),
        (
            r#""big": (step: Formula(formulas: [(column: "big", formula: "9223372036854775807 - 10 + amount")]), from: ["orders"]),
               "x": (step: GroupBy(aggregations: [(column: "big", function: Sum, as: "sum")]), from: ["big"]),"#,
            "out of range",
        ),
        (
            r#""x": (step: Convert(columns: [(column: "city", to: Date)]), from: ["cities"]),"#,
            "3 rows were rejected and nothing takes them. The first: city \"Bonn\"",
        ),
        // Before columns that depend on the data, too.
        (
            r#""days": (step: Convert(columns: [(column: "city", to: Date)]), from: ["cities"]),
               "x": (step: Pivot(on: "customer", function: Count), from: ["days"]),"#,
            "3 rows were rejected and nothing takes them. The first: city \"Bonn\"",
        ),
    ] {
        for (how, told) in told(&shell, nodes) {
            let all = format!("{}{}", told.stdout, told.stderr);
            assert_eq!(told.code, 1, "{how}: {nodes}\n{all}");
            assert!(all.contains(said), "{how}: {nodes}\n{all}");
            assert!(all.contains("error in "), "{how}: {nodes}\n{all}");
        }
        assert!(!shell.path().join("out.csv").exists(), "{nodes}");
        assert_eq!(shell.call(&["check", "x.pipe.ron"]).code, 0, "no rows are needed to plan {nodes}");
    }
}

#[test]
fn rows_that_are_well_pass_every_look() {
    let shell = shell();
    for nodes in [
        r#""x": (step: Join(on: [(left: "customer", right: "customer")], expect: OneToMany), from: ["orders", "cities"]),"#,
        r#""x": (step: Join(kind: Full, on: [(left: "customer", right: "customer")], expect: OneToMany), from: ["orders", "cities"]),"#,
        r#""x": (step: CompareTables(keys: ["id"]), from: ["orders", "orders"]),"#,
        r#""days": (step: Convert(columns: [(column: "city", to: Date)]), from: ["cities"]),
           "bad": (step: WriteCsv(path: "bad.csv"), from: ["days.rejected"]),
           "x": (step: Limit(count: 1), from: ["days"]),"#,
    ] {
        for (how, told) in told(&shell, nodes) {
            assert_eq!(told.code, 0, "{how}: {nodes}\n{}{}", told.stdout, told.stderr);
        }
    }
    // Nothing is written yet: what is there is looked at.
    shell.pipeline(&format!("{SOURCES}\"x\": (step: Formula(formulas: [(column: \"y\", formula: \"1 / (amount - 20)\")]), from: [\"orders\"]),"));
    let told = shell.call(&["check", "x.pipe.ron", "--exact"]);
    assert!(told.code == 1 && told.stdout.contains("division by zero"), "{told:?}");
}

#[test]
fn a_broken_promise_is_told_long_before_all_rows_are_made_of_it() {
    let shell = shell();
    let rows: String = (0..12_000).map(|at| format!("x,{at}\n")).collect();
    shell.write("same.csv", format!("customer,n\n{rows}"));
    let nodes = r#""same": (step: ReadCsv(path: "same.csv")),
        "x": (step: Join(on: [(left: "customer", right: "customer")], expect: ManyToOne, max_rows: None), from: ["same", "same"]),"#;
    let began = Instant::now();
    for (how, told) in told(&shell, nodes) {
        let all = format!("{}{}", told.stdout, told.stderr);
        assert!(told.code == 1 && all.contains("The first: customer = x, rows = 12000."), "{how}: {all}");
        assert!(!all.contains("A promise about"), "{how}: {all}");
    }
    // 144 million rows would take minutes.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn rejects_are_told_before_the_failure_that_they_cause() {
    let shell = shell();
    shell.write("bad.csv", "n\nx\ny\nz\n");
    let nodes = r#""bad": (step: ReadCsv(path: "bad.csv", types: {"n": Integer})),
        "x": (step: AppendColumns(), from: ["bad", "orders"]),"#;
    for (how, told) in told(&shell, nodes) {
        let all = format!("{}{}", told.stdout, told.stderr);
        let rejects = all.find("3 rows were rejected and nothing takes them. The first: bad.csv line 2, n \"x\"");
        let failure = all.find("different numbers of rows");
        assert_eq!(told.code, 1, "{how}: {all}");
        assert!(rejects.is_some() && failure.is_some() && rejects < failure, "{how}: {all}");
    }
}

#[test]
fn of_a_sample_verdicts_are_warnings_that_say_how_far_they_go() {
    let shell = shell();
    let padding = "words that make lines long ".repeat(4);
    let rows: String = (0..60_000).map(|at| format!("{at},{padding},{}\n", if at == 7 { "no" } else { "1" })).collect();
    shell.write("large.csv", format!("id,words,n\n{rows}"));
    let nodes = r#""large": (step: ReadCsv(path: "large.csv", types: {"n": Text})),
        "x": (step: Convert(columns: [(column: "n", to: Integer)]), from: ["large"]),
        "late": (step: ReadCsv(path: "late.csv")),
        "found": (step: Lookup(on: [(left: "id", right: "id")], columns: [(column: "words")], missing: Reject), from: ["late", "large"]),
        "twins": (step: Union(), from: ["large", "large"]),
        "many": (step: Join(on: [(left: "n", right: "n")], expect: ManyToOne), from: ["same", "large"]),
        "same": (step: ReadCsv(path: "same.csv", types: {"n": Text})),
        "once": (step: Join(on: [(left: "id", right: "id")], expect: ManyToOne), from: ["late", "twins"]),"#;
    shell.write("late.csv", "id\n50000\n");
    shell.write("same.csv", "n\n1\n1\n1\n");
    shell.pipeline(&format!("{SOURCES}{nodes}"));
    let told = shell.call(&["preview", "x.pipe.ron", "x"]);
    assert!(told.code == 0 && told.stdout.contains("words"), "{told:?}");
    assert!(told.stderr.contains("warning in \"x\"") && told.stderr.contains("a run would fail"), "{told:?}");
    let told = shell.call(&["preview", "x.pipe.ron", "x", "--exact"]);
    assert!(told.code == 1 && told.stderr.contains("error in \"x\""), "{told:?}");
    assert!(!told.stderr.contains("sample"), "{told:?}");
    // What has no partner among the first rows has one later.
    let told = shell.call(&["preview", "x.pipe.ron", "found"]);
    assert!(told.code == 0 && told.stderr.contains("of all rows it may not be so"), "{told:?}");
    let told = shell.call(&["preview", "x.pipe.ron", "found", "--exact"]);
    assert!(told.code == 0 && !told.stderr.contains("warning"), "{told:?}");
    // Keys that are equal among the first rows are equal among all.
    let told = shell.call(&["preview", "x.pipe.ron", "once"]);
    assert!(told.code == 0 && told.stderr.contains("warning in \"once\": The keys are not unique"), "{told:?}");
    assert!(told.stderr.contains("a run would fail"), "{told:?}");
    let told = shell.call(&["preview", "x.pipe.ron", "many", "--rows", "1"]);
    assert!(told.code == 0 && told.stderr.contains("1 of 29,997 rows"), "{told:?}");
}

/// Never a text that is the name of a column that has gone, and no other column that only looks like it.
#[test]
fn what_became_of_a_column_is_said_and_the_first_repair_keeps_the_meaning() {
    let shell = Shell::empty();
    shell.write("in.csv", "Customer ID,price_2030,price_2031\na,1,2\n");
    let condition = r##"r#""Customer ID" = 'a'"#"##;
    shell.pipeline(&format!(
        r#""in": (step: ReadCsv(path: "in.csv")),
        "select": (step: Select(columns: [(column: "Customer ID", as: "Client ID"), (column: "price_2031")]), from: ["in"]),
        "few": (step: Limit(count: 5), from: ["select"]),
        "named": (step: Filter(condition: {condition}), from: ["few"]),
        "query": (step: Sql(query: "SELECT \"Customer ID\" FROM few"), from: ["few"]),
        "by": (step: Unique(by: ["Customer ID"]), from: ["few"]),
        "gone": (step: Filter(condition: "price_2030 > 1"), from: ["few"]),
        "never": (step: Filter(condition: {}), from: ["few"]),"#,
        r##"r#""truck" = 'a'"#"##,
    ));
    let told = shell.call(&["check", "x.pipe.ron", "--format", "json"]);
    let problems: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let of = |node: &str| {
        let problem = problems.as_array().unwrap().iter().find(|problem| problem["node"] == node);
        let problem = problem.unwrap_or_else(|| panic!("{node}: {}", told.stdout));
        (problem["suggestion"].as_str().unwrap().to_owned(), problem["replacement"].as_str().map(str::to_owned))
    };
    let renamed = "Renamed to \"Client ID\" in \"select\": use it.".to_owned();
    assert_eq!(of("named"), (renamed.clone(), Some("\"Client ID\"".into())));
    assert_eq!(of("query"), (renamed.clone(), Some("\"Client ID\"".into())));
    assert_eq!(of("by"), (renamed, Some("Client ID".into())));
    assert_eq!(of("gone"), ("\"select\" leaves it out: let it through there, or do without it here.".into(), None));
    assert_eq!(of("never").1, None);
}

/// So many bytes before the last record that it is not among the first ones that are looked at.
fn far_down(record: impl Fn(usize) -> String) -> String {
    (0..20_000).map(record).collect()
}

#[test]
fn a_column_that_only_later_rows_have_is_there_in_a_run() {
    let shell = Shell::empty();
    let first = far_down(|at| format!("{{\"id\":{at},\"note\":\"nothing to be said of this one\"}}\n"));
    shell.write("in.jsonl", format!("{first}{{\"id\":1,\"late\":7}}\n"));
    shell.pipeline(
        r#""in": (step: ReadJson(path: "in.jsonl")),
        "twice": (step: Formula(formulas: [(column: "twice", formula: "late * 2")]), from: ["in"]),
        "some": (step: Filter(condition: "late > 0"), from: ["twice"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["some"]),"#,
    );
    let told = shell.call(&["check", "x.pipe.ron"]);
    assert!(told.code == 2 && told.stdout.contains("later ones may have more columns"), "{}", told.stdout);
    assert_eq!(shell.call(&["check", "--exact", "x.pipe.ron"]).code, 0);
    let told = shell.call(&["run", "x.pipe.ron"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(shell.read("out.csv"), "id,note,late,twice\n1,,7,14\n");
}

#[test]
fn a_run_warns_where_numbers_turn_out_to_be_text() {
    let shell = Shell::empty();
    let first = far_down(|at| format!("{at},nothing to be said of this one\n"));
    shell.write("in.csv", format!("v,note\n{first}-,x\n"));
    shell.pipeline(
        r#""in": (step: ReadCsv(path: "in.csv")),
        "most": (step: GroupBy(aggregations: [(column: "v", function: Max, as: "most")]), from: ["in"]),
        "out": (step: WriteCsv(path: "out.csv"), from: ["most"]),"#,
    );
    let warning = "warning in \"in\": \"v\" is Integer in the first rows, but not in all, and was read as Text.";
    for call in [&["check", "--exact", "x.pipe.ron"][..], &["run", "x.pipe.ron"]] {
        let told = shell.call(call);
        let said = told.stdout + &told.stderr;
        assert!(said.contains(warning), "{said}");
    }
}
