//! Pages, profiles and single values.

use pipewright_engine::value::Value;
use pipewright_runner::show::{Ask, News, Output, Page, Shape, View};

use super::{Desk, whole};
use crate::dice::Dice;

/// Rows of every type, with nulls and repetitions.
const MIXED: &str = r#"
    "in": (step: ReadCsv(path: "in.csv")),
    "mixed": (step: Formula(formulas: [
        (column: "half", formula: "n / 2.0"),
        (column: "day", formula: "DATE '2024-01-01' + n"),
        (column: "even", formula: "n % 2 = 0"),
        (column: "exact", formula: "CAST(n AS DECIMAL(10, 2))"),
    ]), from: ["in"]),"#;

fn mixed(desk: &Desk) -> Output {
    let mut dice = Dice(7);
    let mut text = String::from("n,word\n");
    for _ in 0..900 {
        let number = if dice.happens(10) { String::new() } else { dice.below(500).to_string() };
        text.push_str(&format!(
            "{number},{}\n",
            dice.pick(&["alpha", "Beta", "ÄRGER", "", "\"\"", "gamma delta", "alphabet"])
        ));
    }
    desk.write("in.csv", text);
    desk.show(MIXED, &["mixed"]).output("mixed", 0).clone()
}

#[test]
fn pages_are_sorted_and_filtered_as_plain_values_are() {
    let desk = Desk::new();
    let output = mixed(&desk);
    let all = desk.rows(&output);
    let columns = all.schema.0.len();
    assert_eq!(columns, 6);
    for filter in ["", "alpha", "ärger", "24", "TRUE", "nothing has this"] {
        for sort in (0..columns).flat_map(|column| [Some((column, false)), Some((column, true))]).chain([None]) {
            let needle = filter.to_lowercase();
            let holds = |value: &Value| value.to_string().to_lowercase().contains(&needle) && !value.is_null();
            let kept = all.rows.iter().enumerate().filter(|(_, row)| filter.is_empty() || row.iter().any(holds));
            let mut expected: Vec<(usize, &Vec<Value>)> = kept.collect();
            if let Some((column, descending)) = sort {
                expected.sort_by(|(_, a), (_, b)| {
                    let (a, b) = (&a[column], &b[column]);
                    let order = if descending { b.order(a) } else { a.order(b) };
                    a.is_null().cmp(&b.is_null()).then(order)
                });
            }
            let view = View { sort, filter: filter.to_owned() };
            let page = desk.page(Page { table: output.table.clone(), rows: 100..350, columns: 1..4, view });
            let context = format!("{filter:?} {sort:?}");
            assert_eq!(page.total, expected.len() as u64, "{context}");
            let part: Vec<_> = expected.iter().skip(100).take(250).collect();
            assert_eq!(page.places, part.iter().map(|(at, _)| *at as u64).collect::<Vec<_>>(), "{context}");
            let rows: Vec<Vec<Value>> = part.iter().map(|(_, row)| row[1..4].to_vec()).collect();
            assert_eq!(page.table.rows, rows, "{context}");
        }
    }
    let beyond = desk.page(Page { table: output.table, rows: 5_000..6_000, columns: 0..9, view: View::default() });
    assert!(beyond.table.rows.is_empty() && beyond.total == 900);
}

#[test]
fn long_text_is_cut_in_a_page_and_whole_in_a_cell() {
    let desk = Desk::new();
    let long = "ü".repeat(5_000);
    desk.write("in.csv", format!("a,b\n1,{long}\n"));
    let told = desk.show(r#""in": (step: ReadCsv(path: "in.csv")),"#, &["in"]);
    let output = told.output("in", 0);
    let length = |value: &Value| value.as_text().unwrap().chars().count();
    assert_eq!(length(&output.head.rows[0][1]), 80);
    assert_eq!(length(&desk.rows(output).rows[0][1]), 1_000);
    let cell = |row, column| desk.engine.look(&Ask::Cell { table: output.table.clone(), row, column });
    assert!(matches!(cell(0, 1), News::Cell(Value::Text(text)) if text == long));
    assert!(matches!(cell(9, 1), News::Failed(_)));
    let gone = desk.engine.look(&Ask::Page(Page { table: "0f".into(), ..whole(output) }));
    assert!(matches!(gone, News::Failed(problems) if problems[0].message.contains("not held")));
}

#[test]
fn profiles_are_what_one_counts_by_hand() {
    let desk = Desk::new();
    let table = r#""in": (step: Table(
        columns: [(name: "word"), (name: "n", kind: Integer), (name: "day", kind: Date), (name: "yes", kind: Boolean)],
        rows: [
            ["b", "1", "2024-01-01", "true"], ["", "21", "2024-01-11", None], ["a", "2", None, "true"],
            ["b", None, "2024-01-21", "false"], [None, "11", "2024-01-21", "true"], ["b", "2", "2024-01-02", "true"],
        ])),"#;
    let told = desk.show(table, &["in"]);
    let output = told.output("in", 0);
    let words = desk.profile(output, 0);
    assert_eq!((words.rows, words.nulls, words.empty, words.distinct), (6, 1, 1, 3));
    assert_eq!((words.smallest, words.largest, words.mean), (Some(Value::text("")), Some(Value::text("b")), None));
    let top = [("b", 3), ("", 1), ("a", 1)].map(|(word, count)| (Value::text(word), count));
    assert_eq!(words.shape, Shape::Top(top.to_vec()));
    let numbers = desk.profile(output, 1);
    assert_eq!((numbers.nulls, numbers.distinct, numbers.mean), (1, 4, Some(7.4)));
    assert_eq!((numbers.smallest, numbers.largest), (Some(Value::Integer(1)), Some(Value::Integer(21))));
    let parts = |filled: &[(usize, u64)]| {
        let mut parts = vec![0; 20];
        filled.iter().for_each(|(at, count)| parts[*at] = *count);
        Shape::Histogram(parts)
    };
    assert_eq!(numbers.shape, parts(&[(0, 1), (1, 2), (10, 1), (19, 1)]));
    let days = desk.profile(output, 2);
    assert_eq!((days.nulls, days.distinct, days.mean), (1, 4, None));
    assert_eq!(days.shape, parts(&[(0, 1), (1, 1), (10, 1), (19, 2)]));
    let yes = desk.profile(output, 3);
    assert_eq!(yes.shape, Shape::Top(vec![(Value::Boolean(true), 4), (Value::Boolean(false), 1)]));
}
