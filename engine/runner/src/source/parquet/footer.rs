//! What a footer says, looked at by ourselves: columns that can't be read, and what Polars 0.55.2 would misread, put right.
//!
//! A footer that is put right stands in a copy of the file. Of a file that needs nothing, it is only looked at.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::NaiveDate;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field as ArrowField, TimeUnit};
use polars_parquet::read::schema::read_schema_from_metadata;
use polars_parquet::write::schema_to_metadata_key;

use super::thrift::{Fields, INT32, INT64, Thrift};
use crate::host::fault::contain;

/// The key under which programs that use Arrow keep their own schema.
const ARROW_SCHEMA: &str = "ARROW:schema";
const DAY_MICROS: i64 = 86_400_000_000;
/// Seconds beyond that have no microseconds.
const MOST_SECONDS: i64 = i64::MAX / 1_000_000;

/// Numbers of fields, as [parquet.thrift] gives them.
mod file {
    pub const SCHEMA: i16 = 2;
    pub const ROWS: i16 = 3;
    pub const GROUPS: i16 = 4;
    pub const PROPERTIES: i16 = 5;
    pub const ORDERS: i16 = 7;
}
mod element {
    pub const TYPE: i16 = 1;
    pub const REPETITION: i16 = 3;
    pub const NAME: i16 = 4;
    pub const CHILDREN: i16 = 5;
    pub const CONVERTED: i16 = 6;
    pub const PRECISION: i16 = 8;
    pub const LOGICAL: i16 = 10;
}
mod group {
    pub const CHUNKS: i16 = 1;
    pub const ROWS: i16 = 3;
    pub const SORTED: i16 = 4;
}
mod chunk {
    pub const META: i16 = 3;
    pub const ENCRYPTED: i16 = 8;
    pub const PATH: i16 = 3;
    pub const VALUES: i16 = 5;
    pub const BYTES: i16 = 7;
    pub const PAGES: i16 = 9;
    pub const DICTIONARY: i16 = 11;
    pub const BLOOM: [i16; 2] = [14, 15];
    pub const STATISTICS: i16 = 12;
}
mod logical {
    pub const MAP: i16 = 2;
    pub const LIST: i16 = 3;
    pub const DECIMAL: i16 = 5;
    pub const DATE: i16 = 6;
    pub const TIME: i16 = 7;
    pub const TIMESTAMP: i16 = 8;
    pub const JSON: i16 = 12;
    pub const UUID: i16 = 14;
    pub const FLOAT16: i16 = 15;
    pub const VARIANT: i16 = 16;
    pub const GEOMETRY: i16 = 17;
    pub const GEOGRAPHY: i16 = 18;
}
/// How annotations were written before there were logical types.
mod converted {
    pub const MAP: i64 = 1;
    pub const MAP_KEY_VALUE: i64 = 2;
    pub const LIST: i64 = 3;
    pub const DECIMAL: i64 = 5;
    pub const DATE: i64 = 6;
    pub const TIME_MILLIS: i64 = 7;
    pub const TIME_MICROS: i64 = 8;
    pub const TIMESTAMP_MILLIS: i64 = 9;
    pub const TIMESTAMP_MICROS: i64 = 10;
    pub const JSON: i64 = 19;
    pub const INTERVAL: i64 = 21;
}
const REQUIRED: i64 = 0;
const REPEATED: i64 = 2;
const INT96: i64 = 3;

pub(super) struct Footer<'a> {
    tree: Fields<'a>,
    /// Where it begins in the file.
    start: u64,
    /// All columns of the file.
    pub names: Vec<String>,
    /// Columns that can't be read, and why: `is a VARIANT`.
    pub refused: Vec<(String, String)>,
    /// Columns of numbers of two bytes, which have no type of their own here.
    pub halves: Vec<String>,
    /// Columns of times in the old form of 96 bits.
    pub int96: Vec<String>,
    /// Columns of JSON, which is text.
    pub json: Vec<String>,
    /// Columns of UUIDs.
    pub uuids: Vec<String>,
    /// Something was put right.
    pub is_changed: bool,
}

impl<'a> Footer<'a> {
    /// None if it is broken, of which Polars tells more. The error says which of its counts contradict each other.
    pub fn look(bytes: &'a [u8], start: u64, leave_out: &[String]) -> Option<Result<Self, String>> {
        let tree = Fields::read(bytes)?;
        let mut elements = tree.list(file::SCHEMA).iter();
        let mut root = Node::read(&mut elements, 0)?;
        let names = root.children.iter().map(Node::name).collect();
        let mut footer = Self {
            tree,
            start,
            names,
            refused: Vec::new(),
            halves: Vec::new(),
            int96: Vec::new(),
            json: Vec::new(),
            uuids: Vec::new(),
            is_changed: false,
        };
        if let Err(why) = footer.check_counts(&root) {
            return Some(Err(why));
        }
        footer.leave_out(&mut root, leave_out);
        footer.look_at_columns(&root);
        footer.is_changed |= root.mend_annotations() | root.mend_lists() | footer.mend_groups();
        footer.mend_arrow_schema(leave_out);
        if footer.is_changed {
            footer.put(&root);
        }
        Some(Ok(footer))
    }

    pub fn rows(&self) -> u64 {
        self.groups().filter_map(|group| group.int(group::ROWS)).filter_map(|rows| u64::try_from(rows).ok()).sum()
    }

    fn groups(&self) -> impl Iterator<Item = &Fields<'a>> {
        self.tree.list(file::GROUPS).iter().filter_map(Thrift::fields)
    }

    fn groups_mut(&mut self) -> impl Iterator<Item = &mut Fields<'a>> {
        self.tree.list_mut(file::GROUPS).into_iter().flatten().filter_map(Thrift::fields_mut)
    }

    /// Columns without lists have a value or a null for each row of their group.
    fn check_counts(&self, root: &Node) -> Result<(), String> {
        let leaves = root.leaves();
        for (number, group) in self.groups().enumerate() {
            let chunks = group.list(group::CHUNKS);
            if chunks.len() != leaves.len() {
                let (chunks, leaves) = (chunks.len(), leaves.len());
                return Err(format!("row group {} has {chunks} columns, and the schema {leaves}", number + 1));
            }
            let rows = group.int(group::ROWS).unwrap_or_default();
            for (chunk, leaf) in chunks.iter().zip(&leaves).filter(|(_, leaf)| !leaf.is_repeated) {
                let values = meta(chunk).and_then(|meta| meta.int(chunk::VALUES));
                if let Some(values) = values.filter(|values| *values != rows) {
                    let name = leaf.path.join(".");
                    return Err(format!(
                        "row group {} says to have {rows} rows, and {values} values in the column {name:?}",
                        number + 1
                    ));
                }
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, root: &mut Node<'a>, names: &[String]) {
        let keeps: Vec<bool> = root.leaves().iter().map(|leaf| !names.contains(&leaf.path[0])).collect();
        if keeps.iter().all(|keep| *keep) {
            return;
        }
        self.is_changed = true;
        root.children.retain(|child| !names.contains(&child.name()));
        let retain = |items: &mut Vec<Thrift>| {
            let mut keeps = keeps.iter();
            items.retain(|_| keeps.next().is_none_or(|keep| *keep));
        };
        self.groups_mut().filter_map(|group| group.list_mut(group::CHUNKS)).for_each(retain);
        self.tree.list_mut(file::ORDERS).into_iter().for_each(retain);
    }

    /// Finds what can't be read, or not as it lies.
    fn look_at_columns(&mut self, root: &Node) {
        let leaves = root.leaves();
        let arrow = self.arrow_schema().and_then(Result::ok);
        for (at, child) in root.children.iter().enumerate() {
            let name = child.name();
            if self.names[..at].contains(&name) {
                self.refused.push((name, "is there twice".to_owned()));
                continue;
            }
            let within = || (0..leaves.len()).filter(|at| leaves[*at].path[0] == name);
            let chunks = |at: usize| self.groups().filter_map(move |group| group.list(group::CHUNKS).get(at));
            let is_encrypted = within().any(|at| {
                chunks(at)
                    .filter_map(Thrift::fields)
                    .any(|chunk| chunk.get(chunk::ENCRYPTED).is_some() || chunk.get(chunk::META).is_none())
            });
            let is_seconds = arrow
                .as_ref()
                .and_then(|arrow| arrow.get(name.as_str()))
                .is_some_and(|field| matches!(field.dtype, ArrowDataType::Duration(TimeUnit::Second)));
            let limits =
                if is_seconds { Some((MOST_SECONDS, "durations beyond 292,000 years")) } else { child.limits() };
            let is_beyond = |(most, _): &(i64, &str)| {
                within()
                    .flat_map(chunks)
                    .filter_map(extremes)
                    .any(|(least, greatest)| greatest > *most || least < -most)
            };
            if is_encrypted {
                self.refused.push((name, "is encrypted".to_owned()));
            } else if let Some(kind) = child.unreadable() {
                self.refused.push((name, kind));
            } else if let Some((_, what)) = limits.filter(is_beyond) {
                self.refused.push((name, format!("has {what}")));
            } else if child.logical() == Some(logical::FLOAT16) {
                self.halves.push(name);
            } else if child.logical() == Some(logical::JSON) || child.converted() == Some(converted::JSON) {
                self.json.push(name);
            } else if child.logical() == Some(logical::UUID) {
                self.uuids.push(name);
            } else if child.children.is_empty() && child.element.int(element::TYPE) == Some(INT96) {
                self.int96.push(name);
            }
        }
    }

    fn mend_groups(&mut self) -> bool {
        let rows = i64::try_from(self.rows()).unwrap_or(i64::MAX);
        let mut is_changed = self.tree.int(file::ROWS) != Some(rows);
        if is_changed {
            self.tree.set(file::ROWS, Thrift::Int(INT64, rows));
        }
        for group in self.groups_mut() {
            let sorted = group.list(group::SORTED).iter().filter_map(Thrift::fields);
            if sorted.into_iter().any(|column| (1..=3).any(|id| column.get(id).is_none())) {
                is_changed |= group.remove(group::SORTED);
            }
            let chunks = group.list_mut(group::CHUNKS).into_iter().flatten().filter_map(Thrift::fields_mut);
            for meta in chunks.filter_map(|chunk| chunk.fields_mut(chunk::META)) {
                // No page lies before the first four bytes.
                if meta.int(chunk::DICTIONARY) == Some(0) {
                    is_changed |= meta.remove(chunk::DICTIONARY);
                }
                // Some programs had fields of their own before the format gave the numbers away.
                for id in chunk::BLOOM {
                    if meta.get(id).is_some() && meta.int(id).is_none() {
                        is_changed |= meta.remove(id);
                    }
                }
            }
        }
        is_changed
    }

    fn arrow_schema(&self) -> Option<Result<ArrowSchema, ()>> {
        let properties = self.tree.list(file::PROPERTIES).iter().filter_map(Thrift::fields);
        let mut found = properties.filter(|property| property.binary(1) == Some(ARROW_SCHEMA.as_bytes()));
        let encoded = found.next()?.text(2)?;
        let read = || {
            let mut metadata = BTreeMap::from([(ARROW_SCHEMA.into(), encoded.as_str().into())]);
            read_schema_from_metadata(&mut metadata)
        };
        Some(contain(read).ok().and_then(Result::ok).flatten().ok_or(()))
    }

    /// The schema of Arrow must have the columns that the file has, in types that Polars has. One that can't be read is done without.
    fn mend_arrow_schema(&mut self, leave_out: &[String]) {
        let Some(found) = self.arrow_schema() else { return };
        let mended = found.ok().map(|schema| {
            let kept = schema.iter_values().filter(|field| !leave_out.iter().any(|name| *name == field.name.as_str()));
            let mended: ArrowSchema = kept
                .map(|field| {
                    let mut field = field.clone();
                    field.dtype = plain(field.dtype);
                    (field.name.clone(), field)
                })
                .collect();
            (mended != schema, mended)
        });
        if matches!(mended, Some((false, _))) {
            return;
        }
        self.is_changed = true;
        let Some(properties) = self.tree.list_mut(file::PROPERTIES) else { return };
        properties.retain(|property| {
            property.fields().is_none_or(|property| property.binary(1) != Some(ARROW_SCHEMA.as_bytes()))
        });
        if let Some((_, schema)) = mended {
            let written = contain(|| schema_to_metadata_key(&schema)).ok().and_then(|key| key.value);
            if let Some(value) = written {
                let mut property = Fields::default();
                property.set(1, Thrift::text(ARROW_SCHEMA));
                property.set(2, Thrift::text(&value));
                properties.push(Thrift::Struct(property));
            }
        }
    }

    /// Puts the schema into the tree, and the paths that follow from it.
    fn put(&mut self, root: &Node<'a>) {
        let leaves = root.leaves();
        for group in self.groups_mut() {
            let chunks = group.list_mut(group::CHUNKS).into_iter().flatten().filter_map(Thrift::fields_mut);
            for (chunk, leaf) in chunks.zip(&leaves) {
                if let Some(meta) = chunk.fields_mut(chunk::META) {
                    let path = leaf.path.iter().map(|name| Thrift::text(name)).collect();
                    meta.set(chunk::PATH, Thrift::List(8, path));
                }
            }
        }
        let mut elements = Vec::new();
        root.write(&mut elements);
        self.tree.set(file::SCHEMA, Thrift::List(12, elements));
    }

    /// Writes a copy of the file with this footer: all of it, or no more row groups than have so many rows.
    pub fn copy(mut self, from: &Path, to: &Path, first: Option<u64>) -> io::Result<()> {
        let mut out = match first {
            None => {
                std::fs::copy(from, to)?;
                let out = File::options().write(true).open(to)?;
                out.set_len(self.start)?;
                out
            }
            Some(first) => {
                let mut rows = 0;
                let mut kept = Vec::new();
                for group in std::mem::take(self.tree.list_mut(file::GROUPS).unwrap_or(&mut Vec::new())) {
                    if rows >= first && !kept.is_empty() {
                        break;
                    }
                    rows += group.fields().and_then(|group| group.int(group::ROWS)).map_or(0, i64::unsigned_abs);
                    kept.push(group);
                }
                self.tree.set(file::GROUPS, Thrift::List(12, kept));
                self.tree.set(file::ROWS, Thrift::Int(INT64, i64::try_from(rows).unwrap_or(i64::MAX)));
                let (mut source, mut out) = (File::open(from)?, File::create(to)?);
                out.set_len(self.start)?;
                out.write_all(b"PAR1")?;
                for (place, length) in self.groups().flat_map(|group| group.list(group::CHUNKS)).filter_map(span) {
                    source.seek(SeekFrom::Start(place))?;
                    out.seek(SeekFrom::Start(place))?;
                    let length = length.min(self.start.saturating_sub(place));
                    io::copy(&mut Read::by_ref(&mut source).take(length), &mut out)?;
                }
                out
            }
        };
        let written = self.tree.write();
        let length = u32::try_from(written.len()).map_err(|_| io::ErrorKind::InvalidData)?;
        out.seek(SeekFrom::Start(self.start))?;
        out.write_all(&written)?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(b"PAR1")
    }
}

fn meta<'b, 'a>(chunk: &'b Thrift<'a>) -> Option<&'b Fields<'a>> {
    chunk.fields()?.fields(chunk::META)
}

/// Where the pages of a chunk begin, and how many bytes they have.
fn span(chunk: &Thrift) -> Option<(u64, u64)> {
    let meta = meta(chunk)?;
    let places = [meta.int(chunk::PAGES), meta.int(chunk::DICTIONARY)].into_iter().flatten();
    let first = places.filter_map(|place| u64::try_from(place).ok()).min()?;
    Some((first, u64::try_from(meta.int(chunk::BYTES)?).ok()?))
}

/// The least and the greatest integer of a chunk, where its statistics say so.
fn extremes(chunk: &Thrift) -> Option<(i64, i64)> {
    let said = meta(chunk)?.fields(chunk::STATISTICS)?;
    let integer = |bytes: &[u8]| match bytes.len() {
        4 => Some(i64::from(i32::from_le_bytes(bytes.try_into().ok()?))),
        8 => Some(i64::from_le_bytes(bytes.try_into().ok()?)),
        _ => None,
    };
    let (greatest, least) = (said.binary(5).or(said.binary(1)), said.binary(6).or(said.binary(2)));
    Some((integer(least?)?, integer(greatest?)?))
}

/// A type of Arrow that Polars has, for what lies in the file in the same way.
fn plain(dtype: ArrowDataType) -> ArrowDataType {
    match dtype {
        ArrowDataType::Float16 => ArrowDataType::FixedSizeBinary(2),
        ArrowDataType::Extension(extension) => plain(extension.inner),
        // Parquet has no times in seconds: what programs call so is written in milliseconds.
        ArrowDataType::Time32(TimeUnit::Second) => ArrowDataType::Time32(TimeUnit::Millisecond),
        ArrowDataType::List(inner) => ArrowDataType::List(plain_field(inner)),
        ArrowDataType::LargeList(inner) => ArrowDataType::LargeList(plain_field(inner)),
        ArrowDataType::FixedSizeList(inner, size) => ArrowDataType::FixedSizeList(plain_field(inner), size),
        ArrowDataType::Map(inner, sorted) => ArrowDataType::Map(plain_field(inner), sorted),
        ArrowDataType::Struct(fields) => {
            let plain_fields = fields.into_iter().map(|field| *plain_field(Box::new(field)));
            ArrowDataType::Struct(plain_fields.collect())
        }
        ArrowDataType::Dictionary(keys, values, sorted) => {
            ArrowDataType::Dictionary(keys, Box::new(plain(*values)), sorted)
        }
        other => other,
    }
}

fn plain_field(mut field: Box<ArrowField>) -> Box<ArrowField> {
    field.dtype = plain(field.dtype);
    field
}

/// An element of the schema with what lies within.
#[derive(Clone)]
struct Node<'a> {
    element: Fields<'a>,
    children: Vec<Node<'a>>,
}

struct Leaf {
    path: Vec<String>,
    is_repeated: bool,
}

impl<'a> Node<'a> {
    fn read<'b>(elements: &mut impl Iterator<Item = &'b Thrift<'a>>, depth: usize) -> Option<Self>
    where
        'a: 'b,
    {
        let element = elements.next()?.fields()?.clone();
        let count = usize::try_from(element.int(element::CHILDREN).unwrap_or_default()).ok()?;
        if depth > 64 {
            return None;
        }
        let children = (0..count).map(|_| Self::read(elements, depth + 1)).collect::<Option<_>>()?;
        Some(Self { element, children })
    }

    fn write(&self, elements: &mut Vec<Thrift<'a>>) {
        let mut element = self.element.clone();
        if !self.children.is_empty() {
            element.set(element::CHILDREN, Thrift::Int(INT32, self.children.len() as i64));
        }
        elements.push(Thrift::Struct(element));
        self.children.iter().for_each(|child| child.write(elements));
    }

    fn name(&self) -> String {
        self.element.text(element::NAME).unwrap_or_default()
    }

    fn leaves(&self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        for child in &self.children {
            child.add_leaves(&mut Vec::new(), false, &mut leaves);
        }
        leaves
    }

    fn add_leaves(&self, path: &mut Vec<String>, is_repeated: bool, leaves: &mut Vec<Leaf>) {
        path.push(self.name());
        let is_repeated = is_repeated || self.is_repeated();
        if self.children.is_empty() {
            leaves.push(Leaf { path: path.clone(), is_repeated });
        }
        self.children.iter().for_each(|child| child.add_leaves(path, is_repeated, leaves));
        path.pop();
    }

    fn is_repeated(&self) -> bool {
        self.element.int(element::REPETITION) == Some(REPEATED)
    }

    fn logical(&self) -> Option<i16> {
        self.element.fields(element::LOGICAL)?.variant()
    }

    fn converted(&self) -> Option<i64> {
        self.element.int(element::CONVERTED)
    }

    fn is_list(&self) -> bool {
        self.logical() == Some(logical::LIST) || self.converted() == Some(converted::LIST)
    }

    fn is_map(&self) -> bool {
        let converted = self.converted();
        self.logical() == Some(logical::MAP) || matches!(converted, Some(converted::MAP | converted::MAP_KEY_VALUE))
    }

    /// What it is, where there is no type for it here.
    fn unreadable(&self) -> Option<String> {
        let is_decimal = self.logical() == Some(logical::DECIMAL) || self.converted() == Some(converted::DECIMAL);
        let digits = self.element.int(element::PRECISION).unwrap_or_default();
        let own = match self.logical() {
            Some(logical::VARIANT) => "is a VARIANT".to_owned(),
            Some(logical::GEOMETRY) => "is a GEOMETRY".to_owned(),
            Some(logical::GEOGRAPHY) => "is a GEOGRAPHY".to_owned(),
            _ if self.converted() == Some(converted::INTERVAL) => "is an INTERVAL of months and days".to_owned(),
            _ if is_decimal && digits > 38 => format!("is a decimal of {digits} digits"),
            _ => {
                return self.children.iter().find_map(|child| match child.logical() {
                    Some(logical::FLOAT16) => Some("is a list or group of numbers of two bytes".to_owned()),
                    _ => child.unreadable(),
                });
            }
        };
        Some(own)
    }

    /// The greatest amount that is read right, and what is not.
    fn limits(&self) -> Option<(i64, &'static str)> {
        const TIMES: &str = "times of 24:00 or later";
        const INSTANTS: &str = "times beyond the year 262,000";
        const DATES: &str = "dates beyond the year 262,000";
        // No calendar here goes further. What DuckDB and PostgreSQL write for infinity does.
        let last_day = i64::from(NaiveDate::MAX.to_epoch_days());
        let annotation = self.element.fields(element::LOGICAL).and_then(|logical| logical.fields(logical.variant()?));
        let unit = annotation.and_then(|annotation| annotation.fields(2)).and_then(Fields::variant);
        match (self.logical(), unit, self.converted()) {
            (Some(logical::TIME), Some(1), _) | (None, _, Some(converted::TIME_MILLIS)) => {
                Some((DAY_MICROS / 1000 - 1, TIMES))
            }
            (Some(logical::TIME), Some(2), _) | (None, _, Some(converted::TIME_MICROS)) => {
                Some((DAY_MICROS - 1, TIMES))
            }
            (Some(logical::TIME), Some(3), _) => Some((DAY_MICROS * 1000 - 1, TIMES)),
            (Some(logical::TIMESTAMP), Some(1), _) | (None, _, Some(converted::TIMESTAMP_MILLIS)) => {
                Some((last_day * (DAY_MICROS / 1000), INSTANTS))
            }
            (Some(logical::TIMESTAMP), Some(2), _) | (None, _, Some(converted::TIMESTAMP_MICROS)) => {
                Some((last_day * DAY_MICROS, INSTANTS))
            }
            (Some(logical::DATE), ..) | (None, _, Some(converted::DATE)) => Some((last_day, DATES)),
            _ => None,
        }
    }

    /// Annotations that Polars refuses are dropped where the values mean the same without: those of numbers of two bytes, and those that
    /// came later than it, which the format says to pass over.
    fn mend_annotations(&mut self) -> bool {
        let mut is_changed = false;
        if let Some(logical) = self.element.fields(element::LOGICAL)
            && logical.variant().is_none_or(|known| !(1..logical::FLOAT16).contains(&known) || known == 9)
        {
            is_changed = self.element.remove(element::LOGICAL);
        }
        for child in &mut self.children {
            is_changed |= child.mend_annotations();
        }
        is_changed
    }

    /// Gives lists in older forms the one that Polars reads right, by the rules that the format has for them. What lies in the pages is
    /// the same: the levels count the same groups.
    fn mend_lists(&mut self) -> bool {
        let (name, is_list, is_map) = (self.name(), self.is_list(), self.is_map());
        let mut is_changed = false;
        match self.children.as_mut_slice() {
            [item] if item.is_repeated() && (is_list || is_map) => {
                if is_list && item.is_an_element(&name) {
                    let inner = item.clone();
                    *item = list_of(inner);
                    is_changed = true;
                }
                for child in &mut item.children {
                    is_changed |= child.mend_lists();
                }
            }
            children => {
                for child in children {
                    if child.is_repeated() {
                        let mut element = Fields::default();
                        element.set(element::REPETITION, Thrift::Int(INT32, REQUIRED));
                        element.set(element::NAME, Thrift::text(&child.name()));
                        element.set(element::CONVERTED, Thrift::Int(INT32, converted::LIST));
                        *child = Self { element, children: vec![list_of(child.clone())] };
                        is_changed = true;
                        child.children[0].children[0].mend_lists();
                    } else {
                        is_changed |= child.mend_lists();
                    }
                }
            }
        }
        is_changed
    }

    /// Whether what repeats in a list is an element, and not a group around it.
    fn is_an_element(&self, list: &str) -> bool {
        let [only] = self.children.as_slice() else { return true };
        let name = self.name();
        self.is_list() || self.is_map() || only.is_repeated() || name == "array" || name == format!("{list}_tuple")
    }
}

/// The repeated group of a list in the form of today, around an element.
fn list_of(mut inner: Node) -> Node {
    inner.element.set(element::REPETITION, Thrift::Int(INT32, REQUIRED));
    inner.element.set(element::NAME, Thrift::text("element"));
    let mut element = Fields::default();
    element.set(element::REPETITION, Thrift::Int(INT32, REPEATED));
    element.set(element::NAME, Thrift::text("list"));
    Node { element, children: vec![inner] }
}
