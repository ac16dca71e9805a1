use super::convert;
use super::prelude::*;
use crate::formula::{self, Expr, Function, patterns};
use crate::plan::{Computed, reject_schema};
use crate::types::{Column, Type};
use crate::value::Value;
use crate::zones;

/// Reads dates and times from text that is written in more than one way.
///
/// Formats are tried in order, and the first that fits counts; without any, the common ones are. Names of months may be English, German,
/// French, Spanish, Italian, Portuguese or Dutch. What none of them reads goes to `rejected`, and so does a time that the clocks of its
/// zone showed twice or never, unless `unclear` says which is meant. Empty text is null.
#[params]
pub struct ParseDates {
    /// The columns of text to read. They stay in their places.
    pub columns: Vec<ColumnName>,
    /// How dates are written, such as `DD.MM.YYYY`, `MM/DD/YY HH12:MI AM` or `DD Mon YYYY`, tried in this order. `TIME` stands for a time of
    /// day in any common form, if there is one, and `TZ` for an offset or zone such as `+02:00` or `Z`. Left empty, common formats are tried.
    pub formats: Vec<String>,
    /// What stands first in dates such as 03/04/2024 or 03-04-24. With points between, it is always the day.
    #[param(when = self.formats.is_empty())]
    pub first: First,
    /// The first of the hundred years that two digits can mean: with 1970, `69` is 2069 and `70` is 1970.
    #[param(default = 1970)]
    pub two_digits_from: u64,
    /// What the columns become.
    pub to: To,
    /// The time zone that the texts are in, such as `Europe/Berlin`, as far as they do not say it themselves. Left empty, UTC.
    #[param(when = self.to != To::Date)]
    pub zone: String,
    /// The time zone that times are shown in. Left empty, the one the texts are in.
    #[param(when = self.to != To::Date)]
    pub show_in: String,
    /// What happens with a time that clocks showed twice or never, when they were put back or forward.
    #[param(when = self.to != To::Date)]
    pub unclear: Unclear,
    /// What to do with a row in which a text can't be read.
    pub on_error: OnError,
}

#[params]
pub enum First {
    /// The day: 3 April.
    #[default]
    Day,
    /// The month: 4 March.
    Month,
}

#[params]
pub enum To {
    /// Dates. A time of day is left out.
    #[default]
    Date,
    /// Points in time as the clock shows them, without a zone.
    Timestamp,
    /// Instants, with their time zone.
    TimestampWithZone,
}

#[params]
pub enum Unclear {
    /// The row is an error.
    #[default]
    Reject,
    /// The first of the two is meant; of one that never was, the clock that had not been put forward.
    Earliest,
    /// The second of the two is meant.
    Latest,
    /// It becomes null.
    Null,
}

/// As most programs write dates, whatever comes first.
const COMMON: [&str; 12] = [
    "YYYY-MM-DDTIME",
    "YYYY/MM/DDTIME",
    "YYYY.MM.DDTIME",
    "DD.MM.YYYYTIME",
    "DD.MM.YYTIME",
    "DD Mon YYYYTIME",
    "DD. Mon YYYYTIME",
    "DD-Mon-YYYYTIME",
    "DD-Mon-YYTIME",
    "Mon DD, YYYYTIME",
    "Mon DD YYYYTIME",
    "Dy, DD Mon YYYYTIME",
];
const DAY_FIRST: [&str; 4] = ["DD/MM/YYYYTIME", "DD-MM-YYYYTIME", "DD/MM/YYTIME", "DD-MM-YYTIME"];
const MONTH_FIRST: [&str; 4] = ["MM/DD/YYYYTIME", "MM-DD-YYYYTIME", "MM/DD/YYTIME", "MM-DD-YYTIME"];
const LAST: [&str; 1] = ["YYYYMMDDTIME"];

impl Node for ParseDates {
    const CARD: Card = Card {
        title: "Parse dates",
        group: Group::Columns,
        icon: "parse_dates",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "datetime date parse string to date time text to date to_datetime strptime dateparse detect data types time zone timezone convert mixed formats parse_date_time lubridate",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let mut read = Vec::new();
        for (at, name) in self.columns.iter().enumerate() {
            let Some(column) = columns.column(&name.0) else { continue };
            let value = match &column.kind {
                Type::Text | Type::Null => self.read(column)?,
                // In a file that is cleaner than others, dates were found by looking.
                Type::Date | Type::Timestamp if self.to == To::Date => Expr::column(column).cast(Type::Date)?,
                Type::Date | Type::Timestamp => self.shown_of_clock(Expr::column(column).cast(Type::Timestamp)?)?,
                kind => {
                    let problem = Problem::new(format!("{:?} is {kind}, not text.", column.name));
                    return Err(problem
                        .at(format!("columns[{at}]"))
                        .try_this("Take it out: Convert changes types.")
                        .into());
                }
            };
            read.push(Computed::new(&column.name, value));
        }
        if read.is_empty() {
            return Ok(vec![inputs[0], draft.nothing(reject_schema(&columns))]);
        }
        let (done, rejected) = draft.derive(inputs[0], read, self.on_error)?;
        Ok(vec![done, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("No column is chosen.").at("columns").try_this("Add the columns to read."));
        }
        if let Some(at) = (0..self.columns.len()).find(|at| self.columns[..*at].contains(&self.columns[*at])) {
            let message = format!("The column {:?} is listed twice.", self.columns[at].0);
            return Err(Problem::new(message).at(format!("columns[{at}]")));
        }
        for (at, format) in self.formats.iter().enumerate() {
            patterns::readable(format).map_err(|problem| problem.at(format!("formats[{at}]")))?;
        }
        if !(1..=9900).contains(&self.two_digits_from) {
            let problem = Problem::new(format!("{} is no year to begin with.", self.two_digits_from));
            return Err(problem.at("two_digits_from").try_this("Write a year such as 1970."));
        }
        for (zone, parameter) in [(&self.zone, "zone"), (&self.show_in, "show_in")] {
            if self.to != To::Date && !zone.is_empty() {
                zones::named(zone).map_err(|problem| problem.at(parameter))?;
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let what = match self.to {
            To::Date => "dates",
            To::Timestamp | To::TimestampWithZone => "times",
        };
        sentence::short(match (self.columns.as_slice(), self.formats.as_slice()) {
            ([], _) => "Choose columns to read dates from".to_owned(),
            (columns, [format]) => format!("Read {what} in {} as {format}", sentence::list(columns)),
            (columns, _) => format!("Read {what} in {}", sentence::list(columns)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Dates of many hands, with a time or without", Self {
                columns: vec!["on".into()],
                ..Self::default()
            })
            .given(
                "id: Integer, on\n 1, 2024-05-01\n 2, 1.5.24\n 3, 01/05/2024 17:45\n 4, 3. März 2023\n 5, \"Feb 29, 2024\"\n 6, 20240501\n
                 7, 30 févr. 2024\n 8, \"\"\n 9, \"Wed, 01 May 2024 10:00:00 +0200\"",
            )
            .gives(
                "id: Integer, on: Date\n 1, 2024-05-01\n 2, 2024-05-01\n 3, 2024-05-01\n 4, 2023-03-03\n 5, 2024-02-29\n 6, 2024-05-01\n 8, \n
                 9, 2024-05-01",
            )
            .gives_at(
                "rejected",
                "id: Integer, on, error_column, error_value, error_reason\n 7, 30 févr. 2024, on, 30 févr. 2024, no date as the format says",
            ),
            Example::new("Local times of Berlin and times with an offset, as UTC", Self {
                columns: vec!["at".into()],
                formats: vec!["YYYY-MM-DDTIMETZ".into(), "MM/DD/YY HH12:MI AM".into()],
                to: To::TimestampWithZone,
                zone: "Europe/Berlin".into(),
                show_in: "UTC".into(),
                ..Self::default()
            })
            .given("at\n 2024-05-01T12:00:00Z\n 2024-05-01 12:00:00.5 +05:30\n 07/01/24 09:05 PM\n 10/27/24 02:30 AM")
            .gives("at: Timestamp(UTC)\n 2024-05-01 12:00:00Z\n 2024-05-01 06:30:00.5Z\n 2024-07-01 19:05:00Z")
            .gives_at(
                "rejected",
                "at, error_column, error_value, error_reason\n 10/27/24 02:30 AM, at, 10/27/24 02:30 AM, \"02:30 happens twice on 2024-10-27 in Europe/Berlin: say earliest or latest\"",
            ),
            Example::new("Birthdays with two digits, the month first", Self {
                columns: vec!["born".into()],
                first: First::Month,
                two_digits_from: 1925,
                to: To::Timestamp,
                on_error: OnError::Null,
                ..Self::default()
            })
            .given("born\n 04/03/25\n 12-31-24\n 13/01/99")
            .gives("born: Timestamp\n 1925-04-03 00:00:00\n 2024-12-31 00:00:00\n ·"),
        ]
    }
}

impl ParseDates {
    /// The formats in the order in which they are tried.
    fn all_formats(&self) -> Vec<String> {
        let pivot = i32::try_from(self.two_digits_from).unwrap_or(1970);
        let own = |format: &str| patterns::with_first_year(format, pivot);
        if !self.formats.is_empty() {
            return self.formats.iter().map(|format| own(format)).collect();
        }
        let by_order = if self.first == First::Day { DAY_FIRST } else { MONTH_FIRST };
        let local: Vec<&str> = COMMON.into_iter().chain(by_order).chain(LAST).collect();
        let zoned = local.iter().map(|format| own(&format!("{format}TZ")));
        local.iter().map(|format| own(format)).chain(zoned).collect()
    }

    fn read(&self, column: &Column) -> Result<Expr, Problem> {
        let bare = convert::bare(Expr::column(column).cast(Type::Text)?)?;
        let formats = self.all_formats();
        if self.to == To::Date {
            return by_formats(Function::ToDate, &bare, &formats);
        }
        // Those that say their zone give an instant; all others what a clock shows.
        let (zoned, local): (Vec<String>, Vec<String>) = formats.into_iter().partition(|format| patterns::has_zone(format));
        let instant = match zoned.as_slice() {
            [] => None,
            formats => Some(by_formats(Function::ToTimestamp, &bare, formats)?),
        };
        let clock = match local.as_slice() {
            [] => None,
            formats => Some(by_formats(Function::ToTimestamp, &bare, formats)?),
        };
        match (instant, clock) {
            (Some(instant), Some(clock)) => {
                let tried = self.shown_of_instant(Expr::call(Function::Try, vec![instant])?)?;
                Expr::call(Function::Coalesce, vec![tried, self.shown_of_clock(clock)?])
            }
            (Some(instant), None) => self.shown_of_instant(instant),
            (None, Some(clock)) => self.shown_of_clock(clock),
            (None, None) => Ok(Expr::null(Type::Timestamp)),
        }
    }

    fn zone(&self) -> &str {
        if self.zone.is_empty() { "UTC" } else { &self.zone }
    }

    fn show_in(&self) -> &str {
        if self.show_in.is_empty() { self.zone() } else { &self.show_in }
    }

    /// An instant as it is wanted.
    fn shown_of_instant(&self, utc: Expr) -> Result<Expr, Problem> {
        let instant = utc.cast(Type::TimestampZoned("UTC".into()))?;
        if self.to == To::TimestampWithZone {
            return instant.cast(Type::TimestampZoned(self.show_in().to_owned()));
        }
        Expr::call(Function::AtZone, vec![text(self.show_in()), instant])
    }

    /// What a clock shows, as it is wanted.
    fn shown_of_clock(&self, clock: Expr) -> Result<Expr, Problem> {
        if self.to == To::Timestamp && self.zone() == self.show_in() {
            return Ok(clock);
        }
        let unclear = match self.unclear {
            Unclear::Reject => "reject",
            Unclear::Earliest => "earliest",
            Unclear::Latest => "latest",
            Unclear::Null => "null",
        };
        let instant = Expr::call(Function::AtZone, vec![text(self.zone()), clock, text(unclear)])?;
        if self.to == To::TimestampWithZone {
            return instant.cast(Type::TimestampZoned(self.show_in().to_owned()));
        }
        Expr::call(Function::AtZone, vec![text(self.show_in()), instant])
    }
}

fn by_formats(function: Function, value: &Expr, formats: &[String]) -> Result<Expr, Problem> {
    let formats = formats.iter().map(|format| text(format));
    Expr::call(function, std::iter::once(value.clone()).chain(formats).collect())
}

fn text(text: &str) -> Expr {
    Expr { kind: Type::Text, node: formula::Node::Literal(Value::text(text)) }
}
