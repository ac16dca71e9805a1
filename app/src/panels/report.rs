//! What the last run did: how it ended, what went wrong, the files it wrote, and the rows at every node.

use std::path::Path;

use egui::{Align2, FontId, OpenUrl, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use pipewright_engine::problem::Severity;
use pipewright_runner::cli::words::{bytes, count, rows, thousands};
use pipewright_runner::job::{NodeReport, Outcome, Report, SourceReport, StageReport, Written};

use super::{heading, node_link, nothing, paint_text, reveal, sign_of, weak};
use crate::action::Action;
use crate::icons;
use crate::runs::outcome;
use crate::theme::{ROUND, gap, palette, size, strong};

pub fn show(ui: &mut Ui, report: Option<&Report>, actions: &mut Vec<Action>) {
    let Some(report) = report else {
        nothing(ui, "play", "Nothing has run yet", "Run the pipeline to see here what it read and wrote.");
        return;
    };
    ScrollArea::vertical().id_salt("report").auto_shrink([false, false]).show(ui, |ui| {
        head(ui, report);
        problems(ui, report, actions);
        part(ui, "Written", &report.written, |ui, written| self::written(ui, written, actions));
        part(ui, "Sources", &report.sources, |ui, source| self::source(ui, source, actions));
        part(ui, "Stages", &report.stages.iter().enumerate().collect::<Vec<_>>(), |ui, stage| self::stage(ui, *stage));
        nodes(ui, &report.nodes, actions);
    });
}

fn head(ui: &mut Ui, report: &Report) {
    let colors = palette(ui.ctx());
    let (icon, color) = match report.outcome {
        Outcome::Done => ("circle_check", colors.good),
        Outcome::Failed => sign_of(Severity::Error, colors),
        Outcome::Cancelled => ("square", colors.weak),
    };
    ui.horizontal(|ui| {
        icons::show(ui, icon, size::HEADING, color);
        ui.label(RichText::new(outcome(report)).font(strong(size::HEADING)));
    });
    let rejected: u64 = report.nodes.iter().map(|node| node.rejected).sum();
    if rejected > 0 {
        let text = format!("{} rejected", count(rejected, "row"));
        ui.label(RichText::new(text).color(colors.rejected));
    }
    if !report.parameters.is_empty() {
        let values: Vec<String> = report.parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        weak(ui, values.join(", "));
    }
}

/// What made it fail stands before everything else; rejected rows come with their first cases.
fn problems(ui: &mut Ui, report: &Report, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    for problem in &report.problems {
        let (icon, color) = sign_of(problem.severity, colors);
        ui.horizontal_wrapped(|ui| {
            icons::show(ui, icon, size::HEADING, color);
            if let Some(node) = &problem.node {
                node_link(ui, node, actions);
            }
            ui.label(RichText::new(&problem.message).color(colors.text));
            if let Some(suggestion) = &problem.suggestion {
                weak(ui, suggestion);
            }
        });
    }
}

fn part<T>(ui: &mut Ui, title: &str, items: &[T], mut show: impl FnMut(&mut Ui, &T)) {
    if items.is_empty() {
        return;
    }
    ui.add_space(gap::M);
    heading(ui, title);
    for item in items {
        ui.horizontal(|ui| show(ui, item));
    }
}

fn written(ui: &mut Ui, written: &Written, actions: &mut Vec<Action>) {
    let Written { node, path, rows, bytes: size, files } = written;
    node_link(ui, node, actions);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    ui.label(&name).on_hover_text(path.display().to_string());
    let files = if *files > 1 { format!(" in {}", count(*files as u64, "file")) } else { String::new() };
    weak(ui, format!("{}, {}{files}", count(*rows, "row"), bytes(*size)));
    if icons::button(ui, "copy", &format!("Copy path of {name}")).clicked() {
        ui.ctx().copy_text(path.display().to_string());
    }
    if let Some(folder) = path.parent()
        && icons::button(ui, "folder_open", &format!("Open folder of {name}")).clicked()
    {
        ui.ctx().open_url(OpenUrl::new_tab(url(folder)));
    }
}

/// The folder as the system's file manager is asked for it.
pub fn url(folder: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let path = folder.to_string_lossy().into_owned();
    let text = path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    format!("file://{}", text.collect::<String>())
}

fn source(ui: &mut Ui, source: &SourceReport, actions: &mut Vec<Action>) {
    let SourceReport { node, file, bytes: size, records, rejected, read_as } = source;
    node_link(ui, node, actions);
    ui.label(file);
    weak(ui, format!("{}, {}, {read_as}", count(*records, "record"), bytes(*size)));
    if *rejected > 0 {
        let color = palette(ui.ctx()).rejected;
        ui.label(RichText::new(format!("{} rejected", thousands(*rejected))).color(color));
    }
}

fn stage(ui: &mut Ui, (at, stage): (usize, &StageReport)) {
    let StageReport { nodes, scans, seconds, holding } = stage;
    ui.label((at + 1).to_string());
    let held = if holding.is_empty() { String::new() } else { format!("; held in memory: {}", holding.join(", ")) };
    weak(ui, format!("{seconds:.2} s, {}: {}{held}", count(*scans as u64, "scan"), nodes.join(", ")));
}

/// Numbers have columns of this width; the name has what is left, within bounds.
const NUMBER: f32 = 92.0;
const NAME: (f32, f32) = (120.0, 260.0);

/// A line for each node. Only those in view are drawn: there may be thousands.
fn nodes(ui: &mut Ui, nodes: &[NodeReport], actions: &mut Vec<Action>) {
    if nodes.is_empty() {
        return;
    }
    ui.add_space(gap::M);
    heading(ui, "Nodes");
    let height = ui.spacing().interact_size.y;
    let (all, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), height * (nodes.len() + 1) as f32), Sense::hover());
    let name = (all.width() - 3.0 * NUMBER).clamp(NAME.0, NAME.1);
    let line = |at: usize| Rect::from_min_size(all.min + vec2(0.0, height * at as f32), vec2(all.width(), height));
    let weak = palette(ui.ctx()).weak;
    cells(ui, line(0), name, ["", "rows in", "rows out", "rejected", ""].map(|text| (text.to_owned(), weak)));
    for (at, node) in nodes.iter().enumerate() {
        let rect = line(at + 1);
        if ui.is_rect_visible(rect) {
            node_line(ui, rect, name, node, actions);
        }
    }
}

fn node_line(ui: &mut Ui, rect: Rect, name: f32, node: &NodeReport, actions: &mut Vec<Action>) {
    let colors = palette(ui.ctx());
    let response = ui.interact(rect, ui.scope_id().with(("report", &node.node)), Sense::click());
    let mut outputs = node.rows_out.iter();
    let main = outputs.next().map_or_else(|| "–".to_owned(), |(_, count)| rows(*count));
    let others = outputs.filter(|(name, _)| name.as_str() != "rejected");
    let others: Vec<String> = others.map(|(name, count)| format!("{name} {}", rows(*count))).collect();
    let (rows_in, rejected) = (rows(node.rows_in), thousands(node.rejected));
    response.widget_info(|| {
        let label = format!("{}: {rows_in} in, {main} out, {rejected} rejected", node.node);
        WidgetInfo::labeled(egui::Role::Link, true, label)
    });
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, ROUND, colors.hover);
    }
    let rejects = if node.rejected > 0 { colors.rejected } else { colors.faint };
    let line = [
        (node.node.clone(), colors.text),
        (rows_in, colors.text),
        (main, colors.text),
        (rejected, rejects),
        (others.join(", "), colors.weak),
    ];
    cells(ui, rect, name, line);
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        actions.push(reveal(&node.node, None));
    }
}

/// A name, three numbers to the right, and what else there is to say.
fn cells(ui: &Ui, line: Rect, name: f32, cells: [(String, egui::Color32); 5]) {
    let font = FontId::proportional(size::BODY);
    let mut left = line.left() + gap::S;
    let widths = [name, NUMBER, NUMBER, NUMBER, (line.right() - left - name - 3.0 * NUMBER).max(0.0)];
    for (at, ((text, color), width)) in cells.into_iter().zip(widths).enumerate() {
        let align = if (1..4).contains(&at) { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let rect = Rect::from_min_max(egui::pos2(left, line.top()), egui::pos2(left + width - gap::M, line.bottom()));
        left += width;
        if width > gap::M {
            paint_text(ui, rect, align, &text, font.clone(), color);
        }
    }
}
