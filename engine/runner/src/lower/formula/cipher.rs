//! AES-256-GCM-SIV: text that only a key opens, as base64 of a version, the nonce, and what is hidden with its tag.

use aes_gcm_siv::aead::Aead as _;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pipewright_engine::formula::{Failure, Function};
use pipewright_engine::secret;
use pipewright_engine::types::Type;
use polars::prelude::{Expr, PolarsResult};

use super::super::told;
use super::hashes::signed;
use super::rows::{Cell, Checked, Made, by_row};

const VERSION: u8 = 1;
const NONCE: usize = 12;

/// Without a seed equal texts become equal. With one every number beside a text has a nonce of its own; should one come twice, this
/// cipher tells no more than that two texts are equal.
pub(super) fn call(
    function: Function,
    values: &[Expr],
    kind: &Type,
    fails: bool,
    key: &str,
    seed: &str,
) -> PolarsResult<Checked> {
    let key = secret::cipher_key(key).map_err(|problem| told(&problem))?;
    let cipher = Aes256GcmSiv::new(&key.into());
    let text = &values[..values.len().min(1)];
    if function == Function::AesDecrypt {
        return Ok(by_row(text, kind, fails, move |row| open(&cipher, row.text(0))));
    }
    let Some(number) = values.get(3) else {
        return Ok(by_row(text, kind, fails, move |row| Ok(seal(&cipher, [0; NONCE], row.text(0)))));
    };
    let (text, seed) = ([text, std::slice::from_ref(number)].concat(), seed.to_owned());
    Ok(by_row(&text, kind, fails, move |row| {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&signed(&format!("{seed} {}", row.integer(1)), &key)[..NONCE]);
        Ok(seal(&cipher, nonce, row.text(0)))
    }))
}

fn seal<'a>(cipher: &Aes256GcmSiv, nonce: [u8; NONCE], text: &str) -> Cell<'a> {
    // No text in memory is too long for the cipher.
    let hidden = cipher.encrypt(&Nonce::from(nonce), text.as_bytes()).unwrap_or_default();
    let mut bytes = vec![VERSION];
    bytes.extend(nonce);
    bytes.extend(hidden);
    STANDARD.encode(bytes).into()
}

fn open<'a>(cipher: &Aes256GcmSiv, text: &str) -> Made<'a> {
    let foreign = || Failure::Told("was not encrypted by this node".into());
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(dense).map_err(|_| foreign())?;
    let Some(([VERSION], rest)) = bytes.split_first_chunk::<1>() else { return Err(foreign()) };
    let Some((nonce, hidden)) = rest.split_first_chunk::<NONCE>().filter(|(_, hidden)| hidden.len() >= 16) else {
        return Err(foreign());
    };
    let plain = cipher.decrypt(&Nonce::from(*nonce), hidden).ok().and_then(|plain| String::from_utf8(plain).ok());
    plain.map(Cell::from).ok_or_else(|| Failure::Told("can't be decrypted with this key".into()))
}
