//! A mail server that takes everything and keeps it in memory. It has a thread of its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail: the envelope's sender and recipient, and the bytes.
pub(crate) type Mail = (String, String, Vec<u8>);

/// The server; lives as long as the process.
#[derive(Clone)]
pub(crate) struct Sink {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

struct State {
    /// How long it takes to take a mail.
    wait: Duration,
    mails: Mutex<Vec<Mail>>,
}

impl Sink {
    /// A server that answers `wait` after a mail's end.
    pub(crate) fn start(wait: Duration) -> Self {
        let state = Arc::new(State { wait, mails: Mutex::default() });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let shared = state.clone();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((tcp, _)) = listener.accept().await {
                    let state = shared.clone();
                    // A client that hangs up has said all.
                    tokio::spawn(async move { drop(state.serve(tcp).await) });
                }
            });
        });
        Self { address, state }
    }

    /// Gives away the mails that it took.
    pub(crate) fn empty(&self) -> Vec<Mail> {
        std::mem::take(&mut self.state.mails.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    async fn serve(&self, tcp: TcpStream) -> std::io::Result<()> {
        tcp.set_nodelay(true)?;
        let mut stream = BufReader::with_capacity(32 * 1024, tcp);
        stream.get_mut().write_all(b"220 sink\r\n").await?;
        let (mut from, mut to, mut line) = (String::new(), String::new(), String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let inside = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let answer: &[u8] = match line.get(..4).unwrap_or_default() {
                "EHLO" => b"250-sink\r\n250-8BITMIME\r\n250 SIZE\r\n",
                "MAIL" => {
                    from = inside();
                    b"250 ok\r\n"
                }
                "RCPT" => {
                    to = inside();
                    b"250 ok\r\n"
                }
                "DATA" => {
                    stream.get_mut().write_all(b"354 go\r\n").await?;
                    let bytes = message(&mut stream).await?;
                    if !self.wait.is_zero() {
                        tokio::time::sleep(self.wait).await;
                    }
                    let mail = (from.clone(), to.clone(), bytes);
                    self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                    b"250 2.0.0 queued\r\n"
                }
                _ => b"250 ok\r\n",
            };
            stream.get_mut().write_all(answer).await?;
        }
    }
}

async fn message(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(8 * 1024);
    loop {
        let start = bytes.len();
        if stream.read_until(b'\n', &mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
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
