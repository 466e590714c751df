//! The program itself: how large it is, how soon it answers, and what it holds while nobody asks anything.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::Client;
use crate::measure::{absolute, median};

const ROUNDS: usize = 7;
/// How long it lies idle before it is looked at.
const IDLE: Duration = Duration::from_secs(3);

/// Measures and prints.
pub(crate) fn run() {
    let program = Path::new(env!("CARGO_BIN_EXE_entente"));
    let size = std::fs::metadata(program).expect("the program").len();
    absolute("the program's size", mebi(size), "MiB", 30.0);
    let (mut first, mut again, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let directory = tempfile::tempdir().expect("a directory");
        for starts in [&mut first, &mut again] {
            let (mut child, took) = start(program, directory.path());
            starts.push(took.as_secs_f64() * 1_000.0);
            if round == 0 {
                std::thread::sleep(IDLE);
                idle.push(mebi(resident(child.id())));
            }
            // Asked to stop, so that the next start finds a house in order.
            let asked = Command::new("kill").arg(child.id().to_string()).status().expect("kill");
            assert!(asked.success());
            child.wait().expect("an end");
        }
    }
    absolute("start to first answer, new house", median(&first), "ms", 100.0);
    absolute("start to first answer, known house", median(&again), "ms", 100.0);
    absolute("idle memory, new house", idle[0], "MiB", 30.0);
    absolute("idle memory, known house", idle[1], "MiB", 30.0);
}

#[expect(clippy::cast_precision_loss, reason = "a size is far below 2^52")]
fn mebi(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1_u32 << 20)
}

/// Starts `serve` and waits for its first answer.
fn start(program: &Path, directory: &Path) -> (Child, Duration) {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|port| port.local_addr());
    let address: SocketAddr = free.expect("a free port");
    let begin = Instant::now();
    let mut child = Command::new(program)
        .arg("serve")
        .current_dir(directory)
        .env("ENTENTE__DATA_DIR", directory.join("data"))
        .env("ENTENTE__SERVER__LISTEN", address.to_string())
        .env("ENTENTE__LOG__LEVEL", "error")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    loop {
        let answered = Client::connect(address).and_then(|mut client| client.get("/healthz"));
        if answered.is_ok_and(|answer| answer.status == 200) {
            return (child, begin.elapsed());
        }
        if let Some(status) = child.try_wait().expect("a child") {
            let mut said = String::new();
            child.stderr.take().map(|mut pipe| pipe.read_to_string(&mut said));
            panic!("the program ended with {status}: {said}");
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "the program does not answer");
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// Its resident memory, in bytes.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux's /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kibi: u64 = line.trim().trim_end_matches(" kB").trim().parse().expect("a number");
    kibi * 1_024
}
