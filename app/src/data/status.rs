//! What the rows shown are of, in words.

use pipewright_runner::cli::words::{count, thousands};
use pipewright_runner::show::{Basis, Output, View};

/// `Sample of 10,000 of about 3.2 million rows`, `812 rows, from a sample of 10,000 of about 3.2 million`, `All 1,204 rows`.
pub fn basis(output: &Output) -> String {
    let (records, of) = match &output.basis {
        Basis::Everything if output.rows == 1 => return "The only row".into(),
        Basis::Everything => return format!("All {}", count(output.rows, "row")),
        Basis::Sample { records, of: Some(of), estimated: true } => (*records, format!(" of about {}", about(*of))),
        Basis::Sample { records, of: Some(of), .. } => (*records, format!(" of {}", thousands(*of))),
        Basis::Sample { records, of: None, .. } => (*records, String::new()),
    };
    let sample = thousands(records);
    if output.rows == records {
        return format!("Sample of {sample}{of} rows");
    }
    format!("{}, from a sample of {sample}{of}", count(output.rows, "row"))
}

pub(super) fn progress((rows, of): (u64, Option<u64>)) -> String {
    match of {
        Some(of) => format!("Computing all rows: {} of {}", thousands(rows), thousands(of)),
        None => format!("Computing all rows: {} so far", thousands(rows)),
    }
}

/// An estimate, with no more digits than it is worth.
pub(super) fn about(number: u64) -> String {
    for (size, word) in [(1_000_000_000, "billion"), (1_000_000, "million")] {
        if number >= size {
            let text = format!("{:.1}", number as f64 / size as f64);
            return format!("{} {word}", text.strip_suffix(".0").unwrap_or(&text));
        }
    }
    let step = if number < 1000 { 10 } else { 10u64.pow(number.ilog10() - 1) };
    thousands((number + step / 2) / step * step)
}

/// How the table is looked at, if not as it lies. The view changes nothing in the pipeline, and says so.
pub(super) fn view(view: &View, sorted_by: Option<&str>, total: Option<u64>, rows: u64) -> Option<String> {
    let sort = view.sort.zip(sorted_by).map(|((_, largest), name)| {
        format!("sorted by {name}, {} first", if largest { "largest" } else { "smallest" })
    });
    let filter = (!view.filter.is_empty()).then(|| match total {
        Some(total) => format!("filtered to {} of {}", thousands(total), count(rows, "row")),
        None => "being filtered".into(),
    });
    let parts: Vec<String> = sort.into_iter().chain(filter).collect();
    (!parts.is_empty()).then(|| format!("View {}", parts.join(", ")))
}
