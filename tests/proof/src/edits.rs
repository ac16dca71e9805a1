//! From an edit to its new rows.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipewright_app::engine::{Engine, Said, Wish, Work};
use pipewright_engine::formula::Formula;
use pipewright_engine::nodes::{Filter, Step};
use pipewright_engine::pipeline::{Link, Node, Pipeline};
use pipewright_runner::show::News;

use crate::figures::Times;

const NODES: usize = 100;
const EDITS: usize = 200;

pub fn measure() -> Result<(), String> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/orders/orders.pipe.ron");
    let text = std::fs::read_to_string(&sample).map_err(|error| error.to_string())?;
    let (mut pipeline, _) = pipewright_engine::file::read(&text).map_err(|_| "the sample can't be read")?;
    let added = grow(&mut pipeline);
    let mut bench = Bench { engine: Engine::new(Box::new(crate::start), || {}), pipeline, file: sample };
    bench.show(&added[0])?;
    let (mut first, mut all) = (Times::default(), Times::default());
    for edit in 0..EDITS {
        // Spread over the graph, the same in every run.
        let name = &added[edit * 37 % added.len()];
        if let Some(node) = bench.pipeline.nodes.get_mut(name) {
            node.step = condition(edit + 1_000);
        }
        let (shown, done) = bench.show(name)?;
        first.add(shown);
        all.add(done);
    }
    first.print(&format!("{NODES} nodes, rows of the node edited"));
    all.print(&format!("{NODES} nodes, rows of all nodes"));
    Ok(())
}

/// Chains of filters behind every node of the sample that gives rows, until there are enough.
fn grow(pipeline: &mut Pipeline) -> Vec<String> {
    let gives = |node: &Node| node.step.card().is_ok_and(|card| !card.outputs.is_empty());
    let mut ends: Vec<String> =
        pipeline.nodes.iter().filter(|(_, node)| gives(node)).map(|(name, _)| name.clone()).collect();
    let mut added = Vec::new();
    while pipeline.nodes.len() < NODES {
        let at = added.len() % ends.len();
        let name = format!("added {}", added.len());
        let from = vec![Some(Link { node: ends[at].clone(), output: None })];
        pipeline.nodes.insert(name.clone(), Node { step: condition(added.len()), from, ..Node::default() });
        ends[at].clone_from(&name);
        added.push(name);
    }
    added
}

/// Always true, and each time another one.
fn condition(number: usize) -> Step {
    Step::Filter(Filter { condition: Formula(format!("{number} > -1")), ..Filter::default() })
}

struct Bench {
    engine: Engine,
    pipeline: Pipeline,
    file: std::path::PathBuf,
}

impl Bench {
    /// How long it takes until the node is shown, and until everything is.
    fn show(&mut self, node: &str) -> Result<(Duration, Duration), String> {
        let begun = Instant::now();
        let mut wanted = vec![node.to_owned()];
        wanted.extend(self.pipeline.nodes.keys().filter(|name| *name != node).cloned());
        let work = Work { pipeline: Arc::new(self.pipeline.clone()), file: self.file.clone() };
        let id = self.engine.wish(Wish::Show(work, wanted));
        let mut first = None;
        loop {
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("no answer within a minute".to_owned());
            }
            std::thread::sleep(Duration::from_micros(200));
            for said in self.engine.said() {
                let news = match said {
                    Said::News(of, news) if of == id => *news,
                    Said::News(..) => continue,
                    Said::Lost(problem) => return Err(problem.to_string()),
                };
                match news {
                    News::Output(output) if output.node == node => {
                        first.get_or_insert(begun.elapsed());
                    }
                    News::Shown { .. } => {
                        let all = begun.elapsed();
                        return first.map(|first| (first, all)).ok_or(format!("{node} was not shown"));
                    }
                    News::Failed(problems) => return Err(format!("{problems:?}")),
                    _ => {}
                }
            }
        }
    }
}
