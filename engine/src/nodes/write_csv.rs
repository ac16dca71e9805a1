use super::partition::{self, Layout};
use super::prelude::*;

/// Writes delimited text.
///
/// Instants with a zone are written in UTC (`2024-05-01 12:00:00Z`), lists and structures as JSON, and bytes as hexadecimal digits.
/// The file appears whole or not at all: if the run fails, an older file of that name is as it was.
#[params]
pub struct WriteCsv {
    /// The file. `{parameter}` is replaced by its value; a name that ends in .gz or .zst is packed.
    pub path: FilePath,
    /// Whether the first line holds the names of the columns.
    #[param(default = true)]
    pub header: bool,
    /// One character between values, such as `;` or `\t`.
    #[param(default = ",".into())]
    pub delimiter: String,
    /// What stands for null. Empty text is written as `""`, so that the two differ.
    pub null: String,
    /// Which values stand between quotes.
    pub quoting: Quoting,
    /// Columns whose values make folders or files. `path` is a folder then.
    pub partition_by: Vec<ColumnName>,
    /// What the files are called.
    #[param(default = Layout::Files, when = !self.partition_by.is_empty())]
    pub layout: Layout,
}

#[params]
pub enum Quoting {
    /// Those that must: with a delimiter, a quote or a line break in them, and empty text.
    #[default]
    Needed,
    /// All text, and the names of the columns.
    Text,
    /// All values but null.
    Always,
}

impl Node for WriteCsv {
    const CARD: Card = Card {
        title: "Write CSV",
        group: Group::Write,
        icon: "write_csv",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "csv tsv text delimited output file save export split one file per group take file name from field tFileOutputDelimited Output Data CSV Writer",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        partition::check_columns(draft, inputs[0], &self.partition_by, self.layout)?;
        Ok(draft.write(Sink::Csv(Self { path, ..self.clone() }), inputs[0]))
    }

    fn check(&self) -> Result<(), Problem> {
        if self.delimiter.len() != 1 || !self.delimiter.is_ascii() {
            let message = format!("The delimiter {:?} is not one plain character.", self.delimiter);
            return Err(Problem::new(message).at("delimiter").try_this("Write one, such as \";\" or \"\\t\"."));
        }
        partition::check_path(&self.path, &self.partition_by, &[".csv", ".tsv", ".txt", ".gz", ".zst"])
    }

    fn sentence(&self) -> String {
        partition::sentence(&self.path, &self.partition_by, self.layout)
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Null and empty text differ", Self { path: "out.csv".into(), ..Self::default() })
                .given("name, note, on: Date\n pen, \"a, b\", 2024-05-01\n ink, \"\", ")
                .writes("out.csv", "name,note,on\npen,\"a, b\",2024-05-01\nink,\"\",\n"),
            Example::new("Semicolons, and all text between quotes", Self {
                path: "out.csv".into(),
                delimiter: ";".into(),
                null: "NA".into(),
                quoting: Quoting::Text,
                ..Self::default()
            })
            .given("name, zip, count: Integer\n pen, 00123, 4\n ink, , ")
            .writes("out.csv", "\"name\";\"zip\";\"count\"\n\"pen\";\"00123\";4\n\"ink\";NA;NA\n"),
            Example::new("A file for each city", Self {
                path: "cities".into(),
                partition_by: vec!["city".into()],
                ..Self::default()
            })
            .given("city, orders: Integer\n Bonn, 3\n Kiel, 1\n Bonn, 2")
            .writes("cities/Bonn.csv", "city,orders\nBonn,3\nBonn,2\n")
            .writes("cities/Kiel.csv", "city,orders\nKiel,1\n"),
        ]
    }
}
