use super::aggregation::{is_wide, narrow_sums};
use super::prelude::*;
use crate::formula::Expr;
use crate::nodes::{AggregateFunction, JoinKind};
use crate::plan::{Aggregate, Computed, Frame, Join, JoinOrder, Pick, SortKey, WindowColumn};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Adds totals: rows below each group and at the end, or columns beside each row.
///
/// Rows of the same group are brought together, groups in the order in which they are first seen, each with its total. A total stands in the
/// column that it is made of; columns that it says nothing about are null, and the first column of the groups that it sums over holds the
/// label, if it is a column of text. All rows are held in memory, unless totals are columns.
#[params]
pub struct Totals {
    /// The columns that make groups, the outermost first. Without any, there is one total of everything.
    pub by: Vec<ColumnName>,
    /// What is totalled, and how.
    pub totals: Vec<Total>,
    /// Where the totals stand.
    pub place: TotalsPlace,
    /// Which totals there are.
    #[param(when = self.place != TotalsPlace::Columns)]
    pub levels: Levels,
    /// Keep the rows that come in. Otherwise only totals come out, the finest of which are those of each group.
    #[param(default = true, when = self.place != TotalsPlace::Columns)]
    pub details: bool,
    /// What a total is called.
    #[param(default = "Total".into(), when = self.place != TotalsPlace::Columns)]
    pub label: String,
    /// A column that says of each total how many of the columns its group has: 0 is the grand total, null a row that came in. Left empty,
    /// there is none.
    #[param(when = self.place != TotalsPlace::Columns)]
    pub level: NewColumn,
}

#[params]
pub struct Total {
    /// How it is made.
    #[param(always)]
    pub function: TotalFunction,
    /// The column it is made of.
    pub column: ColumnName,
}

#[params]
pub enum TotalFunction {
    /// All values added up.
    #[default]
    Sum,
    /// How many values there are, null left out.
    Count,
    /// The sum divided by their number.
    Mean,
    /// The value in the middle.
    Median,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
}

#[params]
pub enum TotalsPlace {
    /// Rows below those that they sum up.
    #[default]
    Below,
    /// Rows above those that they sum up.
    Above,
    /// Columns: each row has the totals of its group beside it. Rows keep their order.
    Columns,
}

#[params]
pub enum Levels {
    /// For each group, for the groups of the columns before the last, and so on to the grand total.
    #[default]
    RollUp,
    /// Only the grand total.
    Grand,
    /// For each column by itself, and the grand total.
    Each,
    /// For each combination of the columns, and the grand total.
    Cube,
}

/// The place of a row among all, and the label of how coarse a total is.
const ROW: &str = "\u{1}row";
const LEVEL: &str = "\u{1}level";

/// A cube has a table for each combination of its columns.
const MOST_OF_A_CUBE: usize = 6;

impl Node for Totals {
    const CARD: Card = Card {
        title: "Totals",
        group: Group::Shape,
        icon: "totals",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Expand,
        words: "totals subtotals grand total sum row roll up rollup cube grouping sets margins excel subtotal running report",
    };

    fn card(&self) -> Card {
        let law = match (self.place, self.details) {
            (TotalsPlace::Columns, _) => Law::RowByRow,
            (_, true) => Law::Expand,
            (_, false) => Law::Summary,
        };
        Card { law, ..Self::CARD }
    }

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        self.check_totals(draft, inputs[0])?;
        if self.place == TotalsPlace::Columns {
            return Ok(vec![self.beside(draft, inputs[0])?]);
        }
        let schema = draft.schema(inputs[0]).clone();
        let mut rows = draft.add(Op::Number { column: ROW.into(), start: 1 }, inputs)?;
        for (at, column) in self.by.iter().enumerate() {
            let first = WindowColumn::aggregate(AggregateFunction::Min, ROW, Frame::Partition, first(at));
            let window = Op::Window { by: vec![column.0.clone()], order: Vec::new(), columns: vec![first] };
            rows = draft.add(window, &[rows])?;
        }
        let mut tables = Vec::new();
        if self.details {
            let level = Computed::new(LEVEL, Expr::null(Type::Integer));
            let marked = draft.add(Op::Derive { columns: vec![level], failures: false }, &[rows])?;
            let names = schema.names().map(str::to_owned).chain((0..self.by.len()).map(first));
            let names = names.chain([ROW.to_owned(), LEVEL.to_owned()]);
            tables.push(draft.select(marked, names.map(Pick::same).collect())?);
        }
        for group in self.groups() {
            tables.push(self.total(draft, rows, &group, &schema)?);
        }
        let all = draft.add(Op::Union, &tables).map_err(|problem| problem.at("totals"))?;
        let above = self.place == TotalsPlace::Above;
        let key = |column: String| SortKey { column, descending: false, nulls_first: above };
        let mut keys: Vec<SortKey> = (0..self.by.len()).map(first).map(key).collect();
        keys.extend(self.details.then(|| key(ROW.to_owned())));
        let sorted = if keys.is_empty() { all } else { draft.add(Op::Sort(keys), &[all])? };
        Ok(vec![self.shown(draft, sorted)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.totals.is_empty() {
            let problem = Problem::new("It is not said what is totalled.").at("totals");
            return Err(problem.try_this("Add a line with a column of numbers."));
        }
        let columns: Vec<&ColumnName> = self.totals.iter().map(|total| &total.column).collect();
        for (at, column) in columns.iter().enumerate() {
            let place = format!("totals[{at}].column");
            if column.0.is_empty() {
                return Err(Problem::new("Choose a column.").at(place));
            }
            if self.place != TotalsPlace::Columns && columns[..at].contains(column) {
                let problem = Problem::new(format!("The column {:?} can hold one total.", column.0)).at(place);
                return Err(problem.try_this("Use two nodes, or have totals in columns."));
            }
            if self.place != TotalsPlace::Columns && self.by.contains(column) {
                return Err(Problem::new(format!("The column {:?} makes groups and can't be totalled.", column.0)).at(place));
            }
        }
        if self.levels == Levels::Cube && self.by.len() > MOST_OF_A_CUBE {
            return Err(Problem::new(format!("A cube of {} columns is too large.", self.by.len()))
                .at("by")
                .try_this(format!("Choose at most {MOST_OF_A_CUBE} columns, or other levels.")));
        }
        match (0..self.by.len()).find(|at| self.by[..*at].contains(&self.by[*at])) {
            Some(at) => {
                Err(Problem::new(format!("The column {:?} is there twice.", self.by[at].0)).at(format!("by[{at}]")))
            }
            None => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        if self.totals.is_empty() {
            return "Choose what is totalled".to_owned();
        }
        let words: Vec<String> =
            self.totals.iter().map(|total| total.function.aggregate().words(&total.column.0)).collect();
        let by = if self.by.is_empty() { String::new() } else { format!(" by {}", sentence::list(&self.by)) };
        sentence::short(format!("Add the {}{by}", sentence::list(&words)))
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "region, shop, sold: Integer, price: Float\n
                     north, A, 10, 2\n south, B, 5, 4\n north, C, 20, 1\n north, A, 30, 3";
        let total = |function, column: &str| Total { function, column: column.into() };
        use TotalFunction::*;
        vec![
            Example::new("Subtotals of each region, and a grand total", Self {
                by: vec!["region".into()],
                totals: vec![total(Sum, "sold"), total(Mean, "price")],
                ..Self::default()
            })
            .given(given)
            .gives(
                "region, shop, sold: Integer, price: Float\n
                 north, A, 10, 2\n north, C, 20, 1\n north, A, 30, 3\n north, Total, 60, 2\n
                 south, B, 5, 4\n south, Total, 5, 4\n Total, , 65, 2.5",
            ),
            Example::new("Only totals, above, with their level", Self {
                by: vec!["region".into(), "shop".into()],
                totals: vec![total(Sum, "sold")],
                place: TotalsPlace::Above,
                details: false,
                label: "all".into(),
                level: "level".into(),
                ..Self::default()
            })
            .given(given)
            .gives(
                "region, shop, sold: Integer, level: Integer\n
                 all, , 65, 0\n north, all, 60, 1\n north, A, 40, 2\n north, C, 20, 2\n south, all, 5, 1\n south, B, 5, 2",
            ),
            Example::new("The total of its region beside each row", Self {
                by: vec!["region".into()],
                totals: vec![total(Sum, "sold"), total(Max, "price")],
                place: TotalsPlace::Columns,
                ..Self::default()
            })
            .given(given)
            .gives(
                "region, shop, sold: Integer, price: Float, sum_sold: Integer, max_price: Float\n
                 north, A, 10, 2, 60, 3\n south, B, 5, 4, 5, 4\n north, C, 20, 1, 60, 3\n north, A, 30, 3, 60, 3",
            ),
        ]
    }
}

fn first(at: usize) -> String {
    format!("\u{1}first {at}")
}

fn made(at: usize) -> String {
    format!("\u{1}total {at}")
}

impl TotalFunction {
    fn aggregate(self) -> AggregateFunction {
        match self {
            Self::Sum => AggregateFunction::Sum,
            Self::Count => AggregateFunction::CountValues,
            Self::Mean => AggregateFunction::Mean,
            Self::Median => AggregateFunction::Median,
            Self::Min => AggregateFunction::Min,
            Self::Max => AggregateFunction::Max,
        }
    }
}

impl Totals {
    fn aggregates(&self) -> Vec<Aggregate> {
        let aggregate = |(at, total): (usize, &Total)| {
            Aggregate::new(total.function.aggregate(), Some(&total.column.0), made(at))
        };
        self.totals.iter().enumerate().map(aggregate).collect()
    }

    /// Whether each total can be made, and can stand in its column.
    fn check_totals(&self, draft: &Draft, rows: Rows) -> Result<(), Problem> {
        for (at, aggregate) in self.aggregates().into_iter().enumerate() {
            let place = format!("totals[{at}].column");
            let kind = draft.column(rows, &self.totals[at].column, &place)?.kind.clone();
            let alone = Op::GroupBy { by: Vec::new(), aggregates: vec![aggregate], reproducible: false };
            draft.allows(&alone, &[rows]).map_err(|problem| problem.at(&place))?;
            let function = self.totals[at].function;
            let fits = function != TotalFunction::Count || kind.is_number() || kind == Type::Null;
            if self.details && self.place != TotalsPlace::Columns && !fits {
                let message = format!("{:?} is {kind}, in which a number can't stand.", self.totals[at].column.0);
                return Err(Problem::new(message)
                    .at(format!("totals[{at}].function"))
                    .try_this("Have totals in columns, or count a column of numbers."));
            }
        }
        Ok(())
    }

    /// The groups that have totals, as the places of their columns, the finest first.
    fn groups(&self) -> Vec<Vec<usize>> {
        let count = self.by.len();
        let mut groups: Vec<Vec<usize>> = match self.levels {
            Levels::RollUp => (0..=count).rev().map(|length| (0..length).collect()).collect(),
            Levels::Grand => vec![Vec::new()],
            Levels::Each => (0..count).map(|at| vec![at]).chain([Vec::new()]).collect(),
            Levels::Cube => {
                let chosen = |bits: usize| (0..count).filter(|at| bits & (1 << at) != 0).collect();
                (0..1 << count).rev().map(chosen).collect()
            }
        };
        if !self.details && groups.iter().all(|group| group.len() < count) {
            groups.insert(0, (0..count).collect());
        }
        groups
    }

    /// The totals of one kind of groups.
    fn total(&self, draft: &mut Draft, rows: Rows, group: &[usize], schema: &Schema) -> Result<Rows, Halt> {
        let by: Vec<String> = group.iter().map(|at| self.by[*at].0.clone()).collect();
        let mut aggregates = self.aggregates();
        let wide = aggregates.iter().filter(|one| is_wide(draft, rows, one)).map(|one| one.name.clone());
        let wide: Vec<String> = wide.collect();
        let firsts = group.iter().map(|at| Aggregate::new(AggregateFunction::First, Some(&first(*at)), first(*at)));
        aggregates.extend(firsts);
        let grouped = draft.add(Op::GroupBy { by: by.clone(), aggregates, reproducible: false }, &[rows])?;
        let totals = narrow_sums(draft, grouped, wide)?;
        let level = i64::try_from(group.len()).unwrap_or(i64::MAX);
        let mut columns = vec![Computed::new(LEVEL, Expr::literal(Value::Integer(level)))];
        let mut picks: Vec<Pick> = by.iter().map(Pick::same).collect();
        if let Some(column) = self.labelled(group, schema) {
            columns.push(Computed::new("\u{1}label", Expr::literal(Value::text(&self.label))));
            picks.push(Pick::renamed("\u{1}label", &column.name));
        }
        let labelled = draft.add(Op::Derive { columns, failures: false }, &[totals])?;
        picks.extend((0..self.totals.len()).map(|at| Pick::renamed(made(at), &self.totals[at].column.0)));
        picks.extend(group.iter().map(|at| Pick::same(first(*at))));
        picks.push(Pick::same(LEVEL));
        Ok(draft.select(labelled, picks)?)
    }

    /// The column that says that a row is a total: the first that it sums over, or the first beside the totals. Text, or none.
    fn labelled<'a>(&self, group: &[usize], schema: &'a Schema) -> Option<&'a Column> {
        if self.label.is_empty() {
            return None;
        }
        let summed = (0..self.by.len()).find(|at| !group.contains(at));
        let column = match summed {
            Some(at) => schema.column(&self.by[at].0),
            None if !self.details => None,
            None => schema.0.iter().find(|column| column.kind.is_text() && self.is_free(&column.name)),
        };
        column.filter(|column| column.kind.is_text())
    }

    fn is_free(&self, name: &str) -> bool {
        let taken = self.by.iter().chain(self.totals.iter().map(|total| &total.column));
        taken.into_iter().all(|column| column.0 != name)
    }

    /// Without what only put the rows in order.
    fn shown(&self, draft: &mut Draft, rows: Rows) -> Result<Rows, Problem> {
        let schema = draft.schema(rows).clone();
        let mut names: Vec<&str> = schema.names().filter(|name| !name.starts_with('\u{1}')).collect();
        if !self.details {
            names = self.by.iter().map(|name| name.0.as_str()).collect();
            names.extend(self.totals.iter().map(|total| total.column.0.as_str()));
        }
        let mut picks: Vec<Pick> = names.into_iter().map(Pick::same).collect();
        if !self.level.0.is_empty() {
            picks.push(Pick::renamed(LEVEL, &self.level.0));
        }
        draft.select(rows, picks).map_err(|problem| problem.at("level"))
    }

    /// The totals of its group beside each row.
    fn beside(&self, draft: &mut Draft, rows: Rows) -> Result<Rows, Halt> {
        let mut aggregates = self.aggregates();
        let mut taken = draft.schema(rows).clone();
        for (aggregate, total) in aggregates.iter_mut().zip(&self.totals) {
            aggregate.name = taken.free_name(&format!("{}_{}", aggregate.function.name(), total.column.0));
            taken.0.push(Column::new(&aggregate.name, Type::Null));
        }
        let wide: Vec<String> =
            aggregates.iter().filter(|one| is_wide(draft, rows, one)).map(|one| one.name.clone()).collect();
        let right = aggregates.iter().map(|one| Pick::same(&one.name)).collect();
        let by: Vec<String> = self.by.iter().map(|name| name.0.clone()).collect();
        let group = Op::GroupBy { by: by.clone(), aggregates, reproducible: false };
        let grouped = draft.add(group, &[rows])?;
        let totals = narrow_sums(draft, grouped, wide)?;
        let join = Join {
            kind: if by.is_empty() { JoinKind::Cross } else { JoinKind::Left },
            on: by.into_iter().map(|name| (name.clone(), name)).collect(),
            nulls_match: true,
            right,
            max_rows: None,
            order: JoinOrder::Kept,
        };
        Ok(draft.add(Op::Join(join), &[rows, totals])?)
    }
}
