//! Commands without an object: menus, buttons, keys and tests all read this list.

use egui::{Key, KeyboardShortcut, Modifiers};

macro_rules! commands {
    ($($command:ident: $text:literal, $help:literal $(, $modifiers:expr, $key:ident)?;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Command { $($command,)* }

        impl Command {
            pub const ALL: &[Self] = &[$(Self::$command,)*];

            /// As it stands in menus.
            pub fn text(self) -> &'static str {
                match self { $(Self::$command => $text,)* }
            }

            /// What it does, in a sentence.
            pub fn help(self) -> &'static str {
                match self { $(Self::$command => $help,)* }
            }

            pub fn keys(self) -> Option<KeyboardShortcut> {
                match self { $(Self::$command => commands!(@keys $($modifiers, $key)?),)* }
            }
        }
    };
    (@keys) => { None };
    (@keys $modifiers:expr, $key:ident) => { Some(KeyboardShortcut::new($modifiers, Key::$key)) };
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

commands! {
    New: "New", "Start an empty pipeline", CTRL, N;
    Open: "Open…", "Open a pipeline file", CTRL, O;
    Save: "Save", "Save the pipeline to its file", CTRL, S;
    SaveAs: "Save as…", "Save the pipeline to another file", CTRL_SHIFT, S;
    Export: "Export for headless run…", "Make a folder with the pipeline, its parameters explained, and a script that runs it";
    CopyRunCommand: "Copy run command", "Put the command that runs this file on the clipboard";
    Welcome: "Welcome page", "Show recent files and samples";
    Quit: "Quit", "Close the window", CTRL, Q;

    Undo: "Undo", "Take back the last change", CTRL, Z;
    Redo: "Redo", "Do again what was taken back", CTRL_SHIFT, Z;
    Cut: "Cut", "Put the selection on the clipboard and delete it", CTRL, X;
    Copy: "Copy", "Put the selection on the clipboard, as text", CTRL, C;
    Paste: "Paste", "Add the nodes that the clipboard holds", CTRL, V;
    Duplicate: "Duplicate", "Add the selection once more", CTRL, D;
    Delete: "Delete", "Delete the selection; wires are joined where they were cut", NONE, Delete;
    SelectAll: "Select all", "Select every node", CTRL, A;
    Rename: "Rename", "Give the selected node another name", NONE, F2;
    Mute: "Mute", "Let rows pass the selected nodes unchanged, or no longer", NONE, M;

    AddNode: "Add a node…", "Search for a node to add", NONE, Tab;
    AddNote: "Add a note", "Write a text on the canvas", CTRL_SHIFT, N;
    AlignLeft: "Align left", "Put the selected nodes below each other";
    AlignTop: "Align top", "Put the selected nodes in a row";
    Arrange: "Arrange", "Lay out the selected nodes, or all, from left to right", CTRL, L;
    FitAll: "Show all", "Show the whole pipeline", NONE, Home;
    FitSelection: "Show selection", "Show the selected nodes as large as they fit", NONE, F;
    ZoomIn: "Zoom in", "Show the canvas larger", CTRL, Plus;
    ZoomOut: "Zoom out", "Show the canvas smaller", CTRL, Minus;
    ZoomReset: "Actual size", "Show the canvas at its actual size", CTRL, Num0;

    Run: "Run", "Run the whole pipeline and write its files", CTRL, Enter;
    RunToHere: "Run to here", "Run what the selected node needs, and the node", CTRL_SHIFT, Enter;
    Cancel: "Stop", "Stop the run; files stay as they were", CTRL, Period;
    Refresh: "Read sources again", "Look at the files again and show their rows", NONE, F5;

    ShowPalette: "Nodes", "Show or hide the nodes that can be added", CTRL, Num1;
    ShowInspector: "Settings", "Show or hide the settings of the selected node", CTRL, Num2;
    ShowData: "Data", "Show or hide the rows of the selected node", CTRL, Num3;
    ShowProblems: "Problems", "Show or hide what is wrong", CTRL, Num4;
    ShowLog: "Log", "Show or hide what happened", CTRL, Num5;
    ShowReport: "Report", "Show or hide what the last run did", CTRL, Num6;
    Parameters: "Parameters…", "Values that are given when the pipeline is run";

    ThemeSystem: "Like the system", "Light or dark as the system is";
    ThemeLight: "Light", "Dark text on light";
    ThemeDark: "Dark", "Light text on dark";
    Larger: "Larger text", "Show everything larger, up to 200 %", CTRL_SHIFT, Plus;
    Smaller: "Smaller text", "Show everything smaller, down to 75 %", CTRL_SHIFT, Minus;
    Keys: "Keys", "List all keys", NONE, F1;
}
