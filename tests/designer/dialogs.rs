//! Our own dialog for files, by label and by keys; the screen has no system dialogs here.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pipewright_app::files::browser::Browser;
use pipewright_app::files::dialogs::{Ask, Dialogs as _, Kind, Scripted, Want};
use pipewright_app::theme;

/// The dialog, and its answer once there is one.
struct Asked {
    browser: Browser,
    answer: Option<Option<PathBuf>>,
}

struct Desk {
    folder: tempfile::TempDir,
    harness: Harness<'static, Asked>,
}

impl Desk {
    fn ask(want: Want, kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.pipe.ron", "A.pipe.ron", "data.csv", ".hidden.pipe.ron"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        for name in ["zoo", "inner"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("inner/deep.pipe.ron"), "").unwrap();
        let within = Some(fs::canonicalize(folder.path()).unwrap());
        let ask = Ask { want, kind, title: "Choose".into(), folder: within };
        let asked = Asked { browser: Browser::new(ask, Arc::new(|| ())), answer: None };
        let draw = |ui: &mut egui::Ui, asked: &mut Asked| {
            if asked.answer.is_none() {
                asked.answer = asked.browser.show(ui.ctx());
            }
        };
        let harness =
            Harness::builder().with_size([900.0, 700.0]).with_context_setup(theme::install).build_ui_state(draw, asked);
        let mut desk = Self { folder, harness };
        desk.until(|desk| desk.sees("Folder inner"));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(name)
    }

    fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(10), "it never came about: {:?}", self.labels());
            self.harness.step();
            std::thread::sleep(Duration::from_millis(2));
        }
        self.harness.step();
    }

    fn sees(&self, label: &str) -> bool {
        self.harness.query_by_label(label).is_some()
    }

    fn labels(&self) -> Vec<String> {
        let nodes = self.harness.query_all_by(|node| node.label().is_some());
        nodes.filter_map(|node| node.accesskit_node().label()).collect()
    }

    /// The entries shown, in their order on the screen.
    fn entries(&self) -> Vec<String> {
        let entry = |label: &String| label.starts_with("File ") || label.starts_with("Folder ");
        self.labels().into_iter().filter(entry).collect()
    }

    fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.step();
        self.harness.step();
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.step();
        self.harness.step();
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.step();
        self.harness.step();
    }

    fn answer(&mut self) -> Option<PathBuf> {
        self.until(|desk| desk.harness.state().answer.is_some());
        self.harness.state_mut().answer.take().unwrap()
    }
}

fn save() -> Want {
    Want::Save { name: "new.pipe.ron".into() }
}

#[test]
fn folders_come_first_and_other_files_only_when_asked_for() {
    let mut desk = Desk::ask(Want::Open, Kind::Pipeline);
    assert_eq!(desk.entries(), ["Folder inner", "Folder zoo", "File A.pipe.ron", "File b.pipe.ron"]);
    desk.click("All files");
    assert_eq!(desk.entries().last().map(String::as_str), Some("File data.csv"));
    let desk = Desk::ask(Want::Folder, Kind::Pipeline);
    assert_eq!(desk.entries(), ["Folder inner", "Folder zoo"]);
    let desk = Desk::ask(Want::Open, Kind::Data);
    assert_eq!(desk.entries(), ["Folder inner", "Folder zoo", "File data.csv"]);
}

#[test]
fn a_file_is_opened_by_keys_alone() {
    let mut desk = Desk::ask(Want::Open, Kind::Pipeline);
    for _ in 0..9 {
        desk.press(Key::ArrowDown);
    }
    desk.press(Key::ArrowUp);
    desk.press(Key::Enter);
    assert_eq!(desk.answer(), Some(desk.path("A.pipe.ron")), "the last but one");
}

#[test]
fn what_is_typed_narrows_the_list_and_leads_into_folders() {
    let mut desk = Desk::ask(Want::Open, Kind::Pipeline);
    desk.type_text("INN");
    assert_eq!(desk.entries(), ["Folder inner"]);
    desk.press(Key::Enter);
    desk.until(|desk| desk.sees("File deep.pipe.ron"));
    desk.type_text("../b.pipe");
    desk.press(Key::Enter);
    desk.until(|desk| desk.sees("There is no b.pipe."));
    desk.type_text(".ron");
    desk.press(Key::Enter);
    assert_eq!(desk.answer(), Some(desk.path("b.pipe.ron")));
}

#[test]
fn the_way_up_leads_back() {
    let mut desk = Desk::ask(Want::Open, Kind::Pipeline);
    desk.type_text("inner/");
    desk.press(Key::Enter);
    desk.until(|desk| desk.sees("File deep.pipe.ron"));
    desk.click("Parent folder");
    desk.until(|desk| desk.sees("Folder zoo"));
}

#[test]
fn nothing_is_chosen_by_escape_and_by_cancel() {
    let mut desk = Desk::ask(Want::Open, Kind::Pipeline);
    desk.press(Key::Escape);
    assert_eq!(desk.answer(), None);
    let mut desk = Desk::ask(save(), Kind::Pipeline);
    desk.click("Cancel");
    assert_eq!(desk.answer(), None);
}

#[test]
fn saving_keeps_the_proposed_name_and_its_ending() {
    let mut desk = Desk::ask(save(), Kind::Pipeline);
    desk.press(Key::Enter);
    assert_eq!(desk.answer(), Some(desk.path("new.pipe.ron")));
    let mut desk = Desk::ask(save(), Kind::Pipeline);
    desk.type_text("inner/mine");
    desk.press(Key::Enter);
    assert_eq!(desk.answer(), Some(desk.path("inner/mine.pipe.ron")));
    let mut desk = Desk::ask(save(), Kind::Pipeline);
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    desk.type_text("mine");
    desk.press(Key::Enter);
    assert_eq!(desk.answer(), Some(desk.path("mine.pipe.ron")));
}

#[test]
fn a_file_is_replaced_only_when_asked_twice() {
    let mut desk = Desk::ask(save(), Kind::Pipeline);
    desk.click("File b.pipe.ron");
    desk.click("Save");
    desk.until(|desk| desk.sees("b.pipe.ron exists. Replace it?"));
    assert_eq!(desk.harness.state().answer, None);
    desk.click("Replace");
    assert_eq!(desk.answer(), Some(desk.path("b.pipe.ron")));
}

#[test]
fn a_folder_is_chosen_or_made() {
    let mut desk = Desk::ask(Want::Folder, Kind::Pipeline);
    desk.click("Choose this folder");
    assert_eq!(desk.answer(), Some(desk.path("").components().collect()));
    let mut desk = Desk::ask(Want::Folder, Kind::Pipeline);
    desk.type_text("fresh");
    desk.press(Key::Enter);
    desk.until(|desk| desk.sees("There is no folder fresh. Create it?"));
    assert!(!desk.path("fresh").exists());
    desk.click("Create folder");
    assert_eq!(desk.answer(), Some(desk.path("fresh")));
    assert!(desk.path("fresh").is_dir());
}

#[test]
fn what_cannot_be_is_said() {
    let mut desk = Desk::ask(save(), Kind::Pipeline);
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    desk.type_text("nowhere/x");
    desk.press(Key::Enter);
    desk.until(|desk| desk.sees("There is no folder nowhere."));
    let mut desk = Desk::ask(Want::Folder, Kind::Pipeline);
    desk.type_text("./data.csv");
    desk.press(Key::Enter);
    desk.until(|desk| desk.sees("data.csv is a file."));
}

#[test]
fn kinds_of_files_are_known_by_their_endings() {
    for (kind, name, fits) in [
        (Kind::Pipeline, "x.pipe.ron", true),
        (Kind::Pipeline, "X.PIPE.RON", true),
        (Kind::Pipeline, "pipe.ron", false),
        (Kind::Data, "x.csv.gz", true),
        (Kind::Data, "csv", false),
    ] {
        assert_eq!(kind.fits(name), fits, "{name}");
    }
    let ask = |want| Ask { want, kind: Kind::Pipeline, title: String::new(), folder: None };
    assert_eq!(ask(save()).finished("x".into()), Path::new("x.pipe.ron"));
    assert_eq!(ask(Want::Open).finished("x".into()), Path::new("x"));
    let mut scripted = Scripted::new([Some("x".into())]);
    scripted.ask(ask(Want::Open));
    let ctx = egui::Context::default();
    assert_eq!(scripted.show(&ctx), Some(Some("x".into())));
    assert_eq!(scripted.show(&ctx), None, "one answer to a question");
}
