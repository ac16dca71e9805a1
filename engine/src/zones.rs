//! Wall clocks of time zones, as the database of IANA has them.

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::formula::Failure;
use crate::problem::Problem;
use crate::value::Value;

/// What is done with a time that a clock shows twice, since it was put back, or never, since it was put forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// The row fails.
    Reject,
    /// The first of the two; where there is none, as if the clock had not been put forward yet.
    Earliest,
    /// The second of the two; where there is none, as for the first.
    Latest,
    Null,
}

const UNCLEAR: [(&str, Unclear); 4] = [
    ("reject", Unclear::Reject),
    ("earliest", Unclear::Earliest),
    ("latest", Unclear::Latest),
    ("null", Unclear::Null),
];

impl Unclear {
    pub fn named(name: &str) -> Result<Self, Problem> {
        let found = UNCLEAR.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, unclear)| *unclear);
        found.ok_or_else(|| Problem::unknown("rule for unclear times", name, UNCLEAR.iter().map(|(known, _)| *known)))
    }
}

/// The zone of a name such as `Europe/Berlin`.
pub fn named(name: &str) -> Result<Tz, Problem> {
    name.parse().map_err(|_| Problem::unknown("time zone", name, TZ_VARIANTS.iter().map(|zone| zone.name())))
}

/// The instant at which a clock shows a time, both in microseconds since 1970-01-01 00:00. None for a time that is not clear, if that
/// is to fail or to be null.
pub fn instant(clock: i64, zone: Tz, unclear: Unclear) -> Option<i64> {
    let shown = at(clock)?;
    let (earliest, latest) = match zone.from_local_datetime(&shown) {
        LocalResult::Single(instant) => return Some(instant.timestamp_micros()),
        LocalResult::Ambiguous(first, second) => (first.timestamp_micros(), second.timestamp_micros()),
        LocalResult::None => {
            let skipped = before_it_was_put_forward(shown, zone)?;
            (skipped, skipped)
        }
    };
    match unclear {
        Unclear::Reject | Unclear::Null => None,
        Unclear::Earliest => Some(earliest),
        Unclear::Latest => Some(latest),
    }
}

/// Why a time that a clock shows is no instant.
pub fn unclear(clock: i64, zone: Tz) -> Failure {
    let often = match at(clock).map(|shown| zone.from_local_datetime(&shown)) {
        Some(LocalResult::Ambiguous(..)) => "happens twice",
        Some(LocalResult::None) => "never happens",
        _ => return Failure::NoSuchDate,
    };
    let shown = Value::Timestamp(clock).to_string();
    let (date, time) = shown.split_once(' ').unwrap_or((&shown, ""));
    let time = time.strip_suffix(":00").unwrap_or(time);
    Failure::Unclear(format!("{time} {often} on {date} in {}: say earliest or latest", zone.name()))
}

/// What a clock shows at an instant.
pub fn clock(instant: i64, zone: Tz) -> Option<i64> {
    let instant = DateTime::from_timestamp_micros(instant)?;
    Some(instant.with_timezone(&zone).naive_local().and_utc().timestamp_micros())
}

/// The instant of a time that was left out, by the offset that was in force before it.
fn before_it_was_put_forward(shown: NaiveDateTime, zone: Tz) -> Option<i64> {
    // Whole days were left out where a country changed sides of the date line.
    let earlier = (1..=26).find_map(|hours| zone.from_local_datetime(&(shown - Duration::hours(hours))).latest())?;
    let offset = Duration::seconds(i64::from(earlier.offset().fix().local_minus_utc()));
    Some((shown - offset).and_utc().timestamp_micros())
}

fn at(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|at| at.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;

    /// Hours are those of zoneinfo and fold in Python.
    #[test]
    fn clocks_that_are_put_back_and_forward() {
        let micros = |text: &str| match Value::parse(text, &Type::Timestamp) {
            Some(Value::Timestamp(micros)) => micros,
            other => panic!("{other:?}"),
        };
        let berlin = named("Europe/Berlin").unwrap();
        for (shown, unclear, wanted) in [
            ("2024-05-01 12:00", Unclear::Reject, Some("2024-05-01 10:00")),
            ("2024-10-27 02:30", Unclear::Earliest, Some("2024-10-27 00:30")),
            ("2024-10-27 02:30", Unclear::Latest, Some("2024-10-27 01:30")),
            ("2024-10-27 02:30", Unclear::Reject, None),
            ("2024-03-31 02:30", Unclear::Earliest, Some("2024-03-31 01:30")),
            ("2024-03-31 02:30", Unclear::Null, None),
        ] {
            assert_eq!(instant(micros(shown), berlin, unclear), wanted.map(micros), "{shown}");
        }
        assert_eq!(clock(micros("2024-12-01 23:30"), berlin), Some(micros("2024-12-02 00:30")));
        assert_eq!(named("Europe/Berln").unwrap_err().replacement.as_deref(), Some("Europe/Berlin"));
        let apia = named("Pacific/Apia").unwrap();
        assert_eq!(instant(micros("2011-12-30 12:00"), apia, Unclear::Latest), Some(micros("2011-12-30 22:00")));
    }
}
