//! Functions that choose between values.

macro_rules! conditions {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

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

    /// The value, or null where it can't be computed. With coalesce another value can stand there.
    Try: Conditions, Own, ["try"], "iferror iserror safe error to null attempt", { (Any) -> Any; }
    "try(1 / 0)" => "", "coalesce(try(to_date('today', 'DD.MM.YYYY')), date '2024-05-01')" => "2024-05-01", "try(7)" => "7";

    /// Fails the row, which goes to rejected with this reason. Only in the branch that is taken.
    Error: Conditions, Own, ["error"], "raise fail reject assert throw stop", { (Constant) -> Nothing, fails; }
    "case when 2 > 1 then 'fine' else error('too small') end" => "fine";

    /// How many of the values are null.
    NumNulls: Conditions, Own, ["num_nulls"], "count missing empty countblank", { (Single; Single) -> Integer; }
    "num_nulls(1, null, 'a', null)" => "2";

    /// How many of the values are not null.
    NumNonnulls: Conditions, Own, ["num_nonnulls"], "count filled counta", { (Single; Single) -> Integer; }
    "num_nonnulls(1, null, 'a', null)" => "2";

    /// Whether a text is null, empty or nothing but blanks, tabs and line breaks.
    IsBlank: Conditions, Own, ["is_blank"], "isempty isnullorempty isblank missing whitespace", { (Text) -> Boolean; }
    "is_blank('  ')" => "true", "is_blank(null)" => "true", "is_blank(' a ')" => "false";

    /// Whether a text can be read as a number; false for null.
    IsNumber: Conditions, Own, ["is_number"], "isnumber isnumeric numeric check try_cast", { (Shown) -> Boolean; }
    "is_number(' -1.5e3 ')" => "true", "is_number('12 km')" => "false", "is_number(null)" => "false";

    /// Whether a text can be read as a date like 2024-05-01; false for null.
    IsDate: Conditions, Own, ["is_date"], "isdate check try_cast", { (Shown) -> Boolean; }
    "is_date('2024-02-29')" => "true", "is_date('2024-02-30')" => "false";

    } };
}
