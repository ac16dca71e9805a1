//! Dates, times and durations.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use pipewright_engine::formula::patterns::{Unit, holiday};
use pipewright_engine::formula::{FIRST_DAY, Failure, Function, LAST_DAY};
use pipewright_engine::types::Type;
use pipewright_engine::value::{DAY_MICROS, MICROS, Value, date_of, days};

use super::Computed;
use super::format::written_by_format;

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
        (Function::LastDay, [Date(day)]) => {
            let first = at(&Date(*day)).date().with_day(1).expect("a first day");
            Ok(Date(days(first + Months::new(1)) - 1))
        }
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
    fits.then(|| (hour * 3_600 + minute * 60) * MICROS + (seconds * MICROS as f64).round() as i64)
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
        Function::Second => {
            let micros = i128::from(at.second()) * i128::from(MICROS) + i128::from(at.nanosecond() / 1_000);
            return Value::Decimal(micros, 6);
        }
        other => panic!("{other:?} of a date"),
    };
    Value::Integer(number)
}

pub fn date_trunc(unit: Unit, value: &Value) -> Value {
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
