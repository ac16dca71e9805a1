//! Operators.

macro_rules! operators {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

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

    /// The bits that are set in both numbers.
    BitAnd: Operators, Strict, ["&", "bitand"], "bitwise mask flags binaryand", { (Integer, Integer) -> Integer; }
    "12 & 10" => "8";

    /// The bits that are set in one of the numbers or in both.
    BitOr: Operators, Strict, ["|", "bitor"], "bitwise flags binaryor", { (Integer, Integer) -> Integer; }
    "12 | 10" => "14";

    /// The bits that are set in one of the numbers only.
    BitXor: Operators, Strict, ["#", "bitxor"], "bitwise exclusive or xor binaryxor", { (Integer, Integer) -> Integer; }
    "12 # 10" => "6";

    /// All 64 bits of the number turned round.
    BitNot: Operators, Strict, ["~", "bitnot"], "bitwise complement binarynot", { (Integer) -> Integer; }
    "~12" => "-13";

    /// The bits moved so many places up. Those that leave the 64 are lost.
    ShiftLeft: Operators, Strict, ["<<", "bitlshift"], "bitwise shiftleft", { (Integer, Integer) -> Integer, fails; }
    "1 << 4" => "16";

    /// The bits moved so many places down. The sign stays.
    ShiftRight: Operators, Strict, [">>", "bitrshift"], "bitwise shiftright", { (Integer, Integer) -> Integer, fails; }
    "1000 >> 3" => "125", "-16 >> 2" => "-4";

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

    } };
}
