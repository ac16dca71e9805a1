//! From text to SQL's own tree, with problems a person can act on.

use sqlparser::ast;
use sqlparser::keywords::{ALL_KEYWORDS, RESERVED_FOR_IDENTIFIER};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use super::dialect::Formulas;
use crate::problem::{Place, Problem};
use crate::types::Schema;

/// How deep expressions may be nested.
pub const DEEPEST: usize = 200;

/// A chain of so many operators is as deep as it is long before it is compiled.
const MOST_OPERATORS: usize = 3_000;
const MOST_TOKENS: usize = 200_000;

/// The parser reads what comes after a dot tentatively and, where that fails, again as a name: with each name between two dots the
/// time doubles.
const MOST_DOTTED: usize = 12;

pub fn parse(text: &str, columns: &Schema) -> Result<ast::Expr, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new("The formula is empty.").place(Place { line: 1, column: 1, length: 1 }));
    }
    let dialect = Formulas;
    let tokens = tokens(text)?;
    check_size(&tokens)?;
    let mut parser = Parser::new(&dialect).with_recursion_limit(DEEPEST).with_tokens_with_locations(tokens);
    let result = parser.parse_expr();
    let next = parser.peek_token();
    match result {
        Ok(expr) if next.token == Token::EOF => Ok(expr),
        Ok(_) => Err(unquoted(text, columns, None)
            .or_else(|| if_then(text))
            .unwrap_or_else(|| left_over(text, &next, columns))),
        Err(ParserError::RecursionLimitExceeded) => Err(too_deep()),
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            Err(unquoted(text, columns, None).unwrap_or_else(|| unexpected(text, &message, columns)))
        }
    }
}

pub fn tokens(text: &str) -> Result<Vec<TokenWithSpan>, Problem> {
    let tokens = Tokenizer::new(&Formulas, text).tokenize_with_location().map_err(|error| {
        let place = place_at(error.location, 1);
        unclosed(&error.message).place(place)
    })?;
    check_dots(&tokens, text)?;
    Ok(tokens)
}

/// Counts what stands between two dots, and behind a dot before brackets that are still open.
fn check_dots(tokens: &[TokenWithSpan], text: &str) -> Result<(), Problem> {
    let tokens: Vec<_> = tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    // A name may have a colon of its own.
    let follows_dot = |at: usize| tokens[at.saturating_sub(3)..at].iter().any(|token| token.token == Token::Period);
    let mut dotted = 0;
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.token {
            Token::Period if follows_dot(at) || at > 0 && tokens[at - 1].token == Token::RBracket => dotted += 1,
            Token::LParen => open.push(0),
            Token::LBracket => {
                let one = usize::from(follows_dot(at));
                open.push(one);
                dotted += one;
            }
            Token::RParen | Token::RBracket => dotted -= open.pop().unwrap_or_default(),
            _ => continue,
        }
        if dotted > MOST_DOTTED {
            let problem = Problem::new(format!("More than {MOST_DOTTED} names stand between dots."))
                .try_this("Put a name with dots in it in double quotes.");
            return Err(super::resolve::placed(problem, place_of(token.span, text)));
        }
    }
    Ok(())
}

pub fn too_deep() -> Problem {
    Problem::new(format!("The formula is nested more than {DEEPEST} deep."))
        .try_this("Compute parts of it in columns of their own.")
}

fn check_size(tokens: &[TokenWithSpan]) -> Result<(), Problem> {
    let plain = |token: &Token| {
        matches!(token, Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) | Token::Whitespace(_))
    };
    let operators = tokens.iter().filter(|token| !plain(&token.token)).count();
    if operators <= MOST_OPERATORS && tokens.len() <= MOST_TOKENS {
        return Ok(());
    }
    Err(Problem::new("The formula is too long.").try_this("Put long lists of values into a table and join it."))
}

/// The place of a span, up to the end of its first line.
pub fn place_of(span: Span, text: &str) -> Option<Place> {
    if span.start.line == 0 {
        return None;
    }
    let column = span.start.column as usize;
    let end = if span.end.line == span.start.line {
        span.end.column as usize
    } else {
        text.lines().nth(span.start.line as usize - 1).map_or(column, |line| line.chars().count() + 1)
    };
    Some(place_at(span.start, end.saturating_sub(column).max(1)))
}

/// SQL's tree has no places for the brackets that close a call, so they are found in the text.
pub fn with_closing_brackets(problem: Problem, text: &str) -> Problem {
    let place = problem.place.map(|place| Place { length: place.length + closing_brackets(text, place), ..place });
    Problem { place, ..problem }
}

fn closing_brackets(text: &str, Place { line, column, length }: Place) -> usize {
    let line = text.lines().nth(line - 1).unwrap_or_default();
    let mut open = 0usize;
    let mut quote = None;
    for (at, character) in line.chars().skip(column - 1).enumerate() {
        match (quote, character) {
            _ if at >= length && (open == 0 || !matches!(character, ' ' | ')')) => return at - length,
            (None, '\'' | '"') => quote = Some(character),
            (Some(closing), c) if c == closing => quote = None,
            (None, '(') => open += 1,
            (None, ')') => open = open.saturating_sub(1),
            _ => {}
        }
    }
    line.chars().count().saturating_sub(column - 1 + length)
}

pub fn place_at(location: Location, length: usize) -> Place {
    Place { line: (location.line as usize).max(1), column: (location.column as usize).max(1), length }
}

fn unclosed(message: &str) -> Problem {
    if message.contains("string literal") {
        return Problem::new("The text that begins here is not closed.").try_this("Close it with a single quote.");
    }
    if message.contains("delimiter") {
        return Problem::new("The name that begins here is not closed.").try_this("Close it with a double quote.");
    }
    Problem::new(format!("The formula cannot be read: {message}."))
}

/// Other programs' `if … then … else … end`.
fn if_then(text: &str) -> Option<Problem> {
    let mut words = text.split_whitespace().map(str::to_lowercase);
    (words.next()? == "if" && words.any(|word| word == "then")).then(|| {
        let indent = text.chars().take_while(|c| c.is_whitespace()).count();
        Problem::new("A formula has no if … then.")
            .try_this("Write case when … then … else … end, or if(condition, then, else).")
            .place(Place { line: 1, column: indent + 1, length: 2 })
    })
}

fn left_over(text: &str, next: &TokenWithSpan, columns: &Schema) -> Problem {
    let shown = next.token.to_string();
    let place = place_of(next.span, text);
    let problem = match &next.token {
        Token::Word(word) if word.keyword == sqlparser::keywords::Keyword::AS => {
            Problem::new("A formula gives no name to its result.").try_this("Name the column in the node.")
        }
        Token::RParen => Problem::new("There is a closing bracket too many.").try_this("Remove it."),
        Token::SemiColon => Problem::new("A formula ends without a semicolon.").try_this("Remove it."),
        Token::Comma => {
            Problem::new("A formula is one expression.").try_this("Write the other one as a formula of its own.")
        }
        _ => keyword_as_column(&shown, columns).unwrap_or_else(|| {
            Problem::new(format!("{shown:?} does not follow from what stands before it."))
                .try_this("An operator such as +, and, or || may be missing.")
        }),
    };
    super::resolve::placed(problem, place)
}

/// The parser's `Expected: …, found: … at Line: 1, Column: 5` in our words.
fn unexpected(text: &str, message: &str, columns: &Schema) -> Problem {
    let (what, location) = split_location(message);
    let location = location.unwrap_or_else(|| end_of(text));
    let Some((expected, found)) = what.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) else {
        return Problem::new(format!("The formula cannot be read: {what}.")).place(place_at(location, 1));
    };
    if found == "EOF" {
        let end = end_of(text);
        let problem = Problem::new("The formula stops before it is complete.");
        return problem.try_this(missing(expected)).place(place_at(end, 1));
    }
    let place = place_at(location, found.chars().count());
    if let Some(problem) = keyword_as_column(found, columns) {
        return problem.place(place);
    }
    if found == "[" {
        let problem = Problem::new("Names are not written in square brackets.");
        return problem.try_this("Write \"Order Date\" with double quotes, or plainly order_date.").place(place);
    }
    Problem::new(format!("{found:?} cannot stand here.")).try_this(missing(expected)).place(place)
}

fn missing(expected: &str) -> String {
    match expected {
        "an expression" => "A value, a column or a function is missing.".into(),
        ")" => "A closing bracket is missing.".into(),
        "END" => "case ends with end: case when … then … else … end.".into(),
        other => format!("{other} is missing."),
    }
}

pub fn split_location(message: &str) -> (&str, Option<Location>) {
    let Some((what, at)) = message.rsplit_once(" at Line: ") else { return (message, None) };
    let numbers =
        at.split_once(", Column: ").and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
    (what, numbers.map(|(line, column)| Location { line, column }))
}

pub fn end_of(text: &str) -> Location {
    let trimmed = text.trim_end();
    let line = trimmed.lines().count().max(1) as u64;
    let column = trimmed.lines().last().map_or(0, |line| line.chars().count()) as u64 + 1;
    Location { line, column }
}

fn keyword_as_column(word: &str, columns: &Schema) -> Option<Problem> {
    let name = columns.names().find(|name| name.eq_ignore_ascii_case(word) && needs_quotes(name))?;
    Some(must_be_quoted(name))
}

fn must_be_quoted(name: &str) -> Problem {
    let quoted = quoted(name);
    Problem::new(format!("The column {name} must stand in double quotes."))
        .try_this(format!("Write {quoted}."))
        .replace_with(quoted)
}

/// A column whose name needs quotes and has none: `Order Date > 5`. If a place is given, only one that covers it.
pub fn unquoted(text: &str, columns: &Schema, covering: Option<Place>) -> Option<Problem> {
    columns.names().filter(|name| needs_quotes(name) && !is_keyword(name)).find_map(|name| {
        let place = find_unquoted(text, name)?;
        let covers = |wanted: Place| {
            wanted.line == place.line && (place.column..place.column + place.length).contains(&wanted.column)
        };
        covering.is_none_or(covers).then(|| must_be_quoted(name).place(place))
    })
}

fn find_unquoted(text: &str, name: &str) -> Option<Place> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let mut quote = None;
    for (row, line) in text.lines().enumerate() {
        let characters: Vec<char> = line.chars().collect();
        let is_word = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric() || *c == '_');
        for at in 0..characters.len() {
            match (quote, characters[at]) {
                (None, c @ ('\'' | '"')) => quote = Some(c),
                (Some(open), c) if c == open => quote = None,
                _ => {}
            }
            let here = characters.get(at..at + wanted.len()).is_some_and(|part| {
                part.iter().zip(&wanted).all(|(c, wanted)| c.to_lowercase().eq(std::iter::once(*wanted)))
            });
            let apart = (at == 0 || !is_word(characters.get(at - 1))) && !is_word(characters.get(at + wanted.len()));
            if quote.is_none() && here && apart {
                return Some(Place { line: row + 1, column: at + 1, length: wanted.len() });
            }
        }
    }
    None
}

/// A column's name as it is written in a formula.
pub fn quoted(name: &str) -> String {
    if needs_quotes(name) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

fn needs_quotes(name: &str) -> bool {
    let starts_well = name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    !starts_well || !name.chars().all(|c| c.is_alphanumeric() || c == '_') || is_keyword(name)
}

fn is_keyword(name: &str) -> bool {
    let upper = name.to_uppercase();
    let reserved = ["AND", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "AS"];
    reserved.contains(&upper.as_str())
        || ALL_KEYWORDS
            .binary_search(&upper.as_str())
            .is_ok_and(|at| RESERVED_FOR_IDENTIFIER.contains(&sqlparser::keywords::ALL_KEYWORDS_INDEX[at]))
}
