//! Random tables, parameters and formulas: small, with the values at which things go wrong, and the same for the same seed.

use pipewright_engine::nodes::Step;
use pipewright_engine::params::{ColumnName, Field, Form, Params, Secret, Spec};
use pipewright_engine::table::Table;
use pipewright_engine::types::{Column, Schema, Storage, Type};
use pipewright_engine::value::{DAY_MICROS, Value};

pub use crate::chance::Dice;

impl Dice {
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub fn table(&mut self) -> Table {
        let mut schema = Schema::default();
        for name in ["a", "b", "c", "d e", "ä"].into_iter().take(1 + self.below(5)) {
            schema.0.push(Column::new(name, self.kind()));
        }
        let height = if self.happens(10) { 0 } else { self.below(12) };
        let rows = (0..height).map(|_| schema.0.iter().map(|column| self.value(&column.kind)).collect()).collect();
        let mut table = Table { schema, rows };
        (0..table.schema.0.len())
            .filter(|_| self.happens(15))
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|at| narrow(&mut table, at));
        table
    }

    pub fn kind(&mut self) -> Type {
        // Those that most can be done with come more often.
        match self.below(20) {
            0..4 => Type::Integer,
            4..7 => Type::Text,
            7..9 => Type::Float,
            9 | 10 => Type::Decimal(10, 2),
            11 => Type::Decimal(38, 0),
            12 | 13 => Type::Boolean,
            14 => Type::Date,
            15 => Type::Time,
            16 => Type::Timestamp,
            17 => Type::TimestampZoned("UTC".into()),
            18 => Type::Duration,
            _ => [Type::Binary, Type::List(Box::new(Type::Integer)), Type::Null][self.below(3)].clone(),
        }
    }

    pub fn value(&mut self, kind: &Type) -> Value {
        if self.happens(20) {
            return Value::Null;
        }
        match kind {
            Type::Boolean => Value::Boolean(self.happens(50)),
            Type::Integer => {
                Value::Integer(*self.pick(&[0, 1, 1, 2, 3, -1, 7, 10, 4_611_686_018_427_387_904, i64::MAX]))
            }
            // Sums of these are exact, in whatever order they are added.
            Type::Float => {
                Value::Float(*self.pick(&[0.0, -0.0, 0.5, 1.0, 1.5, 2.0, -2.25, 1e6, f64::NAN, f64::INFINITY]))
            }
            Type::Decimal(10, _) => Value::Decimal(*self.pick(&[0, 5, 150, 150, -250, 9_999_999_999]), 2),
            Type::Decimal(_, scale) => Value::Decimal(*self.pick(&[0, 1, -7, 1 << 90]), *scale),
            Type::Text => {
                Value::text(*self.pick(&["", "a", "a", "b", "B", "ä", "10", " 7 ", "2.5", "2024-05-01", "x,\"y\"\n"]))
            }
            Type::Date => Value::Date(*self.pick(&[0, -1, 19_844, 19_844, 19_850])),
            Type::Time => Value::Time(*self.pick(&[0, 1, 43_200_000_000, DAY_MICROS - 1])),
            Type::Timestamp => Value::Timestamp(*self.pick(&[0, -1, 1_714_559_400_000_000, 1_714_559_400_000_001])),
            Type::TimestampZoned(_) => Value::TimestampZoned(*self.pick(&[0, -1, 1_711_846_800_000_000])),
            Type::Duration => Value::Duration(*self.pick(&[0, 1, -1, DAY_MICROS, 90_000_000])),
            Type::Binary => Value::Binary(self.pick(&[vec![], vec![0], vec![255, 0]]).clone()),
            Type::List(inner) => Value::List((0..self.below(3)).map(|_| self.value(inner)).collect()),
            Type::Struct(_) | Type::Null => Value::Null,
        }
    }

    /// A formula over these columns, most of the time one that can be typed.
    pub fn formula(&mut self, columns: &Schema, kind: &Type, depth: usize) -> String {
        let of_kind: Vec<String> =
            columns.0.iter().filter(|column| column.kind == *kind).map(|column| quoted(&column.name)).collect();
        if depth == 0 || self.happens(25) {
            return if of_kind.is_empty() || self.happens(20) {
                self.literal(kind)
            } else {
                self.pick(&of_kind).clone()
            };
        }
        let other = self.pick(&[Type::Integer, Type::Float, Type::Decimal(10, 2), Type::Text, Type::Date]).clone();
        let mut part = |kind: &Type| self.formula(columns, kind, depth - 1);
        let (a, b, truth) = (part(kind), part(kind), part(&Type::Boolean));
        let (left, right, text, number) = (part(&other), part(&other), part(&Type::Text), part(&Type::Integer));
        let any = columns.0.get(self.below(columns.0.len().max(1))).map_or("1".into(), |column| quoted(&column.name));
        let forms: Vec<String> = match kind {
            Type::Boolean => vec![
                format!("{left} < {right}"),
                format!("{left} = {right}"),
                format!("{left} <> {right}"),
                format!("{a} and {b}"),
                format!("{a} or not {b}"),
                format!("{any} is null"),
                format!("{left} between {right} and {left}"),
                format!("{left} in ({right}, {left}, null)"),
                format!("{text} like '%a%'"),
                format!("{left} is distinct from {right}"),
            ],
            Type::Integer => vec![
                format!("{a} + {b}"),
                format!("{a} * {b}"),
                format!("{a} - {b}"),
                format!("div({a}, {b})"),
                format!("{a} % {b}"),
                format!("abs({a})"),
                format!("length({text})"),
                format!("{left}::integer"),
            ],
            Type::Float => vec![
                format!("{number} / {number}"),
                format!("{a} * {b}"),
                format!("{a} + {b}"),
                format!("round({a})"),
                format!("sqrt({a})"),
                format!("{text}::float"),
            ],
            Type::Decimal(..) => vec![format!("{a} + {b}"), format!("{a} * {b}"), format!("{number}::decimal(10, 2)")],
            Type::Text => vec![
                format!("{a} || {b}"),
                format!("upper({a})"),
                format!("substr({a}, 1, 2)"),
                format!("trim({a})"),
                format!("replace({a}, 'a', {b})"),
                format!("{left}::text"),
            ],
            Type::Date => vec![format!("{a} + {number}"), format!("{text}::date"), format!("greatest({a}, {b})")],
            _ => Vec::new(),
        };
        let always = [
            format!("case when {truth} then {a} else {b} end"),
            format!("coalesce({a}, {b})"),
            format!("nullif({a}, {b})"),
        ];
        let forms: Vec<String> = forms.into_iter().chain(always).collect();
        format!("({})", self.pick(&forms))
    }

    /// A query over the first inputs, most of the time one that can be planned.
    pub fn query(&mut self, inputs: &[Schema]) -> String {
        let columns = inputs.first().cloned().unwrap_or_default();
        let (kind, other) = (self.kind(), self.kind());
        let (formula, group) = (self.formula(&columns, &kind, 2), self.formula(&columns, &other, 1));
        let condition = self.formula(&columns, &Type::Boolean, 2);
        let column =
            columns.0.get(self.below(columns.0.len().max(1))).map_or("1".into(), |column| quoted(&column.name));
        let forms = [
            format!("select *, {formula} as x from \"in 1\" where {condition}"),
            format!("select {group} as g, count(*) as n, max({column}) as m from \"in 1\" group by g order by n, g"),
            format!("select distinct {column} as x from \"in 1\" where {condition} order by x desc limit 3"),
            format!("select {column} as x, row_number() over (partition by {group}) as n from \"in 1\""),
            format!("select {column} as x, count(*) over (partition by {group}) as n from \"in 1\""),
            format!(
                "select a.{column} as x, b.* from \"in 1\" a left join \"in 1\" b on a.{column} = b.{column} limit 20"
            ),
            format!("select {column} as x from \"in 1\" union select {formula} from \"in 1\""),
            format!("select {column} as x from \"in 1\" except all select {column} from \"in 1\" where {condition}"),
            format!("select * from \"in 1\" where {column} not in (select {column} from \"in 1\" where {condition})"),
            format!("select {column} as x from \"in 1\" where {column} = (select max({column}) from \"in 1\")"),
        ];
        self.pick(&forms).clone()
    }

    fn literal(&mut self, kind: &Type) -> String {
        match (self.value(kind), kind) {
            (Value::Null, _) => "null".into(),
            (Value::Boolean(value), _) => value.to_string(),
            (Value::Integer(value), _) => value.to_string(),
            (value, Type::TimestampZoned(_) | Type::Binary | Type::List(_)) => format!("'{}'", value.to_string().len()),
            (value, kind) => format!("'{}'::{}", value.to_string().replace('\'', "''"), sql_name(kind)),
        }
    }

    /// Fills the parameters of a step at random; columns are those of the inputs.
    pub fn fill(&mut self, step: &mut Step, inputs: &[Schema]) {
        step.params(&mut Filling { dice: self, inputs });
    }
}

/// Makes a column one that its file stores in fewer bytes, with values that fit.
fn narrow(table: &mut Table, at: usize) {
    let column = &mut table.schema.0[at];
    column.storage = match column.kind {
        Type::Integer => Some([Storage::Int8, Storage::UInt32, Storage::UInt64][table.rows.len() % 3]),
        Type::Float => Some(Storage::Float32),
        Type::Text => Some(Storage::Dictionary),
        _ => None,
    };
    for row in &mut table.rows {
        if let Value::Integer(number) = &mut row[at] {
            *number = (*number % 100).abs();
        }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn sql_name(kind: &Type) -> String {
    match kind {
        Type::Decimal(precision, scale) => format!("decimal({precision}, {scale})"),
        Type::Duration => "interval".into(),
        kind => kind.to_string().to_lowercase(),
    }
}

struct Filling<'a> {
    dice: &'a mut Dice,
    inputs: &'a [Schema],
}

impl Filling<'_> {
    fn column(&mut self, port: usize) -> ColumnName {
        let columns = self.inputs.get(port).map(|schema| schema.0.as_slice()).unwrap_or_default();
        if columns.is_empty() { ColumnName::default() } else { ColumnName(self.dice.pick(columns).name.clone()) }
    }
}

impl Form for Filling<'_> {
    fn param(&mut self, spec: Spec, field: Field<'_>) {
        match field {
            // Any order is right without it, which nothing can be compared with.
            Field::Switch(on) if spec.name == "keep_order" => *on = true,
            Field::Switch(on) => *on = self.dice.happens(50),
            Field::Count(count) => *count = self.dice.below(4) as u64,
            Field::Number(number) => *number = self.dice.below(4) as f64,
            Field::Text(text) => *text = (*self.dice.pick(&["", "_2", "x"])).into(),
            Field::Texts(texts) => {
                let one = |dice: &mut Dice| {
                    let kind = dice.kind();
                    dice.value(&kind).to_string()
                };
                *texts = (0..self.dice.below(4)).map(|_| one(self.dice)).collect();
            }
            Field::Formula(formula) => {
                let kind = if spec.name == "condition" { Type::Boolean } else { self.dice.kind() };
                let columns = self.inputs.get(spec.port).cloned().unwrap_or_default();
                formula.0 = self.dice.formula(&columns, &kind, 3);
            }
            Field::Query(query) => query.0 = self.dice.query(self.inputs),
            Field::Secret(secret) => *secret = Secret::named(self.dice.pick::<&str>(&["KEY", "PEPPER", "NONE"])),
            Field::Column(name) => *name = self.column(spec.port),
            Field::Columns(names) => {
                *names = (0..self.dice.below(3)).map(|_| self.column(spec.port)).collect();
                names.dedup();
            }
            Field::NewColumn(name) => name.0 = (*self.dice.pick(&["", "n", "m", "a", "b", "new"])).into(),
            Field::Kind(kind) => *kind = self.dice.kind(),
            Field::Choice(choice) => choice.choose(self.dice.below(choice.options().len())),
            Field::Lines(lines) => {
                for at in 0..1 + self.dice.below(3) * self.dice.below(2) {
                    lines.insert(at);
                    lines.line(at).into_iter().for_each(|line| line.params(self));
                }
            }
            Field::Optional(optional) => {
                // Which columns a pivot finds is known only by running.
                let set = spec.name == "values" || self.dice.happens(50) && spec.name != "max_rows";
                optional.set(set);
                if let Some(field) = optional.inner() {
                    self.param(spec, field);
                }
            }
            Field::Kinds(_) | Field::File(_) | Field::Cells(_) => {}
        }
    }
}
