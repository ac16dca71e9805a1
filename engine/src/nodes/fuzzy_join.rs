use super::join::{Pair, SameNames};
use super::keys::Keys;
use super::matching::Matching;
use super::prelude::*;
use crate::plan::{Rule, Similar};
use crate::types::{Schema, Type};

/// Joins rows whose texts are alike though not equal: names with slips of the pen, companies written in several ways.
///
/// Each pair of rows gets a score from 0 to 1, and counts from the `threshold` on. Comparing every row with every other takes long: columns in
/// `same`, or `first_letters`, leave out most pairs. A missing text (null) is like nothing. Rows come in the order of the left side.
/// `left_only` and `right_only` have the rows without a match. The texts of both sides are held in memory.
#[params]
pub struct FuzzyJoin {
    /// The texts that are compared. The score of a pair of rows is the mean over all of them.
    pub on: Vec<Pair>,
    /// How texts are compared.
    pub measure: Similarity,
    /// How much alike texts must be: 1 is the same.
    #[param(default = 0.8)]
    pub threshold: f64,
    /// Which rows of the right side count where several are alike.
    pub matches: Matches,
    /// Columns that must be equal: only such rows are compared.
    pub same: Vec<Pair>,
    /// Compare only texts that begin with the same so many characters, in the first line of `on`. 0 compares all.
    pub first_letters: u64,
    /// Whether large and small letters are the same.
    #[param(default = true)]
    pub ignore_case: bool,
    /// Whether letters with and without an accent are the same.
    #[param(default = true)]
    pub ignore_accents: bool,
    /// Whether all but letters and digits counts as a blank.
    #[param(default = true)]
    pub ignore_punctuation: bool,
    /// A column for the score. Left open, there is none.
    #[param(default = Some("score".into()))]
    pub score: Option<NewColumn>,
    /// Whether rows of the left side without a match come out, too, with nulls for the right one.
    pub keep_unmatched: bool,
    /// What happens to a column of the right side whose name the left side has too.
    pub same_names: SameNames,
    /// What is put after such a name.
    #[param(default = "_right".into(), when = self.same_names == SameNames::Suffix)]
    pub suffix: String,
    /// The run fails if more pairs of rows than this must be compared. Left open, there is no guard.
    #[param(default = Some(25_000_000))]
    pub max_pairs: Option<u64>,
}

#[params]
pub enum Similarity {
    /// By how many letters must be changed, added or taken away, in relation to the longer text.
    #[default]
    Levenshtein,
    /// As before, two letters that changed places being one change.
    Damerau,
    /// Letters that are the same at about the same place; the same beginning counts more. For names of people.
    JaroWinkler,
    /// The part of their words that both have, in any order.
    Words,
    /// The part of their groups of three letters that both have. For longer texts and parts that changed places.
    Trigrams,
    /// Words that sound alike in English, by their Soundex codes.
    Soundex,
}

#[params]
pub enum Matches {
    /// The best one; of equals the first.
    #[default]
    Best,
    /// All of them.
    All,
}

impl Node for FuzzyJoin {
    const CARD: Card = Card {
        title: "Fuzzy join",
        group: Group::Combine,
        icon: "fuzzy_join",
        inputs: Inputs::Named(&["left", "right"]),
        outputs: &["", "left_only", "right_only"],
        law: Law::Join,
        words: "fuzzy match merge similarity approximate record linkage levenshtein damerau jaro winkler soundex trigram typo tFuzzyMatch similarity search",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let (left, right) = (draft.schema(inputs[0]).clone(), draft.schema(inputs[1]).clone());
        self.check_texts(&left, &right)?;
        let keys = Keys::with(&self.same, &self.on, &left, &right, &|at| format!("on[{at}].right")).map_err(in_same)?;
        let matching = Matching {
            by: &self.same,
            keep_unmatched: self.keep_unmatched,
            same_names: self.same_names,
            suffix: &self.suffix,
            score: self.score.as_ref().map(|name| name.0.as_str()),
            most: self.max_pairs,
        };
        let rule = Similar {
            measure: self.measure,
            threshold: self.threshold,
            letters: self.first_letters,
            best: self.matches == Matches::Best,
            ignore_case: self.ignore_case,
            ignore_accents: self.ignore_accents,
            ignore_punctuation: self.ignore_punctuation,
        };
        Ok(matching.plan(draft, inputs, keys, Rule::Similar(rule))?)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.on.is_empty() {
            let problem = Problem::new("It is not said which texts are compared.").at("on");
            return Err(problem.try_this("Add a pair of columns."));
        }
        if !(0.0..=1.0).contains(&self.threshold) {
            let problem = Problem::new(format!("{} is no threshold.", self.threshold)).at("threshold");
            return Err(problem.try_this("Write a number from 0 to 1, such as 0.8."));
        }
        match &self.score {
            Some(name) if name.0.is_empty() => Err(Problem::new("The column has no name.").at("score")),
            _ => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        let on: Vec<String> = self.on.iter().map(Pair::words).collect();
        match on.as_slice() {
            [] => "Choose the texts that must be alike".to_owned(),
            on => {
                sentence::short(format!("Join rows with a similar {}, from {} on", sentence::list(on), self.threshold))
            }
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let pair = |left: &str, right: &str| vec![Pair { left: left.into(), right: right.into() }];
        vec![
            Example::new(
                "Names as they were typed, and as they are",
                Self { on: pair("customer", "name"), threshold: 0.7, ..Self::default() },
            )
            .given("id: Integer, customer\n 1, Mueller & Sohn\n 2, KÖNIG\n 3, \n 4, Schmitt")
            .given("name, city\n Konig, Bonn\n Müller & Sohn, Kiel\n Schmidt, Ulm\n Schmid, Rom")
            .gives(
                "id: Integer, customer, name, city, score: Float\n
                 1, Mueller & Sohn, Müller & Sohn, Kiel, 0.9166666666666666\n 2, KÖNIG, Konig, Bonn, 1.0\n
                 4, Schmitt, Schmidt, Ulm, 0.8571428571428572",
            )
            .gives_at("left_only", "id: Integer, customer\n 3, ")
            .gives_at("right_only", "name, city\n Schmid, Rom"),
            Example::new(
                "Every street of the same town that has half of the words",
                Self {
                    on: pair("street", "street"),
                    measure: Similarity::Words,
                    threshold: 0.5,
                    matches: Matches::All,
                    same: pair("town", "town"),
                    keep_unmatched: true,
                    ..Self::default()
                },
            )
            .given("town, street\n Bonn, Old Mill Lane\n Kiel, Old Mill Lane")
            .given("town, street\n Bonn, \"lane, mill\"\n Bonn, Mill-Lane old\n Kiel, High Street\n , Old Mill Lane")
            .gives(
                "town, street, street_right, score: Float\n
                 Bonn, Old Mill Lane, \"lane, mill\", 0.6666666666666666\n Bonn, Old Mill Lane, Mill-Lane old, 1.0\n
                 Kiel, Old Mill Lane, , ",
            )
            .gives_at("left_only", "town, street\n Kiel, Old Mill Lane")
            .gives_at("right_only", "town, street\n Kiel, High Street\n , Old Mill Lane"),
        ]
    }
}

impl FuzzyJoin {
    fn check_texts(&self, left: &Schema, right: &Schema) -> Result<(), Problem> {
        for (at, pair) in self.on.iter().enumerate() {
            let sides = [(left.column(&pair.left.0), "left"), (right.column(&pair.right.0), "right")];
            for (column, side) in sides.into_iter().filter_map(|(column, side)| Some((column?, side))) {
                if !matches!(column.kind, Type::Text | Type::Null) {
                    let message = format!("{:?} is {}, and only texts are compared.", column.name, column.kind);
                    let problem = Problem::new(message).at(format!("on[{at}].{side}"));
                    return Err(problem.try_this("Convert it to Text first, or put it into `same`."));
                }
            }
        }
        Ok(())
    }
}

/// Columns that must be equal are called otherwise here.
fn in_same(problem: Problem) -> Problem {
    let parameter = problem.parameter.as_deref().map(|parameter| parameter.replace("by[", "same["));
    Problem { parameter, ..problem }
}
