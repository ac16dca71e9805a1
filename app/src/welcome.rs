//! The page that is shown while nothing is open: begin, go on, look at a sample.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use egui::text::LayoutJob;
use egui::{
    Align2, Button, Color32, FontId, Frame, Margin, Pos2, Rect, Response, RichText, Role, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use pipewright_engine::pipeline::Pipeline;

use crate::action::Action;
use crate::canvas;
use crate::command::Command;
use crate::files::{Restorable, folders};
use crate::icons;
use crate::samples::{SAMPLES, Sample};
use crate::theme::{self, Palette, gap, palette, size};

const WIDTH: f32 = 880.0;
const PICTURE: f32 = 132.0;
const CARD: f32 = PICTURE + 112.0;
const ROW: f32 = 44.0;

/// A node in a picture, in units of the canvas: lower than it is there, for pipelines are wide.
const BLOCK: egui::Vec2 = vec2(canvas::NODE.0 as f32, 76.0);

/// What the page shows.
#[derive(Default)]
pub struct Welcome<'a> {
    pub recent: &'a [Recent],
    pub restorable: &'a [Restorable],
}

/// A pipeline that was open before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    pub path: PathBuf,
    /// It is not there any more.
    pub missing: bool,
}

pub fn show(ui: &mut Ui, welcome: &Welcome, actions: &mut Vec<Action>) {
    let height = ui.available_height();
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let side = ((ui.available_width() - WIDTH) / 2.0).max(gap::XL);
        let width = ui.available_width() - 2.0 * side;
        let column = Rect::from_min_size(ui.cursor().min + vec2(side, 0.0), vec2(width, 0.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(column), |ui| {
            ui.set_width(width);
            page(ui, height, welcome, actions);
        });
    });
}

fn page(ui: &mut Ui, height: f32, welcome: &Welcome, actions: &mut Vec<Action>) {
    // On a tall screen a page that begins at its very top looks lost.
    ui.add_space((height * 0.08).max(gap::XL));
    head(ui, actions);
    if !welcome.restorable.is_empty() {
        section(ui, "Not saved when the program ended");
        for (at, restorable) in welcome.restorable.iter().enumerate() {
            restore(ui, at, restorable, actions);
        }
    }
    section(ui, "Samples");
    samples(ui, actions);
    if !welcome.recent.is_empty() {
        section(ui, "Recent");
        for recent in welcome.recent {
            recent_row(ui, recent, actions);
        }
    }
    ui.add_space(gap::XL);
}

fn head(ui: &mut Ui, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    ui.label(RichText::new("Pipewright").font(theme::strong(size::TITLE)));
    ui.label(RichText::new("Draw a data pipeline, and see the rows at every step.").color(colors.weak));
    ui.add_space(gap::L);
    ui.horizontal(|ui| {
        let new = Button::new(RichText::new("New pipeline").color(colors.on_accent)).fill(colors.accent);
        if ui.add(new).on_hover_text(Command::New.help()).clicked() {
            actions.push(Action::Command(Command::New));
        }
        if ui.button(Command::Open.text()).on_hover_text(Command::Open.help()).clicked() {
            actions.push(Action::Command(Command::Open));
        }
        ui.add_space(gap::M);
        ui.label(RichText::new("or drop a data file anywhere in this window").color(colors.weak));
    });
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(gap::L + gap::M);
    ui.label(RichText::new(title).font(theme::strong(size::HEADING)));
    ui.add_space(gap::S);
}

fn restore(ui: &mut Ui, at: usize, restorable: &Restorable, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    let card = Frame::new().fill(colors.surface).stroke((1.0, colors.line)).corner_radius(theme::ROUND);
    card.inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        egui::Sides::new().shrink_left().truncate().show(
            ui,
            |ui| {
                ui.label(RichText::new(&restorable.name).font(theme::strong(size::BODY)));
                ui.label(RichText::new(ago(restorable.when)).color(colors.weak));
                if restorable.differs {
                    ui.label(RichText::new("its file was changed since").color(colors.warning));
                }
            },
            |ui| {
                // From right to left.
                let discard = ui.button("Discard").on_hover_text("Forget these changes for good");
                discard.widget_info(|| named(&format!("Discard {}", restorable.name)));
                let button = Button::new(RichText::new("Restore").color(colors.on_accent)).fill(colors.accent);
                let restore = ui.add(button).on_hover_text("Go on where it ended");
                restore.widget_info(|| named(&format!("Restore {}", restorable.name)));
                if restore.clicked() {
                    actions.push(Action::Restore(at));
                }
                if discard.clicked() {
                    actions.push(Action::DiscardJournal(at));
                }
            },
        );
    });
    ui.add_space(gap::S);
}

fn named(label: &str) -> WidgetInfo {
    WidgetInfo::labeled(Role::Button, true, label)
}

fn samples(ui: &mut Ui, actions: &mut Vec<Action>) {
    let columns = SAMPLES.len() as f32;
    let width = ((ui.available_width() - gap::L * (columns - 1.0)) / columns).floor();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap::L;
        for sample in SAMPLES {
            if sample_card(ui, sample, width).clicked() {
                actions.push(Action::OpenSample(sample.name));
            }
        }
    });
}

fn sample_card(ui: &mut Ui, sample: &Sample, width: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, CARD), Sense::click());
    response.widget_info(|| named(&format!("Open sample {}", sample.name)));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let colors = palette(ui.ctx());
    let lively = response.hovered() || response.has_focus();
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, theme::ROUND, colors.surface);
    let (picture, words) = rect.split_top_bottom_at_y(rect.top() + PICTURE);
    let round = egui::CornerRadius { sw: 0, se: 0, ..egui::CornerRadius::same(theme::ROUND) };
    painter.rect_filled(picture, round, colors.canvas);
    miniature(&painter, sample.pipeline(), picture.shrink2(vec2(gap::L, gap::L)), colors);
    let line = Stroke::new(1.0, if lively { colors.accent } else { colors.line });
    painter.rect_stroke(rect, theme::ROUND, line, StrokeKind::Inside);

    let corner = words.min + vec2(12.0, gap::M + 2.0);
    let title = painter.text(corner, Align2::LEFT_TOP, sample.title, theme::strong(size::BODY), colors.text);
    let mut job = LayoutJob::simple(sample.sentence(), FontId::proportional(size::BODY), colors.weak, width - 24.0);
    job.wrap.max_rows = 4;
    painter.galley(pos2(corner.x, title.bottom() + gap::S), painter.layout_job(job), colors.weak);
    response.on_hover_text("Open a copy of this sample").on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A pipeline as a picture: its nodes where they lie, and its wires.
fn miniature(painter: &egui::Painter, pipeline: &Pipeline, into: Rect, colors: &Palette) {
    let layout = canvas::places(pipeline);
    let place =
        |name: &str| layout.nodes.get(name).map(|(x, y)| Rect::from_min_size(pos2(*x as f32, *y as f32), BLOCK));
    let bounds = pipeline.nodes.keys().filter_map(|name| place(name)).fold(Rect::NOTHING, Rect::union);
    if !bounds.is_positive() {
        return;
    }
    let scale = (into.width() / bounds.width()).min(into.height() / bounds.height()).min(0.2);
    // Pipelines are wide and the picture is less so: what is left over goes between the rows, and a little into the nodes.
    let stretch = (into.height() / (bounds.height() * scale)).min(1.8);
    let scale = vec2(scale, scale * stretch);
    let size = BLOCK * vec2(scale.x, scale.x * stretch.min(1.3));
    let on = |at: Pos2| into.center() + (at - bounds.center()) * scale;
    let block = |name: &str| Some(Rect::from_center_size(on(place(name)?.center()), size));
    for (name, node) in &pipeline.nodes {
        for link in node.from.iter().flatten() {
            let (Some(from), Some(to)) = (block(&link.node), block(name)) else { continue };
            let rejected = link.output.as_deref() == Some("rejected");
            let color = if rejected { colors.rejected } else { colors.faint };
            wire(painter, from.right_center(), to.left_center(), color);
        }
    }
    for (name, node) in &pipeline.nodes {
        let Some(rect) = block(name) else { continue };
        let card = node.step.card();
        let end = card.as_ref().is_ok_and(|card| card.outputs.is_empty() || card.inputs.count(1) == 0);
        let color = if end { colors.accent } else { colors.outline };
        painter.rect(rect, 2.0, colors.surface, Stroke::new(1.0, color), StrokeKind::Inside);
        if let (Ok(card), true) = (card, rect.height() >= 10.0) {
            let icon = Rect::from_center_size(rect.center(), egui::Vec2::splat(rect.height() * 0.7));
            icons::paint(painter, card.icon, icon, color);
        }
    }
}

fn wire(painter: &egui::Painter, from: Pos2, to: Pos2, color: Color32) {
    let bend = vec2(((to.x - from.x) / 2.0).abs().clamp(2.0, 20.0), 0.0);
    let points = [from, from + bend, to - bend, to];
    let stroke = Stroke::new(1.0, color);
    painter.add(egui::epaint::CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke));
}

fn recent_row(ui: &mut Ui, recent: &Recent, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let name = recent.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let missing = if recent.missing { ", not found" } else { "" };
    response.widget_info(|| named(&format!("Recent file {name}{missing}")));
    if response.clicked() {
        actions.push(Action::OpenFile(recent.path.clone()));
    }
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter_at(rect);
    if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, theme::ROUND, colors.hover);
    }
    let color = if recent.missing { colors.faint } else { colors.text };
    let icon = Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), egui::Vec2::splat(size::HEADING));
    icons::paint(&painter, "file", icon, if recent.missing { colors.faint } else { colors.weak });
    let left = icon.right() + 12.0;
    painter.text(pos2(left, rect.top() + 6.0), Align2::LEFT_TOP, &name, theme::strong(size::BODY), color);
    let folder = folders::shown(recent.path.parent().unwrap_or(Path::new("")));
    let folder = if recent.missing { format!("{folder}: not found") } else { folder };
    let font = FontId::proportional(size::SMALL);
    painter.text(pos2(left, rect.bottom() - 6.0), Align2::LEFT_BOTTOM, folder, font, colors.weak);
    response.on_hover_cursor(egui::CursorIcon::PointingHand);
}

/// How long ago, as one would say it.
fn ago(when: SystemTime) -> String {
    let passed = SystemTime::now().duration_since(when).unwrap_or(Duration::ZERO).as_secs();
    let (number, unit) = match passed {
        0..60 => return "a moment ago".to_owned(),
        60..3_600 => (passed / 60, "minute"),
        3_600..86_400 => (passed / 3_600, "hour"),
        _ => (passed / 86_400, "day"),
    };
    format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
}
