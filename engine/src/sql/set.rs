//! UNION, INTERSECT and EXCEPT. Columns belong together by their places, and have the names of the first query.

use sqlparser::ast::{SetOperator, SetQuantifier};
use sqlparser::tokenizer::Span;

use super::Translator;
use crate::formula::Expr;
use crate::nodes::{JoinKind, Keep};
use crate::plan::{self, Computed, Op, Over, Pick, Rows, WindowColumn};
use crate::problem::Problem;
use crate::types::Type;

impl Translator<'_, '_> {
    pub(super) fn set(
        &self,
        operator: SetOperator,
        quantifier: SetQuantifier,
        sides: [Rows; 2],
        span: Span,
    ) -> Result<Rows, Problem> {
        let by_name =
            matches!(quantifier, SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName);
        let all = matches!(quantifier, SetQuantifier::All | SetQuantifier::AllByName);
        let sides = if by_name { sides } else { self.alike(sides, span)? };
        let names: Vec<String> = self.schema(sides[0]).names().map(str::to_owned).collect();
        match operator {
            SetOperator::Union => {
                let united = self.add(Op::Union, &sides).map_err(|problem| self.placed(problem, span))?;
                if all { Ok(united) } else { self.different(united) }
            }
            SetOperator::Intersect if !by_name => self.matched(sides, names, JoinKind::Semi, all),
            SetOperator::Except | SetOperator::Minus if !by_name => self.matched(sides, names, JoinKind::Anti, all),
            _ => Err(self.cannot("BY NAME after this", span, "Name the columns in the same order on both sides.")),
        }
    }

    pub(super) fn different(&self, rows: Rows) -> Result<Rows, Problem> {
        let by = self.schema(rows).names().map(str::to_owned).collect();
        self.add(Op::Distinct { by, keep: Keep::First }, &[rows])
    }

    /// Both sides with the names of the first and the types that they have in common.
    fn alike(&self, [left, right]: [Rows; 2], span: Span) -> Result<[Rows; 2], Problem> {
        let (ours, theirs) = (self.schema(left), self.schema(right));
        if ours.0.len() != theirs.0.len() {
            let message = format!("The queries give {} and {} columns.", ours.0.len(), theirs.0.len());
            return Err(self.placed(Problem::new(message), span).try_this("Select as many columns on both sides."));
        }
        let mut casts = [Vec::new(), Vec::new()];
        let mut picks = [Vec::new(), Vec::new()];
        for (one, other) in ours.0.iter().zip(&theirs.0) {
            let Some(kind) = one.kind.common(&other.kind) else {
                let message = format!("{:?} is {} on one side and {} on the other.", one.name, one.kind, other.kind);
                let problem = self.placed(Problem::new(message), span);
                return Err(
                    problem.try_this(format!("Cast one of them, as in {}::text.", crate::formula::quoted(&one.name)))
                );
            };
            for (side, column) in [one, other].into_iter().enumerate() {
                let cast = Expr { kind: column.kind.clone(), ..Expr::column(column) }.cast(kind.clone())?;
                let name = if column.kind == kind && column.storage.is_none() {
                    column.name.clone()
                } else {
                    let name = self.fresh("common");
                    casts[side].push(Computed { name: name.clone(), formula: cast, shown: one.name.clone() });
                    name
                };
                picks[side].push(Pick::renamed(name, &one.name));
            }
        }
        let [left_casts, right_casts] = casts;
        let [left_picks, right_picks] = picks;
        let (left, right) = (self.computed(left, left_casts)?, self.computed(right, right_casts)?);
        Ok([self.pick(left, left_picks)?, self.pick(right, right_picks)?])
    }

    /// Rows of the first side that are on the other one, or are not. With `all`, as often as they are; without, once each.
    pub(super) fn matched(
        &self,
        sides: [Rows; 2],
        names: Vec<String>,
        kind: JoinKind,
        all: bool,
    ) -> Result<Rows, Problem> {
        let picks: Vec<Pick> = names.iter().map(Pick::same).collect();
        let mut keys = names.clone();
        let sides = if all {
            // Each row with its number among those that are equal: as many find a partner as there are.
            let number = self.fresh("number");
            keys.push(number.clone());
            let count = WindowColumn::new(number, Over::Number);
            let numbered = |rows| {
                self.add(Op::Window { by: names.clone(), order: Vec::new(), columns: vec![count.clone()] }, &[rows])
            };
            [numbered(sides[0])?, numbered(sides[1])?]
        } else {
            [self.different(sides[0])?, sides[1]]
        };
        // A column of nothing but nulls is equal everywhere.
        let columns = self.schema(sides[0]);
        keys.retain(|name| columns.column(name).is_some_and(|column| column.kind != Type::Null));
        let join = plan::Join {
            kind,
            on: keys.into_iter().map(|name| (name.clone(), name)).collect(),
            nulls_match: true,
            right: Vec::new(),
            max_rows: None,
            order: plan::JoinOrder::Kept,
        };
        let matched = self.add(Op::Join(join), &sides)?;
        self.pick(matched, picks)
    }
}
