//! The samples, run as a new user runs them, against answers that other programs worked out (`tests/answers/README.md`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{Shell, copy_folder};

pub type Cells = Vec<Vec<String>>;

#[test]
fn the_toll_sample_puts_three_files_side_by_side() {
    let sample = Sample::run("toll");
    let ours = fs::read_to_string(sample.path("transformed_data.csv")).unwrap();
    let theirs = fs::read_to_string(answers("toll").join("transformed_data.csv")).unwrap();
    assert!(ours == theirs, "transformed_data.csv differs from the answer");
    assert_eq!(sample.csv("disagreements.csv").len(), 1, "only a header");
    sample.accounts_for_every_row();
}

#[test]
fn the_temperature_sample_keeps_good_and_bad_readings_apart() {
    let sample = Sample::run("temperature");
    sample.agrees("out/hourly.csv", "hourly");
    sample.agrees("out/bad_readings.csv", "bad_readings");
    sample.accounts_for_every_row();
}

#[test]
fn the_orders_sample_loses_no_order_and_no_line() {
    let sample = Sample::run("orders");
    for name in [
        "duplicate_customers",
        "customers_without_orders",
        "orders_without_customer",
        "orders_without_lines",
        "lines_left_over",
        "bad_lines",
        "summary",
    ] {
        sample.agrees(&format!("out/{name}.csv"), name);
    }
    // The other two are read back by pipelines.
    let revenue = sample.read_back("ReadExcel(path: \"out/revenue.xlsx\")");
    same_cells(&revenue, &read_cells(&answers("orders").join("revenue.csv")), "revenue");
    let sales = sample.read_back("ReadParquet(path: \"out/sales\")");
    // Read folder by folder, which is month by month; within one, in the order in which the rows were written.
    let mut expected = read_cells(&answers("orders").join("sales.csv"));
    let month = expected[0].iter().position(|name| name == "month").unwrap();
    expected[1..].sort_by(|a, b| a[month].cmp(&b[month]));
    same_cells(&sales, &expected, "sales");
    sample.accounts_for_every_row();
}

#[test]
fn the_accounting_sample_brings_three_programs_into_one_table() {
    let sample = Sample::run("accounting");
    sample.agrees("out/monthly.csv", "monthly");
    sample.agrees("out/not_assigned.csv", "not_assigned");
    assert!(fs::read_to_string(sample.path("out/costs.svg")).unwrap().contains("Costs of each department"));
    let costs = sample.read_back("ReadExcel(path: \"out/costs.xlsx\", sheet: \"Costs\")");
    assert_eq!(costs.len() - 1, 1241, "rows of the second sheet");
    sample.accounts_for_every_row();
}

#[test]
fn the_survey_sample_keeps_the_answers_and_not_the_people() {
    let sample = Sample::run("survey");
    sample.agrees("out/anonymous.csv", "anonymous");
    sample.agrees("out/used_for.csv", "used_for");
    let anonymous = fs::read_to_string(sample.path("out/anonymous.csv")).unwrap();
    assert!(!anonymous.contains("Person ") && !anonymous.contains("example.org"), "names or addresses are left");
    assert!(fs::read(sample.path("out/countries.png")).unwrap().starts_with(b"\x89PNG"));
    sample.accounts_for_every_row();
}

#[test]
fn samples_are_small_and_in_the_one_form() {
    let samples = root().join("samples");
    let shell = Shell::empty();
    for entry in fs::read_dir(&samples).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap()).filter(|file| file.path().is_file());
        let bytes: u64 = files.map(|file| file.metadata().unwrap().len()).sum();
        assert!(bytes < 200_000, "{name} has {bytes} bytes");
        let pipeline = folder.join(format!("{name}.pipe.ron"));
        let told = shell.call(&["fmt", "--check", pipeline.to_str().unwrap()]);
        assert_eq!((told.code, told.stdout.as_str()), (0, ""), "{name}: {}", told.stderr);
        let told = shell.call(&["check", pipeline.to_str().unwrap()]);
        assert_eq!(told.code, 0, "{name}: {}{}", told.stdout, told.stderr);
    }
}

/// A copy of a sample that was run.
struct Sample {
    name: &'static str,
    shell: Shell,
    report: serde_json::Value,
}

impl Sample {
    fn run(name: &'static str) -> Self {
        let shell = Shell::empty();
        copy_folder(&root().join("samples").join(name), shell.path());
        let told = shell.call(&["run", &format!("{name}.pipe.ron"), "--report", "report.json"]);
        assert_eq!((told.code, told.stdout.as_str()), (0, ""), "{}", told.stderr);
        let report = serde_json::from_str(&fs::read_to_string(shell.path().join("report.json")).unwrap()).unwrap();
        Self { name, shell, report }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.shell.path().join(file)
    }

    fn csv(&self, file: &str) -> Cells {
        read_cells(&self.path(file))
    }

    fn agrees(&self, file: &str, answer: &str) {
        same_cells(&self.csv(file), &read_cells(&answers(self.name).join(format!("{answer}.csv"))), file);
    }

    /// The rows that a node of another pipeline reads.
    fn read_back(&self, step: &str) -> Cells {
        fs::write(self.path("back.pipe.ron"), format!("(version: 1, nodes: {{ \"in\": (step: {step}) }})")).unwrap();
        let arguments = ["preview", "back.pipe.ron", "in", "--exact", "--rows", "100000", "--format", "csv"];
        let told = self.shell.call(&arguments);
        assert_eq!(told.code, 0, "{}", told.stderr);
        cells(&told.stdout)
    }

    /// The report gives the numbers of rows that were worked out, and what was written has as many rows as it says.
    fn accounts_for_every_row(&self) {
        let counts = self.counts();
        for line in &read_cells(&answers(self.name).join("rows.csv"))[1..] {
            let rows: u64 = line[1].parse().unwrap();
            assert_eq!(counts.get(line[0].as_str()), Some(&rows), "rows out of {}", line[0]);
        }
        for source in self.report["sources"].as_array().unwrap() {
            let (node, records) = (source["node"].as_str().unwrap(), source["records"].as_u64().unwrap());
            let rejected = counts.get(&format!("{node}.rejected")).copied().unwrap_or(0);
            assert_eq!(records, counts[node] + rejected, "records of {node}");
        }
        for written in self.report["written"].as_array().unwrap() {
            let path = self.shell.path().join(written["path"].as_str().unwrap());
            assert!(written["bytes"].as_u64().unwrap() > 0, "{written}");
            if path.extension().is_some_and(|ending| ending == "csv") {
                assert_eq!(read_cells(&path).len() as u64 - 1, written["rows"].as_u64().unwrap(), "{written}");
                assert_eq!(fs::metadata(&path).unwrap().len(), written["bytes"].as_u64().unwrap(), "{written}");
            }
        }
    }

    /// Rows out by `node` or `node.output`.
    fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for node in self.report["nodes"].as_array().unwrap() {
            let name = node["node"].as_str().unwrap();
            for (output, rows) in node["rows_out"].as_object().unwrap() {
                let output = if output.is_empty() { name.to_owned() } else { format!("{name}.{output}") };
                counts.extend(rows.as_u64().map(|rows| (output, rows)));
            }
        }
        counts
    }
}

/// Compares the columns that the answer has, in the answer's order of rows. Numbers are compared as numbers, to a
/// hair's breadth: programs write them differently.
fn same_cells(ours: &Cells, answer: &Cells, what: &str) {
    let places: Vec<usize> = answer[0]
        .iter()
        .map(|name| ours[0].iter().position(|own| own == name).unwrap_or_else(|| panic!("{what} has no column {name}")))
        .collect();
    assert_eq!(ours.len(), answer.len(), "lines of {what}");
    for (at, (own, expected)) in ours.iter().zip(answer).enumerate() {
        for (place, expected) in places.iter().zip(expected) {
            assert!(same(&own[*place], expected), "{what}, line {}: {} where {expected} is right", at + 1, own[*place]);
        }
    }
}

pub fn same(own: &str, expected: &str) -> bool {
    let numbers = own.parse::<f64>().ok().zip(expected.parse::<f64>().ok());
    own == expected || numbers.is_some_and(|(a, b)| (a - b).abs() <= 1e-9 * b.abs())
}

fn answers(sample: &str) -> PathBuf {
    root().join("tests/answers").join(sample)
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn read_cells(path: &Path) -> Cells {
    cells(&fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The cells of a CSV text with commas.
pub(crate) fn cells(text: &str) -> Cells {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}
