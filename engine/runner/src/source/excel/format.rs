//! What the number formats of a workbook show.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    Number,
    Date,
    /// A time of day alone.
    Time,
    /// Hours, minutes or seconds that go on counting.
    Duration,
}

/// Goes by the first part of a format, which is for positive numbers, without what it shows as it stands. An `m` is a minute beside
/// hours or seconds, else a month.
pub(super) fn shows(format: &str) -> Shows {
    let mut letters = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match c {
            ';' => break,
            '"' => drop(chars.by_ref().find(|c| *c == '"')),
            '\\' | '_' | '*' => drop(chars.next()),
            '[' => {
                let within: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let within = within.to_ascii_lowercase();
                let first = within.chars().next().filter(|first| matches!(first, 'h' | 'm' | 's'));
                if first.is_some_and(|first| within.chars().all(|c| c == first)) {
                    return Shows::Duration;
                }
            }
            c => letters.push(c.to_ascii_lowercase()),
        }
    }
    let has_time = letters.contains(['h', 's']);
    match letters.contains(['y', 'd']) || letters.contains('m') && !has_time {
        _ if letters.contains("general") => Shows::Number,
        true => Shows::Date,
        false if has_time => Shows::Time,
        false => Shows::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::{Shows, shows};

    #[test]
    fn a_format_shows_a_date_a_time_or_a_number() {
        for date in
            ["yyyy-mm-dd", "mm-dd-yy", "d-mmm", "mmm", "m/d/yy h:mm", "[$-409]d/m/yyyy", "[Red]dd.mm.yy", "\"at\" dd"]
        {
            assert_eq!(shows(date), Shows::Date, "{date}");
        }
        for time in ["h:mm", "h:mm:ss AM/PM", "mm:ss", "mm:ss.0", "hh\"d\""] {
            assert_eq!(shows(time), Shows::Time, "{time}");
        }
        for duration in ["[h]:mm", "[mm]:ss", "[S]"] {
            assert_eq!(shows(duration), Shows::Duration, "{duration}");
        }
        for number in ["General;yyyy", "[Red]0.00", "0\\d", "_d0", "[Black]#,##0;[Red]-0", "@", "\"days\" 0", "0*d"] {
            assert_eq!(shows(number), Shows::Number, "{number}");
        }
    }
}
