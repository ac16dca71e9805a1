//! Numbers in other bases, and text in codes such as base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pipewright_engine::formula::Failure;
use pipewright_engine::formula::patterns::Code;
use pipewright_engine::types::Type;

use super::rows::{Made, Row};

pub(super) fn to_base<'a>(row: &Row<'a>) -> Made<'a> {
    let (number, base) = (row.integer(0), base(row.integer(1))?);
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    while rest > 0 || digits.is_empty() {
        digits.extend(u32::try_from(rest % u64::from(base)).ok().and_then(|digit| char::from_digit(digit, base)));
        rest /= u64::from(base);
    }
    digits.extend((number < 0).then_some('-'));
    Ok(digits.iter().rev().collect::<String>().into())
}

pub(super) fn from_base<'a>(row: &Row<'a>) -> Made<'a> {
    let base = base(row.integer(1))?;
    let text = row.text(0).trim_matches(|c: char| c.is_ascii_whitespace());
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(Failure::NotInBase);
    }
    i64::from_str_radix(text, base).map(Into::into).map_err(|_| Failure::OutOfRange(Type::Integer))
}

fn base(number: i64) -> Result<u32, Failure> {
    u32::try_from(number).ok().filter(|base| (2..=36).contains(base)).ok_or(Failure::NoSuchBase)
}

pub(super) fn encode(text: &str, code: Code) -> String {
    match code {
        Code::Base64 => STANDARD.encode(text),
        Code::Hex => hex::encode(text),
        Code::Url => text.bytes().fold(String::with_capacity(text.len()), |mut written, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => written.push(char::from(byte)),
                byte => written.push_str(&format!("%{byte:02X}")),
            }
            written
        }),
    }
}

pub(super) fn decode<'a>(text: &'a str, code: Code) -> Made<'a> {
    let dense = || text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>();
    let bytes = match code {
        Code::Base64 => STANDARD.decode(dense()).ok(),
        Code::Hex => hex::decode(dense()).ok(),
        Code::Url => from_url(text.as_bytes()),
    };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Into::into).ok_or(Failure::NotEncoded)
}

fn from_url(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'%' => {
                bytes.extend(hex::decode(after.get(..2)?).ok()?);
                after.get(2..)?
            }
            plain => {
                bytes.push(*plain);
                after
            }
        };
    }
    Some(bytes)
}
