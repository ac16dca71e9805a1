//! Aggregates of the rows of a group.
//!
//! Most are expressions of Polars, made to say what ours mean: null where there is nothing to compute from, NaN as the largest number,
//! no integer that wraps around. Some go over the list of a group's values in code of our own.

use pipewright_engine::nodes::AggregateFunction;
use pipewright_engine::plan::{Aggregate, SortKey};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::{Schema as OurSchema, Type};
use polars::prelude::*;

use super::means::{self, scale_of};
use super::{Filled, formula, identity, key, kind_of, plain, told, wide};
use crate::convert;

/// The rows that an aggregate is made of.
pub(super) struct Scope<'a> {
    pub(super) schema: &'a OurSchema,
    pub(super) filled: &'a Filled,
    pub(super) reproducible: bool,
    pub(super) of: RowsOf,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsOf {
    /// All rows there are, or none.
    Table,
    /// At least one row; they stream in.
    Group,
    /// At least one row; all of them are kept.
    Partition,
}

/// Whether Polars makes it while rows stream by, also of some of them.
pub(super) fn is_made_of_streams(one: &Aggregate) -> bool {
    use AggregateFunction::*;
    matches!(one.function, Count | CountValues | Sum | Mean | Min | Max) && !one.distinct
}

pub(super) fn aggregate(one: &Aggregate, scope: &Scope) -> Expr {
    use AggregateFunction::*;
    let apart = is_made_of_streams(one) && !scope.reproducible && scope.of == RowsOf::Group;
    let of = Of { schema: scope.schema, only: one.condition.as_deref().map(col), order: &one.order, apart };
    let Some(name) = one.column.as_deref() else { return of.count() };
    let kind = kind_of(name, scope.schema).cloned().unwrap_or_default();
    let other = one.other.as_deref().unwrap_or(name);
    let is_of_different = one.distinct && !matches!(one.function, Concatenate | List);
    let taken = || if is_of_different { of.different(name) } else { wide(name, scope.schema) };
    let values = || if is_of_different { taken() } else { of.values(taken()) };
    let floats = || match is_of_different {
        true => taken().cast(DataType::Float64),
        false => of.values(float(name, scope.schema)),
    };
    // What lies between decimals is found between their digits.
    let points = || match kind {
        Type::Decimal(..) => means::digits_as_floats(values()),
        _ => floats(),
    };
    let pointed = |made: Expr| match kind {
        Type::Decimal(_, scale) => means::scaled(made, scale),
        _ => made,
    };
    // While rows stream, nulls of columns that have none are counted for nothing, and the number of rows is the same for all aggregates.
    // Over a partition, Polars would look at the nulls of each by itself.
    let filled = scope.filled.contains(name);
    let has_values = || match (scope.of, &of.only) {
        (RowsOf::Partition, _) => values().count().gt(lit(0)),
        _ if is_of_different => values().count().gt(lit(0)),
        (_, None) if filled => len().gt(lit(0)),
        (_, Some(_)) if apart && filled => values().len().gt(lit(0)),
        (_, Some(_)) if apart => values().count().gt(lit(0)),
        _ => values().null_count().lt(len()),
    };
    let always = filled && of.only.is_none() && scope.of != RowsOf::Table;
    let unless_empty = |made: Expr| if always { made } else { when(has_values()).then(made).otherwise(lit(NULL)) };
    match one.function {
        Count => of.count(),
        CountValues => values().count().cast(DataType::Int64),
        CountNulls => of.rows(wide(name, scope.schema)).null_count().cast(DataType::Int64),
        CountDistinct => of.rows(identity(name, scope.schema)).drop_nulls().n_unique().cast(DataType::Int64),
        Sum => match kind {
            // Integer sums wrap in silence in Polars: they are made where they can't.
            Type::Integer if is_of_different => unless_empty(taken().cast(DataType::Decimal(38, 0)).sum()),
            Type::Integer => unless_empty(of.values(taken().cast(DataType::Decimal(38, 0))).sum()),
            Type::Decimal(_, scale) => {
                let exact = DataType::Decimal(38, usize::from(scale));
                let sum = if is_of_different { taken().cast(exact) } else { of.values(col(name).cast(exact)) }.sum();
                unless_empty(within_38_digits(sum, floats().sum(), name, scale))
            }
            Type::Float if scope.reproducible => unless_empty(floats().implode(true).list().sum()),
            _ => unless_empty(values().sum()),
        },
        Product if kind == Type::Integer => product(values(), name),
        Product => unless_empty(floats().drop_nulls().product()),
        Mean | Median | Quantile if !kind.is_number() => between_times(values(), one, &kind),
        Mean if scale_of(&kind).is_some() => means::mean(&values(), &floats(), &kind),
        Mean if scope.reproducible => floats().implode(true).list().mean(),
        Mean => floats().mean(),
        WeightedMean => of.weighted_mean(name, other),
        GeometricMean => floats().log(lit(std::f64::consts::E)).mean().exp(),
        Median => pointed(points().median()),
        Quantile => pointed(points().quantile(lit(one.fraction), QuantileMethod::Linear)),
        QuantileDiscrete => discrete(values(), one.fraction, &kind),
        InterquartileRange => {
            let quarter = |fraction: f64| points().quantile(lit(fraction), QuantileMethod::Linear);
            pointed(quarter(0.75) - quarter(0.25))
        }
        MedianAbsoluteDeviation => {
            let values = points();
            pointed((values.clone() - values.median()).abs().median())
        }
        Mode => mode(of.rows(key(name, scope.schema)), &kind),
        Min => values().min(),
        Max => largest(values(), &kind),
        Range => range(largest(values(), &kind), values().min(), name, &kind),
        First => of.ordered(wide(name, scope.schema)).first(),
        Last => of.ordered(wide(name, scope.schema)).last(),
        FirstValue => of.ordered(wide(name, scope.schema)).drop_nulls().first(),
        LastValue => of.ordered(wide(name, scope.schema)).drop_nulls().last(),
        ValueAtMax => of.at_extreme(name, other, true),
        ValueAtMin => of.at_extreme(name, other, false),
        Concatenate => unless_empty(of.concatenated(name, one)),
        List => {
            let list = of.listed(name, one, &kind).implode(true);
            when(of.count().gt(lit(0))).then(list).otherwise(lit(NULL))
        }
        Any => unless_empty(values().any(true)),
        All => unless_empty(values().all(true)),
        StandardDeviation => floats().std(1),
        Variance => floats().var(1),
        // Of a group of one row Polars says 0, though it may not count.
        PopulationStandardDeviation => unless_empty(floats().std(0)),
        PopulationVariance => unless_empty(floats().var(0)),
        Skewness => Moments::of(floats()).skewness(),
        Kurtosis => Moments::of(floats()).kurtosis(),
        Covariance => of.pair(name, other).covariance(),
        Correlation => of.pair(name, other).correlation(),
        RankCorrelation => of.pair(name, other).ranked().correlation(),
    }
}

/// The columns of the rows that count.
struct Of<'a> {
    schema: &'a OurSchema,
    only: Option<Expr>,
    order: &'a [SortKey],
    /// Rows that count can be led apart before they are grouped: Polars does that for what it makes of streams.
    apart: bool,
}

impl Of<'_> {
    /// Of an expression, the rows that count.
    fn rows(&self, expr: Expr) -> Expr {
        match &self.only {
            Some(only) => expr.filter(only.clone()),
            None => expr,
        }
    }

    /// The same in the order in which they are taken.
    fn ordered(&self, expr: Expr) -> Expr {
        let rows = self.rows(expr);
        if self.order.is_empty() {
            return rows;
        }
        let options = SortMultipleOptions::new()
            .with_order_descending_multi(self.order.iter().map(|key| key.descending))
            .with_nulls_last_multi(self.order.iter().map(|key| !key.nulls_first))
            .with_maintain_order(true);
        rows.sort_by(
            self.order.iter().map(|key| self.rows(plain(&key.column, self.schema))).collect::<Vec<_>>(),
            options,
        )
    }

    /// Each different value once. Where Polars groups in memory, it panics at decimals.
    fn different(&self, name: &str) -> Expr {
        let kind = kind_of(name, self.schema).cloned().unwrap_or_default();
        match kind {
            Type::Decimal(..) => self.rows(key(name, self.schema)).unique().strict_cast(convert::dtype(&kind)),
            _ => self.rows(wide(name, self.schema)).unique(),
        }
    }

    /// An expression that is null in rows that don't count, for what passes over nulls, where a filter would need all rows of the group.
    /// It is as long as the group, so that it can be compared with its own mean.
    fn values(&self, expr: Expr) -> Expr {
        match &self.only {
            Some(only) if self.apart => expr.filter(only.clone()),
            Some(only) => when(only.clone()).then(expr).otherwise(lit(NULL)),
            None => expr,
        }
    }

    fn count(&self) -> Expr {
        match &self.only {
            Some(only) => only.clone().sum(),
            None => len(),
        }
        .cast(DataType::Int64)
    }

    fn pair(&self, left: &str, right: &str) -> Pair {
        let [left, right] = [left, right].map(|name| self.values(float(name, self.schema)));
        let both = left.clone().is_not_null().and(right.clone().is_not_null());
        let only = |numbers: Expr| when(both.clone()).then(numbers).otherwise(lit(NULL));
        Pair { left: only(left), right: only(right) }
    }

    fn weighted_mean(&self, name: &str, weights: &str) -> Expr {
        let pair = self.pair(name, weights);
        let scales = [name, weights].map(|name| kind_of(name, self.schema).and_then(scale_of));
        let [Some(of), Some(by)] = scales else { return pair.weighted_mean() };
        let [values, weights] = [name, weights].map(|name| self.values(wide(name, self.schema)));
        let both = values.clone().is_not_null().and(weights.clone().is_not_null());
        let [values, weights] = [values, weights].map(|numbers| when(both.clone()).then(numbers).otherwise(lit(NULL)));
        means::weighted_mean(&values, &weights, (&pair.left, &pair.right), (of, by))
    }

    /// The value in the row in which another column is largest, or smallest.
    fn at_extreme(&self, name: &str, by: &str, largest: bool) -> Expr {
        let decides = || self.rows(plain(by, self.schema));
        let options =
            SortMultipleOptions::new().with_order_descending(largest).with_nulls_last(true).with_maintain_order(true);
        let first = self.rows(wide(name, self.schema)).sort_by([decides()], options).first();
        when(decides().count().gt(lit(0))).then(first).otherwise(lit(NULL))
    }

    /// The values as text, one after the other.
    fn concatenated(&self, name: &str, one: &Aggregate) -> Expr {
        let mut texts = self.ordered(formula::as_text(name, self.schema));
        if one.sorted {
            let options = SortMultipleOptions::new().with_nulls_last(true).with_maintain_order(true);
            texts = texts.sort_by([self.rows(plain(name, self.schema))], options);
        }
        texts = texts.drop_nulls();
        if one.distinct {
            texts = texts.unique_stable();
        }
        texts.str().join(&one.separator, true)
    }

    fn listed(&self, name: &str, one: &Aggregate, kind: &Type) -> Expr {
        let mut values = self.ordered(wide(name, self.schema));
        if one.distinct {
            // Where Polars groups in memory, it panics at decimals.
            values = match kind {
                Type::Decimal(..) => {
                    self.ordered(key(name, self.schema)).unique_stable().strict_cast(convert::dtype(kind))
                }
                _ => values.unique_stable(),
            };
        }
        if one.sorted { values.sort(SortOptions::default().with_nulls_last(true)) } else { values }
    }
}

/// A column as floats. A cast that changes nothing would be computed all the same.
fn float(name: &str, schema: &OurSchema) -> Expr {
    match schema.column(name) {
        Some(column) if column.kind == Type::Float && column.storage.is_none() => col(name),
        _ => wide(name, schema).cast(DataType::Float64),
    }
}

/// NaN is the largest number; Polars leaves it out.
fn largest(values: Expr, kind: &Type) -> Expr {
    match kind {
        Type::Float => when(values.clone().is_nan().any(true)).then(lit(f64::NAN)).otherwise(values.max()),
        _ => values.max(),
    }
}

/// A sum of decimals, which wraps around in silence where it has more than 38 digits: the same sum in floats tells.
fn within_38_digits(sum: Expr, floats: Expr, name: &str, scale: u8) -> Expr {
    let most = 10f64.powi(38 - i32::from(scale)) * (1.0 - 1e-12);
    let name = name.to_owned();
    let look = move |columns: &mut [Column]| {
        let [sum, floats] = columns else { polars_bail!(ComputeError: "a sum and its floats are two columns") };
        if floats.f64()?.iter().flatten().any(|sum| sum.abs() >= most) {
            return Err(too_large("A sum", &name));
        }
        Ok(sum.clone())
    };
    sum.map_many(look, &[floats], |_, fields| Ok(fields[0].clone()))
}

fn too_large(what: &str, name: &str) -> PolarsError {
    let problem = Problem::new(format!("{what} of the values of {name:?} has more than 38 digits."));
    told(&problem.try_this("Convert the column to Float, or to decimals of fewer digits."))
}

/// Numbers, and what is to be said of how they lie about their mean.
struct Moments {
    numbers: Expr,
}

impl Moments {
    fn of(numbers: Expr) -> Self {
        Self { numbers }
    }

    fn count(&self) -> Expr {
        self.numbers.clone().count().cast(DataType::Float64)
    }

    fn distances(&self) -> Expr {
        self.numbers.clone() - self.numbers.clone().mean()
    }

    /// Whether not all are the same. NaN is never the same.
    fn varies(&self) -> Expr {
        let numbers = || self.numbers.clone();
        numbers().min().lt(numbers().max()).or(numbers().is_nan().any(true))
    }

    fn skewness(&self) -> Expr {
        let (n, d) = (self.count(), self.distances());
        let second = (d.clone() * d.clone()).sum() / n.clone();
        let third = (d.clone() * d.clone() * d).sum() / n.clone();
        let made = third / second.pow(lit(1.5)) * (n.clone() * (n.clone() - lit(1.0))).sqrt() / (n.clone() - lit(2.0));
        when(n.gt(lit(2.0)).and(self.varies())).then(made).otherwise(lit(NULL))
    }

    fn kurtosis(&self) -> Expr {
        let (n, d) = (self.count(), self.distances());
        let square = d.clone() * d;
        let second = square.clone().sum() / n.clone();
        let fourth = (square.clone() * square).sum() / n.clone();
        let excess = fourth / (second.clone() * second) - lit(3.0);
        let factor = (n.clone() - lit(1.0)) / ((n.clone() - lit(2.0)) * (n.clone() - lit(3.0)));
        let made = factor * ((n.clone() + lit(1.0)) * excess + lit(6.0));
        when(n.gt(lit(3.0)).and(self.varies())).then(made).otherwise(lit(NULL))
    }
}

/// Two columns of numbers, null in all rows in which one of them is.
struct Pair {
    left: Expr,
    right: Expr,
}

impl Pair {
    fn products_of_distances(&self) -> Expr {
        (Moments::of(self.left.clone()).distances() * Moments::of(self.right.clone()).distances()).sum()
    }

    fn covariance(&self) -> Expr {
        let n = Moments::of(self.left.clone()).count();
        let made = self.products_of_distances() / (n.clone() - lit(1.0));
        when(n.gt(lit(1.0))).then(made).otherwise(lit(NULL))
    }

    fn correlation(&self) -> Expr {
        let [left, right] = [&self.left, &self.right].map(|numbers| Moments::of(numbers.clone()));
        let squares = |side: &Moments| (side.distances() * side.distances()).sum();
        let made = self.products_of_distances() / (squares(&left) * squares(&right)).sqrt();
        // Rounding may carry it past one.
        let within = when(made.clone().gt(lit(1.0)).and(made.clone().is_nan().not())).then(lit(1.0)).otherwise(made);
        let within = when(within.clone().lt(lit(-1.0))).then(lit(-1.0)).otherwise(within);
        let tells = left.count().gt(lit(1.0)).and(left.varies()).and(right.varies());
        when(tells).then(within).otherwise(lit(NULL))
    }

    fn weighted_mean(&self) -> Expr {
        let weights = self.right.clone().sum();
        let mean = (self.left.clone() * self.right.clone()).sum() / weights.clone();
        when(weights.neq(lit(0.0))).then(mean).otherwise(lit(NULL))
    }

    /// Ranks in place of values, those that are equal sharing the middle of theirs.
    fn ranked(&self) -> Self {
        let ranks =
            |numbers: &Expr| numbers.clone().rank(RankOptions { method: RankMethod::Average, descending: false }, None);
        Self { left: ranks(&self.left), right: ranks(&self.right) }
    }
}

/// An aggregate in code of our own, from the values of a group that are not null.
fn from_values(
    values: Expr,
    made: DataType,
    compute: impl Fn(Series) -> PolarsResult<AnyValue<'static>> + Send + Sync + 'static,
) -> Expr {
    let dtype = made.clone();
    let all = move |column: Column| {
        // As a series of a list, decimals and times would be plain integers.
        let one = |at: usize| match column.get(at)? {
            AnyValue::List(values) if !values.is_empty() => compute(values),
            _ => Ok(AnyValue::Null),
        };
        let made: Vec<AnyValue> = (0..column.len()).map(one).collect::<PolarsResult<_>>()?;
        Ok(Series::from_any_values_and_dtype(column.name().clone(), &made, &dtype, true)?.into_column())
    };
    values.drop_nulls().implode(true).map(all, move |_, field| Ok(Field::new(field.name().clone(), made.clone())))
}

fn at(values: &Series, place: usize) -> PolarsResult<AnyValue<'static>> {
    values.get(place).map(AnyValue::into_static)
}

fn discrete(values: Expr, fraction: f64, kind: &Type) -> Expr {
    from_values(values, convert::dtype(kind), move |values| {
        let place = (fraction * values.len() as f64).ceil() as usize;
        at(&values.sort(SortOptions::default())?, place.saturating_sub(1).min(values.len() - 1))
    })
}

/// The most frequent of keys, as a value of the column that they were made of.
fn mode(keys: Expr, kind: &Type) -> Expr {
    let dtype = convert::dtype(kind);
    let kept = dtype.clone();
    from_values(keys, dtype, move |keys| {
        let frequent = polars::prelude::mode::mode(&keys, false)?;
        at(&frequent.strict_cast(&kept)?.sort(SortOptions::default())?, 0)
    })
}

fn product(values: Expr, name: &str) -> Expr {
    let name = name.to_owned();
    from_values(values, DataType::Decimal(38, 0), move |values| {
        let integers = values.i64()?;
        if integers.iter().flatten().any(|value| value == 0) {
            return Ok(AnyValue::Decimal(0, 38, 0));
        }
        let product =
            integers.iter().flatten().try_fold(1i128, |product, value| fits(product.checked_mul(value.into())));
        product.map(|product| AnyValue::Decimal(product, 38, 0)).ok_or_else(|| too_large("The product", &name))
    })
}

/// A number that a decimal can hold.
fn fits(number: Option<i128>) -> Option<i128> {
    number.filter(|number| number.unsigned_abs() < 10u128.pow(38))
}

/// The distance of the largest from the smallest.
fn range(most: Expr, least: Expr, name: &str, kind: &Type) -> Expr {
    let scale = match kind {
        Type::Float => return most - least,
        Type::Integer => Some(0),
        Type::Decimal(_, scale) => Some(usize::from(*scale)),
        _ => None,
    };
    let made = scale.map_or(DataType::Duration(TimeUnit::Microseconds), |scale| DataType::Decimal(38, scale));
    let field = made.clone();
    let name = name.to_owned();
    let distances = move |columns: &mut [Column]| {
        let [most, least] = columns else { polars_bail!(ComputeError: "a range has two ends") };
        let (most_of, least_of) = (exact(most)?, exact(least)?);
        let one = |(most, least): (Option<i128>, Option<i128>)| {
            let (Some(most), Some(least)) = (most, least) else { return Ok(AnyValue::Null) };
            let distance = most.checked_sub(least);
            let found = match scale {
                Some(scale) => fits(distance).map(|distance| AnyValue::Decimal(distance, 38, scale)),
                None => distance
                    .and_then(|distance| i64::try_from(distance).ok())
                    .map(|distance| AnyValue::Duration(distance, TimeUnit::Microseconds)),
            };
            found.ok_or_else(|| too_large("The range", &name))
        };
        let found: Vec<AnyValue> = most_of.into_iter().zip(least_of).map(one).collect::<PolarsResult<_>>()?;
        Ok(Series::from_any_values_and_dtype(most.name().clone(), &found, &made, true)?.into_column())
    };
    let (most, least) = match kind {
        Type::Date => {
            let instant = DataType::Datetime(TimeUnit::Microseconds, None);
            (most.cast(instant.clone()), least.cast(instant))
        }
        _ => (most, least),
    };
    most.map_many(distances, &[least], move |_, fields| Ok(Field::new(fields[0].name().clone(), field.clone())))
}

/// The digits of decimals, or integers, microseconds, days as they are.
fn exact(column: &Column) -> PolarsResult<Vec<Option<i128>>> {
    if column.dtype().is_decimal() {
        return Ok(column.decimal()?.physical().iter().collect());
    }
    let integers = column.cast(&DataType::Int64)?;
    Ok(integers.i64()?.iter().map(|value| value.map(i128::from)).collect())
}

/// A mean or quantile of times, to the nearest microsecond.
fn between_times(values: Expr, one: &Aggregate, kind: &Type) -> Expr {
    let kind = if *kind == Type::Date { &Type::Timestamp } else { kind };
    let (dtype, function) = (convert::dtype(kind), one.function);
    let fraction = if function == AggregateFunction::Median { 0.5 } else { one.fraction };
    let micros = values.cast(dtype.clone()).cast(DataType::Int64);
    let found = from_values(micros, DataType::Int64, move |values| {
        let sorted = values.sort(SortOptions::default())?;
        let all: Vec<i128> = sorted.i64()?.iter().flatten().map(i128::from).collect();
        let found = match function {
            AggregateFunction::Mean => {
                let count = all.len() as i128;
                (2 * all.iter().sum::<i128>() + count).div_euclid(2 * count)
            }
            _ => {
                let place = fraction * (all.len() - 1) as f64;
                let (lower, upper) = (all[place.floor() as usize], all[place.ceil() as usize]);
                lower + ((upper - lower) as f64 * place.fract()).round() as i128
            }
        };
        // It lies between two of them.
        Ok(AnyValue::Int64(found as i64))
    });
    found.cast(dtype)
}
