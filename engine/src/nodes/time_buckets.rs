use super::aggregation::{self, AggregateFunction, Aggregation};
use super::prelude::*;
use crate::formula::{Expr, Formula, Function, quoted};
use crate::nodes::JoinKind;
use crate::plan::{Aggregate, Computed, Frame, Join, JoinOrder, Over, Pick, SortKey, WindowColumn};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Cuts time into buckets of one length and computes over the rows of each, with gaps filled if that is wanted.
///
/// One row comes out for each bucket, called by the time at which it begins, in the order of the groups' columns and of time. Weeks begin on
/// Monday, and several units together are counted from `origin`. A bucket without rows is a gap; what stands there is said by `gaps`, also
/// between the first and the last bucket only. Rows without a time are left out, and the run says how many.
#[params]
pub struct TimeBuckets {
    /// The column of dates or timestamps.
    pub time: ColumnName,
    /// How many units long a bucket is.
    #[param(default = 1)]
    pub every: u64,
    /// The unit.
    pub unit: BucketUnit,
    /// A time at which some bucket begins, such as `2024-01-01 06:00`: buckets of a day begin at six then. Left empty, they begin at midnight,
    /// on Monday, on the first of a month, counted from the year 2000 on.
    #[param(when = self.unit.is_of_one_length())]
    pub origin: String,
    /// The columns that make groups: each has buckets of its own.
    pub by: Vec<ColumnName>,
    /// What to compute for each bucket.
    pub aggregations: Vec<Aggregation>,
    /// What stands in a bucket without rows.
    pub gaps: Gaps,
    /// Between which buckets gaps are filled.
    #[param(when = self.gaps != Gaps::Leave)]
    pub span: Span,
    /// The name of the column of buckets. Left empty, that of the column of times.
    pub r#as: NewColumn,
}

#[params]
pub enum BucketUnit {
    /// Of 60 minutes.
    #[default]
    Hour,
    /// Of 60 seconds.
    Minute,
    /// One second.
    Second,
    /// Of 24 hours.
    Day,
    /// Of seven days.
    Week,
    /// Of the calendar.
    Month,
    /// Three months of the calendar.
    Quarter,
    /// Of the calendar.
    Year,
}

#[params]
pub enum Gaps {
    /// There is no row for it.
    #[default]
    Leave,
    /// A row in which everything computed is null.
    Null,
    /// A row in which all numbers are zero.
    Zero,
    /// A row with what was computed for the bucket before.
    Previous,
    /// A row with numbers on the line between the buckets before and after. Numbers become Float.
    Linear,
}

#[params]
pub enum Span {
    /// Those of its own group.
    #[default]
    Group,
    /// Those of all groups: all have the same buckets.
    All,
}

const BUCKET: &str = "\u{1}bucket";
const REMAINDER: &str = "\u{1}remainder";
const FROM: &str = "\u{1}from";
const TO: &str = "\u{1}to";
/// How many rows are in a bucket: null in a gap.
const ROWS: &str = "\u{1}rows";
const PLACE: &str = "\u{1}slot";
/// How many buckets with rows there are up to one, and from one on.
const BEFORE: &str = "\u{1}before";
const AFTER: &str = "\u{1}after";

impl Node for TimeBuckets {
    const CARD: Card = Card {
        title: "Time buckets",
        group: Group::Shape,
        icon: "time_buckets",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Summary,
        words: "resample time series bucket interval date_bin time_bucket period gap fill ts filler calendar hourly daily weekly monthly",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let time = draft.column(inputs[0], &self.time, "time")?.clone();
        let rows = self.with_times(draft, inputs[0], &time)?;
        let bucketed = self.bucketed(draft, rows, &time)?;
        let name = if self.r#as.0.is_empty() { &self.time.0 } else { &self.r#as.0 };
        let by: Vec<String> = self.by.iter().map(|name| name.0.clone()).collect();
        let keys: Vec<String> = by.iter().cloned().chain([BUCKET.to_owned()]).collect();
        let mut lines = self.aggregations.clone();
        lines.push(Aggregation { r#as: NewColumn(ROWS.into()), ..Aggregation::default() });
        let grouped = aggregation::group(draft, bucketed, keys.clone(), &lines, "aggregations", false)?;
        let filled = match self.gaps {
            Gaps::Leave => grouped,
            _ => self.filled(draft, grouped, &by)?,
        };
        let sort = keys.iter().map(|name| key(name, false)).collect();
        let sorted = draft.add(Op::Sort(sort), &[filled]).map_err(|problem| problem.at("by"))?;
        let picks = by.iter().map(Pick::same).chain([Pick::renamed(BUCKET, name)]);
        let picks = picks.chain(self.aggregations.iter().map(|line| Pick::same(line.result()))).collect();
        Ok(vec![draft.select(sorted, picks).map_err(|problem| problem.at("as"))?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.time.0.is_empty() {
            return Err(Problem::new("Choose the column of times.").at("time"));
        }
        if self.every == 0 || self.every > 1_000_000 {
            return Err(Problem::new(format!("A bucket can't be {} units long.", self.every))
                .at("every")
                .try_this("Write a number from 1 to 1,000,000."));
        }
        if self.unit.is_of_one_length() && !self.origin.is_empty() && Value::parse(&self.origin, &Type::Timestamp).is_none() {
            return Err(Problem::new(format!("The origin {:?} is not a point in time.", self.origin))
                .at("origin")
                .try_this("Write it as 2024-01-01 or 2024-01-01 06:00."));
        }
        aggregation::check(&self.aggregations, "aggregations")
    }

    fn sentence(&self) -> String {
        if self.time.0.is_empty() {
            return "Choose the column of times that is cut into buckets".to_owned();
        }
        let length = match self.every {
            1 => self.unit.word().to_owned(),
            every => format!("{every} {}s", self.unit.word()),
        };
        let words: Vec<String> = self.aggregations.iter().map(Aggregation::words).collect();
        let what = if words.is_empty() { "one row".to_owned() } else { sentence::list(&words) };
        let by = if self.by.is_empty() { String::new() } else { format!(" and each {}", sentence::list(&self.by)) };
        sentence::short(format!("{} for every {length} of {}{by}", sentence::capital(&what), self.time.0))
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |function, column: &str, r#as: &str| Aggregation {
            function,
            column: column.into(),
            r#as: r#as.into(),
            ..Aggregation::default()
        };
        let given = "sensor, at: Timestamp, celsius: Float\n
                     a, 2024-05-01 10:05, 10\n a, 2024-05-01 10:55, 12\n b, 2024-05-01 11:00, 5\n a, 2024-05-01 12:10, 20\n b, , 7";
        let hourly = Self {
            time: "at".into(),
            by: vec!["sensor".into()],
            aggregations: vec![line(AggregateFunction::Mean, "celsius", "celsius")],
            ..Self::default()
        };
        vec![
            Example::new("The mean of each hour, on a line between them where nothing was measured", Self {
                gaps: Gaps::Linear,
                ..hourly.clone()
            })
            .given(given)
            .gives(
                "sensor, at: Timestamp, celsius: Float\n
                 a, 2024-05-01 10:00, 11\n a, 2024-05-01 11:00, 15.5\n a, 2024-05-01 12:00, 20\n b, 2024-05-01 11:00, 5",
            ),
            Example::new("The same buckets for all, with the value before", Self {
                gaps: Gaps::Previous,
                span: Span::All,
                r#as: "hour".into(),
                ..hourly.clone()
            })
            .given(given)
            .gives(
                "sensor, hour: Timestamp, celsius: Float\n
                 a, 2024-05-01 10:00, 11\n a, 2024-05-01 11:00, 11\n a, 2024-05-01 12:00, 20\n
                 b, 2024-05-01 10:00, \n b, 2024-05-01 11:00, 5\n b, 2024-05-01 12:00, 5",
            ),
            Example::new("Stretches of 45 minutes from six o'clock on", Self {
                every: 45,
                unit: BucketUnit::Minute,
                origin: "2024-05-01 06:00".into(),
                aggregations: vec![line(AggregateFunction::Count, "", "")],
                by: Vec::new(),
                ..hourly.clone()
            })
            .given(given)
            .gives("at: Timestamp, count: Integer\n 2024-05-01 09:45, 1\n 2024-05-01 10:30, 2\n 2024-05-01 12:00, 1"),
            Example::new("Sales of each quarter, none where nothing was sold", Self {
                time: "day".into(),
                unit: BucketUnit::Quarter,
                aggregations: vec![line(AggregateFunction::Sum, "sold", "sold")],
                gaps: Gaps::Zero,
                ..Self::default()
            })
            .given("day: Date, sold: Integer\n 2023-11-30, 5\n 2024-07-01, 2\n 2023-10-01, 4")
            .gives("day: Date, sold: Integer\n 2023-10-01, 9\n 2024-01-01, 0\n 2024-04-01, 0\n 2024-07-01, 2"),
        ]
    }
}

impl BucketUnit {
    /// Whether all units are as long as each other, which those of the calendar are not.
    fn is_of_one_length(self) -> bool {
        !matches!(self, Self::Month | Self::Quarter | Self::Year)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Week => 7 * 86_400,
            _ => 86_400,
        }
    }

    fn months(self) -> u64 {
        match self {
            Self::Year => 12,
            Self::Quarter => 3,
            _ => 1,
        }
    }
}

impl TimeBuckets {
    fn with_times(&self, draft: &mut Draft, rows: Rows, time: &Column) -> Result<Rows, Problem> {
        let wrong = |message: String| Problem::new(message).at("time");
        let clock = matches!(self.unit, BucketUnit::Second | BucketUnit::Minute | BucketUnit::Hour);
        match time.kind {
            Type::Date if clock => {
                return Err(wrong(format!("{:?} is Date, which has no {}s.", time.name, self.unit.word()))
                    .at("time")
                    .try_this("Choose days or longer, or convert it to Timestamp."));
            }
            Type::Date | Type::Timestamp => {}
            ref kind => {
                return Err(wrong(format!("Buckets need dates or timestamps, and {:?} is {kind}.", time.name))
                    .try_this("Convert the column first: to Timestamp, which is the time on the clock."));
            }
        }
        let missing = Expr::call(Function::IsNull, vec![Expr::column(time)])?;
        let missing_rows = draft.filter(rows, missing.clone())?;
        draft.leave_out(missing_rows);
        draft.filter(rows, Expr::call(Function::Not, vec![missing])?)
    }

    /// Rows with the beginning of their bucket.
    fn bucketed(&self, draft: &mut Draft, rows: Rows, time: &Column) -> Result<Rows, Problem> {
        let at = format!("{}::timestamp", quoted(&time.name));
        let (remainder, start) = if self.unit.is_of_one_length() {
            let width = self.every * self.unit.seconds();
            let origin = if self.origin.is_empty() { "2000-01-03" } else { &self.origin };
            let left = quoted(REMAINDER);
            let since = format!("epoch({at} - timestamp '{origin}') % {width}");
            let back = format!("case when {left} < 0 then {left} + {width} else {left} end");
            (since, format!("{at} - interval '1 second' * ({back})::float"))
        } else {
            let width = self.every * self.unit.months();
            let months = format!("(year({at}) - 2000) * 12 + month({at}) - 1");
            let left = quoted(REMAINDER);
            let back = format!("case when {left} < 0 then {left} + {width} else {left} end");
            (format!("({months}) % {width}"), format!("add_months(date_trunc('month', {at}), -({back}))"))
        };
        let start = if time.kind == Type::Date { format!("({start})::date") } else { start };
        let mut columns = draft.schema(rows).clone();
        let first = draft.compile(&Formula(remainder), &columns, "time")?;
        columns.set(Column::new(REMAINDER, first.kind.clone()));
        let second = draft.compile(&Formula(start), &columns, "time")?;
        let mut computed = vec![Computed::new(REMAINDER, first), Computed::new(BUCKET, second)];
        computed.iter_mut().for_each(|column| column.shown.clone_from(&time.name));
        certain(draft, rows, computed)
    }

    /// Every bucket of each group between its ends, with what was computed or what stands in a gap.
    fn filled(&self, draft: &mut Draft, grouped: Rows, by: &[String]) -> Result<Rows, Halt> {
        let keys: Vec<String> = by.iter().cloned().chain([BUCKET.to_owned()]).collect();
        let all = self.series(draft, grouped, by)?;
        let results: Vec<String> = self.aggregations.iter().map(Aggregation::result).collect();
        let values: Vec<Pick> = results.iter().map(Pick::same).chain([Pick::same(ROWS)]).collect();
        let joined = draft.add(Op::Join(left_join(&keys, values)), &[all, grouped])?;
        match self.gaps {
            Gaps::Leave | Gaps::Null => Ok(joined),
            Gaps::Zero => Ok(with_zeros(draft, joined, &results)?),
            Gaps::Previous | Gaps::Linear => Ok(self.between_neighbours(draft, joined, by, &results)?),
        }
    }

    fn series(&self, draft: &mut Draft, grouped: Rows, by: &[String]) -> Result<Rows, Problem> {
        let ends = vec![
            Aggregate::new(AggregateFunction::Min, Some(BUCKET), FROM),
            Aggregate::new(AggregateFunction::Max, Some(BUCKET), TO),
        ];
        let group = |by: &[String], aggregates| Op::GroupBy { by: by.to_vec(), aggregates, reproducible: false };
        let spans = match self.span {
            Span::All if !by.is_empty() => {
                let groups = draft.add(group(by, Vec::new()), &[grouped])?;
                let ends = draft.add(group(&[], ends), &[grouped])?;
                let right = vec![Pick::same(FROM), Pick::same(TO)];
                let cross = Join { kind: JoinKind::Cross, ..left_join(&[], right) };
                draft.add(Op::Join(cross), &[groups, ends])?
            }
            _ => draft.add(group(by, ends), &[grouped])?,
        };
        let columns = draft.schema(spans).clone();
        let (every, word) = match self.unit {
            BucketUnit::Quarter => (self.every * 3, "month"),
            BucketUnit::Week => (self.every * 7, "day"),
            unit => (self.every, unit.word()),
        };
        let series = format!("generate_series({}, {}, '{every} {word}s')", quoted(FROM), quoted(TO));
        let mut series = Computed::new(BUCKET, draft.compile(&Formula(series), &columns, "every")?);
        series.shown = "every".into();
        let listed = certain(draft, spans, vec![series])?;
        let explode = Op::Explode { column: BUCKET.into(), keep_empty: false, position: None };
        let all = draft.add(explode, &[listed])?;
        draft.select(all, by.iter().map(Pick::same).chain([Pick::same(BUCKET)]).collect())
    }

    /// Gaps filled from the buckets with rows before and after them.
    fn between_neighbours(&self, draft: &mut Draft, rows: Rows, by: &[String], results: &[String]) -> Result<Rows, Problem> {
        let so_far = Frame::Rows { before: None, after: 0, least: 0 };
        let counted = |name| WindowColumn::aggregate(AggregateFunction::CountValues, ROWS, so_far.clone(), name);
        let place = WindowColumn::new(PLACE, Over::Number);
        let (before, after) = (counted(BEFORE), counted(AFTER));
        let over = |columns, descending| Op::Window { by: by.to_vec(), order: vec![key(BUCKET, descending)], columns };
        let counted = draft.add(over(vec![place, before], false), &[rows])?;
        let counted = draft.add(over(vec![after], true), &[counted])?;
        let rows_in = Column::new(ROWS, Type::Integer);
        let missing = Expr::call(Function::IsNull, vec![Expr::column(&rows_in)])?;
        let present = draft.filter(counted, Expr::call(Function::Not, vec![missing.clone()])?)?;
        let mut joined = counted;
        for (side, counter) in [("before", BEFORE), ("after", AFTER)] {
            let picks = results.iter().map(String::as_str).chain([PLACE]);
            let picks = picks.map(|name| Pick::renamed(name, beside(side, name))).collect();
            let keys: Vec<String> = by.iter().cloned().chain([counter.to_owned()]).collect();
            joined = draft.add(Op::Join(left_join(&keys, picks)), &[joined, present])?;
            if self.gaps == Gaps::Previous {
                break;
            }
        }
        let schema = draft.schema(joined).clone();
        let mut computed = Vec::new();
        for column in results.iter().filter_map(|name| schema.column(name)) {
            let gap = match self.gaps {
                Gaps::Previous => Some(named(&schema, &beside("before", &column.name))),
                _ if column.kind.is_number() => Some(on_the_line(&schema, &column.name)?),
                _ => None,
            };
            let Some(gap) = gap else { continue };
            let value = Expr::column(column).cast(gap.kind.clone())?;
            computed.push(Computed::new(&column.name, either(missing.clone(), gap, value)));
        }
        certain(draft, joined, computed)
    }
}

fn key(column: &str, descending: bool) -> SortKey {
    SortKey { column: column.into(), descending, nulls_first: false }
}

fn beside(side: &str, name: &str) -> String {
    format!("\u{1}{side} {name}")
}

fn named(schema: &Schema, name: &str) -> Expr {
    schema.column(name).map_or(Expr::null(Type::Null), Expr::column)
}

fn left_join(keys: &[String], right: Vec<Pick>) -> Join {
    Join {
        kind: JoinKind::Left,
        on: keys.iter().map(|name| (name.clone(), name.clone())).collect(),
        nulls_match: true,
        right,
        max_rows: None,
        order: JoinOrder::Kept,
    }
}

/// Computes columns; a row for which that is not possible fails the run.
fn certain(draft: &mut Draft, rows: Rows, columns: Vec<Computed>) -> Result<Rows, Problem> {
    if columns.is_empty() {
        return Ok(rows);
    }
    let can_fail = columns.iter().any(|column| column.formula.can_fail());
    let (done, failed) = draft.derive(rows, columns, OnError::Reject)?;
    if can_fail {
        draft.refuse(failed);
    }
    Ok(done)
}

fn either(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    let kind = then.kind.clone();
    let node = crate::formula::Node::Case { branches: vec![(condition, then)], otherwise: Some(Box::new(otherwise)) };
    Expr { kind, node }
}

/// Numbers of gaps are zero; what is null in a bucket with rows stays so.
fn with_zeros(draft: &mut Draft, rows: Rows, results: &[String]) -> Result<Rows, Problem> {
    let schema = draft.schema(rows).clone();
    let gap = Expr::call(Function::IsNull, vec![named(&schema, ROWS)])?;
    let numbers = results.iter().filter_map(|name| schema.column(name)).filter(|column| column.kind.is_number());
    let zero = |column: &Column| {
        let value = match column.kind {
            Type::Decimal(_, scale) => Value::Decimal(0, scale),
            Type::Float => Value::Float(0.0),
            _ => Value::Integer(0),
        };
        let zero = Expr { kind: column.kind.clone(), ..Expr::literal(value) };
        Computed::new(&column.name, either(gap.clone(), zero, Expr::column(column)))
    };
    let columns = numbers.map(zero).collect();
    certain(draft, rows, columns)
}

/// The number on the line between that of the bucket before and that of the bucket after.
fn on_the_line(schema: &Schema, name: &str) -> Result<Expr, Problem> {
    let number = |side: &str, name: &str| named(schema, &beside(side, name)).cast(Type::Float);
    let call = |function, a, b| Expr::call(function, vec![a, b]);
    let place = named(schema, PLACE).cast(Type::Float)?;
    let (start, end) = (number("before", name)?, number("after", name)?);
    let (from, to) = (number("before", PLACE)?, number("after", PLACE)?);
    let length = call(Function::NullIf, call(Function::Subtract, to, from.clone())?, Expr::literal(Value::Float(0.0)))?;
    let part = call(Function::Divide, call(Function::Subtract, place, from)?, length)?;
    let rise = call(Function::Multiply, call(Function::Subtract, end, start.clone())?, part)?;
    call(Function::Add, start, rise)
}
