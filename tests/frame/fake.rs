//! An engine that does as the text of the job says, in a host process that is this very test binary.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use pipewright_engine::problem::Problem;
use pipewright_engine::table::Table;
use pipewright_runner::host::{Cancel, Engine, fault, serve};
use pipewright_runner::job::{
    Count, Event, Job, NodeReport, Outcome, Preview, Report, SourceReport, StageReport, Wanted, Written,
};
use pipewright_runner::show::{Ask, News, PageRows};

pub struct Fake;

impl Engine for Fake {
    fn check(&self, _job: &Job) -> Result<Vec<Problem>, Vec<Problem>> {
        Ok(vec![Problem::warning("Mind the gap.").node("large")])
    }

    fn preview(&self, job: &Job, _wanted: &Wanted, _cancel: &Cancel) -> Result<Preview, Vec<Problem>> {
        let table = Table::parse(&job.text).map_err(|error| vec![Problem::new(error)])?;
        Ok(Preview { table, basis: "everything".into(), total: Some(12_000), problems: Vec::new() })
    }

    fn run(&self, job: &Job, cancel: &Cancel, tell: &dyn Fn(Event)) -> Result<Report, Vec<Problem>> {
        tell(Event::Stage { number: 2, nodes: names(["large", "sorted"]), holding: names(["sorted"]) });
        match job.text.trim() {
            "panic" => panic!("boom"),
            "abort" => std::process::abort(),
            "leave" => {
                eprintln!("so long");
                std::process::exit(7);
            }
            "deaf" => {
                sleep(Duration::from_secs(30));
                Ok(Report::default())
            }
            "eat" => {
                let mut eaten = Vec::new();
                for _ in 0..2_000 {
                    eaten.push(vec![1u8; 1 << 20]);
                    sleep(Duration::from_millis(1));
                }
                Ok(Report::default())
            }
            "polite" => {
                while !cancel.is_cancelled() {
                    sleep(Duration::from_millis(1));
                }
                Ok(Report { outcome: Outcome::Cancelled, ..Report::default() })
            }
            "done" => Ok(report()),
            other => Err(vec![Problem::new(format!("What is {other:?}?"))]),
        }
    }

    fn show(&self, ask: &Ask, cancel: &Cancel, tell: &dyn Fn(News)) -> News {
        let (Ask::Show(job, _) | Ask::Exact(job, _)) = ask else { return News::Failed(Vec::new()) };
        match job.text.trim() {
            "panic" => panic!("boom"),
            "abort" => std::process::abort(),
            "polite" => {
                tell(News::Progress { rows: 1, of: None });
                while !cancel.is_cancelled() {
                    sleep(Duration::from_millis(1));
                }
                News::Stopped
            }
            _ => News::Shown { computed: vec![job.text.clone()] },
        }
    }

    fn look(&self, ask: &Ask) -> News {
        match ask {
            Ask::Page(page) => News::Page(PageRows { page: page.clone(), ..PageRows::default() }),
            _ => panic!("boom"),
        }
    }
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

fn report() -> Report {
    let outputs = [("", 4_200), ("false", 1_234_567), ("rejected", 3)];
    Report {
        seconds: 0.5,
        sources: vec![SourceReport {
            node: "plazas".into(),
            file: "tolldata.tgz!tollplaza-data.tsv".into(),
            bytes: 1_500_000,
            records: 10_000,
            rejected: 0,
            read_as: "tabs, no header; clean".into(),
        }],
        nodes: vec![
            NodeReport {
                node: "plazas".into(),
                rows_out: IndexMap::from([(String::new(), Count::AtLeast { at_least: 10_000 })]),
                ..NodeReport::default()
            },
            NodeReport {
                node: "large".into(),
                rows_in: Count::Exact(1_238_770),
                rows_out: outputs.into_iter().map(|(name, rows)| (name.into(), Count::Exact(rows))).collect(),
                rejected: 3,
                rejects_became: Some("skipped".into()),
                ..NodeReport::default()
            },
        ],
        stages: vec![StageReport {
            nodes: names(["plazas", "large"]),
            scans: 1,
            seconds: 0.42,
            ..StageReport::default()
        }],
        written: vec![Written { node: "out".into(), path: "out/a.csv".into(), rows: 1, bytes: 12, files: 1 }],
        ..Report::default()
    }
}

/// Not a test: the host process. Its frames leave by descriptor 3, as the test harness prints to stdout.
#[test]
#[ignore = "started by other tests as a host"]
fn fake_host() {
    fault::record_panics();
    serve(Arc::new(Fake), io::stdin().lock(), File::create("/proc/self/fd/3").unwrap()).unwrap();
}

/// A program that acts as host with the fake engine, and writes its process id into the file `pid` beside it.
pub fn host_program(folder: &Path) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    script(
        folder,
        &format!(
            "echo $$ > '{}/pid'\nexec '{}' --exact fake::fake_host --ignored --nocapture 3>&1 1>/dev/null",
            folder.display(),
            this.display()
        ),
    )
}

/// A shell script in the folder.
pub fn script(folder: &Path, commands: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("host.sh");
    fs::write(&path, format!("#!/bin/sh\n{commands}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Waits until something holds, for at most five seconds.
pub fn until(mut holds: impl FnMut() -> bool) -> bool {
    let patience = Instant::now() + Duration::from_secs(5);
    while Instant::now() < patience {
        if holds() {
            return true;
        }
        sleep(Duration::from_millis(10));
    }
    false
}
