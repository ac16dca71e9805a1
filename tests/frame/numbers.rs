//! Numbers that people check by hand: each answer here is the one of paper and pencil.

use pipewright_engine::file;
use pipewright_engine::number::Writing;
use pipewright_engine::table::Table;
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;

use crate::laboratory::{pipeline, preview, typed};

/// A column of what a step gives for a table.
fn made(table: &str, step: &str, column: &str) -> Vec<String> {
    let given = Table::parse(table).unwrap();
    let given = file::write_step(&typed(&given));
    let pipeline = pipeline(&format!(r#""in": (step: {given}), "it": (step: {step}, from: ["in"])"#));
    let folder = tempfile::tempdir().unwrap();
    let shown = preview(&pipeline, folder.path(), "it", "").unwrap_or_else(|problems| panic!("{problems:?}\n{step}"));
    let values = shown.table.column(column).unwrap_or_else(|| panic!("no {column}:\n{}", shown.table));
    values.into_iter().map(Value::to_string).collect()
}

/// A table of one column.
fn column(kind: &str, values: impl IntoIterator<Item = String>) -> String {
    let mut table = format!("x: {kind}");
    values.into_iter().for_each(|value| table.push_str(&format!("\n {value}")));
    table
}

#[test]
fn a_number_lies_in_the_bin_whose_bounds_are_shown() {
    let tenths = || {
        (-12..=12).map(|tenth| {
            format!("{}{}.{}", if tenth < 0 { "-" } else { "" }, i32::abs(tenth) / 10, i32::abs(tenth) % 10)
        })
    };
    for kind in ["Float", "Decimal(6, 1)"] {
        for closed in ["Left", "Right"] {
            for method in [
                "method: Width, width: 0.1",
                "method: Width, width: 0.3, start: 0.1",
                "method: EqualWidth, bins: 24",
                "method: EqualWidth, bins: 7",
                "method: EqualWidth, bins: 7, digits: 1",
                "method: EqualCount, bins: 4",
                "method: EqualCount, bins: 4, digits: 0",
            ] {
                let step = format!(r#"Bin(columns: ["x"], {method}, closed: {closed})"#);
                let bins = made(&column(kind, tenths()), &step, "x_bin");
                for (number, bin) in tenths().zip(&bins) {
                    assert!(holds(bin, number.parse().unwrap()), "{number} is in {bin}: {kind}, {step}");
                }
            }
        }
    }
    let bins = made("x: Float\n 0.3\n 0.7", r#"Bin(columns: ["x"], method: Width, width: 0.1)"#, "x_bin");
    assert_eq!(bins, ["[0.3, 0.4)", "[0.7, 0.8)"]);
    // All the same: a bin of one number.
    let bins = made("x: Float\n 5.0\n 5.0", r#"Bin(columns: ["x"], method: EqualWidth)"#, "x_bin");
    assert_eq!(bins, ["[5.0, 5.0]", "[5.0, 5.0]"]);
    // The ends reach as far as the numbers.
    let bins =
        made("x: Float\n 0.00061\n 10.12345\n 3.3745", r#"Bin(columns: ["x"], method: EqualWidth, bins: 3)"#, "x_bin");
    assert_eq!(bins, ["[0.0, 3.375)", "[6.749, 10.124]", "[0.0, 3.375)"]);
}

/// Whether a bin such as `[0.2, 0.3)` holds a number.
fn holds(bin: &str, number: f64) -> bool {
    let bounds = &bin[1..bin.len() - 1];
    let (from, to) = bounds.split_once(", ").unwrap();
    let (from, to): (f64, f64) = (from.parse().unwrap(), to.parse().unwrap());
    let above = if bin.starts_with('[') { number >= from } else { number > from };
    above && if bin.ends_with(']') { number <= to } else { number < to }
}

#[test]
fn a_histogram_counts_between_the_edges_it_shows() {
    let tenths = (0..=10).map(|tenth| format!("{}.{}", tenth / 10, tenth % 10));
    let step = r#"Chart(kind: Histogram, x: "x", bins: 10)"#;
    let table = column("Float", tenths);
    assert_eq!(made(&table, step, "count"), ["1", "1", "1", "1", "1", "1", "1", "1", "1", "2"]);
    assert_eq!(made(&table, step, "from")[3], "0.3");
}

#[test]
fn means_of_decimals_are_the_exact_sum_divided_once() {
    let ten = column("Decimal(6, 1)", (0..10).map(|_| "0.1".to_owned()));
    let with_weights =
        ten.replace("x: Decimal(6, 1)", "x: Decimal(6, 1), w: Decimal(4, 2)").replace("0.1", "0.1, 0.70");
    let one = |step: &str, column: &str| made(&ten, step, column).last().unwrap().clone();
    for (step, column) in [
        (r#"GroupBy(aggregations: [(function: Mean, column: "x", as: "m")])"#, "m"),
        (r#"GroupBy(by: ["x"], aggregations: [(function: Mean, column: "x", as: "m")])"#, "m"),
        (r#"GroupBy(by: ["x"], reproducible: true, aggregations: [(function: Mean, column: "x", as: "m")])"#, "m"),
        (r#"Window(columns: [(function: RunningMean, column: "x", as: "m")])"#, "m"),
        (r#"Window(columns: [(function: Aggregate, aggregate: Mean, column: "x", as: "m")])"#, "m"),
        (r#"Window(by: ["x"], columns: [(function: Aggregate, aggregate: Mean, column: "x", as: "m")])"#, "m"),
        (r#"Rolling(rows: 7, columns: [(function: Mean, column: "x", as: "m")])"#, "m"),
        (r#"Totals(totals: [(function: Mean, column: "x")])"#, "x"),
        (r#"Sql(query: "select avg(x) as m from \"in\"")"#, "m"),
        (r#"Sql(query: "select avg(x) over (order by x) as m from \"in\"")"#, "m"),
    ] {
        assert_eq!(one(step, column), "0.1", "{step}");
    }
    let weighted = r#"GroupBy(aggregations: [(function: WeightedMean, column: "x", weights: "w", as: "m")])"#;
    assert_eq!(made(&with_weights, weighted, "m"), ["0.1"]);
    // Between 0.1 and 0.2 lies 0.15.
    let two = column("Decimal(6, 1)", ["0.1", "0.2"].map(str::to_owned));
    for function in ["Median", "Mean"] {
        let step = format!(r#"GroupBy(aggregations: [(function: {function}, column: "x", as: "m")])"#);
        assert_eq!(made(&two, &step, "m"), ["0.15"], "{function}");
    }
    // Two of the largest integers: their sum is beyond 64 bits and beyond what floats tell apart.
    let large = column("Integer", ["9007199254740993", "9007199254740995"].map(str::to_owned));
    let step = r#"GroupBy(aggregations: [(function: Mean, column: "x", as: "m")])"#;
    assert_eq!(made(&large, step, "m"), ["9007199254740994.0"]);
    // Too many digits for an exact sum.
    let huge = column("Decimal(38, 0)", (0..4).map(|_| "9".repeat(38)));
    assert_eq!(made(&huge, step, "m"), ["1e38"]);
}

#[test]
fn shares_of_rows_are_quotients() {
    let hundred = column("Integer", (1..=100).map(|number| number.to_string()));
    let grouped = hundred.replace("x: Integer", "x: Integer, g");
    let grouped: Vec<String> = grouped
        .lines()
        .enumerate()
        .map(|(at, line)| if at == 0 { line.to_owned() } else { format!("{line}, a") })
        .collect();
    for (table, by) in [(hundred, ""), (grouped.join("\n"), r#"by: ["g"], "#)] {
        let window = |function: &str| {
            format!(r#"Window({by}order: [(column: "x")], columns: [(function: {function}, as: "s")])"#)
        };
        let shares: Vec<String> = (1..=100).map(|at| Value::Float(f64::from(at) / 100.0).to_string()).collect();
        assert_eq!(made(&table, &window("CumulativeDistribution"), "s"), shares);
        let ranks: Vec<String> = (0..100).map(|at| Value::Float(f64::from(at) / 99.0).to_string()).collect();
        assert_eq!(made(&table, &window("PercentRank"), "s"), ranks);
    }
}

#[test]
fn money_in_floats_is_rounded_in_one_way() {
    let money = "x: Float\n 1.005\n 10.075\n 0.125\n 2.675\n -1.005";
    let formula =
        |formula: &str| made(money, &format!(r#"Formula(formulas: [(column: "y", formula: "{formula}")])"#), "y");
    let right = ["1.01", "10.08", "0.13", "2.68", "-1.01"];
    assert_eq!(formula("round(x, 2)"), right);
    assert_eq!(formula("x::decimal(12, 2)"), right);
    assert_eq!(formula("to_char(x, 'FM990.00')"), right);
    assert_eq!(formula("round_to(x, 0.01)"), right);
    assert_eq!(made(money, r#"Sql(query: "select round(x, 2) as y from \"in\"")"#, "y"), right);
    let convert = r#"Convert(columns: [(column: "x", to: Decimal(12, 2))])"#;
    assert_eq!(made(money, convert, "x"), right);
}

/// What Convert reads is what the writing of numbers says, for texts of every kind.
#[test]
fn converting_reads_numbers_as_they_are_said_to_be_written() {
    let texts = [
        "1,234.50",
        "1.234,50",
        "12,50",
        "1234,50",
        "1,,234",
        "1 2 3",
        "1,234",
        "-1,234,567.5",
        "+7",
        "1.5",
        ".5",
        "5.",
        "1e3",
        "1,234,5",
        ",123",
        "0,5",
        "1.234.567",
        "12.34",
        "1'234",
        "nan",
    ];
    for (decimal_comma, thousands) in
        [(false, None), (false, Some(',')), (true, None), (true, Some('.')), (false, Some('\''))]
    {
        let writing = Writing { decimal_comma, thousands };
        let mark = thousands.map_or(String::new(), |mark| format!(", thousands: \"{mark}\""));
        let step = format!(
            r#"Convert(on_error: Null, columns: [(column: "x", to: Float, decimal_comma: {decimal_comma}{mark})])"#
        );
        let table = column("Text", texts.iter().map(|text| format!("\"{text}\"")));
        let read: Vec<String> = texts
            .iter()
            .map(|text| writing.plain(text).and_then(|plain| Value::parse(&plain, &Type::Float)).unwrap_or_default())
            .map(|value| value.to_string())
            .collect();
        assert_eq!(made(&table, &step, "x"), read, "{writing:?}");
    }
}

/// Three columns of a bank's file: `ああ` has four bytes in Shift JIS.
#[test]
fn places_of_fixed_width_can_be_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let lines = ["1ｱｲ 20201218", "1あ20201218", "1ああ0201218", "1あx2020121", "1ｱあ20201218"];
    let bytes: Vec<u8> = lines.iter().flat_map(|text| [in_shift_jis(text), b"\n".to_vec()].concat()).collect();
    std::fs::write(folder.path().join("bank.txt"), bytes).unwrap();
    let read = |more: &str, output: &str| {
        let pipeline = pipeline(&format!(
            r#""it": (step: ReadFixedWidth(path: "bank.txt", unit: Bytes, encoding: "shift_jis", {more}columns: [
                (name: "kind", width: 1), (name: "name", width: 3), (name: "on", width: 8)]))"#
        ));
        let shown = preview(&pipeline, folder.path(), "it", output).unwrap();
        let column = if output.is_empty() { "name" } else { "error_reason" };
        shown.table.column(column).unwrap().into_iter().map(Value::to_string).collect::<Vec<_>>()
    };
    assert_eq!(read("on_error: Skip, ", ""), ["ｱｲ", "ｱあ"]);
    let short = "line that ends inside the last column; `open_end` allows that";
    let cut = "column that begins or ends within a character";
    assert_eq!(read("", "rejected"), [short, cut, short]);
    assert_eq!(read("open_end: true, ", "rejected"), [cut]);
}

/// In Shift JIS letters of half width have one byte from 0xB1 on, and `あ` is 0x82 0xA0.
fn in_shift_jis(text: &str) -> Vec<u8> {
    let bytes = |letter: char| match letter {
        'ｱ' => vec![0xB1],
        'ｲ' => vec![0xB2],
        'あ' => vec![0x82, 0xA0],
        ascii => vec![u8::try_from(ascii).unwrap()],
    };
    text.chars().flat_map(bytes).collect()
}

#[test]
fn what_is_set_and_does_nothing_is_said() {
    let said = |step: &str| -> Vec<String> {
        let pipeline = pipeline(&format!(
            r#""in": (step: Table(columns: [(name: "x", kind: Decimal(8, 2))], rows: [["1.5"]])), "it": (step: {step}, from: ["in"])"#
        ));
        let folder = tempfile::tempdir().unwrap();
        let shown = preview(&pipeline, folder.path(), "it", "").unwrap();
        shown.problems.iter().map(|problem| problem.parameter.clone().unwrap_or_default()).collect()
    };
    let text = r#"Convert(columns: [(column: "x", to: Text, decimal_comma: true, thousands: ".")])"#;
    assert_eq!(said(text), ["columns[0].decimal_comma", "columns[0].thousands"]);
    let number = r#"Convert(columns: [(column: "x", to: Float, decimal_comma: true)])"#;
    assert_eq!(said(number), ["columns[0].decimal_comma"]);
    assert_eq!(said(r#"Bin(columns: ["x"], method: Bounds, bounds: ["1"], width: 3.0)"#), ["width"]);
    assert_eq!(said(r#"Bin(columns: ["x"], method: Width, width: 3.0)"#), [""; 0]);
}
