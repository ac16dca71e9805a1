//! Queries after a node that they read got another name.

use sqlparser::keywords::{ALL_KEYWORDS, Keyword};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Word};

use crate::formula::{quoted, tokens};

/// The query, where tables that `name` gives a new name have that. A query that can't be read stays as it is.
pub(crate) fn renamed(query: &str, name: &dyn Fn(&str) -> Option<String>) -> String {
    let Ok(tokens) = tokens(query) else { return query.to_owned() };
    let tokens: Vec<TokenWithSpan> =
        tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    let mut text = query.to_owned();
    let mut lists_tables = false;
    let mut found = Vec::new();
    for (at, TokenWithSpan { token, span }) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let before = at.checked_sub(1).map(|at| &tokens[at].token);
        let after = tokens.get(at + 1).map(|next| &next.token);
        let follows = keyword(before).is_some_and(|word| matches!(word, Keyword::FROM | Keyword::JOIN));
        let is_listed = lists_tables && before == Some(&Token::Comma);
        let is_qualifier = after == Some(&Token::Period) && before != Some(&Token::Period);
        let Some(new) = name(&word.value) else {
            lists_tables = still_lists_tables(word, lists_tables);
            continue;
        };
        if follows || is_listed || is_qualifier {
            found.push((span.start, span.end, table_name(&new)));
        }
        // A name that WITH gives goes before that of a node.
        if keyword(after) == Some(Keyword::AS) && tokens.get(at + 2).is_some_and(|next| next.token == Token::LParen) {
            return text;
        }
    }
    for (start, end, name) in found.into_iter().rev() {
        if let (Some(start), Some(end)) = (byte_at(query, start), byte_at(query, end)) {
            text.replace_range(start..end, &name);
        }
    }
    text
}

/// The name of a table as it is written in a query: in quotes also where it means something else in some place.
pub(super) fn table_name(name: &str) -> String {
    let plain = quoted(name);
    let is_keyword = ALL_KEYWORDS.binary_search(&name.to_uppercase().as_str()).is_ok();
    if is_keyword && plain == name { format!("\"{name}\"") } else { plain }
}

/// Whether names after commas are still those of tables.
fn still_lists_tables(word: &Word, lists: bool) -> bool {
    match word.keyword {
        Keyword::FROM => true,
        Keyword::SELECT | Keyword::WHERE | Keyword::ON | Keyword::GROUP | Keyword::ORDER | Keyword::HAVING => false,
        _ => lists,
    }
}

fn keyword(token: Option<&Token>) -> Option<Keyword> {
    match token {
        Some(Token::Word(word)) => Some(word.keyword),
        _ => None,
    }
}

fn byte_at(text: &str, Location { line, column }: Location) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let rest = text.get(start..)?;
    Some(rest.char_indices().nth(column).map_or(text.len(), |(at, _)| start + at))
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn tables_of_a_query_follow_the_names_of_nodes() {
        for (query, wanted) in [
            ("SELECT a FROM a", "SELECT a FROM \"all of it\""),
            (
                "SELECT ä, a.x FROM b, a\nJOIN \"a.false\" f ON f.x = a.x",
                "SELECT ä, \"all of it\".x FROM b, \"all of it\"\nJOIN \"all of it.false\" f ON f.x = \"all of it\".x",
            ),
            (
                "SELECT a.*, b.a FROM b JOIN a USING (a)",
                "SELECT \"all of it\".*, b.a FROM b JOIN \"all of it\" USING (a)",
            ),
            ("WITH a AS (SELECT 1) SELECT * FROM a", "WITH a AS (SELECT 1) SELECT * FROM a"),
            ("SELECT 'a' FROM 'a", "SELECT 'a' FROM 'a"),
        ] {
            let name = |name: &str| match name {
                "a" => Some("all of it".to_owned()),
                "a.false" => Some("all of it.false".to_owned()),
                _ => None,
            };
            assert_eq!(renamed(query, &name), wanted);
        }
    }
}
