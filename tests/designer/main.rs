//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod canvas;
mod crash;
mod data;
#[cfg(target_os = "linux")]
mod desktop;
mod dialogs;
mod files;
mod inspector;
mod journal;
mod panels;
mod runs;
mod stage;
mod syntax;
mod welcome;
