//! The file format.

use crate::pipeline::Pipeline;
use crate::problem::Problem;

pub fn read(_text: &str) -> Result<(Pipeline, Vec<Problem>), Vec<Problem>> {
    Ok((Pipeline::default(), Vec::new()))
}

pub fn format(text: &str) -> Result<String, Vec<Problem>> {
    Ok(text.trim_end().to_owned() + "\n")
}
