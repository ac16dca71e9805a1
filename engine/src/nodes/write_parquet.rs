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
    /// Columns whose values make folders. They are kept in the names of the folders, not in the files.
    pub partition_by: Vec<ColumnName>,
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
        let columns = draft.schema(inputs[0]).clone();
        for (at, name) in self.partition_by.iter().enumerate() {
            let column = draft.column(inputs[0], name, &format!("partition_by[{at}]"))?;
            if !column.kind.is_ordered() {
                let message = format!("{:?} is {}, whose values can't be names of folders.", column.name, column.kind);
                return Err(Problem::new(message).at(format!("partition_by[{at}]")).into());
            }
        }
        if !columns.0.is_empty() && columns.names().all(|name| self.partition_by.iter().any(|by| by.0 == name)) {
            let problem = Problem::new("All columns are in the names of folders, and none is left for the files.");
            return Err(problem.at("partition_by").try_this("Take one out.").into());
        }
        Ok(draft.write(Sink::Parquet(Self { path, ..self.clone() }), inputs[0]))
    }

    fn check(&self) -> Result<(), Problem> {
        if !self.partition_by.is_empty() && self.path.0.to_lowercase().ends_with(".parquet") {
            return Err(Problem::new(format!("{:?} is the name of a file, and partitions need a folder.", self.path.0))
                .at("path")
                .try_this("Leave out the ending."));
        }
        match (0..self.partition_by.len()).find(|at| self.partition_by[..*at].contains(&self.partition_by[*at])) {
            Some(at) => Err(Problem::new(format!("The column {:?} is listed twice.", self.partition_by[at].0))
                .at(format!("partition_by[{at}]"))),
            None => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        if self.partition_by.is_empty() || self.path.0.is_empty() {
            return sentence::write(&self.path);
        }
        let by = sentence::list(&self.partition_by);
        sentence::short(format!("{}, a folder for each {by}", sentence::write(&self.path)))
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
