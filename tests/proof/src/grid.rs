//! CPU time of a frame of the data panel, while two large tables are scrolled side by side.

use std::sync::Arc;
use std::time::Duration;

use egui::{Event, Modifiers, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, Vec2, vec2};
use pipewright_app::action::Action;
use pipewright_app::data::{self, Look, Side, Tables};
use pipewright_app::theme;
use pipewright_engine::pipeline::Link;
use pipewright_engine::table::Table;
use pipewright_engine::types::{Schema, Type};
use pipewright_engine::value::Value;
use pipewright_runner::show::{Basis, Output, Page, PageRows};

use crate::figures::{Times, cpu_time};

const ROWS: u64 = 1_000_000;
const COLUMNS: usize = 1000;
const FRAMES: usize = 300;

pub fn measure() -> Result<(), String> {
    for (size, name) in [(vec2(1280.0, 280.0), "1280 × 280"), (vec2(2560.0, 720.0), "2560 × 720")] {
        for accessible in [false, true] {
            let reader = if accessible { "with" } else { "without" };
            let mut bench = Bench::new(size, accessible);
            for (what, delta) in [("slowly", vec2(-3.0, -40.0)), ("from end to end", vec2(-400.0, -120_000.0))] {
                bench.play(delta)?.print(&format!("{name}, {what}, {reader} screen reader"));
            }
        }
    }
    Ok(())
}

struct Bench {
    ctx: egui::Context,
    size: Vec2,
    time: f64,
    outputs: [Arc<Output>; 2],
    tables: Tables,
}

impl Bench {
    fn new(size: Vec2, accessible: bool) -> Self {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        if accessible {
            ctx.enable_accesskit();
        }
        let outputs = [output("in"), output("out")];
        let mut bench = Self { ctx, size, time: 0.0, outputs, tables: Tables::default() };
        for _ in 0..10 {
            // Fonts, and the widths of a thousand columns, are found once.
            bench.frame(Vec2::ZERO).ok();
        }
        bench
    }

    fn play(&mut self, delta: Vec2) -> Result<Times, String> {
        let mut times = Times::default();
        for _ in 0..FRAMES {
            times.add(self.frame(delta)?);
        }
        Ok(times)
    }

    /// A frame in which the wheel is turned. Pages that it asks for are there in the next one.
    fn frame(&mut self, delta: Vec2) -> Result<Duration, String> {
        self.time += 1.0 / 60.0;
        let wheel = Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta,
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        };
        let over = if ((self.time * 2.0) as u64).is_multiple_of(2) { 0.25 } else { 0.75 };
        let at = Pos2::ZERO + self.size * vec2(over, 0.6);
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, self.size));
        let events = vec![Event::PointerMoved(at), wheel];
        let input = RawInput { screen_rect, time: Some(self.time), events, ..RawInput::default() };
        let mut actions = Vec::new();
        let before = cpu_time();
        let output = self.ctx.run_ui(input, |ui| {
            let sides = [side(&self.outputs[0], true), side(&self.outputs[1], false)];
            data::show(ui, &sides, &mut self.tables, &mut actions);
        });
        let meshes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let mut spent = cpu_time() - before;
        drop(meshes);
        for action in actions {
            let Action::Look(Look::Page(page)) = action else { continue };
            let page = serve(page);
            let before = cpu_time();
            self.tables.page(page);
            spent += cpu_time() - before;
        }
        Ok(spent)
    }
}

fn side(output: &Arc<Output>, input: bool) -> Side<'_> {
    Side {
        title: if input { "In" } else { "Output" },
        input,
        link: Link::parse(&output.table),
        output: Some(output),
        chart: None,
        stale: false,
        problem: None,
        exact: None,
    }
}

fn value(row: u64, column: usize) -> Value {
    match column % 3 {
        0 => Value::Integer((row * 7919 % 1_000_003) as i64),
        1 => Value::text(format!("customer_{}", row * 31 % 4999)),
        _ => Value::Float(row as f64 * 0.25),
    }
}

fn schema(columns: std::ops::Range<usize>) -> Schema {
    let kinds = [Type::Integer, Type::Text, Type::Float];
    Schema::of(columns.map(|column| (format!("column_{column}"), kinds[column % 3].clone())))
}

fn table(rows: std::ops::Range<u64>, columns: std::ops::Range<usize>) -> Table {
    let row = |row| columns.clone().map(|column| value(row, column)).collect();
    Table { schema: schema(columns.clone()), rows: rows.map(row).collect() }
}

fn output(name: &str) -> Arc<Output> {
    Arc::new(Output {
        node: name.into(),
        output: 0,
        table: name.into(),
        schema: schema(0..COLUMNS),
        rows: ROWS,
        basis: Basis::Everything,
        head: table(0..12, 0..12),
        rejects: None,
        seconds: None,
    })
}

fn serve(page: Page) -> PageRows {
    let places = page.rows.clone().collect();
    PageRows { table: table(page.rows.clone(), page.columns.clone()), places, total: ROWS, page }
}
