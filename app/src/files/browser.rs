//! Our own dialog for files and folders, where the system has none: a modal with a list, driven by pointer or keys.
//!
//! What is typed narrows the list; a path typed (`~/data/x.csv`, `../y`) is gone to. Folders are read by a thread.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::SystemTime;

use chrono::{DateTime, Local};
use egui::text::{CCursor, CCursorRange};
use egui::{Align2, FontId, Key, Modifiers, Role, ScrollArea, Sense, TextEdit, WidgetInfo, vec2};
use pipewright_runner::cli::words;

use super::dialogs::{Ask, Want};
use super::{ENDING, folders};
use crate::icons;
use crate::theme::{self, gap, palette, size};

const WIDTH: f32 = 640.0;
const HEIGHT: f32 = 340.0;
const ROW: f32 = 26.0;

pub struct Browser {
    ask: Ask,
    wake: Arc<dyn Fn() + Send + Sync>,
    folder: PathBuf,
    entries: Vec<Entry>,
    /// What of them is shown, by place.
    rows: Vec<usize>,
    /// The one of the rows that keys and clicks are on.
    row: Option<usize>,
    looking: Option<Receiver<Seen>>,
    text: String,
    /// Files of other kinds too.
    all: bool,
    say: Say,
    /// The field is to be given the keyboard.
    focus: bool,
    answer: Option<Option<PathBuf>>,
}

struct Entry {
    name: String,
    folder: bool,
    bytes: u64,
    modified: Option<SystemTime>,
}

/// What is said below the list, and what the button does then.
#[derive(Clone, PartialEq)]
enum Say {
    Nothing,
    Problem(String),
    Replace(PathBuf),
    Create(PathBuf),
}

/// What was found at a path.
enum Seen {
    Folder(PathBuf, Vec<Entry>),
    File(PathBuf),
    /// Nothing; whether there is a folder that it could be in.
    Nothing(PathBuf, bool),
    Problem(String),
    Created(PathBuf),
}

impl Browser {
    pub fn new(ask: Ask, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        let folder = ask.folder.clone().or_else(folders::home).unwrap_or_else(|| PathBuf::from("/"));
        let mut browser = Self {
            text: proposal(&ask),
            ask,
            wake,
            folder: folder.clone(),
            entries: Vec::new(),
            rows: Vec::new(),
            row: None,
            looking: None,
            all: false,
            say: Say::Nothing,
            focus: true,
            answer: None,
        };
        browser.look(folder);
        browser
    }

    /// The answer, once there is one: none inside where nothing was chosen.
    pub fn show(&mut self, ctx: &egui::Context) -> Option<Option<PathBuf>> {
        self.take();
        let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(gap::L);
        let modal = egui::Modal::new(egui::Id::unique("file browser")).frame(frame).show(ctx, |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 2.0 * gap::XL));
            self.contents(ui);
        });
        if modal.should_close() {
            self.answer.get_or_insert(None);
        }
        self.answer.take()
    }

    fn take(&mut self) {
        let Some(looking) = &self.looking else { return };
        let seen = match looking.try_recv() {
            Ok(seen) => seen,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Seen::Problem("The folder can't be read.".to_owned()),
        };
        self.looking = None;
        self.say = Say::Nothing;
        match (seen, &self.ask.want) {
            (Seen::Folder(folder, entries), _) => self.enter(folder, entries),
            (Seen::Created(path), _) => self.answer = Some(Some(path)),
            (Seen::Problem(problem), _) => self.say = Say::Problem(problem),
            (Seen::File(path), Want::Open) => self.answer = Some(Some(path)),
            (Seen::File(path), Want::Save { .. }) => self.say = Say::Replace(path),
            (Seen::File(path), Want::Folder) => self.say = Say::Problem(format!("{} is a file.", shown(&path))),
            (Seen::Nothing(path, _), Want::Open) => self.say = Say::Problem(format!("There is no {}.", shown(&path))),
            (Seen::Nothing(path, true), Want::Save { .. }) => self.answer = Some(Some(path)),
            (Seen::Nothing(path, true), Want::Folder) => self.say = Say::Create(path),
            (Seen::Nothing(path, false), _) => {
                let folder = path.parent().unwrap_or(&path);
                self.say = Say::Problem(format!("There is no folder {}.", shown(folder)));
            }
        }
    }

    fn enter(&mut self, folder: PathBuf, entries: Vec<Entry>) {
        if self.leads_elsewhere() || !matches!(self.ask.want, Want::Save { .. }) {
            self.text = proposal(&self.ask);
        }
        self.folder = folder;
        self.entries = entries;
        self.focus = true;
        self.narrow();
    }

    fn leads_elsewhere(&self) -> bool {
        self.text.contains('/') || self.text.starts_with('~') || self.text == ".."
    }

    /// Chooses anew what of the folder is shown.
    fn narrow(&mut self) {
        let saves = matches!(self.ask.want, Want::Save { .. });
        let words = if saves || self.leads_elsewhere() { String::new() } else { self.text.to_lowercase() };
        let fits = |entry: &Entry| {
            let hidden = entry.name.starts_with('.') && !words.starts_with('.');
            let kind = entry.folder || (self.ask.want != Want::Folder && (self.all || self.ask.kind.fits(&entry.name)));
            !hidden && kind && entry.name.to_lowercase().contains(&words)
        };
        self.rows = (0..self.entries.len()).filter(|at| fits(&self.entries[*at])).collect();
        self.row = (!words.is_empty() && !self.rows.is_empty()).then_some(0);
    }

    fn look(&mut self, path: PathBuf) {
        let ask = self.ask.clone();
        self.send(move || look(path, &ask));
    }

    fn send(&mut self, work: impl FnOnce() -> Seen + Send + 'static) {
        let (tell, looking) = channel();
        let wake = Arc::clone(&self.wake);
        let work = move || {
            tell.send(work()).ok();
            wake();
        };
        // If there is no thread to be had the channel is closed, which is told.
        std::thread::Builder::new().name("browse".into()).spawn(work).ok();
        self.looking = Some(looking);
    }

    fn contents(&mut self, ui: &mut egui::Ui) {
        ui.label(egui::RichText::new(&self.ask.title).font(theme::strong(size::HEADING)));
        ui.add_space(gap::S);
        self.way(ui);
        self.keys(ui);
        self.list(ui);
        ui.add_space(gap::S);
        self.field(ui);
        self.foot(ui);
    }

    /// Where we are, and the way up.
    fn way(&mut self, ui: &mut egui::Ui) {
        ui.horizontal(|ui| {
            if icons::button(ui, "corner_left_up", "Parent folder").clicked() {
                self.up();
            }
            let text = egui::RichText::new(folders::shown(&self.folder)).color(palette(ui.ctx()).weak);
            ui.add(egui::Label::new(text).truncate());
        });
    }

    fn up(&mut self) {
        if let Some(parent) = self.folder.parent().map(Path::to_owned) {
            self.look(parent);
        }
    }

    /// Taken before the field can: there, up and down would move the cursor.
    fn keys(&mut self, ui: &mut egui::Ui) {
        let last = self.rows.len().saturating_sub(1);
        let (up, parent, down) = ui.input_mut(|input| {
            let parent = input.consume_key(Modifiers::ALT, Key::ArrowUp);
            let up = input.consume_key(Modifiers::NONE, Key::ArrowUp);
            (up, parent, input.consume_key(Modifiers::NONE, Key::ArrowDown))
        });
        if parent {
            self.up();
        }
        if self.rows.is_empty() || !(up || down) {
            return;
        }
        self.row = Some(match self.row {
            Some(row) if down => (row + 1).min(last),
            Some(row) => row.saturating_sub(1),
            None if down => 0,
            None => last,
        });
        self.take_name();
    }

    fn list(&mut self, ui: &mut egui::Ui) {
        let colors = palette(ui.ctx());
        egui::Frame::new().fill(colors.panel).stroke((1.0, colors.line)).corner_radius(theme::ROUND).show(ui, |ui| {
            ui.set_min_height(HEIGHT);
            if self.rows.is_empty() {
                let text = if self.looking.is_some() { "Reading the folder…" } else { "Nothing to choose here." };
                ui.add_sized([ui.available_width(), ROW * 2.0], egui::Label::new(text));
                return;
            }
            ui.spacing_mut().item_spacing.y = 0.0;
            let area = ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, false]);
            area.show_rows(ui, ROW, self.rows.len(), |ui, range| {
                for row in range {
                    self.row(ui, row);
                }
            });
        });
    }

    fn row(&mut self, ui: &mut egui::Ui, row: usize) {
        let entry = &self.entries[self.rows[row]];
        let chosen = self.row == Some(row);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        let label = format!("{} {}", if entry.folder { "Folder" } else { "File" }, entry.name);
        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, chosen, &label));
        let colors = palette(ui.ctx());
        let painter = ui.painter_at(rect);
        if chosen {
            painter.rect_filled(rect, 0.0, colors.selected);
        } else if response.hovered() || response.has_focus() {
            painter.rect_filled(rect, 0.0, colors.hover);
        }
        let middle = |x: f32| egui::pos2(x, rect.center().y);
        let icon = egui::Rect::from_center_size(middle(rect.left() + gap::L), egui::Vec2::splat(size::HEADING));
        icons::paint(&painter, if entry.folder { "folder" } else { "file" }, icon, colors.weak);
        let font = FontId::proportional(size::BODY);
        let clipped = egui::Rect::from_x_y_ranges(rect.left()..=rect.right() - 200.0, rect.y_range());
        let name = painter.with_clip_rect(clipped);
        name.text(middle(icon.right() + gap::M), Align2::LEFT_CENTER, &entry.name, font, colors.text);
        let small = FontId::proportional(size::SMALL);
        if let Some(modified) = entry.modified {
            let when = DateTime::<Local>::from(modified).format("%Y-%m-%d %H:%M").to_string();
            painter.text(middle(rect.right() - gap::M), Align2::RIGHT_CENTER, when, small.clone(), colors.weak);
        }
        if !entry.folder {
            let bytes = words::bytes(entry.bytes);
            painter.text(middle(rect.right() - 120.0), Align2::RIGHT_CENTER, bytes, small, colors.weak);
        }
        if response.clicked() {
            self.row = Some(row);
            self.take_name();
        }
        if response.double_clicked() {
            self.choose();
        }
        if chosen && ui.input(|input| input.key_pressed(Key::ArrowUp) || input.key_pressed(Key::ArrowDown)) {
            response.scroll_to_me(None);
        }
    }

    /// Saving over a file begins with its name.
    fn take_name(&mut self) {
        let entry = self.row.and_then(|row| self.entries.get(*self.rows.get(row)?));
        if let (Want::Save { .. }, Some(entry)) = (&self.ask.want, entry)
            && !entry.folder
        {
            self.text = entry.name.clone();
        }
        self.say = Say::Nothing;
    }

    fn field(&mut self, ui: &mut egui::Ui) {
        let (label, hint) = match self.ask.want {
            Want::Save { .. } => ("Name", "Name of the file"),
            Want::Open => ("Name or path", "Type to search, or a path"),
            Want::Folder => ("Name or path", "Type to search, or the name of a new folder"),
        };
        let field = TextEdit::singleline(&mut self.text).hint_text(hint).desired_width(f32::INFINITY);
        let mut output = field.return_key(None).show(ui);
        let response = &output.response;
        let (text, enabled) = (self.text.clone(), ui.is_enabled());
        response.widget_info(|| WidgetInfo {
            label: Some(label.to_owned()),
            ..WidgetInfo::text_edit(enabled, &text, &text, hint)
        });
        if std::mem::take(&mut self.focus) {
            response.request_focus();
            // Typing replaces the proposed name, and leaves its ending.
            let name = self.text.trim_end_matches(&format!(".{ENDING}")).chars().count();
            let range = CCursorRange::two(CCursor::new(0), CCursor::new(name));
            output.state.cursor.set_char_range(Some(range));
            output.state.clone().store(ui.ctx(), response.id);
        }
        if response.changed() {
            self.say = Say::Nothing;
            self.narrow();
        }
        let enter = response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        if enter {
            self.choose();
        }
    }

    fn foot(&mut self, ui: &mut egui::Ui) {
        ui.add_space(gap::S);
        let (mut all, mut chosen, mut cancelled) = (self.all, false, false);
        egui::Sides::new().shrink_left().truncate().show(
            ui,
            |ui| self.said(ui, &mut all),
            |ui| {
                let verb = match (&self.say, &self.ask.want) {
                    (Say::Replace(_), _) => "Replace",
                    (Say::Create(_), _) => "Create folder",
                    (_, Want::Open) => "Open",
                    (_, Want::Save { .. }) => "Save",
                    (_, Want::Folder) => "Choose this folder",
                };
                let colors = palette(ui.ctx());
                let text = egui::RichText::new(verb).color(colors.on_accent);
                chosen = ui.add(egui::Button::new(text).fill(colors.accent)).clicked();
                cancelled = ui.button("Cancel").clicked();
            },
        );
        if all != self.all {
            self.all = all;
            self.narrow();
        }
        if chosen {
            self.choose();
        }
        if cancelled {
            self.answer = Some(None);
        }
    }

    fn said(&self, ui: &mut egui::Ui, all: &mut bool) {
        let colors = palette(ui.ctx());
        let (text, color) = match &self.say {
            Say::Nothing if self.ask.want == Want::Open => return drop(ui.checkbox(all, "All files")),
            Say::Nothing => return,
            Say::Problem(problem) => (problem.clone(), colors.error),
            Say::Replace(path) => (format!("{} exists. Replace it?", shown(path)), colors.warning),
            Say::Create(path) => (format!("There is no folder {}. Create it?", shown(path)), colors.text),
        };
        ui.label(egui::RichText::new(text).color(color));
    }

    /// What the button does, and Enter.
    fn choose(&mut self) {
        match self.say.clone() {
            Say::Replace(path) => return self.answer = Some(Some(path)),
            Say::Create(path) => return self.send(move || create(path)),
            Say::Nothing | Say::Problem(_) => {}
        }
        let entry = self.row.and_then(|row| self.entries.get(*self.rows.get(row)?));
        let saves = matches!(self.ask.want, Want::Save { .. });
        if let Some(entry) = entry.filter(|entry| entry.folder || !saves) {
            return self.look(self.folder.join(&entry.name));
        }
        match self.text.trim() {
            "" if self.ask.want == Want::Folder => self.answer = Some(Some(self.folder.clone())),
            "" => self.say = Say::Problem("Choose a file, or type its name.".to_owned()),
            text => {
                let path = match (text.strip_prefix('~'), folders::home()) {
                    (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
                    _ => self.folder.join(text),
                };
                self.look(path);
            }
        }
    }
}

fn proposal(ask: &Ask) -> String {
    match &ask.want {
        Want::Save { name } => name.clone(),
        Want::Open | Want::Folder => String::new(),
    }
}

/// Enough of a path to be known by.
fn shown(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn look(path: PathBuf, ask: &Ask) -> Seen {
    // Without `..`, so that the way up leads back.
    let path = fs::canonicalize(&path).unwrap_or(path);
    if path.is_dir() {
        return match read(&path) {
            Ok(entries) => Seen::Folder(path, entries),
            Err(error) => Seen::Problem(format!("{} can't be read: {error}.", shown(&path))),
        };
    }
    let path = ask.finished(path);
    match fs::metadata(&path) {
        Ok(_) => Seen::File(path),
        Err(_) => {
            let within = path.parent().is_some_and(Path::is_dir);
            Seen::Nothing(path, within)
        }
    }
}

/// Folders first, both by name.
fn read(folder: &Path) -> io::Result<Vec<Entry>> {
    let entry = |entry: fs::DirEntry| {
        // Of what a link leads to.
        let data = fs::metadata(entry.path()).ok();
        Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            folder: data.as_ref().is_some_and(fs::Metadata::is_dir),
            bytes: data.as_ref().map_or(0, fs::Metadata::len),
            modified: data.and_then(|data| data.modified().ok()),
        }
    };
    let mut entries: Vec<Entry> = fs::read_dir(folder)?.filter_map(|found| found.ok().map(entry)).collect();
    entries.sort_by_cached_key(|entry| (!entry.folder, entry.name.to_lowercase()));
    Ok(entries)
}

fn create(path: PathBuf) -> Seen {
    match fs::create_dir(&path) {
        Ok(()) => Seen::Created(path),
        Err(error) => Seen::Problem(format!("The folder {} can't be created: {error}.", shown(&path))),
    }
}
