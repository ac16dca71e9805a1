//! What surrounds the running of a pipeline: where its files come from, and how its outputs appear.

#![allow(clippy::unwrap_used)]

mod commit;
mod files;
