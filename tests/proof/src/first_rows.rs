//! From dropping a huge file to its first rows.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipewright_app::engine::{Engine, Said, Wish, Work};
use pipewright_engine::nodes::Step;
use pipewright_engine::pipeline::Pipeline;
use pipewright_runner::host::{Process, host_command};
use pipewright_runner::show::{Basis, News};

use crate::figures::Times;

pub fn measure() -> Result<(), String> {
    let gigabytes: u64 = std::env::var("PROOF_GB").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("huge.csv");
    write(&file, gigabytes << 30).map_err(|error| format!("{}: {error}", file.display()))?;
    let (mut sniffed, mut shown) = (Times::default(), Times::default());
    let mut read = 0;
    let mut basis = None;
    for _ in 0..11 {
        // A host of its own each time: nothing is remembered. It is running before the file is dropped.
        let process = Process::start(host_command(&crate::program()?)).map_err(|problem| problem.to_string())?;
        let id = process.id();
        let host = std::sync::Mutex::new(Some(process));
        let start = move || {
            let process = host.lock().ok().and_then(|mut host| host.take());
            process.map(|host| Box::new(host) as _).ok_or_else(|| pipewright_engine::problem::Problem::new("once only"))
        };
        let mut engine = Engine::new(Box::new(start), || {});
        std::thread::sleep(Duration::from_millis(700));
        let before = bytes_read(id);
        let begun = Instant::now();
        let mut pipeline = Pipeline::default();
        let work = |pipeline: &Pipeline| Work {
            pipeline: Arc::new(pipeline.clone()),
            file: folder.path().join("new.pipe.ron"),
        };
        engine.wish(Wish::Sniff(work(&pipeline), file.to_string_lossy().into_owned()));
        let step = wait(&mut engine, |news| match news {
            News::Sniffed(step) => Some(step),
            _ => None,
        })?;
        sniffed.add(begun.elapsed());
        let name = pipeline.add(Step::clone(&step));
        engine.wish(Wish::Show(work(&pipeline), vec![name]));
        basis = wait(&mut engine, |news| match news {
            News::Output(output) if output.output == 0 => Some(Some(output.basis)),
            _ => None,
        })?;
        shown.add(begun.elapsed());
        read = bytes_read(id).saturating_sub(before);
    }
    sniffed.print(&format!("{gigabytes} GB, until the file is understood"));
    shown.print(&format!("{gigabytes} GB, until its first rows are shown"));
    println!("  read of it: {:.1} MB", read as f64 / 1e6);
    if let Some(Basis::Sample { of: Some(of), estimated, .. }) = basis {
        println!("  said to have {of} rows ({})", if estimated { "an estimate" } else { "counted" });
    }
    Ok(())
}

fn wait<T>(engine: &mut Engine, mut pick: impl FnMut(News) -> Option<T>) -> Result<T, String> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        for said in engine.said() {
            match said {
                Said::Lost(problem) => return Err(problem.to_string()),
                Said::News(_, news) => match *news {
                    News::Failed(problems) => return Err(format!("{problems:?}")),
                    news => {
                        if let Some(found) = pick(news) {
                            return Ok(found);
                        }
                    }
                },
            }
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Err("no answer within a minute".to_owned())
}

/// What a process has read by system calls, and its pipe among it.
fn bytes_read(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let read = text.lines().find_map(|line| line.strip_prefix("rchar:"));
    read.and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

fn write(file: &Path, bytes: u64) -> std::io::Result<()> {
    let mut block = String::new();
    for row in 0..200_000 {
        block += &format!(
            "{row},customer_{},2024-{:02}-{:02},{}.{:02}\n",
            row % 977,
            row % 12 + 1,
            row % 28 + 1,
            row % 500,
            row % 100
        );
    }
    let mut output = BufWriter::with_capacity(1 << 20, File::create(file)?);
    output.write_all(b"id,customer,day,amount\n")?;
    let mut written = 0;
    while written < bytes {
        output.write_all(block.as_bytes())?;
        written += block.len() as u64;
    }
    output.flush()
}
