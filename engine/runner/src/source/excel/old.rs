//! Workbooks in the old binary form (.xls), put right where the library misreads them: calamine 0.38 reads the text of Excel 97 in
//! the code page of the file, though it is Unicode, and drops the first character of the number formats of Excel 5.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::format::{Shows, shows};

/// What all files of this form begin with.
const COMPOUND: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const UNICODE: u16 = 1200;
const LATIN: u16 = 1252;

const BEGIN: u16 = 0x0809;
const END: u16 = 0x000A;
const PASSWORD: u16 = 0x002F;
const CODE_PAGE: u16 = 0x0042;
const FORMAT: u16 = 0x041E;

/// The bytes of such a workbook with what would be misread put right; none where nothing is, or it is of another form.
pub(super) fn mended(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.by_ref().take(8).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if let Some(version) = sheet_before_workbooks(&bytes) {
        return Err(format!("it is a single sheet of Excel {version}, from before there were workbooks"));
    }
    if bytes != COMPOUND {
        return Ok(None);
    }
    file.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let Some(stream) = stream(&bytes) else { return Ok(None) };
    mend(bytes, &stream)
}

/// Sheets of Excel 2 to 4 begin with a record of their own.
fn sheet_before_workbooks(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [0x09, 0x00, 0x04, 0x00, ..] => Some(2),
        [0x09, 0x02, 0x06, 0x00, ..] => Some(3),
        [0x09, 0x04, 0x06, 0x00, ..] => Some(4),
        _ => None,
    }
}

/// Goes through the records about the workbook as a whole, which end where the first sheet begins.
fn mend(mut bytes: Vec<u8>, stream: &Stream) -> Result<Option<Vec<u8>>, String> {
    let (mut at, mut is_unicode, mut is_mended) = (0, true, false);
    while let (Some(record), Some(length)) = (stream.short(&bytes, at), stream.short(&bytes, at + 2)) {
        let data = at + 4;
        match record {
            BEGIN => is_unicode = stream.short(&bytes, data) != Some(0x0500),
            PASSWORD => return Err("it has a password".to_owned()),
            CODE_PAGE => {
                let page = match stream.short(&bytes, data) {
                    _ if is_unicode => UNICODE,
                    Some(0x8001) => LATIN,
                    Some(other) => other,
                    None => break,
                };
                for (offset, byte) in page.to_le_bytes().into_iter().enumerate() {
                    is_mended |= stream.set(&mut bytes, data + offset, byte);
                }
            }
            FORMAT if !is_unicode => is_mended |= mend_format(&mut bytes, stream, data),
            END => break,
            _ => {}
        }
        at = data + usize::from(length);
    }
    Ok(is_mended.then_some(bytes))
}

/// The length of a format is one byte, and taken for two: the first character counts as its upper half. A format of the same kind, one
/// character shorter, is what is read right.
fn mend_format(bytes: &mut [u8], stream: &Stream, data: usize) -> bool {
    let Some(length) = stream.byte(bytes, data + 2).map(usize::from) else { return false };
    let text: Option<String> = (0..length).map(|at| stream.byte(bytes, data + 3 + at).map(char::from)).collect();
    let Some(text) = text.filter(|text| text.len() > 1) else { return false };
    let instead = match shows(&text) {
        Shows::Number => "0",
        Shows::Date => "d",
        Shows::Time => "h",
        Shows::Duration => "[h]",
    };
    let instead = instead.bytes().chain(std::iter::repeat(b'0')).take(length - 1);
    for (offset, byte) in std::iter::once(0).chain(instead).enumerate() {
        stream.set(bytes, data + 3 + offset, byte);
    }
    true
}

/// Where the bytes of a stream lie in a compound file.
struct Stream {
    /// The places of its pieces, all of one length.
    pieces: Vec<usize>,
    piece: usize,
}

impl Stream {
    fn place(&self, at: usize) -> Option<usize> {
        Some(self.pieces.get(at / self.piece)? + at % self.piece)
    }

    fn byte(&self, bytes: &[u8], at: usize) -> Option<u8> {
        bytes.get(self.place(at)?).copied()
    }

    fn short(&self, bytes: &[u8], at: usize) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte(bytes, at)?, self.byte(bytes, at + 1)?]))
    }

    /// Says whether the byte was another.
    fn set(&self, bytes: &mut [u8], at: usize, byte: u8) -> bool {
        let old = self.place(at).and_then(|place| bytes.get_mut(place));
        old.is_some_and(|old| std::mem::replace(old, byte) != byte)
    }
}

/// The stream of the workbook in a compound file ([MS-CFB]): a small file system of sectors that are chained in tables.
fn stream(bytes: &[u8]) -> Option<Stream> {
    let long = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let sector = 1_usize.checked_shl(u32::from(*bytes.get(30)?)).filter(|size| matches!(size, 512 | 4096))?;
    let place = |number: u32| (number as usize + 1) * sector;
    let in_table = sector / 4;
    let most = bytes.len() / sector + 1;

    // The table of the chains is in sectors, the first 109 of which stand in the header and others in a chain of their own.
    let mut tables: Vec<u32> = (0..109).filter_map(|at| long(76 + 4 * at)).collect();
    let mut more = long(68)?;
    while is_sector(more) && tables.len() < most + 109 {
        tables.extend((0..in_table - 1).filter_map(|at| long(place(more) + 4 * at)));
        more = long(place(more) + sector - 4)?;
    }
    let next = |number: u32| long(place(*tables.get(number as usize / in_table)?) + 4 * (number as usize % in_table));
    let chain = |first: u32| {
        let numbers = std::iter::successors(Some(first).filter(|first| is_sector(*first)), |number| {
            next(*number).filter(|next| is_sector(*next))
        });
        numbers.take(most).collect::<Vec<u32>>()
    };

    let folder = chain(long(48)?);
    let entries = || folder.iter().flat_map(|number| (0..sector / 128).map(|at| place(*number) + 128 * at));
    let named = |name: &str| {
        let wanted: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        entries().find(|at| bytes.get(*at..at + wanted.len()) == Some(wanted.as_slice()))
    };
    let entry = named("Workbook").or_else(|| named("Book"))?;
    let (first, length) = (long(entry + 116)?, long(entry + 120)?);
    if length >= long(56)? {
        return Some(Stream { pieces: chain(first).into_iter().map(place).collect(), piece: sector });
    }
    // Short streams lie in pieces of 64 bytes in a stream that belongs to the root.
    let within: Vec<usize> = chain(long(entries().next()? + 116)?).into_iter().map(place).collect();
    let table = chain(long(60)?);
    let next = |number: u32| long(place(*table.get(number as usize / in_table)?) + 4 * (number as usize % in_table));
    let numbers = std::iter::successors(Some(first), |number| next(*number).filter(|next| is_sector(*next)));
    let in_sector = sector / 64;
    let pieces = numbers.take(most * in_sector).map_while(|number| {
        within.get(number as usize / in_sector).map(|place| place + 64 * (number as usize % in_sector))
    });
    Some(Stream { pieces: pieces.collect(), piece: 64 })
}

/// The highest numbers are marks: the end of a chain, a free sector.
fn is_sector(number: u32) -> bool {
    number < 0xFFFF_FFFA
}
