use super::prelude::*;
use crate::formula::Expr;
use crate::plan::{Aggregate, Computed, Pick};
use crate::types::{Column, Type};

/// One row for each group of rows that are equal in some columns, with counts, sums and the like.
///
/// Groups come in the order in which they are first seen. Nulls are equal to each other here and form a group. Without columns
/// to group by, everything is one group. Sums of integers are exact: one that does not fit fails the run and names its group.
#[params]
pub struct GroupBy {
    /// The columns that make a group.
    pub by: Vec<ColumnName>,
    /// What to compute for each group.
    pub aggregations: Vec<Aggregation>,
    /// Give the same bits in every run for sums and means of floats. Without it the last digit may differ from run to run when
    /// there are many groups; with it the run takes about a fifth longer and each group is held in memory.
    pub reproducible: bool,
}

#[params]
pub struct Aggregation {
    /// What to compute.
    #[param(always)]
    pub function: AggregateFunction,
    /// The column it is computed from. A count of rows needs none.
    #[param(when = self.function != AggregateFunction::Count)]
    pub column: ColumnName,
    /// The name of the result. If it is left empty, one is made from function and column.
    pub r#as: NewColumn,
}

#[params]
pub enum AggregateFunction {
    /// How many rows.
    #[default]
    Count,
    /// How many rows where the column is not null.
    CountValues,
    /// How many different values, null left out.
    CountDistinct,
    /// Null if there are no values.
    Sum,
    /// Null if there are no values.
    Mean,
    /// The value in the middle, or the mean of the two in the middle. Null if there are no values.
    Median,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The value of the first row, also if it is null.
    First,
    /// The value of the last row, also if it is null.
    Last,
    /// Of a sample: null for fewer than two values.
    StandardDeviation,
    /// Of a sample: null for fewer than two values.
    Variance,
}

impl Node for GroupBy {
    const CARD: Card = Card {
        title: "Group by",
        group: Group::Shape,
        icon: "group_by",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Group,
        words: "summarize summarise aggregate count sum average mean total roll up tAggregateRow groupby",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let aggregates: Vec<Aggregate> = self.aggregations.iter().map(Aggregation::aggregate).collect();
        let by: Vec<String> = self.by.iter().map(|name| name.0.clone()).collect();
        let integers: Vec<bool> = aggregates.iter().map(|one| sums_integers(draft, inputs[0], one)).collect();
        let names: Vec<String> = aggregates.iter().map(|one| one.name.clone()).collect();
        for (at, aggregate) in aggregates.iter().enumerate() {
            let alone = Op::GroupBy { by: Vec::new(), aggregates: vec![aggregate.clone()], reproducible: false };
            draft.allows(&alone, inputs).map_err(|problem| problem.at(format!("aggregations[{at}].column")))?;
        }
        let grouped = Op::GroupBy { by, aggregates, reproducible: self.reproducible };
        let grouped = draft.add(grouped, inputs).map_err(|problem| problem.at("aggregations"))?;
        narrow_sums(draft, grouped, names.into_iter().zip(integers).filter(|(_, sum)| *sum).map(|(name, _)| name))
    }

    fn check(&self) -> Result<(), Problem> {
        if self.by.is_empty() && self.aggregations.is_empty() {
            return Err(Problem::new("There is nothing to group by and nothing to compute.")
                .at("by")
                .try_this("Choose a column, or add an aggregation."));
        }
        let missing = |line: &Aggregation| line.function != AggregateFunction::Count && line.column.0.is_empty();
        match self.aggregations.iter().position(missing) {
            Some(at) => Err(Problem::new("Choose a column.").at(format!("aggregations[{at}].column"))),
            None => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        let words = |line: &Aggregation| line.function.words(&line.column.0);
        let what = sentence::capital(&sentence::list(&self.aggregations.iter().map(words).collect::<Vec<_>>()));
        let by = sentence::list(&self.by);
        sentence::short(match (self.aggregations.is_empty(), self.by.is_empty()) {
            (true, true) => "Choose what makes a group and what to compute".to_owned(),
            (true, false) => format!("One row for each {by}"),
            (false, true) => format!("{what} of all rows"),
            (false, false) => format!("{what} by {by}"),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |function, column: &str, r#as: &str| Aggregation { function, column: column.into(), r#as: r#as.into() };
        use AggregateFunction::*;
        vec![
            Example::new("Vehicles and axles of each plaza", Self {
                by: vec!["plaza".into()],
                aggregations: vec![line(Count, "", "vehicles"), line(Sum, "axles", ""), line(Max, "axles", "most")],
                ..Self::default()
            })
            .given("plaza, axles: Integer\n north, 2\n south, 5\n north, 3\n south, ")
            .gives("plaza, vehicles: Integer, sum_axles: Integer, most: Integer\n north, 2, 5, 3\n south, 2, 5, 5"),
            Example::new("Without columns everything is one group", Self {
                aggregations: vec![
                    line(CountValues, "x", "values"),
                    line(CountDistinct, "x", "different"),
                    line(Mean, "x", "mean"),
                    line(Median, "x", "median"),
                    line(Variance, "x", "variance"),
                    line(First, "x", "first"),
                    line(Last, "x", "last"),
                ],
                ..Self::default()
            })
            .given("x: Integer\n 2\n 4\n 4\n 6\n ·")
            .gives(
                "values: Integer, different: Integer, mean: Float, median: Float, variance: Float, first: Integer, last: Integer\n
                 4, 3, 4.0, 4.0, 2.6666666666666665, 2, ",
            ),
        ]
    }
}

impl AggregateFunction {
    /// `sum of amount`, as sentences have it.
    pub(super) fn words(self, column: &str) -> String {
        let what = match self {
            Self::Count => return "count of rows".to_owned(),
            Self::CountValues => "count of",
            Self::CountDistinct => "count of different",
            Self::Sum => "sum of",
            Self::Mean => "mean of",
            Self::Median => "median of",
            Self::Min => "smallest",
            Self::Max => "largest",
            Self::First => "first",
            Self::Last => "last",
            Self::StandardDeviation => "standard deviation of",
            Self::Variance => "variance of",
        };
        let column = if column.is_empty() { "a column" } else { column };
        format!("{what} {column}")
    }
}

impl Aggregation {
    fn aggregate(&self) -> Aggregate {
        let Self { function, column, r#as } = self;
        let column = Some(column.0.clone()).filter(|name| !name.is_empty() && *function != AggregateFunction::Count);
        let name = match (r#as.0.as_str(), &column) {
            ("", Some(column)) => format!("{}_{column}", function.name()),
            ("", None) => function.name().to_owned(),
            (name, _) => name.to_owned(),
        };
        Aggregate { function: *function, column, name }
    }
}

impl AggregateFunction {
    /// What a column made by it is called, before the name of the column it is made from.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::CountValues => "count",
            Self::CountDistinct => "distinct",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
            Self::StandardDeviation => "stddev",
            Self::Variance => "variance",
        }
    }
}

fn sums_integers(draft: &Draft, rows: Rows, aggregate: &Aggregate) -> bool {
    let column = aggregate.column.as_deref().and_then(|name| draft.schema(rows).column(name));
    aggregate.function == AggregateFunction::Sum && column.is_some_and(|column| column.kind == Type::Integer)
}

/// Brings exact sums of integers back to integers. One that does not fit fails the run.
pub(super) fn narrow_sums(
    draft: &mut Draft,
    rows: Rows,
    sums: impl Iterator<Item = String>,
) -> Result<Vec<Rows>, Halt> {
    let columns = draft.schema(rows).clone();
    let sums = sums.filter_map(|name| columns.column(&name));
    let narrow = |column: &Column| Ok(Computed::new(&column.name, Expr::column(column).cast(Type::Integer)?));
    let narrowed: Vec<Computed> = sums.map(narrow).collect::<Result<_, Problem>>()?;
    if narrowed.is_empty() {
        return Ok(vec![rows]);
    }
    let (done, too_big) = draft.derive(rows, narrowed, OnError::Reject)?;
    draft.refuse(too_big);
    let picks = columns.names().map(Pick::same).collect();
    Ok(vec![draft.select(done, picks)?])
}
