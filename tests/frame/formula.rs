//! Formulas on Polars mean what the plain evaluator says, row by row: every example, every function on values at the edges, and
//! formulas put together at random.

use indexmap::IndexMap;
use pipewright_engine::formula::catalogue::{CATALOGUE, FORMS, Kind, Signature};
use pipewright_engine::formula::{Expr, FIRST_DAY, Formula, Function, LAST_DAY, Node, Scope};
use pipewright_engine::plan::{Computed, Entry, Op, Plan, Rows};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Storage, Type};
use pipewright_engine::value::{DAY_MICROS, Value};
use pipewright_runner::convert;
use pipewright_runner::host::Cancel;
use pipewright_runner::lower::{SourceOutput, Tables, lower};
use polars::prelude::{Engine, LazyFrame};

use crate::oracle::formula as oracle;

#[test]
fn every_example_gives_what_it_says() {
    let functions = CATALOGUE.iter().flat_map(|entry| entry.examples);
    let table = Table { schema: Schema::of([("id", Type::Integer)]), rows: vec![vec![Value::Integer(1)]; 2] };
    let (columns, parameters) = (Schema::default(), IndexMap::new());
    let scope = Scope { columns: &columns, parameters: &parameters, now: 1_714_579_200_000_000 };
    let mut wrong = Vec::new();
    for (formula, expected) in functions.chain(FORMS.iter().flat_map(|form| form.examples)) {
        let expr = Formula::from(*formula).compile(&scope).unwrap();
        for outcome in on_polars(&expr, &table) {
            let printed = match outcome {
                Ok(Value::Text(text)) if text.is_empty() => "''".to_owned(),
                Ok(value) => value.to_string(),
                Err(reason) => format!("fails: {reason}"),
            };
            if printed != *expected {
                wrong.push(format!("{formula} is {printed}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_compared_with_postgresql_means_the_same() {
    let table = Table { schema: Schema::of([("id", Type::Integer)]), rows: vec![vec![Value::Integer(1)]] };
    let parameters = IndexMap::new();
    let scope = Scope { columns: &table.schema, parameters: &parameters, now: 0 };
    let mut wrong = Vec::new();
    for formula in include_str!("../oracle/formulas.txt").lines() {
        if let Ok(expr) = Formula::from(formula).compile(&scope) {
            compare(&expr, &table, &mut wrong);
        }
    }
    tell(&wrong);
}

#[test]
fn every_function_means_the_same_at_the_edges() {
    let mut random = Random(7);
    let mut wrong = Vec::new();
    // The names and values of a struct take turns, which no signature says. Series between edges are too long to compare.
    let apart = [Function::NamedStruct, Function::GenerateSeries];
    for entry in CATALOGUE.iter().filter(|entry| !apart.contains(&entry.function)) {
        for signature in entry.signatures {
            for kinds in concrete(signature) {
                for constants in constants(entry.function, &kinds) {
                    let (expr, table) = call(entry.function, &kinds, &constants, &mut random);
                    compare(&expr, &table, &mut wrong);
                    // Polars has other ways for constants.
                    let constants = table.schema.0.last().map_or(vec![], |column| edges(&column.kind));
                    for constant in constants.into_iter().skip(random.below(3)).step_by(3) {
                        compare(&with_last(&expr, constant), &table, &mut wrong);
                    }
                }
            }
        }
    }
    tell(&wrong);
}

#[test]
fn every_cast_means_the_same_at_the_edges() {
    let kinds = [
        Type::Boolean,
        Type::Integer,
        Type::Float,
        Type::Decimal(38, 2),
        Type::Decimal(6, 4),
        Type::Decimal(38, 0),
        Type::Text,
        Type::Date,
        Type::Time,
        Type::Timestamp,
        Type::TimestampZoned("UTC".into()),
        Type::Duration,
    ];
    let mut wrong = Vec::new();
    for from in &kinds {
        let mut rows: Vec<Vec<Value>> = edges(from).into_iter().map(|value| vec![value]).collect();
        if from.is_text() {
            let printed: Vec<Value> =
                kinds.iter().flat_map(edges).map(|value| Value::text(value.to_string())).collect();
            rows.extend(printed.into_iter().map(|value| vec![value]));
        }
        let table = Table { schema: Schema::of([("a", from.clone())]), rows };
        for to in &kinds {
            let Ok(expr) = Expr::column(&table.schema.0[0]).cast(to.clone()) else { continue };
            compare(&expr, &table, &mut wrong);
            let Node::Cast { value, .. } = expr.node else { continue };
            compare(&Expr { kind: to.clone(), node: Node::Cast { value, lenient: true } }, &table, &mut wrong);
        }
    }
    tell(&wrong);
}

#[test]
fn formulas_put_together_at_random_mean_the_same() {
    let mut random = Random(2024);
    let schema = Schema::of(NAMES.into_iter().zip(column_kinds()));
    let rows = (0..60).map(|_| schema.0.iter().map(|column| random.pick(&edges(&column.kind))).collect()).collect();
    let table = Table { schema, rows };
    let mut wrong = Vec::new();
    for _ in 0..400 {
        let kind = random.pick(&column_kinds());
        compare(&formula(&kind, 3, &table.schema, &mut random), &table, &mut wrong);
    }
    tell(&wrong);
}

#[test]
fn narrow_columns_are_widened_before_anything_is_computed() {
    let mut schema = Schema::of([("a", Type::Integer), ("b", Type::Float), ("c", Type::Text), ("d", Type::Timestamp)]);
    let storages = [Storage::Int8, Storage::Float32, Storage::Dictionary, Storage::Milliseconds];
    schema.0.iter_mut().zip(storages).for_each(|(column, storage)| column.storage = Some(storage));
    let row = vec![Value::Integer(100), Value::Float(0.5), Value::text("b"), Value::Timestamp(-1_000)];
    let table = Table { schema, rows: vec![row, vec![Value::Null; 4]] };
    let parameters = IndexMap::new();
    let scope = Scope { columns: &table.schema, parameters: &parameters, now: 0 };
    let mut wrong = Vec::new();
    for formula in ["a + a", "a * 100", "b / 3", "c < 'a'", "c || a", "d + interval '1 day'", "d::text", "second(d)"] {
        compare(&Formula::from(formula).compile(&scope).unwrap(), &table, &mut wrong);
    }
    tell(&wrong);
}

#[test]
fn long_lists_are_searched_as_short_ones_are() {
    let rows =
        edges(&Type::Integer).into_iter().map(|value| vec![value.clone(), Value::text(value.to_string())]).collect();
    let table = Table { schema: Schema::of([("a", Type::Integer), ("b", Type::Text)]), rows };
    let parameters = IndexMap::new();
    let scope = Scope { columns: &table.schema, parameters: &parameters, now: 0 };
    let mut wrong = Vec::new();
    for formula in [
        "a in (1, 2, 3, 4, 5, 6, 7, 8)",
        "a not in (1, 2, 3, 4, 5, 6, 7, null)",
        "b in ('1', '2', '3', '4', '5', '6', '', null)",
        "b not in ('1', '2', '3', '4', '5', '6', '65', '')",
    ] {
        compare(&Formula::from(formula).compile(&scope).unwrap(), &table, &mut wrong);
    }
    tell(&wrong);
}

#[test]
fn series_go_up_and_down_and_end_where_they_must() {
    let kinds = [Type::Integer, Type::Date, Type::Timestamp, Type::TimestampZoned("UTC".into())];
    let names = ["a", "b", "c", "d"];
    let value = |kind: &Type, at: i64| match kind {
        Type::Integer => Value::Integer(if at == 9 { i64::MAX } else { at }),
        Type::Date => Value::Date(if at == 9 { LAST_DAY } else { 19_843 + 17 * at as i32 }),
        Type::Timestamp => Value::Timestamp((19_843 + at) * DAY_MICROS + at),
        _ => Value::TimestampZoned((19_843 + at) * DAY_MICROS),
    };
    let mut wrong = Vec::new();
    for (name, kind) in names.iter().zip(&kinds) {
        let mut schema = Schema::of([(*name, kind.clone()), ("end", kind.clone()), ("step", Type::Integer)]);
        schema.0.push(Column::new("time", Type::Duration));
        let ends = [-40, -3, 0, 2, 5, 9];
        let pairs =
            ends.iter().flat_map(|a| ends.iter().map(move |b| (*a, *b))).filter(|(a, b)| (*b == 9) == (*a == 9));
        let rows = pairs.enumerate().map(|(at, (a, b))| {
            let step = [1, -1, 0, 7, -3, i64::MAX][at % 6];
            vec![value(kind, a), value(kind, b), Value::Integer(step), Value::Duration(step % 8 * 40_000_000_000)]
        });
        let mut table = Table { schema, rows: rows.collect() };
        let first = table.rows[0].clone();
        table.rows.extend((0..4).map(|hole| {
            let mut row = first.clone();
            row[hole] = Value::Null;
            row
        }));
        let parameters = IndexMap::new();
        let scope = Scope { columns: &table.schema, parameters: &parameters, now: 0 };
        let steps = [
            ", \"end\"",
            ", \"end\", step",
            ", \"end\", '1 month'",
            ", \"end\", interval '-2 weeks'",
            ", \"end\", \"time\"",
        ];
        for step in steps {
            let formula = format!("generate_series({name}{step})");
            if let Ok(expr) = Formula::from(formula.as_str()).compile(&scope) {
                compare(&expr, &table, &mut wrong);
            }
        }
    }
    tell(&wrong);
}

#[test]
fn no_rows_give_no_rows() {
    let table = Table::empty(Schema::of([("a", Type::Integer), ("b", Type::Text)]));
    let parameters = IndexMap::new();
    let scope = Scope { columns: &table.schema, parameters: &parameters, now: 0 };
    for formula in ["1 / 0", "a + 1", "case when a > 1 then b::integer else div(1, 0) end", "lpad(b, a)", "7"] {
        assert_eq!(on_polars(&Formula::from(formula).compile(&scope).unwrap(), &table), [], "{formula}");
    }
}

#[test]
fn a_list_fails_with_its_first_value_that_does() {
    let list = |texts: &[&str]| vec![Value::List(texts.iter().map(|text| Value::text(*text)).collect())];
    let kind = |kind| Type::List(Box::new(kind));
    let rows = vec![list(&["1", " 2"]), list(&["3", "many"]), list(&[]), vec![Value::Null]];
    let table = Table { schema: Schema::of([("a", kind(Type::Text))]), rows };
    let expr = Expr::column(&table.schema.0[0]).cast(kind(Type::Integer)).unwrap();
    let expected = [
        Ok(Value::List(vec![Value::Integer(1), Value::Integer(2)])),
        Err("not Integer".to_owned()),
        Ok(Value::List(vec![])),
        Ok(Value::Null),
    ];
    assert_eq!(on_polars(&expr, &table), expected);
}

#[test]
fn lists_and_structs_are_compared_whole() {
    let list = |values: &[Value]| Value::List(values.to_vec());
    let pair = |a: Value, b: Value| Value::Struct(vec![("x".into(), a), ("y".into(), b)]);
    let (one, two, null) = (Value::Integer(1), Value::Integer(2), Value::Null);
    let lists = [
        list(std::slice::from_ref(&one)),
        list(&[one.clone(), two.clone()]),
        list(std::slice::from_ref(&null)),
        list(&[]),
        null.clone(),
    ];
    let pairs = [pair(one.clone(), two.clone()), pair(one, null.clone()), pair(two, null.clone()), null];
    let fields = vec![Column::new("x", Type::Integer), Column::new("y", Type::Integer)];
    let mut wrong = Vec::new();
    for (kind, values) in [(Type::List(Box::new(Type::Integer)), &lists[..]), (Type::Struct(fields), &pairs[..])] {
        let rows = values.iter().flat_map(|a| values.iter().map(|b| vec![a.clone(), b.clone()])).collect();
        let table = Table { schema: Schema::of([("a", kind.clone()), ("b", kind)]), rows };
        let both = || table.schema.0.iter().map(Expr::column).collect();
        for function in [Function::Eq, Function::Ne, Function::IsDistinct, Function::NullIf, Function::Coalesce] {
            compare(&Expr::call(function, both()).unwrap(), &table, &mut wrong);
        }
    }
    tell(&wrong);
}

#[test]
fn clocks_that_are_put_forward_and_back_leave_rows_that_fail() {
    // 2024-03-31 02:30 was skipped in Berlin, 2024-10-27 02:30 was twice, 2024-07-01 12:00 was 10:00 in Greenwich.
    let instants = ["2024-03-31 02:30", "2024-10-27 02:30", "2024-07-01 12:00"];
    let rows = instants.iter().map(|text| vec![Value::parse(text, &Type::Timestamp).unwrap()]).collect();
    let table = Table { schema: Schema::of([("a", Type::Timestamp)]), rows };
    let zoned = Expr::column(&table.schema.0[0]).cast(Type::TimestampZoned("Europe/Berlin".into())).unwrap();
    let never = || Err("02:30 never happens on 2024-03-31 in Europe/Berlin: say earliest or latest".to_owned());
    let twice = || Err("02:30 happens twice on 2024-10-27 in Europe/Berlin: say earliest or latest".to_owned());
    let noon = Value::parse("2024-07-01 10:00Z", &Type::TimestampZoned("UTC".into())).unwrap();
    assert_eq!(on_polars(&zoned, &table), [never(), twice(), Ok(noon)]);
    let back = zoned.cast(Type::Timestamp).unwrap();
    assert_eq!(on_polars(&back, &table), [never(), twice(), Ok(table.rows[2][0].clone())]);
}

#[test]
fn a_pattern_that_is_none_is_the_users_problem() {
    let column = Expr::column(&Column::new("a", Type::Text));
    let problem = Expr::call(Function::RegexpLike, vec![column, Expr::literal(Value::text("("))]).unwrap_err();
    assert_eq!(problem.message, "The regular expression \"(\" can't be read: unclosed group.");
}

/// Nothing is read from anywhere.
struct Nothing;

impl Tables for Nothing {
    fn source(&self, node: &str, _output: SourceOutput) -> Result<LazyFrame, Problem> {
        Err(Problem::new(node))
    }

    fn kept(&self, node: &str, _output: usize) -> Result<LazyFrame, Problem> {
        Err(Problem::new(node))
    }

    fn secret(&self, _name: &str) -> Option<String> {
        None
    }
}

type Outcome = Result<Value, String>;

/// The value of a formula in every row of a table, or why there is none.
fn on_polars(expr: &Expr, table: &Table) -> Vec<Outcome> {
    let frame = lowered(expr, table).unwrap_or_else(|problem| panic!("{expr:?}: {problem}"));
    let result = frame.collect_with_engine(Engine::Streaming).unwrap_or_else(|error| panic!("{expr:?}: {error}"));
    let result = convert::table(&result.unwrap_single()).unwrap();
    assert_eq!(result.schema.column(RESULT).unwrap().kind, expr.kind, "{expr:?}");
    let column = |name: &str| result.column(name).unwrap();
    let (values, reasons) = (column(RESULT), column(pipewright_engine::plan::FAILED_REASON));
    let outcome = |(value, reason): (&Value, &Value)| match reason {
        Value::Null => Ok(value.clone()),
        reason => {
            assert!(value.is_null(), "{expr:?} fails and is {value}");
            Err(reason.to_string())
        }
    };
    values.into_iter().zip(reasons).map(outcome).collect()
}

const RESULT: &str = "result";

fn lowered(expr: &Expr, table: &Table) -> Result<LazyFrame, Problem> {
    let entry = |op, inputs| Entry { op, inputs, schema: table.schema.clone(), node: "formula".into() };
    let columns = vec![Computed::new(RESULT, expr.clone())];
    let entries =
        vec![entry(Op::Inline(table.clone()), vec![]), entry(Op::Derive { columns, failures: true }, vec![Rows(0)])];
    let plan = Plan { entries, ..Plan::default() };
    let lowered = lower(&plan, &[1, 1], &[], &Nothing, &Cancel::default())?;
    Ok(lowered.frame(Rows(1)).unwrap().clone())
}

fn compare(expr: &Expr, table: &Table, wrong: &mut Vec<String>) {
    let ours = on_polars(expr, table);
    let mut told = 0;
    for (row, ours) in table.rows.iter().zip(ours) {
        let expected = oracle::evaluate(expr, row, &table.schema);
        assert!(expected.is_ok() || expr.can_fail(), "{expr:?} of {row:?} fails");
        // As printed for debugging, in which NaN equals itself and 0 is not -0.
        if format!("{ours:?}") != format!("{expected:?}") && told < 3 {
            wrong.push(format!("{} of {row:?}\n  is {ours:?}\n  not {expected:?}", shown(expr)));
            told += 1;
        }
    }
}

fn tell(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// A formula in short.
fn shown(expr: &Expr) -> String {
    let list = |parts: &[Expr]| parts.iter().map(shown).collect::<Vec<_>>().join(", ");
    match &expr.node {
        Node::Column(name) => format!("{name}:{}", expr.kind),
        Node::Literal(value) => format!("{value:?}"),
        Node::Cast { value, lenient } => {
            format!("{}::{}{}", shown(value), if *lenient { "try " } else { "" }, expr.kind)
        }
        Node::Case { .. } => {
            format!("case({})", expr.children().into_iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        Node::Call { function, arguments } => format!("{function:?}({})", list(arguments)),
    }
}

const NAMES: [&str; 16] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];

fn column_kinds() -> Vec<Type> {
    vec![
        Type::Boolean,
        Type::Integer,
        Type::Float,
        Type::Decimal(38, 2),
        Type::Decimal(6, 4),
        Type::Text,
        Type::Date,
        Type::Time,
        Type::Timestamp,
        Type::TimestampZoned("UTC".into()),
        Type::Duration,
        Type::Boolean,
        Type::Integer,
        Type::Float,
        Type::Text,
        Type::Date,
    ]
}

/// The types that a parameter stands for here.
fn kinds_of(parameter: Kind) -> Vec<Type> {
    match parameter {
        Kind::Boolean => vec![Type::Boolean],
        Kind::Integer => vec![Type::Integer],
        Kind::Float => vec![Type::Float],
        Kind::Decimal => vec![Type::Decimal(38, 2), Type::Decimal(6, 4), Type::Decimal(38, 0), Type::Decimal(38, 18)],
        Kind::Text | Kind::Shown | Kind::Constant => vec![Type::Text],
        Kind::Date => vec![Type::Date],
        Kind::Time => vec![Type::Time],
        Kind::Timestamp => vec![Type::Timestamp],
        Kind::Zoned => vec![Type::TimestampZoned("UTC".into())],
        Kind::Duration => vec![Type::Duration],
        Kind::Nothing => vec![Type::Null],
        Kind::Integers => lists(&[Type::Integer]),
        Kind::Floats => lists(&[Type::Float]),
        Kind::Decimals => lists(&[Type::Decimal(38, 2), Type::Decimal(6, 4)]),
        Kind::Texts => lists(&[Type::Text]),
        Kind::Dates => lists(&[Type::Date]),
        Kind::Timestamps => lists(&[Type::Timestamp]),
        Kind::Zoneds => lists(&[Type::TimestampZoned("UTC".into())]),
        Kind::List => lists(&column_kinds()[..11]),
        Kind::Struct => vec![Type::Struct(vec![Column::new("a", Type::Integer), Column::new("b", Type::Text)])],
        Kind::Part => vec![Type::Integer],
        Kind::Any | Kind::Ordered | Kind::Single | Kind::Element => column_kinds()[..11].to_vec(),
    }
}

fn lists(kinds: &[Type]) -> Vec<Type> {
    kinds.iter().map(|kind| Type::List(Box::new(kind.clone()))).collect()
}

/// The types of the arguments of a call, and none for constants. Any type is the same in all of its places.
fn concrete(signature: &Signature) -> Vec<Vec<Option<Type>>> {
    let parameters: Vec<Kind> = signature.parameters.iter().copied().chain(signature.rest).collect();
    let shared = |kind: &Kind| matches!(kind, Kind::Any | Kind::Ordered | Kind::List | Kind::Element);
    let plain = |kind: &Type| if let Type::List(inner) = kind { (**inner).clone() } else { kind.clone() };
    let mut all: Vec<Vec<Option<Type>>> = vec![vec![]];
    for (at, parameter) in parameters.iter().enumerate() {
        let first = parameters.iter().position(shared).filter(|first| *first < at && shared(parameter));
        all = all
            .into_iter()
            .flat_map(|kinds| {
                let choices = match (first, parameter) {
                    (Some(first), Kind::List) => {
                        kinds[first].iter().flat_map(|kind| lists(&[plain(kind)])).map(Some).collect()
                    }
                    (Some(first), Kind::Element) => vec![kinds[first].as_ref().map(plain)],
                    (Some(first), _) => vec![kinds[first].clone()],
                    (None, Kind::Constant) => vec![None],
                    (None, parameter) => kinds_of(*parameter).into_iter().map(Some).collect(),
                };
                choices.into_iter().map(move |kind| [kinds.clone(), vec![kind]].concat())
            })
            .collect();
    }
    all
}

/// What to write into a call where it takes no column.
fn constants(function: Function, kinds: &[Option<Type>]) -> Vec<Vec<&'static str>> {
    let count = kinds.iter().filter(|kind| kind.is_none()).count();
    let ones = |texts: &[&'static str]| texts.iter().map(|text| vec![*text]).collect();
    let ones_of = |texts: &[(&'static str, &'static str)]| texts.iter().map(|(a, b)| vec![*a, *b]).collect();
    match (function, count) {
        (_, 0) => vec![vec![]],
        (Function::Encode | Function::Decode, _) => ones(&["base64", "hex", "url"]),
        (Function::Normalize, _) => ones(&["NFC", "NFD", "NFKC", "NFKD"]),
        (Function::Format, _) => ones(&["", "a", "%s", "%s%% %1$s"]),
        (Function::ToNumber, _) => ones(&["9999", "9,999.99", "$99.9PR", "S0.0", "99 99\" kg\"", "9,99,999"]),
        (Function::ToChar, _) if !matches!(kinds[0], Some(Type::Timestamp)) => {
            ones(&["999", "FM9,999,990.099", "S0,009.9", "9.99MI", "\"€\" 990.00PR", "FM9.9S", "9999999999999999999"])
        }
        (Function::NextDay, _) => ones(&["Monday", "sun"]),
        (Function::DateAdd, _) if kinds.last() == Some(&Some(Type::Date)) => {
            ones(&["year", "quarter", "month", "week", "day"])
        }
        (Function::DateTrunc | Function::DateAdd | Function::DateDiff | Function::DateElapsed, _) => {
            ones(&["year", "quarter", "month", "week", "day", "hour", "minute", "second"])
        }
        (Function::Like | Function::ILike, _) => {
            ones(&["a%", "%a", "%A%", "a", "", "%", "%%", "_", "a_c%", "%\\%%", "%_b_%", "%ü%", "(.)%", "%\n%"])
        }
        (Function::SplitText, 2) => ones_of(&[(" ", ""), ("a", "te"), ("", "t"), ("-", "qe"), ("-0", "")]),
        (Function::RegexpSplit | Function::RegexpExtractAll, 2) => {
            ones_of(&[("[ab]", "i"), ("[0-9]", "te"), ("x*", ""), ("\\s+|-", "e"), ("", "")])
        }
        (Function::ToDate, _) => vec![vec!["YYYY-MM-DD", "DD.MM.YY"], vec!["DD Mon YYYY", "YYYY DDD"]],
        (Function::ToTimestamp, _) => vec![
            vec!["YYYY-MM-DD HH24:MI:SS", "YYYY-MM-DD HH12:MI AM"],
            vec!["YYYY-MM-DD HH24:MI:SS.US", "DD Month YYYY"],
            vec!["YYYY-MM-DDTIMETZ", "Dy DD Mon YY(1950)TIME"],
        ],
        (Function::AddWorkdays | Function::Workdays, _) => ones(&["2024-05-01", "1969-12-31"]),
        (Function::AtZone, 1) => ones(&["UTC", "Europe/Berlin", "America/St_Johns"]),
        (Function::AtZone, _) => vec![vec!["Europe/Berlin", "earliest"], vec!["Asia/Tokyo", "null"]],
        (Function::ToChar, _) => {
            ones(&["YYYY-MM-DD HH24:MI:SS.US", "Day, DD Month YY \"at\" HH12:MI AM MS", "IYYY-IW Q DDD Dy Mon"])
        }
        (Function::StructField, _) => ones(&["a", "b"]),
        (Function::StableUuid, _) => ones(&["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]),
        (Function::AesEncrypt | Function::AesDecrypt, 1) => ones(&[
            "0100000000000000000000000000000000000000000000000000000000000000",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        ]),
        (Function::AesEncrypt, _) => ones_of(&[("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "seed")]),
        (_, 1) => ones(&["a", "[0-9]+", "^.", "(b|c)*$", "\\s", ""]),
        (Function::RegexpReplace, 2) => {
            vec![vec!["[a-c]", "x"], vec!["(\\w)(\\d)", "\\2$1\\1\\&\\\\"], vec!["x*", "-"]]
        }
        (Function::RegexpReplace, _) => {
            vec![vec!["[A-C]", "$0", "gi"], vec!["x*", "-", "g"], vec!["(a)|b", "<\\1>", "g"]]
        }
        (_, _) => vec![vec!["B", "i"], vec!["^ab?c", "i"]],
    }
}

/// A call of columns `a`, `b` … over rows of values at the edges: all of them together where there are not too many.
fn call(function: Function, kinds: &[Option<Type>], constants: &[&str], random: &mut Random) -> (Expr, Table) {
    let mut constants = constants.iter();
    let mut schema = Schema::default();
    let mut arguments = Vec::new();
    for (name, kind) in NAMES.iter().zip(kinds) {
        match kind {
            None => arguments.push(Expr::literal(Value::text(*constants.next().unwrap()))),
            Some(kind) => {
                let column = Column::new(*name, kind.clone());
                arguments.push(Expr::column(&column));
                schema.0.push(column);
            }
        }
    }
    let edges: Vec<Vec<Value>> = schema.0.iter().map(|column| edges(&column.kind)).collect();
    let rows = match edges.as_slice() {
        [a] => a.iter().map(|a| vec![a.clone()]).collect(),
        [a, b] => a.iter().flat_map(|a| b.iter().map(|b| vec![a.clone(), b.clone()])).collect(),
        edges => (0..300).map(|_| edges.iter().map(|values| random.pick(values)).collect()).collect(),
    };
    (Expr::call(function, arguments).unwrap(), Table { schema, rows })
}

/// A call with a constant in place of its last column.
fn with_last(call: &Expr, constant: Value) -> Expr {
    let Node::Call { function, arguments } = &call.node else { panic!("a call") };
    let mut arguments = arguments.clone();
    let last = arguments.iter_mut().rfind(|argument| matches!(argument.node, Node::Column(_))).unwrap();
    last.node = Node::Literal(constant);
    Expr::call(*function, arguments).unwrap()
}

fn edges(kind: &Type) -> Vec<Value> {
    let days = [FIRST_DAY, FIRST_DAY + 58, -25_509, -1, 0, 1, 18_262, 19_782, 19_783, 19_844, 20_087, 20_088, LAST_DAY];
    let clock = [0, 1, 999_999, 32_400_000_000, 45_296_789_012, DAY_MICROS - 1];
    let instants = || days.iter().zip(clock.iter().cycle()).map(|(day, micros)| i64::from(*day) * DAY_MICROS + micros);
    let mut values: Vec<Value> = match kind {
        Type::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        Type::Integer => {
            [0, 1, -1, 2, 3, -7, 12, 29, 65, 2024, 3_037_000_500, 10_000_001, i64::MAX, i64::MIN, i64::MIN + 1]
                .map(Value::Integer)
                .to_vec()
        }
        Type::Float => {
            let whole = [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, 1e16, 1e308, -1e308, 9.3e18, i64::MIN as f64];
            let parts = [0.5, -0.5, 2.5, -2.5, 0.1, 59.999_999_9, 1e-308, 2.345, 123_456_789.125];
            let written = [1.005, -10.075, 2.675, 0.29, 0.3, 0.7, 1.15, 1e23];
            let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
            whole.into_iter().chain(parts).chain(written).chain(odd).map(Value::Float).collect()
        }
        Type::Decimal(precision, scale) => {
            let most = 10i128.pow(u32::from(*precision)) - 1;
            [0, 1, -1, 5, -5, 50, 150, -250, 999, 12_345, 10i128.pow(u32::from(*scale)), most / 2, most, -most]
                .into_iter()
                .filter(|digits| digits.abs() <= most)
                .map(|digits| Value::Decimal(digits, *scale))
                .collect()
        }
        Type::Text => {
            let words = [
                "",
                " ",
                "a",
                "A",
                "abc",
                "aBc a1b2",
                "a_c",
                "100%",
                "Zürich ß",
                "éa",
                "日本語",
                "x\ny",
                " a1 ",
                "aa",
                "Łe\u{301}ﬁ½ Æ",
                "ff",
                "%41+",
            ];
            let dates = ["2024-02-29", "2023-02-29", "29.02.24", "5 Dec 2000", "2024 366", "2024-05-01 17:45:09"];
            let times = ["2024-05-01 05:45 pm", "2024-05-01 17:45:09.25", "1 january 2024", "0000-01-01"];
            let numbers =
                ["12,50", "1234,50", "1,,234", "1 2 3", "-1,234.50", "1,234-", "$12.5", "<1>", " 12. ", "1,234"];
            words.into_iter().chain(dates).chain(times).chain(numbers).map(Value::text).collect()
        }
        Type::Date => days.map(Value::Date).to_vec(),
        Type::Time => clock.map(Value::Time).to_vec(),
        Type::Timestamp => instants().map(Value::Timestamp).collect(),
        Type::TimestampZoned(_) => instants().map(Value::TimestampZoned).collect(),
        Type::Duration => {
            [0, 1, -1, DAY_MICROS, -90 * DAY_MICROS, 5_400_000_000, i64::MAX, i64::MIN].map(Value::Duration).to_vec()
        }
        Type::Struct(fields) => {
            let of =
                |at: usize| fields.iter().map(|field| (field.name.clone(), edges(&field.kind)[at].clone())).collect();
            let nulls = fields.iter().map(|field| (field.name.clone(), Value::Null)).collect();
            vec![Value::Struct(of(0)), Value::Struct(of(1)), Value::Struct(nulls)]
        }
        Type::List(inner) => {
            let elements = edges(inner);
            let (first, second) = (elements[0].clone(), elements[1].clone());
            let list = |elements: &[Value]| Value::List(elements.to_vec());
            let backwards: Vec<Value> = elements.iter().rev().cloned().collect();
            let twice = [first.clone(), second.clone(), first.clone()];
            vec![list(&[]), list(&[first]), list(&[Value::Null]), list(&twice), list(&elements), list(&backwards)]
        }
        _ => vec![],
    };
    values.push(Value::Null);
    values
}

/// A formula of a type, put together from whatever gives that type.
fn formula(kind: &Type, depth: u32, schema: &Schema, random: &mut Random) -> Expr {
    for _ in 0..if depth == 0 { 0 } else { 12 } {
        match random.below(10) {
            0 => {
                let condition = formula(&Type::Boolean, depth - 1, schema, random);
                let branches = vec![(condition, formula(kind, depth - 1, schema, random))];
                let otherwise = Some(Box::new(formula(kind, depth - 1, schema, random)));
                return Expr { kind: kind.clone(), node: Node::Case { branches, otherwise } };
            }
            1 => {
                let from = random.pick(&column_kinds());
                let value = formula(&from, depth - 1, schema, random);
                if let Ok(expr) = value.cast(kind.clone()) {
                    return expr;
                }
            }
            _ => {
                if let Some(expr) = random_call(kind, depth, schema, random) {
                    return expr;
                }
            }
        }
    }
    leaf(kind, schema, random)
}

fn random_call(kind: &Type, depth: u32, schema: &Schema, random: &mut Random) -> Option<Expr> {
    let entry = &CATALOGUE[random.below(CATALOGUE.len())];
    // What they make grows too long when they stand in each other.
    if matches!(entry.function, Function::Repeat | Function::Lpad | Function::Rpad) {
        return None;
    }
    let signature = &entry.signatures[random.below(entry.signatures.len())];
    if signature.result != Kind::Any && signature.result != Kind::Ordered && !kinds_of(signature.result).contains(kind)
    {
        return None;
    }
    let shared = signature.parameters.contains(&signature.result).then(|| kind.clone());
    let any = shared.unwrap_or_else(|| random.pick(&column_kinds()));
    let wanted: Vec<Option<Type>> = signature
        .parameters
        .iter()
        .map(|parameter| match parameter {
            Kind::Any | Kind::Ordered => Some(any.clone()),
            Kind::Constant => None,
            parameter => Some(random.pick(&kinds_of(*parameter))),
        })
        .collect();
    let mut texts = random.pick(&constants(entry.function, &wanted)).into_iter();
    let arguments = wanted.into_iter().map(|kind| match kind {
        Some(kind) => formula(&kind, depth - 1, schema, random),
        None => Expr::literal(Value::text(texts.next().unwrap_or_default())),
    });
    let expr = Expr::call(entry.function, arguments.collect()).ok()?;
    if expr.kind == *kind { Some(expr) } else { expr.cast(kind.clone()).ok() }
}

fn leaf(kind: &Type, schema: &Schema, random: &mut Random) -> Expr {
    let columns: Vec<Column> = schema.0.iter().filter(|column| column.kind == *kind).cloned().collect();
    if columns.is_empty() || random.below(4) == 0 {
        return Expr { kind: kind.clone(), node: Node::Literal(random.pick(&edges(kind))) };
    }
    Expr::column(&random.pick(&columns))
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}
