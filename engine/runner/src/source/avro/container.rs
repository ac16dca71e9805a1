//! The container file: a header with the schema, then blocks of records, each with a mark behind it.

use std::fs::File;
use std::io::{self, BufReader, Read};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use pipewright_engine::problem::Problem;
use pipewright_engine::value::Value;

use super::super::columnar::{empty, other_format};
use super::bytes::{Bytes, MOST_EMPTY};
use super::schema::Schema;
use super::snappy;
use super::value::record;
use crate::files::Located;

/// A block larger than that, compressed or not, nobody writes, but a file made to fill the memory does.
const LARGEST: u64 = 1 << 30;

pub(super) struct Container<'a> {
    pub file: &'a Located,
    pub schema: Schema,
    codec: Codec,
    mark: [u8; 16],
    source: BufReader<File>,
    /// How many blocks and records were read.
    blocks: u64,
    records: u64,
    ended: bool,
}

#[derive(Clone, Copy)]
enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

pub(super) struct Block {
    pub records: u64,
    /// How many bytes it takes in the file.
    pub stored: usize,
    data: Vec<u8>,
    number: u64,
    first_record: u64,
}

impl<'a> Container<'a> {
    pub fn open(file: &'a Located) -> Result<Self, Problem> {
        let opened = File::open(&file.local)
            .map_err(|error| Problem::new(format!("{:?} cannot be read: {error}.", file.shown)).at("path"))?;
        let mut source = BufReader::with_capacity(1 << 20, opened);
        let mut magic = Vec::new();
        source
            .by_ref()
            .take(4)
            .read_to_end(&mut magic)
            .map_err(|error| damaged(file, "its header", &error.to_string()))?;
        if magic.is_empty() {
            return Err(empty(file));
        }
        if magic != b"Obj\x01" {
            return Err(other_format(file, "an Avro"));
        }
        let (properties, mark) = header(&mut source).map_err(|why| damaged(file, "its header", &why))?;
        let property = |name: &str| properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_slice());
        let codec = match property("avro.codec") {
            None | Some(b"" | b"null") => Codec::Null,
            Some(b"deflate") => Codec::Deflate,
            Some(b"snappy") => Codec::Snappy,
            Some(b"zstandard") => Codec::Zstandard,
            Some(other) => {
                let codec = String::from_utf8_lossy(other);
                return Err(Problem::new(format!(
                    "{:?} is compressed with {codec}, which can't be read here.",
                    file.shown
                ))
                .at("path")
                .try_this("Write it with deflate, snappy or zstandard, or without compression."));
            }
        };
        let text = property("avro.schema").unwrap_or_default();
        let schema = Schema::parse(text).map_err(|why| damaged(file, "its schema", &why))?;
        Ok(Self { file, schema, codec, mark, source, blocks: 0, records: 0, ended: false })
    }

    /// Whether all blocks were read.
    pub fn ended(&mut self) -> bool {
        self.ended || matches!(io::BufRead::fill_buf(&mut self.source), Ok(rest) if rest.is_empty())
    }

    /// The next block; none at the end, nor where the head of a file ends.
    pub fn next(&mut self) -> Result<Option<Block>, Problem> {
        if self.ended() {
            self.ended = true;
            return Ok(None);
        }
        let found = self.block();
        match found {
            Ok(block) => {
                self.blocks += 1;
                self.records += block.records;
                Ok(Some(block))
            }
            Err(_) if !self.file.whole => {
                self.ended = true;
                Ok(None)
            }
            Err(why) => Err(damaged(self.file, &self.place(self.blocks + 1, self.records), &why)),
        }
    }

    fn place(&self, block: u64, records: u64) -> String {
        format!("block {block}, after {records} records")
    }

    fn block(&mut self) -> Result<Block, String> {
        let records = long(&mut self.source)?;
        let records = u64::try_from(records).map_err(|_| format!("it says to have {records} records"))?;
        let stored = long(&mut self.source)?;
        let stored = u64::try_from(stored).ok().filter(|bytes| *bytes <= LARGEST);
        let stored = stored.ok_or("it says to be larger than a block may be")?;
        let mut compressed = Vec::new();
        self.source.by_ref().take(stored).read_to_end(&mut compressed).map_err(|error| error.to_string())?;
        let mut mark = [0; 16];
        if self.source.read_exact(&mut mark).is_err() {
            return Err("the file is cut off within it".into());
        }
        if mark != self.mark {
            return Err("the mark at its end is another than that of the file".into());
        }
        let data = self.codec.uncompressed(compressed)?;
        if records > data.len() as u64 + MOST_EMPTY {
            return Err(format!("it says to have {records} records in {} bytes", data.len()));
        }
        Ok(Block {
            records,
            stored: usize::try_from(stored).unwrap_or(usize::MAX),
            data,
            number: self.blocks + 1,
            first_record: self.records,
        })
    }

    pub fn rows<'b>(&'b self, block: &'b Block) -> Rows<'b> {
        Rows { container: self, block, rest: Bytes(&block.data), read: 0 }
    }
}

impl Codec {
    fn uncompressed(self, data: Vec<u8>) -> Result<Vec<u8>, String> {
        let broken = || "its compression is broken".to_owned();
        let all = |reader: &mut dyn Read| {
            let mut out = Vec::new();
            reader.take(LARGEST + 1).read_to_end(&mut out).map_err(|_| broken())?;
            if out.len() as u64 > LARGEST { Err("it is larger than a block may be".to_owned()) } else { Ok(out) }
        };
        match self {
            Self::Null => Ok(data),
            Self::Deflate => all(&mut DeflateDecoder::new(data.as_slice())),
            Self::Zstandard => all(&mut zstd::Decoder::new(data.as_slice()).map_err(|_| broken())?),
            Self::Snappy => {
                let (data, check) = data.split_last_chunk::<4>().ok_or_else(broken)?;
                let out = snappy::uncompressed(data, usize::try_from(LARGEST).unwrap_or(usize::MAX))?;
                let mut crc = Crc::new();
                crc.update(&out);
                if crc.sum() == u32::from_be_bytes(*check) { Ok(out) } else { Err("its checksum is wrong".into()) }
            }
        }
    }
}

/// The records of a block, one after the other.
pub(super) struct Rows<'b> {
    container: &'b Container<'b>,
    block: &'b Block,
    rest: Bytes<'b>,
    read: u64,
}

impl Rows<'_> {
    pub fn left(&self) -> u64 {
        self.block.records - self.read
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<Value>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left() == 0 {
            return None;
        }
        let row = record(&self.container.schema, &mut self.rest);
        let place = || self.container.place(self.block.number, self.block.first_record + self.read);
        let row = row.map_err(|why| damaged(self.container.file, &place(), &why));
        self.read += 1;
        Some(row)
    }
}

/// Names and values of the header, and the mark that stands behind each block.
type Header = (Vec<(String, Vec<u8>)>, [u8; 16]);

fn header(source: &mut impl Read) -> Result<Header, String> {
    let mut properties = Vec::new();
    loop {
        let mut count = long(source)?;
        if count == 0 {
            break;
        }
        if count < 0 {
            long(source)?;
            count = count.saturating_neg();
        }
        for _ in 0..count {
            let key = counted(source)?;
            properties.push((String::from_utf8_lossy(&key).into_owned(), counted(source)?));
        }
    }
    let mut mark = [0; 16];
    source.read_exact(&mut mark).map_err(|_| "the file is cut off within it")?;
    Ok((properties, mark))
}

fn counted(source: &mut impl Read) -> Result<Vec<u8>, String> {
    let count = long(source)?;
    let count = u64::try_from(count).ok().filter(|count| *count <= LARGEST).ok_or("a value is too long")?;
    let mut bytes = Vec::new();
    source.take(count).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 == count { Ok(bytes) } else { Err("the file is cut off within it".into()) }
}

fn long(source: &mut impl Read) -> Result<i64, String> {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0];
        source.read_exact(&mut byte).map_err(|_| "the file is cut off within it")?;
        bytes.push(byte[0]);
        if byte[0] & 0x80 == 0 || bytes.len() > 10 {
            return Bytes(&bytes).long();
        }
    }
}

fn damaged(file: &Located, place: &str, why: &str) -> Problem {
    Problem::new(format!("{:?} is damaged in {place}: {}.", file.shown, why.trim_end_matches('.')))
        .at("path")
        .try_this("Copy it again, or write it again with the program it comes from.")
}
