//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod canvas;
#[path = "../chance.rs"]
mod chance;
mod commands;
mod crash;
mod data;
mod desktop;
mod dialogs;
mod engine;
mod files;
mod hosts;
mod inspector;
mod journal;
mod keyboard;
mod leaving;
mod panels;
mod runs;
mod stage;
mod story;
mod syntax;
#[path = "../tools.rs"]
mod tools;
mod undo;
mod verdicts;
mod ways;
mod welcome;
mod words;
