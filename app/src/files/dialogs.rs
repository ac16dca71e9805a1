//! Asking for a file or a folder: with the system's own dialog where there is one, else with ours.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::ENDING;
use super::browser::Browser;

/// What kind of files is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Pipeline,
    Data,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// A file that is there.
    Open,
    /// A file that may be there: then it is replaced. The name is a proposal.
    Save {
        name: String,
    },
    Folder,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub want: Want,
    pub kind: Kind,
    pub title: String,
    /// Where to begin; the home folder if there is no better one.
    pub folder: Option<PathBuf>,
}

/// One question at a time, answered some time later.
pub trait Dialogs {
    /// A question that is still open is given up for this one.
    fn ask(&mut self, ask: Ask);

    /// Draws what there is to draw, and gives the answer when it comes: none inside where nothing was chosen.
    fn show(&mut self, ctx: &egui::Context) -> Option<Option<PathBuf>>;

    fn is_open(&self) -> bool;
}

impl Kind {
    /// The endings of such files; data may have others.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pipeline => &[ENDING],
            Self::Data => &[
                "csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "xlsx", "xls", "xlsm", "ods", "gz", "zst",
                "zip", "tar", "tgz",
            ],
        }
    }

    pub fn fits(self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.endings().iter().any(|ending| name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.')))
    }

    fn words(self) -> &'static str {
        match self {
            Self::Pipeline => "Pipelines",
            Self::Data => "Data files",
        }
    }
}

impl Ask {
    /// The path to save to: a pipeline's name ends as such names do.
    pub fn finished(&self, path: PathBuf) -> PathBuf {
        let saves = matches!(self.want, Want::Save { .. });
        if !saves || self.kind != Kind::Pipeline || path.to_string_lossy().ends_with(&format!(".{ENDING}")) {
            return path;
        }
        let mut name = path.into_os_string();
        name.push(format!(".{ENDING}"));
        name.into()
    }
}

/// Nobody can close a dialog faster: there was none.
const NO_DIALOG: Duration = Duration::from_millis(300);

/// The system's dialogs, and ours where it has none.
pub struct System {
    wake: Arc<dyn Fn() + Send + Sync>,
    native: bool,
    open: Option<Open>,
}

enum Open {
    Native(Ask, Receiver<Native>),
    Ours(Box<Browser>),
}

struct Native {
    chosen: Option<PathBuf>,
    /// An ending was added, and a file of that name is there: nobody was asked whether to replace it.
    taken: bool,
    took: Duration,
}

impl System {
    /// `wake` has the window draw a frame.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { wake: Arc::new(wake), native: may_have_dialogs(), open: None }
    }

    fn browse(&mut self, ask: Ask) {
        self.open = Some(Open::Ours(Box::new(Browser::new(ask, Arc::clone(&self.wake)))));
    }

    fn ask_system(&mut self, ask: Ask) {
        let (tell, answer) = channel();
        let (wake, asked) = (Arc::clone(&self.wake), ask.clone());
        let thread = std::thread::Builder::new().name("dialog".into()).spawn(move || {
            let begun = Instant::now();
            let named = choose(&asked);
            let took = begun.elapsed();
            let chosen = named.clone().map(|path| asked.finished(path));
            let taken = named != chosen && chosen.as_ref().is_some_and(|path| path.exists());
            tell.send(Native { chosen, taken, took }).ok();
            wake();
        });
        match thread {
            Ok(_) => self.open = Some(Open::Native(ask, answer)),
            Err(_) => self.browse(ask),
        }
    }

    fn answered(&mut self, ask: Ask, native: Native) -> Option<Option<PathBuf>> {
        self.open = None;
        let Some(path) = native.chosen else {
            if native.took >= NO_DIALOG {
                return Some(None);
            }
            self.native = false;
            self.browse(ask);
            return None;
        };
        if native.taken {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            self.browse(Ask { folder: path.parent().map(Path::to_owned), want: Want::Save { name }, ..ask });
            return None;
        }
        Some(Some(path))
    }
}

impl Dialogs for System {
    fn ask(&mut self, ask: Ask) {
        if self.native { self.ask_system(ask) } else { self.browse(ask) }
    }

    fn show(&mut self, ctx: &egui::Context) -> Option<Option<PathBuf>> {
        match self.open.take()? {
            Open::Ours(mut browser) => {
                let answer = browser.show(ctx);
                if answer.is_none() {
                    self.open = Some(Open::Ours(browser));
                }
                answer
            }
            Open::Native(ask, answer) => match answer.try_recv() {
                Ok(native) => self.answered(ask, native),
                Err(TryRecvError::Empty) => {
                    self.open = Some(Open::Native(ask, answer));
                    None
                }
                Err(TryRecvError::Disconnected) => Some(None),
            },
        }
    }

    fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

/// On Linux dialogs come over the session bus. On macOS they may only be opened by the main thread, which must not wait.
fn may_have_dialogs() -> bool {
    if cfg!(target_os = "macos") {
        return false;
    }
    let bus = || {
        let named = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty());
        named || std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists())
    };
    !cfg!(target_os = "linux") || bus()
}

fn choose(ask: &Ask) -> Option<PathBuf> {
    let mut dialog = rfd::FileDialog::new().set_title(&ask.title);
    if let Some(folder) = &ask.folder {
        dialog = dialog.set_directory(folder);
    }
    if ask.want != Want::Folder {
        dialog = dialog.add_filter(ask.kind.words(), ask.kind.endings());
        dialog = dialog.add_filter("All files", &["*"]);
    }
    match &ask.want {
        Want::Open => dialog.pick_file(),
        Want::Save { name } => dialog.set_file_name(name).save_file(),
        Want::Folder => dialog.pick_folder(),
    }
}

/// Answers what a test says, in order; nothing once there is no more.
#[derive(Default)]
pub struct Scripted {
    answers: Vec<Option<PathBuf>>,
    pub asked: Vec<Ask>,
    open: bool,
}

impl Scripted {
    pub fn new(answers: impl IntoIterator<Item = Option<PathBuf>>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Self { answers, asked: Vec::new(), open: false }
    }
}

impl Dialogs for Scripted {
    fn ask(&mut self, ask: Ask) {
        self.asked.push(ask);
        self.open = true;
    }

    fn show(&mut self, _: &egui::Context) -> Option<Option<PathBuf>> {
        std::mem::take(&mut self.open).then(|| self.answers.pop().flatten())
    }

    fn is_open(&self) -> bool {
        self.open
    }
}
