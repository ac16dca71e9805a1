use super::join::{Pair, SameNames};
use super::keys::Keys;
use super::matching::Matching;
use super::prelude::*;
use crate::plan::{self, Rule};
use crate::types::{Schema, Type};

/// Joins rows by which value is larger: a value that lies between two others, intervals that overlap.
///
/// All conditions must hold. For intervals that overlap, each must begin before the other ends. Rows come in the order of the left side.
/// `left_only` and `right_only` have the rows without a match. The values that are compared are held in memory.
#[params]
pub struct RangeJoin {
    /// What must hold for a row of the left side and one of the right side.
    pub conditions: Vec<Condition>,
    /// Columns that must be equal besides.
    pub by: Vec<Pair>,
    /// Whether a condition holds where a value is missing (null), as in an interval without an end.
    pub open: bool,
    /// Which rows of the right side count where several fit.
    pub which: Which,
    /// Whether rows of the left side without a match come out, too, with nulls for the right one.
    pub keep_unmatched: bool,
    /// What happens to a column of the right side whose name the left side has too.
    pub same_names: SameNames,
    /// What is put after such a name.
    #[param(default = "_right".into(), when = self.same_names == SameNames::Suffix)]
    pub suffix: String,
    /// The run fails if more rows match than this. Left open, there is no guard.
    #[param(default = Some(100_000_000))]
    pub max_rows: Option<u64>,
}

#[params]
pub struct Condition {
    /// A column of the left side.
    pub left: ColumnName,
    /// How it compares.
    #[param(always)]
    pub compare: Compare,
    /// The column of the right side that it is compared with.
    #[param(port = 1)]
    pub right: ColumnName,
}

#[params]
pub enum Compare {
    /// The left value is larger or equal (>=).
    #[default]
    AtLeast,
    /// The left value is larger (>).
    MoreThan,
    /// The left value is smaller or equal (<=).
    AtMost,
    /// The left value is smaller (<).
    LessThan,
}

#[params]
pub enum Which {
    /// All of them.
    #[default]
    All,
    /// The first one.
    First,
    /// The last one.
    Last,
}

impl Node for RangeJoin {
    const CARD: Card = Card {
        title: "Range join",
        group: Group::Combine,
        icon: "range_join",
        inputs: Inputs::Named(&["left", "right"]),
        outputs: &["", "left_only", "right_only"],
        law: Law::Join,
        words: "interval match between inequality non-equi join overlap range lookup bins brackets tIntervalMatch join_where iejoin valid from to",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let (left, right) = (draft.schema(inputs[0]).clone(), draft.schema(inputs[1]).clone());
        self.check_order(&left)?;
        let pair = |line: &Condition| Pair { left: line.left.clone(), right: line.right.clone() };
        let on: Vec<Pair> = self.conditions.iter().map(pair).collect();
        let keys = Keys::with(&self.by, &on, &left, &right, &|at| format!("conditions[{at}].right"))?;
        let matching = Matching {
            by: &self.by,
            keep_unmatched: self.keep_unmatched,
            same_names: self.same_names,
            suffix: &self.suffix,
            score: None,
            most: self.max_rows,
        };
        let compare = self.conditions.iter().map(|line| line.compare).collect();
        let rule = Rule::Range(plan::Range { compare, open: self.open, which: self.which });
        Ok(matching.plan(draft, inputs, keys, rule)?)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.conditions.is_empty() {
            let problem = Problem::new("There is no condition.").at("conditions");
            return Err(problem.try_this("Add one; a value between two others takes two."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let words = |line: &Condition| {
            let sign = match line.compare {
                Compare::AtLeast => ">=",
                Compare::MoreThan => ">",
                Compare::AtMost => "<=",
                Compare::LessThan => "<",
            };
            format!("{} {sign} {}", line.left.0, line.right.0)
        };
        let conditions: Vec<String> = self.conditions.iter().map(words).collect();
        let by: Vec<String> = self.by.iter().map(Pair::words).collect();
        let by = if by.is_empty() { String::new() } else { format!(", by {}", sentence::list(&by)) };
        match conditions.as_slice() {
            [] => "Say which values must be larger or smaller for rows to be joined".to_owned(),
            conditions => sentence::short(format!("Join where {}{by}", sentence::list(conditions))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |left: &str, compare, right: &str| Condition { left: left.into(), compare, right: right.into() };
        vec![
            Example::new("The rate for each amount, the last bracket without an end", Self {
                conditions: vec![line("amount", Compare::AtLeast, "from"), line("amount", Compare::LessThan, "to")],
                open: true,
                keep_unmatched: true,
                ..Self::default()
            })
            .given("amount: Integer\n 250\n 99\n 100\n -1")
            .given("from: Integer, to: Float, rate\n 0, 100.0, low\n 100, 200.0, middle\n 200, , high\n 50, 60.0, never")
            .gives(
                "amount: Integer, from: Integer, to: Float, rate\n
                 250, 200, , high\n 99, 0, 100.0, low\n 100, 100, 200.0, middle\n -1, , , ",
            )
            .gives_at("left_only", "amount: Integer\n -1")
            .gives_at("right_only", "from: Integer, to: Float, rate\n 50, 60.0, never"),
            Example::new("Bookings of the same room that overlap a closed time", Self {
                conditions: vec![line("from", Compare::LessThan, "end"), line("to", Compare::MoreThan, "start")],
                by: vec![Pair { left: "room".into(), right: "room".into() }],
                ..Self::default()
            })
            .given("room, from: Date, to: Date\n a, 2024-05-01, 2024-05-04\n b, 2024-05-01, 2024-05-04\n a, 2024-05-06, 2024-05-09")
            .given("start: Date, end: Date, room, why\n 2024-05-04, 2024-05-05, a, paint\n 2024-05-03, 2024-05-07, a, floor\n 2024-05-02, 2024-05-03, b, ")
            .gives(
                "room, from: Date, to: Date, start: Date, end: Date, why\n
                 a, 2024-05-01, 2024-05-04, 2024-05-03, 2024-05-07, floor\n
                 b, 2024-05-01, 2024-05-04, 2024-05-02, 2024-05-03, \n
                 a, 2024-05-06, 2024-05-09, 2024-05-03, 2024-05-07, floor",
            )
            .gives_at("left_only", "room, from: Date, to: Date")
            .gives_at("right_only", "start: Date, end: Date, room, why\n 2024-05-04, 2024-05-05, a, paint"),
        ]
    }
}

impl RangeJoin {
    fn check_order(&self, left: &Schema) -> Result<(), Problem> {
        for (at, line) in self.conditions.iter().enumerate() {
            let Some(column) = left.column(&line.left.0) else { continue };
            if !column.kind.is_ordered() || column.kind == Type::Binary {
                let message = format!("{:?} is {}, which has no order.", column.name, column.kind);
                let problem = Problem::new(message).at(format!("conditions[{at}].left"));
                return Err(problem.try_this("Choose another column."));
            }
        }
        Ok(())
    }
}
