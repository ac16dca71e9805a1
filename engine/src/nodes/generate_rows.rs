use super::explode::EmptyLists;
use super::prelude::*;
use crate::formula::{Expr, Formula, Function};
use crate::node::Card as NodeCard;
use crate::plan::{Computed, Pick};
use crate::table::Table;
use crate::types::{Schema, Type};
use crate::value::Value;

/// Makes rows of numbers, dates or times, from a start to an end.
///
/// By itself it is a table: a calendar, or numbers from 1. With an input it repeats each row, once for every value; start, end and step may
/// then be columns. A row, or the table, can have up to a million values.
#[params]
pub struct GenerateRows {
    /// Where the values go.
    pub rows: Generate,
    /// The column of the values.
    #[param(default = "value".into())]
    pub column: NewColumn,
    /// The first value: a formula such as `1`, `date '2024-01-01'` or `arrival`.
    #[param(default = "1".into())]
    pub start: Formula,
    /// The last value, if the steps lead to it exactly: a formula such as `100`, `current_date` or `departure`.
    pub end: Formula,
    /// How far it is from one value to the next: `2`, `interval '1 month'`, `interval '15 minutes'`. Left empty, 1 or a day. A step back
    /// is negative.
    pub step: Formula,
    /// What becomes of a row without values, since its end lies before its start or one of them is null.
    #[param(when = self.rows == Generate::ForEachRow)]
    pub empty: EmptyLists,
    /// What to do with a row for which they can't be computed.
    pub on_error: OnError,
}

#[params]
pub enum Generate {
    /// They are a new table.
    #[default]
    NewTable,
    /// Each row of the input comes out once for each of its values.
    ForEachRow,
}

impl Node for GenerateRows {
    const CARD: Card = Card {
        title: "Generate rows",
        group: Group::Read,
        icon: "generate_rows",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Expand,
        words: "sequence series numbers range date spine calendar time counter loop repeat clone rows multiply generate_series date_range List.Numbers List.Dates row generator create date&time range tRowGenerator",
    };

    fn card(&self) -> NodeCard {
        match self.rows {
            Generate::NewTable => Self::CARD,
            Generate::ForEachRow => NodeCard { inputs: Inputs::One, ..Self::CARD },
        }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        const ONCE: &str = "\u{1}once";
        let rows = match inputs.first() {
            Some(rows) => *rows,
            None => {
                let schema = Schema::of([(ONCE, Type::Boolean)]);
                draft.add(Op::Inline(Table { schema, rows: vec![vec![Value::Boolean(true)]] }), &[])?
            }
        };
        let before = draft.schema(rows).clone();
        if before.contains(&self.column.0) {
            return Err(Problem::new(format!("There is a column {:?} already.", self.column.0))
                .at("column")
                .try_this("Write another name.")
                .into());
        }
        let visible = if inputs.is_empty() { Schema::default() } else { before.clone() };
        let series = Computed::new(&self.column.0, self.series(draft, &visible)?);
        let (lists, rejected) = draft.derive(rows, vec![series], self.on_error)?;
        let keep_empty = !inputs.is_empty() && self.empty == EmptyLists::Keep;
        let made = draft.add(Op::Explode { column: self.column.0.clone(), keep_empty, position: None }, &[lists])?;
        if !inputs.is_empty() {
            return Ok(vec![made, rejected]);
        }
        let without = |schema: &Schema| schema.names().filter(|name| *name != ONCE).map(Pick::same).collect();
        let (made_picks, rejected_picks) = (without(draft.schema(made)), without(draft.schema(rejected)));
        Ok(vec![draft.select(made, made_picks)?, draft.select(rejected, rejected_picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.column.0.is_empty() {
            return Err(Problem::new("The new column has no name.").at("column").try_this("Write one."));
        }
        for (place, formula) in [("start", &self.start), ("end", &self.end)] {
            if formula.0.trim().is_empty() {
                return Err(Problem::new(format!("There is no {place}."))
                    .at(place)
                    .try_this("Write a number, or a date as in `date '2024-12-31'`."));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.end.0.trim().is_empty() {
            return "Say where the values start and end".to_owned();
        }
        let step = self.step.0.trim();
        let step = if step.is_empty() { String::new() } else { format!(" in steps of {step}") };
        let whose = if self.rows == Generate::ForEachRow { "A row for each" } else { "Rows with" };
        sentence::short(format!("{whose} {} from {} to {}{step}", self.column.0, self.start.0.trim(), self.end.0.trim()))
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("The first days of quarters", Self {
                column: "quarter".into(),
                start: "date '2024-01-01'".into(),
                end: "date '2024-12-31'".into(),
                step: "interval '3 months'".into(),
                ..Self::default()
            })
            .gives("quarter: Date\n 2024-01-01\n 2024-04-01\n 2024-07-01\n 2024-10-01"),
            Example::new("Countdown", Self {
                start: "10".into(),
                end: "1".into(),
                step: "-3".into(),
                ..Self::default()
            })
            .gives("value: Integer\n 10\n 7\n 4\n 1"),
            Example::new("A row for each night of a stay", Self {
                rows: Generate::ForEachRow,
                column: "night".into(),
                start: "arrival".into(),
                end: "departure - 1".into(),
                ..Self::default()
            })
            .given("guest, arrival: Date, departure: Date\n a, 2024-05-01, 2024-05-04\n b, 2024-05-02, 2024-05-02\n c, , 2024-05-09")
            .gives(
                "guest, arrival: Date, departure: Date, night: Date\n a, 2024-05-01, 2024-05-04, 2024-05-01\n
                 a, 2024-05-01, 2024-05-04, 2024-05-02\n a, 2024-05-01, 2024-05-04, 2024-05-03\n
                 b, 2024-05-02, 2024-05-02, \n c, , 2024-05-09, ",
            ),
            Example::new("As many copies as a column says", Self {
                rows: Generate::ForEachRow,
                column: "copy".into(),
                end: "copies".into(),
                empty: EmptyLists::Drop,
                ..Self::default()
            })
            .given("label, copies: Integer\n x, 2\n y, 0\n z, 5000000")
            .gives("label, copies: Integer, copy: Integer\n x, 2, 1\n x, 2, 2")
            .gives_at(
                "rejected",
                "label, copies: Integer, error_column, error_value, error_reason\n z, 5000000, copy, 5000000, list of more than 1000000 elements",
            ),
        ]
    }
}

impl GenerateRows {
    /// The list of values of a row.
    fn series(&self, draft: &Draft, columns: &Schema) -> Result<Expr, Problem> {
        let start = draft.compile(&self.start, columns, "start")?;
        let end = draft.compile(&self.end, columns, "end")?;
        let ends = [start.clone(), end.clone()];
        if let Some(other) = [(&start, "start"), (&end, "end")].into_iter().find(|(end, _)| !is_steppable(&end.kind)) {
            return Err(Problem::new(format!("The {} is {}, of which there are no series.", other.1, other.0.kind))
                .at(other.1)
                .try_this("Write a whole number, a date or a timestamp."));
        }
        let step = match self.step.0.trim() {
            "" => None,
            written => Some(match interval(written) {
                Some(text) => Expr::literal(Value::text(text)),
                None => draft.compile(&self.step, columns, "step")?,
            }),
        };
        let place = if step.is_some() { "step" } else { "end" };
        let arguments = ends.into_iter().chain(step).collect();
        Expr::call(Function::GenerateSeries, arguments).map_err(|problem| problem.at(place))
    }
}

fn is_steppable(kind: &Type) -> bool {
    matches!(kind, Type::Integer | Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Null)
}

/// The text of `interval '1 month'`: a month is no duration, and steps of months are counted on the calendar.
fn interval(formula: &str) -> Option<&str> {
    let quoted = formula.get(..8).filter(|word| word.eq_ignore_ascii_case("interval")).map(|_| formula[8..].trim())?;
    let text = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    (!text.contains('\'')).then_some(text)
}
