//! A mail server that takes everything, but for the faults it was told to have.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

/// What goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `421` instead of a greeting.
    Greeting421,
    /// `451` to the recipient.
    Rcpt451,
    /// `550` to the recipient, naming it.
    Rcpt550,
    /// Silence after the recipient.
    HangAtRcpt,
    /// Hangs up in the middle of the message.
    CloseInData,
    /// Takes the message and hangs up before it says so.
    CloseAfterData,
    /// `452` to the message.
    Data452,
}

/// A message that was heard to its end.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) from: String,
    pub(crate) to: String,
    /// The message, with the dots of the transport taken off.
    pub(crate) bytes: Vec<u8>,
    /// Whether it was said that it is taken.
    pub(crate) taken: bool,
}

type OnMessage = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct State {
    faults: Mutex<VecDeque<Fault>>,
    /// The faults are for this recipient; for everybody, if empty.
    victim: String,
    heard: Mutex<Vec<Heard>>,
    refused: AtomicUsize,
    connections: AtomicUsize,
    /// The first messages wait for each other: so many connections must be in use at once.
    together: Option<Barrier>,
    on_message: Option<OnMessage>,
}

pub(crate) struct Sink {
    pub(crate) port: u16,
    state: Arc<State>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        Self::run(State::default()).await
    }

    /// With faults in store for whoever mails to `victim`.
    pub(crate) async fn with_faults(victim: &str, faults: &[Fault]) -> Self {
        let faults = Mutex::new(faults.iter().copied().collect());
        Self::run(State { faults, victim: victim.to_owned(), ..State::default() }).await
    }

    /// Takes nothing before `many` connections hand over a message at once.
    pub(crate) async fn together(many: usize) -> Self {
        Self::run(State { together: Some(Barrier::new(many)), ..State::default() }).await
    }

    /// Does this after it heard a message and before it says that it is taken.
    pub(crate) async fn doing(on_message: OnMessage) -> Self {
        Self::run(State { on_message: Some(on_message), ..State::default() }).await
    }

    async fn run(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(state);
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let state = shared.clone();
                tokio::spawn(async move {
                    let _ = state.serve(tcp).await;
                });
            }
        });
        Self { port, state }
    }

    /// Everything that was heard to its end, in order.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.state.heard.lock().unwrap().clone()
    }

    /// What was taken for `to`, in order.
    pub(crate) fn taken_for(&self, to: &str) -> Vec<Heard> {
        self.heard().into_iter().filter(|heard| heard.taken && heard.to == to).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Has no more faults from now on.
    pub(crate) fn recover(&self) {
        self.state.faults.lock().unwrap().clear();
    }

    /// How many of its faults it has still to have.
    pub(crate) fn faults_left(&self) -> usize {
        self.state.faults.lock().unwrap().len()
    }

    /// How often it turned somebody away.
    pub(crate) fn refused(&self) -> usize {
        self.state.refused.load(Ordering::SeqCst)
    }
}

impl State {
    /// The next fault, if it is one of `these` and meant for `to`.
    fn fault(&self, to: &str, these: &[Fault]) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let is_due = faults.front().is_some_and(|fault| these.contains(fault));
        let fault = (is_due && (to.is_empty() || to == self.victim)).then(|| faults.pop_front()).flatten();
        self.refused.fetch_add(usize::from(fault.is_some()), Ordering::SeqCst);
        fault
    }

    async fn serve(&self, tcp: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(tcp);
        if self.fault("", &[Fault::Greeting421]).is_some() {
            return stream.get_mut().write_all(b"421 too busy\r\n").await;
        }
        stream.get_mut().write_all(b"220 sink\r\n").await?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let inside = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let answer = match line.get(..4).unwrap_or_default() {
                "EHLO" => "250-sink\r\n250 SIZE\r\n".to_owned(),
                "MAIL" => {
                    from = inside;
                    "250 ok\r\n".to_owned()
                }
                "RCPT" => {
                    to = inside;
                    match self.fault(&to, &[Fault::Rcpt451, Fault::Rcpt550, Fault::HangAtRcpt]) {
                        Some(Fault::Rcpt451) => "451 4.7.1 greylisted\r\n".to_owned(),
                        Some(Fault::Rcpt550) => format!("550 5.1.1 <{to}>: no such user\r\n"),
                        Some(_) => {
                            while stream.read_line(&mut line).await? > 0 {}
                            return Ok(());
                        }
                        None => "250 ok\r\n".to_owned(),
                    }
                }
                "DATA" => {
                    stream.get_mut().write_all(b"354 go\r\n").await?;
                    match self.message(&mut stream, &from, &to).await? {
                        Some(answer) => answer,
                        None => return Ok(()),
                    }
                }
                _ => "250 ok\r\n".to_owned(),
            };
            stream.get_mut().write_all(answer.as_bytes()).await?;
        }
    }

    /// Hears a message; gives the answer to it, or nothing where it hangs up.
    async fn message(
        &self,
        stream: &mut BufReader<TcpStream>,
        from: &str,
        to: &str,
    ) -> std::io::Result<Option<String>> {
        let mut bytes = Vec::new();
        loop {
            let start = bytes.len();
            if stream.read_until(b'\n', &mut bytes).await? == 0 {
                return Ok(None);
            }
            if bytes.len() > 500 && self.fault(to, &[Fault::CloseInData]).is_some() {
                return Ok(None);
            }
            if bytes[start..] == *b".\r\n" {
                bytes.truncate(start);
                break;
            }
            if bytes[start] == b'.' {
                bytes.remove(start);
            }
        }
        let fault = self.fault(to, &[Fault::CloseAfterData, Fault::Data452]);
        if let Some(barrier) = &self.together {
            barrier.wait().await;
        }
        if let Some(on_message) = self.on_message.clone() {
            tokio::task::spawn_blocking(move || on_message()).await.unwrap();
        }
        let heard = Heard { from: from.to_owned(), to: to.to_owned(), bytes, taken: fault.is_none() };
        self.heard.lock().unwrap().push(heard);
        Ok(match fault {
            None => Some("250 2.0.0 queued as 7\r\n".to_owned()),
            Some(Fault::Data452) => Some("452 4.3.1 disk full\r\n".to_owned()),
            Some(_) => None,
        })
    }
}
