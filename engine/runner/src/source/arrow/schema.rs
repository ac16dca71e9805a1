//! The schema in the footer of an Arrow file, as far as is needed to tell by name what can't be read: Polars 0.55.2 panics at it.
//!
//! The footer is a FlatBuffer: tables whose fields are found through a list of offsets, after [Schema.fbs] and [File.fbs].

/// The columns that can't be read, and why: `is an interval`. None if the footer is broken, of which Polars tells more.
pub(super) fn refused(footer: &[u8]) -> Option<Vec<(String, String)>> {
    let bytes = Bytes(footer);
    let root = Table { bytes, at: bytes.follow(0)? };
    let fields = root.table(1)?.tables(1)?;
    let mut refused = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let name = field.text(0)?;
        if names.contains(&name) {
            refused.push((name, "is there twice".to_owned()));
            continue;
        }
        if let Some(kind) = unreadable(field, 0) {
            refused.push((name.clone(), kind));
        }
        names.push(name);
    }
    Some(refused)
}

fn unreadable(field: Table, depth: usize) -> Option<String> {
    if depth > 64 {
        return Some("is nested more than 64 deep".to_owned());
    }
    let properties = field.tables(6).unwrap_or_default();
    let extension = properties.iter().find(|property| property.text(0).as_deref() == Some("ARROW:extension:name"));
    if let Some(name) = extension.and_then(|property| property.text(1)) {
        return Some(format!("is of the extension type {name:?}"));
    }
    let kind = field.byte(2).unwrap_or_default();
    let detail = field.table(3);
    let kind = match kind {
        3 if detail.and_then(|detail| detail.short(0)).unwrap_or_default() == 0 => {
            "is of numbers of two bytes (float16)"
        }
        7 => match detail.and_then(|detail| detail.int(2)) {
            Some(bits) if bits > 128 => return Some(format!("is a decimal of {bits} bits")),
            _ => return None,
        },
        11 => "is an interval",
        14 => "is a union of several types",
        22 => "is run-end encoded",
        25 | 26 => "is a list view",
        27.. => "is of a type that is newer than this program",
        _ => return field.tables(5).unwrap_or_default().into_iter().find_map(|child| unreadable(child, depth + 1)),
    };
    Some(kind.to_owned())
}

#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn get<const LENGTH: usize>(self, at: usize) -> Option<[u8; LENGTH]> {
        self.0.get(at..at.checked_add(LENGTH)?)?.try_into().ok()
    }

    /// Where the offset at a place leads.
    fn follow(self, at: usize) -> Option<usize> {
        at.checked_add(usize::try_from(u32::from_le_bytes(self.get(at)?)).ok()?)
    }
}

#[derive(Clone, Copy)]
struct Table<'a> {
    bytes: Bytes<'a>,
    at: usize,
}

impl<'a> Table<'a> {
    /// Where a field stands; none if it has its default.
    fn place(self, field: usize) -> Option<usize> {
        let list = i64::try_from(self.at).ok()? - i64::from(i32::from_le_bytes(self.bytes.get(self.at)?));
        let list = usize::try_from(list).ok()?;
        let length = usize::from(u16::from_le_bytes(self.bytes.get(list)?));
        let entry = 4 + 2 * field;
        if entry + 2 > length {
            return None;
        }
        match u16::from_le_bytes(self.bytes.get(list + entry)?) {
            0 => None,
            offset => Some(self.at + usize::from(offset)),
        }
    }

    fn byte(self, field: usize) -> Option<u8> {
        self.bytes.get(self.place(field)?).map(|[byte]| byte)
    }

    fn short(self, field: usize) -> Option<i16> {
        self.bytes.get(self.place(field)?).map(i16::from_le_bytes)
    }

    fn int(self, field: usize) -> Option<i32> {
        self.bytes.get(self.place(field)?).map(i32::from_le_bytes)
    }

    fn table(self, field: usize) -> Option<Table<'a>> {
        Some(Table { at: self.bytes.follow(self.place(field)?)?, ..self })
    }

    fn tables(self, field: usize) -> Option<Vec<Table<'a>>> {
        let list = self.bytes.follow(self.place(field)?)?;
        let count = usize::try_from(u32::from_le_bytes(self.bytes.get(list)?)).ok()?;
        if count > self.bytes.0.len() / 4 {
            return None;
        }
        (0..count).map(|at| Some(Table { at: self.bytes.follow(list + 4 + 4 * at)?, ..self })).collect()
    }

    fn text(self, field: usize) -> Option<String> {
        let place = self.bytes.follow(self.place(field)?)?;
        let length = usize::try_from(u32::from_le_bytes(self.bytes.get(place)?)).ok()?;
        let text = self.bytes.0.get(place + 4..(place + 4).checked_add(length)?)?;
        String::from_utf8(text.to_vec()).ok()
    }
}
