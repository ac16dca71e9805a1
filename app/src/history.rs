//! Undo and redo: snapshots of the whole pipeline, taken when nobody is in the middle of something.
//!
//! Nobody has to announce a change. Each frame tells what the pipeline is and whether somebody is interacting; a point falls as
//! soon as it differs from the last one and nobody is. So a drag is one step, and so is a burst of typing.

use std::sync::Arc;

use pipewright_engine::pipeline::Pipeline;

/// Steps that are kept. They share what they have in common only as a whole, so that there must be an end.
const MOST: usize = 1_000;

pub struct History {
    /// The last entry is the present, as far as a point has fallen.
    past: Vec<Arc<Pipeline>>,
    future: Vec<Arc<Pipeline>>,
}

impl History {
    pub fn new(pipeline: Arc<Pipeline>) -> Self {
        Self { past: vec![pipeline], future: Vec::new() }
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
        self.past.last().is_some_and(|last| Arc::ptr_eq(last, pipeline) || last == pipeline)
    }

    fn point(&mut self, pipeline: &Arc<Pipeline>) {
        self.past.push(Arc::clone(pipeline));
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
        self.past.last().cloned()
    }

    pub fn redo(&mut self, pipeline: &Arc<Pipeline>) -> Option<Arc<Pipeline>> {
        if !self.is_present(pipeline) {
            // Something was changed since: what was undone is gone.
            self.point(pipeline);
            return None;
        }
        let next = self.future.pop()?;
        self.past.push(Arc::clone(&next));
        Some(next)
    }

    pub fn can_undo(&self, pipeline: &Arc<Pipeline>) -> bool {
        self.past.len() > 1 || !self.is_present(pipeline)
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}
