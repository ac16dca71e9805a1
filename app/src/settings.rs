//! What is remembered between sessions: looks, recent files, and how each file was looked at.
//!
//! Nothing here is worth a failure. Settings that can't be read are those of a new user, with a word about it for the log.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;
use pipewright_engine::problem::Problem;
use pipewright_runner::disk;
use serde::{Deserialize, Serialize};

use crate::files::Worker;
use crate::files::worker::{Answer, Slot};

/// Recent files of a kind.
const RECENT: usize = 20;
/// Files whose view is remembered.
const VIEWS: usize = 100;
/// Sizes change with every frame in which the edge of a window is dragged.
const PACE: Duration = Duration::from_secs(1);

const FILE: &str = "settings.ron";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: Theme,
    /// Of everything on the screen; 1 is 100 %.
    pub scale: f32,
    /// In points. None: as the system likes.
    pub window: Option<(f32, f32)>,
    pub maximized: bool,
    pub panels: Panels,
    /// Pipelines, the latest first.
    pub recent: Vec<PathBuf>,
    /// Data files that were chosen, the latest first.
    pub recent_data: Vec<PathBuf>,
    /// How each pipeline was looked at, the latest last.
    pub views: IndexMap<PathBuf, View>,
}

/// Which panels are open, and how large they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    pub palette: bool,
    pub inspector: bool,
    pub data: bool,
    pub problems: bool,
    pub log: bool,
    pub palette_width: f32,
    pub inspector_width: f32,
    /// Of what is below the canvas.
    pub bottom_height: f32,
}

/// How a file was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// The point of the canvas in the middle.
    pub center: (f32, f32),
    pub zoom: f32,
    pub panels: Panels,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            scale: 1.0,
            window: None,
            maximized: false,
            panels: Panels::default(),
            recent: Vec::new(),
            recent_data: Vec::new(),
            views: IndexMap::new(),
        }
    }
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            palette: true,
            inspector: true,
            data: true,
            problems: false,
            log: false,
            palette_width: 200.0,
            inspector_width: 340.0,
            bottom_height: 280.0,
        }
    }
}

impl Default for View {
    fn default() -> Self {
        Self { center: (0.0, 0.0), zoom: 1.0, panels: Panels::default() }
    }
}

impl Settings {
    /// What the folder holds, and a word where that can't be used.
    pub fn load(folder: &Path) -> (Self, Option<Problem>) {
        let file = folder.join(FILE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Self::default(), None),
            Err(error) => return (Self::default(), Some(unusable(&file, &error))),
        };
        // `window: (1280, 720)` is how people write it.
        let format = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        match format.from_str::<Self>(&text) {
            Ok(settings) => (settings.sound(), None),
            Err(error) => (Self::default(), Some(unusable(&file, &error))),
        }
    }

    /// Numbers that somebody wrote by hand, or a broken program, must not make the window unusable.
    fn sound(mut self) -> Self {
        self.set_scale(self.scale);
        let usable = |size: &(f32, f32)| {
            [size.0, size.1].iter().all(|side| side.is_finite() && (200.0..=20_000.0).contains(side))
        };
        self.window = self.window.filter(usable);
        self.panels = self.panels.sound();
        self.recent.truncate(RECENT);
        self.recent_data.truncate(RECENT);
        for view in self.views.values_mut() {
            let good = [view.center.0, view.center.1, view.zoom].iter().all(|number| number.is_finite());
            *view =
                if good && view.zoom > 0.0 { View { panels: view.panels.sound(), ..*view } } else { View::default() };
        }
        self
    }

    /// Between 75 % and 200 %.
    pub fn set_scale(&mut self, scale: f32) {
        self.scale = if scale.is_finite() { scale.clamp(0.75, 2.0) } else { 1.0 };
    }

    pub fn opened(&mut self, path: &Path) {
        to_front(&mut self.recent, path);
    }

    pub fn chose_data(&mut self, path: &Path) {
        to_front(&mut self.recent_data, path);
    }

    pub fn forget(&mut self, path: &Path) {
        self.recent.retain(|known| known != path);
    }

    pub fn view(&self, path: &Path) -> Option<View> {
        self.views.get(path).copied()
    }

    pub fn set_view(&mut self, path: &Path, view: View) {
        if self.views.get(path) == Some(&view) {
            return;
        }
        self.views.shift_remove(path);
        self.views.insert(path.to_owned(), view);
        while self.views.len() > VIEWS {
            self.views.shift_remove_index(0);
        }
    }

    fn save(mut self, folder: &Path) -> io::Result<()> {
        // A path that is no text can't be written as text.
        let text = |path: &Path| path.to_str().is_some();
        self.recent.retain(|path| text(path));
        self.recent_data.retain(|path| text(path));
        self.views.retain(|path, _| text(path));
        let text = ron::ser::to_string_pretty(&self, ron::ser::PrettyConfig::new()).map_err(io::Error::other)?;
        fs::create_dir_all(folder)?;
        disk::replace(&folder.join(FILE), text.as_bytes())
    }
}

impl Panels {
    fn sound(mut self) -> Self {
        let usual = Self::default();
        for (size, usual) in [
            (&mut self.palette_width, usual.palette_width),
            (&mut self.inspector_width, usual.inspector_width),
            (&mut self.bottom_height, usual.bottom_height),
        ] {
            if !(50.0..=5_000.0).contains(size) {
                *size = usual;
            }
        }
        self
    }
}

fn to_front(paths: &mut Vec<PathBuf>, path: &Path) {
    if paths.first().is_some_and(|first| first == path) {
        return;
    }
    paths.retain(|known| known != path);
    paths.insert(0, path.to_owned());
    paths.truncate(RECENT);
}

fn unusable(file: &Path, error: &dyn std::fmt::Display) -> Problem {
    Problem::warning(format!("The settings in {file:?} can't be read: {error}."))
        .try_this("They are as for a new user now, and will be written anew.")
}

/// Sees to it that settings are on disk soon after they change.
pub struct Keeper {
    folder: PathBuf,
    kept: Settings,
}

impl Keeper {
    /// `settings` as they were read from the folder.
    pub fn new(folder: &Path, settings: &Settings) -> Self {
        Self { folder: folder.to_owned(), kept: settings.clone() }
    }

    /// Told once a frame.
    pub fn keep(&mut self, settings: &Settings, worker: &Worker) {
        if *settings == self.kept {
            return;
        }
        self.kept = settings.clone();
        let (settings, folder) = (settings.clone(), self.folder.clone());
        worker.later(Slot::Settings, PACE, move |_| {
            let error = settings.save(&folder).err()?;
            Some(Answer::Trouble(
                Problem::warning(format!("The settings can't be kept in {folder:?}: {error}."))
                    .try_this("Set PIPEWRIGHT_CONFIG to a folder that you can write to."),
            ))
        });
    }
}
