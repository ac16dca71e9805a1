//! Fast hashes and hashes with keys. Keys stay within the functions, so that no expression of Polars shows them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use pipewright_engine::formula::Function;
use pipewright_engine::types::Type;
use polars::prelude::Expr;
use sha2::Sha256;
use xxhash_rust::xxh64::xxh64;

use super::rows::{Checked, by_row};

pub(super) fn call(function: Function, values: &[Expr], kind: &Type, key: &str) -> Checked {
    let text = &values[..values.len().min(1)];
    match function {
        Function::XxHash64 => {
            by_row(text, kind, false, |row| Ok(format!("{:016x}", xxh64(row.text(0).as_bytes(), 0)).into()))
        }
        Function::HmacNumber => {
            let key = key.to_owned();
            by_row(text, kind, false, move |row| {
                let [a, b, c, d, e, f, g, h, ..] = signed(row.text(0), key.as_bytes());
                Ok((i64::from_be_bytes([a, b, c, d, e, f, g, h]).cast_unsigned() >> 1).cast_signed().into())
            })
        }
        _ => {
            let key = key.to_owned();
            by_row(text, kind, false, move |row| Ok(hex::encode(signed(row.text(0), key.as_bytes())).into()))
        }
    }
}

pub(super) fn signed(text: &str, key: &[u8]) -> [u8; 32] {
    // A key may have any length.
    let Ok(mut signing) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    signing.update(text.as_bytes());
    signing.finalize().into_bytes().into()
}
