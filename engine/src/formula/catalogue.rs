//! The functions and operators of formulas: one list, from which names, types, help, search and tests are read.
//!
//! To add a function: add an entry here, its meaning in `tests/oracle/formula.rs`, and its lowering in the runner. The compiler
//! and the tests name what is missing. The order is that of the reference.

use serde::{Deserialize, Serialize};

/// Where the reference and the search list a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Operators,
    Conditions,
    Numbers,
    Text,
    Dates,
}

/// What a function does with nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// A null in any argument gives null.
    Strict,
    /// The function has a rule of its own, which its help tells.
    Own,
}

/// What an argument may be, or what a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    Integer,
    Float,
    Decimal,
    Text,
    Date,
    Time,
    Timestamp,
    Zoned,
    Duration,
    /// One type for all arguments of this kind: the one they have in common.
    Any,
    /// As `Any`, of a type that has an order.
    Ordered,
    /// Any type, whatever the other arguments are.
    Single,
    /// Anything that can be written out; it becomes text.
    Shown,
    /// Text written into the formula, or a parameter: the same for all rows.
    Constant,
}

/// One way of calling a function.
#[derive(Debug, PartialEq)]
pub struct Signature {
    pub parameters: &'static [Kind],
    /// The kind of any further arguments.
    pub rest: Option<Kind>,
    pub result: Kind,
    /// Whether some values of these types make it fail.
    pub fails: bool,
}

/// What there is to know about a function.
#[derive(Debug)]
pub struct Entry {
    pub function: Function,
    /// The name in SQL first, then other names that mean the same.
    pub names: &'static [&'static str],
    pub group: Group,
    pub nulls: Nulls,
    /// What other programs call it and what people look for.
    pub search: &'static str,
    pub help: &'static str,
    pub signatures: &'static [Signature],
    /// Formulas and what they print.
    pub examples: &'static [(&'static str, &'static str)],
}

impl Function {
    pub fn entry(self) -> &'static Entry {
        &CATALOGUE[self as usize]
    }

    /// The name it is best known by.
    pub fn name(self) -> &'static str {
        self.entry().names[0]
    }

    /// The function that is called by a name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let entry = CATALOGUE.iter().find(|entry| entry.names.iter().any(|known| known.eq_ignore_ascii_case(name)))?;
        Some(entry.function)
    }
}

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
        help: "A part of a date or time: year, isoyear, quarter, month, week, day, dow, isodow, doy, hour, minute, second or epoch.",
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

macro_rules! functions {
    ($(
        $(#[doc = $help:literal])+
        $function:ident: $group:ident, $nulls:ident, [$($name:literal),+], $search:literal,
        { $( ($($parameter:ident),* $(; $rest:ident)?) -> $result:ident $(, $fails:ident)? ;)+ }
        $( $formula:literal => $value:literal ),* ;
    )*) => {
        /// A function or an operator of the formula language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Function { $( $(#[doc = $help])+ $function, )* }

        pub const CATALOGUE: &[Entry] = &[$( Entry {
            function: Function::$function,
            names: &[$($name),+],
            group: Group::$group,
            nulls: Nulls::$nulls,
            search: $search,
            help: concat!($($help),+),
            signatures: &[$( Signature {
                parameters: &[$(Kind::$parameter),*],
                rest: functions!(@rest $($rest)?),
                result: Kind::$result,
                fails: functions!(@fails $($fails)?),
            } ),+],
            examples: &[$(($formula, $value)),*],
        } ),*];
    };
    (@rest) => { None };
    (@rest $kind:ident) => { Some(Kind::$kind) };
    (@fails) => { false };
    (@fails fails) => { true };
}

functions! {
    /// The sum. A date and an integer give the day so many days later; a point in time and a duration a later one.
    Add: Operators, Strict, ["+"], "plus sum dateadd",
    {
        (Integer, Integer) -> Integer, fails;
        (Decimal, Decimal) -> Decimal, fails;
        (Float, Float) -> Float;
        (Date, Integer) -> Date, fails;
        (Integer, Date) -> Date, fails;
        (Timestamp, Duration) -> Timestamp, fails;
        (Duration, Timestamp) -> Timestamp, fails;
        (Zoned, Duration) -> Zoned, fails;
        (Duration, Zoned) -> Zoned, fails;
        (Duration, Duration) -> Duration, fails;
    }
    "1 + 2" => "3", "0.1 + 0.2" => "0.3", "1.5 + 2" => "3.5", "date '2024-02-28' + 2" => "2024-03-01";

    /// The difference. Two dates give a number of days, two points in time a duration.
    Subtract: Operators, Strict, ["-"], "minus difference datediff days between",
    {
        (Integer, Integer) -> Integer, fails;
        (Decimal, Decimal) -> Decimal, fails;
        (Float, Float) -> Float;
        (Date, Date) -> Integer;
        (Date, Integer) -> Date, fails;
        (Timestamp, Timestamp) -> Duration, fails;
        (Zoned, Zoned) -> Duration, fails;
        (Time, Time) -> Duration;
        (Timestamp, Duration) -> Timestamp, fails;
        (Zoned, Duration) -> Zoned, fails;
        (Duration, Duration) -> Duration, fails;
    }
    "5 - 7" => "-2", "date '2024-03-01' - date '2024-02-01'" => "29",
    "timestamp '2024-03-02 12:00' - timestamp '2024-03-01 10:30'" => "1 day 01:30:00";

    /// The product.
    Multiply: Operators, Strict, ["*"], "times product",
    {
        (Integer, Integer) -> Integer, fails;
        (Decimal, Decimal) -> Decimal, fails;
        (Float, Float) -> Float;
        (Duration, Float) -> Duration, fails;
        (Float, Duration) -> Duration, fails;
    }
    "6 * 7" => "42", "1.50 * 3" => "4.50", "interval '20 minutes' * 3" => "01:00:00";

    /// The quotient, with its fraction. For whole numbers without one use div.
    Divide: Operators, Strict, ["/"], "divided by quotient ratio",
    { (Float, Float) -> Float, fails; (Duration, Float) -> Duration, fails; }
    "7 / 2" => "3.5", "1.0 / 4" => "0.25", "interval '1 hour' / 4" => "00:15:00";

    /// What is left over by a division; it has the sign of the first number.
    Modulo: Operators, Strict, ["%", "mod"], "remainder modulus",
    { (Integer, Integer) -> Integer, fails; (Decimal, Decimal) -> Decimal, fails; (Float, Float) -> Float, fails; }
    "7 % 3" => "1", "mod(-7, 3)" => "-1", "5.5 % 2" => "1.5";

    /// A number multiplied with itself so many times.
    Power: Operators, Strict, ["^", "power", "pow"], "exponent raise square",
    { (Float, Float) -> Float, fails; }
    "2 ^ 10" => "1024.0", "power(9, 0.5)" => "3.0";

    /// The number with its sign turned.
    Negate: Operators, Strict, ["-"], "minus negative",
    { (Integer) -> Integer, fails; (Decimal) -> Decimal; (Float) -> Float; (Duration) -> Duration, fails; }
    "-(2 + 3)" => "-5";

    /// Whether both are equal.
    Eq: Operators, Strict, ["="], "equal same is", { (Any, Any) -> Boolean; }
    "1 = 1.0" => "true", "'a' = 'A'" => "false", "null = null" => "";

    /// Whether they differ.
    Ne: Operators, Strict, ["<>", "!="], "not equal different", { (Any, Any) -> Boolean; }
    "1 <> 2" => "true", "'a' != 'a'" => "false";

    /// Whether the first is smaller.
    Lt: Operators, Strict, ["<"], "less before", { (Ordered, Ordered) -> Boolean; }
    "2 < 10" => "true", "'2' < '10'" => "false";

    /// Whether the first is smaller or both are equal.
    Le: Operators, Strict, ["<="], "less at most", { (Ordered, Ordered) -> Boolean; }
    "2 <= 2" => "true";

    /// Whether the first is greater.
    Gt: Operators, Strict, [">"], "greater more after", { (Ordered, Ordered) -> Boolean; }
    "date '2024-05-01' > '2024-04-30'" => "true";

    /// Whether the first is greater or both are equal.
    Ge: Operators, Strict, [">="], "greater at least", { (Ordered, Ordered) -> Boolean; }
    "1.5 >= 2" => "false";

    /// Whether both hold. The second is not looked at where the first is false.
    And: Operators, Own, ["and"], "both all &&", { (Boolean, Boolean) -> Boolean; }
    "true and false" => "false", "null and false" => "false", "null and true" => "", "false and 1 / 0 > 1" => "false";

    /// Whether one of them holds. The second is not looked at where the first is true.
    Or: Operators, Own, ["or"], "either any", { (Boolean, Boolean) -> Boolean; }
    "true or false" => "true", "null or true" => "true", "null or false" => "";

    /// Whether it does not hold.
    Not: Operators, Strict, ["not"], "negate opposite !", { (Boolean) -> Boolean; }
    "not 1 = 2" => "true", "not null" => "";

    /// Whether there is no value.
    IsNull: Operators, Own, ["is null", "isnull"], "missing empty blank is_null", { (Single) -> Boolean; }
    "null is null" => "true", "'' is null" => "false", "1 is not null" => "true";

    /// Whether it is true; false where it is null.
    IsTrue: Operators, Own, ["is true"], "holds", { (Boolean) -> Boolean; }
    "null is true" => "false", "(1 = 1) is not true" => "false";

    /// Whether it is false; false where it is null.
    IsFalse: Operators, Own, ["is false"], "fails", { (Boolean) -> Boolean; }
    "(1 = 2) is false" => "true", "null is not false" => "true";

    /// Whether they differ, null being a value like any other.
    IsDistinct: Operators, Own, ["is distinct from"], "different null safe", { (Any, Any) -> Boolean; }
    "null is distinct from 1" => "true", "1 is not distinct from 1" => "true", "null is distinct from null" => "false";

    /// Whether the first lies between the two others or equals one of them.
    Between: Operators, Own, ["between"], "range within", { (Ordered, Ordered, Ordered) -> Boolean; }
    "5 between 1 and 5" => "true", "5 not between 1 and 4" => "true", "5 between 6 and null" => "false";

    /// Whether the first equals one of the others.
    In: Operators, Own, ["in"], "one of any list", { (Any, Any; Any) -> Boolean; }
    "2 in (1, 2, 3)" => "true", "'x' not in ('a', 'b')" => "true", "2 in (1, null)" => "";

    /// Whether a text matches a pattern in which % stands for any text and _ for one character.
    Like: Operators, Strict, ["like"], "wildcard pattern match", { (Text, Constant) -> Boolean; }
    "'toll plaza' like 'toll%'" => "true", "'a_c' like 'a!_c' escape '!'" => "true", "'abc' not like '_b'" => "true";

    /// As like, without regard to upper and lower case.
    ILike: Operators, Strict, ["ilike"], "wildcard pattern case insensitive", { (Text, Constant) -> Boolean; }
    "'Toll Plaza' ilike '%PLAZA'" => "true";

    /// Puts texts together.
    Concat: Operators, Strict, ["||"], "join append concatenate", { (Text, Shown) -> Text; (Shown, Text) -> Text; }
    "'toll' || '-' || 7" => "toll-7", "'a' || null" => "";

    /// The first value that is not null. Later ones are not looked at where an earlier one is found.
    Coalesce: Conditions, Own, ["coalesce", "ifnull", "nvl"], "zn default replace null fill first",
    { (Any; Any) -> Any; }
    "coalesce(null, 2, 3)" => "2", "coalesce(1, 1 / 0)" => "1.0";

    /// Null where both are equal, else the first.
    NullIf: Conditions, Own, ["nullif"], "null if empty", { (Any, Any) -> Any; }
    "nullif('-', '-')" => "", "nullif(5, 6)" => "5";

    /// The greatest of the values; nulls do not count.
    Greatest: Conditions, Own, ["greatest"], "max maximum largest latest", { (Ordered; Ordered) -> Ordered; }
    "greatest(3, 9, 4)" => "9", "greatest(null, 2)" => "2";

    /// The least of the values; nulls do not count.
    Least: Conditions, Own, ["least"], "min minimum smallest earliest", { (Ordered; Ordered) -> Ordered; }
    "least(3, 9.5, 4)" => "3.0", "least('b', 'a')" => "a";

    /// The number without its sign.
    Abs: Numbers, Strict, ["abs"], "absolute magnitude",
    { (Integer) -> Integer, fails; (Decimal) -> Decimal; (Float) -> Float; }
    "abs(-3)" => "3", "abs(-2.50)" => "2.50";

    /// The nearest whole number upwards.
    Ceil: Numbers, Strict, ["ceil", "ceiling"], "round up",
    { (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float; }
    "ceil(2.1)" => "3", "ceil(-2.9)" => "-2";

    /// The nearest whole number downwards.
    Floor: Numbers, Strict, ["floor"], "round down int",
    { (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float; }
    "floor(2.9)" => "2", "floor(-2.1)" => "-3";

    /// The nearest number with so many digits after the point, none if not given; halves go away from zero.
    Round: Numbers, Strict, ["round"], "nearest digits decimals",
    {
        (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float;
        (Integer, Integer) -> Integer, fails; (Decimal, Integer) -> Decimal, fails; (Float, Integer) -> Float;
    }
    "round(2.5)" => "3", "round(-2.5)" => "-3", "round(2.345, 2)" => "2.35", "round(1250, -2)" => "1300";

    /// The number without the digits after the point, or after so many of them.
    Trunc: Numbers, Strict, ["trunc", "truncate"], "cut digits fix",
    {
        (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float;
        (Integer, Integer) -> Integer; (Decimal, Integer) -> Decimal; (Float, Integer) -> Float;
    }
    "trunc(-2.7)" => "-2", "trunc(2.789, 1)" => "2.7", "trunc(1299, -2)" => "1200";

    /// -1, 0 or 1: whether the number is negative, zero or positive.
    Sign: Numbers, Strict, ["sign"], "signum",
    { (Integer) -> Integer; (Decimal) -> Integer; (Float) -> Float; }
    "sign(-8)" => "-1", "sign(0.5)" => "1";

    /// How many times the second number goes into the first, as a whole number.
    Div: Numbers, Strict, ["div"], "integer division quotient whole", { (Integer, Integer) -> Integer, fails; }
    "div(7, 2)" => "3", "div(-7, 2)" => "-3";

    /// The square root.
    Sqrt: Numbers, Strict, ["sqrt"], "square root", { (Float) -> Float, fails; }
    "sqrt(16)" => "4.0";

    /// The cube root.
    Cbrt: Numbers, Strict, ["cbrt"], "cube root", { (Float) -> Float; }
    "cbrt(27)" => "3.0";

    /// e, raised to a power.
    Exp: Numbers, Strict, ["exp"], "exponential", { (Float) -> Float; }
    "exp(0)" => "1.0";

    /// The natural logarithm.
    Ln: Numbers, Strict, ["ln"], "logarithm natural", { (Float) -> Float, fails; }
    "ln(1)" => "0.0";

    /// The logarithm to base 10, or of the second number to the base given first.
    Log: Numbers, Strict, ["log", "log10"], "logarithm decimal base",
    { (Float) -> Float, fails; (Float, Float) -> Float, fails; }
    "log(1000)" => "3.0", "log(2, 32)" => "5.0";

    /// Degrees of an angle given in radians.
    Degrees: Numbers, Strict, ["degrees"], "angle", { (Float) -> Float; }
    "degrees(pi())" => "180.0";

    /// Radians of an angle given in degrees.
    Radians: Numbers, Strict, ["radians"], "angle", { (Float) -> Float; }
    "radians(180)" => "3.141592653589793";

    /// The sine of an angle in radians.
    Sin: Numbers, Strict, ["sin"], "sine", { (Float) -> Float, fails; }
    "sin(0)" => "0.0";

    /// The cosine of an angle in radians.
    Cos: Numbers, Strict, ["cos"], "cosine", { (Float) -> Float, fails; }
    "cos(0)" => "1.0";

    /// The tangent of an angle in radians.
    Tan: Numbers, Strict, ["tan"], "tangent", { (Float) -> Float, fails; }
    "tan(0)" => "0.0";

    /// The angle in radians that has this sine.
    Asin: Numbers, Strict, ["asin"], "arc sine", { (Float) -> Float, fails; }
    "asin(1)" => "1.5707963267948966";

    /// The angle in radians that has this cosine.
    Acos: Numbers, Strict, ["acos"], "arc cosine", { (Float) -> Float, fails; }
    "acos(1)" => "0.0";

    /// The angle in radians that has this tangent.
    Atan: Numbers, Strict, ["atan"], "arc tangent", { (Float) -> Float; }
    "atan(0)" => "0.0";

    /// The angle in radians of the point with these y and x.
    Atan2: Numbers, Strict, ["atan2"], "arc tangent bearing", { (Float, Float) -> Float; }
    "atan2(1, 0)" => "1.5707963267948966";

    /// How many characters a text has.
    Length: Text, Strict, ["length", "char_length", "character_length"], "len size count characters",
    { (Text) -> Integer; }
    "length('Zürich')" => "6";

    /// In capital letters.
    Upper: Text, Strict, ["upper"], "uppercase ucase capitals", { (Text) -> Text; }
    "upper('Truck')" => "TRUCK";

    /// In small letters.
    Lower: Text, Strict, ["lower"], "lowercase lcase", { (Text) -> Text; }
    "lower('Truck')" => "truck";

    /// Each word with a capital first letter and small others.
    Initcap: Text, Strict, ["initcap"], "proper titlecase capitalize", { (Text) -> Text; }
    "initcap('hello WORLD-wide')" => "Hello World-Wide";

    /// Without the blanks, or the given characters, at both ends.
    Trim: Text, Strict, ["trim", "btrim"], "strip whitespace clean", { (Text) -> Text; (Text, Text) -> Text; }
    "trim('  a b ')" => "a b", "trim(both 'x' from 'xxaxx')" => "a", "btrim('abcba', 'ab')" => "c";

    /// Without the blanks, or the given characters, at the start.
    Ltrim: Text, Strict, ["ltrim"], "strip leading trimleft", { (Text) -> Text; (Text, Text) -> Text; }
    "ltrim('  a ') || '.'" => "a .", "trim(leading '0' from '0070')" => "70";

    /// Without the blanks, or the given characters, at the end.
    Rtrim: Text, Strict, ["rtrim"], "strip trailing trimright", { (Text) -> Text; (Text, Text) -> Text; }
    "rtrim(' a  ') || '.'" => " a.", "rtrim('1.500', '0')" => "1.5";

    /// Filled up at the start to so many characters, with blanks or the given text; cut if longer.
    Lpad: Text, Strict, ["lpad"], "padleft leading zeros zfill",
    { (Text, Integer) -> Text, fails; (Text, Integer, Text) -> Text, fails; }
    "lpad('7', 3, '0')" => "007", "lpad('abcd', 2)" => "ab";

    /// Filled up at the end to so many characters, with blanks or the given text; cut if longer.
    Rpad: Text, Strict, ["rpad"], "padright fill",
    { (Text, Integer) -> Text, fails; (Text, Integer, Text) -> Text, fails; }
    "rpad('ab', 5, 'xy')" => "abxyx";

    /// The first characters; with a negative number all but the last ones.
    Left: Text, Strict, ["left"], "first start prefix", { (Text, Integer) -> Text; }
    "left('abcde', 2)" => "ab", "left('abcde', -2)" => "abc";

    /// The last characters; with a negative number all but the first ones.
    Right: Text, Strict, ["right"], "last end suffix", { (Text, Integer) -> Text; }
    "right('abcde', 2)" => "de", "right('abcde', -2)" => "cde";

    /// The characters from a position on, counted from one, so many if a number is given.
    Substring: Text, Strict, ["substring", "substr"], "mid part slice",
    { (Text, Integer) -> Text; (Text, Integer, Integer) -> Text, fails; }
    "substring('abcdef', 3)" => "cdef", "substr('abcdef', 2, 3)" => "bcd", "substring('abcdef' from 2 for 2)" => "bc",
    "substring('abc', -1, 3)" => "a";

    /// With every occurrence of a text replaced by another.
    Replace: Text, Strict, ["replace"], "substitute swap", { (Text, Text, Text) -> Text; }
    "replace('a-b-c', '-', '+')" => "a+b+c";

    /// Backwards.
    Reverse: Text, Strict, ["reverse"], "backwards reversestring", { (Text) -> Text; }
    "reverse('abc')" => "cba";

    /// So many times in a row.
    Repeat: Text, Strict, ["repeat"], "replicate rept", { (Text, Integer) -> Text, fails; }
    "repeat('ab', 3)" => "ababab", "repeat('ab', -1)" => "";

    /// All values one after the other as text, nulls left out.
    ConcatAll: Text, Own, ["concat"], "join append", { (Shown; Shown) -> Text; }
    "concat('a', null, 1, true)" => "a1true";

    /// All values as text with a separator between them, nulls left out.
    ConcatWs: Text, Own, ["concat_ws"], "textjoin join separator", { (Text, Shown; Shown) -> Text; }
    "concat_ws(', ', 'a', null, 'b')" => "a, b", "concat_ws(null, 'a', 'b')" => "";

    /// The part with the given number when the text is split at a separator; negative numbers count from the end.
    SplitPart: Text, Strict, ["split_part"], "split token word getword", { (Text, Text, Integer) -> Text, fails; }
    "split_part('2024-05-01', '-', 2)" => "05", "split_part('a,b,c', ',', -1)" => "c", "split_part('a', ',', 2)" => "";

    /// Where the second text first stands in the first, counted from one; 0 if nowhere.
    Strpos: Text, Strict, ["strpos"], "position find findstring instr charindex search", { (Text, Text) -> Integer; }
    "strpos('high', 'ig')" => "2", "position('z' in 'high')" => "0";

    /// Whether a text begins with another.
    StartsWith: Text, Strict, ["starts_with", "startswith"], "begins prefix", { (Text, Text) -> Boolean; }
    "starts_with('plaza 7', 'plaza')" => "true";

    /// Whether a text ends with another.
    EndsWith: Text, Strict, ["ends_with", "endswith"], "suffix", { (Text, Text) -> Boolean; }
    "ends_with('data.csv', '.csv')" => "true";

    /// Whether a text has another in it.
    Contains: Text, Strict, ["contains"], "includes has find", { (Text, Text) -> Boolean; }
    "contains('toll plaza', 'pla')" => "true";

    /// Whether a regular expression matches somewhere in the text. The flag i disregards case.
    RegexpLike: Text, Strict, ["regexp_like"], "regex_match regexp_match pattern ~",
    { (Text, Constant) -> Boolean; (Text, Constant, Constant) -> Boolean; }
    "regexp_like('plaza 7', '[0-9]+$')" => "true", "regexp_like('ABC', 'b', 'i')" => "true", "'abc' ~ '^b'" => "false";

    /// The first match of a regular expression replaced; all of them with the flag g. \1 is the first group.
    RegexpReplace: Text, Strict, ["regexp_replace"], "regex_replace substitute pattern",
    { (Text, Constant, Constant) -> Text; (Text, Constant, Constant, Constant) -> Text; }
    "regexp_replace('a1b22', '[0-9]+', '#', 'g')" => "a#b#", "regexp_replace('a1b2', '[0-9]', '')" => "ab2",
    "regexp_replace('Smith, Jo', '(\\w+), (\\w+)', '\\2 \\1')" => "Jo Smith";

    /// The first match of a regular expression; null if there is none.
    RegexpSubstr: Text, Own, ["regexp_substr"], "regex_extract regexp_extract pattern", { (Text, Constant) -> Text; }
    "regexp_substr('plaza 4856, lane 2', '[0-9]+')" => "4856", "regexp_substr('none', '[0-9]')" => "";

    /// Each character of the second text replaced by the one at the same place in the third, or left out.
    Translate: Text, Strict, ["translate"], "replacechar map characters", { (Text, Text, Text) -> Text; }
    "translate('12345', '143', 'ax')" => "a2x5";

    /// With the characters from a position on replaced by another text.
    Overlay: Text, Strict, ["overlay"], "stuff replace position",
    { (Text, Text, Integer) -> Text, fails; (Text, Text, Integer, Integer) -> Text, fails; }
    "overlay('Txxxxas' placing 'hom' from 2 for 4)" => "Thomas", "overlay('abcdef' placing 'XY' from 3)" => "abXYef";

    /// The number of the first character.
    Ascii: Text, Strict, ["ascii"], "code unicode chartoint", { (Text) -> Integer; }
    "ascii('A')" => "65", "ascii('€')" => "8364";

    /// The character with this number.
    Chr: Text, Strict, ["chr"], "char character code", { (Integer) -> Text, fails; }
    "chr(65)" => "A";

    /// The year.
    Year: Dates, Strict, ["year"], "extract date part datetimeyear", { (Date) -> Integer; (Timestamp) -> Integer; }
    "year(date '2024-05-01')" => "2024";

    /// The month, 1 to 12.
    Month: Dates, Strict, ["month"], "extract date part datetimemonth", { (Date) -> Integer; (Timestamp) -> Integer; }
    "month(date '2024-05-01')" => "5";

    /// The day of the month, 1 to 31.
    Day: Dates, Strict, ["day"], "extract date part datetimeday", { (Date) -> Integer; (Timestamp) -> Integer; }
    "day(date '2024-05-31')" => "31";

    /// The hour, 0 to 23.
    Hour: Dates, Strict, ["hour"], "extract time part datetimehour", { (Timestamp) -> Integer; (Time) -> Integer; }
    "hour(timestamp '2024-05-01 17:45')" => "17";

    /// The minute, 0 to 59.
    Minute: Dates, Strict, ["minute"], "extract time part", { (Timestamp) -> Integer; (Time) -> Integer; }
    "minute(timestamp '2024-05-01 17:45')" => "45";

    /// The seconds with their fraction.
    Second: Dates, Strict, ["second"], "extract time part", { (Timestamp) -> Decimal; (Time) -> Decimal; }
    "second(timestamp '2024-05-01 17:45:09.25')" => "9.250000";

    /// The quarter of the year, 1 to 4.
    Quarter: Dates, Strict, ["quarter"], "extract date part", { (Date) -> Integer; (Timestamp) -> Integer; }
    "quarter(date '2024-05-01')" => "2";

    /// The week of the year by ISO 8601, 1 to 53; week 1 is the one with the first Thursday.
    Week: Dates, Strict, ["week"], "extract isoweek weeknum", { (Date) -> Integer; (Timestamp) -> Integer; }
    "week(date '2024-12-30')" => "1", "week(date '2021-01-03')" => "53";

    /// The year that the ISO 8601 week belongs to.
    IsoYear: Dates, Strict, ["isoyear"], "extract week year", { (Date) -> Integer; (Timestamp) -> Integer; }
    "isoyear(date '2024-12-30')" => "2025";

    /// The day of the week from Sunday, 0, to Saturday, 6.
    DayOfWeek: Dates, Strict, ["dow", "dayofweek"], "weekday extract", { (Date) -> Integer; (Timestamp) -> Integer; }
    "dow(date '2024-05-05')" => "0";

    /// The day of the week from Monday, 1, to Sunday, 7.
    IsoDayOfWeek: Dates, Strict, ["isodow"], "weekday extract", { (Date) -> Integer; (Timestamp) -> Integer; }
    "isodow(date '2024-05-05')" => "7";

    /// The day of the year, 1 to 366.
    DayOfYear: Dates, Strict, ["doy", "dayofyear"], "extract julian", { (Date) -> Integer; (Timestamp) -> Integer; }
    "doy(date '2024-12-31')" => "366";

    /// Seconds since 1970-01-01 00:00, or the seconds of a duration.
    Epoch: Dates, Strict, ["epoch"], "unix seconds extract tounix", { (Timestamp) -> Decimal; (Duration) -> Decimal; }
    "extract(epoch from timestamp '1970-01-02 00:00:01')" => "86401.000000",
    "extract(epoch from interval '2 hours')" => "7200.000000";

    /// The start of the year, quarter, month, week, day, hour, minute or second.
    DateTrunc: Dates, Strict, ["date_trunc"], "datetimetrim start of beginning truncate round",
    { (Constant, Date) -> Date; (Constant, Timestamp) -> Timestamp; }
    "date_trunc('month', timestamp '2024-05-17 13:00')" => "2024-05-01 00:00:00",
    "date_trunc('week', timestamp '2024-05-05 13:00')" => "2024-04-29 00:00:00";

    /// The date of a year, a month and a day.
    MakeDate: Dates, Strict, ["make_date"], "date from parts makedate", { (Integer, Integer, Integer) -> Date, fails; }
    "make_date(2024, 2, 29)" => "2024-02-29";

    /// The point in time of a year, month, day, hour, minute and seconds.
    MakeTimestamp: Dates, Strict, ["make_timestamp"], "datetime from parts makedatetime",
    { (Integer, Integer, Integer, Integer, Integer, Float) -> Timestamp, fails; }
    "make_timestamp(2024, 2, 29, 13, 5, 7.5)" => "2024-02-29 13:05:07.5";

    /// So many months later; where the month has no such day, its last one.
    AddMonths: Dates, Strict, ["add_months"], "dateadd datetimeadd edate month later",
    { (Date, Integer) -> Date, fails; (Timestamp, Integer) -> Timestamp, fails; }
    "add_months(date '2024-01-31', 1)" => "2024-02-29", "add_months(date '2024-03-31', -1)" => "2024-02-29";

    /// The last day of the month.
    LastDay: Dates, Strict, ["last_day"], "end of month eomonth", { (Date) -> Date; }
    "last_day(date '2024-02-10')" => "2024-02-29";

    /// A date read from text by a format such as 'DD.MM.YYYY'.
    ToDate: Dates, Strict, ["to_date"], "dateparse parse datetimeparse convert", { (Text, Constant) -> Date, fails; }
    "to_date('01.05.2024', 'DD.MM.YYYY')" => "2024-05-01", "to_date('5 Dec 2000', 'DD Mon YYYY')" => "2000-12-05";

    /// A point in time read from text by a format such as 'YYYY-MM-DD HH24:MI:SS', or from seconds since 1970.
    ToTimestamp: Dates, Strict, ["to_timestamp"], "dateparse datetimeparse parse unix",
    { (Text, Constant) -> Timestamp, fails; (Float) -> Timestamp, fails; }
    "to_timestamp('01/05/2024 17:45', 'DD/MM/YYYY HH24:MI')" => "2024-05-01 17:45:00",
    "to_timestamp(86400)" => "1970-01-02 00:00:00";

    /// A date or a point in time as text, by a format such as 'DD.MM.YYYY'.
    ToChar: Dates, Strict, ["to_char"], "format datetimeformat strftime", { (Timestamp, Constant) -> Text; }
    "to_char(date '2024-05-01', 'DD.MM.YYYY')" => "01.05.2024",
    "to_char(timestamp '2024-05-01 17:45:09', 'HH12:MI:SS AM')" => "05:45:09 PM",
    "to_char(date '2024-05-01', 'Dy DD Mon')" => "Wed 01 May";
}
