use super::prelude::*;
use crate::formula::Expr;
use crate::plan::{Computed, Pick};
use crate::problem::Cause;
use crate::types::Schema;
use crate::value::Value;

/// Puts the rows of several inputs under each other.
///
/// All rows of the first input come first, then those of the second, and so on. A column that is Integer in one input and Float in
/// another becomes Float; text and numbers don't mix by themselves.
#[params]
pub struct Union {
    /// What makes columns of different inputs the same.
    pub by: Match,
    /// What happens where an input does not have a column that another has.
    #[param(when = self.by == Match::Name)]
    pub missing: Missing,
    /// A column that tells which node a row comes from.
    pub source_column: Option<NewColumn>,
}

#[params]
pub enum Match {
    /// The same name.
    #[default]
    Name,
    /// The same place. Names are those of the first input.
    Position,
}

#[params]
pub enum Missing {
    /// Its rows have null there.
    #[default]
    Null,
    /// It is a problem, to be solved before running.
    Fail,
}

impl Node for Union {
    const CARD: Card = Card {
        title: "Union",
        group: Group::Combine,
        icon: "union",
        inputs: Inputs::Many,
        outputs: &[""],
        law: Law::Sum,
        words: "append concatenate concat stack rows under each other merge files bind_rows funnel tUnite Append queries Concatenate Append Queries",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let mut tables = inputs.to_vec();
        match self.by {
            Match::Name => self.check_names(draft, &tables)?,
            Match::Position => rename_by_position(draft, &mut tables)?,
        }
        check_types(draft, &tables)?;
        let Some(NewColumn(source)) = &self.source_column else { return Ok(vec![draft.add(Op::Union, &tables)?]) };
        for (port, rows) in tables.iter_mut().enumerate() {
            if draft.schema(*rows).contains(source) {
                let problem = Problem::new(format!("There is a column {source:?} already."));
                return Err(problem.at("source_column").try_this("Give it another name.").into());
            }
            let name = Computed::new(source, Expr::literal(Value::Text(draft.input_name(port))));
            *rows = draft.add(Op::Derive { columns: vec![name], failures: false }, &[*rows])?;
        }
        let all = draft.add(Op::Union, &tables)?;
        // Columns that only later inputs have would come after it.
        let others = draft.schema(all).names().filter(|name| *name != source).map(Pick::same);
        let picks = others.chain([Pick::same(source)]).collect();
        Ok(vec![draft.select(all, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        match &self.source_column {
            Some(name) if name.0.is_empty() => Err(Problem::new("The column has no name.").at("source_column")),
            _ => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        match self.by {
            Match::Name => "Put rows under each other, columns by name".to_owned(),
            Match::Position => "Put rows under each other, columns by place".to_owned(),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Columns by name, in any order", Self::default())
                .given("id: Integer, paid: Integer\n 1, 10")
                .given("paid: Float, id: Integer, note\n 2.5, 2, late")
                .gives("id: Integer, paid: Float, note\n 1, 10.0, \n 2, 2.5, late"),
            Example::new("Columns by their place", Self { by: Match::Position, ..Self::default() })
                .given("id: Integer, name\n 1, c1")
                .given("number: Integer, who\n 2, c2")
                .gives("id: Integer, name\n 1, c1\n 2, c2"),
        ]
    }
}

impl Union {
    fn check_names(&self, draft: &Draft, tables: &[Rows]) -> Result<(), Problem> {
        if self.missing == Missing::Null {
            return Ok(());
        }
        let schemas: Vec<&Schema> = tables.iter().map(|rows| draft.schema(*rows)).collect();
        for (port, schema) in schemas.iter().enumerate() {
            if let Some(name) = schemas.iter().flat_map(|other| other.names()).find(|name| !schema.contains(name)) {
                let message = format!("The input {:?} has no column {name:?}.", draft.input_name(port));
                return Err(Problem::new(message)
                    .at(format!("from[{port}]"))
                    .try_this("Add it there, or choose Null for missing columns."));
            }
        }
        Ok(())
    }
}

fn rename_by_position(draft: &mut Draft, tables: &mut [Rows]) -> Result<(), Problem> {
    let first = draft.schema(tables[0]).clone();
    for (port, rows) in tables.iter_mut().enumerate().skip(1) {
        let names = draft.schema(*rows);
        let (count, wanted) = (names.0.len(), first.0.len());
        if count != wanted {
            let message = format!(
                "The input {:?} has {count} columns, and {:?} has {wanted}.",
                draft.input_name(port),
                draft.input_name(0)
            );
            return Err(Problem::new(message)
                .at(format!("from[{port}]"))
                .try_this("Leave columns out with Select, or choose Name to match columns by name."));
        }
        let picks = names.names().zip(first.names()).map(|(from, to)| Pick::renamed(from, to)).collect();
        *rows = draft.select(*rows, picks)?;
    }
    Ok(())
}

/// Says which two inputs don't go together, and where.
fn check_types(draft: &Draft, tables: &[Rows]) -> Result<(), Problem> {
    let mut met = Schema::default();
    let mut owners: Vec<usize> = Vec::new();
    for (port, rows) in tables.iter().enumerate() {
        for column in &draft.schema(*rows).0 {
            let Some(at) = met.position(&column.name) else {
                met.0.push(column.clone());
                owners.push(port);
                continue;
            };
            let Some(kind) = met.0[at].kind.common(&column.kind) else {
                let message = format!(
                    "{:?} is {} in {:?} and {} in {:?}.",
                    column.name,
                    met.0[at].kind,
                    draft.input_name(owners[at]),
                    column.kind,
                    draft.input_name(port)
                );
                return Err(Problem::new(message)
                    .at(format!("from[{port}]"))
                    .try_this("Convert one of them first, with the node Convert.")
                    .because(Cause::WrongType {
                        port,
                        column: column.name.clone(),
                        to: Some(met.0[at].kind.clone()),
                    }));
            };
            met.0[at].kind = kind;
        }
    }
    Ok(())
}
