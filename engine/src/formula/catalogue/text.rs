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
    "repeat('ab', 3)" => "ababab", "repeat('ab', -1)" => "''";

    /// All values one after the other as text, nulls left out.
    ConcatAll: Text, Own, ["concat"], "join append", { (Shown; Shown) -> Text; }
    "concat('a', null, 1, true)" => "a1true";

    /// All values as text with a separator between them, nulls left out.
    ConcatWs: Text, Own, ["concat_ws"], "textjoin join separator", { (Text, Shown; Shown) -> Text; }
    "concat_ws(', ', 'a', null, 'b')" => "a, b", "concat_ws(null, 'a', 'b')" => "";

    /// The part with the given number when the text is split at a separator; negative numbers count from the end.
    SplitPart: Text, Strict, ["split_part"], "split token word getword", { (Text, Text, Integer) -> Text, fails; }
    "split_part('2024-05-01', '-', 2)" => "05", "split_part('a,b,c', ',', -1)" => "c", "split_part('a', ',', 2)" => "''";

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

    /// How often a regular expression matches.
    RegexpCount: Text, Strict, ["regexp_count"], "regex_countmatches count occurrences pattern", { (Text, Constant) -> Integer; }
    "regexp_count('a1b22', '[0-9]')" => "3";

    /// Where a regular expression first matches, counted from one; 0 if nowhere.
    RegexpInstr: Text, Strict, ["regexp_instr"], "regex position find pattern", { (Text, Constant) -> Integer; }
    "regexp_instr('abc 42', '[0-9]')" => "5", "regexp_instr('abc', '[0-9]')" => "0";

    /// What stands before a separator, the first one or that with the given number; negative numbers count from the end. Null if
    /// there is no such separator.
    TextBefore: Text, Own, ["text_before", "textbefore"], "beforedelimiter split until left of substring_index",
    { (Text, Text) -> Text; (Text, Text, Integer) -> Text, fails; }
    "text_before('a.b.c', '.')" => "a", "text_before('a.b.c', '.', -1)" => "a.b", "text_before('abc', '.')" => "";

    /// What stands behind a separator, the first one or that with the given number; negative numbers count from the end. Null if
    /// there is no such separator.
    TextAfter: Text, Own, ["text_after", "textafter"], "afterdelimiter split from right of extension",
    { (Text, Text) -> Text; (Text, Text, Integer) -> Text, fails; }
    "text_after('a.b.c', '.')" => "b.c", "text_after('a.b.c', '.', -1)" => "c";

    /// What stands between the first of one text and the next of another behind it; null if there are not both.
    TextBetween: Text, Own, ["text_between"], "betweendelimiters brackets extract inside",
    { (Text, Text, Text) -> Text; }
    "text_between('lane (7) closed', '(', ')')" => "7", "text_between('lane 7', '(', ')')" => "";

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

    /// Without blanks, tabs and line breaks at both ends, and with one blank for each run of them in between.
    NormalizeSpace: Text, Strict, ["normalize_space", "squish"], "trim whitespace squeeze collapse clean duplicate blanks data cleansing",
    { (Text) -> Text; }
    "normalize_space('  toll   plaza ')" => "toll plaza";

    /// How many words a text has, with blanks, tabs or line breaks between them.
    WordCount: Text, Strict, ["word_count", "countwords"], "count words", { (Text) -> Integer; }
    "word_count(' toll  plaza 7 ')" => "3";

    /// Letters without their accents, and in basic Latin where that is common: ß is ss, Æ is AE, ł is l.
    Unaccent: Text, Strict, ["unaccent"], "remove accents diacritics umlaut strip ascii fold decomposeunicodeformatch removediacritic",
    { (Text) -> Text; }
    "unaccent('Crème Brûlée, Łódź, Straße')" => "Creme Brulee, Lodz, Strasse";

    /// One way of writing characters that Unicode can write in several: NFC if not given, or NFD, NFKC, NFKD.
    Normalize: Text, Strict, ["normalize"], "unicode nfc nfd nfkc nfkd composed",
    { (Text) -> Text; (Text, Constant) -> Text; }
    "length(normalize('é', 'NFD'))" => "2", "normalize('ﬁn ½', 'NFKC')" => "fin 1⁄2";

    /// A text with each %s in it replaced by the next value and %1$s by the first one; %% is a percent sign. Nulls are left out.
    Format: Text, Own, ["format"], "printf sprintf template interpolate string", { (Constant; Shown) -> Text; }
    "format('%s of %s', 3, 'ten')" => "3 of ten", "format('%2$s-%1$s', 'a', 'b')" => "b-a", "format('100%%')" => "100%";

    /// How many characters must be replaced, added or left out to make one text of the other.
    Levenshtein: Text, Strict, ["levenshtein"], "edit distance fuzzy similar typo levenshteindistance",
    { (Text, Text) -> Integer; }
    "levenshtein('kitten', 'sitting')" => "3";

    /// How alike two short texts such as names are, from 0 to 1. A common beginning counts more.
    JaroWinkler: Text, Strict, ["jaro_winkler_similarity", "jaro_winkler"], "fuzzy similar names match",
    { (Text, Text) -> Float; }
    "round(jaro_winkler_similarity('MARTHA', 'MARHTA'), 4)" => "0.9611";

    /// Which share of the groups of three letters in two texts is in both, from 0 to 1, whatever the order of words.
    Similarity: Text, Strict, ["similarity"], "fuzzy trigram pg_trgm match alike", { (Text, Text) -> Float; }
    "similarity('toll plaza', 'Plaza toll')" => "1.0", "round(similarity('word', 'two words'), 4)" => "0.3636";

    /// A code of four characters that English words of like sound share.
    Soundex: Text, Strict, ["soundex"], "phonetic sound fuzzy names match", { (Text) -> Text; }
    "soundex('Robert')" => "R163", "soundex('Rupert')" => "R163";

    /// How many bytes a text has in UTF-8.
    OctetLength: Text, Strict, ["octet_length"], "bytes size lenb", { (Text) -> Integer; }
    "octet_length('Zürich')" => "7";

    /// The number in hexadecimal digits.
    ToHex: Text, Strict, ["to_hex"], "dec2hex hexadecimal", { (Integer) -> Text; }
    "to_hex(255)" => "ff";

    /// The number in the digits of a base from 2 to 36.
    ToBase: Text, Strict, ["to_base"], "binary octal dec2bin convert inttobin", { (Integer, Integer) -> Text, fails; }
    "to_base(10, 2)" => "1010", "to_base(-255, 16)" => "-ff";

    /// The number that a text writes in the digits of a base from 2 to 36.
    FromBase: Text, Strict, ["from_base"], "binary hexadecimal hex2dec bin2dec decimal hextonumber bintoint",
    { (Text, Integer) -> Integer, fails; }
    "from_base('ff', 16)" => "255", "from_base('1010', 2)" => "10";

    /// A number read from text by a format such as '9,999.99'. Commas stand where the format has them, all or none; signs of the format,
    /// as $, may be there or not; anything else fails.
    ToNumber: Text, Strict, ["to_number"], "tonumber parse number thousands currency numbervalue val",
    { (Text, Constant) -> Decimal, fails; }
    "to_number('1,234.5', '9,999.99')" => "1234.50", "to_number('$1,200', '$9,999')" => "1200",
    "try(to_number('12,50', '9,999.99'))" => "",
    "to_number(translate('1.234,50', '.,', ',.'), '9,999.99')" => "1234.50";

    /// A text written in 'base64', in 'hex' digits of its bytes, or with the signs that addresses of the web need ('url').
    Encode: Text, Strict, ["encode"], "base64 hex url percent urlencode encodeurl uri escape", { (Text, Constant) -> Text; }
    "encode('toll', 'base64')" => "dG9sbA==", "encode('a b', 'url')" => "a%20b", "encode('AZ', 'hex')" => "415a";

    /// The text that was written in 'base64', in 'hex' digits or with the signs of web addresses ('url').
    Decode: Text, Strict, ["decode"], "base64 hex url percent urldecode decodeurl uri unescape", { (Text, Constant) -> Text, fails; }
    "decode('dG9sbA==', 'base64')" => "toll", "decode('a%20b', 'url')" => "a b";

    /// The MD5 digest as 32 hexadecimal digits: a fingerprint to compare with, no protection.
    Md5: Text, Strict, ["md5"], "hash md5_utf8 fingerprint key checksum", { (Text) -> Text; }
    "md5('abc')" => "900150983cd24fb0d6963f7d28e17f72";

    /// The SHA-1 digest as 40 hexadecimal digits.
    Sha1: Text, Strict, ["sha1"], "hash fingerprint digest", { (Text) -> Text; }
    "sha1('abc')" => "a9993e364706816aba3e25717850c26c9cd0d89d";

    /// The SHA-256 digest as 64 hexadecimal digits.
    Sha256: Text, Strict, ["sha256"], "hash sha2 fingerprint digest", { (Text) -> Text; }
    "sha256('abc')" => "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    /// The SHA-512 digest as 128 hexadecimal digits.
    Sha512: Text, Strict, ["sha512"], "hash sha2 fingerprint digest", { (Text) -> Text; }
    "left(sha512('abc'), 32)" => "ddaf35a193617abacc417349ae204131";

    /// The CRC-32 checksum, a number below 2^32. crc32(id) % 10 deals rows into ten parts, the same in every run.
    Crc32: Text, Strict, ["crc32"], "hash checksum bucket", { (Text) -> Integer; }
    "crc32('abc')" => "891568578";

    } };
}
