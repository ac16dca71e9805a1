//! The columns that come out of each operation, from those that go in. Pure: this is what makes problems appear while typing.

use super::{
    Aggregate, Edge, FAILED_COLUMN, FAILED_REASON, FAILED_VALUE, Frame, Join, JoinKind, LEFT_ROW, Op, Over, Pairs,
    Pick, Pivot, RIGHT_ROW, Rule, SCORE, Unpivot,
};
use crate::formula::Expr;
use crate::nodes::AggregateFunction;
use crate::problem::{Cause, Problem};
use crate::types::{Column, Schema, Type};

impl Op {
    /// The columns of the result. Sources have theirs from outside and are not asked.
    pub(crate) fn columns(&self, inputs: &[&Schema]) -> Result<Schema, Problem> {
        let first = || inputs.first().copied().cloned().unwrap_or_default();
        match self {
            Self::Read(_) | Self::ReadRejects(_) | Self::ReadDrift(_) | Self::Spooled { .. } => Ok(first()),
            Self::Inline(table) => Ok(table.schema.clone()),
            Self::Select(picks) => pick(&first(), picks),
            Self::Derive { columns, failures } => {
                let mut schema = first();
                for column in columns {
                    schema.set(Column::new(&column.name, column.formula.kind.clone()));
                }
                if *failures {
                    schema
                        .0
                        .extend([FAILED_COLUMN, FAILED_VALUE, FAILED_REASON].map(|name| Column::new(name, Type::Text)));
                }
                Ok(schema)
            }
            Self::Filter { condition } if !matches!(condition.kind, Type::Boolean | Type::Null) => {
                Err(Problem::new(format!("The condition is {}, not true or false.", condition.kind)))
            }
            Self::Sort(keys) => ordered(first(), keys.iter().map(|key| key.column.as_str())),
            Self::Filter { .. } | Self::Slice { .. } | Self::Recursion(_) => Ok(first()),
            Self::Number { column, .. } => {
                let mut schema = first();
                free(&schema, column)?;
                schema.0.insert(0, Column::new(column, Type::Integer));
                Ok(schema)
            }
            Self::Distinct { by, .. } => {
                let schema = first();
                by.iter().try_for_each(|name| column(&schema, name).map(drop))?;
                Ok(schema)
            }
            Self::GroupBy { by, aggregates, .. } => {
                let schema = first();
                let mut out = keys(&schema, by)?;
                for aggregate in aggregates {
                    free(&out, &aggregate.name)?;
                    let kind = aggregated(&schema, aggregate)?;
                    out.0.push(Column::new(&aggregate.name, kind));
                }
                Ok(out)
            }
            Self::Window { by, order, columns } => {
                let schema = first();
                keys(&schema, by)?;
                ordered(schema.clone(), order.iter().map(|key| key.column.as_str()))?;
                let mut out = schema.clone();
                for window in columns {
                    free(&out, &window.name)?;
                    let kind = windowed(&schema, &window.value)?;
                    out.0.push(Column::new(&window.name, kind));
                }
                Ok(out)
            }
            Self::Explode { column: name, position, .. } => {
                let mut out = first();
                let kind = match &column(&out, name)?.kind {
                    Type::List(inner) => (**inner).clone(),
                    Type::Null => Type::Null,
                    other => {
                        return Err(Problem::new(format!("{name:?} is {other} and no list."))
                            .try_this("Make a list of it first, as with string_to_array."));
                    }
                };
                out.set(Column::new(name, kind));
                if let Some(position) = position {
                    free(&out, position)?;
                    out.0.push(Column::new(position, Type::Integer));
                }
                Ok(out)
            }
            Self::Join(join) => joined(inputs, join),
            Self::Union => union(inputs),
            Self::Append { .. } => {
                let mut out = Schema::default();
                for column in inputs.iter().flat_map(|schema| &schema.0) {
                    free(&out, &column.name)?;
                    out.0.push(column.clone());
                }
                Ok(out)
            }
            Self::Pivot(pivot) => pivoted(&first(), pivot),
            Self::Unpivot(unpivot) => unpivoted(&first(), unpivot),
            Self::Pairs(pairs) => paired(inputs, pairs),
        }
    }
}

pub(super) fn column<'a>(schema: &'a Schema, name: &str) -> Result<&'a Column, Problem> {
    schema.column(name).ok_or_else(|| Problem::no_column(name, schema.names()))
}

fn free(schema: &Schema, name: &str) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(Problem::new("A new column has no name."));
    }
    if schema.contains(name) {
        return Err(Problem::new(format!("There are two columns {name:?}.")).try_this("Give one of them another name."));
    }
    Ok(())
}

fn pick(schema: &Schema, picks: &[Pick]) -> Result<Schema, Problem> {
    let mut out = Schema::default();
    for Pick { column: from, name } in picks {
        free(&out, name)?;
        out.0.push(Column { name: name.clone(), ..column(schema, from)?.clone() });
    }
    Ok(out)
}

fn keys(schema: &Schema, by: &[String]) -> Result<Schema, Problem> {
    pick(schema, &by.iter().map(Pick::same).collect::<Vec<_>>())
}

fn ordered<'a>(schema: Schema, keys: impl Iterator<Item = &'a str>) -> Result<Schema, Problem> {
    for key in keys {
        let found = column(&schema, key)?;
        if !found.kind.is_ordered() {
            return Err(Problem::new(format!("{key:?} is {}, which has no order.", found.kind)));
        }
    }
    Ok(schema)
}

/// The type of an aggregate. Exact results of integers come wide; nodes narrow them, and say where that fails.
fn aggregated(schema: &Schema, aggregate: &Aggregate) -> Result<Type, Problem> {
    use AggregateFunction::*;
    let function = aggregate.function;
    let Some(name) = aggregate.column.as_deref() else {
        if function == Count {
            return Ok(Type::Integer);
        }
        return Err(Problem::new(format!("{function:?} needs a column.")).at("column"));
    };
    let kind = &column(schema, name)?.kind;
    let refused = |wanted: &str| unfit(function, wanted, name, kind);
    let exact = |kind: &Type| match kind {
        Type::Integer => Some(Type::Decimal(38, 0)),
        Type::Decimal(_, scale) => Some(Type::Decimal(38, *scale)),
        _ => None,
    };
    let number = |kind: &Type| kind.is_number().then_some(Type::Float).ok_or_else(|| refused("numbers"));
    let other = |wanted: &str, fits: &dyn Fn(&Type) -> bool, place: &str| {
        let Some(other) = aggregate.other.as_deref() else {
            return Err(Problem::new(format!("{function:?} needs a second column.")).at(place));
        };
        let kind = &column(schema, other).map_err(|problem| problem.at(place))?.kind;
        if fits(kind) { Ok(()) } else { Err(unfit(function, wanted, other, kind).at(place)) }
    };
    match function {
        Count | CountValues | CountNulls | CountDistinct => Ok(Type::Integer),
        First | Last | FirstValue | LastValue => Ok(kind.clone()),
        Min | Max | Mode | QuantileDiscrete => {
            kind.is_ordered().then(|| kind.clone()).ok_or_else(|| refused("values that have an order"))
        }
        ValueAtMax | ValueAtMin => {
            other("values that have an order", &Type::is_ordered, "ranked_by")?;
            Ok(kind.clone())
        }
        Sum => match kind {
            Type::Float | Type::Duration => Ok(kind.clone()),
            kind => exact(kind).ok_or_else(|| refused("numbers")),
        },
        Product if *kind == Type::Integer => Ok(Type::Decimal(38, 0)),
        Range => match kind {
            Type::Float => Ok(Type::Float),
            kind if has_distances(kind) => Ok(Type::Duration),
            kind => exact(kind).ok_or_else(|| refused("numbers or times")),
        },
        Mean | Median | Quantile => match kind {
            Type::Date => Ok(Type::Timestamp),
            kind if has_distances(kind) => Ok(kind.clone()),
            kind if kind.is_number() => Ok(Type::Float),
            _ => Err(refused("numbers or times")),
        },
        Concatenate => {
            let text = Expr::column(&Column::new(name, kind.clone())).cast(Type::Text);
            text.map(|_| Type::Text).map_err(|_| refused("values that can be written as text"))
        }
        List if *kind == Type::Null => Err(refused("values of some type")),
        List if aggregate.sorted && !kind.is_ordered() => Err(refused("values that have an order")),
        List => Ok(Type::List(Box::new(kind.clone()))),
        Any | All => match kind {
            Type::Boolean => Ok(Type::Boolean),
            _ => Err(refused("true or false")),
        },
        WeightedMean => number(kind).and_then(|made| other("numbers", &Type::is_number, "weights").map(|()| made)),
        Covariance | Correlation | RankCorrelation => {
            number(kind).and_then(|made| other("numbers", &Type::is_number, "with").map(|()| made))
        }
        Product
        | GeometricMean
        | StandardDeviation
        | Variance
        | PopulationStandardDeviation
        | PopulationVariance
        | InterquartileRange
        | MedianAbsoluteDeviation
        | Skewness
        | Kurtosis => number(kind),
    }
}

fn unfit(function: AggregateFunction, wanted: &str, name: &str, kind: &Type) -> Problem {
    Problem::new(format!("{function:?} needs {wanted}, and {name:?} is {kind}."))
        .try_this("Convert the column first, or choose another function.")
        .because(Cause::WrongType { port: 0, column: name.to_owned(), to: None })
}

/// Whether the distance of two values is a duration.
fn has_distances(kind: &Type) -> bool {
    matches!(kind, Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Duration)
}

fn windowed(schema: &Schema, value: &Over) -> Result<Type, Problem> {
    Ok(match value {
        Over::Number | Over::Rank | Over::DenseRank | Over::Tile(_) => Type::Integer,
        Over::PercentRank | Over::CumulativeDistribution => Type::Float,
        Over::Shift { column: name, .. } | Over::Fill { column: name, .. } => column(schema, name)?.kind.clone(),
        Over::Aggregate { aggregate, frame } => {
            let kind = aggregated(schema, aggregate)?;
            on(schema, frame)?;
            if *frame == Frame::Partition {
                whole(aggregate.function, kind)?
            } else {
                framed(aggregate.function, kind)?
            }
        }
        Over::Nth { column: name, frame, .. } => {
            on(schema, frame)?;
            column(schema, name)?.kind.clone()
        }
        Over::Interpolate { column: name, along } => {
            if let Some(along) = along {
                placed(schema, along)?;
            }
            let column = column(schema, name)?;
            if !column.kind.is_number() {
                return Err(Problem::new(format!("Interpolation needs numbers, and {name:?} is {}.", column.kind))
                    .because(Cause::WrongType { port: 0, column: name.clone(), to: None }));
            }
            Type::Float
        }
    })
}

/// Whether there are the columns that a frame goes by.
fn on(schema: &Schema, frame: &Frame) -> Result<(), Problem> {
    match frame {
        Frame::Partition | Frame::Rows { .. } => Ok(()),
        Frame::Range { along, .. } => placed(schema, along),
        Frame::Span { from, to } => [from, to].into_iter().try_for_each(|edge| match edge {
            Edge::Value(name) => column(schema, name).map(drop),
            _ => Ok(()),
        }),
    }
}

/// The type of an aggregate over a whole partition, whose value stands in each of its rows.
fn whole(function: AggregateFunction, kind: Type) -> Result<Type, Problem> {
    use AggregateFunction::*;
    match function {
        Count
        | CountValues
        | CountNulls
        | CountDistinct
        | Sum
        | Mean
        | Median
        | Quantile
        | InterquartileRange
        | Mode
        | Min
        | Max
        | First
        | Last
        | FirstValue
        | LastValue
        | StandardDeviation
        | Variance
        | PopulationStandardDeviation
        | PopulationVariance
        | Any
        | All => Ok(kind),
        _ => Err(Problem::new(format!("{function:?} can't be had for every row of a group."))
            .try_this("Compute it with Group by, and bring it back with Join.")),
    }
}

/// The type of an aggregate over part of a partition.
fn framed(function: AggregateFunction, kind: Type) -> Result<Type, Problem> {
    use AggregateFunction::*;
    let refused = |why: String| Err(Problem::new(why).try_this("Choose another function."));
    match (function, &kind) {
        (Sum, Type::Duration) => {
            refused(format!("{function:?} of the rows around a row needs numbers, and this is {kind}."))
        }
        (Count | CountValues | Sum | Min | Max | First | Last | Any | All, _) => Ok(kind),
        (
            Mean | Median | StandardDeviation | Variance | PopulationStandardDeviation | PopulationVariance,
            Type::Float,
        ) => Ok(kind),
        _ => refused(format!("{function:?} can't be computed over the rows around a row.")),
    }
}

/// A column by which rows have a distance from each other.
fn placed(schema: &Schema, name: &str) -> Result<(), Problem> {
    let kind = &column(schema, name)?.kind;
    match kind {
        Type::Integer | Type::Date | Type::Timestamp | Type::TimestampZoned(_) => Ok(()),
        _ => {
            Err(Problem::new(format!("Distances need a whole number, a date or a timestamp, and {name:?} is {kind}.")))
        }
    }
}

fn same_types(left: &Schema, right: &Schema, on: &[(String, String)]) -> Result<(), Problem> {
    for (a, b) in on {
        let (a, b) = (column(left, a)?, column(right, b)?);
        if a.kind != b.kind {
            return Err(Problem::new(format!("{:?} is {} and {:?} is {}.", a.name, a.kind, b.name, b.kind))
                .try_this("Convert one of them, so that both have the same type."));
        }
    }
    Ok(())
}

fn paired(inputs: &[&Schema], pairs: &Pairs) -> Result<Schema, Problem> {
    let [left, right] = inputs else { return Err(Problem::new("Pairs need two inputs.")) };
    same_types(left, right, &pairs.by)?;
    same_types(left, right, &pairs.on)?;
    let mut out = Schema::of([(LEFT_ROW, Type::Integer), (RIGHT_ROW, Type::Integer)]);
    if matches!(pairs.rule, Rule::Similar(_)) {
        out.0.push(Column::new(SCORE, Type::Float));
    }
    Ok(out)
}

fn joined(inputs: &[&Schema], join: &Join) -> Result<Schema, Problem> {
    let [left, right] = inputs else { return Err(Problem::new("A join needs two inputs.")) };
    same_types(left, right, &join.on)?;
    let mut out = (*left).clone();
    if matches!(join.kind, JoinKind::Right | JoinKind::Full) {
        // A key has values of both sides, which may be stored in different widths.
        out.0
            .iter_mut()
            .filter(|column| join.on.iter().any(|(key, _)| *key == column.name))
            .for_each(|key| key.storage = None);
    }
    if matches!(join.kind, JoinKind::Semi | JoinKind::Anti) {
        return Ok(out);
    }
    if matches!(join.kind, JoinKind::Right | JoinKind::Full) {
        // Keys of both sides come together there.
        let is_key = |column: &&mut Column| join.on.iter().any(|(key, _)| *key == column.name);
        out.0.iter_mut().filter(is_key).for_each(|column| column.storage = None);
    }
    for column in pick(right, &join.right)?.0 {
        free(&out, &column.name)?;
        out.0.push(column);
    }
    Ok(out)
}

/// Columns in the order in which they are first met; types meet in their common type.
fn union(inputs: &[&Schema]) -> Result<Schema, Problem> {
    let mut out = Schema::default();
    for column in inputs.iter().flat_map(|schema| &schema.0) {
        let Some(known) = out.column(&column.name) else {
            out.0.push(column.clone());
            continue;
        };
        if known.kind == column.kind && known.storage == column.storage {
            continue;
        }
        let Some(kind) = known.kind.common(&column.kind) else {
            return Err(Problem::new(format!(
                "{:?} is {} in one input and {} in another.",
                column.name, known.kind, column.kind
            ))
            .try_this("Convert one of them, so that both have the same type."));
        };
        out.set(Column::new(&column.name, kind));
    }
    Ok(out)
}

fn pivoted(schema: &Schema, pivot: &Pivot) -> Result<Schema, Problem> {
    let mut out = keys(schema, &pivot.by)?;
    column(schema, &pivot.on)?;
    let kind = aggregated(schema, &pivot.aggregate)?;
    for (_, name) in &pivot.values {
        free(&out, name)?;
        out.0.push(Column::new(name, kind.clone()));
    }
    Ok(out)
}

fn unpivoted(schema: &Schema, unpivot: &Unpivot) -> Result<Schema, Problem> {
    let mut out = keys(schema, &unpivot.keep)?;
    let (label, kind) = &unpivot.label;
    free(&out, label)?;
    out.0.push(Column::new(label, kind.clone()));
    for (at, name) in unpivot.values.iter().enumerate() {
        free(&out, name)?;
        let mut common = Column::new(name, Type::Null);
        for from in unpivot.lines.iter().filter_map(|line| line.columns[at].as_deref()) {
            let from = column(schema, from)?;
            common.kind = common.kind.common(&from.kind).ok_or_else(|| {
                let message = format!("{:?} is {}, and other values are {}.", from.name, from.kind, common.kind);
                Problem::new(message).try_this("Convert them first, so that all have the same type.")
            })?;
        }
        out.0.push(common);
    }
    Ok(out)
}
