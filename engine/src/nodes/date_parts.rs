use super::prelude::*;
use crate::formula::{self, Expr, Formula, Function, patterns};
use crate::plan::Computed;
use crate::types::{Column, Schema, Type};
use crate::value::{DAY_MICROS, MICROS, Value};

/// Takes dates and times apart into columns, moves them, and measures the time between them.
///
/// Each line makes one column: a part such as the year or the name of the weekday, the start or end of a unit, a date so many units later or
/// earlier, or how many units lie between two dates. Of a time with a zone the parts are those that its clock shows.
#[params]
pub struct DateParts {
    /// The columns to make, in order. Each line sees only what comes in.
    pub parts: Vec<Part>,
    /// Days that are no workdays beside Saturdays and Sundays, such as `2024-12-25`.
    #[param(when = self.parts.iter().any(|part| part.counts_workdays()))]
    pub holidays: Vec<String>,
    /// What to do with a row in which a date can't be computed.
    pub on_error: OnError,
}

#[params]
pub struct Part {
    /// The column of dates or times.
    pub column: ColumnName,
    /// What is made of it.
    #[param(always)]
    pub make: Make,
    /// The unit of time.
    #[param(default = Unit::Day, when = self.make.needs_unit())]
    pub unit: Unit,
    /// How many units later, such as `30`, `-1` or the name of a column.
    #[param(when = self.make == Make::Later)]
    pub amount: Formula,
    /// The column with the end of the time. Left open, the instant at which the run began.
    #[param(when = self.make == Make::Until)]
    pub to: Option<ColumnName>,
    /// How units are counted.
    #[param(when = self.make == Make::Until && self.unit != Unit::Workday)]
    pub count: Count,
    /// The name of the new column. Left empty, that of the column with the part after it, as in `on_year`.
    pub r#as: NewColumn,
}

#[params]
pub enum Make {
    /// The year.
    #[default]
    Year,
    /// The quarter of the year, 1 to 4.
    Quarter,
    /// The month, 1 to 12.
    Month,
    /// The English name of the month.
    MonthName,
    /// The week of the year by ISO 8601, 1 to 53.
    Week,
    /// The year that the ISO week belongs to.
    WeekYear,
    /// The day of the month.
    Day,
    /// The day of the year, 1 to 366.
    DayOfYear,
    /// The day of the week from Monday, 1, to Sunday, 7.
    Weekday,
    /// The English name of the day of the week.
    WeekdayName,
    /// The hour, 0 to 23.
    Hour,
    /// The minute.
    Minute,
    /// The seconds with their fraction.
    Second,
    /// The day without the time.
    Date,
    /// The time of day without the day.
    Time,
    /// Seconds since 1970.
    Unix,
    /// The start of the unit that it lies in.
    StartOf,
    /// The last day of that unit, of times their last microsecond.
    EndOf,
    /// So many units later; with a negative number earlier.
    Later,
    /// How many units lie between it and another column, or the instant of the run: an age.
    Until,
}

#[params]
pub enum Unit {
    /// Years.
    Year,
    /// Quarters of three months.
    Quarter,
    /// Months.
    Month,
    /// Weeks, which begin on Monday.
    Week,
    /// Days.
    #[default]
    Day,
    /// Days from Monday to Friday that are no holidays.
    Workday,
    /// Hours.
    Hour,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
}

#[params]
pub enum Count {
    /// Whole units that have passed, as an age is told in years.
    #[default]
    Passed,
    /// How many of them began in between: from 31 December to 1 January it is one year.
    Begun,
}

impl Node for DateParts {
    const CARD: Card = Card {
        title: "Date parts",
        group: Group::Columns,
        icon: "date_parts",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "datetime date parts year month quarter week weekday extract date time difference shift age add days workdays networkdays business days dt.year dateadd datediff truncate start of month Extract Date&Time Fields",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let mut taken = columns.clone();
        let mut made = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            let column = draft.column(inputs[0], &part.column, &format!("parts[{at}].column"))?.clone();
            let formula = self.formula(draft, at, &column, &columns)?;
            let name = part.name();
            if taken.contains(&name) {
                let problem = Problem::new(format!("There is a column {name:?} already.")).at(format!("parts[{at}].as"));
                return Err(problem.try_this("Write another name.").into());
            }
            taken.0.push(Column::new(&name, formula.kind.clone()));
            made.push(Computed::new(name, formula));
        }
        let (done, rejected) = draft.derive(inputs[0], made, self.on_error)?;
        Ok(vec![done, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.parts.is_empty() {
            return Err(Problem::new("There is nothing to make.").at("parts").try_this("Add a line."));
        }
        for (at, part) in self.parts.iter().enumerate() {
            let wrong = |message: &str, advice: &str| {
                Err(Problem::new(message).at(format!("parts[{at}].unit")).try_this(advice))
            };
            if part.unit == Unit::Workday && matches!(part.make, Make::StartOf | Make::EndOf) {
                return wrong("A workday is no stretch of time that has a start.", "Choose Day.");
            }
            if part.make == Make::Later && part.amount.0.trim().is_empty() {
                let problem = Problem::new("It is not said how many units later.").at(format!("parts[{at}].amount"));
                return Err(problem.try_this("Write a number, or the name of a column."));
            }
        }
        for (at, day) in self.holidays.iter().enumerate() {
            patterns::holiday(day).map_err(|problem| problem.at(format!("holidays[{at}]")))?;
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let names: Vec<String> = self.parts.iter().filter(|part| !part.column.0.is_empty()).map(Part::name).collect();
        sentence::short(match names.as_slice() {
            [] => "Take dates apart, move them, or count the time between them".to_owned(),
            names => format!("Make {} from dates", sentence::list(names)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let part = |make: Make| Part { column: "on".into(), make, ..Part::default() };
        let of = |make: Make, unit: Unit| Part { unit, ..part(make) };
        vec![
            Example::new("Parts of a date for a report", Self {
                parts: vec![
                    part(Make::Year),
                    part(Make::Quarter),
                    Part { r#as: "month".into(), ..part(Make::MonthName) },
                    part(Make::Week),
                    part(Make::WeekYear),
                    Part { r#as: "day".into(), ..part(Make::WeekdayName) },
                ],
                ..Self::default()
            })
            .given("on: Date\n 2024-12-30\n 2024-02-29\n ·")
            .gives(
                "on: Date, on_year: Integer, on_quarter: Integer, month, on_week: Integer, on_week_year: Integer, day\n
                 2024-12-30, 2024, 4, December, 1, 2025, Monday\n 2024-02-29, 2024, 1, February, 9, 2024, Thursday\n ·, , , , , , ",
            ),
            // As WORKDAY of a spreadsheet has it.
            Example::new("When invoices are due, and how long they took to be paid", Self {
                parts: vec![
                    Part { amount: "terms".into(), r#as: "due".into(), ..part(Make::Later) },
                    Part { amount: "2".into(), r#as: "sent".into(), ..of(Make::Later, Unit::Workday) },
                    Part { to: Some("paid".into()), r#as: "weeks".into(), ..of(Make::Until, Unit::Week) },
                    Part { r#as: "month_end".into(), ..of(Make::EndOf, Unit::Month) },
                ],
                holidays: vec!["2024-05-01".into()],
                ..Self::default()
            })
            .given("on: Date, terms: Integer, paid: Date\n 2024-04-30, 14, 2024-05-20\n 2024-05-03, 30, \n 2024-05-01, 9999999, ")
            .gives(
                "on: Date, terms: Integer, paid: Date, due: Date, sent: Date, weeks: Integer, month_end: Date\n
                 2024-04-30, 14, 2024-05-20, 2024-05-14, 2024-05-03, 2, 2024-04-30\n 2024-05-03, 30, , 2024-06-02, 2024-05-07, , 2024-05-31",
            )
            .gives_at(
                "rejected",
                "on: Date, terms: Integer, paid: Date, error_column, error_value, error_reason\n
                 2024-05-01, 9999999, , due, , out of range for Date",
            ),
            Example::new("Times, and what has passed in hours and in workdays", Self {
                parts: vec![
                    part(Make::Hour),
                    part(Make::Date),
                    Part { r#as: "hour_start".into(), ..of(Make::StartOf, Unit::Hour) },
                    Part { to: Some("end".into()), r#as: "hours".into(), ..of(Make::Until, Unit::Hour) },
                    Part { to: Some("end".into()), count: Count::Begun, r#as: "days".into(), ..of(Make::Until, Unit::Day) },
                    Part { to: Some("end".into()), r#as: "workdays".into(), ..of(Make::Until, Unit::Workday) },
                ],
                ..Self::default()
            })
            .given("on: Timestamp, end: Timestamp\n 2024-05-03 23:45:10, 2024-05-06 01:15:00")
            .gives(
                "on: Timestamp, end: Timestamp, on_hour: Integer, on_date: Date, hour_start: Timestamp, hours: Integer, days: Integer, workdays: Integer\n
                 2024-05-03 23:45:10, 2024-05-06 01:15:00, 23, 2024-05-03, 2024-05-03 23:00:00, 49, 3, 1",
            ),
        ]
    }
}

impl DateParts {
    fn formula(&self, draft: &Draft, at: usize, column: &Column, columns: &Schema) -> Result<Expr, Problem> {
        let part = &self.parts[at];
        let value = part.value(column).map_err(|problem| problem.at(format!("parts[{at}].column")))?;
        let of_unit = |problem: Problem| problem.at(format!("parts[{at}].unit"));
        if part.unit.is_of_the_clock() && part.make.needs_unit() && value.kind == Type::Date && part.make != Make::Until {
            let problem = Problem::new(format!("{:?} is Date and has no {}.", column.name, part.unit.plural()));
            return Err(of_unit(problem.try_this("Choose days or more, or convert the column to Timestamp.")));
        }
        match part.make {
            Make::Later => self.later(draft, at, value, columns),
            Make::Until => {
                let end = self.end(draft, at, &value, columns)?;
                self.between(part, value, end).map_err(of_unit)
            }
            Make::StartOf => part.unit.start(value).map_err(of_unit),
            Make::EndOf => part.unit.end(value).map_err(of_unit),
            Make::Date => value.cast(Type::Date),
            Make::Time => value.cast(Type::Time),
            Make::MonthName => Expr::call(Function::ToChar, vec![value, text("Month")]),
            Make::WeekdayName => Expr::call(Function::ToChar, vec![value, text("Day")]),
            make => Expr::call(make.function(), vec![value]),
        }
    }

    fn later(&self, draft: &Draft, at: usize, value: Expr, columns: &Schema) -> Result<Expr, Problem> {
        let parameter = format!("parts[{at}].amount");
        let part = &self.parts[at];
        let amount = draft.compile(&part.amount, columns, &parameter)?;
        if !matches!(amount.kind, Type::Integer | Type::Null) {
            let problem = Problem::new(format!("The amount is {}, not a whole number.", amount.kind)).at(parameter);
            return Err(problem.try_this("Round it, as in `round(days)::integer`."));
        }
        if part.unit != Unit::Workday {
            return part.unit.later(value, amount);
        }
        let arguments = vec![value.cast(Type::Date)?, amount];
        Expr::call(Function::AddWorkdays, self.with_holidays(arguments))
    }

    /// The other end of the time: a column, or now.
    fn end(&self, draft: &Draft, at: usize, start: &Expr, columns: &Schema) -> Result<Expr, Problem> {
        let parameter = format!("parts[{at}].to");
        let Some(to) = &self.parts[at].to else {
            let now = draft.now();
            return Ok(Expr::literal(match start.kind {
                Type::Date => Value::Date(i32::try_from(now.div_euclid(DAY_MICROS)).unwrap_or_default()),
                _ => Value::Timestamp(now),
            }));
        };
        let column = columns.column(&to.0);
        let column = column.ok_or_else(|| Problem::no_column(&to.0, columns.names()).at(&parameter))?;
        if matches!(column.kind, Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Null) {
            return Ok(Expr::column(column));
        }
        let problem = Problem::new(format!("{:?} is {}, not a date.", column.name, column.kind)).at(parameter);
        Err(problem.try_this("Choose another column, or convert it first."))
    }

    fn between(&self, part: &Part, start: Expr, end: Expr) -> Result<Expr, Problem> {
        if part.unit == Unit::Workday {
            let arguments = vec![start.cast(Type::Date)?, end.cast(Type::Date)?];
            return Expr::call(Function::Workdays, self.with_holidays(arguments));
        }
        let both_days = start.kind == Type::Date && matches!(end.kind, Type::Date | Type::Null);
        let kind = if both_days && !part.unit.is_of_the_clock() { Type::Date } else { Type::Timestamp };
        let (start, end) = (start.cast(kind.clone())?, end.cast(kind)?);
        match part.count {
            Count::Passed => part.unit.passed(start, end),
            Count::Begun => part.unit.begun(start, end),
        }
    }

    fn with_holidays(&self, mut arguments: Vec<Expr>) -> Vec<Expr> {
        arguments.extend(self.holidays.iter().map(|day| text(day.trim())));
        arguments
    }
}

impl Part {
    fn counts_workdays(&self) -> bool {
        self.make.needs_unit() && self.unit == Unit::Workday
    }

    fn name(&self) -> String {
        match self.r#as.0.as_str() {
            "" => format!("{}_{}", self.column.0, self.make.suffix()),
            name => name.to_owned(),
        }
    }

    /// The column as a date or a point in time without a zone; a time of day where only that is asked for.
    fn value(&self, column: &Column) -> Result<Expr, Problem> {
        let value = Expr::column(column);
        match &column.kind {
            Type::Date | Type::Timestamp => Ok(value),
            Type::TimestampZoned(_) => value.cast(Type::Timestamp),
            Type::Null => value.cast(Type::Timestamp),
            Type::Time if matches!(self.make, Make::Hour | Make::Minute | Make::Second) => Ok(value),
            kind => {
                let problem = Problem::new(format!("{:?} is {kind}, which has no such part.", column.name));
                Err(problem.try_this("Choose a column of dates, or read them with Parse dates first."))
            }
        }
    }
}

impl Make {
    pub fn needs_unit(self) -> bool {
        matches!(self, Self::StartOf | Self::EndOf | Self::Later | Self::Until)
    }

    fn function(self) -> Function {
        match self {
            Self::Quarter => Function::Quarter,
            Self::Month => Function::Month,
            Self::Week => Function::Week,
            Self::WeekYear => Function::IsoYear,
            Self::Day => Function::Day,
            Self::DayOfYear => Function::DayOfYear,
            Self::Weekday => Function::IsoDayOfWeek,
            Self::Hour => Function::Hour,
            Self::Minute => Function::Minute,
            Self::Second => Function::Second,
            Self::Unix => Function::Epoch,
            // Those that are no function of one date are made where the formula is.
            _ => Function::Year,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::MonthName => "month_name",
            Self::Week => "week",
            Self::WeekYear => "week_year",
            Self::Day => "day",
            Self::DayOfYear => "day_of_year",
            Self::Weekday => "weekday",
            Self::WeekdayName => "weekday_name",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Date => "date",
            Self::Time => "time",
            Self::Unix => "unix",
            Self::StartOf => "start",
            Self::EndOf => "end",
            Self::Later => "later",
            Self::Until => "until",
        }
    }
}

impl Unit {
    fn is_of_the_clock(self) -> bool {
        matches!(self, Self::Hour | Self::Minute | Self::Second)
    }

    /// As functions of formulas call it.
    fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day | Self::Workday => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
        }
    }

    fn plural(self) -> String {
        format!("{}s", self.name())
    }

    fn start(self, value: Expr) -> Result<Expr, Problem> {
        Expr::call(Function::DateTrunc, vec![text(self.name()), value])
    }

    fn end(self, value: Expr) -> Result<Expr, Problem> {
        let step = match value.kind {
            Type::Date => number(1),
            _ => Expr::literal(Value::Duration(1)),
        };
        Expr::call(Function::Subtract, vec![self.later(self.start(value)?, number(1))?, step])
    }

    /// The date so many units later.
    fn later(self, value: Expr, amount: Expr) -> Result<Expr, Problem> {
        match self.length() {
            Length::Months(months) => {
                let months = Expr::call(Function::Multiply, vec![amount, number(months)])?;
                Expr::call(Function::AddMonths, vec![value, months])
            }
            Length::Seconds(seconds) if value.kind == Type::Date => {
                let days = Expr::call(Function::Multiply, vec![amount, number(seconds / DAY)])?;
                Expr::call(Function::Add, vec![value, days])
            }
            Length::Seconds(seconds) => {
                let unit = Expr::literal(Value::Duration(seconds * MICROS));
                let time = Expr::call(Function::Multiply, vec![unit, amount.cast(Type::Float)?])?;
                Expr::call(Function::Add, vec![value, time])
            }
        }
    }

    /// How many whole units lie between two dates.
    fn passed(self, start: Expr, end: Expr) -> Result<Expr, Problem> {
        let months = match self.length() {
            Length::Seconds(seconds) => return in_units(start, end, seconds),
            Length::Months(months) => months,
        };
        let between = between(&start, &end, month_of)?;
        let one = |function: Function| Expr::call(function, vec![between.clone(), number(1)]);
        let moved = Expr::call(Function::AddMonths, vec![start.clone(), between.clone()])?;
        let is = |function: Function, a: &Expr, b: &Expr| Expr::call(function, vec![a.clone(), b.clone()]);
        let forward = Expr::call(Function::And, vec![is(Function::Ge, &end, &start)?, is(Function::Gt, &moved, &end)?])?;
        let back = Expr::call(Function::And, vec![is(Function::Lt, &end, &start)?, is(Function::Lt, &moved, &end)?])?;
        let branches = vec![(forward, one(Function::Subtract)?), (back, one(Function::Add)?)];
        let otherwise = Some(Box::new(between.clone()));
        let whole = Expr { kind: Type::Integer, node: formula::Node::Case { branches, otherwise } };
        Expr::call(Function::Div, vec![whole, number(months)])
    }

    /// How many units begin between two dates.
    fn begun(self, start: Expr, end: Expr) -> Result<Expr, Problem> {
        match self {
            Self::Year => between(&start, &end, |date| Expr::call(Function::Year, vec![date.clone()])),
            Self::Quarter => between(&start, &end, |date| of_years(date, Function::Quarter, 4)),
            Self::Month => between(&start, &end, month_of),
            _ => {
                let Length::Seconds(seconds) = self.length() else { return self.passed(start, end) };
                in_units(self.start(start)?, self.start(end)?, seconds)
            }
        }
    }

    fn length(self) -> Length {
        match self {
            Self::Year => Length::Months(12),
            Self::Quarter => Length::Months(3),
            Self::Month => Length::Months(1),
            Self::Week => Length::Seconds(7 * DAY),
            Self::Day | Self::Workday => Length::Seconds(DAY),
            Self::Hour => Length::Seconds(3_600),
            Self::Minute => Length::Seconds(60),
            Self::Second => Length::Seconds(1),
        }
    }
}

/// Months differ in length, so units are one or the other.
enum Length {
    Months(i64),
    Seconds(i64),
}

const DAY: i64 = 86_400;

/// The time between, in whole units of so many seconds; of dates in whole days or weeks.
fn in_units(start: Expr, end: Expr, seconds: i64) -> Result<Expr, Problem> {
    let is_date = start.kind == Type::Date;
    let time = Expr::call(Function::Subtract, vec![end, start])?;
    if is_date {
        return Expr::call(Function::Div, vec![time, number(seconds / DAY)]);
    }
    let whole = Expr::call(Function::Trunc, vec![Expr::call(Function::Epoch, vec![time])?])?.cast(Type::Integer)?;
    Expr::call(Function::Div, vec![whole, number(seconds)])
}

fn between(start: &Expr, end: &Expr, count: impl Fn(&Expr) -> Result<Expr, Problem>) -> Result<Expr, Problem> {
    Expr::call(Function::Subtract, vec![count(end)?, count(start)?])
}

/// Months since the year 0.
fn month_of(date: &Expr) -> Result<Expr, Problem> {
    of_years(date, Function::Month, 12)
}

fn of_years(date: &Expr, part: Function, parts: i64) -> Result<Expr, Problem> {
    let year = Expr::call(Function::Year, vec![date.clone()])?;
    let before = Expr::call(Function::Multiply, vec![year, number(parts)])?;
    Expr::call(Function::Add, vec![before, Expr::call(part, vec![date.clone()])?])
}

fn number(number: i64) -> Expr {
    Expr::literal(Value::Integer(number))
}

fn text(text: &str) -> Expr {
    Expr::literal(Value::text(text))
}
