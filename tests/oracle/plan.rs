//! The meaning of plans, row by row over plain tables: written from the words of each operation, without regard to speed. What
//! runs on Polars is compared with it.

use std::cmp::Ordering;

use pipewright_engine::formula::Expr;
use pipewright_engine::plan::{
    Aggregate, Computed, Edge, Frame, HELPER, Join, JoinKind, Keep, MOST_ROUNDS, Op, Over, Pick, Pivot, Plan, ROUND,
    Recursion, Rows, SortKey, Unpivot, WindowColumn,
};
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Type};
use pipewright_engine::value::{DAY_MICROS, Value};

use super::aggregate::aggregate;
use super::formula;
use super::pairs::pairs;

type Row = Vec<Value>;

/// The rows that come out of an entry of a plan, or why there can be none: a promise about the data was broken.
///
/// `sources` gives the rows of what is read from outside.
pub fn evaluate(plan: &Plan, rows: Rows, sources: &dyn Fn(&Op) -> Table) -> Result<Table, String> {
    let needed = plan.uses([rows]);
    let mut tables: Vec<Table> = Vec::new();
    for (entry, uses) in plan.entries.iter().zip(needed).take(rows.0 + 1) {
        let mut table = Table::empty(entry.schema.clone());
        if uses > 0 {
            let inputs: Vec<&Table> = entry.inputs.iter().map(|input| &tables[input.0]).collect();
            table.rows = operation(&entry.op, &inputs, &entry.schema, sources)?;
        }
        tables.push(table);
    }
    Ok(tables.swap_remove(rows.0))
}

fn operation(op: &Op, inputs: &[&Table], columns: &Schema, sources: &dyn Fn(&Op) -> Table) -> Result<Vec<Row>, String> {
    Ok(match op {
        Op::Read(_) | Op::ReadRejects(_) | Op::ReadDrift(_) | Op::Spooled { .. } => sources(op).rows,
        Op::Inline(table) => table.rows.clone(),
        Op::Select(picks) => {
            let places = places(inputs[0], picks.iter().map(|pick| &pick.column));
            inputs[0].rows.iter().map(|row| taken(row, &places)).collect()
        }
        Op::Derive { columns, failures } => derive(inputs[0], columns, *failures)?,
        Op::Filter { condition } => {
            let mut rows = Vec::new();
            for row in &inputs[0].rows {
                if formula::evaluate(condition, row, &inputs[0].schema)? == Value::Boolean(true) {
                    rows.push(row.clone());
                }
            }
            rows
        }
        Op::Sort(keys) => in_order(inputs[0], keys, (0..inputs[0].rows.len()).collect())
            .into_iter()
            .map(|at| inputs[0].rows[at].clone())
            .collect(),
        Op::Slice { skip, count } => {
            let (skip, count) = (*skip as usize, count.map_or(usize::MAX, |count| count as usize));
            inputs[0].rows.iter().skip(skip).take(count).cloned().collect()
        }
        Op::Number { start, .. } => {
            let numbered = inputs[0].rows.iter().zip(*start..);
            numbered.map(|(row, number)| [vec![Value::Integer(number)], row.clone()].concat()).collect()
        }
        Op::Distinct { by, keep } => distinct(inputs[0], by, *keep),
        Op::GroupBy { by, aggregates, .. } => group_by(inputs[0], by, aggregates)?,
        Op::Explode { column, keep_empty, position } => explode(inputs[0], column, *keep_empty, position.is_some())?,
        Op::Window { by, order, columns } => window(inputs[0], by, order, columns)?,
        Op::Join(description) => join(inputs[0], inputs[1], description)?,
        Op::Union => inputs.iter().flat_map(|input| union(input, columns)).collect(),
        Op::Append { pad } => append(inputs, *pad)?,
        Op::Pivot(description) => pivot(inputs[0], description)?,
        Op::Pairs(description) => pairs(inputs[0], inputs[1], description)?,
        Op::Unpivot(description) => unpivot(inputs[0], description, columns),
        Op::Recursion(description) => recursion(inputs, description, sources)?,
    })
}

fn recursion(inputs: &[&Table], recursion: &Recursion, sources: &dyn Fn(&Op) -> Table) -> Result<Vec<Row>, String> {
    let mut last = inputs[0].clone();
    let mut all = last.clone();
    for _ in 0..MOST_ROUNDS {
        if last.rows.is_empty() {
            return Ok(all.rows);
        }
        let given = |op: &Op| match op {
            Op::Spooled { node, output } if node == ROUND => match output {
                0 => last.clone(),
                1 => all.clone(),
                other => inputs[other - 1].clone(),
            },
            other => sources(other),
        };
        for tally in &recursion.step.tallies {
            if !evaluate(&recursion.step, tally.rows, &given)?.rows.is_empty() {
                return Err("a row of a recursion fails".into());
            }
        }
        let next = evaluate(&recursion.step, recursion.rows, &given)?.rows;
        all.rows.extend(next.iter().cloned());
        last.rows = next;
    }
    Err("the recursion does not end".into())
}

fn derive(input: &Table, columns: &[Computed], failures: bool) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for row in &input.rows {
        let (mut schema, mut row) = (input.schema.clone(), row.clone());
        let mut failure: Option<[Value; 3]> = None;
        for Computed { name, formula: expr, shown } in columns {
            let value = match formula::evaluate(expr, &row, &schema) {
                Ok(value) => value,
                Err(reason) if failures => {
                    let told = told(expr).map_or(Value::Null, |column| as_text(column, &row, &schema));
                    failure.get_or_insert([Value::text(shown), told, Value::Text(reason)]);
                    Value::Null
                }
                Err(reason) => return Err(format!("a formula that cannot fail failed: {reason}")),
            };
            match schema.position(name) {
                Some(at) => row[at] = value,
                None => row.push(value),
            }
            schema.set(Column::new(name, expr.kind.clone()));
        }
        if failures {
            row.extend(failure.unwrap_or_default());
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The only column that a formula reads, helpers of nodes aside.
fn told(expr: &Expr) -> Option<&str> {
    let columns = expr.columns();
    let of_user: Vec<&str> = columns.iter().copied().filter(|name| !name.starts_with(HELPER)).collect();
    let told = if of_user.is_empty() { columns.into_iter().collect() } else { of_user };
    told.first().copied().filter(|_| told.len() == 1)
}

fn as_text(name: &str, row: &[Value], schema: &Schema) -> Value {
    let column = Expr::column(schema.column(name).expect("a column that a formula reads"));
    let Ok(cast) = column.clone().cast(Type::Text) else {
        // Lists and the like are shown, though no formula makes text of them.
        let value = formula::evaluate(&column, row, schema).unwrap_or_default();
        return if value.is_null() { value } else { Value::text(value.to_string()) };
    };
    formula::evaluate(&cast, row, schema).unwrap_or_default()
}

fn distinct(input: &Table, by: &[String], keep: Keep) -> Vec<Row> {
    let mut kept: Vec<usize> = groups(input, by)
        .into_iter()
        .filter_map(|group| match (keep, group.as_slice()) {
            (Keep::First, [first, ..]) => Some(*first),
            (Keep::Last, [.., last]) => Some(*last),
            (Keep::Neither, [only]) => Some(*only),
            _ => None,
        })
        .collect();
    kept.sort_unstable();
    kept.into_iter().map(|at| input.rows[at].clone()).collect()
}

fn group_by(input: &Table, by: &[String], aggregates: &[Aggregate]) -> Result<Vec<Row>, String> {
    let keys = places(input, by);
    let row = |group: &Vec<usize>| -> Result<Row, String> {
        let mut row = group.first().map(|first| taken(&input.rows[*first], &keys)).unwrap_or_default();
        for one in aggregates {
            row.push(aggregate(one, input, group)?);
        }
        Ok(row)
    };
    all_in_one_if_without_keys(input, by).iter().map(row).collect()
}

fn pivot(input: &Table, pivot: &Pivot) -> Result<Vec<Row>, String> {
    let keys = places(input, &pivot.by);
    let on = place(input, &pivot.on);
    let row = |group: &Vec<usize>| -> Result<Row, String> {
        let mut row = group.first().map(|first| taken(&input.rows[*first], &keys)).unwrap_or_default();
        for (value, _) in &pivot.values {
            let those: Vec<usize> = group.iter().copied().filter(|at| same(&input.rows[*at][on], value)).collect();
            row.push(aggregate(&pivot.aggregate, input, &those)?);
        }
        Ok(row)
    };
    all_in_one_if_without_keys(input, &pivot.by).iter().map(row).collect()
}

fn unpivot(input: &Table, unpivot: &Unpivot, columns: &Schema) -> Vec<Row> {
    let kept = places(input, &unpivot.keep);
    let kinds = &columns.0[kept.len() + 1..];
    let mut rows = Vec::new();
    for row in &input.rows {
        for line in &unpivot.lines {
            let value = |(from, column): (&Option<String>, &Column)| match from {
                Some(from) => widened(&row[place(input, from)], &column.kind),
                None => Value::Null,
            };
            let values: Row = line.columns.iter().zip(kinds).map(value).collect();
            rows.push([taken(row, &kept), vec![line.label.clone()], values].concat());
        }
    }
    rows
}

fn window(input: &Table, by: &[String], order: &[SortKey], columns: &[WindowColumn]) -> Result<Vec<Row>, String> {
    let mut rows = input.rows.clone();
    for group in groups(input, by) {
        let partition = Partition { input, order, rows: in_order(input, order, group) };
        for (here, row) in partition.rows.iter().enumerate() {
            for column in columns {
                rows[*row].push(partition.value(&column.value, here)?);
            }
        }
    }
    Ok(rows)
}

/// The rows of a partition, in order.
struct Partition<'a> {
    input: &'a Table,
    order: &'a [SortKey],
    rows: Vec<usize>,
}

impl Partition<'_> {
    fn value(&self, value: &Over, here: usize) -> Result<Value, String> {
        let integer = |number: usize| Value::Integer(number as i64);
        let count = self.rows.len();
        Ok(match value {
            Over::Number => integer(here + 1),
            Over::Rank => integer(self.first_peer(here) + 1),
            Over::DenseRank => integer((1..=here).filter(|at| !self.peers(at - 1, *at)).count() + 1),
            Over::PercentRank if count == 1 => Value::Float(0.0),
            Over::PercentRank => Value::Float(self.first_peer(here) as f64 / (count - 1) as f64),
            Over::CumulativeDistribution => {
                let last = (here..count).take_while(|at| self.peers(here, *at)).last().unwrap_or(here);
                Value::Float((last + 1) as f64 / count as f64)
            }
            // Tiles are filled one after the other.
            Over::Tile(tiles) => {
                let tiles = *tiles as usize;
                let sizes = (0..tiles).map(|tile| count / tiles + usize::from(tile < count % tiles));
                let ends = sizes.scan(0, |end, size| {
                    *end += size;
                    Some(*end)
                });
                integer(ends.take_while(|end| *end <= here).count() + 1)
            }
            Over::Shift { column, by, otherwise } => {
                let there = (here as i64).checked_add(*by).and_then(|at| usize::try_from(at).ok());
                let row = there.and_then(|at| self.rows.get(at));
                row.map_or_else(|| otherwise.clone(), |row| self.input.rows[*row][place(self.input, column)].clone())
            }
            Over::Aggregate { aggregate, frame } => self.aggregate(aggregate, frame, here)?,
            Over::Nth { column, place: number, frame } => {
                let row = self.framed(frame, here).get(*number as usize - 1).copied();
                row.map_or(Value::Null, |row| self.input.rows[row][place(self.input, column)].clone())
            }
            Over::Fill { column, backward, most } => {
                let most = most.map_or(count, |most| most as usize);
                let away = |steps: usize| if *backward { here.checked_add(steps) } else { here.checked_sub(steps) };
                let mut seen = (0..=most).map_while(away).take_while(|at| *at < count).map(|at| self.cell(column, at));
                seen.find(|value| !value.is_null()).unwrap_or_default()
            }
            Over::Interpolate { column, along } => self.interpolated(column, along.as_deref(), here),
        })
    }

    fn cell(&self, column: &str, at: usize) -> Value {
        self.input.rows[self.rows[at]][place(self.input, column)].clone()
    }

    fn peers(&self, a: usize, b: usize) -> bool {
        compare_by(self.input, self.order, self.rows[a], self.rows[b]).is_eq()
    }

    fn first_peer(&self, here: usize) -> usize {
        (0..=here).find(|earlier| self.peers(*earlier, here)).unwrap_or(here)
    }

    /// Whether a row is among those that a frame gives this one.
    fn is_in(&self, frame: &Frame, here: usize, at: usize) -> bool {
        match frame {
            Frame::Partition => true,
            Frame::Rows { before, after, .. } => {
                before.is_none_or(|before| at as u64 + before >= here as u64) && at as u64 <= here as u64 + after
            }
            Frame::Range { along, before, after, .. } => {
                match (position(&self.cell(along, at)), position(&self.cell(along, here))) {
                    (Some(there), Some(here)) => {
                        there > here - i128::from(*before) && there <= here + i128::from(*after)
                    }
                    _ => false,
                }
            }
            Frame::Span { from, to } => self.is_within(from, here, at, false) && self.is_within(to, here, at, true),
        }
    }

    /// Whether a row does not come before where a frame begins, or not after where it ends.
    fn is_within(&self, edge: &Edge, here: usize, at: usize, end: bool) -> bool {
        let ordered = |order: Ordering| if end { order.is_le() } else { order.is_ge() };
        match edge {
            Edge::End => true,
            Edge::Row(rows) => ordered((at as i64).cmp(&(here as i64 + rows))),
            Edge::Peer => self.peers(at, here) || ordered(at.cmp(&here)),
            Edge::Value(column) => {
                let key = &self.order[0];
                let (there, own) = (self.cell(&key.column, at), self.cell(&key.column, here));
                if there.is_null() || own.is_null() {
                    return there.is_null() && own.is_null();
                }
                let order = there.order(&self.cell(column, here));
                ordered(if key.descending { order.reverse() } else { order })
            }
        }
    }

    /// The rows that a frame gives a row.
    fn framed(&self, frame: &Frame, here: usize) -> Vec<usize> {
        (0..self.rows.len()).filter(|at| self.is_in(frame, here, *at)).map(|at| self.rows[at]).collect()
    }

    fn aggregate(&self, one: &Aggregate, frame: &Frame, here: usize) -> Result<Value, String> {
        let rows = self.framed(frame, here);
        let (least, placed) = match frame {
            Frame::Partition | Frame::Span { .. } => (0, true),
            Frame::Rows { least, .. } => (*least, true),
            Frame::Range { along, least, .. } => (*least, !self.cell(along, here).is_null()),
        };
        let there = |row: &&usize| match &one.column {
            None => true,
            Some(column) => !self.input.rows[**row][place(self.input, column)].is_null(),
        };
        if !placed || (rows.iter().filter(there).count() as u64) < least {
            return Ok(Value::Null);
        }
        aggregate(one, self.input, &rows)
    }

    fn interpolated(&self, column: &str, along: Option<&str>, here: usize) -> Value {
        let place = |at: usize| match along {
            None => Some(at as i128),
            Some(along) => position(&self.cell(along, at)),
        };
        let known = |at: &usize| place(*at).is_some() && !self.cell(column, *at).is_null();
        let number = |at: usize| self.cell(column, at).number().expect("a number");
        if !self.cell(column, here).is_null() {
            return Value::Float(number(here));
        }
        let before = (0..here).rev().find(known);
        let after = (here..self.rows.len()).find(known);
        let (Some(before), Some(after), Some(at)) = (before, after, place(here)) else { return Value::Null };
        let (from, to) = (place(before).expect("a place"), place(after).expect("a place"));
        if from == to {
            return Value::Float(number(before));
        }
        let share = (at - from) as f64 / (to - from) as f64;
        Value::Float(number(before) + (number(after) - number(before)) * share)
    }
}

/// Where a value lies on a line: an integer, or the microseconds of a date or time.
fn position(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(at) | Value::Timestamp(at) | Value::TimestampZoned(at) => Some(i128::from(*at)),
        Value::Date(day) => Some(i128::from(*day) * i128::from(DAY_MICROS)),
        _ => None,
    }
}

/// Why nothing can be compared.
pub const TOO_LARGE: &str = "a series has more elements than can be compared";

/// A minute a row for half a century is too much for an evaluator that takes its time.
const MOST_ELEMENTS: usize = 20_000;

fn explode(input: &Table, column: &str, keep_empty: bool, numbered: bool) -> Result<Vec<Row>, String> {
    let at = place(input, column);
    let elements = |row: &Row| if let Value::List(values) = &row[at] { values.len() } else { 0 };
    if input.rows.iter().map(elements).sum::<usize>() > MOST_ELEMENTS {
        return Err(TOO_LARGE.to_owned());
    }
    let mut rows = Vec::new();
    for row in &input.rows {
        let mut with = |element: Value, number: Value| {
            let mut row = row.clone();
            row[at] = element;
            row.extend(numbered.then_some(number));
            rows.push(row);
        };
        match &row[at] {
            Value::List(values) if !values.is_empty() => {
                values.iter().zip(1..).for_each(|(value, number)| with(value.clone(), Value::Integer(number)));
            }
            _ if keep_empty => with(Value::Null, Value::Null),
            _ => {}
        }
    }
    Ok(rows)
}

fn join(left: &Table, right: &Table, join: &Join) -> Result<Vec<Row>, String> {
    let on: Vec<(usize, usize)> = join.on.iter().map(|(a, b)| (place(left, a), place(right, b))).collect();
    let matches = |a: &Row, b: &Row| {
        on.iter().all(|(at, with)| same(&a[*at], &b[*with]) && (join.nulls_match || !a[*at].is_null()))
    };
    let brought = places(right, join.right.iter().map(|pick: &Pick| &pick.column));
    let pair = |a: &Row, b: &Row| [a.clone(), taken(b, &brought)].concat();
    let left_alone = |a: &Row| [a.clone(), vec![Value::Null; brought.len()]].concat();
    let right_alone = |b: &Row| {
        let mut row = vec![Value::Null; left.schema.0.len()];
        for (at, with) in on.iter().rev() {
            row[*at] = b[*with].clone();
        }
        [row, taken(b, &brought)].concat()
    };
    let has_partner = |a: &Row| right.rows.iter().any(|b| matches(a, b));
    let mut rows: Vec<Row> = Vec::new();
    match join.kind {
        JoinKind::Semi => rows.extend(left.rows.iter().filter(|a| has_partner(a)).cloned()),
        JoinKind::Anti => rows.extend(left.rows.iter().filter(|a| !has_partner(a)).cloned()),
        JoinKind::Right => {
            for b in &right.rows {
                let partners: Vec<&Row> = left.rows.iter().filter(|a| matches(a, b)).collect();
                rows.extend(partners.iter().map(|a| pair(a, b)));
                if partners.is_empty() {
                    rows.push(right_alone(b));
                }
            }
        }
        JoinKind::Inner | JoinKind::Left | JoinKind::Full | JoinKind::Cross => {
            for a in &left.rows {
                let partners: Vec<&Row> = right.rows.iter().filter(|b| matches(a, b)).collect();
                rows.extend(partners.iter().map(|b| pair(a, b)));
                if partners.is_empty() && matches!(join.kind, JoinKind::Left | JoinKind::Full) {
                    rows.push(left_alone(a));
                }
            }
            if join.kind == JoinKind::Full {
                let alone = right.rows.iter().filter(|b| !left.rows.iter().any(|a| matches(a, b)));
                rows.extend(alone.map(right_alone));
            }
        }
    }
    match join.max_rows {
        Some(most) if rows.len() as u64 > most => Err(format!("The join makes more than {most} rows.")),
        _ => Ok(rows),
    }
}

fn union(input: &Table, columns: &Schema) -> Vec<Row> {
    let row = |row: &Row| {
        let value = |column: &Column| {
            input.schema.position(&column.name).map_or(Value::Null, |at| widened(&row[at], &column.kind))
        };
        columns.0.iter().map(value).collect()
    };
    input.rows.iter().map(row).collect()
}

/// A value as the common type of its own and others.
fn widened(value: &Value, kind: &Type) -> Value {
    match (value, kind) {
        (Value::Integer(_) | Value::Decimal(..), Type::Float) => value.number().map_or(Value::Null, Value::Float),
        (Value::Integer(number), Type::Decimal(_, scale)) => {
            Value::Decimal(i128::from(*number) * 10i128.pow(u32::from(*scale)), *scale)
        }
        (Value::Decimal(digits, from), Type::Decimal(_, to)) => {
            Value::Decimal(digits * 10i128.pow(u32::from(to - from)), *to)
        }
        (Value::Date(day), Type::Timestamp) => Value::Timestamp(i64::from(*day) * DAY_MICROS),
        (Value::List(values), Type::List(kind)) => Value::List(values.iter().map(|one| widened(one, kind)).collect()),
        _ => value.clone(),
    }
}

fn append(inputs: &[&Table], pad: bool) -> Result<Vec<Row>, String> {
    let inputs: Vec<&Table> = inputs.iter().copied().filter(|input| !input.schema.0.is_empty()).collect();
    let longest = inputs.iter().map(|input| input.rows.len()).max().unwrap_or(0);
    if !pad && inputs.iter().any(|input| input.rows.len() != longest) {
        return Err("tables that go side by side differ in length".into());
    }
    let row = |at: usize| {
        let part =
            |input: &&Table| input.rows.get(at).cloned().unwrap_or_else(|| vec![Value::Null; input.schema.0.len()]);
        inputs.iter().flat_map(part).collect()
    };
    Ok((0..longest).map(row).collect())
}

/// The rows that are equal in some columns, group by group as they are first seen.
fn groups(input: &Table, by: &[String]) -> Vec<Vec<usize>> {
    let places = places(input, by);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, row) in input.rows.iter().enumerate() {
        let equal = |other: &[Value]| places.iter().all(|place| same(&row[*place], &other[*place]));
        match groups.iter_mut().find(|group| equal(&input.rows[group[0]])) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}

fn all_in_one_if_without_keys(input: &Table, by: &[String]) -> Vec<Vec<usize>> {
    if by.is_empty() { vec![(0..input.rows.len()).collect()] } else { groups(input, by) }
}

/// Whether two values are the same in a key: null is null, NaN is NaN, and zero has no sign.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Struct(a), Value::Struct(b)) => a.iter().zip(b).all(|((_, a), (_, b))| same(a, b)),
        _ => a.order(b).is_eq(),
    }
}

fn in_order(input: &Table, keys: &[SortKey], mut rows: Vec<usize>) -> Vec<usize> {
    rows.sort_by(|a, b| compare_by(input, keys, *a, *b));
    rows
}

pub(super) fn compare_by(input: &Table, keys: &[SortKey], a: usize, b: usize) -> Ordering {
    let compare = |key: &SortKey| {
        let at = place(input, &key.column);
        let (a, b) = (&input.rows[a][at], &input.rows[b][at]);
        if a.is_null() || b.is_null() {
            let nulls_last = a.is_null().cmp(&b.is_null());
            return if key.nulls_first { nulls_last.reverse() } else { nulls_last };
        }
        if key.descending { b.order(a) } else { a.order(b) }
    };
    keys.iter().map(compare).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn taken(row: &[Value], places: &[usize]) -> Row {
    places.iter().map(|at| row[*at].clone()).collect()
}

fn places<'a>(input: &Table, names: impl IntoIterator<Item = &'a String>) -> Vec<usize> {
    names.into_iter().map(|name| place(input, name)).collect()
}

fn place(input: &Table, name: &str) -> usize {
    input.schema.position(name).expect("a column that the plan speaks of")
}
