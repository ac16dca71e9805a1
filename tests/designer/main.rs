//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod canvas;
mod commands;
mod data;
mod dialogs;
mod files;
mod inspector;
mod journal;
mod panels;
mod runs;
mod stage;
mod story;
mod syntax;
mod ways;
mod welcome;
