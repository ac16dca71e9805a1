//! The members of zip and tar archives, found by name or by pattern.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use glob::Pattern;
use pipewright_engine::problem::{Problem, nearest};
use zip::ZipArchive;
use zip::result::ZipError;

use super::unpack::{Copied, Counted, Failed, Meter, Metered, copy, decoded, discard, start};
use super::{GLOB, Origin, Spool, is_pattern};

const BLOCK: u64 = 512;

/// How far a head looks for more files of a pattern once it has one: a tar archive has no table of contents.
const HEAD_SEARCH: u64 = 256 << 20;

/// An archive on disk, while it is being read.
pub(super) struct Archive<'a> {
    pub origin: &'a Origin,
    pub meter: &'a Meter<'a>,
}

pub(super) struct Member {
    pub name: String,
    pub local: PathBuf,
    pub copied: Copied,
}

/// What the reader of an archive does with each member in turn.
trait Visitor {
    /// Whether the member of this name is wanted; a break ends the reading.
    fn wants(&mut self, name: &str) -> ControlFlow<(), bool>;
    fn take(&mut self, name: &str, size: u64, content: &mut dyn Read) -> Result<ControlFlow<()>, Problem>;
}

/// Whether a path without `!` names an archive all the same.
pub(super) fn is_archive_name(name: &str) -> bool {
    let name = name.to_lowercase();
    [".zip", ".tar", ".tgz", ".tar.gz", ".tzst", ".tar.zst"].iter().any(|ending| name.ends_with(ending))
}

impl Archive<'_> {
    /// The names of the files in it, the first `at_most` of them; not those that systems hide.
    pub fn names(&self, at_most: usize) -> Result<Vec<String>, Problem> {
        let mut names = Names { found: Vec::new(), at_most };
        self.walk(&mut names)?;
        Ok(names.found)
    }

    /// Unpacks the members that `wanted`, a name or a pattern, means. With a limit only the first bytes of each, and
    /// the archive is left once there is enough.
    pub fn extract(&self, wanted: &str, limit: Option<u64>, spool: &Spool) -> Result<Vec<Member>, Problem> {
        let pattern = match is_pattern(wanted) {
            true => Some(Pattern::new(wanted).map_err(|error| super::bad_pattern(wanted, &error))?),
            false => None,
        };
        let shown = &self.origin.shown;
        let (found, others) = (Vec::new(), Vec::new());
        let mut extract = Extract { wanted, pattern, limit, spool, shown, meter: self.meter, found, others };
        let walked = self.walk(&mut extract);
        if walked.is_err() {
            extract.found.iter().for_each(|member| discard(&member.local));
        }
        walked?;
        let Extract { mut found, others, .. } = extract;
        if found.is_empty() {
            return Err(no_member(&self.origin.shown, wanted, &others));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn walk(&self, visitor: &mut dyn Visitor) -> Result<(), Problem> {
        let Origin { shown, path } = self.origin;
        let fail = |error: io::Error| self.meter.problem(shown, &error);
        let mut file = super::open(path, shown)?;
        let first = start(&mut file, 4).map_err(fail)?;
        if first == *b"PK\x03\x04" || first == *b"PK\x05\x06" || shown.to_lowercase().ends_with(".zip") {
            return self.walk_zip(file, visitor);
        }
        let counted = Counted { inner: Cursor::new(first).chain(file), meter: self.meter };
        let inner = decoded(counted, shown, self.meter)?;
        let mut stream = BufReader::new(Metered { inner, meter: self.meter });
        let header = start(&mut stream, BLOCK).map_err(fail)?;
        if !is_tar_header(&header) {
            return Err(Problem::new(format!("{shown:?} is not an archive: it is neither zip nor tar."))
                .try_this("Only what stands before a \"!\" is an archive; leave \"!\" and what follows away."));
        }
        self.walk_tar(Cursor::new(header).chain(stream), visitor)
    }

    fn walk_tar(&self, mut stream: impl Read, visitor: &mut dyn Visitor) -> Result<(), Problem> {
        let shown = &self.origin.shown;
        let fail = |error: io::Error| self.meter.problem(shown, &error);
        let mut archive = tar::Archive::new(&mut stream);
        for entry in archive.entries().map_err(fail)? {
            let mut entry = entry.map_err(fail)?;
            let kind = entry.header().entry_type();
            if kind.is_dir() || kind.is_pax_global_extensions() {
                continue;
            }
            let name = self.safe_name(&String::from_utf8_lossy(&entry.path_bytes()))?;
            match visitor.wants(&name) {
                ControlFlow::Break(()) => return Ok(()),
                ControlFlow::Continue(false) => continue,
                ControlFlow::Continue(true) => {}
            }
            if kind.is_symlink() || kind.is_hard_link() {
                let to = entry.link_name_bytes().map(|to| String::from_utf8_lossy(&to).into_owned());
                return Err(link(shown, &name, &to.unwrap_or_default()));
            }
            if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
                return Err(Problem::new(format!("{name:?} in {shown:?} is a device or a pipe, not a file."))
                    .try_this("Name another member, or pack the archive again without it."));
            }
            let size = entry.size();
            if visitor.take(&name, size, &mut entry)?.is_break() {
                return Ok(());
            }
        }
        // The rest holds the end mark and, in a compressed archive, the checksum.
        io::copy(&mut stream, &mut io::sink()).map_err(fail)?;
        if self.meter.trailing_zeros() < BLOCK {
            return Err(self.meter.ends_early(shown));
        }
        Ok(())
    }

    fn walk_zip(&self, file: File, visitor: &mut dyn Visitor) -> Result<(), Problem> {
        let shown = &self.origin.shown;
        let counted = Counted { inner: BufReader::new(file), meter: self.meter };
        let mut archive = ZipArchive::new(counted).map_err(|error| self.zip_problem(shown, error))?;
        let raw: Vec<String> =
            archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        for (index, raw) in raw.iter().enumerate() {
            // Some programs for Windows write the names with its separators.
            let name = self.safe_name(&raw.replace('\\', "/"))?;
            if name.ends_with('/') {
                continue;
            }
            match visitor.wants(&name) {
                ControlFlow::Break(()) => return Ok(()),
                ControlFlow::Continue(false) => continue,
                ControlFlow::Continue(true) => {}
            }
            let member = format!("{shown}!{name}");
            let mut entry = archive.by_index(index).map_err(|error| self.zip_problem(&member, error))?;
            if entry.is_symlink() {
                let mut to = Vec::new();
                let _ = entry.take(4096).read_to_end(&mut to);
                return Err(link(shown, &name, &String::from_utf8_lossy(&to)));
            }
            let size = entry.size();
            if visitor.take(&name, size, &mut entry)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn zip_problem(&self, shown: &str, error: ZipError) -> Problem {
        match error {
            ZipError::Io(error) => self.meter.problem(shown, &error),
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
                Problem::new(format!("{shown:?} is encrypted with a password."))
                    .try_this("Unpack it yourself and read the file that comes out.")
            }
            ZipError::CompressionMethodNotSupported(_) | ZipError::UnsupportedArchive(_) => {
                Problem::new(format!("{shown:?} is packed in a way that is not read here: {error}."))
                    .try_this("Unpack it yourself, or pack it again with the usual method, Deflate.")
            }
            error => Problem::new(format!("{shown:?} is not a zip archive, or it ends early: {error}."))
                .try_this("Copy or download it again."),
        }
    }

    /// A member's name without a leading `./`. Names that lead out of the archive are how harm is done with one.
    fn safe_name(&self, name: &str) -> Result<String, Problem> {
        let leads_out = name.split(['/', '\\']).any(|part| part == "..");
        let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
        if leads_out || drive || name.starts_with('/') {
            let shown = &self.origin.shown;
            return Err(Problem::new(format!("{shown:?} holds {name:?}, a name that leads out of the archive."))
                .try_this("Such an archive is not read; unpack it with care, or have it packed again."));
        }
        Ok(name.trim_start_matches("./").to_owned())
    }
}

struct Names {
    found: Vec<String>,
    at_most: usize,
}

impl Visitor for Names {
    fn wants(&mut self, name: &str) -> ControlFlow<(), bool> {
        if !name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX") {
            self.found.push(name.to_owned());
        }
        if self.found.len() < self.at_most { ControlFlow::Continue(false) } else { ControlFlow::Break(()) }
    }

    fn take(&mut self, _: &str, _: u64, _: &mut dyn Read) -> Result<ControlFlow<()>, Problem> {
        Ok(ControlFlow::Continue(()))
    }
}

struct Extract<'a> {
    wanted: &'a str,
    pattern: Option<Pattern>,
    limit: Option<u64>,
    spool: &'a Spool,
    shown: &'a str,
    meter: &'a Meter<'a>,
    found: Vec<Member>,
    others: Vec<String>,
}

impl Visitor for Extract<'_> {
    fn wants(&mut self, name: &str) -> ControlFlow<(), bool> {
        let wanted = match &self.pattern {
            Some(pattern) => pattern.matches_with(name, GLOB),
            None => name == self.wanted,
        };
        if !wanted {
            self.others.push(name.to_owned());
        }
        let Some(last) = self.found.last_mut() else { return ControlFlow::Continue(wanted) };
        if self.limit.is_none() || self.meter.unpacked() <= HEAD_SEARCH {
            return ControlFlow::Continue(wanted);
        }
        // More may follow: what was found is a head of it all.
        last.copied.whole = false;
        ControlFlow::Break(())
    }

    fn take(&mut self, name: &str, size: u64, content: &mut dyn Read) -> Result<ControlFlow<()>, Problem> {
        let shown = format!("{}!{name}", self.shown);
        let local = self.spool.fresh(super::plain_name(name));
        let unpacked = self.unpack(&mut Sized { inner: content, left: size }, &shown, &local);
        if unpacked.is_err() {
            discard(&local);
        }
        // A name that comes twice was packed anew, and the later one replaces the earlier.
        self.found.retain(|member| member.name != name);
        self.found.push(Member { name: name.to_owned(), local, copied: unpacked? });
        let enough = self.limit.is_some() && self.pattern.is_none();
        Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

impl Extract<'_> {
    fn unpack(&self, content: &mut Sized<'_>, shown: &str, local: &Path) -> Result<Copied, Problem> {
        let copied = copy(&mut *decoded(&mut *content, shown, self.meter)?, local, self.limit, self.meter);
        let copied = copied.map_err(|failed| match failed {
            Failed::Read(error) => self.meter.problem(shown, &error),
            Failed::Write(error) => self.spool.unwritable(shown, &error),
        })?;
        if copied.whole && content.left > 0 {
            return Err(self.meter.ends_early(shown));
        }
        Ok(copied)
    }
}

/// Knows how much of a member is still to come: a tar archive that is cut off just stops.
struct Sized<'a> {
    inner: &'a mut dyn Read,
    left: u64,
}

impl Read for Sized<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

/// The checksum in a tar header is the sum of its bytes with itself counted as spaces.
fn is_tar_header(block: &[u8]) -> bool {
    let Some(field) = block.get(148..156).filter(|_| block.len() as u64 == BLOCK) else { return false };
    let digits: String = field.iter().map(|byte| *byte as char).filter(|c| ('0'..='7').contains(c)).collect();
    let sum = block[..148].iter().chain(&block[156..]).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
    let empty = block.iter().all(|byte| *byte == 0);
    empty || u32::from_str_radix(&digits, 8) == Ok(sum)
}

fn link(shown: &str, name: &str, to: &str) -> Problem {
    Problem::new(format!("{name:?} in {shown:?} is only a link, to {to:?}."))
        .try_this("Name the file itself; links in archives are not followed.")
}

fn no_member(shown: &str, wanted: &str, names: &[String]) -> Problem {
    if names.is_empty() {
        return Problem::new(format!("{shown:?} is an archive without any file in it."));
    }
    let known = || names.iter().map(String::as_str);
    let same_end = known().find(|name| name.rsplit('/').next() == wanted.rsplit('/').next());
    let message = match is_pattern(wanted) {
        true => format!("No file in {shown:?} is named like {wanted:?}."),
        false => format!("There is no file {wanted:?} in {shown:?}."),
    };
    if let Some(near) = same_end.or_else(|| nearest(wanted, known())) {
        let path = format!("{shown}!{near}");
        return Problem::new(message).try_this(format!("Did you mean {path:?}?")).replace_with(path);
    }
    Problem::new(message).try_this(format!("It holds {}.", super::listed(names)))
}
