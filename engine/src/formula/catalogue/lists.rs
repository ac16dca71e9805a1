//! Functions of lists and structs.

macro_rules! lists {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

    /// A list of these values: array[1, 2, 3].
    Array: Lists, Own, ["array", "list_value"], "list make build collect several values", { () -> List; (Element; Element) -> List; }
    "array[1, 2, 3]" => "[1, 2, 3]", "array['a', null]" => "[a, null]";

    /// The element at a position, counted from one: `list[1]`. Negative positions count from the end; where there is none it is null.
    ElementAt: Lists, Strict, ["element_at", "list_extract"], "index nth get list.get pick item", { (List, Integer) -> Element; }
    "(array['a', 'b', 'c'])[2]" => "b", "element_at(array[1, 2, 3], -1)" => "3", "(array[1, 2])[5]" => "";

    /// The elements from one position to another, both included: `list[2:3]`. Negative positions count from the end.
    ArraySlice: Lists, Strict, ["array_slice", "list_slice"], "part sub first last head tail", { (List, Integer, Integer) -> List; }
    "(array[1, 2, 3, 4])[2:3]" => "[2, 3]", "(array[1, 2, 3, 4])[-2:]" => "[3, 4]", "(array[1, 2, 3, 4])[:1]" => "[1]";

    /// How many elements a list has.
    Cardinality: Lists, Strict, ["cardinality", "array_length", "list_length", "array_size"], "count len size length number of elements",
    { (List) -> Integer; }
    "cardinality(array['a', null, 'b'])" => "3", "array_length(array[1, 2])" => "2";

    /// The list with a value behind its last element. A list that is null counts as empty.
    ArrayAppend: Lists, Own, ["array_append", "list_append"], "push add end", { (List, Element) -> List; }
    "array_append(array[1, 2], 3)" => "[1, 2, 3]", "array[1] || 2" => "[1, 2]";

    /// The list with a value before its first element. A list that is null counts as empty.
    ArrayPrepend: Lists, Own, ["array_prepend", "list_prepend"], "push add front", { (Element, List) -> List; }
    "array_prepend(0, array[1, 2])" => "[0, 1, 2]";

    /// Two lists one behind the other. Null is left out.
    ArrayCat: Lists, Own, ["array_cat", "list_concat"], "concatenate join append extend ||", { (List, List) -> List; }
    "array_cat(array[1], array[2, 3])" => "[1, 2, 3]", "array['a'] || array['b']" => "[a, b]";

    /// Whether a list has a value in it: value = any(list). Unknown where a null could be it.
    ArrayContains: Lists, Own, ["array_contains", "list_contains", "list_has"], "any some in has includes member",
    { (List, Element) -> Boolean; }
    "array_contains(array['a', 'b'], 'b')" => "true", "3 = any(array[1, 2])" => "false", "3 = any(array[1, null])" => "",
    "3 <> all(array[1, 2])" => "true";

    /// At which position a value first stands in a list; null if it is not there.
    ArrayPosition: Lists, Own, ["array_position", "list_position"], "index find indexof search", { (List, Element) -> Integer; }
    "array_position(array['a', 'b', 'b'], 'b')" => "2", "array_position(array[1], 7)" => "", "array_position(array[1, null], null)" => "2";

    /// The list without the elements that are equal to a value, which may be null.
    ArrayRemove: Lists, Own, ["array_remove"], "without drop delete filter compact nulls", { (List, Element) -> List; }
    "array_remove(array[1, 2, 1], 1)" => "[2]", "array_remove(array['a', null], null)" => "[a]";

    /// The list with another value in place of each element that is equal to a value.
    ArrayReplace: Lists, Own, ["array_replace"], "substitute swap", { (List, Element, Element) -> List; }
    "array_replace(array[1, 2, 1], 1, 9)" => "[9, 2, 9]";

    /// The list without elements that have stood in it before.
    ArrayDistinct: Lists, Strict, ["array_distinct", "list_distinct"], "unique dedupe set", { (List) -> List; }
    "array_distinct(array[2, 1, 2, null, null])" => "[2, 1, null]";

    /// The elements in order, nulls at the end; backwards with nulls at the start if the second is true.
    ArraySort: Lists, Strict, ["array_sort", "list_sort"], "order ascending descending", { (List) -> List; (List, Boolean) -> List; }
    "array_sort(array[3, 1, null, 2])" => "[1, 2, 3, null]", "array_sort(array['b', 'c', 'a'], true)" => "[c, b, a]";

    /// The elements from the last to the first.
    ArrayReverse: Lists, Strict, ["array_reverse", "list_reverse"], "backwards flip", { (List) -> List; }
    "array_reverse(array[1, 2, 3])" => "[3, 2, 1]";

    /// The least element; nulls do not count.
    ArrayMin: Lists, Strict, ["array_min", "list_min"], "minimum smallest earliest", { (List) -> Element; }
    "array_min(array[3, 1, null])" => "1";

    /// The greatest element; nulls do not count.
    ArrayMax: Lists, Strict, ["array_max", "list_max"], "maximum largest latest", { (List) -> Element; }
    "array_max(array[date '2024-05-01', date '2023-12-31'])" => "2024-05-01";

    /// The sum of the elements; nulls do not count, and without any it is null.
    ArraySum: Lists, Strict, ["array_sum", "list_sum"], "total add aggregate", { (Integers) -> Integer, fails; (Decimals) -> Decimal, fails; (Floats) -> Float; }
    "array_sum(array[1, 2, null])" => "3", "array_sum(array[0.10, 2.5])" => "2.60";

    /// The mean of the elements; nulls do not count, and without any it is null.
    ArrayMean: Lists, Strict, ["array_mean", "array_avg", "list_avg"], "average", { (Floats) -> Float; }
    "array_mean(array[1, 2, null, 6])" => "3.0";

    /// The elements as one text with a separator between them. Nulls are left out, or written as the third text.
    ArrayToString: Lists, Own, ["array_to_string", "array_join", "list_to_string"], "concatenate implode text.combine join",
    { (Texts, Text) -> Text; (Texts, Text, Text) -> Text; }
    "array_to_string(array['a', null, 'b'], ', ')" => "a, b", "array_to_string(array[1, null], '-', '?')" => "1-?";

    /// The parts of a text between separators. Without a separator, null, its characters; parts equal to the third text are null.
    StringToArray: Lists, Own, ["string_to_array", "string_split", "str_split"], "split explode tokenize text to columns text.split",
    { (Text, Text) -> Texts; (Text, Text, Text) -> Texts; }
    "string_to_array('a,b,,c', ',')" => "[a, b, \"\", c]", "string_to_array('a-?', '-', '?')" => "[a, null]",
    "string_to_array('abc', null)" => "[a, b, c]";

    /// The parts of a text between separators, at most so many if a number is given: the last then has all that is left, or the first
    /// if the number is negative. Flags: t trims the parts, e leaves out those without text, q minds double quotes.
    SplitText: Lists, Strict, ["split_text", "split"], "string_split limit n maxsplit rsplit quotes csv tokenize",
    { (Text, Constant) -> Texts; (Text, Constant, Constant) -> Texts; (Text, Constant, Constant, Integer) -> Texts; }
    "split_text('a, b,, c', ',', 'te')" => "[a, b, c]", "split_text('a-b-c', '-', '', 2)" => "[a, b-c]",
    "split_text('a-b-c', '-', '', -2)" => "[a-b, c]", "split_text('pen,\"blue, thin\"', ',', 'q')" => "[pen, \"blue, thin\"]";

    /// The parts of a text between matches of a regular expression, at most so many if a number is given, as with split_text. Flags: i
    /// disregards case, t trims the parts, e leaves out those without text.
    RegexpSplit: Lists, Strict, ["regexp_split_to_array", "regexp_split"], "tokenize pattern split",
    { (Text, Constant) -> Texts; (Text, Constant, Constant) -> Texts; (Text, Constant, Constant, Integer) -> Texts; }
    "regexp_split_to_array('a1b22c', '[0-9]+')" => "[a, b, c]", "regexp_split_to_array('aXbxc', 'x', 'i')" => "[a, b, c]";

    /// All matches of a regular expression. Flags: i disregards case, t trims the matches, e leaves out those without text.
    RegexpExtractAll: Lists, Strict, ["regexp_extract_all", "regexp_find_all"], "regexp_matches findall tokenize pattern occurrences",
    { (Text, Constant) -> Texts; (Text, Constant, Constant) -> Texts; }
    "regexp_extract_all('a1b22', '[0-9]+')" => "[1, 22]", "regexp_extract_all('none', '[0-9]')" => "[]";

    /// What the groups in brackets of a regular expression match, or the whole match if it has none; null if nothing matches.
    RegexpMatch: Lists, Strict, ["regexp_match"], "regex groups capture parse extract_groups pattern",
    { (Text, Constant) -> Texts; (Text, Constant, Constant) -> Texts; }
    "regexp_match('lane 7, plaza 12', '([a-z]+) ([0-9]+)')" => "[lane, 7]", "(regexp_match('A-17', '-([0-9]+)'))[1]" => "17",
    "regexp_match('none', '[0-9]')" => "";

    /// A struct of these names and values, such as named_struct('name', 'pen', 'price', 2).
    NamedStruct: Lists, Own, ["named_struct"], "record object row build json_build_object object_construct struct_pack",
    { (Constant, Single; Single) -> Struct; }
    "named_struct('name', 'pen', 'price', 2)" => "{name: pen, price: 2}";

    /// A field of a struct: place.city, or (place).city.
    StructField: Lists, Strict, ["struct_extract", "get_field"], "dot access part of nested record", { (Struct, Constant) -> Part; }
    "(named_struct('name', 'pen', 'price', 2)).price" => "2", "struct_extract(named_struct('a', 'x'), 'a')" => "x";

    /// The list of values from the first to the second, both included, at steps of 1, of a day, or of the third: a number, or for
    /// dates and times a text such as '1 month'. Months are counted from the first value, so that ends of months stay ends of months.
    GenerateSeries: Lists, Strict, ["generate_series"], "sequence range date_range spine calendar numbers list.numbers list.dates",
    {
        (Integer, Integer) -> Integers, fails;
        (Integer, Integer, Integer) -> Integers, fails;
        (Date, Date) -> Dates, fails;
        (Date, Date, Integer) -> Dates, fails;
        (Date, Date, Constant) -> Dates, fails;
        (Timestamp, Timestamp, Duration) -> Timestamps, fails;
        (Timestamp, Timestamp, Constant) -> Timestamps, fails;
        (Zoned, Zoned, Duration) -> Zoneds, fails;
    }
    "generate_series(1, 5)" => "[1, 2, 3, 4, 5]", "generate_series(10, 1, -4)" => "[10, 6, 2]",
    "generate_series(date '2024-02-28', date '2024-03-01')" => "[2024-02-28, 2024-02-29, 2024-03-01]",
    "generate_series(date '2024-01-31', date '2024-04-30', '1 month')" => "[2024-01-31, 2024-02-29, 2024-03-31, 2024-04-30]",
    "generate_series(timestamp '2024-05-01 22:00', timestamp '2024-05-02 02:00', interval '2 hours')"
        => "[2024-05-01 22:00:00, 2024-05-02 00:00:00, 2024-05-02 02:00:00]";

    } };
}
