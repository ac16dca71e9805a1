//! The words of a formula while it is typed.

use pipewright_app::inspector::syntax::{Kind, function_at, pieces};
use pipewright_engine::formula::Function;

/// The pieces of a formula but for operators and blanks, after a look that nothing is lost.
fn words(text: &str) -> Vec<(Kind, &str)> {
    let all = pieces(text);
    assert_eq!(all.iter().map(|piece| &text[piece.range.clone()]).collect::<String>(), text);
    all.into_iter().map(|piece| (piece.kind, &text[piece.range])).filter(|(kind, _)| *kind != Kind::Other).collect()
}

#[test]
fn the_words_of_a_formula_are_told_apart() {
    use Kind::*;
    let text = "case when round(price, 2) >= :least then 'it''s' else \"Order Date\"::text end -- so";
    let expected = [
        (Keyword, "case"),
        (Keyword, "when"),
        (Function, "round"),
        (Name, "price"),
        (Number, "2"),
        (Parameter, ":least"),
        (Keyword, "then"),
        (Text, "'it''s'"),
        (Keyword, "else"),
        (Name, "\"Order Date\""),
        (Name, "text"),
        (Keyword, "end"),
        (Comment, "-- so"),
    ];
    assert_eq!(words(text), expected);
    assert_eq!(words("a || 'über"), [(Name, "a"), (Text, "'über")]);
}

#[test]
fn the_function_around_a_place_is_found() {
    let text = "round(abs(a) + b, 2) + c";
    assert_eq!(function_at(text, 2), Function::named("round"));
    assert_eq!(function_at(text, 10), Function::named("abs"));
    assert_eq!(function_at(text, 15), Function::named("round"));
    assert_eq!(function_at(text, text.len()), None);
}
