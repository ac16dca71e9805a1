//! What is being worked on: a pipeline, where its file is, and its history.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pipewright_engine::pipeline::Pipeline;

use crate::history::History;

pub struct Document {
    /// Changed through [`Document::edit`] only, which copies it once after a snapshot was taken.
    pub pipeline: Arc<Pipeline>,
    /// None for one that was never saved.
    pub path: Option<PathBuf>,
    /// What the file holds, as far as this program knows.
    pub saved: Arc<Pipeline>,
    pub history: History,
}

impl Default for Document {
    fn default() -> Self {
        Self::new(Pipeline::default(), None)
    }
}

impl Document {
    pub fn new(pipeline: Pipeline, path: Option<PathBuf>) -> Self {
        let pipeline = Arc::new(pipeline);
        Self { saved: Arc::clone(&pipeline), history: History::new(Arc::clone(&pipeline)), pipeline, path }
    }

    pub fn edit(&mut self) -> &mut Pipeline {
        Arc::make_mut(&mut self.pipeline)
    }

    pub fn is_changed(&self) -> bool {
        !Arc::ptr_eq(&self.pipeline, &self.saved) && self.pipeline != self.saved
    }

    /// The folder that paths in the pipeline are relative to, once it has a file.
    pub fn folder(&self) -> Option<&Path> {
        self.path.as_deref().and_then(Path::parent)
    }

    /// Its name, as the window's title has it.
    pub fn name(&self) -> String {
        let file = self.path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        file.unwrap_or_else(|| "Untitled".to_owned())
    }
}
