//! From SQL's tree to our typed one.

use sqlparser::ast::{
    self, BinaryOperator, DataType, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Spanned, UnaryOperator,
};
use sqlparser::tokenizer::Span;

use super::Scope;
use super::cast;
use super::catalogue::Function;
use super::expr::{Expr, Node};
use super::foreign::{foreign, is_function, of_a_node, unknown_function};
use super::literals::{amount, negative, number, type_of};
use super::parse::{self, DEEPEST, place_of, quoted};
use super::patterns;
use super::resolve::{self, Operand, placed, unify};
use crate::problem::{Place, Problem, nearest};
use crate::types::{Column, Schema, Type};
use crate::value::{DAY_MICROS, Value};

/// Longer formulas may be chains of thousands of operators, which are trees as deep.
const SHORT: usize = 300;
const DEEP_STACK: usize = 256 << 20;

pub fn compile(text: &str, scope: &Scope) -> Result<Expr, Problem> {
    with_room_for(text, || compile_here(text, scope))
}

/// Does what goes as deep as a text is long.
pub(crate) fn with_room_for<T: Send>(
    text: &str,
    work: impl FnOnce() -> Result<T, Problem> + Send,
) -> Result<T, Problem> {
    if text.len() <= SHORT {
        return work();
    }
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK);
        match thread.spawn_scoped(threads, work).map(|thread| thread.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => Err(Problem::new("There is no memory left to read this.")),
        }
    })
}

fn compile_here(text: &str, scope: &Scope) -> Result<Expr, Problem> {
    let tree = parse::parse(text, scope.columns)?;
    let whole = Place { line: 1, column: 1, length: text.lines().next().map_or(1, |line| line.chars().count().max(1)) };
    let mut compiler = Compiler { text, scope, depth: 0, around: None };
    let compiled = compiler.operand(&tree).map(|operand| operand.expr);
    compiled.map_err(|problem| parse::with_closing_brackets(problem.place(whole), text))
}

/// What names and parts of an expression mean where it stands in a query, over columns of several tables.
pub(crate) trait Around {
    /// The column of `name` or `table.name`; none where no table has a column of that name.
    fn column(&self, names: &[Ident]) -> Result<Option<Column>, Problem>;

    /// The columns in view, as they are called without their tables.
    fn columns(&self) -> Schema;

    /// The value of a part that is computed elsewhere, such as an aggregate; none where it is for this compiler.
    fn known(&self, tree: &ast::Expr) -> Result<Option<Expr>, Problem>;
}

/// Types an expression that is part of a query: its places are those of the query's text.
pub(crate) fn compile_part(text: &str, tree: &ast::Expr, scope: &Scope, around: &dyn Around) -> Result<Expr, Problem> {
    let mut compiler = Compiler { text, scope, depth: 0, around: Some(around) };
    let compiled = compiler.operand(tree).map(|operand| operand.expr);
    compiled.map_err(|problem| parse::with_closing_brackets(problem, text))
}

struct Compiler<'a> {
    text: &'a str,
    scope: &'a Scope<'a>,
    depth: usize,
    /// None for a formula, which sees one table.
    around: Option<&'a dyn Around>,
}

type Compiled = Result<Operand, Problem>;

impl Compiler<'_> {
    fn operand(&mut self, tree: &ast::Expr) -> Compiled {
        self.depth += 1;
        let place = self.place(tree.span());
        let operand = if self.depth > DEEPEST { Err(parse::too_deep()) } else { self.part(tree, place) };
        self.depth -= 1;
        operand.map_err(|problem| placed(problem, place))
    }

    fn part(&mut self, tree: &ast::Expr, place: Option<Place>) -> Compiled {
        match self.around.map_or(Ok(None), |around| around.known(tree))? {
            Some(expr) => Ok(Operand { expr, untyped: false, place }),
            None => self.expression(tree, place),
        }
    }

    fn expression(&mut self, tree: &ast::Expr, place: Option<Place>) -> Compiled {
        use ast::Expr as E;
        match tree {
            E::Nested(inner) => self.operand(inner),
            E::Identifier(name) => self.column(name, place),
            E::CompoundIdentifier(names) => self.qualified(names, place),
            E::CompoundFieldAccess { root, access_chain } => {
                let root = self.operand(root)?;
                access_chain.iter().try_fold(root, |value, access| self.access(value, access, place))
            }
            E::Array(array) => self.array(&array.elem, place),
            E::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                self.call(Function::ArrayContains, &[right, left], place)
            }
            E::AllOp { left, compare_op: BinaryOperator::NotEq, right } => {
                self.negated(true, Function::ArrayContains, &[right, left], place)
            }
            E::Value(value) => self.value(&value.value, value.span),
            E::TypedString(literal) => self.typed_string(literal, place),
            E::Interval(interval) => self.interval(interval, place),
            E::BinaryOp { op: BinaryOperator::And, .. } => self.chain(tree, Function::And),
            E::BinaryOp { op: BinaryOperator::Or, .. } => self.chain(tree, Function::Or),
            E::BinaryOp { left, op, right } => self.binary(left, op, right, place),
            E::UnaryOp { op, expr } => self.unary(op, expr, place),
            E::IsNull(value) | E::IsUnknown(value) => self.call(Function::IsNull, &[value], place),
            E::IsNotNull(value) | E::IsNotUnknown(value) => self.negated(true, Function::IsNull, &[value], place),
            E::IsTrue(value) => self.call(Function::IsTrue, &[value], place),
            E::IsNotTrue(value) => self.negated(true, Function::IsTrue, &[value], place),
            E::IsFalse(value) => self.call(Function::IsFalse, &[value], place),
            E::IsNotFalse(value) => self.negated(true, Function::IsFalse, &[value], place),
            E::IsDistinctFrom(a, b) => self.call(Function::IsDistinct, &[a, b], place),
            E::IsNotDistinctFrom(a, b) => self.negated(true, Function::IsDistinct, &[a, b], place),
            E::Between { expr, negated, low, high } => {
                self.negated(*negated, Function::Between, &[expr, low, high], place)
            }
            E::InList { expr, list, negated } => {
                let arguments: Vec<&E> = std::iter::once(&**expr).chain(list).collect();
                self.negated(*negated, Function::In, &arguments, place)
            }
            E::Like { negated, any: false, expr, pattern, escape_char } => {
                let operands = vec![self.operand(expr)?, self.pattern(pattern, escape_char.as_ref())?];
                self.finish(*negated, Function::Like, operands, place)
            }
            E::ILike { negated, any: false, expr, pattern, escape_char } => {
                let operands = vec![self.operand(expr)?, self.pattern(pattern, escape_char.as_ref())?];
                self.finish(*negated, Function::ILike, operands, place)
            }
            E::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            E::Cast { kind, expr, data_type, array: false, format: None } => {
                let lenient = matches!(kind, ast::CastKind::TryCast | ast::CastKind::SafeCast);
                self.cast(expr, data_type, lenient, place)
            }
            E::Function(function) => self.function(function, place),
            _ => self.special(tree, place),
        }
    }

    /// The calls that SQL writes in ways of their own.
    fn special(&mut self, tree: &ast::Expr, place: Option<Place>) -> Compiled {
        use ast::Expr as E;
        match tree {
            E::Extract { field, expr, .. } => self.extract(&field.to_string(), expr, place),
            E::Ceil { expr, field } => self.whole(Function::Ceil, expr, field, place),
            E::Floor { expr, field } => self.whole(Function::Floor, expr, field, place),
            E::AtTimeZone { timestamp, time_zone } => self.call(Function::AtZone, &[time_zone, timestamp], place),
            E::Position { expr, r#in } => self.call(Function::Strpos, &[r#in, expr], place),
            E::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                let arguments: Vec<&E> = [&**expr, &**from].into_iter().chain(substring_for.as_deref()).collect();
                self.call(Function::Substring, &arguments, place)
            }
            E::Substring { expr, substring_from: None, substring_for: Some(count), .. } => {
                self.call(Function::Left, &[expr, count], place)
            }
            E::Trim { expr, trim_where, trim_what, trim_characters } => {
                let function = match trim_where {
                    Some(ast::TrimWhereField::Leading) => Function::Ltrim,
                    Some(ast::TrimWhereField::Trailing) => Function::Rtrim,
                    Some(ast::TrimWhereField::Both) | None => Function::Trim,
                };
                let what = trim_what.as_deref().into_iter().chain(trim_characters.iter().flatten());
                let arguments: Vec<&E> = std::iter::once(&**expr).chain(what).collect();
                self.call(function, &arguments, place)
            }
            E::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let first = [&**expr, &**overlay_what, &**overlay_from];
                let arguments: Vec<&E> = first.into_iter().chain(overlay_for.as_deref()).collect();
                self.call(Function::Overlay, &arguments, place)
            }
            other => Err(foreign(other)),
        }
    }

    fn column(&self, name: &Ident, place: Option<Place>) -> Compiled {
        if let Some(around) = self.around {
            let column = around.column(std::slice::from_ref(name))?;
            let column = column.ok_or_else(|| self.unknown_column(name, place, &around.columns()))?;
            return Ok(Operand { expr: Expr::column(&column), untyped: false, place });
        }
        let columns = self.scope.columns;
        let mut near = columns.0.iter().filter(|column| column.name.to_lowercase() == name.value.to_lowercase());
        let column = match (columns.column(&name.value), near.next(), near.next()) {
            (Some(column), ..) | (None, Some(column), None) => column,
            (None, Some(one), Some(other)) => {
                let problem = Problem::new(format!("{:?} could be {:?} or {:?}.", name.value, one.name, other.name));
                return Err(problem.try_this("Write the name with its capitals as the column has them."));
            }
            (None, None, _) => return Err(self.unknown_column(name, place, columns)),
        };
        Ok(Operand { expr: Expr::column(column), untyped: false, place })
    }

    fn unknown_column(&self, name: &Ident, place: Option<Place>, columns: &Schema) -> Problem {
        if name.quote_style.is_none()
            && let Some(problem) = parse::unquoted(self.text, columns, place)
        {
            return problem;
        }
        let problem = Problem::no_column(&name.value, columns.names());
        match nearest(&name.value, columns.names()) {
            Some(near) => problem.replace_with(quoted(near)),
            None if name.quote_style.is_some() => {
                let text = format!("'{}'", name.value.replace('\'', "''"));
                // Not offered as a repair: where a column has gone, a text that is its name makes a formula right and rows wrong.
                problem.try_this(format!("If it is text, write it in single quotes: {text}."))
            }
            None if is_function(&name.value) => {
                problem.try_this(format!("The function is written with brackets: {}(…).", name.value))
            }
            None if self.scope.parameters.contains_key(&name.value) => {
                let parameter = format!(":{}", name.value);
                problem.try_this(format!("The parameter is written {parameter}.")).replace_with(parameter)
            }
            None => problem,
        }
    }

    fn array(&mut self, elements: &[ast::Expr], place: Option<Place>) -> Compiled {
        let elements: Vec<&ast::Expr> = elements.iter().collect();
        self.call(Function::Array, &elements, place)
    }

    /// What stands behind a value: `[1]`, `[2:3]` or `.name`.
    fn access(&mut self, value: Operand, access: &ast::AccessExpr, place: Option<Place>) -> Compiled {
        use ast::{AccessExpr, Subscript};
        let integer = |value| Operand::typed(Expr::literal(Value::Integer(value)));
        match access {
            AccessExpr::Dot(ast::Expr::Identifier(name)) => self.field(value, name, place),
            AccessExpr::Subscript(Subscript::Index { index }) => {
                let index = self.operand(index)?;
                self.finish(false, Function::ElementAt, vec![value, index], place)
            }
            AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride: None }) => {
                let from = lower_bound.as_ref().map_or(Ok(integer(1)), |bound| self.operand(bound))?;
                let to = upper_bound.as_ref().map_or(Ok(integer(-1)), |bound| self.operand(bound))?;
                self.finish(false, Function::ArraySlice, vec![value, from, to], place)
            }
            other => Err(Problem::new(format!("{other} takes no part of a value."))
                .try_this("Write list[1] for an element, list[2:3] for some, and place.city for a field.")),
        }
    }

    /// A field by its name, or by its name in other capitals if no other has it.
    fn field(&self, value: Operand, name: &Ident, place: Option<Place>) -> Compiled {
        let mut written = name.value.clone();
        if let Type::Struct(fields) = &value.expr.kind
            && !fields.iter().any(|field| field.name == written)
        {
            let mut near = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(&written));
            if let (Some(one), None) = (near.next(), near.next()) {
                written.clone_from(&one.name);
            }
        }
        let name = Operand::typed(Expr::literal(Value::Text(written)));
        self.finish(false, Function::StructField, vec![value, name], place)
    }

    fn qualified(&self, names: &[Ident], place: Option<Place>) -> Compiled {
        if let [first, fields @ ..] = names
            && let Ok(column) = self.column(first, place)
            && matches!(column.expr.kind, Type::Struct(_))
        {
            return fields.iter().try_fold(column, |value, name| self.field(value, name, place));
        }
        if let Some(column) = self.around.map_or(Ok(None), |around| around.column(names))? {
            return Ok(Operand { expr: Expr::column(&column), untyped: false, place });
        }
        let joined: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        let joined = joined.join(".");
        let problem = Problem::new(format!("{joined} names a table and a column, but a formula sees one table."));
        let last = names.last().map(|name| name.value.as_str()).unwrap_or_default();
        let known = [joined.as_str(), last].into_iter().find(|name| self.scope.columns.contains(name));
        Err(placed(problem, place).try_this(match known {
            Some(name) => format!("Write {}.", quoted(name)),
            None => "Write the name of the column alone.".into(),
        }))
    }

    fn value(&self, value: &ast::Value, span: Span) -> Compiled {
        let place = self.place(span);
        let literal = match value {
            ast::Value::Null => return Ok(Operand { expr: Expr::null(Type::Null), untyped: false, place }),
            ast::Value::Boolean(value) => Expr::literal(Value::Boolean(*value)),
            ast::Value::Number(digits, _) => number(digits).map_err(|problem| placed(problem, place))?,
            ast::Value::Placeholder(name) => return self.parameter(name, place),
            ast::Value::SingleQuotedString(text)
            | ast::Value::EscapedStringLiteral(text)
            | ast::Value::UnicodeStringLiteral(text)
            | ast::Value::DollarQuotedString(ast::DollarQuotedString { value: text, .. }) => {
                return Ok(Operand { expr: Expr::literal(Value::text(text)), untyped: true, place });
            }
            other => return Err(placed(Problem::new(format!("{other} is not a kind of value formulas have.")), place)),
        };
        Ok(Operand { expr: literal, untyped: false, place })
    }

    fn parameter(&self, placeholder: &str, place: Option<Place>) -> Compiled {
        let place = place.map(|place| Place { length: placeholder.chars().count(), ..place });
        let Some(name) = placeholder.strip_prefix(':') else {
            let problem = Problem::new(format!("{placeholder} is no parameter."));
            return Err(placed(problem.try_this("Parameters are written :name."), place));
        };
        let parameters = self.scope.parameters;
        let Some(value) = parameters.get(name) else {
            let names = parameters.keys().map(String::as_str);
            let mut problem = Problem::unknown("parameter", name, names);
            problem.replacement = problem.replacement.map(|near| format!(":{near}"));
            return Err(placed(problem, place));
        };
        Ok(Operand { expr: Expr::literal(value.clone()), untyped: false, place })
    }

    fn typed_string(&self, literal: &ast::TypedString, place: Option<Place>) -> Compiled {
        let to = type_of(&literal.data_type)?;
        let text = literal.value.clone().into_string().unwrap_or_default();
        let expr = cast::cast(Expr::literal(Value::text(text)), to, false)?;
        Ok(Operand { expr, untyped: false, place })
    }

    fn interval(&self, interval: &ast::Interval, place: Option<Place>) -> Compiled {
        let (months, micros) = amount(interval)?;
        if months != 0 {
            let problem = Problem::new("Months and years differ in length, so they are no duration.");
            return Err(problem.try_this("Add them to a date: day + interval '1 month'."));
        }
        Ok(Operand { expr: Expr::literal(Value::Duration(micros)), untyped: false, place })
    }

    fn binary(&mut self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr, place: Option<Place>) -> Compiled {
        if let Some(shifted) = self.shift(left, op, right, place) {
            return shifted;
        }
        let (function, negated) = operator(op)?;
        match op {
            BinaryOperator::PGRegexIMatch | BinaryOperator::PGRegexNotIMatch => {
                let flag = Operand::typed(Expr::literal(Value::text("i")));
                let operands = vec![self.operand(left)?, self.operand(right)?, flag];
                self.finish(negated, function, operands, place)
            }
            BinaryOperator::HashArrow | BinaryOperator::HashLongArrow => {
                let (json, path) = (self.operand(left)?, self.operand(right)?);
                let steps = path.expr.as_literal().and_then(Value::as_text).and_then(path_of);
                let Some(steps) = steps else {
                    return Err(placed(
                        Problem::new("A path is written as in '{a,0,b}'.").try_this("Or use json_extract_path."),
                        path.place,
                    ));
                };
                self.finish(false, function, std::iter::once(json).chain(steps).collect(), place)
            }
            BinaryOperator::StringConcat => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                let is_list = |operand: &Operand| matches!(operand.expr.kind, Type::List(_));
                let is_open = |operand: &Operand| operand.expr.kind == Type::Null;
                let function = match (is_list(&left), is_list(&right)) {
                    (true, false) if !is_open(&right) => Function::ArrayAppend,
                    (false, true) if !is_open(&left) => Function::ArrayPrepend,
                    (false, false) => Function::Concat,
                    _ => Function::ArrayCat,
                };
                self.finish(false, function, vec![left, right], place)
            }
            _ => self.negated(negated, function, &[left, right], place),
        }
    }

    /// A date plus or minus an interval with months in it, which is calendar arithmetic and no sum.
    fn shift(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        place: Option<Place>,
    ) -> Option<Compiled> {
        let (date, interval, sign) = match (op, as_interval(left), as_interval(right)) {
            (BinaryOperator::Plus, _, Some(interval)) => (left, interval, 1),
            (BinaryOperator::Minus, _, Some(interval)) => (left, interval, -1),
            (BinaryOperator::Plus, Some(interval), None) => (right, interval, 1),
            _ => return None,
        };
        let (months, micros) = match amount(interval) {
            Ok((0, _)) => return None,
            Ok((months, micros)) => (months.saturating_mul(sign), micros.saturating_mul(sign)),
            Err(problem) => return Some(Err(placed(problem, place))),
        };
        Some(self.operand(date).and_then(|date| {
            let date = if date.expr.kind == Type::Date {
                Operand { expr: date.expr.cast(Type::Timestamp)?, ..date }
            } else {
                date
            };
            let months = Operand::typed(Expr::literal(Value::Integer(months)));
            let later = resolve::call(Function::AddMonths, vec![date, months], place)?.or_constant();
            let later = Operand { expr: later, untyped: false, place };
            if micros == 0 {
                return Ok(later);
            }
            let rest = Operand::typed(Expr::literal(Value::Duration(micros)));
            self.finish(false, Function::Add, vec![later, rest], place)
        }))
    }

    /// A chain of `and` or of `or` as a balanced tree, so that a long one is not a deep one.
    fn chain(&mut self, tree: &ast::Expr, function: Function) -> Compiled {
        let wanted = if function == Function::And { BinaryOperator::And } else { BinaryOperator::Or };
        let mut links = Vec::new();
        let mut rest = tree;
        while let ast::Expr::BinaryOp { left, op, right } = rest
            && *op == wanted
        {
            links.push(&**right);
            rest = left;
        }
        links.push(rest);
        let operands = links.into_iter().rev().map(|link| self.operand(link)).collect::<Result<Vec<_>, _>>()?;
        self.balanced(function, operands)
    }

    fn balanced(&self, function: Function, mut operands: Vec<Operand>) -> Compiled {
        if operands.len() <= 2 {
            let place =
                operands.iter().find(|it| !matches!(it.expr.kind, Type::Boolean | Type::Null)).and_then(|it| it.place);
            return match operands.len() {
                2 => self.finish(false, function, operands, place),
                _ => operands.pop().ok_or_else(|| Problem::new("The formula is empty.")),
            };
        }
        let right = operands.split_off(operands.len().div_ceil(2));
        let (left, right) = (self.balanced(function, operands)?, self.balanced(function, right)?);
        self.finish(false, function, vec![left, right], None)
    }

    fn unary(&mut self, op: &UnaryOperator, value: &ast::Expr, place: Option<Place>) -> Compiled {
        match op {
            UnaryOperator::Plus => self.operand(value),
            UnaryOperator::Not => self.call(Function::Not, &[value], place),
            UnaryOperator::BitwiseNot => self.call(Function::BitNot, &[value], place),
            UnaryOperator::Minus if let Some(power) = of_base(op, value) => self.operand(&power),
            UnaryOperator::Minus => {
                let operand = self.operand(value)?;
                match negative(&operand.expr) {
                    Some(expr) => Ok(Operand { expr, ..operand }),
                    None => self.finish(false, Function::Negate, vec![operand], place),
                }
            }
            UnaryOperator::BangNot => Err(Problem::new("! is no operator here.").try_this("Write not.")),
            other => Err(Problem::new(format!("{other} is no operator of formulas."))),
        }
    }

    /// A LIKE pattern, rewritten to have the backslash as its escape character.
    fn pattern(&mut self, pattern: &ast::Expr, escape: Option<&ast::ValueWithSpan>) -> Compiled {
        let mut pattern = self.operand(pattern)?;
        if let (Some(escape), Some(text)) = (escape, pattern.expr.as_literal().and_then(Value::as_text)) {
            let escape = escape.value.clone().into_string().unwrap_or_default();
            let rewritten = (escape.chars().count() <= 1)
                .then(|| patterns::with_backslash(text, escape.chars().next()))
                .flatten()
                .ok_or_else(|| Problem::new(format!("{escape:?} does not escape anything in the pattern {text:?}.")))?;
            pattern.expr = Expr::literal(Value::text(rewritten));
        }
        Ok(pattern)
    }

    fn case(
        &mut self,
        subject: Option<&ast::Expr>,
        branches: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
    ) -> Compiled {
        let mut conditions = Vec::with_capacity(branches.len());
        let mut results = Vec::with_capacity(branches.len() + 1);
        for branch in branches {
            let place = self.place(branch.condition.span());
            let condition = match subject {
                Some(subject) => self.call(Function::Eq, &[subject, &branch.condition], place)?,
                None => self.operand(&branch.condition)?,
            };
            conditions.push(self.condition(condition)?);
            results.push(self.operand(&branch.result)?);
        }
        let has_else = otherwise.is_some();
        if let Some(otherwise) = otherwise {
            results.push(self.operand(otherwise)?);
        }
        branching(conditions, results, has_else)
    }

    fn branches(&mut self, branches: Vec<(Expr, Operand)>, otherwise: Option<&ast::Expr>) -> Compiled {
        let (conditions, mut results): (Vec<Expr>, Vec<Operand>) = branches.into_iter().unzip();
        results.extend(otherwise.map(|otherwise| self.operand(otherwise)).transpose()?);
        branching(conditions, results, otherwise.is_some())
    }

    fn condition(&self, operand: Operand) -> Result<Expr, Problem> {
        if matches!(operand.expr.kind, Type::Boolean | Type::Null) || operand.untyped {
            return operand.become_type(&Type::Boolean);
        }
        let problem = Problem::new(format!("A condition is true or false, and this is {}.", operand.expr.kind));
        Err(placed(problem.try_this("Compare it with something, as in amount > 0."), operand.place))
    }

    fn cast(&mut self, value: &ast::Expr, to: &DataType, lenient: bool, place: Option<Place>) -> Compiled {
        let to = type_of(to)?;
        let operand = self.operand(value)?;
        let expr = cast::cast(operand.expr, to, lenient).map_err(|problem| placed(problem, place))?;
        Ok(Operand { expr, untyped: false, place })
    }

    fn extract(&mut self, part: &str, value: &ast::Expr, place: Option<Place>) -> Compiled {
        let part = part.trim_matches('\'');
        let Some(function) = patterns::part(part) else { return Err(patterns::unknown_part(part)) };
        self.call(function, &[value], place)
    }

    fn whole(
        &mut self,
        function: Function,
        value: &ast::Expr,
        field: &ast::CeilFloorKind,
        place: Option<Place>,
    ) -> Compiled {
        let plain = ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime);
        if *field != plain {
            let problem = Problem::new(format!("{} takes a number and nothing else.", function.name()));
            return Err(problem.try_this("Use round or trunc with a number of digits, or date_trunc for dates."));
        }
        self.call(function, &[value], place)
    }

    fn function(&mut self, call: &ast::Function, place: Option<Place>) -> Compiled {
        let name_place = self.place(call.name.span());
        let [ast::ObjectNamePart::Identifier(name)] = call.name.0.as_slice() else {
            return Err(placed(Problem::new(format!("There is no function {}.", call.name)), name_place));
        };
        let name = name.value.to_lowercase();
        if call.over.is_some() || call.filter.is_some() || !call.within_group.is_empty() {
            return Err(placed(of_a_node(&name, "Window"), name_place));
        }
        let arguments = arguments(call).map_err(|problem| placed(problem, place))?;
        match (name.as_str(), arguments.as_slice()) {
            ("now" | "current_timestamp" | "localtimestamp", []) => {
                Ok(constant(Value::Timestamp(self.scope.now), place))
            }
            ("current_date" | "today", []) => {
                let day = i32::try_from(self.scope.now.div_euclid(DAY_MICROS)).unwrap_or_default();
                Ok(constant(Value::Date(day), place))
            }
            ("pi", []) => Ok(constant(Value::Float(std::f64::consts::PI), place)),
            ("if" | "iif", [condition, then, otherwise]) => {
                let condition = self.operand(condition)?;
                let condition = self.condition(condition)?;
                let results = vec![self.operand(then)?, self.operand(otherwise)?];
                branching(vec![condition], results, true)
            }
            // PostgreSQL takes the form as a keyword.
            ("normalize", [text, ast::Expr::Identifier(form)]) if form.quote_style.is_none() => {
                let operands = vec![self.operand(text)?, constant(Value::text(&form.value), place)];
                self.finish(false, Function::Normalize, operands, place)
            }
            ("regexp_extract", [text, pattern]) => self.call(Function::RegexpSubstr, &[text, pattern], place),
            ("regexp_extract", [text, pattern, group]) => {
                let first = || Operand::typed(Expr::literal(Value::Integer(1)));
                let flags = constant(Value::text(""), place);
                let operands =
                    vec![self.operand(text)?, self.operand(pattern)?, first(), first(), flags, self.operand(group)?];
                self.finish(false, Function::RegexpSubstr, operands, place)
            }
            ("ifs", [_, _, ..]) => {
                let (pairs, rest) = arguments.as_chunks::<2>();
                let branches = pairs.iter().map(|[condition, then]| {
                    let condition = self.operand(condition)?;
                    Ok((self.condition(condition)?, self.operand(then)?))
                });
                let branches = branches.collect::<Result<Vec<_>, Problem>>()?;
                self.branches(branches, rest.first().copied())
            }
            ("switch", [value, cases @ ..]) if cases.len() >= 2 => {
                let (pairs, rest) = cases.as_chunks::<2>();
                let branches = pairs.iter().map(|[when, then]| {
                    let condition = self.call(Function::Eq, &[value, when], place)?;
                    Ok((condition.expr, self.operand(then)?))
                });
                let branches = branches.collect::<Result<Vec<_>, Problem>>()?;
                self.branches(branches, rest.first().copied())
            }
            ("choose", [number, values @ ..]) if !values.is_empty() => {
                let branches = (1..).zip(values).map(|(at, value)| {
                    let wanted = Operand::typed(Expr::literal(Value::Integer(at)));
                    let condition = resolve::call(Function::Eq, vec![self.operand(number)?, wanted], place)?;
                    Ok((condition, self.operand(value)?))
                });
                let branches = branches.collect::<Result<Vec<_>, Problem>>()?;
                self.branches(branches, None)
            }
            ("safe_divide", [a, b]) => {
                let zero = Operand::typed(Expr::literal(Value::Integer(0)));
                let divisor = resolve::call(Function::NullIf, vec![self.operand(b)?, zero], place)?;
                let operands = vec![self.operand(a)?, Operand { expr: divisor, untyped: false, place }];
                self.finish(false, Function::Divide, operands, place)
            }
            ("date_part", [part, value]) => {
                let part = self.operand(part)?;
                let Some(text) = part.expr.as_literal().and_then(Value::as_text) else {
                    return Err(placed(
                        Problem::new("The part of the date must be written in quotes, as in 'year'."),
                        part.place,
                    ));
                };
                let function = patterns::part(text).ok_or_else(|| placed(patterns::unknown_part(text), part.place))?;
                self.call(function, &[value], place)
            }
            ("generate_series", [start, stop, step]) if let Some(interval) = as_interval(step) => {
                let operands = vec![self.operand(start)?, self.operand(stop)?];
                let step = series_step(interval, &operands)?;
                self.finish(false, Function::GenerateSeries, operands.into_iter().chain([step]).collect(), place)
            }
            (_, arguments) => match Function::named(&name) {
                Some(function) => self.call(function, arguments, place),
                None => Err(placed(unknown_function(&name, arguments.len()), name_place)),
            },
        }
    }

    fn call(&mut self, function: Function, arguments: &[&ast::Expr], place: Option<Place>) -> Compiled {
        self.negated(false, function, arguments, place)
    }

    fn negated(
        &mut self,
        negated: bool,
        function: Function,
        arguments: &[&ast::Expr],
        place: Option<Place>,
    ) -> Compiled {
        let operands = arguments.iter().map(|argument| self.operand(argument)).collect::<Result<_, _>>()?;
        self.finish(negated, function, operands, place)
    }

    fn finish(&self, negated: bool, function: Function, operands: Vec<Operand>, place: Option<Place>) -> Compiled {
        let expr = resolve::call(function, operands, place)?.or_constant();
        let expr = if negated { Expr::call(Function::Not, vec![expr])? } else { expr };
        Ok(Operand { expr, untyped: false, place })
    }

    fn place(&self, span: Span) -> Option<Place> {
        place_of(span, self.text)
    }
}

fn constant(value: Value, place: Option<Place>) -> Operand {
    Operand { expr: Expr::literal(value), untyped: false, place }
}

fn branching(conditions: Vec<Expr>, results: Vec<Operand>, has_else: bool) -> Compiled {
    let place = results.first().and_then(|result| result.place);
    let (kind, mut results) = unify(results)?;
    let otherwise = if has_else { results.pop().map(Box::new) } else { None };
    let branches = conditions.into_iter().zip(results).collect();
    Ok(Operand { expr: Expr { kind, node: Node::Case { branches, otherwise } }, untyped: false, place })
}

/// `-2 ^ 2` is 4: a sign binds closer than a power, where the parser has it the other way round.
fn of_base(sign: &UnaryOperator, power: &ast::Expr) -> Option<ast::Expr> {
    let ast::Expr::BinaryOp { left, op: BinaryOperator::PGExp, right } = power else { return None };
    let signed = || ast::Expr::UnaryOp { op: *sign, expr: left.clone() };
    let left = Box::new(of_base(sign, left).unwrap_or_else(signed));
    Some(ast::Expr::BinaryOp { left, op: BinaryOperator::PGExp, right: right.clone() })
}

fn as_interval(tree: &ast::Expr) -> Option<&ast::Interval> {
    match tree {
        ast::Expr::Nested(inner) => as_interval(inner),
        ast::Expr::Interval(interval) => Some(interval),
        _ => None,
    }
}

/// The steps of `{a,0,b}`.
fn path_of(written: &str) -> Option<Vec<Operand>> {
    let inner = written.strip_prefix('{')?.strip_suffix('}')?;
    let steps = inner.split(',').filter(|_| !inner.trim().is_empty());
    Some(steps.map(|step| Operand::typed(Expr::literal(Value::text(step.trim().trim_matches('"'))))).collect())
}

/// The step of a series: whole days between dates, and months, stay words, since their length depends on where they begin.
fn series_step(interval: &ast::Interval, ends: &[Operand]) -> Result<Operand, Problem> {
    let (months, micros) = amount(interval)?;
    let days = micros % DAY_MICROS == 0 && ends.iter().all(|end| end.expr.kind == Type::Date);
    Ok(Operand::typed(Expr::literal(match months == 0 && !days {
        true => Value::Duration(micros),
        false => Value::Text(format!("{months} months {micros} microseconds")),
    })))
}

/// The function of an operator, and whether its result is turned round.
fn operator(op: &BinaryOperator) -> Result<(Function, bool), Problem> {
    Ok(match op {
        BinaryOperator::Plus => (Function::Add, false),
        BinaryOperator::Minus => (Function::Subtract, false),
        BinaryOperator::Multiply => (Function::Multiply, false),
        BinaryOperator::Divide => (Function::Divide, false),
        BinaryOperator::Modulo => (Function::Modulo, false),
        BinaryOperator::PGExp => (Function::Power, false),
        BinaryOperator::StringConcat => (Function::Concat, false),
        BinaryOperator::Eq => (Function::Eq, false),
        BinaryOperator::NotEq => (Function::Ne, false),
        BinaryOperator::Lt => (Function::Lt, false),
        BinaryOperator::LtEq => (Function::Le, false),
        BinaryOperator::Gt => (Function::Gt, false),
        BinaryOperator::GtEq => (Function::Ge, false),
        BinaryOperator::BitwiseAnd => (Function::BitAnd, false),
        BinaryOperator::BitwiseOr => (Function::BitOr, false),
        BinaryOperator::PGBitwiseXor => (Function::BitXor, false),
        BinaryOperator::PGBitwiseShiftLeft => (Function::ShiftLeft, false),
        BinaryOperator::PGBitwiseShiftRight => (Function::ShiftRight, false),
        BinaryOperator::Arrow => (Function::JsonGet, false),
        BinaryOperator::LongArrow => (Function::JsonGetText, false),
        BinaryOperator::HashArrow => (Function::JsonExtractPath, false),
        BinaryOperator::HashLongArrow => (Function::JsonExtractPathText, false),
        BinaryOperator::PGStartsWith => (Function::StartsWith, false),
        BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch => (Function::RegexpLike, false),
        BinaryOperator::PGRegexNotMatch | BinaryOperator::PGRegexNotIMatch => (Function::RegexpLike, true),
        BinaryOperator::PGOverlap => return Err(Problem::new("&& is no operator here.").try_this("Write and.")),
        other => return Err(Problem::new(format!("{other} is no operator of formulas."))),
    })
}

fn arguments(call: &ast::Function) -> Result<Vec<&ast::Expr>, Problem> {
    let list = match &call.args {
        FunctionArguments::None => return Ok(Vec::new()),
        FunctionArguments::List(list) if list.duplicate_treatment.is_none() && list.clauses.is_empty() => list,
        _ => return Err(of_a_node(&call.name.to_string().to_lowercase(), "Group by")),
    };
    let plain = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Ok(expr),
        &FunctionArg::Unnamed(_) => Err(of_a_node(&call.name.to_string().to_lowercase(), "Group by")),
        named => Err(Problem::new(format!("Arguments have no names: {named}."))),
    };
    list.args.iter().map(plain).collect()
}
