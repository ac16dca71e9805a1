//! CPU time of a frame, with many nodes.

use std::sync::Arc;
use std::time::Duration;

use egui::{Event, Modifiers, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, TouchPhase, Vec2, vec2};
use pipewright_app::app::App;
use pipewright_app::canvas::Selection;
use pipewright_app::desk::Folders;
use pipewright_app::document::Document;
use pipewright_app::results::NodeResult;
use pipewright_engine::formula::Formula;
use pipewright_engine::nodes::{Filter, ReadCsv, Step};
use pipewright_engine::pipeline::{Link, Node, Pipeline};
use pipewright_engine::table::Table;
use pipewright_runner::host::{Connection, Received};
use pipewright_runner::job::Request;
use pipewright_runner::show::{Basis, Output};

use crate::figures::{Times, cpu_time};

const SCREEN: Vec2 = vec2(1600.0, 1000.0);
const FRAMES: usize = 240;

/// Close enough to read rows, to read names, and from as far as it goes.
const ZOOMS: [f32; 3] = [0.75, 0.3, 0.04];

pub fn measure() -> Result<(), String> {
    for nodes in [1_000, 5_000] {
        for accessible in [false, true] {
            let mut bench = Bench::new(nodes, accessible);
            let reader = if accessible { "with" } else { "without" };
            let mut all = Times::default();
            for (name, script, start) in SCRIPTS {
                let mut times = Times::default();
                for zoom in ZOOMS {
                    bench.look(zoom, *start);
                    times.join(bench.play(*script));
                    bench.check(name)?;
                }
                times.print(&format!("{nodes} nodes, {name}, {reader} screen reader"));
                all.join(times);
            }
            all.print(&format!("{nodes} nodes, all of it, {reader} screen reader"));
        }
    }
    Ok(())
}

/// What the hand does in each frame of a movement that begins at a point of the screen.
type Script = fn(usize, Pos2) -> Vec<Event>;

/// The middle of a node, and a place between nodes, in units of the canvas.
const ON_NODE: Vec2 = vec2(12.0 * 288.0 + 104.0, 20.0 * 188.0 + 74.0);
const BETWEEN: Vec2 = vec2(12.0 * 288.0 + 248.0, 20.0 * 188.0 + 168.0);

const SCRIPTS: &[(&str, Script, Vec2)] =
    &[("pan", pan, ON_NODE), ("zoom", zoom, ON_NODE), ("drag a node", drag, ON_NODE), ("box-select", select, BETWEEN)];

fn circle(frame: usize, around: Pos2, radius: f32) -> Pos2 {
    let angle = frame as f32 * 0.1;
    around + radius * vec2(angle.cos() - 1.0, angle.sin())
}

fn button(button: PointerButton, pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }
}

/// A movement with a button down, from the first frame to the last.
fn held(frame: usize, which: PointerButton, at: Pos2) -> Vec<Event> {
    match frame {
        0 => vec![Event::PointerMoved(at), button(which, at, true)],
        frame if frame == FRAMES - 1 => vec![button(which, at, false)],
        _ => vec![Event::PointerMoved(at)],
    }
}

fn pan(frame: usize, middle: Pos2) -> Vec<Event> {
    held(frame, PointerButton::Middle, circle(frame, middle, 220.0))
}

fn drag(frame: usize, middle: Pos2) -> Vec<Event> {
    held(frame, PointerButton::Primary, circle(frame, middle, 120.0))
}

fn select(frame: usize, middle: Pos2) -> Vec<Event> {
    held(frame, PointerButton::Primary, middle + vec2(1.6, 0.6) * frame as f32)
}

fn zoom(frame: usize, middle: Pos2) -> Vec<Event> {
    let out = (frame / 40).is_multiple_of(2);
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, if out { -24.0 } else { 24.0 }),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::COMMAND,
    };
    vec![Event::PointerMoved(middle), wheel]
}

struct Bench {
    ctx: egui::Context,
    app: App,
    time: f64,
}

impl Bench {
    fn new(nodes: usize, accessible: bool) -> Self {
        let ctx = egui::Context::default();
        if accessible {
            ctx.enable_accesskit();
        }
        let mut app = App::new(&ctx, Box::new(|| Ok(Box::new(Mute))), &Folders::default());
        app.desk.welcome = false;
        app.take_document(Document::new(pipeline(nodes), None));
        fill(&mut app);
        let mut bench = Self { ctx, app, time: 0.0 };
        for _ in 0..10 {
            // Fonts, layouts and the picture of the pipeline are made once.
            bench.frame(Vec::new());
        }
        bench
    }

    /// The middle of the canvas on the screen.
    fn middle(&self) -> Pos2 {
        self.app.view.panel().map_or(Pos2::ZERO, |panel| panel.center())
    }

    fn look(&mut self, zoom: f32, center: Vec2) {
        (self.app.view.zoom, self.app.view.center) = (zoom, center);
        self.app.view.selection = Selection::default();
        // Where a node was dragged to is undone.
        self.app.document.pipeline = Arc::clone(&self.app.document.saved);
        for _ in 0..3 {
            self.frame(vec![Event::PointerMoved(self.middle())]);
        }
    }

    fn play(&mut self, script: Script) -> Times {
        let mut times = Times::default();
        let middle = self.middle();
        for frame in 0..FRAMES {
            times.add(self.frame(script(frame, middle)));
        }
        times
    }

    /// A movement that missed would be cheap.
    fn check(&self, script: &str) -> Result<(), String> {
        let selected = self.app.view.selection.nodes.len();
        match script {
            "drag a node" if selected != 1 => Err(format!("{selected} nodes were dragged")),
            "box-select" if selected < 2 => Err(format!("{selected} nodes were selected")),
            _ => Ok(()),
        }
    }

    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, SCREEN));
        let input = RawInput { screen_rect, time: Some(self.time), events, ..RawInput::default() };
        let before = cpu_time();
        let output = self.ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            self.app.logic(&ctx);
            self.app.ui(ui);
        });
        let meshes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let after = cpu_time();
        drop(meshes);
        after - before
    }
}

/// Sources with chains of filters behind them, laid out in rows.
fn pipeline(nodes: usize) -> Pipeline {
    const LONG: usize = 25;
    let mut pipeline = Pipeline::default();
    for at in 0..nodes {
        let (row, column) = (at / LONG, at % LONG);
        let name = format!("node {at}");
        let mut node = Node::default();
        if column == 0 {
            node.step =
                Step::ReadCsv(ReadCsv { path: format!("file_{row}.csv").as_str().into(), ..ReadCsv::default() });
        } else {
            node.step = Step::Filter(Filter { condition: Formula(format!("amount > {at}")), ..Filter::default() });
            let output = (at % 7 == 0 && column > 1).then(|| "false".to_owned());
            node.from = vec![Some(Link { node: format!("node {}", at - 1), output })];
        }
        pipeline.nodes.insert(name.clone(), node);
        pipeline.layout.nodes.insert(name, (column as i32 * 288, row as i32 * 188));
    }
    pipeline
}

/// Rows on every node.
fn fill(app: &mut App) {
    let mut text = "customer: Text, amount: Decimal(10, 2), day: Date, orders: Integer\n".to_owned();
    for row in 1..=12 {
        text += &format!("customer_{row}, {row}.50, 2024-05-{row:02}, {}\n", row * 3);
    }
    let head = Table::parse(&text).unwrap_or_default();
    for name in app.document.pipeline.nodes.keys() {
        let output = |output| {
            Some(Arc::new(Output {
                node: name.clone(),
                output,
                table: name.clone(),
                schema: head.schema.clone(),
                rows: 10_000,
                basis: Basis::Sample { records: 10_000, of: Some(3_200_000), estimated: true },
                head: head.clone(),
                rejects: None,
                seconds: None,
            }))
        };
        let result = NodeResult { outputs: vec![output(0), output(1)], ..NodeResult::default() };
        app.results.nodes.insert(name.clone(), result);
    }
}

/// An engine that never answers: nothing arrives while frames are measured.
struct Mute;

impl Connection for Mute {
    fn send(&mut self, _: &Request) {}

    fn receive(&mut self, patience: Duration) -> Received {
        std::thread::sleep(patience.max(Duration::from_millis(20)));
        Received::Nothing
    }

    fn memory(&self) -> Option<u64> {
        None
    }

    fn kill(&mut self) {}
}
