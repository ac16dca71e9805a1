//! Bytes of any encoding as UTF-8. What is malformed is marked, never replaced in silence.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

/// Stands in the decoded stream where the source was malformed: a byte that UTF-8 never holds, so the record that has it is refused.
const MALFORMED: u8 = 0xFF;

/// How much is decoded at a time.
const READ: u64 = 1 << 16;

pub(super) const UTF_8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The file as UTF-8 without byte order mark, and how many bytes of a UTF-8 file that mark took.
pub fn decoded(mut file: File, encoding: &'static Encoding) -> io::Result<(Box<dyn Read + Send>, u64)> {
    if encoding != UTF_8 {
        return Ok((Box::new(Decoding::new(file, encoding)), 0));
    }
    let mut head = Vec::new();
    file.by_ref().take(3).read_to_end(&mut head)?;
    let mark = if head == UTF_8_MARK { 3 } else { 0 };
    file.seek(SeekFrom::Start(mark))?;
    Ok((Box::new(file), mark))
}

struct Decoding<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    used: usize,
    at_end: bool,
    output: Vec<u8>,
    given: usize,
    finished: bool,
}

impl<R: Read> Decoding<R> {
    fn new(source: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self {
            source,
            decoder,
            input: Vec::new(),
            used: 0,
            at_end: false,
            output: Vec::new(),
            given: 0,
            finished: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.input.drain(..self.used);
        self.used = 0;
        if self.input.is_empty() && !self.at_end {
            self.at_end = self.source.by_ref().take(READ).read_to_end(&mut self.input)? == 0;
        }
        self.output.resize(2 * READ as usize, 0);
        let (result, used, mut written) = self.decoder.decode_to_utf8_without_replacement(
            &self.input,
            &mut self.output[..2 * READ as usize - 1],
            self.at_end,
        );
        self.used = used;
        self.finished = self.at_end && result == DecoderResult::InputEmpty;
        if let DecoderResult::Malformed(..) = result {
            self.output[written] = MALFORMED;
            written += 1;
        }
        self.output.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.finished {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = room.len().min(self.output.len() - self.given);
        room[..count].copy_from_slice(&self.output[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// Text for a person to see: bytes that are not UTF-8 show as `\xE9`, so that nothing of the record is lost.
pub(super) fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}
