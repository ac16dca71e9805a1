use super::partition::{self, Layout};
use super::prelude::*;

/// Writes Parquet: compact, typed, and quick to read again.
///
/// With `partition_by`, a folder is written, with a folder in it for each value: `year=2024/`, and
/// `year=__HIVE_DEFAULT_PARTITION__/` for null. Whoever reads it finds numbers, days, true and false again by how they look, and
/// anything else as text. The file, or the whole folder, appears at once or not at all: if the run fails, what was there is as it
/// was.
#[params]
pub struct WriteParquet {
    /// The file, or the folder if it is partitioned. `{parameter}` is replaced by its value.
    pub path: FilePath,
    /// How it is packed.
    pub compression: Compression,
    /// Columns whose values make folders or files. What makes folders is kept in their names, not in the files.
    pub partition_by: Vec<ColumnName>,
    /// What the files are called.
    #[param(when = !self.partition_by.is_empty())]
    pub layout: Layout,
}

#[params]
pub enum Compression {
    /// Small and quick.
    #[default]
    Zstd,
    /// Quicker and larger; every program can read it.
    Snappy,
    /// For old programs.
    Gzip,
    /// Not packed.
    Uncompressed,
}

impl Node for WriteParquet {
    const CARD: Card = Card {
        title: "Write Parquet",
        group: Group::Write,
        icon: "write_parquet",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "parquet columnar partition hive spark lake output file folder save export",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        partition::check_columns(draft, inputs[0], &self.partition_by, self.layout)?;
        Ok(draft.write(Sink::Parquet(Self { path, ..self.clone() }), inputs[0]))
    }

    fn check(&self) -> Result<(), Problem> {
        partition::check_path(&self.path, &self.partition_by, &[".parquet"])
    }

    fn sentence(&self) -> String {
        partition::sentence(&self.path, &self.partition_by, self.layout)
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "id: Integer, paid: Decimal(10, 2), year: Integer\n 1, 12.50, 2023\n 2, , 2024\n 3, 7.00, 2023";
        vec![
            Example::new("One file", Self { path: "orders.parquet".into(), ..Self::default() })
                .given(given)
                .stores("orders.parquet", given),
            Example::new("A folder for each year", Self {
                path: "orders".into(),
                partition_by: vec!["year".into()],
                ..Self::default()
            })
            .given(given)
            .stores(
                "orders",
                "id: Integer, paid: Decimal(10, 2), year: Integer\n 1, 12.50, 2023\n 3, 7.00, 2023\n 2, , 2024",
            ),
        ]
    }
}
