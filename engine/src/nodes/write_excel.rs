use super::prelude::*;
use crate::formula::Expr;
use crate::plan::{Computed, Pick};
use crate::value::Value;

/// Writes an Excel workbook (.xlsx), with a sheet for each input or for each value of a column.
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
    /// The name of the first sheet.
    #[param(default = "Sheet1".into(), when = self.sheet_by.is_none())]
    pub sheet: String,
    /// The names of the sheets of further inputs. Those that are not listed are called as the nodes that are wired.
    #[param(when = self.sheet_by.is_none())]
    pub more_sheets: Vec<String>,
    /// A column that makes a sheet of each of its values, instead of one sheet for each input.
    pub sheet_by: Option<ColumnName>,
    /// Whether the first row holds the names of the columns.
    #[param(default = true)]
    pub header: bool,
}

/// What Excel allows.
const MOST_COLUMNS: usize = 16_384;
const LONGEST_NAME: usize = 31;
const FORBIDDEN: &str = "[]:*?/\\";

impl Node for WriteExcel {
    const CARD: Card = Card {
        title: "Write Excel",
        group: Group::Write,
        icon: "write_excel",
        inputs: Inputs::Many,
        outputs: &[],
        law: Law::Sink,
        words: "excel xlsx spreadsheet workbook sheet sheets tabs output file save export to_excel tFileOutputExcel Excel Writer Excel Writer",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        for (port, rows) in inputs.iter().enumerate() {
            let columns = draft.schema(*rows).0.len();
            if columns > MOST_COLUMNS {
                let message = format!("There are {columns} columns, and a sheet holds {MOST_COLUMNS}.");
                let problem = Problem::new(message).at(format!("from[{port}]"));
                return Err(problem.try_this("Leave columns out with Select.").into());
            }
        }
        let written = Self { path, ..self.clone() };
        let [rows] = inputs else { return self.several(draft, inputs, written) };
        if let Some(by) = &self.sheet_by {
            let column = draft.column(*rows, by, "sheet_by")?;
            if !column.kind.is_ordered() {
                let problem = Problem::new(format!("{:?} is {}, whose values can't be names of sheets.", by.0, column.kind));
                return Err(problem.at("sheet_by").into());
            }
        }
        Ok(draft.write(Sink::Excel(written), *rows))
    }

    fn check(&self) -> Result<(), Problem> {
        if !self.path.0.is_empty() && !self.path.0.to_lowercase().ends_with(".xlsx") {
            return Err(Problem::new(format!("{:?} does not end in .xlsx.", self.path.0))
                .at("path")
                .try_this("Excel opens a workbook only if its name ends so."));
        }
        if self.sheet_by.is_none() {
            check_name(&self.sheet, "sheet")?;
        }
        self.more_sheets.iter().enumerate().try_for_each(|(at, name)| check_name(name, &format!("more_sheets[{at}]")))
    }

    fn sentence(&self) -> String {
        match &self.sheet_by {
            Some(by) if !self.path.0.is_empty() => {
                sentence::short(format!("{}, a sheet for each {}", sentence::write(&self.path), by.0))
            }
            _ => sentence::write(&self.path),
        }
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
            Example::new("Two inputs, two sheets", Self {
                path: "both.xlsx".into(),
                sheet: "Orders".into(),
                more_sheets: vec!["Cities".into()],
                ..Self::default()
            })
            .given(given)
            .given("city\n Bonn")
            .stores("both.xlsx", given),
            Example::new("A sheet for each city", Self {
                path: "cities.xlsx".into(),
                sheet_by: Some("city".into()),
                ..Self::default()
            })
            .given("city, orders: Integer\n Bonn, 3\n Kiel, 1\n Bonn, 2")
            .stores("cities.xlsx", "city, orders: Integer\n Bonn, 3\n Bonn, 2"),
        ]
    }
}

impl WriteExcel {
    /// Rows of several inputs go one after the other, each with columns of its own and the number of its sheet before them.
    fn several(&self, draft: &mut Draft, inputs: &[Rows], mut written: Self) -> Result<Vec<Rows>, Halt> {
        if self.sheet_by.is_some() {
            let problem = Problem::new("A sheet for each value is made of one input, and several are wired.");
            return Err(problem.at("sheet_by").try_this("Leave it open, or write a workbook for each input.").into());
        }
        written.more_sheets.truncate(inputs.len() - 1);
        let mut names = vec![self.sheet.clone()];
        let mut tables = Vec::new();
        for (port, rows) in inputs.iter().enumerate() {
            if port > 0 {
                let given = self.more_sheets.get(port - 1).cloned();
                let name = given.unwrap_or_else(|| free_name(&draft.input_name(port), &names));
                if names.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
                    let problem = Problem::new(format!("Two sheets would be called {name:?}."));
                    return Err(problem.at("more_sheets").try_this("Give each another name.").into());
                }
                names.push(name);
            }
            if draft.schema(*rows).0.is_empty() {
                let problem = Problem::new(format!("{:?} has no columns to write.", draft.input_name(port)));
                return Err(problem.at(format!("from[{port}]")).try_this("Cut the wire.").into());
            }
            let sheet = Computed::new(SHEET, Expr::literal(Value::Integer(port as i64)));
            let numbered = draft.add(Op::Derive { columns: vec![sheet], failures: false }, &[*rows])?;
            let columns = draft.schema(*rows).names().map(|name| Pick::renamed(name, column_of(port, name)));
            let picks = [Pick::same(SHEET)].into_iter().chain(columns).collect();
            tables.push(draft.select(numbered, picks)?);
        }
        written.more_sheets = names.split_off(1);
        let all = draft.add(Op::Union, &tables)?;
        Ok(draft.write(Sink::Excel(written), all))
    }
}

/// Where rows of several inputs say which sheet is theirs.
pub const SHEET: &str = "\u{1}sheet";

fn column_of(port: usize, name: &str) -> String {
    format!("\u{1}{port}:{name}")
}

/// The sheet whose column this is, and its name there.
pub fn sheet_of(column: &str) -> Option<(usize, &str)> {
    let (port, name) = column.strip_prefix('\u{1}')?.split_once(':')?;
    Some((port.parse().ok()?, name))
}

/// A name that Excel allows and no other sheet has, as near as possible to the one wanted.
pub fn free_name(wanted: &str, taken: &[String]) -> String {
    let plain: String = wanted.chars().map(|c| if FORBIDDEN.contains(c) || c.is_control() { '_' } else { c }).collect();
    let plain = plain.trim_matches('\'').trim();
    let plain = if plain.is_empty() { "empty" } else { plain };
    let is_taken = |name: &String| taken.iter().any(|known| known.to_lowercase() == name.to_lowercase());
    let cut = |most: usize| plain.chars().take(most).collect::<String>();
    let numbered = (2..).map(|number: u32| {
        let ending = format!(" {number}");
        cut(LONGEST_NAME - ending.len()) + &ending
    });
    std::iter::once(cut(LONGEST_NAME)).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

fn check_name(sheet: &str, parameter: &str) -> Result<(), Problem> {
    let wrong = |message: String| Err(Problem::new(message).at(parameter).try_this("Choose another name."));
    if sheet.trim().is_empty() {
        return wrong("The sheet has no name.".into());
    }
    if sheet.chars().count() > LONGEST_NAME {
        return wrong(format!("The name {sheet:?} is longer than the {LONGEST_NAME} characters Excel allows."));
    }
    if let Some(bad) = sheet.chars().find(|c| FORBIDDEN.contains(*c)) {
        return wrong(format!("The name {sheet:?} holds {bad:?}, which Excel does not allow."));
    }
    if sheet.starts_with('\'') || sheet.ends_with('\'') {
        return wrong(format!("The name {sheet:?} begins or ends with an apostrophe, which Excel does not allow."));
    }
    Ok(())
}
