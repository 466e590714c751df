//! One SMTP connection: opened, encrypted and signed in; then one mail after the other.
//!
//! STARTTLS is spoken here, before lettre takes the stream over: whatever a third party put on the wire
//! behind the server's answer is read by the TLS handshake, which fails on it, and never as a reply.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::base::text::Address;

use super::super::tls::{DialError, Security, Stream, Tls, Trouble, dial, dial_trouble};
use super::{SendError, Sent, SmtpSettings};

/// The longest answer read before TLS, in bytes.
const ANSWER_MAX: usize = 16 * 1024;

/// Why no connection came about.
#[derive(Debug, thiserror::Error)]
pub(super) enum Opening {
    #[error("{0}")]
    Dial(#[from] DialError),
    #[error("it answered {code} {text}")]
    Refused { code: u16, text: String },
    #[error("it did not offer STARTTLS")]
    NoStarttls,
    #[error("the login was refused: {0}")]
    Login(String),
    #[error("{0}")]
    Lost(String),
}

impl Opening {
    pub(super) fn trouble(&self, settings: &SmtpSettings) -> Trouble {
        let place = format!("{}:{}", settings.host, settings.port);
        match self {
            Self::Dial(why) => {
                dial_trouble("mail", &settings.host, settings.port, settings.ca_file.as_ref(), why)
            }
            Self::NoStarttls => Trouble::new(
                format!("The mail server {place} does not offer STARTTLS."),
                "Set tls = \"implicit\" and its port (often 465), or tls = \"none\" if the server is on this machine.",
            ),
            Self::Login(text) => Trouble::new(
                format!("The mail server {place} refused the login of {}: {text}.", settings.username),
                "Check username and password; many providers want an app password, or SMTP allowed in the account's settings.",
            ),
            Self::Refused { code, text } => Trouble::new(
                format!("The mail server {place} refused the connection: {code} {text}."),
                "If it says 4xx, wait and try again; otherwise ask whoever runs it whether this machine may submit mail.",
            ),
            Self::Lost(why) => Trouble::new(
                format!("The mail server {place} was reached, but the conversation broke off: {why}."),
                "Check that the port is one for submission (587 or 465) and that tls fits it.",
            ),
        }
    }
}

pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    /// Whether the bytes of the mail in hand are on their way.
    begun: bool,
    broken: bool,
    /// Whether the server has to be told to forget the last mail (RFC 5321, 4.1.1.5).
    reset: bool,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("begun", &self.begun)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects, encrypts and signs in.
    pub(super) async fn open(settings: &SmtpSettings, tls: &Tls) -> Result<Self, Opening> {
        let limit = settings.connect_timeout;
        let mut tcp = dial(&settings.host, settings.port, limit).await?;
        let (stream, greeting) = match settings.tls {
            Security::None => (Stream::Plain(tcp), &b""[..]),
            Security::Implicit => (tls.wrap(&settings.host, tcp, limit).await?, &b""[..]),
            Security::Starttls => {
                within(limit, starttls(&mut tcp, &settings.hello_name)).await?;
                // lettre waits for a greeting; the server has given its own already.
                (tls.wrap(&settings.host, tcp, limit).await?, &b"220 \r\n"[..])
            }
        };
        let stream = Box::new(Greeted { greeting, stream });
        let hello = ClientId::Domain(settings.hello_name.clone());
        let opened = within(limit, async {
            AsyncSmtpConnection::connect_with_transport(stream, &hello).await.map_err(|why| refused(&why))
        });
        let mut connection = Self { smtp: opened.await?, begun: false, broken: false, reset: false };
        if !settings.username.is_empty() {
            within(limit, connection.sign_in(settings)).await?;
        }
        Ok(connection)
    }

    async fn sign_in(&mut self, settings: &SmtpSettings) -> Result<(), Opening> {
        let credentials = Credentials::new(settings.username.clone(), settings.password.expose().to_owned());
        match self.smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await {
            Ok(_) => Ok(()),
            Err(why) if why.is_permanent() => {
                Err(Opening::Login(said(&why).trim_end_matches('.').to_owned()))
            }
            Err(why) if why.is_client() => Err(Opening::Login(
                "it offers no way to sign in that is known here (PLAIN, LOGIN)".to_owned(),
            )),
            Err(why) => Err(refused(&why)),
        }
    }

    /// Hands one mail over. Afterwards [`Connection::is_broken`] says whether the connection can be kept.
    pub(super) async fn send(
        &mut self,
        from: &Address,
        to: &Address,
        message: &[u8],
        settings: &SmtpSettings,
    ) -> Result<Sent, SendError> {
        let outcome = self.hand_over(from, to, message, settings).await;
        self.reset = outcome.is_err();
        if let Err(why) = &outcome {
            self.broken |= match why {
                // 421: the server closes the connection (RFC 5321, 3.8).
                SendError::Temporary { code, .. } => *code == 421,
                SendError::Permanent { .. } => false,
                SendError::Unreachable(_) | SendError::Unsure(_) => true,
            };
        }
        outcome
    }

    async fn hand_over(
        &mut self,
        from: &Address,
        to: &Address,
        message: &[u8],
        settings: &SmtpSettings,
    ) -> Result<Sent, SendError> {
        let parsed = |address: &Address| {
            address.as_str().parse::<lettre::Address>().map_err(|_| SendError::Permanent {
                code: 553,
                text: "this address cannot be written in SMTP".to_owned(),
            })
        };
        let (from, to) = (parsed(from)?, parsed(to)?);
        let limit = settings.command_timeout;
        self.begun = false;
        if self.reset {
            self.command("RSET\r\n", limit).await?;
        }
        self.command(Mail::new(Some(from), vec![]), limit).await?;
        self.command(Rcpt::new(to, vec![]), limit).await?;
        self.command(Data, limit).await?;
        self.begun = true;
        // lettre ends the message with CRLF and the dot: without its own last CRLF no empty line is added.
        let body = message.strip_suffix(b"\r\n").unwrap_or(message);
        match timeout(settings.data_timeout, self.smtp.message(body)).await {
            Ok(Ok(response)) => Ok(Sent { response: words(&response) }),
            Ok(Err(why)) => Err(failed(&why, SendError::Unsure)),
            Err(_) => Err(SendError::Unsure(late(settings.data_timeout))),
        }
    }

    async fn command(&mut self, command: impl fmt::Display, limit: Duration) -> Result<Response, SendError> {
        match timeout(limit, self.smtp.command(command)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(why)) => Err(failed(&why, SendError::Unreachable)),
            Err(_) => Err(SendError::Unreachable(late(limit))),
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether the bytes of the mail in hand were begun.
    pub(super) fn message_begun(&self) -> bool {
        self.begun
    }

    /// The name the server gives itself.
    pub(super) fn server_name(&self) -> String {
        self.smtp.server_info().name().to_owned()
    }

    /// QUIT, and waits a little for the answer.
    pub(super) async fn close(mut self, limit: Duration) {
        // Whatever it answers, this end of the connection is gone with `self`.
        drop(timeout(limit.min(Duration::from_secs(2)), self.smtp.quit()).await);
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Opening>>) -> Result<T, Opening> {
    timeout(limit, work).await.unwrap_or(Err(Opening::Dial(DialError::Timeout(limit.as_secs()))))
}

fn late(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs())
}

fn words(response: &Response) -> String {
    let text: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), text.join(" ")).trim_end().to_owned()
}

/// What the server said, or what went wrong, without lettre's own words around it.
fn said(why: &SmtpError) -> String {
    let text = std::error::Error::source(why).map_or_else(|| why.to_string(), ToString::to_string);
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect()
}

fn code(why: &SmtpError) -> Option<u16> {
    why.status().and_then(|code| code.to_string().parse().ok())
}

fn refused(why: &SmtpError) -> Opening {
    match code(why) {
        Some(code) => Opening::Refused { code, text: said(why) },
        None => Opening::Lost(said(why)),
    }
}

fn failed(why: &SmtpError, lost: fn(String) -> SendError) -> SendError {
    match code(why) {
        Some(code) if why.is_transient() => SendError::Temporary { code, text: said(why) },
        Some(code) => SendError::Permanent { code, text: said(why) },
        None => lost(said(why)),
    }
}

/// Greeting, EHLO and STARTTLS, in the clear.
async fn starttls(tcp: &mut TcpStream, hello: &str) -> Result<(), Opening> {
    answer(tcp, None).await?;
    let offered = answer(tcp, Some(format!("EHLO {hello}\r\n"))).await?;
    if !offered.lines().skip(1).any(|line| line.trim().eq_ignore_ascii_case("starttls")) {
        return Err(Opening::NoStarttls);
    }
    answer(tcp, Some("STARTTLS\r\n".to_owned())).await?;
    Ok(())
}

/// Sends `command` and reads one reply, byte by byte, so that nothing behind it is taken. Gives the
/// texts of a positive reply, line by line.
async fn answer(tcp: &mut TcpStream, command: Option<String>) -> Result<String, Opening> {
    let lost = |why: io::Error| Opening::Lost(why.to_string());
    if let Some(command) = command {
        tcp.write_all(command.as_bytes()).await.map_err(lost)?;
    }
    let mut texts = String::new();
    let mut line = Vec::new();
    loop {
        let byte = tcp.read_u8().await.map_err(lost)?;
        if byte != b'\n' {
            line.push(byte);
            if line.len() + texts.len() > ANSWER_MAX {
                return Err(Opening::Lost("its answer is too long".to_owned()));
            }
            continue;
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        let code = text.get(..3).and_then(|code| code.parse::<u16>().ok());
        let Some(code) = code.filter(|code| (200..600).contains(code)) else {
            return Err(Opening::Lost("what it says is not SMTP".to_owned()));
        };
        texts.push_str(text.get(4..).unwrap_or(""));
        if text.as_bytes().get(3) == Some(&b'-') {
            texts.push('\n');
            continue;
        }
        return if code < 400 {
            Ok(texts)
        } else {
            Err(Opening::Refused { code, text: texts.replace('\n', " ") })
        };
    }
}

/// A stream that says `greeting` before anything the server says.
#[derive(Debug)]
struct Greeted {
    greeting: &'static [u8],
    stream: Stream,
}

impl AsyncTokioStream for Greeted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.tcp().peer_addr()
    }
}

impl AsyncRead for Greeted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
