use super::partition;
use super::prelude::*;
pub use partition::Layout;

/// Writes Arrow IPC files, also known as Feather: read without parsing by Python, R, DuckDB and others.
///
/// All types are kept. The file, or the whole folder, appears at once or not at all: if the run fails, what was there is as it was.
#[params]
pub struct WriteArrow {
    /// The file, or the folder if it is partitioned. `{parameter}` is replaced by its value.
    pub path: FilePath,
    /// How it is packed.
    pub compression: ArrowCompression,
    /// Columns whose values make folders or files.
    pub partition_by: Vec<ColumnName>,
    /// What the files are called.
    #[param(when = !self.partition_by.is_empty())]
    pub layout: Layout,
}

#[params]
pub enum ArrowCompression {
    /// Small, and still quick to read.
    #[default]
    Zstd,
    /// Quicker and larger.
    Lz4,
    /// Not packed: can be read in place.
    Uncompressed,
}

impl Node for WriteArrow {
    const CARD: Card = Card {
        title: "Write Arrow",
        group: Group::Write,
        icon: "write_arrow",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "arrow ipc feather columnar partition to_feather Table Writer output file save export",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        partition::check_columns(draft, inputs[0], &self.partition_by, self.layout)?;
        Ok(draft.write(Sink::Arrow(Self { path, ..self.clone() }), inputs[0]))
    }

    fn check(&self) -> Result<(), Problem> {
        partition::check_path(&self.path, &self.partition_by, &[".arrow", ".feather", ".ipc"])
    }

    fn sentence(&self) -> String {
        partition::sentence(&self.path, &self.partition_by, self.layout)
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "id: Integer, paid: Decimal(10, 2), on: Date\n 1, 12.50, 2024-05-01\n 2, , ";
        vec![
            Example::new("A Feather file", Self { path: "orders.feather".into(), ..Self::default() })
                .given(given)
                .stores("orders.feather", given),
            Example::new("Not packed, so that it can be read in place", Self {
                path: "orders.arrow".into(),
                compression: ArrowCompression::Uncompressed,
                ..Self::default()
            })
            .given(given)
            .stores("orders.arrow", given),
            Example::new("A file for each year", Self {
                path: "orders".into(),
                partition_by: vec!["year".into()],
                layout: Layout::Files,
                ..Self::default()
            })
            .given("id: Integer, year: Integer\n 1, 2023\n 2, 2024\n 3, 2023")
            .stores("orders/2023.arrow", "id: Integer, year: Integer\n 1, 2023\n 3, 2023")
            .stores("orders/2024.arrow", "id: Integer, year: Integer\n 2, 2024"),
        ]
    }
}
