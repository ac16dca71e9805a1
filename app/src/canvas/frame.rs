//! All that painting one frame needs to know.

use std::sync::Arc;

use egui::{Context, Painter, Pos2, Rect, Vec2};

use super::camera::{Camera, Detail};
use super::gestures::Gesture;
use super::graph::{Graph, Wire};
use super::hits::Hit;
use super::status::Standing;
use super::{Scene, Selection, View};
use crate::theme::{self, Palette};

pub struct Frame<'a> {
    pub scene: &'a Scene<'a>,
    pub graph: Arc<Graph>,
    pub standing: Standing<'a>,
    pub camera: Camera,
    pub detail: Detail,
    pub palette: &'static Palette,
    pub painter: Painter,
    /// The blocks in sight.
    pub shown: Vec<usize>,
    pub lifted: Lifted,
    pub selection: Selection,
    selected: Vec<bool>,
    pub hover: Hit,
}

/// What is being dragged, and how far.
#[derive(Clone, Debug, Default)]
pub struct Lifted {
    /// By block; empty where nothing is.
    blocks: Vec<bool>,
    by: Vec2,
}

impl Lifted {
    pub fn of(view: &View, graph: &Graph) -> Self {
        let Gesture::Move { nodes, by, .. } = &view.gesture else { return Self::default() };
        let mut blocks = vec![false; graph.blocks.len()];
        nodes.iter().filter_map(|name| graph.find(name)).for_each(|block| blocks[block] = true);
        Self { blocks, by: *by }
    }

    pub fn holds(&self, block: usize) -> bool {
        self.blocks.get(block).copied().unwrap_or(false)
    }

    fn offset(&self, block: usize) -> Vec2 {
        if self.holds(block) { self.by } else { Vec2::ZERO }
    }
}

impl<'a> Frame<'a> {
    pub fn new(ui: &egui::Ui, scene: &'a Scene<'a>, view: &View) -> Self {
        let graph = view.graph().unwrap_or_else(|| Arc::new(Graph::new(scene.pipeline)));
        let camera = view.camera();
        let lifted = Lifted::of(view, &graph);
        // Names of outputs and counts stand to the right of a node.
        let seen = camera.seen().expand2(Vec2::new(100.0, 20.0));
        let mut selected = vec![false; graph.blocks.len()];
        view.selection.nodes.iter().filter_map(|name| graph.find(name)).for_each(|block| selected[block] = true);
        let mut frame = Self {
            scene,
            standing: Standing::new(scene, view.last_run_holds()),
            camera,
            detail: camera.detail(),
            palette: theme::palette(ui.ctx()),
            painter: ui.painter().with_clip_rect(camera.panel.intersect(ui.clip_rect())),
            shown: Vec::new(),
            lifted,
            selection: view.selection.clone(),
            selected,
            hover: view.hover.clone(),
            graph,
        };
        let (still, lifted): (Vec<usize>, Vec<usize>) = (0..frame.graph.blocks.len())
            .filter(|block| frame.rect(*block).intersects(seen))
            .partition(|block| !frame.lifted.holds(*block));
        // What is dragged is drawn above all else.
        frame.shown = still.into_iter().chain(lifted).collect();
        frame
    }

    pub fn ctx(&self) -> &Context {
        self.painter.ctx()
    }

    pub fn is_selected(&self, block: usize) -> bool {
        self.selected.get(block).copied().unwrap_or(false)
    }

    /// On the canvas.
    pub fn rect(&self, block: usize) -> Rect {
        self.graph.blocks[block].rect.translate(self.lifted.offset(block))
    }

    pub fn on_screen(&self, block: usize) -> Rect {
        self.camera.rect(self.rect(block))
    }

    pub fn input(&self, (block, port): (usize, usize)) -> Pos2 {
        let offset = self.graph.blocks[block].inputs.get(port).map(|port| port.offset).unwrap_or_default();
        self.camera.to_screen(self.rect(block).min + offset)
    }

    pub fn output(&self, (block, port): (usize, usize)) -> Pos2 {
        let offset = self.graph.blocks[block].outputs.get(port).map(|port| port.offset).unwrap_or_default();
        self.camera.to_screen(self.rect(block).min + offset)
    }

    pub fn ends(&self, wire: &Wire) -> (Pos2, Pos2) {
        (self.output(wire.from), self.input(wire.to))
    }

    /// A length of the canvas on the screen.
    pub fn length(&self, units: f32) -> f32 {
        units * self.camera.zoom
    }
}
