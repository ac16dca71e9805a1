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
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

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
        }
    }
}

/// A display of its own, under the first number that is free.
fn server() -> (Owned, String) {
    let mut server = Program::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
    let mut server = Owned(server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut number = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut number).unwrap();
    (server, format!(":{}", number.trim()))
}
