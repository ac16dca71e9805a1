use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::nodes::AggregateFunction;
use crate::plan::{Aggregate, Computed, Pick};
use crate::problem::Cause;
use crate::types::Column;
use crate::value::Value;

/// Says how strongly columns of numbers go together, two by two.
///
/// 1 means that one grows as the other does, -1 that one falls as the other grows, 0 that they have nothing to do with each other in this
/// way. Each pair is computed over the rows in which both have values; it is null for fewer than two such rows, or if a column does
/// not vary. All values of these columns are held in memory.
#[params]
pub struct Correlation {
    /// The columns to compare. Without any, all columns of numbers.
    pub columns: Vec<ColumnName>,
    /// What is measured.
    pub method: CorrelationMethod,
    /// How the results are laid out.
    pub layout: CorrelationLayout,
}

#[params]
pub enum CorrelationMethod {
    /// Whether the points lie on a line.
    #[default]
    Pearson,
    /// The same of ranks: whether one grows whenever the other does, along whatever curve. Single wild values matter less.
    Spearman,
}

#[params]
pub enum CorrelationLayout {
    /// A row for each pair of columns, with the number of rows that have both.
    #[default]
    Pairs,
    /// A row and a column for each column.
    Matrix,
}

impl Node for Correlation {
    const CARD: Card = Card {
        title: "Correlation",
        group: Group::Look,
        icon: "correlation",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Summary,
        words: "correlation matrix corr pearson spearman rank association linear relation heat plot pandas",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = self.compared(draft, inputs[0])?;
        let pairs: Vec<(usize, usize)> = match self.layout {
            CorrelationLayout::Pairs => {
                (0..columns.len()).flat_map(|a| (a + 1..columns.len()).map(move |b| (a, b))).collect()
            }
            CorrelationLayout::Matrix => (0..columns.len()).flat_map(|a| (a..columns.len()).map(move |b| (a, b))).collect(),
        };
        let both = pairs.iter().map(|(a, b)| both(*a, *b, &columns)).collect::<Result<Vec<_>, Problem>>()?;
        let marked = draft.add(Op::Derive { columns: both, failures: false }, inputs)?;
        let aggregates = pairs.iter().flat_map(|(a, b)| self.aggregates(*a, *b, &columns)).collect();
        let group = Op::GroupBy { by: Vec::new(), aggregates, reproducible: false };
        let all = draft.add(group, &[marked])?;
        let mut lines = Vec::new();
        match self.layout {
            CorrelationLayout::Pairs => {
                for (a, b) in pairs {
                    let names = [("left", &columns[a].name), ("right", &columns[b].name)];
                    let picks = vec![
                        Pick::renamed(correlation(a, b), "correlation"),
                        Pick::renamed(count(a, b), "rows"),
                    ];
                    lines.push(line(draft, all, &names, picks)?);
                }
            }
            CorrelationLayout::Matrix => {
                for (a, column) in columns.iter().enumerate() {
                    let cell = |b: usize| Pick::renamed(correlation(a.min(b), a.max(b)), &columns[b].name);
                    let first = (0..).map(|at| if at == 0 { "column".to_owned() } else { format!("column_{}", at + 1) });
                    let free = first.into_iter().find(|name| columns.iter().all(|column| column.name != *name));
                    let free = free.unwrap_or_default();
                    let names = [(free.as_str(), &column.name)];
                    lines.push(line(draft, all, &names, (0..columns.len()).map(cell).collect())?);
                }
            }
        }
        Ok(vec![draft.add(Op::Union, &lines)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.len() == 1 {
            return Err(Problem::new("One column has nothing to go with.")
                .at("columns")
                .try_this("Choose another one, or none to compare all columns of numbers."));
        }
        match (0..self.columns.len()).find(|at| self.columns[..*at].contains(&self.columns[*at])) {
            Some(at) => {
                let message = format!("The column {:?} is there twice.", self.columns[at].0);
                Err(Problem::new(message).at(format!("columns[{at}]")))
            }
            None => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        let what = match self.method {
            CorrelationMethod::Pearson => "Correlation",
            CorrelationMethod::Spearman => "Rank correlation",
        };
        match self.columns.as_slice() {
            [] => format!("{what} of all columns of numbers"),
            columns => sentence::short(format!("{what} of {}", sentence::list(columns))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "shop, price: Integer, sold: Float, staff: Integer\n
                     a, 2, 1, 3\n b, 2, 2, 3\n c, , 9, 3\n d, 2, 3, 3\n e, 2, 4, 3\n f, 12, 5, 3";
        vec![
            Example::new("Pairs of all columns of numbers", Self::default()).given(given).gives(
                "left, right, correlation: Float, rows: Integer\n
                 price, sold, 0.7071067811865475, 5\n price, staff, , 5\n sold, staff, , 6",
            ),
            Example::new("A matrix of ranks", Self {
                columns: vec!["sold".into(), "price".into()],
                method: CorrelationMethod::Spearman,
                layout: CorrelationLayout::Matrix,
            })
            .given(given)
            .gives("column, sold: Float, price: Float\n sold, 1.0, 0.7071067811865475\n price, 0.7071067811865475, 1.0"),
        ]
    }
}

impl Correlation {
    fn compared(&self, draft: &Draft, rows: Rows) -> Result<Vec<Column>, Problem> {
        let schema = draft.schema(rows);
        if self.columns.is_empty() {
            let numbers: Vec<Column> = schema.0.iter().filter(|column| column.kind.is_number()).cloned().collect();
            if numbers.len() < 2 {
                return Err(Problem::new("There are no two columns of numbers to compare.")
                    .at("columns")
                    .try_this("Convert columns of text that hold numbers first."));
            }
            return Ok(numbers);
        }
        let chosen = |(at, name): (usize, &ColumnName)| {
            let place = format!("columns[{at}]");
            let column = draft.column(rows, name, &place)?;
            if column.kind.is_number() {
                return Ok(column.clone());
            }
            let message = format!("A correlation needs numbers, and {:?} is {}.", column.name, column.kind);
            let cause = Cause::WrongType { port: 0, column: column.name.clone(), to: None };
            Err(Problem::new(message).at(place).try_this("Convert the column first.").because(cause))
        };
        self.columns.iter().enumerate().map(chosen).collect()
    }

    fn aggregates(&self, a: usize, b: usize, columns: &[Column]) -> [Aggregate; 2] {
        let function = match self.method {
            CorrelationMethod::Pearson => AggregateFunction::Correlation,
            CorrelationMethod::Spearman => AggregateFunction::RankCorrelation,
        };
        let other = Some(columns[b].name.clone());
        [
            Aggregate { other, ..Aggregate::new(function, Some(&columns[a].name), correlation(a, b)) },
            Aggregate { condition: Some(has_both(a, b)), ..Aggregate::new(AggregateFunction::Count, None, count(a, b)) },
        ]
    }
}

fn correlation(a: usize, b: usize) -> String {
    format!("\u{1}correlation {a} {b}")
}

fn count(a: usize, b: usize) -> String {
    format!("\u{1}count {a} {b}")
}

fn has_both(a: usize, b: usize) -> String {
    format!("\u{1}both {a} {b}")
}

fn both(a: usize, b: usize, columns: &[Column]) -> Result<Computed, Problem> {
    let null = |at: usize| Expr::call(Function::IsNull, vec![Expr::column(&columns[at])]);
    let either = Expr::call(Function::Or, vec![null(a)?, null(b)?])?;
    Ok(Computed::new(has_both(a, b), Expr::call(Function::Not, vec![either])?))
}

/// One row of the result: names of columns, then what is picked.
fn line(draft: &mut Draft, rows: Rows, names: &[(&str, &String)], picks: Vec<Pick>) -> Result<Rows, Problem> {
    let hidden = |at: usize| format!("\u{1}name {at}");
    let literal =
        |(at, (_, text)): (usize, &(&str, &String))| Computed::new(hidden(at), Expr::literal(Value::text(*text)));
    let columns = names.iter().enumerate().map(literal).collect();
    let named = draft.add(Op::Derive { columns, failures: false }, &[rows])?;
    let first = names.iter().enumerate().map(|(at, (name, _))| Pick::renamed(hidden(at), *name));
    draft.select(named, first.chain(picks).collect())
}
