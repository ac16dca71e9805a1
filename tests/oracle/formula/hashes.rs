//! Hashes with a key, as RFC 2104 has them, and xxHash of 64 bits.

use pipewright_engine::formula::Function;
use pipewright_engine::value::Value;

use super::{Computed, digest, key};

pub fn call(function: Function, values: &[Value]) -> Option<Computed> {
    let text = |at: usize| values.get(at).and_then(Value::as_text).unwrap_or_default();
    let message = text(0).as_bytes();
    let signed = || hmac(key(text(1)).as_bytes(), message);
    let bytes = match function {
        Function::XxHash64 => xxh64(message).to_be_bytes().to_vec(),
        Function::Hmac => signed(),
        Function::HmacNumber => {
            let number = signed()[..8].iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
            return Some(Ok(Value::Integer((number >> 1) as i64)));
        }
        _ => return None,
    };
    Some(Ok(Value::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())))
}

fn sha256(message: &[u8]) -> Vec<u8> {
    let digits = digest::sha256(message);
    (0..32).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("two digits")).collect()
}

pub fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > 64 { sha256(key) } else { key.to_vec() };
    block.resize(64, 0);
    let with = |pad: u8, rest: &[u8]| sha256(&[block.iter().map(|byte| byte ^ pad).collect(), rest.to_vec()].concat());
    with(0x5c, &with(0x36, message))
}

fn xxh64(message: &[u8]) -> u64 {
    const P1: u64 = 0x9e37_79b1_85eb_ca87;
    const P2: u64 = 0xc2b2_ae3d_27d4_eb4f;
    const P3: u64 = 0x1656_67b1_9e37_79f9;
    const P4: u64 = 0x85eb_ca77_c2b2_ae63;
    const P5: u64 = 0x27d4_eb2f_1656_67c5;
    let round = |sum: u64, lane: u64| sum.wrapping_add(lane.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1);
    let eight = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    let stripes = message.chunks_exact(32);
    let mut rest = stripes.remainder();
    let mut hash = P5;
    if message.len() >= 32 {
        let mut lanes = [P1.wrapping_add(P2), P2, 0, 0u64.wrapping_sub(P1)];
        for stripe in stripes {
            for (lane, bytes) in lanes.iter_mut().zip(stripe.chunks(8)) {
                *lane = round(*lane, eight(bytes));
            }
        }
        let turned = lanes.iter().zip([1, 7, 12, 18]).map(|(lane, turn)| lane.rotate_left(turn));
        hash = turned.fold(0, u64::wrapping_add);
        for lane in lanes {
            hash = (hash ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4);
        }
    }
    hash = hash.wrapping_add(message.len() as u64);
    while rest.len() >= 8 {
        hash = (hash ^ round(0, eight(&rest[..8]))).rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
        rest = &rest[8..];
    }
    if rest.len() >= 4 {
        let four = u32::from_le_bytes(rest[..4].try_into().expect("four bytes"));
        hash = (hash ^ u64::from(four).wrapping_mul(P1)).rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
        rest = &rest[4..];
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    hash = (hash ^ hash >> 33).wrapping_mul(P2);
    hash = (hash ^ hash >> 29).wrapping_mul(P3);
    hash ^ hash >> 32
}
