//! Functions that Polars has no faithful expression for, computed row by row: a plain Rust function over the cells of one row
//! becomes an elementwise expression, which streams like any other.

use std::borrow::Cow;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use pipewright_engine::formula::Failure;
use pipewright_engine::types::{Column as OurColumn, Type};
use polars::chunked_array::builder::get_list_builder;
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
    Binary(Cow<'a, [u8]>),
    List(Elements<'a>),
    /// The fields in their order.
    Struct(Elements<'a>),
}

/// Some of many cells that lie next to each other.
#[derive(Clone, Debug)]
pub(super) struct Elements<'a> {
    all: Rc<[Cell<'a>]>,
    from: usize,
    to: usize,
}

impl<'a> Deref for Elements<'a> {
    type Target = [Cell<'a>];

    fn deref(&self) -> &Self::Target {
        &self.all[self.from..self.to]
    }
}

impl<'a> From<Vec<Cell<'a>>> for Elements<'a> {
    fn from(cells: Vec<Cell<'a>>) -> Self {
        let to = cells.len();
        Self { all: cells.into(), from: 0, to }
    }
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

    pub(super) fn list(&self, at: usize) -> &[Cell<'a>] {
        match self.0.get(at) {
            Some(Cell::List(elements)) => elements,
            _ => &[],
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
    strictly_by_row(arguments, kind, fails, Arc::new(function))
}

/// What goes on around a function is compiled once and not for each of hundreds.
type Function = dyn for<'a> Fn(&Row<'a>) -> Made<'a> + Send + Sync;
type Unfailing = dyn for<'a> Fn(&Row<'a>) -> Cell<'a> + Send + Sync;

fn strictly_by_row(arguments: &[Expr], kind: &Type, fails: bool, function: Arc<Function>) -> Checked {
    let strict = move |row: &Row<'_>| row.0.iter().any(|cell| matches!(cell, Cell::Null));
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
    each_row(arguments, kind, Box::new(function))
}

fn each_row(arguments: &[Expr], kind: &Type, function: Box<Unfailing>) -> Expr {
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

/// The first value, or null where it equals the second. What has to be computed for it is computed once, which it would not be as the
/// condition and the result of a choice.
pub(super) fn null_if(arguments: &[Expr], kind: &Type) -> Expr {
    let [first, rest @ ..] = arguments else { return reason::none() };
    first.clone().map_many(
        |columns| {
            let [value, other] = columns else { polars_bail!(ComputeError: "nullif takes two values") };
            let (value, other) = (value.as_materialized_series(), other.as_materialized_series());
            let differs = !value.equal(other)?.fill_null_with_values(false)?;
            let null = Series::full_null(value.name().clone(), 1, value.dtype());
            Ok(value.zip_with(&differs, &null)?.into())
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
    columns: Vec<Part>,
    height: usize,
}

/// A column and what lies in it: the elements of its lists, or the fields of its structs.
struct Part {
    series: Series,
    within: Vec<Part>,
}

impl Arguments {
    fn of(columns: &[Column]) -> PolarsResult<Self> {
        let height = height(columns);
        let columns =
            columns.iter().map(|column| Part::of(column.as_materialized_series())).collect::<PolarsResult<_>>()?;
        Ok(Self { columns, height })
    }

    /// What is made of every row. One row is filled again and again: room for each would cost more than most functions.
    fn each<'a, R: 'a>(&'a self, make: impl Fn(&Row<'a>) -> R + 'a) -> impl Iterator<Item = R> + 'a {
        let mut columns: Vec<_> = self.columns.iter().map(|part| cells(part, self.height)).collect();
        let mut row = Row(Vec::with_capacity(columns.len()));
        (0..self.height).map(move |_| {
            row.0.clear();
            row.0.extend(columns.iter_mut().map(|cells| cells.next().unwrap_or(Cell::Null)));
            make(&row)
        })
    }
}

impl Part {
    fn of(series: &Series) -> PolarsResult<Self> {
        let (series, within) = match series.dtype() {
            DataType::List(_) => {
                let series = series.rechunk();
                let within = vec![Self::of(&series.list()?.get_inner())?];
                (series, within)
            }
            DataType::Struct(_) => {
                let fields = series.struct_()?.fields_as_series();
                (series.clone(), fields.iter().map(Self::of).collect::<PolarsResult<_>>()?)
            }
            _ => (plain(series)?, Vec::new()),
        };
        Ok(Self { series, within })
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

fn cells(part: &Part, height: usize) -> Box<dyn Iterator<Item = Cell<'_>> + '_> {
    let cells = cells_of(part);
    if part.series.len() == 1 && height != 1 {
        let constant = cells.into_iter().next().unwrap_or(Cell::Null);
        return Box::new(std::iter::repeat_n(constant, height));
    }
    cells
}

fn cells_of(part: &Part) -> Box<dyn Iterator<Item = Cell<'_>> + '_> {
    fn or_null<'a, T>(value: Option<T>, make: impl Fn(T) -> Cell<'a>) -> Cell<'a> {
        value.map_or(Cell::Null, make)
    }
    let series = &part.series;
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
    if let Ok(values) = series.binary() {
        return Box::new(values.iter().map(|value| or_null(value, |bytes| Cell::Binary(Cow::Borrowed(bytes)))));
    }
    if let (Ok(lists), [elements]) = (series.list(), part.within.as_slice()) {
        let all: Rc<[Cell]> = cells_of(elements).collect();
        let is_filled = series.is_not_null();
        // They lie in one piece.
        return Box::new(lists.downcast_iter().flat_map(move |lists| {
            let (all, is_filled, offsets) = (all.clone(), is_filled.clone(), lists.offsets());
            (0..offsets.len_proxy()).map(move |at| {
                let (from, to) = offsets.start_end(at);
                let is_filled = is_filled.get(at) == Some(true);
                if is_filled { Cell::List(Elements { all: all.clone(), from, to }) } else { Cell::Null }
            })
        }));
    }
    if series.struct_().is_ok() {
        let mut fields: Vec<_> = part.within.iter().map(|field| cells_of(field)).collect();
        let is_filled = series.is_not_null();
        return Box::new((0..series.len()).map(move |at| {
            let cells: Vec<Cell> = fields.iter_mut().map(|field| field.next().unwrap_or(Cell::Null)).collect();
            if is_filled.get(at) == Some(true) { Cell::Struct(cells.into()) } else { Cell::Null }
        }));
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
        Type::Binary => {
            let values = cells.map(|cell| if let Cell::Binary(bytes) = cell { Some(bytes.into_owned()) } else { None });
            BinaryChunked::from_iter_options(name, values).into_series()
        }
        Type::List(kind) => lists_of(cells, kind)?,
        Type::Struct(fields) => structs_of(cells, fields)?,
        Type::Null => Series::new_null(name, cells.count()),
        kind => Int64Chunked::from_iter_options(name, cells.map(whole)).cast(&convert::dtype(kind))?,
    })
}

fn lists_of<'a>(cells: impl Iterator<Item = Cell<'a>>, kind: &Type) -> PolarsResult<Series> {
    let (mut lengths, mut elements) = (Vec::new(), Vec::new());
    for cell in cells {
        lengths.push(if let Cell::List(list) = &cell { Some(list.len()) } else { None });
        if let Cell::List(list) = &cell {
            elements.extend(list.iter().cloned());
        }
    }
    let elements = made_of(elements.into_iter(), kind)?;
    let mut lists = get_list_builder(&convert::dtype(kind), elements.len(), lengths.len(), PlSmallStr::EMPTY);
    let mut at = 0;
    for length in lengths {
        match length {
            Some(length) => lists.append_series(&elements.slice(at as i64, length))?,
            None => lists.append_null(),
        }
        at += length.unwrap_or(0);
    }
    Ok(lists.finish().into_series())
}

fn structs_of<'a>(cells: impl Iterator<Item = Cell<'a>>, fields: &[OurColumn]) -> PolarsResult<Series> {
    let rows: Vec<Option<Elements>> =
        cells.map(|cell| if let Cell::Struct(fields) = cell { Some(fields) } else { None }).collect();
    let column = |(at, field): (usize, &OurColumn)| {
        let cells = rows.iter().map(|row| row.as_ref().and_then(|row| row.get(at)).cloned().unwrap_or(Cell::Null));
        let cells: Vec<Cell> = cells.collect();
        Ok(made_of(cells.into_iter(), &field.kind)?.with_name(field.name.as_str().into()))
    };
    let columns: Vec<Series> = fields.iter().enumerate().map(column).collect::<PolarsResult<_>>()?;
    let structs = StructChunked::from_series(PlSmallStr::EMPTY, rows.len(), columns.iter())?;
    let is_filled = rows.iter().map(Option::is_some).collect();
    Ok(structs.with_outer_validity(Some(is_filled)).into_series())
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

impl<'a> From<Vec<Cell<'a>>> for Cell<'a> {
    fn from(cells: Vec<Cell<'a>>) -> Self {
        Self::List(cells.into())
    }
}

impl From<i128> for Cell<'_> {
    fn from(value: i128) -> Self {
        Self::Digits(value)
    }
}
