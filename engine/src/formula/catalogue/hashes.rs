//! Functions of hashes and keys, which belong to those of text.

macro_rules! hashes {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

    /// The xxHash of 64 bits of a text in UTF-8, as hexadecimal digits: fast and short, no protection.
    XxHash64: Text, Strict, ["xxhash64", "xxh64"], "hash checksum digest fingerprint fast", { (Text) -> Text; }
    "xxhash64('')" => "ef46db3751d8e999", "xxhash64('abc')" => "44bc2cf5ad770999";

    /// The HMAC of a text with SHA-256 and a key, as hexadecimal digits. A key that stands in a formula is no secret: the nodes Hash
    /// and Anonymise take it from one.
    Hmac: Text, Strict, ["hmac_sha256"], "keyed hash mac sign pseudonym pepper salt", { (Text, Constant) -> Text; }
    "hmac_sha256('what do ya want for nothing?', 'Jefe')" =>
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    /// The first 63 bits of that HMAC, as a number that is not negative.
    HmacNumber: Text, Strict, ["hmac_number"], "keyed hash bucket random number stable", { (Text, Constant) -> Integer; }
    "hmac_number('what do ya want for nothing?', 'Jefe')" => "3309689030965213863";

    } };
}
