//! The welcome page by label.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pipewright_app::action::Action;
use pipewright_app::command::Command;
use pipewright_app::document::Document;
use pipewright_app::files::{Journal, Worker, journal};
use pipewright_app::samples::SAMPLES;
use pipewright_app::theme;
use pipewright_app::welcome::{self, Recent, Welcome};
use pipewright_engine::pipeline::Pipeline;

#[test]
fn everything_on_the_welcome_page_can_be_reached_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    {
        let worker = Worker::new(|| ());
        let mut journal = Journal::begin(folder.path()).unwrap();
        let mut document = Document::new(Pipeline::default(), None);
        document.edit().about = "unsaved".into();
        journal.note(&document, true, &worker);
    }
    let restorable = journal::restorable(folder.path());
    let recent = [("/data/orders.pipe.ron", false), ("/gone/old.pipe.ron", true)];
    let recent = recent.map(|(path, missing)| Recent { path: PathBuf::from(path), missing });
    let mut expected = vec![
        ("New pipeline".to_owned(), Action::Command(Command::New)),
        (Command::Open.text().to_owned(), Action::Command(Command::Open)),
        ("Restore Untitled".to_owned(), Action::Restore(0)),
        ("Discard Untitled".to_owned(), Action::DiscardJournal(0)),
        ("Recent file orders.pipe.ron".to_owned(), Action::OpenFile("/data/orders.pipe.ron".into())),
        ("Recent file old.pipe.ron, not found".to_owned(), Action::OpenFile("/gone/old.pipe.ron".into())),
    ];
    expected
        .extend(SAMPLES.iter().map(|sample| (format!("Open sample {}", sample.name), Action::OpenSample(sample.name))));
    for (width, height) in [(1280.0, 720.0), (2560.0, 1440.0), (600.0, 400.0)] {
        let welcome = Welcome { recent: &recent, restorable: &restorable };
        let mut harness = Harness::builder()
            .with_size([width, height])
            .with_context_setup(theme::install)
            .build_ui_state(|ui, actions: &mut Vec<Action>| welcome::show(ui, &welcome, actions), Vec::new());
        harness.run();
        for (label, action) in &expected {
            harness.get_by_label(label).click_accesskit();
            let begun = Instant::now();
            while harness.state().is_empty() && begun.elapsed() < Duration::from_secs(5) {
                harness.step();
            }
            assert_eq!(std::mem::take(harness.state_mut()), std::slice::from_ref(action), "{label} at {width}");
        }
    }
}

#[test]
fn every_sample_has_a_picture() {
    for sample in SAMPLES {
        let pipeline = sample.pipeline();
        assert!(pipeline.nodes.len() > 5);
        let placed = pipeline.nodes.keys().all(|name| pipeline.layout.nodes.contains_key(name));
        assert!(placed, "every node of {} has its place", sample.name);
    }
}
