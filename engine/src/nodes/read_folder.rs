use indexmap::IndexMap;

use super::list_files::{check_pattern, folder_glob, folder_path};
use super::prelude::*;
use super::read_csv::refuse_null;
use crate::types::{Schema, Type};

/// Reads all files of a folder as one table: CSV, JSON, Parquet, Arrow, Avro, Excel or XML, as their endings say.
///
/// Columns are put together by name. Each file is looked at by itself, so that delimiters, encodings and the order of columns may
/// differ; a column that has other types in other files gets the type that holds all its values. The output `drift` tells what is not
/// as in the first file: a row for each file and column that is missing, additional or of another type.
#[params]
pub struct ReadFolder {
    /// The folder.
    #[param(always)]
    pub folder: FilePath,
    /// Which files, by name: `*` stands for any text and `?` for one character, such as `sales_*.csv`. Left empty, all whose endings
    /// are known.
    pub pattern: String,
    /// Whether folders within the folder are looked into, too.
    pub recursive: bool,
    /// What the files are. All must be of one format.
    pub format: FolderFormat,
    /// Only so many files: those that were changed last.
    pub newest: Option<u64>,
    /// Which columns come out, where files have different ones.
    pub columns: FolderColumns,
    /// Types by column name. A value that is not of the type said here is rejected.
    pub types: IndexMap<String, Type>,
    /// The column that tells which file a row comes from. Left empty, there is none.
    #[param(default = "file".into())]
    pub file_column: NewColumn,
    /// What to do with a record that can't be read.
    pub on_error: OnError,
}

#[params]
pub enum FolderFormat {
    /// As the endings of the files say.
    #[default]
    Detect,
    /// Delimited text: .csv, .tsv, .tab, .psv.
    Csv,
    /// .json, .ndjson, .jsonl.
    Json,
    /// .parquet, .pq.
    Parquet,
    /// .arrow, .feather, .ipc.
    Arrow,
    /// .avro.
    Avro,
    /// The first sheet of each workbook: .xlsx, .xlsm, .xlsb, .xls, .ods.
    Excel,
    /// .xml.
    Xml,
}

#[params]
pub enum FolderColumns {
    /// All columns that any file has. They are null in rows of files without them.
    #[default]
    All,
    /// Only columns that all files have.
    Common,
    /// The columns of the first file. They are null in rows of files without them.
    First,
}

impl FolderFormat {
    /// The format of a file by its ending.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        Some(match name.rsplit_once('.')?.1 {
            "csv" | "tsv" | "tab" | "psv" => Self::Csv,
            "json" | "ndjson" | "jsonl" => Self::Json,
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "feather" | "ipc" => Self::Arrow,
            "avro" => Self::Avro,
            "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => Self::Excel,
            "xml" => Self::Xml,
            _ => return None,
        })
    }
}

impl ReadFolder {
    /// The files as a path with a pattern in it.
    pub fn glob(&self) -> String {
        folder_glob(&self.folder.0, &self.pattern, self.recursive)
    }

    /// The columns of the output `drift`.
    pub fn drift_schema() -> Schema {
        Schema::of(["file", "column", "drift", "expected", "found"].map(|name| (name, Type::Text)))
    }
}

impl Node for ReadFolder {
    const CARD: Card = Card {
        title: "Read folder",
        group: Group::Read,
        icon: "read_folder",
        inputs: Inputs::None,
        outputs: &["", "rejected", "drift"],
        law: Law::Source,
        words: "folder directory many files combine append union wildcard glob monthly Dynamic Input Directory Combine Files \
                Folder.Files tFileList schema drift newest latest input open import load",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let folder = folder_path(draft, &self.folder)?;
        let source = Source::Folder(Self { folder, ..self.clone() });
        let mut outputs = draft.read(source.clone(), self.on_error)?;
        outputs.push(draft.drift(source, Self::drift_schema()));
        Ok(outputs)
    }

    fn check(&self) -> Result<(), Problem> {
        refuse_null(self.on_error)?;
        if self.newest == Some(0) {
            return Err(Problem::new("No files would be read.").at("newest").try_this("Leave it open to read all of them."));
        }
        check_pattern(&self.pattern)
    }

    fn sentence(&self) -> String {
        let which = if self.pattern.is_empty() { "the files" } else { self.pattern.as_str() };
        let folder = match sentence::name(&self.folder) {
            None => return "Choose a folder whose files to read".to_owned(),
            Some(".") => "the pipeline's folder",
            Some(folder) => folder,
        };
        sentence::short(match self.newest {
            None => format!("Read {which} in {folder}"),
            Some(count) => format!("Read the newest {count} of {which} in {folder}"),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Exports of several months, one of them with another column", Self {
                folder: "sales".into(),
                ..Self::default()
            })
            .file("sales/april.csv", "id,amount\n1,10\n2,20\n")
            .file("sales/may.csv", "amount;id;note\n2,5;3;gift\n")
            .gives("id: Integer, amount: Float, note, file\n 1, 10, , sales/april.csv\n 2, 20, , sales/april.csv\n 3, 2.5, gift, sales/may.csv")
            .gives_at(
                "drift",
                "file, column, drift, expected, found\n
                 sales/may.csv, amount, other type, Integer, Float\n
                 sales/may.csv, note, additional, , Text",
            ),
            Example::new("Only what all files have, without the name of the file", Self {
                folder: ".".into(),
                pattern: "*.parquet".into(),
                columns: FolderColumns::Common,
                file_column: "".into(),
                ..Self::default()
            })
            .stored("a.parquet", "id: Integer, old\n 1, x")
            .stored("b.parquet", "id: Integer\n 2")
            .gives("id: Integer\n 1\n 2")
            .gives_at("drift", "file, column, drift, expected, found\n b.parquet, old, missing, Text, "),
        ]
    }
}
