//! XML: elements of one kind as records, read from the start of the file to its end without holding it.

mod document;
mod find;

use pipewright_engine::nodes::{OnError, ReadXml};
use pipewright_engine::problem::Problem;

use self::document::Document;
use self::find::find;
use super::records::{Format, Kinds, Record, Records, open_records};
use super::{Opened, Opening};
use crate::files::Located;

pub(super) fn open_xml(opening: &Opening, node: &str, xml: &ReadXml, located: &[Located]) -> Result<Opened, Problem> {
    let wanted = match located.first() {
        Some(first) if xml.records.is_empty() => find(first, xml.prefixes)?,
        _ => Wanted::of(&xml.records, xml.prefixes),
    };
    let open = |file| Ok(Box::new(Elements::open(file, xml, &wanted)?) as Box<dyn Records + '_>);
    let format = Format {
        open: &open,
        kinds: Kinds::of_tree(),
        types: &xml.types,
        file_column: xml.file_column.as_ref(),
        keep: xml.on_error == OnError::Null,
    };
    open_records(opening, node, located, format)
}

/// Which elements are records: those at the end of a path that ends so, or is so.
struct Wanted {
    names: Vec<String>,
    from_root: bool,
}

impl Wanted {
    fn of(path: &str, prefixes: bool) -> Self {
        let shown = |name: &str| {
            let name = name.trim();
            if prefixes { name } else { name.rsplit_once(':').map_or(name, |(_, local)| local) }.to_owned()
        };
        let from_root = path.starts_with('/');
        Self { names: path.trim_start_matches('/').split('/').map(shown).collect(), from_root }
    }

    fn is(&self, path: &[String]) -> bool {
        if self.from_root { path == self.names } else { path.ends_with(&self.names) }
    }
}

/// The records of a file.
struct Elements<'a> {
    document: Document<'a>,
    wanted: &'a Wanted,
    records: u64,
}

impl<'a> Elements<'a> {
    fn open(file: &'a Located, xml: &ReadXml, wanted: &'a Wanted) -> Result<Self, Problem> {
        Ok(Self { document: Document::open(file, xml.prefixes)?, wanted, records: 0 })
    }

    /// A file without such an element has another structure than was thought.
    fn check_found(&self) -> Result<(), Problem> {
        let file = self.document.file;
        if self.records > 0 || !file.whole {
            return Ok(());
        }
        let names = self.document.names();
        let Some(wanted) = self.wanted.names.last().filter(|_| !names.is_empty()) else {
            return Err(self.document.no_xml());
        };
        if names.contains(&wanted.as_str()) {
            let path = self.wanted.names.join("/");
            return Err(Problem::new(format!("The elements {wanted:?} in {} do not stand at {path:?}.", file.shown))
                .at("records")
                .try_this(format!("Write {wanted:?} alone to find them anywhere.")));
        }
        let unknown = Problem::unknown("element", wanted, names);
        Err(Problem { message: format!("{} has no element {wanted:?}.", file.shown), ..unknown }.at("records"))
    }
}

impl Records for Elements<'_> {
    fn next(&mut self) -> Result<Option<Record>, Problem> {
        while let Some(empty) = self.document.next_start()? {
            if !self.wanted.is(&self.document.path) {
                self.document.skip(empty);
                continue;
            }
            let line = self.document.line;
            let Some((fields, text)) = self.document.element(empty)? else { break };
            self.records += 1;
            return Ok(Some(Record { text, line, fields, refusal: None }));
        }
        self.check_found()?;
        Ok(None)
    }

    fn read_as(&self) -> String {
        let name = self.wanted.names.last().map_or("", String::as_str);
        format!("XML, each {name:?} a row")
    }
}
