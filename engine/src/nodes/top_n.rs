use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{Over, Pick, SortKey, WindowColumn};
use crate::types::{Column, Type};
use crate::value::Value;

/// Keeps the rows with the largest or smallest values of a column, of all rows or of each group.
///
/// All others come out of the output `false`: no row is lost. Rows without a value come last, whichever way it goes. All rows are
/// held in memory.
#[params]
pub struct TopN {
    /// Take so many of each group of rows that are equal in these columns.
    pub by: Vec<ColumnName>,
    /// The column that decides.
    pub column: ColumnName,
    /// Which rows are on top.
    pub which: Which,
    /// How many rows to keep.
    #[param(default = 10)]
    pub count: u64,
    /// What becomes of rows with the same value as the last one kept.
    pub ties: Ties,
    /// Put the rows that are kept in order, best first. Otherwise they keep the order they came in.
    pub sorted: bool,
}

#[params]
pub enum Which {
    /// Those with the largest values.
    #[default]
    Largest,
    /// Those with the smallest values.
    Smallest,
}

#[params]
pub enum Ties {
    /// Keep no more rows than asked for: of equal ones those that come first.
    #[default]
    First,
    /// Keep all that are equal to the last one kept, even if that is more rows than asked for.
    All,
    /// Count values, not rows: keep all rows with one of so many best values.
    Values,
}

impl Node for TopN {
    const CARD: Card = Card {
        title: "Top n",
        group: Group::Rows,
        icon: "top_n",
        inputs: Inputs::One,
        outputs: &["", "false"],
        law: Law::Split,
        words: "top bottom largest smallest best worst per group rank filter first n top k selector nlargest nsmallest qualify limit \
                with ties",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        const RANK: &str = "\u{1}rank";
        let picks: Vec<Pick> = draft.schema(inputs[0]).names().map(Pick::same).collect();
        let key = SortKey {
            column: self.column.0.clone(),
            descending: self.which == Which::Largest,
            nulls_first: false,
        };
        draft.allows(&Op::Sort(vec![key.clone()]), inputs).map_err(|problem| problem.at("column"))?;
        let rank = match self.ties {
            Ties::First => Over::Number,
            Ties::All => Over::Rank,
            Ties::Values => Over::DenseRank,
        };
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        let ranked = Op::Window { by, order: vec![key.clone()], columns: vec![WindowColumn::new(RANK, rank)] };
        let ranked = draft.add(ranked, inputs).map_err(|problem| problem.at("by"))?;
        let compared = |function| {
            let most = Value::Integer(i64::try_from(self.count).unwrap_or(i64::MAX));
            Expr::call(function, vec![Expr::column(&Column::new(RANK, Type::Integer)), Expr::literal(most)])
        };
        let mut kept = draft.filter(ranked, compared(Function::Le)?)?;
        if self.sorted {
            let groups = self.by.iter().map(|name| SortKey {
                column: name.0.clone(),
                descending: false,
                nulls_first: false,
            });
            let order = Op::Sort(groups.chain([key]).collect());
            kept = draft.add(order, &[kept]).map_err(|problem| problem.at("by"))?;
        }
        let others = draft.filter(ranked, compared(Function::Gt)?)?;
        Ok(vec![draft.select(kept, picks.clone())?, draft.select(others, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.column.0.is_empty() {
            return Err(Problem::new("Choose the column that decides.").at("column"));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.column.0.is_empty() {
            return "Choose the column whose largest values to keep".to_owned();
        }
        let which = if self.which == Which::Largest { "largest" } else { "smallest" };
        let by = if self.by.is_empty() { String::new() } else { format!(" of each {}", sentence::list(&self.by)) };
        sentence::short(format!("Keep the {} with the {which} {}{by}", sentence::count(self.count, "row"), self.column.0))
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "team, name, points: Integer\n a, Ann, 5\n b, Ben, 9\n a, Cem, 7\n a, Dan, 7\n b, Eve, \n a, Fay, 8";
        vec![
            Example::new("The best two of each team", Self {
                by: vec!["team".into()],
                column: "points".into(),
                count: 2,
                ..Self::default()
            })
            .given(given)
            .gives("team, name, points: Integer\n b, Ben, 9\n a, Cem, 7\n b, Eve, \n a, Fay, 8")
            .gives_at("false", "team, name, points: Integer\n a, Ann, 5\n a, Dan, 7"),
            Example::new("With all that are as good as the last, best first", Self {
                column: "points".into(),
                count: 3,
                ties: Ties::All,
                sorted: true,
                ..Self::default()
            })
            .given(given)
            .gives("team, name, points: Integer\n b, Ben, 9\n a, Fay, 8\n a, Cem, 7\n a, Dan, 7")
            .gives_at("false", "team, name, points: Integer\n a, Ann, 5\n b, Eve, "),
            Example::new("All with one of the two smallest values", Self {
                column: "points".into(),
                which: Which::Smallest,
                count: 2,
                ties: Ties::Values,
                ..Self::default()
            })
            .given(given)
            .gives("team, name, points: Integer\n a, Ann, 5\n a, Cem, 7\n a, Dan, 7")
            .gives_at("false", "team, name, points: Integer\n b, Ben, 9\n b, Eve, \n a, Fay, 8"),
        ]
    }
}
