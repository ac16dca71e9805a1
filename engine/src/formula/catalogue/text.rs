//! Functions of text.

macro_rules! text {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

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

    /// The first match of a regular expression; null if there is none. Further numbers say from which character on it is looked for,
    /// and the how manieth match is wanted; after the flags, where i disregards case, stands the group of it that is wanted.
    RegexpSubstr: Text, Own, ["regexp_substr"], "regex_extract regexp_extract pattern group capture nth match",
    {
        (Text, Constant) -> Text;
        (Text, Constant, Integer) -> Text, fails;
        (Text, Constant, Integer, Integer) -> Text, fails;
        (Text, Constant, Integer, Integer, Constant) -> Text, fails;
        (Text, Constant, Integer, Integer, Constant, Integer) -> Text, fails;
    }
    "regexp_substr('plaza 4856, lane 2', '[0-9]+')" => "4856", "regexp_substr('none', '[0-9]')" => "",
    "regexp_substr('plaza 4856, lane 2', '[0-9]+', 1, 2)" => "2",
    "regexp_substr('RE-2024/17', '([0-9]+)/([0-9]+)', 1, 1, '', 2)" => "17";

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

    /// The UUID of a text in a namespace, which is a UUID itself: version 5, the same everywhere.
    StableUuid: Text, Strict, ["uuid_v5", "uuid_generate_v5"], "guid stable key deterministic name", { (Constant, Text) -> Text; }
    "uuid_v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'python.org')" => "886313e1-3b8a-5372-9b90-0c9aee199e5d";

    /// A UUID of random look, version 4, made from a number and a seed: the same for the same.
    RandomUuid: Text, Strict, ["uuid_v4"], "guid random key generate", { (Integer, Constant) -> Text; }
    "uuid_v4(7, 'x')" => "cb629c88-118b-472c-97a9-5315e3dfbb52";

    /// A UUID that begins with an instant, version 7, made with a number and a seed: those of one instant go by the number.
    OrderedUuid: Text, Strict, ["uuid_v7"], "guid sortable key time ordered ulid", { (Timestamp, Integer, Constant) -> Text; }
    "uuid_v7(timestamp '2024-05-01 00:00', 7, 'x')" => "018f3173-7000-7000-8000-1f15e3dfbb52";

    } };
}
