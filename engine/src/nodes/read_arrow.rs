use super::prelude::*;

/// Reads Arrow files, also called Feather or IPC: one, or many of the same columns.
///
/// Columns and types are those of the file, and all files must have the same columns, in any order. Only the columns that later
/// nodes use are read. Streams of Arrow batches and Feather of version 1 are other formats, which this node tells apart.
#[params]
pub struct ReadArrow {
    /// The file. `*` stands for many (`data/*.arrow`), `!` leads into an archive (`all.zip!orders.arrow`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// Whether folders with names like `year=2024` give a column `year`.
    #[param(default = true)]
    pub folder_columns: bool,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
}

impl Node for ReadArrow {
    const CARD: Card = Card {
        title: "Read Arrow",
        group: Group::Read,
        icon: "read_arrow",
        inputs: Inputs::None,
        outputs: &[""],
        law: Law::Source,
        words: "arrow feather ipc columnar pandas read_feather scan_ipc input file open import load",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        // Values of an Arrow file are what its types say: there is nothing to reject.
        let mut outputs = draft.read(Source::Arrow(Self { path, ..self.clone() }), OnError::Reject)?;
        outputs.truncate(1);
        Ok(outputs)
    }

    fn sentence(&self) -> String {
        sentence::read(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("One file", Self { path: "orders.arrow".into(), ..Self::default() })
                .stored("orders.arrow", "id: Integer, paid: Decimal(10, 2), on: Date\n 1, 12.50, 2024-05-01\n 2, , ")
                .gives("id: Integer, paid: Decimal(10, 2), on: Date\n 1, 12.50, 2024-05-01\n 2, , "),
            Example::new("A file for each month, in folders that say which", Self {
                path: "month=*/*.feather".into(),
                ..Self::default()
            })
            .stored("month=4/orders.feather", "id: Integer\n 1\n 2")
            .stored("month=5/orders.feather", "id: Integer\n 3")
            .gives("id: Integer, month: Integer\n 1, 4\n 2, 4\n 3, 5"),
        ]
    }
}
