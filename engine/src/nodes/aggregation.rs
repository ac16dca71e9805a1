//! What nodes compute of groups of rows: the functions, the lines in which they are chosen, and how these are planned.

use super::prelude::*;
use crate::formula::{Expr, Formula, Function};
use crate::plan::{Aggregate, Computed, Pick};
use crate::types::{Column, Type};

#[params]
pub struct Aggregation {
    /// What to compute.
    #[param(always)]
    pub function: AggregateFunction,
    /// The column it is computed from. A count of rows needs none.
    #[param(when = self.function.needs_column())]
    pub column: ColumnName,
    /// Which part of the values lies below: 0.5 is the median, 0.9 the value that 90 % do not exceed.
    #[param(default = 0.5, when = self.function.needs_fraction())]
    pub fraction: f64,
    /// What stands between the values.
    #[param(default = ", ".into(), when = self.function == AggregateFunction::Concatenate)]
    pub separator: String,
    /// Take each value once.
    #[param(when = self.function.makes_a_list())]
    pub distinct: bool,
    /// Smallest value first, null last. Otherwise they come in the order of the rows.
    #[param(when = self.function.makes_a_list())]
    pub sorted: bool,
    /// The column of weights.
    #[param(when = self.function == AggregateFunction::WeightedMean)]
    pub weights: ColumnName,
    /// The column whose largest or smallest value decides which row it is.
    #[param(when = self.function.is_ranked())]
    pub ranked_by: ColumnName,
    /// The other column of the pair.
    #[param(when = self.function.is_of_a_pair())]
    pub with: ColumnName,
    /// Only rows for which this is true. If it is left open, all rows.
    pub condition: Option<Formula>,
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
    /// How many rows where the column is null.
    CountNulls,
    /// How many different values, null left out.
    CountDistinct,
    /// Null if there are no values.
    Sum,
    /// All values multiplied. Exact for integers. Null if there are no values.
    Product,
    /// Of numbers, dates, timestamps and durations. Null if there are no values.
    Mean,
    /// The mean in which each value counts as much as its weight. Rows without a value or a weight are left out; null if the weights sum to zero.
    WeightedMean,
    /// The mean of growth factors: the root of the product. NaN if a value is negative.
    GeometricMean,
    /// The value in the middle, or the mean of the two in the middle. Null if there are no values.
    Median,
    /// The most frequent value, null left out; of several the smallest.
    Mode,
    /// The value below which a part of the values lies, interpolated between the two nearest as percentile_cont does.
    Quantile,
    /// The first value at which at least that part of the values is reached, as percentile_disc does: always one of the values.
    QuantileDiscrete,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The largest value less the smallest. Of dates and timestamps a duration.
    Range,
    /// The value of the first row, also if it is null.
    First,
    /// The value of the last row, also if it is null.
    Last,
    /// The first value that is not null.
    FirstValue,
    /// The last value that is not null.
    LastValue,
    /// The value in the row in which another column is largest; of several such rows the first.
    ValueAtMax,
    /// The value in the row in which another column is smallest; of several such rows the first.
    ValueAtMin,
    /// The values one after the other as text, null left out. Null if there are no values.
    Concatenate,
    /// The values in a list, null too. Null if there are no rows.
    List,
    /// Whether at least one value is true. Null if there are no values.
    Any,
    /// Whether no value is false. Null if there are no values.
    All,
    /// Of a sample: null for fewer than two values.
    StandardDeviation,
    /// Of a sample: null for fewer than two values.
    Variance,
    /// Of everything there is: zero for a single value.
    PopulationStandardDeviation,
    /// Of everything there is: zero for a single value.
    PopulationVariance,
    /// What lies between the first and the third quarter of the values.
    InterquartileRange,
    /// The median of the distances from the median: a spread that single wild values do not change.
    MedianAbsoluteDeviation,
    /// Of a sample: below zero if the long tail is to the left. Null for fewer than three values, or if all are equal.
    Skewness,
    /// Of a sample, and zero for a normal distribution. Null for fewer than four values, or if all are equal.
    Kurtosis,
    /// Of a sample, over rows in which both columns have values. Null for fewer than two.
    Covariance,
    /// From -1 to 1 (Pearson), over rows in which both columns have values. Null for fewer than two, or if a column does not vary.
    Correlation,
    /// The correlation of ranks (Spearman): 1 wherever one column never falls while the other grows.
    RankCorrelation,
}

use AggregateFunction as Of;

impl AggregateFunction {
    pub fn needs_column(self) -> bool {
        self != Self::Count
    }

    pub fn needs_fraction(self) -> bool {
        matches!(self, Self::Quantile | Self::QuantileDiscrete)
    }

    pub fn makes_a_list(self) -> bool {
        matches!(self, Self::Concatenate | Self::List)
    }

    pub fn is_ranked(self) -> bool {
        matches!(self, Self::ValueAtMax | Self::ValueAtMin)
    }

    pub fn is_of_a_pair(self) -> bool {
        matches!(self, Self::Covariance | Self::Correlation | Self::RankCorrelation)
    }

    /// Whether the values of a group must be held until it is complete.
    pub fn holds_values(self) -> bool {
        use AggregateFunction::*;
        !matches!(
            self,
            Count
                | CountValues
                | CountNulls
                | Sum
                | Mean
                | WeightedMean
                | GeometricMean
                | Min
                | Max
                | Range
                | First
                | Last
                | FirstValue
                | LastValue
                | Any
                | All
                | StandardDeviation
                | Variance
                | PopulationStandardDeviation
                | PopulationVariance
        )
    }

    /// Whether it may be another value if the rows of a group come in another order. `rounds` says that sums of the values are rounded.
    pub fn minds_order(self, rounds: bool) -> bool {
        use AggregateFunction::*;
        match self {
            Count | CountValues | CountNulls | CountDistinct | Mode | Min | Max | Range | Any | All => false,
            Median | Quantile | QuantileDiscrete | InterquartileRange | MedianAbsoluteDeviation => false,
            Sum | Mean => rounds,
            _ => true,
        }
    }

    /// What a column made by it is called, before the name of the column it is made from.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count | Self::CountValues => "count",
            Self::CountNulls => "nulls",
            Self::CountDistinct => "distinct",
            Self::Sum => "sum",
            Self::Product => "product",
            Self::Mean => "mean",
            Self::WeightedMean => "weighted_mean",
            Self::GeometricMean => "geometric_mean",
            Self::Median => "median",
            Self::Mode => "mode",
            Self::Quantile | Self::QuantileDiscrete => "quantile",
            Self::Min => "min",
            Self::Max => "max",
            Self::Range => "range",
            Self::First => "first",
            Self::Last => "last",
            Self::FirstValue => "first_value",
            Self::LastValue => "last_value",
            Self::ValueAtMax => "at_max",
            Self::ValueAtMin => "at_min",
            Self::Concatenate => "concat",
            Self::List => "list",
            Self::Any => "any",
            Self::All => "all",
            Self::StandardDeviation => "stddev",
            Self::Variance => "variance",
            Self::PopulationStandardDeviation => "population_stddev",
            Self::PopulationVariance => "population_variance",
            Self::InterquartileRange => "iqr",
            Self::MedianAbsoluteDeviation => "mad",
            Self::Skewness => "skewness",
            Self::Kurtosis => "kurtosis",
            Self::Covariance => "covariance",
            Self::Correlation => "correlation",
            Self::RankCorrelation => "rank_correlation",
        }
    }

    /// `sum of amount`, as sentences have it.
    pub(super) fn words(self, column: &str) -> String {
        match self {
            Self::Count => self.phrase().to_owned(),
            _ if column.is_empty() => format!("{} a column", self.phrase()),
            _ => format!("{} {column}", self.phrase()),
        }
    }

    /// `sum of`, as sentences have it before the name of a column.
    fn phrase(self) -> &'static str {
        match self {
            Self::Count => "count of rows",
            Self::CountValues => "count of",
            Self::CountNulls => "count of nulls of",
            Self::CountDistinct => "count of different",
            Self::Sum => "sum of",
            Self::Product => "product of",
            Self::Mean => "mean of",
            Self::WeightedMean => "weighted mean of",
            Self::GeometricMean => "geometric mean of",
            Self::Median => "median of",
            Self::Mode => "most frequent",
            Self::Quantile | Self::QuantileDiscrete => "quantile of",
            Self::Min => "smallest",
            Self::Max => "largest",
            Self::Range => "range of",
            Self::First => "first",
            Self::Last => "last",
            Self::FirstValue => "first value of",
            Self::LastValue => "last value of",
            Self::ValueAtMax | Self::ValueAtMin => "value of",
            Self::Concatenate => "all values of",
            Self::List => "list of",
            Self::Any => "any of",
            Self::All => "all of",
            Self::StandardDeviation | Self::PopulationStandardDeviation => "standard deviation of",
            Self::Variance | Self::PopulationVariance => "variance of",
            Self::InterquartileRange => "interquartile range of",
            Self::MedianAbsoluteDeviation => "median absolute deviation of",
            Self::Skewness => "skewness of",
            Self::Kurtosis => "kurtosis of",
            Self::Covariance => "covariance of",
            Self::Correlation => "correlation of",
            Self::RankCorrelation => "rank correlation of",
        }
    }
}

impl Aggregation {
    /// What is wrong with it by itself, at its parameter.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.function.needs_column() && self.column.0.is_empty() {
            return Err(Problem::new("Choose a column.").at("column"));
        }
        if self.function.needs_fraction() && !(0.0..=1.0).contains(&self.fraction) {
            return Err(Problem::new(format!("The fraction {} is not between 0 and 1.", self.fraction))
                .at("fraction")
                .try_this("Write 0.9 for 90 percent."));
        }
        if self.other_column().is_some_and(|(_, name)| name.0.is_empty()) {
            return Err(Problem::new("Choose a column.").at(self.other_column().map_or("column", |(place, _)| place)));
        }
        Ok(())
    }

    /// The second column that the function reads, if it reads one, and the parameter that names it.
    fn other_column(&self) -> Option<(&'static str, &ColumnName)> {
        match self.function {
            Of::WeightedMean => Some(("weights", &self.weights)),
            function if function.is_ranked() => Some(("ranked_by", &self.ranked_by)),
            function if function.is_of_a_pair() => Some(("with", &self.with)),
            _ => None,
        }
    }

    /// The name of its result.
    pub(super) fn result(&self) -> String {
        if !self.r#as.0.is_empty() {
            return self.r#as.0.clone();
        }
        let (column, other) = (&self.column.0, self.other_column().map_or("", |(_, name)| &name.0));
        match self.function {
            Of::Count => "count".to_owned(),
            function if function.needs_fraction() => format!("p{}_{column}", (self.fraction * 1e6).round() / 1e4),
            function if function.is_ranked() => format!("{column}_{}_{other}", function.name()),
            function if function.is_of_a_pair() => format!("{}_{column}_{other}", function.name()),
            function => format!("{}_{column}", function.name()),
        }
    }

    /// `sum of amount`, as sentences have it.
    pub(super) fn words(&self) -> String {
        let shown = |name: &ColumnName| if name.0.is_empty() { "a column".to_owned() } else { name.0.clone() };
        let (what, column) = (self.function.phrase(), shown(&self.column));
        let other = self.other_column().map(|(_, name)| shown(name)).unwrap_or_default();
        match self.function {
            Of::ValueAtMax => format!("{column} with the largest {other}"),
            Of::ValueAtMin => format!("{column} with the smallest {other}"),
            function if function.needs_fraction() => format!("{} quantile of {column}", self.fraction),
            function if function.is_of_a_pair() => format!("{what} {column} and {other}"),
            function => function.words(&self.column.0),
        }
    }

    /// The same for the plan, under the name of its result.
    pub(super) fn aggregate(&self) -> Aggregate {
        let named = |name: &ColumnName| Some(name.0.clone()).filter(|name| !name.is_empty());
        Aggregate {
            function: self.function,
            column: named(&self.column).filter(|_| self.function.needs_column()),
            other: self.other_column().and_then(|(_, name)| named(name)),
            fraction: self.fraction,
            separator: self.separator.clone(),
            distinct: self.distinct && self.function.makes_a_list(),
            sorted: self.sorted,
            condition: None,
            order: Vec::new(),
            name: self.result(),
        }
    }
}

/// The first mistake in lines of the parameter `parameter`.
pub(super) fn check(lines: &[Aggregation], parameter: &str) -> Result<(), Problem> {
    let check = |(at, line): (usize, &Aggregation)| line.check().map_err(|problem| within(problem, parameter, at));
    lines.iter().enumerate().try_for_each(check)
}

/// Groups rows. Results stand after the keys, in the order of the lines; exact results of integers are integers again, and one that
/// does not fit fails the run.
pub(super) fn group(
    draft: &mut Draft,
    rows: Rows,
    by: Vec<String>,
    lines: &[Aggregation],
    parameter: &str,
    reproducible: bool,
) -> Result<Rows, Halt> {
    let (rows, aggregates) = with_conditions(draft, rows, lines, parameter)?;
    for (at, aggregate) in aggregates.iter().enumerate() {
        let alone = Op::GroupBy { by: Vec::new(), aggregates: vec![aggregate.clone()], reproducible: false };
        draft.allows(&alone, &[rows]).map_err(|problem| within(problem, parameter, at))?;
    }
    let wide: Vec<String> =
        aggregates.iter().filter(|one| is_wide(draft, rows, one)).map(|one| one.name.clone()).collect();
    let grouped = draft.add(Op::GroupBy { by, aggregates, reproducible }, &[rows]);
    narrow_sums(draft, grouped.map_err(|problem| problem.at(parameter))?, wide)
}

/// The lines for the plan. Their conditions are columns then; a row for which one can't be computed fails the run.
fn with_conditions(
    draft: &mut Draft,
    rows: Rows,
    lines: &[Aggregation],
    parameter: &str,
) -> Result<(Rows, Vec<Aggregate>), Problem> {
    let columns = draft.schema(rows).clone();
    let mut aggregates: Vec<Aggregate> = lines.iter().map(Aggregation::aggregate).collect();
    let mut conditions = Vec::new();
    for (at, (line, aggregate)) in lines.iter().zip(&mut aggregates).enumerate() {
        let Some(formula) = &line.condition else { continue };
        let place = format!("{parameter}[{at}].condition");
        let condition = draft.compile(formula, &columns, &place)?;
        if !matches!(condition.kind, Type::Boolean | Type::Null) {
            let message = format!("The condition is {}, not true or false.", condition.kind);
            return Err(Problem::new(message).at(place).try_this("Compare it with something, as in amount > 0."));
        }
        let hidden = format!("\u{1}condition {at}");
        aggregate.condition = Some(hidden.clone());
        let formula = Expr::call(Function::IsTrue, vec![condition.cast(Type::Boolean)?])?;
        conditions.push(Computed { name: hidden, formula, shown: "condition".into() });
    }
    if conditions.is_empty() {
        return Ok((rows, aggregates));
    }
    let can_fail = conditions.iter().any(|condition| condition.formula.can_fail());
    let (rows, failed) = draft.derive(rows, conditions, OnError::Reject)?;
    if can_fail {
        draft.refuse(failed);
    }
    Ok((rows, aggregates))
}

/// A problem of a line, with the whole path of its parameter.
fn within(mut problem: Problem, parameter: &str, line: usize) -> Problem {
    let field = problem.parameter.take().unwrap_or_else(|| "column".into());
    problem.at(format!("{parameter}[{line}].{field}"))
}

/// Whether an operation gives this result of integers as a decimal, so that it is exact whatever its size.
pub(super) fn is_wide(draft: &Draft, rows: Rows, aggregate: &Aggregate) -> bool {
    let column = aggregate.column.as_deref().and_then(|name| draft.schema(rows).column(name));
    matches!(aggregate.function, Of::Sum | Of::Product | Of::Range)
        && column.is_some_and(|column| column.kind == Type::Integer)
}

/// Brings exact results of integers back to integers. One that does not fit fails the run.
pub(super) fn narrow_sums(
    draft: &mut Draft,
    rows: Rows,
    names: impl IntoIterator<Item = String>,
) -> Result<Rows, Halt> {
    let columns = draft.schema(rows).clone();
    let wide = names.into_iter().filter_map(|name| columns.column(&name));
    let narrow = |column: &Column| Ok(Computed::new(&column.name, Expr::column(column).cast(Type::Integer)?));
    let narrowed: Vec<Computed> = wide.map(narrow).collect::<Result<_, Problem>>()?;
    if narrowed.is_empty() {
        return Ok(rows);
    }
    let (done, too_big) = draft.derive(rows, narrowed, OnError::Reject)?;
    draft.refuse(too_big);
    let picks = columns.names().map(Pick::same).collect();
    Ok(draft.select(done, picks)?)
}
