//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod data;
mod dialogs;
mod files;
mod grid_frames;
mod inspector;
mod journal;
mod panels;
mod runs;
mod welcome;
