//! What a formula says of no row: computed while it is typed, so that `1 + 10` can fail no more, and a filter on
//! `date '2024-05-01' + interval '30 days'` looks for one day.

use chrono::{Days, Months, NaiveDate};

use super::catalogue::Function;
use super::expr::{Expr, Node};
use super::{FIRST_DAY, LAST_DAY};
use crate::types::Type;
use crate::value::{DAY_MICROS, Value};

impl Expr {
    /// The literal that a call or a cast of literals comes to, if it is one of those that are computed here. What would fail stays as
    /// it is.
    pub(super) fn or_constant(self) -> Self {
        let value = match &self.node {
            Node::Call { function, arguments } => constant(*function, arguments, &self.kind),
            _ => None,
        };
        match value {
            Some(value) => Self { kind: self.kind, node: Node::Literal(value) },
            None => self,
        }
    }
}

fn constant(function: Function, arguments: &[Expr], kind: &Type) -> Option<Value> {
    let [a, b] = arguments else { return None };
    let value = match (function, a.as_literal()?, b.as_literal()?) {
        (Function::Add, Value::Integer(a), Value::Integer(b)) => Value::Integer(a.checked_add(*b)?),
        (Function::Subtract, Value::Integer(a), Value::Integer(b)) => Value::Integer(a.checked_sub(*b)?),
        (Function::Multiply, Value::Integer(a), Value::Integer(b)) => Value::Integer(a.checked_mul(*b)?),
        (Function::Add | Function::Subtract, Value::Decimal(a, s), Value::Decimal(b, t)) => {
            let Type::Decimal(precision, scale) = *kind else { return None };
            let up =
                |digits: i128, from: u8| digits.checked_mul(10i128.checked_pow(u32::from(scale.checked_sub(from)?))?);
            let (a, b) = (up(*a, *s)?, up(*b, *t)?);
            let sum = if function == Function::Add { a.checked_add(b)? } else { a.checked_sub(b)? };
            // A decimal's type has more to it than its value says.
            let fits = sum.unsigned_abs() < 10u128.checked_pow(u32::from(precision))?;
            return fits.then_some(Value::Decimal(sum, scale));
        }
        (Function::Add | Function::Subtract, Value::Date(day), Value::Integer(days)) => {
            let days = if function == Function::Add { *days } else { days.checked_neg()? };
            Value::Date(within(i64::from(*day).checked_add(days)?)?)
        }
        (Function::Add, Value::Timestamp(at), Value::Duration(more))
        | (Function::Add, Value::Duration(more), Value::Timestamp(at)) => later(at.checked_add(*more)?)?,
        (Function::Subtract, Value::Timestamp(at), Value::Duration(less)) => later(at.checked_sub(*less)?)?,
        (Function::AddMonths, Value::Timestamp(at), Value::Integer(months)) => {
            let day = within(at.div_euclid(DAY_MICROS))?;
            later(i64::from(months_later(day, *months)?) * DAY_MICROS + at.rem_euclid(DAY_MICROS))?
        }
        (Function::AddMonths, Value::Date(day), Value::Integer(months)) => Value::Date(months_later(*day, *months)?),
        _ => return None,
    };
    (value.kind() == *kind).then_some(value)
}

/// A day that there is.
fn within(day: i64) -> Option<i32> {
    i32::try_from(day).ok().filter(|day| (FIRST_DAY..=LAST_DAY).contains(day))
}

fn later(micros: i64) -> Option<Value> {
    within(micros.div_euclid(DAY_MICROS)).map(|_| Value::Timestamp(micros))
}

/// The same day of another month, or its last one if it has no such day.
fn months_later(day: i32, months: i64) -> Option<i32> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let days = Days::new(u64::from(day.unsigned_abs()));
    let date = if day < 0 { epoch.checked_sub_days(days)? } else { epoch.checked_add_days(days)? };
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let date = if months < 0 { date.checked_sub_months(count)? } else { date.checked_add_months(count)? };
    within(date.signed_duration_since(epoch).num_days())
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use crate::formula::{Formula, Scope};
    use crate::types::Schema;

    #[test]
    fn what_is_written_out_is_computed_once() {
        let (columns, parameters) = (Schema::default(), IndexMap::new());
        let scope = Scope { columns: &columns, parameters: &parameters, now: 0 };
        let value = |formula: &str| {
            let made = Formula::from(formula).compile(&scope).unwrap();
            made.as_literal().map(ToString::to_string)
        };
        assert_eq!(value("1 + 10 * 2 - 3").as_deref(), Some("18"));
        assert_eq!(value("0.06 - 0.01 + 1.5").as_deref(), Some("1.55"));
        assert_eq!(value("date '2024-01-31' + interval '1 month'").as_deref(), Some("2024-02-29 00:00:00"));
        assert_eq!(value("date '1994-01-01' + interval '1 year'").as_deref(), Some("1995-01-01 00:00:00"));
        assert_eq!(value("date '2000-03-01' - interval '1 day'").as_deref(), Some("2000-02-29 00:00:00"));
        assert_eq!(value("date '2000-03-01' + 30").as_deref(), Some("2000-03-31"));
        // The run says what is wrong with these.
        assert_eq!(value("9223372036854775807 + 1"), None);
        assert_eq!(value("date '9999-12-31' + 1"), None);
    }
}
