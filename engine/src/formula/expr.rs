//! The typed tree of a formula.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::cast::{Casting, casting};
use super::catalogue::Function;
use super::resolve;
use crate::problem::Problem;
use crate::types::{Column, Type};
use crate::value::Value;

/// An expression and the type of its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    pub kind: Type,
    pub node: Node,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    Column(String),
    Literal(Value),
    /// The arguments have exactly the types of one of the function's signatures.
    Call {
        function: Function,
        arguments: Vec<Expr>,
    },
    /// The value as the type of the expression. A lenient cast gives null where others fail.
    Cast {
        value: Box<Expr>,
        lenient: bool,
    },
    /// The result of the first branch whose condition is true. Nothing else is computed.
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
}

impl Expr {
    pub fn column(column: &Column) -> Self {
        Self { kind: column.kind.clone(), node: Node::Column(column.name.clone()) }
    }

    pub fn literal(value: Value) -> Self {
        Self { kind: value.kind(), node: Node::Literal(value) }
    }

    /// A null of a type.
    pub fn null(kind: Type) -> Self {
        Self { kind, node: Node::Literal(Value::Null) }
    }

    /// A call, with the casts that bring the arguments to a signature of the function.
    pub fn call(function: Function, arguments: Vec<Self>) -> Result<Self, Problem> {
        resolve::call(function, arguments.into_iter().map(resolve::Operand::typed).collect(), None)
    }

    /// The value as another type; rows where that is impossible fail.
    pub fn cast(self, to: Type) -> Result<Self, Problem> {
        super::cast::cast(self, to, false)
    }

    /// The value as another type, and null where that is impossible.
    pub fn try_cast(self, to: Type) -> Result<Self, Problem> {
        super::cast::cast(self, to, true)
    }

    /// One or the other, of the same type.
    pub fn choose(condition: Self, then: Self, otherwise: Self) -> Self {
        let kind = then.kind.clone();
        Self { kind, node: Node::Case { branches: vec![(condition, then)], otherwise: Some(Box::new(otherwise)) } }
    }

    /// Whether the expression is true, which is never null.
    pub fn is_true(self) -> Result<Self, Problem> {
        Self::call(Function::IsTrue, vec![self])
    }

    /// Whether the expression is not true: false or null.
    pub fn is_not_true(self) -> Result<Self, Problem> {
        Self::call(Function::Not, vec![self.is_true()?])
    }

    /// What a chain of calls of one function connects, in order: `a and (b and c)` is `a`, `b` and `c`.
    pub fn operands(self, of: Function) -> Vec<Self> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            match expr.node {
                Node::Call { function, arguments } if function == of => open.extend(arguments.into_iter().rev()),
                node => found.push(Self { kind: expr.kind, node }),
            }
        }
        found
    }

    /// Reads other columns: those for which `new` has a name.
    pub fn rename_columns(&mut self, new: &dyn Fn(&str) -> Option<String>) {
        self.replace_columns(&|name| new(name).map(Node::Column));
    }

    /// Puts something of the same type in the place of columns: of those for which `new` has something.
    pub fn replace_columns(&mut self, new: &dyn Fn(&str) -> Option<Node>) {
        self.replace(&|node| if let Node::Column(name) = node { new(name) } else { None });
    }

    /// Puts something of the same type in the place of what is written out: of that for which `new` has something.
    pub fn replace_literals(&mut self, new: &dyn Fn(&Value) -> Option<Value>) {
        self.replace(&|node| if let Node::Literal(value) = node { new(value).map(Node::Literal) } else { None });
    }

    fn replace(&mut self, new: &dyn Fn(&Node) -> Option<Node>) {
        if let Some(node) = new(&self.node) {
            self.node = node;
            return;
        }
        match &mut self.node {
            Node::Column(_) | Node::Literal(_) => {}
            Node::Call { arguments, .. } => arguments.iter_mut().for_each(|argument| argument.replace(new)),
            Node::Cast { value, .. } => value.replace(new),
            Node::Case { branches, otherwise } => {
                let parts = branches.iter_mut().flat_map(|(when, then)| [when, then]);
                parts.chain(otherwise.as_deref_mut()).for_each(|part| part.replace(new));
            }
        }
    }

    /// The literal that the expression is, if it is one.
    pub fn as_literal(&self) -> Option<&Value> {
        let Node::Literal(value) = &self.node else { return None };
        Some(value)
    }

    /// The expressions directly beneath this one.
    pub fn children(&self) -> Vec<&Self> {
        match &self.node {
            Node::Column(_) | Node::Literal(_) => Vec::new(),
            Node::Call { arguments, .. } => arguments.iter().collect(),
            Node::Cast { value, .. } => vec![value],
            Node::Case { branches, otherwise } => {
                branches.iter().flat_map(|(when, then)| [when, then]).chain(otherwise.as_deref()).collect()
            }
        }
    }

    /// The names of the columns it reads.
    pub fn columns(&self) -> BTreeSet<&str> {
        if let Node::Column(name) = &self.node {
            return BTreeSet::from([name.as_str()]);
        }
        self.children().into_iter().flat_map(Self::columns).collect()
    }

    /// Whether some row can make it fail. What cannot fail needs no reject column and costs nothing.
    pub fn can_fail(&self) -> bool {
        let catches = matches!(self.node, Node::Call { function: Function::Try, .. });
        !catches && (self.fails_here() || self.children().into_iter().any(Self::can_fail))
    }

    /// Whether this expression can fail although all beneath it succeed.
    pub fn fails_here(&self) -> bool {
        match &self.node {
            Node::Column(_) | Node::Literal(_) | Node::Case { .. } => false,
            Node::Cast { value, lenient } => !lenient && casting(&value.kind, &self.kind) == Casting::MayFail,
            Node::Call { function, arguments } => call_fails(*function, arguments),
        }
    }
}

fn call_fails(function: Function, arguments: &[Expr]) -> bool {
    let kinds: Vec<&Type> = arguments.iter().map(|argument| &argument.kind).collect();
    if !function.signature(&kinds).is_none_or(|signature| signature.fails) {
        return false;
    }
    match (function, kinds.as_slice()) {
        // Both sides are brought to the same digits after the point first, for which there may be no room.
        (Function::Modulo, [Type::Decimal(p, s), Type::Decimal(q, t)]) => {
            !divides_by_a_number(&arguments[1]) || (p - s).max(q - t) + s.max(t) > 38
        }
        (Function::Divide | Function::RoundTo, [Type::Float, Type::Float]) | (Function::Modulo, _) => {
            !divides_by_a_number(&arguments[1]) && !is_never_zero(&arguments[1])
        }
        // Only the least integer divided by -1 is too large, and that is not zero's fault.
        (Function::Div, _) => {
            !divides_by_a_number(&arguments[1]) || arguments[1].as_literal() == Some(&Value::Integer(-1))
        }
        (Function::Add | Function::Subtract, [Type::Decimal(p, s), Type::Decimal(q, t)]) => {
            p.saturating_sub(*s).max(q.saturating_sub(*t)) + s.max(t) + 1 > 38
        }
        (Function::Multiply, [Type::Decimal(p, s), Type::Decimal(q, t)]) => {
            p + q > 38 || s + t > resolve::LARGEST_PRODUCT_SCALE
        }
        (Function::Round | Function::RoundEven, [Type::Decimal(precision, _), _]) => *precision == 38,
        (Function::Substring, _) => arguments.get(2).is_some_and(|count| !is_at_least(count, 0)),
        (Function::SplitPart | Function::TextBefore | Function::TextAfter, _) => {
            arguments.get(2).is_some_and(|part| matches!(part.as_literal(), None | Some(Value::Integer(0))))
        }
        (Function::AtZone, [_, Type::Timestamp, ..]) => {
            // The clocks of UTC are never put forward or back, and who wants null or one of two is not refused either.
            let text = |at: usize| arguments.get(at).and_then(Expr::as_literal).and_then(Value::as_text);
            text(0) != Some("UTC") && text(2).is_none_or(|unclear| unclear.eq_ignore_ascii_case("reject"))
        }
        (Function::RegexpSubstr, _) => {
            let starts = [(2, 1), (3, 1), (5, 0)];
            starts.iter().any(|(at, least)| arguments.get(*at).is_some_and(|number| !is_at_least(number, *least)))
        }
        (Function::ShiftLeft | Function::ShiftRight, _) => {
            !is_at_least(&arguments[1], 0) || !is_within(&arguments[1], 63)
        }
        (Function::Lpad | Function::Rpad, _) => !is_within(&arguments[1], super::LONGEST_TEXT),
        _ => true,
    }
}

fn divides_by_a_number(divisor: &Expr) -> bool {
    divisor.as_literal().and_then(Value::number).is_some_and(|number| number != 0.0)
}

/// Whether zero was made null: `nullif(people, 0)`.
fn is_never_zero(divisor: &Expr) -> bool {
    let Node::Call { function: Function::NullIf, arguments } = &divisor.node else { return false };
    is_zero(&arguments[1])
}

fn is_zero(expr: &Expr) -> bool {
    match &expr.node {
        Node::Literal(value) => value.number() == Some(0.0),
        Node::Cast { value, .. } => is_zero(value),
        _ => false,
    }
}

fn is_at_least(argument: &Expr, least: i64) -> bool {
    matches!(argument.as_literal(), Some(Value::Integer(number)) if *number >= least)
}

fn is_within(argument: &Expr, most: i64) -> bool {
    matches!(argument.as_literal(), Some(Value::Integer(number)) if *number <= most)
}
