use super::aggregation::AggregateFunction;
use super::computed::{derive, finite};
use super::prelude::*;
use crate::formula::quoted;
use crate::plan::{Frame, Pick, WindowColumn};

/// Brings numbers to a common scale: to a range, around their mean, or to logarithms.
///
/// The new numbers are Floats. Infinite values and NaN do not count for the smallest, the largest and the mean. Where all values are
/// equal they become the lower end of the range, or 0. All but logarithms need all rows in memory.
#[params]
pub struct Normalise {
    /// The columns with the numbers.
    pub columns: Vec<ColumnName>,
    /// How they are brought to scale.
    #[param(always)]
    pub method: NormaliseMethod,
    /// What the smallest value becomes.
    #[param(when = self.method == NormaliseMethod::Range)]
    pub from: f64,
    /// What the largest value becomes.
    #[param(default = 1.0, when = self.method == NormaliseMethod::Range)]
    pub to: f64,
    /// Divide by the standard deviation of these values alone, and not that of a sample: as scikit-learn does.
    #[param(when = self.method == NormaliseMethod::ZScore)]
    pub population: bool,
    /// Do it for each group of rows that are equal in these columns.
    #[param(when = !self.method.is_logarithm())]
    pub by: Vec<ColumnName>,
    /// What is put behind the name of a column for that of the new one. Left open, numbers are replaced in their column.
    pub suffix: Option<String>,
}

#[params]
pub enum NormaliseMethod {
    /// From the smallest to the largest value, stretched to a range (min-max).
    #[default]
    Range,
    /// How many standard deviations a value is above the mean (z-score).
    ZScore,
    /// How many interquartile ranges a value is above the median: outliers hardly count.
    Robust,
    /// Divided by the largest absolute value: from -1 to 1.
    MaxAbsolute,
    /// Divided by 10 until no absolute value is above 1.
    DecimalScaling,
    /// The natural logarithm; null for what has none.
    Log,
    /// The natural logarithm of the value plus one, which 0 has too; null for what has none.
    LogPlusOne,
}

impl Node for Normalise {
    const CARD: Card = Card {
        title: "Normalise",
        group: Group::Columns,
        icon: "normalise",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "normalize normalizer scale scaler standardize standardise zscore z-score minmax min-max MinMaxScaler StandardScaler \
                log1p rescale feature scaling",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let mut rows = inputs[0];
        let mut picks: Vec<Pick> = before.names().map(Pick::same).collect();
        for (at, name) in self.columns.iter().enumerate() {
            let Some(column) = before.column(&name.0) else { continue };
            if !column.kind.is_number() {
                let problem = Problem::new(format!("{:?} is {}, and no number.", name.0, column.kind));
                return Err(problem.at(format!("columns[{at}]")).into());
            }
            rows = self.scaled(draft, rows, &name.0, at).map_err(|problem| problem.at(format!("columns[{at}]")))?;
            let made = format!("{}{}", name.0, self.suffix.as_deref().unwrap_or_default());
            let pick = Pick::renamed(hidden("scaled", at), &made);
            let taken = picks.iter_mut().find(|pick| pick.name == made);
            match (taken, &self.suffix) {
                (Some(old), None) => *old = pick,
                (Some(_), Some(_)) => {
                    let problem = Problem::new(format!("There are two columns {made:?}.")).at("suffix");
                    return Err(problem.try_this("Choose another suffix.").into());
                }
                (None, _) => picks.push(pick),
            }
        }
        Ok(vec![draft.select(rows, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("No column is chosen.").at("columns").try_this("Add a column of numbers."));
        }
        if let Some(at) = (0..self.columns.len()).find(|at| self.columns[..*at].contains(&self.columns[*at])) {
            let message = format!("The column {:?} is scaled twice.", self.columns[at].0);
            return Err(Problem::new(message).at(format!("columns[{at}]")));
        }
        if self.method != NormaliseMethod::Range {
            return Ok(());
        }
        for (name, end) in [("from", self.from), ("to", self.to)] {
            if !end.is_finite() {
                return Err(Problem::new(format!("A range can't end at {end}.")).at(name));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.columns.is_empty() {
            return "Choose columns of numbers to bring to a common scale".to_owned();
        }
        let columns = sentence::list(&self.columns);
        let by = match self.by.as_slice() {
            by if by.is_empty() || self.method.is_logarithm() => String::new(),
            by => format!(" within each {}", sentence::list(by)),
        };
        let what = match self.method {
            NormaliseMethod::Range => format!("Scale {columns} to {} to {}", self.from, self.to),
            NormaliseMethod::ZScore => format!("Standardise {columns}"),
            NormaliseMethod::Robust => format!("Scale {columns} by their quartiles"),
            NormaliseMethod::MaxAbsolute => format!("Scale {columns} to at most 1"),
            NormaliseMethod::DecimalScaling => format!("Divide {columns} by a power of 10"),
            NormaliseMethod::Log => format!("Take the logarithm of {columns}"),
            NormaliseMethod::LogPlusOne => format!("Take the logarithm of {columns} plus one"),
        };
        sentence::short(format!("{what}{by}"))
    }

    fn examples() -> Vec<Example<Self>> {
        let scaled = |column: &str, method| Self { columns: vec![column.into()], method, ..Self::default() };
        use NormaliseMethod::*;
        vec![
            Example::new("To a range from 0 to 1", scaled("x", Range))
                .given("id, x: Integer\n a, 10\n b, 20\n c, \n d, 15")
                .gives("id, x: Float\n a, 0.0\n b, 1.0\n c, \n d, 0.5"),
            Example::new("Standard scores within each class, beside the points", Self {
                by: vec!["class".into()],
                suffix: Some("_z".into()),
                ..scaled("points", ZScore)
            })
            .given("class, points: Float\n a, 2.0\n a, 4.0\n a, 6.0\n b, 5.0\n b, 5.0\n b, ")
            .gives(
                "class, points: Float, points_z: Float\n a, 2.0, -1.0\n a, 4.0, 0.0\n a, 6.0, 1.0\n b, 5.0, 0.0\n b, 5.0, 0.0\n b, , ",
            ),
            Example::new("Standard scores as scikit-learn has them", Self { population: true, ..scaled("x", ZScore) })
                .given("x: Integer\n 1\n 3")
                .gives("x: Float\n -1.0\n 1.0"),
            Example::new("To a range of percent, a column of equal values at its lower end", Self {
                columns: vec!["x".into(), "same".into()],
                to: 100.0,
                ..Self::default()
            })
            .given("x: Decimal(6, 2), same: Integer\n 1.00, 7\n 2.00, 7\n 5.00, 7")
            .gives("x: Float, same: Float\n 0.0, 0.0\n 25.0, 0.0\n 100.0, 0.0"),
            Example::new("By the quartiles", scaled("x", Robust))
                .given("x: Integer\n 1\n 2\n 3\n 4\n 100")
                .gives("x: Float\n -1.0\n -0.5\n 0.0\n 0.5\n 48.5"),
            Example::new("Divided by a power of ten", scaled("x", DecimalScaling))
                .given("x: Integer\n 5\n -250\n 40")
                .gives("x: Float\n 0.005\n -0.25\n 0.04"),
            Example::new("Divided by the largest absolute value", scaled("x", MaxAbsolute))
                .given("x: Float\n 1.0\n -4.0\n NaN")
                .gives("x: Float\n 0.25\n -1.0\n NaN"),
            Example::new("Logarithms", scaled("x", LogPlusOne))
                .given("x: Integer\n 0\n -1\n ·")
                .gives("x: Float\n 0.0\n ·\n ·"),
            Example::new("Logarithms of positive numbers", scaled("x", Log))
                .given("x: Integer\n 1\n 0\n ·")
                .gives("x: Float\n 0.0\n ·\n ·"),
        ]
    }
}

fn hidden(what: &str, at: usize) -> String {
    format!("\u{1}scale {what} {at}")
}

impl NormaliseMethod {
    fn is_logarithm(self) -> bool {
        matches!(self, Self::Log | Self::LogPlusOne)
    }
}

impl Normalise {
    /// Adds the numbers of a column brought to scale, under a hidden name.
    fn scaled(&self, draft: &mut Draft, rows: Rows, column: &str, at: usize) -> Result<Rows, Problem> {
        let name = |what: &str| hidden(what, at);
        let rows = derive(draft, rows, &name("value"), &format!("{}::float", quoted(column)))?;
        let rows = derive(draft, rows, &name("finite"), &finite(column))?;
        let rows = self.measured(draft, rows, at)?;
        let value = quoted(&name("value"));
        let [min, max, middle, spread] = ["min", "max", "middle", "spread"].map(|what| quoted(&name(what)));
        let largest = format!("greatest(abs({min}), abs({max}))");
        let (from, to) = (format!("({:?})::float", self.from), format!("({:?})::float", self.to));
        let scaled = match self.method {
            NormaliseMethod::Range => {
                let share = format!("({value} - {min}) / nullif({max} - {min}, 0)");
                format!("{from} + coalesce({share}, 0) * ({to} - {from})")
            }
            NormaliseMethod::ZScore | NormaliseMethod::Robust => {
                format!("coalesce(({value} - {middle}) / nullif({spread}, 0), 0)")
            }
            NormaliseMethod::MaxAbsolute => format!("coalesce({value} / nullif({largest}, 0), 0)"),
            NormaliseMethod::DecimalScaling => {
                let digits = format!("case when {largest} > 1 then ceil(log({largest})) else 0 end");
                format!("{value} / nullif(power(10, {digits}), 0)")
            }
            NormaliseMethod::Log => format!("case when {value} > 0 then ln({value}) end"),
            NormaliseMethod::LogPlusOne => format!("case when {value} > -1 then ln({value} + 1) end"),
        };
        derive(draft, rows, &name("scaled"), &format!("case when {value} is not null then {scaled} end"))
    }

    /// Adds what the scale is made from.
    fn measured(&self, draft: &mut Draft, rows: Rows, at: usize) -> Result<Rows, Problem> {
        use AggregateFunction::*;
        let measures: &[(AggregateFunction, &str)] = match self.method {
            NormaliseMethod::Log | NormaliseMethod::LogPlusOne => return Ok(rows),
            NormaliseMethod::ZScore if self.population => &[(Mean, "middle"), (PopulationStandardDeviation, "spread")],
            NormaliseMethod::ZScore => &[(Mean, "middle"), (StandardDeviation, "spread")],
            NormaliseMethod::Robust => &[(Median, "middle"), (InterquartileRange, "spread")],
            _ => &[(Min, "min"), (Max, "max")],
        };
        let measure = |(function, what): &(AggregateFunction, &str)| {
            WindowColumn::aggregate(*function, &hidden("finite", at), Frame::Partition, hidden(what, at))
        };
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        draft.add(Op::Window { by, order: Vec::new(), columns: measures.iter().map(measure).collect() }, &[rows])
    }
}
