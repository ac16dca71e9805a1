//! What the keyboard does in a grid that has the focus.

use egui::{Event, Key, Modifiers};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stroke {
    /// Moves the active cell; with `extend` the selection grows instead.
    Move {
        to: To,
        extend: bool,
    },
    Open,
    Copy,
    All,
    Leave,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum To {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    FirstColumn,
    LastColumn,
    FirstRow,
    LastRow,
    /// First or last row and column.
    Start,
    End,
}

/// Takes the strokes that are meant for a grid out of the input.
pub(super) fn take(ui: &egui::Ui) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    ui.input_mut(|input| {
        input.events.retain(|event| {
            let stroke = stroke(event);
            strokes.extend(stroke);
            stroke.is_none()
        });
    });
    strokes
}

fn stroke(event: &Event) -> Option<Stroke> {
    let (key, modifiers) = match event {
        Event::Copy => return Some(Stroke::Copy),
        Event::Key { key, pressed: true, modifiers, .. } if !modifiers.alt => (*key, *modifiers),
        _ => return None,
    };
    let to = match (key, modifiers.command) {
        (Key::A, true) if !modifiers.shift => return Some(Stroke::All),
        (Key::Enter, false) => return Some(Stroke::Open),
        (Key::Escape, false) => return Some(Stroke::Leave),
        (Key::ArrowUp, false) => To::Up,
        (Key::ArrowDown, false) => To::Down,
        (Key::ArrowLeft, false) => To::Left,
        (Key::ArrowRight, false) => To::Right,
        (Key::ArrowUp, true) => To::FirstRow,
        (Key::ArrowDown, true) => To::LastRow,
        (Key::ArrowLeft, true) | (Key::Home, false) => To::FirstColumn,
        (Key::ArrowRight, true) | (Key::End, false) => To::LastColumn,
        (Key::PageUp, false) => To::PageUp,
        (Key::PageDown, false) => To::PageDown,
        (Key::Home, true) => To::Start,
        (Key::End, true) => To::End,
        _ => return None,
    };
    Some(Stroke::Move { to, extend: modifiers.contains(Modifiers::SHIFT) })
}

impl To {
    /// Where a cell is after the move, in a table of so many rows and columns of which `page` rows are seen.
    pub(super) fn from(self, (row, column): (u64, usize), rows: u64, columns: usize, page: u64) -> (u64, usize) {
        let (last_row, last_column) = (rows.saturating_sub(1), columns.saturating_sub(1));
        let (row, column) = match self {
            Self::Up => (row.saturating_sub(1), column),
            Self::Down => (row + 1, column),
            Self::Left => (row, column.saturating_sub(1)),
            Self::Right => (row, column + 1),
            Self::PageUp => (row.saturating_sub(page), column),
            Self::PageDown => (row + page, column),
            Self::FirstColumn => (row, 0),
            Self::LastColumn => (row, last_column),
            Self::FirstRow => (0, column),
            Self::LastRow => (last_row, column),
            Self::Start => (0, 0),
            Self::End => (last_row, last_column),
        };
        (row.min(last_row), column.min(last_column))
    }
}
