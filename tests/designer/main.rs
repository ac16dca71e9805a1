//! The designer by label, without a screen.

#![allow(clippy::unwrap_used)]

mod data;
mod runs;
