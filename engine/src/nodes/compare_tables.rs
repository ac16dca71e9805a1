use super::join::Pair;
use super::keys::{self, Alike, Keys};
use super::prelude::*;
use crate::formula::{self, Expr, Function};
use crate::nodes::JoinKind;
use crate::plan::{self, Computed, Line, Pick};
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Finds what is different in two versions of a table: rows that were added, removed or changed, and in which columns.
///
/// Rows belong together where their keys are equal; a key that occurs twice in one of the tables fails the run and is named. Other columns
/// are compared by name, null being a value like any other. Columns that only one table has come out, but are not compared. Rows come in
/// the order of the old table, and rows that were added after them. All rows are held in memory.
#[params]
pub struct CompareTables {
    /// The columns that tell which rows belong together. Both tables must have them.
    pub keys: Vec<ColumnName>,
    /// Columns that are left out.
    pub ignore: Vec<ColumnName>,
    /// How differences are shown.
    pub show: Show,
    /// Whether rows without a difference come out, too.
    pub unchanged: bool,
    /// By how much numbers may differ and still be the same.
    pub tolerance: f64,
    /// By which part of the old number they may differ besides: 0.01 is one percent.
    pub relative_tolerance: f64,
    /// Whether texts are the same that differ only in large and small letters.
    pub ignore_case: bool,
    /// Whether texts are the same that differ only in blanks around them.
    pub trim: bool,
}

#[params]
pub enum Show {
    /// One row for each key, with the old and the new value of every column side by side.
    #[default]
    Rows,
    /// One row for each value that changed, old and new as text. Rows that were added or removed have one without a column.
    Cells,
}

impl Node for CompareTables {
    const CARD: Card = Card {
        title: "Compare tables",
        group: Group::Combine,
        icon: "compare_tables",
        inputs: Inputs::Named(&["old", "new"]),
        outputs: &[""],
        law: Law::Expand,
        words: "diff difference changes delta merge rows (diff) change capture table difference finder PROC COMPARE reconcile audit added removed",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let (old, new) = (draft.schema(inputs[0]).clone(), draft.schema(inputs[1]).clone());
        let on = self.on(&old, &new)?;
        let compared = self.compared(&old, &new)?;
        for (rows, side) in inputs.iter().zip(["old", "new"]) {
            let by = self.keys.iter().map(|name| name.0.clone()).collect();
            keys::expect_unique(
                draft,
                *rows,
                by,
                true,
                format!("Several rows of the {side} table have the same keys."),
            )?;
        }
        let shape = Shape::of(&self.keys, &on, self.side(&old), self.side(&new));
        let joined = shape.joined(draft, inputs, on)?;
        let mut columns = Vec::new();
        for (at, (old, new)) in compared.iter().enumerate() {
            let a = Expr::column(&Column::new(hidden("old", &old.name), old.kind.clone()));
            let b = Expr::column(&Column::new(hidden("new", &new.name), new.kind.clone()));
            let both = Expr::call(Function::And, vec![is_there(OLD)?, is_there(NEW)?])?;
            let changed = Expr::call(Function::And, vec![both, self.differ(a, b)?])?;
            columns.push(Computed::new(changed_name(at), changed));
        }
        let (status, changes) = told(&compared)?;
        columns.extend([Computed::new(STATUS, status), Computed::new(CHANGES, changes)]);
        let mut rows = draft.add(Op::Derive { columns, failures: false }, &[joined])?;
        if !self.unchanged {
            let unchanged = [text_column(STATUS), Expr::literal(Value::text("unchanged"))];
            rows = draft.filter(rows, Expr::call(Function::Ne, unchanged.into())?)?;
        }
        Ok(vec![match self.show {
            Show::Rows => draft.select(rows, shape.side_by_side(&compared))?,
            Show::Cells => shape.cells(draft, rows, &compared)?,
        }])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.keys.is_empty() {
            return Err(Problem::new("Choose the columns that tell which rows belong together.").at("keys"));
        }
        if let Some(at) = (0..self.keys.len()).find(|at| self.keys[..*at].contains(&self.keys[*at])) {
            let message = format!("The column {:?} is listed twice.", self.keys[at].0);
            return Err(Problem::new(message).at(format!("keys[{at}]")));
        }
        for (number, parameter) in [(self.tolerance, "tolerance"), (self.relative_tolerance, "relative_tolerance")] {
            if !(number >= 0.0 && number.is_finite()) {
                return Err(Problem::new(format!("{number} is no tolerance."))
                    .at(parameter)
                    .try_this("Write 0 or more."));
            }
        }
        match self.ignore.iter().position(|name| self.keys.contains(name)) {
            Some(at) => {
                let message = format!("The column {:?} is a key and can't be left out.", self.ignore[at].0);
                Err(Problem::new(message).at(format!("ignore[{at}]")))
            }
            None => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        if self.keys.is_empty() {
            return "Choose the columns that tell which rows of two tables belong together".to_owned();
        }
        let what = if self.show == Show::Cells { "Show each value that changed" } else { "Show rows that changed" };
        sentence::short(format!("{what}, by {}", sentence::list(&self.keys)))
    }

    fn examples() -> Vec<Example<Self>> {
        let old = "id: Integer, city, paid: Float, seen: Date\n 1, Bonn, 2.5, 2024-05-01\n 2, Kiel, 1.0, 2024-05-01\n 3, Ulm, 7.0, 2024-05-01";
        let new = "id: Integer, paid: Float, city, seen: Date\n 4, 9.0, Rom, 2024-06-01\n 3, 7.0, , 2024-06-01\n 1, 2.5004, Bonn, 2024-06-01";
        vec![
            Example::new("Old and new values side by side", Self {
                keys: vec!["id".into()],
                ignore: vec!["seen".into()],
                tolerance: 0.001,
                unchanged: true,
                ..Self::default()
            })
            .given(old)
            .given(new)
            .gives(
                "status, changes, id: Integer, city_old, city_new, paid_old: Float, paid_new: Float\n
                 unchanged, , 1, Bonn, Bonn, 2.5, 2.5004\n removed, , 2, Kiel, , 1.0, \n changed, city, 3, Ulm, , 7.0, 7.0\n
                 added, , 4, , Rom, , 9.0",
            ),
            Example::new("One row for each value that changed", Self {
                keys: vec!["id".into()],
                ignore: vec!["seen".into()],
                show: Show::Cells,
                ..Self::default()
            })
            .given(old)
            .given(new)
            .gives(
                "status, id: Integer, column, old, new\n
                 changed, 1, paid, 2.5, 2.5004\n removed, 2, , , \n changed, 3, city, Ulm, \n added, 4, , , ",
            ),
            Example::new("A column that is new, and texts with blanks", Self {
                keys: vec!["id".into()],
                ignore_case: true,
                trim: true,
                ..Self::default()
            })
            .given("id, name, axles: Integer\n a, Truck, 3\n b, Car, 2")
            .given("id, name, axles: Float, plaza\n a, \" truck \", 4.0, north\n b, car, 2.0, south")
            .gives(
                "status, changes, id, name_old, name_new, axles_old: Integer, axles_new: Float, plaza_new\n
                 changed, axles, a, Truck, \" truck \", 3, 4.0, north",
            ),
        ]
    }
}

const OLD: &str = "\u{1}old";
const NEW: &str = "\u{1}new";
const STATUS: &str = "\u{1}status";
const CHANGES: &str = "\u{1}changes";

fn hidden(side: &str, name: &str) -> String {
    format!("\u{1}{side} {name}")
}

fn changed_name(at: usize) -> String {
    format!("\u{1}changed {at}")
}

fn text_column(name: &str) -> Expr {
    Expr::column(&Column::new(name, Type::Text))
}

fn is_there(side: &str) -> Result<Expr, Problem> {
    Expr::call(Function::IsTrue, vec![Expr::column(&Column::new(side, Type::Boolean))])
}

fn changed(at: usize) -> Result<Expr, Problem> {
    Expr::call(Function::IsTrue, vec![Expr::column(&Column::new(changed_name(at), Type::Boolean))])
}

/// What became of a row, and the names of the columns that changed.
fn told(compared: &[(Column, Column)]) -> Result<(Expr, Expr), Problem> {
    let text = |text: &str| Expr::literal(Value::text(text));
    let none = Expr::literal(Value::Boolean(false));
    let any = (0..compared.len()).map(changed).reduce(|a, b| Expr::call(Function::Or, vec![a?, b?]));
    let branches = vec![
        (Expr::call(Function::Not, vec![is_there(OLD)?])?, text("added")),
        (Expr::call(Function::Not, vec![is_there(NEW)?])?, text("removed")),
        (any.unwrap_or(Ok(none))?, text("changed")),
    ];
    let otherwise = Some(Box::new(text("unchanged")));
    let status = Expr { kind: Type::Text, node: formula::Node::Case { branches, otherwise } };
    let mut names = vec![text(", ")];
    for (at, (old, _)) in compared.iter().enumerate() {
        names.push(Expr::choose(changed(at)?, text(&old.name), Expr::null(Type::Text)));
    }
    if names.len() == 1 {
        return Ok((status, Expr::null(Type::Text)));
    }
    let changes = Expr::call(Function::ConcatWs, names)?;
    Ok((status, Expr::call(Function::NullIf, vec![changes, text("")])?))
}

impl CompareTables {
    fn on(&self, old: &Schema, new: &Schema) -> Result<Keys, Problem> {
        let mut pairs = Vec::new();
        for (at, key) in self.keys.iter().enumerate() {
            if !new.contains(&key.0) {
                let problem = Problem::no_column(&key.0, new.names());
                let message = format!("The new table has no column {:?}.", key.0);
                return Err(Problem { message, ..problem }.at(format!("keys[{at}]")));
            }
            pairs.push(Pair { left: key.clone(), right: key.clone() });
        }
        Keys::of(&pairs, old, new).map_err(|problem| {
            let parameter =
                problem.parameter.as_deref().unwrap_or_default().replace("on[", "keys[").replace(".right", "");
            Problem { parameter: Some(parameter), ..problem }
        })
    }

    /// The columns of one table that are no keys and not left out.
    fn side(&self, table: &Schema) -> Vec<Column> {
        let is_other = |column: &&Column| {
            let listed = |names: &[ColumnName]| names.iter().any(|name| name.0 == column.name);
            !listed(&self.keys) && !listed(&self.ignore)
        };
        table.0.iter().filter(is_other).cloned().collect()
    }

    /// The columns that both tables have.
    fn compared(&self, old: &Schema, new: &Schema) -> Result<Vec<(Column, Column)>, Problem> {
        let mut compared = Vec::new();
        for old in self.side(old) {
            let Some(new) = new.column(&old.name) else { continue };
            if old.kind.common(&new.kind).is_none() {
                let message =
                    format!("{:?} is {} in the old table and {} in the new one.", old.name, old.kind, new.kind);
                return Err(Problem::new(message).at("ignore").try_this("Leave it out, or convert it first."));
            }
            let is_shown = |column: &Column| Expr::column(column).cast(Type::Text).is_ok();
            if self.show == Show::Cells && !(is_shown(&old) && is_shown(new)) {
                let message = format!("{:?} is {}, which can't be shown as text.", old.name, old.kind);
                return Err(Problem::new(message).at("show").try_this("Leave the column out, or choose Rows."));
            }
            compared.push((old, new.clone()));
        }
        Ok(compared)
    }

    /// Whether two values are not the same, within what is tolerated.
    fn differ(&self, old: Expr, new: Expr) -> Result<Expr, Problem> {
        let alike = Alike { case: self.ignore_case, blanks: self.trim };
        if old.kind.is_text() && new.kind.is_text() {
            return Expr::call(Function::IsDistinct, vec![alike.plain(old)?, alike.plain(new)?]);
        }
        let distinct = Expr::call(Function::IsDistinct, vec![old.clone(), new.clone()])?;
        let tolerates = self.tolerance > 0.0 || self.relative_tolerance > 0.0;
        if !(tolerates && old.kind.is_number() && new.kind.is_number()) {
            return Ok(distinct);
        }
        let number = |number| Expr::literal(Value::Float(number));
        let (old, new) = (old.cast(Type::Float)?, new.cast(Type::Float)?);
        let size = Expr::call(Function::Abs, vec![old.clone()])?;
        let apart = Expr::call(Function::Abs, vec![Expr::call(Function::Subtract, vec![old, new])?])?;
        // 1.01 and 1 are not quite 0.01 apart as floats: a few of their last bits more are allowed.
        let part = number(self.relative_tolerance + 4.0 * f64::EPSILON);
        let most = Expr::call(Function::Multiply, vec![size, part])?;
        let most = Expr::call(Function::Add, vec![number(self.tolerance), most])?;
        let finite = Expr::call(Function::Lt, vec![apart.clone(), number(f64::INFINITY)])?;
        let near = Expr::call(Function::And, vec![Expr::call(Function::Le, vec![apart, most])?, finite])?;
        Expr::call(Function::And, vec![distinct, near.is_not_true()?])
    }
}

/// The columns on the way: keys as they are joined with the names they come out under, and those of either table.
struct Shape {
    keys: Vec<(String, String)>,
    old: Vec<Column>,
    new: Vec<Column>,
}

impl Shape {
    fn of(names: &[ColumnName], keys: &Keys, old: Vec<Column>, new: Vec<Column>) -> Self {
        let keys = keys.on.iter().zip(names).map(|((key, _), name)| (key.clone(), name.0.clone())).collect();
        Self { keys, old, new }
    }

    /// Both tables side by side, each row marked by the tables that it is in.
    fn joined(&self, draft: &mut Draft, inputs: &[Rows], keys: Keys) -> Result<Rows, Problem> {
        let there = |name: &str| Computed::new(name, Expr::literal(Value::Boolean(true)));
        let renamed = |side: &str, columns: &[Column]| -> Vec<Pick> {
            columns.iter().map(|column| Pick::renamed(&column.name, hidden(side, &column.name))).collect()
        };
        let old = keys::add(draft, inputs[0], [keys.left, vec![there(OLD)]].concat())?;
        let new = keys::add(draft, inputs[1], [keys.right, vec![there(NEW)]].concat())?;
        let left = keys.on.iter().map(|(key, _)| Pick::same(key)).chain(renamed("old", &self.old));
        let old = draft.select(old, left.chain([Pick::same(OLD)]).collect())?;
        let join = plan::Join {
            kind: JoinKind::Full,
            on: keys.on,
            nulls_match: true,
            right: renamed("new", &self.new).into_iter().chain([Pick::same(NEW)]).collect(),
            max_rows: None,
            order: plan::JoinOrder::Kept,
        };
        draft.add(Op::Join(join), &[old, new])
    }

    fn picked_keys(&self, taken: &mut Schema) -> Vec<Pick> {
        let pick = |(key, name): &(String, String)| Pick::renamed(key, name);
        taken.0.extend(self.keys.iter().map(|(_, name)| Column::new(name, Type::Null)));
        self.keys.iter().map(pick).collect()
    }

    fn side_by_side(&self, compared: &[(Column, Column)]) -> Vec<Pick> {
        let mut taken = Schema::default();
        let keys = self.picked_keys(&mut taken);
        let mut named = |column: String, name: &str| {
            let name = taken.free_name(name);
            taken.0.push(Column::new(&name, Type::Null));
            Pick::renamed(column, name)
        };
        let head = vec![named(STATUS.into(), "status"), named(CHANGES.into(), "changes")];
        let mut picks = [head, keys].concat();
        let mut side =
            |side: &str, column: &Column| named(hidden(side, &column.name), &format!("{}_{side}", column.name));
        for (old, new) in compared {
            picks.push(side("old", old));
            picks.push(side("new", new));
        }
        let is_compared = |column: &&Column| compared.iter().any(|(old, _)| old.name == column.name);
        picks.extend(self.old.iter().filter(|column| !is_compared(column)).map(|column| side("old", column)));
        picks.extend(self.new.iter().filter(|column| !is_compared(column)).map(|column| side("new", column)));
        picks
    }

    /// One row for each changed value, and one for each row that changed as a whole.
    fn cells(&self, draft: &mut Draft, rows: Rows, compared: &[(Column, Column)]) -> Result<Rows, Problem> {
        const WHOLE: &str = "\u{1}whole";
        const COLUMN: &str = "\u{1}column";
        const SHOWN: &str = "\u{1}shown";
        let status = vec![text_column(STATUS), Expr::literal(Value::text("changed"))];
        let mut columns = vec![Computed::new(WHOLE, Expr::call(Function::Ne, status)?)];
        let mut lines = vec![Line { label: Value::Null, columns: vec![Some(WHOLE.into()), None, None] }];
        for (at, (old, new)) in compared.iter().enumerate() {
            for (side, column) in [("old", old), ("new", new)] {
                let name = hidden(side, &column.name);
                let value = Expr::column(&Column::new(&name, column.kind.clone()));
                columns.push(Computed::new(name, value.cast(Type::Text)?));
            }
            let values = [changed_name(at), hidden("old", &old.name), hidden("new", &new.name)];
            lines.push(Line { label: Value::text(&old.name), columns: values.map(Some).into() });
        }
        let shown = draft.add(Op::Derive { columns, failures: false }, &[rows])?;
        let unpivot = plan::Unpivot {
            keep: [STATUS]
                .into_iter()
                .chain(self.keys.iter().map(|(key, _)| key.as_str()))
                .map(str::to_owned)
                .collect(),
            label: (COLUMN.into(), Type::Text),
            values: [SHOWN, OLD, NEW].map(str::to_owned).into(),
            lines,
        };
        let cells = draft.add(Op::Unpivot(unpivot), &[shown])?;
        let cells = draft.filter(cells, Expr::column(&Column::new(SHOWN, Type::Boolean)))?;
        // Without a column to compare, nothing has given these a type.
        let typed = |name: &str| {
            let kind = draft.schema(cells).column(name).map(|column| column.kind.clone()).unwrap_or_default();
            Ok(Computed::new(name, Expr::column(&Column::new(name, kind)).cast(Type::Text)?))
        };
        let columns = [OLD, NEW].into_iter().map(typed).collect::<Result<_, Problem>>()?;
        let cells = draft.add(Op::Derive { columns, failures: false }, &[cells])?;
        let mut taken = Schema::default();
        let keys = self.picked_keys(&mut taken);
        let mut named = |column: &str, name: &str| {
            let name = taken.free_name(name);
            taken.0.push(Column::new(&name, Type::Null));
            Pick::renamed(column, name)
        };
        let head = vec![named(STATUS, "status")];
        let tail = vec![named(COLUMN, "column"), named(OLD, "old"), named(NEW, "new")];
        draft.select(cells, [head, keys, tail].concat())
    }
}
