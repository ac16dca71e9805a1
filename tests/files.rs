//! The file format: what is written reads back, what is wrong is named exactly, and nothing a person wrote is lost.

use indexmap::IndexMap;
use pipewright_engine::file::{self, format, read, read_step, write, write_step};
use pipewright_engine::formula::Formula as Text;
use pipewright_engine::nodes::formula::Line;
use pipewright_engine::nodes::{
    AggregateFunction, Aggregation, CATALOG, Filter, Formula, GroupBy, ReadCsv, Step, WriteCsv,
};
use pipewright_engine::pipeline::{Comments, Layout, Link, Node, Note, Parameter, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Column, Type};
use proptest::prelude::*;
use serde::Deserialize;

const VERSION_1: &str = include_str!("files/version_1.pipe.ron");

const SMALL: &str = r#"#![enable(implicit_some, unwrap_variant_newtypes)]
(
    version: 1,
    about: "a test",
    parameters: {
        "day": (kind: Date, default: "2021-08-01"),
    },
    nodes: {
        "plazas": (step: ReadCsv(path: "in/t.csv", header: false, columns: ["id", "at"], types: {"axles": Integer}, skip_lines: 2)),
        "large": (step: Filter(condition: "axles > 2"), from: ["plazas"]),
        "per plaza": (step: GroupBy(by: ["plaza"], aggregations: [(function: Count, as: "n")]), from: ["large"]),
    },
    layout: (
        nodes: {
            "plazas": (40, 120),
        },
        notes: [],
    ),
)
"#;

/// What is typed instead of what, and what a person is told.
const TYPOS: &[(&str, &str, &str)] = &[
    // Kinds and names.
    (
        "Filter(",
        "Fliter(",
        r#"error in "large" (10:25): There is no kind of node called "Fliter". Did you mean "Filter"?"#,
    ),
    ("path:", "pth:", r#"error in "plazas" (9:34): There is no field of ReadCsv called "pth". Did you mean "path"?"#),
    (
        "as: ",
        "name: ",
        r#"error in "per plaza", aggregations[0] (11:85): There is no field of `aggregations[0]` called "name". There are "function", "column", "fraction", "separator", "distinct", "sorted", "weights", "ranked_by", "with", "condition", "as"."#,
    ),
    (
        "function: Count",
        "function: Cuont",
        r#"error in "per plaza", aggregations[0].function (11:78): `aggregations[0].function` can't be Cuont. Did you mean Count?"#,
    ),
    (
        "function: Count",
        "function: \"Count\"",
        r#"error in "per plaza", aggregations[0].function (11:78): `aggregations[0].function` should be a name without quotes, and "Count" is text. Write Count."#,
    ),
    (
        "s\": Integer",
        "s\": Int",
        r#"error in "plazas", types["axles"] (9:107): `types["axles"]` can't be Int. Did you mean Integer?"#,
    ),
    (
        "s\": Integer",
        "s\": String",
        r#"error in "plazas", types["axles"] (9:107): `types["axles"]` can't be String. Did you mean Text?"#,
    ),
    (
        "s\": Integer",
        "s\": Decimal(9)",
        r#"error in "plazas", types["axles"] (9:107): `types["axles"]` takes 2 values in ( ), and 1 is there: Decimal(9)."#,
    ),
    (
        "from: [\"l",
        "form: [\"l",
        r#"error in "per plaza" (11:97): There is no field of a node called "form". Did you mean "from"?"#,
    ),
    (
        "nodes: {\n        \"plazas\": (step",
        "node: {\n        \"plazas\": (step",
        r#"error (8:5): There is no section called "node". Did you mean "nodes"?"#,
    ),
    // Values of the wrong type.
    (
        "header: false",
        "header: \"yes\"",
        r#"error in "plazas", header (9:60): `header` should be true or false, and "yes" is text. Write true."#,
    ),
    (
        "lines: 2",
        "lines: 2.5",
        r#"error in "plazas", skip_lines (9:129): `skip_lines` should be a whole number, 0 or more, and 2.5 is not."#,
    ),
    (
        "lines: 2",
        "lines: \"2\"",
        r#"error in "plazas", skip_lines (9:129): `skip_lines` should be a whole number, 0 or more, and "2" is text. Write 2."#,
    ),
    (
        "by: [\"plaza\"]",
        "by: \"plaza\"",
        r#"error in "per plaza", by (11:41): `by` should be a list in [ ], and "plaza" is text. Write ["plaza"]."#,
    ),
    (
        "from: [\"large\"]",
        "from: \"large\"",
        r#"error in "per plaza", from (11:103): `from` should be a list in [ ], and "large" is text. Write ["large"]."#,
    ),
    (
        "[(function: Count, as: \"n\")]",
        "(function: Count)",
        r#"error in "per plaza", aggregations (11:66): `aggregations` should be a list in [ ], and (function: Count) is a group of fields. Write [(function: Count)]."#,
    ),
    (
        "default: \"2021-08-01\"",
        "default: 2021-08-01",
        r#"error in parameters["day"].default (6:38): `parameters["day"].default` should be text in double quotes, and 2021-08-01 has none. Write "2021-08-01"."#,
    ),
    (
        "(40, 120)",
        "[40, 120]",
        r#"error in layout.nodes["plazas"] (15:23): `layout.nodes["plazas"]` should be 2 values in ( ), and [40, 120] is a list."#,
    ),
    // Quotes, colons, commas.
    (
        "\"in/t.csv\"",
        "in/t.csv",
        r#"error in "plazas", path (9:40): `path` should be text in double quotes, and in/t.csv has none. Write "in/t.csv"."#,
    ),
    (
        "\"in/t.csv\"",
        "'in/t.csv'",
        r#"error in "plazas", path (9:40): `path` should be text in double quotes, and 'in/t.csv' has single ones. Write "in/t.csv"."#,
    ),
    (
        "\"in/t.csv\"",
        "\"in\\data.csv\"",
        r##"error in "plazas", path (9:40): `path` holds a backslash that begins no escape: "in\data.csv". Write / between folders, two backslashes for one, or r#"…"# around text with backslashes."##,
    ),
    ("> 2\")", "> 2)", "error (10:43): The text that begins in line 10 has no closing quote. Write \" after it."),
    (
        "\"a test\"",
        "\"a \"big\" test\"",
        r##"error in about (4:12): The text "a " ends at its second quote, and big follows. Inside text write \" for a quote, or put r#"…"# around the text."##,
    ),
    ("path:", "\"path\":", r#"error in "plazas" (9:34): The field name "path" needs no quotes. Write path."#),
    (
        "path:",
        "path =",
        r#"error in "plazas" (9:34): A `=` stands after path where a colon should. Write path: "in/t.csv"."#,
    ),
    ("path:", "path", r#"error in "plazas" (9:34): A colon is missing after path. Write path: "in/t.csv"."#),
    (
        "\"id\", ",
        "\"id\" ",
        r#"error in "plazas", columns[0] (9:81): A comma is missing after "id" in line 9. Write a comma before "at"."#,
    ),
    ("csv\",", "csv\",,", r#"error in "plazas" (9:51): There is a comma too many. Remove it."#),
    (
        "csv\",",
        "csv\";",
        r#"error in "plazas", path (9:50): A `;` stands where a comma should in line 9. Write a comma."#,
    ),
    (
        "\"axles\": I",
        "axles: I",
        r#"error in "plazas", types (9:98): The name axles needs double quotes. Write "axles"."#,
    ),
    ("\"large\": (", "large: (", r#"error (10:9): The name large needs double quotes. Write "large"."#),
    (
        "[\"plazas\"]),",
        "[\"plazas\"])",
        r#"error in "large" (10:74): A comma is missing after (step: Filter(condition: "axles > 2"), f… in line 10. Write a comma before "per plaza"."#,
    ),
    // Brackets.
    ("> 2\")", "> 2\"", "error (10:18): The `(` in line 10 is not closed. Write `)` before the `}` in line 12."),
    ("> 2\")", "> 2\"))", "error (10:74): Line 10 has a `)` too many. Remove it, or write the `(` that it closes."),
    ("> 2\")", "> 2\"]", "error (10:31): The `(` in line 10 is not closed. Write `)` before the `]` in line 10."),
    (
        "(condition: \"axles > 2\")",
        "{condition: \"a\"}",
        r#"error in "large" (10:25): Filter has its fields in `{`, and they stand in round brackets: Filter{condition: "a"}. Write Filter(…)."#,
    ),
    (
        "(condition: ",
        "(",
        r#"error in "large" (10:32): The value "axles > 2" has no name. Write its field before it, as in condition: "axles > 2"."#,
    ),
    (
        "(step: Filter",
        "(Filter",
        r#"error in "large" (10:19): The value Filter(condition: "axles > 2") has no name. Write its field before it, as in step: Filter(condition: "axles > 2")."#,
    ),
    // What is there twice, and the version.
    (
        "\"large\": (",
        "\"plazas\": (",
        r#"error (10:9): The node name "plazas" is there twice, in line 9 and in line 10. Remove or rename one of them."#,
    ),
    (
        "header:",
        "path: \"b\", header:",
        r#"error in "plazas" (9:52): The field path is there twice, in line 9. Remove or rename one of them."#,
    ),
    (
        "\"large\": (",
        "\"lar.ge\": (",
        r#"error in "lar.ge" (10:9): The node name "lar.ge" holds '.'. Names of nodes have no dots, braces or line breaks."#,
    ),
    (
        "    version: 1,\n",
        "",
        "error: The file does not say its version. Write version: 1, as its first line in the brackets.",
    ),
    (
        "version: 1",
        "version: 2",
        "error (3:14): The file was written by a newer Pipewright: it has version 2, and this one knows 1. Install the newer Pipewright; what this one can't read is kept as it is.",
    ),
];

#[test]
fn mistakes_typed_by_hand_are_named_with_what_to_write_instead() {
    assert_eq!(told(SMALL), Vec::<String>::new());
    for (right, wrong, message) in TYPOS {
        assert_eq!(SMALL.matches(right).count().min(1), 1, "{right}");
        let typed = SMALL.replacen(right, wrong, 1);
        assert_eq!(told(&typed), [*message], "typed: {wrong}");
    }
}

/// All that is wrong in a file, as it is told.
fn told(text: &str) -> Vec<String> {
    let problems = read(text).map_or_else(|problems| problems, |(_, problems)| problems);
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_node_that_cannot_be_read_leaves_the_others_and_is_saved_as_it_was() {
    let text = SMALL
        .replace(
            "Filter(condition: \"axles > 2\"), from: [\"plazas\"]",
            "Sieve( mesh : 3, /* fine */ on: [1,2] ), from: [\"plazas\"], priority: High",
        )
        .replace("by: [\"plaza\"]", "by:\n  [plaza]");
    let (pipeline, problems) = read(&text).unwrap();
    assert_eq!(problems.len(), 3, "a kind, a field, a text without quotes");
    let Step::Broken(broken) = &pipeline.nodes["large"].step else { panic!("it can't be read") };
    assert_eq!(broken.problem, problems[0]);
    assert_eq!(pipeline.nodes["plazas"].step.name(), "ReadCsv");
    assert_eq!(pipeline.nodes["large"].from, [Some(Link::parse("plazas"))], "its wire can be drawn");
    assert_eq!(pipeline.nodes["large"].step.name(), "Sieve");
    let formatted = format(&text).unwrap();
    assert!(formatted.contains(
        "\n        \"large\": (step: Sieve( mesh : 3, /* fine */ on: [1,2] ), from: [\"plazas\"], priority: High),\n"
    ));
    assert!(formatted.contains(
        "(step: GroupBy(by:\n  [plaza], aggregations: [(function: Count, as: \"n\")]), from: [\"large\"]),\n"
    ));
    assert_eq!(format(&formatted).unwrap(), formatted);
}

#[test]
fn files_of_version_1_read_as_they_always_did() {
    let (read, problems) = read(VERSION_1).unwrap();
    assert_eq!(problems, []);
    assert_eq!(read, version_1());
    assert_eq!(write(&read), VERSION_1);
}

fn version_1() -> Pipeline {
    let line = |function, column: &str, r#as: &str| Aggregation {
        function,
        column: column.into(),
        r#as: r#as.into(),
        ..Aggregation::default()
    };
    let sums = GroupBy {
        by: vec!["plaza".into()],
        aggregations: vec![
            line(AggregateFunction::Sum, "paid", "paid"),
            line(AggregateFunction::StandardDeviation, "paid", "spread"),
        ],
        ..GroupBy::default()
    };
    let count = GroupBy {
        by: vec!["plaza".into()],
        aggregations: vec![line(AggregateFunction::Count, "", "vehicles")],
        ..GroupBy::default()
    };
    let plazas = ReadCsv {
        path: "tolldata.tgz!tollplaza-data.tsv".into(),
        header: Some(false),
        columns: ["id", "at", "axles", "paid", "plaza"].map(String::from).into(),
        types: IndexMap::from([
            ("at".into(), Type::TimestampZoned("Europe/Berlin".into())),
            ("paid".into(), Type::Decimal(10, 2)),
        ]),
        delimiter: Some("\t".into()),
        null_words: vec!["n/a".into(), "${secret:NAME}".into()],
        ..ReadCsv::default()
    };
    let filter = Filter { condition: Text::from("axles > 2 AND \"at\"::date = :day"), ..Filter::default() };
    let tax = Line { column: "tax".into(), formula: Text::from("round(paid * 0.19, 2)") };
    let node = |step, from: &[&str]| Node {
        step,
        from: from.iter().map(|link| (!link.is_empty()).then(|| Link::parse(link))).collect(),
        ..Node::default()
    };
    let nodes = [
        ("plazas", node(Step::ReadCsv(plazas), &[])),
        ("large", node(Step::Filter(filter), &["plazas"])),
        ("per plaza", node(Step::GroupBy(count), &["large"])),
        (
            "sums",
            Node { about: "Its first port has no wire".into(), ..node(Step::GroupBy(sums), &["", "large.false"]) },
        ),
        (
            "taxed",
            Node {
                about: "Two lines\nabout one node".into(),
                muted: true,
                ..node(Step::Formula(Formula { formulas: vec![tax], ..Formula::default() }), &["sums"])
            },
        ),
        (
            "report \"A\"",
            node(Step::WriteCsv(WriteCsv { path: "out/{day}.csv".into(), ..WriteCsv::default() }), &["per plaza"]),
        ),
    ];
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    Pipeline {
        about: "Everything that a file of version 1 can hold.\n\nA second paragraph, with \"quotes\".".into(),
        parameters: IndexMap::from([
            ("day".into(), Parameter { kind: Type::Date, default: Some("2021-08-01".into()), about: String::new() }),
            (
                "least".into(),
                Parameter { kind: Type::Decimal(10, 2), default: None, about: "No default: it must be given".into() },
            ),
        ]),
        nodes: nodes.into_iter().map(|(name, node)| (name.to_owned(), node)).collect(),
        layout: Layout {
            nodes: IndexMap::from([("plazas".into(), (40, 120)), ("large".into(), (-280, 0))]),
            notes: vec![Note { at: (10, 20), size: (200, 80), text: "Nights are missing".into() }],
        },
        comments: Comments {
            head: lines(&["// Kept for ever: every file of version 1 must go on to read like this one."]),
            sections: IndexMap::from([
                ("parameters".into(), lines(&["// What can be set from outside."])),
                ("layout".into(), lines(&["// Where things stand."])),
            ]),
            nodes: IndexMap::from([(
                "plazas".into(),
                lines(&["// Straight from the archive.", "/* A comment", "   of two lines. */"]),
            )]),
            misplaced: Vec::new(),
        },
        ..Pipeline::default()
    }
}

#[test]
fn the_samples_are_in_the_one_form() {
    for sample in [
        include_str!("../samples/orders/orders.pipe.ron"),
        include_str!("../samples/temperature/temperature.pipe.ron"),
        include_str!("../samples/toll/toll.pipe.ron"),
    ] {
        assert_eq!(told(sample), Vec::<String>::new());
        assert_eq!(format(sample).unwrap(), sample);
    }
}

#[test]
fn a_comment_that_would_be_lost_is_refused_with_its_line() {
    for (place, with, line) in [
        ("Filter(", "Filter( /* big ones */ ", 10),
        ("[\"plazas\"]),", "[\"plazas\"]), // big ones", 10),
        ("\"n\")]), from: [\"large\"]),\n", "\"n\")]), from: [\"large\"]),\n        // the end\n", 12),
        ("        \"day\"", "        // one day\n        \"day\"", 6),
        ("    \"large\"", "    /* big */ \"large\"", 10),
        ("\n)\n", "\n)\n// bye\n", 20),
    ] {
        let text = SMALL.replacen(place, with, 1);
        assert_ne!(text, SMALL);
        let (pipeline, _) = read(&text).unwrap();
        assert_eq!(pipeline.comments.misplaced, [line], "{with}");
        let problems = format(&text).unwrap_err();
        assert!(problems[0].message.contains(&format!("line {line} would be lost")), "{}", problems[0]);
    }
    assert_eq!(format(&SMALL.replace("'", "// not a comment")).unwrap().matches("//").count(), 0);
}

#[test]
fn what_a_newer_program_wrote_can_be_looked_at_but_not_formatted() {
    let newer = SMALL.replace("version: 1", "version: 2").replace("Filter(condition: \"axles > 2\")", "Sieve(mesh: 3)");
    let (pipeline, problems) = read(&newer).unwrap();
    assert!(problems[0].message.contains("newer Pipewright") && problems[0].is_error());
    assert_eq!(pipeline.nodes["large"].step.name(), "Sieve");
    assert!(format(&newer).is_err());
    assert!(write(&pipeline).contains("version: 2,"), "and is not saved as if it were of this version");
}

#[test]
fn windows_line_ends_and_a_mark_at_the_beginning_change_nothing() {
    let windows = format!("\u{feff}{}", VERSION_1.replace('\n', "\r\n"));
    assert_eq!(read(&windows).unwrap().0, version_1());
}

#[test]
fn brackets_stand_inside_each_other_only_so_deep() {
    let deep = SMALL.replace("Integer", &format!("{}Text{}", "List(".repeat(50_000), ")".repeat(50_000)));
    assert_eq!(told(&deep), ["error (9:406): More than 64 brackets stand inside each other."]);
}

#[test]
fn a_step_alone_goes_to_text_and_back() {
    let step = Step::Filter(Filter { condition: Text::from("name = \"it's\""), ..Filter::default() });
    assert_eq!(write_step(&step), "Filter(condition: r#\"name = \"it's\"\"#)");
    assert_eq!(read_step(&write_step(&step)).unwrap(), step);
    assert_eq!(read_step("Filtre()").unwrap_err().replacement.as_deref(), Some("Filter"));
    assert!(read_step("").is_err() && read_step("Filter() Filter()").is_err());
}

/// A file as the `ron` crate reads it by itself.
#[derive(Debug, PartialEq, Deserialize)]
struct Plain {
    version: u32,
    #[serde(default)]
    about: String,
    #[serde(default)]
    parameters: IndexMap<String, Parameter>,
    nodes: IndexMap<String, PlainNode>,
    #[serde(default)]
    layout: Layout,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainNode {
    step: Step,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    about: String,
    #[serde(default)]
    muted: bool,
}

fn plain(pipeline: &Pipeline) -> Plain {
    let node = |node: &Node| PlainNode {
        step: node.step.clone(),
        from: node.from.iter().map(|link| link.as_ref().map(ToString::to_string).unwrap_or_default()).collect(),
        about: node.about.clone(),
        muted: node.muted,
    };
    let Pipeline { version, about, parameters, nodes, layout, .. } = pipeline.clone();
    let nodes = nodes.iter().map(|(name, one)| (name.clone(), node(one))).collect();
    Plain { version, about, parameters, nodes, layout }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z \"\\\\\n#'/*\u{202e}é]{0,60}", "[a-z]{1,8}"]
}

fn kinds() -> impl Strategy<Value = Type> {
    let plain = prop_oneof![
        Just(Type::Text),
        Just(Type::Integer),
        (1..38u8, 0..9u8).prop_map(|(digits, scale)| Type::Decimal(digits, scale)),
        words().prop_map(Type::TimestampZoned),
    ];
    plain.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|kind| Type::List(Box::new(kind))),
            prop::collection::vec((words(), inner), 0..3).prop_map(|fields| Type::Struct(
                fields.into_iter().map(|(name, kind)| Column::new(name, kind)).collect()
            )),
        ]
    })
}

/// Every kind of node with its defaults, every example of each, and some with parameters that nobody would think of.
fn steps() -> impl Strategy<Value = Step> {
    let known: Vec<Step> = CATALOG
        .iter()
        .flat_map(|kind| (kind.examples)().into_iter().map(|example| example.node).chain([(kind.step)()]))
        .collect();
    let filter = words().prop_map(|text| Step::Filter(Filter { condition: Text(text), ..Filter::default() }));
    let read = (words(), prop::collection::vec(words(), 0..4), prop::collection::vec((words(), kinds()), 0..4))
        .prop_map(|(path, columns, types)| {
            let types = types.into_iter().collect();
            Step::ReadCsv(ReadCsv {
                path: path.as_str().into(),
                columns,
                types,
                header: Some(true),
                ..ReadCsv::default()
            })
        });
    prop_oneof![4 => prop::sample::select(known), 1 => filter, 2 => read]
}

fn pipelines() -> impl Strategy<Value = Pipeline> {
    let names = || words().prop_map(|name| format!("n{}", name.replace(['.', '{', '}', '\n', '\r'], "")));
    let link = (names(), prop::option::of("[a-z_]{1,9}")).prop_map(|(node, output)| Link { node, output });
    let from = prop::collection::vec(prop::option::weighted(0.8, link), 0..4).prop_map(|mut from| {
        while from.last().is_some_and(Option::is_none) {
            from.pop();
        }
        from
    });
    let node = (steps(), from, words(), any::<bool>()).prop_map(|(step, from, about, muted)| Node {
        step,
        from,
        about,
        muted,
    });
    let parameter = (kinds(), prop::option::of(words()), words()).prop_map(|(kind, default, about)| Parameter {
        kind,
        default,
        about,
    });
    let place = || (any::<i32>(), any::<i32>());
    let note = (place(), place(), words()).prop_map(|(at, size, text)| Note { at, size, text });
    let comment = "[a-zé\"'(]{0,9}".prop_map(|text| vec![format!("// {text}").trim_end().to_owned()]);
    (
        words(),
        prop::collection::vec((words(), parameter), 0..3),
        prop::collection::vec((names(), node, prop::option::of(comment)), 0..5),
        prop::collection::vec((names(), place()), 0..3),
        prop::collection::vec(note, 0..3),
    )
        .prop_map(|(about, parameters, nodes, places, notes)| Pipeline {
            about,
            parameters: parameters.into_iter().collect(),
            comments: Comments {
                nodes: nodes.iter().filter_map(|(name, _, comment)| Some((name.clone(), comment.clone()?))).collect(),
                ..Comments::default()
            },
            nodes: nodes.into_iter().map(|(name, node, _)| (name, node)).collect(),
            layout: Layout { nodes: places.into_iter().collect(), notes },
            ..Pipeline::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_and_is_what_ron_reads(pipeline in pipelines()) {
        let text = write(&pipeline);
        let (back, problems) = read(&text).unwrap();
        prop_assert_eq!(problems, []);
        prop_assert_eq!(&back, &pipeline);
        prop_assert_eq!(write(&back), text.clone());
        prop_assert_eq!(ron::from_str::<Plain>(&text).unwrap(), plain(&pipeline));
    }

    #[test]
    fn a_damaged_file_is_told_or_read_and_never_changes_by_formatting_twice(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..9usize, "[a-z\"(){}\\[\\],:#/*'\\\\]{0,3}"), 1..4)
    ) {
        let mut text: Vec<char> = VERSION_1.chars().collect();
        for (at, length, with) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, with.chars());
        }
        let text: String = text.into_iter().collect();
        match read(&text) {
            Err(problems) => prop_assert!(problems.iter().any(Problem::is_error)),
            Ok((pipeline, _)) => {
                let once = write(&pipeline);
                let (again, _) = read(&once).map_err(|problems| TestCaseError::fail(format!("{problems:?}\n{once}")))?;
                prop_assert_eq!(write(&again), once);
            }
        }
        prop_assert!(file::read_step(&text).is_err());
    }
}
