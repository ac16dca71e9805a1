//! What screen readers and tests are told of the canvas: nodes and ports that are in sight, by name.

use egui::accesskit::{Action as Wish, Node, Rect as Bounds};
use egui::{Id, Pos2, Rect, Role, Ui, vec2};

use super::camera::Detail;
use super::frame::Frame;
use super::{Selection, View};
use crate::action::Action;

/// With more nodes in sight, ports are left out.
const MOST_WITH_PORTS: usize = 300;

pub fn register(ui: &Ui, frame: &Frame, view: &View, actions: &mut Vec<Action>) {
    let ctx = ui.ctx();
    let canvas = Id::unique("canvas nodes");
    if ctx.accesskit_node_builder(canvas, |node| node.set_role(Role::Group)).is_none() {
        return;
    }
    let mut reader = Reader { frame, canvas, wishes: wishes(ui), actions };
    let mut order = frame.shown.clone();
    if order.len() <= MOST_WITH_PORTS {
        order.sort_by_key(|block| {
            let corner = frame.rect(*block).min;
            (corner.x as i32, corner.y as i32)
        });
    }
    let ports = order.len() <= MOST_WITH_PORTS && frame.detail >= Detail::Name;
    for block in order {
        reader.node(block, view);
        if ports {
            reader.ports(block);
        }
    }
}

/// What a screen reader asks for, by the id of what it asks it of.
fn wishes(ui: &Ui) -> Vec<(egui::accesskit::NodeId, Wish)> {
    ui.input(|input| {
        let asked = input.events.iter().filter_map(|event| match event {
            egui::Event::AccessKitActionRequest(request) => Some((request.target_node, request.action)),
            _ => None,
        });
        asked.collect()
    })
}

struct Reader<'a, 'b> {
    frame: &'a Frame<'a>,
    canvas: Id,
    wishes: Vec<(egui::accesskit::NodeId, Wish)>,
    actions: &'b mut Vec<Action>,
}

impl Reader<'_, '_> {
    fn write(&self, id: Id, rect: Rect, fill: impl FnOnce(&mut Node)) {
        let seen = rect.intersect(self.frame.camera.panel);
        self.frame.ctx().accesskit_node_builder(id, |node| {
            node.set_role(Role::Button);
            node.set_bounds(Bounds {
                x0: seen.left().into(),
                y0: seen.top().into(),
                x1: seen.right().into(),
                y1: seen.bottom().into(),
            });
            node.add_action(Wish::Click);
            fill(node);
        });
    }

    fn asked(&self, id: Id, wish: Wish) -> bool {
        !self.wishes.is_empty() && self.wishes.contains(&(id.accesskit_id(), wish))
    }

    fn node(&mut self, at: usize, view: &View) {
        let block = &self.frame.graph.blocks[at];
        let id = self.canvas.with(at);
        self.write(id, self.frame.on_screen(at), |node| {
            node.set_label(format!("node {}", block.name));
            node.set_value(self.value(at));
            node.set_selected(self.frame.is_selected(at));
        });
        if self.asked(id, Wish::Click) && view.selection != Selection::node(&block.name) {
            self.actions.push(Action::Select(Selection::node(&block.name)));
        }
    }

    /// What is said of a node after its name: how it stands and what it does.
    fn value(&self, at: usize) -> String {
        let block = &self.frame.graph.blocks[at];
        let status = if block.muted { "muted" } else { self.frame.standing.status(block).text() };
        if self.frame.detail == Detail::Block {
            return status.to_owned();
        }
        let problems = match self.frame.standing.troubles(&block.name).count {
            0 => String::new(),
            1 => ", 1 problem".to_owned(),
            count => format!(", {count} problems"),
        };
        format!("{}, {status}{problems}: {}", block.title, block.sentence)
    }

    fn ports(&mut self, at: usize) {
        let block = &self.frame.graph.blocks[at];
        for (port, _) in block.inputs.iter().enumerate() {
            let label = format!("input {} {}", block.name, port + 1);
            let rect = around(self.frame.input((at, port)));
            let wire = block.inputs[port].wire.map(|wire| self.frame.graph.link(self.frame.graph.wires[wire].from));
            let value = wire.map_or_else(|| "not wired".to_owned(), |link| format!("reads {link}"));
            self.write(self.canvas.with((at, "input", port)), rect, |node| {
                node.set_label(label);
                node.set_value(value);
            });
        }
        for (port, _) in block.outputs.iter().enumerate() {
            let link = self.frame.graph.link((at, port));
            let id = self.canvas.with((at, "output", port));
            let rows = self.frame.standing.rows(&self.frame.graph, (at, port));
            self.write(id, around(self.frame.output((at, port))), |node| {
                node.set_label(format!("output {link}"));
                if let Some(rows) = rows {
                    node.set_value(format!("{} rows", rows.text()));
                }
            });
            if self.asked(id, Wish::Click) {
                self.actions.push(Action::Show(link));
            }
        }
    }
}

fn around(port: Pos2) -> Rect {
    Rect::from_center_size(port, vec2(10.0, 10.0))
}
