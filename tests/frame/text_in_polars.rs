//! What [`Clean`] promises: Polars reads a file said to be clean, and one we rewrote, exactly as our own reader does.

use std::path::Path;

use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use pipewright_runner::source;
use pipewright_runner::text::{self, Clean, Layout, Wishes};
use polars::prelude::*;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::test_runner::RngSeed;

fn frame(path: &Path, layout: &Layout, clean: &Clean) -> LazyFrame {
    let field = |column: &pipewright_engine::types::Column| {
        let kind = match column.kind {
            Type::Integer => DataType::Int64,
            Type::Float => DataType::Float64,
            _ => DataType::String,
        };
        Field::new(column.name.as_str().into(), kind)
    };
    source::csv(path, clean, layout.columns.iter().map(field).collect()).unwrap()
}

/// The rows as Polars reads them; what it reads as text for us to cast, cast.
fn rows(path: &Path, layout: &Layout, clean: &Clean) -> Vec<Vec<Value>> {
    let lazy = frame(path, layout, clean);
    let table = lazy.clone().collect_with_engine(Engine::Streaming).unwrap().unwrap_single();
    // A plan that only counts rows takes a way of its own.
    let count = lazy.clone().select([len()]).collect_with_engine(Engine::Streaming).unwrap().unwrap_single();
    assert_eq!(count.columns()[0].get(0).unwrap().try_extract::<usize>().unwrap(), table.height());
    // One that needs one column only is where rows were lost.
    let last = layout.columns.last().unwrap().name.as_str();
    let one = lazy.select([col(last)]).collect_with_engine(Engine::Streaming).unwrap().unwrap_single();
    assert_eq!(one.height(), table.height());
    let value = |value: AnyValue, kind: &Type| match value {
        AnyValue::Null => Value::Null,
        AnyValue::Int64(value) => Value::Integer(value),
        AnyValue::Float64(value) => Value::Float(value),
        AnyValue::String(text) => Value::parse(text, kind).unwrap_or_else(|| panic!("{text:?} as {kind}")),
        AnyValue::StringOwned(text) => Value::parse(&text, kind).unwrap_or_else(|| panic!("{text:?} as {kind}")),
        other => panic!("{other:?}"),
    };
    let cell = |at: usize, index: usize| value(table.columns()[index].get(at).unwrap(), &layout.columns[index].kind);
    (0..table.height()).map(|at| (0..layout.columns.len()).map(|index| cell(at, index)).collect()).collect()
}

/// Whether the file was clean as it lay.
fn agrees(bytes: &[u8], wishes: &Wishes) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let (path, rewritten) = (folder.path().join("given.csv"), folder.path().join("clean.csv"));
    std::fs::write(&path, bytes).unwrap();
    let layout = match text::sniff(&path, wishes) {
        Ok(layout) => layout,
        Err(problem) => {
            assert!(problem.message.contains("nothing but blank lines"), "{problem}");
            return false;
        }
    };
    let verdict = text::check(&path, &layout, &|| false).unwrap();
    let layout = verdict.layout;
    let ours = text::head(&path, "given.csv", &layout, usize::MAX, u64::MAX).unwrap().good;
    let ours = format!("{ours:?}");
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    if let Some(clean) = &verdict.clean {
        assert_eq!(format!("{:?}", rows(&path, &layout, clean)), ours, "{shown:?} as it lies");
    }
    let mut good = Vec::new();
    text::rewrite(&path, "given.csv", &layout, &mut good, &mut Vec::new(), &|| false).unwrap();
    std::fs::write(&rewritten, good).unwrap();
    assert_eq!(format!("{:?}", rows(&rewritten, &layout, &Clean::rewritten())), ours, "{shown:?} rewritten");
    verdict.clean.is_some()
}

#[test]
fn polars_reads_clean_and_rewritten_files_as_we_do() {
    let typed = |kinds: &[(&str, Type)]| Wishes {
        types: kinds.iter().map(|(name, kind)| ((*name).to_owned(), kind.clone())).collect(),
        ..Wishes::default()
    };
    let any = Wishes::default();
    let numbers = "i,f\n-9223372036854775808,1e300\n9223372036854775807,.5\n-0,5.\n0,-0.0\n1,NaN\n2,Infinity\n3,-Infinity\n\
        4,1e-320\n5,0.1\n6,123456789.123456789123456789\n7,1E+5\n,\n\"8\",\"9.5\"\n";
    let comments = Wishes { comment: Some("#".into()), null_words: vec!["NA".into()], ..Wishes::default() };
    let no_header = Wishes { header: Some(false), ..Wishes::default() };
    for (bytes, wishes, is_clean) in [
        (numbers, typed(&[("i", Type::Integer), ("f", Type::Float)]), true),
        ("i,f\n007,+1\n 5, nan \n,\"\"\n", typed(&[("i", Type::Integer), ("f", Type::Float)]), false),
        ("a,b\n,\"\"\n\"\",\n\"x,y\",\"p\nq\"\n\"\"\"\",\"a\"\"b\"\n", any.clone(), true),
        ("a,b\r\n1,\r\n,x\r\n3,\"\"\r\n", any.clone(), true),
        ("a,b\n1,x\n2,", any.clone(), true),
        ("a,b\n1,\"p\n,,\"\"x\n,,x\n\"\n2,\"q\n,,\"\"x\"", any.clone(), true),
        ("a,b\n1,5\n,,\"x\n2,6\n", any.clone(), false),
        ("a,b\n1,5\" x\n2,\"y\"z\n", any.clone(), false),
        ("a,b\n1,5\" x\n2,y\"\n", any.clone(), true),
        ("\u{feff}1,x\n2,y\n", no_header.clone(), true),
        ("\u{feff}\"1\",x\n2,y\n", no_header.clone(), true),
        ("#one\n#two \"\n\na,b\nNA,#x\n1,\"NA\"\n", comments.clone(), false),
        ("#one\n#two \"\n\na,b\nNA,#x\n1,NA\n", comments, true),
        ("\n\nn\n\n1\n\n", no_header, true),
        ("n\n\n1\n\n", any.clone(), true),
        ("n\n\n \n\"\"\n+7\n\n", typed(&[("n", Type::Integer)]), false),
        ("n\n\n\"\"\nx\n\n", any.clone(), true),
        ("d,t\n2024-02-29,2024-02-29T10:00:00.5\n,\n", any.clone(), true),
        ("d,t\n2024-02-29,2024-02-29 10:00\n \"\",\n", typed(&[("d", Type::Text)]), false),
        ("a;b\n1,5;x\n-2,25;y\n", any.clone(), false),
        ("a,b\n", any.clone(), true),
        ("a\"\nb\",c\n1,x\n", any.clone(), true),
        ("a,b", any.clone(), true),
        ("\"a\rb\",c\n1,x\n", any, false),
    ] {
        assert_eq!(agrees(bytes.as_bytes(), &wishes), is_clean, "{bytes:?}");
    }
}

#[test]
fn polars_reads_large_files_in_parallel_as_we_do() {
    let quoted: String =
        (0..60_000).map(|number| format!("{number},\"line {number}\nand, \"\"{number}\"\"\",{number}.5\n")).collect();
    assert!(agrees(format!("id,text,x\n{quoted}").as_bytes(), &Wishes::default()));
    let stray: String = (0..60_000).map(|number| format!("{number},{number}\" disk,{number}.5\n")).collect();
    assert!(agrees(format!("id,text,x\n{stray}").as_bytes(), &Wishes::default()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn polars_reads_any_text_as_we_do(text in "[x1,;\t\"'\n\r#é .-]{1,40}", header in any::<bool>()) {
        let wishes = Wishes { header: Some(header), comment: Some("#".into()), ..Wishes::default() };
        agrees(text.as_bytes(), &wishes);
    }
}
