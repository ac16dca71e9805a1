//! Where bytes come from: from the path written in a pipeline to plain files on disk.
//!
//! A path is relative to the pipeline's folder and uses `/`. It may be a pattern (`data/*.csv`, `**` for any folders), a
//! compressed file (`x.csv.gz`, `x.csv.zst`), a member of an archive (`tolldata.tgz!plaza.tsv`; zip, tar, tar.gz, tar.zst;
//! the member may be a pattern too), or `-` for standard input. Whatever is not a plain file already is unpacked into the
//! [`Spool`], once.

mod archive;
mod spool;
mod unpack;

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};
use pipewright_engine::problem::{Problem, nearest};

pub use self::spool::Spool;

use self::archive::{Archive, is_archive_name};
use self::spool::{Asked, file_name};
use self::unpack::{Compression, Counted, Failed, Meter, Metered, copy, decoded, discard, start};

/// A file that is there to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// As the user knows it: `tolldata.tgz!plaza.tsv`.
    pub shown: String,
    /// The plain file with the data.
    pub local: PathBuf,
    /// The file on the user's disk: the archive, where `local` came out of one.
    pub origin: PathBuf,
    /// The size of `local`.
    pub bytes: u64,
    /// Whether `local` is a copy in the spool.
    pub spooled: bool,
    /// Whether `local` has all of the data; a head may be cut off, even within a line.
    pub whole: bool,
}

/// Every file that `path` means, as plain local files, patterns in the order of names.
pub fn locate(path: &str, base: &Path, spool: &Spool, stop: &dyn Fn() -> bool) -> Result<Vec<Located>, Problem> {
    Search { base: &absolute(base), spool, limit: None, stop }.find(path)
}

/// The same, but of what must be unpacked only the first `bytes` of each file: enough for a check or a preview. Of the many
/// files that a pattern finds in a very large archive it gives the first ones only.
pub fn head(
    path: &str,
    base: &Path,
    spool: &Spool,
    bytes: u64,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<Located>, Problem> {
    Search { base: &absolute(base), spool, limit: Some(bytes), stop }.find(path)
}

/// The files on disk that `path` means: the archive, where it leads into one. Nothing is read.
pub fn origins(path: &str, base: &Path, spool: &Spool) -> Result<Vec<PathBuf>, Problem> {
    if path == "-" {
        return Ok(Vec::new());
    }
    let base = &absolute(base);
    let (file, member) = split_member(path, base);
    let origins = Search { base, spool, limit: None, stop: &|| false }.origins(file);
    let origins = origins.map_err(|problem| with_member(problem, member))?;
    Ok(origins.into_iter().map(|origin| origin.path).collect())
}

/// The files on disk that are named like a pattern, with their names as the user knows them, in their order; also none. Nothing is
/// read.
pub fn find(pattern: &str, base: &Path, spool: &Spool) -> Result<Vec<(String, PathBuf)>, Problem> {
    let base = &absolute(base);
    let matches = Search { base, spool, limit: None, stop: &|| false }.matches(pattern)?;
    Ok(matches.into_iter().map(|origin| (origin.shown, origin.path)).collect())
}

/// Whether a path without `!` names an archive.
pub fn is_archive(path: &str) -> bool {
    is_archive_name(path)
}

/// The names of the first files in an archive, not those that systems hide.
pub fn members(path: &Path, shown: &str) -> Result<Vec<String>, Problem> {
    let origin = Origin { shown: shown.to_owned(), path: path.to_owned() };
    Archive { origin: &origin, meter: &Meter::new(&|| false) }.names(100)
}

/// The pattern in a path that is one, to ask whether a file that is yet to be written would be among its files.
pub fn pattern(path: &str, base: &Path) -> Option<FilePattern> {
    let base = absolute(base);
    let (file, _) = split_member(path, &base);
    if !is_pattern(file) || base.join(file).exists() {
        return None;
    }
    let base = fs::canonicalize(&base).unwrap_or(base);
    let whole = if Path::new(file).is_absolute() { PathBuf::from(file) } else { escaped(&base).join(file) };
    Some(FilePattern { shown: path.to_owned(), parts: parts(&whole) })
}

/// A pattern over whole paths.
#[derive(Clone, Debug)]
pub struct FilePattern {
    pub shown: String,
    parts: Vec<String>,
}

impl FilePattern {
    /// Whether it finds a file of this path.
    pub fn finds(&self, path: &Path) -> bool {
        let pattern = Pattern::new(&format!("/{}", self.parts.join("/")));
        pattern.is_ok_and(|pattern| pattern.matches_with(&format!("/{}", parts(path).join("/")), GLOB))
    }

    /// Whether it may find files somewhere below this folder.
    pub fn looks_into(&self, folder: &Path) -> bool {
        let folder = parts(folder);
        for (index, name) in folder.iter().enumerate() {
            match self.parts.get(index) {
                None => return false,
                Some(part) if part == "**" => return true,
                Some(part) if !Pattern::new(part).is_ok_and(|part| part.matches_with(name, GLOB)) => return false,
                Some(_) => {}
            }
        }
        self.parts.len() > folder.len()
    }
}

/// As in a shell: `*` stays within one folder and does not find hidden files.
const GLOB: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// A file on the user's disk, with the name the user knows it by.
struct Origin {
    shown: String,
    path: PathBuf,
}

struct Search<'a> {
    base: &'a Path,
    spool: &'a Spool,
    limit: Option<u64>,
    stop: &'a dyn Fn() -> bool,
}

impl Search<'_> {
    fn find(&self, path: &str) -> Result<Vec<Located>, Problem> {
        if path.trim().is_empty() {
            return Err(Problem::new("No file is named.").try_this("Write the path of a file, such as \"data.csv\"."));
        }
        if path == "-" {
            return self.standard_input();
        }
        let (file, member) = split_member(path, self.base);
        let mut found = Vec::new();
        for origin in self.origins(file).map_err(|problem| with_member(problem, member))? {
            found.extend(match member {
                Some(member) => self.members(&origin, member)?,
                None if is_archive_name(&origin.shown) => self.only_member(&origin)?,
                None => vec![self.plain(&origin)?],
            });
        }
        Ok(found)
    }

    /// What comes in may be compressed, as a file may.
    fn standard_input(&self) -> Result<Vec<Located>, Problem> {
        let stdin = self.spool.stdin(self.limit, self.stop)?;
        let mut start_of = open(&stdin.local, "-")?;
        let start = start(&mut start_of, 4).map_err(|error| unreadable("-", &error))?;
        if Compression::of("-", &start)?.is_none() {
            return Ok(vec![stdin]);
        }
        let all = self.spool.stdin(None, self.stop)?;
        Ok(vec![Located { spooled: true, ..self.plain(&Origin { shown: all.shown, path: all.local })? }])
    }

    fn origins(&self, file: &str) -> Result<Vec<Origin>, Problem> {
        let path = self.base.join(file);
        if !is_pattern(file) || path.exists() {
            check_file(&path, file)?;
            return Ok(vec![Origin { shown: file.to_owned(), path }]);
        }
        let origins = self.matches(file)?;
        if origins.is_empty() {
            return Err(Problem::new(format!("No file is named like {file:?}, in {}.", self.base.display()))
                .try_this("Check the pattern: \"*\" stays within one folder, \"**/\" goes through all below."));
        }
        for origin in &origins {
            check_file(&origin.path, &origin.shown)?;
        }
        Ok(origins)
    }

    /// What is there of the names that a pattern means, in their order.
    fn matches(&self, file: &str) -> Result<Vec<Origin>, Problem> {
        let whole = if Path::new(file).is_absolute() { PathBuf::from(file) } else { escaped(self.base).join(file) };
        let matches = glob::glob_with(&whole.to_string_lossy(), GLOB).map_err(|error| bad_pattern(file, &error))?;
        let mut origins = Vec::new();
        for path in matches {
            let path = path.map_err(|error| unreadable(&self.shown(error.path(), file), error.error()))?;
            // What a spreadsheet program puts beside a workbook while it is open.
            let is_lock = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("~$"));
            if path.is_dir() || is_lock {
                continue;
            }
            origins.push(Origin { shown: self.shown(&path, file), path });
        }
        origins.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(origins)
    }

    /// A path as the user would have written it.
    fn shown(&self, path: &Path, pattern: &str) -> String {
        let relative =
            if Path::new(pattern).is_absolute() { path } else { path.strip_prefix(self.base).unwrap_or(path) };
        relative.to_string_lossy().into_owned()
    }

    /// A file that is no archive: itself, or what it decompresses to.
    fn plain(&self, origin: &Origin) -> Result<Located, Problem> {
        let Origin { shown, path } = origin;
        let fail = |error: io::Error| unreadable(shown, &error);
        let mut file = open(path, shown)?;
        let bytes = file.metadata().map_err(fail)?.len();
        let first = start(&mut file, 4).map_err(fail)?;
        let real = fs::canonicalize(path).map_err(fail)?;
        if Compression::of(shown, &first)?.is_none() {
            let (shown, local) = (shown.clone(), path.clone());
            return Ok(Located { shown, local, origin: real, bytes, spooled: false, whole: true });
        }
        let files = self.spool.once(self.asked(&real, None)?, || {
            let meter = Meter::new(self.stop);
            let local = self.spool.fresh(plain_name(shown));
            let counted = Counted { inner: open(path, shown)?, meter: &meter };
            let mut unpacked = Metered { inner: decoded(counted, shown, &meter)?, meter: &meter };
            let copied = copy(&mut unpacked, &local, self.limit, &meter).map_err(|failed| {
                discard(&local);
                match failed {
                    Failed::Read(error) => meter.problem(shown, &error),
                    Failed::Write(error) => self.spool.unwritable(shown, &error),
                }
            })?;
            let (shown, bytes, whole) = (shown.clone(), copied.bytes, copied.whole);
            Ok(vec![Located { shown, local, origin: real.clone(), bytes, spooled: true, whole }])
        })?;
        files.into_iter().next().ok_or_else(|| missing(path, shown))
    }

    fn members(&self, origin: &Origin, wanted: &str) -> Result<Vec<Located>, Problem> {
        let Origin { shown, path } = origin;
        if wanted.is_empty() {
            return Err(Problem::new(format!("{shown:?} is followed by \"!\", but no file in it is named."))
                .try_this("Name the file after the \"!\", or write \"*\" for all of them."));
        }
        let real = fs::canonicalize(path).map_err(|error| unreadable(shown, &error))?;
        self.spool.once(self.asked(&real, Some(wanted))?, || {
            let meter = Meter::new(self.stop);
            let members = Archive { origin, meter: &meter }.extract(wanted, self.limit, self.spool)?;
            let located = members.into_iter().map(|member| Located {
                shown: format!("{shown}!{}", member.name),
                local: member.local,
                origin: real.clone(),
                bytes: member.copied.bytes,
                spooled: true,
                whole: member.copied.whole,
            });
            Ok(located.collect())
        })
    }

    /// An archive named without a member is as good as its file, if it holds just one.
    fn only_member(&self, origin: &Origin) -> Result<Vec<Located>, Problem> {
        let shown = &origin.shown;
        let names = Archive { origin, meter: &Meter::new(self.stop) }.names(13)?;
        let [name] = names.as_slice() else {
            let example = format!("{shown}!{}", names.first().map_or("name.csv", String::as_str));
            return Err(Problem::new(format!("{shown:?} is an archive, and which file in it is meant is not said."))
                .try_this(format!("Write {example:?}, for example; it holds {}.", listed(&names))));
        };
        self.members(origin, name)
    }

    fn asked(&self, origin: &Path, member: Option<&str>) -> Result<Asked, Problem> {
        let data = fs::metadata(origin).map_err(|error| unreadable(&origin.to_string_lossy(), &error))?;
        Ok(Asked {
            origin: origin.to_owned(),
            size: data.len(),
            modified: data.modified().ok(),
            member: member.map(str::to_owned),
            limit: self.limit,
        })
    }
}

/// Archive and member. A `!` may also be part of a name, so a file that is there goes first, then one that ends as
/// archives do.
fn split_member<'a>(path: &'a str, base: &Path) -> (&'a str, Option<&'a str>) {
    if !path.contains('!') || base.join(path).exists() {
        return (path, None);
    }
    let splits = || path.match_indices('!').map(|(at, _)| (&path[..at], &path[at + 1..]));
    let split = splits().find(|(file, _)| is_archive_name(file)).or_else(|| splits().next());
    split.map_or((path, None), |(file, member)| (file, Some(member)))
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn bad_pattern(pattern: &str, error: &PatternError) -> Problem {
    Problem::new(format!("The pattern {pattern:?} is not right at character {}: {}.", error.pos + 1, error.msg))
        .try_this("\"*\" stands for any text, \"?\" for one character, and \"**\" alone between \"/\" for any folders.")
}

/// Every file is opened here, so that each way it can fail is said in one way.
fn open(path: &Path, shown: &str) -> Result<File, Problem> {
    File::open(path).map_err(|error| unreadable(shown, &error))
}

fn check_file(path: &Path, shown: &str) -> Result<(), Problem> {
    let data = match fs::metadata(path) {
        Ok(data) => data,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(missing(path, shown));
        }
        Err(error) => return Err(unreadable(shown, &error)),
    };
    if data.is_dir() {
        let inside = format!("{}/*.csv", shown.trim_end_matches('/'));
        return Err(Problem::new(format!("{shown:?} is a folder, not a file."))
            .try_this(format!("Name a file in it, or several by a pattern such as {inside:?}.")));
    }
    if !data.is_file() {
        return Err(Problem::new(format!("{shown:?} is a device or a pipe, not a file."))
            .try_this("Read from a pipe through standard input, \"-\"."));
    }
    Ok(())
}

fn unreadable(shown: &str, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Problem::new(format!("{shown:?} may not be read: no permission."))
            .try_this("Ask its owner for permission to read it."),
        _ => Problem::new(format!("{shown:?} cannot be read: {error}.")),
    }
}

/// A nearest file name replaces the whole path, with its member.
fn with_member(problem: Problem, member: Option<&str>) -> Problem {
    match (&problem.replacement, member) {
        (Some(file), Some(member)) => {
            let path = format!("{file}!{member}");
            problem.try_this(format!("Did you mean {path:?}?")).replace_with(path)
        }
        _ => problem,
    }
}

fn missing(path: &Path, shown: &str) -> Problem {
    if let Ok(to) = fs::read_link(path) {
        return Problem::new(format!("{shown:?} is a link, and what it leads to is not there: {}.", to.display()))
            .try_this("Bring back the file it leads to, or remove the link.");
    }
    let folder = path.parent().unwrap_or(path);
    let Ok(entries) = fs::read_dir(folder) else {
        let absent = path.ancestors().skip(1).find(|folder| folder.parent().is_none_or(Path::is_dir)).unwrap_or(folder);
        return Problem::new(format!("There is no file {shown:?}: there is no folder {}.", absent.display()))
            .try_this("Paths are relative to the pipeline's folder.");
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let problem = Problem::new(format!("There is no file {shown:?} in {}.", folder.display()));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(near) = nearest(&name, names.iter().map(String::as_str)) else {
        return problem.try_this("Check its name; paths are relative to the pipeline's folder.");
    };
    let near = format!("{}{near}", shown.strip_suffix(name.as_ref()).unwrap_or_default());
    problem.try_this(format!("Did you mean {near:?}?")).replace_with(near)
}

/// The name of what comes out of a file: without the ending that says it is compressed.
fn plain_name(path: &str) -> &str {
    let name = file_name(path);
    name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name)
}

fn listed(names: &[String]) -> String {
    let more = if names.len() > 12 { " and more" } else { "" };
    format!("{}{more}", names.iter().take(12).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "))
}

fn escaped(folder: &Path) -> PathBuf {
    PathBuf::from(Pattern::escape(&folder.to_string_lossy()))
}

pub(crate) fn absolute(base: &Path) -> PathBuf {
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    std::path::absolute(base).unwrap_or_else(|_| base.to_owned())
}

/// The names a path goes through, without `.` and `..`.
fn parts(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts
}
