//! Files that are dropped.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use pipewright_engine::nodes::Step;
use pipewright_engine::nodes::read_lines::LineFormat;
use pipewright_engine::table::Table;
use pipewright_runner::job::Job;
use pipewright_runner::show::{Ask, News};

use super::Desk;
use crate::laboratory;

#[test]
fn a_dropped_file_finds_its_reader() {
    let desk = Desk::new();
    let path = |name: &str| desk.folder.path().join(name).display().to_string();
    desk.write("a.csv", "id;paid\n1;2,50\n2;3,75\n");
    let Ok(Step::ReadCsv(csv)) = desk.sniff(&path("a.csv")) else { panic!("text is read by ReadCsv") };
    assert_eq!((csv.path.0.as_str(), csv.delimiter.as_deref(), csv.header), ("a.csv", Some(";"), Some(true)));
    assert_eq!((csv.encoding.as_deref(), csv.decimal_comma), (Some("utf-8"), Some(true)));
    let types: Vec<String> = csv.types.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    assert_eq!(types, ["id: Integer", "paid: Float"]);
    desk.write("b.json", "[{\"a\": 1}]");
    assert!(matches!(desk.sniff(&path("b.json")), Ok(Step::ReadJson(json)) if json.path.0 == "b.json"));
    desk.write("c.txt", "{\"a\": 1}\n{\"a\": 2}\n");
    assert!(matches!(desk.sniff(&path("c.txt")), Ok(Step::ReadJson(_))));
    laboratory::store(&Table::parse("a: Integer\n1").unwrap(), desk.folder.path().join("d.parquet"));
    assert!(matches!(desk.sniff(&path("d.parquet")), Ok(Step::ReadParquet(_))));
    fs::rename(desk.folder.path().join("d.parquet"), desk.folder.path().join("e.dat")).unwrap();
    assert!(matches!(desk.sniff(&path("e.dat")), Ok(Step::ReadParquet(_))));
    for name in ["g.arrow", "g.avro"] {
        laboratory::store(&Table::parse("a: Integer\n1").unwrap(), desk.folder.path().join(name));
    }
    assert!(matches!(desk.sniff(&path("g.arrow")), Ok(Step::ReadArrow(_))));
    assert!(matches!(desk.sniff(&path("g.avro")), Ok(Step::ReadAvro(_))));
    desk.write("h.xml", "<a><b/></a>");
    assert!(matches!(desk.sniff(&path("h.xml")), Ok(Step::ReadXml(_))));
    desk.write("h.xls", "<html><table><tr><td>1</table>");
    fs::rename(desk.folder.path().join("h.xls"), desk.folder.path().join("h.dat")).unwrap();
    assert!(matches!(desk.sniff(&path("h.dat")), Ok(Step::ReadHtml(_))));
    desk.write("i.log", "2024-05-01 12:30:00,123 ERROR boom\n  at main\n");
    let Ok(Step::ReadLines(log)) = desk.sniff(&path("i.log")) else { panic!("a log is read by ReadLines") };
    assert_eq!((log.format, log.record_start.is_empty()), (LineFormat::Application, false));
    desk.write("j.log", "any text\n");
    assert!(matches!(desk.sniff(&path("j.log")), Ok(Step::ReadLines(log)) if log.format == LineFormat::Plain));
    fs::create_dir(desk.folder.path().join("below")).unwrap();
    desk.write("below/f.tsv", "a\tb\n1\t2\n");
    assert!(matches!(desk.sniff(&path("below/f.tsv")), Ok(Step::ReadCsv(csv)) if csv.path.0 == "below/f.tsv"));
    for name in ["one.zip", "t.zip"] {
        let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/packed").join(name);
        fs::copy(packed, desk.folder.path().join(name)).unwrap();
    }
    assert!(matches!(desk.sniff(&path("one.zip")), Ok(Step::ReadCsv(csv)) if csv.path.0.starts_with("one.zip!")));
    assert!(desk.sniff(&path("t.zip")).unwrap_err().contains("several files"));
    assert!(desk.sniff(&path("nothing.csv")).unwrap_err().contains("no file"));
    let unsaved = Ask::Sniff { job: Job::default(), path: path("a.csv") };
    let News::Sniffed(Step::ReadCsv(csv)) = desk.engine.look(&unsaved) else { panic!("text is read by ReadCsv") };
    assert_eq!(csv.path.0, path("a.csv"));
}

#[test]
fn the_head_of_a_huge_file_is_all_that_is_read_of_it() {
    let desk = Desk::new();
    let mut text = String::from("n,word\n");
    (0..300_000).for_each(|n| text.push_str(&format!("{n},word\n")));
    desk.write("huge.csv", text);
    // Ten gigabytes, nearly all of which lie nowhere: whoever reads them takes minutes.
    File::options().write(true).open(desk.folder.path().join("huge.csv")).unwrap().set_len(10 << 30).unwrap();
    let began = Instant::now();
    assert!(desk.sniff(&desk.folder.path().join("huge.csv").display().to_string()).is_ok());
    let told = desk.show(r#""in": (step: ReadCsv(path: "huge.csv")),"#, &["in"]);
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(told.output("in", 0).rows, 10_000);
    let found = told.found("in").unwrap();
    assert!(found.estimated && found.records.unwrap() > 500_000_000, "{found:?}");
}
