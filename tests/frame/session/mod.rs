//! What the engine keeps for a designer and tells it.

mod edits;
mod files;
mod serve;
mod shown;
mod views;

use std::cell::RefCell;
use std::fs;
use std::sync::Arc;

use pipewright_engine::nodes::Step;
use pipewright_engine::table::Table;
use pipewright_runner::engine::engine;
use pipewright_runner::host::{Cancel, Engine};
use pipewright_runner::job::Job;
use pipewright_runner::show::{Ask, Found, News, Output, Page, PageRows, Profile, View};

/// A session with a folder of files.
struct Desk {
    folder: tempfile::TempDir,
    engine: Arc<dyn Engine>,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), engine: engine() }
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn job(&self, nodes: &str) -> Job {
        let text = format!("#![enable(implicit_some, unwrap_variant_newtypes)]\n(version: 1, nodes: {{{nodes}}})");
        Job { file: self.folder.path().join("x.pipe.ron"), text, ..Job::default() }
    }

    fn show(&self, nodes: &str, wanted: &[&str]) -> Told {
        show(self.engine.as_ref(), self.job(nodes), wanted)
    }

    fn exact(&self, nodes: &str, node: &str) -> Told {
        ask(self.engine.as_ref(), &Ask::Exact(self.job(nodes), node.into()))
    }

    fn page(&self, page: Page) -> PageRows {
        let News::Page(rows) = self.engine.look(&Ask::Page(page)) else { panic!("a page is answered with one") };
        rows
    }

    fn profile(&self, output: &Output, column: usize) -> Profile {
        let asked = Ask::Profile { table: output.table.clone(), column };
        let News::Profile(profile) = self.engine.look(&asked) else { panic!("a profile is answered with one") };
        profile
    }

    fn rows(&self, output: &Output) -> Table {
        rows(self.engine.as_ref(), output)
    }

    fn sniff(&self, path: &str) -> Result<Step, String> {
        match self.engine.look(&Ask::Sniff { job: self.job(""), path: path.into() }) {
            News::Sniffed(step) => Ok(step),
            News::Failed(problems) => Err(problems[0].to_string()),
            news => panic!("{news:?}"),
        }
    }
}

/// What was told of a wish, in order.
pub struct Told(Vec<News>);

impl Told {
    fn outputs(&self) -> impl Iterator<Item = &Output> {
        self.0.iter().filter_map(|news| if let News::Output(output) = news { Some(output) } else { None })
    }

    pub fn output(&self, node: &str, at: usize) -> &Output {
        let found = self.outputs().find(|output| output.node == node && output.output == at);
        found.unwrap_or_else(|| panic!("no output {at} of {node} in {:?}", self.0))
    }

    fn computed(&self) -> Vec<&str> {
        let Some(News::Shown { computed }) = self.0.last() else { panic!("{:?}", self.0) };
        computed.iter().map(String::as_str).collect()
    }

    /// The message of the trouble with a node.
    fn trouble(&self, wanted: &str) -> Option<&str> {
        self.0.iter().find_map(|news| match news {
            News::Trouble { node, problems } if node == wanted => Some(problems[0].message.as_str()),
            _ => None,
        })
    }

    fn found(&self, wanted: &str) -> Result<&Found, String> {
        let found = self.0.iter().find_map(|news| match news {
            News::Source { node, found, .. } if node == wanted => Some(found),
            _ => None,
        });
        found.unwrap().as_ref().map_err(ToString::to_string)
    }
}

pub fn ask(engine: &dyn Engine, ask: &Ask) -> Told {
    let news = RefCell::new(Vec::new());
    let last = engine.show(ask, &Cancel::default(), &|told| news.borrow_mut().push(told));
    let mut news = news.into_inner();
    news.push(last);
    Told(news)
}

fn show(engine: &dyn Engine, job: Job, wanted: &[&str]) -> Told {
    ask(engine, &Ask::Show(job, wanted.iter().map(|name| (*name).to_owned()).collect()))
}

fn whole(output: &Output) -> Page {
    Page { table: output.table.clone(), rows: 0..u64::MAX, columns: 0..usize::MAX, view: View::default() }
}

pub fn rows(engine: &dyn Engine, output: &Output) -> Table {
    let News::Page(page) = engine.look(&Ask::Page(whole(output))) else { panic!("a page is answered with one") };
    assert_eq!(page.total, output.rows);
    page.table
}
