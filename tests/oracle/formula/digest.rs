//! Checksums and digests, straight from their standards.

use std::sync::LazyLock;

/// RFC 1321.
pub fn md5(bytes: &[u8]) -> String {
    const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, 64, (bytes.len() as u64 * 8).to_le_bytes().to_vec()).chunks(64) {
        let words: Vec<u32> =
            block.chunks(4).map(|word| u32::from_le_bytes(word.try_into().expect("4 bytes"))).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64 {
            let (mixed, word) = match step / 16 {
                0 => (b & c | !b & d, step),
                1 => (d & b | !d & c, (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), 7 * step % 16),
            };
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(words[word]);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(TURNS[step / 16][step % 4])));
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
}

/// FIPS 180-4.
pub fn sha1(bytes: &[u8]) -> String {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(bytes, 64, (bytes.len() as u64 * 8).to_be_bytes().to_vec()).chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|word| u32::from_be_bytes(word.try_into().expect("4 bytes"))).collect();
        for at in 16..80 {
            words.push((words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.iter().enumerate() {
            let (mixed, constant) = match step / 20 {
                0 => (b & c | !b & d, 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}

/// FIPS 180-4.
pub fn sha256(bytes: &[u8]) -> String {
    let mut state: Vec<u32> = SQUARE_ROOTS.iter().map(|root| (root >> 32) as u32).collect();
    let constants: Vec<u32> = CUBE_ROOTS.iter().map(|root| (root >> 32) as u32).take(64).collect();
    for block in padded(bytes, 64, (bytes.len() as u64 * 8).to_be_bytes().to_vec()).chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|word| u32::from_be_bytes(word.try_into().expect("4 bytes"))).collect();
        for at in 16..64 {
            let (x, y) = (words[at - 15], words[at - 2]);
            let first = x.rotate_right(7) ^ x.rotate_right(18) ^ x >> 3;
            let second = y.rotate_right(17) ^ y.rotate_right(19) ^ y >> 10;
            words.push(words[at - 16].wrapping_add(first).wrapping_add(words[at - 7]).wrapping_add(second));
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state[..] else { panic!("eight words") };
        for (word, constant) in words.iter().zip(&constants) {
            let first = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let chosen = e & f ^ !e & g;
            let sum = h.wrapping_add(first).wrapping_add(chosen).wrapping_add(*constant).wrapping_add(*word);
            let second = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let most = a & b ^ a & c ^ b & c;
            (h, g, f, e, d, c, b, a) =
                (g, f, e, d.wrapping_add(sum), c, b, a, sum.wrapping_add(second).wrapping_add(most));
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}

/// FIPS 180-4.
pub fn sha512(bytes: &[u8]) -> String {
    let mut state = SQUARE_ROOTS.clone();
    for block in padded(bytes, 128, (bytes.len() as u128 * 8).to_be_bytes().to_vec()).chunks(128) {
        let mut words: Vec<u64> =
            block.chunks(8).map(|word| u64::from_be_bytes(word.try_into().expect("8 bytes"))).collect();
        for at in 16..80 {
            let (x, y) = (words[at - 15], words[at - 2]);
            let first = x.rotate_right(1) ^ x.rotate_right(8) ^ x >> 7;
            let second = y.rotate_right(19) ^ y.rotate_right(61) ^ y >> 6;
            words.push(words[at - 16].wrapping_add(first).wrapping_add(words[at - 7]).wrapping_add(second));
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state[..] else { panic!("eight words") };
        for (word, constant) in words.iter().zip(CUBE_ROOTS.iter()) {
            let first = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
            let chosen = e & f ^ !e & g;
            let sum = h.wrapping_add(first).wrapping_add(chosen).wrapping_add(*constant).wrapping_add(*word);
            let second = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
            let most = a & b ^ a & c ^ b & c;
            (h, g, f, e, d, c, b, a) =
                (g, f, e, d.wrapping_add(sum), c, b, a, sum.wrapping_add(second).wrapping_add(most));
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.iter().map(|word| format!("{word:016x}")).collect()
}

static SQUARE_ROOTS: LazyLock<Vec<u64>> = LazyLock::new(|| primes().map(|prime| root(prime, 2)).take(8).collect());
static CUBE_ROOTS: LazyLock<Vec<u64>> = LazyLock::new(|| primes().map(|prime| root(prime, 3)).take(80).collect());

/// The checksum of Ethernet, gzip and PNG, bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

/// The bytes, a one bit, zeros, and the length, as many as fill blocks.
fn padded(bytes: &[u8], block: usize, length: Vec<u8>) -> Vec<u8> {
    let mut padded = [bytes, &[0x80]].concat();
    while !(padded.len() + length.len()).is_multiple_of(block) {
        padded.push(0);
    }
    padded.extend(length);
    padded
}

fn primes() -> impl Iterator<Item = u64> {
    (2..).filter(|number| (2..*number).all(|divisor| number % divisor != 0))
}

/// The first 64 bits behind the point of the square or cube root of a small number, found bit by bit.
fn root(number: u64, degree: u32) -> u64 {
    let power = |root: u128| (1..degree).fold(vec![root], |product, _| times(&product, root));
    let wanted: Vec<u128> = [vec![0; 2 * degree as usize], vec![u128::from(number)]].concat();
    let mut found = 0u128;
    for bit in (0..68).rev() {
        let candidate = found | 1 << bit;
        if !is_greater(&digits(&power(candidate)), &wanted) {
            found = candidate;
        }
    }
    found as u64
}

/// A long number, in digits of 32 bits from the lowest, times a short one.
fn times(long: &[u128], short: u128) -> Vec<u128> {
    let long = digits(long);
    let short = [short & 0xffff_ffff, short >> 32 & 0xffff_ffff, short >> 64];
    let mut product = vec![0; long.len() + 3];
    for (i, a) in long.iter().enumerate() {
        for (j, b) in short.iter().enumerate() {
            product[i + j] += a * b;
        }
    }
    digits(&product)
}

fn digits(long: &[u128]) -> Vec<u128> {
    let (mut result, mut carry) = (Vec::new(), 0);
    for digit in long.iter().copied().chain([0; 4]) {
        let sum = digit + carry;
        result.push(sum & 0xffff_ffff);
        carry = sum >> 32;
    }
    result
}

fn is_greater(a: &[u128], b: &[u128]) -> bool {
    let length = a.len().max(b.len());
    let digit = |number: &[u128], at: usize| number.get(at).copied().unwrap_or(0);
    let differs = (0..length).rev().find(|at| digit(a, *at) != digit(b, *at));
    differs.is_some_and(|at| digit(a, at) > digit(b, at))
}
