//! The samples: small real stories with data, in the binary, opened as copies that may be changed and run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use pipewright_engine::file;
use pipewright_engine::pipeline::Pipeline;
use pipewright_engine::problem::Problem;

use crate::files::folders;

macro_rules! samples {
    ($($name:ident: $title:literal, [$($data:literal),* $(,)?];)*) => {
        /// In the order in which they are worth looking at.
        pub static SAMPLES: &[Sample] = &[$(Sample {
            name: stringify!($name),
            title: $title,
            text: include_str!(concat!("../../samples/", stringify!($name), "/", stringify!($name), ".pipe.ron")),
            data: &[$(($data, include_bytes!(concat!("../../samples/", stringify!($name), "/", $data)))),*],
        }),*];
    };
}

samples! {
    orders: "Orders of a shop", ["customers.csv", "lines.csv", "orders.csv"];
    temperature: "Two sensors", ["readings.csv"];
    toll: "Toll plazas", ["tolldata.tgz"];
    accounting: "Costs out of three programs", ["centres.csv", "payroll.csv", "purchasing.xml", "rates.csv", "sales.ndjson"];
    survey: "A dirty survey", ["answers.csv", "countries.csv"];
}

static PIPELINES: LazyLock<Vec<Pipeline>> = LazyLock::new(|| {
    // A sample that can't be read is empty; a test reads them all.
    let read = |sample: &Sample| file::read(sample.text).map(|(pipeline, _)| pipeline).unwrap_or_default();
    SAMPLES.iter().map(read).collect()
});

pub struct Sample {
    /// Of its folder and its file.
    pub name: &'static str,
    pub title: &'static str,
    pub text: &'static str,
    /// Files by name.
    data: &'static [(&'static str, &'static [u8])],
}

pub fn named(name: &str) -> Option<&'static Sample> {
    SAMPLES.iter().find(|sample| sample.name == name)
}

impl Sample {
    pub fn pipeline(&self) -> &'static Pipeline {
        static NONE: LazyLock<Pipeline> = LazyLock::new(Pipeline::default);
        let at = SAMPLES.iter().position(|sample| sample.name == self.name);
        at.and_then(|at| PIPELINES.get(at)).unwrap_or(&NONE)
    }

    /// What it is about, in a sentence: the first of the pipeline's own words.
    pub fn sentence(&self) -> String {
        let about = self.pipeline().about.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        match about.find(". ") {
            Some(end) => about[..=end].to_owned(),
            None => about,
        }
    }

    /// Copies it to where this user keeps samples. Gives the path of the pipeline.
    pub fn copy(&self) -> Result<PathBuf, Problem> {
        let home = folders::home().map(|home| home.join("Pipewright samples"));
        let state = folders::state().map(|state| state.join("samples"));
        let nowhere = || {
            Problem::new("There is no folder to copy the sample to.").try_this("Set HOME, or PIPEWRIGHT_STATE, to one.")
        };
        let mut result = Err(nowhere());
        for folder in [home, state].into_iter().flatten() {
            result = self.copy_to(&folder);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// Copies it into a folder of its name within `folder`. A copy that somebody has changed is left alone, and one with a number
    /// is made beside it.
    pub fn copy_to(&self, folder: &Path) -> Result<PathBuf, Problem> {
        let copy = || -> io::Result<PathBuf> {
            fs::create_dir_all(folder)?;
            for number in 1.. {
                let name = if number == 1 { self.name.to_owned() } else { format!("{} {number}", self.name) };
                let own = folder.join(name);
                match fs::create_dir(&own) {
                    Ok(()) => {
                        for (file, bytes) in self.files() {
                            fs::write(own.join(file), bytes)?;
                        }
                        return Ok(own);
                    }
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(error),
                }
                if self.is_untouched(&own) {
                    return Ok(own);
                }
            }
            Err(io::Error::other("there are too many copies"))
        };
        match copy() {
            Ok(own) => Ok(own.join(self.file_name())),
            Err(error) => Err(Problem::new(format!("The sample can't be copied to {folder:?}: {error}."))
                .try_this("Make room there, or see to it that you may write there.")),
        }
    }

    /// What it wrote when it was run may lie beside its files.
    fn is_untouched(&self, own: &Path) -> bool {
        self.files().all(|(file, bytes)| fs::read(own.join(file)).is_ok_and(|there| there == bytes))
    }

    fn files(&self) -> impl Iterator<Item = (String, &'static [u8])> {
        let data = self.data.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes));
        data.chain([(self.file_name(), self.text.as_bytes())])
    }

    fn file_name(&self) -> String {
        format!("{}.pipe.ron", self.name)
    }
}
