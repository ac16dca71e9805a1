//! The whole designer on a stage: its window without a screen, its real engine, and a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Output as Printed};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, OutputCommand, PointerButton, Pos2, Vec2, ViewportCommand, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::Action;
use pipewright_app::app::App;
use pipewright_app::canvas::Selection;
use pipewright_app::command::Command;
use pipewright_app::desk::Folders;
use pipewright_app::document::Document;
use pipewright_app::engine::Start;
use pipewright_app::files::dialogs::Scripted;
use pipewright_app::runs::{self, Runs};
use pipewright_engine::file;
use pipewright_engine::pipeline::{Link, Pipeline};
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_runner::host::{Connection, Process, host_command};

/// How long anything may take: the machine may have other work.
pub const LONG: Duration = Duration::from_secs(30);

pub const PIPEWRIGHT: &str = env!("CARGO_BIN_EXE_pipewright");

type Begin = Box<dyn FnOnce(&egui::Context) -> App>;

/// The window, and what it told the system.
#[derive(Default)]
pub struct Window {
    app: Option<App>,
    begin: Option<Begin>,
    copied: Option<String>,
    /// The viewport's commands since they were last asked for.
    pub told: Vec<ViewportCommand>,
}

impl Window {
    fn frame(&mut self, ui: &mut egui::Ui) {
        // Fonts hold from the frame after they were set.
        if let Some(begin) = self.begin.take() {
            self.app = Some(begin(ui.ctx()));
            return;
        }
        let Some(app) = &mut self.app else { return };
        app.logic(ui.ctx());
        app.ui(ui);
        for command in ui.ctx().output(|output| output.commands.clone()) {
            if let OutputCommand::CopyText(text) = command {
                self.copied = Some(text);
            }
        }
    }
}

pub struct Stage {
    pub harness: Harness<'static, Window>,
    folder: Arc<tempfile::TempDir>,
}

/// How the program that was built is started as engine. What it keeps lies in the folder.
pub fn engine(folder: &Path) -> impl Fn() -> Result<Box<dyn Connection>, Problem> + Send + Sync + 'static {
    let private = folder.to_owned();
    move || {
        let mut command = host_command(Path::new(PIPEWRIGHT));
        command.env("XDG_CACHE_HOME", &private).env("PIPEWRIGHT_TEMP", &private);
        Ok(Box::new(Process::start(command)?) as Box<dyn Connection>)
    }
}

impl Stage {
    /// The welcome page of a new user, with the real engine.
    pub fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let start = engine(folder.path());
        Self::with(folder, Box::new(start))
    }

    /// In a folder that may have been used before, with any engine for previews and the real one for runs.
    pub fn with(folder: Arc<tempfile::TempDir>, start: Start) -> Self {
        let own = folder.path().join("own");
        fs::create_dir_all(&own).unwrap();
        let folders = Folders { config: Some(own.join("config")), state: Some(own.join("state")) };
        let runs: runs::Start = Arc::new(engine(folder.path()));
        let begin = move |ctx: &egui::Context| {
            let mut app = App::new(ctx, start, &folders);
            app.runs = Runs::new(runs);
            app.desk.dialogs = Box::new(Scripted::default());
            app
        };
        let window = Window { begin: Some(Box::new(begin)), ..Window::default() };
        let builder = Harness::builder().with_size(vec2(1800.0, 1400.0)).with_max_steps(8);
        let harness = builder.build_ui_state(|ui, window: &mut Window| window.frame(ui), window);
        let mut stage = Self { harness, folder };
        stage.settle();
        stage
    }

    /// An empty canvas.
    pub fn empty() -> Self {
        let mut stage = Self::new();
        stage.command(Command::New);
        stage
    }

    /// With a pipeline, as a file has it, whose relative paths start from the stage's folder.
    pub fn of(text: &str) -> Self {
        let mut stage = Self::new();
        stage.take(file::read(text).unwrap().0);
        stage
    }

    pub fn take(&mut self, pipeline: Pipeline) {
        let path = self.path("story.pipe.ron");
        fs::write(&path, file::write(&pipeline)).unwrap();
        let app = self.app_mut();
        app.take_document(Document::new(pipeline, Some(path)));
        app.desk.welcome = false;
        self.settle();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub fn app(&self) -> &App {
        self.harness.state().app.as_ref().unwrap()
    }

    pub fn app_mut(&mut self) -> &mut App {
        self.harness.state_mut().app.as_mut().unwrap()
    }

    pub fn pipeline(&self) -> &Pipeline {
        &self.app().document.pipeline
    }

    /// The links that a node reads, as text.
    pub fn from(&self, node: &str) -> Vec<String> {
        let text = |link: &Option<Link>| link.as_ref().map(ToString::to_string).unwrap_or_default();
        self.pipeline().nodes[node].from.iter().map(text).collect()
    }

    pub fn names(&self) -> Vec<&str> {
        self.pipeline().nodes.keys().map(String::as_str).collect()
    }

    pub fn selected(&self) -> Vec<&str> {
        self.app().view.selection.nodes.iter().map(String::as_str).collect()
    }

    pub fn notice(&self) -> &str {
        self.app().notice.as_ref().map_or("", |notice| notice.message.as_str())
    }

    /// Draws until nothing asks for another frame at once.
    pub fn settle(&mut self) {
        self.harness.run_ok();
        // What panels ask for is done at the end of a frame, and seen in the next.
        self.harness.step();
    }

    pub fn step(&mut self) {
        self.harness.step();
        let viewports = &self.harness.output().viewport_output;
        let told: Vec<_> = viewports.values().flat_map(|viewport| viewport.commands.clone()).collect();
        self.harness.state_mut().told.extend(told);
    }

    /// Draws frame after frame until something holds.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&App) -> bool) {
        let begun = Instant::now();
        loop {
            self.step();
            if holds(self.app()) {
                return;
            }
            let (app, trouble) = (self.app(), self.app().results.trouble.as_ref());
            assert!(
                begun.elapsed() < LONG,
                "{what}: never. Notice: {:?}. Trouble: {trouble:?}. Problems: {:?}",
                app.notice,
                app.checked.problems
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn act(&mut self, action: Action) {
        let ctx = self.harness.ctx.clone();
        self.app_mut().act(&ctx, action);
        self.settle();
    }

    /// As from a menu.
    pub fn command(&mut self, command: Command) {
        self.act(Action::Command(command));
    }

    pub fn select(&mut self, nodes: &[&str]) {
        let nodes = nodes.iter().map(|node| (*node).to_owned()).collect();
        self.act(Action::Select(Selection { nodes, ..Selection::default() }));
    }

    #[track_caller]
    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
    }

    /// Chooses from a list.
    #[track_caller]
    pub fn pick(&mut self, list: &str, entry: &str) {
        self.click(list);
        // What is in a long list is searched for.
        if self.harness.query_by_label("Search in the list").is_some() {
            self.type_into("Search in the list", entry);
        }
        self.click(entry);
    }

    #[track_caller]
    pub fn type_into(&mut self, label: &str, text: &str) {
        self.harness.get_by_label(label).focus();
        self.settle();
        self.harness.get_by_label(label).type_text(text);
        self.settle();
    }

    pub fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.settle();
    }

    pub fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    pub fn event(&mut self, event: Event) {
        self.harness.event(event);
        self.settle();
    }

    #[track_caller]
    pub fn place(&self, label: &str) -> Pos2 {
        self.harness.get_by_label(label).rect().center()
    }

    pub fn sees(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub fn sees_words(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }

    /// A free point of the canvas.
    pub fn open_ground(&self) -> Pos2 {
        let canvas = self.harness.get_by_label(pipewright_app::canvas::LABEL).rect();
        canvas.left_bottom() + vec2(60.0, -60.0)
    }

    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.step();
        self.harness.drag_at(from);
        self.harness.step();
        for part in 1..=4 {
            self.harness.hover_at(from.lerp(to, part as f32 / 4.0));
            self.harness.step();
        }
        self.harness.drop_at(to);
        self.settle();
    }

    pub fn drag_by(&mut self, label: &str, by: Vec2) {
        let from = self.place(label);
        self.drag(from, from + by);
    }

    /// All in one frame: with a frame for each event, the clicks would be too far apart to count as one.
    pub fn double_click(&mut self, pos: Pos2) {
        let button =
            |pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        self.harness.hover_at(pos);
        self.settle();
        self.harness.input_mut().events.extend([true, false, true, false].map(button));
        self.settle();
    }

    /// Drops a file from outside onto a point of the window.
    pub fn drop_file(&mut self, path: &Path, at: Option<Pos2>) {
        if let Some(at) = at {
            self.harness.hover_at(at);
            self.harness.step();
        }
        self.harness.input_mut().dropped_files.push(Arc::new(Handle(path.to_owned())));
        self.settle();
    }

    /// Answers that file dialogs will give, in order.
    pub fn will_choose(&mut self, answers: impl IntoIterator<Item = Option<PathBuf>>) {
        self.app_mut().desk.dialogs = Box::new(Scripted::new(answers));
    }

    /// What was copied last.
    pub fn copied(&mut self) -> Option<String> {
        self.harness.state_mut().copied.take()
    }

    /// The head of an output: its columns, then its rows, once they are those of the pipeline as it is.
    #[track_caller]
    pub fn rows(&mut self, link: &str) -> String {
        let link = Link::parse(link);
        self.until(&format!("rows of {link}"), |app| {
            !app.results.computing
                && !app.results.is_stale(&link.node)
                && app.results.output(&app.document.pipeline, &link).is_some()
        });
        let app = self.app();
        let output = app.results.output(&app.document.pipeline, &link).unwrap();
        shown(&output.head)
    }

    pub fn columns(&self, link: &str) -> Option<Vec<String>> {
        let schema = self.app().checked.schema(self.pipeline(), &Link::parse(link))?;
        Some(schema.names().map(str::to_owned).collect())
    }

    /// The program itself, in the stage's folder.
    pub fn pipewright(&self, arguments: &[&str]) -> Printed {
        let mut program = Program::new(PIPEWRIGHT);
        program.args(arguments).current_dir(self.folder.path());
        program.env("XDG_CACHE_HOME", self.folder.path()).env("PIPEWRIGHT_TEMP", self.folder.path());
        program.output().unwrap()
    }
}

#[derive(Debug)]
struct Handle(PathBuf);

impl egui::DroppedFile for Handle {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// As comma separated lines.
pub fn shown(table: &Table) -> String {
    let mut lines = vec![table.schema.names().collect::<Vec<_>>().join(",")];
    lines.extend(table.rows.iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")));
    lines.join("\n")
}
