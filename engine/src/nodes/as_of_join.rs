use super::join::{Pair, SameNames};
use super::keys::Keys;
use super::matching::Matching;
use super::prelude::*;
use crate::plan::{Nearest, Rule};
use crate::types::Type;
use crate::value::{DAY_MICROS, Value};

/// Joins each row to the nearest one of another table by a time or a number: the last price before a trade.
///
/// Rows are in any order, and come out in the order of the left side. Of several rows of the right side with the same value the last one
/// counts, or the first one for values after it. A missing value (null, or NaN) is near nothing. `left_only` and `right_only` have the
/// rows without a match. The values of both sides are held in memory.
#[params]
pub struct AsOfJoin {
    /// The time or number of the left side.
    pub left: ColumnName,
    /// The time or number of the right side.
    #[param(port = 1)]
    pub right: ColumnName,
    /// Which row of the right side is taken.
    pub direction: Direction,
    /// Whether an equal value counts.
    #[param(default = true)]
    pub equal: bool,
    /// How far away it may be: a number, or a time such as `2 days` or `00:05:00`. Left open, as far as it likes.
    pub tolerance: Option<String>,
    /// Columns that must be equal besides.
    pub by: Vec<Pair>,
    /// Whether rows of the left side without a match come out, too, with nulls for the right one.
    #[param(default = true)]
    pub keep_unmatched: bool,
    /// What happens to a column of the right side whose name the left side has too.
    pub same_names: SameNames,
    /// What is put after such a name.
    #[param(default = "_right".into(), when = self.same_names == SameNames::Suffix)]
    pub suffix: String,
}

#[params]
pub enum Direction {
    /// The last one before.
    #[default]
    Before,
    /// The first one after.
    After,
    /// The one that is nearest, before or after; of two that are as near, the one before.
    Nearest,
}

impl Node for AsOfJoin {
    const CARD: Card = Card {
        title: "As-of join",
        group: Group::Combine,
        icon: "as_of_join",
        inputs: Inputs::Named(&["left", "right"]),
        outputs: &["", "left_only", "right_only"],
        law: Law::Join,
        words: "asof merge_asof join_asof nearest latest before time series price lookup closest rolling join point in time ASOF JOIN",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let (left, right) = (draft.schema(inputs[0]).clone(), draft.schema(inputs[1]).clone());
        let on = Pair { left: self.left.clone(), right: self.right.clone() };
        let keys = Keys::with(&self.by, &[on], &left, &right, &|_| "right".into())?;
        let matching = Matching {
            by: &self.by,
            keep_unmatched: self.keep_unmatched,
            same_names: self.same_names,
            suffix: &self.suffix,
            score: None,
            most: None,
        };
        let column = draft.column(inputs[0], &self.left, "left")?;
        let kind = right.column(&self.right.0).and_then(|other| column.kind.common(&other.kind)).unwrap_or_default();
        if !(kind.is_number() || kind.is_temporal() || kind == Type::Null) {
            let problem = Problem::new(format!("{:?} is {kind}, which has no distances.", column.name)).at("left");
            return Err(problem.try_this("Choose a number, a date or a time.").into());
        }
        let tolerance = self.tolerance.as_deref().map(|text| tolerance(text, &kind)).transpose()?;
        let rule = Rule::Nearest(Nearest { direction: self.direction, exact: self.equal, tolerance });
        Ok(matching.plan(draft, inputs, keys, rule)?)
    }

    fn sentence(&self) -> String {
        if self.left.0.is_empty() || self.right.0.is_empty() {
            return "Choose the time or number of both sides that must be near".to_owned();
        }
        let which = match self.direction {
            Direction::Before => "last row before",
            Direction::After => "first row after",
            Direction::Nearest => "row nearest to",
        };
        let by: Vec<String> = self.by.iter().map(Pair::words).collect();
        let by = if by.is_empty() { String::new() } else { format!(", by {}", sentence::list(&by)) };
        sentence::short(format!("Join the {which} {}{by}", self.left.0))
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("The last price before each trade, at most two minutes old", Self {
                left: "at".into(),
                right: "at".into(),
                by: vec![Pair { left: "share".into(), right: "share".into() }],
                tolerance: Some("00:02:00".into()),
                ..Self::default()
            })
            .given("at: Timestamp, share\n 2024-05-01 10:05, a\n 2024-05-01 10:00, a\n 2024-05-01 10:00, b\n 2024-05-01 10:07:00.5, a\n , a")
            .given("at: Timestamp, share, price: Float\n 2024-05-01 10:05, a, 2.0\n 2024-05-01 09:59, a, 1.0\n 2024-05-01 09:57, b, 9.0")
            .gives(
                "at: Timestamp, share, at_right: Timestamp, price: Float\n
                 2024-05-01 10:05, a, 2024-05-01 10:05, 2.0\n 2024-05-01 10:00, a, 2024-05-01 09:59, 1.0\n
                 2024-05-01 10:00, b, , \n 2024-05-01 10:07:00.5, a, , \n , a, , ",
            )
            .gives_at("left_only", "at: Timestamp, share\n 2024-05-01 10:00, b\n 2024-05-01 10:07:00.5, a\n , a")
            .gives_at("right_only", "at: Timestamp, share, price: Float\n 2024-05-01 09:57, b, 9.0"),
            Example::new("The nearest size there is, other than the same", Self {
                left: "wanted".into(),
                right: "size".into(),
                direction: Direction::Nearest,
                equal: false,
                keep_unmatched: false,
                ..Self::default()
            })
            .given("wanted: Integer\n 4\n 10\n 7")
            .given("size: Float, name\n 6.5, m\n 4.0, s\n 1.5, xs\n 10.0, l")
            .gives("wanted: Integer, size: Float, name\n 4, 1.5, xs\n 10, 6.5, m\n 7, 6.5, m")
            .gives_at("left_only", "wanted: Integer")
            .gives_at("right_only", "size: Float, name\n 4.0, s\n 10.0, l"),
            Example::new("The next holiday, within ten days", Self {
                left: "on".into(),
                right: "day".into(),
                direction: Direction::After,
                tolerance: Some("10 days".into()),
                ..Self::default()
            })
            .given("on: Date\n 2024-04-25\n 2024-05-01\n 2024-05-02")
            .given("day: Date, holiday\n 2024-05-01, May Day\n 2024-12-25, Christmas")
            .gives("on: Date, day: Date, holiday\n 2024-04-25, 2024-05-01, May Day\n 2024-05-01, 2024-05-01, May Day\n 2024-05-02, , "),
        ]
    }
}

/// A distance of values of a type.
fn tolerance(text: &str, kind: &Type) -> Result<Value, Problem> {
    let text = text.trim();
    let value = match kind {
        Type::Date => days(text),
        Type::Decimal(_, scale) => Value::parse(text, &Type::Decimal(38, *scale)),
        kind if kind.is_temporal() => Value::parse(text, &Type::Duration),
        kind => Value::parse(text, kind),
    };
    let is_distance = |value: &Value| match value {
        Value::Duration(micros) => *micros >= 0,
        value => value.number().is_some_and(|number| number >= 0.0),
    };
    value.filter(is_distance).ok_or_else(|| {
        let like = if kind.is_temporal() { "2 days" } else { "0.5" };
        Problem::new(format!("{text:?} is no distance between values of {kind}."))
            .at("tolerance")
            .try_this(format!("Write it like `{like}`."))
    })
}

/// A number of days, or a time of whole days.
fn days(text: &str) -> Option<Value> {
    let number = Value::parse(text, &Type::Integer);
    let time = || match Value::parse(text, &Type::Duration)? {
        Value::Duration(micros) => (micros % DAY_MICROS == 0).then_some(Value::Integer(micros / DAY_MICROS)),
        _ => None,
    };
    number.or_else(time)
}
