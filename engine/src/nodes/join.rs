use super::keys::{self, Keys};
use super::prelude::*;
use crate::formula::Expr;
use crate::plan::{self, Computed, Pick};
use crate::types::{Column, Schema};
use crate::value::Value;

/// Brings together the rows of two inputs that belong to each other.
///
/// Rows belong together where the columns of each line of `on` are equal. `left_only` has the rows of the left side without a match and
/// `right_only` those of the right side, whatever the kind: no row is lost. Rows come in the order of the left side, those of a Right
/// join in the order of the right. A key of the right side that has the name of its partner is left out, since both hold the same.
#[params]
pub struct Join {
    /// Which rows come out.
    pub kind: JoinKind,
    /// The columns that must be equal.
    #[param(when = self.kind != JoinKind::Cross)]
    pub on: Vec<Pair>,
    /// Whether a missing value (null) matches another missing value.
    #[param(when = self.kind != JoinKind::Cross)]
    pub nulls_match: bool,
    /// What happens to a column of the right side whose name the left side has too.
    #[param(when = self.kind.has_right())]
    pub same_names: SameNames,
    /// What is put after such a name.
    #[param(default = "_right".into(), when = self.kind.has_right() && self.same_names == SameNames::Suffix)]
    pub suffix: String,
    /// How often a key may occur. The run fails if it occurs more often.
    #[param(when = self.kind != JoinKind::Cross)]
    pub expect: Expect,
    /// The run fails as soon as more rows than this come out: the guard against keys that match far more often than was meant. Left
    /// open, there is no guard.
    #[param(default = Some(100_000_000), when = self.kind.has_right())]
    pub max_rows: Option<u64>,
    /// Keep rows in order. Without it a big join is up to a fifth faster, and rows come in any order.
    #[param(default = true)]
    pub keep_order: bool,
}

#[params]
pub struct Pair {
    /// A column of the left side.
    pub left: ColumnName,
    /// The column of the right side that must be equal to it.
    #[param(port = 1)]
    pub right: ColumnName,
}

#[params]
pub enum JoinKind {
    /// Rows that match.
    #[default]
    Inner,
    /// Rows that match, and the other rows of the left side, with nulls for the right one.
    Left,
    /// Rows that match, and the other rows of the right side, with nulls for the left one but its keys, which are those of the right.
    Right,
    /// Rows that match, and the other rows of both sides.
    Full,
    /// Rows of the left side that have a match, once each, with their own columns only.
    Semi,
    /// Rows of the left side that have no match, with their own columns only.
    Anti,
    /// Every row of the left side with every row of the right side.
    Cross,
}

#[params]
pub enum SameNames {
    /// It gets another name.
    #[default]
    Suffix,
    /// It is left out.
    DropRight,
    /// It is a problem, to be solved before running.
    Fail,
}

#[params]
pub enum Expect {
    /// As often as it likes.
    #[default]
    Any,
    /// Once on each side.
    OneToOne,
    /// Once on the left, as often as it likes on the right.
    OneToMany,
    /// As often as it likes on the left, once on the right.
    ManyToOne,
}

impl Node for Join {
    const CARD: Card = Card {
        title: "Join",
        group: Group::Combine,
        icon: "join",
        inputs: Inputs::Named(&["left", "right"]),
        outputs: &["", "left_only", "right_only"],
        law: Law::Join,
        words: "merge lookup match inner left right full outer semi anti cross combine joiner tJoin tMap Join Multiple Append Fields Merge queries Join Multiple",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let (left, right) = (inputs[0], inputs[1]);
        let (before, other) = (draft.schema(left).clone(), draft.schema(right).clone());
        let keys = self.keys(&before, &other)?;
        let right_picks = self.right_picks(&before, &other)?;
        self.expect_unique(draft, inputs)?;
        let keyed = [keys::add(draft, left, keys.left)?, keys::add(draft, right, keys.right)?];
        let matched = Op::Join(plan::Join {
            kind: self.kind,
            on: if self.kind == JoinKind::Cross { Vec::new() } else { keys.on.clone() },
            nulls_match: self.nulls_match,
            right: right_picks.clone(),
            max_rows: self.max_rows.filter(|_| self.kind.has_right()),
            order: self.order(),
        });
        let matched = draft.add(matched, &keyed)?;
        let picks = self.left_picks(&before, &keys.on).into_iter();
        let matched = draft.select(matched, picks.chain(right_picks.into_iter().map(|pick| Pick::same(pick.name))).collect())?;
        let left_only = self.only(draft, keyed, keys.on.clone(), &before)?;
        let swapped = keys.on.into_iter().map(|(left, right)| (right, left)).collect();
        let right_only = self.only(draft, [keyed[1], keyed[0]], swapped, &other)?;
        Ok(vec![matched, left_only, right_only])
    }

    fn check(&self) -> Result<(), Problem> {
        match (self.kind, self.on.is_empty()) {
            (JoinKind::Cross, false) => Err(Problem::new("A cross join has no columns that must be equal.")
                .at("on")
                .try_this("Take them out, or choose another kind.")),
            (JoinKind::Cross, true) | (_, false) => Ok(()),
            (_, true) => Err(Problem::new("It is not said which columns must be equal.")
                .at("on")
                .try_this("Add a pair of columns, or choose Cross for every row with every row.")),
        }
    }

    fn sentence(&self) -> String {
        let what = match self.kind {
            JoinKind::Cross => return "Every row of the left side with every row of the right side".to_owned(),
            _ if self.on.is_empty() => return "Choose the columns that must be equal".to_owned(),
            JoinKind::Inner => "Join",
            JoinKind::Left => "Left join",
            JoinKind::Right => "Right join",
            JoinKind::Full => "Full join",
            JoinKind::Semi => "Keep rows with a match",
            JoinKind::Anti => "Keep rows without a match",
        };
        let expect = match self.expect {
            Expect::Any => "",
            Expect::OneToOne => ", one to one",
            Expect::OneToMany => ", one to many",
            Expect::ManyToOne => ", many to one",
        };
        let on: Vec<String> = self.on.iter().map(Pair::words).collect();
        sentence::short(format!("{what} on {}{expect}", sentence::list(&on)))
    }

    fn examples() -> Vec<Example<Self>> {
        let pair = |left: &str, right: &str| vec![Pair { left: left.into(), right: right.into() }];
        let orders = "id: Integer, customer, note\n 1, c1, x\n 2, c2, \n 3, c3, y\n 4, , z";
        let customers = "customer, city, note\n c1, Bonn, a\n c2, Kiel, b\n c4, Ulm, c";
        vec![
            Example::new("Orders and their customers", Self { on: pair("customer", "customer"), ..Self::default() })
                .given(orders)
                .given(customers)
                .gives("id: Integer, customer, note, city, note_right\n 1, c1, x, Bonn, a\n 2, c2, , Kiel, b")
                .gives_at("left_only", "id: Integer, customer, note\n 3, c3, y\n 4, , z")
                .gives_at("right_only", "customer, city, note\n c4, Ulm, c"),
            Example::new("Every row of the left side, whole numbers compared with decimal ones", Self {
                kind: JoinKind::Left,
                on: pair("amount", "value"),
                expect: Expect::ManyToOne,
                ..Self::default()
            })
            .given("id, amount: Integer\n a, 1\n b, 2\n c, ")
            .given("value: Float, name\n 1.0, one\n 2.5, two and a half")
            .gives("id, amount: Integer, value: Float, name\n a, 1, 1.0, one\n b, 2, , \n c, , , ")
            .gives_at("left_only", "id, amount: Integer\n b, 2\n c, ")
            .gives_at("right_only", "value: Float, name\n 2.5, two and a half"),
            Example::new("Everything of both sides, nulls matching each other", Self {
                kind: JoinKind::Full,
                on: pair("k", "k"),
                nulls_match: true,
                ..Self::default()
            })
            .given("k: Integer, a\n 1, x\n , y\n 3, z")
            .given("k: Integer, b\n , q\n 1, p\n 4, r")
            .gives("k: Integer, a, b\n 1, x, p\n , y, q\n 3, z, \n 4, , r")
            .gives_at("left_only", "k: Integer, a\n 3, z")
            .gives_at("right_only", "k: Integer, b\n 4, r"),
            Example::new("Every size in every colour", Self { kind: JoinKind::Cross, ..Self::default() })
                .given("size\n S\n L")
                .given("colour\n red\n blue")
                .gives("size, colour\n S, red\n S, blue\n L, red\n L, blue")
                .gives_at("left_only", "size")
                .gives_at("right_only", "colour"),
        ]
    }
}

impl Join {
    fn keys(&self, left: &Schema, right: &Schema) -> Result<Keys, Problem> {
        if self.kind == JoinKind::Cross {
            // A row without a match is one that faces an empty side: compare something that is always equal.
            let always = || Computed::new(keys::hidden(0), Expr::literal(Value::Boolean(true)));
            let on = vec![(keys::hidden(0), keys::hidden(0))];
            return Ok(Keys { on, left: vec![always()], right: vec![always()] });
        }
        Keys::of(&self.on, left, right)
    }

    /// The columns of the left side. Where unmatched rows of the right side come out, a key that was computed stands for its column,
    /// since only it has the values of both sides.
    fn left_picks(&self, left: &Schema, on: &[(String, String)]) -> Vec<Pick> {
        let has_right_rows = matches!(self.kind, JoinKind::Right | JoinKind::Full);
        let key = |name: &str| {
            let at = self.on.iter().position(|pair| pair.left.0 == name).filter(|_| has_right_rows)?;
            on.get(at).map(|(key, _)| Pick::renamed(key, name))
        };
        left.names().map(|name| key(name).unwrap_or_else(|| Pick::same(name))).collect()
    }

    fn right_picks(&self, left: &Schema, right: &Schema) -> Result<Vec<Pick>, Problem> {
        if !self.kind.has_right() {
            return Ok(Vec::new());
        }
        let is_twin = |name: &str| self.on.iter().any(|pair| pair.left.0 == name && pair.right.0 == name);
        let others: Vec<&Column> = right.0.iter().filter(|column| !is_twin(&column.name)).collect();
        keys::right_picks(left, &others, self.same_names, &self.suffix)
    }

    /// Rows of the first side that have no match on the second.
    fn only(
        &self,
        draft: &mut Draft,
        sides: [Rows; 2],
        on: Vec<(String, String)>,
        columns: &Schema,
    ) -> Result<Rows, Problem> {
        let anti = plan::Join {
            kind: JoinKind::Anti,
            on,
            nulls_match: self.nulls_match,
            right: Vec::new(),
            max_rows: None,
            order: self.order(),
        };
        let only = draft.add(Op::Join(anti), &sides)?;
        draft.select(only, columns.names().map(Pick::same).collect())
    }

    fn order(&self) -> plan::JoinOrder {
        if self.keep_order { plan::JoinOrder::Kept } else { plan::JoinOrder::Any }
    }

    fn expect_unique(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<(), Problem> {
        if self.kind == JoinKind::Cross {
            return Ok(());
        }
        if matches!(self.expect, Expect::OneToOne | Expect::OneToMany) {
            let keys = self.on.iter().map(|pair| pair.left.0.clone()).collect();
            self.expect_unique_side(draft, inputs[0], keys, "left")?;
        }
        if matches!(self.expect, Expect::OneToOne | Expect::ManyToOne) {
            let keys = self.on.iter().map(|pair| pair.right.0.clone()).collect();
            self.expect_unique_side(draft, inputs[1], keys, "right")?;
        }
        Ok(())
    }

    fn expect_unique_side(&self, draft: &mut Draft, rows: Rows, by: Vec<String>, side: &str) -> Result<(), Problem> {
        let shown = by.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let message = format!("The keys are not unique on the {side}: several rows have the same {shown}.");
        keys::expect_unique(draft, rows, by, self.nulls_match, message)
    }
}

impl Pair {
    /// `id`, or `customer = id` where the names differ.
    pub(super) fn words(&self) -> String {
        let (left, right) = (&self.left.0, &self.right.0);
        if left == right { left.clone() } else { format!("{left} = {right}") }
    }
}

impl JoinKind {
    /// Whether columns of the right side come out.
    pub fn has_right(self) -> bool {
        !matches!(self, Self::Semi | Self::Anti)
    }
}
