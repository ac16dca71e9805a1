//! Bases of numbers and codes of text.

use pipewright_engine::formula::Failure;
use pipewright_engine::types::Type;

const DIGITS: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn to_base(number: i64, base: i64) -> Result<String, Failure> {
    if !(2..=36).contains(&base) {
        return Err(Failure::NoSuchBase);
    }
    let (mut rest, mut digits) = (number.unsigned_abs(), String::new());
    while rest > 0 || digits.is_empty() {
        digits.insert(0, char::from(DIGITS.as_bytes()[(rest % base as u64) as usize]));
        rest /= base as u64;
    }
    Ok(if number < 0 { format!("-{digits}") } else { digits })
}

pub fn from_base(text: &str, base: i64) -> Result<i64, Failure> {
    if !(2..=36).contains(&base) {
        return Err(Failure::NoSuchBase);
    }
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace()).to_ascii_lowercase();
    let (sign, digits) = trimmed.strip_prefix('-').map_or((1, trimmed.as_str()), |digits| (-1, digits));
    if digits.is_empty() {
        return Err(Failure::NotInBase);
    }
    let mut number = 0i128;
    for digit in digits.chars() {
        let value = DIGITS.find(digit).filter(|value| (*value as i64) < base).ok_or(Failure::NotInBase)?;
        number = (number * i128::from(base) + value as i128).min(1 << 100);
    }
    i64::try_from(sign * number).map_err(|_| Failure::OutOfRange(Type::Integer))
}

pub fn encode(text: &str, code: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    match code {
        "hex" => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "url" => text
            .bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect(),
        _ => base64(text.as_bytes()),
    }
}

pub fn base64(bytes: &[u8]) -> String {
    bytes.chunks(3).map(group_of_64).collect()
}

/// Three bytes as four letters, fewer with as many equals signs as bytes are missing.
fn group_of_64(bytes: &[u8]) -> String {
    let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(bytes.get(at).copied().unwrap_or(0)));
    let letter = |at: usize| char::from(BASE64.as_bytes()[(bits >> (18 - 6 * at) & 63) as usize]);
    (0..4).map(|at| if at <= bytes.len() { letter(at) } else { '=' }).collect()
}

pub fn decode(text: &str, code: &str) -> Option<String> {
    let dense: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = match code {
        "hex" => dense.chunks(2).map(hex_byte).collect::<Option<Vec<u8>>>()?,
        "url" => {
            let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
            while let Some((first, after)) = rest.split_first() {
                bytes.push(if *first == b'%' { hex_byte(after.get(..2)?)? } else { *first });
                rest = if *first == b'%' { &after[2..] } else { after };
            }
            bytes
        }
        _ => from_base64(text)?,
    };
    String::from_utf8(bytes).ok()
}

/// The bytes of base64, blanks left out.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let letters = text.trim_end_matches('=');
    let missing = text.len() - letters.len();
    if !text.len().is_multiple_of(4) || missing > 2 {
        return None;
    }
    let values = letters.chars().map(|letter| BASE64.find(letter)).collect::<Option<Vec<usize>>>()?;
    let bits: Vec<bool> = values.iter().flat_map(|value| (0..6).rev().map(move |bit| value >> bit & 1 == 1)).collect();
    let whole = bits.len() / 8 * 8;
    if bits[whole..].contains(&true) {
        return None;
    }
    Some(bits[..whole].chunks(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect())
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}
