//! What a person wants done. Panels say it, [`crate::act`] does it.

use std::path::PathBuf;

use indexmap::IndexMap;
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::{Link, Parameter};

use crate::command::Command;
use crate::data::Look;

/// A point on the canvas, in its own units: what the file keeps.
pub type Point = (i32, i32);

/// An input of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    pub node: String,
    pub port: usize,
}

/// How a new node is wired.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Wiring {
    /// To the selected node, if that has an output and the new node an input.
    #[default]
    Selection,
    /// Not at all.
    Free,
    /// Its first free input reads this output.
    After(Link),
    /// Its main output goes into this input.
    Before(Input),
    /// It is put into the wire that ends at this input.
    Into(Input),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A node; without a place it is put beside what it is wired to.
    Add {
        step: Box<Step>,
        at: Option<Point>,
        wiring: Wiring,
    },
    Connect {
        from: Link,
        to: Input,
    },
    /// Takes away a wire, by where it ends.
    Disconnect(Input),
    /// Puts nodes somewhere.
    Place(Vec<(String, Point)>),
    /// Changes what a node does: from the form, with every letter typed.
    Edit {
        node: String,
        step: Box<Step>,
    },
    Rename {
        node: String,
        to: String,
    },
    /// Says in words what a node is for.
    About {
        node: String,
        text: String,
    },
    SetMuted {
        nodes: Vec<String>,
        muted: bool,
    },
    Parameters(IndexMap<String, Parameter>),
    PipelineAbout(String),
    AddNote {
        at: Point,
    },
    EditNote {
        note: usize,
        text: String,
    },
    PlaceNote {
        note: usize,
        at: Point,
        size: (i32, i32),
    },
    /// Repairs a problem: one of the fixes that it offers.
    Fix {
        node: String,
        fix: crate::checker::Fix,
    },

    /// What is selected from now on.
    Select(crate::canvas::Selection),
    /// Shows a node on the canvas, selected, and the parameter in its form.
    Reveal {
        node: String,
        parameter: Option<String>,
    },
    /// Opens the form of a node and goes to its first field.
    Open(String),
    /// Shows an output in the data panel.
    Show(Link),
    /// Asks for a page, a profile or all rows of a table.
    Look(Look),

    /// Nodes that read these files, where they were dropped; a pipeline among them is opened.
    Drop {
        files: Vec<PathBuf>,
        at: Option<Point>,
    },
    /// Asks which file a parameter names, then sets it. `parameter` is its path, as problems have it.
    ChooseFile {
        node: String,
        parameter: String,
        save: bool,
    },
    /// The text that the system's clipboard holds.
    Paste(String),
    OpenFile(PathBuf),
    OpenSample(&'static str),
    /// Goes on with what a program left behind that did not end well, by its place among those.
    Restore(usize),
    DiscardJournal(usize),
    Command(Command),
}
