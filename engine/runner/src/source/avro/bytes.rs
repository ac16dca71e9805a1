//! Bytes in the order in which Avro writes them.

/// Takes from the start of a slice. What is not there is an error with a reason.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        if count > self.0.len() {
            return Err(format!("{count} bytes should follow where {} are left", self.0.len()));
        }
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], String> {
        let mut array = [0; LENGTH];
        array.copy_from_slice(self.take(LENGTH)?);
        Ok(array)
    }

    /// An integer of one to ten bytes, with its sign in the lowest bit.
    pub fn long(&mut self) -> Result<i64, String> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array::<1>()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err("an integer has more than ten bytes".into())
    }

    /// Bytes after their number.
    pub fn counted(&mut self) -> Result<&'a [u8], String> {
        let count = self.long()?;
        let count = usize::try_from(count).map_err(|_| format!("a value is {count} bytes long"))?;
        self.take(count)
    }

    pub fn text(&mut self) -> Result<&'a str, String> {
        std::str::from_utf8(self.counted()?).map_err(|_| "a text is not UTF-8".into())
    }

    /// How many items follow in this part of a list; none at its end.
    ///
    /// Items take bytes, all but nulls: a number far beyond the bytes left is a damaged one, and would fill the memory.
    pub fn items(&mut self) -> Result<Option<u64>, String> {
        let mut count = self.long()?;
        if count < 0 {
            self.long()?;
            count = count.saturating_neg();
        }
        let count = count.unsigned_abs();
        if count > self.0.len() as u64 + MOST_EMPTY {
            return Err(format!("a list has {count} items in {} bytes", self.0.len()));
        }
        Ok((count > 0).then_some(count))
    }
}

/// As many items without any bytes are taken for meant.
pub(super) const MOST_EMPTY: u64 = 1 << 20;
