//! Numbers and names as people read them, and colour where there is a terminal to show it.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use pipewright_engine::problem::{Problem, Severity};

use crate::job::Count;

/// `1,234,567`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`
pub fn count(number: u64, one: &str) -> String {
    format!("{} {one}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A count of rows in a column of a table; a dash where nothing was counted.
pub fn rows(count: Count) -> String {
    match count {
        Count::Unknown => "–".into(),
        Count::Exact(rows) => thousands(rows),
        Count::AtLeast { at_least } => format!("≥{}", thousands(at_least)),
    }
}

/// `2 GB`, `1.5 MB`: in thousands, as disks and `--memory` count.
pub fn bytes(number: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    let Some((size, unit)) = units.into_iter().find(|(size, _)| number >= *size) else {
        return count(number, "byte");
    };
    let text = format!("{:.1}", number as f64 / size as f64);
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// Reads `2GB`, `512 MB`, `1.5GiB`.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let refuse = || format!("{text:?} is not an amount of memory. Write it like 2GB or 512MB.");
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refuse)?;
    let (number, unit) = text.split_at(at);
    let size = match unit.trim().to_ascii_lowercase().as_str() {
        "kb" | "k" => 1e3,
        "mb" | "m" => 1e6,
        "gb" | "g" => 1e9,
        "tb" | "t" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024f64.powi(2),
        "gib" => 1024f64.powi(3),
        "tib" => 1024f64.powi(4),
        _ => return Err(refuse()),
    };
    let bytes = number.parse::<f64>().map_err(|_| refuse())? * size;
    if bytes < 1.0 { Err(refuse()) } else { Ok(bytes as u64) }
}

/// `"a", "b" and 3 more`
pub fn names(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("{name:?}")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Lines with their columns aligned. The first column and those named in `left` go to the left, others to the right.
pub fn aligned(lines: &[Vec<String>], left: &[usize]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in lines {
        let mut row = String::new();
        for (at, cell) in line.iter().enumerate() {
            let gap = " ".repeat(widths[at].saturating_sub(cell.chars().count()));
            let (before, after) = if at == 0 || left.contains(&at) { ("", gap.as_str()) } else { (gap.as_str(), "") };
            write!(row, "  {before}{cell}{after}").ok();
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// Whether a stream may be given colours.
pub fn coloured(stream: &impl IsTerminal) -> bool {
    let off = |name, value: fn(&str) -> bool| std::env::var(name).is_ok_and(|text| value(&text));
    stream.is_terminal() && !off("NO_COLOR", |text| !text.is_empty()) && !off("TERM", |text| text == "dumb")
}

/// A problem as a line, the word before it in its colour.
pub fn problem_line(problem: &Problem, coloured: bool) -> String {
    let line = problem.to_string();
    let (word, colour) = match problem.severity {
        Severity::Error => ("error", "31"),
        Severity::Warning => ("warning", "33"),
        Severity::Note => ("note", "36"),
    };
    match line.strip_prefix(word) {
        Some(rest) if coloured => format!("\x1b[1;{colour}m{word}\x1b[0m{rest}"),
        _ => line,
    }
}

/// Problems on stderr, one a line.
pub fn tell(problems: &[Problem]) {
    let coloured = coloured(&io::stderr());
    for problem in problems {
        say(&problem_line(problem, coloured));
    }
}

/// A line on stderr. That nobody listens there is no reason to stop.
pub fn say(line: &str) {
    io::stderr().write_all(format!("{line}\n").as_bytes()).ok();
}
