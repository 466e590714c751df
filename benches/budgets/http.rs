//! An HTTP client that costs little: one kept connection, one request at a time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection.
pub(crate) struct Client(BufReader<TcpStream>);

/// An answer.
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self(BufReader::with_capacity(64 * 1024, stream)))
    }

    /// Asks for a page.
    pub(crate) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    /// Sends a request, whole, and reads the answer.
    pub(crate) fn send(&mut self, request: &str) -> io::Result<Answer> {
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut header = String::new();
        while !header.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut header)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = header.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0);
        let length = header
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }
}

/// What so many connections meet, each with one request after the other: the times in milliseconds.
pub(crate) fn load(address: SocketAddr, connections: usize, each: usize, paths: &[String]) -> Vec<f64> {
    let mut times = Vec::with_capacity(connections * each);
    std::thread::scope(|threads| {
        let all: Vec<_> = (0..connections)
            .map(|at| {
                threads.spawn(move || {
                    let mut client = Client::connect(address).expect("a connection");
                    let mut times = Vec::with_capacity(each);
                    for path in paths.iter().cycle().skip(at * paths.len() / connections).take(each) {
                        let begin = Instant::now();
                        let answer = client.get(path).expect("an answer");
                        times.push(begin.elapsed().as_secs_f64() * 1_000.0);
                        assert_eq!(answer.status, 200, "{path}");
                    }
                    times
                })
            })
            .collect();
        for thread in all {
            times.extend(thread.join().expect("a client"));
        }
    });
    times
}
