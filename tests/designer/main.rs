//! The designer without a screen: its parts by the names that screen readers use.

#![allow(clippy::unwrap_used)]

mod data;
mod grid_frames;
