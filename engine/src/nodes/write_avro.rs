use super::prelude::*;
use crate::types::Type;

/// Writes an Avro file: rows with their schema, as message queues and Hadoop keep them.
///
/// Numbers, text, dates, times of a day, timestamps and decimals keep their types; durations and instants with a zone are written as
/// text, the latter in UTC. Names of columns may hold letters, digits and `_` only, which Avro demands. The file appears whole or
/// not at all.
#[params]
pub struct WriteAvro {
    /// The file. `{parameter}` is replaced by its value.
    pub path: FilePath,
    /// How its blocks are packed.
    pub compression: AvroCompression,
}

#[params]
pub enum AvroCompression {
    /// Smaller; every program can read it.
    #[default]
    Deflate,
    /// Not packed.
    Uncompressed,
}

impl Node for WriteAvro {
    const CARD: Card = Card {
        title: "Write Avro",
        group: Group::Write,
        icon: "write_avro",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "avro kafka hadoop schema row format output file save export tAvroOutput",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        let columns = draft.schema(inputs[0]);
        if columns.0.is_empty() {
            return Err(Problem::new("There are no columns to write.").at("from[0]").into());
        }
        for column in &columns.0 {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let begins = column.name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if !begins || !column.name.chars().all(plain) {
                let problem = Problem::new(format!("Avro knows no column called {:?}.", column.name)).at("from[0]");
                return Err(problem.try_this("Rename it with Select: letters, digits and _ only.").into());
            }
            if matches!(column.kind, Type::List(_) | Type::Struct(_)) {
                let message = format!("{:?} is {}, and this node writes plain values.", column.name, column.kind);
                let problem = Problem::new(message).at("from[0]");
                return Err(problem.try_this("Write Parquet or JSON, or turn it into text first.").into());
            }
        }
        Ok(draft.write(Sink::Avro(Self { path, ..self.clone() }), inputs[0]))
    }

    fn sentence(&self) -> String {
        sentence::write(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "id: Integer, name, paid: Decimal(10, 2), on: Date\n 1, c1, 12.50, 2024-05-01\n 2, , , ";
        vec![
            Example::new("An Avro file", Self { path: "orders.avro".into(), ..Self::default() })
                .given(given)
                .stores("orders.avro", given),
            Example::new("Not packed", Self {
                path: "plain.avro".into(),
                compression: AvroCompression::Uncompressed,
            })
            .given("id: Integer, done: Boolean, share: Float\n 1, true, 0.5\n 2, , ")
            .stores("plain.avro", "id: Integer, done: Boolean, share: Float\n 1, true, 0.5\n 2, , "),
        ]
    }
}
