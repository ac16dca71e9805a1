//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod canvas;
mod data;
mod dialogs;
mod files;
mod inspector;
mod journal;
mod panels;
mod runs;
mod syntax;
mod welcome;
