//! Which element of a document is its record, where that is not said.

use indexmap::IndexMap;
use pipewright_engine::problem::Problem;

use super::Wanted;
use super::document::Document;
use crate::files::Located;

/// As many elements are looked at, and as many different ones.
const MOST: usize = 100_000;
const MOST_PATHS: usize = 1000;

/// An element by its path.
#[derive(Default)]
struct Seen {
    /// The most of them that stand side by side.
    most: u64,
    /// Those of the parent that is open.
    now: u64,
    /// Has elements or attributes in it.
    has_parts: bool,
}

/// The outermost element that repeats: one with parts in it, if there is any. In a document in which nothing repeats, what is in its
/// root, or the root itself.
pub(super) fn find(file: &Located, prefixes: bool) -> Result<Wanted, Problem> {
    let mut document = Document::open(file, prefixes)?;
    let mut seen: IndexMap<Vec<String>, Seen> = IndexMap::new();
    for _ in 0..MOST {
        // A mistake further down is told when the records are read.
        let next = document.next_start();
        let Some(empty) = (if seen.is_empty() { next? } else { next.ok().flatten() }) else { break };
        let path = document.path.clone();
        // What stands in this one begins to be counted anew.
        for (_, inner) in seen.iter_mut().filter(|(other, _)| other.len() == path.len() + 1 && other.starts_with(&path))
        {
            inner.now = 0;
        }
        if let Some(parent) = seen.get_mut(&path[..path.len() - 1]) {
            parent.has_parts = true;
        }
        let one = seen.entry(path).or_default();
        one.now += 1;
        one.most = one.most.max(one.now);
        one.has_parts |= document.has_attributes();
        document.skip(empty);
        if seen.len() > MOST_PATHS {
            break;
        }
    }
    let outermost = |wanted: &dyn Fn(&Seen) -> bool| {
        let found = seen.iter().filter(|(path, one)| path.len() > 1 && wanted(one));
        found.min_by_key(|(path, one)| (path.len(), std::cmp::Reverse(one.most))).map(|(path, _)| path.clone())
    };
    let names = outermost(&|one| one.most > 1 && one.has_parts)
        .or_else(|| outermost(&|one| one.most > 1))
        .or_else(|| outermost(&|one| one.has_parts))
        .or_else(|| seen.keys().next().cloned());
    Ok(Wanted { names: names.unwrap_or_default(), from_root: true })
}
