//! The designer: a window in which pipelines are drawn and their rows seen.
//!
//! State is plain data. Panels take it by reference, draw, and push [`action::Action`]s; [`act`] is the one place that carries them
//! out. All engine work happens in host processes, reached through [`engine`]; no frame ever waits for them.

pub mod act;
pub mod action;
pub mod app;
pub mod around;
pub mod canvas;
pub mod chart;
pub mod checker;
pub mod command;
pub mod data;
pub mod desk;
pub mod document;
pub mod engine;
pub mod files;
pub mod follow;
pub mod history;
pub mod icons;
pub mod inspector;
pub mod panels;
pub mod parameter;
pub mod questions;
pub mod results;
pub mod runs;
pub mod samples;
pub mod settings;
pub mod theme;
pub mod welcome;
pub mod window;
