//! A server that plays its part by a script, line by line, over TCP or TLS: what it says, what it expects
//! to hear, when it goes silent and when it hangs up.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// One step of a script. `{tag}` stands for the first word of the line heard last.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Says this, as it is.
    Say(String),
    /// Reads a line, which must hold this (in any case).
    Hear(&'static str),
    /// Reads to the line with the dot.
    HearMessage,
    /// Goes on encrypted.
    StartTls,
    /// Does nothing until the other side hangs up.
    Hang,
}

pub(crate) fn say(text: impl Into<String>) -> Step {
    Step::Say(text.into())
}

pub(crate) fn hear(text: &'static str) -> Step {
    Step::Hear(text)
}

/// A server in this process; it stops with the test's runtime.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) ca_file: PathBuf,
    heard: Arc<Mutex<Vec<String>>>,
    accepted: Arc<AtomicUsize>,
    _directory: tempfile::TempDir,
}

impl Server {
    /// One script for each connection, in the order they come; further connections are closed at once.
    pub(crate) async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, ca) = certificates();
        let directory = tempfile::tempdir().unwrap();
        let ca_file = directory.path().join("ca.pem");
        std::fs::write(&ca_file, ca).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (log, count) = (heard.clone(), accepted.clone());
        tokio::spawn(async move {
            let mut scripts = scripts.into_iter();
            while let Ok((tcp, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let Some(script) = scripts.next() else { continue };
                let (log, acceptor) = (log.clone(), acceptor.clone());
                tokio::spawn(play(tcp, script, log, acceptor));
            }
        });
        Self { port, ca_file, heard, accepted, _directory: directory }
    }

    /// All lines heard so far, on all connections.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

async fn play(tcp: TcpStream, script: Vec<Step>, log: Arc<Mutex<Vec<String>>>, acceptor: TlsAcceptor) {
    let at = script.iter().position(|step| matches!(step, Step::StartTls));
    let (clear, sealed) = script.split_at(at.unwrap_or(script.len()));
    let mut clear_stream = BufReader::new(tcp);
    if !perform(&mut clear_stream, clear, &log).await || at.is_none() {
        return;
    }
    if let Ok(tls) = acceptor.accept(clear_stream.into_inner()).await {
        perform(&mut BufReader::new(tls), &sealed[1..], &log).await;
    }
}

async fn perform<S>(stream: &mut BufReader<S>, steps: &[Step], log: &Mutex<Vec<String>>) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut tag = String::new();
    for step in steps {
        match step {
            Step::Say(text) => {
                let text = text.replace("{tag}", &tag);
                if stream.get_mut().write_all(text.as_bytes()).await.is_err() {
                    return false;
                }
                let _ = stream.get_mut().flush().await;
            }
            Step::Hear(expected) => {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return false;
                }
                let line = line.trim_end_matches("\r\n").to_owned();
                line.split(' ').next().unwrap_or_default().clone_into(&mut tag);
                let fits = line.to_ascii_uppercase().contains(&expected.to_ascii_uppercase());
                log.lock().unwrap().push(line.clone());
                if !fits {
                    log.lock().unwrap().push(format!("!! expected {expected}, heard {line}"));
                    return false;
                }
            }
            Step::HearMessage => {
                let mut message = String::new();
                while !message.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut message).await.unwrap_or(0) == 0 {
                        return false;
                    }
                }
                log.lock().unwrap().push(message);
            }
            Step::StartTls => return true,
            Step::Hang => {
                let mut line = String::new();
                while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                    line.clear();
                }
                return false;
            }
        }
    }
    true
}

/// A certificate authority of the test's own and a server's certificate for localhost.
fn certificates() -> (TlsAcceptor, String) {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(vec![]).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), ca_certificate.pem())
}
