//! The file format `*.pipe.ron`: a pipeline as text that reads well in a review, and reads back as what was written.
//!
//! The text is [RON](https://docs.rs/ron). Reading goes in two passes: the first finds brackets, sections and nodes, the
//! second reads each node alone, so that a mistake in one leaves the others usable; its text is kept and saved back as it
//! was. Writing gives one form: the same pipeline is always the same text.

mod brackets;
mod de;
mod mistake;
mod pieces;
mod read;
mod tokens;
mod write;

use std::borrow::Cow;

use crate::nodes::Step;
use crate::pipeline::{Pipeline, VERSION};
use crate::problem::Problem;
use pieces::Piece;
use tokens::Source;

/// The first line of every file: values need no `Some(…)`, and the fields of a step no second brackets.
const ATTRIBUTE: &str = "#![enable(implicit_some, unwrap_variant_newtypes)]";

/// A pipeline is a page or two of text. What is larger is some other file.
const LARGEST_BYTES: u64 = 16 * 1024 * 1024;

/// Reads a pipeline.
///
/// A node that can't be read is kept as [`Step::Broken`]; its problem sits in the step and is among those that come beside
/// the pipeline. Only where the rest of the file can't be read there is no pipeline.
pub fn read(text: &str) -> Result<(Pipeline, Vec<Problem>), Vec<Problem>> {
    if text.len() as u64 > LARGEST_BYTES {
        return Err(vec![too_large(text.len() as u64)]);
    }
    let text = normal(text);
    let source = Source::scan(&text).map_err(|problem| vec![problem])?;
    read::pipeline(&source)
}

/// The canonical text of a pipeline. Reading it gives the same pipeline.
///
/// Text is written as raw text (`r#"…"#`) where it has several lines, or two or more quotes and backslashes.
pub fn write(pipeline: &Pipeline) -> String {
    write::pipeline(pipeline)
}

/// The canonical form of a file's text, comments kept, and nodes that can't be read left as they are.
///
/// Refuses where something would be lost: see [`check_lossless`].
pub fn format(text: &str) -> Result<String, Vec<Problem>> {
    let (pipeline, _) = read(text)?;
    check_lossless(&pipeline)?;
    Ok(write(&pipeline))
}

/// Whether a pipeline can be written over the file it comes from: comments that stand elsewhere than above a node or a
/// section would be lost, and so might be what a newer version means.
pub fn check_lossless(pipeline: &Pipeline) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    if pipeline.version > VERSION {
        problems.push(
            Problem::new(format!("The file was written by a newer Pipewright, as version {}.", pipeline.version))
                .try_this("Change it with that one."),
        );
    }
    for &line in &pipeline.comments.misplaced {
        problems.push(
            Problem::new(format!("The comment in line {line} would be lost."))
                .try_this("Move it to lines of its own above a node or a section, or write it into an `about`.")
                .place(crate::problem::Place { line, column: 1, length: 1 }),
        );
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// A step as text, as it stands in a file: for the clipboard and for examples.
pub fn write_step(step: &Step) -> String {
    write::step(step)
}

/// Reads a step alone.
pub fn read_step(text: &str) -> Result<Step, Problem> {
    let text = normal(text);
    let source = Source::scan(&text)?;
    if source.tokens.is_empty() {
        return Err(Problem::new("There is no step.").try_this("Write one, as in Filter(condition: \"…\")."));
    }
    read::step(Piece::whole(&source))
}

/// Line ends are `\n`, whatever a version control system made of them; there is no mark at the beginning.
fn normal(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let (last, ended) = lines.split_last().unwrap_or((&"", &[]));
    // However many returns stand before it: what is read and written must not change again the next time.
    Cow::Owned(ended.iter().map(|line| line.trim_end_matches('\r')).chain([*last]).collect::<Vec<_>>().join("\n"))
}

fn too_large(bytes: u64) -> Problem {
    Problem::new(format!("The file has {bytes} bytes, and a pipeline has at most {LARGEST_BYTES}."))
        .try_this("Check that it is a pipeline file.")
}
