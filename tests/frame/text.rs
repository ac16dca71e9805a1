//! Delimited and fixed-width text: each way a file can be dirty, by hand, and records with random dirt.

use std::path::{Path, PathBuf};

use pipewright_engine::types::{Column, Type};
use pipewright_engine::value::Value;
use pipewright_runner::text::{self, Clean, Counts, Cut, Dialect, FixedColumn, Layout, Verdict, Wishes};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A file that is gone when the test ends.
struct Given(tempfile::TempDir);

fn given(bytes: impl AsRef<[u8]>) -> Given {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("given.csv"), bytes).unwrap();
    Given(folder)
}

impl Given {
    fn path(&self) -> PathBuf {
        self.0.path().join("given.csv")
    }

    fn sniff(&self) -> Layout {
        text::sniff(&self.path(), &Wishes::default()).unwrap()
    }

    fn check(&self, layout: &Layout) -> Verdict {
        text::check(&self.path(), layout, &|| false).unwrap()
    }

    /// The rewritten file and the rejects.
    fn rewrite(&self, layout: &Layout) -> (String, Vec<Vec<String>>, Counts) {
        let (mut clean, mut rejects) = (Vec::new(), Vec::new());
        let counts = text::rewrite(&self.path(), "given.csv", layout, &mut clean, &mut rejects, &|| false).unwrap();
        assert_eq!(counts.records, counts.good + counts.rejected);
        (String::from_utf8(clean).unwrap(), cells(&rejects), counts)
    }

    /// What a person gets who knows nothing of the file: good rows as clean CSV, and line and reason of the rejects.
    fn read(&self) -> (String, Vec<(String, String)>) {
        self.read_as(&self.sniff())
    }

    fn read_as(&self, layout: &Layout) -> (String, Vec<(String, String)>) {
        let verdict = self.check(layout);
        let (clean, rejects, counts) = self.rewrite(&verdict.layout);
        assert_eq!((verdict.records, verdict.rejected), (counts.records, counts.rejected));
        (clean, rejects.into_iter().map(|reject| (reject[1].clone(), reject[5].clone())).collect())
    }
}

/// The cells of a clean CSV file.
fn cells(csv: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(csv).unwrap();
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}

fn kinds(layout: &Layout) -> Vec<Type> {
    layout.columns.iter().map(|column| column.kind.clone()).collect()
}

fn names(layout: &Layout) -> Vec<&str> {
    layout.columns.iter().map(|column| column.name.as_str()).collect()
}

fn layout_of(columns: &[(&str, Type)]) -> Layout {
    Layout {
        columns: columns.iter().map(|(name, kind)| Column::new(*name, kind.clone())).collect(),
        declared: vec![true; columns.len()],
        ..Layout::default()
    }
}

fn reject(line: u64, reason: &str) -> (String, String) {
    (line.to_string(), reason.to_owned())
}

#[test]
fn a_clean_file_is_clean_and_typed() {
    let file = given("id,name,price,day\n1,C1,1.5,2024-02-29\n2,\"a, \"\"b\"\"\nc\",,\n");
    let layout = file.sniff();
    assert_eq!(names(&layout), ["id", "name", "price", "day"]);
    assert_eq!(kinds(&layout), [Type::Integer, Type::Text, Type::Float, Type::Date]);
    let verdict = file.check(&layout);
    assert_eq!((verdict.records, verdict.rejected), (2, 0));
    let clean = verdict.clean.unwrap();
    assert_eq!((clean.quote, clean.skip_lines), (Some(b'"'), 1));
}

#[test]
fn stray_quotes_are_text() {
    let file = given("id,item\n1,5\" disk\n2,plain\n3,a\"b\"c\n");
    let verdict = file.check(&file.sniff());
    assert_eq!(verdict.records, 3);
    assert_eq!(verdict.clean.unwrap().quote, None, "without quoting, a plain parser reads them right");
    assert_eq!(file.read().0, "1,\"5\"\" disk\"\n2,plain\n3,\"a\"\"b\"\"c\"\n");

    let mixed = given("id,item\n1,5\" disk\n2,\"a,b\"\n");
    assert_eq!(mixed.check(&mixed.sniff()).clean, None);
    assert_eq!(mixed.read().0, "1,\"5\"\" disk\"\n2,\"a,b\"\n");
}

#[test]
fn an_unclosed_quote_costs_one_line() {
    let file = given("id,item\n1,a\n2,\"open\n3,c\n4,d\n");
    let (clean, rejects) = file.read();
    assert_eq!(clean, "1,a\n3,c\n4,d\n");
    assert_eq!(rejects, [reject(3, "quoted field that is never closed")]);
}

#[test]
fn text_after_a_closing_quote_is_rejected() {
    let file = given("id,item\n1,\"a\" b\n2,\"c\"\n");
    let (clean, rejects) = file.read();
    assert_eq!(clean, "2,c\n");
    assert_eq!(rejects, [reject(2, "text after the closing quote of a field")]);
}

#[test]
fn ragged_records_are_rejected_with_their_line_and_text() {
    let file = given("a,b\n1,x\n2\n\n3,y,z\n4,\"p\nq\"\n5,r\n");
    let verdict = file.check(&file.sniff());
    assert_eq!((verdict.records, verdict.rejected, verdict.blank_lines), (5, 2, 1));
    let (clean, rejects, _) = file.rewrite(&verdict.layout);
    assert_eq!(clean, "1,x\n4,\"p\nq\"\n5,r\n");
    assert_eq!(rejects[0], ["given.csv", "3", "2", "", "", "1 field where 2 are expected"]);
    assert_eq!(rejects[1], ["given.csv", "5", "3,y,z", "", "", "3 fields where 2 are expected"]);
    assert_eq!(verdict.findings[1].line, 5);
}

#[test]
fn line_ends_of_every_kind_end_records() {
    for text in ["a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y\r\n", "a,b\r1,x\r2,y\r", "a,b\r\n1,x\n2,y\r", "a,b\n1,x\n2,y"] {
        let file = given(text);
        assert_eq!(file.read(), ("1,x\n2,y\n".into(), vec![]), "{text:?}");
        let has_lone_return = text.replace("\r\n", "").contains('\r');
        assert_eq!(file.check(&file.sniff()).clean.is_none(), has_lone_return, "{text:?}");
    }
}

#[test]
fn encodings_are_found_and_read() {
    let text = "name,city\nZoë,Köln\nBjörn,Åre\n";
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    for (bytes, encoding) in [
        (marked(b"\xEF\xBB\xBF", text.as_bytes()), "UTF-8"),
        (marked(b"\xFF\xFE", &wide(u16::to_le_bytes)), "UTF-16LE"),
        (marked(b"\xFE\xFF", &wide(u16::to_be_bytes)), "UTF-16BE"),
        (wide(u16::to_le_bytes), "UTF-16LE"),
        (wide(u16::to_be_bytes), "UTF-16BE"),
        (latin, "windows-1252"),
    ] {
        let file = given(bytes);
        let layout = file.sniff();
        assert_eq!(layout.dialect.encoding.name(), encoding);
        assert_eq!(names(&layout), ["name", "city"], "{encoding}");
        assert_eq!(file.read(), ("Zoë,Köln\nBjörn,Åre\n".into(), vec![]), "{encoding}");
        assert_eq!(file.check(&layout).clean.is_some(), encoding == "UTF-8");
    }
}

#[test]
fn bytes_that_are_no_text_are_rejected_and_shown() {
    let file = given(b"id,name\n1,Z\xC3\xB6e\n2,K\xF6ln\n4,\xC3\xA9\n");
    let (clean, rejects, _) = file.rewrite(&file.sniff());
    assert_eq!(clean, "1,Zöe\n4,é\n");
    assert_eq!(rejects[0][1..3], ["3", "2,K\\xF6ln"]);
    assert_eq!(rejects[0][5], "not valid UTF-8 at byte 4 of the record");
    assert_eq!(file.check(&file.sniff()).rejected, 1);

    // An unpaired surrogate, U+D800, in the second record.
    let mut wide: Vec<u8> = "\u{FEFF}a,b\n1,x\n2,".encode_utf16().flat_map(u16::to_le_bytes).collect();
    wide.extend_from_slice(b"\x00\xD8\n\x003\x00,\x00y\x00");
    let (clean, rejects) = given(wide).read();
    assert_eq!(clean, "1,x\n3,y\n");
    assert_eq!(rejects, [reject(3, "not valid UTF-16LE")]);
}

#[test]
fn headers_get_unique_names() {
    let layout = given("a,a,,b \n1,2,3,4\n").sniff();
    assert_eq!(names(&layout), ["a", "a_2", "column_3", "b"]);
    let layout = given("1,x\n2,y\n").sniff();
    assert!(!layout.dialect.header);
    assert_eq!(names(&layout), ["column_1", "column_2"]);
}

#[test]
fn what_only_looks_like_a_number_stays_text() {
    let file = given("zip,long,phone,sum\n00123,12345678901234567890,+4930,1\n04711,1,+4940,2.5\n");
    let layout = file.sniff();
    assert_eq!(kinds(&layout), [Type::Text, Type::Text, Type::Text, Type::Float]);
    assert_eq!(file.read().0, "00123,12345678901234567890,+4930,1\n04711,1,+4940,2.5\n");
}

#[test]
fn a_type_found_in_the_head_widens_and_a_given_one_rejects() {
    let head: String = (0..20_000).map(|number| format!("{number},{number},{number}\n")).collect();
    let file = given(format!("a,b,c\n{head}1.5,00123,x\n"));
    let layout = file.sniff();
    assert_eq!(kinds(&layout), [const { Type::Integer }; 3]);
    let verdict = file.check(&layout);
    assert_eq!(kinds(&verdict.layout), [Type::Float, Type::Text, Type::Text]);
    assert_eq!((verdict.records, verdict.rejected), (20_001, 0));
    assert!(verdict.clean.is_some());
    let widened = &verdict.widened[1];
    assert_eq!((widened.column.as_str(), widened.line, widened.value.as_str()), ("b", 20_002, "00123"));

    let declared = Layout { declared: vec![true; 3], ..layout };
    let verdict = file.check(&declared);
    assert_eq!((verdict.records, verdict.rejected), (20_001, 1));
    assert_eq!(verdict.findings[0].column.as_deref(), Some("a"));
    assert_eq!(verdict.findings[0].reason, "not Integer");
}

#[test]
fn integers_too_long_for_a_float_widen_to_text() {
    let file = given("a\n123456789012345678\n1.5\n");
    let layout = Layout { columns: vec![Column::new("a", Type::Integer)], declared: vec![false], ..Layout::default() };
    assert_eq!(kinds(&file.check(&layout).layout), [Type::Text]);
    assert_eq!(file.read_as(&layout).0, "123456789012345678\n1.5\n");
}

#[test]
fn a_decimal_that_would_be_rounded_is_rejected() {
    let layout = layout_of(&[("a", Type::Decimal(10, 2)), ("b", Type::Decimal(10, 2))]);
    let file = given("a,b\n1.50,2\n1.005,2.345\n-0.125,1\n1,0.3350\n1.100,-2.000\n");
    let (clean, rejects) = file.read_as(&layout);
    assert_eq!(clean, "1.50,2\n1.10,-2.00\n");
    assert_eq!(rejects, [3, 4, 5].map(|line| reject(line, "not Decimal(10, 2)")));
}

#[test]
fn unusual_ways_of_writing_are_made_usual() {
    let layout = layout_of(&[
        ("a", Type::Integer),
        ("b", Type::Float),
        ("c", Type::Boolean),
        ("d", Type::Timestamp),
        ("e", Type::Decimal(10, 2)),
    ]);
    for (text, written) in [
        ("+5, 1.5 ,yes,2024-01-02T03:04,1.0500\n", "5,1.5,true,2024-01-02 03:04:00,1.05\n"),
        ("007,1e3,F,2024-01-02,\"-7\"\n", "7,1e3,false,2024-01-02 00:00:00,-7\n"),
        ("1,inf,true,\"\",  \n", "1,Infinity,true,,\n"),
    ] {
        let file = given(format!("a,b,c,d,e\n{text}"));
        assert_eq!(file.check(&layout).clean, None, "{text}");
        assert_eq!(file.read_as(&layout), (written.into(), vec![]));
    }
    let usual = given("a,b,c,d,e\n-5,1.5e3,true,2024-01-02 03:04:05.25,7\n");
    assert!(usual.check(&layout).clean.is_some());
}

#[test]
fn timestamps_with_t_are_clean_only_among_themselves() {
    let layout = layout_of(&[("at", Type::Timestamp)]);
    let verdict = given("at\n2024-01-02T03:04:05\n2024-01-02T03:04:06\n").check(&layout);
    assert_eq!(verdict.clean.unwrap().timestamps_with_t, ["at"]);
    assert_eq!(given("at\n2024-01-02T03:04:05\n2024-01-02 03:04:06\n").check(&layout).clean, None);
}

#[test]
fn dates_there_are_not_and_numbers_too_large_are_rejected() {
    let layout = layout_of(&[("day", Type::Date), ("count", Type::Integer)]);
    let file = given(
        "day,count\n2023-02-29,1\n2024-02-29,9223372036854775807\n2024-01-01,9223372036854775808\n1900-02-29,1\n",
    );
    let (clean, rejects, _) = file.rewrite(&layout);
    assert_eq!(clean, "2024-02-29,9223372036854775807\n");
    let what: Vec<_> = rejects.iter().map(|reject| (&reject[1][..], &reject[3][..], &reject[4][..])).collect();
    assert_eq!(what, [("2", "day", "2023-02-29"), ("4", "count", "9223372036854775808"), ("5", "day", "1900-02-29")]);
    assert_eq!(file.check(&layout).rejected, 3);
}

#[test]
fn empty_text_differs_from_null_and_null_words_are_null_unquoted() {
    let mut layout = layout_of(&[("a", Type::Text), ("b", Type::Integer)]);
    layout.dialect.null_words = vec!["NA".into()];
    let file = given("a,b\n,\n\"\",1\nNA,NA\n\"NA\",2\n");
    let verdict = file.check(&layout);
    assert_eq!(verdict.clean, None, "a plain parser would take the quoted word as null too");
    assert_eq!(file.read_as(&layout).0, ",\n\"\",1\n,\nNA,2\n");
    assert_eq!(given("a,b\nNA,1\n\"\",NA\n").check(&layout).clean.unwrap().null_words, ["NA"]);
    let rows = text::head(&file.path(), "given.csv", &layout, 2, u64::MAX).unwrap().good;
    assert_eq!(rows, [[Value::Null, Value::Null], [Value::text(""), Value::Integer(1)]]);
}

#[test]
fn a_sign_that_may_stand_between_thousands_makes_no_number() {
    use Type::{Float, Integer, Text};
    let kinds = |text: &str| given(text).sniff().columns.into_iter().map(|column| column.kind).collect::<Vec<_>>();
    // A thousandth of the amount would be read.
    assert_eq!(kinds("region\tsales\nN\t1,231\nS\t12,500\nW\t999\n"), [Text, Text]);
    assert_eq!(kinds("id;menge\n1;1.234\n2;2.500\n3;10.000\n"), [Integer, Text]);
    assert_eq!(kinds("id|n\n1|1,234\n2|2,500\n"), [Integer, Text]);
    // One value decides: too few digits, a zero before it, more than three digits without a sign.
    assert_eq!(kinds("id;n\n1;1,231\n2;12,5\n"), [Integer, Float]);
    assert_eq!(kinds("id;n\n1;1,231\n2;0,125\n"), [Integer, Float]);
    assert_eq!(kinds("id;n\n1;1,231\n2;1500\n"), [Integer, Float]);
    assert_eq!(kinds("id;n\n1;1.231\n2;0.125\n"), [Integer, Float]);
    // So does another column of the file, and a comma between values.
    assert_eq!(kinds("id;n;m\n1;1,231;2,50\n2;2,500;3,75\n"), [Integer, Float, Float]);
    assert_eq!(kinds("id,n\n1,1.234\n2,2.500\n"), [Integer, Float]);
}

#[test]
fn decimal_commas_are_read_and_points_then_refused() {
    let file = given("art;preis\nx;1,5\ny;-2,25\n");
    let layout = file.sniff();
    assert!(layout.dialect.decimal_comma && layout.dialect.delimiter == b';');
    assert_eq!(kinds(&layout), [Type::Text, Type::Float]);
    assert_eq!(file.check(&layout).clean, None);
    assert_eq!(file.read().0, "x,1.5\ny,-2.25\n");

    let mut layout = layout_of(&[("art", Type::Text), ("preis", Type::Decimal(10, 2))]);
    layout.dialect = Dialect { delimiter: b';', decimal_comma: true, ..Dialect::default() };
    let (clean, rejects) = given("art;preis\nx;1.234,50\ny;1234,5\n").read_as(&layout);
    assert_eq!(clean, "y,1234.50\n");
    assert_eq!(rejects.len(), 1);
}

#[test]
fn delimiters_are_found() {
    for (text, delimiter, width) in [
        ("a\tb,c\n1\t2,5\n", b'\t', 2),
        ("a|b|c\n1|2|x\n", b'|', 3),
        ("x:y\n1:2\n", b':', 2),
        ("1 2 3\n4 5 6\n", b' ', 3),
        ("word\nthese words\nsome more words\n", b',', 1),
        ("at\n12:30:00\n12:31:00\n", b',', 1),
        ("a,b\n\"x;y\",1\n\"p;q\",2\n", b',', 2),
    ] {
        let layout = given(text).sniff();
        assert_eq!(
            (char::from(layout.dialect.delimiter), layout.columns.len()),
            (char::from(delimiter), width),
            "{text:?}"
        );
    }
    let single = given("a,b\n'x,y',1\n'p',2\n");
    assert_eq!(single.sniff().dialect.quote, Some(b'\''));
    assert_eq!(single.read().0, "\"x,y\",1\np,2\n");
}

#[test]
fn skipped_lines_comments_and_blank_lines_are_counted_not_read() {
    let wishes = Wishes { skip_lines: Some(2), comment: Some("#".into()), ..Wishes::default() };
    let file = given("report \"of\nyesterday\n# names\na,b\n\n1,x\n# mid\n2,y\n");
    let layout = text::sniff(&file.path(), &wishes).unwrap();
    assert_eq!(names(&layout), ["a", "b"]);
    let verdict = file.check(&layout);
    assert_eq!((verdict.records, verdict.blank_lines, verdict.comment_lines), (2, 1, 1));
    assert_eq!(verdict.clean, None, "a comment between records has to go");
    assert_eq!(file.read_as(&layout), ("1,x\n2,y\n".into(), vec![]));

    let only_before = given("x\ny\n# names\na,b\n\n1,x\n");
    assert_eq!(only_before.check(&layout).clean.unwrap().skip_lines, 5);
}

#[test]
fn in_one_column_a_blank_line_is_a_null() {
    let file = given("n\n1\n\n3\n");
    let verdict = file.check(&file.sniff());
    assert_eq!((verdict.records, verdict.blank_lines), (3, 0));
    assert_eq!(file.read().0, "1\n\n3\n");
}

#[test]
fn empty_missing_and_header_only_files_are_told_apart() {
    let problem = text::sniff(&given("").path(), &Wishes::default()).unwrap_err();
    assert!(problem.message.contains("is empty"), "{problem}");
    assert!(
        text::sniff(Path::new("/nowhere/x.csv"), &Wishes::default()).unwrap_err().message.contains("/nowhere/x.csv")
    );
    let file = given("a,b\n");
    let verdict = file.check(&file.sniff());
    assert_eq!((names(&verdict.layout), verdict.records), (vec!["a", "b"], 0));
}

#[test]
fn a_type_for_a_column_that_is_not_there_is_a_problem() {
    let wishes = Wishes { types: vec![("prise".into(), Type::Float)], ..Wishes::default() };
    let problem = text::sniff(&given("id,price\n1,2\n").path(), &wishes).unwrap_err();
    assert_eq!(problem.replacement.as_deref(), Some("price"));
}

#[test]
fn a_verdict_is_kept_until_the_file_changes() {
    let (file, folder) = (given("a,b\n1,x\n"), tempfile::tempdir().unwrap());
    let layout = file.sniff();
    let ask = || text::check_cached(Some(folder.path()), &file.path(), &layout, &|| false).unwrap();
    let (first, kept) = ask();
    assert!(!kept);
    assert_eq!(ask(), (first, true));
    std::fs::write(file.path(), "a,b\n1,x\n2,y\n").unwrap();
    let (changed, kept) = ask();
    assert_eq!((changed.records, kept), (2, false));
    // As many bytes, and the time set back, as `cp -p` does.
    if cfg!(unix) {
        let before = std::fs::metadata(file.path()).unwrap().modified().unwrap();
        std::fs::write(file.path(), "a,b\n1,x\n234\n").unwrap();
        std::fs::File::options().write(true).open(file.path()).unwrap().set_modified(before).unwrap();
        let (changed, kept) = ask();
        assert_eq!((changed.rejected, kept), (1, false));
    }
}

#[test]
fn a_check_stops_when_asked() {
    let file = given("a,b\n1,x\n");
    let problem = text::check(&file.path(), &file.sniff(), &|| true).unwrap_err();
    assert!(problem.message.contains("cancelled"));
}

fn fixed(columns: &[(&str, Option<Type>, usize, usize)]) -> Vec<FixedColumn> {
    let column = |(name, kind, start, width): &(&str, Option<Type>, usize, usize)| FixedColumn {
        name: (*name).to_owned(),
        kind: kind.clone(),
        cut: Cut { start: *start, width: *width },
    };
    columns.iter().map(column).collect()
}

#[test]
fn fixed_width_lines_are_cut_by_characters() {
    let columns = fixed(&[("id", Some(Type::Integer), 1, 4), ("name", None, 5, 6), ("code", None, 11, 3)]);
    let file = given("   1Zoë   PTE\n   2Åse\n   3Björn xx\n\n   4\n   5Anna  PTEX\n   x\n");
    let layout = text::sniff_fixed(&file.path(), &Wishes::default(), &columns, false).unwrap();
    let (clean, rejects) = file.read_as(&layout);
    assert_eq!(clean, "1,Zoë,PTE\n3,Björn,xx\n4,,\n");
    let expected = [
        reject(2, "line that ends inside the column"),
        reject(6, "text after the last column"),
        reject(7, "not Integer"),
    ];
    assert_eq!(rejects, expected);
}

#[test]
fn fixed_width_lines_may_go_on_if_the_rest_is_of_no_interest() {
    let columns = fixed(&[("id", None, 1, 3), ("code", None, 9, 2)]);
    let file = given("  1 xxxxABrest\n 22 xxxxCD\n 33\n");
    let layout = text::sniff_fixed(&file.path(), &Wishes::default(), &columns, true).unwrap();
    assert_eq!(kinds(&layout), [Type::Integer, Type::Text]);
    assert_eq!(file.read_as(&layout), ("1,AB\n22,CD\n33,\n".into(), vec![]));
    let strict = Layout { ignore_rest: false, ..layout };
    assert_eq!(file.read_as(&strict).1, [reject(1, "text after the last column")]);
}

/// A field as it is, and as some program might have written it.
fn field() -> impl Strategy<Value = (String, String)> {
    let quoted = |text: String| (text.clone(), format!("\"{}\"", text.replace('"', "\"\"")));
    prop_oneof![
        4 => "[a-z]{1,6}".prop_map(|text| (text.clone(), text)),
        2 => "[0-9]{1,3}".prop_map(|text| (text.clone(), text)),
        2 => "[a-z\",\n\r é]{1,8}".prop_map(quoted),
        1 => "[a-z][a-z\"]{0,5}".prop_map(|text| (text.clone(), text)),
    ]
}

#[derive(Clone, Debug)]
enum Line {
    Good(Vec<(String, String)>),
    /// Written as it is; rejected as a whole.
    Ragged(String),
    AfterQuote(String),
    Blank,
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        12 => proptest::collection::vec(field(), 3).prop_map(Line::Good),
        1 => "[a-z]{1,3}(,[a-z]{1,3}){3,5}".prop_map(Line::Ragged),
        1 => "[a-z]{1,3},\"[a-z]{0,3}\"[a-z],[a-z]".prop_map(Line::AfterQuote),
        1 => Just(Line::Blank),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_record_is_lost_whatever_the_dirt_and_the_chunks(
        lines in proptest::collection::vec((line(), prop_oneof![5 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")]), 1..40),
        chunk in 1u64..90,
    ) {
        let mut text = String::from("a,b,c\n");
        let (mut good, mut bad) = (Vec::new(), 0);
        for (line, end) in &lines {
            match line {
                Line::Good(fields) => {
                    text.push_str(&fields.iter().map(|(_, written)| written.as_str()).collect::<Vec<_>>().join(","));
                    good.push(fields.iter().map(|(original, _)| original.clone()).collect::<Vec<_>>());
                }
                Line::Ragged(written) | Line::AfterQuote(written) => {
                    text.push_str(written);
                    bad += 1;
                }
                Line::Blank => {}
            }
            text.push_str(end);
        }
        let file = given(&text);
        let layout = layout_of(&[("a", Type::Text), ("b", Type::Text), ("c", Type::Text)]);
        let verdict = file.check(&layout);
        prop_assert_eq!((verdict.records, verdict.rejected), ((good.len() + bad) as u64, bad as u64));
        prop_assert_eq!(&text::check_by(&file.path(), &layout, chunk, &|| false).unwrap(), &verdict);
        let (clean, rejects, counts) = file.rewrite(&layout);
        prop_assert_eq!(cells(clean.as_bytes()), good);
        prop_assert_eq!((rejects.len() as u64, counts.records), (counts.rejected, verdict.records));
        let found = Layout { columns: vec![Column::new("a", Type::Integer); 3], declared: vec![false; 3], ..layout };
        let whole = file.check(&found);
        prop_assert_eq!(text::check_by(&file.path(), &found, chunk, &|| false).unwrap(), whole);
    }

    #[test]
    fn any_text_is_counted_alike_by_check_and_rewrite(
        text in "[a1,\"\n\r#é .]{0,60}",
        kinds in proptest::sample::select(vec![vec![Type::Text, Type::Integer], vec![Type::Float], vec![Type::Text]]),
        declared in any::<bool>(),
        chunk in 1u64..30,
    ) {
        let columns = kinds.iter().enumerate().map(|(index, kind)| Column::new(format!("c{index}"), kind.clone()));
        let dialect = Dialect { comment: Some("#".into()), ..Dialect::default() };
        let layout = Layout { dialect, columns: columns.collect(), declared: vec![declared; kinds.len()], ..Layout::default() };
        let file = given(format!("names\n{text}"));
        let verdict = file.check(&layout);
        prop_assert_eq!(&text::check_by(&file.path(), &layout, chunk, &|| false).unwrap(), &verdict);
        let (clean, rejects, counts) = file.rewrite(&verdict.layout);
        prop_assert_eq!((counts.records, counts.rejected), (verdict.records, verdict.rejected));
        prop_assert_eq!(rejects.len() as u64, counts.rejected);
        prop_assert_eq!(cells(clean.as_bytes()).len() as u64, counts.good);
        let lines: Vec<String> = verdict.findings.iter().map(|finding| finding.line.to_string()).collect();
        prop_assert!(rejects.iter().map(|reject| &reject[1]).take(lines.len()).eq(&lines));
    }
}

#[test]
fn the_rewritten_file_is_clean_itself() {
    let file = given("a,b\r1,\"x\ny\"\r 2 ,\"\"\r,\r");
    let layout = file.check(&file.sniff()).layout;
    let (clean, _, _) = file.rewrite(&layout);
    let dialect = Dialect { header: false, ..Dialect::default() };
    let verdict = given(clean).check(&Layout { dialect, ..layout });
    assert_eq!(verdict.clean, Some(Clean::rewritten()));
}

/// The corpus was worked out by hand, see `tests/answers/make_bad.py`.
#[test]
fn every_dirty_file_of_the_corpus_gives_what_was_worked_out_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/bad");
    let cases = cells(&std::fs::read(folder.join("expected.csv")).unwrap());
    for case in &cases[1..] {
        let [name, file, told, columns, records, good, rejected, lines, problem] = &case[..] else {
            panic!("{case:?}")
        };
        if !file.ends_with(".csv") || file.contains('!') {
            continue;
        }
        let path = folder.join(file);
        let layout = match text::sniff(&path, &wishes(told)) {
            Ok(layout) => layout,
            Err(found) => {
                assert!(!problem.is_empty() && found.message.contains(problem.as_str()), "{name}: {found}");
                continue;
            }
        };
        let verdict = text::check(&path, &layout, &|| false).unwrap();
        let found: Vec<String> =
            verdict.layout.columns.iter().map(|column| format!("{}: {}", column.name, column.kind)).collect();
        assert_eq!(found.join(", "), *columns, "{name}");
        let (mut clean, mut rejects) = (Vec::new(), Vec::new());
        let counts = text::rewrite(&path, file, &verdict.layout, &mut clean, &mut rejects, &|| false).unwrap();
        let counted = [counts.records, counts.good, counts.rejected].map(|count| count.to_string());
        assert_eq!(counted, [records, good, rejected].map(String::as_str), "{name}");
        assert_eq!(verdict.rejected, counts.rejected, "{name}");
        let rejected_lines: Vec<String> = cells(&rejects).into_iter().map(|reject| reject[1].clone()).collect();
        assert_eq!(rejected_lines.join(" "), *lines, "{name}");
        let rows = String::from_utf8(std::fs::read(folder.join(format!("rows/{name}.csv"))).unwrap()).unwrap();
        let rows = &rows[rows.find('\n').unwrap() + 1..];
        assert_eq!(String::from_utf8(clean).unwrap(), rows, "{name}");
    }
}

/// What the corpus says a node is told, as in a pipeline file: `encoding: "utf-8"`, `types: {"n": Integer}`, `header: true`.
fn wishes(told: &str) -> Wishes {
    let mut wishes = Wishes::default();
    let Some((what, value)) = told.split_once(": ") else { return wishes };
    match what {
        "header" => wishes.header = Some(value == "true"),
        "encoding" => wishes.encoding = text::Encoding::for_label(value.trim_matches('"').as_bytes()),
        "types" => {
            let types = value.trim_matches(['{', '}']).split(", ").map(|entry| entry.split_once(": ").unwrap());
            let kind = |kind| match kind {
                "Integer" => Type::Integer,
                "Float" => Type::Float,
                "Date" => Type::Date,
                "Text" => Type::Text,
                other => panic!("{other}"),
            };
            wishes.types = types.map(|(name, value)| (name.trim_matches('"').to_owned(), kind(value))).collect();
        }
        other => panic!("{other}"),
    }
    wishes
}

/// What a person gets of a file who states this much of it: the names, and the rows.
fn stated(bytes: &str, wishes: &Wishes) -> (Vec<String>, String, Vec<(String, String)>) {
    let file = given(bytes);
    let layout = text::sniff(&file.path(), wishes).unwrap();
    let (rows, rejects) = file.read_as(&layout);
    (layout.columns.into_iter().map(|column| column.name).collect(), rows, rejects)
}

fn found(bytes: &str) -> (Vec<String>, String, Vec<(String, String)>) {
    stated(bytes, &Wishes::default())
}

#[test]
fn a_number_is_found_only_where_its_text_comes_back() {
    let kind = |text: &str| text::found_type(text).unwrap();
    // Codes; what a float can't hold or would write with other digits.
    for text in [
        "32E0134",
        "45E0001",
        "4E5",
        "12E3",
        "1e400",
        "-1e999",
        "1e-400",
        "007",
        "007.5",
        "+5",
        "+5.5",
        "12E-05",
        "1.5E007",
        "0x1F",
        "1_000",
        "1,000",
        "1234567890123456789012",
        "0.3333333333333333333",
        "123456789012345678.5",
        "1e5",
        "2d5",
    ] {
        assert_eq!(kind(text), Type::Text, "{text}");
    }
    // As C, Java, Python, R and spreadsheets write them.
    for text in [
        "1e-05",
        "1E+20",
        "1.5e-07",
        "1.5E7",
        "1.0E-5",
        "6.02214076e+23",
        "0.1",
        "-0.25",
        "12.50",
        "0E-8",
        "1.7976931348623157e308",
        "5e-324",
        "0.30000000000000004",
        "NaN",
        "-0.0",
        "123456789012.25",
        "1e+300",
        "0.0",
    ] {
        assert_eq!(kind(text), if text == "NaN" { Type::Text } else { Type::Float }, "{text}");
    }
    for text in ["0", "-7", "123456789012345678", "2024"] {
        assert_eq!(kind(text), Type::Integer, "{text}");
    }
    let (file, codes) = ("ref,n\n32E0134,1\n45E0001,2\n", given("code;x\n12E3;1,5\n7E2;2,25\n"));
    assert_eq!(kinds(&given(file).sniff()), [Type::Text, Type::Integer]);
    assert_eq!(kinds(&codes.sniff()), [Type::Text, Type::Float]);
    // One code among numbers, far behind the head of the file, makes text of all: none is changed.
    let mut long = String::from("ref\n");
    (0..20_000).for_each(|at| long.push_str(&format!("{}.5\n", at)));
    long.push_str("32E0134\n");
    let file = given(&long);
    assert_eq!(kinds(&file.sniff()), [Type::Float]);
    assert_eq!(kinds(&file.check(&file.sniff()).layout), [Type::Text]);
}

#[test]
fn a_line_with_all_its_fields_is_no_comment() {
    for mark in ["#", "//", "%", "-- "] {
        let mut tags = String::from("tag,count\n");
        (0..200).for_each(|at| tags.push_str(&format!("{}tag{at},{at}\n", if at % 10 == 3 { mark } else { "" })));
        let (names, rows, rejects) = found(&tags);
        assert_eq!((names, rejects.len()), (vec!["tag".to_owned(), "count".into()], 0));
        assert_eq!(rows.lines().count(), 200, "{mark}");
        assert!(rows.contains(&format!("{mark}tag13,13")));
        // Beside real comments they are records too, wherever they stand.
        let noted = tags.replace("tag50,", "tag50,50\n# a note\ntag50b,");
        let (_, rows, rejects) = found(&noted);
        assert_eq!((rows.lines().count(), rejects.len()), (201, usize::from(mark == "#")), "{mark}");
    }
    // The first thousand records have none, and what comes later is not taken for one.
    let mut late = String::from("# exported by night\ntag,count\n");
    (0..3_000).for_each(|at| late.push_str(&format!("{}tag{at},{at}\n", if at == 2_500 { "#" } else { "" })));
    late.push_str("# the end\n");
    let (names, rows, rejects) = found(&late);
    assert_eq!((names[0].as_str(), rows.lines().count(), rejects.len()), ("tag", 3_000, 0));
    // Stated, there are none.
    let none = Wishes { comment: Some(String::new()), header: Some(true), ..Wishes::default() };
    let (_, rows, rejects) = stated("id,item\n1,ash\n# note\n2,elm\n3,fir\n", &none);
    assert_eq!((rows.as_str(), rejects[0].0.as_str()), ("1,ash\n2,elm\n3,fir\n", "3"));
    // Who states a prefix means all lines.
    let all = Wishes { comment: Some("#".into()), ..Wishes::default() };
    assert_eq!(stated("tag,n\na,1\n#b,2\nc,3\n", &all).1, "a,1\nc,3\n");
}

#[test]
fn records_are_no_preamble() {
    for short in [1, 2, 20, 300] {
        let mut wider = String::from("id,item,amount,place\n");
        (0..short).for_each(|at| wider.push_str(&format!("{at},ash{at},2.5,north\n")));
        (0..700).for_each(|at| wider.push_str(&format!("{at},elm{at},2.5,north,new\n")));
        let (names, rows, rejects) = found(&wider);
        assert_eq!(names, ["id", "item", "amount", "place"], "{short}");
        assert_eq!((rows.lines().count(), rejects.len()), (short, 700));
        assert_eq!(rejects[0].0, (short + 2).to_string());
    }
    // All of them text.
    let mut wider = String::from("name,place,note\n");
    (0..5).for_each(|at| wider.push_str(&format!("ash{at},north{at},x{at}\n")));
    (0..100).for_each(|at| wider.push_str(&format!("elm{at},south{at},y{at},z{at}\n")));
    assert_eq!(found(&wider).0, ["name", "place", "note"]);
    // A preamble is no longer than a page.
    let prose = "a line of prose\n".repeat(200);
    let (names, ..) = found(&format!("{prose}id,item\n1,ash\n2,elm\n3,fir\n"));
    assert_ne!(names, ["id", "item"]);
}

#[test]
fn what_is_stated_is_kept_and_looking_goes_on() {
    let file = "Survey of woods\nexported by night\n\nid;item;amount\n1;ash;2,5\n2;elm;3,5\n3;fir;4,5\n";
    let names = ["id", "item", "amount"];
    let header = Wishes { header: Some(true), ..Wishes::default() };
    let delimiter = Wishes { delimiter: Some(b';'), ..Wishes::default() };
    let comment = Wishes { comment: Some(String::new()), ..Wishes::default() };
    let quote = Wishes { quote: Some(None), ..Wishes::default() };
    for wishes in [&header, &delimiter, &comment, &quote] {
        let (found, rows, rejects) = stated(file, wishes);
        assert_eq!((found, rejects.len()), (names.map(str::to_owned).to_vec(), 0), "{wishes:?}");
        assert_eq!(rows.lines().count(), 3);
    }
    // No line is skipped by who says so.
    let none = Wishes { skip_lines: Some(0), ..Wishes::default() };
    assert_eq!(text::sniff(&given(file).path(), &none).unwrap().dialect.skip_lines, 0);
}

#[test]
fn headers_with_empty_cells_and_padded_titles_are_found() {
    let rows = ["x;y;z", "u;v;w", "r;s;t"];
    for (header, ended) in [("A;B;C;", ";"), ("A;B;C;", ""), ("A;B;C", ";"), ("A;B;C", "")] {
        for title in ["", "Trees of 2031\n", "Trees of 2031\n\n"] {
            let body: String = rows.iter().map(|row| format!("{row}{ended}\n")).collect();
            let (names, _, rejects) = found(&format!("{title}{header}\n{body}"));
            assert_eq!(
                (&names[..3], rejects.len()),
                (&["A", "B", "C"].map(str::to_owned)[..], 0),
                "{title}{header}{ended}"
            );
            assert_eq!(names.len(), if ended.is_empty() { 3 } else { 4 });
        }
    }
    for title in ["Sales report 2031,,\n", "Sales report,,\n2031-05-01,,\n,,\n", "Sales report,,\nby,Ann,\n"] {
        let (names, rows, rejects) = found(&format!("{title}id,item,amount\n1,ash,2.5\n2,elm,3.5\n3,fir,4.5\n"));
        assert_eq!((names, rejects.len()), (["id", "item", "amount"].map(str::to_owned).to_vec(), 0), "{title}");
        assert_eq!(rows, "1,ash,2.5\n2,elm,3.5\n3,fir,4.5\n");
    }
    let (names, rows, _) = found("Trees of 2031,,\nname,place,use\nash,north,tools\nelm,south,boats\n");
    assert_eq!((names.join(" "), rows.lines().count()), ("name place use".into(), 2));
    // Records with little in them are no titles.
    let (names, rows, _) = found("id,item,amount\n1,,\n2,,\n3,fir,4.5\n4,yew,5.5\n");
    assert_eq!((names.join(" "), rows.lines().count()), ("id item amount".into(), 4));
    let (_, rows, _) = found("7,,\n8,,\n9,fir,4.5\n4,yew,5.5\n");
    assert_eq!(rows.lines().count(), 4);
}

#[test]
fn blanks_outside_of_quotes_belong_to_no_value() {
    let layout = |bytes: &str| given(bytes).sniff();
    for (bytes, rows) in [
        ("sku, label, price\np1, \"Red\", 10\np2, \"Blue\", 5\n", "p1,Red,10\np2,Blue,5\n"),
        ("sku, label, price\np1, \"Red, dark\", 10\np2, Blue, 5\n", "p1,\"Red, dark\",10\np2,Blue,5\n"),
        ("sku,label,price\n\"p1\" ,\"Red, dark\" , 10\n\"p2\" ,\"Blue\"\t,5\n", "p1,\"Red, dark\",10\np2,Blue,5\n"),
        ("sku;label\np1; \"say \"\"no\"\"\" \np2; \"two\nlines\"\n", "p1,\"say \"\"no\"\"\"\np2,\"two\nlines\"\n"),
    ] {
        assert!(layout(bytes).dialect.trim, "{bytes}");
        assert_eq!(found(bytes).1, rows, "{bytes}");
    }
    assert_eq!(found("id\ttext\n1\t \"a\tb\" \n2\t\"c\"\n").1, "1,a\tb\n2,c\n");
    // Without quotes blanks are text, and a quote within text is no quote.
    for bytes in ["id,item\n1, ash\n2, elm\n", "id,size\n1, 5\" wide\n2,x\n", "id,word\n1, \"so\" called\n2,y\n"] {
        assert!(!layout(bytes).dialect.trim, "{bytes}");
    }
    let kept = Wishes { trim: Some(false), ..Wishes::default() };
    assert_eq!(stated("sku, label\np1, \"Red\"\np2,x\n", &kept).1, "p1,\" \"\"Red\"\"\"\np2,x\n");
    let left_out = Wishes { trim: Some(true), ..Wishes::default() };
    assert_eq!(stated("id,item\n1, ash \n 2,   \n", &left_out).1, "1,ash\n2,\n");
}
