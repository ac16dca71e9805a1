use super::prelude::*;

/// Writes JSON: one object for each row.
///
/// Nulls are written, so that every object has all names. Dates, times and durations are text as in `2024-05-01`, instants with a
/// zone are in UTC, and bytes are hexadecimal digits. JSON has no NaN and no infinity: they are text too. Decimals and large
/// integers keep all their digits. The file appears whole or not at all: if the run fails, an older file of that name is as it was.
#[params]
pub struct WriteJson {
    /// The file. `{parameter}` is replaced by its value; a name that ends in .gz or .zst is packed.
    pub path: FilePath,
    /// How the objects stand in the file.
    pub format: JsonOutput,
}

#[params]
pub enum JsonOutput {
    /// One object a line (NDJSON, JSON Lines).
    #[default]
    Lines,
    /// One document: a list of objects.
    Array,
}

impl Node for WriteJson {
    const CARD: Card = Card {
        title: "Write JSON",
        group: Group::Write,
        icon: "write_json",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "json ndjson jsonl lines array output file save export tFileOutputJSON",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        Ok(draft.write(Sink::Json(Self { path, ..self.clone() }), inputs[0]))
    }

    fn sentence(&self) -> String {
        sentence::write(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "id: Integer, name, paid: Float, on: Date\n 1, c1, 2.5, 2024-05-01\n 2, , , ";
        vec![
            Example::new("One object a line", Self { path: "out.ndjson".into(), ..Self::default() }).given(given).writes(
                "out.ndjson",
                "{\"id\":1,\"name\":\"c1\",\"paid\":2.5,\"on\":\"2024-05-01\"}\n\
                 {\"id\":2,\"name\":null,\"paid\":null,\"on\":null}\n",
            ),
            Example::new("A list of objects", Self { path: "out.json".into(), format: JsonOutput::Array })
                .given(given)
                .writes(
                    "out.json",
                    "[\n{\"id\":1,\"name\":\"c1\",\"paid\":2.5,\"on\":\"2024-05-01\"},\n\
                     {\"id\":2,\"name\":null,\"paid\":null,\"on\":null}\n]\n",
                ),
        ]
    }
}
