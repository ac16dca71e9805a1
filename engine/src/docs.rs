//! The reference, from the declarations of the nodes.

use crate::nodes::{CATALOG, Kind};

pub fn overview() -> String {
    CATALOG.iter().map(|kind| format!("- {}\n", kind.name)).collect()
}

pub fn reference(kind: &Kind) -> String {
    format!("# {}\n\n{}\n", kind.name, kind.help)
}

pub fn reference_json(kind: &Kind) -> String {
    reference(kind)
}
