//! A web server of the tests: each call is answered by a function, with bodies that end, never end, or never begin.
//! It keeps what it was asked, and stops with the test's runtime.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Call {
    /// A header of it; empty if it has none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(at, _)| at.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

/// What it answers.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Flow,
}

#[derive(Clone, Debug)]
enum Flow {
    Whole(Vec<u8>),
    /// So many times.
    Repeated(Vec<u8>, usize),
    /// Something, and then nothing more, with the connection open.
    Stalled(Vec<u8>),
    /// Not even a status line.
    Silent,
}

impl Told {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: Flow::Whole(body.into()) }
    }

    pub(crate) fn redirect(status: u16, to: impl Into<String>) -> Self {
        Self::new(status, "").header("Location", to)
    }

    /// A body of `piece`, again and again: `times` of it.
    pub(crate) fn repeated(piece: impl Into<Vec<u8>>, times: usize) -> Self {
        Self { body: Flow::Repeated(piece.into(), times), ..Self::new(200, "") }
    }

    /// A body that begins and does not go on.
    pub(crate) fn stalled(piece: impl Into<Vec<u8>>) -> Self {
        Self { body: Flow::Stalled(piece.into()), ..Self::new(200, "") }
    }

    /// No answer at all.
    pub(crate) fn silent() -> Self {
        Self { body: Flow::Silent, ..Self::new(200, "") }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Answering = dyn Fn(&Call) -> Told + Send + Sync;

/// The server.
pub(crate) struct HttpServer {
    pub(crate) port: u16,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl HttpServer {
    pub(crate) async fn start(answer: impl Fn(&Call) -> Told + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (answer, heard): (Arc<Answering>, _) = (Arc::new(answer), calls.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer.clone(), heard.clone()));
            }
        });
        Self { port, calls }
    }

    /// The address of `path` on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it was asked so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

/// One connection: one call.
async fn serve(stream: TcpStream, answer: Arc<Answering>, calls: Arc<Mutex<Vec<Call>>>) {
    let mut stream = BufReader::new(stream);
    let Some(call) = read(&mut stream).await else { return };
    calls.lock().unwrap().push(call.clone());
    let told = answer(&call);
    // Whoever asked may have left: that is their right.
    let _ = write(&mut stream, told).await;
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut call = Call::default();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    (call.method, call.path) = (words.next()?.to_owned(), words.next()?.to_owned());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        call.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut body = vec![0; call.header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    call.body = String::from_utf8_lossy(&body).into_owned();
    Some(call)
}

async fn write(stream: &mut BufReader<TcpStream>, told: Told) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Told\r\nConnection: close\r\n", told.status);
    for (name, value) in &told.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if let Flow::Whole(body) = &told.body
        && told.status != 304
    {
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    if !matches!(told.body, Flow::Silent) {
        stream.write_all(head.as_bytes()).await?;
    }
    match told.body {
        Flow::Whole(body) => stream.write_all(&body).await?,
        Flow::Repeated(piece, times) => {
            for _ in 0..times {
                stream.write_all(&piece).await?;
            }
        }
        Flow::Stalled(piece) => {
            stream.write_all(&piece).await?;
            stream.flush().await?;
            wait_until_left(stream).await?;
        }
        Flow::Silent => wait_until_left(stream).await?,
    }
    stream.shutdown().await
}

/// Waits until the other side closes.
async fn wait_until_left(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let mut rest = [0; 64];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
