<<<<<<< HEAD
//! The real program in a real window of an X server without a screen, driven by mouse and keyboard.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::time::{Duration, Instant};

use pipewright_engine::file;
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::{Link, Pipeline};

use crate::stage::PIPEWRIGHT;

const LIMIT: Duration = Duration::from_secs(60);
const INSTALLING: &str = "240";
const PACKAGES: &[&str] = &[
    "xvfb",
    "xdotool",
    "libgl1-mesa-dri",
    "libegl1",
    "libgl1",
    "libxkbcommon-x11-0",
    "libxcursor1",
    "libxi6",
    "libxrandr2",
    "libx11-xcb1",
];
const LIBRARIES: &[&str] =
    &["libEGL.so.1", "libGL.so.1", "libxkbcommon-x11.so.0", "libXcursor.so.1", "libXi.so.6", "libX11-xcb.so.1"];

#[test]
fn a_pipeline_is_drawn_and_saved_with_mouse_and_keyboard() {
    if let Err(why) = equip() {
        println!("The desktop test is skipped: {why}.");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("numbers.csv"), "n\n1\n2\n").unwrap();
    let mut desk = Desk::open(folder.path());
    desk.try_until(
        "the first node",
        |pipeline| has(pipeline, &["ReadCsv"]),
        |desk| {
            desk.keys(&["ctrl+n"]);
            desk.double_click(560, 260);
            desk.type_text("read csv");
            desk.keys(&["Return"]);
        },
    );
    desk.try_until(
        "the second node",
        |pipeline| has(pipeline, &["ReadCsv", "Filter"]),
        |desk| {
            desk.keys(&["Tab"]);
            desk.type_text("filter");
            desk.keys(&["Return"]);
        },
    );
    let target = folder.path().join("drawn.pipe.ron");
    desk.try_to_save(&target);
    let (saved, problems) = file::read(&fs::read_to_string(&target).unwrap()).unwrap();
    assert_eq!(problems, []);
    let (first, second) = (&saved.nodes[0], &saved.nodes[1]);
    assert!(matches!(first.step, Step::ReadCsv(_)) && matches!(second.step, Step::Filter(_)));
    let name = saved.nodes.keys().next().unwrap();
    assert_eq!(second.from, [Some(Link::parse(name))], "the second reads the first");
    assert_eq!(saved.layout.nodes.len(), 2);
}

fn has(pipeline: &Pipeline, steps: &[&str]) -> bool {
    pipeline.nodes.values().map(|node| node.step.name()).eq(steps.iter().copied())
}

/// The tools and a way to draw, installed where that is possible. Else why not.
fn equip() -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("it needs an X server, as there is on Linux".to_owned());
    }
    let Some(missing) = missing() else { return Ok(()) };
    let root = output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    if !root || output("apt-get", &["--version"]).is_none() {
        return Err(format!("{missing} is missing, and only root on Debian can install it"));
    }
    let apt = |arguments: &[&str]| {
        let mut program = Program::new("timeout");
        program.args([INSTALLING, "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]).args(arguments);
        program.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        program.output().is_ok_and(|done| done.status.success())
    };
    apt(&["update"]);
    apt(&[&["install", "-y", "--no-install-recommends"], PACKAGES].concat());
    match self::missing() {
        None => Ok(()),
        Some(missing) => Err(format!("{missing} is missing, and can't be installed")),
    }
}

fn missing() -> Option<String> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let there = |tool: &&&str| std::env::split_paths(&folders).any(|folder| folder.join(tool).is_file());
    let tool = ["Xvfb", "xdotool"].iter().find(|tool| !there(tool));
    let known = ["ldconfig", "/sbin/ldconfig"].iter().find_map(|ldconfig| output(ldconfig, &["-p"]));
    let library = LIBRARIES.iter().find(|library| known.as_ref().is_some_and(|known| !known.contains(**library)));
    tool.or(library).map(|missing| (*missing).to_owned())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let done = Program::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8_lossy(&done.stdout).into_owned()).filter(|_| done.status.success())
}

/// A process that does not outlive the test.
struct Owned(Child);

impl Drop for Owned {
=======
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

/// For all that happens on the screen.
const LONG: Duration = Duration::from_secs(60);
/// For packages to come, and to be installed, each.
const INSTALL: Duration = Duration::from_secs(60);
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
const PACKAGES: [&str; 10] = [
    "xvfb",
    "xdotool",
    "libegl1",
    "libgl1",
    "libgl1-mesa-dri",
    "libx11-xcb1",
    "libxcursor1",
    "libxi6",
    "libxkbcommon-x11-0",
    "libxrandr2",
];

#[test]
fn a_mouse_and_a_keyboard_build_and_save_a_pipeline() {
    if let Err(why) = tools() {
        println!("Skipped: the window is not driven here, {why}.");
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
        ran(&mut tool, Duration::from_secs(10)).map(|printed| printed.trim().to_owned()).unwrap_or_default()
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
>>>>>>> 5b46d1a04d51af6dfcbf42b6c4884c1285d7ae61
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

<<<<<<< HEAD
struct Desk {
    /// Ends before the display that it is shown on.
    program: Owned,
    _server: Owned,
    display: String,
    window: String,
    state: PathBuf,
    begun: Instant,
}

impl Desk {
    fn open(folder: &Path) -> Self {
        let begun = Instant::now();
        let (server, display) = server();
        let state = folder.join("state");
        let mut program = Program::new(PIPEWRIGHT);
        program.current_dir(folder).env("DISPLAY", &display).env("HOME", folder).env("LIBGL_ALWAYS_SOFTWARE", "1");
        program.env("PIPEWRIGHT_CONFIG", folder.join("config")).env("PIPEWRIGHT_STATE", &state);
        // Without a session bus the program has no dialogs but its own.
        program.env("XDG_RUNTIME_DIR", folder).env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("WAYLAND_DISPLAY");
        program.stdout(Stdio::null()).stderr(Stdio::piped());
        let program = Owned(program.spawn().unwrap());
        let mut desk = Self { program, _server: server, display, window: String::new(), state, begun };
        desk.wait_for_window();
        desk
    }

    fn wait_for_window(&mut self) {
        loop {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", "Pipewright"]);
            if let Some(window) = found.as_deref().and_then(|found| found.lines().next()) {
                self.window = window.to_owned();
                break;
            }
            self.check("a window");
            std::thread::sleep(Duration::from_millis(100));
        }
        let window = self.window.clone();
        self.xdotool(&["windowmove", &window, "0", "0"]);
        self.xdotool(&["windowsize", &window, "1280", "800"]);
        // Nobody else gives it the keyboard: there is no window manager.
        self.xdotool(&["windowfocus", &window]);
        std::thread::sleep(Duration::from_millis(500));
    }

    #[track_caller]
    fn check(&mut self, what: &str) {
        if let Some(status) = self.program.0.try_wait().unwrap() {
            let mut said = String::new();
            self.program.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the program ended ({status}) before there was {what}: {said}");
        }
        assert!(self.begun.elapsed() < LIMIT, "{what}: not in time. The pipeline is {:?}", self.pipeline());
    }

    fn xdotool(&self, arguments: &[&str]) -> Option<String> {
        let done = Program::new("xdotool").args(arguments).env("DISPLAY", &self.display).output().unwrap();
        Some(String::from_utf8_lossy(&done.stdout).into_owned()).filter(|_| done.status.success())
    }

    fn keys(&self, keys: &[&str]) {
        self.xdotool(&[&["key", "--delay", "60"], keys].concat());
        std::thread::sleep(Duration::from_millis(200));
    }

    fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "30", text]);
        std::thread::sleep(Duration::from_millis(200));
    }

    fn double_click(&self, x: u32, y: u32) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        std::thread::sleep(Duration::from_millis(100));
        self.xdotool(&["click", "--repeat", "2", "--delay", "60", "1"]);
        std::thread::sleep(Duration::from_millis(300));
    }

    /// What is drawn so far: the program keeps it in its journal as long as it is not saved.
    fn pipeline(&self) -> Option<Pipeline> {
        let entries = fs::read_dir(self.state.join("journals")).ok()?;
        let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let journal = paths.find(|path| path.extension().is_some_and(|ending| ending == "journal"))?;
        Some(file::read(&fs::read_to_string(journal).ok()?).ok()?.0)
    }

    /// Does something until it shows: the first keys may come before the window listens.
    #[track_caller]
    fn try_until(&mut self, what: &str, holds: impl Fn(&Pipeline) -> bool, go: impl Fn(&Self)) {
        loop {
            go(self);
            let patience = Instant::now() + Duration::from_secs(5);
            while Instant::now() < patience {
                if self.pipeline().is_some_and(|pipeline| holds(&pipeline)) {
                    return;
                }
                self.check(what);
                std::thread::sleep(Duration::from_millis(50));
            }
            self.keys(&["Escape"]);
        }
    }

    #[track_caller]
    fn try_to_save(&mut self, target: &Path) {
        // The ending of the name that is proposed stays.
        let name = target.to_str().unwrap().trim_end_matches(".pipe.ron").to_owned();
        loop {
            self.keys(&["ctrl+s"]);
            std::thread::sleep(Duration::from_millis(300));
            self.type_text(&name);
            self.keys(&["Return"]);
            let patience = Instant::now() + Duration::from_secs(5);
            while Instant::now() < patience {
                if target.exists() {
                    return;
                }
                self.check("a saved file");
                std::thread::sleep(Duration::from_millis(50));
            }
            self.keys(&["Escape"]);
=======
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
>>>>>>> 5b46d1a04d51af6dfcbf42b6c4884c1285d7ae61
        }
    }
}

<<<<<<< HEAD
/// A display of its own, under the first number that is free.
fn server() -> (Owned, String) {
    let mut server = Program::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
    let mut server = Owned(server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut number = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (server, format!(":{}", number.trim()))
=======
/// Sees to it that all is there that the test needs, or says why it isn't.
fn tools() -> Result<(), String> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let lack = missing.join(", ");
    let root = ran(Program::new("id").arg("-u"), INSTALL).is_some_and(|user| user.trim() == "0");
    if !root || !is_program("apt-get") {
        return Err(format!("{lack} missing"));
    }
    // Fetched first: that may take too long, and can be given up without harm.
    let fetched = installs("--download-only") || (apt(&["update"]) && installs("--download-only"));
    if !fetched || !installs("--no-download") {
        return Err(format!("{lack} missing, and can't be installed"));
    }
    let missing = self::missing();
    if missing.is_empty() { Ok(()) } else { Err(format!("{} missing", missing.join(", "))) }
}

fn installs(how: &str) -> bool {
    apt(&[&["install", "--yes", "--no-install-recommends", how][..], &PACKAGES].concat())
}

fn apt(arguments: &[&str]) -> bool {
    let mut apt = Program::new("apt-get");
    apt.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    ran(&mut apt, INSTALL).is_some()
}

fn missing() -> Vec<&'static str> {
    let mut missing: Vec<_> = PROGRAMS.into_iter().filter(|name| !is_program(name)).collect();
    let config = ["/sbin/ldconfig", "/usr/sbin/ldconfig"].into_iter().find(|path| Path::new(path).exists());
    let known = config.and_then(|config| ran(Program::new(config).arg("-p"), INSTALL)).unwrap_or_default();
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
>>>>>>> 5b46d1a04d51af6dfcbf42b6c4884c1285d7ae61
}
