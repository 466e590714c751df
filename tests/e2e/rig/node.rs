//! Node.js, for the clients of others that are written for it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::process::{Part, fetched, program};

/// A running script of `tests/parts`.
pub(crate) struct Node {
    part: Part,
    _directory: tempfile::TempDir,
}

impl Node {
    /// Starts one, with an argument and an environment.
    pub(crate) fn start(script: &str, argument: &str, environment: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let client = fetched("node_modules/socket.io-client/package.json");
        let modules = client.ancestors().nth(2).expect("the folder of modules");
        let mut command = Command::new(program("node"));
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parts").join(script)).arg(argument);
        command.env("NODE_PATH", modules).envs(environment.iter().copied());
        let part = Part::start("node", &directory.path().join("log"), Duration::from_secs(2), &command);
        Self { part, _directory: directory }
    }

    /// Waits until it has printed a line; panics with what it printed where it ends first.
    #[track_caller]
    pub(crate) fn wait_for_line(&mut self, line: &str) {
        let log = |part: &Part| part.log().lines().any(|printed| printed == line);
        let came = super::wait::within(super::PATIENCE, &mut || {
            let has_ended = !self.part.is_running();
            let is_there = log(&self.part);
            (is_there || has_ended).then_some(is_there)
        });
        assert!(came == Some(true), "it has not printed {line}:\n{}", self.part.log());
    }
}
