//! UUIDs: of names, and of numbers with a seed that is another in every run.

use pipewright_engine::formula::patterns;
use uuid::{Builder, Uuid};

use super::rows::{Made, Row};

/// Of a namespace and a name, by RFC 9562: version 5.
pub(super) fn stable<'a>(row: &Row<'a>) -> Made<'a> {
    let namespace = Uuid::from_bytes(patterns::uuid(row.text(0)).unwrap_or_default());
    Ok(Uuid::new_v5(&namespace, row.text(1).as_bytes()).to_string().into())
}

/// Of a number and a seed: as random as a hash is.
pub(super) fn random<'a>(row: &Row<'a>) -> Made<'a> {
    let drawn = Builder::from_random_bytes(drawn(row.integer(0), row.text(1)));
    Ok(drawn.into_uuid().to_string().into())
}

/// Of an instant, a number and a seed: those of one instant are in the order of the numbers, of which 32 bits stand behind it.
pub(super) fn ordered<'a>(row: &Row<'a>) -> Made<'a> {
    let (micros, number) = (row.integer(0), row.integer(1));
    let [.., a, b, c, d, e, f] = drawn(number, row.text(2));
    let [h0, h1, h2, h3, n0, n1, n2, n3] = number.to_be_bytes();
    let high = u64::from(u32::from_be_bytes([h0, h1, h2, h3]));
    let millis = micros.div_euclid(1_000).cast_unsigned().wrapping_add(high) & 0xffff_ffff_ffff;
    let low = u32::from_be_bytes([n0, n1, n2, n3]);
    let [.., top, next] = (low >> 20).to_be_bytes();
    let [_, x, y, z] = (low << 2 & 0x3f_ffff).to_be_bytes();
    let drawn = [top, next, x, y, z | a & 3, b, c, d, e, f];
    Ok(Builder::from_unix_timestamp_millis(millis, &drawn).into_uuid().to_string().into())
}

fn drawn(number: i64, seed: &str) -> [u8; 16] {
    Uuid::new_v5(&Uuid::nil(), format!("{seed} {number}").as_bytes()).into_bytes()
}
