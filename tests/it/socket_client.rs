//! A WebSocket client (RFC 6455) that is no more than a test needs, and can leave what it is sent unread.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open socket.
pub(crate) struct Client {
    stream: TcpStream,
    /// Whether it answers when it is asked whether it is there.
    pub(crate) answers: bool,
}

/// What comes.
#[derive(Debug, PartialEq)]
pub(crate) enum Frame {
    Text(String),
    /// With the code and the words of a close frame.
    Close(u16, String),
    /// The line is cut without one.
    Cut,
}

impl Client {
    /// Opens one, or gives the status and the body of what was answered instead.
    pub(crate) async fn try_open(
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, (u16, String)> {
        // Small, so that a few unread frames fill it.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let mut head = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let answer = String::from_utf8(answer).unwrap();
        let code: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        if code == 101 {
            assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
            return Ok(Self { stream, answers: true });
        }
        let length = answer
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.unwrap();
        Err((code, String::from_utf8(body).unwrap()))
    }

    pub(crate) async fn open(address: SocketAddr, path: &str) -> Self {
        Self::try_open(address, path, &[]).await.unwrap()
    }

    /// Sends a frame, whole; the mask is of zeros.
    pub(crate) async fn send(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | opcode];
        match payload.len() {
            length @ ..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            length @ ..65_536 => {
                frame.push(0x80 | 0x7e);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(0x80 | 0x7f);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        // The other side may have cut the line: that is seen by whoever reads next.
        let _ = self.stream.write_all(&frame).await;
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.send(1, text.as_bytes()).await;
    }

    /// Says an event, wanting an answer; gives that, and leaves out what comes before.
    pub(crate) async fn ask(&mut self, event: &str, data: &Value) -> Value {
        self.say(&json!({ "event": event, "data": data, "id": event }).to_string()).await;
        loop {
            let told = self.json().await;
            if told["ack"] == *event {
                return told["data"].clone();
            }
        }
    }

    /// The same, for what must come about.
    pub(crate) async fn done(&mut self, event: &str, data: &Value) -> Value {
        let answer = self.ask(event, data).await;
        assert!(answer["error"].is_null(), "{event}: {answer}");
        answer["data"].clone()
    }

    /// The next frame that is not about the line itself.
    pub(crate) async fn frame(&mut self) -> Frame {
        loop {
            let read = tokio::time::timeout(PATIENCE, self.raw()).await.expect("something comes");
            match read {
                Err(_) => return Frame::Cut,
                Ok((1, payload)) => return Frame::Text(String::from_utf8(payload).unwrap()),
                Ok((8, payload)) if payload.len() >= 2 => {
                    let code = u16::from_be_bytes([payload[0], payload[1]]);
                    return Frame::Close(code, String::from_utf8(payload[2..].to_vec()).unwrap());
                }
                Ok((9, payload)) if self.answers => self.send(10, &payload).await,
                Ok(_) => {}
            }
        }
    }

    async fn raw(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let head = self.stream.read_u8().await?;
        assert_eq!(head & 0x80, 0x80, "a frame is whole");
        let length = match self.stream.read_u8().await? {
            126 => u64::from(self.stream.read_u16().await?),
            127 => self.stream.read_u64().await?,
            length => u64::from(length),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut payload).await?;
        Ok((head & 0x0f, payload))
    }

    pub(crate) async fn text(&mut self) -> String {
        match self.frame().await {
            Frame::Text(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }

    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// What belongs to the next event, which has this name.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let told = self.json().await;
        assert_eq!(told["event"], name, "{told}");
        told["data"].clone()
    }

    /// How the line is closed, whatever comes before.
    pub(crate) async fn end(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Frame::Text(_) => {}
                Frame::Close(code, words) => return (code, words),
                Frame::Cut => return (0, String::new()),
            }
        }
    }
}
