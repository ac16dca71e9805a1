//! Undo and redo: snapshots of the whole pipeline, taken when nobody is in the middle of something.
//!
//! Nobody has to announce a change. Each frame tells what the pipeline is and whether somebody is interacting; a point falls as
//! soon as it differs from the last one and nobody is. So a drag is one step, and so is a burst of typing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pipewright_engine::pipeline::Pipeline;

use crate::desk::rebased;

/// Steps that are kept. They share what they have in common only as a whole, so that there must be an end.
const MOST: usize = 1_000;

#[derive(Clone)]
pub struct History {
    /// The last entry is the present, as far as a point has fallen.
    past: Vec<Point>,
    future: Vec<Point>,
    /// From where to where the file has moved: what is gone back to has its paths start from where the file is now.
    moves: Vec<(PathBuf, PathBuf)>,
}

#[derive(Clone)]
struct Point {
    pipeline: Arc<Pipeline>,
    /// How many of the moves it has followed. The others wait until it is gone to: rewriting all points would take long.
    moves: usize,
}

impl History {
    pub fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { past: vec![Point { pipeline, moves: 0 }], future: Vec::new(), moves: Vec::new() }
    }

    /// Told once a frame. True where a point fell.
    pub fn watch(&mut self, pipeline: &Arc<Pipeline>, busy: bool) -> bool {
        if busy || self.is_present(pipeline) {
            return false;
        }
        self.point(pipeline);
        true
    }

    /// Whether a point has fallen for it: nobody is in the middle of something.
    pub fn is_present(&self, pipeline: &Arc<Pipeline>) -> bool {
        self.past.last().is_some_and(|last| Arc::ptr_eq(&last.pipeline, pipeline) || last.pipeline == *pipeline)
    }

    fn point(&mut self, pipeline: &Arc<Pipeline>) {
        self.past.push(Point { pipeline: Arc::clone(pipeline), moves: self.moves.len() });
        self.future.clear();
        if self.past.len() > MOST + 1 {
            self.past.remove(0);
        }
    }

    /// What the pipeline was before the last change, even one that no point has fallen for yet.
    pub fn undo(&mut self, pipeline: &Arc<Pipeline>) -> Option<Arc<Pipeline>> {
        if !self.is_present(pipeline) {
            self.point(pipeline);
        }
        if self.past.len() < 2 {
            return None;
        }
        self.future.extend(self.past.pop());
        self.present()
    }

    pub fn redo(&mut self, pipeline: &Arc<Pipeline>) -> Option<Arc<Pipeline>> {
        if !self.is_present(pipeline) {
            // Something was changed since: what was undone is gone.
            self.point(pipeline);
            return None;
        }
        let next = self.future.pop()?;
        self.past.push(next);
        self.present()
    }

    /// The file is in another folder from now on. Says what the pipeline is there; that is no step of its own.
    pub fn move_file(&mut self, pipeline: &Arc<Pipeline>, from: &Path, to: &Path) -> Option<Arc<Pipeline>> {
        if !self.is_present(pipeline) {
            self.point(pipeline);
        }
        self.moves.push((from.to_owned(), to.to_owned()));
        self.present()
    }

    fn present(&mut self) -> Option<Arc<Pipeline>> {
        let present = self.past.last_mut()?;
        for (from, to) in &self.moves[present.moves..] {
            present.pipeline = rebased(&present.pipeline, from, to);
        }
        present.moves = self.moves.len();
        Some(Arc::clone(&present.pipeline))
    }

    pub fn can_undo(&self, pipeline: &Arc<Pipeline>) -> bool {
        self.past.len() > 1 || !self.is_present(pipeline)
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}
