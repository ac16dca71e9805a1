//! How the canvas is looked at, and what is under way on it.

use std::sync::Arc;

use egui::{Pos2, Rect, Vec2};

use super::camera::{Camera, LARGEST, MARGIN, SMALLEST};
use super::frame::Frame;
use super::gestures::Gesture;
use super::graph::Graph;
use super::hits::Hit;
use super::search::Search;
use super::sheet::Sheets;
use super::texts::Texts;
use super::{Scene, Selection};
use crate::action::Point;
use crate::chart::Charts;

/// Smaller, nodes do not show their rows.
const READABLE: f32 = 0.75;

/// How the canvas is looked at, and what is under way on it.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The canvas point in the middle of the panel.
    pub center: Vec2,
    /// Points on the screen for a unit of the canvas. Zero: it was never looked at, and all of it is shown first.
    pub zoom: f32,
    pub selection: Selection,
    pub(super) graph: Option<Arc<Graph>>,
    pub(super) panel: Option<Rect>,
    pub(super) texts: Texts,
    pub(super) sheets: Sheets,
    pub(super) charts: Charts,
    pub(super) gesture: Gesture,
    /// What is below the pointer.
    pub(super) hover: Hit,
    /// The wire into which what is dragged would be put.
    pub(super) insert: Option<usize>,
    /// What the context menu was opened on, and where.
    pub(super) menu: Option<(Hit, Pos2)>,
    pub(super) search: Option<Search>,
    /// The note that is being written, and its text so far.
    pub(super) writing: Option<(usize, String)>,
    /// No other part of the window had the keyboard in the last frame.
    pub(super) keyboard: bool,
    wish: Option<Wish>,
    /// What was looked at first, as long as nobody has looked elsewhere.
    first: Option<(Vec2, f32)>,
    visible: Vec<String>,
    run: LastRun,
}

/// A change of the view that needs the panel's size: carried out in the next frame.
#[derive(Clone, Debug)]
enum Wish {
    ShowAll,
    ShowSelection,
    Reveal(String),
}

/// Whether the last run was of the pipeline as it is.
#[derive(Clone, Debug, Default)]
struct LastRun {
    /// Tells one report from another: the instant of its run.
    report: Option<String>,
    running: bool,
    outdated: bool,
}

impl View {
    /// Shows the whole pipeline.
    pub fn show_all(&mut self) {
        self.wish = Some(Wish::ShowAll);
    }

    /// Shows the selected nodes as large as they fit.
    pub fn show_selection(&mut self) {
        self.wish = Some(Wish::ShowSelection);
    }

    /// Moves the view so that the node is in it, if it is not.
    pub fn bring_into_view(&mut self, node: &str) {
        self.wish = Some(Wish::Reveal(node.to_owned()));
    }

    /// Zooms about the middle.
    pub fn zoom_by(&mut self, factor: f32) {
        self.zoom = (self.zoom * factor).clamp(SMALLEST, LARGEST);
    }

    pub fn zoom_to(&mut self, zoom: f32) {
        self.zoom = zoom.clamp(SMALLEST, LARGEST);
    }

    /// Where it lies in the window, as of the last frame.
    pub fn panel(&self) -> Option<Rect> {
        self.panel
    }

    /// The nodes that are in view, in reading order, as of the last frame.
    pub fn visible(&self) -> &[String] {
        &self.visible
    }

    /// Whether something is under way that should become one step of the history: a drag.
    pub fn is_busy(&self) -> bool {
        !matches!(self.gesture, Gesture::Idle)
    }

    /// Whether keys are meant for the canvas, as of the last frame.
    pub fn has_keyboard(&self) -> bool {
        self.keyboard
    }

    /// Where a new node or note goes that nobody gave a place: the middle of what is seen.
    pub fn middle(&self) -> Point {
        let half = Vec2::new(super::NODE.0 as f32, super::NODE.1 as f32) / 2.0;
        super::graph::snapped((self.center - half).to_pos2())
    }

    pub(super) fn camera(&self) -> Camera {
        Camera { panel: self.panel.unwrap_or(Rect::ZERO), center: self.center, zoom: self.zoom }
    }

    pub(super) fn look(&mut self, camera: Camera) {
        (self.center, self.zoom) = (camera.center, camera.zoom);
    }

    pub(super) fn graph(&self) -> Option<Arc<Graph>> {
        self.graph.clone()
    }

    pub(super) fn begin(&mut self, ui: &egui::Ui, scene: &Scene, panel: Rect) {
        let resized = self.panel.replace(panel) != Some(panel);
        self.texts.begin(ui.painter());
        self.sheets.begin();
        self.follow(scene);
        // A window gets its size a moment after it is opened.
        let untouched = self.first == Some((self.center, self.zoom));
        if self.zoom <= 0.0 || resized && untouched {
            self.begin_at_sources();
        }
        if let Some(wish) = self.wish.take() {
            self.carry_out(wish);
        }
    }

    /// The first look at a pipeline: all of it if that can be read, else where it begins.
    fn begin_at_sources(&mut self) {
        let mut camera = Camera { zoom: 1.0, ..self.camera() };
        let graph = self.graph();
        if let Some(bounds) = graph.as_ref().and_then(|graph| graph.bounds(None)) {
            camera.fit(bounds, 1.0);
            if camera.zoom < READABLE {
                camera.zoom = READABLE;
                let side = |length: f32| length / READABLE / 2.0 - MARGIN / READABLE;
                camera.center.x = bounds.left() + side(camera.panel.width());
                let half = side(camera.panel.height());
                let blocks = graph.iter().flat_map(|graph| &graph.blocks).map(|block| block.rect);
                let first = blocks.min_by(|a, b| a.left().total_cmp(&b.left()).then(a.top().total_cmp(&b.top())));
                if let Some(first) = first.filter(|_| bounds.height() > 2.0 * half) {
                    camera.center.y = first.center().y.clamp(bounds.top() + half, bounds.bottom() - half);
                }
            }
        }
        self.look(camera);
        self.first = Some((self.center, self.zoom));
    }

    fn follow(&mut self, scene: &Scene) {
        let running = scene.runs.current.is_some();
        if self.graph.as_ref().is_none_or(|graph| !graph.is_of(scene.pipeline)) {
            self.run.outdated |= self.graph.as_ref().is_some_and(|graph| !graph.does_as(scene.pipeline));
            self.graph = Some(Arc::new(Graph::new(scene.pipeline)));
        }
        let report = scene.runs.last.as_ref().map(|report| report.now.clone());
        // A run that began and ended between two frames was of what is there now.
        if !self.run.running && (running || report != self.run.report) {
            self.run.outdated = false;
        }
        (self.run.running, self.run.report) = (running, report);
    }

    pub(super) fn last_run_holds(&self) -> bool {
        !self.run.outdated
    }

    fn carry_out(&mut self, wish: Wish) {
        let Some(graph) = self.graph() else { return };
        let mut camera = self.camera();
        match wish {
            Wish::ShowAll => {
                if let Some(bounds) = graph.bounds(None) {
                    camera.fit(bounds, 1.0);
                }
            }
            Wish::ShowSelection => {
                if let Some(bounds) = graph.bounds(Some(&self.selection.nodes)) {
                    camera.fit(bounds, 1.5);
                }
            }
            Wish::Reveal(node) => {
                let Some(block) = graph.find(&node) else { return };
                let rect = graph.blocks[block].rect;
                if !camera.seen().contains_rect(rect) {
                    camera.center = rect.center().to_vec2();
                    camera.zoom = camera.zoom.max(0.75);
                }
            }
        }
        self.look(camera);
    }

    pub(super) fn note_visible(&mut self, frame: &Frame) {
        let blocks = &frame.graph.blocks;
        let mut shown = frame.shown.clone();
        let place = |block: &usize| (blocks[*block].rect.left() as i32, blocks[*block].rect.top() as i32);
        shown.sort_by_key(place);
        let names = || shown.iter().map(|block| &blocks[*block].name);
        if self.visible.len() != shown.len() || !names().eq(&self.visible) {
            self.visible = names().cloned().collect();
        }
    }
}
