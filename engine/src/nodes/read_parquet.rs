use super::prelude::*;

/// Reads Parquet files: one, many of the same columns, or a folder of them.
///
/// Columns and types are those of the file, and all files must have the same columns, in any order. Only the columns that later
/// nodes use are read.
#[params]
pub struct ReadParquet {
    /// The file. `*` stands for many (`data/*.parquet`); a folder stands for all Parquet files in it.
    pub path: FilePath,
    /// Whether folders with names like `year=2024` give a column `year`.
    #[param(default = true)]
    pub folder_columns: bool,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// Columns that are not read, such as those of a kind that can't be read here: VARIANT, GEOMETRY, decimals of more than 38 digits,
    /// encrypted ones. The message about such a column names it.
    pub leave_out: Vec<String>,
}

impl Node for ReadParquet {
    const CARD: Card = Card {
        title: "Read Parquet",
        group: Group::Read,
        icon: "read_parquet",
        inputs: Inputs::None,
        outputs: &[""],
        law: Law::Source,
        words: "parquet columnar arrow hive partitioned spark input file folder open import load",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        // Values of a Parquet file are what its types say: there is nothing to reject.
        let mut outputs = draft.read(Source::Parquet(Self { path, ..self.clone() }), OnError::Reject)?;
        outputs.truncate(1);
        Ok(outputs)
    }

    fn sentence(&self) -> String {
        sentence::read(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("One file", Self { path: "orders.parquet".into(), ..Self::default() })
                .stored("orders.parquet", "id: Integer, paid: Decimal(10, 2), on: Date\n 1, 12.50, 2024-05-01\n 2, , ")
                .gives("id: Integer, paid: Decimal(10, 2), on: Date\n 1, 12.50, 2024-05-01\n 2, , "),
            Example::new("Many files, each row with the name of its own", Self {
                path: "*.parquet".into(),
                file_column: Some("file".into()),
                ..Self::default()
            })
            .stored("april.parquet", "id: Integer\n 1\n 2")
            .stored("may.parquet", "id: Integer\n 3")
            .gives("id: Integer, file\n 1, april.parquet\n 2, april.parquet\n 3, may.parquet"),
        ]
    }
}
