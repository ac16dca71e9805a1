//! Which columns a node works on that takes many at once.

use regex::Regex;

use super::prelude::*;
use crate::formula::patterns;
use crate::types::{Column, Schema, Type};

/// How the columns are chosen.
#[params]
pub enum Choose {
    /// Those that are listed.
    #[default]
    Listed,
    /// All columns.
    All,
    /// All columns of text.
    Text,
    /// All columns of numbers: Integer, Float and Decimal.
    Numbers,
    /// All columns of dates and points in time.
    Dates,
    /// All columns of true and false.
    Booleans,
    /// Those whose name fits a pattern, in which `*` stands for any text and `?` for one character.
    Pattern,
    /// Those whose name a regular expression matches from its start to its end.
    Regex,
}

/// The columns, in the order in which they are listed or come in. A name that does not come in was reported before.
pub(super) fn columns<'a>(
    schema: &'a Schema,
    choose: Choose,
    listed: &[ColumnName],
    pattern: &str,
    except: &[ColumnName],
) -> Result<Vec<&'a Column>, Problem> {
    if choose == Choose::Listed {
        return Ok(listed.iter().filter_map(|name| schema.column(&name.0)).collect());
    }
    let names = match choose {
        Choose::Pattern => Some(patterns::regex(&as_regex(pattern)).map_err(|problem| problem.at("pattern"))?),
        Choose::Regex => Some(whole(pattern)?),
        _ => None,
    };
    let fits = |column: &Column| match (choose, &names) {
        (_, Some(names)) => names.is_match(&column.name),
        (Choose::Text, _) => column.kind.is_text(),
        (Choose::Numbers, _) => column.kind.is_number(),
        (Choose::Dates, _) => matches!(column.kind, Type::Date | Type::Timestamp | Type::TimestampZoned(_)),
        (Choose::Booleans, _) => column.kind == Type::Boolean,
        _ => true,
    };
    let found: Vec<&Column> = schema.0.iter().filter(|column| fits(column)).collect();
    if found.is_empty() && names.is_some() && !schema.0.is_empty() {
        let problem = Problem::new(format!("No column has a name that fits {pattern:?}.")).at("pattern");
        return Err(problem.try_this("Write it as in `amount_*`, or list the columns."));
    }
    Ok(found.into_iter().filter(|column| !except.iter().any(|name| name.0 == column.name)).collect())
}

/// What is wrong with the choice alone.
pub(super) fn check(choose: Choose, listed: &[ColumnName], pattern: &str) -> Result<(), Problem> {
    match choose {
        Choose::Listed if listed.is_empty() => {
            let problem = Problem::new("No column is chosen.").at("columns");
            Err(problem.try_this("Add a column, or choose them by type or by name."))
        }
        Choose::Listed => match (0..listed.len()).find(|at| listed[..*at].contains(&listed[*at])) {
            Some(at) => {
                let message = format!("The column {:?} is listed twice.", listed[at].0);
                Err(Problem::new(message).at(format!("columns[{at}]")))
            }
            None => Ok(()),
        },
        Choose::Pattern | Choose::Regex if pattern.is_empty() => {
            Err(Problem::new("There is no pattern.").at("pattern").try_this("Write one such as `amount_*`."))
        }
        Choose::Regex => whole(pattern).map(drop),
        _ => Ok(()),
    }
}

/// The choice in words.
pub(super) fn words(choose: Choose, listed: &[ColumnName], pattern: &str) -> String {
    match choose {
        Choose::Listed => sentence::list(listed),
        Choose::All => "all columns".to_owned(),
        Choose::Text => "all columns of text".to_owned(),
        Choose::Numbers => "all numbers".to_owned(),
        Choose::Dates => "all dates".to_owned(),
        Choose::Booleans => "all columns of true and false".to_owned(),
        Choose::Pattern | Choose::Regex => format!("the columns called {pattern}"),
    }
}

fn whole(pattern: &str) -> Result<Regex, Problem> {
    patterns::regex(pattern).map_err(|problem| problem.at("pattern"))?;
    patterns::regex(&format!("^(?:{pattern})$")).map_err(|problem| problem.at("pattern"))
}

fn as_regex(pattern: &str) -> String {
    let step = |letter: char| match letter {
        '*' => ".*".to_owned(),
        '?' => ".".to_owned(),
        plain => regex::escape(&plain.to_string()),
    };
    format!("(?s)^{}$", pattern.chars().map(step).collect::<String>())
}
