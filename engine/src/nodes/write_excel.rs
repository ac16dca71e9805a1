use super::prelude::*;

/// Writes an Excel workbook (.xlsx) with one sheet.
///
/// Numbers, dates and times are written as such, so that Excel can compute with them. Excel keeps 15 digits of a number, days from
/// March 1900 on and thousandths of a second: numbers and days beyond are written as text, with all they have. So are instants with
/// a zone (in UTC), negative durations, NaN, and lists and structures (as JSON). Empty text is an empty cell. The names of the
/// columns stand in the first row, which stays in view. A sheet holds 1,048,576 rows: more than that fail the run. The file appears
/// whole or not at all.
#[params]
pub struct WriteExcel {
    /// The file. `{parameter}` is replaced by its value.
    pub path: FilePath,
    /// The name of the sheet.
    #[param(default = "Sheet1".into())]
    pub sheet: String,
    /// Whether the first row holds the names of the columns.
    #[param(default = true)]
    pub header: bool,
}

/// What Excel allows.
const MOST_COLUMNS: usize = 16_384;
const LONGEST_NAME: usize = 31;

impl Node for WriteExcel {
    const CARD: Card = Card {
        title: "Write Excel",
        group: Group::Write,
        icon: "write_excel",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "excel xlsx spreadsheet workbook sheet output file save export tFileOutputExcel",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        let columns = draft.schema(inputs[0]).0.len();
        if columns > MOST_COLUMNS {
            let message = format!("There are {columns} columns, and a sheet holds {MOST_COLUMNS}.");
            return Err(Problem::new(message).at("from[0]").try_this("Leave columns out with Select.").into());
        }
        Ok(draft.write(Sink::Excel(Self { path, ..self.clone() }), inputs[0]))
    }

    fn check(&self) -> Result<(), Problem> {
        if !self.path.0.is_empty() && !self.path.0.to_lowercase().ends_with(".xlsx") {
            return Err(Problem::new(format!("{:?} does not end in .xlsx.", self.path.0))
                .at("path")
                .try_this("Excel opens a workbook only if its name ends so."));
        }
        let wrong = |message: String| Err(Problem::new(message).at("sheet").try_this("Choose another name."));
        let sheet = self.sheet.as_str();
        if sheet.trim().is_empty() {
            return wrong("The sheet has no name.".into());
        }
        if sheet.chars().count() > LONGEST_NAME {
            return wrong(format!("The name {sheet:?} is longer than the {LONGEST_NAME} characters Excel allows."));
        }
        if let Some(bad) = sheet.chars().find(|c| "[]:*?/\\".contains(*c)) {
            return wrong(format!("The name {sheet:?} holds {bad:?}, which Excel does not allow."));
        }
        if sheet.starts_with('\'') || sheet.ends_with('\'') {
            return wrong(format!("The name {sheet:?} begins or ends with an apostrophe, which Excel does not allow."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        sentence::write(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "id: Integer, name, on: Date, paid: Float\n 1, c1, 2024-05-01, 2.5\n 2, , , ";
        vec![
            Example::new("A sheet of orders", Self {
                path: "orders.xlsx".into(),
                sheet: "Orders".into(),
                ..Self::default()
            })
            .given(given)
            .stores("orders.xlsx", given),
        ]
    }
}
