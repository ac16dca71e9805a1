//! The compression that most Avro files of Hadoop have: copies from what was written before, and what is new.

/// The uncompressed bytes, at most `most` of them.
pub(super) fn uncompressed(data: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let broken = || "its compression is broken".to_owned();
    let mut rest = data;
    let mut take = |count: usize| {
        let (taken, after) = rest.split_at_checked(count).ok_or_else(broken)?;
        rest = after;
        Ok::<_, String>(taken)
    };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        let byte = take(1)?[0];
        length |= usize::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
        if shift > 28 {
            return Err(broken());
        }
    }
    if length > most {
        return Err(format!("a block of {length} bytes is too large"));
    }
    let mut out: Vec<u8> = Vec::with_capacity(length.min(data.len().saturating_mul(64)));
    while out.len() < length {
        let tag = take(1)?[0];
        let size = usize::from(tag >> 2);
        let (count, back) = match tag & 3 {
            0 => {
                let count = if size < 60 { size } else { number(take(size - 59)?) };
                out.extend_from_slice(take(count.checked_add(1).ok_or_else(broken)?)?);
                continue;
            }
            1 => ((size & 7) + 4, (size >> 3) << 8 | number(take(1)?)),
            2 => (size + 1, number(take(2)?)),
            _ => (size + 1, number(take(4)?)),
        };
        if back == 0 || back > out.len() {
            return Err(broken());
        }
        // What is copied may overlap what it makes.
        for _ in 0..count {
            out.push(out[out.len() - back]);
        }
    }
    if out.len() == length { Ok(out) } else { Err(broken()) }
}
