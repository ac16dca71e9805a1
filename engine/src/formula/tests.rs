use super::*;
use crate::types::Type;

fn columns() -> Schema {
    Schema::of([
        ("amount", Type::Float),
        ("axles", Type::Integer),
        ("price", Type::Decimal(10, 2)),
        ("kind", Type::Text),
        ("day", Type::Date),
        ("at", Type::Timestamp),
        ("paid", Type::Boolean),
        ("Order Date", Type::Date),
        ("case", Type::Text),
        ("Plaza", Type::Text),
        ("PLAZA", Type::Text),
    ])
}

fn compile(formula: &str) -> Result<Expr, Problem> {
    let parameters = IndexMap::from([("day".to_owned(), Value::Date(19_844)), ("limit".to_owned(), Value::Integer(3))]);
    Formula::from(formula).compile(&Scope { columns: &columns(), parameters: &parameters, now: 0 })
}

fn kind(formula: &str) -> Type {
    compile(formula).unwrap_or_else(|problem| panic!("{formula}: {problem}")).kind
}

/// The formula with what is underlined in it, and the problem.
fn told(formula: &str) -> String {
    let problem = match compile(formula) {
        Ok(expr) => return format!("{formula} gives {}", expr.kind),
        Err(problem) => problem,
    };
    let place = problem.place.expect("a problem of a formula has its place");
    let line = formula.lines().nth(place.line - 1).unwrap_or_default();
    let mark: String = line.chars().skip(place.column - 1).take(place.length).collect();
    format!("[{mark}] {} {}", problem.message, problem.suggestion.unwrap_or_default())
}

#[test]
fn is_distinct_binds_closer_than_and() {
    for not in ["", "not "] {
        let bare = compile(&format!("axles is {not}distinct from 1 and paid or paid"));
        assert_eq!(bare, compile(&format!("((axles is {not}distinct from 1) and paid) or paid")));
        assert!(bare.is_ok());
    }
    assert_eq!(compile("axles is distinct from 1 + 2"), compile("axles is distinct from (1 + 2)"));
}

#[test]
fn a_problem_underlines_its_place_and_says_what_to_do() {
    for (formula, expected) in [
        ("axels > 2", "[axels] There is no column \"axels\". Did you mean \"axles\"?"),
        ("amount\n  > axels", "[axels] There is no column \"axels\". Did you mean \"axles\"?"),
        ("uper(kind) = 'X'", "[uper] There is no function \"uper\". Did you mean upper?"),
        ("LEN(kind)", "[LEN] There is no function \"len\". Did you mean length?"),
        ("tonumber(kind)", "[tonumber] There is no function \"tonumber\". A cast is written value::float."),
        ("day > :dya", "[:dya] There is no parameter \"dya\". Did you mean \"day\"?"),
        ("Order Date > :day", "[Order Date] The column Order Date must stand in double quotes. Write \"Order Date\"."),
        (
            "kind = \"truck\"",
            "[\"truck\"] There is no column \"truck\". If it is text, write it in single quotes: 'truck'.",
        ),
        (
            "plaza = 'x'",
            "[plaza] \"plaza\" could be \"Plaza\" or \"PLAZA\". Write the name with its capitals as the column has them.",
        ),
        ("1 + left(kind)", "[left(kind)] left does not take 1 argument. It takes (Text, Integer)."),
        (
            "kind > 3",
            "[kind > 3] > does not work between Text and Integer. Cast one side, as in amount::float or day::date.",
        ),
        (
            "kind + 'x'",
            "[kind + 'x'] + does not work between Text and Text. Texts are put together with ||; a text that holds a number is cast, as in amount::float.",
        ),
        ("paid or axles", "[axles] or does not work between Boolean and Integer. It takes (Boolean, Boolean)."),
        ("day > '2024-13-01'", "['2024-13-01'] '2024-13-01' cannot be read as Date. Write it like '2024-05-01'."),
        (
            "kind like kind",
            "[kind] Here like needs a text that is the same in every row. Write it in quotes, or use a parameter.",
        ),
        ("sum(amount) / 2", "[sum] sum looks at many rows, a formula at one. Use the node Group by for it."),
        (
            "rank() over (order by axles)",
            "[rank] rank looks at many rows, a formula at one. Use the node Window for it.",
        ),
        (
            "axles in (select 1)",
            "[axles in (select 1)] A formula has no queries in it. Use the node Join to look rows up.",
        ),
        (
            "if axles > 3 then 1 else 2 end",
            "[if] A formula has no if … then. Write case when … then … else … end, or if(condition, then, else).",
        ),
        ("amount > 2)", "[)] There is a closing bracket too many. Remove it."),
        ("amount as total", "[as] A formula gives no name to its result. Name the column in the node."),
        ("round(amount", "[] The formula stops before it is complete. A closing bracket is missing."),
        ("kind = 'abc", "['] The text that begins here is not closed. Close it with a single quote."),
        ("", "[] The formula is empty. "),
    ] {
        assert_eq!(told(formula), expected, "{formula}");
    }
}

#[test]
fn a_replacement_can_stand_where_the_wrong_name_stood() {
    for (formula, expected) in [
        ("\"Ordr Date\" > day", "\"Order Date\""),
        ("axels", "axles"),
        (":dya", ":day"),
        ("Order Date", "\"Order Date\""),
    ] {
        assert_eq!(compile(formula).unwrap_err().replacement.as_deref(), Some(expected), "{formula}");
    }
}

#[test]
fn types_follow_from_those_of_the_columns() {
    for (formula, expected) in [
        ("axles + 1", Type::Integer),
        ("axles + 0.5", Type::Decimal(21, 1)),
        ("amount * 1.5", Type::Float),
        ("price * axles", Type::Decimal(29, 2)),
        ("price * price", Type::Decimal(20, 4)),
        ("1 - price", Type::Decimal(11, 2)),
        ("price * (1 - price)", Type::Decimal(21, 4)),
        ("price / 2", Type::Float),
        ("round(price * 1.19, 2)", Type::Decimal(38, 2)),
        ("axles / 2", Type::Float),
        ("day + 1", Type::Date),
        ("at - day", Type::Duration),
        ("day + interval '1 month'", Type::Timestamp),
        ("coalesce(null, price, axles)", Type::Decimal(21, 2)),
        ("case when paid then axles else amount end", Type::Float),
        ("\"order date\" = :day", Type::Boolean),
        ("amount>-1", Type::Boolean),
        ("null", Type::Null),
    ] {
        assert_eq!(kind(formula), expected, "{formula}");
    }
}

#[test]
fn only_what_can_fail_is_said_to() {
    for formula in [
        "axles > 2",
        "amount + 1",
        "axles / 2",
        "price * 1.19",
        "price + axles",
        "price * (1 - price) * (1 + price)",
        "upper(kind)",
        "try_cast(kind as date)",
        "axles % 2",
        "day - :day",
        "left(kind, 3)",
    ] {
        assert!(!compile(formula).unwrap().can_fail(), "{formula}");
    }
    for formula in [
        "axles + 1",
        "amount / axles",
        "kind::date",
        "amount::integer",
        "day + axles",
        "sqrt(amount)",
        "1 / (axles % 2)",
    ] {
        assert!(compile(formula).unwrap().can_fail(), "{formula}");
    }
}

#[test]
fn long_chains_are_fine_and_deep_nesting_is_refused() {
    let chain = vec!["axles = 1"; 700].join(" or ");
    assert_eq!(kind(&chain), Type::Boolean);
    let list = (0..20_000).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
    assert_eq!(kind(&format!("axles in ({list})")), Type::Boolean);
    let deep = |depth: usize| format!("{}axles{}", "abs(".repeat(depth), ")".repeat(depth));
    assert_eq!(kind(&deep(100)), Type::Integer);
    for refused in [
        deep(300),
        deep(100_000),
        "(".repeat(100_000),
        "trim(".repeat(40) + "!",
        "case when ".repeat(40) + "!",
        "not ".repeat(5_000) + "paid",
        vec!["axles"; 900].join(" + "),
    ] {
        assert!(compile(&refused).unwrap_err().message.len() < 200);
    }
}

#[test]
fn columns_are_listed_and_the_tree_is_plain_data() {
    let expr = compile("case when PAID then amount::text else kind end || :limit").unwrap();
    assert_eq!(expr.columns().into_iter().collect::<Vec<_>>(), ["amount", "kind", "paid"]);
    let written = ron::to_string(&expr).unwrap();
    assert_eq!(ron::from_str::<Expr>(&written).unwrap(), expr);
}

#[test]
fn nothing_is_computed_beside_a_null_that_is_written_out() {
    for formula in ["null * kind::float", "amount + null", "kind::date < null", "upper(lpad(null, axles))"] {
        let expr = compile(formula).unwrap_or_else(|problem| panic!("{formula}: {problem}"));
        assert_eq!(expr.as_literal(), Some(&Value::Null), "{formula}");
    }
    assert_eq!(kind("null * kind::float"), Type::Float);
    // What has a rule of its own for nulls, and what fails whatever the row, stays.
    for formula in ["coalesce(null, kind)", "null or paid", "null is null", "null * div(1, 0)"] {
        let expr = compile(formula).unwrap_or_else(|problem| panic!("{formula}: {problem}"));
        assert_eq!(expr.as_literal(), None, "{formula}");
    }
}
