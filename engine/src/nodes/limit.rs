use super::prelude::*;

/// Keeps the first rows, or some from the middle.
///
/// What is not needed for them is not read, where that can be helped.
#[params]
pub struct Limit {
    /// How many rows to leave out at the top.
    pub skip: u64,
    /// How many rows to keep at most. Left open, all that follow.
    #[param(default = Some(100))]
    pub count: Option<u64>,
}

impl Node for Limit {
    const CARD: Card = Card {
        title: "Limit",
        group: Group::Rows,
        icon: "limit",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Fewer,
        words: "first top head skip offset range slice take sample rows tSampleRow Select Records",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        Ok(vec![draft.add(Op::Slice { skip: self.skip, count: self.count }, inputs)?])
    }

    fn sentence(&self) -> String {
        let skip = sentence::count(self.skip, "row");
        match (self.skip, self.count) {
            (0, None) => "Keep all rows".to_owned(),
            (0, Some(count)) => format!("Keep the first {}", sentence::count(count, "row")),
            (_, None) => format!("Leave out the first {skip}"),
            (_, Some(count)) => format!("Leave out {skip}, then keep {count}"),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("The first two rows", Self { count: Some(2), ..Self::default() })
                .given("x: Integer\n 1\n 2\n 3")
                .gives("x: Integer\n 1\n 2"),
            Example::new("All but the first", Self { skip: 1, count: None })
                .given("x: Integer\n 1\n 2\n 3")
                .gives("x: Integer\n 2\n 3"),
        ]
    }
}
