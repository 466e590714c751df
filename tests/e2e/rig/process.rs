//! Outside programs as children that cannot outlive the test: each is run by a small shell script that ends it
//! when its standard input closes, which happens when the value is dropped and when the test program is killed.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use crate::rig::port;
use crate::rig::wait::{PATIENCE, within};

const WARDEN: &str = include_str!("warden.sh");

/// The path of an outside program; panics with what to do where it is missing.
#[track_caller]
pub(super) fn program(name: &str) -> PathBuf {
    const PLACES: [&str; 6] =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/usr/lib/postfix/sbin"];
    let found = PLACES.iter().map(|place| Path::new(place).join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: `tests/run` installs what these tests need"))
}

/// A file that `tests/run` fetches or builds.
#[track_caller]
pub(super) fn fetched(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/.parts").join(name);
    assert!(path.is_file(), "{} is missing: `tests/run` makes it", path.display());
    path
}

/// Runs a command to its end; panics with its output where it failed.
#[track_caller]
pub(super) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A running outside program.
pub(super) struct Part {
    name: String,
    warden: Child,
    pid: u32,
    log: PathBuf,
}

impl Part {
    /// Starts `command` with its output appended to `log`. Stopping gives it `grace` after SIGTERM.
    pub(super) fn start(name: &str, log: &Path, grace: Duration, command: &Command) -> Self {
        let mut warden = Command::new("/bin/sh");
        warden.args(["-c", WARDEN, "warden"]).arg(log).arg((grace.as_millis() / 100).to_string());
        warden.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => warden.env(key, value),
                None => warden.env_remove(key),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            warden.current_dir(dir);
        }
        // A group of its own: Ctrl-C reaches the test, and the warden learns of it by the closing pipe.
        warden.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut warden = warden.spawn().expect("a shell starts");
        let mut first = String::new();
        let stdout = warden.stdout.take().expect("its output is a pipe");
        BufReader::new(stdout).read_line(&mut first).expect("the warden's first line is readable");
        let pid = first.trim().parse().expect("the warden prints the process id first");
        Self { name: name.to_owned(), warden, pid, log: log.to_owned() }
    }

    /// Waits until the program listens on `port`; panics with its log where it ends first or takes too long.
    #[track_caller]
    pub(super) fn wait_for_port(&mut self, port: u16) {
        self.wait_for(&format!("listening on port {port}"), || port::answers(port));
    }

    /// Waits until `ready`; panics with the program's log where it ends first or takes too long.
    #[track_caller]
    pub(super) fn wait_for(&mut self, what: &str, mut ready: impl FnMut() -> bool) {
        let came = within(PATIENCE, &mut || {
            let ended = !self.is_running();
            (ended || ready()).then_some(!ended)
        });
        assert!(came == Some(true), "{} is not {what}:\n{}", self.name, self.log());
    }

    /// Whether it has not ended yet.
    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.warden.try_wait(), Ok(None))
    }

    /// Asks it to end (SIGTERM), waits, and gives its status.
    pub(super) fn stop(&mut self) -> ExitStatus {
        drop(self.warden.stdin.take());
        self.warden.wait().expect("the warden can be waited for")
    }

    /// Ends it at once (SIGKILL), as a power cut would.
    pub(super) fn kill9(&mut self) {
        if self.is_running() {
            run(Command::new("/bin/kill").args(["-KILL", &self.pid.to_string()]));
        }
        self.warden.wait().expect("the warden can be waited for");
    }

    /// What it printed so far.
    pub(super) fn log(&self) -> String {
        std::fs::read(&self.log).map_or_else(
            |error| format!("(no log at {}: {error})", self.log.display()),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A new directory that programs running as other users can enter; removed when dropped.
pub(super) fn open_directory(what: &str) -> tempfile::TempDir {
    let everyone = std::fs::Permissions::from_mode(0o755);
    let prefix = format!("entente-{what}-");
    tempfile::Builder::new()
        .prefix(&prefix)
        .permissions(everyone)
        .tempdir()
        .expect("a temporary directory can be made")
}
