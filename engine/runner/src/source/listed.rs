//! The files of a folder as rows.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use pipewright_engine::nodes::ListFiles;
use pipewright_engine::problem::{Problem, nearest};
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;
use sha2::{Digest, Sha256};

use super::spooled::Gathered;
use super::{Extent, Opened, Opening, Total, cancelled};
use crate::files;
use crate::job::SourceReport;

pub(super) fn open_listed(opening: &Opening, node: &str, list: &ListFiles) -> Result<Opened, Problem> {
    check_folder(opening.base, &list.folder.0)?;
    let found = files::find(&list.glob(), opening.base, opening.spool).map_err(|problem| problem.at("pattern"))?;
    let mut gathered = Gathered::begin(opening, schema(list))?;
    let (mut bytes, mut listed) = (0, 0);
    for (shown, path) in &found {
        if (opening.stop)() {
            return Err(cancelled());
        }
        if let Extent::Head { rows, small } = opening.extent
            && (listed >= rows as u64 || list.checksum && bytes > small)
        {
            break;
        }
        let data = fs::metadata(path).map_err(|error| unreadable(shown, &error))?;
        bytes += data.len();
        let mut row = names(shown);
        if list.details {
            row.push(Value::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX)));
            row.push(data.modified().map_or(Value::Null, |time| Value::TimestampZoned(micros(time))));
        }
        if list.checksum {
            let sum = checksum(path, opening.stop).map_err(|error| unreadable(shown, &error))?;
            row.push(sum.map(Value::Text).ok_or_else(cancelled)?);
        }
        gathered.row(row, 0)?;
        listed += 1;
    }
    let all = found.len() as u64;
    let report = SourceReport {
        node: node.into(),
        file: list.glob(),
        bytes: if list.checksum { bytes } else { 0 },
        records: listed,
        read_as: "a list of files".into(),
        ..SourceReport::default()
    };
    gathered.finish(listed == all, Total::Exactly(all), "a list of files".into(), vec![report])
}

pub(super) fn check_folder(base: &Path, folder: &str) -> Result<(), Problem> {
    let base = &files::absolute(base);
    let path = base.join(folder);
    if path.is_dir() {
        return Ok(());
    }
    if path.exists() {
        return Err(Problem::new(format!("{folder:?} is a file, not a folder."))
            .at("folder")
            .try_this("Name the folder that it is in."));
    }
    let above = path.parent().unwrap_or(base);
    let problem = Problem::new(format!("There is no folder {folder:?} in {}.", above.display())).at("folder");
    let entries = fs::read_dir(above).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let known: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(near) = nearest(&name, known.iter().map(String::as_str)) else {
        return Err(problem.try_this("Check its name; paths are relative to the pipeline's folder."));
    };
    let near = format!("{}{near}", folder.trim_end_matches('/').strip_suffix(name.as_ref()).unwrap_or_default());
    Err(problem.try_this(format!("Did you mean {near:?}?")).replace_with(near))
}

fn schema(list: &ListFiles) -> Schema {
    let mut columns: Vec<(&str, Type)> = ["path", "name", "ending", "folder"].map(|name| (name, Type::Text)).into();
    if list.details {
        columns.extend([("size", Type::Integer), ("modified", Type::TimestampZoned("UTC".into()))]);
    }
    if list.checksum {
        columns.push(("sha256", Type::Text));
    }
    Schema::of(columns)
}

/// Path, name, ending without its point, and folder.
fn names(shown: &str) -> Vec<Value> {
    let shown = if cfg!(windows) { shown.replace('\\', "/") } else { shown.to_owned() };
    let (folder, name) = shown.rsplit_once('/').map_or((".", shown.as_str()), |(folder, name)| (folder, name));
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).filter(|ending| !ending.is_empty());
    let folder = if folder.is_empty() { "/" } else { folder };
    let texts = [Value::text(&shown), Value::text(name), ending.map_or(Value::Null, Value::Text), Value::text(folder)];
    texts.into()
}

fn micros(time: SystemTime) -> i64 {
    let whole = |micros: u128| i64::try_from(micros).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => whole(after.as_micros()),
        Err(before) => -whole(before.duration().as_micros()),
    }
}

/// None if it was stopped.
fn checksum(path: &Path, stop: &dyn Fn() -> bool) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Some(hex::encode(sum.finalize())));
        }
        sum.update(&buffer[..read]);
        if stop() {
            return Ok(None);
        }
    }
}

fn unreadable(shown: &str, error: &io::Error) -> Problem {
    Problem::new(format!("{shown:?} cannot be read: {error}.")).at("folder")
}
