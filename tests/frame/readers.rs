//! Sources that are read by ourselves, and files of other programs: what they mean, and what is said of those that are damaged.

use pipewright_engine::nodes::read_folder::FolderColumns;
use pipewright_engine::nodes::read_lines::LineFormat;
use pipewright_engine::nodes::{ListFiles, OnError, ReadArrow, ReadAvro, ReadFolder, ReadHtml, ReadLines, ReadXml};
use pipewright_engine::params::NewColumn;
use pipewright_engine::plan::Source;
use pipewright_engine::types::{Storage, Type};
use pipewright_runner::source::Extent;

use crate::formats::{Folder, assert_stored, collect, stored, table};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/formats/");

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FILES}{name}")).unwrap()
}

fn arrow(path: &str) -> Source {
    Source::Arrow(ReadArrow { path: path.into(), ..ReadArrow::default() })
}

fn avro(path: &str) -> Source {
    Source::Avro(ReadAvro { path: path.into(), ..ReadAvro::default() })
}

fn lines(path: &str) -> ReadLines {
    ReadLines { path: path.into(), ..ReadLines::default() }
}

fn xml(path: &str) -> ReadXml {
    ReadXml { path: path.into(), ..ReadXml::default() }
}

fn html(path: &str) -> ReadHtml {
    ReadHtml { path: path.into(), ..ReadHtml::default() }
}

/// Damages bytes of a file, one after the other: reading it fails or gives something, but never panics.
fn survive(folder: &Folder, name: &str, whole: &[u8], source: &Source) {
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.to_vec();
        damaged[at] ^= 0xFF;
        folder.put(name, &damaged);
        let _ = folder.open(source, Extent::Head { rows: 10, small: 0 });
        folder.put(name, &whole[..at]);
        let _ = folder.open(source, Extent::Head { rows: 10, small: 0 });
    }
}

#[test]
fn arrow_by_other_programs_keeps_its_types() {
    let opened = assert_stored(&arrow("arrow.feather"), "arrow.csv");
    let storage = |name: &str| opened.schema.column(name).unwrap().storage;
    assert_eq!(storage("small"), Some(Storage::Int8));
    assert_eq!(storage("huge"), Some(Storage::UInt64));
    assert_eq!(opened.rows, Some(3));
}

#[test]
fn what_is_no_whole_arrow_file_is_refused() {
    let folder = Folder::new();
    let whole = bytes("arrow.feather");
    folder.put("cut.arrow", &whole[..whole.len() / 2]);
    folder.put("text.arrow", "id,name\n1,a\n");
    folder.put("empty.arrow", "");
    folder.put("old.arrow", "FEA1 and so on");
    folder.put("stream.arrow", b"\xFF\xFF\xFF\xFF\0\0\0\0");
    let refused = |name: &str| folder.refused(&arrow(name));
    assert_eq!(refused("cut.arrow"), "\"cut.arrow\" is cut off: its end is not that of an Arrow file.");
    assert_eq!(refused("text.arrow"), "\"text.arrow\" is not an Arrow file.");
    assert_eq!(refused("empty.arrow"), "The file \"empty.arrow\" is empty.");
    assert_eq!(refused("old.arrow"), "\"old.arrow\" is Feather of version 1, which nobody writes any more.");
    assert_eq!(refused("stream.arrow"), "\"stream.arrow\" is a stream of Arrow batches, not a file.");
    assert!(refused("none.arrow").starts_with("There is no file \"none.arrow\""));
    let mut damaged = whole.clone();
    let length = damaged.len();
    damaged[length - 60..length - 10].fill(0xFF);
    folder.put("damaged.arrow", damaged);
    assert!(refused("damaged.arrow").starts_with("\"damaged.arrow\" is damaged, or Arrow of a kind"));
}

#[test]
fn avro_by_other_programs_is_read_in_all_its_types_and_compressions() {
    for codec in ["null", "deflate", "snappy", "zstandard"] {
        let opened = assert_stored(&avro(&format!("{codec}.avro")), "avro.csv");
        let kinds = "id: Integer, small: Integer, single: Float, double: Float, ok: Boolean, text: Text, colour: Text, again: Text, \
                     price: Decimal(10, 2), fee: Decimal(8, 3), day: Date, clock: Time, at: Timestamp(UTC), local: Timestamp, \
                     list: List(Integer), map: List(Struct(key: Text, value: Integer)), pair: Struct(x: Integer, y: Text), \
                     number: Float, mixed: Text, key: Text";
        assert_eq!(opened.schema.to_string(), kinds);
    }
    let blocks = stored(&avro("blocks.avro")).unwrap();
    assert_eq!((blocks.rows, blocks.reports[0].records), (Some(200), 200));
}

#[test]
fn damaged_avro_is_named_with_its_block() {
    let folder = Folder::new();
    let whole = bytes("blocks.avro");
    folder.put("cut.avro", &whole[..whole.len() - 5]);
    folder.put("text.avro", "id,name\n1,a\n");
    folder.put("empty.avro", "");
    folder.put("odd.avro", String::from_utf8_lossy(&bytes("null.avro")).replace("null", "lzma").as_bytes());
    let refused = |name: &str| folder.open(&avro(name), Extent::Whole).err().unwrap().message;
    assert!(refused("cut.avro").starts_with("\"cut.avro\" is damaged in block "), "{}", refused("cut.avro"));
    assert!(refused("cut.avro").ends_with("the file is cut off within it."));
    assert_eq!(refused("text.avro"), "\"text.avro\" is not an Avro file.");
    assert_eq!(refused("empty.avro"), "The file \"empty.avro\" is empty.");
    for name in ["null", "snappy", "deflate", "zstandard"] {
        survive(&folder, "damaged.avro", &bytes(&format!("{name}.avro")), &avro("damaged.avro"));
    }
    let mut bomb = bytes("null.avro");
    let schema = br#"{"type": "array", "items": "null"}"#;
    bomb.splice(4.., [2, 22].into_iter().chain(*b"avro.schema").chain([68]).chain(*schema).chain([0]).chain([0; 16]));
    // One record: a list of 2^40 nulls, which takes no bytes.
    let list = [0x80_u8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0];
    bomb.extend([2, 16].into_iter().chain(list).chain([0; 16]));
    folder.put("bomb.avro", bomb);
    assert!(refused("bomb.avro").contains("a list has "), "{}", refused("bomb.avro"));
}

#[test]
fn lines_of_any_encoding_and_end_are_rows() {
    let folder = Folder::new();
    folder.put("a.txt", "\u{FEFF}one\r\ntwo\n\nfour");
    assert_eq!(
        folder.read(&Source::Lines(lines("a.txt"))),
        table("line: Integer, text\n 1, one\n 2, two\n 3, \"\"\n 4, four")
    );
    let skipping = ReadLines { skip_lines: 1, skip_blank: true, ..lines("a.txt") };
    assert_eq!(folder.read(&Source::Lines(skipping)), table("line: Integer, text\n 2, two\n 4, four"));
    let wide: Vec<u8> = "é\nü\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.put("wide.txt", [b"\xFF\xFE".as_slice(), &wide].concat());
    assert_eq!(folder.read(&Source::Lines(lines("wide.txt"))), table("line: Integer, text\n 1, é\n 2, ü"));
    folder.put("bad.txt", b"good\nb\xFFd\ngood\n");
    let bad = Source::Lines(ReadLines { encoding: Some("utf-8".into()), ..lines("bad.txt") });
    assert_eq!(folder.read(&bad), table("line: Integer, text\n 1, good\n 3, good"));
    assert_eq!(folder.rejects(&bad)[0][5], "not utf-8");
    folder.put("empty.txt", "");
    folder.put("book.txt", "PK\x03\x04and so on");
    assert_eq!(folder.refused(&Source::Lines(lines("empty.txt"))), "The file \"empty.txt\" is empty.");
    assert_eq!(folder.refused(&Source::Lines(lines("book.txt"))), "book.txt is no text but a workbook or an archive.");
}

#[test]
fn patterns_take_typed_values_out_of_lines() {
    let folder = Folder::new();
    folder.put("a.log", "7 ok\nx\n8 late\n\tby a day\n9 2\n");
    let source = ReadLines {
        pattern: r"(?s)^(?<n>\d+) (?<what>.*)".into(),
        record_start: r"^\S".into(),
        text_column: NewColumn::default(),
        ..lines("a.log")
    };
    let found = folder.read(&Source::Lines(source.clone()));
    assert_eq!(found.schema.to_string(), "line: Integer, n: Integer, what: Text");
    assert_eq!(found.rows.len(), 3);
    assert_eq!(found.column("what").unwrap()[1].to_string(), "late\n\tby a day");
    assert_eq!(folder.rejects(&Source::Lines(source.clone()))[0][1..3], ["2", "x"]);
    let kept = folder.open(&Source::Lines(ReadLines { on_error: OnError::Null, ..source }), Extent::Whole).unwrap();
    assert_eq!(collect(&kept, false).rows.len(), 4);
    assert_eq!((kept.reports[0].records, kept.reports[0].rejected), (4, 0));

    folder.put("syslog", "<34>1 2024-05-01T12:30:00.5+02:00 web su - ID47 - it failed\n<7>1 - web su - - -\n");
    let found = folder.read(&Source::Lines(ReadLines {
        format: LineFormat::Syslog5424,
        line_column: NewColumn::default(),
        text_column: NewColumn::default(),
        ..lines("syslog")
    }));
    let wanted = "priority: Integer, time: TimestampZoned(\"UTC\"), host, program, process, message_id, data, message\n \
                  34, 2024-05-01 10:30:00.5Z, web, su, , ID47, , it failed\n 7, , web, su, , , , ";
    assert_eq!(found.to_string(), table(wanted).to_string());
}

#[test]
fn elements_that_repeat_within_records_are_lists_in_all_of_them() {
    let folder = Folder::new();
    folder.put(
        "a.xml",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!-- made by hand --><list>\n\
         <row id=\"1\"><id>x</id><tag>a</tag><item n=\"1\">pen</item><item n=\"2\"/><deep><er>007</er></deep></row>\n\
         <row id=\"2\"><tag>b</tag><tag><![CDATA[<c> & d]]></tag><item n=\"3\">ink &#38; &lt;glue&gt;</item></row>\n\
         <row id=\"3\"/></list>",
    );
    let found = folder.read(&Source::Xml(xml("a.xml")));
    assert_eq!(
        found.schema.to_string(),
        "@id: Integer, id: Text, tag: List(Text), item: List(Struct(n: Integer, text: Text)), deep.er: Text"
    );
    let texts: Vec<Vec<String>> = found.rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(texts[0], ["1", "x", "[a]", "[{n: 1, text: pen}, {n: 2, text: null}]", "007"]);
    assert_eq!(texts[1], ["2", "", "[b, <c> & d]", "[{n: 3, text: ink & <glue>}]", ""]);
    assert_eq!(texts[2], ["3", "", "", "", ""]);
    let prefixed = "<f:a xmlns:f=\"urn:x\"><f:b f:k=\"1\">2</f:b></f:a>";
    folder.put("p.xml", prefixed);
    let kept = ReadXml { prefixes: true, records: "f:a".into(), ..xml("p.xml") };
    assert_eq!(folder.read(&Source::Xml(kept)), table("f:b.f:k: Integer, f:b: Integer\n 1, 2"));
    folder.put("latin.xml", b"<?xml version='1.0' encoding='iso-8859-1'?><l><r>\xE9</r><r>b</r></l>");
    assert_eq!(folder.read(&Source::Xml(xml("latin.xml"))), table("text\n é\n b"));
}

#[test]
fn the_record_of_a_document_is_found_or_named() {
    let folder = Folder::new();
    folder.put(
        "feed.xml",
        "<rss><channel><title>news</title><link>a</link><link>b</link>\
         <item><title>one</title></item><item><title>two</title></item></channel></rss>",
    );
    assert_eq!(folder.read(&Source::Xml(xml("feed.xml"))), table("title\n one\n two"));
    let named = |records: &str| Source::Xml(ReadXml { records: records.into(), ..xml("feed.xml") });
    assert_eq!(folder.read(&named("channel/item")), table("title\n one\n two"));
    assert_eq!(folder.read(&named("/rss/channel/link")), table("text\n a\n b"));
    assert_eq!(folder.refused(&named("itme")), "feed.xml has no element \"itme\".");
    assert_eq!(folder.refused(&named("/rss/item")), "The elements \"item\" in feed.xml do not stand at \"rss/item\".");
    folder.put("one.xml", "<order id=\"7\"><total>2.5</total></order>");
    assert_eq!(folder.read(&Source::Xml(xml("one.xml"))), table("id: Integer, total: Float\n 7, 2.5"));
}

#[test]
fn bad_xml_is_named_with_its_line_and_expands_nothing() {
    let folder = Folder::new();
    folder.put("odd.xml", "<l>\n<r>1</r>\n<r>2</s>\n</l>");
    folder.put("cut.xml", "<l>\n<r>1</r>\n<r>2");
    folder.put("text.xml", "id,name\n1,a < b\n");
    folder.put("empty.xml", "");
    folder.put("bytes.xml", b"<l>\n<r>a</r><r>\xFF\xFE</r></l>");
    folder.put(
        "bomb.xml",
        "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/hostname\">]>\n<l><r>&b;</r><r>&f;</r></l>",
    );
    folder.put("deep.xml", "<a>".repeat(100_000));
    let whole = |name: &str| folder.open(&Source::Xml(xml(name)), Extent::Whole).err().unwrap().message;
    assert!(whole("odd.xml").starts_with("odd.xml, line 3: this is no well-formed XML: "), "{}", whole("odd.xml"));
    assert!(whole("cut.xml").contains("cut.xml"), "{}", whole("cut.xml"));
    assert_eq!(whole("text.xml"), "\"text.xml\" has no elements: it is no XML.");
    assert_eq!(whole("empty.xml"), "The file \"empty.xml\" is empty.");
    assert!(
        whole("bytes.xml").starts_with("bytes.xml, line 2: this is no well-formed XML: "),
        "{}",
        whole("bytes.xml")
    );
    assert_eq!(whole("bomb.xml"), "bomb.xml, line 2: the entity \"&b;\" is not one of XML.");
    assert!(whole("deep.xml").ends_with("elements stand more than 256 deep within others."), "{}", whole("deep.xml"));
    let good = b"<?xml version=\"1.0\"?><l a=\"&lt;\"><!--c--><r b='2'>1&#9;<![CDATA[x]]></r><r/></l>";
    survive(&folder, "damaged.xml", good, &Source::Xml(xml("damaged.xml")));
}

#[test]
fn tables_of_pages_are_chosen_and_their_cells_filled() {
    let folder = Folder::new();
    folder.put(
        "page.html",
        "<html><head><meta charset=windows-1252></head><h2>Prices</h2>\
         <table><caption>Old prices</caption><tr><th>a</th><th>a</th><th></th></tr><tr><td>1</td><td>007</td><td>x</td></tr></table>\
         <table><tr><td><table><tr><td>inner</td></tr></table></td></tr></table>",
    );
    let first = table("a: Integer, a_2, column_3\n 1, 007, x");
    assert_eq!(folder.read(&Source::Html(html("page.html"))), first);
    assert_eq!(folder.read(&Source::Html(ReadHtml { heading: "old".into(), ..html("page.html") })), first);
    let inner = ReadHtml { table: Some(3), ..html("page.html") };
    assert_eq!(folder.read(&Source::Html(inner)), table("column_1\n inner"));
    let typed = ReadHtml { types: [("a".to_owned(), Type::Text)].into_iter().collect(), ..html("page.html") };
    assert_eq!(folder.read(&Source::Html(typed)).schema.to_string(), "a: Text, a_2: Text, column_3: Text");
    let refused = |node: ReadHtml| folder.refused(&Source::Html(node));
    assert_eq!(
        refused(ReadHtml { table: Some(4), ..html("page.html") }),
        "There is no table 4 in page.html: it has 3."
    );
    assert_eq!(
        refused(ReadHtml { heading: "pricse".into(), ..html("page.html") }),
        "There is no caption or heading of a table in page.html like \"pricse\"."
    );
    folder.put("none.html", "<p>nothing</p>");
    assert_eq!(refused(html("none.html")), "\"none.html\" has no tables.");
    folder.put("plain.html", "a,b\n1,2\n");
    assert_eq!(refused(html("plain.html")), "\"plain.html\" has no tags: it is no HTML.");
    folder.put("wide.html", format!("<table><tr>{}</table>", "<td colspan=1000>x".repeat(100)));
    assert_eq!(refused(html("wide.html")), "Table 1 in \"wide.html\" has too many cells.");
    folder.put("latin.html", b"<meta charset='iso-8859-1'><table><tr><td>\xE9<tr><td rowspan=0>b<tr></table>");
    assert_eq!(folder.read(&Source::Html(html("latin.html"))), table("column_1\n é\n b\n b"));
    // HTML's rules for whole numbers: what stands behind the digits is passed over, and what has none counts as 1.
    let spans = [("2;", 2), (" +2px", 2), ("2.9", 2), ("02", 2), ("0", 1), ("-2", 1), ("x2", 1), ("", 1)];
    for (span, width) in spans {
        folder.put("span.html", format!("<table><tr><td colspan='{span}'>a</table>"));
        assert_eq!(folder.read(&Source::Html(html("span.html"))).schema.0.len(), width, "{span:?}");
    }
}

#[test]
fn files_are_listed_with_their_sizes() {
    let folder = Folder::new();
    folder.put("in/a.CSV", "12345");
    folder.put("in/.hidden", "");
    std::fs::create_dir(folder.path("empty")).unwrap();
    let list = ListFiles { folder: "in".into(), ..ListFiles::default() };
    let found = folder.read(&Source::Files(list.clone()));
    assert_eq!(found.schema.names().collect::<Vec<_>>(), ["path", "name", "ending", "folder", "size", "modified"]);
    assert_eq!(
        found.rows[0][..5].iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["in/a.CSV", "a.CSV", "csv", "in", "5"]
    );
    assert!(!found.rows[0][5].is_null() && found.rows.len() == 1);
    assert_eq!(folder.read(&Source::Files(ListFiles { folder: "empty".into(), ..list.clone() })).rows.len(), 0);
    let wrong = Source::Files(ListFiles { folder: "emtpy".into(), ..list });
    let problem = folder.open(&wrong, Extent::Whole).err().unwrap();
    assert_eq!((problem.parameter.as_deref(), problem.replacement.as_deref()), (Some("folder"), Some("empty")));
}

#[test]
fn files_of_a_folder_are_one_table_by_name() {
    let folder = Folder::new();
    folder.put("in/a.csv", "id,on,zip\n1,2024-05-01,1\n");
    folder.put("in/b.csv", "zip;id\n00123;2\n");
    folder.put("in/notes.txt", "no table");
    let read = ReadFolder { folder: "in".into(), file_column: NewColumn::default(), ..ReadFolder::default() };
    let source = Source::Folder(read.clone());
    assert_eq!(folder.read(&source), table("id: Integer, on: Date, zip\n 1, 2024-05-01, 1\n 2, , 00123"));
    let drift = folder.open(&source, Extent::Whole).unwrap().drift;
    let told = "file, column, drift, expected, found\n in/b.csv, on, missing, Date, \n in/b.csv, zip, other type, Integer, Text";
    assert_eq!(drift, table(told));
    let common = ReadFolder { columns: FolderColumns::Common, ..read.clone() };
    assert_eq!(folder.read(&Source::Folder(common)), table("id: Integer, zip\n 1, 1\n 2, 00123"));
    let typed = ReadFolder { types: [("zip".to_owned(), Type::Integer)].into_iter().collect(), ..read.clone() };
    assert_eq!(
        folder.read(&Source::Folder(typed)),
        table("id: Integer, on: Date, zip: Integer\n 1, 2024-05-01, 1\n 2, , 123")
    );

    let older = std::fs::File::options().write(true).open(folder.path("in/b.csv")).unwrap();
    older.set_modified(std::time::UNIX_EPOCH).unwrap();
    let newest = ReadFolder { newest: Some(1), ..read.clone() };
    assert_eq!(folder.read(&Source::Folder(newest)).rows.len(), 1);
    folder.put("in/c.json", "[{}]");
    assert_eq!(folder.refused(&source), "\"in/a.csv\" is Csv, and \"in/c.json\" is Json.");
    let none = ReadFolder { pattern: "x*".into(), ..read };
    assert_eq!(folder.refused(&Source::Folder(none)), "There is no file in \"in\" whose name matches \"x*\".");
}

#[test]
fn a_column_without_values_in_one_file_takes_the_type_of_the_others() {
    let folder = Folder::new();
    folder.put("in/a.csv", "id,on,note\n1,,\n2, ,\n");
    folder.put("in/b.csv", "\"id\",\"on\",\"note\"\n\"3\",\"2024-05-01\",\"\"\n");
    folder.put("in/c.csv", "id,on,note\n");
    let read = ReadFolder { folder: "in".into(), file_column: NewColumn::default(), ..ReadFolder::default() };
    let source = Source::Folder(read);
    assert_eq!(folder.read(&source).schema.to_string(), "id: Integer, on: Date, note: Text");
    assert_eq!(folder.read(&source).rows.len(), 3);
    assert!(folder.open(&source, Extent::Whole).unwrap().drift.rows.is_empty());
}

#[test]
fn a_decimal_of_avro_is_read_where_its_digits_fit() {
    let avro = |path: &str| Source::Avro(ReadAvro { path: path.into(), ..ReadAvro::default() });
    let wide = collect(&stored(&avro("wide.avro")).unwrap(), false);
    assert_eq!(wide, table("sum: Decimal(38, 10)\n -1.5000000000"));
    let message = stored(&avro("too_wide.avro")).err().unwrap().message;
    let beyond =
        "\"too_wide.avro\" is damaged in block 1, after 0 records: in \"sum\" a number has more than 38 digits.";
    assert_eq!(message, beyond);
}
