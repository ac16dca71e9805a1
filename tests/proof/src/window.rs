//! From starting the program to its window.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::figures::Times;

pub fn measure() -> Result<(), String> {
    for tool in ["Xvfb", "xdotool"] {
        let found = Command::new(tool).arg("-help").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.map_err(|_| format!("{tool} is not installed"))?;
    }
    let program = crate::program()?;
    let display = format!(":{}", 100 + std::process::id() % 400);
    let screen = Command::new("Xvfb")
        .args([&display, "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _screen = Ended(screen.map_err(|error| error.to_string())?);
    let begun = Instant::now();
    while !asked(&display, &["getdisplaygeometry"]) {
        if begun.elapsed() > Duration::from_secs(10) {
            return Err("Xvfb does not answer".to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut times = Times::default();
    for round in 0..12 {
        let begun = Instant::now();
        let child = Command::new(&program)
            .env("DISPLAY", &display)
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stderr(Stdio::null())
            .spawn();
        let _child = Ended(child.map_err(|error| error.to_string())?);
        while !is_shown(&display) {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err("no window within 20 s".to_owned());
            }
        }
        // The first start fills the caches of the system.
        if round > 0 {
            times.add(begun.elapsed());
        }
    }
    times.print("from start to window, software rendering");
    Ok(())
}

/// Whether its window is on the screen. eframe shows it once its first frame is painted.
fn is_shown(display: &str) -> bool {
    asked(display, &["search", "--onlyvisible", "--name", "Pipewright"])
}

fn asked(display: &str, question: &[&str]) -> bool {
    let answer = Command::new("xdotool").env("DISPLAY", display).args(question).stderr(Stdio::null()).output();
    answer.is_ok_and(|answer| answer.status.success() && !answer.stdout.is_empty())
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
