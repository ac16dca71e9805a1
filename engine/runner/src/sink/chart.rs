//! Charts as pictures, drawn from the rows that a stage has kept.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use pipewright_engine::chart;
use pipewright_engine::nodes::Chart;
use pipewright_engine::problem::Problem;
use polars::prelude::{Engine, LazyFrame, PlRefPath, ScanArgsParquet};
use resvg::{tiny_skia, usvg};

use super::unwritable;
use crate::{convert, lower};

/// The font of the pictures, so that they look the same on a server that has none.
const FONT: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.otf");

pub(super) fn write(rows: &Path, path: &Path, node: &Chart) -> Result<(), Problem> {
    let args = ScanArgsParquet { glob: false, ..ScanArgsParquet::default() };
    let kept = LazyFrame::scan_parquet(PlRefPath::new(rows.to_string_lossy()), args)
        .and_then(|kept| kept.collect_with_engine(Engine::Streaming))
        .map_err(|error| lower::problem("", &error))?;
    let table = convert::table(&kept.unwrap_single())?;
    let svg = chart::svg(&chart::draw(node, &table, (node.width as f32, node.height as f32)));
    let is_png = node.path.as_ref().is_some_and(|path| path.0.to_lowercase().ends_with(".png"));
    let picture = if is_png { png(&svg)? } else { svg.into_bytes() };
    fs::write(path, picture).map_err(|error| unwritable(&error))
}

/// Twice as many dots as points, so that it stays sharp on good screens and on paper.
fn png(svg: &str) -> Result<Vec<u8>, Problem> {
    const SHARP: f32 = 2.0;
    let failed = |why: String| Problem::new(format!("The picture can't be made: {why}.")).at("path");
    let mut options = usvg::Options { font_family: "Inter".to_owned(), ..usvg::Options::default() };
    Arc::make_mut(&mut options.fontdb).load_font_data(FONT.to_vec());
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(SHARP).ok_or_else(|| failed("it is too large".to_owned()))?;
    let pixels = tiny_skia::Pixmap::new(size.width(), size.height());
    let mut pixels = pixels.ok_or_else(|| failed("it is too large".to_owned()))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SHARP, SHARP), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}
