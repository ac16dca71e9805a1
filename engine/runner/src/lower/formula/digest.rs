//! Digests and checksums of text.

use md5::Md5;
use pipewright_engine::types::Type;
use polars::prelude::*;
use sha2::Digest;

use super::rows::{Cell, filled_by_row};

/// A digest in hexadecimal digits.
pub(super) fn hex_of<D: Digest>(text: &str) -> String {
    hex::encode(D::digest(text))
}

/// The checksum that gzip and PNG have, too.
pub(super) fn crc32(text: &str) -> i64 {
    let sum = text.bytes().fold(u32::MAX, |sum, byte| sum >> 8 ^ CRC_OF_BYTE[(sum as u8 ^ byte) as usize]);
    i64::from(!sum)
}

const CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
};

/// A number from 0 up to 1 made of the values: the first 52 bits of the MD5 digest of what is not null, with bars between.
pub(super) fn random(values: &[Expr]) -> Expr {
    filled_by_row(values, &Type::Float, |row| {
        let mut digest = Md5::new();
        let texts = row.cells().iter().filter_map(|cell| if let Cell::Text(text) = cell { Some(text) } else { None });
        for (at, text) in texts.enumerate() {
            digest.update(if at == 0 { "" } else { "|" });
            digest.update(text.as_ref());
        }
        let bits = digest.finalize().iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte)) >> 12;
        (bits as f64 / 2f64.powi(52)).into()
    })
}
