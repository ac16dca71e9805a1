//! The real window on a screen that nobody sees: a mouse and a keyboard build a pipeline, and the file is read.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use egui::{Pos2, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use pipewright_app::canvas;
use pipewright_engine::file;
use pipewright_engine::nodes::{Limit, ReadCsv, Step};
use pipewright_engine::pipeline::{Link, Pipeline};

use crate::stage::{PIPEWRIGHT, Stage};
use crate::tools;

/// For all that happens on the screen.
const LONG: Duration = Duration::from_secs(60);
/// For one call of a tool.
const SHORT: Duration = Duration::from_secs(10);
/// As large as the window of a new user.
const SCREEN: Vec2 = vec2(1280.0, 800.0);

const PROGRAMS: [&str; 2] = ["Xvfb", "xdotool"];
/// What the window needs of the system, and finds only when it opens.
const LIBRARIES: [&str; 7] = [
    "libEGL.so.1",
    "libGL.so.1",
    "libX11-xcb.so.1",
    "libXcursor.so.1",
    "libXi.so.6",
    "libXrandr.so.2",
    "libxkbcommon-x11.so.0",
];
#[test]
fn a_mouse_and_a_keyboard_build_and_save_a_pipeline() {
    let missing = missing();
    if !tools::are_there(&missing.join(" and "), missing.is_empty()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (entry, ground) = places();
    let mut desktop = Desktop::open(folder.path());

    desktop.until("a node is dragged onto the canvas", |desktop, _| {
        desktop.keys(&["Escape", "Escape", "ctrl+n"]);
        desktop.drag(entry, ground);
        desktop.waits(|desktop| desktop.kept().is_some_and(|pipeline| pipeline.nodes.len() == 1))
    });
    desktop.until("a second one is searched for", |desktop, _| {
        desktop.keys(&["Escape", "Escape", "ctrl+a", "Tab"]);
        desktop.types("limit");
        desktop.keys(&["Return"]);
        desktop.waits(|desktop| desktop.kept().is_some_and(|pipeline| pipeline.nodes.len() == 2))
    });
    let saved = folder.path().join("drawn.pipe.ron");
    desktop.until("it is saved", |desktop, attempt| {
        desktop.keys(if attempt == 0 { &["ctrl+s"] } else { &["Escape", "Escape", "ctrl+shift+s"] });
        desktop.types("drawn");
        desktop.keys(&["Return"]);
        desktop.waits(|desktop| saved.exists() && desktop.title() == "drawn.pipe.ron – Pipewright")
    });

    let (pipeline, problems) = file::read(&fs::read_to_string(&saved).unwrap()).unwrap();
    assert_eq!(problems, []);
    let steps: Vec<&Step> = pipeline.nodes.values().map(|node| &node.step).collect();
    assert_eq!(steps, [&Step::ReadCsv(ReadCsv::default()), &Step::Limit(Limit::default())]);
    let (read, limit) = (&pipeline.nodes.keys()[0], &pipeline.nodes[1]);
    assert_eq!(limit.from, [Some(Link { node: read.clone(), output: None })], "wired to what was selected");

    desktop.until("the window closes", |desktop, _| {
        desktop.keys(&["ctrl+q"]);
        desktop.waits(|desktop| desktop.ended().is_some())
    });
    assert!(desktop.ended().unwrap().success(), "{}", desktop.said());
    assert_eq!(fs::read_dir(desktop.journals()).unwrap().count(), 0, "nothing is left to restore");
}

/// Where the palette has what reads CSV, and the middle of the canvas, as the same window has them without a screen.
fn places() -> (Pos2, Pos2) {
    let mut stage = Stage::empty();
    stage.harness.set_size(SCREEN);
    stage.settle();
    (stage.place("Add Read CSV"), stage.harness.get_by_label(canvas::LABEL).rect().center())
}

/// A screen with the window on it.
struct Desktop {
    folder: PathBuf,
    display: String,
    window: String,
    begun: Instant,
    app: Running,
    _screen: Running,
}

impl Desktop {
    fn open(folder: &Path) -> Self {
        let begun = Instant::now();
        let (screen, display) = screen();
        let mut app = Program::new(PIPEWRIGHT);
        app.current_dir(folder).env("HOME", folder).env("DISPLAY", &display);
        // As large on every screen, drawn by the processor, and with our own dialogs: no bus is within reach.
        app.env("WINIT_X11_SCALE_FACTOR", "1").env("LIBGL_ALWAYS_SOFTWARE", "1").env("XDG_RUNTIME_DIR", folder);
        for gone in ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DBUS_SESSION_BUS_ADDRESS", "XMODIFIERS"] {
            app.env_remove(gone);
        }
        for (name, within) in [
            ("PIPEWRIGHT_CONFIG", "config"),
            ("PIPEWRIGHT_STATE", "state"),
            ("PIPEWRIGHT_TEMP", "temp"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            fs::create_dir_all(folder.join(within)).unwrap();
            app.env(name, folder.join(within));
        }
        let said = File::create(folder.join("said")).unwrap();
        let app = Running(app.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).spawn().unwrap());
        let folder = folder.to_owned();
        let mut desktop = Self { folder, display, window: String::new(), begun, app, _screen: screen };
        desktop.until("the window opens", |desktop, _| {
            desktop.waits(|desktop| {
                // It has its title once its first frame was drawn.
                desktop.window = desktop.tool(&["search", "--onlyvisible", "--name", "Untitled"]);
                !desktop.window.is_empty()
            })
        });
        // There is nobody else to give it the keyboard.
        desktop.tool(&["windowfocus", &desktop.window]);
        desktop
    }

    /// Tries again: events may come while the window is not ready for them.
    #[track_caller]
    fn until(&mut self, what: &str, mut attempt: impl FnMut(&mut Self, usize) -> bool) {
        for number in 0.. {
            if attempt(self, number) {
                return;
            }
            assert!(
                self.begun.elapsed() < LONG,
                "{what}: not within {LONG:?}. Title: {:?}. Kept: {:?}. It said: {:?}",
                self.title(),
                self.kept(),
                self.said()
            );
        }
    }

    /// Whether something holds before it is time to try again.
    fn waits(&mut self, mut holds: impl FnMut(&mut Self) -> bool) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(8) {
            if holds(self) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    fn tool(&self, arguments: &[&str]) -> String {
        let mut tool = Program::new("xdotool");
        tool.args(arguments).env("DISPLAY", &self.display);
        ran(&mut tool, SHORT).map(|printed| printed.trim().to_owned()).unwrap_or_default()
    }

    /// One after the other, each with time for the window to draw what came of it.
    fn keys(&self, keys: &[&str]) {
        for key in keys {
            self.tool(&["key", key, "sleep", "0.25"]);
        }
    }

    fn types(&self, text: &str) {
        self.tool(&["sleep", "0.25", "type", "--delay", "40", text]);
        std::thread::sleep(Duration::from_millis(250));
    }

    fn drag(&self, from: Pos2, to: Pos2) {
        let mut arguments = vec!["mousemove".to_owned()];
        let mut put = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        put(&[&from.x.to_string(), &from.y.to_string(), "sleep", "0.2", "mousedown", "1"]);
        for part in 1..=4 {
            let at = from.lerp(to, part as f32 / 4.0).round();
            put(&["sleep", "0.1", "mousemove", &at.x.to_string(), &at.y.to_string()]);
        }
        put(&["sleep", "0.2", "mouseup", "1"]);
        self.tool(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    }

    fn title(&self) -> String {
        self.tool(&["getwindowname", &self.window])
    }

    fn journals(&self) -> PathBuf {
        self.folder.join("state/journals")
    }

    /// What the window works on: it keeps it on disk as long as it isn't saved.
    fn kept(&self) -> Option<Pipeline> {
        let entries = fs::read_dir(self.journals()).ok()?;
        let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let path = paths.find(|path| path.extension().is_some_and(|ending| ending == "journal"))?;
        Some(file::read(&fs::read_to_string(path).ok()?).ok()?.0)
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.join("said")).unwrap_or_default()
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.app.0.try_wait().unwrap()
    }
}

/// A screen of its own, and its name.
fn screen() -> (Running, String) {
    let mut program = Program::new("Xvfb");
    let size = format!("{}x{}x24", SCREEN.x, SCREEN.y);
    program.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &size]);
    let child = program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut screen = Running(child.unwrap());
    let mut lines = BufReader::new(screen.0.stdout.take().unwrap()).lines();
    let (tell, number) = channel();
    std::thread::spawn(move || tell.send(lines.next()));
    let number = number.recv_timeout(LONG).ok().flatten().expect("the screen is there in time").unwrap();
    (screen, format!(":{number}"))
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What a program printed, if it ended well and in time.
fn ran(program: &mut Program, within: Duration) -> Option<String> {
    let child = program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = Running(child.ok()?);
    let printed = child.0.stdout.take()?;
    let printed = std::thread::spawn(move || std::io::read_to_string(printed));
    let begun = Instant::now();
    loop {
        match child.0.try_wait().ok()? {
            Some(status) => return status.success().then(|| printed.join().ok()?.ok()).flatten(),
            None if begun.elapsed() > within => return None,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// What the test needs and does not find.
fn missing() -> Vec<&'static str> {
    let mut missing: Vec<_> = PROGRAMS.into_iter().filter(|name| !is_program(name)).collect();
    let config = ["/sbin/ldconfig", "/usr/sbin/ldconfig"].into_iter().find(|path| Path::new(path).exists());
    let known = config.and_then(|config| ran(Program::new(config).arg("-p"), SHORT)).unwrap_or_default();
    missing.extend(LIBRARIES.iter().filter(|name| !known.contains(**name)));
    if !draws_in_software() {
        missing.push("swrast_dri.so");
    }
    missing
}

fn is_program(name: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

fn draws_in_software() -> bool {
    let folders = |path: &str| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let libraries = ["/usr/lib", "/usr/lib64"].map(PathBuf::from);
    folders("/usr/lib").chain(libraries).any(|folder| folder.join("dri/swrast_dri.so").exists())
}
