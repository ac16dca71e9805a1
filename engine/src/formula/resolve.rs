//! Which signature of a function is meant, and the casts that lead to it.

use super::cast::{self, Casting, casting, is_shown};
use super::catalogue::{Function, Group, Kind, Nulls, Signature};
use super::expr::{Expr, Node};
use super::number_format::NumberFormat;
use super::patterns;
use crate::problem::{Cause, Place, Problem};
use crate::types::{Column, Type};
use crate::value::Value;

/// Products of decimals have no more digits after the point than this; further ones are rounded.
pub const LARGEST_PRODUCT_SCALE: u8 = 18;

/// An argument, as yet without the casts it needs.
pub struct Operand {
    pub expr: Expr,
    /// Set for text in quotes that may still become a date or a number, whatever it is compared with.
    pub untyped: bool,
    pub place: Option<Place>,
}

impl Operand {
    pub fn typed(expr: Expr) -> Self {
        Self { expr, untyped: false, place: None }
    }

    /// The argument as a type it can become without being asked to.
    pub fn become_type(self, to: &Type) -> Result<Expr, Problem> {
        let place = self.place;
        cast::cast(self.expr, to.clone(), false).map_err(|problem| placed(problem, place))
    }

    fn is_open(&self) -> bool {
        self.untyped || self.expr.kind == Type::Null
    }
}

impl Function {
    /// The signature that has exactly these types.
    pub fn signature(self, kinds: &[&Type]) -> Option<&'static Signature> {
        self.entry().signatures.iter().find(|signature| {
            parameters(signature, kinds.len()).is_some_and(|parameters| {
                parameters.iter().zip(kinds).all(|(parameter, kind)| fits_exactly(*parameter, kind))
            })
        })
    }
}

/// The call of a function, its arguments cast to the signature that fits with the least change.
pub fn call(function: Function, operands: Vec<Operand>, place: Option<Place>) -> Result<Expr, Problem> {
    let fits = function.entry().signatures.iter().filter_map(|signature| fit(signature, &operands));
    let Some(fit) = fits.min_by_key(|fit| fit.cost) else { return Err(mismatch(function, &operands, place)) };
    let mut arguments = Vec::with_capacity(operands.len());
    for (operand, target) in operands.into_iter().zip(&fit.targets) {
        arguments.push(operand.become_type(target)?);
    }
    patterns::check(function, &arguments).map_err(|problem| placed(problem, place))?;
    let kind = result(function, &fit, &arguments);
    if is_null_in_all_rows(function, &arguments) {
        return Ok(Expr::null(kind));
    }
    Ok(Expr { kind, node: super::Node::Call { function, arguments } })
}

/// As in PostgreSQL, nothing is computed beside a null that is written out. What is written out and fails, fails there too.
fn is_null_in_all_rows(function: Function, arguments: &[Expr]) -> bool {
    let is_null = |argument: &Expr| argument.as_literal().is_some_and(Value::is_null);
    let is_told = |argument: &Expr| argument.can_fail() && argument.columns().is_empty();
    function.entry().nulls == Nulls::Strict && arguments.iter().any(is_null) && !arguments.iter().any(is_told)
}

/// The arguments as the one type they have in common, as the results of CASE.
pub fn unify(operands: Vec<Operand>) -> Result<(Type, Vec<Expr>), Problem> {
    let refs: Vec<&Operand> = operands.iter().collect();
    let Some(kind) = common(&refs) else {
        let odd = operands.iter().find(|operand| common(&[&operands[0], operand]).is_none());
        let place = odd.and_then(|operand| operand.place);
        let odd = odd.map_or(Type::Null, |operand| operand.expr.kind.clone());
        return Err(placed(
            Problem::new(format!("The results are of different types: {} and {odd}.", operands[0].expr.kind))
                .try_this("Cast one of them, as in amount::text."),
            place,
        ));
    };
    let exprs = operands.into_iter().map(|operand| operand.become_type(&kind)).collect::<Result<_, _>>()?;
    Ok((kind, exprs))
}

pub fn placed(problem: Problem, place: Option<Place>) -> Problem {
    match place {
        Some(place) => problem.place(place),
        None => problem,
    }
}

struct Fit {
    signature: &'static Signature,
    cost: u32,
    targets: Vec<Type>,
    /// The type that stands for `Any`.
    any: Type,
    /// The type that stands for `Element`.
    element: Type,
}

fn fit(signature: &'static Signature, operands: &[Operand]) -> Option<Fit> {
    let parameters = parameters(signature, operands.len())?;
    let pairs = || parameters.iter().copied().zip(operands);
    let shared: Vec<&Operand> =
        pairs().filter(|(parameter, _)| matches!(parameter, Kind::Any | Kind::Ordered)).map(|(_, it)| it).collect();
    let any = common(&shared)?;
    if parameters.contains(&Kind::Ordered) && !any.is_ordered() {
        return None;
    }
    let element = common_element(pairs())?;
    let mut cost = 0;
    let mut targets = Vec::with_capacity(operands.len());
    for (parameter, operand) in pairs() {
        let (step, target) = step(parameter, operand, &any, &element)?;
        cost += step;
        targets.push(target);
    }
    Some(Fit { signature, cost, targets, any, element })
}

/// The parameters of a signature for so many arguments.
fn parameters(signature: &Signature, count: usize) -> Option<Vec<Kind>> {
    let mut parameters = signature.parameters.to_vec();
    if count > parameters.len() {
        parameters.resize(count, signature.rest?);
    }
    (parameters.len() == count).then_some(parameters)
}

/// The type that all of the arguments can become; text for those that could be anything.
fn common(operands: &[&Operand]) -> Option<Type> {
    let mut kind = Type::Null;
    let among_decimals = operands.iter().any(|operand| matches!(operand.expr.kind, Type::Decimal(..)));
    for operand in operands.iter().filter(|operand| !operand.is_open()) {
        kind = kind.common(&match operand.expr.kind {
            Type::Integer if among_decimals => as_decimal(&operand.expr),
            _ => operand.expr.kind.clone(),
        })?;
    }
    Some(if kind == Type::Null { Type::Text } else { kind })
}

/// The decimals that integers become: of no more digits than one has that is written out.
fn as_decimal(integer: &Expr) -> Type {
    match integer.as_literal() {
        Some(Value::Integer(number)) => Type::decimal(number.unsigned_abs().to_string().len() as u8, 0),
        _ => Type::INTEGER_AS_DECIMAL,
    }
}

/// The type that the elements of all lists, and all elements, can become.
fn common_element<'a>(pairs: impl Iterator<Item = (Kind, &'a Operand)>) -> Option<Type> {
    let mut element = Type::Null;
    let mut is_open = false;
    for (parameter, operand) in pairs {
        match (parameter, &operand.expr.kind) {
            (Kind::List, Type::List(inner)) => element = element.common(inner)?,
            (Kind::Element, _) if operand.is_open() => is_open |= operand.untyped,
            (Kind::Element, kind) => element = element.common(kind)?,
            _ => {}
        }
    }
    Some(if is_open && element == Type::Null { Type::Text } else { element })
}

/// How far an argument is from a parameter, and the type it becomes.
fn step(parameter: Kind, operand: &Operand, any: &Type, element: &Type) -> Option<(u32, Type)> {
    let kind = &operand.expr.kind;
    match parameter {
        Kind::Any | Kind::Ordered => Some((u32::from(kind != any), any.clone())),
        Kind::List => match kind {
            Type::List(inner) => Some((u32::from(**inner != *element), list_of(element.clone()))),
            Type::Null => Some((0, list_of(element.clone()))),
            _ => None,
        },
        Kind::Element => Some((u32::from(kind != element), element.clone())),
        Kind::Integers
        | Kind::Floats
        | Kind::Decimals
        | Kind::Texts
        | Kind::Dates
        | Kind::Timestamps
        | Kind::Zoneds
            if *kind == list_of(Type::Null) =>
        {
            Some((1, plain(parameter)))
        }
        Kind::Texts if fits_exactly(Kind::List, kind) && casting(kind, &plain(Kind::Texts)) == Casting::Succeeds => {
            Some((4, plain(parameter)))
        }
        Kind::Floats if matches!(kind, Type::List(inner) if inner.is_number()) => Some((2, plain(parameter))),
        Kind::Single => Some((0, kind.clone())),
        Kind::Shown if *kind == Type::Null => Some((0, Type::Text)),
        Kind::Shown => is_shown(kind).then_some((if kind.is_text() { 0 } else { 4 }, Type::Text)),
        Kind::Constant => matches!(operand.expr.as_literal(), Some(Value::Text(_))).then_some((0, Type::Text)),
        _ if fits_exactly(parameter, kind) => Some((0, kind.clone())),
        _ if *kind == Type::Null => Some((0, plain(parameter))),
        Kind::Decimal if operand.untyped => Some((5, literal_decimal(&operand.expr))),
        Kind::Decimal => (*kind == Type::Integer).then_some((1, as_decimal(&operand.expr))),
        Kind::Float if *kind == Type::Integer || matches!(kind, Type::Decimal(..)) => Some((2, Type::Float)),
        Kind::Timestamp if *kind == Type::Date => Some((1, Type::Timestamp)),
        Kind::Timestamp if matches!(kind, Type::TimestampZoned(_)) => Some((3, Type::Timestamp)),
        _ => operand.untyped.then(|| (5, plain(parameter))),
    }
}

fn fits_exactly(parameter: Kind, kind: &Type) -> bool {
    match parameter {
        Kind::Any | Kind::Single | Kind::Element | Kind::Part => true,
        Kind::List => matches!(kind, Type::List(_)),
        Kind::Struct => matches!(kind, Type::Struct(_)),
        Kind::Decimals => matches!(kind, Type::List(inner) if matches!(**inner, Type::Decimal(..))),
        Kind::Zoneds => matches!(kind, Type::List(inner) if matches!(**inner, Type::TimestampZoned(_))),
        Kind::Ordered => kind.is_ordered(),
        Kind::Decimal => matches!(kind, Type::Decimal(..)),
        Kind::Zoned => matches!(kind, Type::TimestampZoned(_)),
        Kind::Shown | Kind::Constant => kind.is_text(),
        _ => *kind == plain(parameter),
    }
}

/// The type a parameter asks for where the argument does not say more.
fn plain(parameter: Kind) -> Type {
    match parameter {
        Kind::Boolean => Type::Boolean,
        Kind::Integer => Type::Integer,
        Kind::Float => Type::Float,
        Kind::Decimal => Type::Decimal(38, 0),
        Kind::Date => Type::Date,
        Kind::Time => Type::Time,
        Kind::Timestamp => Type::Timestamp,
        Kind::Zoned => Type::TimestampZoned("UTC".into()),
        Kind::Duration => Type::Duration,
        Kind::Nothing => Type::Null,
        Kind::List | Kind::Element | Kind::Struct | Kind::Part => Type::Null,
        Kind::Integers => list_of(Type::Integer),
        Kind::Floats => list_of(Type::Float),
        Kind::Decimals => list_of(plain(Kind::Decimal)),
        Kind::Texts => list_of(Type::Text),
        Kind::Dates => list_of(Type::Date),
        Kind::Timestamps => list_of(Type::Timestamp),
        Kind::Zoneds => list_of(plain(Kind::Zoned)),
        Kind::Text | Kind::Any | Kind::Ordered | Kind::Single | Kind::Shown | Kind::Constant => Type::Text,
    }
}

fn list_of(element: Type) -> Type {
    Type::List(Box::new(element))
}

fn literal_decimal(expr: &Expr) -> Type {
    let text = expr.as_literal().and_then(Value::as_text).unwrap_or_default();
    let scale = text.trim().split_once('.').map_or(0, |(_, fraction)| fraction.len().min(38));
    Type::Decimal(38, scale as u8)
}

fn result(function: Function, fit: &Fit, arguments: &[Expr]) -> Type {
    match fit.signature.result {
        Kind::Any | Kind::Ordered => fit.any.clone(),
        Kind::List => list_of(fit.element.clone()),
        Kind::Element => fit.element.clone(),
        Kind::Struct => struct_of(arguments),
        Kind::Part => part_of(arguments),
        Kind::Zoned if function == Function::AtZone => {
            let zone = arguments.first().and_then(Expr::as_literal).and_then(Value::as_text).unwrap_or("UTC");
            Type::TimestampZoned(zone.to_owned())
        }
        Kind::Zoned => zone_of(fit),
        Kind::Zoneds => list_of(zone_of(fit)),
        Kind::Decimal => decimal_result(function, arguments),
        kind => plain(kind),
    }
}

/// The struct of names and values in turn.
fn struct_of(arguments: &[Expr]) -> Type {
    let field = |pair: &[Expr]| match pair {
        [name, value] => Some(Column::new(name.as_literal()?.as_text()?, value.kind.clone())),
        _ => None,
    };
    Type::Struct(arguments.chunks(2).filter_map(field).collect())
}

fn part_of(arguments: &[Expr]) -> Type {
    let [Expr { kind: Type::Struct(fields), .. }, name] = arguments else { return Type::Null };
    let name = name.as_literal().and_then(Value::as_text);
    fields.iter().find(|field| Some(field.name.as_str()) == name).map_or(Type::Null, |field| field.kind.clone())
}

fn zone_of(fit: &Fit) -> Type {
    let zoned = fit.targets.iter().find(|kind| matches!(kind, Type::TimestampZoned(_)));
    zoned.cloned().unwrap_or_else(|| plain(Kind::Zoned))
}

/// Sums and remainders keep the longer fraction, products add up both, up to [`LARGEST_PRODUCT_SCALE`], and both have room for every
/// result as long as 38 digits are enough; rounding to a number of
/// digits written into the formula leaves as many.
fn decimal_result(function: Function, arguments: &[Expr]) -> Type {
    let scale = |at: usize| match arguments.get(at).map(|argument| &argument.kind) {
        Some(Type::Decimal(_, scale)) => *scale,
        Some(Type::List(inner)) => {
            if let Type::Decimal(_, scale) = **inner {
                scale
            } else {
                0
            }
        }
        _ => 0,
    };
    let whole = |at: usize| match arguments.get(at).map(|argument| &argument.kind) {
        Some(Type::Decimal(precision, scale)) => precision.saturating_sub(*scale),
        _ => 38,
    };
    match function {
        Function::Second => Type::Decimal(8, 6),
        Function::Milliseconds => Type::Decimal(8, 3),
        Function::ToNumber => {
            let format = arguments.get(1).and_then(Expr::as_literal).and_then(Value::as_text);
            let format = format.and_then(|format| NumberFormat::parse(format).ok());
            Type::Decimal(38, format.map_or(0, |format| format.fraction as u8))
        }
        Function::Epoch => Type::Decimal(20, 6),
        Function::Negate | Function::Abs => arguments[0].kind.clone(),
        Function::Multiply => {
            let (a, b) = (scale(0), scale(1));
            match a + b <= LARGEST_PRODUCT_SCALE {
                true => Type::decimal(whole(0).saturating_add(whole(1)), a + b),
                false => Type::Decimal(38, LARGEST_PRODUCT_SCALE.max(a).max(b)),
            }
        }
        Function::Add | Function::Subtract => {
            Type::decimal(whole(0).max(whole(1)).saturating_add(1), scale(0).max(scale(1)))
        }
        Function::Ceil | Function::Floor => Type::Decimal(38, 0),
        Function::Round | Function::RoundEven | Function::Trunc => match arguments.get(1).map(Expr::as_literal) {
            None => Type::Decimal(38, 0),
            Some(Some(Value::Integer(digits))) => Type::Decimal(38, (*digits).clamp(0, i64::from(scale(0))) as u8),
            Some(_) => Type::Decimal(38, scale(0)),
        },
        _ => Type::Decimal(38, scale(0).max(scale(1))),
    }
}

fn mismatch(function: Function, operands: &[Operand], place: Option<Place>) -> Problem {
    let entry = function.entry();
    let name = function.name();
    let fitting: Vec<&Signature> =
        entry.signatures.iter().filter(|signature| parameters(signature, operands.len()).is_some()).collect();
    if fitting.is_empty() {
        let problem = Problem::new(format!("{name} does not take {}.", counted(operands.len())));
        return placed(problem.try_this(usage(function, &[])), place);
    }
    let constant = |at: usize| fitting.iter().all(|signature| signature.parameters.get(at) == Some(&Kind::Constant));
    if let Some((_, operand)) = operands
        .iter()
        .enumerate()
        .find(|(at, it)| constant(*at) && !matches!(it.expr.as_literal(), Some(Value::Text(_))))
    {
        let problem = Problem::new(format!("Here {name} needs a text that is the same in every row."));
        return placed(problem.try_this("Write it in quotes, or use a parameter."), operand.place.or(place));
    }
    let kinds: Vec<String> = operands.iter().map(|operand| operand.expr.kind.to_string()).collect();
    let message = match (entry.group, kinds.as_slice()) {
        (Group::Operators, [a, b]) => format!("{name} does not work between {a} and {b}."),
        (_, [one]) => format!("{name} does not work on {one}."),
        (_, [first, rest @ ..]) if rest.iter().all(|kind| kind == first) => format!("{name} does not work on {first}."),
        _ => format!("{name} does not work on ({}).", kinds.join(", ")),
    };
    let problem = Problem::new(message).try_this(advice(function, operands));
    let problem = match wrong_text(operands) {
        Some(cause) => problem.because(cause),
        None => problem,
    };
    placed(problem, place)
}

/// The one column of text among arguments that are not: it may be one of numbers or dates that were read as text.
fn wrong_text(operands: &[Operand]) -> Option<Cause> {
    let mut texts = operands.iter().filter(|operand| operand.expr.kind.is_text() && !operand.untyped);
    let (Some(text), None) = (texts.next(), texts.next()) else { return None };
    let Node::Column(column) = &text.expr.node else { return None };
    let other = operands.iter().map(|operand| &operand.expr.kind).find(|kind| !kind.is_text() && **kind != Type::Null);
    other.map(|kind| Cause::WrongType { port: 0, column: column.clone(), to: Some(kind.clone()) })
}

fn counted(count: usize) -> String {
    match count {
        0 => "no arguments".into(),
        1 => "1 argument".into(),
        count => format!("{count} arguments"),
    }
}

fn advice(function: Function, operands: &[Operand]) -> String {
    let texts = operands.iter().filter(|operand| operand.expr.kind.is_text()).count();
    if function == Function::Add && texts > 0 {
        return "Texts are put together with ||; a text that holds a number is cast, as in amount::float.".into();
    }
    let compares = operands.len() == 2 && !matches!(function, Function::And | Function::Or);
    if function.entry().group == Group::Operators && compares && texts == 1 {
        return "Cast one side, as in amount::float or day::date.".into();
    }
    if function.entry().signatures.iter().any(|signature| signature.parameters.contains(&Kind::Any)) {
        return "Its values must be of one type; cast some of them, as in amount::text.".into();
    }
    usage(function, operands)
}

/// `It takes (Text, Integer) or (Text, Integer, Text).`
///
/// Of many ways only those that begin with the first argument.
fn usage(function: Function, operands: &[Operand]) -> String {
    let signatures = function.entry().signatures;
    let near = |signature: &&Signature| match (operands.first(), signature.parameters.first()) {
        (Some(operand), Some(parameter)) => fits_exactly(*parameter, &operand.expr.kind),
        _ => false,
    };
    let near: Vec<&Signature> = signatures.iter().filter(near).collect();
    let shown = if near.is_empty() { signatures.iter().collect() } else { near };
    let mut ways: Vec<String> = shown.into_iter().map(Signature::to_string).collect();
    let last = ways.pop().unwrap_or_default();
    if ways.is_empty() { format!("It takes {last}.") } else { format!("It takes {} or {last}.", ways.join(", ")) }
}

/// The parameters, as in `(Text, Integer)`.
impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut words: Vec<&str> = self.parameters.iter().map(|kind| shown(*kind)).collect();
        if self.rest.is_some() {
            words.push("…");
        }
        write!(f, "({})", words.join(", "))
    }
}

fn shown(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "Boolean",
        Kind::Integer => "Integer",
        Kind::Float => "Float",
        Kind::Decimal => "Decimal",
        Kind::Text => "Text",
        Kind::Date => "Date",
        Kind::Time => "Time",
        Kind::Timestamp => "Timestamp",
        Kind::Zoned => "Timestamp with zone",
        Kind::Duration => "Duration",
        Kind::Any | Kind::Single | Kind::Shown => "anything",
        Kind::Ordered => "anything with an order",
        Kind::Constant => "'text'",
        Kind::Nothing => "nothing",
        Kind::List => "List",
        Kind::Element => "element",
        Kind::Integers => "List(Integer)",
        Kind::Floats => "List(Float)",
        Kind::Decimals => "List(Decimal)",
        Kind::Texts => "List(Text)",
        Kind::Dates => "List(Date)",
        Kind::Timestamps => "List(Timestamp)",
        Kind::Zoneds => "List(Timestamp with zone)",
        Kind::Struct => "Struct",
        Kind::Part => "field",
    }
}
