//! The real binary in a folder of its own, called as from a shell.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const PIPEWRIGHT: &str = env!("CARGO_BIN_EXE_pipewright");

pub struct Shell {
    folder: tempfile::TempDir,
    /// Apart from the folder, so that this holds what a pipeline wrote and nothing else.
    private: tempfile::TempDir,
}

/// What a call said.
#[derive(Debug)]
pub struct Told {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Shell {
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), private: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Writes `x.pipe.ron` with these nodes, a line each.
    pub fn pipeline(&self, nodes: &str) {
        self.write("x.pipe.ron", pipeline(nodes));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.at_home(Command::new(PIPEWRIGHT), arguments)
    }

    /// Any program, in this folder and with temporary files of its own.
    pub fn at_home(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).current_dir(self.path());
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command.env("XDG_CACHE_HOME", self.private.path()).env("PIPEWRIGHT_TEMP", self.private.path());
        command
    }

    /// Where temporary files go.
    pub fn private(&self) -> &Path {
        self.private.path()
    }

    pub fn call(&self, arguments: &[&str]) -> Told {
        Told::of(&self.command(arguments).output().unwrap())
    }

    /// Everything in the folder, hidden things too, by path: kind, size and number of the file on the disk.
    pub fn listing(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        list(self.path(), &mut found);
        found
    }

    /// Every file there is, also those that are kept apart.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = self.listing();
        list(self.private(), &mut found);
        found.into_keys().filter(|path| path.is_file()).collect()
    }
}

impl Told {
    pub fn of(output: &Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stderr = stderr.lines().filter(|line| !line.starts_with("This is a development build"));
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: stderr.map(|line| format!("{line}\n")).collect(),
        }
    }
}

/// The text of a pipeline file.
pub fn pipeline(nodes: &str) -> String {
    format!(
        "#![enable(implicit_some, unwrap_variant_newtypes)]\n(\n    version: 1,\n    nodes: {{\n{nodes}\n    }},\n)\n"
    )
}

fn list(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::symlink_metadata(&path).unwrap();
        let size = if data.is_dir() { 0 } else { data.len() };
        found.insert(path.clone(), format!("{:?}, {size} bytes, number {}", data.file_type(), data.ino()));
        if data.is_dir() {
            list(&path, found);
        }
    }
}

pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// The program as it hears signals, also where they are ignored, as under `nohup`.
pub fn hearing() -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal", PIPEWRIGHT]);
    command
}
