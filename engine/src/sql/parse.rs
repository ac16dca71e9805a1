//! From text to SQL's own tree of a query.

use sqlparser::ast;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use crate::formula::{DEEPEST, Formulas, end_of, place_at, place_of, split_location, tokens, with_room_for};
use crate::problem::{Place, Problem};

/// A chain of so many operators is as deep as it is long.
const MOST_OPERATORS: usize = 1_500;

pub(super) fn query(text: &str) -> Result<ast::Query, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new("The query is empty.").place(Place { line: 1, column: 1, length: 1 }));
    }
    with_room_for(text, || parsed(text))
}

fn parsed(text: &str) -> Result<ast::Query, Problem> {
    let dialect = Formulas;
    let tokens = tokens(text)?;
    check(&tokens, text)?;
    let mut parser = Parser::new(&dialect).with_recursion_limit(DEEPEST).with_tokens_with_locations(tokens);
    let result = parser.parse_query();
    let ends = parser.peek_token().token == Token::SemiColon;
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    match result {
        Ok(query) if next.token == Token::EOF => Ok(*query),
        Ok(_) if ends => {
            let problem = Problem::new("There are several statements, and a node answers one query.").try_this(AS_WITH);
            Err(place_of(next.span, text).map_or(problem.clone(), |place| problem.place(place)))
        }
        Ok(_) => {
            let after = parser.peek_nth_token(1).token.to_string().to_lowercase();
            let is_mysql =
                next.token.to_string().eq_ignore_ascii_case("with") && ["rollup", "cube"].contains(&after.as_str());
            let problem = left_over(&next, text);
            Err(if is_mysql { problem.try_this(format!("Write GROUP BY {after}(a, b).")) } else { problem })
        }
        Err(ParserError::RecursionLimitExceeded) => {
            Err(Problem::new("The query is nested too deep.").try_this("Give parts of it names with WITH."))
        }
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            Err(unexpected(text, &message))
        }
    }
}

/// What to write in the place of a view or a table that a statement makes for the next.
const AS_WITH: &str = "Write the view as WITH: WITH name AS (SELECT …) SELECT … FROM name.";

/// What is no query at all, and what is too long for one.
fn check(tokens: &[TokenWithSpan], text: &str) -> Result<(), Problem> {
    let first = tokens.iter().find(|token| !matches!(token.token, Token::Whitespace(_)));
    let Some(first) = first else { return Ok(()) };
    if let Token::Word(word) = &first.token
        && !matches!(word.keyword, Keyword::SELECT | Keyword::WITH | Keyword::VALUES)
    {
        let problem = Problem::new(format!("A query does not begin with {:?}.", word.value));
        let makes = matches!(word.keyword, Keyword::CREATE | Keyword::DROP);
        let instead = if makes { AS_WITH } else { "Begin with SELECT, as in SELECT * FROM orders." };
        return Err(place_of(first.span, text).map_or(problem.clone(), |place| problem.place(place)).try_this(instead));
    }
    is_null_in_a_word(tokens, text)?;
    let plain = |token: &Token| {
        use Token::{Comma, LParen, Number, Period, RParen, SingleQuotedString, Whitespace, Word};
        let is_link =
            |word: &sqlparser::tokenizer::Word| matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::UNION);
        match token {
            Word(word) => !is_link(word),
            Comma | LParen | Number(..) | Period | RParen | SingleQuotedString(_) | Whitespace(_) => true,
            _ => false,
        }
    };
    if tokens.iter().filter(|token| !plain(&token.token)).count() <= MOST_OPERATORS {
        return Ok(());
    }
    Err(Problem::new("The query is too long.")
        .try_this("Put long lists of values into a table and join it, or use several nodes."))
}

/// What a column may follow that is called `isnull`.
const BEFORE_A_NAME: [Keyword; 20] = {
    use Keyword::*;
    [
        SELECT, DISTINCT, ALL, AS, FROM, JOIN, WHERE, ON, AND, OR, NOT, HAVING, QUALIFY, BY, CASE, WHEN, THEN, ELSE,
        IN, WITH,
    ]
};

/// `x ISNULL` would pass for a column that is called so.
fn is_null_in_a_word(tokens: &[TokenWithSpan], text: &str) -> Result<(), Problem> {
    let tokens: Vec<&TokenWithSpan> =
        tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    for window in tokens.windows(2) {
        let ends_a_value = match &window[0].token {
            Token::Word(word) => word.quote_style.is_some() || !BEFORE_A_NAME.contains(&word.keyword),
            Token::RParen | Token::Number(..) | Token::SingleQuotedString(_) => true,
            _ => false,
        };
        let Token::Word(word) = &window[1].token else { continue };
        let instead = match word.value.to_lowercase().as_str() {
            "isnull" => "IS NULL",
            "notnull" => "IS NOT NULL",
            _ => continue,
        };
        if ends_a_value && word.quote_style.is_none() {
            let problem = Problem::new(format!("{} is not known here.", word.value.to_uppercase()));
            let place = place_of(window[1].span, text);
            return Err(place
                .map_or(problem.clone(), |place| problem.place(place))
                .try_this(format!("Write {instead}.")));
        }
    }
    Ok(())
}

fn left_over(next: &TokenWithSpan, text: &str) -> Problem {
    let shown = next.token.to_string();
    let problem = Problem::new(format!("{shown:?} does not follow from what stands before it."))
        .try_this("A comma or an operator may be missing, or a clause stands in the wrong place.");
    place_of(next.span, text).map_or(problem.clone(), |place| problem.place(place))
}

/// The parser's `Expected: …, found: … at Line: 1, Column: 5` in our words.
fn unexpected(text: &str, message: &str) -> Problem {
    let (what, location) = split_location(message);
    let location = location.unwrap_or_else(|| end_of(text));
    let rest = what.strip_prefix("Expected: ").or_else(|| what.strip_prefix("Expected "));
    let Some((expected, found)) = rest.and_then(|rest| rest.split_once(", found: ")) else {
        return Problem::new(format!("The query cannot be read: {what}.")).place(place_at(location, 1));
    };
    if found == "EOF" {
        let problem = Problem::new("The query stops before it is complete.").try_this(format!("Missing: {expected}."));
        return problem.place(place_at(end_of(text), 1));
    }
    if found.eq_ignore_ascii_case("exclude") && ends_a_frame(text, location) {
        let problem = Problem::new("EXCLUDE can't be used in queries here.").place(place_at(location, found.len()));
        return problem
            .try_this("Take it off the result, as in sum(x) OVER (…) - x, or leave rows out in a query within FROM.");
    }
    let problem = Problem::new(format!("{found:?} cannot stand here."));
    problem.try_this(format!("Missing: {expected}.")).place(place_at(location, found.chars().count()))
}

/// Whether what stands before a place is the end of a window's frame.
fn ends_a_frame(text: &str, at: Location) -> bool {
    let line = usize::try_from(at.line).unwrap_or(usize::MAX).saturating_sub(1);
    let column = usize::try_from(at.column).unwrap_or(usize::MAX).saturating_sub(1);
    let earlier = text.lines().take(line).flat_map(str::split_whitespace);
    let here: String = text.lines().nth(line).unwrap_or_default().chars().take(column).collect();
    let last = earlier.chain(here.split_whitespace()).last().unwrap_or_default();
    ["ROW", "PRECEDING", "FOLLOWING"].iter().any(|word| last.eq_ignore_ascii_case(word))
}
