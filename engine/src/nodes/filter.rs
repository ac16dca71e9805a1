use super::prelude::*;
use crate::formula::{self, Expr, Formula};
use crate::plan::{Computed, Pick, reject_schema};
use crate::types::Type;

/// Keeps the rows for which a condition is true.
///
/// All others, also those where the condition is null, come out of the output `false`: no row is lost.
#[params]
pub struct Filter {
    /// A formula that is true or false, such as `axles > 2`.
    pub condition: Formula,
    /// What to do with a row in which the condition can't be computed.
    pub on_error: OnError,
}

impl Node for Filter {
    const CARD: Card = Card {
        title: "Filter",
        group: Group::Rows,
        icon: "filter",
        inputs: Inputs::One,
        outputs: &["", "false", "rejected"],
        law: Law::Split,
        words: "where keep rows select rows row filter query condition split true false tFilterRow Row Splitter",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        const TEST: &str = "\u{1}condition";
        let rows = inputs[0];
        let columns = draft.schema(rows).clone();
        let condition = draft.compile(&self.condition, &columns, "condition")?;
        if !matches!(condition.kind, Type::Boolean | Type::Null) {
            return Err(Problem::new(format!("The condition is {}, not true or false.", condition.kind))
                .at("condition")
                .try_this("Compare it with something, as in `axles > 2`.")
                .into());
        }
        if !condition.can_fail() {
            let test = condition.clone().is_not_true()?;
            let kept = draft.filter(rows, condition)?;
            let others = draft.filter(rows, test)?;
            let rejected = draft.nothing(reject_schema(&columns));
            return Ok(vec![kept, others, rejected]);
        }
        let (tested, rejected) = draft.derive(rows, vec![Computed { name: TEST.into(), formula: condition, shown: "condition".into() }], self.on_error)?;
        let test = || Expr { kind: Type::Boolean, node: formula::Node::Column(TEST.into()) };
        let kept = draft.filter(tested, test())?;
        let others = draft.filter(tested, test().is_not_true()?)?;
        let picks = || columns.names().map(Pick::same).collect();
        Ok(vec![draft.select(kept, picks())?, draft.select(others, picks())?, rejected])
    }

    fn sentence(&self) -> String {
        match self.condition.0.trim() {
            "" => "Say which rows to keep".to_owned(),
            condition => sentence::short(format!("Keep rows where {condition}")),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Vehicles with more than two axles", Self { condition: "axles > 2".into(), ..Self::default() })
                .given("vehicle, axles: Integer\n a, 2\n b, 5\n c, ")
                .gives("vehicle, axles: Integer\n b, 5")
                .gives_at("false", "vehicle, axles: Integer\n a, 2\n c, "),
            Example::new("A condition that can't be computed for every row", Self {
                condition: "100 / people > 20".into(),
                ..Self::default()
            })
            .given("room, people: Integer\n a, 4\n b, 0\n c, 10")
            .gives("room, people: Integer\n a, 4")
            .gives_at("false", "room, people: Integer\n c, 10")
            .gives_at(
                "rejected",
                "room, people: Integer, error_column, error_value, error_reason\n b, 0, condition, 0, division by zero",
            ),
        ]
    }
}
