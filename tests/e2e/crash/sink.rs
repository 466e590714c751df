//! A mail server in this process that takes every message and remembers it, at once or when it is told to.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A message that was heard to its end. Whether the other side heard that it is taken, nobody knows.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) to: String,
    /// The message, with the dots of the transport taken off.
    pub(super) bytes: Vec<u8>,
}

/// Runs for as long as the test's runtime.
pub(super) struct Sink {
    pub(super) port: u16,
    state: Arc<State>,
}

struct State {
    heard: Mutex<Vec<Arc<Heard>>>,
    count: watch::Sender<usize>,
    /// While this is true, no message is answered.
    holds: watch::Sender<bool>,
}

impl Sink {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let (count, holds) = (watch::Sender::new(0), watch::Sender::new(false));
        let state = Arc::new(State { heard: Mutex::default(), count, holds });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let state = shared.clone();
                // A connection that breaks off is what these tests are about.
                tokio::spawn(async move { state.serve(tcp).await });
            }
        });
        Self { port, state }
    }

    /// Everything heard so far, in order.
    pub(super) fn heard(&self) -> Vec<Arc<Heard>> {
        self.state.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was heard after the first `known`.
    pub(super) fn heard_after(&self, known: usize) -> Vec<Arc<Heard>> {
        self.heard().split_off(known)
    }

    /// How much was heard, and when that changes.
    pub(super) fn count(&self) -> watch::Receiver<usize> {
        self.state.count.subscribe()
    }

    /// Waits until so many messages were heard.
    pub(super) async fn wait_for(&self, many: usize) {
        let mut count = self.count();
        let heard = count.wait_for(|count| *count >= many);
        let waited = tokio::time::timeout(Duration::from_secs(30), heard).await;
        assert!(waited.is_ok(), "waited in vain for {many} messages, {} came", self.heard().len());
    }

    /// Answers no message from now on, or answers again.
    pub(super) fn hold(&self, holds: bool) {
        self.state.holds.send_replace(holds);
    }
}

impl State {
    async fn serve(&self, tcp: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(tcp);
        stream.get_mut().write_all(b"220 sink\r\n").await?;
        let mut to = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let answer: &[u8] = match line.get(..4).unwrap_or_default() {
                "EHLO" => b"250-sink\r\n250 SIZE\r\n",
                "RCPT" => {
                    line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                    b"250 ok\r\n"
                }
                "DATA" => {
                    stream.get_mut().write_all(b"354 go\r\n").await?;
                    let bytes = message(&mut stream).await?;
                    self.keep(Heard { to: to.clone(), bytes });
                    let _ = self.holds.subscribe().wait_for(|holds| !holds).await;
                    b"250 2.0.0 taken\r\n"
                }
                "QUIT" => return stream.get_mut().write_all(b"221 bye\r\n").await,
                _ => b"250 ok\r\n",
            };
            stream.get_mut().write_all(answer).await?;
        }
    }

    fn keep(&self, heard: Heard) {
        let count = {
            let mut all = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(Arc::new(heard));
            all.len()
        };
        self.count.send_replace(count);
    }
}

/// Reads to the line with the dot; a message that breaks off before it was not heard.
async fn message(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        if stream.read_until(b'\n', &mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if bytes[start..] == *b".\r\n" {
            bytes.truncate(start);
            return Ok(bytes);
        }
        if bytes[start] == b'.' {
            bytes.remove(start);
        }
    }
}
