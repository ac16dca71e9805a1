use super::list_files::folder_path;
use super::prelude::*;

/// Keeps the rows in a folder, so that the next run need not compute them again.
///
/// A run that comes here with everything above as it was takes the rows that an earlier run kept, and does not read the sources above. It
/// computes them anew when a file above, a setting of a node above, a parameter or a secret that they use, or Pipewright's own version is
/// another, and where nothing was kept yet. Rows are kept before anything below begins, so that a run that fails below goes on from
/// here the next time. Nothing is kept of a run with rows above that made it fail. What hangs on the time of a run, such as `now()`
/// or random numbers, stays as it was when the rows were kept.
///
/// The folder holds a Parquet file for each checkpoint, which you may read or delete. Previews don't use it.
#[params]
pub struct Checkpoint {
    /// The folder. It is made where there is none. `{parameter}` is replaced by its value.
    #[param(default = FilePath("staging".into()))]
    pub folder: FilePath,
    /// For how many hours kept rows are used. Left open, for as long as nothing above changes.
    pub hours: Option<u64>,
}

impl Node for Checkpoint {
    const CARD: Card = Card {
        title: "Checkpoint",
        group: Group::Write,
        icon: "checkpoint",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "cache staging area stage save restart resume keep snapshot persist materialize temporary intermediate Cache and Run \
                Workflow Table.Buffer tHashOutput Serialize",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let folder = folder_path(draft, &self.folder)?;
        draft.keep(inputs[0], folder, self.hours);
        Ok(inputs.to_vec())
    }

    fn sentence(&self) -> String {
        match self.hours {
            _ if self.folder.0.is_empty() => "Choose a folder".to_owned(),
            None => format!("Keep the rows in {}", self.folder.0),
            Some(hours) => format!("Keep the rows in {} for {}", self.folder.0, sentence::count(hours, "hour")),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let rows = "region: Text, sum: Integer\n north, 12\n south, 7";
        vec![
            Example::new("The rows go through as they are", Self::default()).given(rows).gives(rows),
            Example::new("Computed again after a day", Self { folder: "staging".into(), hours: Some(24) })
                .given(rows)
                .gives(rows),
        ]
    }
}
