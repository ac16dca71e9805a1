use super::aggregation::AggregateFunction;
use super::computed::{certain_places, derive, finite};
use super::prelude::*;
use crate::formula::quoted;
use crate::number;
use crate::plan::{Frame, Over, Pick, SortKey, WindowColumn};
use crate::types::Type;
use crate::value::Value;

/// Sorts numbers into bins: of equal width, with equally many rows, or between bounds of your own.
///
/// Bins are numbered from 1 upwards, and each is named by its range. The bounds that are shown decide what is in a bin. What is null, infinite or no number is in no bin. For bins of
/// equal width and with equally many rows all rows are held in memory.
#[params]
pub struct Bin {
    /// The columns with the numbers. Each gets a column with its bins.
    pub columns: Vec<ColumnName>,
    /// How bins are made.
    #[param(always)]
    pub method: BinMethod,
    /// How many bins.
    #[param(default = 5, when = matches!(self.method, BinMethod::EqualWidth | BinMethod::EqualCount))]
    pub bins: u64,
    /// How wide a bin is.
    #[param(default = 10.0, when = self.method == BinMethod::Width)]
    pub width: f64,
    /// Where a bin begins; the others follow from it in both directions.
    #[param(when = self.method == BinMethod::Width)]
    pub start: f64,
    /// The bounds between bins, in rising order: `0`, `18`, `65`.
    #[param(when = self.method == BinMethod::Bounds)]
    pub bounds: Vec<String>,
    /// What becomes of numbers below the first bound and above the last.
    #[param(when = self.method == BinMethod::Bounds)]
    pub outside: Outside,
    /// Which of its two bounds belongs to a bin.
    pub closed: Closed,
    /// What stands in the new column.
    pub label: BinLabel,
    /// The names of the bins, the lowest first.
    #[param(when = self.label == BinLabel::Names)]
    pub names: Vec<String>,
    /// How many digits after the point bounds have in names of ranges; narrower bins have all digits.
    #[param(default = 3, when = self.label == BinLabel::Range)]
    pub digits: u64,
    /// Make bins for each group of rows that are equal in these columns.
    #[param(when = matches!(self.method, BinMethod::EqualWidth | BinMethod::EqualCount))]
    pub by: Vec<ColumnName>,
    /// What is put behind the name of a column for that of its bins.
    #[param(default = "_bin".into())]
    pub suffix: String,
}

#[params]
pub enum BinMethod {
    /// Cuts the range from the smallest to the largest number into parts of equal width.
    #[default]
    EqualWidth,
    /// Cuts between quantiles, so that each bin has as many rows as the others: quartiles, deciles. Equal numbers are in one bin.
    EqualCount,
    /// Bins of a width that you say.
    Width,
    /// Bins between bounds that you say.
    Bounds,
}

#[params]
pub enum Outside {
    /// They have bins of their own, without an end.
    #[default]
    Open,
    /// They are in no bin.
    Null,
}

#[params]
pub enum Closed {
    /// The lower one: from 10 up to but not 20.
    #[default]
    Left,
    /// The upper one: above 10, up to 20.
    Right,
}

#[params]
pub enum BinLabel {
    /// The range, such as `[10, 20)`: a square bracket stands at a bound that belongs to the bin.
    #[default]
    Range,
    /// The number of the bin.
    Number,
    /// A name of your own.
    Names,
}

impl Node for Bin {
    const CARD: Card = Card {
        title: "Bin",
        group: Group::Columns,
        icon: "bin",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "bucket tile histogram discretize discretise binning binner cut qcut quantile quartile classes age groups intervals \
                width_bucket band Multi-Field Binning Auto-Binner Numeric Binner Auto-Binner",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let before = draft.schema(inputs[0]).clone();
        let mut rows = inputs[0];
        let mut picks: Vec<Pick> = before.names().map(Pick::same).collect();
        for (at, name) in self.columns.iter().enumerate() {
            let here = |problem: Problem| problem.at(format!("columns[{at}]"));
            let Some(column) = before.column(&name.0) else { continue };
            if !column.kind.is_number() {
                return Err(here(Problem::new(format!("{:?} is {}, and no number.", name.0, column.kind))).into());
            }
            let made = format!("{}{}", name.0, self.suffix);
            if picks.iter().any(|pick| pick.name == made) {
                let problem = Problem::new(format!("There are two columns {made:?}.")).at("suffix");
                return Err(problem.try_this("Choose another suffix.").into());
            }
            rows = self.binned(draft, rows, &name.0, at).map_err(here)?;
            picks.push(Pick::renamed(hidden("label", at), made));
        }
        Ok(vec![draft.select(rows, picks)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("No column is chosen.").at("columns").try_this("Add a column of numbers."));
        }
        if let Some(at) = (0..self.columns.len()).find(|at| self.columns[..*at].contains(&self.columns[*at])) {
            let message = format!("The column {:?} is binned twice.", self.columns[at].0);
            return Err(Problem::new(message).at(format!("columns[{at}]")));
        }
        match self.method {
            BinMethod::EqualWidth | BinMethod::EqualCount if self.bins == 0 || self.bins > MOST_BINS => {
                let problem = Problem::new(format!("There can't be {} bins.", self.bins)).at("bins");
                Err(problem.try_this(format!("Write a number from 1 to {MOST_BINS}.")))
            }
            BinMethod::Width if !(self.width > 0.0 && self.width.is_finite()) => {
                let problem = Problem::new(format!("A bin can't be {} wide.", self.width)).at("width");
                Err(problem.try_this("Write a number above 0."))
            }
            BinMethod::Width if !self.start.is_finite() => {
                Err(Problem::new(format!("A bin can't begin at {}.", self.start)).at("start"))
            }
            BinMethod::Bounds => self.bounds().map(drop),
            _ => Ok(()),
        }?;
        self.check_names()
    }

    fn sentence(&self) -> String {
        if self.columns.is_empty() {
            return "Choose columns of numbers to sort into bins".to_owned();
        }
        let columns = sentence::list(&self.columns);
        let bins = sentence::count(self.bins, "bin");
        sentence::short(match self.method {
            BinMethod::EqualWidth => format!("Sort {columns} into {bins} of equal width"),
            BinMethod::EqualCount => format!("Sort {columns} into {bins} with equally many rows"),
            BinMethod::Width => format!("Sort {columns} into bins {} wide", self.width),
            BinMethod::Bounds => format!("Sort {columns} into bins between {}", sentence::list(&self.bounds)),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let texts = |texts: &[&str]| texts.iter().copied().map(str::to_owned).collect::<Vec<_>>();
        let bin = |column: &str, method| Self { columns: vec![column.into()], method, ..Self::default() };
        vec![
            Example::new("Ages between bounds, with names", Self {
                bounds: texts(&["18", "65"]),
                label: BinLabel::Names,
                names: texts(&["child", "adult", "senior"]),
                ..bin("age", BinMethod::Bounds)
            })
            .given("age: Integer\n 17\n 18\n 64\n 65\n ·")
            .gives("age: Integer, age_bin\n 17, child\n 18, adult\n 64, adult\n 65, senior\n , "),
            Example::new("Ranges that end with their upper bound, nothing outside", Self {
                bounds: texts(&["0", "2.5", "10"]),
                outside: Outside::Null,
                closed: Closed::Right,
                ..bin("x", BinMethod::Bounds)
            })
            .given("x: Float\n 0.0\n 0.1\n 2.5\n 10.0\n 11.0\n NaN")
            .gives(
                "x: Float, x_bin\n 0.0, \n 0.1, \"(0, 2.5]\"\n 2.5, \"(0, 2.5]\"\n 10.0, \"(2.5, 10]\"\n 11.0, \n NaN, ",
            ),
            Example::new("Four bins of equal width", Self { bins: 4, ..bin("x", BinMethod::EqualWidth) })
                .given("x: Integer\n 0\n 2\n 3\n 9\n 10\n ·")
                .gives(
                    "x: Integer, x_bin\n 0, \"[0.0, 2.5)\"\n 2, \"[0.0, 2.5)\"\n 3, \"[2.5, 5.0)\"\n
                     9, \"[7.5, 10.0]\"\n 10, \"[7.5, 10.0]\"\n , ",
                ),
            Example::new("Quartiles of each team, as numbers", Self {
                bins: 4,
                label: BinLabel::Number,
                by: vec!["team".into()],
                ..bin("points", BinMethod::EqualCount)
            })
            .given("team, points: Integer\n a, 1\n a, 2\n a, 3\n a, 4\n b, 7\n b, 7\n b, 8\n a, ")
            .gives(
                "team, points: Integer, points_bin: Integer\n a, 1, 1\n a, 2, 2\n a, 3, 3\n a, 4, 4\n b, 7, 3\n b, 7, 3\n
                 b, 8, 4\n a, , ",
            ),
            Example::new("Prices in steps of ten", bin("price", BinMethod::Width))
                .given("price: Decimal(8, 2)\n 9.99\n 10.00\n 35.50\n -0.01")
                .gives(
                    "price: Decimal(8, 2), price_bin\n 9.99, \"[0.0, 10.0)\"\n 10.00, \"[10.0, 20.0)\"\n
                     35.50, \"[30.0, 40.0)\"\n -0.01, \"[-10.0, 0.0)\"",
                ),
            Example::new("Halves with equally many rows, named by what is in them", Self {
                bins: 2,
                closed: Closed::Right,
                ..bin("x", BinMethod::EqualCount)
            })
            .given("x: Float\n 1.0\n 2.0\n 3.0\n 40.0\n 5.0")
            .gives("x: Float, x_bin\n 1.0, \"[1.0, 3.0]\"\n 2.0, \"[1.0, 3.0]\"\n 3.0, \"[1.0, 3.0]\"\n 40.0, \"[5.0, 40.0]\"\n 5.0, \"[5.0, 40.0]\""),
        ]
    }
}

/// More bins than anyone can look at, and few enough for exact counting in floats.
const MOST_BINS: u64 = 1_000_000;

fn hidden(what: &str, at: usize) -> String {
    format!("\u{1}bin {what} {at}")
}

impl Bin {
    /// Adds the label of a column's bins, under a hidden name.
    fn binned(&self, draft: &mut Draft, rows: Rows, column: &str, at: usize) -> Result<Rows, Problem> {
        let name = |what: &str| hidden(what, at);
        let rows = derive(draft, rows, &name("value"), &finite(column))?;
        let rows = match self.method {
            BinMethod::EqualWidth => self.equal_width(draft, rows, at)?,
            BinMethod::EqualCount => self.equal_count(draft, rows, at)?,
            BinMethod::Width => self.fixed_width(draft, rows, at)?,
            BinMethod::Bounds => return self.between_bounds(draft, rows, at),
        };
        match self.label {
            BinLabel::Number => derive(draft, rows, &name("label"), &quoted(&name("number"))),
            BinLabel::Range => {
                let range = self.range(&name("from"), &name("to"), &name("number"));
                derive(draft, rows, &name("label"), &range)
            }
            BinLabel::Names => {
                let number = quoted(&name("number"));
                let named = self.names.iter().enumerate();
                let branches: Vec<String> =
                    named.map(|(at, text)| format!("when {} then {}", at + 1, written(text))).collect();
                derive(draft, rows, &name("label"), &format!("case {number} {} end", branches.join(" ")))
            }
        }
    }

    /// The number of each bin, and its bounds.
    fn equal_width(&self, draft: &mut Draft, rows: Rows, at: usize) -> Result<Rows, Problem> {
        let name = |what: &str| hidden(what, at);
        let extreme = |function, what: &str| {
            WindowColumn::aggregate(function, &name("value"), Frame::Partition, name(what))
        };
        let columns = vec![extreme(AggregateFunction::Min, "min"), extreme(AggregateFunction::Max, "max")];
        let rows = draft.add(Op::Window { by: self.by(), order: Vec::new(), columns }, &[rows])?;
        let [value, min, max] = ["value", "min", "max"].map(|what| quoted(&name(what)));
        let bins = self.bins;
        let step = format!("({value} - {min}) * {bins} / nullif({max} - {min}, 0)");
        let number = match self.closed {
            Closed::Left => format!("floor({step}) + 1"),
            Closed::Right => format!("ceil({step})"),
        };
        // Where all numbers are equal there is one bin.
        let number = format!("case when {value} is not null then coalesce(least(greatest({number}, 1), {bins}), 1) end");
        let rows = derive(draft, rows, &name("guess"), &format!("try_cast({number} as integer)"))?;
        let rows = derive(draft, rows, &name("places"), &self.places(&min, &max))?;
        let [guess, places] = ["guess", "places"].map(|what| quoted(&name(what)));
        let bound = |bin: &str| format!("round({min} + ({max} - {min}) * ({bin})::float / {bins}::float, {places})");
        let (before, after) = self.sides();
        let (lower, upper) = (bound(&format!("{guess} - 1")), bound(&guess));
        let number = format!(
            "case when {max} = {min} then {guess} when {guess} > 1 and {value} {before} {lower} then {guess} - 1 \
             when {guess} < {bins} and {value} {after} {upper} then {guess} + 1 else {guess} end"
        );
        let rows = derive(draft, rows, &name("number"), &number)?;
        let number = quoted(&name("number"));
        // The first and the last reach as far as the numbers do.
        let least = self.downwards(&min, &places);
        let from = format!("case when {number} = 1 then {least} else {} end", bound(&format!("{number} - 1")));
        let rows = derive(draft, rows, &name("from"), &from)?;
        let most = self.upwards(&max, &places);
        let to = format!("case when {number} = {bins} or {max} = {min} then {most} else {} end", bound(&number));
        derive(draft, rows, &name("to"), &to)
    }

    /// How many digits bounds have after the point: those that are shown, of which narrow bins need all.
    fn places(&self, least: &str, most: &str) -> String {
        let all = certain_places(least, most);
        if self.label != BinLabel::Range {
            return all;
        }
        let digits = self.digits();
        format!("case when ({most} - {least}) / {} < 1e-{digits} then {all} else least({all}, {digits}) end", self.bins)
    }

    fn digits(&self) -> u64 {
        self.digits.min(15)
    }

    /// A bound that is not above a number, with so many digits.
    fn downwards(&self, number: &str, places: &str) -> String {
        self.outwards(number, places, "<=", "-")
    }

    /// A bound that is not below a number, with so many digits.
    fn upwards(&self, number: &str, places: &str) -> String {
        self.outwards(number, places, ">=", "+")
    }

    fn outwards(&self, number: &str, places: &str, reaches: &str, further: &str) -> String {
        let (rounded, digits) = (format!("round({number}, {places})"), self.digits());
        format!(
            "case when {rounded} {reaches} {number} then {rounded} \
             when {places} = {digits} then round({rounded} {further} 1e-{digits}, {digits}) else {number} end"
        )
    }

    /// How a number compares with the lower bound if it lies in the bin before, and with the upper one if it lies in the bin after.
    fn sides(&self) -> (&'static str, &'static str) {
        match self.closed {
            Closed::Left => ("<", ">="),
            Closed::Right => ("<=", ">"),
        }
    }

    /// A number is in the bin after as many quantiles as are below it. That follows from its place among the others alone.
    fn equal_count(&self, draft: &mut Draft, rows: Rows, at: usize) -> Result<Rows, Problem> {
        let name = |what: &str| hidden(what, at);
        let from_above = self.closed == Closed::Left;
        let order = vec![SortKey { column: name("value"), descending: from_above, nulls_first: false }];
        let count = WindowColumn::aggregate(
            AggregateFunction::CountValues,
            &name("value"),
            Frame::Partition,
            name("count"),
        );
        let columns = vec![WindowColumn::new(name("rank"), Over::Rank), count];
        let rows = draft.add(Op::Window { by: self.by(), order, columns }, &[rows])?;
        let [value, rank, count] = ["value", "rank", "count"].map(|what| quoted(&name(what)));
        let bins = self.bins;
        let step = |below: &str| format!("({below}) * {bins} / nullif({count}::float - 1, 0)");
        let number = match self.closed {
            Closed::Left => format!("floor({}) + 1", step(&format!("{count}::float - {rank}::float"))),
            Closed::Right => format!("ceil({})", step(&format!("{rank}::float - 1"))),
        };
        let number = format!("case when {value} is not null then coalesce(least(greatest({number}, 1), {bins}), 1) end");
        let rows = derive(draft, rows, &name("number"), &format!("try_cast({number} as integer)"))?;
        let extreme = |function, what: &str| {
            WindowColumn::aggregate(function, &name("value"), Frame::Partition, name(what))
        };
        let columns = vec![extreme(AggregateFunction::Min, "from"), extreme(AggregateFunction::Max, "to")];
        let by = self.by().into_iter().chain([name("number")]).collect();
        draft.add(Op::Window { by, order: Vec::new(), columns }, &[rows])
    }

    fn fixed_width(&self, draft: &mut Draft, rows: Rows, at: usize) -> Result<Rows, Problem> {
        let name = |what: &str| hidden(what, at);
        let value = quoted(&name("value"));
        let (start, width) = (float(self.start), float(self.width));
        let steps = match self.closed {
            Closed::Left => format!("floor(({value} - {start}) / {width})"),
            Closed::Right => format!("ceil(({value} - {start}) / {width}) - 1"),
        };
        let rows = derive(draft, rows, &name("guess"), &steps)?;
        let guess = quoted(&name("guess"));
        let exact = u64::from(number::places(self.start).max(number::places(self.width)));
        let narrow = self.width < 10f64.powi(-i32::try_from(self.digits()).unwrap_or_default());
        let places = if self.label == BinLabel::Range && !narrow { exact.min(self.digits()) } else { exact };
        let bound = |steps: &str| format!("round({start} + ({steps}) * {width}, {places})");
        let (before, after) = self.sides();
        let (lower, upper) = (bound(&guess), bound(&format!("{guess} + 1")));
        let steps = format!(
            "case when {value} {before} {lower} then {guess} - 1 when {value} {after} {upper} then {guess} + 1 \
             else {guess} end"
        );
        let rows = derive(draft, rows, &name("steps"), &steps)?;
        let steps = quoted(&name("steps"));
        let rows = derive(draft, rows, &name("number"), &format!("try_cast({steps} + 1 as integer)"))?;
        let rows = derive(draft, rows, &name("from"), &bound(&steps))?;
        derive(draft, rows, &name("to"), &bound(&format!("{steps} + 1")))
    }

    /// Labels are known here before any row is.
    fn between_bounds(&self, draft: &mut Draft, rows: Rows, at: usize) -> Result<Rows, Problem> {
        let bounds = self.bounds()?;
        let value = quoted(&hidden("value", at));
        let (below, open, shut) = match self.closed {
            Closed::Left => ("<", '[', ')'),
            Closed::Right => ("<=", '(', ']'),
        };
        let is_open = self.outside == Outside::Open;
        let count = if is_open { bounds.len() + 1 } else { bounds.len() - 1 };
        let label = |bin: usize| {
            let bound = |at: usize| self.bounds[at].trim();
            let (lower, upper) = if is_open { (bin.checked_sub(1), bin) } else { (Some(bin), bin + 1) };
            match (self.label, lower, bounds.get(upper)) {
                (BinLabel::Number, ..) => (bin + 1).to_string(),
                (BinLabel::Names, ..) => self.names.get(bin).map_or("null".to_owned(), |name| written(name)),
                (_, None, _) => written(&format!("{below} {}", bound(upper))),
                (_, Some(lower), None) => {
                    let above = if self.closed == Closed::Left { ">=" } else { ">" };
                    written(&format!("{above} {}", bound(lower)))
                }
                (_, Some(lower), Some(_)) => written(&format!("{open}{}, {}{shut}", bound(lower), bound(upper))),
            }
        };
        let mut branches = vec![format!("when {value} is null then null")];
        if !is_open {
            branches.push(format!("when {value} {below} {} then null", float(bounds[0])));
        }
        let ends = if is_open { &bounds[..] } else { &bounds[1..] };
        branches.extend(ends.iter().enumerate().map(|(bin, end)| format!("when {value} {below} {} then {}", float(*end), label(bin))));
        let last = if is_open { format!("else {}", label(count - 1)) } else { String::new() };
        derive(draft, rows, &hidden("label", at), &format!("case {} {last} end", branches.join(" ")))
    }

    fn by(&self) -> Vec<String> {
        self.by.iter().map(|name| name.0.clone()).collect()
    }

    /// The range of a bin as text. The first or last bin of equal width has both its bounds, and so has one named by what is in it.
    fn range(&self, from: &str, to: &str, number: &str) -> String {
        let (from, to, number) = (quoted(from), quoted(to), quoted(number));
        let digits = self.digits();
        let (lower, upper) = match self.method {
            // Bounds that are nearer to each other than that would be told apart no more.
            BinMethod::EqualCount => {
                let near = format!("{to} - {from} < 1e-{digits}");
                let places = digits.to_string();
                let (lower, upper) = (self.downwards(&from, &places), self.upwards(&to, &places));
                let shown = |bound: &str, rounded: &str| format!("(case when {near} then {bound} else {rounded} end)::text");
                (shown(&from, &lower), shown(&to, &upper))
            }
            _ => (format!("{from}::text"), format!("{to}::text")),
        };
        let (open, shut) = match (self.method, self.closed) {
            (BinMethod::EqualCount, _) => ("'['".to_owned(), "']'".to_owned()),
            (BinMethod::EqualWidth, Closed::Left) => {
                ("'['".to_owned(), format!("case when {number} = {} or {from} = {to} then ']' else ')' end", self.bins))
            }
            (BinMethod::EqualWidth, Closed::Right) => {
                (format!("case when {number} = 1 then '[' else '(' end"), "']'".to_owned())
            }
            (_, Closed::Left) => ("'['".to_owned(), "')'".to_owned()),
            (_, Closed::Right) => ("'('".to_owned(), "']'".to_owned()),
        };
        format!("case when {number} is not null then {open} || {lower} || ', ' || {upper} || {shut} end")
    }

    /// The bounds as numbers, rising.
    fn bounds(&self) -> Result<Vec<f64>, Problem> {
        let mut bounds: Vec<f64> = Vec::new();
        for (at, text) in self.bounds.iter().enumerate() {
            let Some(Value::Float(bound)) = Value::parse(text.trim(), &Type::Float).filter(is_finite) else {
                return Err(Problem::new(format!("{text:?} is no number.")).at(format!("bounds[{at}]")));
            };
            if bounds.last().is_some_and(|last| *last >= bound) {
                let problem = Problem::new(format!("{text} is not above the bound before it."));
                return Err(problem.at(format!("bounds[{at}]")).try_this("Put the bounds into rising order."));
            }
            bounds.push(bound);
        }
        let least = if self.outside == Outside::Open { 1 } else { 2 };
        if bounds.len() < least {
            let problem = Problem::new("There are too few bounds.").at("bounds");
            return Err(problem.try_this("Write the numbers at which bins begin and end."));
        }
        Ok(bounds)
    }

    fn check_names(&self) -> Result<(), Problem> {
        let bins = match self.method {
            _ if self.label != BinLabel::Names => return Ok(()),
            BinMethod::EqualWidth | BinMethod::EqualCount => self.bins as usize,
            BinMethod::Bounds if self.outside == Outside::Open => self.bounds.len() + 1,
            BinMethod::Bounds => self.bounds.len() - 1,
            BinMethod::Width => {
                let problem = Problem::new("Bins of a fixed width have no end, and so no names.").at("label");
                return Err(problem.try_this("Choose Range or Number."));
            }
        };
        if self.names.len() == bins {
            return Ok(());
        }
        let message = format!("There are {} for {}.", sentence::count(self.names.len() as u64, "name"), sentence::count(bins as u64, "bin"));
        Err(Problem::new(message).at("names").try_this("Write one name for each bin."))
    }
}

fn is_finite(value: &Value) -> bool {
    matches!(value, Value::Float(number) if number.is_finite())
}

/// A text as a formula has it.
fn written(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A float as a formula has it.
fn float(number: f64) -> String {
    format!("({number:?})::float")
}
