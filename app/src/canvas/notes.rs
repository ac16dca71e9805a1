//! Notes: Markdown on a card.

use egui::epaint::RectShape;
use egui::{Align, Color32, Key, Layout, Rect, Shape, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, Vec2, pos2, vec2};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};
use pipewright_engine::pipeline::Note;

use super::View;
use super::frame::Frame;
use super::gestures::Gesture;
use super::hits::Hit;
use crate::action::Action;

pub const SMALLEST: Vec2 = vec2(96.0, 48.0);
/// What a note measures whose size the file does not have.
const USUAL: Vec2 = vec2(240.0, 120.0);
/// From here on a note is written text, below it is a card.
const READABLE: f32 = 0.5;

pub fn rect_of(note: &Note) -> Rect {
    let size = vec2(note.size.0 as f32, note.size.1 as f32);
    let size = if size.min_elem() <= 0.0 { USUAL } else { size.max(SMALLEST) };
    Rect::from_min_size(pos2(note.at.0 as f32, note.at.1 as f32), size)
}

/// Where a note is while it is dragged or sized.
fn on_screen(frame: &Frame, view: &View, at: usize, note: &Note) -> Rect {
    let rect = rect_of(note);
    let rect = match &view.gesture {
        Gesture::Move { notes, by, .. } if notes.contains(&at) => rect.translate(*by),
        Gesture::Resize { note, by } if *note == at => Rect::from_min_size(rect.min, (rect.size() + *by).max(SMALLEST)),
        _ => rect,
    };
    frame.camera.rect(rect)
}

pub fn paint(frame: &Frame, view: &View, shapes: &mut Vec<Shape>) {
    let palette = frame.palette;
    for (at, note) in frame.scene.pipeline.layout.notes.iter().enumerate() {
        let rect = on_screen(frame, view, at, note);
        if !rect.intersects(frame.camera.panel) {
            continue;
        }
        let selected = frame.selection.notes.contains(&at);
        let stroke = if selected { Stroke::new(2.0, palette.accent) } else { Stroke::new(1.0, palette.line) };
        shapes.push(Shape::Rect(RectShape::new(rect, 6, palette.panel, stroke, StrokeKind::Inside)));
        if matches!(frame.hover, Hit::Note(over) | Hit::NoteCorner(over) if over == at) {
            corner(rect, palette.faint, shapes);
        }
    }
}

/// The corner that can be taken hold of.
fn corner(rect: Rect, color: Color32, shapes: &mut Vec<Shape>) {
    for reach in [5.0, 9.0] {
        let line = [rect.max - vec2(reach, 3.0), rect.max - vec2(3.0, reach)];
        shapes.push(Shape::line_segment(line, Stroke::new(1.0, color)));
    }
}

/// The texts of notes: the only widgets on the canvas, and only where they can be read.
pub fn show(ui: &mut Ui, frame: &Frame, view: &mut View, actions: &mut Vec<Action>) {
    if frame.camera.zoom < READABLE {
        return;
    }
    let notes = &frame.scene.pipeline.layout.notes;
    if view.writing.as_ref().is_some_and(|(note, _)| *note >= notes.len()) {
        view.writing = None;
    }
    for (at, note) in notes.iter().enumerate() {
        let rect = on_screen(frame, view, at, note);
        if !rect.intersects(frame.camera.panel) {
            continue;
        }
        let inside = rect.shrink(10.0 * frame.camera.zoom);
        let builder = UiBuilder::new().max_rect(inside).id_salt(("note", at)).layout(Layout::top_down(Align::Min));
        let mut ui = ui.new_child(builder);
        ui.set_clip_rect(inside.expand(2.0).intersect(frame.painter.clip_rect()));
        scale(&mut ui, frame.camera.zoom);
        if view.writing.as_ref().is_some_and(|(writing, _)| *writing == at) {
            write(&mut ui, inside, view, actions);
        } else {
            read(&mut ui, note);
        }
    }
}

fn read(ui: &mut Ui, note: &Note) {
    if note.text.trim().is_empty() {
        ui.weak("Double click to write");
        return;
    }
    // Text that can be selected would take the drags that move the note.
    ui.style_mut().interaction.selectable_labels = false;
    CommonMarkViewer::new().show(ui, &mut CommonMarkCache::default(), &note.text);
}

fn write(ui: &mut Ui, inside: Rect, view: &mut View, actions: &mut Vec<Action>) {
    let Some((note, text)) = &mut view.writing else { return };
    let edit = TextEdit::multiline(text).frame(egui::Frame::NONE).desired_width(inside.width()).desired_rows(3);
    let response = ui.add_sized(inside.size(), edit.hint_text("Markdown"));
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, format!("note {}", *note + 1)));
    if response.changed() {
        actions.push(Action::EditNote { note: *note, text: text.clone() });
    }
    let left = ui.input(|input| input.key_pressed(Key::Escape)) || response.lost_focus();
    if left {
        view.writing = None;
    } else if !response.has_focus() {
        response.request_focus();
    }
}

/// Everything in it as large as the canvas is.
fn scale(ui: &mut Ui, zoom: f32) {
    let style = ui.style_mut();
    for font in style.text_styles.values_mut() {
        font.size *= zoom;
    }
    style.spacing.item_spacing *= zoom;
}
