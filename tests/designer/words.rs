//! People who come from another tool look for what that tool calls it, and find the node that does it.

use pipewright_app::action::Wiring;
use pipewright_app::canvas;

/// So many rows of the list show without scrolling.
const IN_SIGHT: usize = 5;

/// What is typed, and the node that is to be in sight in the list of what is found.
const ALTERYX: &[(&str, &str)] = &[
    ("Append Fields", "Join"),
    ("Arrange", "Unpivot"),
    ("Count Records", "GroupBy"),
    ("Create Samples", "Sample"),
    ("Cross Tab", "Pivot"),
    ("Data Cleansing", "CleanText"),
    ("DateTime", "ParseDates"),
    ("Directory", "ListFiles"),
    ("Field Summary", "Profile"),
    ("Find Replace", "MapValues"),
    ("Frequency Table", "Frequency"),
    ("Fuzzy Match", "FuzzyJoin"),
    ("Generate Rows", "GenerateRows"),
    ("Imputation", "FillNulls"),
    ("Input Data", "ReadCsv"),
    ("JSON Parse", "ParseJson"),
    ("Join Multiple", "Join"),
    ("Multi-Field Binning", "Bin"),
    ("Multi-Field Formula", "MultiColumnFormula"),
    ("Multi-Row Formula", "Window"),
    ("Random % Sample", "Sample"),
    ("Record ID", "RowNumber"),
    ("RegEx", "Regex"),
    ("Running Total", "Window"),
    ("Select Records", "Limit"),
    ("Summarize", "GroupBy"),
    ("Test", "Expectations"),
    ("Text Input", "Table"),
    ("Text To Columns", "SplitColumn"),
    ("Tile", "Bin"),
    ("Transpose", "Unpivot"),
    ("Weighted Average", "GroupBy"),
    ("XML Parse", "ReadXml"),
];

const KNIME: &[(&str, &str)] = &[
    ("Auto-Binner", "Bin"),
    ("Cell Splitter", "SplitColumn"),
    ("Column Combiner", "CombineColumns"),
    ("Concatenate", "Union"),
    ("Duplicate Row Filter", "Unique"),
    ("Lag Column", "Window"),
    ("Line Reader", "ReadLines"),
    ("Linear Correlation", "Correlation"),
    ("Missing Value", "FillNulls"),
    ("Moving Aggregation", "Rolling"),
    ("Normalizer", "Normalise"),
    ("Partitioning", "Sample"),
    ("Row Filter", "Filter"),
    ("Rule Engine", "Rules"),
    ("Similarity Search", "FuzzyJoin"),
    ("Statistics", "Profile"),
    ("String Cleaner", "CleanText"),
    ("Table Difference Finder", "CompareTables"),
    ("Table Validator", "Expectations"),
    ("Top k", "TopN"),
    ("Unpivoting", "Unpivot"),
    ("Value Counter", "Frequency"),
    ("Value Lookup", "Lookup"),
];

const POWER_QUERY: &[(&str, &str)] = &[
    ("Append queries", "Union"),
    ("Combine files", "ReadFolder"),
    ("Conditional column", "Rules"),
    ("Fill down", "FillNulls"),
    ("Fill up", "FillNulls"),
    ("Fuzzy merge", "FuzzyJoin"),
    ("Group by", "GroupBy"),
    ("Index column", "RowNumber"),
    ("Keep top rows", "Limit"),
    ("Merge columns", "CombineColumns"),
    ("Merge queries", "Join"),
    ("Pivot column", "Pivot"),
    ("Remove duplicates", "Unique"),
    ("Replace values", "MapValues"),
    ("Split column", "SplitColumn"),
    ("Unpivot other columns", "Unpivot"),
];

const OTHERS: &[(&str, &str)] = &[
    // Talend.
    ("tAggregateRow", "GroupBy"),
    ("tFilterRow", "Filter"),
    ("tFuzzyMatch", "FuzzyJoin"),
    ("tIntervalMatch", "RangeJoin"),
    ("tMap", "Join"),
    ("tReplace", "MapValues"),
    ("tUniqRow", "Unique"),
    // pandas.
    ("corr", "Correlation"),
    ("cut", "Bin"),
    ("describe", "Profile"),
    ("explode", "Explode"),
    ("fillna", "FillNulls"),
    ("json_normalize", "ParseJson"),
    ("melt", "Unpivot"),
    ("merge_asof", "AsOfJoin"),
    ("pivot_table", "Pivot"),
    ("qcut", "Bin"),
    ("read_html", "ReadHtml"),
    ("resample", "TimeBuckets"),
    ("rolling", "Rolling"),
    ("value_counts", "Frequency"),
    // Excel and SQL.
    ("VLOOKUP", "Lookup"),
    ("XLOOKUP", "Lookup"),
    ("Text to columns", "SplitColumn"),
    ("Subtotals", "Totals"),
    ("ROLLUP", "Totals"),
    ("EXCEPT", "SetOperation"),
    ("CASE WHEN", "Rules"),
    ("GROUP BY", "GroupBy"),
    ("SELECT", "Sql"),
    ("DISTINCT", "Unique"),
];

#[test]
fn nodes_are_found_by_what_other_tools_call_them() {
    let mut wrong = Vec::new();
    for (typed, node) in [ALTERYX, KNIME, POWER_QUERY, OTHERS].concat() {
        let found: Vec<&str> = canvas::ranked(typed, &Wiring::Free).iter().map(|kind| kind.name).collect();
        if !found.iter().take(IN_SIGHT).any(|name| *name == node) {
            wrong.push(format!("{typed:?} finds {:?} and not {node}", &found[..found.len().min(IN_SIGHT)]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
