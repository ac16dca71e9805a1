//! Compressed streams: which kind one is, reading it whole, and what is said when it is cut short, damaged or a bomb.

use std::cell::Cell;
use std::fs::{self, OpenOptions};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use pipewright_engine::problem::Problem;

/// Real data is seldom compressed to less than a hundredth; a bomb is made of more than a thousand to one.
const MAX_RATIO: u64 = 200;
/// Up to here any ratio is fine: so much does no harm.
const ALWAYS_ALLOWED: u64 = 64 << 20;
const CHUNK: usize = 128 << 10;

/// Watches a file being unpacked: how much was read of it and came out, whether it is a bomb, and whether to go on.
pub(super) struct Meter<'a> {
    stop: &'a dyn Fn() -> bool,
    read: Cell<u64>,
    unpacked: Cell<u64>,
    trailing_zeros: Cell<u64>,
    verdict: Cell<Option<Verdict>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Stopped,
    Bomb,
}

impl<'a> Meter<'a> {
    pub fn new(stop: &'a dyn Fn() -> bool) -> Self {
        Self {
            stop,
            read: Cell::new(0),
            unpacked: Cell::new(0),
            trailing_zeros: Cell::new(0),
            verdict: Cell::new(None),
        }
    }

    pub fn unpacked(&self) -> u64 {
        self.unpacked.get()
    }

    /// How many zero bytes the unpacked stream ended with: a tar archive ends with at least 1,024.
    pub fn trailing_zeros(&self) -> u64 {
        self.trailing_zeros.get()
    }

    fn check(&self, produced: u64) -> io::Result<()> {
        if (self.stop)() {
            self.verdict.set(Some(Verdict::Stopped));
        } else if produced > ALWAYS_ALLOWED && produced / MAX_RATIO > self.read.get() {
            self.verdict.set(Some(Verdict::Bomb));
        }
        match self.verdict.get() {
            None => Ok(()),
            Some(_) => Err(io::Error::other("stopped")),
        }
    }

    /// What to tell the user after reading `shown` failed.
    pub fn problem(&self, shown: &str, error: &io::Error) -> Problem {
        match self.verdict.get() {
            Some(Verdict::Stopped) => return stopped(),
            Some(Verdict::Bomb) => {
                return Problem::new(format!(
                    "{shown:?} unpacks to more than {MAX_RATIO} times its size, as only a decompression bomb does."
                ))
                .try_this("If you trust it, unpack it yourself and read the file that comes out.");
            }
            None => {}
        }
        let text = error.to_string();
        let cut = ["unexpected EOF", "unexpected end", "incomplete frame", "failed to read entire block"];
        if error.kind() == io::ErrorKind::UnexpectedEof || cut.iter().any(|words| text.contains(words)) {
            return self.ends_early(shown);
        }
        if error.raw_os_error().is_some() {
            return Problem::new(format!("{shown:?} cannot be read: {text}."));
        }
        Problem::new(format!("{shown:?} is damaged after {} bytes of data: {text}.", self.unpacked.get()))
            .try_this("Copy or download it again.")
    }

    pub fn ends_early(&self, shown: &str) -> Problem {
        Problem::new(format!("{shown:?} ends early: the file is cut off after {} bytes.", self.read.get()))
            .try_this("Copy or download it again.")
    }
}

/// What a cancelled read ends with; who asked for it to stop knows why.
pub(super) fn stopped() -> Problem {
    Problem::new("The reading was stopped.")
}

/// Counts the bytes taken from the file itself.
pub(super) struct Counted<'m, R> {
    pub inner: R,
    pub meter: &'m Meter<'m>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.meter.read.set(self.meter.read.get() + count as u64);
        Ok(count)
    }
}

impl<R: Seek> Seek for Counted<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Counts the bytes that come out and ends when the meter says so.
pub(super) struct Metered<'m, R> {
    pub inner: R,
    pub meter: &'m Meter<'m>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let meter = self.meter;
        meter.unpacked.set(meter.unpacked.get() + count as u64);
        let zeros = buffer[..count].iter().rev().take_while(|byte| **byte == 0).count();
        let before = if zeros == count { meter.trailing_zeros.get() } else { 0 };
        meter.trailing_zeros.set(before + zeros as u64);
        meter.check(meter.unpacked.get())?;
        Ok(count)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// By the first bytes, else by the name, so that a file with the wrong ending still reads and one that only
    /// pretends is found out.
    pub fn of(shown: &str, start: &[u8]) -> Result<Option<Self>, Problem> {
        let name = shown.to_lowercase();
        let unreadable =
            [(".bz2", "bzip2 -d"), (".xz", "xz -d"), (".lz4", "lz4 -d"), (".7z", "7z x"), (".rar", "unrar x")];
        if let Some((ending, command)) = unreadable.iter().find(|(ending, _)| name.ends_with(ending)) {
            return Err(Problem::new(format!("{shown:?} is packed as {ending}, which is not read here."))
                .try_this(format!("Unpack it first (`{command}`), or pack it as .gz or .zst.")));
        }
        let named = match () {
            () if name.ends_with(".gz") || name.ends_with(".tgz") => Some(Self::Gzip),
            () if name.ends_with(".zst") || name.ends_with(".tzst") => Some(Self::Zstd),
            () => None,
        };
        if start.is_empty() && named.is_some() {
            return Err(Problem::new(format!("{shown:?} is empty, which no compressed file is."))
                .try_this("Copy or download it again."));
        }
        let found = match start {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        };
        if named == Some(Self::Gzip) && found.is_none() {
            return Err(Problem::new(format!("{shown:?} is not gzip data, though its name says so."))
                .try_this("If it is already unpacked, remove the ending from its name."));
        }
        Ok(found.or(named))
    }
}

/// The stream as it was before compression, all members or frames of it; a plain stream as it is.
pub(super) fn decoded<'a>(
    mut reader: impl Read + 'a,
    shown: &str,
    meter: &Meter<'_>,
) -> Result<Box<dyn Read + 'a>, Problem> {
    let start = start(&mut reader, 4).map_err(|error| meter.problem(shown, &error))?;
    let compression = Compression::of(shown, &start)?;
    let reader = BufReader::with_capacity(CHUNK, Cursor::new(start).chain(reader));
    Ok(match compression {
        None => Box::new(reader),
        Some(Compression::Gzip) => Box::new(MultiGzDecoder::new(reader)),
        Some(Compression::Zstd) => {
            Box::new(zstd::Decoder::with_buffer(reader).map_err(|error| meter.problem(shown, &error))?)
        }
    })
}

/// The first bytes of a stream, fewer only if it has no more.
pub(super) fn start(reader: &mut impl Read, bytes: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.by_ref().take(bytes).read_to_end(&mut start)?;
    Ok(start)
}

pub(super) struct Copied {
    pub bytes: u64,
    /// Whether the stream had no more than that.
    pub whole: bool,
}

pub(super) enum Failed {
    Read(io::Error),
    Write(io::Error),
}

/// Appends a stream to a file, to its end or up to `limit` bytes.
pub(super) fn copy(
    reader: &mut dyn Read,
    local: &Path,
    limit: Option<u64>,
    meter: &Meter<'_>,
) -> Result<Copied, Failed> {
    let mut file = OpenOptions::new().append(true).create(true).open(local).map_err(Failed::Write)?;
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        let room = limit.map_or(CHUNK, |limit| (limit - bytes).min(CHUNK as u64) as usize);
        if room == 0 {
            return Ok(Copied { bytes, whole: false });
        }
        let count = match reader.read(&mut buffer[..room]) {
            Ok(0) => return Ok(Copied { bytes, whole: true }),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Read(error)),
        };
        bytes += count as u64;
        file.write_all(&buffer[..count]).map_err(Failed::Write)?;
        meter.check(bytes).map_err(Failed::Read)?;
    }
}

/// Takes away what a failed copy left.
pub(super) fn discard(local: &Path) {
    let _ = fs::remove_file(local);
}
