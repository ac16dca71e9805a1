//! Pipelines that somebody made to do harm. To check one, or to show its rows, executes nothing, connects to nothing, and writes
//! nothing outside our own folders; and it ends.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shell::{PIPEWRIGHT, Shell, pipeline};
use crate::tools;

/// Places that a file from a stranger might name.
const PATHS: [&str; 25] = [
    "$HOME/.ssh/id_rsa",
    "${HOME}/x",
    "~/.bashrc",
    "%USERPROFILE%\\\\x",
    "`touch pwned`",
    "$(touch pwned)",
    "| touch pwned",
    "; touch pwned",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "/dev/zero",
    "/proc/self/environ",
    "/proc/self/mem",
    "//server/share/x",
    "\\\\\\\\server\\\\share\\\\x",
    "file:///etc/passwd",
    "http://127.0.0.1:9/x",
    "https://example.invalid/x.parquet",
    "s3://bucket/x.parquet",
    "C:\\\\Windows\\\\win.ini",
    "round",
    "pipe",
    "away/x",
    "in.csv!../../x",
    "**/**/**/*",
];

/// Nodes that take a path, as they stand in a file.
fn nodes() -> Vec<String> {
    let reading = ["ReadCsv", "ReadLines", "ReadParquet", "ReadJson", "ReadExcel"];
    let mut nodes = Vec::new();
    for path in PATHS {
        for step in reading {
            nodes.push(format!(
                r#""in": (step: {step}(path: "{path}")), "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#
            ));
        }
        nodes.push(format!(
            r#""in": (step: ReadFolder(folder: "{path}")), "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#
        ));
        nodes.push(format!(
            r#""in": (step: ReadCsv(path: "in.csv")), "out": (step: WriteCsv(path: "{path}"), from: ["in"]),"#
        ));
        nodes.push(format!(
            r#""in": (step: ReadCsv(path: "in.csv")), "kept": (step: Checkpoint(folder: "{path}"), from: ["in"]),
               "out": (step: WriteParquet(path: "out.parquet"), from: ["kept"]),"#
        ));
    }
    nodes
}

/// Whole files, each wrong in a way of its own.
fn files() -> Vec<(&'static str, String)> {
    let chain = |count: usize| {
        (1..count).map(|at| format!("\"n{at}\": (step: Limit(), from: [\"n{}\"]),\n", at - 1)).collect::<String>()
    };
    let inner =
        |text: &str| pipeline(&format!(r#""in": (step: Table(columns: [(name: "a")], rows: [["x"]])), {text}"#));
    let formula = |text: String| {
        inner(&format!("\"f\": (step: Formula(formulas: [(column: \"b\", formula: \"{text}\")]), from: [\"in\"]),"))
    };
    vec![
        ("nothing", String::new()),
        ("a bracket a hundred thousand times", "(".repeat(100_000)),
        ("lists in lists", format!("(version: 1, nodes: {{ \"a\": (step: {}", "[".repeat(50_000))),
        ("a circle", pipeline(r#""a": (step: Limit(), from: ["b"]), "b": (step: Limit(), from: ["a"]),"#)),
        ("a node that reads itself", pipeline(r#""a": (step: Union(), from: ["a", "a"]),"#)),
        ("a long chain", pipeline(&format!("\"n0\": (step: Table()),\n{}", chain(20_000)))),
        (
            "a million nodes",
            pipeline(&(0..1_000_000).map(|at| format!("\"n{at}\": (step: Limit()),\n")).collect::<String>()),
        ),
        (
            "doubled forty times",
            pipeline(&format!(
                "\"n0\": (step: Table(columns: [(name: \"a\")])),\n{}",
                (1..40)
                    .map(|at| format!("\"n{at}\": (step: Union(), from: [\"n{0}\", \"n{0}\"]),\n", at - 1))
                    .collect::<String>()
            )),
        ),
        ("a version of the future", "(version: 4294967295, nodes: {})".to_owned()),
        ("a version beyond numbers", "(version: 99999999999999999999999, nodes: {})".to_owned()),
        (
            "a huge limit",
            inner("\"l\": (step: Limit(skip: 18446744073709551615, count: 18446744073709551615), from: [\"in\"]),"),
        ),
        ("a limit below zero", inner("\"l\": (step: Limit(count: -99999999999999999999), from: [\"in\"]),")),
        (
            "more rows asked for than there are numbers",
            inner("\"g\": (step: GenerateRows(column: \"n\", start: \"1\", end: \"9223372036854775807\")),"),
        ),
        ("nested brackets in a formula", formula(format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000)))),
        ("a formula of a million signs", formula("1+".repeat(500_000) + "1")),
        ("text repeated without end", formula("repeat('x', 2147483647)".to_owned())),
        ("a pattern that goes back", formula("regexp_replace(a, '(x+x+)+y', '')".to_owned())),
        ("a pattern that is huge", formula("a ~ '(a{1000}){1000}'".to_owned())),
        ("a name of a megabyte", pipeline(&format!("\"{}\": (step: Table()),", "n".repeat(1 << 20)))),
        ("a name with an end of text in it", pipeline("\"a\\u{0}b\": (step: Table()),")),
        ("a name that turns writing round", pipeline("\"\u{202e}txt.exe\": (step: Table()),")),
        (
            "a layout far away",
            "(version: 1, nodes: { \"a\": (step: Table()) }, layout: (nodes: { \"a\": (2147483647, -2147483648) }))"
                .to_owned(),
        ),
        (
            "a secret of the environment",
            inner(
                "\"h\": (step: Anonymise(columns: [(column: \"a\", make: Pseudonym, key: \"${secret:PATH}\")]), from: [\"in\"]),",
            ),
        ),
        (
            "a query that reads a file",
            inner("\"q\": (step: Sql(query: \"SELECT * FROM read_csv('/etc/passwd')\"), from: [\"in\"]),"),
        ),
        (
            "a query that copies",
            inner("\"q\": (step: Sql(query: \"COPY x TO PROGRAM 'touch pwned'\"), from: [\"in\"]),"),
        ),
        (
            "many columns",
            pipeline(&format!(
                "\"t\": (step: Table(columns: [{}])),",
                (0..20_000).map(|at| format!("(name: \"c{at}\")")).collect::<Vec<_>>().join(",")
            )),
        ),
    ]
}

/// A folder with what the paths above lead to: a link to itself, one that leads out, and a pipe that nobody writes to.
fn given() -> Shell {
    let shell = Shell::empty();
    shell.write("in.csv", "a,b\n1,2\n");
    symlink("round", shell.path().join("round")).unwrap();
    symlink("/etc", shell.path().join("away")).unwrap();
    let made = Command::new("mkfifo").arg(shell.path().join("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()));
    shell
}

/// A call that must end by itself.
fn ends(mut command: Command, what: &str) {
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("does not end: {what}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(0..=2)), "{code:?}: {what}");
}

#[test]
fn hostile_pipelines_change_nothing_when_they_are_looked_at() {
    let shell = given();
    // Without it, what they change in their folder is seen all the same.
    let traced = Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    let traced = tools::are_there("strace", traced);
    let before = shell.listing();
    let texts = nodes().into_iter().map(|nodes| (nodes.clone(), pipeline(&nodes)));
    let texts = texts.chain(files().into_iter().map(|(name, text)| (name.to_owned(), text)));
    for (at, (what, text)) in texts.enumerate() {
        let file = shell.private().join("x.pipe.ron");
        fs::write(shell.path().join("x.pipe.ron"), &text).unwrap();
        let record = shell.private().join("trace");
        // Some of them under strace: it slows a call down tenfold.
        if traced && at % 20 == 0 {
            for call in [&["check", "x.pipe.ron"][..], &["preview", "x.pipe.ron", "in"]] {
                let mut command = Command::new("strace");
                command.args(["-f", "-qq", "-e", TRACED, "-o"]).arg(&record).arg(PIPEWRIGHT);
                ends(shell.at_home(command, call), &what);
                harmless(&fs::read_to_string(&record).unwrap(), &shell, &what);
            }
        } else {
            ends(shell.command(&["check", "x.pipe.ron"]), &what);
            if at % 5 == 0 {
                ends(shell.command(&["preview", "x.pipe.ron", "in"]), &what);
            }
        }
        fs::remove_file(shell.path().join("x.pipe.ron")).unwrap();
        assert!(!file.exists());
        assert_eq!(shell.listing(), before, "{what}");
    }
}

/// What executes, connects or changes files.
const TRACED: &str = "trace=execve,socket,connect,openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat";

/// Nothing is executed but ourselves, no socket is opened, and what is written lies in our own folders.
fn harmless(trace: &str, shell: &Shell, what: &str) {
    let own = shell.private().to_string_lossy();
    for line in trace.lines().filter(|line| !line.contains("= -1 ") && !line.contains(" resumed>")) {
        let executes = line.contains("execve(") && !line.contains(PIPEWRIGHT) && !line.contains("/proc/self/exe");
        let connects = line.contains("socket(") || line.contains("connect(");
        let changes = ["O_WRONLY", "O_RDWR", "O_CREAT", "creat(", "rename", "link", "mkdir", "truncate(", "chmod"]
            .iter()
            .any(|word| line.contains(word));
        // Folders of our own are removed from within.
        let within = line.contains("unlinkat(") && !line.contains("AT_FDCWD");
        let ours = within || [&*own, "/dev/null", "/dev/tty"].iter().any(|place| line.contains(place));
        assert!(!executes && !connects && (!changes || ours), "{what}\n{line}");
    }
}
