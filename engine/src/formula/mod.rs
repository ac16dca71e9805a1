//! stub until merge
use crate::problem::Problem;
use crate::types::{Column, Schema, Type};
use crate::value::Value;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Formula(pub String);
pub struct Scope<'a> {
    pub columns: &'a Schema,
    pub parameters: &'a IndexMap<String, Value>,
    pub now: i64,
}
impl Formula {
    pub fn compile(&self, scope: &Scope) -> Result<Expr, Problem> {
        let c = scope.columns.column(&self.0).ok_or_else(|| Problem::new("x"))?;
        Ok(Expr::column(c))
    }
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    pub kind: Type,
    pub node: Node,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    Column(String),
    Literal(Value),
    Call { function: Function, arguments: Vec<Expr> },
    Cast { value: Box<Expr>, lenient: bool },
    Case { branches: Vec<(Expr, Expr)>, otherwise: Option<Box<Expr>> },
}
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Function {
    IsNull,
    IsNotNull,
    IsNotTrue,
}
impl Expr {
    pub fn column(column: &Column) -> Self {
        Self { kind: column.kind.clone(), node: Node::Column(column.name.clone()) }
    }
    pub fn call(function: Function, arguments: Vec<Expr>) -> Result<Self, Problem> {
        Ok(Self { kind: Type::Boolean, node: Node::Call { function, arguments } })
    }
    pub fn cast(self, kind: Type) -> Self {
        Self { kind, node: Node::Cast { value: Box::new(self), lenient: false } }
    }
    pub fn can_fail(&self) -> bool {
        matches!(self.node, Node::Cast { .. })
    }
    pub fn columns(&self) -> BTreeSet<&str> {
        match &self.node {
            Node::Column(c) => [c.as_str()].into(),
            Node::Cast { value, .. } => value.columns(),
            _ => BTreeSet::new(),
        }
    }
    pub fn rename_columns(&mut self, _new: &dyn Fn(&str) -> Option<String>) {}
}
