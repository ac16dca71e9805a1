use indexmap::IndexMap;
use regex::Regex;

use super::prelude::*;
use crate::types::Type;

/// Reads text line by line: logs, reports, and whatever is no table yet.
///
/// Each row has the number of its line and its text. A pattern takes values out of the text: each of its named groups,
/// `(?<level>[A-Z]+)`, is a column, whose type is found by looking unless it is given. Text that the pattern does not match comes out
/// of `rejected`. A record can be several lines, such as a message with the lines of its stack trace, where it is said how one begins.
#[params]
pub struct ReadLines {
    /// The file. `*` stands for many (`logs/*.log`), `!` leads into an archive (`all.zip!app.log`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// What the lines are, where it is one of the usual logs. Its pattern then makes the columns.
    pub format: LineFormat,
    /// A regular expression with named groups, `(?<name>…)`, which become columns. It may match anywhere in the text; `^` and `$`
    /// hold it to all of it.
    #[param(when = self.format == LineFormat::Plain)]
    pub pattern: String,
    /// A regular expression for how a record begins, such as `^\d{4}-`: lines that don't match belong to the record above. Left empty,
    /// each line is one.
    pub record_start: String,
    /// Types by column name, for what the pattern takes out. A value that is not of the type said here is rejected.
    pub types: IndexMap<String, Type>,
    /// Lines to leave out at the top.
    pub skip_lines: u64,
    /// Whether lines of nothing but blanks are left out.
    pub skip_blank: bool,
    /// The name of the encoding, such as `utf-8`, `windows-1252` or `utf-16le`.
    pub encoding: Option<String>,
    /// The column for the number of the line, in its file. Left empty, there is none.
    #[param(default = "line".into())]
    pub line_column: NewColumn,
    /// The column for the text. Left empty, there is none.
    #[param(default = "text".into())]
    pub text_column: NewColumn,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// What to do with text that the pattern does not match, or a value that is not of its type. Null keeps the row, without values.
    pub on_error: OnError,
}

#[params]
pub enum LineFormat {
    /// Any text: the pattern says what is taken out of it, if anything.
    #[default]
    Plain,
    /// The access log of Apache, nginx and other web servers, common or combined. A lone `-` is null.
    WebAccess,
    /// The error log of Apache.
    ApacheError,
    /// Syslog as most systems write it to files: `May  1 12:30:00 host program[7]: message`.
    Syslog,
    /// Syslog of RFC 5424: `<34>1 2024-05-01T12:30:00Z host program …`. A lone `-` is null.
    Syslog5424,
    /// Time, level and message, as most programs log: `2024-05-01 12:30:00,123 ERROR message`.
    Application,
}

impl LineFormat {
    fn pattern(self) -> Option<&'static str> {
        Some(match self {
            Self::Plain => return None,
            Self::WebAccess => concat!(
                r#"^(?<client>\S+) (?<identity>\S+) (?<user>\S+) \[(?<time>[^\]]+)\] "(?<request>(?:[^"\\]|\\.)*)" "#,
                r#"(?<status>\d{3}) (?:(?<bytes>\d+)|-)(?: "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)")?"#
            ),
            Self::ApacheError => concat!(
                r"^\[(?<time>[^\]]+)\] \[(?:(?<module>[^:\]]+):)?(?<level>[^\]]+)\](?: \[pid (?<pid>\d+)(?::tid (?<tid>\d+))?\])?",
                r"(?: \[client (?<client>[^\]]+)\])? (?<message>.*)"
            ),
            Self::Syslog => {
                r"^(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\S+) (?<host>\S+) (?<program>[^\s:\[]+)(?:\[(?<pid>\d+)\])?: (?<message>(?s:.*))"
            }
            Self::Syslog5424 => concat!(
                r"^<(?<priority>\d{1,3})>\d+ (?<time>\S+) (?<host>\S+) (?<program>\S+) (?<process>\S+) (?<message_id>\S+) ",
                r"(?<data>-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: (?<message>(?s:.*)))?"
            ),
            Self::Application => concat!(
                r"^\[?(?<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\]?\s+",
                r"\[?(?<level>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\]?[:\s]\s*(?<message>(?s:.*))"
            ),
        })
    }
}

impl LineFormat {
    /// How times are written that are instants but not as in ISO 8601; the group `time` is of that type then.
    pub fn time_format(self) -> Option<&'static str> {
        match self {
            Self::WebAccess => Some("%d/%b/%Y:%H:%M:%S %z"),
            Self::Syslog5424 => Some("%+"),
            _ => None,
        }
    }

    /// Whether a lone `-` stands for nothing.
    pub fn has_dashes(self) -> bool {
        matches!(self, Self::WebAccess | Self::Syslog5424)
    }
}

impl ReadLines {
    /// The pattern that takes values out of the text, if there is one.
    pub fn takes(&self) -> Result<Option<Regex>, Problem> {
        match self.format.pattern() {
            Some(pattern) => regex(pattern, "format").map(Some),
            None if self.pattern.is_empty() => Ok(None),
            None => regex(&self.pattern, "pattern").map(Some),
        }
    }

    /// The pattern with which a record begins, if it can be several lines.
    pub fn begins(&self) -> Result<Option<Regex>, Problem> {
        if self.record_start.is_empty() { Ok(None) } else { regex(&self.record_start, "record_start").map(Some) }
    }
}

fn regex(pattern: &str, parameter: &str) -> Result<Regex, Problem> {
    Regex::new(pattern).map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
        Problem::new(format!("The pattern is no regular expression: {why}."))
            .at(parameter)
            .try_this("Look-around and back references are not known; a literal `(`, `[` or `.` needs a `\\` before it.")
    })
}

impl Node for ReadLines {
    const CARD: Card = Card {
        title: "Read lines",
        group: Group::Read,
        icon: "read_lines",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Source,
        words: "lines text log logs grok regex regular expression apache nginx syslog access txt Line Reader tFileInputRegex \
                Text file input Regex Evaluation readlines stack trace multiline input file open import load",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        draft.read(Source::Lines(Self { path, ..self.clone() }), self.on_error)
    }

    fn check(&self) -> Result<(), Problem> {
        self.begins()?;
        let pattern = self.takes()?;
        let groups: Vec<&str> = pattern.iter().flat_map(Regex::capture_names).flatten().collect();
        if pattern.is_some() && groups.is_empty() {
            return Err(Problem::new("The pattern has no named groups, so that nothing is taken out.")
                .at("pattern")
                .try_this("Name what you want as a column: `(?<level>[A-Z]+)`."));
        }
        for name in self.types.keys() {
            if !groups.contains(&name.as_str()) {
                return Err(Problem::unknown("named group", name, groups).at("types"));
            }
        }
        let own = [("line_column", &self.line_column.0), ("text_column", &self.text_column.0)];
        for (at, (parameter, name)) in own.iter().enumerate().filter(|(_, (_, name))| !name.is_empty()) {
            if groups.contains(&name.as_str()) || own[..at].iter().any(|(_, other)| other == name) {
                return Err(Problem::new(format!("There are two columns {name:?}."))
                    .at(*parameter)
                    .try_this("Give it another name, or none to leave it out."));
            }
        }
        if groups.is_empty() && own.iter().all(|(_, name)| name.is_empty()) {
            return Err(Problem::new("There is no column left.")
                .at("text_column")
                .try_this("Name the column for the text, or set a pattern."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        sentence::read(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("Lines with their numbers", Self { path: "notes.txt".into(), ..Self::default() })
                .file("notes.txt", "first\n\nthird, with a comma\n")
                .gives("line: Integer, text\n 1, first\n 2, \"\"\n 3, \"third, with a comma\""),
            Example::new("Values taken out of a log, and a line that is no entry", Self {
                path: "app.log".into(),
                pattern: r"^(?<on>\S+) (?<level>[A-Z]+) user=(?<user>\w+)(?: took (?<millis>\d+) ms)?".into(),
                types: [("user".to_owned(), Type::Text)].into_iter().collect(),
                text_column: "".into(),
                ..Self::default()
            })
            .file("app.log", "2024-05-01 INFO user=42 took 17 ms\n*** restart ***\n2024-05-02 WARN user=amy\n")
            .gives("line: Integer, on: Date, level, user, millis: Integer\n 1, 2024-05-01, INFO, 42, 17\n 3, 2024-05-02, WARN, amy, ")
            .gives_at(
                "rejected",
                "file, line: Integer, record, error_column, error_value, error_reason\n
                 app.log, 2, *** restart ***, , , the pattern does not match",
            ),
            Example::new("Messages of several lines", Self {
                path: "trace.log".into(),
                record_start: r"^\[".into(),
                pattern: r"^\[(?<level>\w+)\] (?<message>.*)".into(),
                text_column: "".into(),
                ..Self::default()
            })
            .file("trace.log", "[ERROR] no such key\n  at load\n  at main\n[INFO] done\n")
            .gives("line: Integer, level, message\n 1, ERROR, no such key\n 4, INFO, done"),
            Example::new("The access log of a web server", Self {
                path: "access.log".into(),
                format: LineFormat::WebAccess,
                line_column: "".into(),
                text_column: "".into(),
                ..Self::default()
            })
            .file(
                "access.log",
                "192.0.2.1 - - [01/May/2024:12:30:00 +0000] \"GET /a HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n\
                 192.0.2.2 - amy [01/May/2024:12:30:01 +0000] \"GET /b HTTP/1.1\" 304 -\n",
            )
            .gives(
                "client, identity, user, time: TimestampZoned(\"UTC\"), request, status: Integer, bytes: Integer, referrer, agent\n
                 192.0.2.1, , , 2024-05-01 12:30:00Z, GET /a HTTP/1.1, 200, 512, , curl/8\n
                 192.0.2.2, , amy, 2024-05-01 12:30:01Z, GET /b HTTP/1.1, 304, , , ",
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The groups of a format that a line has, as `name=value`.
    fn taken(format: LineFormat, line: &str) -> Vec<String> {
        let pattern = ReadLines { format, ..ReadLines::default() }.takes().unwrap().unwrap();
        let found = pattern.captures(line).unwrap_or_else(|| panic!("{format:?} does not match {line:?}"));
        let names = pattern.capture_names().flatten();
        names.filter_map(|name| found.name(name).map(|value| format!("{name}={}", value.as_str()))).collect()
    }

    #[test]
    fn usual_logs_are_taken_apart() {
        assert_eq!(taken(LineFormat::Syslog, "May  1 12:30:00 web sshd[77]: session opened: x"), [
            "time=May  1 12:30:00",
            "host=web",
            "program=sshd",
            "pid=77",
            "message=session opened: x"
        ]);
        assert_eq!(
            taken(LineFormat::Syslog5424, r#"<34>1 2024-05-01T12:30:00Z web su - ID47 [a@1 b="]\]"] it failed"#)[..4],
            ["priority=34", "time=2024-05-01T12:30:00Z", "host=web", "program=su"]
        );
        assert_eq!(
            taken(LineFormat::ApacheError, "[Wed May 01 12:30:00.1 2024] [core:error] [pid 7:tid 9] [client ::1:80] AH1: no")[1..],
            ["module=core", "level=error", "pid=7", "tid=9", "client=::1:80", "message=AH1: no"]
        );
        assert_eq!(taken(LineFormat::Application, "2024-05-01 12:30:00,123 [ERROR] boom\n  at x")[1..], [
            "level=ERROR",
            "message=boom\n  at x"
        ]);
    }
}
