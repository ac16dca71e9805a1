//! Functions that Polars has no faithful expression for, computed row by row: a plain Rust function over the cells of one row
//! becomes an elementwise expression, which streams like any other.

use std::borrow::Cow;
use std::sync::Arc;

use pipewright_engine::formula::Failure;
use pipewright_engine::types::Type;
use polars::prelude::*;

use super::reason;
use crate::convert;

/// A value in the form in which it is computed. Dates are days, times, timestamps and durations microseconds, decimals their
/// digits without the point: the types of the formula say which it is.
#[derive(Clone, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Digits(i128),
    Text(Cow<'a, str>),
}

/// The arguments in one row. What is asked for in a type that it is not is empty: types were checked long before.
pub(super) struct Row<'a>(Vec<Cell<'a>>);

impl<'a> Row<'a> {
    pub(super) fn cells(&self) -> &[Cell<'a>] {
        &self.0
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.0.len() > at
    }

    pub(super) fn text(&self, at: usize) -> &'a str {
        match self.0.get(at) {
            Some(Cell::Text(Cow::Borrowed(text))) => text,
            _ => "",
        }
    }

    pub(super) fn integer(&self, at: usize) -> i64 {
        match self.0.get(at) {
            Some(Cell::Integer(value)) => *value,
            _ => 0,
        }
    }

    pub(super) fn float(&self, at: usize) -> f64 {
        match self.0.get(at) {
            Some(Cell::Float(value)) => *value,
            _ => 0.0,
        }
    }

    pub(super) fn digits(&self, at: usize) -> i128 {
        match self.0.get(at) {
            Some(Cell::Digits(value)) => *value,
            _ => 0,
        }
    }
}

/// What a function makes of a row.
pub(super) type Made<'a> = Result<Cell<'a>, Failure>;

/// The value of a function, and why it fails where it does.
pub(super) struct Checked {
    pub(super) value: Expr,
    pub(super) reason: Option<Expr>,
}

/// A function over rows. Rows with a null in them give null.
pub(super) fn by_row<F>(arguments: &[Expr], kind: &Type, fails: bool, function: F) -> Checked
where
    F: for<'a> Fn(&Row<'a>) -> Made<'a> + Send + Sync + 'static,
{
    let strict = move |row: &Row<'_>| row.0.iter().any(|cell| matches!(cell, Cell::Null));
    let function = Arc::new(function);
    let [first, rest @ ..] = arguments else { return Checked { value: reason::none(), reason: None } };
    let (value, failure, to) = (function.clone(), function, kind.clone());
    Checked {
        value: first.clone().map_many(
            move |columns| {
                let arguments = Arguments::of(columns)?;
                let made = arguments.each(|row| if strict(row) { Cell::Null } else { null_if_failed(value(row)) });
                column(columns, made_of(made, &to)?)
            },
            rest,
            field(convert::dtype(kind)),
        ),
        reason: fails.then(|| {
            reason::of(arguments, move |columns| {
                let arguments = Arguments::of(columns)?;
                let failures = arguments.each(|row| if strict(row) { None } else { failure(row).err() });
                Ok(reason::gather(failures, arguments.height))
            })
        }),
    }
}

/// A function over rows that cannot fail and has a rule of its own for nulls.
pub(super) fn filled_by_row<F>(arguments: &[Expr], kind: &Type, function: F) -> Expr
where
    F: for<'a> Fn(&Row<'a>) -> Cell<'a> + Send + Sync + 'static,
{
    let [first, rest @ ..] = arguments else { return reason::none() };
    let to = kind.clone();
    first.clone().map_many(
        move |columns| {
            let arguments = Arguments::of(columns)?;
            column(columns, made_of(arguments.each(|row| function(row)), &to)?)
        },
        rest,
        field(convert::dtype(kind)),
    )
}

/// The output of a map: a column of this type under the name of the first argument.
pub(super) fn field(dtype: DataType) -> impl Fn(&Schema, &[Field]) -> PolarsResult<Field> + Send + Sync + 'static {
    move |_, fields| {
        let name = fields.first().map(|field| field.name.clone()).unwrap_or_default();
        Ok(Field::new(name, dtype.clone()))
    }
}

/// How many rows columns have between them, of which constants have but one.
pub(super) fn height(columns: &[Column]) -> usize {
    columns.iter().map(Column::len).find(|height| *height != 1).unwrap_or(1)
}

fn column(columns: &[Column], series: Series) -> PolarsResult<Column> {
    let name = columns.first().map(|column| column.name().clone()).unwrap_or_default();
    Ok(series.with_name(name).into_column())
}

fn null_if_failed(made: Made) -> Cell {
    made.unwrap_or(Cell::Null)
}

/// Columns in the form in which they are computed.
struct Arguments {
    columns: Vec<Series>,
    height: usize,
}

impl Arguments {
    fn of(columns: &[Column]) -> PolarsResult<Self> {
        let height = height(columns);
        let columns =
            columns.iter().map(|column| plain(column.as_materialized_series())).collect::<PolarsResult<_>>()?;
        Ok(Self { columns, height })
    }

    /// What is made of every row. One row is filled again and again: room for each would cost more than most functions.
    fn each<'a, R: 'a>(&'a self, make: impl Fn(&Row<'a>) -> R + 'a) -> impl Iterator<Item = R> + 'a {
        let mut columns: Vec<_> = self.columns.iter().map(|series| cells(series, self.height)).collect();
        let mut row = Row(Vec::with_capacity(columns.len()));
        (0..self.height).map(move |_| {
            row.0.clear();
            row.0.extend(columns.iter_mut().map(|cells| cells.next().unwrap_or(Cell::Null)));
            make(&row)
        })
    }
}

/// Dates and times as whole numbers: days, and microseconds for all else.
fn plain(series: &Series) -> PolarsResult<Series> {
    match series.dtype() {
        DataType::Time => Ok(series.cast(&DataType::Int64)? / 1_000),
        DataType::Date | DataType::Datetime(..) | DataType::Duration(_) => {
            series.to_physical_repr().cast(&DataType::Int64)
        }
        _ => Ok(series.clone()),
    }
}

fn cells(series: &Series, height: usize) -> Box<dyn Iterator<Item = Cell<'_>> + '_> {
    let cells = cells_of(series);
    if series.len() == 1 && height != 1 {
        let constant = cells.into_iter().next().unwrap_or(Cell::Null);
        return Box::new(std::iter::repeat_n(constant, height));
    }
    cells
}

fn cells_of(series: &Series) -> Box<dyn Iterator<Item = Cell<'_>> + '_> {
    fn or_null<'a, T>(value: Option<T>, make: impl Fn(T) -> Cell<'a>) -> Cell<'a> {
        value.map_or(Cell::Null, make)
    }
    if let Ok(values) = series.str() {
        return Box::new(values.iter().map(|value| or_null(value, |text| Cell::Text(Cow::Borrowed(text)))));
    }
    if let Ok(values) = series.i64() {
        return Box::new(values.iter().map(|value| or_null(value, Cell::Integer)));
    }
    if let Ok(values) = series.f64() {
        return Box::new(values.iter().map(|value| or_null(value, Cell::Float)));
    }
    if let Ok(values) = series.bool() {
        return Box::new(values.iter().map(|value| or_null(value, Cell::Boolean)));
    }
    if let Ok(values) = series.decimal() {
        return Box::new(values.physical().iter().map(|value| or_null(value, Cell::Digits)));
    }
    Box::new(std::iter::repeat_n(Cell::Null, series.len()))
}

/// Computed cells as a series of a type.
fn made_of<'a>(cells: impl Iterator<Item = Cell<'a>>, kind: &Type) -> PolarsResult<Series> {
    let name = PlSmallStr::EMPTY;
    let whole = |cell| if let Cell::Integer(value) = cell { Some(value) } else { None };
    Ok(match kind {
        Type::Boolean => {
            let values = cells.map(|cell| if let Cell::Boolean(value) = cell { Some(value) } else { None });
            BooleanChunked::from_iter_options(name, values).into_series()
        }
        Type::Float => {
            let values = cells.map(|cell| if let Cell::Float(value) = cell { Some(value) } else { None });
            Float64Chunked::from_iter_options(name, values).into_series()
        }
        Type::Decimal(precision, scale) => {
            let values = cells.map(|cell| if let Cell::Digits(value) = cell { Some(value) } else { None });
            let digits = Int128Chunked::from_iter_options(name, values);
            digits.into_decimal_unchecked(usize::from(*precision), usize::from(*scale)).into_series()
        }
        Type::Text => {
            let mut texts = StringChunkedBuilder::new(name, cells.size_hint().0);
            cells.for_each(|cell| {
                texts.append_option(if let Cell::Text(text) = &cell { Some(text.as_ref()) } else { None })
            });
            texts.finish().into_series()
        }
        Type::Date => {
            Int64Chunked::from_iter_options(name, cells.map(whole)).cast(&DataType::Int32)?.cast(&DataType::Date)?
        }
        Type::Time => {
            let nanos = cells.map(|cell| whole(cell).map(|micros| micros * 1_000));
            Int64Chunked::from_iter_options(name, nanos).cast(&DataType::Time)?
        }
        kind => Int64Chunked::from_iter_options(name, cells.map(whole)).cast(&convert::dtype(kind))?,
    })
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<bool> for Cell<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Cell<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<i128> for Cell<'_> {
    fn from(value: i128) -> Self {
        Self::Digits(value)
    }
}
