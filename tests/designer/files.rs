//! Documents on disk: opened, saved, watched, exported; settings and samples.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipewright_app::document::Document;
use pipewright_app::files::{self, Answer, Change, Over, Watch, Worker};
use pipewright_app::samples::{self, SAMPLES};
use pipewright_app::settings::{Keeper, Panels, Settings, Theme, View};
use pipewright_engine::file;
use pipewright_engine::nodes::{Filter, Step};
use pipewright_engine::pipeline::{Node, Parameter, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::types::Type;

const LONG: Duration = Duration::from_secs(20);

/// A folder, and the paths of files in it.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    fn names(&self) -> Vec<String> {
        names(self.0.path())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn small() -> Pipeline {
    let mut pipeline = Pipeline::default();
    let filter = Filter { condition: "axles > 2".into(), ..Filter::default() };
    pipeline.nodes.insert("large".into(), Node { step: Step::Filter(filter), ..Node::default() });
    pipeline
}

fn about(text: &str) -> Pipeline {
    Pipeline { about: text.into(), ..small() }
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

fn refused(path: &Path) -> String {
    let Err(problems) = files::open(path) else { panic!("{path:?} was opened") };
    told(&problems)
}

fn saved(worker: &Worker) -> Result<(), Problem> {
    match worker.wait(LONG) {
        Some(Answer::Saved { result, .. }) => result,
        _ => panic!("nothing was saved"),
    }
}

#[test]
fn what_is_no_pipeline_is_refused_by_name_and_with_what_to_do() {
    let desk = Desk::new();
    let text = file::write(&small());
    desk.write("near.pipe.ron", &text);
    let whole = desk.write("half.pipe.ron", &text[..text.len() / 2]);
    for (path, say) in [
        (desk.write("data.csv", "a,b\n1,2\n"), "another file"),
        (whole, "half.pipe.ron"),
        (desk.write("empty.pipe.ron", ""), "The file is empty"),
        (desk.write("latin.pipe.ron", b"(version: 1, about: \"\xe9\")"), "UTF-8"),
        (desk.path("neat.pipe.ron"), "Did you mean"),
        (desk.path(""), "is a folder"),
        (PathBuf::from("/dev/null"), "device"),
    ] {
        let said = refused(&path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(said.contains(say) && said.contains(&name), "{path:?}: {said}");
    }
    let large = desk.path("large.pipe.ron");
    fs::File::create(&large).unwrap().set_len(20_000_000_000).unwrap();
    assert!(refused(&large).contains("too large"));
}

#[test]
fn nodes_that_are_not_known_are_kept_and_saved_as_they_were() {
    let desk = Desk::new();
    let text =
        file::write(&small()).replace("Filter(condition: \"axles > 2\")", "Sieve( mesh : 3, /* fine */ on: [1])");
    let path = desk.write("x.pipe.ron", &text);
    let (document, problems) = files::open(&path).unwrap();
    assert_eq!(problems.len(), 1);
    assert!(matches!(document.pipeline.nodes["large"].step, Step::Broken(_)));
    assert!(!document.is_changed());
    files::save(&document.pipeline, &path, Over::Lossless).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_relative_path_goes_on_to_mean_the_same_file() {
    // The tests run in the folder of the crate.
    let (document, _) = files::open(Path::new("../samples/orders/orders.pipe.ron")).unwrap();
    assert!(document.path.unwrap().is_absolute());
}

#[test]
fn what_would_be_lost_is_not_saved_over_and_can_be_saved_as_another_file() {
    let desk = Desk::new();
    let text = file::write(&small());
    for old in [text.replace("version: 1", "version: 2"), text.replace("Filter(", "Filter( /* big */ ")] {
        let path = desk.write("x.pipe.ron", &old);
        let (document, _) = files::open(&path).unwrap();
        let problem = files::save(&document.pipeline, &path, Over::Lossless).unwrap_err();
        assert!(problem.message.contains("x.pipe.ron") && problem.message.contains("would lose"), "{problem}");
        assert!(problem.suggestion.as_ref().is_some_and(|suggestion| suggestion.contains("another file")), "{problem}");
        assert_eq!(fs::read_to_string(&path).unwrap(), old);

        let worker = Worker::new(|| ());
        let copy = desk.path("copy.pipe.ron");
        worker.save(Arc::clone(&document.pipeline), &copy, Over::Anything);
        assert_eq!(saved(&worker), Ok(()));
        worker.save(Arc::clone(&document.pipeline), &copy, Over::Lossless);
        assert_eq!(saved(&worker), Ok(()), "the copy has lost it already");
    }
}

#[test]
fn saving_keeps_links_and_permissions_and_leaves_nothing_beside_the_file() {
    let desk = Desk::new();
    let real = desk.write("real.pipe.ron", "old");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    let link = desk.path("link.pipe.ron");
    symlink("real.pipe.ron", &link).unwrap();
    files::save(&small(), &link, Over::Lossless).unwrap();
    assert_eq!(fs::read_to_string(&real).unwrap(), file::write(&small()));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let fresh = desk.path("fresh.pipe.ron");
    files::save(&small(), &fresh, Over::Lossless).unwrap();
    let plain = desk.write("plain", "");
    assert_eq!(fs::metadata(&fresh).unwrap().mode(), fs::metadata(&plain).unwrap().mode(), "as any new file");
    assert_eq!(desk.names(), ["fresh.pipe.ron", "link.pipe.ron", "plain", "real.pipe.ron"]);
}

#[test]
fn what_cannot_be_saved_says_why_and_leaves_the_file() {
    let desk = Desk::new();
    let path = desk.write("x.pipe.ron", "old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let said = files::save(&small(), &path, Over::Lossless).unwrap_err().to_string();
    assert!(said.contains("x.pipe.ron") && said.contains("Save it as a file in a folder"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");

    let said = files::save(&small(), &desk.path("gone/x.pipe.ron"), Over::Lossless).unwrap_err().to_string();
    assert!(said.contains("Create the folder"), "{said}");
    // Nobody may write there, not even root.
    let said = files::save(&small(), Path::new("/proc/x.pipe.ron"), Over::Lossless).unwrap_err().to_string();
    assert!(said.contains("/proc/x.pipe.ron"), "{said}");
    assert_eq!(desk.names(), ["x.pipe.ron"]);
}

/// On a small disk of its own, where the system lets us make one; else with a limit on the size of files.
#[test]
fn a_full_disk_leaves_the_old_file() {
    let desk = Desk::new();
    fs::create_dir(desk.path("small")).unwrap();
    let program = std::env::current_exe().unwrap();
    let save = format!(
        "echo old >small/x.pipe.ron; '{}' --ignored --exact files::saves_much --nocapture >said; cat small/*; ls -A small; \
         grep -q 'Make room' said && echo told",
        program.display()
    );
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(desk.0.path()).stderr(Stdio::inherit());
        command.env("PIPEWRIGHT_TEST_FILE", "small/x.pipe.ron");
        command.output().map(|output| String::from_utf8(output.stdout).unwrap()).unwrap_or_default()
    };
    let own_disk = format!("mount -t tmpfs -o size=64k tmpfs small && {save}");
    let mut told = run("unshare", &["-rm", "sh", "-c", &own_disk]);
    if told.is_empty() {
        println!("No small disk can be made here: a limit on files stands in for it.");
        told = run("sh", &["-c", &format!("trap '' XFSZ; ulimit -f 128; {save}")]);
    }
    assert_eq!(told, "old\nx.pipe.ron\ntold\n", "{}", fs::read_to_string(desk.path("said")).unwrap_or_default());
}

#[test]
#[ignore = "started by a test that gives it little room"]
fn saves_much() {
    let path = PathBuf::from(std::env::var_os("PIPEWRIGHT_TEST_FILE").unwrap());
    files::save(&about(&"much ".repeat(50_000)), &path, Over::Lossless).unwrap_or_else(|problem| println!("{problem}"));
}

#[test]
fn the_worker_saves_in_order_and_everything_before_it_ends() {
    let desk = Desk::new();
    let path = desk.path("x.pipe.ron");
    let worker = Worker::new(|| ());
    for number in 0..50 {
        worker.save(Arc::new(about(&number.to_string())), &path, Over::Lossless);
    }
    drop(worker);
    assert_eq!(files::open(&path).unwrap().0.pipeline.about, "49");
}

#[test]
fn a_file_that_others_change_is_told_of_and_our_own_saves_are_not() {
    let desk = Desk::new();
    let path = desk.write("x.pipe.ron", file::write(&about("first")));
    let worker = Worker::new(|| ());
    worker.open(&path);
    assert!(matches!(worker.wait(LONG), Some(Answer::Opened { result: Ok(_), .. })));
    let mut watch = Watch::new(worker.known(), Duration::from_millis(20), || ());
    watch.look_at(Some(&path));
    let next = || {
        let begun = Instant::now();
        loop {
            match watch.change() {
                Some(change) => return change,
                None => assert!(begun.elapsed() < LONG, "nothing was told"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let quiet = || {
        std::thread::sleep(Duration::from_millis(150));
        assert_eq!(watch.change(), None);
    };
    quiet();
    for number in 0..20 {
        worker.save(Arc::new(about(&number.to_string())), &path, Over::Lossless);
        saved(&worker).unwrap();
        std::thread::sleep(Duration::from_millis(7));
    }
    quiet();
    fs::write(&path, file::write(&about("of somebody else"))).unwrap();
    assert_eq!(next(), Change::Changed);
    fs::remove_file(&path).unwrap();
    assert_eq!(next(), Change::Gone);
    fs::write(&path, file::write(&about("19"))).unwrap();
    assert_eq!(next(), Change::Back);
    // Touched, with nothing changed in it.
    fs::write(&path, file::write(&about("19"))).unwrap();
    quiet();
}

#[test]
fn a_file_that_is_yet_to_be_written_is_not_gone() {
    let desk = Desk::new();
    let path = desk.path("new.pipe.ron");
    let worker = Worker::new(|| ());
    let (woken, wakes) = std::sync::mpsc::channel();
    let mut watch = Watch::new(worker.known(), Duration::from_millis(10), move || woken.send(()).unwrap());
    watch.look_at(Some(&path));
    assert!(wakes.recv_timeout(Duration::from_millis(100)).is_err());
    worker.save(Arc::new(small()), &path, Over::Anything);
    saved(&worker).unwrap();
    fs::remove_file(&path).unwrap();
    wakes.recv_timeout(LONG).unwrap();
    assert_eq!(watch.change(), Some(Change::Gone));
}

#[test]
fn settings_come_back_and_broken_ones_are_those_of_a_new_user() {
    let desk = Desk::new();
    let folder = desk.path("config");
    let (mut settings, problem) = Settings::load(&folder);
    assert_eq!((&settings, problem), (&Settings::default(), None));
    let mut keeper = Keeper::new(&folder, &settings);
    settings.theme = Theme::Dark;
    settings.set_scale(9.0);
    settings.panels.data = false;
    for number in 0..30 {
        settings.opened(Path::new(&format!("/x/{number}.pipe.ron")));
    }
    settings.opened(Path::new("/x/20.pipe.ron"));
    for number in 0..150 {
        let view = View { center: (number as f32, -3.5), zoom: 0.5, panels: Panels::default() };
        settings.set_view(Path::new(&format!("/x/{number}.pipe.ron")), view);
    }
    let worker = Worker::new(|| ());
    keeper.keep(&settings, &worker);
    drop(worker);
    let (back, problem) = Settings::load(&folder);
    assert_eq!((&back, problem), (&settings, None));
    assert_eq!((back.scale, back.recent.len(), back.views.len()), (2.0, 20, 100));
    assert_eq!(back.recent[..2], [PathBuf::from("/x/20.pipe.ron"), PathBuf::from("/x/29.pipe.ron")]);
    assert_eq!(back.view(Path::new("/x/149.pipe.ron")).unwrap().center, (149.0, -3.5));
    assert_eq!(back.view(Path::new("/x/3.pipe.ron")), None);

    desk.write("config/settings.ron", "(theme: Dark, scale: NaN, window: (0.0, 99999999.0), new_in_2030: 3)");
    let (odd, problem) = Settings::load(&folder);
    assert_eq!((odd.theme, odd.scale, odd.window, problem), (Theme::Dark, 1.0, None, None));
    for broken in [&b"(theme: Dark"[..], b"\xff\xfe", b"[]"] {
        desk.write("config/settings.ron", broken);
        let (settings, problem) = Settings::load(&folder);
        assert_eq!(settings, Settings::default());
        assert!(problem.unwrap().message.contains("settings.ron"));
    }
}

#[test]
fn a_sample_is_copied_whole_and_a_changed_copy_is_left_alone() {
    let desk = Desk::new();
    for sample in SAMPLES {
        let path = sample.copy_to(&desk.path("samples")).unwrap();
        let original = Path::new("../samples").join(sample.name);
        let mut there = names(&original);
        there.retain(|name| name.contains('.') && !["transformed_data.csv", "disagreements.csv"].contains(&&**name));
        assert_eq!(names(path.parent().unwrap()), there, "every file of {} is in the binary", sample.name);
        for name in there {
            assert_eq!(fs::read(path.with_file_name(&name)).unwrap(), fs::read(original.join(&name)).unwrap());
        }
        let (document, problems) = files::open(&path).unwrap();
        assert_eq!(problems, []);
        assert_eq!(&*document.pipeline, sample.pipeline());
        let sentence = sample.sentence();
        assert!(sentence.ends_with('.') && sentence.len() > 20 && !sentence.contains('\n'), "{sentence}");
        assert!(sample.pipeline().about.replace('\n', " ").starts_with(&sentence));
    }
    let orders = samples::named("orders").unwrap();
    let first = orders.copy_to(&desk.path("samples")).unwrap();
    fs::create_dir(first.with_file_name("out")).unwrap();
    assert_eq!(orders.copy_to(&desk.path("samples")).unwrap(), first, "nothing of it was changed");
    fs::write(&first, "mine").unwrap();
    let second = orders.copy_to(&desk.path("samples")).unwrap();
    assert_eq!(second, desk.path("samples/orders 2/orders.pipe.ron"));
    assert_eq!(fs::read_to_string(&first).unwrap(), "mine");
    assert_eq!(orders.copy_to(&desk.path("samples")).unwrap(), second);
}

#[test]
fn an_exported_folder_runs_from_anywhere_and_writes_into_itself() {
    let desk = Desk::new();
    let story = desk.path("it's 100% \"$HOME\"");
    fs::create_dir(&story).unwrap();
    fs::write(story.join("in.csv"), "day,n\n2024-05-01,1\n2024-05-02,2\n").unwrap();
    let text = r#"(version: 1, about: "Two days.", parameters: {
        "day": (kind: Date, about: "Which | day"),
        "most": (kind: Integer, default: "9"),
    }, nodes: {
        "in": (step: ReadCsv(path: "in.csv")),
        "one": (step: Filter(condition: "day = :day AND n <= :most"), from: ["in"]),
        "out": (step: WriteCsv(path: "out/{day}.csv"), from: ["one"]),
    })"#;
    let path = story.join("a b.pipe.ron");
    fs::write(&path, text).unwrap();
    let (document, _) = files::open(&path).unwrap();
    let target = desk.path("server");
    let summary = files::export(&document.pipeline, Some(&path), &target).unwrap();
    assert_eq!(summary.folder, target.join("a b"));
    assert_eq!(summary.notes, Vec::<String>::new());
    assert_eq!(names(&summary.folder), ["README.md", "a b.pipe.ron", "crontab.txt", "run.sh"]);

    let run = |arguments: &[&str]| {
        let mut command = Command::new(summary.folder.join("run.sh"));
        command.args(arguments).current_dir("/").env("PIPEWRIGHT", env!("CARGO_BIN_EXE_pipewright"));
        command.output().unwrap()
    };
    assert_eq!(run(&[]).status.code(), Some(2), "the day must be given");
    let output = run(&["--set", "day=2024-05-02"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let written = fs::read_to_string(summary.folder.join("out/2024-05-02.csv")).unwrap();
    assert_eq!(written, "day,n\n2024-05-02,2\n");

    let readme = fs::read_to_string(summary.folder.join("README.md")).unwrap();
    for line in [
        "| day | Date | must be given | Which \\| day |",
        "| most | Integer | `9` |  |",
        "- out: `out/{day}.csv`",
        "Two days.",
    ] {
        assert!(readme.lines().any(|have| have == line), "{line}\n{readme}");
    }
    let crontab = fs::read_to_string(summary.folder.join("crontab.txt")).unwrap();
    let line = crontab.lines().find_map(|line| line.strip_prefix("15 6 * * * ")).unwrap();
    let folder = format!("{}/a b", target.display());
    assert!(
        line.contains(&format!("'{folder}/run.sh' --set day=\"$(date +\\%F)\" >>'{folder}/run.log' 2>&1")),
        "{line}"
    );
    let again = files::export(&document.pipeline, Some(&path), &target).unwrap();
    assert_eq!(again.folder, target.join("a b 2"), "nothing is written over");
}

#[test]
fn a_source_that_can_only_stay_relative_is_told_of() {
    let desk = Desk::new();
    let text = "(version: 1, nodes: {\"in\": (step: ReadCsv(path: \"in.csv\"))})";
    let (pipeline, _) = file::read(text).unwrap();
    for path in [None, Some(Path::new("/data/{day}/x.pipe.ron"))] {
        let summary = files::export(&pipeline, path, &desk.path("server")).unwrap();
        assert!(summary.notes[0].contains("in.csv"), "{:?}", summary.notes);
        let readme = fs::read_to_string(summary.folder.join("README.md")).unwrap();
        assert!(readme.contains(&summary.notes[0]));
    }
}

#[test]
fn the_run_command_survives_a_shell() {
    let mut pipeline = small();
    let parameter = |default: Option<&str>| Parameter {
        kind: Type::Date,
        default: default.map(Into::into),
        ..Parameter::default()
    };
    pipeline.parameters.insert("day".into(), parameter(None));
    pipeline.parameters.insert("until".into(), parameter(Some("2024-05-01")));
    let path = Path::new("/tmp/it's $HOME/a`b`.pipe.ron");
    let command = files::run_command(&pipeline, path);
    let script = format!("pipewright() {{ printf '%s\\n' \"$@\"; }}; {command}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().collect::<Vec<_>>(), ["run", path.to_str().unwrap(), "--set", "day=<Date>"]);
    assert_eq!(files::run_command(&small(), Path::new("/a/b.pipe.ron")), "pipewright run /a/b.pipe.ron");
}

#[test]
fn a_document_knows_when_it_differs_from_its_file() {
    let mut document = Document::new(small(), None);
    document.edit().about = "new".into();
    assert!(document.is_changed());
    document.edit().about.clear();
    assert!(!document.is_changed());
}
