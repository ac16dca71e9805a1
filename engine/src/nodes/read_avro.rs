use super::prelude::*;

/// Reads Avro files, as Kafka and Hadoop write them: one, or many of the same columns.
///
/// Columns and types are those of the schema in the file, and all files must have the same columns, in any order. Blocks may be
/// uncompressed or compressed with deflate, snappy or zstandard. Enums are text, maps are lists of keys and values, and what may be
/// of several types is text, or a float where all are numbers. A damaged block ends the reading, with its number.
#[params]
pub struct ReadAvro {
    /// The file. `*` stands for many (`data/*.avro`), `!` leads into an archive (`all.zip!orders.avro`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
}

impl Node for ReadAvro {
    const CARD: Card = Card {
        title: "Read Avro",
        group: Group::Read,
        icon: "read_avro",
        inputs: Inputs::None,
        outputs: &[""],
        law: Law::Source,
        words: "avro kafka hadoop container fastavro input file open import load tFileInputAvro AvroFileInput",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        // Values of an Avro file are what its schema says: there is nothing to reject.
        let mut outputs = draft.read(Source::Avro(Self { path, ..self.clone() }), OnError::Reject)?;
        outputs.truncate(1);
        Ok(outputs)
    }

    fn sentence(&self) -> String {
        sentence::read(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("One file", Self { path: "orders.avro".into(), ..Self::default() })
                .stored("orders.avro", "id: Integer, item, paid: Float, on: Date\n 1, pen, 12.5, 2024-05-01\n 2, , , ")
                .gives("id: Integer, item, paid: Float, on: Date\n 1, pen, 12.5, 2024-05-01\n 2, , , "),
            Example::new("Many files, each row with the name of its own", Self {
                path: "*.avro".into(),
                file_column: Some("file".into()),
            })
            .stored("april.avro", "id: Integer\n 1\n 2")
            .stored("may.avro", "id: Integer\n 3")
            .gives("id: Integer, file\n 1, april.avro\n 2, april.avro\n 3, may.avro"),
        ]
    }
}
