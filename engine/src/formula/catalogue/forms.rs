//! What is written in ways of its own.

/// A form of the language that is not an ordinary function, for the reference and the search.
#[derive(Debug)]
pub struct Form {
    pub written: &'static str,
    pub search: &'static str,
    pub help: &'static str,
    pub examples: &'static [(&'static str, &'static str)],
}

pub const FORMS: &[Form] = &[
    Form {
        written: "case when … then … else … end",
        search: "if then else switch choose",
        help: "The result of the first condition that holds. Without else it is null where none holds.",
        examples: &[
            ("case when 3 > 2 then 'more' else 'less' end", "more"),
            ("case 7 when 1 then 'one' when 7 then 'seven' end", "seven"),
            ("case when false then 1 end", ""),
        ],
    },
    Form {
        written: "if(condition, then, else)",
        search: "iif iff conditional",
        help: "Short for case when condition then … else … end.",
        examples: &[("if(3 > 2, 'more', 'less')", "more")],
    },
    Form {
        written: "ifs(condition, then, condition, then, …)",
        search: "if elseif elsif case cond",
        help: "The result behind the first condition that holds; null where none holds. A last result alone is for all others.",
        examples: &[("ifs(3 > 5, 'above', 3 > 2, 'between', 'below')", "between"), ("ifs(1 > 2, 'x')", "")],
    },
    Form {
        written: "switch(value, when, then, when, then, …)",
        search: "case decode map match lookup recode",
        help: "The result behind the first value that is equal; null where none is. A last result alone is for all others.",
        examples: &[("switch(7, 1, 'one', 7, 'seven', 'many')", "seven"), ("switch('x', 'a', 1)", "")],
    },
    Form {
        written: "choose(number, first, second, …)",
        search: "index pick nth elt",
        help: "The value at a place counted from one; null where there is none.",
        examples: &[("choose(2, 'a', 'b', 'c')", "b"), ("choose(9, 'a', 'b')", "")],
    },
    Form {
        written: "safe_divide(a, b)",
        search: "divide by zero ratio iferror",
        help: "The quotient; null where the second number is zero.",
        examples: &[("safe_divide(1, 4)", "0.25"), ("safe_divide(1, 0)", "")],
    },
    Form {
        written: "regexp_extract(text, pattern, group)",
        search: "regex_extract capture group parse regexmatcher",
        help: "Short for regexp_substr(text, pattern, 1, 1, '', group): what a group in brackets of a regular expression matched \
               first, by its number; null if there is no match. Without a number it is the whole match.",
        examples: &[
            ("regexp_extract('order 7 of 2024', '(\\d+) of (\\d+)', 2)", "2024"),
            ("regexp_extract('none', '(\\d)', 1)", ""),
        ],
    },
    Form {
        written: "value::type, cast(value as type)",
        search: "convert to number to text toint tostring change type",
        help: "The value as another type; the row fails where that is not possible.",
        examples: &[
            ("' 42 '::integer", "42"),
            ("cast('2024-05-01' as date)", "2024-05-01"),
            ("2.345::decimal(10, 2)", "2.35"),
            ("7::text || '!'", "7!"),
            ("true::integer", "1"),
            ("2.5::integer", "3"),
            ("timestamp '2024-05-01 23:59:59'::date", "2024-05-01"),
        ],
    },
    Form {
        written: "try_cast(value as type)",
        search: "safe convert",
        help: "As cast, but null where that is not possible.",
        examples: &[("try_cast('many' as integer)", "")],
    },
    Form {
        written: "extract(part from value)",
        search: "datepart date_part",
        help: "A part of a date or time: year, isoyear, quarter, month, week, day, dow, isodow, doy, hour, minute, second, \
               milliseconds, microseconds, decade, century, millennium or epoch.",
        examples: &[
            ("extract(year from date '2024-05-01')", "2024"),
            ("extract(second from timestamp '2024-05-01 10:20:30.5')", "30.500000"),
            ("date_part('month', date '2024-05-01')", "5"),
        ],
    },
    Form {
        written: "date '2024-05-01', timestamp '…', time '…', interval '2 days'",
        search: "literal constant dateadd duration",
        help: "Values written into the formula. Months and years may be added to dates only, since they differ in length.",
        examples: &[
            ("date '2024-05-01' + 30", "2024-05-31"),
            ("timestamp '2024-05-01 10:00' + interval '90 minutes'", "2024-05-01 11:30:00"),
            ("date '2024-01-31' + interval '1 month'", "2024-02-29 00:00:00"),
            ("timestamp '2024-03-31 08:00' - interval '1 month 2 days'", "2024-02-27 08:00:00"),
        ],
    },
    Form {
        written: "current_date, now()",
        search: "today current_timestamp datetimenow getdate",
        help: "The day and the instant at which the run began, in UTC: the same in every row.",
        examples: &[("now() - now()", "00:00:00"), ("current_date - current_date", "0")],
    },
    Form { written: "pi()", search: "circle", help: "The number pi.", examples: &[("pi()", "3.141592653589793")] },
];
