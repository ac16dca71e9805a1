//! AES-256-GCM-SIV as RFC 8452 has it, and AES as FIPS 197 has it.

use pipewright_engine::formula::{Failure, Function};
use pipewright_engine::secret::cipher_key;
use pipewright_engine::value::Value;

use super::hashes::hmac;
use super::{Computed, codes, key};

pub fn call(function: Function, values: &[Value]) -> Option<Computed> {
    let text = |at: usize| values.get(at).and_then(Value::as_text).unwrap_or_default();
    let key = || cipher_key(&key(text(1))).expect("a key");
    match (function, values) {
        (Function::AesEncrypt, [_, _]) => Some(Ok(sealed(&key(), [0; 12], text(0)))),
        (Function::AesEncrypt, [_, _, _, Value::Integer(number)]) => {
            let nonce = &hmac(&key(), format!("{} {number}", text(2)).as_bytes())[..12];
            Some(Ok(sealed(&key(), nonce.try_into().expect("twelve bytes"), text(0))))
        }
        (Function::AesDecrypt, _) => Some(opened(&key(), text(0))),
        _ => None,
    }
}

fn sealed(key: &[u8; 32], nonce: [u8; 12], text: &str) -> Value {
    let bytes = [&[1], &nonce[..], &encrypt(key, &nonce, text.as_bytes())].concat();
    Value::Text(codes::base64(&bytes))
}

fn opened(key: &[u8; 32], text: &str) -> Computed {
    let bytes = codes::from_base64(text).filter(|bytes| bytes.len() >= 29 && bytes[0] == 1);
    let Some(bytes) = bytes else { return Err(Failure::Told("was not encrypted by this node".into())) };
    let nonce: [u8; 12] = bytes[1..13].try_into().expect("twelve bytes");
    let (hidden, tag) = bytes[13..].split_at(bytes.len() - 29);
    let (_, encrypting) = keys(key, &nonce);
    let plain = stream(&encrypting, tag.try_into().expect("a tag"), hidden);
    if encrypt(key, &nonce, &plain)[plain.len()..] != *tag {
        return Err(Failure::Told("can't be decrypted with this key".into()));
    }
    Ok(Value::Text(String::from_utf8(plain).expect("text was encrypted")))
}

/// The text, hidden, and the tag.
fn encrypt(key: &[u8; 32], nonce: &[u8; 12], plain: &[u8]) -> Vec<u8> {
    let (authenticating, encrypting) = keys(key, nonce);
    let mut blocks = plain.to_vec();
    blocks.resize(plain.len().next_multiple_of(16), 0);
    blocks.extend([0; 8]);
    blocks.extend((plain.len() as u64 * 8).to_le_bytes());
    let mut sum = polyval(authenticating, &blocks).to_le_bytes();
    sum.iter_mut().zip(nonce).for_each(|(byte, nonce)| *byte ^= nonce);
    sum[15] &= 0x7f;
    let tag = aes(&encrypting, sum);
    [stream(&encrypting, tag, plain), tag.to_vec()].concat()
}

/// The keys of a message: to authenticate and to encrypt.
fn keys(key: &[u8; 32], nonce: &[u8; 12]) -> ([u8; 16], [u8; 32]) {
    let half = |number: u32| {
        let block = [&number.to_le_bytes()[..], nonce].concat();
        aes(key, block.try_into().expect("a block"))[..8].to_vec()
    };
    let bytes: Vec<u8> = (0..6).flat_map(half).collect();
    (bytes[..16].try_into().expect("a block"), bytes[16..].try_into().expect("a key"))
}

fn stream(key: &[u8; 32], tag: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    let mut counter = tag;
    counter[15] |= 0x80;
    let mut out = Vec::new();
    for block in bytes.chunks(16) {
        out.extend(block.iter().zip(aes(key, counter)).map(|(byte, mask)| byte ^ mask));
        let next = u32::from_le_bytes(counter[..4].try_into().expect("four bytes")).wrapping_add(1);
        counter[..4].copy_from_slice(&next.to_le_bytes());
    }
    out
}

/// Polynomials over two elements, the first bit of the first byte for the constant.
fn polyval(key: [u8; 16], blocks: &[u8]) -> u128 {
    let key = u128::from_le_bytes(key);
    blocks.chunks(16).fold(0, |sum, block| dot(sum ^ u128::from_le_bytes(block.try_into().expect("a block")), key))
}

/// The product divided by x^128, modulo x^128 + x^127 + x^126 + x^121 + 1.
fn dot(a: u128, b: u128) -> u128 {
    (0..128).fold(0, |sum, bit| {
        let sum = if b >> bit & 1 == 1 { sum ^ a } else { sum };
        if sum & 1 == 1 { sum >> 1 ^ (1 << 127 | 1 << 126 | 1 << 125 | 1 << 120) } else { sum >> 1 }
    })
}

/// Twice a polynomial of AES.
fn twice(byte: u8) -> u8 {
    byte << 1 ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

fn product(a: u8, b: u8) -> u8 {
    let mut power = a;
    (0..8).fold(0, |sum, bit| {
        let sum = if b >> bit & 1 == 1 { sum ^ power } else { sum };
        power = twice(power);
        sum
    })
}

fn substituted(byte: u8) -> u8 {
    let inverse = (0..=255).find(|other| product(byte, *other) == 1).unwrap_or(0);
    (0..5).fold(0x63, |sum, turn| sum ^ inverse.rotate_left(turn))
}

fn aes(key: &[u8; 32], block: [u8; 16]) -> [u8; 16] {
    static BOX: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| (0..=255).map(substituted).collect());
    let through = |byte: u8| BOX[usize::from(byte)];
    let mut words: Vec<[u8; 4]> = key.chunks(4).map(|four| four.try_into().expect("four bytes")).collect();
    let mut constant = 1;
    for at in 8..60 {
        let mut word = words[at - 1];
        if at % 8 == 0 {
            word.rotate_left(1);
            word = word.map(through);
            word[0] ^= constant;
            constant = twice(constant);
        } else if at % 8 == 4 {
            word = word.map(through);
        }
        let before = words[at - 8];
        words.push(std::array::from_fn(|byte| word[byte] ^ before[byte]));
    }
    let with_key = |state: [u8; 16], round: usize| -> [u8; 16] {
        std::array::from_fn(|at| state[at] ^ words[4 * round + at / 4][at % 4])
    };
    let mut state = with_key(block, 0);
    for round in 1..=14 {
        let moved: [u8; 16] = std::array::from_fn(|at| through(state[(at + 4 * (at % 4)) % 16]));
        let mixed: [u8; 16] = std::array::from_fn(|at| {
            let byte = |off: usize| moved[at / 4 * 4 + (at + off) % 4];
            product(byte(0), 2) ^ product(byte(1), 3) ^ byte(2) ^ byte(3)
        });
        state = with_key(if round == 14 { moved } else { mixed }, round);
    }
    state
}

#[test]
fn the_naive_cipher_is_that_of_rfc_8452() {
    let bytes = |digits: &str| -> Vec<u8> {
        (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    let key: [u8; 32] = bytes(&format!("01{}", "00".repeat(31))).try_into().unwrap();
    let nonce: [u8; 12] = bytes("030000000000000000000000").try_into().unwrap();
    for (plain, wanted) in [
        ("", "07f5f4169bbf55a8400cd47ea6fd400f"),
        ("0100000000000000", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"),
        ("010000000000000000000000", "9aab2aeb3faa0a34aea8e2b18ca50da9ae6559e48fd10f6e5c9ca17e"),
        ("01000000000000000000000000000000", "85a01b63025ba19b7fd3ddfc033b3e76c9eac6fa700942702e90862383c6c366"),
    ] {
        assert_eq!(encrypt(&key, &nonce, &bytes(plain)), bytes(wanted), "{plain}");
    }
}
