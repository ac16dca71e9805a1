use super::keys;
use super::pivot::{Unlisted, check_listed, listed, named};
use super::prelude::*;
use super::unpivot::{Mixed, in_one_type};
use crate::nodes::{AggregateFunction, JoinKind};
use crate::plan::{self, Aggregate, Line, Pick};
use crate::table::Table;
use crate::types::{Column, Schema, Type};
use crate::value::Value;

/// Turns rows into columns and columns into rows.
///
/// The values of one column become the names of the new columns, in the order of the rows; every other column becomes a row, with its
/// name in the first column. Which columns there are depends on the data, unless `values` says it. Two rows with the same name fail the run. Where no column has
/// names, number the rows first.
#[params]
pub struct Transpose {
    /// The column whose values become the names of columns.
    pub header: ColumnName,
    /// The column for the names that columns had.
    #[param(default = "name".into())]
    pub names: NewColumn,
    /// What happens where values have no type in common, such as text and numbers.
    pub mixed: Mixed,
    /// The values that become names of columns, in this order. Left open, all that are found in the data.
    pub values: Option<Vec<String>>,
    /// What happens with rows whose value is not among them.
    #[param(when = self.values.is_some())]
    pub others: Unlisted,
    /// The run fails if there are more rows than this.
    #[param(default = 200, when = self.values.is_none())]
    pub max_columns: u64,
}

impl Node for Transpose {
    const CARD: Card = Card {
        title: "Transpose",
        group: Group::Shape,
        icon: "transpose",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Expand,
        words: "rows to columns columns to rows swap flip turn around matrix .T switch axes make columns",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        const VALUE: &str = "\u{1}value";
        let columns = draft.schema(inputs[0]).clone();
        let header = draft.column(inputs[0], &self.header, "header")?.clone();
        if matches!(header.kind, Type::List(_) | Type::Struct(_) | Type::Binary) {
            let message = format!("{:?} is {}, whose values can't be names of columns.", header.name, header.kind);
            return Err(Problem::new(message).at("header").try_this("Choose another column.").into());
        }
        let turned: Vec<&Column> = columns.0.iter().filter(|column| column.name != header.name).collect();
        if turned.is_empty() {
            let problem = Problem::new(format!("There is no column but {:?}.", header.name));
            return Err(problem.at("header").into());
        }
        let rows = in_one_type(draft, inputs[0], &turned, self.mixed)?;
        let values = match &self.values {
            Some(values) => listed(draft, inputs[0], &header, values, self.others, &[])?,
            None => draft.values(&header.name, self.max_columns)?,
        };
        let message = format!("Several rows have the same name in {:?}.", header.name);
        keys::expect_unique(draft, inputs[0], vec![header.name.clone()], true, message)?;
        let names = Column::new(&self.names.0, Type::Text);
        let line =
            |column: &&Column| Line { label: Value::text(&column.name), columns: vec![Some(column.name.clone())] };
        // A header that is called as the names are to be called is in nobody's way.
        let rows = draft.select(rows, columns.names().map(|name| self.hidden_header(name)).collect())?;
        let long = draft.add(
            Op::Unpivot(plan::Unpivot {
                keep: vec![HEADER.into()],
                label: (names.name.clone(), Type::Text),
                values: vec![VALUE.into()],
                lines: turned.iter().map(line).collect(),
            }),
            &[rows],
        )?;
        let values = named(values, [names.clone()].into_iter(), "");
        let made: Vec<Pick> = values.iter().map(|(_, name)| Pick::same(name)).collect();
        let wide = draft.add(
            Op::Pivot(plan::Pivot {
                by: vec![names.name.clone()],
                on: HEADER.into(),
                values,
                aggregate: Aggregate::new(AggregateFunction::First, Some(VALUE), VALUE),
            }),
            &[long],
        )?;
        // Every column becomes a row, also where there are no rows to become columns.
        let all = turned.iter().map(|column| vec![Value::text(&column.name)]).collect();
        let all = draft.add(Op::Inline(Table { schema: Schema(vec![names.clone()]), rows: all }), &[])?;
        let join = plan::Join {
            kind: JoinKind::Left,
            on: vec![(names.name.clone(), names.name)],
            nulls_match: false,
            right: made,
            max_rows: None,
            order: plan::JoinOrder::Kept,
        };
        Ok(vec![draft.add(Op::Join(join), &[all, wide])?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.names.0.is_empty() {
            return Err(Problem::new("The column for the names has no name.").at("names"));
        }
        check_listed(self.values.as_deref())
    }

    fn sentence(&self) -> String {
        match self.header.0.as_str() {
            "" => "Choose the column whose values name the new columns".to_owned(),
            header => sentence::short(format!("Turn rows into columns named by {header}")),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new(
                "Figures side by side",
                Self { header: "month".into(), names: "figure".into(), ..Self::default() },
            )
            .given("month, sold: Integer, returned: Integer\n mar, 5, 1\n feb, 7, \n apr, 2, 0")
            .gives("figure, mar: Integer, feb: Integer, apr: Integer\n sold, 5, 7, 2\n returned, 1, , 0"),
            Example::new(
                "Records one below the other, values as text, for rows known beforehand",
                Self {
                    header: "id".into(),
                    mixed: Mixed::Text,
                    values: Some(vec!["10".into(), "8".into(), "7".into()]),
                    ..Self::default()
                },
            )
            .given("name, id: Integer, since: Date\n c1, 10, 2024-05-01\n c2, 7, ")
            .gives("name, 10, 8, 7\n name, c1, , c2\n since, 2024-05-01, , "),
        ]
    }
}

const HEADER: &str = "\u{1}header";

impl Transpose {
    fn hidden_header(&self, name: &str) -> Pick {
        if name == self.header.0 { Pick::renamed(name, HEADER) } else { Pick::same(name) }
    }
}
