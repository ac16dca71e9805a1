use indexmap::IndexMap;

use super::prelude::*;
use crate::types::Type;

/// Reads delimited text: CSV, TSV and their relatives, one file or many.
///
/// What is not said here is found out by looking at the file: delimiter, quotes, encoding, header and types. Every file is checked
/// as a whole before it is read. Records that don't fit come out of `rejected` with their line, never fewer rows in silence.
#[params]
pub struct ReadCsv {
    /// The file. `*` stands for many (`data/*.csv`), `!` leads into an archive (`all.zip!orders.csv`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// Whether the first line holds the names of the columns.
    pub header: Option<bool>,
    /// Names of the columns, in order: for files without a header, or instead of the one they have.
    pub columns: Vec<String>,
    /// Types by column name. A value that is not of the type said here is rejected.
    pub types: IndexMap<String, Type>,
    /// One character between values, such as `;` or `\t`.
    pub delimiter: Option<String>,
    /// The character around values; empty for none.
    pub quote: Option<String>,
    /// The name of the encoding, such as `utf-8`, `windows-1252` or `utf-16le`.
    pub encoding: Option<String>,
    /// Words that mean null, such as `NA`, written as in the file. An empty value is null always.
    pub null_words: Vec<String>,
    /// Whether numbers have a comma where others have a point.
    pub decimal_comma: Option<bool>,
    /// Lines to leave out at the top. Left open, titles above the table are; 0 keeps them.
    pub skip_lines: Option<u64>,
    /// What a line begins with that is a comment; empty for none.
    pub comment: Option<String>,
    /// Whether blanks around values are left out. Left open, they are where blanks stand between delimiters and quotes.
    pub trim: Option<bool>,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// What to do with a record that can't be read.
    pub on_error: OnError,
}

impl Node for ReadCsv {
    const CARD: Card = Card {
        title: "Read CSV",
        group: Group::Read,
        icon: "read_csv",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Source,
        words: "csv tsv text delimited input file open import load separator comma semicolon tab gz zst zip tFileInputDelimited Input Data CSV Reader File Reader",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        draft.read(Source::Csv(Self { path, ..self.clone() }), self.on_error)
    }

    fn check(&self) -> Result<(), Problem> {
        refuse_null(self.on_error)?;
        for (parameter, text) in [("delimiter", &self.delimiter), ("quote", &self.quote)] {
            let Some(text) = text else { continue };
            if !(text.len() == 1 && text.is_ascii() || parameter == "quote" && text.is_empty()) {
                let problem = Problem::new(format!("The {parameter} {text:?} is not one plain character.")).at(parameter);
                let example = if parameter == "quote" { "'" } else { "\t" };
                return Err(problem.try_this(format!("Write one, such as {example:?}; left out, it is found by looking.")));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        sentence::read(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Everything found out by looking", Self { path: "orders.csv".into(), ..Self::default() })
                .file("orders.csv", "id;zip;paid;on\n1;00123;12,50;2024-05-01\n2;10115;;2024-05-02\n")
                .gives("id: Integer, zip, paid: Float, on: Date\n 1, 00123, 12.5, 2024-05-01\n 2, 10115, , 2024-05-02"),
            Example::new("No header, and records that don't fit", Self {
                path: "readings.csv".into(),
                header: Some(false),
                columns: vec!["sensor".into(), "celsius".into()],
                types: [("celsius".to_owned(), Type::Float)].into_iter().collect(),
                ..Self::default()
            })
            .file("readings.csv", "a,20.5\na,ERR\nb,1,2\nb,19\n")
            .gives("sensor, celsius: Float\n a, 20.5\n b, 19.0")
            .gives_at(
                "rejected",
                "file, line: Integer, record, error_column, error_value, error_reason\n
                 readings.csv, 2, \"a,ERR\", celsius, ERR, not Float\n
                 readings.csv, 3, \"b,1,2\", , , 3 fields where 2 are expected",
            ),
        ]
    }
}

/// Of a record that can't be read there are no values that could be null.
pub(super) fn refuse_null(on_error: OnError) -> Result<(), Problem> {
    if on_error == OnError::Null {
        let problem = Problem::new("A record that can't be read can't become null.").at("on_error");
        return Err(problem.try_this("Choose Reject or Skip."));
    }
    Ok(())
}
