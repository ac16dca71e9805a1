//! PostgreSQL's expressions for the parser, without what would read a formula twice.
//!
//! The parser reads `trim(…)`, `case` and others tentatively and, where that fails, again as a plain function or column; inside each
//! other they double the time for every level, and so do arguments that might have names. Here each is read once.

use std::any::TypeId;

use sqlparser::ast::{CastKind, Expr, UnaryOperator};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

#[derive(Debug)]
pub struct Formulas;

const POSTGRES: PostgreSqlDialect = PostgreSqlDialect {};

impl Dialect for Formulas {
    fn dialect(&self) -> TypeId {
        POSTGRES.dialect()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        POSTGRES.is_identifier_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        POSTGRES.is_reserved_for_identifier(keyword)
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        POSTGRES.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        POSTGRES.prec_value(precedence)
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn allow_extract_single_quotes(&self) -> bool {
        true
    }

    fn supports_string_escape_constant(&self) -> bool {
        true
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_numeric_literal_underscores(&self) -> bool {
        true
    }

    fn supports_array_typedef_with_brackets(&self) -> bool {
        true
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    fn supports_nested_comments(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn parse_infix(&self, parser: &mut Parser, expr: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        distinct(parser, expr, precedence)
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        if parser.peek_token_ref().token == Token::Tilde {
            parser.advance_token();
            return Some(complement(parser));
        }
        let Token::Word(word) = &parser.peek_token_ref().token else { return None };
        let keyword = word.keyword;
        let next = &parser.peek_nth_token_ref(1).token;
        if keyword == Keyword::GROUPING && matches!(next, Token::Word(word) if word.keyword == Keyword::SETS) {
            return Some(grouping_sets(parser));
        }
        let is_special = match keyword {
            Keyword::NOT => true,
            Keyword::CASE => begins_a_value(next),
            Keyword::ARRAY => *next == Token::LBracket,
            _ => *next == Token::LParen,
        };
        if !is_special {
            return None;
        }
        parser.advance_token();
        Some(match keyword {
            Keyword::NOT => parser.parse_not(),
            Keyword::CASE => parser.parse_case_expr(),
            Keyword::ARRAY => {
                parser.advance_token();
                parser.parse_array_expr(true)
            }
            Keyword::CAST => parser.parse_cast_expr(CastKind::Cast),
            Keyword::TRY_CAST | Keyword::SAFE_CAST => parser.parse_cast_expr(CastKind::TryCast),
            Keyword::CONVERT => parser.parse_convert_expr(false),
            Keyword::EXTRACT => parser.parse_extract_expr(),
            Keyword::CEIL => parser.parse_ceil_floor_expr(true),
            Keyword::FLOOR => parser.parse_ceil_floor_expr(false),
            Keyword::TRIM => parser.parse_trim_expr(),
            Keyword::OVERLAY => parser.parse_overlay_expr(),
            Keyword::POSITION => position(parser),
            Keyword::SUBSTR | Keyword::SUBSTRING => {
                parser.prev_token();
                parser.parse_substring()
            }
            _ => {
                parser.prev_token();
                return None;
            }
        })
    }
}

/// `a is distinct from b and c` ends before `and`, as in PostgreSQL, where the parser would take all that follows for the other side.
fn distinct(parser: &mut Parser, expr: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
    let negated = match [0, 1, 2, 3].map(|at| keyword(&parser.peek_nth_token_ref(at).token)) {
        [Keyword::IS, Keyword::DISTINCT, Keyword::FROM, _] => false,
        [Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM] => true,
        _ => return None,
    };
    (0..if negated { 4 } else { 3 }).for_each(|_| parser.advance_token());
    let sides = parser.parse_subexpr(precedence).map(|other| (Box::new(expr.clone()), Box::new(other)));
    Some(sides.map(|(a, b)| if negated { Expr::IsNotDistinctFrom(a, b) } else { Expr::IsDistinctFrom(a, b) }))
}

fn keyword(token: &Token) -> Keyword {
    match token {
        Token::Word(word) => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

/// Whether `case` before it can only be the beginning of `case … end`, and no column of that name.
fn begins_a_value(token: &Token) -> bool {
    use Token::*;
    !matches!(
        token,
        EOF | RParen
            | RBracket
            | Comma
            | SemiColon
            | Period
            | DoubleColon
            | Eq
            | Neq
            | Lt
            | Gt
            | LtEq
            | GtEq
            | Mul
            | Div
            | Mod
            | StringConcat
    )
}

/// `~5 + 1` is the complement of 6, as in PostgreSQL, where the parser would take that of 5.
fn complement(parser: &mut Parser) -> Result<Expr, ParserError> {
    let expr = Box::new(parser.parse_subexpr(POSTGRES.prec_value(Precedence::PgOther))?);
    Ok(Expr::UnaryOp { op: UnaryOperator::BitwiseNot, expr })
}

/// `grouping sets ((a, b), rollup(c), ())`, where the parser would read lists of columns alone.
fn grouping_sets(parser: &mut Parser) -> Result<Expr, ParserError> {
    parser.expect_keywords(&[Keyword::GROUPING, Keyword::SETS])?;
    parser.expect_token(&Token::LParen)?;
    let sets = parser.parse_comma_separated(|parser| {
        let is_empty =
            parser.peek_token_ref().token == Token::LParen && parser.peek_nth_token_ref(1).token == Token::RParen;
        if !is_empty {
            return parser.parse_expr().map(|set| vec![set]);
        }
        parser.advance_token();
        parser.advance_token();
        Ok(vec![Expr::Tuple(Vec::new())])
    })?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::GroupingSets(sets))
}

/// `position('b' in 'abc')`.
fn position(parser: &mut Parser) -> Result<Expr, ParserError> {
    parser.expect_token(&Token::LParen)?;
    let expr = parser.parse_subexpr(POSTGRES.prec_value(Precedence::Between))?;
    parser.expect_keyword_is(Keyword::IN)?;
    let text = parser.parse_expr()?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Position { expr: Box::new(expr), r#in: Box::new(text) })
}
