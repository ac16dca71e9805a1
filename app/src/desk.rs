//! Documents come and go here: opening, saving, what is asked before anything could be lost, and what is remembered.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use egui::{Context, ThemePreference, ViewportCommand};
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;

use crate::app::{App, Below, Panels};
use crate::document::Document;
use crate::files::dialogs::{Dialogs, System};
use crate::files::journal::Restorable;
use crate::files::watch::EVERY;
use crate::files::{Answer, Change, Journal, Over, Watch, Worker, folders};
use crate::history::History;
use crate::questions::{Purpose, put_at};
use crate::samples::Sample;
use crate::settings::{self, Keeper, Settings, Theme};

/// Where settings and journals are kept; none in a test that wants none.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    pub config: Option<PathBuf>,
    pub state: Option<PathBuf>,
}

impl Folders {
    /// Those of the user.
    pub fn of_user() -> Self {
        Self { config: folders::config(), state: folders::state() }
    }
}

pub struct Desk {
    pub settings: Settings,
    /// What could be restored, as far as nobody has decided on it.
    pub restorable: Vec<Restorable>,
    /// Which of the recent files are there.
    pub present: HashMap<PathBuf, bool>,
    /// What became of the open file on disk, as long as nobody has decided on it.
    pub change: Option<Change>,
    /// What waits for the answer whether to save first.
    pub asking: Option<Next>,
    /// Goes on to this in the next frame.
    pub going: Option<Next>,
    pub dialogs: Box<dyn Dialogs>,
    /// What the file is for that is being asked for.
    pub(crate) purpose: Option<Purpose>,
    /// The page with recent files and samples is shown instead of the canvas.
    pub welcome: bool,
    /// What is done once the save that is under way has succeeded.
    after_save: Option<Next>,
    /// What the document was before it got the file that it is being saved to: that may fail.
    before_save_as: Option<BeforeSaveAs>,
    worker: Worker,
    keeper: Option<Keeper>,
    journal: Option<Journal>,
    watch: Watch,
    title: String,
    /// Closing was agreed to.
    closing: bool,
}

struct BeforeSaveAs {
    path: Option<PathBuf>,
    pipeline: Arc<Pipeline>,
    history: History,
}

/// What takes the place of the document.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    New,
    Open(PathBuf),
    Sample(&'static str),
    Restore(usize),
    Quit,
}

impl Desk {
    /// What went wrong on the way is worth a word, and no more.
    pub fn new(ctx: &Context, folders: &Folders) -> (Self, Option<Problem>) {
        let wake = |ctx: &Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let worker = Worker::new(wake(ctx));
        let (settings, unread) = folders.config.as_deref().map_or_else(Default::default, Settings::load);
        let journals = folders.state.as_deref().map(|state| state.join("journals"));
        if let Some(journals) = &journals {
            worker.find_restorable(journals);
        }
        worker.look_for(settings.recent.clone());
        let journal = journals.as_deref().map(Journal::begin).transpose();
        let (journal, unkept) = match journal {
            Ok(journal) => (journal, None),
            Err(problem) => (None, Some(problem)),
        };
        let desk = Self {
            keeper: folders.config.as_deref().map(|folder| Keeper::new(folder, &settings)),
            watch: Watch::new(worker.known(), EVERY, wake(ctx)),
            settings,
            restorable: Vec::new(),
            present: HashMap::new(),
            change: None,
            asking: None,
            going: None,
            dialogs: Box::new(System::new(wake(ctx))),
            purpose: None,
            welcome: true,
            after_save: None,
            before_save_as: None,
            worker,
            journal,
            title: String::new(),
            closing: false,
        };
        desk.apply_looks(ctx);
        (desk, unread.or(unkept))
    }

    /// Shows everything in the theme and size that was chosen.
    pub fn apply_looks(&self, ctx: &Context) {
        ctx.set_theme(match self.settings.theme {
            Theme::System => ThemePreference::System,
            Theme::Light => ThemePreference::Light,
            Theme::Dark => ThemePreference::Dark,
        });
        ctx.set_zoom_factor(self.settings.scale);
    }

    /// Where the last file was.
    pub fn last_folder(&self) -> Option<PathBuf> {
        self.settings.recent.first().and_then(|file| file.parent()).map(Path::to_owned)
    }

    pub(crate) fn give_up_going_on(&mut self) {
        self.after_save = None;
    }

    pub fn scale_by(&mut self, ctx: &Context, by: f32) {
        self.settings.set_scale(self.settings.scale + by);
        self.apply_looks(ctx);
    }
}

impl App {
    /// Goes on to something else, once nothing can be lost by that.
    pub fn leave_for(&mut self, ctx: &Context, next: Next) {
        if self.document.is_changed() {
            self.desk.asking = Some(next);
        } else {
            self.go_on(ctx, next);
        }
    }

    /// Goes on to something else, whatever becomes of the document.
    pub fn go_on(&mut self, ctx: &Context, next: Next) {
        self.desk.asking = None;
        match next {
            Next::New => {
                self.take(Document::default());
                self.desk.welcome = false;
            }
            Next::Open(path) => self.desk.worker.open(&path),
            Next::Sample(name) => {
                if let Some(sample) = crate::samples::named(name) {
                    self.open_sample(sample);
                }
            }
            Next::Restore(at) => self.restore(at),
            Next::Quit => {
                self.desk.closing = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
        }
    }

    fn open_sample(&mut self, sample: &'static Sample) {
        self.desk.worker.open_sample(sample);
    }

    fn restore(&mut self, at: usize) {
        if at >= self.desk.restorable.len() {
            return;
        }
        let restorable = self.desk.restorable.remove(at);
        let document = self.desk.worker.restore(&restorable);
        // The journal of this window takes over before the old one is thrown away: the worker keeps their order.
        self.take(document);
        self.note();
        self.desk.worker.discard(restorable);
    }

    pub fn discard_journal(&mut self, at: usize) {
        if at < self.desk.restorable.len() {
            let restorable = self.desk.restorable.remove(at);
            self.desk.worker.discard(restorable);
        }
    }

    /// Saves to the document's file. False: it has none yet, and one must be chosen.
    pub fn save(&mut self) -> bool {
        let Some(path) = self.document.path.clone() else { return false };
        self.save_to(&path, Over::Lossless);
        true
    }

    /// Saves first, and then goes on.
    pub fn save_and_go_on(&mut self, next: Next) -> bool {
        self.desk.asking = None;
        self.desk.after_save = Some(next);
        self.save()
    }

    /// Saves to a file that was chosen. Paths that are relative to the old place are made relative to the new one.
    pub fn save_as(&mut self, path: &Path) {
        let (before, history) = (Arc::clone(&self.document.pipeline), self.document.history.clone());
        let from = self.work().file.parent().map(Path::to_owned).unwrap_or_default();
        if let Some(to) = path.parent() {
            self.document.rebase(&from, to);
        }
        let before_path = self.document.path.replace(path.to_owned());
        self.desk.before_save_as = Some(BeforeSaveAs { path: before_path, pipeline: before, history });
        self.desk.watch.look_at(None);
        self.save_to(path, Over::Anything);
    }

    fn save_to(&mut self, path: &Path, over: Over) {
        self.desk.worker.save(Arc::clone(&self.document.pipeline), path, over);
    }

    pub fn export_to(&mut self, folder: &Path) {
        self.desk.worker.export(Arc::clone(&self.document.pipeline), self.document.path.as_deref(), folder);
    }

    /// Reads the file again that somebody else has changed.
    pub fn reload(&mut self) {
        self.desk.change = None;
        if let Some(path) = &self.document.path {
            self.desk.worker.open(path);
        }
    }

    /// Told once a frame: takes answers, watches the file, keeps journal and settings.
    pub(crate) fn mind_files(&mut self, ctx: &Context) {
        if let Some(next) = self.desk.going.take() {
            self.leave_for(ctx, next);
        }
        while let Some(answer) = self.desk.worker.answer() {
            self.answered(ctx, answer);
        }
        self.desk.watch.look_at(self.document.path.as_deref());
        if let Some(change) = self.desk.watch.change() {
            self.desk.change = (change != Change::Back).then_some(change);
        }
        self.note();
        self.remember_looks(ctx);
        let title =
            format!("{}{} – Pipewright", if self.document.is_changed() { "• " } else { "" }, self.document.name());
        if self.desk.title != title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.desk.title = title;
        }
        if ctx.input(|input| input.viewport().close_requested()) && !self.desk.closing && self.document.is_changed() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.desk.asking = Some(Next::Quit);
        }
    }

    fn note(&mut self) {
        let settled = self.document.history.is_present(&self.document.pipeline);
        if let Some(journal) = &mut self.desk.journal {
            journal.note(&self.document, settled, &self.desk.worker);
        }
    }

    fn answered(&mut self, ctx: &Context, answer: Answer) {
        match answer {
            Answer::Opened { path, result: Ok((document, problems)) } => {
                // Those of nodes are found again by the check, and shown there.
                let whole = problems.into_iter().find(|problem| problem.node.is_none());
                self.notice = whole.or(self.notice.take());
                let path = document.path.clone().unwrap_or(path);
                let reloaded = self.document.path.as_deref() == Some(path.as_path());
                let look = (self.view.center, self.view.zoom);
                self.take(*document);
                if reloaded {
                    (self.view.center, self.view.zoom) = look;
                }
                self.desk.settings.opened(&path);
                self.desk.present.insert(path, true);
            }
            Answer::Opened { path, result: Err(problems) } => {
                if !path.exists() {
                    self.desk.present.insert(path, false);
                }
                self.notice = summed_up(problems);
            }
            Answer::Saved { path, pipeline, result: Ok(()) } => {
                self.desk.before_save_as = None;
                self.desk.settings.opened(&path);
                self.desk.present.insert(path.clone(), true);
                if self.document.path.as_ref() == Some(&path) {
                    self.document.saved = pipeline;
                    self.desk.change = None;
                }
                if let Some(next) = self.desk.after_save.take() {
                    self.leave_for(ctx, next);
                }
            }
            Answer::Saved { path, pipeline, result: Err(problem) } => {
                self.desk.after_save = None;
                if let Some(before) = self.desk.before_save_as.take() {
                    self.stay_at(before, &pipeline, &path);
                }
                self.notice = Some(problem);
            }
            Answer::Exported(Ok(summary)) => {
                self.notice = Some(put_at("Exported to", &summary.folder));
            }
            Answer::Exported(Err(problem)) | Answer::Trouble(problem) => self.notice = Some(problem),
            Answer::Restorable(found) => self.restorable_found(found),
            Answer::Present(present) => self.desk.present.extend(present),
        }
    }

    /// The document has the file that it had before it could not be saved to another one, `tried`.
    fn stay_at(&mut self, before: BeforeSaveAs, sent: &Arc<Pipeline>, tried: &Path) {
        self.document.path = before.path;
        if Arc::ptr_eq(sent, &self.document.pipeline) {
            (self.document.pipeline, self.document.history) = (before.pipeline, before.history);
            return;
        }
        // Edited since: only its paths go back.
        let file = self.work().file;
        if let (Some(from), Some(to)) = (tried.parent(), file.parent()) {
            self.document.rebase(from, to);
        }
    }

    /// On the welcome page they are seen; opened on a file, the window says where they are.
    fn restorable_found(&mut self, found: Vec<Restorable>) {
        self.desk.restorable = found;
        let Some(first) = self.desk.restorable.first().filter(|_| !self.desk.welcome) else { return };
        let kept = Problem::note(format!("Changes to {} were kept that nobody saved.", first.name));
        self.notice = Some(kept.try_this("Restore them from the welcome page, in the menu File."));
    }

    /// Works on another document, looked at as it was last time.
    fn take(&mut self, document: Document) {
        self.desk.change = None;
        self.desk.welcome = false;
        self.remember_view();
        let look = document.path.as_deref().and_then(|path| self.desk.settings.view(path));
        self.take_document(document);
        if let Some(look) = look {
            (self.view.center, self.view.zoom) = (look.center.into(), look.zoom);
            self.panels = Panels::of(&look.panels);
        }
    }

    fn remember_view(&mut self) {
        let Some(path) = self.document.path.clone().filter(|_| self.view.zoom > 0.0) else { return };
        let panels = self.panels.remembered(&self.desk.settings.panels);
        let view = settings::View { center: self.view.center.into(), zoom: self.view.zoom, panels };
        self.desk.settings.set_view(&path, view);
    }

    fn remember_looks(&mut self, ctx: &Context) {
        self.remember_view();
        let scale = ctx.zoom_factor();
        let desk = &mut self.desk;
        desk.settings.panels = self.panels.remembered(&desk.settings.panels);
        ctx.input(|input| {
            let window = input.viewport();
            desk.settings.maximized = window.maximized.unwrap_or(desk.settings.maximized);
            if let Some(inner) = window.inner_rect.filter(|_| !desk.settings.maximized) {
                // In points as they are without our own scale.
                let size = inner.size() * scale;
                desk.settings.window = Some((size.x.round(), size.y.round()));
            }
        });
        if let Some(keeper) = &mut desk.keeper {
            keeper.keep(&desk.settings, &desk.worker);
        }
    }

    /// The program ends well: nothing is left to restore.
    pub fn end(&mut self) {
        if let Some(journal) = self.desk.journal.take() {
            journal.end(&self.desk.worker);
        }
    }
}

impl Panels {
    fn of(kept: &settings::Panels) -> Self {
        let below = [(kept.data, Below::Data), (kept.problems, Below::Problems), (kept.log, Below::Log)];
        let below = below.into_iter().find(|(open, _)| *open).map(|(_, below)| below);
        Self { palette: kept.palette, inspector: kept.inspector, below }
    }

    fn remembered(&self, sizes: &settings::Panels) -> settings::Panels {
        settings::Panels {
            palette: self.palette,
            inspector: self.inspector,
            data: self.below == Some(Below::Data),
            problems: self.below == Some(Below::Problems),
            log: self.below == Some(Below::Log),
            ..*sizes
        }
    }
}

/// A file may have many mistakes: the first says what is wrong with it, the second where.
fn summed_up(problems: Vec<Problem>) -> Option<Problem> {
    let mut problems = problems.into_iter();
    let first = problems.next()?;
    let Some(second) = problems.next() else { return Some(first) };
    let place =
        second.place.map(|place| format!(" (line {}, column {})", place.line, place.column)).unwrap_or_default();
    let message = format!("{} {}{place}", first.message, second.message);
    Some(Problem { message, suggestion: second.suggestion.or(first.suggestion.clone()), ..first })
}

impl Document {
    /// Has relative paths start from another folder. Files stay the same; what can't be reached from there is written in full.
    pub fn rebase(&mut self, from: &Path, to: &Path) {
        if let Some(pipeline) = self.history.move_file(&self.pipeline, from, to) {
            self.pipeline = pipeline;
        }
    }
}

/// The pipeline with its relative paths starting from another folder; the same one where it has none.
pub(crate) fn rebased(pipeline: &Arc<Pipeline>, from: &Path, to: &Path) -> Arc<Pipeline> {
    let mut moved = Pipeline::clone(pipeline);
    for node in moved.nodes.values_mut() {
        crate::parameter::each_file(&mut node.step, &mut |path| {
            if !path.0.is_empty() && path.0 != "-" {
                path.0 = rebased_path(&path.0, from, to);
            }
        });
    }
    if moved == **pipeline { Arc::clone(pipeline) } else { Arc::new(moved) }
}

fn rebased_path(path: &str, from: &Path, to: &Path) -> String {
    let whole = without_turns(&from.join(path));
    if let Ok(below) = whole.strip_prefix(to) {
        return slashed(below);
    }
    // Up to three folders up reads well; from farther away the whole path says more.
    for (ups, folder) in to.ancestors().enumerate().skip(1).take(3) {
        if let Ok(below) = whole.strip_prefix(folder).map(Path::to_owned)
            && folder.parent().is_some()
        {
            return format!("{}{}", "../".repeat(ups), slashed(&below));
        }
    }
    whole.to_string_lossy().into_owned()
}

/// The same path without `a/..`, as it is written: links are not followed.
fn without_turns(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// A file as the pipeline has it: relative to its folder where it lies below or near it.
pub fn written_from(file: &Path, folder: Option<&Path>) -> String {
    match folder {
        Some(folder) => rebased_path(&file.to_string_lossy(), Path::new(""), folder),
        None => file.to_string_lossy().into_owned(),
    }
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
