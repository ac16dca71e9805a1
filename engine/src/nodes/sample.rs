use super::aggregation::AggregateFunction;
use super::computed::derive;
use super::prelude::*;
use crate::formula::{Formula, quoted};
use crate::plan::{Aggregate, Frame, Over, Pick, SortKey, WindowColumn};

/// Keeps some of the rows: the first, the last, each nth, or some at random.
///
/// All others come out of the output `false`: no row is lost, and the two together are a split into training and test data. What is
/// random depends on `seed` and the place of a row alone, so that the same rows are kept in every run and on every machine. A
/// percentage without groups goes row by row and keeps about as many. The last rows, groups, an exact share and a fixed number at
/// random need all rows in memory.
#[params]
pub struct Sample {
    /// Which rows to keep.
    #[param(always)]
    pub method: SampleMethod,
    /// How many rows to keep.
    #[param(default = 100, when = self.method.counts())]
    pub count: u64,
    /// Keep one of so many rows: the first of each.
    #[param(default = 10, when = self.method == SampleMethod::EveryNth)]
    pub nth: u64,
    /// How many of a hundred rows to keep.
    #[param(default = 10.0, when = self.method == SampleMethod::RandomPercent)]
    pub percent: f64,
    /// Keep exactly that share, rounded to a whole row.
    #[param(when = self.method == SampleMethod::RandomPercent)]
    pub exact: bool,
    /// Take as much of each group of rows that are equal in these columns, so that shares of groups stay as they are: a stratified sample.
    pub by: Vec<ColumnName>,
    /// Another number, another sample.
    #[param(when = self.method.is_random())]
    pub seed: u64,
}

#[params]
pub enum SampleMethod {
    /// The rows that come first.
    #[default]
    First,
    /// The rows that come last.
    Last,
    /// Rows at even distances.
    EveryNth,
    /// A number of rows at random.
    Random,
    /// A share of the rows at random.
    RandomPercent,
}

const ROW: &str = "\u{1}row";
const CHANCE: &str = "\u{1}chance";
const NUMBER: &str = "\u{1}number";
const SIZE: &str = "\u{1}size";

impl Node for Sample {
    const CARD: Card = Card {
        title: "Sample",
        group: Group::Rows,
        icon: "sample",
        inputs: Inputs::One,
        outputs: &["", "false"],
        law: Law::Split,
        words: "random percent stratified train test split partitioning row sampling first last every nth records create samples seed \
                shuffle subset tSampleRow Random % Sample",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        if self.method == SampleMethod::First && self.by.is_empty() {
            let kept = draft.add(Op::Slice { skip: 0, count: Some(self.count) }, inputs)?;
            let others = draft.add(Op::Slice { skip: self.count, count: None }, inputs)?;
            return Ok(vec![kept, others]);
        }
        let mut rows = inputs[0];
        if self.method.is_random() || self.goes_row_by_row() {
            rows = draft.add(Op::Number { column: ROW.into(), start: 1 }, &[rows])?;
        }
        if self.method.is_random() {
            let seed = self.seed.min(i64::MAX as u64);
            rows = derive(draft, rows, CHANCE, &format!("random({seed}, {})", quoted(ROW)))?;
        }
        if !self.goes_row_by_row() {
            let by = self.by.iter().map(|name| name.0.clone()).collect();
            let random = SortKey { column: CHANCE.into(), descending: false, nulls_first: false };
            let order = if self.method.is_random() { vec![random] } else { Vec::new() };
            let mut columns = vec![WindowColumn::new(NUMBER, Over::Number)];
            if matches!(self.method, SampleMethod::Last | SampleMethod::RandomPercent) {
                let all = Aggregate::new(AggregateFunction::Count, None, SIZE);
                let size = Over::Aggregate { aggregate: all, frame: Frame::Partition };
                columns.push(WindowColumn::new(SIZE, size));
            }
            rows = draft.add(Op::Window { by, order, columns }, &[rows]).map_err(|problem| problem.at("by"))?;
        }
        let condition = draft.compile(&Formula(self.condition()), draft.schema(rows), "method")?;
        let others = condition.clone().is_not_true()?;
        let picks = || before.names().map(Pick::same).collect();
        let (kept, others) = (draft.filter(rows, condition)?, draft.filter(rows, others)?);
        Ok(vec![draft.select(kept, picks())?, draft.select(others, picks())?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.method == SampleMethod::EveryNth && self.nth == 0 {
            return Err(Problem::new("One of no rows can't be kept.").at("nth").try_this("Write 1 or more."));
        }
        if self.method == SampleMethod::RandomPercent && !(0.0..=100.0).contains(&self.percent) {
            let message = format!("{} is no share of a hundred.", self.percent);
            return Err(Problem::new(message).at("percent").try_this("Write a number from 0 to 100."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let rows = sentence::count(self.count, "row");
        let what = match self.method {
            SampleMethod::First if self.by.is_empty() => format!("the first {rows} for a sample"),
            SampleMethod::First => format!("the first {rows}"),
            SampleMethod::Last => format!("the last {rows}"),
            SampleMethod::EveryNth => format!("one of {}", sentence::count(self.nth, "row")),
            SampleMethod::Random => format!("{rows} at random"),
            SampleMethod::RandomPercent => format!("{} % of the rows at random", self.percent),
        };
        let by = if self.by.is_empty() { String::new() } else { format!(" of each {}", sentence::list(&self.by)) };
        sentence::short(format!("Keep {what}{by}"))
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "shop, sale: Integer\n a, 1\n a, 2\n b, 3\n a, 4\n b, 5\n a, 6";
        let sample = |method, count, by: &[&str]| Self {
            method,
            count,
            by: by.iter().copied().map(ColumnName::from).collect(),
            ..Self::default()
        };
        use SampleMethod::*;
        vec![
            Example::new("The first two sales of each shop", sample(First, 2, &["shop"]))
                .given(given)
                .gives("shop, sale: Integer\n a, 1\n a, 2\n b, 3\n b, 5")
                .gives_at("false", "shop, sale: Integer\n a, 4\n a, 6"),
            Example::new("The first four rows", sample(First, 4, &[]))
                .given(given)
                .gives("shop, sale: Integer\n a, 1\n a, 2\n b, 3\n a, 4")
                .gives_at("false", "shop, sale: Integer\n b, 5\n a, 6"),
            Example::new("The last row of each shop", sample(Last, 1, &["shop"]))
                .given(given)
                .gives("shop, sale: Integer\n b, 5\n a, 6")
                .gives_at("false", "shop, sale: Integer\n a, 1\n a, 2\n b, 3\n a, 4"),
            Example::new("One row of four", Self { nth: 4, ..sample(EveryNth, Self::default().count, &[]) })
                .given(given)
                .gives("shop, sale: Integer\n a, 1\n b, 5")
                .gives_at("false", "shop, sale: Integer\n a, 2\n b, 3\n a, 4\n a, 6"),
            Example::new("Two rows at random", sample(Random, 2, &[]))
                .given(given)
                .gives("shop, sale: Integer\n b, 3\n a, 4")
                .gives_at("false", "shop, sale: Integer\n a, 1\n a, 2\n b, 5\n a, 6"),
            Example::new("About half of the rows", Self { percent: 50.0, seed: 3, ..sample(RandomPercent, Self::default().count, &[]) })
                .given(given)
                .gives("shop, sale: Integer\n b, 3\n b, 5\n a, 6")
                .gives_at("false", "shop, sale: Integer\n a, 1\n a, 2\n a, 4"),
            Example::new("Half of each shop for training, the others for testing", Self {
                percent: 50.0,
                ..sample(RandomPercent, Self::default().count, &["shop"])
            })
            .given(given)
            .gives("shop, sale: Integer\n a, 1\n b, 3\n a, 4")
            .gives_at("false", "shop, sale: Integer\n a, 2\n b, 5\n a, 6"),
        ]
    }
}

impl SampleMethod {
    fn counts(self) -> bool {
        matches!(self, Self::First | Self::Last | Self::Random)
    }

    fn is_random(self) -> bool {
        matches!(self, Self::Random | Self::RandomPercent)
    }
}

impl Sample {
    /// Whether a row tells by itself and its number whether it is kept.
    fn goes_row_by_row(&self) -> bool {
        let alone = match self.method {
            SampleMethod::EveryNth => true,
            SampleMethod::RandomPercent => !self.exact,
            _ => false,
        };
        alone && self.by.is_empty()
    }

    /// What is true of the rows to keep.
    fn condition(&self) -> String {
        let number = quoted(if self.goes_row_by_row() { ROW } else { NUMBER });
        let (size, chance) = (quoted(SIZE), quoted(CHANCE));
        let whole = |number: u64| number.min(i64::MAX as u64);
        let (count, nth, percent) = (whole(self.count), whole(self.nth), self.percent);
        match self.method {
            SampleMethod::First | SampleMethod::Random => format!("{number} <= {count}"),
            SampleMethod::Last => format!("{size}::float - {number}::float < {count}"),
            SampleMethod::EveryNth => format!("{number} % {nth} = {}", 1 % nth.max(1)),
            SampleMethod::RandomPercent if self.goes_row_by_row() => format!("{chance} < {percent}::float / 100.0::float"),
            SampleMethod::RandomPercent => format!("{number} <= floor({size} * {percent}::float / 100 + 0.5)"),
        }
    }
}
