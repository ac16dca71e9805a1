//! The formula language against its own examples, against PostgreSQL's stored answers, and against the rules it states.

#[path = "oracle/formula/mod.rs"]
mod formula;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use pipewright_engine::formula::catalogue::{CATALOGUE, Entry, FORMS, Kind, Nulls};
use pipewright_engine::formula::{DEPARTURES, Expr, Formula, Function, Node, Scope};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;

fn compile(formula: &str) -> Result<Expr, Problem> {
    let (columns, parameters) = (Schema::default(), IndexMap::new());
    Formula::from(formula).compile(&Scope { columns: &columns, parameters: &parameters, now: 1_714_579_200_000_000 })
}

/// What the formula prints; `null`, or why it has no value.
fn answer(formula: &str) -> String {
    let expr = match compile(formula) {
        Ok(expr) => expr,
        Err(problem) => return format!("refused: {problem}"),
    };
    match formula::evaluate(&expr, &[], &Schema::default()) {
        Ok(Value::Null) => "null".into(),
        Ok(value) => value.to_string(),
        Err(reason) => format!("fails: {reason}"),
    }
}

/// As tables show it: a null is nothing, and empty text has quotes.
fn printed(formula: &str) -> String {
    match answer(formula).as_str() {
        "null" => String::new(),
        "" => "''".to_owned(),
        answer => answer.to_owned(),
    }
}

fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    let functions = CATALOGUE.iter().flat_map(|entry| entry.examples);
    functions.chain(FORMS.iter().flat_map(|form| form.examples)).copied()
}

#[test]
fn every_example_gives_what_it_says() {
    let departures = DEPARTURES.iter().map(|departure| departure.example);
    let wrong: Vec<String> = examples()
        .chain(departures)
        .filter(|(formula, expected)| printed(formula) != *expected)
        .map(|(formula, expected)| format!("{formula} is {}, not {expected}", answer(formula)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_function_has_help_an_example_and_names_of_its_own() {
    let mut names = BTreeSet::new();
    for entry in CATALOGUE {
        let Entry { function, help, search, examples, .. } = entry;
        assert!(help.trim().ends_with('.') && !search.is_empty() && !examples.is_empty(), "{function:?}");
        assert_eq!(function.entry().function, *function);
        for name in entry.names.iter().filter(|name| **name != "-" || *function != Function::Negate) {
            assert!(names.insert(*name), "{name} is the name of two functions");
        }
    }
}

/// Formulas that PostgreSQL answers differently, beside the examples of the departures, and what the departure is about.
const EXPLAINED: &[(&str, &str)] = &[
    ("sha256('abc')", "Digests"),
    ("7 / 2", "Division of whole numbers"),
    ("to_char(2.25::float, '999.9')", "Rounding halves of floats"),
    ("concat('a', null, 1, true)", "Truth values in concat"),
    ("generate_series(date '2024-01-31', date '2024-04-30', '1 month')", "Series of dates"),
    ("(array[1, 2, 3, 4])[-2:]", "Negative positions in lists"),
    ("to_timestamp('01/05/2024 17:45', 'DD/MM/YYYY HH24:MI')", "now() and to_timestamp()"),
];

#[test]
fn postgresql_gives_the_same_but_for_the_departures() {
    let stored = postgres();
    let departs = |formula: &str| DEPARTURES.iter().any(|departure| departure.example.0 == formula);
    let explained = |formula: &str| EXPLAINED.iter().any(|(explained, _)| *explained == formula);
    for (formula, about) in EXPLAINED.iter().copied() {
        assert!(DEPARTURES.iter().any(|departure| departure.about == about), "{about}");
        assert!(!agree(&answer(formula), &stored[formula]), "{formula} needs no explanation");
    }
    let mut wrong = Vec::new();
    for formula in examples().map(|(formula, _)| formula).chain(more_formulas()) {
        let theirs = stored.get(formula).unwrap_or_else(|| panic!("run oracle/postgres.py: no answer for {formula}"));
        let ours = answer(formula);
        if !agree(&ours, theirs) && !is_unknown_there(theirs) && !departs(formula) && !explained(formula) {
            wrong.push(format!("{formula} is {ours}, in PostgreSQL {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_departure_departs() {
    let stored = postgres();
    // The language that text is sorted by is a setting, and the stored answers are of a database without one.
    for departure in DEPARTURES.iter().filter(|departure| departure.about != "Order of text") {
        let (formula, ours) = departure.example;
        let theirs = &stored[formula];
        let by_text = formula.ends_with("::text") && ours != theirs;
        assert!(by_text || !agree(ours, theirs), "{formula} is {theirs} in PostgreSQL too");
    }
}

#[test]
fn a_row_that_fails_says_why() {
    for (formula, reason) in [
        ("7 % (3 - 3)", "division by zero"),
        ("9223372036854775807 + 1", "out of range for Integer"),
        ("1e30::integer", "out of range for Integer"),
        ("123456::decimal(5, 0)", "out of range for Decimal(5, 0)"),
        ("date '9999-12-31' + interval '1 day'", "out of range for Timestamp"),
        ("('4' || 'x')::integer", "not Integer"),
        ("('2024-02-30' || '')::date", "not Date"),
        ("make_date(2023, 2, 29)", "no such date or time"),
        ("to_date('30.02.2024', 'DD.MM.YYYY')", "no date as the format says"),
        ("sqrt(-1)", "square root of a negative number"),
        ("ln(0)", "logarithm of a number that is not positive"),
        ("0 ^ -1", "power that is not a real number"),
        ("asin(2)", "number outside what the function is defined for"),
        ("substring('abc', 1, -1)", "negative length"),
        ("split_part('a', ',', 0)", "position zero, where counting starts at one"),
        ("generate_series(1, 9, 3 - 3)", "a step of zero"),
        ("generate_series(1, 1000001)", "list of more than 1000000 elements"),
        ("'{bad' -> 'a'", "not JSON"),
        ("json_array_length('{}')", "JSON that is no list"),
        ("json_object_keys('[]')", "JSON that is no object"),
        ("chr(0)", "no character with this number"),
    ] {
        assert_eq!(answer(formula), format!("fails: {reason}"), "{formula}");
    }
}

#[test]
fn nulls_in_strict_functions_give_null() {
    for entry in CATALOGUE.iter().filter(|entry| entry.nulls == Nulls::Strict) {
        for signature in entry.signatures {
            for hole in (0..signature.parameters.len()).filter(|at| signature.parameters[*at] != Kind::Constant) {
                let mut arguments: Vec<Expr> = signature
                    .parameters
                    .iter()
                    .enumerate()
                    .map(|(at, kind)| sample(*kind, entry.function, at))
                    .collect();
                arguments[hole] = Expr::null(arguments[hole].kind.clone());
                let call = Expr::call(entry.function, arguments).expect("the samples are of the signature");
                let value = formula::evaluate(&call, &[], &Schema::default());
                assert_eq!(value, Ok(Value::Null), "{:?}{signature} with a null at {hole}", entry.function);
            }
        }
    }
}

fn sample(kind: Kind, function: Function, at: usize) -> Expr {
    let constant = match function {
        Function::GenerateSeries => "1 month",
        Function::DateTrunc | Function::DateAdd | Function::DateDiff | Function::DateElapsed => "month",
        Function::NextDay => "Monday",
        Function::ToNumber => "99.9",
        Function::Encode | Function::Decode => "hex",
        Function::Normalize => "NFD",
        Function::ToDate | Function::ToTimestamp => "YYYY-MM-DD",
        Function::ToChar => "9",
        Function::SplitText => "t",
        Function::RegexpSplit | Function::RegexpExtractAll | Function::RegexpMatch => "i",
        Function::RegexpLike | Function::RegexpReplace | Function::RegexpSubstr => "i",
        Function::AddWorkdays | Function::Workdays => "2024-05-01",
        Function::AtZone if at == 2 => "reject",
        Function::AtZone => "UTC",
        Function::AesEncrypt | Function::AesDecrypt if at == 1 => {
            "0100000000000000000000000000000000000000000000000000000000000000"
        }
        Function::StableUuid => "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        _ => "a",
    };
    let list = |value| Value::List(vec![value]);
    Expr::literal(match kind {
        Kind::Boolean => Value::Boolean(true),
        Kind::List | Kind::Integers => list(Value::Integer(2)),
        Kind::Struct => Value::Struct(vec![("a".into(), Value::Integer(2))]),
        Kind::Part => Value::Integer(2),
        Kind::Floats => list(Value::Float(0.5)),
        Kind::Decimals => list(Value::Decimal(25, 1)),
        Kind::Texts => list(Value::text("a")),
        Kind::Dates => list(Value::Date(19_844)),
        Kind::Timestamps => list(Value::Timestamp(1_714_579_200_000_000)),
        Kind::Zoneds => list(Value::TimestampZoned(1_714_579_200_000_000)),
        Kind::Integer | Kind::Any | Kind::Ordered | Kind::Single | Kind::Element => Value::Integer(2),
        Kind::Float => Value::Float(0.5),
        Kind::Decimal => Value::Decimal(25, 1),
        Kind::Text | Kind::Shown => Value::text("a"),
        Kind::Constant => Value::text(constant),
        Kind::Date => Value::Date(19_844),
        Kind::Time => Value::Time(3_600_000_000),
        Kind::Timestamp => Value::Timestamp(1_714_579_200_000_000),
        Kind::Zoned => Value::TimestampZoned(1_714_579_200_000_000),
        Kind::Duration => Value::Duration(60_000_000),
        Kind::Nothing => Value::Null,
    })
}

#[test]
fn what_is_said_not_to_fail_does_not() {
    for formula in examples().map(|(formula, _)| formula).chain(more_formulas()) {
        let Ok(expr) = compile(formula) else { continue };
        let failed = formula::evaluate(&expr, &[], &Schema::default()).is_err();
        assert!(!failed || expr.can_fail(), "{formula} fails");
    }
}

#[test]
fn calls_have_exactly_the_types_of_a_signature() {
    for formula in examples().map(|(formula, _)| formula).chain(more_formulas()) {
        if let Ok(expr) = compile(formula) {
            check_calls(&expr, formula);
        }
    }
}

fn check_calls(expr: &Expr, formula: &str) {
    if let Node::Call { function, arguments } = &expr.node {
        let kinds: Vec<&Type> = arguments.iter().map(|argument| &argument.kind).collect();
        assert!(function.signature(&kinds).is_some(), "{formula}: {function:?} of {kinds:?}");
    }
    if let Node::Literal(value) = &expr.node {
        assert!(value.is_null() || value.kind().common(&expr.kind).is_some(), "{formula}: {value:?} as {}", expr.kind);
    }
    expr.children().into_iter().for_each(|child| check_calls(child, formula));
}

/// For `oracle/postgres.py`.
#[test]
#[ignore = "prints what the script reads"]
fn print_the_formulas() {
    let all = examples().map(|(formula, _)| formula).chain(DEPARTURES.iter().map(|departure| departure.example.0));
    for formula in all.chain(more_formulas()) {
        println!("formula '{}'", formula.replace('\\', "\\\\").replace('\'', "\\'"));
    }
}

fn more_formulas() -> impl Iterator<Item = &'static str> {
    include_str!("oracle/formulas.txt").lines()
}

/// Numbers agree in value, whatever digits they are written with; of errors it is enough that both are.
fn agree(ours: &str, theirs: &str) -> bool {
    if theirs.starts_with("ERROR") {
        return ours.starts_with("fails") || ours.starts_with("refused");
    }
    match (ours.parse::<f64>(), theirs.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b || (a - b).abs() <= 1e-15 * a.abs() || a.is_nan() && b.is_nan(),
        _ => ours == theirs || theirs.starts_with('{') && lists_agree(ours, theirs),
    }
}

/// Our `[1, null]` against PostgreSQL's `{1,NULL}`, element by element. Elements with commas in them are not in the tests.
fn lists_agree(ours: &str, theirs: &str) -> bool {
    let theirs = theirs.replace('{', "[").replace('}', "]").replace("NULL", "null");
    let elements = |list: &str| -> Vec<String> {
        let inner = list.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
        let bare = |element: &str| element.trim().trim_matches('"').to_owned();
        inner.split(',').map(bare).collect()
    };
    let (ours, theirs) = (elements(ours), elements(&theirs));
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| a == b || !a.contains('[') && agree(a, b))
}

fn is_unknown_there(answer: &str) -> bool {
    ["ERROR: function", "ERROR: syntax error", "ERROR: unrecognized encoding"]
        .iter()
        .any(|start| answer.starts_with(start))
}

/// PostgreSQL's answers, by formula.
fn postgres() -> BTreeMap<String, String> {
    let text = include_str!("oracle/postgres.csv");
    let mut result = BTreeMap::new();
    for record in csv_records(text).into_iter().skip(1) {
        result.insert(record[0].clone(), record[1].clone());
    }
    result
}

fn csv_records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            plain => field.push(plain),
        }
    }
    records
}
