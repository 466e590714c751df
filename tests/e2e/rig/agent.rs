//! The agent of `examples/`, as a program of its own.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::process::{Part, fetched};

/// A running agent.
pub(crate) struct Agent {
    part: Part,
    _directory: tempfile::TempDir,
}

impl Agent {
    /// Starts one that calls a house with a key, and lets nothing begin before an hour of the day, in UTC.
    pub(crate) fn start(url: &str, key: &str, not_before: u32) -> Self {
        Self::start_of("agent.py", url, key, &["--pause", "0.2", "--not-before", &not_before.to_string()])
    }

    /// Starts another one of `examples/`.
    pub(crate) fn start_of(name: &str, url: &str, key: &str, arguments: &[&str]) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        Self::start_in(tempfile::tempdir().expect("a directory"), &path, |command| {
            command.arg(url).args(arguments).env("ENTENTE_KEY", key);
        })
    }

    /// Starts one that is written out here.
    pub(crate) fn start_text(text: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("agent.py");
        std::fs::write(&path, text).expect("a file can be written");
        Self::start_in(directory, &path, |command| {
            command.env("PYTHONUNBUFFERED", "1");
        })
    }

    fn start_in(directory: tempfile::TempDir, path: &Path, more: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(fetched("python/bin/python3"));
        command.arg(path).env("TZ", "UTC").env("PYTHONDONTWRITEBYTECODE", "1");
        more(&mut command);
        let part = Part::start("agent", &directory.path().join("log"), Duration::from_secs(2), &command);
        Self { part, _directory: directory }
    }

    /// Ends it at once.
    pub(crate) fn kill9(&mut self) {
        self.part.kill9();
    }

    /// What it printed so far.
    pub(crate) fn log(&self) -> String {
        self.part.log()
    }
}
