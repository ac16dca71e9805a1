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

    /// A text encrypted by AES-256-GCM-SIV, as base64; the key is 64 hexadecimal digits, or base64 of 32 bytes. With a seed and a number
    /// equal texts become different ones, without them equal ones. A key that stands in a formula is no secret: the node Encrypt takes
    /// it from one.
    AesEncrypt: Text, Strict, ["aes_encrypt"], "cipher protect secret",
    { (Text, Constant) -> Text; (Text, Constant, Constant, Integer) -> Text; }
    "aes_encrypt('Ada', '0100000000000000000000000000000000000000000000000000000000000000')" =>
    "AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs82w=";

    /// What such a text was, with the same key.
    AesDecrypt: Text, Strict, ["aes_decrypt"], "cipher open secret", { (Text, Constant) -> Text, fails; }
    "aes_decrypt('AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs82w=', '0100000000000000000000000000000000000000000000000000000000000000')" =>
    "Ada";

    } };
}
