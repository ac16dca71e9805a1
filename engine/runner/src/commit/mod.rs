//! The outputs of a run, which appear all together or not at all.
//!
//! Each output is written beside its target, in the same folder, under a name that starts with `.pipewright-`. When all are
//! there they are brought safely to disk, a record of what is about to happen is written, the staged files are renamed to
//! their targets, and the record is deleted; a single file needs no record. A process that dies before the record has changed nothing; after it, the next
//! run that has to do with one of these folders finds the record and finishes the job ([`recover`]). Every target is
//! locked for as long as its run lives, so nothing of a living run is ever swept.

mod record;
mod target;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io, process};

use pipewright_engine::problem::Problem;

pub use self::record::recover;

use self::record::{Record, Staged};
use self::target::{Kind, Target, cannot, claim, list_files, resolve};
use crate::disk::{Lock, same, sync_folder};
use crate::files::{FilePattern, Located};

/// What a run is going to write. Dropped before it is committed, it removes all that was staged.
pub struct Outputs {
    run: String,
    staged: Vec<(Target, Staged)>,
    locks: Vec<Lock>,
    made_folders: Vec<PathBuf>,
    recorded: bool,
}

/// An output in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    pub bytes: u64,
    /// One, or the number of files in a folder.
    pub files: u64,
}

/// The commit in steps, so that a test can stop between any two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Brings what was staged safely to disk.
    Sync,
    /// Leaves word in every folder but the first of where the record will be.
    Point,
    /// Writes the record: from here on the run has succeeded.
    Record,
    /// Moves the folder that this output replaces out of the way.
    Aside(usize),
    /// Gives this output its name.
    Rename(usize),
    /// Brings the new names safely to disk and removes what they replaced.
    Settle,
    /// Deletes the record.
    Forget,
}

impl Outputs {
    pub fn begin() -> Self {
        Self { run: unique(), staged: Vec::new(), locks: Vec::new(), made_folders: Vec::new(), recorded: false }
    }

    /// Where to write the file that will be `target`: beside it, and with the same ending.
    pub fn file(&mut self, target: &Path) -> Result<PathBuf, Problem> {
        self.stage(target, Kind::File)
    }

    /// Where to write the folder that will replace `target` as a whole. It is there already, and empty.
    pub fn folder(&mut self, target: &Path) -> Result<PathBuf, Problem> {
        self.stage(target, Kind::Folder)
    }

    /// Refuses an output that is also read, or that a pattern of an input would find the next time.
    pub fn refuse_inputs(&self, inputs: &[Located], patterns: &[FilePattern]) -> Result<(), Problem> {
        for (target, _) in &self.staged {
            let shown = target.asked.display();
            let within = |path: &Path| target.kind == Kind::Folder && path.starts_with(&target.path);
            if let Some(input) = inputs.iter().find(|input| same(&input.origin, &target.path) || within(&input.origin))
            {
                return Err(Problem::new(format!("This would be written over the input {:?}: {shown}.", input.shown))
                    .try_this("Write to another file."));
            }
            let finds = |pattern: &&FilePattern| match target.kind {
                Kind::File => pattern.finds(&target.path) || pattern.finds(&target.asked),
                Kind::Folder => pattern.looks_into(&target.path) || pattern.looks_into(&target.asked),
            };
            if let Some(pattern) = patterns.iter().find(finds) {
                let message =
                    format!("The input pattern {:?} would find this output the next time: {shown}.", pattern.shown);
                return Err(Problem::new(message).try_this("Write into another folder, or make the pattern narrower."));
            }
        }
        Ok(())
    }

    /// Puts every output in its place.
    pub fn commit(mut self) -> Result<Vec<Written>, Problem> {
        let written = self.staged.iter().map(|(target, staged)| measure(target, staged)).collect::<Result<_, _>>()?;
        for (target, staged) in self.staged.iter().filter(|(target, _)| target.kind == Kind::Folder) {
            list_files(&staged.path()).map_err(|error| cannot("finish", &target.asked, &error))?;
        }
        for step in self.steps() {
            self.take(step)?;
        }
        // What the folders held is in use now.
        self.made_folders.clear();
        Ok(written)
    }

    /// What [`Outputs::commit`] does, in order.
    pub fn steps(&self) -> Vec<Step> {
        // One file takes its name in one step of the system: there is nothing to record, and three waits for the disk are spared.
        if matches!(&self.staged[..], [(target, _)] if target.kind == Kind::File) {
            return vec![Step::Sync, Step::Rename(0), Step::Settle];
        }
        let mut steps = vec![Step::Sync, Step::Point, Step::Record];
        for (index, (target, _)) in self.staged.iter().enumerate() {
            if target.kind == Kind::Folder {
                steps.push(Step::Aside(index));
            }
            steps.push(Step::Rename(index));
        }
        steps.extend([Step::Settle, Step::Forget]);
        steps
    }

    pub fn take(&mut self, step: Step) -> Result<(), Problem> {
        let record = self.record();
        match step {
            Step::Sync => self.staged.iter().try_for_each(|(target, staged)| sync(target, staged)),
            Step::Point => record.point(),
            Step::Record => {
                record.write()?;
                self.recorded = true;
                Ok(())
            }
            Step::Aside(index) => self.staged[index].1.move_aside(),
            Step::Rename(index) => self.staged[index].1.rename(),
            Step::Settle => record.settle(),
            Step::Forget => record.forget(),
        }
    }

    fn stage(&mut self, asked: &Path, kind: Kind) -> Result<PathBuf, Problem> {
        let (target, made_folder) = resolve(asked, kind)?;
        self.made_folders.extend(made_folder);
        self.refuse_twice(&target)?;
        target.check()?;
        self.locks.push(claim(&target)?);
        let staged = target.staged(&self.run);
        let path = staged.path();
        if kind == Kind::Folder {
            fs::create_dir(&path).map_err(|error| cannot("write into", target.folder(), &error))?;
        }
        self.staged.push((target, staged));
        Ok(path)
    }

    fn refuse_twice(&self, target: &Target) -> Result<(), Problem> {
        let clash = self.staged.iter().map(|(other, _)| other).find(|other| {
            same(&other.path, &target.path)
                || other.kind == Kind::Folder && target.path.starts_with(&other.path)
                || target.kind == Kind::Folder && other.path.starts_with(&target.path)
        });
        let Some(other) = clash else { return Ok(()) };
        let (one, two) = (other.asked.display(), target.asked.display());
        let message = if one.to_string() == two.to_string() {
            format!("Two nodes write to the same place: {one}.")
        } else {
            format!("Two nodes write to the same place: {one} and {two}.")
        };
        Err(Problem::new(message).try_this("Give each output a file of its own."))
    }

    fn record(&self) -> Record {
        Record::new(&self.run, self.staged.iter().map(|(_, staged)| staged.clone()).collect())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        // Once recorded, the staged files belong to the record, which the next run finishes if this one could not.
        if !self.recorded {
            self.record().withdraw();
            self.staged.iter().for_each(|(_, staged)| staged.discard());
        }
        self.locks.clear();
        for folder in self.made_folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Tells this run from every other that may stage in the same folders.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    format!("{:x}-{time:x}-{count:x}", process::id())
}

fn measure(target: &Target, staged: &Staged) -> Result<Written, Problem> {
    let (mut bytes, mut files) = (0, 0);
    each_file(&staged.path(), &mut |file| {
        bytes += file.metadata()?.len();
        files += 1;
        Ok(())
    })
    .map_err(|error| cannot("finish", &target.asked, &error))?;
    Ok(Written { path: target.asked.clone(), bytes, files })
}

/// A new file takes over who may read and write the one it replaces. Much may have happened to that since the run began.
fn sync(target: &Target, staged: &Staged) -> Result<(), Problem> {
    target.check()?;
    let replaced = fs::metadata(&target.path).ok().filter(|_| target.kind == Kind::File);
    let done = each_file(&staged.path(), &mut |file| {
        if let Some(replaced) = &replaced {
            file.set_permissions(replaced.permissions())?;
        }
        file.sync_all()
    });
    done.and_then(|()| sync_folder(target.folder())).map_err(|error| cannot("finish", &target.asked, &error))
}

/// Calls `act` for a file, or for every file within a folder, and brings the names in that folder to disk.
fn each_file(path: &Path, act: &mut dyn FnMut(&fs::File) -> io::Result<()>) -> io::Result<()> {
    if !path.is_dir() {
        return act(&fs::File::open(path)?);
    }
    for entry in fs::read_dir(path)? {
        each_file(&entry?.path(), act)?;
    }
    sync_folder(path)
}
