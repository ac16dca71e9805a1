use super::prelude::*;
use crate::formula::Expr;
use crate::plan::{Computed, Pick, reject_schema};
use crate::types::{Column, Schema, Type};

/// Chooses columns: their order, names and types, and which are left out.
///
/// Only the columns listed come out, unless `others` says that the rest comes too. With none listed, all come out but those in
/// `drop`. A value that can't become the new type makes its row rejected.
#[params]
pub struct Select {
    /// Columns in the order in which they come out, each with a new name or type if wanted.
    pub columns: Vec<Choice>,
    /// What happens with columns that are not listed.
    pub others: Others,
    /// Columns to leave out.
    #[param(when = self.columns.is_empty() || self.others != Others::Drop)]
    pub drop: Vec<ColumnName>,
    /// What to do with a row in which a value can't become the new type.
    #[param(when = self.columns.iter().any(|line| line.kind.is_some()))]
    pub on_error: OnError,
}

#[params]
pub struct Choice {
    /// The column as it comes in.
    pub column: ColumnName,
    /// Its new name. Left empty, it keeps the one it has.
    pub r#as: NewColumn,
    /// Its new type. Left open, it keeps the one it has.
    pub kind: Option<Type>,
}

#[params]
pub enum Others {
    /// They are left out.
    #[default]
    Drop,
    /// They come after those listed, in the order they have.
    AtEnd,
    /// Every column stays where it is, also those listed.
    InPlace,
}

impl Node for Select {
    const CARD: Card = Card {
        title: "Select",
        group: Group::Columns,
        icon: "select",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "choose keep drop remove rename reorder retype columns fields cast select values filter columns column renamer tFilterColumns Column Resorter Dynamic Rename Dynamic Select",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let picks = self.picks(&columns)?;
        let casts = self.casts(&columns)?;
        if casts.is_empty() {
            let rejected = draft.nothing(reject_schema(&columns));
            return Ok(vec![draft.select(inputs[0], picks)?, rejected]);
        }
        let (retyped, rejected) = draft.derive(inputs[0], casts, self.on_error)?;
        Ok(vec![draft.select(retyped, picks)?, rejected])
    }

    fn check(&self) -> Result<(), Problem> {
        for (at, line) in self.columns.iter().enumerate() {
            let wrong = |message: String| Err(Problem::new(message).at(format!("columns[{at}].column")));
            if self.columns[..at].iter().any(|earlier| earlier.column == line.column) {
                return wrong(format!("The column {:?} is listed twice.", line.column.0));
            }
            if self.drop.contains(&line.column) {
                return wrong(format!("The column {:?} is listed, and also to be left out.", line.column.0));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let kept: Vec<&str> = self.columns.iter().map(|line| line.column.0.as_str()).collect();
        let renamed = self.columns.iter().find(|line| !line.r#as.0.is_empty());
        sentence::short(match (kept.as_slice(), renamed, self.others) {
            ([], ..) if self.drop.is_empty() => "Choose, rename and reorder columns".to_owned(),
            ([], ..) => format!("Leave out {}", sentence::list(&self.drop)),
            ([_], Some(line), _) => format!("Rename {} to {}", line.column.0, line.r#as.0),
            (_, Some(line), Others::AtEnd | Others::InPlace) => {
                format!("Rename {} to {} and change {} more", line.column.0, line.r#as.0, kept.len() - 1)
            }
            (_, _, Others::Drop) => format!("Keep {}", sentence::list(&kept)),
            (_, None, Others::AtEnd) => format!("Put {} first", sentence::list(&kept)),
            (_, None, Others::InPlace) => format!("Change {}", sentence::list(&kept)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |column: &str, r#as: &str| Choice { column: column.into(), r#as: r#as.into(), kind: None };
        vec![
            Example::new("Rename one, drop one, leave the others as they are", Self {
                columns: vec![line("cust", "customer")],
                others: Others::InPlace,
                drop: vec!["memo".into()],
                ..Self::default()
            })
            .given("id: Integer, cust, memo, paid: Float\n 1, c1, x, 2.5")
            .gives("id: Integer, customer, paid: Float\n 1, c1, 2.5"),
            Example::new("Only these columns, in this order, one with a new type", Self {
                columns: vec![Choice { kind: Some(Type::Integer), ..line("amount", "") }, line("id", "")],
                ..Self::default()
            })
            .given("id, memo, amount\n a, x, 12\n b, y, few")
            .gives("amount: Integer, id\n 12, a")
            .gives_at(
                "rejected",
                "id, memo, amount, error_column, error_value, error_reason\n b, y, few, amount, few, not Integer",
            ),
        ]
    }
}

impl Select {
    fn picks(&self, columns: &Schema) -> Result<Vec<Pick>, Problem> {
        let rest = if self.columns.is_empty() { Others::InPlace } else { self.others };
        let listed = |name: &str| self.columns.iter().find(|line| line.column.0 == name);
        let dropped = |name: &str| rest == Others::Drop || self.drop.iter().any(|dropped| dropped.0 == name);
        let mut picks = Vec::new();
        if rest != Others::InPlace {
            picks.extend(self.columns.iter().map(Choice::pick));
        }
        picks.extend(columns.names().filter_map(|name| match listed(name) {
            Some(line) => (rest == Others::InPlace).then(|| line.pick()),
            None => (!dropped(name)).then(|| Pick::same(name)),
        }));
        for (at, line) in self.columns.iter().enumerate() {
            let name = line.pick().name;
            if picks.iter().filter(|pick| pick.name == name).count() > 1 {
                let problem = Problem::new(format!("Two columns would be called {name:?}."));
                return Err(problem.at(format!("columns[{at}].as")).try_this("Give one of them another name."));
            }
        }
        if picks.is_empty() && !columns.0.is_empty() {
            return Err(Problem::new("No column is left.").at("drop"));
        }
        Ok(picks)
    }

    fn casts(&self, columns: &Schema) -> Result<Vec<Computed>, Problem> {
        let mut casts = Vec::new();
        for (at, line) in self.columns.iter().enumerate() {
            let (Some(kind), Some(column)) = (&line.kind, columns.column(&line.column.0)) else { continue };
            if *kind != column.kind {
                casts.push(cast(column, kind, &format!("columns[{at}].kind"))?);
            }
        }
        Ok(casts)
    }
}

impl Choice {
    fn pick(&self) -> Pick {
        let name = if self.r#as.0.is_empty() { &self.column.0 } else { &self.r#as.0 };
        Pick::renamed(&self.column.0, name)
    }
}

/// The column as another type, in its place.
pub(super) fn cast(column: &Column, kind: &Type, parameter: &str) -> Result<Computed, Problem> {
    let refused = |problem: Problem| {
        Problem { message: format!("The column {:?} is {} and can't become {kind}.", column.name, column.kind), ..problem }
            .at(parameter)
    };
    Ok(Computed::new(&column.name, Expr::column(column).cast(kind.clone()).map_err(refused)?))
}
