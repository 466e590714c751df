//! The stream beneath SMTP and IMAP: TCP without delay, and TLS by rustls with ring, trusting the web's
//! roots and one more file of certificates where a house has its own authority.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// In the clear until STARTTLS, which must be offered.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Implicit,
    /// Never: for a server on the same machine.
    None,
}

/// Something that does not work, for the person who set it up: one sentence of what, one of what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {cure}")]
pub struct Trouble {
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub cure: String,
}

impl Trouble {
    pub(super) fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: cure.into() }
    }
}

/// Why no stream came about.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    #[error("no connection: {0}")]
    Connect(io::Error),
    #[error("no answer within {0} s")]
    Timeout(u64),
    #[error("TLS failed: {0}")]
    Tls(io::Error),
}

/// Makes TLS streams; built once, shared by clones.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// The web's roots, and the certificates of `ca_file` (PEM) where one is given.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, Trouble> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = ca_file {
            for certificate in read_certificates(path)? {
                roots.add(certificate).map_err(|why| bad_file(path, &why))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|why| {
                Trouble::new(format!("TLS cannot be set up: {why}."), "This is a fault of the program.")
            })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Encrypts `tcp`; the server must prove that it is `host`.
    pub(super) async fn wrap(
        &self,
        host: &str,
        tcp: TcpStream,
        limit: Duration,
    ) -> Result<Stream, DialError> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|why| DialError::Tls(io::Error::new(io::ErrorKind::InvalidInput, why)))?;
        match timeout(limit, self.0.connect(name, tcp)).await {
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
            Ok(Err(why)) => Err(DialError::Tls(why)),
            Err(_) => Err(DialError::Timeout(limit.as_secs())),
        }
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Trouble> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(|why| bad_file(path, &why))?
        .collect::<Result<_, _>>()
        .map_err(|why| bad_file(path, &why))?;
    if certificates.is_empty() {
        return Err(bad_file(path, &"it holds no certificate"));
    }
    Ok(certificates)
}

fn bad_file(path: &Path, why: &dyn std::fmt::Display) -> Trouble {
    Trouble::new(
        format!("The file of certificates {} cannot be used: {why}.", path.display()),
        "Name a PEM file that holds the certificate of your own authority, or leave ca_file out.",
    )
}

/// A TCP connection that sends at once (`TCP_NODELAY`: a mail otherwise waits 40 ms for each acknowledgement).
pub(super) async fn dial(host: &str, port: u16, limit: Duration) -> Result<TcpStream, DialError> {
    match timeout(limit, TcpStream::connect((host, port))).await {
        Ok(Ok(stream)) => {
            stream.set_nodelay(true).map_err(DialError::Connect)?;
            Ok(stream)
        }
        Ok(Err(why)) => Err(DialError::Connect(why)),
        Err(_) => Err(DialError::Timeout(limit.as_secs())),
    }
}

/// What a failed dial means to the person who set the server up.
pub(super) fn dial_trouble(
    what: &str,
    host: &str,
    port: u16,
    ca: Option<&PathBuf>,
    why: &DialError,
) -> Trouble {
    let place = format!("{host}:{port}");
    match why {
        DialError::Connect(why) => Trouble::new(
            format!("The {what} server {place} cannot be reached: {why}."),
            "Check its host name and port, and that a firewall lets this machine out to it.",
        ),
        DialError::Timeout(seconds) => Trouble::new(
            format!("The {what} server {place} did not answer within {seconds} seconds."),
            "Check host name, port and tls: a port that wants implicit TLS stays silent when it is spoken to in the clear.",
        ),
        DialError::Tls(why) => Trouble::new(
            format!("The {what} server {place} was reached, but TLS with it failed: {why}."),
            if ca.is_some() {
                "Check that ca_file holds the authority that signed its certificate, that the certificate names this host, and that tls fits the port."
            } else {
                "Check that tls fits the port (587 and 143 want starttls, 465 and 993 implicit) and that the host is written as in its certificate; give ca_file for an authority of your own."
            },
        ),
    }
}

/// A stream, encrypted or not.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
        }
    }
}
