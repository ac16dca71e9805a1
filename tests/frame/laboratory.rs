//! A place to run plans by themselves: tables stand in for what earlier stages would have kept, and what comes out is compared
//! with what the plan means.

use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use indexmap::IndexMap;
use pipewright_engine::nodes::Step;
use pipewright_engine::params::NewColumn;
use pipewright_engine::pipeline::{Link, Node, Pipeline};
use pipewright_engine::plan::{Facts, Op, Plan, Planned, Rows, Source};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::Schema;
use pipewright_engine::value::Value;
use pipewright_engine::{file, nodes};
use pipewright_runner::convert;
use pipewright_runner::files::Spool;
use pipewright_runner::host::Cancel;
use pipewright_runner::job::{Job, Outcome, Preview, Report, Wanted};
use pipewright_runner::lower::{self, SourceOutput, Tables};
use pipewright_runner::secrets::Secrets;
use pipewright_runner::sink::To;
use pipewright_runner::source::{Extent, Opening};
use pipewright_runner::stage::{self, End, Executed, Stopped};
use pipewright_runner::world::World;
use polars::prelude::LazyFrame;

use crate::oracle;

/// Tables by the name of the node that they come from, and files in a folder.
pub struct Laboratory<'a> {
    pub given: IndexMap<String, Table>,
    /// The values that a question of a node finds.
    answer: OnceCell<Vec<Value>>,
    world: World<'a>,
}

/// What a panic of the engine becomes here, so that a test can say of what.
pub const PANIC: &str = "The engine panicked.";

/// An instant for `now()`: 2024-05-01 00:00 UTC.
pub const NOW: i64 = 1_714_521_600_000_000;

impl<'a> Laboratory<'a> {
    pub fn new(given: IndexMap<String, Table>, folder: &'a Path, spool: &'a Spool) -> Self {
        static SECRETS: LazyLock<Secrets> = LazyLock::new(secrets);
        let opening = Opening { base: folder, spool, extent: Extent::Whole, stop: &|| false, tell: &|_| {} };
        Self { given, answer: OnceCell::new(), world: World::new(opening, &SECRETS) }
    }

    /// Plans a pipeline over the given tables. The question of a pivot is answered from the first of them.
    pub fn plan(&self, pipeline: &Pipeline) -> Planned {
        let planned = pipeline.plan(&IndexMap::new(), NOW, self);
        let [question] = planned.questions.as_slice() else { return planned };
        let mut values: Vec<Value> = Vec::new();
        for value in self.given[0].column(&question.column).unwrap_or_default() {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        let _ = self.answer.set(values);
        pipeline.plan(&IndexMap::new(), NOW, self)
    }

    /// Executes a plan with all its rows gathered at these ends, in one go.
    pub fn execute(&self, plan: &Plan, ends: &[Rows]) -> Result<Executed, Problem> {
        let gathered = |rows: &Rows| End { node: "end".into(), rows: *rows, to: To::Gather { first: usize::MAX } };
        let ends: Vec<End> = ends.iter().map(gathered).collect();
        let execute = || stage::execute(plan, &ends, self, &Cancel::default(), &|_| {});
        match catch_unwind(AssertUnwindSafe(execute)) {
            Ok(Ok(executed)) => Ok(executed),
            Ok(Err(Stopped::Failed(problem))) => Err(problem),
            Ok(Err(Stopped::Cancelled)) => panic!("nobody cancelled"),
            Err(_) => Err(Problem::new(PANIC)),
        }
    }

    /// The rows of an operation that reads from outside, for the evaluator.
    pub fn read(&self, op: &Op) -> Table {
        let frame = match op {
            Op::Spooled { node, .. } => return self.given[node].clone(),
            Op::Read(_) => Tables::source(&self.world, "it", SourceOutput::Rows),
            Op::ReadRejects(_) => Tables::source(&self.world, "it", SourceOutput::Rejects),
            Op::ReadDrift(_) => Tables::source(&self.world, "it", SourceOutput::Drift),
            op => panic!("{op:?} reads nothing"),
        };
        convert::table(&frame.unwrap().collect().unwrap()).unwrap()
    }
}

impl Facts for Laboratory<'_> {
    fn source(&self, node: &str, source: &Source) -> Result<Option<(Schema, Schema)>, Problem> {
        Facts::source(&self.world, node, source)
    }

    fn answer(&self, _node: &str) -> Option<&[Value]> {
        self.answer.get().map(Vec::as_slice)
    }

    fn kept(&self, node: &str, _output: usize) -> Option<&Schema> {
        self.given.get(node).map(|table| &table.schema)
    }

    fn done(&self, node: &str) -> bool {
        self.given.contains_key(node)
    }

    fn cut(&self, _node: &str, _output: usize) -> bool {
        false
    }

    fn secret(&self, name: &str) -> Option<String> {
        Facts::secret(&self.world, name)
    }
}

impl Tables for Laboratory<'_> {
    fn source(&self, node: &str, output: SourceOutput) -> Result<LazyFrame, Problem> {
        Tables::source(&self.world, node, output)
    }

    fn kept(&self, node: &str, _output: usize) -> Result<LazyFrame, Problem> {
        use polars::prelude::IntoLazy;
        convert::frame(&self.given[node]).map(IntoLazy::lazy).map_err(|error| lower::problem(node, &error))
    }

    fn secret(&self, name: &str) -> Option<String> {
        Tables::secret(&self.world, name)
    }
}

/// The pipeline of these nodes, written as in a file.
pub fn pipeline(nodes: &str) -> Pipeline {
    let text = format!("#![enable(implicit_some, unwrap_variant_newtypes)]\n(version: 1, nodes: {{{nodes}}})");
    let (pipeline, problems) = file::read(&text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    pipeline
}

/// A step that reads the given tables, under the name `it`.
pub fn pipeline_of(step: Step, tables: usize) -> Pipeline {
    let mut pipeline = Pipeline::default();
    let names: Vec<String> = (0..tables).map(input_name).collect();
    for name in &names {
        pipeline.nodes.insert(name.clone(), Node::default());
    }
    let from = names.iter().map(|name| Some(Link::parse(name))).collect();
    pipeline.nodes.insert("it".into(), Node { step, from, ..Node::default() });
    pipeline
}

pub fn input_name(port: usize) -> String {
    format!("in {port}")
}

/// A table as a node into which it was typed.
pub fn typed(table: &Table) -> Step {
    let column = |column: &pipewright_engine::types::Column| nodes::table::TypedColumn {
        name: NewColumn(column.name.clone()),
        kind: column.kind.clone(),
    };
    let cell = |value: &Value| (!value.is_null()).then(|| value.to_string());
    Step::Table(nodes::Table {
        columns: table.schema.0.iter().map(column).collect(),
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    })
}

/// A pipeline as the file of a job, in a folder.
pub fn job(pipeline: &Pipeline, folder: &Path) -> Job {
    Job { file: folder.join("it.pipe.ron"), text: file::write(pipeline), secrets: secrets(), ..Job::default() }
}

/// Those of the examples.
fn secrets() -> Secrets {
    Secrets::from(oracle::formula::SECRETS)
}

/// The same step with typed-in tables before it.
pub fn typed_pipeline(step: Step, tables: &[Table]) -> Pipeline {
    let mut pipeline = pipeline_of(step, tables.len());
    for (port, table) in tables.iter().enumerate() {
        pipeline.nodes[port].step = typed(table);
    }
    pipeline
}

/// All rows of an output, through everything that a preview goes through.
pub fn preview(pipeline: &Pipeline, folder: &Path, node: &str, output: &str) -> Result<Preview, Vec<Problem>> {
    let output = Some(output.to_owned()).filter(|output| !output.is_empty());
    let wanted = Wanted { node: node.into(), output, rows: u64::MAX, exact: true };
    pipewright_runner::engine::engine().preview(&job(pipeline, folder), &wanted, &Cancel::default())
}

/// Runs a pipeline that must succeed.
pub fn run(pipeline: &Pipeline, folder: &Path) -> Report {
    let report = pipewright_runner::engine::engine().run(&job(pipeline, folder), &Cancel::default(), &|_| {});
    let report = report.unwrap_or_else(|problems| panic!("{problems:?}\n{}", file::write(pipeline)));
    assert_eq!(report.outcome, Outcome::Done, "{:?}\n{}", report.problems, file::write(pipeline));
    report
}

/// Writes a table to a file, as its ending says: with our own nodes, or with Polars where we have none.
pub fn store(table: &Table, path: PathBuf) {
    use polars::io::avro::AvroWriter;
    use polars::prelude::{IpcWriter, SerWriter};
    if path.extension().is_some_and(|ending| ending == "avro") {
        let mut frame = convert::frame(table).unwrap();
        return AvroWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    }
    if path.extension().is_some_and(|ending| ["arrow", "feather", "ipc"].iter().any(|known| ending == *known)) {
        let mut frame = convert::frame(table).unwrap();
        return IpcWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    }
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let step = match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => Step::WriteParquet(nodes::WriteParquet { path: name.as_str().into(), ..Default::default() }),
        Some("xlsx") => Step::WriteExcel(nodes::WriteExcel { path: name.as_str().into(), ..Default::default() }),
        ending => panic!("{ending:?} is not stored"),
    };
    run(&typed_pipeline(step, std::slice::from_ref(table)), path.parent().unwrap());
}

/// Reads such a file back.
pub fn stored(path: &Path) -> Table {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let step = match path.extension().and_then(|ending| ending.to_str()) {
        // A folder is one of partitions.
        Some("parquet") | None => {
            Step::ReadParquet(nodes::ReadParquet { path: name.as_str().into(), ..Default::default() })
        }
        Some("arrow" | "feather" | "ipc") => {
            Step::ReadArrow(nodes::ReadArrow { path: name.as_str().into(), ..Default::default() })
        }
        Some("avro") => Step::ReadAvro(nodes::ReadAvro { path: name.as_str().into(), ..Default::default() }),
        Some("xlsx") => Step::ReadExcel(nodes::ReadExcel { path: name.as_str().into(), ..Default::default() }),
        ending => panic!("{ending:?} is not stored"),
    };
    preview(&pipeline_of(step, 0), path.parent().unwrap(), "it", "").unwrap().table
}

/// What is different in two tables, if they are not the same. Floats may differ in the last digits.
pub fn difference(is: &Table, wanted: &Table) -> Option<String> {
    let differs = || format!("is\n{is}\nand not\n{wanted}");
    if is.schema.to_string() != wanted.schema.to_string() {
        return Some(format!("columns {} and not {}\n{}", is.schema, wanted.schema, differs()));
    }
    if is.rows.len() != wanted.rows.len() {
        return Some(differs());
    }
    let rows = is.rows.iter().zip(&wanted.rows);
    let at = rows.enumerate().find(|(_, (a, b))| !a.iter().zip(*b).all(|(a, b)| alike(a, b))).map(|(at, _)| at)?;
    Some(format!("row {at}: {:?} and not {:?}\n{}", is.rows[at], wanted.rows[at], differs()))
}

fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => {
            // What is nothing but rounding is as good as zero.
            let near = || (a - b).abs() <= (1e-9 * a.abs().max(b.abs())).max(1e-15);
            a == b || a.is_nan() && b.is_nan() || a.is_finite() && b.is_finite() && near()
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Value::Struct(a), Value::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((a, own), (b, other))| a == b && alike(own, other))
        }
        (Value::Text(a), Value::Text(b)) if a != b => alike_texts(a, b),
        (a, b) => a == b,
    }
}

/// Texts that floats were written into, as in a reject or an example: the words the same, the numbers alike.
fn alike_texts(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> { text.split([' ', ',', '=', '[', ']', ':']).map(str::to_owned).collect() };
    let number = |text: &str| text.parse().map(Value::Float);
    let same = |(a, b): (&String, &String)| a == b || matches!((number(a), number(b)), (Ok(a), Ok(b)) if alike(&a, &b));
    let (a, b) = (words(a), words(b));
    a.len() == b.len() && a.iter().zip(&b).all(same)
}
