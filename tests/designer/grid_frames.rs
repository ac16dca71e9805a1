//! How long a frame of the data panel takes while a large table is scrolled.

use std::time::{Duration, Instant};

use pipewright_app::action::Action;
use pipewright_app::data::{self, Look, Side, Tables};
use pipewright_app::theme;
use pipewright_engine::pipeline::Link;
use pipewright_engine::value::Value;

use crate::data::Fake;

const FRAMES: usize = 600;

/// CPU time of each frame (drawing and tessellating) while two tables of a million rows and a thousand columns are scrolled, slowly, then
/// from end to end. Pages are served between frames: making them is not counted.
pub fn measure(size: egui::Vec2, accessible: bool) -> Vec<Duration> {
    let value = |row: u64, column: usize| match column % 3 {
        0 => Value::Integer(row as i64 * 7919 % 1_000_003),
        1 => Value::text(format!("customer_{}", row * 31 % 4999)),
        _ => Value::Float(row as f64 * 0.37),
    };
    let fakes = [Fake::new("in", 1_000_000, 1000, value), Fake::new("out", 1_000_000, 1000, value)];
    let outputs = fakes.clone().map(|fake| fake.output(&[]));
    let ctx = egui::Context::default();
    theme::install(&ctx);
    if accessible {
        ctx.enable_accesskit();
    }
    let mut tables = Tables::default();
    let mut times = Vec::with_capacity(FRAMES);
    for frame in 0..FRAMES {
        let mut actions = Vec::new();
        let input = input(size, frame);
        let start = Instant::now();
        let output = ctx.run_ui(input, |ui| {
            let side = |input: bool, at: usize| Side {
                title: if input { "Input" } else { "Output" },
                input,
                link: Link::parse(if input { "before" } else { "n" }),
                output: Some(&outputs[at]),
                stale: false,
                problem: None,
                exact: None,
            };
            data::show(ui, &[side(true, 0), side(false, 1)], &mut tables, &mut actions);
        });
        let pixels = output.pixels_per_point;
        let shapes = output.shapes;
        let meshes = ctx.tessellate(shapes, pixels);
        times.push(start.elapsed());
        drop(meshes);
        for action in actions {
            let Action::Look(Look::Page(page)) = action else { continue };
            let fake = if page.table == "in" { &fakes[0] } else { &fakes[1] };
            tables.page(fake.serve(&[], &page));
        }
    }
    // The first frames lay out fonts and find the widths of a thousand columns.
    times.drain(..10);
    times
}

/// Half of the frames scroll by a few rows and columns, half from one end to the other.
fn input(size: egui::Vec2, frame: usize) -> egui::RawInput {
    let at = size.to_pos2() * 0.75;
    let far = frame >= FRAMES / 2;
    let delta = if far { egui::vec2(-300.0, -400_000.0) } else { egui::vec2(-3.0, -40.0) };
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: egui::Modifiers::NONE,
    };
    egui::RawInput {
        screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
        time: Some(frame as f64 / 60.0),
        events: vec![egui::Event::PointerMoved(at), wheel],
        ..Default::default()
    }
}

/// The time that 99 of 100 frames stay below.
pub fn slowest_of_hundred(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() * 99 / 100]
}

/// `cargo test --release -p pipewright --test designer -- --ignored --nocapture frames_of_the_data_panel`
#[test]
#[ignore = "a measurement: it says something in a release build only"]
fn frames_of_the_data_panel() {
    for size in [egui::vec2(1280.0, 320.0), egui::vec2(2560.0, 720.0)] {
        for accessible in [false, true] {
            let times = measure(size, accessible);
            let mean = times.iter().sum::<Duration>() / times.len() as u32;
            println!("{size:?} accessible {accessible}: p99 {:?}, mean {mean:?}", slowest_of_hundred(&times));
        }
    }
}
