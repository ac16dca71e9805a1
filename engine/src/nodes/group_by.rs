use super::aggregation::{self, AggregateFunction, Aggregation};
use super::prelude::*;

/// One row for each group of rows that are equal in some columns, with counts, sums and the like.
///
/// Groups come in the order in which they are first seen. Nulls are equal to each other here and form a group. Without columns
/// to group by, everything is one group. Sums of integers are exact: one that does not fit fails the run and names its group. Values that
/// are null do not count; each function says what it gives where nothing is left. NaN is the largest number. Quantiles, lists, texts,
/// ranks and the like hold the values of a group in memory until it is complete; counts, sums, means and extremes do not.
#[params]
pub struct GroupBy {
    /// The columns that make a group.
    pub by: Vec<ColumnName>,
    /// What to compute for each group.
    pub aggregations: Vec<Aggregation>,
    /// Give the same bits in every run for sums and means of floats. Without it the last digit may differ from run to run when
    /// there are many groups; with it the run takes about a fifth longer and each group is held in memory.
    pub reproducible: bool,
}

impl Node for GroupBy {
    const CARD: Card = Card {
        title: "Group by",
        group: Group::Shape,
        icon: "group_by",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::Group,
        words: "summarize summarise aggregate count sum average mean total roll up tAggregateRow groupby percentile quantile mode \
                concatenate string_agg listagg array_agg weighted average argmax correlation first last standard deviation Count Records",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let by = self.by.iter().map(|name| name.0.clone()).collect();
        let lines = &self.aggregations;
        Ok(vec![aggregation::group(draft, inputs[0], by, lines, "aggregations", self.reproducible)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.by.is_empty() && self.aggregations.is_empty() {
            return Err(Problem::new("There is nothing to group by and nothing to compute.")
                .at("by")
                .try_this("Choose a column, or add an aggregation."));
        }
        aggregation::check(&self.aggregations, "aggregations")
    }

    fn sentence(&self) -> String {
        let words: Vec<String> = self.aggregations.iter().map(Aggregation::words).collect();
        let what = sentence::capital(&sentence::list(&words));
        let by = sentence::list(&self.by);
        sentence::short(match (self.aggregations.is_empty(), self.by.is_empty()) {
            (true, true) => "Choose what makes a group and what to compute".to_owned(),
            (true, false) => format!("One row for each {by}"),
            (false, true) => format!("{what} of all rows"),
            (false, false) => format!("{what} by {by}"),
        })
    }

    fn examples() -> Vec<Example<Self>> {
        let line = |function, column: &str, r#as: &str| Aggregation {
            function,
            column: column.into(),
            r#as: r#as.into(),
            ..Aggregation::default()
        };
        use AggregateFunction::*;
        let sold = "shop, article, price: Float, sold: Integer\n
             A, pear, 2, 10\n A, apple, 1, 30\n B, plum, 4, 5\n A, , 3, \n B, plum, 6, 5";
        vec![
            Example::new("Vehicles and axles of each plaza", Self {
                by: vec!["plaza".into()],
                aggregations: vec![line(Count, "", "vehicles"), line(Sum, "axles", ""), line(Max, "axles", "most")],
                ..Self::default()
            })
            .given("plaza, axles: Integer\n north, 2\n south, 5\n north, 3\n south, ")
            .gives("plaza, vehicles: Integer, sum_axles: Integer, most: Integer\n north, 2, 5, 3\n south, 2, 5, 5"),
            Example::new("Without columns everything is one group", Self {
                aggregations: vec![
                    line(CountValues, "x", "values"),
                    line(CountDistinct, "x", "different"),
                    line(Mean, "x", "mean"),
                    line(Median, "x", "median"),
                    line(Variance, "x", "variance"),
                    line(First, "x", "first"),
                    line(Last, "x", "last"),
                ],
                ..Self::default()
            })
            .given("x: Integer\n 2\n 4\n 4\n 6\n ·")
            .gives(
                "values: Integer, different: Integer, mean: Float, median: Float, variance: Float, first: Integer, last: Integer\n
                 4, 3, 4.0, 4.0, 2.6666666666666665, 2, ",
            ),
            Example::new("Articles by shop, and the one that sold most", Self {
                by: vec!["shop".into()],
                aggregations: vec![
                    Aggregation { separator: " / ".into(), distinct: true, ..line(Concatenate, "article", "articles") },
                    Aggregation { ranked_by: "sold".into(), ..line(ValueAtMax, "article", "best") },
                    Aggregation { ranked_by: "price".into(), ..line(ValueAtMin, "article", "") },
                    Aggregation { weights: "sold".into(), ..line(WeightedMean, "price", "mean_price") },
                ],
                ..Self::default()
            })
            .given(sold)
            .gives(
                "shop, articles, best, article_at_min_price, mean_price: Float\n
                 A, pear / apple, apple, apple, 1.25\n B, plum, plum, plum, 5.0",
            ),
            Example::new("Only some of the rows", Self {
                by: vec!["shop".into()],
                aggregations: vec![
                    Aggregation { condition: Some("price < 3".into()), ..line(Count, "", "cheap") },
                    Aggregation { condition: Some("price < 3".into()), ..line(Sum, "sold", "cheap_sold") },
                    line(CountNulls, "sold", ""),
                    line(LastValue, "sold", "last_sold"),
                ],
                ..Self::default()
            })
            .given(sold)
            .gives(
                "shop, cheap: Integer, cheap_sold: Integer, nulls_sold: Integer, last_sold: Integer\n
                 A, 2, 40, 1, 30\n B, 0, , 0, 5",
            ),
            Example::new("How values spread, one of them wild", Self {
                aggregations: vec![
                    Aggregation { fraction: 0.25, ..line(Quantile, "x", "") },
                    Aggregation { fraction: 0.9, ..line(QuantileDiscrete, "x", "") },
                    line(Mode, "x", ""),
                    line(Range, "x", ""),
                    line(Product, "x", ""),
                    line(InterquartileRange, "x", ""),
                    line(MedianAbsoluteDeviation, "x", ""),
                    line(PopulationVariance, "x", ""),
                    line(PopulationStandardDeviation, "x", "spread"),
                    line(Kurtosis, "x", ""),
                    Aggregation { with: "y".into(), ..line(Covariance, "x", "") },
                    Aggregation { with: "y".into(), ..line(Correlation, "x", "") },
                    Aggregation { with: "y".into(), ..line(RankCorrelation, "x", "") },
                ],
                ..Self::default()
            })
            .given("x: Integer, y: Float\n 2, 1\n 2, 2\n , 9\n 2, 3\n 2, 4\n 12, 5\n ·, 7")
            .gives(
                "p25_x: Float, p90_x: Integer, mode_x: Integer, range_x: Integer, product_x: Integer, iqr_x: Float, \
                 mad_x: Float, population_variance_x: Float, spread: Float, kurtosis_x: Float, covariance_x_y: Float, \
                 correlation_x_y: Float, rank_correlation_x_y: Float\n
                 2.0, 12, 2, 10, 192, 0.0, 0.0, 16.0, 4.0, 5.0, 5.0, 0.7071067811865475, 0.7071067811865475",
            ),
            Example::new("Dates, truths and the shape of numbers", Self {
                by: vec!["group".into()],
                aggregations: vec![
                    line(Mean, "day", "middle"),
                    line(Range, "day", "span"),
                    line(Any, "paid", ""),
                    line(All, "paid", ""),
                    line(GeometricMean, "growth", ""),
                    line(Skewness, "growth", ""),
                    line(StandardDeviation, "growth", ""),
                    line(FirstValue, "paid", "first"),
                ],
                ..Self::default()
            })
            .given(
                "group, day: Date, paid: Boolean, growth: Float\n
                 a, 2024-05-01, , 1\n a, 2024-05-02, true, 4\n a, 2024-05-01, false, 16\n b, , , ",
            )
            .gives(
                "group, middle: Timestamp, span: Duration, any_paid: Boolean, all_paid: Boolean, geometric_mean_growth: Float, \
                 skewness_growth: Float, stddev_growth: Float, first: Boolean\n
                 a, 2024-05-01 08:00:00, 1 day, true, false, 4.0, 1.4578629673213048, 7.937253933193772, true\n
                 b, , , , , , , , ",
            ),
        ]
    }
}
