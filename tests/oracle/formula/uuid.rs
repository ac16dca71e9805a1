//! UUIDs as RFC 9562 has them, with SHA-1 as FIPS 180-4 has it.

use pipewright_engine::formula::Function;
use pipewright_engine::formula::patterns::uuid;
use pipewright_engine::value::Value;

pub fn uuid_call(function: Function, values: &[Value]) -> String {
    let drawn = |number: i64, seed: &str| digest(&[0; 16], &format!("{seed} {number}"));
    match (function, values) {
        (Function::StableUuid, [Value::Text(namespace), Value::Text(name)]) => {
            written(digest(&uuid(namespace).expect("a UUID"), name), 5)
        }
        (Function::RandomUuid, [Value::Integer(number), Value::Text(seed)]) => written(drawn(*number, seed), 4),
        (Function::OrderedUuid, [Value::Timestamp(now), Value::Integer(number), Value::Text(seed)]) => {
            let (high, low) = (*number as u64 >> 32, *number as u64 & 0xffff_ffff);
            let millis = (now.div_euclid(1000) as u64).wrapping_add(high) & 0xffff_ffff_ffff;
            let random = u128::from_be_bytes(drawn(*number, seed)) & ((1 << 42) - 1);
            let low = u128::from(low);
            let bits = u128::from(millis) << 80 | (low >> 20) << 64 | (low & 0xf_ffff) << 42 | random;
            written(bits.to_be_bytes(), 7)
        }
        (function, values) => panic!("{function:?} of {values:?}"),
    }
}

/// The bytes with version and variant put into them, as text.
fn written(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = bytes[6] & 0x0f | version << 4;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn digest(namespace: &[u8; 16], name: &str) -> [u8; 16] {
    let hash = sha1(&[&namespace[..], name.as_bytes()].concat());
    hash[..16].try_into().expect("sixteen bytes")
}

fn sha1(message: &[u8]) -> [u8; 20] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded.chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|four| u32::from_be_bytes(four.try_into().expect("four bytes"))).collect();
        for at in 16..80 {
            words.push((words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.iter().enumerate() {
            let (mixed, constant) = match at {
                0..20 => (b & c | !b & d, 0x5a82_7999),
                20..40 => (b ^ c ^ d, 0x6ed9_eba1),
                40..60 => (b & c | b & d | c & d, 0x8f1b_bcdc_u32),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let bytes: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().expect("twenty bytes")
}
