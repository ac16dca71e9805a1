use indexmap::IndexMap;

use super::prelude::*;
use crate::types::Type;

/// Reads XML: each element of a kind that repeats is a row.
///
/// Attributes and elements within it are columns; deeper ones have the names of all they stand in, with dots (`address.city`). What
/// repeats within a record is a list. Types are found by looking at all records. An attribute with the name of an element beside it
/// keeps an `@` before its name. Entities that the file defines itself are refused, and nothing outside the file is ever read.
#[params]
pub struct ReadXml {
    /// The file. `*` stands for many (`data/*.xml`), `!` leads into an archive (`all.zip!orders.xml`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// The element that is a row: its name (`order`), or names from the outside to it with `/` between them (`shop/orders/order`). Left
    /// empty, it is found: the outermost element that repeats.
    pub records: String,
    /// Whether names keep the prefixes of their namespaces: `dc:title` instead of `title`.
    pub prefixes: bool,
    /// Types by column name, where what is found by looking is not what is wanted. A value that is not of the type said here is rejected.
    pub types: IndexMap<String, Type>,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// What to do with a record with a value that can't be read.
    pub on_error: OnError,
}

impl Node for ReadXml {
    const CARD: Card = Card {
        title: "Read XML",
        group: Group::Read,
        icon: "read_xml",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Source,
        words: "xml xpath element attribute rss feed soap kml namespace XML Parse Get data from XML XML Reader \
                Xml.Tables read_xml tFileInputXML input file open import load",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        draft.read(Source::Xml(Self { path, ..self.clone() }), self.on_error)
    }

    fn check(&self) -> Result<(), Problem> {
        let path = self.records.strip_prefix('/').unwrap_or(&self.records);
        if !self.records.is_empty() && path.split('/').any(|name| name.trim().is_empty()) {
            return Err(Problem::new(format!("The place {:?} has an empty name in it.", self.records))
                .at("records")
                .try_this("Write names with one `/` between them, such as `orders/order`."));
        }
        if let Some(sign) = self.records.chars().find(|c| "[]()@*|=".contains(*c)) {
            return Err(Problem::new(format!("{sign:?} can't stand in the names of elements."))
                .at("records")
                .try_this("Write the names alone, such as `orders/order`, and choose rows with a Filter."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        match self.records.rsplit('/').next().filter(|name| !name.is_empty() && !self.path.0.is_empty()) {
            Some(name) => sentence::short(format!("{}, each {name} a row", sentence::read(&self.path))),
            None => sentence::read(&self.path),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Elements and attributes", Self { path: "books.xml".into(), ..Self::default() })
                .file(
                    "books.xml",
                    "<?xml version=\"1.0\"?>\n<books>\n\
                     <book id=\"1\"><title lang=\"en\">Tides &amp; Winds</title><price>12.5</price></book>\n\
                     <book id=\"2\"><title>Stones</title><on>2024-05-01</on></book>\n</books>\n",
                )
                .gives(
                    "id: Integer, title.lang, title, price: Float, on: Date\n
                     1, en, Tides & Winds, 12.5, \n 2, , Stones, , 2024-05-01",
                ),
            Example::new("Elements deep within, and a value that does not fit", Self {
                path: "orders.xml".into(),
                records: "orders/order".into(),
                types: [("total".to_owned(), Type::Integer), ("ship.zip".to_owned(), Type::Text)].into_iter().collect(),
                ..Self::default()
            })
            .file(
                "orders.xml",
                "<s:shop xmlns:s=\"urn:shop\"><s:name>North</s:name><s:orders>\n\
                 <s:order><s:total>7</s:total><s:ship><s:zip>04109</s:zip></s:ship></s:order>\n\
                 <s:order><s:total>many</s:total></s:order>\n</s:orders></s:shop>\n",
            )
            .gives("total: Integer, ship.zip\n 7, 04109")
            .gives_at(
                "rejected",
                "file, line: Integer, record, error_column, error_value, error_reason\n
                 orders.xml, 3, <s:order><s:total>many</s:total></s:order>, total, many, not Integer",
            ),
        ]
    }
}
