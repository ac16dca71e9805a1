//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod files;
mod journal;
mod panels;
mod runs;
