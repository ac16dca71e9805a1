//! Files of every form are found, unpacked whole, and named exactly when something is wrong with them.

use std::fs::{self, File};
use std::io::Cursor;
use std::path::Path;

use pipewright_engine::problem::Problem;
use pipewright_runner::files::{Located, Spool, head, locate, pattern};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    spool: Spool,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let temp = folder.path().join(".temp");
        fs::create_dir(&temp).unwrap();
        Self { spool: Spool::open_in(&temp).unwrap(), folder }
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn packed(self, name: &str) -> Self {
        self.with(name, packed(name))
    }

    /// The first half of a packed file, as when a download broke off.
    fn half(self, name: &str) -> Self {
        let whole = packed(name);
        self.with(name, &whole[..whole.len() / 2])
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn locate(&self, path: &str) -> Result<Vec<Located>, Problem> {
        locate(path, self.folder.path(), &self.spool, &|| false)
    }

    /// What is found: the names shown and the texts behind them.
    fn texts(&self, path: &str) -> Vec<(String, String)> {
        let found = self.locate(path).unwrap();
        found.into_iter().map(|file| (file.shown, fs::read_to_string(file.local).unwrap())).collect()
    }

    fn text(&self, path: &str) -> String {
        let [(_, text)] = self.texts(path).try_into().unwrap();
        text
    }

    /// Message and suggestion of the problem that reading this ends with.
    fn wrong(&self, path: &str) -> (String, String) {
        let problem = self.locate(path).unwrap_err();
        (problem.message, problem.suggestion.unwrap_or_default())
    }
}

/// One of the packed files that `tests/data/packed/make.py` makes.
fn packed(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/packed").join(name)).unwrap()
}

/// The 60,000 letters that the packed noise is made of.
fn noise() -> Vec<u8> {
    let place = Place::new().packed("noise.csv.gz");
    fs::read(&place.locate("noise.csv.gz").unwrap()[0].local).unwrap()
}

#[test]
fn plain_files_are_read_where_they_are_and_patterns_in_the_order_of_names() {
    let place = Place::new().with("in/b.csv", "b").with("in/a.csv", "a").with("in/x/c.csv", "c").with("in/.h.csv", "h");
    let [file] = place.locate("in/a.csv").unwrap().try_into().unwrap();
    assert_eq!((file.local, file.bytes, file.spooled), (place.path("in/a.csv"), 1, false));
    let shown = |path: &str| place.texts(path).into_iter().map(|(shown, _)| shown).collect::<Vec<_>>();
    assert_eq!(shown("in/*.csv"), ["in/a.csv", "in/b.csv"]);
    assert_eq!(shown("in/**/*.csv"), ["in/a.csv", "in/b.csv", "in/x/c.csv"]);
}

#[test]
fn a_name_with_the_signs_of_a_pattern_or_an_archive_is_first_a_name() {
    let place = Place::new().with("a[1].csv", "one").with("wow!.csv", "bang");
    assert_eq!(place.text("a[1].csv"), "one");
    assert_eq!(place.text("wow!.csv"), "bang");
}

#[test]
fn compressed_files_are_unpacked_whole_with_every_member_and_frame() {
    let place = Place::new().packed("x.csv.gz").packed("x.csv.zst").packed("misnamed.csv");
    assert_eq!(place.text("x.csv.gz"), "one\ntwo\n");
    assert_eq!(place.text("x.csv.zst"), "one\ntwo\n");
    assert_eq!(place.text("misnamed.csv"), "three", "the content decides, not the name");
    let [file] = place.locate("x.csv.gz").unwrap().try_into().unwrap();
    assert_eq!((file.spooled, file.bytes, file.whole), (true, 8, true));
    assert!(file.local.starts_with(place.spool.folder()));
}

#[test]
fn members_come_out_of_every_kind_of_archive() {
    let place = Place::new().packed("t.tar").packed("t.tgz").packed("t.tar.zst").packed("t.zip");
    for archive in ["t.tar", "t.tgz", "t.tar.zst", "t.zip"] {
        let pair = |name: &str, text: &str| (format!("{archive}!{name}"), text.to_owned());
        assert_eq!(place.texts(&format!("{archive}!b.csv")), [pair("b.csv", "bb")]);
        assert_eq!(place.texts(&format!("{archive}!*.csv")), [pair("a.csv", "a"), pair("b.csv", "bb")]);
        assert_eq!(place.texts(&format!("{archive}!sub/c.csv.gz")), [pair("sub/c.csv.gz", "ccc")]);
    }
    let [first] = place.locate("t.tgz!a.csv").unwrap().try_into().unwrap();
    let [again] = place.locate("t.tgz!a.csv").unwrap().try_into().unwrap();
    assert_eq!(first, again, "what two nodes ask for is unpacked once");
    assert_eq!(first.origin, fs::canonicalize(place.path("t.tgz")).unwrap());
}

#[test]
fn an_archive_of_one_file_is_that_file_and_of_several_asks_which() {
    let place = Place::new().packed("one.zip").packed("two.zip");
    assert_eq!(place.texts("one.zip"), [("one.zip!a.csv".to_owned(), "a".to_owned())]);
    let (message, suggestion) = place.wrong("two.zip");
    assert_eq!(message, "\"two.zip\" is an archive, and which file in it is meant is not said.");
    assert_eq!(suggestion, "Write \"two.zip!a\", for example; it holds \"a\", \"b\".");
}

#[test]
fn a_head_unpacks_no_more_than_it_needs() {
    let long = noise();
    let place = Place::new().half("noise.csv.gz").half("noise.tgz").with("plain.csv", &long);
    let head = |path: &str| -> [Located; 1] {
        head(path, place.folder.path(), &place.spool, 1000, &|| false).unwrap().try_into().unwrap()
    };
    for path in ["noise.csv.gz", "noise.tgz!b.csv"] {
        let [file] = head(path);
        assert_eq!(fs::read(&file.local).unwrap(), long[..1000], "{path}");
        assert!(!file.whole);
    }
    let [plain] = head("plain.csv");
    assert_eq!((plain.bytes, plain.spooled), (60_000, false));
}

#[test]
fn standard_input_is_read_once_and_as_far_as_needed() {
    let place = Place::new();
    let spool = Spool::open_in(&place.path(".temp")).unwrap().with_stdin(Cursor::new(b"a,b\n1,2\n".to_vec()));
    let [first] = head("-", Path::new(""), &spool, 4, &|| false).unwrap().try_into().unwrap();
    assert_eq!((fs::read(first.local).unwrap().as_slice(), first.whole), (&b"a,b\n"[..], false));
    for _ in 0..2 {
        let [whole] = locate("-", Path::new(""), &spool, &|| false).unwrap().try_into().unwrap();
        assert_eq!((whole.shown.as_str(), whole.bytes, whole.whole), ("-", 8, true));
        assert_eq!(fs::read(whole.local).unwrap(), b"a,b\n1,2\n");
    }
    let spool = Spool::open_in(&place.path(".temp")).unwrap().with_stdin(Cursor::new(packed("x.csv.gz")));
    let [file] = locate("-", Path::new(""), &spool, &|| false).unwrap().try_into().unwrap();
    assert_eq!(fs::read(file.local).unwrap(), b"one\ntwo\n");
    assert_eq!(place.wrong("-").0, "\"-\" means standard input, and there is none here.");
}

#[test]
fn what_is_not_there_is_named_with_the_nearest_that_is() {
    let place = Place::new().with("data/orders.csv", "").packed("toll.tgz");
    let folder = place.folder.path().join("data");
    let (message, suggestion) = place.wrong("data/ordres.csv");
    assert_eq!(message, format!("There is no file \"data/ordres.csv\" in {}.", folder.display()));
    assert_eq!(suggestion, "Did you mean \"data/orders.csv\"?");
    assert_eq!(
        place.wrong("dta/sub/orders.csv").0,
        format!("There is no file \"dta/sub/orders.csv\": there is no folder {}.", place.path("dta").display())
    );
    let (message, suggestion) = place.wrong("data");
    assert_eq!(message, "\"data\" is a folder, not a file.");
    assert!(suggestion.contains("data/*.csv"));
    assert!(place.wrong("data/*.tsv").0.starts_with("No file is named like \"data/*.tsv\""));
    assert_eq!(place.wrong("toll.tgz!plaza-data.tsv").1, "Did you mean \"toll.tgz!toll/plaza-data.tsv\"?");
    assert_eq!(place.wrong("tol.tgz!notes.txt").1, "Did you mean \"toll.tgz!notes.txt\"?");
    assert_eq!(place.wrong("toll.tgz!zzz").1, "It holds \"toll/plaza-data.tsv\", \"toll/notes.txt\".");
    assert_eq!(place.wrong("data/orders.csv!a").0, "\"data/orders.csv\" is not an archive: it is neither zip nor tar.");
}

#[cfg(unix)]
#[test]
fn a_broken_link_among_the_files_of_a_pattern_is_not_passed_over() {
    let place = Place::new().with("a.csv", "a");
    std::os::unix::fs::symlink("gone.csv", place.path("b.csv")).unwrap();
    assert_eq!(place.wrong("*.csv").0, "\"b.csv\" is a link, and what it leads to is not there: gone.csv.");
}

#[test]
fn whatever_is_cut_off_or_damaged_says_so_and_leaves_nothing() {
    let mut flipped = packed("noise.csv.gz");
    let checksum = flipped.len() - 6;
    flipped[checksum] ^= 1;
    let place = Place::new()
        .half("noise.csv.gz")
        .half("noise.csv.zst")
        .half("noise.tar")
        .half("noise.tgz")
        .half("noise.zip")
        .with("between.tar", &packed("noise.tar")[..1024])
        .with("flipped.gz", flipped)
        .with("liar.gz", "a,b\n")
        .with("empty.gz", "");
    let members = ["noise.tar!b.csv", "noise.tgz!b.csv", "noise.tgz!a.csv", "between.tar!a.csv", "noise.zip!b.csv"];
    for path in ["noise.csv.gz", "noise.csv.zst"].into_iter().chain(members) {
        let (message, suggestion) = place.wrong(path);
        assert!(message.contains("ends early"), "{path}: {message}");
        assert_eq!(suggestion, "Copy or download it again.");
    }
    assert!(place.wrong("flipped.gz").0.starts_with("\"flipped.gz\" is damaged after 60000 bytes"));
    assert_eq!(place.wrong("liar.gz").0, "\"liar.gz\" is not gzip data, though its name says so.");
    assert_eq!(place.wrong("empty.gz").0, "\"empty.gz\" is empty, which no compressed file is.");
    assert_eq!(fs::read_dir(place.spool.folder()).unwrap().count(), 1, "only the lock is left");
}

#[test]
fn archives_that_mean_harm_are_refused() {
    let harmful = ["up.tgz", "root.tar", "up.zip", "link.tar", "bomb.csv.gz", "bomb.tar.zst", "bomb.zip"];
    let place = harmful.into_iter().fold(Place::new(), Place::packed);
    for path in ["up.tgz!good.csv", "root.tar!*", "up.zip!good.csv", "up.zip!a/../../evil.csv"] {
        let (message, _) = place.wrong(path);
        assert!(message.contains("evil.csv\", a name that leads out of the archive"), "{path}: {message}");
    }
    assert_eq!(place.wrong("link.tar!a.csv").0, "\"a.csv\" in \"link.tar\" is only a link, to \"/etc/passwd\".");
    for path in ["bomb.csv.gz", "bomb.tar.zst!a", "bomb.zip!a"] {
        assert!(place.wrong(path).0.contains("decompression bomb"), "{path}");
    }
}

#[test]
fn an_encrypted_member_says_that_it_is() {
    let place = Place::new().packed("secret.zip");
    assert_eq!(place.wrong("secret.zip!a.csv").0, "\"secret.zip!a.csv\" is encrypted with a password.");
}

#[test]
fn stopping_ends_the_unpacking() {
    let place = Place::new().packed("noise.csv.gz");
    let problem = locate("noise.csv.gz", place.folder.path(), &place.spool, &|| true).unwrap_err();
    assert_eq!(problem.message, "The reading was stopped.");
    assert_eq!(fs::read_dir(place.spool.folder()).unwrap().count(), 1);
}

#[test]
fn a_spool_is_private_goes_with_its_owner_and_is_swept_when_the_owner_died() {
    let temp = TempDir::new().unwrap();
    let dead = temp.path().join("pipewright-spool-dead");
    fs::create_dir(&dead).unwrap();
    File::create(dead.join("lock")).unwrap();
    let alive = Spool::open_in(temp.path()).unwrap();
    assert!(!dead.exists());
    let second = Spool::open_in(temp.path()).unwrap();
    assert!(alive.folder().exists(), "a living owner's spool is not swept");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(alive.folder()).unwrap().permissions().mode() & 0o777, 0o700);
    }
    let folder = second.folder().to_owned();
    drop(second);
    assert!(!folder.exists());
}

#[test]
fn a_pattern_knows_the_files_it_would_find() {
    let base = TempDir::new().unwrap();
    let real = fs::canonicalize(base.path()).unwrap();
    let finds =
        |path: &str, file: &str| pattern(path, base.path()).is_some_and(|pattern| pattern.finds(&real.join(file)));
    assert!(finds("data/*.csv", "data/new.csv"));
    assert!(!finds("data/*.csv", "data/sub/new.csv"));
    assert!(finds("data/**/*.csv", "data/sub/new.csv"));
    assert!(finds("./x/../*.csv", "new.csv"));
    assert!(finds("*.zip!*.csv", "new.zip"));
    assert!(pattern("data/plain.csv", base.path()).is_none());
    let looks_into =
        |path: &str| pattern(path, base.path()).is_some_and(|pattern| pattern.looks_into(&real.join("out/parts")));
    assert!(looks_into("out/parts/*.parquet"));
    assert!(looks_into("out/**/*.parquet"));
    assert!(!looks_into("out/*.parquet"));
    assert!(!looks_into("in/*/*.parquet"));
}
