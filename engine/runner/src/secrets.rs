//! The values of secrets. They go from the command line to the host and from there into the functions that use them, and into marks, which
//! are hashes of all that rows depend on. What prints this prints names.

use std::fmt::{self, Debug};
use std::path::Path;

use indexmap::IndexMap;
use pipewright_engine::problem::Problem;
use pipewright_engine::secret;
use serde::{Deserialize, Serialize};

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(IndexMap<String, String>);

impl Secrets {
    /// The value of a secret: what is given, else what the environment has.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned().or_else(|| secret::of_environment(name))
    }

    /// From lines `NAME=value`. Empty lines and those that begin with `#` say nothing. What is wrong is told without the line's text.
    pub fn read(file: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Problem::new(format!("The secrets in {file:?} can't be read: {error}.")))?;
        let mut secrets = Self::default();
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let (name, value) = line.split_once('=').unwrap_or_default();
            if !secret::is_name(name.trim()) {
                let problem = Problem::new(format!("Line {} of {file:?} gives no secret.", at + 1));
                return Err(problem.try_this("Write NAME=value, the name of letters, digits and _."));
            }
            secrets.0.insert(name.trim().to_owned(), value.trim().to_owned());
        }
        Ok(secrets)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Secrets {
    fn from(given: [(&str, &str); N]) -> Self {
        Self(given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_secrets_gives_values_and_shows_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets");
        std::fs::write(&file, "# keys\n\nPEPPER = a=b \nKEY=hunter2\n").unwrap();
        let secrets = Secrets::read(&file).unwrap();
        assert_eq!(secrets.get("PEPPER").as_deref(), Some("a=b"));
        assert_eq!(format!("{secrets:?}"), r#"{"PEPPER", "KEY"}"#);
        std::fs::write(&file, "KEY=1\nhunter2\n").unwrap();
        let problem = Secrets::read(&file).unwrap_err().to_string();
        assert!(problem.contains("Line 2") && !problem.contains("hunter2"), "{problem}");
    }
}
