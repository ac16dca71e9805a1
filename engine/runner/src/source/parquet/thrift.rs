//! The compact form of Thrift, in which footers of Parquet are written, as a tree that can be looked at, changed and written again.

use std::borrow::Cow;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
pub(super) const INT32: u8 = 5;
pub(super) const INT64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Nobody nests deeper; a file made to overflow the stack does.
const DEEPEST: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Thrift<'a> {
    Bool(bool),
    Byte(u8),
    /// With its width: 16, 32 and 64 bits look alike otherwise.
    Int(u8, i64),
    Double([u8; 8]),
    Binary(Cow<'a, [u8]>),
    List(u8, Vec<Thrift<'a>>),
    Struct(Fields<'a>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields<'a>(Vec<(i16, Thrift<'a>)>);

impl<'a> Fields<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        Reader { bytes }.fields(0)
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write_fields(self, &mut out);
        out
    }

    pub fn get(&self, id: i16) -> Option<&Thrift<'a>> {
        self.0.iter().find(|(found, _)| *found == id).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, id: i16) -> Option<&mut Thrift<'a>> {
        self.0.iter_mut().find(|(found, _)| *found == id).map(|(_, value)| value)
    }

    /// Says whether it was there.
    pub fn remove(&mut self, id: i16) -> bool {
        let before = self.0.len();
        self.0.retain(|(found, _)| *found != id);
        self.0.len() < before
    }

    /// Fields stand in the order of their numbers.
    pub fn set(&mut self, id: i16, value: Thrift<'a>) {
        self.remove(id);
        let at = self.0.iter().position(|(found, _)| *found > id).unwrap_or(self.0.len());
        self.0.insert(at, (id, value));
    }

    pub fn int(&self, id: i16) -> Option<i64> {
        match self.get(id)? {
            Thrift::Int(_, value) => Some(*value),
            _ => None,
        }
    }

    pub fn binary(&self, id: i16) -> Option<&[u8]> {
        match self.get(id)? {
            Thrift::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub fn text(&self, id: i16) -> Option<String> {
        self.binary(id).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    pub fn list(&self, id: i16) -> &[Thrift<'a>] {
        match self.get(id) {
            Some(Thrift::List(_, items)) => items,
            _ => &[],
        }
    }

    pub fn list_mut(&mut self, id: i16) -> Option<&mut Vec<Thrift<'a>>> {
        match self.get_mut(id)? {
            Thrift::List(_, items) => Some(items),
            _ => None,
        }
    }

    pub fn fields(&self, id: i16) -> Option<&Fields<'a>> {
        self.get(id).and_then(Thrift::fields)
    }

    pub fn fields_mut(&mut self, id: i16) -> Option<&mut Fields<'a>> {
        self.get_mut(id).and_then(Thrift::fields_mut)
    }

    /// The number of the one field that a union has.
    pub fn variant(&self) -> Option<i16> {
        self.0.first().map(|(id, _)| *id)
    }
}

impl<'a> Thrift<'a> {
    pub fn text(text: &str) -> Self {
        Self::Binary(Cow::Owned(text.as_bytes().to_vec()))
    }

    pub fn fields(&self) -> Option<&Fields<'a>> {
        match self {
            Self::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    pub fn fields_mut(&mut self) -> Option<&mut Fields<'a>> {
        match self {
            Self::Struct(fields) => Some(fields),
            _ => None,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn fields(&mut self, depth: usize) -> Option<Fields<'a>> {
        let mut fields = Vec::new();
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(Fields(fields));
            }
            id = match head >> 4 {
                0 => i16::try_from(self.signed()?).ok()?,
                more => id.checked_add(i16::from(more))?,
            };
            let value = match head & 15 {
                TRUE => Thrift::Bool(true),
                FALSE => Thrift::Bool(false),
                kind => self.value(kind, depth + 1)?,
            };
            fields.push((id, value));
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<Thrift<'a>> {
        if depth > DEEPEST {
            return None;
        }
        Some(match kind {
            // Within a list each has a byte of its own.
            TRUE | FALSE => Thrift::Bool(self.byte()? == TRUE),
            BYTE => Thrift::Byte(self.byte()?),
            4..=INT64 => Thrift::Int(kind, self.signed()?),
            DOUBLE => Thrift::Double(self.take(8)?.try_into().ok()?),
            BINARY => {
                let length = self.unsigned()?;
                Thrift::Binary(Cow::Borrowed(self.take(usize::try_from(length).ok()?)?))
            }
            // A set is written like a list.
            LIST | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => usize::try_from(self.unsigned()?).ok()?,
                    count => usize::from(count),
                };
                // Each takes a byte at least.
                if count > self.bytes.len() {
                    return None;
                }
                let items = (0..count).map(|_| self.value(head & 15, depth + 1)).collect::<Option<_>>()?;
                Thrift::List(head & 15, items)
            }
            STRUCT => Thrift::Struct(self.fields(depth + 1)?),
            _ => return None,
        })
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

fn write_fields(fields: &Fields, out: &mut Vec<u8>) {
    let mut last = 0;
    for (id, value) in &fields.0 {
        let kind = match value {
            Thrift::Bool(true) => TRUE,
            Thrift::Bool(false) => FALSE,
            value => kind_of(value),
        };
        match id.checked_sub(last) {
            Some(more @ 1..=15) => out.push((more as u8) << 4 | kind),
            _ => {
                out.push(kind);
                write_signed(i64::from(*id), out);
            }
        }
        if !matches!(value, Thrift::Bool(_)) {
            write_value(value, out);
        }
        last = *id;
    }
    out.push(0);
}

fn kind_of(value: &Thrift) -> u8 {
    match value {
        Thrift::Bool(_) => TRUE,
        Thrift::Byte(_) => BYTE,
        Thrift::Int(kind, _) => *kind,
        Thrift::Double(_) => DOUBLE,
        Thrift::Binary(_) => BINARY,
        Thrift::List(..) => LIST,
        Thrift::Struct(_) => STRUCT,
    }
}

fn write_value(value: &Thrift, out: &mut Vec<u8>) {
    match value {
        Thrift::Bool(value) => out.push(if *value { TRUE } else { FALSE }),
        Thrift::Byte(value) => out.push(*value),
        Thrift::Int(_, value) => write_signed(*value, out),
        Thrift::Double(bytes) => out.extend(bytes),
        Thrift::Binary(bytes) => {
            write_unsigned(bytes.len() as u64, out);
            out.extend(bytes.iter());
        }
        Thrift::List(kind, items) => {
            match items.len() {
                few @ 0..=14 => out.push((few as u8) << 4 | kind),
                many => {
                    out.push(0xF0 | kind);
                    write_unsigned(many as u64, out);
                }
            }
            items.iter().for_each(|item| write_value(item, out));
        }
        Thrift::Struct(fields) => write_fields(fields, out),
    }
}

fn write_unsigned(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_signed(value: i64, out: &mut Vec<u8>) {
    write_unsigned((value << 1 ^ value >> 63) as u64, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let mut fields = Fields::default();
        fields.set(20, Thrift::Int(INT64, i64::MIN));
        fields.set(1, Thrift::Int(INT32, -1));
        fields.set(2, Thrift::List(BINARY, (0..20).map(|at| Thrift::text(&at.to_string())).collect()));
        fields.set(3, Thrift::Bool(true));
        fields.set(4, Thrift::Struct(Fields::default()));
        fields.set(5, Thrift::List(TRUE, vec![Thrift::Bool(false), Thrift::Bool(true)]));
        let written = fields.write();
        assert_eq!(Fields::read(&written), Some(fields));
        for end in 0..written.len() {
            assert_eq!(Fields::read(&written[..end]), None, "cut at {end}");
        }
        assert_eq!(Fields::read(&[0x1C; 10_000]), None);
    }
}
