//! What rows are grouped by: GROUP BY with ROLLUP, CUBE and GROUPING SETS.

use sqlparser::ast::{self, Expr, Spanned};

use super::Translator;
use super::scope::{Expressions, Relation};
use super::tree::{arguments, holds, is_aggregate, name_of};
use super::{Tables, tree};
use crate::problem::Problem;

/// A query is no longer planned in a moment where its rows are grouped in more ways.
const MOST_SETS: usize = 256;

/// The keys of a query, and the sets of them by which rows are grouped one after the other.
pub(super) struct Keys<'q> {
    pub(super) trees: Vec<&'q Expr>,
    pub(super) sets: Vec<Vec<&'q Expr>>,
}

/// Where names and places of GROUP BY are looked up.
struct Outputs<'t, 'q, 's, 'd, 'a> {
    translator: &'t Translator<'d, 'a>,
    select: &'q ast::Select,
    /// Over the rows before they are grouped.
    inner: Expressions<'s, 'd, 'a>,
}

impl<'d, 'a> Translator<'d, 'a> {
    /// What stands in GROUP BY: expressions, places in the list of columns, names given there, and what makes several sets of these.
    pub(super) fn keys<'q>(
        &self,
        select: &'q ast::Select,
        relation: &Relation,
        tables: &Tables,
    ) -> Result<Keys<'q>, Problem> {
        let (written, modifiers) = match &select.group_by {
            ast::GroupByExpr::Expressions(written, modifiers) => (written, modifiers),
            ast::GroupByExpr::All(modifiers) => {
                no_modifiers(modifiers)?;
                let is_plain = |tree: &&Expr| !holds(tree, &is_aggregate);
                let trees: Vec<&Expr> = select.projection.iter().filter_map(output).filter(is_plain).collect();
                return Ok(Keys { sets: vec![trees.clone()], trees });
            }
        };
        no_modifiers(modifiers)?;
        let outputs = Outputs { translator: self, select, inner: Expressions::new(self, relation, tables) };
        let mut sets: Vec<Vec<&Expr>> = vec![Vec::new()];
        for item in written {
            let more = outputs.sets(item)?;
            if sets.len() * more.len() > MOST_SETS {
                return Err(self
                    .placed(Problem::new(format!("Rows are grouped in more than {MOST_SETS} ways.")), item.span())
                    .try_this("Write the sets that are needed: GROUPING SETS ((a, b), (a), ())."));
            }
            let with_more =
                |set: &Vec<&'q Expr>| more.iter().map(|one| [set.as_slice(), one].concat()).collect::<Vec<_>>();
            sets = sets.iter().flat_map(with_more).collect();
        }
        let mut trees: Vec<&Expr> = Vec::new();
        for tree in sets.iter().flatten() {
            if !trees.contains(tree) {
                trees.push(tree);
            }
        }
        Ok(Keys { trees, sets })
    }
}

impl<'q> Outputs<'_, 'q, '_, '_, '_> {
    /// The sets of keys that a part of GROUP BY stands for.
    fn sets(&self, tree: &'q Expr) -> Result<Vec<Vec<&'q Expr>>, Problem> {
        match tree {
            Expr::Nested(inner) => self.sets(inner),
            Expr::Tuple(_) => Ok(vec![self.unit(tree)?]),
            Expr::GroupingSets(sets) => {
                let all = sets.iter().flatten().map(|set| self.sets(set)).collect::<Result<Vec<_>, _>>()?;
                Ok(all.concat())
            }
            Expr::Function(call) if is_sets(call) => {
                let units = arguments(call).into_iter().map(|unit| self.unit(unit)).collect::<Result<Vec<_>, _>>()?;
                if name_of(call) == "rollup" {
                    return Ok((0..=units.len()).rev().map(|length| units[..length].concat()).collect());
                }
                if units.len() > MOST_SETS.ilog2() as usize {
                    let problem = Problem::new(format!("CUBE of {} keys groups in too many ways.", units.len()));
                    return Err(self
                        .translator
                        .placed(problem, tree.span())
                        .try_this("Write the sets that are needed: GROUPING SETS ((a, b), (a), ())."));
                }
                // Every choice of them: the bits of a number say which, the first one highest.
                let set = |number: usize| {
                    let chosen = units.iter().rev().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
                    let units: Vec<&Vec<&Expr>> = chosen.map(|(_, unit)| unit).collect();
                    units.into_iter().rev().flatten().copied().collect()
                };
                Ok((0..1 << units.len()).rev().map(set).collect())
            }
            key => Ok(vec![vec![self.key(key)?]]),
        }
    }

    /// Keys that come and go together: one, or several in brackets.
    fn unit(&self, tree: &'q Expr) -> Result<Vec<&'q Expr>, Problem> {
        match tree {
            Expr::Tuple(keys) => keys.iter().map(|key| self.key(key)).collect(),
            Expr::Nested(inner) => self.unit(inner),
            key => Ok(vec![self.key(key)?]),
        }
    }

    fn key(&self, tree: &'q Expr) -> Result<&'q Expr, Problem> {
        let Self { translator, select, inner } = self;
        if let Some(at) = translator.position(tree, select.projection.len())? {
            let named = select.projection.get(at).and_then(output);
            return named.ok_or_else(|| translator.placed(Problem::new("This is no single column."), tree.span()));
        }
        let alias = |one: &'q ast::SelectItem| match (one, tree) {
            (ast::SelectItem::ExprWithAlias { expr, alias }, Expr::Identifier(name))
                if alias.value.eq_ignore_ascii_case(&name.value) =>
            {
                Some(expr)
            }
            _ => None,
        };
        // A column goes before a name given in SELECT.
        let named = select.projection.iter().find_map(alias);
        Ok(named.filter(|_| inner.compile(tree).is_err()).unwrap_or(tree))
    }
}

fn output(item: &ast::SelectItem) -> Option<&Expr> {
    match item {
        ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

/// Whether it is ROLLUP or CUBE.
fn is_sets(call: &ast::Function) -> bool {
    matches!(tree::name_of(call).as_str(), "rollup" | "cube")
}

fn no_modifiers(modifiers: &[ast::GroupByWithModifier]) -> Result<(), Problem> {
    if modifiers.is_empty() {
        return Ok(());
    }
    Err(Problem::new("Nothing can follow the keys of GROUP BY here.").try_this("Write GROUP BY ROLLUP(a, b)."))
}
