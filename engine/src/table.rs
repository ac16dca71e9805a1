//! A small table as plain data: examples, previews and tests speak in it. Big data never takes this form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::types::{Schema, Type};
use crate::value::Value;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub schema: Schema,
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    pub fn empty(schema: Schema) -> Self {
        Self { schema, rows: Vec::new() }
    }

    /// Reads `name: Type, name` in the first line (Text where no type is said) and values between commas below.
    ///
    /// Blanks around values are trimmed, nothing is null (as is `·`, for tables of one column), `""` is empty text, and quotes
    /// protect commas. Lists are `[1, 2]`, structs `{name: pen, price: 2}`. For examples and tests written by hand: the error says which line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let Some(header) = lines.next() else { return Ok(Self::default()) };
        let mut schema = Schema::default();
        for (name, _) in cells(header) {
            let (name, kind) = name.split_once(": ").unwrap_or((&name, "Text"));
            let kind = kind_named(kind).ok_or_else(|| format!("no type {kind:?}"))?;
            schema.0.push(crate::types::Column::new(name, kind));
        }
        let mut rows = Vec::new();
        for line in lines {
            let cells = cells(line);
            if cells.len() != schema.0.len() {
                return Err(format!("{line:?} has {} values", cells.len()));
            }
            let row = cells.into_iter().zip(&schema.0).map(|((text, quoted), column)| {
                if matches!(text.as_str(), "" | "·") && !quoted {
                    return Ok(Value::Null);
                }
                Value::parse(&text, &column.kind).ok_or_else(|| format!("{text:?} in {line:?} is not {}", column.kind))
            });
            rows.push(row.collect::<Result<_, _>>()?);
        }
        Ok(Self { schema, rows })
    }

    pub fn column(&self, name: &str) -> Option<Vec<&Value>> {
        let at = self.schema.position(name)?;
        Some(self.rows.iter().map(|row| &row[at]).collect())
    }
}

/// A type as written in files and examples: `Integer`, `Decimal(10, 2)`, `List(Text)`, `Struct(name: Text, price: Float)`.
pub fn kind_named(text: &str) -> Option<Type> {
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(zone) = inside("Timestamp") {
        return Some(Type::TimestampZoned(zone.to_owned()));
    }
    if let Some(inner) = inside("List") {
        return Some(Type::List(Box::new(kind_named(inner.trim())?)));
    }
    let Some(fields) = inside("Struct").filter(|fields| !fields.starts_with('[')) else {
        return ron::from_str(text).ok();
    };
    let field = |(text, _): (String, bool)| {
        let (name, kind) = text.split_once(": ")?;
        Some(crate::types::Column::new(name, kind_named(kind)?))
    };
    cells(fields).into_iter().map(field).collect::<Option<_>>().map(Type::Struct)
}

/// Values between commas, and whether each was quoted.
fn cells(line: &str) -> Vec<(String, bool)> {
    let mut cells = vec![(String::new(), false)];
    let (mut inside, mut depth, mut nested) = (false, 0, 0);
    for c in line.chars() {
        let Some((cell, quoted)) = cells.last_mut() else { break };
        // A list or struct has commas and quotes of its own.
        if nested > 0 || matches!(c, '[' | '{') && cell.is_empty() && !*quoted {
            inside ^= c == '"' && !cell.ends_with('\\');
            if !inside {
                nested += i32::from(matches!(c, '[' | '{')) - i32::from(matches!(c, ']' | '}'));
            }
            cell.push(c);
            continue;
        }
        match c {
            '"' if depth == 0 => {
                if cell.trim().is_empty() && !inside {
                    cell.clear();
                }
                inside = !inside;
                *quoted = true;
            }
            ' ' if *quoted && !inside => {}
            ',' if !inside && depth == 0 => cells.push((String::new(), false)),
            // Blanks around quotes are no part of the text.
            ' ' if !inside && (*quoted || cell.is_empty()) => {}
            _ => {
                // A comma within `Decimal(10, 2)` belongs to it, and so do the quotes of `TimestampZoned("UTC")`.
                depth += i32::from(c == '(' && !inside) - i32::from(c == ')' && !inside);
                cell.push(c);
            }
        }
    }
    cells.into_iter().map(|(text, quoted)| (if quoted { text } else { text.trim().to_owned() }, quoted)).collect()
}

/// Aligned columns with their types, numbers to the right, null as a dot: for terminals and the reference.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = &self.schema.0;
        let mut lines: Vec<Vec<String>> = vec![
            columns.iter().map(|column| column.name.clone()).collect(),
            columns.iter().map(|column| column.kind.to_string()).collect(),
        ];
        lines.extend(
            self.rows
                .iter()
                .map(|row| row.iter().zip(columns).map(|(value, column)| shown(value, &column.kind)).collect()),
        );
        let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns.len()).map(width).collect();
        for (number, line) in lines.iter().enumerate() {
            let mut text = String::new();
            for ((cell, column), width) in line.iter().zip(columns).zip(&widths) {
                let gap = " ".repeat(width - cell.chars().count());
                let right = column.kind.is_number();
                text.push_str(&if right { format!("{gap}{cell}  ") } else { format!("{cell}{gap}  ") });
            }
            writeln!(f, "{}", text.trim_end())?;
            if number == 1 {
                let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                writeln!(f, "{}", rule.join("  "))?;
            }
        }
        Ok(())
    }
}

fn shown(value: &Value, kind: &Type) -> String {
    match value {
        Value::Null => "·".into(),
        Value::Text(text) if text.is_empty() => "\"\"".into(),
        // Characters that only machines see would make the page one that only machines read.
        value => value
            .shown(kind)
            .chars()
            .map(|c| match c {
                '\n' => '⏎',
                c if c < ' ' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(c),
                c => c,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_written_by_hand_is_read() {
        let table = Table::parse("name, paid: Decimal(10, 2)\n \"\", 1.5\n , ").unwrap();
        assert_eq!(table.schema.column("paid").unwrap().kind, Type::Decimal(10, 2));
        assert_eq!(table.rows, [[Value::text(""), Value::Decimal(150, 2)], [Value::Null, Value::Null]]);
        assert!(Table::parse("a: Integer\nx").is_err());
        let lists = Table::parse("a: List(Integer), b: List(Text)\n [1, 2], [\"x, y\", z]\n [], ").unwrap();
        assert_eq!(lists.rows[0][1], Value::List(vec![Value::text("x, y"), Value::text("z")]));
        assert_eq!(lists.rows[1], [Value::List(vec![]), Value::Null]);
        let shown = lists.schema.to_string();
        assert_eq!(shown, "a: List(Integer), b: List(Text)");
        let pens =
            Table::parse("it: List(Struct(name: Text, price: Decimal(5, 2)))\n [{name: pen, price: 2}]").unwrap();
        assert_eq!(pens.rows[0][0].to_string(), "[{name: pen, price: 2.00}]");
        assert_eq!(kind_named(&pens.schema.0[0].kind.to_string()), Some(pens.schema.0[0].kind.clone()));
        assert_eq!(Table::parse("a, b\n x, \" y, z\" ").unwrap().rows, [[Value::text("x"), Value::text(" y, z")]]);
    }
}
