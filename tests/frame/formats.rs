//! Files of every format: what is written is read back equal, and files by other programs are read as those programs mean them.

use std::path::{Path, PathBuf};

use pipewright_engine::nodes::write_json::JsonOutput;
use pipewright_engine::nodes::{
    ReadArrow, ReadCsv, ReadExcel, ReadFixedWidth, ReadJson, ReadParquet, WriteCsv, WriteExcel, WriteJson, WriteParquet,
};
use pipewright_engine::plan::{Entry, Op, Plan, Rows, Sink, Source};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Storage, Type};
use pipewright_engine::value::Value;
use pipewright_runner::convert;
use pipewright_runner::files::Spool;
use pipewright_runner::host::Cancel;
use pipewright_runner::lower::{SourceOutput, Tables};
use pipewright_runner::sink::To;
use pipewright_runner::source::{Extent, Opened, Opening};
use pipewright_runner::stage::{End, Stopped, execute};
use polars::prelude::{Engine, LazyFrame};

pub struct Folder {
    temp: tempfile::TempDir,
    spool: Spool,
}

struct NoTables;

impl Tables for NoTables {
    fn source(&self, _: &str, _: SourceOutput) -> Result<LazyFrame, Problem> {
        Err(Problem::new("no source"))
    }

    fn kept(&self, _: &str, _: usize) -> Result<LazyFrame, Problem> {
        Err(Problem::new("nothing kept"))
    }

    fn secret(&self, _name: &str) -> Option<String> {
        None
    }
}

impl Folder {
    pub fn new() -> Self {
        Self { temp: tempfile::tempdir().unwrap(), spool: Spool::open().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn write(&self, table: &Table, sink: &Sink) {
        self.try_write(table, sink).unwrap();
    }

    /// Writes a table as a run does, but to its place at once.
    fn try_write(&self, table: &Table, sink: &Sink) -> Result<(), Problem> {
        let to = To::write(sink, self.path(sink.path()), &table.schema, &self.spool);
        Self::run_to(table, &to)?;
        to.finish(&table.schema, &Cancel::default())
    }

    fn run_to(table: &Table, to: &To) -> Result<(), Problem> {
        let (op, inputs, schema) = (Op::Inline(table.clone()), Vec::new(), table.schema.clone());
        let plan = Plan { entries: vec![Entry { op, inputs, schema, node: "given".into() }], ..Plan::default() };
        let end = End { node: "written".into(), rows: Rows(0), to: to.clone() };
        match execute(&plan, &[end], &NoTables, &Cancel::default(), &|_| {}) {
            Err(Stopped::Failed(problem)) => Err(problem),
            Err(Stopped::Cancelled) => panic!("nobody cancelled"),
            Ok(executed) => {
                assert_eq!(executed.ends[0].rows, table.rows.len() as u64);
                Ok(())
            }
        }
    }

    pub fn open(&self, source: &Source, extent: Extent) -> Result<Opened, Problem> {
        open_in(self.temp.path(), &self.spool, source, extent)
    }

    pub fn read(&self, source: &Source) -> Table {
        let opened = self.open(source, Extent::Whole).unwrap();
        let table = collect(&opened, false);
        let head = self.open(source, Extent::Head { rows: 1000, small: 0 }).unwrap();
        assert_same(&collect(&head, false), &table);
        assert_eq!(opened.rows, Some(table.rows.len() as u64));
        table
    }

    pub fn rejects(&self, source: &Source) -> Vec<Vec<String>> {
        let opened = self.open(source, Extent::Whole).unwrap();
        let rejected = collect(&opened, true);
        assert_eq!(opened.rejects_count, rejected.rows.len() as u64);
        let records: u64 = opened.reports.iter().map(|report| report.records).sum();
        assert_eq!(records, opened.rows.unwrap() + opened.rejects_count);
        rejected.rows.iter().map(|row| row.iter().map(Value::to_string).collect()).collect()
    }

    pub fn refused(&self, source: &Source) -> String {
        let problem = self.open(source, Extent::Whole).err().unwrap();
        assert!(self.open(source, Extent::Head { rows: 10, small: 0 }).is_err());
        problem.message
    }
}

fn open_in(base: &Path, spool: &Spool, source: &Source, extent: Extent) -> Result<Opened, Problem> {
    Opening { base, spool, extent, stop: &|| false, tell: &|_| {} }.open("read", source)
}

/// The rows, in the types that the source has promised.
pub fn collect(opened: &Opened, rejected: bool) -> Table {
    let (frame, schema) = if rejected { (&opened.rejected, &opened.rejects) } else { (&opened.frame, &opened.schema) };
    let frame = frame.clone().collect_with_engine(Engine::Streaming).unwrap().unwrap_single();
    assert_eq!(**frame.schema(), convert::polars_schema(schema));
    let table = convert::table(&frame).unwrap();
    for (at, name) in schema.names().enumerate().filter(|(_, name)| !rejected && opened.filled.contains(*name)) {
        assert!(table.rows.iter().all(|row| !row[at].is_null()), "{name} has nulls, though the file says otherwise");
    }
    table
}

pub fn parquet(path: &str) -> Source {
    Source::Parquet(ReadParquet { path: path.into(), ..ReadParquet::default() })
}

fn json(path: &str) -> Source {
    Source::Json(ReadJson { path: path.into(), ..ReadJson::default() })
}

fn excel(path: &str) -> Source {
    Source::Excel(ReadExcel { path: path.into(), ..ReadExcel::default() })
}

fn write_excel(path: &str) -> Sink {
    Sink::Excel(WriteExcel { path: path.into(), ..WriteExcel::default() })
}

pub fn write_parquet(path: &str) -> Sink {
    Sink::Parquet(WriteParquet { path: path.into(), ..WriteParquet::default() })
}

pub fn table(text: &str) -> Table {
    Table::parse(text).unwrap()
}

/// A column of every type, with what is hard in each: null, the ends of the range, what looks like something else.
fn every_type() -> Table {
    let mut table = table(
        "b: Boolean, i: Integer, f: Float, c: Decimal(20, 3), t, d: Date, time: Time, at: Timestamp, z, long: Duration
         true, 9223372036854775807, 0.1, -12345678901234567.891, \"a, b\", 0001-01-01, 23:59:59.999999, 2024-02-29 12:30:00.000001, 2024-02-29 12:30:00.5Z, -1 day -00:00:01
         false, -9223372036854775808, -1.5e300, 0.000, \"\", 9999-12-31, 00:00, 1969-12-31 23:59:59.5, 1969-12-31 23:59:59Z, 00:00:00.000001
         , , , , , , , , ,
         true, 0, NaN, 1.000, \" 007 \", 1970-01-01, 12:00, 2024-01-01, 2024-01-01 00:00Z, 3 days",
    );
    table.schema.0[8].kind = Type::TimestampZoned("UTC".into());
    for row in &mut table.rows {
        row[8] = row[8].as_text().map(|text| Value::parse(text, &table.schema.0[8].kind).unwrap()).unwrap_or_default();
    }
    let mut text = ["say \"hi\"\nthere\r\n", "null", "NULL", "ü🎈"].into_iter();
    table.schema.0.push(Column::new("odd text", Type::Text));
    for row in &mut table.rows {
        row.push(Value::text(text.next().unwrap()));
    }
    table
}

fn with_nested(mut table: Table) -> Table {
    let fields = vec![Column::new("x", Type::Integer), Column::new("y", Type::Text)];
    table.schema.0.push(Column::new("list", Type::List(Box::new(Type::Integer))));
    table.schema.0.push(Column::new("struct", Type::Struct(fields)));
    table.schema.0.push(Column::new("bytes", Type::Binary));
    for (at, row) in table.rows.iter_mut().enumerate() {
        let struct_of = |x, y| Value::Struct(vec![("x".into(), x), ("y".into(), y)]);
        row.extend(match at {
            0 => [
                Value::List(vec![Value::Integer(1), Value::Null]),
                struct_of(Value::Integer(5), Value::Null),
                Value::Binary(vec![0, 255]),
            ],
            1 => [Value::List(vec![]), struct_of(Value::Null, Value::text("\"")), Value::Binary(vec![])],
            _ => [Value::Null, Value::Null, Value::Null],
        });
    }
    table
}

/// NaN is not equal to itself, but a table with one is to a copy.
pub fn assert_same(found: &Table, wanted: &Table) {
    assert_eq!(format!("{found:?}"), format!("{wanted:?}"));
}

#[test]
fn parquet_holds_every_type() {
    let folder = Folder::new();
    let given = with_nested(every_type());
    folder.write(&given, &write_parquet("all.parquet"));
    assert_same(&folder.read(&parquet("all.parquet")), &given);
    let none = Table::empty(given.schema.clone());
    folder.write(&none, &write_parquet("none.parquet"));
    assert_eq!(folder.read(&parquet("none.parquet")), none);
}

#[test]
fn partitions_have_a_folder_for_each_value() {
    let folder = Folder::new();
    let given = table(
        "id: Integer, key\n 1, a/b\n 2, \n 3, \"\"\n 4, ü\n 5, __HIVE_DEFAULT_PARTITION__\n 6, a%2Fb\n 7, ..\n 8, a/b",
    );
    let node = WriteParquet { path: "out".into(), partition_by: vec!["key".into()], ..WriteParquet::default() };
    folder.write(&given, &Sink::Parquet(node));
    let mut names: Vec<String> = std::fs::read_dir(folder.path("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "key=",
            "key=%5F_HIVE_DEFAULT_PARTITION__",
            "key=..",
            "key=__HIVE_DEFAULT_PARTITION__",
            "key=a%252Fb",
            "key=a%2Fb",
            "key=ü"
        ]
    );
    let mut found = folder.read(&parquet("out"));
    found.rows.sort_by(|a, b| a[0].order(&b[0]));
    assert_eq!(found, given);
    let without = ReadParquet { path: "out".into(), folder_columns: false, ..ReadParquet::default() };
    assert_eq!(folder.read(&Source::Parquet(without)).schema.to_string(), "id: Integer");

    let node = WriteParquet { path: "none".into(), partition_by: vec!["key".into()], ..WriteParquet::default() };
    folder.write(&Table::empty(given.schema.clone()), &Sink::Parquet(node));
    assert_eq!(folder.read(&parquet("none")), Table::empty(given.schema));
}

#[test]
fn parquet_files_are_read_as_one_by_name() {
    let folder = Folder::new();
    folder.write(&table("id: Integer, name\n 1, a"), &write_parquet("1.parquet"));
    folder.write(&table("name, id: Integer\n b, 2"), &write_parquet("2.parquet"));
    let source = ReadParquet { path: "*.parquet".into(), file_column: Some("file".into()), ..ReadParquet::default() };
    assert_eq!(
        folder.read(&Source::Parquet(source)),
        table("id: Integer, name, file\n 1, a, 1.parquet\n 2, b, 2.parquet")
    );
    let head = folder.open(&parquet("*.parquet"), Extent::Head { rows: 1, small: 0 }).unwrap();
    assert_eq!((collect(&head, false).rows.len(), head.rows, head.whole), (1, Some(1), false));
    folder.write(&table("name, id\n c, three"), &write_parquet("3.parquet"));
    assert_eq!(
        folder.refused(&parquet("*.parquet")),
        "The column \"id\" is Text in 3.parquet and Integer in 1.parquet."
    );
    folder.write(&table("name\n c"), &write_parquet("3.parquet"));
    assert_eq!(folder.refused(&parquet("*.parquet")), "3.parquet lacks the column \"id\", other than 1.parquet.");
}

#[test]
fn what_is_no_whole_parquet_file_is_refused() {
    let folder = Folder::new();
    folder.write(&every_type(), &write_parquet("all.parquet"));
    let bytes = std::fs::read(folder.path("all.parquet")).unwrap();
    folder.put("cut.parquet", &bytes[..bytes.len() / 2]);
    folder.put("text.parquet", "id,name\n1,a\n");
    folder.put("empty.parquet", "");
    let mut damaged = bytes.clone();
    let length = damaged.len();
    damaged[length - 60..length - 8].fill(0xFF);
    folder.put("damaged.parquet", damaged);
    assert_eq!(
        folder.refused(&parquet("cut.parquet")),
        "\"cut.parquet\" is cut off: its end is not that of a Parquet file."
    );
    assert_eq!(folder.refused(&parquet("text.parquet")), "\"text.parquet\" is not a Parquet file.");
    assert_eq!(folder.refused(&parquet("empty.parquet")), "The file \"empty.parquet\" is empty.");
    assert!(folder.refused(&parquet("damaged.parquet")).starts_with("\"damaged.parquet\" is damaged"));
}

#[test]
fn csv_reads_back_as_it_was_written() {
    use pipewright_engine::nodes::write_csv::Quoting;
    let folder = Folder::new();
    let given = every_type();
    let types = given.schema.0.iter().map(|column| (column.name.clone(), column.kind.clone())).collect();
    let variants = [
        (Quoting::Needed, ",", ""),
        (Quoting::Needed, ";", "null"),
        (Quoting::Text, "\t", ""),
        (Quoting::Always, "|", "NULL"),
    ];
    for (at, (quoting, delimiter, null)) in variants.into_iter().enumerate() {
        let path = format!("{at}.csv");
        folder.write(
            &given,
            &Sink::Csv(WriteCsv {
                path: path.as_str().into(),
                delimiter: delimiter.into(),
                null: null.into(),
                quoting,
                ..WriteCsv::default()
            }),
        );
        let mut source = ReadCsv { path: path.as_str().into(), types: Clone::clone(&types), ..ReadCsv::default() };
        source.null_words = Some(null.to_owned()).filter(|null| !null.is_empty()).into_iter().collect();
        source.delimiter = Some(delimiter.into());
        assert_same(&folder.read(&Source::Csv(source)), &given);
    }
    let nulls = "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|\"NULL\"";
    assert!(folder.text("3.csv").lines().any(|line| line == nulls), "null is never between quotes, the word always");
}

#[test]
fn json_reads_back_as_it_was_written() {
    let folder = Folder::new();
    let mut given = with_nested(every_type());
    // Bytes have no form in JSON that would be read as bytes again.
    given.schema.0.pop();
    given.rows.iter_mut().for_each(|row| drop(row.pop()));
    let types: indexmap::IndexMap<_, _> =
        given.schema.0.iter().map(|column| (column.name.clone(), column.kind.clone())).collect();
    for (path, format) in
        [("all.ndjson", JsonOutput::Lines), ("all.json", JsonOutput::Array), ("all.json.gz", JsonOutput::Array)]
    {
        folder.write(&given, &Sink::Json(WriteJson { path: path.into(), format }));
        let source = ReadJson { path: path.into(), types: types.clone(), ..ReadJson::default() };
        assert_same(&folder.read(&Source::Json(source)), &given);
    }
    assert_eq!(
        folder.text("all.ndjson").lines().nth(2).unwrap(),
        "{\"b\":null,\"i\":null,\"f\":null,\"c\":null,\"t\":null,\"d\":null,\"time\":null,\"at\":null,\"z\":null,\"long\":null,\"odd text\":\"NULL\",\"list\":null,\"struct\":null}"
    );
    let none = Table::empty(given.schema.clone());
    folder.write(&none, &Sink::Json(WriteJson { path: "none.json".into(), format: JsonOutput::Array }));
    assert_eq!(folder.text("none.json"), "[\n]\n");
}

#[test]
fn no_json_record_vanishes() {
    let folder = Folder::new();
    folder.put(
        "dirty.ndjson",
        "\u{FEFF}{\"id\": 1, \"v\": 1}\noops\n\n{\"id\": 2, \"v\": 2.5, \"late\": true}\r\n[1]\n{\"id\": 3, \"id\": 4}\n{\"id\": 5, \"v\": 1\n{\"id\": 12345678901234567890}",
    );
    let found = folder.read(&json("dirty.ndjson"));
    assert_eq!(found, table("id, v: Float, late: Boolean\n 1, 1, \n 2, 2.5, true\n 12345678901234567890, , "));
    let rejects = folder.rejects(&json("dirty.ndjson"));
    let told: Vec<[&str; 3]> = rejects.iter().map(|row| [row[1].as_str(), row[2].as_str(), row[5].as_str()]).collect();
    assert_eq!(
        told,
        [
            ["2", "oops", "not JSON"],
            ["5", "[1]", "not an object but a list"],
            ["6", "{\"id\": 3, \"id\": 4}", "the name \"id\" stands twice in one object"],
            ["7", "{\"id\": 5, \"v\": 1", "not JSON from character 17 on"],
        ]
    );
}

#[test]
fn types_of_json_are_what_all_records_have_in_common() {
    let folder = Folder::new();
    folder.put(
        "a.json",
        r#"{"meta": {"n": 4}, "data": {"items": [
            {"mixed": 1, "list": [1, 2.5], "deep": {"a": 1}, "exact": 1234567890123456, "none": null},
            {"mixed": "x", "list": [], "deep": {"b": "y"}, "exact": 0.5},
            {"mixed": {"k": [true]}, "list": null}
        ], "after": "]}"}}"#,
    );
    let source = ReadJson { path: "a.json".into(), records: "data.items".into(), ..ReadJson::default() };
    let found = folder.read(&Source::Json(source.clone()));
    assert_eq!(
        found.schema.to_string(),
        "mixed: Text, list: List(Float), deep: Struct(a: Integer, b: Text), exact: Text, none: Text"
    );
    let mixed: Vec<_> = found.column("mixed").unwrap().into_iter().cloned().collect();
    assert_eq!(mixed, [Value::text("1"), Value::text("x"), Value::text("{\"k\":[true]}")]);
    assert_eq!(found.column("exact").unwrap()[0], &Value::text("1234567890123456"));

    let typed = ReadJson { types: [("mixed".to_owned(), Type::Integer)].into_iter().collect(), ..source.clone() };
    let rejects = folder.rejects(&Source::Json(typed));
    assert_eq!([&rejects[0][1], &rejects[0][3], &rejects[0][4], &rejects[0][5]], ["2", "mixed", "x", "not Integer"]);
    assert_eq!(rejects.len(), 2);

    let wrong = ReadJson { records: "data.itmes".into(), ..source.clone() };
    assert_eq!(folder.refused(&Source::Json(wrong)), "There is no name in a.json called \"itmes\".");
    assert_eq!(folder.refused(&json("a.json")), "The document in a.json is an object, not a list of records.");
    let cut = folder.text("a.json").replace("], \"after\"", ", \"after\"");
    folder.put("a.json", &cut);
    let problem = folder.open(&Source::Json(source), Extent::Whole).err().unwrap();
    // The fourth is the text "after", which a colon follows where a comma should.
    assert_eq!(problem.message, "a.json, line 5: the document is cut off or broken after record 4.");
}

#[test]
fn fixed_width_goes_through_the_text_reader() {
    let folder = Folder::new();
    folder.put("a.txt", "id   amount\n001  12,50\n002   x\n003  \n");
    let column = |name: &str, width, kind| pipewright_engine::nodes::read_fixed_width::FixedColumn {
        name: name.into(),
        width,
        kind,
        start: None,
    };
    let source = Source::FixedWidth(ReadFixedWidth {
        path: "a.txt".into(),
        columns: vec![column("id", Some(5), Type::Text), column("amount", None, Type::Decimal(10, 2))],
        skip_lines: 1,
        decimal_comma: true,
        ..ReadFixedWidth::default()
    });
    assert_eq!(folder.read(&source), table("id, amount: Decimal(10, 2)\n 001, 12.50\n 003, "));
    assert_eq!(folder.rejects(&source).len(), 1);
}

#[test]
fn excel_reads_back_as_it_was_written() {
    let folder = Folder::new();
    let given = table(
        "b: Boolean, i: Integer, f: Float, c: Decimal(20, 2), t, d: Date, time: Time, at: Timestamp, long: Duration
         true, 999999999999999, 0.1, -1234.5, 007, 1900-03-01, 23:59:59.999, 2024-02-29 12:30:00.001, 26:00:01
         false, -3, -1.5e300, 0.00, \"a, b\", 9999-12-31, 00:00, 2024-01-01 00:00, 00:00
         , , , , TRUE, , , ,
         true, 0, 2, 1.00, x, 2024-02-29, 12:00, 1999-12-31 23:59:59, 01:02:03.5",
    );
    folder.write(&given, &write_excel("all.xlsx"));
    let source = ReadExcel {
        path: "all.xlsx".into(),
        types: [("c".to_owned(), Type::Decimal(20, 2))].into_iter().collect(),
        ..ReadExcel::default()
    };
    assert_eq!(folder.read(&Source::Excel(source)), given);
}

#[test]
fn what_excel_cannot_hold_exactly_is_text() {
    let folder = Folder::new();
    let given = table(
        "i: Integer, f: Float, c: Decimal(20, 1), d: Date, long: Duration
         1234567890123456, NaN, 12345678901234567.5, 1899-12-31, -00:00:01",
    );
    folder.write(&given, &write_excel("text.xlsx"));
    let texts = table("i, f, c, d, long\n 1234567890123456, NaN, 12345678901234567.5, 1899-12-31, -00:00:01");
    assert_eq!(folder.read(&excel("text.xlsx")), texts);

    let To::Excel { path, node, rows } =
        To::write(&write_excel("stopped.xlsx"), folder.path("stopped.xlsx"), &texts.schema, &folder.spool)
    else {
        panic!("not a workbook")
    };
    let (stopped, kept) = (Cancel::default(), To::Spool { path: rows.clone() });
    stopped.cancel();
    Folder::run_to(&texts, &kept).unwrap();
    assert!(To::Excel { path, node, rows }.finish(&texts.schema, &stopped).is_err());

    let long = Table { schema: texts.schema.clone(), rows: vec![vec![Value::text("x".repeat(32_768)); 5]] };
    let problem = folder.try_write(&long, &write_excel("long.xlsx")).unwrap_err();
    assert_eq!(
        problem.message,
        "The text of \"i\" in row 1 is longer than the 32,767 characters that a cell of Excel holds."
    );
}

pub fn stored(source: &Source) -> Result<Opened, Problem> {
    stored_to(source, Extent::Whole)
}

fn stored_to(source: &Source, extent: Extent) -> Result<Opened, Problem> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/formats");
    // What is opened is read before the spool is gone.
    thread_local!(static SPOOL: Spool = Spool::open().unwrap());
    SPOOL.with(|spool| open_in(&folder, spool, source, extent))
}

/// What is read of a stored file is what the table of the same name says, which was written by hand.
pub fn assert_stored(source: &Source, table_name: &str) -> Opened {
    let opened = stored(source).unwrap();
    let found = collect(&opened, false);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/formats").join(table_name);
    let wanted = table(&std::fs::read_to_string(path).unwrap());
    assert_eq!(found.schema.names().collect::<Vec<_>>(), wanted.schema.names().collect::<Vec<_>>());
    let texts = |table: &Table| -> Vec<Vec<String>> {
        table.rows.iter().map(|row| row.iter().map(Value::to_string).collect()).collect()
    };
    assert_eq!(texts(&found), texts(&wanted));
    opened
}

#[test]
fn parquet_by_other_programs_keeps_its_types() {
    let opened = assert_stored(&parquet("arrow.parquet"), "arrow.csv");
    let column = |name: &str| opened.schema.column(name).unwrap().clone();
    assert_eq!(column("small").storage, Some(Storage::Int8));
    assert_eq!(column("huge").storage, Some(Storage::UInt64));
    assert_eq!(column("single").storage, Some(Storage::Float32));
    assert_eq!(column("nanos").storage, Some(Storage::Nanoseconds));
    assert_eq!(column("millis").kind, Type::TimestampZoned("UTC".into()));
    assert_eq!(column("price").kind, Type::Decimal(10, 2));
    let none = stored(&parquet("no_rows.parquet")).unwrap();
    assert_eq!((none.rows, none.schema.to_string().as_str()), (Some(0), "n: Integer"));
}

#[test]
fn what_a_parquet_file_says_goes_before_what_a_program_noted_in_it() {
    let shown = |name: &str| {
        let opened = stored(&parquet(name)).unwrap();
        let rows = collect(&opened, false).rows;
        let rows = rows.iter().map(|row| row.iter().map(Value::to_string).collect::<Vec<_>>().join(" | "));
        (opened.schema.to_string(), rows.collect::<Vec<_>>())
    };
    // Written from the seconds 45005 and 1, which Parquet holds as milliseconds.
    let (_, rows) = shown("times.parquet");
    assert_eq!(
        rows,
        [
            "12:30:05 | [12:30:05, null] | {t: 12:30:05} | 12:30:05 | 2024-02-29 12:30:05 | 00:01:30",
            "00:00:01 | [] | {t: 00:00:01} | 00:00:01 |  | ",
            " |  |  |  |  | ",
        ]
    );
    for name in ["noted.parquet", "plainly_noted.parquet"] {
        let rows = ["{\"a\": \"ü\"} | 9b2f8a54-0c1d-4e6f-8a7b-1234567890ab", " | "].map(str::to_owned).to_vec();
        assert_eq!(shown(name), ("json: Text, key: Text".to_owned(), rows), "{name}");
    }
}

#[test]
fn durations_of_nanoseconds_are_written_with_their_sign_and_all_digits() {
    let shell = crate::shell::Shell::empty();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/formats/durations.parquet");
    shell.write("in.parquet", std::fs::read(file).unwrap());
    shell.pipeline(
        r#""in": (step: ReadParquet(path: "in.parquet")), "out": (step: WriteCsv(path: "out.csv"), from: ["in"]),"#,
    );
    assert_eq!(shell.call(&["run", "x.pipe.ron"]).code, 0);
    let wanted = [
        "took",
        "00:00:00.000000001",
        "-00:00:00.000000001",
        "00:00:00.000001500",
        "-00:00:00.999999999",
        "1 day 00:00:00.000000001",
        "-1 day -00:00:00.000000001",
        "-00:01:30",
    ];
    assert_eq!(shell.read("out.csv").lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn workbooks_by_other_programs_are_read() {
    let read = ReadExcel { path: "orders.xlsx".into(), skip_rows: Some(1), ..ReadExcel::default() };
    let opened = assert_stored(&Source::Excel(read.clone()), "orders.csv");
    assert_eq!(
        opened.schema.to_string(),
        "id: Integer, item: Text, on: Date, at: Timestamp, ok: Boolean, share: Float, item_2: Text, column_8: Text"
    );
    let rejects = collect(&opened, true);
    let reject: Vec<String> = rejects.rows[0].iter().map(Value::to_string).collect();
    assert_eq!((rejects.rows.len(), opened.reports[0].records), (1, 4));
    assert_eq!(reject, ["orders.xlsx", "7", "3,#N/A,,,,,,", "item", "#N/A", "#N/A"]);

    let open = assert_stored(&excel("open.ods"), "open.csv");
    assert_eq!(open.schema.to_string(), "id: Float, on: Date, at: Timestamp, time: Time, ok: Boolean");

    let refused = |read: ReadExcel| stored(&Source::Excel(read)).err().unwrap();
    let wrong = refused(ReadExcel { sheet: Some("Order".into()), ..read.clone() });
    assert_eq!(wrong.message, "There is no sheet in orders.xlsx called \"Order\".");
    assert_eq!(wrong.replacement.as_deref(), Some("Orders"));
    let empty = refused(ReadExcel { sheet: Some("Nothing".into()), ..read.clone() });
    assert_eq!(empty.message, "The sheet \"Nothing\" in orders.xlsx is empty.");
    let far = refused(ReadExcel { skip_rows: Some(100), ..read });
    assert_eq!(far.message, "The sheet \"Orders\" in orders.xlsx has no values there.");
    let folder = Folder::new();
    folder.put("page.xlsx", "<html>");
    assert!(folder.refused(&excel("page.xlsx")).starts_with("\"page.xlsx\" is not a workbook that can be read"));
}

#[test]
fn times_of_a_day_go_through_avro() {
    let shell = crate::shell::Shell::empty();
    let text = "at,n\n12:30:05,1\n23:59:59.500,2\n,3\n";
    shell.write("in.csv", text);
    for (read, write) in [
        ("ReadCsv(path: \"in.csv\")", "WriteAvro(path: \"kept.avro\")"),
        ("ReadAvro(path: \"kept.avro\")", "WriteCsv(path: \"out.csv\")"),
    ] {
        shell.pipeline(&format!(r#""in": (step: {read}), "out": (step: {write}, from: ["in"]),"#));
        let told = shell.call(&["run", "x.pipe.ron"]);
        assert_eq!(told.code, 0, "{}", told.stderr);
    }
    assert!(String::from_utf8_lossy(&std::fs::read(shell.path().join("kept.avro")).unwrap()).contains("time-micros"));
    assert_eq!(shell.read("out.csv"), text);
}

#[test]
fn the_first_sheet_is_the_first_that_is_not_hidden() {
    let rows = |sheet: Option<&str>| {
        let read = ReadExcel { path: "hidden.xlsx".into(), sheet: sheet.map(str::to_owned), ..ReadExcel::default() };
        collect(&stored(&Source::Excel(read)).unwrap(), false)
    };
    assert_same(&rows(None), &table("id: Integer, amount: Integer\n 1, 5"));
    assert_same(&rows(Some("lists")), &table("city\n Bonn"));
}

#[test]
fn what_a_workbook_does_not_say_is_rejected_and_never_another_value() {
    let read = ReadExcel { path: "kinds.xlsx".into(), ..ReadExcel::default() };
    let sheet = |name: &str| Source::Excel(ReadExcel { sheet: Some(name.to_owned()), ..read.clone() });
    let rejected = |name: &str| {
        let rejected = collect(&stored(&sheet(name)).unwrap(), true);
        rejected.rows.iter().map(|row| format!("{} {} {}: {}", row[1], row[3], row[4], row[5])).collect::<Vec<_>>()
    };

    assert_same(
        &collect(&stored(&sheet("Formulas")).unwrap(), false),
        &table("item, count: Integer, price: Float, total: Integer\n ink, 1, 3, 3\n cap, , ,"),
    );
    let unsaved = "a formula without a value: open the workbook in a spreadsheet program and save it";
    assert_eq!(rejected("Formulas"), [format!("2 total =B2*C2: {unsaved}")]);

    // 45,000 days from the end of 1899 on; the times of day are a half, nothing, a quarter.
    let days = "id: Integer, on: Date, at: Timestamp, clock: Time\n 0, 2023-03-15, 2023-03-15 12:00, 12:00";
    assert_same(&collect(&stored(&sheet("Days")).unwrap(), false), &table(days));
    let wrong = [
        "3 on 0: a number that is no date",
        "4 on -3: a number that is no date",
        "5 on 0.75: a number that is no date",
        "6 at 0.5: a number that is no date",
        "7 on 2958466: a number that is no date",
        "8 on 60: 1900-02-29 is a day to spreadsheet programs only",
    ];
    assert_eq!(rejected("Days"), wrong);
}

#[test]
fn the_columns_of_a_range_stay_and_titles_are_found() {
    let read = ReadExcel { path: "kinds.xlsx".into(), ..ReadExcel::default() };
    let read = |sheet: &str, range: Option<&str>, skip_rows: Option<u64>| {
        let range = range.map(str::to_owned);
        stored(&Source::Excel(ReadExcel { sheet: Some(sheet.to_owned()), range, skip_rows, ..read.clone() })).unwrap()
    };
    let gap = collect(&read("Gap", Some("A1:E2"), None), false);
    assert_same(&gap, &table("column_1, a: Integer, column_3, c: Integer, column_5\n , 1, , 3,"));
    assert_same(&collect(&read("Gap", None, None), false), &table("a: Integer, c: Integer\n 1, 3"));

    let found = read("Titles", None, None);
    assert_same(&collect(&found, false), &table("id: Integer, item, price: Float, note\n 1, pen, 1.5,\n 2, ink, 3,"));
    assert_eq!(found.read_as, "workbook, sheet \"Titles\", header in row 4 below 2 rows of title");
    let stated = read("Titles", None, Some(0));
    assert_eq!(stated.schema.names().next(), Some("Sales of the north"));
    assert_eq!((stated.read_as.as_str(), stated.rows), ("workbook, sheet \"Titles\"", Some(4)));
    // Records are no title: a column of values beside a wider table, few cells in most rows, numbers.
    for (sheet, rows, first) in [("Ranks", 6, "Data"), ("Colours", 6, "red")] {
        let found = read(sheet, None, None);
        assert_eq!((found.rows, found.schema.names().next()), (Some(rows), Some(first)), "{sheet}");
    }
    let ranged = read("Titles", Some("A5:C6"), None);
    assert_eq!((ranged.schema.names().next(), ranged.rows), (Some("1"), Some(1)));
}

#[test]
fn old_workbooks_have_their_text_and_their_numbers() {
    let old = collect(&stored(&excel("code_page.xls")).unwrap(), false);
    assert_same(&old, &table("Titel, Größe: Float\n Öl, 1.5\n 日本, 2"));
    let sheet = ReadExcel { path: "code_page.xls".into(), sheet: Some("Maße".into()), ..ReadExcel::default() };
    assert!(stored(&Source::Excel(sheet)).is_ok());
    // The 50th day of 1900, counted as Excel does, is the 19th of February.
    let five = collect(&stored(&excel("excel5.xls")).unwrap(), false);
    let text = "größe0: Integer, größe1: Date, größe2: Integer, größe3: Duration, größe4: Integer\n 50, 1900-02-19, 50, 50 days, 50";
    assert_same(&five, &table(text));

    let folder = Folder::new();
    folder.put("4.xls", [0x09, 0x04, 0x06, 0x00, 0, 0, 0x10, 0, 0, 0]);
    assert!(
        folder.refused(&excel("4.xls")).contains("it is a single sheet of Excel 4, from before there were workbooks")
    );
}

#[test]
fn lists_in_the_forms_of_older_programs_have_their_values() {
    let lists = collect(&stored(&parquet("lists.parquet")).unwrap(), false);
    let list = |values: &[i64]| Value::List(values.iter().map(|value| Value::Integer(*value)).collect());
    let pair = |a, b: Option<i64>| {
        Value::Struct(vec![("a".into(), Value::Integer(a)), ("b".into(), b.map_or(Value::Null, Value::Integer))])
    };
    let wanted = [
        vec![
            Value::Integer(1),
            list(&[0, 1, 2, 3]),
            list(&[7]),
            Value::List(vec![list(&[1, 2]), list(&[3])]),
            Value::List(vec![pair(4, Some(6)), pair(5, None)]),
        ],
        vec![Value::Integer(2), list(&[]), list(&[]), list(&[]), list(&[])],
        vec![Value::Integer(3), Value::Null, list(&[8, 9]), Value::Null, Value::Null],
    ];
    assert_eq!(lists.rows, wanted);
    let head = collect(&stored_to(&parquet("lists.parquet"), Extent::Head { rows: 2, small: 0 }).unwrap(), false);
    assert_eq!(head.rows, wanted[..2]);
}

#[test]
fn counts_of_a_footer_are_those_of_its_groups() {
    let rows = stored(&parquet("rows.parquet")).unwrap();
    assert_eq!((rows.rows, collect(&rows, false)), (Some(2), table_of("id: Integer\n 1\n 2", Storage::Int32)));
    let message = stored(&parquet("values.parquet")).err().unwrap().message;
    assert_eq!(
        message,
        "\"values.parquet\" is damaged, or Parquet of a kind that can't be read here: row group 1 says to have 3 rows, and 2 values \
         in the column \"n\"."
    );
}

#[test]
fn kinds_that_have_no_type_here_are_read_exactly_or_named() {
    // The largest and the smallest half, and what a sixteenth bit says of zero.
    let halves = collect(&stored(&parquet("halves.parquet")).unwrap(), false);
    let found: Vec<Value> = halves.rows.iter().map(|row| row[0].clone()).collect();
    let wanted = [1.5, -0.0, 65504.0, 1.0 / 16_777_216.0, f64::INFINITY].map(Value::Float);
    assert_eq!(format!("{found:?}"), format!("{wanted:?}"));
    assert_eq!(halves.rows[4][1], Value::Integer(5));
    let half = collect(&stored(&parquet("half.parquet")).unwrap(), false);
    assert_eq!(half.rows[0], [Value::Float(1.5), Value::Duration(1_000_000)]);
    assert_eq!(half.rows[1], [Value::Null, Value::Duration(2_000_000)]);

    let refused = |source: &Source| {
        let problem = stored(source).err().unwrap();
        assert_eq!(stored_to(source, Extent::Head { rows: 10, small: 0 }).err().as_ref(), Some(&problem));
        format!("{} {}", problem.message, problem.suggestion.unwrap())
    };
    assert_eq!(
        refused(&parquet("unreadable.parquet")),
        "The column \"any\" in \"unreadable.parquet\" is a VARIANT, \"place\" is a GEOMETRY, \"sum\" is a decimal of 76 digits, \
         \"span\" is an INTERVAL of months and days, none of which can be read here. Name it in leave_out to read the others: \
         [\"any\", \"place\", \"sum\", \"span\"]."
    );
    assert_eq!(
        refused(&parquet("beyond.parquet")),
        "The column \"clock\" in \"beyond.parquet\" has times of 24:00 or later, \"at\" has times beyond the year 262,000, \"long\" \
         has durations beyond 292,000 years, none of which can be read here. Name it in leave_out to read the others: \
         [\"clock\", \"at\", \"long\"]."
    );
    assert_eq!(
        refused(&parquet("infinite.parquet")),
        "The column \"day\" in \"infinite.parquet\" has dates beyond the year 262,000, \"at\" has times beyond the year 262,000, none \
         of which can be read here. Name it in leave_out to read the others: [\"day\", \"at\"]."
    );
    assert_eq!(
        refused(&Source::Arrow(ReadArrow { path: "unreadable.arrow".into(), ..ReadArrow::default() })),
        "The column \"half\" in \"unreadable.arrow\" is of numbers of two bytes (float16), \"some\" is a list view, \"sum\" is a \
         decimal of 256 bits, none of which can be read here. Write the file without it."
    );
    assert_eq!(
        refused(&Source::Arrow(ReadArrow { path: "beyond.arrow".into(), ..ReadArrow::default() })),
        "The column \"clock\" in \"beyond.arrow\" has times of 24:00 or later, \"long\" has durations beyond 292,000 years, none of \
         which can be read here. Write the file without it."
    );
    let without = |path: &str, names: &[&str]| {
        let leave_out = names.iter().map(|name| (*name).to_owned()).collect();
        Source::Parquet(ReadParquet { leave_out, ..ReadParquet { path: path.into(), ..ReadParquet::default() } })
    };
    let rest = collect(&stored(&without("unreadable.parquet", &["any", "place", "sum", "span"])).unwrap(), false);
    assert_eq!(rest, table_of("id: Integer\n 1", Storage::Int32));
    let rest = collect(&stored(&without("beyond.parquet", &["clock", "at", "long"])).unwrap(), false);
    assert_eq!(rest, table("id: Integer\n 1\n 2"));
    let wrong = stored(&without("rows.parquet", &["di"])).err().unwrap();
    assert_eq!(wrong.message, "There is no column \"di\".");

    let days = collect(&stored(&parquet("int96.parquet")).unwrap(), false);
    assert_eq!(days.rows, [[Value::Timestamp(0)], [Value::Timestamp(86_400_000_000)]]);
    let old = stored(&parquet("old_int96.parquet")).unwrap();
    let error = old.frame.collect_with_engine(Engine::Streaming).err().unwrap();
    assert!(error.to_string().contains("has times before 1677 or after 2262"), "{error}");
}

fn table_of(text: &str, storage: Storage) -> Table {
    let mut table = table(text);
    table.schema.0[0].storage = Some(storage);
    table
}
