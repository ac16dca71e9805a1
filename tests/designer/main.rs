//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod canvas;
mod runs;
