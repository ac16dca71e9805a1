//! Nodes that join rows by a rule of their own: the rule gives pairs of rows, and the rest is the same for all of them.

use super::join::{Pair, SameNames};
use super::keys::{self, Keys};
use super::prelude::*;
use crate::nodes::JoinKind;
use crate::plan::{self, LEFT_ROW, Pick, RIGHT_ROW, Rule, SCORE};
use crate::types::{Column, Schema};

const ROW: &str = "\u{1}numbered";

/// What such a node says besides its rule.
pub(super) struct Matching<'a> {
    pub(super) by: &'a [Pair],
    pub(super) keep_unmatched: bool,
    pub(super) same_names: SameNames,
    pub(super) suffix: &'a str,
    /// The name of the column for the score.
    pub(super) score: Option<&'a str>,
    pub(super) most: Option<u64>,
}

impl Matching<'_> {
    /// Matched rows, those of the left side alone and those of the right side alone.
    pub(super) fn plan(
        &self,
        draft: &mut Draft,
        inputs: &[Rows],
        keys: Keys,
        rule: Rule,
    ) -> Result<Vec<Rows>, Problem> {
        let (left, right) = (draft.schema(inputs[0]).clone(), draft.schema(inputs[1]).clone());
        let brought = self.brought(&left, &right)?;
        let mut sides = [keys::add(draft, inputs[0], keys.left)?, keys::add(draft, inputs[1], keys.right)?];
        for rows in &mut sides {
            *rows = draft.add(Op::Number { column: ROW.into(), start: 0 }, &[*rows])?;
        }
        let (by, on) = keys.on.split_at(self.by.len());
        let pairs = plan::Pairs { by: by.to_vec(), on: on.to_vec(), rule, most: self.most };
        let pairs = draft.add(Op::Pairs(pairs), &sides)?;
        let kind = if self.keep_unmatched { JoinKind::Left } else { JoinKind::Inner };
        let found: Vec<Pick> = draft.schema(pairs).names().filter(|name| *name != LEFT_ROW).map(Pick::same).collect();
        let matched = join(draft, kind, [sides[0], pairs], (ROW, LEFT_ROW), found)?;
        let matched = join(draft, JoinKind::Left, [matched, sides[1]], (RIGHT_ROW, ROW), brought.clone())?;
        let mut picks: Vec<Pick> = left.names().map(Pick::same).collect();
        picks.extend(brought.into_iter().map(|pick| Pick::same(pick.name)));
        picks.extend(self.score.map(|name| Pick::renamed(SCORE, name)));
        let matched = draft.select(matched, picks)?;
        let mut outputs = vec![matched];
        for (side, row, columns) in [(sides[0], LEFT_ROW, left), (sides[1], RIGHT_ROW, right)] {
            let only = join(draft, JoinKind::Anti, [side, pairs], (ROW, row), Vec::new())?;
            outputs.push(draft.select(only, columns.names().map(Pick::same).collect())?);
        }
        Ok(outputs)
    }

    /// The columns of the right side, but those that are equal to one of the left side with the same name.
    fn brought(&self, left: &Schema, right: &Schema) -> Result<Vec<Pick>, Problem> {
        let is_twin = |name: &str| self.by.iter().any(|pair| pair.left.0 == name && pair.right.0 == name);
        let others: Vec<&Column> = right.0.iter().filter(|column| !is_twin(&column.name)).collect();
        let picks = keys::right_picks(left, &others, self.same_names, self.suffix)?;
        let is_taken = |name: &str| left.contains(name) || picks.iter().any(|pick| pick.name == name);
        match self.score {
            Some(score) if is_taken(score) => {
                let problem = Problem::new(format!("There is a column {score:?} already.")).at("score");
                Err(problem.try_this("Give it another name."))
            }
            _ => Ok(picks),
        }
    }
}

fn join(
    draft: &mut Draft,
    kind: JoinKind,
    sides: [Rows; 2],
    (left, right): (&str, &str),
    brought: Vec<Pick>,
) -> Result<Rows, Problem> {
    let on = vec![(left.to_owned(), right.to_owned())];
    let join =
        plan::Join { kind, on, nulls_match: false, right: brought, max_rows: None, order: plan::JoinOrder::Kept };
    draft.add(Op::Join(join), &sides)
}
