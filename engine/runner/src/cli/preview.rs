//! `pipewright preview`: rows on stdout, what they are of on stderr.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};

use pipewright_engine::pipeline::Link;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_engine::value::Value;

use super::{Exit, PreviewArgs, TableForm, print, session, words};
use crate::job::{Job, Preview, Reply, Request, Wanted};

pub(super) fn preview(args: PreviewArgs) -> Exit {
    let PreviewArgs { file, node, set, rows, exact, memory, format } = args;
    let job = match session::read_job(file, set) {
        Ok(job) => job,
        Err(exit) => return exit,
    };
    session::say_if_development();
    let Link { node, output } = Link::parse(&node);
    let request = Request::Preview(Job { memory, ..job }, Wanted { node, output, rows, exact });
    let (reply, stop) = session::ask(&request, memory, &mut |_| {});
    let Reply::Preview(preview) = reply else {
        let (exit, problems) = session::no_answer(reply, &stop);
        words::tell(&problems);
        return exit;
    };
    let mut exit = Exit::Done;
    if preview.total.is_some() {
        exit = print(&match format {
            TableForm::Table => shown(&preview.table),
            TableForm::Csv => csv(&preview.table),
            TableForm::Json => json(&preview.table),
        });
        words::say(&basis(&preview));
    }
    words::tell(&preview.problems);
    // A run over these rows would fail.
    if exit == Exit::Done && preview.problems.iter().any(Problem::is_error) { Exit::Failed } else { exit }
}

/// `20 of 10,000 rows, from everything`
fn basis(preview: &Preview) -> String {
    let shown = preview.table.rows.len() as u64;
    let rows = match preview.total {
        Some(total) if total != shown => format!("{} of {}", words::thousands(shown), words::count(total, "row")),
        _ => words::count(shown, "row"),
    };
    format!("{rows}, from {}", preview.basis)
}

/// The table as text. On a terminal, characters that would steer it are not passed on.
fn shown(table: &Table) -> String {
    let text = table.to_string();
    if !io::stdout().is_terminal() {
        return text;
    }
    text.chars().map(|c| if c.is_control() && c != '\n' { '�' } else { c }).collect()
}

/// RFC 4180. Null is an empty field, empty text is `""`.
pub fn csv(table: &Table) -> String {
    let mut text = String::new();
    let header = table.schema.0.iter().map(|column| quoted(&column.name));
    text.push_str(&header.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
    for row in &table.rows {
        let cells = row.iter().zip(&table.schema.0);
        let cells = cells
            .map(|(value, column)| if value.is_null() { String::new() } else { quoted(&value.shown(&column.kind)) });
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

/// One array of objects, one row a line. Decimals keep all their digits; numbers that JSON can't write are text.
pub fn json(table: &Table) -> String {
    let mut text = String::from("[");
    for (number, row) in table.rows.iter().enumerate() {
        text.push_str(if number == 0 { "\n  " } else { ",\n  " });
        write_object(&mut text, table.schema.0.iter().map(|column| column.name.as_str()).zip(row));
    }
    text.push_str(if table.rows.is_empty() { "]\n" } else { "\n]\n" });
    text
}

fn write_object<'a>(text: &mut String, fields: impl Iterator<Item = (&'a str, &'a Value)>) {
    text.push('{');
    for (at, (name, value)) in fields.enumerate() {
        write!(text, "{}{}: ", if at == 0 { "" } else { ", " }, json_text(name)).ok();
        write_value(text, value);
    }
    text.push('}');
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Boolean(_) | Value::Integer(_) | Value::Decimal(..) => text.push_str(&value.to_string()),
        Value::Float(number) if number.is_finite() => text.push_str(&value.to_string()),
        Value::List(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { ", " });
                write_value(text, value);
            }
            text.push(']');
        }
        Value::Struct(fields) => write_object(text, fields.iter().map(|(name, value)| (name.as_str(), value))),
        _ => text.push_str(&json_text(&value.to_string())),
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
