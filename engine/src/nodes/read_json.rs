use indexmap::IndexMap;

use super::prelude::*;
use super::read_csv::refuse_null;
use crate::types::Type;

/// Reads JSON: one object a line, or a document with a list of objects in it.
///
/// The names in the objects are the columns; what an object does not have is null. Values without a type in common are text.
/// Objects and lists within them stay whole, as columns of type Struct and List. A record that is not an object, or has a value
/// that is not of its type, comes out of `rejected`.
#[params]
pub struct ReadJson {
    /// The file. `*` stands for many (`data/*.json`), `!` leads into an archive (`all.zip!orders.json`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// How the records stand in the file.
    pub format: JsonInput,
    /// Where the list of records is within the document: names with dots between them, such as `data.items`. Empty if the document
    /// is the list itself.
    #[param(when = self.format != JsonInput::Lines)]
    pub records: String,
    /// Types by column name, where what is found by looking is not what is wanted. A value that is not of the type said here is rejected.
    pub types: IndexMap<String, Type>,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// What to do with a record that can't be read.
    pub on_error: OnError,
}

#[params]
pub enum JsonInput {
    /// Found out by looking at the file.
    #[default]
    Detect,
    /// One object a line (NDJSON, JSON Lines).
    Lines,
    /// One document: a list of objects, or an object with such a list in it.
    Document,
}

impl Node for ReadJson {
    const CARD: Card = Card {
        title: "Read JSON",
        group: Group::Read,
        icon: "read_json",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Source,
        words: "json ndjson jsonl lines array object document input file open import load tFileInputJSON",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        draft.read(Source::Json(Self { path, ..self.clone() }), self.on_error)
    }

    fn check(&self) -> Result<(), Problem> {
        refuse_null(self.on_error)?;
        if !self.records.is_empty() && self.format == JsonInput::Lines {
            return Err(Problem::new(format!("In a file of one object a line there is no place {:?}.", self.records))
                .at("records")
                .try_this("Leave it out, or choose Document as the format."));
        }
        if !self.records.is_empty() && self.records.split('.').any(str::is_empty) {
            return Err(Problem::new(format!("The place {:?} has an empty name in it.", self.records))
                .at("records")
                .try_this("Write names with one dot between them, such as `data.items`."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        sentence::read(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("One object a line, one of them broken", Self { path: "orders.ndjson".into(), ..Self::default() })
                .file("orders.ndjson", "{\"id\": 1, \"paid\": 2.5}\noops\n{\"id\": 3, \"note\": \"gift\"}\n")
                .gives("id: Integer, paid: Float, note\n 1, 2.5, \n 3, , gift")
                .gives_at(
                    "rejected",
                    "file, line: Integer, record, error_column, error_value, error_reason\n
                     orders.ndjson, 2, oops, , , not JSON",
                ),
            Example::new("A list within a document, and a code that must stay text", Self {
                path: "answer.json".into(),
                records: "data.items".into(),
                types: [("code".to_owned(), Type::Text)].into_iter().collect(),
                ..Self::default()
            })
            .file("answer.json", "{\"data\": {\"items\": [{\"code\": 7, \"on\": true}, {\"code\": \"08\"}]}}")
            .gives("code, on: Boolean\n 7, true\n 08, "),
        ]
    }
}
