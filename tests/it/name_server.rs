//! A name server of the tests (RFC 1035), over UDP and TCP: it has TXT and SRV records for the names in its table, says
//! NXDOMAIN to all others, and can be told to fail, to keep silent or to send everybody to TCP. The text of an SRV record is
//! `SRV 10 0 443 dav.example.org` (RFC 2782).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// From its table.
    Right,
    /// From its table, but over UDP only that the answer is too long for it.
    Truncating,
    /// With SERVFAIL.
    Failing,
    /// Not at all.
    Silent,
}

/// A name server in this process; it stops with the test's runtime.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    over_tcp: Arc<AtomicUsize>,
}

struct Zone {
    records: BTreeMap<String, Vec<String>>,
    mood: Mood,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    /// Starts it with these records: several may stand at one name.
    pub(crate) async fn start(mood: Mood, records: &[(&str, &str)]) -> Self {
        let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, text) in records {
            table.entry(name.to_ascii_lowercase()).or_default().push((*text).to_owned());
        }
        let asked = Arc::new(Mutex::new(Vec::new()));
        let over_tcp = Arc::new(AtomicUsize::new(0));
        let zone = Arc::new(Zone { records: table, mood, asked: asked.clone() });
        let (udp, tcp) = sockets().await;
        let address = udp.local_addr().unwrap();
        let by_datagram = zone.clone();
        tokio::spawn(async move {
            let mut question = [0; 1500];
            while let Ok((length, from)) = udp.recv_from(&mut question).await {
                if let Some(answer) = by_datagram.answer(&question[..length], true) {
                    let _ = udp.send_to(&answer, from).await;
                }
            }
        });
        let count = over_tcp.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let (zone, count) = (zone.clone(), count.clone());
                tokio::spawn(async move {
                    while let Ok(length) = stream.read_u16().await {
                        let mut question = vec![0; usize::from(length)];
                        if stream.read_exact(&mut question).await.is_err() {
                            break;
                        }
                        count.fetch_add(1, Ordering::SeqCst);
                        let Some(answer) = zone.answer(&question, false) else { continue };
                        let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                        if stream.write_all(&[&length, answer.as_slice()].concat()).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { address, asked, over_tcp }
    }

    /// The names that it was asked for so far, in lower case.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many questions came over TCP.
    pub(crate) fn over_tcp(&self) -> usize {
        self.over_tcp.load(Ordering::SeqCst)
    }
}

/// One free port for both.
async fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}

impl Zone {
    /// The answer to a question: its number and question again, and the records for it.
    fn answer(&self, message: &[u8], is_datagram: bool) -> Option<Vec<u8>> {
        const RESPONSE: u8 = 0x84;
        const TRUNCATED: u8 = 0x02;
        let (name, end) = question(message)?;
        self.asked.lock().unwrap().push(name.clone());
        if self.mood == Mood::Silent {
            return None;
        }
        let is_truncated = is_datagram && self.mood == Mood::Truncating;
        let kind = message[end - 3];
        let of_kind = |text: &&String| (kind == SRV) == text.starts_with("SRV ") && matches!(kind, TXT | SRV);
        let code = match (self.mood, self.records.get(&name)) {
            (Mood::Failing, _) => 2,
            (_, None) => 3,
            (_, Some(_)) => 0,
        };
        let texts = self.records.get(&name).filter(|_| code == 0 && !is_truncated);
        let texts: Vec<&String> = texts.into_iter().flatten().filter(of_kind).collect();
        let flags = [RESPONSE | message[2] & 1 | if is_truncated { TRUNCATED } else { 0 }, 0x80 | code];
        let mut answer =
            [&message[..2], &flags, &[0, 1, 0, u8::try_from(texts.len()).unwrap(), 0, 0, 0, 0]].concat();
        answer.extend(&message[12..end]);
        for text in texts {
            let data = if kind == SRV { service(text) } else { labels(text.as_bytes().chunks(255)) };
            // The name is the question's; IN, for a minute.
            answer.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60]);
            answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            answer.extend(data);
        }
        Some(answer)
    }
}

const TXT: u8 = 16;
const SRV: u8 = 33;

/// The data of an SRV record: priority, weight, port, and the target's labels.
fn service(text: &str) -> Vec<u8> {
    let (numbers, target) = text["SRV ".len()..].rsplit_once(' ').unwrap();
    let mut data: Vec<u8> =
        numbers.split(' ').flat_map(|number| number.parse::<u16>().unwrap().to_be_bytes()).collect();
    data.extend(labels(target.split('.').filter(|label| !label.is_empty()).map(str::as_bytes)));
    data.push(0);
    data
}

/// Each with its length before it.
fn labels<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    parts.flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part].concat()).collect()
}

/// The name that is asked for, and where the question ends.
fn question(message: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), 12);
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(message.get(at..at + length)?).to_ascii_lowercase());
        at += length;
    }
    message.get(at..at + 4)?;
    Some((labels.join("."), at + 4))
}
