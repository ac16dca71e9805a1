use super::prelude::*;

/// Lists the files of a folder as rows: their paths, names, endings, sizes and dates.
///
/// Files come in the order of their paths. Those that the system hides, with a point before their names, are left out. Nothing is read
/// of a file unless its checksum is wanted. A folder without files gives no rows.
#[params]
pub struct ListFiles {
    /// The folder.
    #[param(always)]
    pub folder: FilePath,
    /// Which files, by name: `*` stands for any text and `?` for one character, such as `*.csv`. Left empty, all of them.
    pub pattern: String,
    /// Whether folders within the folder are looked into, too.
    pub recursive: bool,
    /// Whether there are columns for the size in bytes and for when the file was last changed.
    #[param(default = true)]
    pub details: bool,
    /// Whether there is a column for the SHA-256 checksum of what is in the file, which is the same for files of the same content.
    pub checksum: bool,
}

impl ListFiles {
    /// The files as a path with a pattern in it. What the folder's own name has of a pattern is none.
    pub fn glob(&self) -> String {
        folder_glob(&self.folder.0, &self.pattern, self.recursive)
    }
}

/// The path of a folder, with parameters replaced.
pub(super) fn folder_path(draft: &Draft, folder: &FilePath) -> Result<FilePath, Problem> {
    if folder.0.trim().is_empty() {
        return Err(Problem::new("No folder is chosen.")
            .at("folder")
            .try_this("Write the path of a folder, or \".\" for that of the pipeline."));
    }
    draft.path(folder).map_err(|problem| Problem { parameter: None, ..problem }.at("folder"))
}

/// The files of a folder whose names are like `pattern`, as a path.
pub(super) fn folder_glob(folder: &str, pattern: &str, recursive: bool) -> String {
    let mut path = String::new();
    for c in folder.trim_end_matches('/').chars() {
        match c {
            '*' | '?' | '[' | ']' => path.extend(['[', c, ']']),
            c => path.push(c),
        }
    }
    if !folder.is_empty() {
        path.push('/');
    }
    path + if recursive { "**/" } else { "" } + if pattern.is_empty() { "*" } else { pattern }
}

/// What is wrong with a pattern for names of files.
pub(super) fn check_pattern(pattern: &str) -> Result<(), Problem> {
    if pattern.contains('/') {
        return Err(Problem::new(format!("The pattern {pattern:?} has a \"/\" in it, which no name has."))
            .at("pattern")
            .try_this("Name the folder in `folder`, and set `recursive` to look into folders within."));
    }
    if pattern.matches('[').count() != pattern.matches(']').count() {
        return Err(Problem::new(format!("A bracket is not closed in the pattern {pattern:?}."))
            .at("pattern")
            .try_this("Write `[[]` for a bracket that is part of the name."));
    }
    Ok(())
}

impl Node for ListFiles {
    const CARD: Card = Card {
        title: "List files",
        group: Group::Read,
        icon: "list_files",
        inputs: Inputs::None,
        outputs: &[""],
        law: Law::Source,
        words: "files folder directory list path names size modified date hash sha256 checksum glob ls dir Directory \
                List Files/Folders Get file names Get sub-folder names tFileList Folder.Files os.walk",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let folder = folder_path(draft, &self.folder)?;
        let mut outputs = draft.read(Source::Files(Self { folder, ..self.clone() }), OnError::Reject)?;
        outputs.truncate(1);
        Ok(outputs)
    }

    fn check(&self) -> Result<(), Problem> {
        check_pattern(&self.pattern)
    }

    fn sentence(&self) -> String {
        match sentence::name(&self.folder) {
            None => "Choose a folder whose files to list".to_owned(),
            Some(folder) if self.pattern.is_empty() => sentence::short(format!("List the files in {folder}")),
            Some(folder) => sentence::short(format!("List {} in {folder}", self.pattern)),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("The tables in a folder", Self {
                folder: "in".into(),
                pattern: "*.csv".into(),
                details: false,
                ..Self::default()
            })
            .file("in/april.csv", "id\n1\n")
            .file("in/may.csv", "id\n2\n")
            .file("in/notes.txt", "hello\n")
            .file("in/old/march.csv", "id\n0\n")
            .gives("path, name, ending, folder\n in/april.csv, april.csv, csv, in\n in/may.csv, may.csv, csv, in"),
            Example::new("All files below a folder, to find copies by their checksums", Self {
                folder: "in".into(),
                recursive: true,
                details: false,
                checksum: true,
                ..Self::default()
            })
            .file("in/abc.txt", "abc")
            .file("in/old/copy", "abc")
            .gives(
                "path, name, ending, folder, sha256\n
                 in/abc.txt, abc.txt, txt, in, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n
                 in/old/copy, copy, , in/old, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_becomes_a_pattern_for_its_files() {
        assert_eq!(folder_glob("in/", "*.csv", false), "in/*.csv");
        assert_eq!(folder_glob("a[1]", "", true), "a[[]1[]]/**/*");
        assert_eq!(folder_glob(".", "x?", false), "./x?");
    }
}
