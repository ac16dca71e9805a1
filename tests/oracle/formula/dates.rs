//! Dates, times and durations.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use pipewright_engine::formula::patterns::{Unit, holiday};
use pipewright_engine::formula::{FIRST_DAY, Failure, Function, LAST_DAY};
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, MICROS, Value, date_of, days, parse_decimal};

use super::Computed;
use super::format::{DAYS, MONTHS, written_by_format};

pub fn time_call(function: Function, values: &[Value]) -> Computed {
    use Value::{Date, Duration, Float, Integer, Text, Time, Timestamp, TimestampZoned};
    match (function, values) {
        (Function::Add, [Date(day), Integer(n)] | [Integer(n), Date(day)]) => date(i64::from(*day).checked_add(*n)),
        (Function::Subtract, [Date(day), Integer(n)]) => date(i64::from(*day).checked_sub(*n)),
        (Function::Subtract, [Date(a), Date(b)]) => Ok(Integer(i64::from(*a) - i64::from(*b))),
        (Function::Add, [Timestamp(at), Duration(d)] | [Duration(d), Timestamp(at)]) => timestamp(at.checked_add(*d)),
        (Function::Subtract, [Timestamp(at), Duration(d)]) => timestamp(at.checked_sub(*d)),
        (Function::Add, [TimestampZoned(at), Duration(d)] | [Duration(d), TimestampZoned(at)]) => {
            timestamp(at.checked_add(*d)).map(zoned)
        }
        (Function::Subtract, [TimestampZoned(at), Duration(d)]) => timestamp(at.checked_sub(*d)).map(zoned),
        (Function::Add, [Duration(a), Duration(b)]) => duration(a.checked_add(*b)),
        (
            Function::Subtract,
            [Duration(a), Duration(b)]
            | [Timestamp(a), Timestamp(b)]
            | [TimestampZoned(a), TimestampZoned(b)]
            | [Time(a), Time(b)],
        ) => duration(a.checked_sub(*b)),
        (Function::Multiply, [Duration(d), Float(f)] | [Float(f), Duration(d)]) => duration_of(*d as f64 * f),
        (Function::Divide, [Duration(_), Float(0.0)]) => Err(Failure::DivisionByZero),
        (Function::Divide, [Duration(d), Float(f)]) => duration_of(*d as f64 / f),
        (Function::Negate, [Duration(d)]) => duration(d.checked_neg()),
        (Function::Epoch, [Timestamp(micros) | Duration(micros)]) => Ok(Value::Decimal(i128::from(*micros), 6)),
        (Function::Hour, [Time(micros)]) => Ok(Integer(micros / (3_600 * MICROS))),
        (Function::Minute, [Time(micros)]) => Ok(Integer(micros / (60 * MICROS) % 60)),
        (Function::Second, [Time(micros)]) => Ok(Value::Decimal(i128::from(micros % (60 * MICROS)), 6)),
        (Function::Milliseconds, [Time(micros)]) => Ok(Value::Decimal(i128::from(micros % (60 * MICROS)), 3)),
        (Function::Microseconds, [Time(micros)]) => Ok(Integer(micros % (60 * MICROS))),
        (Function::MakeTime, [Integer(hour), Integer(minute), Float(seconds)]) => {
            let time = made_time(*hour, *minute, *seconds).filter(|micros| *micros < DAY_MICROS);
            time.map(Time).ok_or(Failure::NoSuchDate)
        }
        (Function::DateBin, [Duration(stride), Timestamp(_), Timestamp(_)]) if *stride <= 0 => Err(Failure::NoStretch),
        (Function::DateBin, [Duration(stride), Timestamp(at), Timestamp(origin)]) => {
            timestamp(at.checked_sub((at - origin).rem_euclid(*stride)))
        }
        (Function::FiscalYear | Function::FiscalQuarter, [_, Integer(month)]) if !(1..=12).contains(month) => {
            Err(Failure::NoSuchDate)
        }
        (Function::FiscalYear, [value, Integer(month)]) => {
            // The business year that begins with January ends in the same year, others in the next.
            let months = starts(Unit::Month, at(value)) + if *month == 1 { 0 } else { 13 - month };
            Ok(Integer(months.div_euclid(12)))
        }
        (Function::FiscalQuarter, [value, Integer(month)]) => {
            Ok(Integer((starts(Unit::Month, at(value)) + 13 - month).rem_euclid(12) / 3 + 1))
        }
        (Function::NextDay, [Date(day), Text(name)]) => {
            let is_called = |later: &i64| {
                let name_of_day = DAYS[(i64::from(*day) + later + 3).rem_euclid(7) as usize].to_lowercase();
                [&name_of_day, &name_of_day[..3]].contains(&name.to_lowercase().as_str())
            };
            let later = (1..=7).find(is_called).expect("a day");
            date(Some(i64::from(*day) + later))
        }
        (Function::MakeDate, [Integer(year), Integer(month), Integer(day)]) => {
            made_date(*year, *month, *day).map(|date| Date(days(date))).ok_or(Failure::NoSuchDate)
        }
        (
            Function::MakeTimestamp,
            [Integer(year), Integer(month), Integer(day), Integer(hour), Integer(minute), Float(seconds)],
        ) => {
            let time = made_time(*hour, *minute, *seconds);
            let at = made_date(*year, *month, *day)
                .zip(time)
                .map(|(date, micros)| i64::from(days(date)) * DAY_MICROS + micros);
            at.map(Timestamp).ok_or(Failure::NoSuchDate)
        }
        (Function::AddMonths, [Date(day), Integer(n)]) => {
            shifted(at(&Date(*day)), *n).map(|at| Date(days(at.date()))).ok_or(Failure::OutOfRange(Type::Date))
        }
        (Function::AddMonths, [Timestamp(micros), Integer(n)]) => shifted(at(&Timestamp(*micros)), *n)
            .map(|at| Timestamp(at.and_utc().timestamp_micros()))
            .ok_or(Failure::OutOfRange(Type::Timestamp)),
        (Function::ToChar, [Timestamp(micros), Text(format)]) => {
            Ok(Text(written_by_format(at(&Timestamp(*micros)), format)))
        }
        (Function::AddWorkdays, [Date(day), Integer(count), holidays @ ..]) => {
            date(add_workdays(*day, *count, holidays))
        }
        (Function::Workdays, [Date(from), Date(to), holidays @ ..]) => {
            let count = workdays(i64::from(*from.min(to)), i64::from(*from.max(to)), holidays);
            Ok(Integer(if from <= to { count } else { -count }))
        }
        (_, [value @ (Date(_) | Timestamp(_))]) => Ok(part(function, at(value))),
        (function, values) => panic!("{function:?} of {values:?}"),
    }
}

/// Whole weeks first, of which each has five workdays but for holidays; then day by day.
fn add_workdays(day: i32, count: i64, holidays: &[Value]) -> Option<i64> {
    let (mut day, mut left) = (i64::from(day), count);
    // There are fewer workdays in all years.
    (count.unsigned_abs() < 3_000_000).then_some(())?;
    let holidays = weekdays_of(holidays);
    let weeks = if left.abs() > 1000 { left / 5 } else { 0 };
    let before = day;
    (day, left) = (day + 7 * weeks, left - 5 * weeks);
    let passed = |holiday: &&i64| before < **holiday && **holiday <= day || day <= **holiday && **holiday < before;
    left += count.signum() * holidays.iter().filter(passed).count() as i64;
    while left != 0 {
        day += left.signum();
        if is_weekday(day) && !holidays.contains(&day) {
            left -= left.signum();
        }
    }
    Some(day)
}

fn workdays(first: i64, end: i64, holidays: &[Value]) -> i64 {
    let weeks = (end - first) / 7;
    let rest = (first + 7 * weeks..end).filter(|day| is_weekday(*day)).count() as i64;
    let off = weekdays_of(holidays).into_iter().filter(|day| (first..end).contains(day)).count() as i64;
    5 * weeks + rest - off
}

/// 1970-01-01 was a Thursday.
fn is_weekday(day: i64) -> bool {
    (day + 3).rem_euclid(7) < 5
}

fn weekdays_of(holidays: &[Value]) -> Vec<i64> {
    let days = holidays.iter().map(|day| i64::from(holiday(&day.to_string()).expect("a day")));
    let mut days: Vec<i64> = days.filter(|day| is_weekday(*day)).collect();
    days.sort_unstable();
    days.dedup();
    days
}

pub(super) fn at(value: &Value) -> NaiveDateTime {
    match value {
        Value::Date(day) => date_of(*day).expect("a date").and_time(NaiveTime::MIN),
        Value::Timestamp(micros) => DateTime::from_timestamp_micros(*micros).expect("an instant").naive_utc(),
        other => panic!("{other:?} is no date"),
    }
}

fn date(day: Option<i64>) -> Computed {
    match day {
        Some(day) if (i64::from(FIRST_DAY)..=i64::from(LAST_DAY)).contains(&day) => Ok(Value::Date(day as i32)),
        _ => Err(Failure::OutOfRange(Type::Date)),
    }
}

pub fn timestamp(micros: Option<i64>) -> Computed {
    let range = i64::from(FIRST_DAY) * DAY_MICROS..(i64::from(LAST_DAY) + 1) * DAY_MICROS;
    let fitting = micros.filter(|micros| range.contains(micros));
    fitting.map(Value::Timestamp).ok_or(Failure::OutOfRange(Type::Timestamp))
}

fn zoned(value: Value) -> Value {
    let Value::Timestamp(micros) = value else { return value };
    Value::TimestampZoned(micros)
}

fn duration(micros: Option<i64>) -> Computed {
    micros.map(Value::Duration).ok_or(Failure::OutOfRange(Type::Duration))
}

fn duration_of(micros: f64) -> Computed {
    let fits = micros.is_finite() && micros.abs() < 9.2e18;
    duration(fits.then_some(micros.round() as i64))
}

fn made_date(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

fn made_time(hour: i64, minute: i64, seconds: f64) -> Option<i64> {
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&seconds);
    let micros = parse_decimal(&seconds.to_string(), 18, 6)?;
    fits.then(|| (hour * 3_600 + minute * 60) * MICROS + micros as i64)
}

fn shifted(at: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let shifted = if months >= 0 { at.checked_add_months(count) } else { at.checked_sub_months(count) };
    shifted.filter(|at| (1..=9999).contains(&at.year()))
}

fn part(function: Function, at: NaiveDateTime) -> Value {
    let number: i64 = match function {
        Function::Year => at.year().into(),
        Function::IsoYear => at.iso_week().year().into(),
        Function::Quarter => (at.month0() / 3 + 1).into(),
        Function::Month => at.month().into(),
        Function::Week => at.iso_week().week().into(),
        Function::Day => at.day().into(),
        Function::DayOfWeek => at.weekday().num_days_from_sunday().into(),
        Function::IsoDayOfWeek => at.weekday().number_from_monday().into(),
        Function::DayOfYear => at.ordinal().into(),
        Function::Hour => at.hour().into(),
        Function::Minute => at.minute().into(),
        Function::Century => ((at.year() - 1) / 100 + 1).into(),
        Function::Decade => (at.year() / 10).into(),
        Function::Millennium => ((at.year() - 1) / 1000 + 1).into(),
        Function::DaysInMonth => last_day(at.date()).day().into(),
        Function::FirstDay => return Value::Date(days(first_day(at.date()))),
        Function::LastDay => return Value::Date(days(last_day(at.date()))),
        Function::IsLeapYear => return Value::Boolean(NaiveDate::from_ymd_opt(at.year(), 2, 29).is_some()),
        Function::IsWeekend => return Value::Boolean(at.weekday().num_days_from_monday() >= 5),
        Function::DayName => return Value::text(DAYS[at.weekday().num_days_from_monday() as usize]),
        Function::MonthName => return Value::text(MONTHS[at.month0() as usize]),
        Function::Microseconds => (at.second() * 1_000_000 + at.nanosecond() / 1_000).into(),
        Function::Milliseconds => {
            return Value::Decimal(i128::from(at.second() * 1_000_000 + at.nanosecond() / 1_000), 3);
        }
        Function::Second => {
            let micros = i128::from(at.second()) * i128::from(MICROS) + i128::from(at.nanosecond() / 1_000);
            return Value::Decimal(micros, 6);
        }
        other => panic!("{other:?} of a date"),
    };
    Value::Integer(number)
}

fn date_trunc(unit: Unit, value: &Value) -> Value {
    let at = at(value);
    let first = |month: u32| NaiveDate::from_ymd_opt(at.year(), month, 1).expect("a first day");
    let day = match unit {
        Unit::Year => first(1),
        Unit::Quarter => first(at.month0() / 3 * 3 + 1),
        Unit::Month => first(at.month()),
        Unit::Week => date_of(days(at.date()) - at.weekday().num_days_from_monday() as i32).expect("a date"),
        Unit::Day | Unit::Hour | Unit::Minute | Unit::Second => at.date(),
    };
    let seconds = at.num_seconds_from_midnight();
    let kept = match unit {
        Unit::Hour => seconds / 3_600 * 3_600,
        Unit::Minute => seconds / 60 * 60,
        Unit::Second => seconds,
        _ => 0,
    };
    match value {
        Value::Date(_) => Value::Date(days(day)),
        _ => Value::Timestamp(i64::from(days(day)) * DAY_MICROS + i64::from(kept) * MICROS),
    }
}

fn first_day(date: NaiveDate) -> NaiveDate {
    date.with_day(1).expect("a first day")
}

/// 9999-12-31 is followed by no day that we know, but chrono does.
fn last_day(date: NaiveDate) -> NaiveDate {
    (first_day(date) + Months::new(1)).pred_opt().expect("a day before")
}

/// The functions whose first argument is a unit.
pub fn by_unit(function: Function, unit: &str, rest: &[Value]) -> Computed {
    let unit = Unit::named(unit).expect("a unit");
    match (function, rest) {
        (Function::DateTrunc, [value]) => Ok(date_trunc(unit, value)),
        (Function::DateAdd, [Value::Integer(count), value]) => added(unit, *count, value),
        (Function::DateDiff, [from, to]) => Ok(Value::Integer(starts(unit, at(to)) - starts(unit, at(from)))),
        (Function::DateElapsed, [from, to]) => Ok(Value::Integer(elapsed(unit, at(from), at(to)))),
        other => panic!("{other:?} by a unit"),
    }
}

fn added(unit: Unit, count: i64, value: &Value) -> Computed {
    let out_of_range = || Failure::OutOfRange(value.kind());
    let months = match unit {
        Unit::Year => Some(12),
        Unit::Quarter => Some(3),
        Unit::Month => Some(1),
        _ => None,
    };
    if let Some(months) = months {
        let count = count.checked_mul(months).ok_or_else(out_of_range)?;
        return time_call(Function::AddMonths, &[value.clone(), Value::Integer(count)]);
    }
    let micros = count.checked_mul(length(unit)).ok_or_else(out_of_range)?;
    match value {
        Value::Date(day) => date(i64::from(*day).checked_add(micros / DAY_MICROS)),
        Value::Timestamp(at) => timestamp(at.checked_add(micros)),
        other => panic!("{other:?} is no date"),
    }
}

/// How long units are that always are as long.
fn length(unit: Unit) -> i64 {
    match unit {
        Unit::Second => MICROS,
        Unit::Minute => 60 * MICROS,
        Unit::Hour => 3_600 * MICROS,
        Unit::Day => DAY_MICROS,
        Unit::Week => 7 * DAY_MICROS,
        other => panic!("{other:?} differ in length"),
    }
}

/// How many units have begun up to a point in time, from one far back.
fn starts(unit: Unit, at: NaiveDateTime) -> i64 {
    let (year, month) = (i64::from(at.year()), i64::from(at.month0()));
    match unit {
        Unit::Year => year,
        Unit::Quarter => year * 4 + month / 3,
        Unit::Month => year * 12 + month,
        // 1969-12-29 was a Monday.
        Unit::Week => (at.and_utc().timestamp_micros() + 3 * DAY_MICROS).div_euclid(length(unit)),
        _ => at.and_utc().timestamp_micros().div_euclid(length(unit)),
    }
}

/// A month is over on the same day and time of the next one, as in PostgreSQL's age().
fn elapsed(unit: Unit, from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    if from > to {
        return -elapsed(unit, to, from);
    }
    let months = starts(Unit::Month, to) - starts(Unit::Month, from);
    let is_over = (to.day(), to.time()) >= (from.day(), from.time());
    let months = if is_over { months } else { months - 1 };
    match unit {
        Unit::Year => months / 12,
        Unit::Quarter => months / 3,
        Unit::Month => months,
        _ => (to.and_utc().timestamp_micros() - from.and_utc().timestamp_micros()) / length(unit),
    }
}
